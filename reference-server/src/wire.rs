//! The path of an answer onto the connection: the HTTP around it, and what a broken server does in its place.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
};
use axum::http::{HeaderValue, Response, StatusCode, Version};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::answer::Answer;
use crate::pace::Pace;

/// The HTTP around an answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Wire {
    /// HTTP/1.1 with a Content-Length.
    #[default]
    Http,
    /// In chunks, without a Content-Length.
    Chunked,
    /// The connection ends without an answer to a push that was taken.
    ClosesUnanswered,
    /// With `Connection: close`, and the connection is closed.
    ConnectionClose,
    /// With a Content-Length eight bytes too large for a push that was taken; then the connection ends.
    ContentLengthTooLarge,
    /// Bytes that are no HTTP in answer to a push that was taken.
    Garbage,
    /// Compressed, though nobody asked, and ten mebibytes large once decompressed; for a push that was taken.
    Gzip,
    /// HTTP/1.0, and the connection is closed.
    Http10,
    /// Two responses in place of one bare acknowledgement.
    TwoResponses,
    /// Bytes behind the Content-Length of a bare acknowledgement.
    SurplusBytes,
    /// With both Content-Length and Transfer-Encoding, for a bare acknowledgement.
    BothLengths,
    /// As usual, but a body that does not come at once is not waited for.
    Impatient,
}

/// The action on the connection instead of an answer. It travels as the error of the HTTP service.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum Instead {
    /// The connection ends.
    #[error("the connection is closed without an answer")]
    Close,
    /// These bytes are written.
    #[error("bytes that HTTP would not write so")]
    Write(&'static [u8]),
    /// The server stops serving.
    #[error("the server stops")]
    Die,
    /// Something that is no HTTP is written.
    #[error("bytes that are no HTTP")]
    Garbage,
    /// The request is refused with its body unread; what follows on the connection is read as the next request.
    #[error("refused, with the body left on the connection")]
    LeaveBody,
    /// The request is refused, and what follows on the connection is kept for another one.
    #[error("refused, with what follows kept")]
    KeepRest,
}

impl Wire {
    /// The response that carries an answer, or what happens in its place. `taken` says that it answers a push that
    /// was taken.
    pub(crate) fn response(
        self,
        answer: Answer,
        taken: bool,
        pace: Pace,
        limit: Duration,
    ) -> Result<Response<Body>, Instead> {
        if let Some(instead) = answer.instead {
            return Err(instead);
        }
        let length = answer.body.len();
        let is_bare = taken && answer.status == 200 && answer.body == "success";
        let body = if taken {
            pace.body(answer.body, limit)
        } else {
            Body::from(answer.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
        if let Some(location) = answer
            .location
            .and_then(|location| HeaderValue::try_from(location).ok())
        {
            headers.insert(LOCATION, location);
        }
        if let Some(seconds) = answer.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self {
            Self::Chunked => response = response.map(unsized_body),
            Self::ClosesUnanswered if taken => return Err(Instead::Close),
            Self::Garbage if taken => return Err(Instead::Garbage),
            Self::TwoResponses if is_bare => return Err(Instead::Write(TWO_RESPONSES)),
            Self::SurplusBytes if is_bare => return Err(Instead::Write(SURPLUS_BYTES)),
            Self::BothLengths if is_bare => return Err(Instead::Write(BOTH_LENGTHS)),
            Self::ContentLengthTooLarge if taken => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(length + 8));
                response = response.map(hesitating_body);
            }
            Self::Gzip if taken => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                *response.body_mut() = Body::from(bomb());
            }
            Self::ConnectionClose => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Self::Http10 => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                *response.version_mut() = Version::HTTP_10;
            }
            Self::Http
            | Self::Impatient
            | Self::TwoResponses
            | Self::SurplusBytes
            | Self::BothLengths
            | Self::ClosesUnanswered
            | Self::ContentLengthTooLarge
            | Self::Garbage
            | Self::Gzip => {}
        }
        Ok(response)
    }
}

impl Instead {
    /// Does it on the connection. `read` holds bytes that came from there and are not used up.
    pub(crate) async fn perform<S>(self, mut stream: S, read: Bytes) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self {
            Self::Close | Self::Die => Ok(()),
            Self::Write(bytes) => {
                stream.write_all(bytes).await?;
                stream.shutdown().await
            }
            Self::Garbage => {
                stream
                    .write_all(b"\x16\x03\x01 this is no status line\r\n\r\n")
                    .await?;
                stream.shutdown().await
            }
            Self::KeepRest => {
                stream
                    .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 13\r\nConnection: close\r\n\r\nbad signature")
                    .await?;
                stream.shutdown().await
            }
            Self::LeaveBody => {
                stream
                    .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 13\r\n\r\nbad signature")
                    .await?;
                // A server that reads line by line finds the rest of the body where it expects a request line.
                if !read.contains(&b'\n') {
                    while stream.read_u8().await? != b'\n' {}
                }
                stream
                    .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .await?;
                stream.shutdown().await
            }
        }
    }
}

const TWO_RESPONSES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess\
    HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess";
const SURPLUS_BYTES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess, indeed";
const BOTH_LENGTHS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n\
    7\r\nsuccess\r\n0\r\n\r\n";

/// The same body without its length, so that HTTP sends it in chunks or under a length of the server's choice.
fn unsized_body(body: Body) -> Body {
    Body::from_stream(body.into_data_stream())
}

/// The same body without its length, and with a moment before its end in which what there is goes out: HTTP drops
/// what it still holds when it finds that a body ends too early.
pub(crate) fn hesitating_body(body: Body) -> Body {
    let moment = stream::once(async {
        tokio::task::yield_now().await;
        Ok(Bytes::new())
    });
    Body::from_stream(body.into_data_stream().chain(moment))
}

/// `success` and ten mebibytes of spaces, as members of one gzip file.
fn bomb() -> Bytes {
    let mut bomb = GZIPPED_SUCCESS.to_vec();
    bomb.extend(GZIPPED_SPACES.repeat(160));
    Bytes::from(bomb)
}

/// `success` in gzip.
const GZIPPED_SUCCESS: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 43, 46, 77, 78, 78, 45, 46, 6, 0, 178, 223, 0, 111, 7, 0, 0, 0,
];

/// 64 KiB of spaces in gzip.
const GZIPPED_SPACES: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 129, 0, 0, 0, 0, 128, 32, 149, 253, 41, 23, 169, 10,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    106, 148, 25, 44, 180, 0, 0, 1, 0,
];
