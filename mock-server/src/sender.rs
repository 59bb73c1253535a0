//! Requests as WeChat's machines make them: the time limit of each, and its outcome.

mod bytes_read;
mod client;
mod head;
mod raw;

use std::{convert::Infallible, error::Error, io, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use reqwest::{Response, Url, header::HeaderMap};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use wxcheck_network::Network;
use wxcheck_protocol::limits::{BODY_LIMIT, CONNECT_LIMIT};

use crate::{
    connecting::{Connecting, SharedConnecting},
    exchange::{Answer, Outcome, Silence},
    lateness::Lateness,
};

pub(crate) use client::verifier;
use client::{Client, Failure};
pub use raw::{Body, Duplex, Held, Part, Raw};

/// The time that a dropped connection stays open after its last byte was handed to the network: long
/// enough for the bytes to leave, far too short for an answer to be waited for.
const DROP_GRACE: Duration = Duration::from_millis(15);

/// The pause before a request on a kept line. A moment after an answer's end the client takes the
/// connection back, or notices that the server closed it; a request that comes sooner would open
/// another one, or be written to nobody.
const KEPT_GRACE: Duration = Duration::from_millis(15);

/// The number of limits that [`ConnectionHold::Linger`] waits before it calls a server silent rather than late.
const LINGER_LIMITS: u32 = 2;

/// The TLS of requests that are not sent from here: certificates are checked in the same way.
pub fn client_tls(connecting: &Connecting) -> Result<rustls::ClientConfig, SenderError> {
    client::tls(true, connecting)
}

/// Options for sending requests.
#[derive(Clone, Debug)]
pub struct SenderOptions {
    /// The whole exchange is cut after this; WeChat's own limit is 5 s.
    pub exchange_limit: Duration,
    /// Use `http_proxy`, `https_proxy` and `no_proxy` from the environment. WeChat does not.
    pub environment_proxy: bool,
    /// Ask for each connection to be closed, but for those of a kept line.
    pub closes: bool,
    /// Further authorities to trust, and addresses for host names.
    pub connecting: SharedConnecting,
    /// The network they go out on.
    pub network: Network,
}

/// GET verifies the URL, POST pushes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// URL verification and fetches.
    Get,
    /// Pushes.
    Post,
}

impl Method {
    /// As it stands in the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One request, whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// The URL with its query.
    pub url: Url,
    /// The Content-Type of a POST.
    pub content_type: Option<String>,
    /// Other headers, such as those of cloud hosting.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for a GET.
    pub body: Bytes,
    /// True if a compressed answer is asked for.
    pub accepts_gzip: bool,
    /// The time at which our side lets go of the connection.
    pub hold: ConnectionHold,
}

impl Request {
    /// A plain GET, cut at the limit.
    pub const fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            content_type: None,
            headers: Vec::new(),
            body: Bytes::new(),
            accepts_gzip: false,
            hold: ConnectionHold::Cut,
        }
    }
}

/// The time at which our side lets go of the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionHold {
    /// At the exchange limit, as WeChat does.
    Cut,
    /// At twice the limit, to tell a late answer from none.
    Linger,
    /// As soon as the push is written, without an answer. A GET is cut at the limit: it has no body
    /// that would tell when it is written.
    DropAfterSend,
}

/// The connection that a request takes.
#[derive(Debug)]
pub struct Line(Client);

/// The sender could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The TLS library found no certificate authorities, or would not start.
    #[error("the HTTP client could not be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// The TLS library would not start.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Sends requests and reads answers, bounded in time and size.
#[derive(Debug)]
pub struct Sender {
    options: SenderOptions,
    secure: bool,
    fresh: Line,
    /// For requests that are written byte by byte to an https server.
    tls: Option<Arc<rustls::ClientConfig>>,
    lateness: Option<Arc<Lateness>>,
}

impl Sender {
    /// A sender for a target of that scheme. Certificate authorities are read from the system, and
    /// only for https, so that a machine without any can still judge an http server.
    pub fn new(options: SenderOptions, scheme: &str) -> Result<Self, SenderError> {
        let secure = scheme == "https";
        Ok(Self {
            fresh: Line(Client::for_fresh_connections(&options, secure)?),
            tls: secure
                .then(|| client::tls(secure, &options.connecting))
                .transpose()?
                .map(Arc::new),
            options,
            secure,
            lateness: None,
        })
    }

