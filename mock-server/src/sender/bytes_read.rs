//! Responses read byte by byte from a connection: HTTP clients hide what comes behind the first one, and whether it
//! came too early.

use std::{io, time::Duration};

use httparse::{EMPTY_HEADER, Status, parse_chunk_size};
use tokio::io::{AsyncRead, AsyncReadExt};
use wxcheck_protocol::limits::BODY_LIMIT;

use super::Watch;
use crate::exchange::{Answer, Silence};

/// More headers than this are no answer that a client would take.
const HEADERS: usize = 100;
/// A head longer than this is none either.
const HEAD_LIMIT: usize = 64 * 1024;
/// More notes before an answer than any server sends.
const NOTES: usize = 32;
const PIECE: usize = 16 * 1024;

/// Reads one response. `bytes` holds what came before; behind it stays there what came behind the response.
pub(super) async fn read_answer(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    watch: Watch<'_>,
) -> Result<Answer, Silence> {
    let mut ended = false;
    let mut first_byte = None;
    loop {
        let came = response(bytes, ended);
        let head = match &came {
            Progress::Head { status, received } => Some((*status, *received)),
            Progress::Nothing | Progress::Broken { .. } | Progress::Whole { .. } => None,
        };
        if head.is_some() && first_byte.is_none() {
            first_byte = Some(watch.elapsed());
        }
        let total = watch.elapsed();
        match came {
            Progress::Whole { mut answer, end } => {
                answer.first_byte = first_byte.unwrap_or(total);
                answer.total = total;
                bytes.drain(..end);
                return Ok(answer);
            }
            Progress::Broken { reason } => return Err(Silence::Garbage { reason }),
            Progress::Nothing if ended => return Err(Silence::Closed),
            Progress::Head { status, received } if ended => {
                let reason = "the connection ended".to_owned();
                return Err(Silence::BodyBroken {
                    status,
                    received,
                    reason,
                });
            }
            Progress::Nothing | Progress::Head { .. } => {}
        }
        let limit = watch.limit;
        let read = watch.before_the_cut(read_piece(stream, bytes)).await;
        ended = match (read, head) {
            (Ok(Ok(read)), _) => read == 0,
            (Ok(Err(_)), _) => true,
            (Err(_), None) => return Err(Silence::NoAnswer { limit }),
            (Err(_), Some((status, received))) => {
                return Err(Silence::BodyUnfinished {
                    status,
                    received,
                    limit,
                });
            }
        };
    }
}

/// Reads what is there, and says how much that is; 0 at the end of the connection.
pub(super) async fn read_piece(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
) -> io::Result<usize> {
    bytes.reserve(PIECE);
    stream.read_buf(bytes).await
}

/// The progress of a response.
#[derive(Debug)]
enum Progress {
    /// No whole head yet.
    Nothing,
    /// A head, and so much of the body.
    Head { status: u16, received: usize },
    /// It is no HTTP.
    Broken { reason: String },
    /// All of it, up to that byte.
    Whole { answer: Answer, end: usize },
}

/// The first response in those bytes that is an answer. `ended` says that no more will come.
fn response(bytes: &[u8], ended: bool) -> Progress {
    let mut start = 0;
    for _ in 0..=NOTES {
        match answer_or_note(&bytes[start..], ended) {
            Ok(note) => start += note,
            Err(Progress::Whole { answer, end }) => {
                let end = start + end;
                return Progress::Whole { answer, end };
            }
            Err(other) => return other,
        }
    }
    let reason = format!("more than {NOTES} responses that only announce another");
    Progress::Broken { reason }
}

/// The end of the first response, if it is only a note that the answer is to come (a status from 100 to 199); else the
/// progress of the answer.
fn answer_or_note(bytes: &[u8], ended: bool) -> Result<usize, Progress> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(Status::Complete(start)) => start,
        Ok(Status::Partial) if bytes.len() <= HEAD_LIMIT => return Err(Progress::Nothing),
        Ok(Status::Partial) => {
            let reason = format!("a head of more than {HEAD_LIMIT} bytes");
            return Err(Progress::Broken { reason });
        }
        Err(error) => {
            let reason = error.to_string();
            return Err(Progress::Broken { reason });
        }
    };
    let status = head.code.unwrap_or_default();
    if (100..200).contains(&status) {
        return Ok(start);
    }
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_ascii_lowercase(), value)
        })
        .collect();
    let mut answer = Answer {
        version: format!("HTTP/1.{}", head.version.unwrap_or_default()),
        status,
        headers,
        body: Vec::new(),
        excess: false,
        first_byte: Duration::ZERO,
        total: Duration::ZERO,
        connection: None,
    };
    Err(match body(&answer, &bytes[start..], ended) {
        Ok((body, end)) => {
            answer.excess = body.len() > BODY_LIMIT;
            answer.body = body;
            answer.body.truncate(BODY_LIMIT);
            Progress::Whole {
                answer,
                end: start + end,
            }
        }
        Err(Unfinished::More { received }) => Progress::Head { status, received },
        Err(Unfinished::Broken) => {
            let reason = "the chunks of the body are broken".to_owned();
            Progress::Broken { reason }
        }
    })
}

