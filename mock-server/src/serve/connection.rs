//! One connection: who may go in, what is read from it, and how it ends.

use std::{
    error::Error,
    fmt,
    net::IpAddr,
    pin::pin,
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
        HeaderMap, HeaderValue, Request, Response, StatusCode,
        header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
        request::Parts,
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::{
    body::Incoming as Streamed,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::json;
use tokio::{sync::watch, task::JoinSet, time::sleep};
use wxcheck_network::{Listener, Stream};

use crate::{
    api::{ApiAnswer, ApiDelivery, endpoint},
    bounds::{API_BODY_BYTES, CONNECTION_BUFFER_BYTES, CONTROL_BODY_BYTES},
    exchange::{Answer, Outcome},
    hub::{Hub, Incoming},
};

use super::{
    CONTROL_PREFIX, HEALTH,
    body::{BodyError, Held, Room},
    gate::Gate,
    parting::part,
    tls::{Sealing, Wire},
    visiting::Visiting,
    words::{Words, wants_chinese},
};

/// A connection on which no request was completed for so long is looked at: one that is silent, or that
/// does not get to the end of its headers, is let go. One timer for each connection, not for each request,
/// which would cost a load test some percent.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The parts that the requests of every connection go through.
#[derive(Clone)]
pub(super) struct ConnectionDesk {
    pub(super) hub: Arc<Hub>,
    pub(super) control: Router,
    pub(super) gate: Gate,
    pub(super) room: Room,
    /// Where the platform speaks TLS.
    pub(super) sealing: Option<Sealing>,
    pub(super) visiting: Arc<Visiting>,
    /// The words for whoever is turned away in another language, if there are any.
    pub(super) words: Option<Arc<dyn Words>>,
    /// The number of connections that are taken at once.
    pub(super) connections: usize,
    /// Becomes true when nothing new is taken any more.
    pub(super) closing: watch::Receiver<bool>,
}

/// Answers whoever connects, until it is told to close; ends when the last call in flight is answered.
pub(super) async fn serve(mut listener: Listener, desk: ConnectionDesk) {
    let mut connections = JoinSet::new();
    let mut closing = desk.closing.clone();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < desk.connections => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer.ip(), desk.clone()));
                }
                // Out of file descriptors, as a rule: the next may go better once some are closed.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
            () = closed(&mut closing) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Ends once nothing new is to be taken.
