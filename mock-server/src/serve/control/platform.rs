//! The platform itself: faults, the clock, reset, snapshots.

use std::{
    collections::VecDeque,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};

use crate::{
    api::endpoint,
    bounds::{SNAPSHOTS, SNAPSHOTS_BYTES, WAITERS, size},
    fault::{Fault, Standing},
    state::{DAY, HOUR, MINUTE, Moment, SECOND, State},
};

use super::{
    super::fleet::{Emission, Emitted, LONGEST, emit},
    ControlDesk, ControlError, ControlResult, DONE, Done, Given, Path,
    apps::AppView,
    fleet::no_fleet,
};

/// The time to wait for fetches after the clock was advanced.
const SETTLING: Duration = Duration::from_secs(60);

/// Snapshots of the state, by number, each with the bytes it takes.
#[derive(Default)]
pub(super) struct Snapshots {
    kept: VecDeque<(u64, usize, State)>,
    taken: u64,
}

/// List the faults in force
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/faults", responses((status = 200, body = Vec<Standing>))))]
pub(super) async fn faults(Shared(desk): Shared<ControlDesk>) -> Json<Vec<Standing>> {
    Json(desk.hub.with(|state, _| state.faults.all().to_vec()))
}

/// A fault that was set.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct FaultSet {
    /// The id for its removal.
    id: u64,
}

/// Make an endpoint fail on purpose
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/faults", request_body = Fault, responses((status = 200, body = FaultSet), (status = 400, body = ControlError))))]
pub(super) async fn set_fault(
    Shared(desk): Shared<ControlDesk>,
    Given(fault): Given<Fault>,
) -> ControlResult<FaultSet> {
    desk.hub
        .with(|state, _| {
            let is_endpoint = |path: &str| endpoint::find(path).is_some();
            state.faults.set(fault, is_endpoint)
        })
        .map(|id| Json(FaultSet { id }))
        .map_err(|error| ControlError::bad(error.to_string()))
}

/// Take every fault out of force
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/faults", responses((status = 200, body = Done))))]
pub(super) async fn clear_faults(Shared(desk): Shared<ControlDesk>) -> Json<Done> {
    desk.hub.with(|state, _| state.faults.clear());
    DONE
}

/// Take one fault out of force
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/faults/{id}", params(("id" = u64, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn remove_fault(
    Shared(desk): Shared<ControlDesk>,
    Path(id): Path<u64>,
) -> ControlResult<Done> {
    if desk.hub.with(|state, _| state.faults.remove(id)) {
        Ok(DONE)
    } else {
        Err(ControlError::not_found(format!(
            "fault {id}: none of that id is in force; GET /_wxcheck/faults lists them"
        )))
    }
}

/// The platform's time.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct ClockView {
    /// Milliseconds since the Unix epoch.
    now: Moment,
    /// True if the clock runs by itself.
    runs: bool,
}

/// Show the platform's time
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/clock", responses((status = 200, body = ClockView))))]
pub(super) async fn clock(Shared(desk): Shared<ControlDesk>) -> Json<ClockView> {
    let clock = desk.hub.clock();
    Json(ClockView {
        now: clock.now(),
        runs: clock.runs(),
    })
}

/// The step by which the clock is advanced.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    /// Numbers with their units, like `12h`, `1d12h`, `90m`, `30s`, `500ms`.
    #[cfg_attr(test, schema(example = "12h"))]
    by: String,
    /// Answer when the fetches that became due by it are through.
    #[serde(default)]
    wait: bool,
    /// Let the app's fleet fetch what becomes due by it; the answer comes when that is through.
    #[serde(default)]
    fleet: Option<FleetEmission>,
}

/// The app whose fleet fetches, and the way it does.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FleetEmission {
    /// The app.
    appid: String,
    #[serde(flatten)]
    emission: Emission,
}

/// The platform's time after it was advanced.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Advanced {
    /// Milliseconds since the Unix epoch.
    now: Moment,
    /// True if the clock runs by itself.
    runs: bool,
    /// The fetches of the fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    fleet: Option<Emitted>,
    /// Present and false where fetches were waited for, and some are still under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<bool>,
}

/// Move the platform's time forward; what becomes due by that happens
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/clock/advance", request_body = Advance, responses((status = 200, body = Advanced), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn advance(
    Shared(desk): Shared<ControlDesk>,
    Given(advance): Given<Advance>,
) -> ControlResult<Advanced> {
    let by = duration(&advance.by).ok_or_else(|| {
        ControlError::bad(format!(
            "by `{}`: write numbers with d, h, m, s or ms, like 12h or 1d12h",
            advance.by
        ))
    })?;
    if let Some(fleet) = &advance.fleet {
        check_emission(&desk, fleet)?;
    }
    let clock = desk.hub.clock();
    let now = desk
        .hub
        .advance(by)
        .map_err(|error| ControlError::bad(format!("by `{}`: {error}", advance.by)))?;
    let fleet = match &advance.fleet {
        Some(FleetEmission { appid, emission }) => {
            Some(emit(&desk.hub, &desk.phones, appid, now, *emission).await)
        }
        None => None,
    };
    let settled = if advance.wait {
        Some(desk.phones.settle(SETTLING).await)
    } else {
        None
    };
    Ok(Json(Advanced {
        now,
        runs: clock.runs(),
        fleet,
        settled,
    }))
}

