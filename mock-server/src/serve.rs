//! The standing platform on a socket: the API, and the control API below `/_wxcheck/`.

mod control;
mod fleet;
mod phones;
mod pusher;

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{
        HeaderValue, Request, Response, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::{
    body::Incoming as Streamed,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::{
    api::{Answer, Delivery},
    catalogue::Entry,
    cloud_function::CloudFunctions,
    hub::{Hub, Incoming},
    platform::{PlatformOptions, sender_options},
    sender::SenderError,
};

/// Where the control API lives.
pub const CONTROL_PREFIX: &str = "/_wxcheck/";
/// The largest body that is read, in bytes: an upload of 10 MiB and what stands around it.
const BODY_LIMIT: usize = 11 * 1024 * 1024;
/// A connection on which no request was completed for so long is looked at: one that is silent, or that
/// does not get to the end of its headers, is let go. One timer for each connection, not for each request,
/// which would cost a load test some percent.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// A client that does not send its body in this time is let go.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Connections at once. Beyond, new ones wait in the system's queue.
const CONNECTIONS: usize = 10_000;

/// How the platform is served.
#[derive(Clone, Default)]
pub struct ServeOptions {
    /// What the control API must be shown, as a bearer token. Without it the control API is open, which
    /// only a loopback address is safe enough for.
    pub control_token: Option<String>,
    /// How pushes and fetches go out.
    pub platform: PlatformOptions,
    /// The cloud functions that phones may fetch from.
    pub functions: CloudFunctions,
    /// Pushes of the user's own, beside those that are built in.
    pub own_entries: Vec<Entry>,
}

/// The platform could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or is none of this machine's.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
    /// The control API would be open to everyone who reaches the address.
    #[error(
        "{0} can be reached from other machines, and so could the control API: give --control-token, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// The HTTP client for pushes.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

/// The platform at work; it ends when dropped.
#[derive(Debug)]
#[must_use = "the platform stops when this is dropped"]
pub struct ApiServer {
    address: SocketAddr,
    hub: Arc<Hub>,
    tasks: [AbortHandle; 3],
}

impl ApiServer {
    /// Listens, answers, and delivers what becomes due.
    pub async fn start(
        listen: SocketAddr,
        hub: Arc<Hub>,
        options: ServeOptions,
    ) -> Result<Self, ServeError> {
        if !listen.ip().is_loopback() && options.control_token.is_none() {
            return Err(ServeError::Open(listen));
        }
        let failed = |reason| ServeError::Listen {
            address: listen,
            reason,
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let sending = sender_options(&options.platform);
        let pusher = Arc::new(pusher::Pusher::new(Arc::clone(&hub), sending.clone())?);
        let phones = phones::Phones::new(Arc::clone(&hub), sending, options.functions)?;
        let phones = Arc::new(phones);
        let control = control::router(
            Arc::clone(&hub),
            Arc::clone(&pusher),
            Arc::clone(&phones),
            options.own_entries,
            options.control_token,
        );
        let serving = tokio::spawn(serve(listener, Arc::clone(&hub), control));
        let pushing = tokio::spawn(pusher.run());
        let fetching = tokio::spawn(phones.run());
        Ok(Self {
            address,
            hub,
            tasks: [
                serving.abort_handle(),
                pushing.abort_handle(),
                fetching.abort_handle(),
            ],
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stands in place of `https://api.weixin.qq.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// State, clock and journal.
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        // The tasks own the listener and the connections, so all of them end with these.
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

async fn serve(listener: TcpListener, hub: Arc<Hub>, control: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer.ip(), Arc::clone(&hub), control.clone()));
                }
                // Out of file descriptors, as a rule: the next may go better once some are closed.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// In place of an answer.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is reset, as asked for")
    }
}

impl Error for Reset {}

/// What a connection did of late.
#[derive(Debug, Default)]
struct Activity {
    requests: AtomicU64,
    working: AtomicU64,
}

impl Activity {
    /// Ends once a whole limit passed without a request, begun or ended.
    async fn ends(&self) {
        let mut before = None;
        loop {
            let now = self.requests.load(Ordering::Relaxed);
            if before == Some(now) && self.working.load(Ordering::Relaxed) == 0 {
                return;
            }
            before = Some(now);
            sleep(IDLE_LIMIT).await;
        }
    }
}

/// Of the API, whole; of the control API, as axum makes it.
type OutBody = Either<Full<Bytes>, Body>;

async fn connection(stream: TcpStream, client: IpAddr, hub: Arc<Hub>, control: Router) {
    // An answer is one write; waiting to fill a packet would only slow it down.
    let _ = stream.set_nodelay(true);
    // One count for each connection: the hub's own is one that all connections would contend for.
    let own = Arc::new(Connection {
        client,
        hub,
        control: TowerToHyperService::new(control),
        activity: Activity::default(),
    });
    let serving = Arc::clone(&own);
    let service = service_fn(move |request: Request<Streamed>| {
        let own = Arc::clone(&serving);
        Box::pin(async move {
            own.activity.requests.fetch_add(1, Ordering::Relaxed);
            own.activity.working.fetch_add(1, Ordering::Relaxed);
            let answered = own.answer(request).await;
            own.activity.working.fetch_sub(1, Ordering::Relaxed);
            answered
        })
    });
    let mut http =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let serving = std::future::poll_fn(|context| http.poll_without_shutdown(context));
    let ended = tokio::select! {
        ended = serving => ended,
        () = own.activity.ends() => return,
    };
    let reset = ended
        .as_ref()
        .err()
        .and_then(Error::source)
        .is_some_and(<dyn Error>::is::<Reset>);
    if reset {
        let stream = http.into_parts().io.into_inner();
        // Closing without lingering sends a reset. The client may be gone, which is as good.
        let _ = stream.set_zero_linger();
    }
}

/// A connection and what its requests need.
struct Connection {
    client: IpAddr,
    hub: Arc<Hub>,
    control: TowerToHyperService<Router>,
    activity: Activity,
}

impl Connection {
    /// The control API answers what is below its prefix, the API all the rest.
    async fn answer(&self, request: Request<Streamed>) -> Result<Response<OutBody>, Reset> {
        if request.uri().path().starts_with(CONTROL_PREFIX) {
            let Ok(response) = self.control.call(request.map(Body::new)).await;
            return Ok(response.map(Either::Right));
        }
        api(request, self.client, &self.hub).await
    }
}

async fn api(
    request: Request<Streamed>,
    client: IpAddr,
    hub: &Hub,
) -> Result<Response<OutBody>, Reset> {
    let (head, body) = request.into_parts();
    let body = if head.headers.contains_key(CONTENT_LENGTH) || head.method != "GET" {
        let reading = Limited::new(body, BODY_LIMIT).collect();
        match tokio::time::timeout(BODY_TIME, reading).await {
            Ok(Ok(read)) => read.to_bytes(),
            Ok(Err(_)) => return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE)),
            Err(_) => return Ok(refused(StatusCode::REQUEST_TIMEOUT)),
        }
    } else {
        Bytes::new()
    };
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let answer = hub.answer(&Incoming {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        content_type,
        body: &body,
        client,
    });
    match answer.delivery {
        Delivery::AtOnce => {}
        Delivery::After(millis) => sleep(Duration::from_millis(millis)).await,
        Delivery::Reset => return Err(Reset),
    }
    Ok(respond(answer))
}

fn respond(answer: Answer) -> Response<OutBody> {
    let length = answer.body.len();
    let mut response = Response::new(full(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Some((content_type, file_name)) = answer.file {
        // What was uploaded comes back as it was called, if a header can hold that.
        if let Ok(content_type) = HeaderValue::from_str(&content_type) {
            headers.insert(CONTENT_TYPE, content_type);
        }
        if let Some(name) = file_name
            && let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        {
            headers.insert(CONTENT_DISPOSITION, name);
        }
    }
    response
}

fn refused(status: StatusCode) -> Response<OutBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn full(body: Bytes) -> OutBody {
    Either::Left(Full::new(body))
}
