//! Requests that the pages of a mini program make: wx.request.

use std::{collections::BTreeMap, time::Duration};

use axum::extract::State as Shared;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    bounds::URL_BYTES,
    client_request::{ClientRequest, Failure, Received, TIME_LIMIT, Version},
};

use super::{
    ControlDesk, ControlError, ControlResult, Given, Path,
    devices::{DevicePath, FunctionResult, register},
};

/// The arguments of wx.request.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RequestForm {
    /// The URL; it is held to the request domains of the app, where any are registered.
    #[cfg_attr(test, schema(example = "https://api.example.com/user"))]
    url: String,
    /// OPTIONS, GET, HEAD, POST, PUT, DELETE or TRACE.
    #[serde(default = "get")]
    method: String,
    /// Headers; a Referer is not taken.
    #[serde(default)]
    header: BTreeMap<String, String>,
    /// A text, or an object: into the query of a GET, into the body of others.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Object))]
    data: Value,
    /// Its time limit, in milliseconds; at most 60 000.
    #[serde(default = "a_minute")]
    timeout: u64,
    /// The version of the mini program in the Referer: 0 (in development, on trial, in review), devtools, or the number of
    /// a released one. Usually 0 on the phone of a developer or trial user, else 1.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    version: Option<Version>,
}

fn get() -> String {
    "GET".to_owned()
}

const fn a_minute() -> u64 {
    TIME_LIMIT.as_secs() * 1000
}

/// wx.request, from a page on the phone; a phone that is not registered is from then on
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/request", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), request_body = RequestForm, responses((status = 200, body = FunctionResult<Received>), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn request(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Given(form): Given<RequestForm>,
) -> ControlResult<FunctionResult<Received>> {
    if form.url.len() > URL_BYTES {
        let length = form.url.len();
        return Err(ControlError::bad(format!(
            "url: give at most {URL_BYTES} bytes, not {length}"
        )));
    }
    if form.timeout == 0 || form.timeout > a_minute() {
        return Err(ControlError::bad(format!(
            "timeout {}: give 1 to {} milliseconds",
            form.timeout,
            a_minute()
        )));
    }
    let phone = (appid.as_str(), openid.as_str(), name.as_str());
    let (system, trial, network) = register(&desk, phone, |device| {
        (device.system, device.trial, device.network)
    })?;
    let domains = desk.hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        app.map(|app| app.settings.domains.request.clone())
    });
    let usual = if trial {
        Version::Unreleased
    } else {
        Version::Released(1)
    };
    let request = ClientRequest {
        version: form.version.unwrap_or(usual),
        url: form.url,
        method: form.method,
        headers: form.header.into_iter().collect(),
        data: form.data,
        timeout: Duration::from_millis(form.timeout),
        system,
        network,
        appid: appid.clone(),
    };
    let key = format!("{appid}/{openid}/{name}");
    let received = desk
        .phones
        .request(&key, &request, &domains.unwrap_or_default())
        .await;
    Ok(match received {
        Err(failure @ Failure::Unable(_)) => return Err(ControlError::bad(failure.to_string())),
        Err(failure) => {
            let reason = failure.reason();
            FunctionResult::failed("request", &failure, reason)
        }
        Ok(received) => FunctionResult::of::<Failure>("request", Ok(received)),
    })
}