pub(super) async fn closed(closing: &mut watch::Receiver<bool>) {
    // Nobody left to say so says the same.
    let _ = closing.wait_for(|closing| *closing).await;
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

/// The recent activity of a connection.
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

/// Work that goes on, until it is dropped.
#[derive(Debug)]
struct Working(Arc<Activity>);

impl Working {
    fn of(activity: &Arc<Activity>) -> Self {
        activity.working.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Of the API, whole; of the control API, as axum makes it.
type OutBody = Either<Full<Bytes>, Body>;

async fn connection(stream: Stream, client: IpAddr, desk: ConnectionDesk) {
    let stream = match &desk.sealing {
        Some(sealing) => match sealing.accept(stream).await {
            Some(sealed) => sealed,
            None => return,
        },
        None => Wire::Plain(stream),
    };
    let mut closing = desk.closing.clone();
    // One count for each connection: the hub's own is one that all connections would contend for.
    let own = Arc::new(Connection {
        client,
        control: TowerToHyperService::new(desk.control.clone()),
        desk,
        activity: Arc::default(),
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
    let mut http = hyper::server::conn::http1::Builder::new()
        .max_buf_size(CONNECTION_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut idle = pin!(own.activity.ends());
    let mut open = true;
    let ended = loop {
        let serving = std::future::poll_fn(|context| http.poll_without_shutdown(context));
        tokio::select! {
            ended = serving => break ended,
            () = &mut idle => return,
            // What is being answered still is; one that is between two requests ends at once.
            () = closed(&mut closing), if open => {
                open = false;
                Pin::new(&mut http).graceful_shutdown();
            }
        }
    };
    let reset = ended
        .as_ref()
        .err()
        .and_then(Error::source)
        .is_some_and(<dyn Error>::is::<Reset>);
    let wire = http.into_parts().io.into_inner();
    if reset {
        wire.reset();
    } else if open {
        // In a box: only connections that end need the room.
        let parting = Box::pin(part(wire));
        tokio::select! {
            () = parting => {}
            () = closed(&mut closing) => {}
        }
    }
}

/// A connection and what its requests need.
struct Connection {
    client: IpAddr,
    desk: ConnectionDesk,
    control: TowerToHyperService<Router>,
    activity: Arc<Activity>,
}

impl Connection {
    /// An answer that comes before the control API is asked, in the language of whoever asks.
    fn turned_away(
        &self,
        headers: &HeaderMap,
        status: StatusCode,
        sentence: &str,
    ) -> Response<OutBody> {
        let words = self.desk.words.as_ref();
        match words.filter(|_| wants_chinese(headers)) {
            Some(words) => refusal_response(status, &words.in_chinese(sentence)),
            None => refusal_response(status, sentence),
        }
    }

    /// The control API answers what is below its prefix, the API all the rest.
    async fn answer(&self, request: Request<Streamed>) -> Result<Response<OutBody>, Reset> {
        let ConnectionDesk {
            hub,
            gate,
            room,
            visiting,
            ..
        } = &self.desk;
        let (parts, body) = request.into_parts();
        if let Err(refusal) = gate.admit(&parts) {
            return Ok(self.turned_away(&parts.headers, refusal.status(), &refusal.to_string()));
        }
        if is_browser_at_root(&parts) {
            return Ok(to_the_page());
        }
        if !hub.is_whole() && needs_all(parts.uri.path()) {
            hub.whole().await;
        }
        if parts.uri.path().starts_with(CONTROL_PREFIX) {
            let body = match room.read(body, CONTROL_BODY_BYTES).await {
                Ok(held) => Body::from(held.into_bytes()),
                Err(error) => {
                    let told = format!("body: {error}");
                    return Ok(self.turned_away(&parts.headers, error.status(), &told));
                }
            };
            let request = Request::from_parts(parts, body);
            let Ok(response) = self.control.call(request).await;
            // A stream of events is at work as long as somebody reads it.
            let working = Working::of(&self.activity);
            return Ok(response.map(|body| {
                let body = body.map_frame(move |frame| {
                    let _still = &working;
                    frame
                });
                Either::Right(Body::new(body))
            }));
        }
        let held = if parts.headers.contains_key(CONTENT_LENGTH) || parts.method != "GET" {
            room.read(body, API_BODY_BYTES).await
        } else {
            Ok(Held::nothing())
        };
        match held {
            Ok(held) => {
                if let Some(relay) = visiting.relay() {
                    let body = held.into_bytes();
                    return match visiting.hand_on(relay, &parts, body).await {
                        Outcome::Answered(answer) => Ok(handed_back(answer)),
                        // A run that resets connections, or one that is gone.
                        Outcome::Silent(_) => Err(Reset),
                    };
                }
                let answer = hub.answer(&incoming(&parts, &held, self.client));
                drop(held);
                self.deliver(answer).await
            }
            Err(error) => Ok(refused(error)),
        }
    }

    async fn deliver(&self, answer: ApiAnswer) -> Result<Response<OutBody>, Reset> {
        match answer.delivery {
            ApiDelivery::AtOnce => {}
            ApiDelivery::After(millis) => sleep(Duration::from_millis(millis)).await,
            ApiDelivery::Reset => return Err(Reset),
        }
        Ok(respond(answer, &self.desk.room))
    }
}

/// True if users or messages may matter: of the control API all but its health, and of the API all but tokens.
fn needs_all(path: &str) -> bool {
    if path.starts_with(CONTROL_PREFIX) {
        return path != HEALTH;
    }
    endpoint::find(path).is_some_and(|endpoint| !endpoint.is_about_tokens())
}

fn incoming<'a>(parts: &'a Parts, held: &'a Held, client: IpAddr) -> Incoming<'a> {
    let content_type = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Incoming {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        content_type,
        body: &held.bytes,
        client,
    }
}

fn respond(answer: ApiAnswer, room: &Room) -> Response<OutBody> {
    let length = answer.body.len();
    // Only uploads are so long that slow readers of them count.
    let body = if answer.file.is_some() {
        match room.lend(answer.body) {
            Ok(body) => body,
            Err(error) => return refused(error),
        }
    } else {
        answer.body
    };
    let mut response = Response::new(full(body));
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

/// The answer of a run to a call that was handed on to it.
fn handed_back(answer: Answer) -> Response<OutBody> {
    let mut response = Response::new(full(answer.body.into()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        let kept = [CONTENT_TYPE, CONTENT_DISPOSITION];
        if let Some(name) = kept.into_iter().find(|kept| kept.as_str() == name)
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn refused(error: BodyError) -> Response<OutBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = error.status();
    response
}

/// True if somebody opened the bare address in a browser: no SDK asks for a page.
fn is_browser_at_root(parts: &Parts) -> bool {
    let accepts = parts
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok());
    parts.method == "GET"
        && parts.uri.path() == "/"
        && accepts.is_some_and(|accepted| accepted.contains("text/html"))
}

fn to_the_page() -> Response<OutBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = StatusCode::FOUND;
    let page = HeaderValue::from_static("/_wxcheck/ui/");
    response.headers_mut().insert(LOCATION, page);
    response
}

/// A refusal in the form of the control API.
fn refusal_response(status: StatusCode, error: &str) -> Response<OutBody> {
    let mut response = Response::new(full(json!({ "error": error }).to_string().into()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn full(body: Bytes) -> OutBody {
    Either::Left(Full::new(body))
}
