//! The server: a socket, its connections, and what every request passes through.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query as QueryPairs, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Response, StatusCode, Uri, Version};
use axum::routing::get;
use bytes::BytesMut;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::task::{AbortHandle, JoinSet};
use wxcheck_network::{ANY_LOOPBACK_PORT, Listener};

use crate::answer::Answer;
use crate::behaviour::{
    Admission, Behaviour, Connections, DataStatus, Front, Garbled, Leftovers, Parameters,
};
use crate::data::Latest;
use crate::dedup::Dedup;
use crate::endurance::Aftermath;
use crate::limiter::Counter;
use crate::pace::Pace;
use crate::query::{self, Query};
use crate::refuse::{self, Asked, Refused};
use crate::secure::{Gate, HOST};
use crate::settings::Settings;
use crate::verify::verify;
use crate::wire::Instead;
use crate::words::Articles;
use crate::work::Worker;

/// Starts a server on a free port of 127.0.0.1.
///
/// # Errors
/// When the socket cannot be bound, and when the settings name compat or safe mode without a key or an API without a
/// URL.
pub async fn spawn(settings: Settings, behaviour: Behaviour) -> io::Result<Running> {
    settings.complete()?;
    let worker = match &settings.api {
        Some(api) => Some(Worker::new(api, &settings, &behaviour)?),
        None => None,
    };
    let listener = settings.network.listen(ANY_LOOPBACK_PORT).await?;
    let address = listener.address()?;
    let gate = Gate::of(behaviour.tls).await?.map(Arc::new);
    let base = match &gate {
        Some(_) => format!("https://{HOST}"),
        None => format!("http://{address}"),
    };
    let authorities = gate.as_ref().map(|gate| {
        let trusted = gate.authorities().iter();
        trusted.map(|der| der.to_vec()).collect()
    });
    let server = Arc::new(Server {
        dedup: Dedup::new(&behaviour, settings.limit),
        worker,
        settings,
        behaviour,
        turn: Mutex::new(()),
        latest: Latest::default(),
        deliveries: std::sync::Mutex::default(),
        arrived: Counter::default(),
        articles: Articles::default(),
        aftermath: Aftermath::default(),
        died: Notify::new(),
    });
    let serving = tokio::spawn(serve(listener, gate, server)).abort_handle();
    Ok(Running {
        url: format!("{base}/wechat"),
        periodic_url: format!("{base}/periodic"),
        prefetch_url: format!("{base}/prefetch"),
        address,
        authorities,
        serving,
    })
}

/// A server at work. Dropping it ends the server, its connections and its calls.
#[derive(Debug)]
#[must_use = "the server stops when this is dropped"]
pub struct Running {
    url: String,
    periodic_url: String,
    prefetch_url: String,
    address: SocketAddr,
    authorities: Option<Vec<Vec<u8>>>,
    serving: AbortHandle,
}

impl Running {
    /// The URL for checks and pushes: `http://127.0.0.1:PORT/wechat`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address behind the name in the URL, as `HOST=ADDRESS:PORT`, if it is a name.
    pub fn resolve(&self) -> Option<String> {
        let named = self.authorities.is_some();
        named.then(|| format!("{HOST}={}", self.address))
    }

    /// The certificates, in DER, that are to be trusted; none unless the server speaks TLS.
    pub fn authorities(&self) -> &[Vec<u8>] {
        self.authorities.as_deref().unwrap_or_default()
    }

    /// The URL from which data are fetched every twelve hours.
    pub fn periodic_url(&self) -> &str {
        &self.periodic_url
    }

    /// The URL from which data are fetched at a cold start.
    pub fn prefetch_url(&self) -> &str {
        &self.prefetch_url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The task owns the listener and the connections, so all of them end with it.
        self.serving.abort();
    }
}

