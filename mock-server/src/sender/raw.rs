//! Requests written byte by byte, as no HTTP client writes them: cut, unfinished, counted wrong, one upon the other.

use std::{fmt, io, sync::Arc, time::Duration};

use reqwest::Url;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;
use wxcheck_network::Stream;
use wxcheck_protocol::limits::CONNECT_LIMIT;

use super::{
    DROP_GRACE, Request, Sender, Watch,
    bytes_read::{read_answer, read_piece},
    head::{HTTP_1_1, head},
    io_silence,
};
use crate::{
    addresses,
    exchange::{Answer, Behind, Connection, Outcome, Silence},
};

/// Bytes that a Content-Length promises beyond those that come.
const MISSING: usize = 64;
/// An answer is awaited for this part of the limit: no judge asks what it says, but the server must have time to read.
const LISTENED: u32 = 50;
/// Further bytes, where none may come, are awaited for this part of the limit.
const WAITED: u32 = 20;

/// The way the bytes of a request are written, and its answer is read.
#[derive(Clone, Debug)]
pub enum Raw {
    /// Half of the body comes, and the connection is closed.
    HalfSent,
    /// The Content-Length says more than comes.
    LengthTooLong,
    /// The Content-Length says half of what comes.
    LengthTooShort,
    /// Another request comes together with it.
    Followed(Box<Request>),
    /// Another request comes together with it, without the end of its body.
    FollowedByHalf(Box<Request>),
    /// Only so much comes, and the connection stays.
    Held(Part),
    /// One whole request, whose answer is read to the last byte.
    Whole(Body),
    /// The same in HTTP/1.0, head and body together.
    WholeInHttp10,
}

impl Raw {
    /// The moment at which the body comes of a request whose answer is read.
    const fn body(&self) -> Option<Body> {
        match self {
            Self::Whole(body) => Some(*body),
            Self::WholeInHttp10 => Some(Body::AtOnce),
            _ => None,
        }
    }

    /// The version in the request line.
    const fn version(&self) -> &'static str {
        match self {
            Self::WholeInHttp10 => "HTTP/1.0",
            _ => HTTP_1_1,
        }
    }
}

/// The time at which the body of a whole request comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Body {
    /// Together with the head.
    AtOnce,
    /// After a moment in which no answer may come.
    Later,
}

/// A connection that our side keeps open. Dropping it closes it.
pub type Held = Box<dyn Duplex>;

/// Both directions of a connection, with or without TLS.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

impl fmt::Debug for dyn Duplex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a connection")
    }
}

/// The part of a request that comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Not a byte.
    Nothing,
    /// Half of the head.
    HalfOfHead,
    /// The head and half of the body.
    HalfOfBody,
}

