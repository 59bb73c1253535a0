//! The answer to a call.

use bytes::Bytes;
use serde_json::{Value, json};

use super::errcode::ApiError;

/// The acknowledgement of every call that has nothing else to say.
pub(super) const OK: &[u8] = br#"{"errcode":0,"errmsg":"ok"}"#;
const JSON: &str = "application/json; charset=utf-8";

const ERROR_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// The reply of a handler when all is well.
#[derive(Clone, Debug)]
pub enum Reply {
    /// `{"errcode":0,"errmsg":"ok"}`.
    Ok,
    /// A JSON object.
    Json(Value),
    /// A JSON text that is written already.
    Text(String),
    /// A file.
    File {
        /// Its Content-Type.
        content_type: String,
        /// Its name, if it has one.
        file_name: Option<String>,
        /// Its bytes.
        bytes: Bytes,
    },
}

/// An answer as it goes out.
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    /// 200, except where a fault says otherwise.
    pub status: u16,
    /// Its Content-Type, except for files.
    pub content_type: &'static str,
    /// The Content-Type and the name of a file.
    pub file: Option<(String, Option<String>)>,
    /// Its body.
    pub body: Bytes,
    /// The arrival of the answer, if it arrives.
    pub delivery: ApiDelivery,
}

/// The arrival of an answer, if it arrives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ApiDelivery {
    /// At once.
    AtOnce,
    /// After so many milliseconds.
    After(u64),
    /// Never: the connection is reset.
    Reset,
}

impl ApiAnswer {
    pub(super) fn of(reply: Reply) -> Self {
        let (file, body) = match reply {
            Reply::Ok => (None, Bytes::from_static(OK)),
            Reply::Json(value) => (None, Bytes::from(value.to_string())),
            Reply::Text(text) => (None, Bytes::from(text)),
            Reply::File {
                content_type,
                file_name,
                bytes,
            } => (Some((content_type, file_name)), bytes),
        };
        Self {
            status: 200,
            content_type: JSON,
            file,
            body,
            delivery: ApiDelivery::AtOnce,
        }
    }

    pub(super) fn refusal(error: &ApiError, rid: Option<&str>) -> Self {
        let mut text = error.text().into_owned();
        if let Some(rid) = rid {
            text.push_str(error.errcode.before_rid());
            text.push_str("rid: ");
            text.push_str(rid);
        }
        Self::of(Reply::Json(
            json!({"errcode": error.errcode.code, "errmsg": text}),
        ))
    }

    pub(super) fn html_page() -> Self {
        Self {
            status: 502,
            content_type: "text/html",
            ..Self::of(Reply::Text(ERROR_PAGE.to_owned()))
        }
    }

    /// Half of the body is missing.
    pub(super) fn truncate(&mut self) {
        self.body.truncate(self.body.len() / 2);
    }
}
