//! Requests written byte by byte, as no HTTP client writes them: cut, unfinished, counted wrong, one upon the other.

use std::{fmt::Write as _, io, net::SocketAddr, time::Duration};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::lookup_host,
    time::{sleep, timeout},
};
use url::{Host, Position};
use wxcheck_network::Stream;
use wxcheck_protocol::limits::CONNECT_LIMIT;

use super::{DROP_GRACE, Request, Sender};
use crate::exchange::Silence;

/// How much more a Content-Length says than comes, in bytes.
const MISSING: usize = 64;
/// An answer is listened for this part of the limit: no judge asks what it says, but the server is to have read.
const LISTENED: u32 = 50;

/// In which way the bytes are not those of one whole request.
#[derive(Clone, Debug)]
pub enum Raw {
    /// Half of the body comes, and the connection is closed.
    HalfSent,
    /// The Content-Length says more than comes.
    LengthTooLong,
    /// The Content-Length says half of what comes.
    LengthTooShort,
    /// In one breath with it comes another request.
    Followed(Box<Request>),
    /// In one breath with it comes another request, but for the end of its body.
    FollowedByHalf(Box<Request>),
    /// Only so much comes, and the connection stays.
    Held(Part),
}

/// How much of a request comes.
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
    /// Writes a request in that way, on a connection of its own and without TLS. No answer is read, so there is none;
    /// the connection comes back where it is to be held.
    pub async fn write(&self, request: &Request, raw: &Raw) -> (Silence, Option<Stream>) {
        let stream = match timeout(CONNECT_LIMIT, self.reach(&request.url)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(silence)) => return (silence, None),
            Err(_) => {
                let limit = CONNECT_LIMIT;
                return (Silence::ConnectTimeout { limit }, None);
            }
        };
        let (bytes, listened) = (bytes(request, raw), self.exchange_limit() / LISTENED);
        let writing = perform(stream, &bytes, raw, listened);
        // A server that refuses may do so before everything is written, or not read at all.
        let held = timeout(self.exchange_limit(), writing).await;
        let held = held.ok().and_then(Result::ok).flatten();
        (Silence::Dropped, held)
    }

    async fn reach(&self, url: &Url) -> Result<Stream, Silence> {
        let addresses = self.addresses(url).await?;
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

    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Silence> {
        let port = url.port_or_known_default().unwrap_or(80);
        let name = match url.host() {
            Some(Host::Ipv4(ip)) => return Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Ipv6(ip)) => return Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Domain(name)) => name,
            None => return Err(Silence::Unresolved),
        };
        match self.options.connecting.address_of(name) {
            Some(mut address) => {
                if address.port() == 0 {
                    address.set_port(port);
                }
                Ok(vec![address])
            }
            None => lookup_host((name, port))
                .await
                .map(Iterator::collect)
                .map_err(|_| Silence::Unresolved),
        }
    }
}

async fn perform(
    mut stream: Stream,
    bytes: &[u8],
    raw: &Raw,
    listened: Duration,
) -> io::Result<Option<Stream>> {
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
    }
    Ok(None)
}

/// Reads to the end of the connection, or as long as that.
async fn listen(stream: &mut Stream, listened: Duration) {
    let mut piece = [0; 1024];
    let reading = async { while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {} };
    // Whoever keeps the connection open need not be waited for.
    let _ = timeout(listened, reading).await;
}

fn bytes(request: &Request, raw: &Raw) -> Vec<u8> {
    let body = &request.body;
    let half = body.len() / 2;
    let with = |head: String, body: &[u8]| [head.as_bytes(), body].concat();
    match raw {
        Raw::HalfSent | Raw::Held(Part::HalfOfBody) => {
            with(head(request, body.len(), ""), &body[..half])
        }
        Raw::LengthTooLong => with(head(request, body.len() + MISSING, ""), body),
        Raw::LengthTooShort => with(head(request, half, ""), body),
        Raw::Followed(next) => {
            let next = with(
                head(next, next.body.len(), "Connection: close\r\n"),
                &next.body,
            );
            with(
                head(request, body.len(), ""),
                &[body, next.as_slice()].concat(),
            )
        }
        Raw::FollowedByHalf(next) => {
            let next = with(
                head(next, next.body.len(), ""),
                &next.body[..next.body.len() / 2],
            );
            with(
                head(request, body.len(), ""),
                &[body, next.as_slice()].concat(),
            )
        }
        Raw::Held(Part::Nothing) => Vec::new(),
        Raw::Held(Part::HalfOfHead) => {
            let mut head = head(request, body.len(), "");
            head.truncate(head.len() / 2);
            head.into_bytes()
        }
    }
}

/// Request line and headers, as the platform's machines write them; `more` ends with a line end.
fn head(request: &Request, length: usize, more: &str) -> String {
    let url = &request.url;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let method = request.method.as_str();
    let content_type = request.content_type.as_deref().unwrap_or("text/xml");
    let mut others = String::new();
    for (name, value) in &request.headers {
        // Writing to a string cannot fail.
        let _ = write!(others, "{name}: {value}\r\n");
    }
    format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\nPragma: no-cache\r\n\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n{others}{more}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::sender::{Hold, Method};

    fn request(body: &'static str) -> Request {
        Request {
            method: Method::Post,
            url: Url::parse("http://127.0.0.1:8080/wechat?a=1#never").unwrap(),
            content_type: Some("text/xml".into()),
            headers: vec![("X-One", "1".into())],
            body: Bytes::from_static(body.as_bytes()),
            accepts_gzip: false,
            hold: Hold::Cut,
        }
    }

    fn written(raw: &Raw) -> String {
        String::from_utf8(bytes(&request("0123456789"), raw)).unwrap()
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
            assert!(head.starts_with("POST /wechat?a=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
            assert!(
                head.contains(&format!("Content-Length: {length}\r\nX-One: 1")),
                "{head}"
            );
            assert_eq!(sent, body, "{raw:?}");
        }
    }

    #[test]
    fn what_is_unfinished_ends_in_its_middle() {
        assert_eq!(written(&Raw::Held(Part::Nothing)), "");
        assert!(!written(&Raw::Held(Part::HalfOfHead)).contains("\r\n\r\n"));
        let whole = written(&Raw::Followed(Box::new(request("next"))));
        assert!(whole.contains("0123456789POST /wechat") && whole.ends_with("close\r\n\r\nnext"));
        let half = written(&Raw::FollowedByHalf(Box::new(request("next"))));
        assert!(half.contains("0123456789POST /wechat") && half.ends_with("\r\n\r\nne"));
    }
}