impl Sender {
    /// Writes a request in that way, on a connection of its own. An answer is read only where all of a request is
    /// written; the connection comes back where it is to be held.
    pub async fn write(&self, request: &Request, raw: &Raw) -> (Outcome, Option<Held>) {
        let watch = self.watch(self.exchange_limit());
        let stream = match timeout(CONNECT_LIMIT, self.connect(&request.url)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(silence)) => return (Outcome::Silent(silence), None),
            Err(_) => {
                let limit = CONNECT_LIMIT;
                let silence = Silence::ConnectTimeout { limit };
                return (Outcome::Silent(silence), None);
            }
        };
        if let Some(body) = raw.body() {
            let waited = self.exchange_limit() / WAITED;
            let head = head(
                request,
                request.body.len(),
                self.options.closes,
                raw.version(),
            );
            let answer = exchange(stream, &head, request, body, waited, watch).await;
            return (answer.map_or_else(Outcome::Silent, Outcome::Answered), None);
        }
        let bytes = bytes(request, raw, self.options.closes);
        let listened = self.exchange_limit() / LISTENED;
        let writing = perform(stream, &bytes, raw, listened);
        // A server that refuses may do so before everything is written, or not read at all.
        let held = timeout(self.exchange_limit(), writing).await;
        let held = held.ok().and_then(Result::ok).flatten();
        (Outcome::Silent(Silence::Dropped), held)
    }

    /// A connection to the server of that URL, with TLS where it says so.
    async fn connect(&self, url: &Url) -> Result<Held, Silence> {
        let stream = self.reach(url).await?;
        let Some(tls) = self.tls.as_ref().filter(|_| url.scheme() == "https") else {
            return Ok(Box::new(stream));
        };
        let host = url.host_str().unwrap_or_default();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| Silence::Unresolved)?;
        let stream = TlsConnector::from(Arc::clone(tls))
            .connect(name, stream)
            .await
            .map_err(|error| {
                let reason = error.to_string();
                io_silence(&error, true).unwrap_or(Silence::Tls { reason })
            })?;
        Ok(Box::new(stream))
    }

    async fn reach(&self, url: &Url) -> Result<Stream, Silence> {
        let found = addresses::resolve(url, &self.options.connecting).await;
        let addresses = found.map_err(|_| Silence::Unresolved)?;
        let mut last = Silence::Unresolved;
        for address in addresses {
            match self.options.network.connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    last = Silence::Refused;
                }
                Err(error) => {
                    let reason = error.to_string();
                    last = Silence::Unconnected { reason };
                }
            }
        }
        Err(last)
    }
}

async fn perform(
    mut stream: Held,
    bytes: &[u8],
    raw: &Raw,
    listened: Duration,
) -> io::Result<Option<Held>> {
    stream.write_all(bytes).await?;
    match raw {
        Raw::Held(_) => return Ok(Some(stream)),
        Raw::HalfSent => sleep(DROP_GRACE).await,
        // Its last request asks for the connection to be closed.
        Raw::Followed(_) => listen(&mut stream, listened).await,
        Raw::LengthTooLong | Raw::LengthTooShort | Raw::FollowedByHalf(_) => {
            stream.shutdown().await?;
            listen(&mut stream, listened).await;
        }
        // An exchange of its own.
        Raw::Whole(_) | Raw::WholeInHttp10 => {}
    }
    Ok(None)
}

/// Writes all of a request, reads the answer, and waits whether more comes.
async fn exchange(
    mut stream: Held,
    head: &str,
    request: &Request,
    body: Body,
    waited: Duration,
    watch: Watch<'_>,
) -> Result<Answer, Silence> {
    let mut came = Vec::new();
    let writing = async {
        stream.write_all(head.as_bytes()).await?;
        stream.flush().await?;
        if body == Body::Later {
            // It may end the connection as well, which shows when its answer is read.
            let _ = timeout(waited, read_piece(&mut stream, &mut came)).await;
        }
        stream.write_all(&request.body).await?;
        stream.flush().await
    };
    // A server that answers early may have hung up.
    let before_body = match watch.before_the_cut(writing).await {
        Ok(_) => !came.is_empty(),
        Err(_) => return Err(Silence::NoAnswer { limit: watch.limit }),
    };
    let mut answer = read_answer(&mut stream, &mut came, watch).await?;
    let listening = async {
        while came.len() < ENOUGH
            && read_piece(&mut stream, &mut came)
                .await
                .is_ok_and(|read| read > 0)
        {}
    };
    let _ = timeout(waited, listening).await;
    answer.connection = Some(Connection {
        before_body,
        behind: behind(&came),
    });
    Ok(answer)
}

/// Enough of what comes behind an answer to see that it should not.
const ENOUGH: usize = 1024;

/// The bytes behind an answer. Empty lines there are harmless: clients skip them.
fn behind(bytes: &[u8]) -> Behind {
    let bytes = bytes.trim_ascii_start();
    if bytes.is_empty() {
        Behind::Nothing
    } else if bytes.starts_with(b"HTTP/") {
        Behind::Response
    } else {
        Behind::Bytes
    }
}

