//! The control API without a socket, for whoever holds the platform.

use std::fmt;

use axum::{
    Router,
    body::Body,
    http::{
        Request,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;

use super::control::complaint::without_place;

/// The control API, with the token that it asks for.
pub(super) struct Local {
    control: Router,
    token: Option<String>,
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

impl Local {
    pub(super) const fn new(control: Router, token: Option<String>) -> Self {
        Self { control, token }
    }

    /// Makes a request; the answer, or the reason for a refusal.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(|error| error.to_string())?;
        let Ok(response) = TowerToHyperService::new(self.control.clone())
            .call(request)
            .await;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let reason = answer["error"].as_str().unwrap_or("refused");
        // The parser counts lines of JSON that nobody wrote.
        Err(without_place(reason))
    }
}