/// The state that the requests of one server share.
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) behaviour: Behaviour,
    pub(crate) dedup: Dedup,
    /// The worker on messages through the API, if there is one.
    pub(crate) worker: Option<Worker>,
    /// Held by the request that must be served alone.
    pub(crate) turn: Mutex<()>,
    /// The user for whom data were fetched last.
    pub(crate) latest: Latest,
    /// The deliveries of each push, by its nonce.
    pub(crate) deliveries: std::sync::Mutex<BTreeMap<String, u32>>,
    /// The number of requests that came.
    pub(crate) arrived: Counter,
    /// The articles of news, where all replies share them.
    pub(crate) articles: Articles,
    /// The traces of hostile requests.
    pub(crate) aftermath: Aftermath,
    died: Notify,
}

async fn serve(mut listener: Listener, gate: Option<Arc<Gate>>, server: Arc<Server>) {
    let mut router = Router::new().route("/wechat", get(check).post(push));
    if server.behaviour.front == Front::Elsewhere {
        router = router.route("/wx", get(check).post(push));
    }
    let router = router
        .route("/periodic", get(fetch))
        .route("/prefetch", get(fetch))
        .with_state(Arc::clone(&server));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that failed before it was accepted is its sender's affair.
                if let Ok((stream, _)) = accepted {
                    let (router, server) = (router.clone(), Arc::clone(&server));
                    match gate.clone() {
                        None if server.behaviour.endurance.connections == Connections::InTurn => {
                            connection(stream, router, server).await;
                            continue;
                        }
                        None => connections.spawn(connection(stream, router, server)),
                        Some(gate) => connections.spawn(async move {
                            if let Some(stream) = gate.pass(stream).await {
                                connection(stream, router, server).await;
                            }
                        }),
                    };
                }
            }
            Some(_) = connections.join_next() => {}
            () = server.died.notified() => return,
        }
    }
}

/// Serves one connection until it ends, behind what another one left.
async fn connection<S>(mut stream: S, router: Router, server: Arc<Server>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let leftovers = server.aftermath.take();
    if leftovers.is_empty() {
        return talk(stream, router, server).await;
    }
    // A proxy passes them on together with what comes next.
    let mut leftovers = BytesMut::from(leftovers);
    if stream.read_buf(&mut leftovers).await.is_err() {
        return;
    }
    let (read, write) = tokio::io::split(stream);
    let whole = tokio::io::join(Cursor::new(leftovers).chain(read), write);
    talk(whole, router, server).await;
}

async fn talk<S>(stream: S, router: Router, server: Arc<Server>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let answered = router.call(request);
        Box::pin(async move {
            let Ok(mut response) = answered.await;
            match response.extensions_mut().remove::<Instead>() {
                Some(instead) => Err(instead),
                None => Ok(response),
            }
        })
    });
    let endurance = server.behaviour.endurance;
    let mut http = hyper::server::conn::http1::Builder::new()
        .keep_alive(endurance.connections == Connections::Beside)
        .serve_connection(TokioIo::new(stream), service);
    let ended = std::future::poll_fn(|context| http.poll_without_shutdown(context)).await;
    let is_garbled = |error: &hyper::Error| error.is_parse() && !error.is_parse_too_large();
    let is_garbled = ended.as_ref().is_err_and(is_garbled);
    if is_garbled && endurance.garbled == Garbled::Fatal {
        server.died.notify_one();
    }
    let instead = ended
        .as_ref()
        .err()
        .and_then(std::error::Error::source)
        .and_then(<dyn std::error::Error>::downcast_ref);
    match instead {
        Some(Instead::Die) => server.died.notify_one(),
        Some(instead) => {
            let parts = http.into_parts();
            if *instead == Instead::KeepRest {
                server.aftermath.keep(parts.read_buf.clone());
            }
            // The client may be gone, which is no concern of a server that misbehaves.
            let _gone = instead.perform(parts.io.into_inner(), parts.read_buf).await;
        }
        None => {}
    }
}