fn check_emission(desk: &ControlDesk, fleet: &FleetEmission) -> Result<(), ControlError> {
    let Emission { send, per_second } = fleet.emission;
    desk.hub.with(|state, _| {
        let app = state.apps.get(fleet.appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&fleet.appid))?;
        match &app.fleet {
            Some(_) => Ok(()),
            None => Err(no_fleet(&fleet.appid)),
        }
    })?;
    match per_second {
        Some(0) => Err(ControlError::bad(
            "per_second 0: give at least 1, or leave it out for all at once",
        )),
        Some(rate) if send / u64::from(rate) > LONGEST.as_secs() => {
            Err(ControlError::bad(format!(
                "send {send} at per_second {rate} takes longer than {} seconds; send fewer, or more a second",
                LONGEST.as_secs()
            )))
        }
        _ => Ok(()),
    }
}

fn duration(text: &str) -> Option<Moment> {
    let mut rest = text.trim();
    let mut total: Moment = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let unit = match unit {
            "d" => DAY,
            "h" => HOUR,
            "m" => MINUTE,
            "s" => SECOND,
            "ms" => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<Moment>().ok()?.checked_mul(unit)?)?;
        rest = next;
    }
    Some(total)
}

/// Put every app back to how it was registered, and forget users, tokens, messages and faults
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/reset", responses((status = 200, body = Done))))]
pub(super) async fn reset(Shared(desk): Shared<ControlDesk>) -> Json<Done> {
    let seed = desk.hub.seed();
    desk.hub.with(|state, _| state.reset(seed));
    DONE
}

/// The state in short, without secrets.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct StateView {
    now: Moment,
    /// True if quotas and counts are enforced.
    limits: bool,
    apps: Vec<AppView>,
    faults: Vec<Standing>,
    /// Pushes that wait for their time.
    pushes_waiting: usize,
    /// Pushes that found no room.
    pushes_dropped: u64,
    /// Control requests that wait: for the journal, for the end of a push, for data.
    waiting: usize,
}

/// Show the state in short, without secrets
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/state", responses((status = 200, body = StateView))))]
pub(super) async fn state(Shared(desk): Shared<ControlDesk>) -> Json<StateView> {
    Json(desk.hub.with(|state, now| StateView {
        now,
        limits: state.limits,
        apps: state.apps.values().map(AppView::of).collect(),
        faults: state.faults.all().to_vec(),
        pushes_waiting: state.outbox.waiting(),
        pushes_dropped: state.outbox.dropped(),
        waiting: WAITERS - desk.waiters.available_permits(),
    }))
}

/// A snapshot.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct SnapshotView {
    /// Its id.
    id: u64,
}

/// List the snapshots that are kept
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/snapshots", responses((status = 200, body = Vec<SnapshotView>))))]
pub(super) async fn snapshots(Shared(desk): Shared<ControlDesk>) -> Json<Vec<SnapshotView>> {
    let kept = kept(&desk);
    let views = kept.kept.iter().map(|(id, ..)| SnapshotView { id: *id });
    Json(views.collect())
}

/// Keep the state as it is now: apps, users, tokens, messages, faults, but neither the clock nor the journal
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/snapshots", responses((status = 200, body = SnapshotView), (status = 400, body = ControlError))))]
pub(super) async fn take_snapshot(
    Shared(desk): Shared<ControlDesk>,
) -> ControlResult<SnapshotView> {
    // Weighed first: what is too large is not even copied.
    let (bytes, state) = desk.hub.with(|state, _| {
        let bytes = state.bytes();
        (bytes, (bytes <= SNAPSHOTS_BYTES).then(|| state.clone()))
    });
    let state = state.ok_or_else(|| {
        ControlError::bad(format!(
            "the state takes {}, and all snapshots together may take {}: forget apps, users or fleets first",
            size(bytes),
            size(SNAPSHOTS_BYTES)
        ))
    })?;
    let mut kept = kept(&desk);
    let total = |kept: &Snapshots| kept.kept.iter().map(|(_, bytes, _)| bytes).sum::<usize>();
    while kept.kept.len() >= SNAPSHOTS || total(&kept) + bytes > SNAPSHOTS_BYTES {
        kept.kept.pop_front();
    }
    kept.taken += 1;
    let id = kept.taken;
    kept.kept.push_back((id, bytes, state));
    Ok(Json(SnapshotView { id }))
}

/// Go back to a snapshot
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/snapshots/{id}", params(("id" = u64, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn restore(
    Shared(desk): Shared<ControlDesk>,
    Path(id): Path<u64>,
) -> ControlResult<Done> {
    let found = kept(&desk)
        .kept
        .iter()
        .find(|(kept, ..)| *kept == id)
        .map(|(.., state)| state.clone());
    match found {
        Some(snapshot) => {
            desk.hub.with(|state, now| state.restore(snapshot, now));
            Ok(DONE)
        }
        None => Err(no_snapshot(id)),
    }
}

/// Drop a snapshot
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/snapshots/{id}", params(("id" = u64, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn drop_snapshot(
    Shared(desk): Shared<ControlDesk>,
    Path(id): Path<u64>,
) -> ControlResult<Done> {
    let mut kept = kept(&desk);
    let before = kept.kept.len();
    kept.kept.retain(|(kept, ..)| *kept != id);
    if kept.kept.len() < before {
        Ok(DONE)
    } else {
        Err(no_snapshot(id))
    }
}

fn kept(desk: &ControlDesk) -> MutexGuard<'_, Snapshots> {
    // A snapshot is pushed whole or not at all.
    desk.snapshots
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn no_snapshot(id: u64) -> ControlError {
    ControlError::not_found(format!(
        "snapshot {id}: none of that id is kept (sixteen are); GET /_wxcheck/snapshots lists them"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(duration("12h"), Some(12 * HOUR));
        assert_eq!(
            duration("1d12h30m5s7ms"),
            Some(DAY + 12 * HOUR + 30 * MINUTE + 5007)
        );
        for bad in [
            "",
            "12",
            "h",
            "-1h",
            "1.5h",
            "12 parsecs",
            "99999999999999999999d",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
