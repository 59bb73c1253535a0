//! The answer to a fetch: the data, their compression, and what stands around them.

use std::io::Write;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Data, Refusal};
use crate::answer::{JSON, TEXT};
use crate::wire::{Instead, hesitating_body};

/// The amount and the encoding of the data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Load {
    /// Little, in UTF-8.
    #[default]
    Little,
    /// Exactly so many bytes.
    Bytes(usize),
    /// With Chinese words in GBK.
    Gbk,
    /// With a byte order mark in front.
    Bom,
    /// Without its last bytes, as where a length counts characters.
    CutShort,
}

/// The way the data are compressed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Packing {
    /// Not at all.
    #[default]
    None,
    /// In gzip where that was asked for.
    IfAsked,
    /// In gzip, asked for or not.
    Always,
    /// The header says gzip, the body is not.
    InNameOnly,
    /// In gzip where that was asked for: four mebibytes of spaces.
    Bomb,
}

/// The status around the data, and their delivery.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DataStatus {
    /// 200, at once.
    #[default]
    Fine,
    /// Another status.
    Other(u16),
    /// 304 and nothing to a periodic update, 200 to a prefetch.
    PeriodicNotModified,
    /// A redirect to the same URL with a slash at its end.
    Redirect,
    /// After one and a half times the limit.
    Late,
    /// After a quarter of the limit: too late for a cold start.
    Slow,
    /// Not at all.
    Never,
    /// The connection ends before the data do.
    CutOff,
    /// The connection ends without an answer.
    Closes,
}

/// Secrets that the answer gives away.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum GivesAway {
    /// Nothing.
    #[default]
    Nothing,
    /// The user's session_key.
    SessionKey,
    /// The access token.
    AccessToken,
    /// The AppSecret.
    AppSecret,
    /// A session of its own, in a cookie.
    Cookie,
}

/// An answer before it is compressed.
pub(super) struct AnswerDraft {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl AnswerDraft {
    pub(super) fn refusal(refusal: &Refusal) -> Self {
        let (status, words) = match refusal {
            Refusal::Unauthorized => (401, "who asks?"),
            Refusal::BadRequest => (400, "what is asked?"),
            Refusal::Failure => (500, "internal server error"),
        };
        Self {
            status,
            content_type: TEXT,
            body: words.into(),
        }
    }

    pub(super) fn data(told: &Value, load: Load) -> Self {
        let text = told.to_string();
        let body = match load {
            Load::Little => text.into_bytes(),
            Load::Bytes(bytes) => {
                let padded =
                    |length| json!({"data": told, "filler": "x".repeat(length)}).to_string();
                padded(bytes.saturating_sub(padded(0).len())).into_bytes()
            }
            // 你好 in GBK.
            Load::Gbk => [
                b"{\"hello\":\"\xc4\xe3\xba\xc3\",\"data\":",
                text.as_bytes(),
                b"}",
            ]
            .concat(),
            Load::Bom => ["\u{feff}", &text].concat().into_bytes(),
            Load::CutShort => text.as_bytes()[..text.len() - 4].to_vec(),
        };
        Self {
            status: 200,
            content_type: JSON,
            body,
        }
    }

    pub(super) fn respond(
        self,
        behaviour: Data,
        raw_query: &str,
        asks_for_gzip: bool,
    ) -> Response<Body> {
        let good = self.status == 200;
        let mut response = Response::new(Body::empty());
        let mut status = self.status;
        let mut body = self.body;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if good {
            let packed = match behaviour.packing {
                Packing::None => false,
                Packing::IfAsked | Packing::Bomb => asks_for_gzip,
                Packing::Always | Packing::InNameOnly => true,
            };
            if packed {
                body = match behaviour.packing {
                    Packing::Bomb => gzip(&vec![b' '; 4 * 1024 * 1024]),
                    Packing::InNameOnly => body,
                    _ => gzip(&body),
                };
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            if behaviour.gives_away == GivesAway::Cookie {
                headers.insert(SET_COOKIE, HeaderValue::from_static("sid=abc; HttpOnly"));
            }
            match behaviour.status {
                DataStatus::Other(other) => status = other,
                DataStatus::Redirect => {
                    status = 302;
                    if let Ok(location) = HeaderValue::from_str(&format!("./?{raw_query}")) {
                        headers.insert(LOCATION, location);
                    }
                }
                DataStatus::CutOff => {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len() + 8));
                    return response.map(|_| hesitating_body(Body::from(body)));
                }
                DataStatus::Closes => {
                    response.extensions_mut().insert(Instead::Close);
                    return response;
                }
                DataStatus::Fine
                | DataStatus::Late
                | DataStatus::Slow
                | DataStatus::Never
                // Answered before.
                | DataStatus::PeriodicNotModified => {}
            }
        }
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        response.map(|_| Body::from(body))
    }
}

impl DataStatus {
    /// Waits as long as the answer takes.
    pub(super) async fn wait(self, limit: Duration) {
        match self {
            Self::Late => tokio::time::sleep(limit.mul_f32(1.5)).await,
            Self::Slow => tokio::time::sleep(limit / 4).await,
            Self::Never => std::future::pending().await,
            _ => {}
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _written = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
