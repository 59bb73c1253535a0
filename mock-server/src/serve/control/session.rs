//! Sessions of browsers: how the page shows the control token once; and the certificate by which clients know the platform.

use axum::{
    Json,
    extract::State as Shared,
    http::{
        HeaderMap, Method, StatusCode,
        header::{CONTENT_TYPE, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
use super::Done;
use super::{ControlDesk, ControlError, DONE, Given};

/// The token that a browser shows.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TokenShown {
    /// The control token.
    token: String,
}

/// The session of whoever asks.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct SessionView {
    /// True where a control token is set.
    needed: bool,
    /// True if whoever asks is let in.
    begun: bool,
}

/// Show whether a session is needed, and begun
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/session", responses((status = 200, body = SessionView))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    headers: HeaderMap,
) -> Json<SessionView> {
    let sessions = desk.sessions.as_ref();
    Json(SessionView {
        needed: sessions.is_some(),
        begun: sessions.is_none_or(|sessions| sessions.admit(&Method::GET, &headers).is_ok()),
    })
}

/// Begin a session: the cookie stands for the control token from then on. Without --control-token nothing is needed
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/session", request_body = TokenShown, responses((status = 200, body = Done), (status = 401, body = ControlError))))]
pub(super) async fn post(
    Shared(desk): Shared<ControlDesk>,
    Given(shown): Given<TokenShown>,
) -> Result<Response, ControlError> {
    match &desk.sessions {
        None => Ok(DONE.into_response()),
        Some(sessions) if sessions.is_token(shown.token.trim()) => {
            Ok(([(SET_COOKIE, sessions.begin())], DONE).into_response())
        }
        Some(_) => Err(ControlError::new(
            StatusCode::UNAUTHORIZED,
            "token: this is not the control token; it is what --control-token or WXCHECK_CONTROL_TOKEN says",
        )),
    }
}

/// End the session, and with it those of all browsers
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/session", responses((status = 200, body = Done), (status = 401, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    headers: HeaderMap,
) -> Result<Response, ControlError> {
    let Some(sessions) = &desk.sessions else {
        return Ok(DONE.into_response());
    };
    match sessions.admit(&Method::DELETE, &headers) {
        Ok(()) => Ok(([(SET_COOKIE, sessions.end())], DONE).into_response()),
        Err(unknown) => Err(ControlError::new(
            StatusCode::UNAUTHORIZED,
            unknown.to_string(),
        )),
    }
}

/// The platform's certificate as PEM, for clients that are to trust it; no token is needed
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/certificate.pem", responses((status = 200, content_type = "application/x-pem-file", body = String), (status = 404, body = ControlError))))]
pub(super) async fn certificate(
    Shared(desk): Shared<ControlDesk>,
) -> Result<Response, ControlError> {
    match desk.certificate {
        Some(certificate) => {
            let pem = [(CONTENT_TYPE, "application/x-pem-file")];
            Ok((pem, certificate.to_string()).into_response())
        }
        None => Err(ControlError::not_found(
            "the platform speaks no TLS: start it by `wxcheck serve --tls`, or with `--tls-cert` and `--tls-key`",
        )),
    }
}
