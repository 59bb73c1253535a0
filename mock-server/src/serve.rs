//! The standing platform on a socket: the API, and the control API below `/_wxcheck/`.

mod control;
mod pusher;

use std::{
    convert::Infallible,
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
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
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{body::Incoming as Streamed, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::{
    api::{Answer, Delivery},
    hub::{Hub, Incoming},
    sender::SenderError,
};

pub use control::openapi;

/// Where the control API lives.
pub const CONTROL_PREFIX: &str = "/_wxcheck/";
/// The largest body that is read, in bytes: an upload of 10 MiB and what stands around it.
const BODY_LIMIT: usize = 11 * 1024 * 1024;
/// A client that does not send its headers in this time is let go.
const HEADER_LIMIT: Duration = Duration::from_secs(30);
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
    /// Pushes are cut after five seconds times this.
    pub patience: f64,
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
    tasks: [AbortHandle; 2],
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
        let pusher = Arc::new(pusher::Pusher::new(Arc::clone(&hub), options.patience)?);
        let control = control::router(Arc::clone(&hub), Arc::clone(&pusher), options.control_token);
        let serving = tokio::spawn(serve(listener, Arc::clone(&hub), control));
        let pushing = tokio::spawn(pusher.run());
        Ok(Self {
            address,
            hub,
            tasks: [serving.abort_handle(), pushing.abort_handle()],
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

type OutBody = UnsyncBoxBody<Bytes, axum::Error>;

async fn connection(stream: TcpStream, client: IpAddr, hub: Arc<Hub>, control: Router) {
    // An answer is one write; waiting to fill a packet would only slow it down.
    let _ = stream.set_nodelay(true);
    let control = TowerToHyperService::new(control);
    let service = service_fn(move |request: Request<Streamed>| {
        let hub = Arc::clone(&hub);
        let control = control.clone();
        Box::pin(async move {
            if request.uri().path().starts_with(CONTROL_PREFIX) {
                use hyper::service::Service;
                let Ok(response) = control.call(request.map(Body::new)).await;
                return Ok(response.map(BodyExt::boxed_unsync));
            }
            api(request, client, &hub).await
        })
    });
    let mut http = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    let ended = std::future::poll_fn(|context| http.poll_without_shutdown(context)).await;
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
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}
