//! A call of the API, as it came in.

use std::{borrow::Cow, cell::OnceCell, net::IpAddr};

use serde_json::Value;
use url::form_urlencoded;

use crate::{bounds::JSON_BODY_BYTES, state::Moment};

use super::errcode::{ApiError, Errcode};

/// A request and the time at which it came.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// `GET`, `POST`, or another.
    pub method: &'a str,
    /// The path, as it stands in the request.
    pub path: &'a str,
    /// The query: everything behind the `?`.
    pub query: &'a str,
    /// The Content-Type, or nothing.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The sender's address.
    pub client: IpAddr,
    /// The time at which it came.
    pub now: Moment,
    /// The body as JSON, once somebody looked at it.
    pub parsed: OnceCell<Option<Value>>,
}

impl<'a> Call<'a> {
    /// The first query parameter of that name, decoded.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The body as a JSON object; 44002 if there is none, 45002 if it is longer than any that a page describes, 47001 if
    /// it is something else.
    pub(crate) fn json(&self) -> Result<&Value, ApiError> {
        if self.body.is_empty() {
            return Err(ApiError::of(Errcode::EMPTY_POST));
        }
        if self.body.len() > JSON_BODY_BYTES {
            return Err(ApiError::of(Errcode::CONTENT_TOO_LONG));
        }
        let parse = || {
            serde_json::from_slice(self.body)
                .ok()
                .filter(Value::is_object)
        };
        let parsed = self.parsed.get_or_init(parse).as_ref();
        parsed.ok_or(ApiError::of(Errcode::DATA_FORMAT))
    }

    /// The user that the body names, as far as it can be read: also where it is no UTF-8, which makes it no JSON.
    pub(crate) fn touser(&self) -> Option<String> {
        let read = |body: &Value| body["touser"].as_str().map(str::to_owned);
        match self.json() {
            Ok(body) => read(body),
            Err(_) if self.body.len() > JSON_BODY_BYTES => None,
            Err(_) => serde_json::from_str(&String::from_utf8_lossy(self.body))
                .ok()
                .and_then(|body| read(&body)),
        }
    }

    /// Parses the body now, rather than when it is asked for: before the state is locked.
    pub(crate) fn parse_ahead(&self) {
        if self.method == "POST" && !self.content_type.starts_with("multipart/") {
            // What is wrong with it is told to whoever asks.
            let _ = self.json();
        }
    }
}
