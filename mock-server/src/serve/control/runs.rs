//! Runs of `wxcheck check` that use this platform.

use std::net::SocketAddr;

use axum::{Json, extract::State as Shared, http::StatusCode};
use serde::{Deserialize, Serialize};
use wxcheck_events::Event;

use super::{ControlDesk, ControlError, ControlResult, DONE, Done, Given, Path};
use crate::reach::Reach;

/// A run that begins.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RunForm {
    /// The app whose pushes it sends.
    appid: String,
    /// The address of the run's own API, on this machine: calls are handed on to it.
    #[cfg_attr(test, schema(value_type = String, example = "127.0.0.1:41234"))]
    relay: SocketAddr,
}

/// A run that began.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct RunView {
    id: u64,
}

/// Let a run of wxcheck check use this platform: what a server calls is handed on to it until it ends
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/runs", request_body = RunForm, responses((status = 200, body = RunView), (status = 400, body = ControlError), (status = 409, body = ControlError))))]
pub(super) async fn begin(
    Shared(desk): Shared<ControlDesk>,
    Given(form): Given<RunForm>,
) -> ControlResult<RunView> {
    let RunForm { appid, relay } = form;
    if Reach::of(relay.ip()) != Reach::Loopback {
        return Err(ControlError::bad(format!(
            "relay `{relay}`: give an address of this machine, like 127.0.0.1:41234"
        )));
    }
    desk.visiting
        .begin(appid, relay)
        .map(|id| Json(RunView { id }))
        .map_err(|error| ControlError::new(StatusCode::CONFLICT, error.to_string()))
}

/// Tell what happened in a run; also that it goes on, with an empty list
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/runs/{id}/events", params(("id" = u64, Path)), request_body = Vec<Object>, responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn append(
    Shared(desk): Shared<ControlDesk>,
    Path(id): Path<u64>,
    Given(events): Given<Vec<Event>>,
) -> ControlResult<Done> {
    let noted = desk.visiting.note(id, events, desk.hub.journal());
    noted
        .map(|()| DONE)
        .map_err(|error| ControlError::not_found(error.to_string()))
}

/// End a run
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/runs/{id}", params(("id" = u64, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn end(
    Shared(desk): Shared<ControlDesk>,
    Path(id): Path<u64>,
) -> ControlResult<Done> {
    let ended = desk.visiting.end(id);
    ended
        .map(|()| DONE)
        .map_err(|error| ControlError::not_found(error.to_string()))
}
