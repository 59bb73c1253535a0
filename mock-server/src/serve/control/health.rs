//! The platform's health and its figures, for whoever watches over processes.

use axum::{Json, extract::State as Shared, http::header::CONTENT_TYPE, response::IntoResponse};
use serde::Serialize;
use wxcheck_events::rfc3339;

use super::ControlDesk;

/// The content type of Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4";

/// The state of the process.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct HealthView {
    /// `ok`, or `draining` once it was told to end.
    status: &'static str,
    version: &'static str,
    /// The start of this process by this machine's clock, in RFC 3339: another process has another.
    started: String,
    /// Since the start, in milliseconds.
    uptime_millis: u64,
    store: StoreView,
}

/// The place in which state and journal are kept.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct StoreView {
    /// `memory` or `file`.
    kind: &'static str,
    /// The number of the first record of the journal that the file does not have yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
    /// The reason why nothing can be written to the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// Tell that the platform is at work; no token is needed
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/health", responses((status = 200, body = HealthView))))]
pub(super) async fn health(Shared(desk): Shared<ControlDesk>) -> Json<HealthView> {
    let uptime = desk.hub.journal().uptime().as_millis();
    let store = match desk.hub.store() {
        Some(status) => StoreView {
            kind: "file",
            next: Some(status.next),
            failure: status.failure,
        },
        None => StoreView {
            kind: "memory",
            next: None,
            failure: None,
        },
    };
    Json(HealthView {
        status: if *desk.closing.borrow() {
            "draining"
        } else {
            "ok"
        },
        version: env!("CARGO_PKG_VERSION"),
        started: rfc3339(desk.hub.journal().started_at()),
        uptime_millis: u64::try_from(uptime).unwrap_or(u64::MAX),
        store,
    })
}

/// Show figures as Prometheus reads them
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/metrics", responses((status = 200, content_type = "text/plain", body = String))))]
pub(super) async fn metrics(Shared(desk): Shared<ControlDesk>) -> impl IntoResponse {
    let figures = desk.hub.journal().figures();
    let text = figures.prometheus(desk.pusher.count_held(), desk.hub.store().as_ref());
    ([(CONTENT_TYPE, PROMETHEUS)], text)
}
