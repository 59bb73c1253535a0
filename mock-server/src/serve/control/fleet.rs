//! Many phones at once: how many, how they arrive, and what they take.

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};

use crate::{
    bounds::FLEETS_IN_ALL,
    state::fleet::{Arrival, Fleet},
};

use super::{ControlDesk, ControlError, ControlResult, DONE, Done, Given, Path};

/// A fleet to create.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FleetForm {
    /// The number of phones, at most ten million.
    #[cfg_attr(test, schema(example = 1_000_000))]
    phones: u32,
    /// The token that each one's `wx.setBackgroundFetchToken` sets; `{n}` stands for its number.
    #[serde(default = "token")]
    #[cfg_attr(test, schema(example = "fleet-{n}"))]
    token: String,
    /// Evenly over twelve hours, or all in one moment.
    #[serde(default)]
    arrival: Arrival,
}

fn token() -> String {
    "fleet-{n}".to_owned()
}

/// A fleet as it is.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct FleetView {
    phones: u32,
    /// Phones that are kept up to date: used within seven days.
    awake: usize,
    /// Phones whose time has come.
    due: u64,
    /// Bytes of the platform's memory that the fleet takes.
    bytes: usize,
}

/// Give an app many phones, each of a user of its own; those from before are gone
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/fleet", params(("appid" = String, Path)), request_body = FleetForm, responses((status = 200, body = FleetView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn post(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Given(form): Given<FleetForm>,
) -> ControlResult<FleetView> {
    let now = desk.hub.clock().now();
    // Before it is made, and again once it is: another may have come meanwhile.
    if !desk
        .hub
        .with(|state, _| state.has_room_for_fleet(&appid, form.phones))
    {
        return Err(no_room(form.phones));
    }
    // Outside the lock: a million phones take a moment.
    let fleet = Fleet::new(form.phones, &form.token, form.arrival, now)
        .map_err(|error| ControlError::bad(error.to_string()))?;
    desk.hub.with(|state, now| {
        if !state.has_room_for_fleet(&appid, form.phones) {
            return Err(no_room(form.phones));
        }
        let given = state.give_fleet(&appid, fleet, now);
        let fleet = given.ok_or_else(|| ControlError::no_app(&appid))?;
        Ok(Json(view(fleet, now)))
    })
}

/// Show how many phones an app's fleet has, and how many are due
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/fleet", params(("appid" = String, Path)), responses((status = 200, body = FleetView), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<FleetView> {
    desk.hub.with(|state, now| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let fleet = app.fleet.as_ref().ok_or_else(|| no_fleet(&appid))?;
        Ok(Json(view(fleet, now)))
    })
}

/// Take an app's fleet away
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/apps/{appid}/fleet", params(("appid" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<Done> {
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        app.fleet
            .take()
            .map(|_| DONE)
            .ok_or_else(|| no_fleet(&appid))
    })
}

fn no_room(phones: u32) -> ControlError {
    ControlError::bad(format!(
        "phones {phones}: all fleets together have at most {FLEETS_IN_ALL}; DELETE the fleet of another app, or give fewer"
    ))
}

fn view(fleet: &Fleet, now: u64) -> FleetView {
    FleetView {
        phones: fleet.phones(),
        awake: fleet.awake(),
        due: fleet.due(now),
        bytes: fleet.bytes(),
    }
}

pub(super) fn no_fleet(appid: &str) -> ControlError {
    ControlError::not_found(format!(
        "appid `{appid}`: the app has no fleet; POST /_wxcheck/apps/{appid}/fleet gives it one"
    ))
}
