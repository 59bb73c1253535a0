//! Reading answers: where one ends, what it says, and whether the connection lasts. Nothing is copied unless it comes in
//! chunks.

use std::{borrow::Cow, ops::Range};

use wxcheck_protocol::{
    limits::BODY_LIMIT,
    reply::{self, ReplyContext, ReplyKind, Structured},
};

/// Headers of an answer that are read; more make it unreadable.
const HEADERS: usize = 64;
/// Bytes of an answer's head.
const HEAD_LIMIT: usize = 64 * 1024;

/// The state of an answer, given the bytes that came so far.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Reading<'a> {
    /// It is not whole yet.
    More,
    /// It is whole.
    Whole(Answer<'a>),
    /// It is no HTTP, or too long.
    Unreadable,
}

/// A whole answer.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: Cow<'a, [u8]>,
    /// The connection can take another request.
    pub(crate) keeps: bool,
}

/// Reads an answer. `ended` says that no more bytes come.
pub(crate) fn read(bytes: &[u8], ended: bool) -> Reading<'_> {
    let mut rest = bytes;
    loop {
        match read_one(rest, ended) {
            // 100 Continue and the like come before the answer.
            Ok(Some((answer, behind))) if answer.status < 200 => rest = &rest[behind..],
            Ok(Some((mut answer, behind))) => {
                // Whatever follows was not asked for.
                answer.keeps &= behind == rest.len() && !ended;
                return Reading::Whole(answer);
            }
            Ok(None) if ended || rest.len() > HEAD_LIMIT + BODY_LIMIT => {
                return Reading::Unreadable;
            }
            Ok(None) => return Reading::More,
            Err(NoHttp) => return Reading::Unreadable,
        }
    }
}

/// Not HTTP.
struct NoHttp;

/// The answer in front, and the place behind it; nothing while it is not whole.
fn read_one(bytes: &[u8], ended: bool) -> Result<Option<(Answer<'_>, usize)>, NoHttp> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) if bytes.len() > HEAD_LIMIT => return Err(NoHttp),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(NoHttp),
    };
    let status = response.code.ok_or(NoHttp)?;
    let mut keeps = response.version == Some(1);
    let mut length = None;
    let mut chunked = false;
    for header in response.headers.iter() {
        let value = header.value.trim_ascii();
        if header.name.eq_ignore_ascii_case("content-length") {
            length = Some(number(value).ok_or(NoHttp)?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.to_ascii_lowercase().ends_with(b"chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            keeps = !value.eq_ignore_ascii_case(b"close")
                && (keeps || value.eq_ignore_ascii_case(b"keep-alive"));
        }
    }
    let rest = &bytes[head..];
    let answer = |body, keeps| Answer {
        status,
        body,
        keeps,
    };
    if status < 200 || matches!(status, 204 | 304) {
        return Ok(Some((answer(Cow::Borrowed(&[]), keeps), head)));
    }
    if chunked {
        let joined = join(rest)?;
        return Ok(joined.map(|(body, behind)| (answer(Cow::Owned(body), keeps), head + behind)));
    }
    match length {
        Some(length) if length > BODY_LIMIT => Err(NoHttp),
        Some(length) => Ok(rest
            .get(..length)
            .map(|body| (answer(Cow::Borrowed(body), keeps), head + length))),
        // Without a length it ends with the connection.
        None if ended => Ok(Some((answer(Cow::Borrowed(rest), false), bytes.len()))),
        None => Ok(None),
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(digits).ok().filter(|_| is_number)?;
    text.parse().ok()
}

/// The chunks in one piece, and the place behind the last; nothing while it has not come.
fn join(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, NoHttp> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let (behind, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(NoHttp),
        };
        let size = usize::try_from(size)
            .ok()
            .filter(|size| body.len() + size <= BODY_LIMIT);
        let size = size.ok_or(NoHttp)?;
        at += behind;
        if size == 0 {
            return Ok(trailer(&bytes[at..]).map(|length| (body, at + length)));
        }
        let chunk: Range<usize> = at..at + size;
        let (Some(chunk), Some(end)) = (
            bytes.get(chunk.clone()),
            bytes.get(chunk.end..chunk.end + 2),
        ) else {
            return Ok(None);
        };
        if end != b"\r\n" {
            return Err(NoHttp);
        }
        body.extend_from_slice(chunk);
        at += size + 2;
    }
}

/// The length of what stands behind the last chunk, up to the empty line.
fn trailer(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") {
        return Some(2);
    }
    let mut windows = bytes.windows(4);
    windows
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// The meaning of an answer to a push.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    /// An answer that WeChat takes.
    Acknowledged,
    /// A message for somebody else.
    WrongUser,
    /// Anything else.
    Odd,
}