    /// The same, whose limits leave out the time that this process itself lost: a server is not called late because
    /// our machine was busy. A limit is at most doubled.
    #[must_use]
    pub fn allowing_for(self, lateness: Arc<Lateness>) -> Self {
        Self {
            lateness: Some(lateness),
            ..self
        }
    }

    /// The limit of one exchange.
    pub const fn exchange_limit(&self) -> Duration {
        self.options.exchange_limit
    }

    /// A line whose requests follow each other on one kept-alive connection, as long as the server
    /// keeps it open. Its requests must not overlap.
    pub fn kept_line(&self) -> Result<Line, SenderError> {
        Ok(Line(Client::for_a_kept_one(&self.options, self.secure)?))
    }

    /// Sends one request, on a connection of its own unless a kept line is given.
    pub async fn send(&self, request: &Request, line: Option<&Line>) -> Outcome {
        if line.is_some() {
            sleep(KEPT_GRACE).await;
        }
        let Line(client) = line.unwrap_or(&self.fresh);
        let closes = self.options.closes && line.is_none();
        let limit = self.options.exchange_limit;
        let watch = self.watch(match request.hold {
            ConnectionHold::Linger => limit * LINGER_LIMITS,
            ConnectionHold::Cut | ConnectionHold::DropAfterSend => limit,
        });
        let outcome = match request.hold {
            ConnectionHold::DropAfterSend if request.method == Method::Post => {
                send_and_drop(client, request, closes, watch).await
            }
            ConnectionHold::Cut | ConnectionHold::Linger | ConnectionHold::DropAfterSend => {
                let body = reqwest::Body::from(request.body.clone());
                receive(client, prepare(client, request, closes, body), watch).await
            }
        };
        outcome.unwrap_or_else(Outcome::Silent)
    }

    /// Sends a request that was put together elsewhere, on a connection of its own, cut at the limit.
    pub(crate) async fn send_parts(
        &self,
        method: http::Method,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Outcome {
        let Line(client) = &self.fresh;
        let watch = self.watch(self.options.exchange_limit);
        let request = client
            .http()
            .request(method, url)
            .headers(headers)
            .body(body);
        let outcome = receive(client, request, watch).await;
        outcome.unwrap_or_else(Outcome::Silent)
    }

    /// A watch over an exchange that begins now.
    fn watch(&self, limit: Duration) -> Watch<'_> {
        Watch {
            start: Instant::now(),
            limit,
            lateness: self.lateness.as_deref(),
        }
    }
}

/// The times at which an exchange began and is cut.
#[derive(Clone, Copy)]
struct Watch<'a> {
    start: Instant,
    limit: Duration,
    lateness: Option<&'a Lateness>,
}

/// An exchange is cut.
struct Cut;

impl Watch<'_> {
    /// The time that this process itself lost so far; at most the limit, so that no limit is more than doubled.
    fn lost(self) -> Duration {
        let lost = self
            .lateness
            .map_or(Duration::ZERO, |lateness| lateness.since(self.start));
        lost.min(self.limit)
    }

    /// The time that the server has taken so far.
    fn elapsed(self) -> Duration {
        self.start.elapsed().saturating_sub(self.lost())
    }

    /// The result, if it comes before the cut.
    async fn before_the_cut<T>(self, coming: impl Future<Output = T>) -> Result<T, Cut> {
        let mut coming = pin!(coming);
        let mut deadline = self.start + self.limit;
        loop {
            if let Ok(came) = timeout_at(deadline, &mut coming).await {
                return Ok(came);
            }
            let fair = self.start + self.limit + self.lost();
            if fair <= deadline {
                return Err(Cut);
            }
            deadline = fair;
        }
    }
}

async fn receive(
    client: &Client,
    request: reqwest::RequestBuilder,
    watch: Watch<'_>,
) -> Result<Outcome, Silence> {
    let response = watch
        .before_the_cut(client.send(request))
        .await
        .map_err(|Cut| Silence::NoAnswer { limit: watch.limit })?
        .map_err(|error| silence(&error))?;
    read_answer(response, watch).await.map(Outcome::Answered)
}