/// A prefetch, or a periodic update: both get the same data.
async fn fetch(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if server.behaviour.data.status == DataStatus::PeriodicNotModified && uri.path() == "/periodic"
    {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let asks_for_gzip = headers.contains_key(ACCEPT_ENCODING);
    server
        .fetch(uri.query().unwrap_or_default(), asks_for_gzip)
        .await
}

type Pairs = QueryPairs<Vec<(String, String)>>;

/// The GET.
async fn check(
    State(server): State<Arc<Server>>,
    QueryPairs(pairs): Pairs,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let _turn = server.turn_of_request().await;
    let query = Query(pairs);
    let whole = uri.query().unwrap_or_default();
    if let Some(answer) = server.behaviour.front.answers(uri.path(), whole).await {
        return server.respond(Ok(answer), CallbackMethod::Get, &uri, &query);
    }
    if let Some(refusal) = server.behaviour.limiter.refuses(&server.arrived) {
        return server.respond(Ok(refusal), CallbackMethod::Get, &uri, &query);
    }
    let elsewhere = match server.behaviour.parameters {
        Parameters::InForm | Parameters::InJson | Parameters::InHeaders => {
            query::elsewhere(server.behaviour.parameters, &headers, body).await
        }
        _ => Query::default(),
    };
    let answer = verify(&server.settings, &server.behaviour, &query, &elsewhere).await;
    server.behaviour.refusal.hold(&answer).await;
    server.respond(answer, CallbackMethod::Get, &uri, &query)
}

/// The POST.
async fn push(
    State(server): State<Arc<Server>>,
    QueryPairs(pairs): Pairs,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let _turn = server.turn_of_request().await;
    let query = Query(pairs);
    if let Some(refusal) = server.behaviour.limiter.refuses(&server.arrived) {
        // As a GET: it is no push that was taken.
        return server.respond(Ok(refusal), CallbackMethod::Get, &uri, &query);
    }
    if let Some(answer) = server.behaviour.push_front.answers(version, &headers).await {
        return server.respond(Ok(answer), CallbackMethod::Get, &uri, &query);
    }
    if server.behaviour.admission == Admission::FromCloudHosting
        && !headers.contains_key("x-wx-source")
    {
        return server.respond(Err(Refused::Forged), CallbackMethod::Post, &uri, &query);
    }
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let answer = match server.behaviour.endurance.bears(&uri, &headers, &query) {
        Ok(()) => server.receive(&query, content_type, body).await,
        Err(refused) => Err(refused),
    };
    server.behaviour.refusal.hold(&answer).await;
    server.respond(answer, CallbackMethod::Post, &uri, &query)
}

#[derive(Clone, Copy, PartialEq)]
enum CallbackMethod {
    Get,
    Post,
}

impl Server {
    /// The turn of a request in a server that serves one at a time.
    async fn turn_of_request(&self) -> Option<MutexGuard<'_, ()>> {
        match self.behaviour.pace {
            Pace::OneAtATime => Some(self.turn.lock().await),
            Pace::OneAfterTheOther => {
                let turn = self.turn.lock().await;
                tokio::time::sleep(self.settings.limit / 50).await;
                Some(turn)
            }
            Pace::SlowThroughout => {
                tokio::time::sleep(self.settings.limit.mul_f32(0.8)).await;
                None
            }
            _ => None,
        }
    }

    fn respond(
        &self,
        answer: Result<Answer, Refused>,
        method: CallbackMethod,
        uri: &Uri,
        query: &Query,
    ) -> Response<Body> {
        let (settings, behaviour) = (&self.settings, &self.behaviour);
        let taken = method == CallbackMethod::Post && answer.is_ok();
        let keeps_rest = behaviour.endurance.leftovers == Leftovers::GoToTheNext
            && method == CallbackMethod::Post
            && matches!(answer, Err(Refused::Forged));
        let answer = answer.unwrap_or_else(|refused| {
            let asked = Asked {
                uri: &uri.to_string(),
                query,
            };
            refuse::answer(
                &refused,
                behaviour.refusal,
                behaviour.unreadable,
                &asked,
                settings,
            )
        });
        let answer = Answer {
            instead: keeps_rest.then_some(Instead::KeepRest).or(answer.instead),
            ..answer
        };
        match behaviour
            .wire
            .response(answer, taken, behaviour.pace, settings.limit)
        {
            Ok(response) => response,
            // The router knows no errors, so what happens in place of an answer rides on an empty one.
            Err(instead) => {
                let mut response = Response::new(Body::empty());
                response.extensions_mut().insert(instead);
                response
            }
        }
    }
}