/// Judges the body of an answer to a push, which may ask for an object. `is_user` says whether an openid is that of its user.
pub(crate) fn word(
    body: &[u8],
    structured: Option<Structured>,
    context: &ReplyContext<'_>,
    is_user: impl FnOnce(&str) -> bool,
) -> Word {
    // What nearly every answer is needs no reading.
    if body.is_empty() || body == b"success" {
        return Word::Acknowledged;
    }
    let reply = reply::read(body, context);
    if reply.unfit(structured).is_some() {
        return Word::Odd;
    }
    match &reply.innermost().kind {
        ReplyKind::Passive(passive)
            if passive.to_user.as_deref().is_some_and(|to| !is_user(to)) =>
        {
            Word::WrongUser
        }
        _ => Word::Acknowledged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, ended: bool) -> (u16, String, bool) {
        match read(text.as_bytes(), ended) {
            Reading::Whole(answer) => {
                let body = String::from_utf8(answer.body.into_owned()).unwrap();
                (answer.status, body, answer.keeps)
            }
            other => panic!("{other:?}"),
        }
    }

    const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsucc\r\n3;x=y\r\ness\r\n0\r\n\r\n";

    #[test]
    fn an_answer_is_whole_at_its_last_byte_and_not_before() {
        for text in [PLAIN, CHUNKED] {
            for length in 0..text.len() {
                let part = &text.as_bytes()[..length];
                assert_eq!(read(part, false), Reading::More, "{length}");
                assert_eq!(read(part, true), Reading::Unreadable, "{length}");
            }
            assert_eq!(whole(text, false), (200, "success".into(), true));
        }
    }

    #[test]
    fn what_ends_a_connection_is_seen() {
        let closing = PLAIN.replace("Content", "Connection: close\r\nContent");
        assert!(!whole(&closing, false).2);
        assert!(!whole(&PLAIN.replace("1.1", "1.0"), false).2);
        assert!(!whole(&format!("{PLAIN}more"), false).2);
        let endless = "HTTP/1.1 500 Oh\r\n\r\nsorry";
        assert_eq!(read(endless.as_bytes(), false), Reading::More);
        assert_eq!(whole(endless, true), (500, "sorry".into(), false));
        let continued = format!("HTTP/1.1 100 Continue\r\n\r\n{PLAIN}");
        assert_eq!(whole(&continued, false).0, 200);
        assert_eq!(
            whole("HTTP/1.1 204 No Content\r\n\r\n", false),
            (204, String::new(), true)
        );
    }

    #[test]
    fn nonsense_is_unreadable() {
        for nonsense in ["hello\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"] {
            assert_eq!(read(nonsense.as_bytes(), false), Reading::Unreadable);
        }
        let huge = PLAIN.replace(": 7", ": 99999999");
        assert_eq!(read(huge.as_bytes(), false), Reading::Unreadable);
    }

    const CONTEXT: ReplyContext<'static> = ReplyContext {
        key: None,
        token: "t",
        appid: "wx0",
    };

    #[test]
    fn an_answer_to_somebody_else_is_known() {
        let message = "<xml><ToUserName><![CDATA[oA]]></ToUserName><FromUserName><![CDATA[gh_0]]></FromUserName>\
                       <CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content></xml>";
        let of = |body: &str, openid| word(body.as_bytes(), None, &CONTEXT, |to| to == openid);
        assert_eq!(of(message, "oA"), Word::Acknowledged);
        assert_eq!(of(message, "oB"), Word::WrongUser);
        assert_eq!(of("success", "oB"), Word::Acknowledged);
        for odd in [
            r#"{"errcode":-40001,"errmsg":"invalid signature"}"#,
            r#"{"ErrCode":0}"#,
            "<html>oh</html>",
        ] {
            assert_eq!(of(odd, "oB"), Word::Odd, "{odd}");
        }
    }

    #[test]
    fn a_push_that_asks_for_an_object_is_acknowledged_with_that_one() {
        let payment = Some(Structured::ErrorCode);
        let of = |body: &str| word(body.as_bytes(), payment, &CONTEXT, |_| true);
        assert_eq!(of(r#"{"ErrCode":0}"#), Word::Acknowledged);
        assert_eq!(of("success"), Word::Acknowledged);
        assert_eq!(of(r#"{"ErrCode":-1}"#), Word::Odd);
        assert_eq!(of(r#"{"errcode":-1}"#), Word::Odd);
    }
}
