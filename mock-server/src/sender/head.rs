//! The head of a request. Its headers stand in the order of captured ones: User-Agent, Host, Connection, Accept, Pragma,
//! Content-Type, Content-Length. Half of the captures have `Connection: close`, the others no Connection at all.

use std::fmt::Write as _;

use url::Position;

use super::{Method, Request};

/// The version of requests, unless another is asked for.
pub(super) const HTTP_1_1: &str = "HTTP/1.1";

impl Request {
    /// The bytes of the request as they go over the wire, with `Connection: close` where it is to be closed.
    pub fn bytes(&self, closes: bool) -> Vec<u8> {
        let mut bytes = head(self, self.body.len(), closes, HTTP_1_1).into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Request line and headers, as the platform's machines write them.
pub(super) fn head(request: &Request, length: usize, closes: bool, version: &str) -> String {
    let target = &request.url[Position::BeforePath..Position::AfterQuery];
    let method = request.method.as_str();
    let mut head = format!("{method} {target} {version}\r\n");
    for (name, value) in headers(request, length, closes) {
        // Writing to a string cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// All headers of a request. `length` is what the Content-Length of a body says.
pub(super) fn headers(
    request: &Request,
    length: usize,
    closes: bool,
) -> Vec<(&'static str, String)> {
    let host = &request.url[Position::BeforeHost..Position::AfterPort];
    let mut headers = vec![
        ("User-Agent", "Mozilla/4.0".to_owned()),
        ("Host", host.to_owned()),
    ];
    headers.extend(closes.then(|| ("Connection", "close".to_owned())));
    headers.push(("Accept", "*/*".to_owned()));
    let encoding = request.accepts_gzip.then_some("gzip");
    headers.extend(encoding.map(|encoding| ("Accept-Encoding", encoding.to_owned())));
    headers.push(("Pragma", "no-cache".to_owned()));
    if request.method == Method::Post || !request.body.is_empty() {
        let content_type = request.content_type.clone();
        headers.extend(content_type.map(|content_type| ("Content-Type", content_type)));
        headers.push(("Content-Length", length.to_string()));
    }
    headers.extend(request.headers.iter().cloned());
    headers
}
