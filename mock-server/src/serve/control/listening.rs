//! A page that listens for fetched data: wx.onBackgroundFetchData, and ft.onBackgroundFetchData of FinClip.

use std::time::Duration;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use wxcheck_protocol::fetch::FetchKind;

use crate::state::device::FetchedData;

use super::{
    super::connection::closed,
    Asked, ControlDesk, ControlError, ControlResult, Path,
    devices::{DevicePath, with_device},
    journal::LONGEST_WAIT,
};

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Listening {
    /// periodic or pre; either where it is left out.
    #[serde(default, rename = "fetchType")]
    #[cfg_attr(test, param(value_type = Option<String>))]
    fetch_type: Option<FetchKind>,
    /// Milliseconds to listen, at most 60 000.
    #[serde(default = "half_a_minute")]
    wait: u64,
}

const fn half_a_minute() -> u64 {
    30_000
}

/// The data that were heard.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct ListenedFor {
    /// True if data came while the page listened.
    heard: bool,
    /// periodic or pre.
    #[serde(skip_serializing_if = "Option::is_none")]
    fetch_type: Option<&'static str>,
    /// The data.
    #[serde(flatten)]
    data: Option<FetchedData>,
}

/// wx.onBackgroundFetchData: listen for data that come from now on; what came before is not heard
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/on-background-fetch-data", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path), Listening), responses((status = 200, body = ListenedFor), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn listen(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Asked(listening): Asked<Listening>,
) -> ControlResult<ListenedFor> {
    if listening.wait > LONGEST_WAIT {
        return Err(ControlError::bad(format!(
            "wait {}: give at most {LONGEST_WAIT} milliseconds, and listen again",
            listening.wait
        )));
    }
    let _place = desk.find_waiter()?;
    let deadline = Instant::now() + Duration::from_millis(listening.wait);
    let mut ends = desk.phones.ends();
    let mut closing = desk.closing.clone();
    let phone = (appid.as_str(), openid.as_str(), name.as_str());
    let before = with_device(&desk, phone, |device, _| device.arrivals())?;
    loop {
        ends.mark_unchanged();
        let arrived = with_device(&desk, phone, |device, app_open| {
            let kind = device.arrived_since(before, listening.fetch_type)?;
            let data = device.data(kind, app_open(kind)).ok()?;
            Some((kind, data))
        })?;
        if let Some((kind, data)) = arrived {
            return Ok(Json(ListenedFor {
                heard: true,
                fetch_type: Some(kind.fetch_type()),
                data: Some(data),
            }));
        }
        let goes_on = tokio::select! {
            ended = timeout_at(deadline, ends.changed()) => ended.is_ok_and(|ended| ended.is_ok()),
            () = closed(&mut closing) => false,
        };
        if !goes_on {
            return Ok(Json(ListenedFor {
                heard: false,
                fetch_type: None,
                data: None,
            }));
        }
    }
}