/// Reads to the end of the connection, or as long as that.
async fn listen(stream: &mut Held, listened: Duration) {
    let mut piece = [0; 1024];
    let reading = async { while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {} };
    // Whoever keeps the connection open need not be waited for.
    let _ = timeout(listened, reading).await;
}

fn bytes(request: &Request, raw: &Raw, closes: bool) -> Vec<u8> {
    let body = &request.body;
    let half = body.len() / 2;
    let with = |head: String, body: &[u8]| [head.as_bytes(), body].concat();
    let head = |request: &Request, length, closes| head(request, length, closes, raw.version());
    // What another request follows keeps the connection open.
    let before = |next: Vec<u8>| with(head(request, body.len(), false), &[body, &*next].concat());
    match raw {
        Raw::HalfSent | Raw::Held(Part::HalfOfBody) => {
            with(head(request, body.len(), closes), &body[..half])
        }
        Raw::LengthTooLong => with(head(request, body.len() + MISSING, closes), body),
        Raw::LengthTooShort => with(head(request, half, closes), body),
        Raw::Followed(next) => before(with(head(next, next.body.len(), true), &next.body)),
        Raw::FollowedByHalf(next) => {
            let half = &next.body[..next.body.len() / 2];
            before(with(head(next, next.body.len(), closes), half))
        }
        Raw::Held(Part::Nothing) => Vec::new(),
        Raw::Held(Part::HalfOfHead) => {
            let mut head = head(request, body.len(), closes);
            head.truncate(head.len() / 2);
            head.into_bytes()
        }
        Raw::Whole(_) | Raw::WholeInHttp10 => with(head(request, body.len(), closes), body),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::sender::{ConnectionHold, Method};

    fn request(body: &'static str) -> Request {
        Request {
            method: Method::Post,
            url: Url::parse("http://127.0.0.1:8080/wechat?a=1#never").unwrap(),
            content_type: Some("text/xml".into()),
            headers: vec![("X-One", "1".into())],
            body: Bytes::from_static(body.as_bytes()),
            accepts_gzip: false,
            hold: ConnectionHold::Cut,
        }
    }

    fn written(raw: &Raw) -> String {
        String::from_utf8(bytes(&request("0123456789"), raw, false)).unwrap()
    }

    #[test]
    fn each_way_says_one_length_and_sends_another() {
        for (raw, length, body) in [
            (Raw::HalfSent, "10", "01234"),
            (Raw::LengthTooLong, "74", "0123456789"),
            (Raw::LengthTooShort, "5", "0123456789"),
            (Raw::Held(Part::HalfOfBody), "10", "01234"),
        ] {
            let written = written(&raw);
            let (head, sent) = written.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /wechat?a=1 HTTP/1.1\r\nUser-Agent: "));
            assert!(
                head.contains(&format!("Content-Length: {length}\r\nX-One: 1")),
                "{head}"
            );
            assert_eq!(sent, body, "{raw:?}");
        }
    }

    #[test]
    fn the_older_version_stands_in_the_request_line_alone() {
        let newer = written(&Raw::Whole(Body::AtOnce));
        let older = written(&Raw::WholeInHttp10);
        assert!(
            older.starts_with("POST /wechat?a=1 HTTP/1.0\r\n"),
            "{older}"
        );
        assert_eq!(older.replacen("HTTP/1.0", "HTTP/1.1", 1), newer);
    }

    #[test]
    fn what_is_unfinished_ends_in_its_middle() {
        assert_eq!(written(&Raw::Held(Part::Nothing)), "");
        assert!(!written(&Raw::Held(Part::HalfOfHead)).contains("\r\n\r\n"));
        let whole = written(&Raw::Followed(Box::new(request("next"))));
        assert!(whole.contains("0123456789POST /wechat") && whole.ends_with("\r\n\r\nnext"));
        assert_eq!(whole.matches("Connection: close").count(), 1);
        let half = written(&Raw::FollowedByHalf(Box::new(request("next"))));
        assert!(half.contains("0123456789POST /wechat") && half.ends_with("\r\n\r\nne"));
    }
}
