//! The control API of another wxcheck, as a client.

use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use bytes::Bytes;
use reqwest::Url;
use serde_json::Value;

use crate::{
    dispatch::{PlatformOptions, sender_options},
    exchange::Outcome,
    sender::{Sender, SenderError},
};

/// A client of the control API at an address.
#[derive(Debug)]
pub struct ControlClient {
    base: Url,
    authorization: Option<HeaderValue>,
    sender: Sender,
}

impl ControlClient {
    /// For the platform at that URL, and with that control token.
    pub fn new(
        base: Url,
        token: Option<&str>,
        options: &PlatformOptions,
    ) -> Result<Self, SenderError> {
        let mut authorization =
            token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        let sender = Sender::new(sender_options(options), base.scheme())?;
        Ok(Self {
            base,
            authorization,
            sender,
        })
    }

    /// Makes a request; the answer, or a sentence that says why there is none.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<Value, String> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        let url = self.base.join(path).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = body.map_or_else(Bytes::new, Bytes::from);
        match self.sender.send_parts(method, url, headers, body).await {
            Outcome::Silent(silence) => Err(silence.to_string()),
            Outcome::Answered(answer) => {
                let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                if (200..300).contains(&answer.status) {
                    return Ok(told);
                }
                let reason = told["error"].as_str().unwrap_or("it is no wxcheck");
                Err(format!("status {}: {reason}", answer.status))
            }
        }
    }
}
