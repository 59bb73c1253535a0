//! Where a request or an answer ends in the bytes that came.

use anyhow::Context as _;

/// Headers of one message.
const HEADERS: usize = 32;

/// A whole request in front of some bytes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The path with its query.
    pub target: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The bytes in all.
    pub length: usize,
}

/// The request in front, if it is whole.
pub fn request(bytes: &[u8]) -> anyhow::Result<Option<Request<'_>>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes)? else {
        return Ok(None);
    };
    let length = head + content_length(request.headers)?;
    let body = bytes.get(head..length);
    Ok(body.map(|body| Request {
        target: request.path.unwrap_or_default(),
        body,
        length,
    }))
}

/// The status and the bytes of the answer in front, if it is whole.
pub fn answer(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(bytes)? else {
        return Ok(None);
    };
    let length = head + content_length(answer.headers)?;
    Ok((bytes.len() >= length).then_some((answer.code.unwrap_or_default(), length)))
}

fn content_length(headers: &[httparse::Header<'_>]) -> anyhow::Result<usize> {
    let mut headers = headers.iter();
    let Some(header) = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"))
    else {
        return Ok(0);
    };
    let digits = str::from_utf8(header.value)?;
    digits.trim().parse().context("Content-Length")
}