/// Sends the push whole and closes the connection. Nothing but the life of the request's body tells
/// when its last byte was taken: the client lets go of it then. (It does not ask for more before,
/// since the Content-Length already says that there is none.)
async fn send_and_drop(
    client: &Client,
    request: &Request,
    closes: bool,
    watch: Watch<'_>,
) -> Result<Outcome, Silence> {
    let (held, let_go) = oneshot::channel::<Infallible>();
    let chunks = stream::unfold((Some(request.body.clone()), held), |(body, held)| async {
        body.map(|body| (Ok::<Bytes, io::Error>(body), (None, held)))
    });
    let body = reqwest::Body::wrap_stream(chunks);
    let builder = prepare(client, request, closes, body);
    let dropping = async {
        let _ = let_go.await;
        sleep(DROP_GRACE).await;
    };
    tokio::select! {
        // The body is let go of as well when the connection fails or an answer comes first.
        biased;
        outcome = receive(client, builder, watch) => outcome,
        () = dropping => Err(Silence::Dropped),
    }
}

fn prepare(
    client: &Client,
    request: &Request,
    closes: bool,
    body: reqwest::Body,
) -> reqwest::RequestBuilder {
    let url = request.url.clone();
    let builder = match request.method {
        // An empty body would be written as a Content-Length of 0.
        Method::Get if request.body.is_empty() => client.http().get(url),
        Method::Get => client.http().get(url).body(body),
        Method::Post => client.http().post(url).body(body),
    };
    let headers = head::headers(request, request.body.len(), closes);
    headers.into_iter().fold(builder, |builder, (name, value)| {
        builder.header(name, value)
    })
}

async fn read_answer(mut response: Response, watch: Watch<'_>) -> Result<Answer, Silence> {
    let first_byte = watch.elapsed();
    let status = response.status().as_u16();
    let version = format!("{:?}", response.version());
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let mut body = Vec::new();
    let excess = loop {
        let received = body.len();
        let chunk = watch
            .before_the_cut(response.chunk())
            .await
            .map_err(|Cut| Silence::BodyUnfinished {
                status,
                received,
                limit: watch.limit,
            })?
            .map_err(|error| Silence::BodyBroken {
                status,
                received,
                reason: innermost(&error),
            })?;
        let Some(chunk) = chunk else { break false };
        let room = BODY_LIMIT - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            break true;
        }
    };
    Ok(Answer {
        version,
        status,
        headers,
        body,
        excess,
        first_byte,
        total: watch.elapsed(),
        connection: None,
    })
}

/// Sorts a failure into the kinds that a judge must tell apart.
fn silence(failure: &Failure) -> Silence {
    let connecting = failure.is_connect();
    let mut source: Option<&(dyn Error + 'static)> = Some(failure);
    let mut chain = Vec::new();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && let Some(known) = io_silence(io, connecting)
        {
            return known;
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Silence::Tls {
                reason: tls.to_string(),
            };
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() || http.is_closed() || http.is_canceled() {
                return Silence::Closed;
            }
            if http.is_parse() {
                return Silence::Garbage {
                    reason: http.to_string(),
                };
            }
        }
        chain.push(cause.to_string());
        source = cause.source();
    }
    let reason = chain.last().cloned().unwrap_or_default();
    if !connecting {
        return Silence::Garbage { reason };
    }
    if chain.iter().any(|cause| cause.contains("dns error")) {
        Silence::Unresolved
    } else if failure.is_timeout() {
        Silence::ConnectTimeout {
            limit: CONNECT_LIMIT,
        }
    } else {
        Silence::Unconnected { reason }
    }
}

fn io_silence(error: &io::Error, connecting: bool) -> Option<Silence> {
    // An I/O error does not name the one it wraps as its source, and the TLS layers wrap twice.
    if let Some(inner) = error.get_ref() {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(Silence::Tls {
                reason: tls.to_string(),
            });
        }
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return io_silence(io, connecting);
        }
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Silence::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::NotConnected => Some(if connecting {
            // The port is open, but whoever listens hung up before TLS or HTTP began.
            Silence::Unconnected {
                reason: error.to_string(),
            }
        } else {
            Silence::Closed
        }),
        _ => None,
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
