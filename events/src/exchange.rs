//! Requests, answers and calls, with their bytes.

use serde::{Deserialize, Serialize};

/// A request and what came of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Exchange {
    /// The play in which it was made.
    pub play: u64,
    /// Its number in the play, from 0.
    pub request: usize,
    /// When it was begun, from the start of the platform, in microseconds.
    pub started_micros: u64,
    /// `GET` or `POST`.
    pub method: String,
    /// The URL, without WeChat's parameters and without a password.
    pub url: String,
    /// WeChat's parameters, in order.
    pub params: Vec<Param>,
    /// The Content-Type, and other headers that are not every request's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The answer, or why there is none.
    pub outcome: Outcome,
}

/// A parameter of a query.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value; nothing where that is a signature or a token.
    pub value: Option<String>,
}

/// The answer, or why there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// An HTTP answer.
    Answered {
        /// The status code.
        status: u16,
        /// Names in lower case and values, in wire order.
        headers: Vec<(String, String)>,
        /// The body.
        body: Body,
        /// To the end of the headers, in microseconds.
        first_byte_micros: u64,
        /// To the end of the body, in microseconds.
        total_micros: u64,
    },
    /// No answer that WeChat could use.
    Silent {
        /// The reason.
        reason: String,
    },
}

/// The body of a request or an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Body {
    /// The beginning of it as text; what is no UTF-8 stands as U+FFFD.
    pub text: String,
    /// Its length in bytes; of an answer as far as it is held, 64 KiB.
    pub bytes: usize,
}

/// How much of a body is kept, in bytes.
const KEPT: usize = 16 * 1024;

impl Body {
    /// The beginning of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let kept = &bytes[..bytes.len().min(KEPT)];
        let text = match std::str::from_utf8(kept) {
            Ok(text) => text.to_owned(),
            // A letter that was cut in two is no letter that the other side sent.
            Err(error) if error.error_len().is_none() && kept.len() < bytes.len() => {
                String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned()
            }
            Err(_) => String::from_utf8_lossy(kept).into_owned(),
        };
        Self {
            text,
            bytes: bytes.len(),
        }
    }
}

/// A call of the API by the server, or an effect that a page of its own counted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Call {
    /// The play during which it came.
    pub play: u64,
    /// When it came, from the start of the platform, in microseconds.
    pub came_micros: u64,
    /// The path.
    pub path: String,
    /// The user it was about.
    pub openid: Option<String>,
    /// That user belongs to the play.
    pub own: bool,
    /// How many effects it stands for: messages to the user that were taken.
    pub effects: usize,
    /// The errcode that it was answered; 0 is success.
    pub errcode: i64,
    /// The beginning of its body.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_letters_and_counted_whole() {
        let long = "你".repeat(KEPT);
        let body = Body::of(long.as_bytes());
        assert_eq!(body.bytes, long.len());
        assert_eq!(body.text.len(), KEPT - KEPT % 3);
        assert!(!body.text.contains('\u{fffd}'));
    }
}