/// The reason that there is no whole body.
enum Unfinished {
    More { received: usize },
    Broken,
}

/// The body behind a head, and where it ends. RFC 9112, 6.3: chunks win over a Content-Length.
fn body(answer: &Answer, bytes: &[u8], ended: bool) -> Result<(Vec<u8>, usize), Unfinished> {
    if matches!(answer.status, 204 | 304) {
        return Ok((Vec::new(), 0));
    }
    let received = bytes.len();
    let beyond = received > BODY_LIMIT;
    let is_chunked = answer
        .header("transfer-encoding")
        .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    if is_chunked {
        return chunks(bytes, beyond);
    }
    let length = answer.header("content-length");
    match length.map(|length| length.trim().parse::<usize>()) {
        Some(Ok(length)) if length <= received => Ok((bytes[..length].to_vec(), length)),
        Some(Err(_)) => Err(Unfinished::Broken),
        Some(Ok(_)) if !beyond => Err(Unfinished::More { received }),
        None if !ended && !beyond => Err(Unfinished::More { received }),
        Some(Ok(_)) | None => Ok((bytes.to_vec(), received)),
    }
}

fn chunks(bytes: &[u8], beyond: bool) -> Result<(Vec<u8>, usize), Unfinished> {
    let mut whole = Vec::new();
    let mut at = 0;
    loop {
        let more = |whole: Vec<u8>| {
            if beyond {
                Ok((whole, bytes.len()))
            } else {
                let received = whole.len();
                Err(Unfinished::More { received })
            }
        };
        let (start, size) = match parse_chunk_size(&bytes[at..]) {
            Ok(Status::Complete((start, size))) => (at + start, size),
            Ok(Status::Partial) => return more(whole),
            Err(_) => return Err(Unfinished::Broken),
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size == 0 {
            return match trailers_end(&bytes[start..]) {
                Some(end) => Ok((whole, start + end)),
                None => more(whole),
            };
        }
        let Some(chunk) = bytes.get(start..start.saturating_add(size)) else {
            whole.extend_from_slice(&bytes[start..]);
            return more(whole);
        };
        whole.extend_from_slice(chunk);
        match bytes.get(start + size..start + size + 2) {
            Some(b"\r\n") => at = start + size + 2,
            Some(_) => return Err(Unfinished::Broken),
            None => return more(whole),
        }
    }
}

/// The end of the lines behind the last chunk: an empty one.
fn trailers_end(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") {
        return Some(2);
    }
    let place = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(place + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], ended: bool) -> Option<(Answer, usize)> {
        match response(bytes, ended) {
            Progress::Whole { answer, end } => Some((answer, end)),
            _ => None,
        }
    }

    #[test]
    fn a_response_ends_where_its_framing_says() {
        for (text, body) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess",
                "success",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsucc\r\n3;a=b\r\ness\r\n0\r\n\r\n",
                "success",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n",
                "",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsuccess\r\n0\r\n\r\n",
                "success",
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
            (
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "",
            ),
        ] {
            let followed = format!("{text}HTTP/1.1 200 OK");
            let (answer, end) = read(followed.as_bytes(), false).expect(text);
            assert_eq!(String::from_utf8_lossy(&answer.body), body, "{text}");
            assert_eq!(end, text.len(), "{text}");
            // No part of it is taken for all of it.
            for cut in 0..text.len() {
                assert!(
                    read(&text.as_bytes()[..cut], false).is_none(),
                    "{text}: {cut}"
                );
            }
        }
    }

    #[test]
    fn without_a_length_the_end_of_the_connection_is_the_end() {
        let text = b"HTTP/1.0 200 OK\r\n\r\nsuccess";
        assert!(read(text, false).is_none());
        assert_eq!(read(text, true).unwrap().0.body, b"success");
    }

    #[test]
    fn what_is_no_response_is_broken() {
        for text in [
            "hello, this is no HTTP\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: seven\r\n\r\nsuccess",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsuccess",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nsuccess\r\n0\r\n\r\n",
        ] {
            assert!(
                matches!(response(text.as_bytes(), false), Progress::Broken { .. }),
                "{text}"
            );
        }
    }

    #[test]
    fn notes_without_an_end_are_broken() {
        let text = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100_000);
        assert!(matches!(
            response(text.as_bytes(), false),
            Progress::Broken { .. }
        ));
    }

    #[test]
    fn a_body_without_an_end_is_cut_at_the_limit() {
        for head in [
            "",
            "Content-Length: 9999999999\r\n",
            "Transfer-Encoding: chunked\r\n",
        ] {
            let chunk = if head.starts_with('T') {
                "fffffff\r\n"
            } else {
                ""
            };
            let text = format!(
                "HTTP/1.1 200 OK\r\n{head}\r\n{chunk}{}",
                "x".repeat(BODY_LIMIT + 1)
            );
            let (answer, _) = read(text.as_bytes(), false).expect(head);
            assert_eq!(
                (answer.body.len(), answer.excess),
                (BODY_LIMIT, true),
                "{head}"
            );
        }
    }
}
