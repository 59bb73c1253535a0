//! Phones: what the mini program does on them, and what its pages read.

use std::sync::Arc;

use axum::{Json, extract::State as Shared, http::StatusCode};
use serde::{Deserialize, Serialize};
use wxcheck_protocol::fetch::{FetchKind, Launch};

use crate::{
    acts::{ActError, check_text},
    bounds::FETCH_TOKEN_BYTES,
    state::{
        Moment, PhoneError, State,
        device::{Device, FetchedData, NetworkCondition, System},
        fetch_job::DeviceError,
        user::is_openid,
    },
};

use super::{
    Asked, ControlDesk, ControlError, ControlResult, DONE, Done, Given, Offered, Path, no_room,
};

pub(super) type DevicePath = Path<(String, String, String)>;

/// The settings of a phone.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct DeviceForm {
    /// android or ios.
    system: Option<System>,
    /// True if a developer or trial user holds it: grey releases of 0 percent are for these.
    trial: Option<bool>,
    /// none, wifi or cellular: periodic updates wait for wifi, and without a network nothing is fetched.
    network: Option<NetworkCondition>,
}

/// A phone as it is shown.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct DeviceView {
    name: String,
    system: System,
    trial: bool,
    network: NetworkCondition,
    /// The time at which the mini program was opened on it last.
    opened: Option<Moment>,
    /// True if a fetch token is set.
    token: bool,
    /// The time at which it fetches by itself next.
    due: Option<Moment>,
    prefetch: CacheView,
    periodic: CacheView,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct CacheView {
    /// The number of bytes that are cached.
    bytes: Option<usize>,
    /// The time at which the phone got them.
    at: Option<Moment>,
    /// True if a fetch is under way.
    running: bool,
    /// The reason that the last fetch brought nothing.
    failure: Option<String>,
    /// Remarks on how the data became a text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl DeviceView {
    pub(super) fn of(name: &str, device: &Device) -> Self {
        let cache = |kind| {
            let cache = device.cache(kind);
            CacheView {
                bytes: cache.data.as_ref().map(|data| data.text.len()),
                at: cache.data.as_ref().map(|data| data.at),
                running: cache.running,
                failure: cache.failure.clone(),
                notes: cache
                    .data
                    .as_ref()
                    .map_or_else(Vec::new, |data| data.notes.clone()),
            }
        };
        Self {
            name: name.to_owned(),
            system: device.system,
            trial: device.trial,
            network: device.network,
            opened: device.opened,
            token: device.token.is_some(),
            due: device.due,
            prefetch: cache(FetchKind::Pre),
            periodic: cache(FetchKind::Periodic),
        }
    }
}

/// Give a user a phone, or change one; a user who is not registered is from then on
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), request_body = DeviceForm, responses((status = 200, body = DeviceView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Offered(form): Offered<DeviceForm>,
) -> ControlResult<DeviceView> {
    register(&desk, (&appid, &openid, &name), |device| {
        device.system = form.system.unwrap_or(device.system);
        device.trial = form.trial.unwrap_or(device.trial);
    })?;
    if let Some(network) = form.network {
        desk.hub.with(|state, now| {
            let key = (Arc::from(openid.as_str()), Arc::from(name.as_str()));
            let app = state.apps.get_mut(appid.as_str());
            if let Some(app) = app {
                app.change_network(&key, network, now);
            }
        });
    }
    with_device(&desk, (&appid, &openid, &name), |device, _| {
        Json(DeviceView::of(&name, device))
    })
}

/// Show what a phone holds
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), responses((status = 200, body = DeviceView), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
) -> ControlResult<DeviceView> {
    with_device(&desk, (&appid, &openid, &name), |device, _| {
        Json(DeviceView::of(&name, device))
    })
}

/// Take a phone away
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
) -> ControlResult<Done> {
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        if app.take_away(&openid, &name) {
            Ok(DONE)
        } else {
            Err(no_device(&name))
        }
    })
}

/// The token that the mini program sets.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TokenForm {
    /// The token; it goes out with the next fetch.
    token: String,
}

/// wx.setBackgroundFetchToken; a phone that is not registered is from then on
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/background-fetch-token", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), request_body = TokenForm, responses((status = 200, body = FunctionResult<TokenView>), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn set_token(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Given(form): Given<TokenForm>,
) -> ControlResult<FunctionResult<TokenView>> {
    if form.token.is_empty() || form.token.len() > FETCH_TOKEN_BYTES {
        return Err(ControlError::bad(format!(
            "token: give 1 to {FETCH_TOKEN_BYTES} bytes, not {}",
            form.token.len()
        )));
    }
    register(&desk, (&appid, &openid, &name), |device| {
        device.token = Some(form.token);
        Json(FunctionResult {
            err_msg: "setBackgroundFetchToken:ok".to_owned(),
            reason: None,
            result: None,
        })
    })
}

/// The result that a function of `wx` calls back with.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct FunctionResult<T> {
    /// Like `getBackgroundFetchData:ok` or `getBackgroundFetchData:fail …`.
    err_msg: String,
    /// The reason of a failure, where the text above does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Further fields, where it did not fail.
    #[serde(flatten)]
    result: Option<T>,
}

impl<T> FunctionResult<T> {
    pub(super) fn of<E: ToString>(function: &str, result: Result<T, E>) -> Json<Self> {
        match result {
            Ok(result) => Json(Self {
                err_msg: format!("{function}:ok"),
                reason: None,
                result: Some(result),
            }),
            Err(error) => Self::failed(function, &error, None),
        }
    }

    pub(super) fn failed(
        function: &str,
        error: &impl ToString,
        reason: Option<String>,
    ) -> Json<Self> {
        Json(Self {
            err_msg: format!("{function}:fail {}", error.to_string()),
            reason,
            result: None,
        })
    }
}

/// The token that is set.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct TokenView {
    token: String,
}

/// wx.getBackgroundFetchToken
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/background-fetch-token", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), responses((status = 200, body = FunctionResult<TokenView>), (status = 404, body = ControlError))))]
pub(super) async fn get_token(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
) -> ControlResult<FunctionResult<TokenView>> {
    with_device(&desk, (&appid, &openid, &name), |device, _| {
        let token = device.token.clone().map(|token| TokenView { token });
        // No page has the text of this failure.
        FunctionResult::of("getBackgroundFetchToken", token.ok_or("token not set"))
    })
}

/// The way the mini program is opened.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct OpenForm {
    /// The page.
    #[cfg_attr(test, schema(example = "pages/index/index"))]
    path: Option<String>,
    /// Its query, not encoded.
    #[cfg_attr(test, schema(example = "id=7"))]
    query: Option<String>,
    /// The scene.
    #[cfg_attr(test, schema(example = 1001))]
    scene: Option<u32>,
    /// The version of the mini program.
    custom_miniprogram_version: Option<String>,
    /// Answer at once, while what is fetched is under way.
    at_once: bool,
}

/// The fetches that opening the mini program caused.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Opened {
    fetches: Vec<FetchView>,
    /// Reasons why less is fetched than could be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct FetchView {
    /// periodic or prefetch.
    kind: &'static str,
    /// True if it is still under way.
    running: bool,
    /// The number of bytes that are cached now.
    bytes: Option<usize>,
    /// The reason that nothing is cached.
    failure: Option<String>,
    /// Until the answer was whole, in milliseconds.
    millis: Option<u64>,
    /// Remarks on how the data became a text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// The user opens the mini program on a phone, cold; a phone that is not registered is from then on
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/open", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path)), request_body = OpenForm, responses((status = 200, body = Opened), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn open(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Offered(form): Offered<OpenForm>,
) -> ControlResult<Opened> {
    check_openid(&openid)?;
    for (name, text) in [
        ("path", &form.path),
        ("query", &form.query),
        ("customMiniprogramVersion", &form.custom_miniprogram_version),
    ] {
        check_text(name, text.as_deref().unwrap_or_default())
            .map_err(|error| ControlError::bad(error.to_string()))?;
    }
    let launch = Launch {
        path: form.path,
        query: form.query,
        scene: form.scene,
        custom_miniprogram_version: form.custom_miniprogram_version,
    };
    let (jobs, warnings) = desk.hub.with(|state, now| {
        state
            .with_room_for_phone(&appid, &openid, &name)
            .map_err(of_room)?;
        let State { apps, draw, .. } = state;
        let app = apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let jobs = app
            .open_on(&openid, &name, &launch, now, draw)
            .map_err(of_device)?;
        if form.at_once {
            app.fetching.begun.extend(jobs.iter().cloned());
        }
        Ok((jobs, app.warn_of_opening(&openid, &name)))
    })?;
    let phones = Arc::clone(&desk.phones);
    // Whoever asked may go away meanwhile: what was begun ends all the same.
    let fetching = tokio::spawn(async move {
        let mut views = Vec::new();
        for job in jobs {
            let kind = job.fetch.kind.name();
            let fetched = if form.at_once {
                None
            } else {
                Some(phones.fetch(&job).await)
            };
            let cached = fetched.as_ref().map(|fetched| &fetched.cached);
            views.push(FetchView {
                kind,
                running: fetched.is_none(),
                bytes: cached.and_then(|cached| cached.as_ref().ok().copied()),
                failure: cached.and_then(|cached| cached.as_ref().err().cloned()),
                notes: fetched
                    .as_ref()
                    .map_or_else(Vec::new, |fetched| fetched.notes.clone()),
                millis: fetched
                    .map(|fetched| u64::try_from(fetched.took.as_millis()).unwrap_or(u64::MAX)),
            });
        }
        views
    });
    let fetches = fetching
        .await
        .map_err(|error| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(Opened { fetches, warnings }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct DataQuery {
    /// periodic or pre.
    #[serde(rename = "fetchType")]
    #[cfg_attr(test, param(value_type = String))]
    fetch_type: FetchKind,
}

/// wx.getBackgroundFetchData
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/background-fetch-data", params(("appid" = String, Path), ("openid" = String, Path), ("device" = String, Path), DataQuery), responses((status = 200, body = FunctionResult<FetchedData>), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn data(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid, name)): DevicePath,
    Asked(query): Asked<DataQuery>,
) -> ControlResult<FunctionResult<FetchedData>> {
    with_device(&desk, (&appid, &openid, &name), |device, app_open| {
        let result = device.data(query.fetch_type, app_open(query.fetch_type));
        FunctionResult::of("getBackgroundFetchData", result)
    })
}

/// A phone of a registered user, and which kinds are switched on for the app.
pub(super) fn with_device<T>(
    desk: &ControlDesk,
    (appid, openid, name): (&str, &str, &str),
    read: impl FnOnce(&Device, &dyn Fn(FetchKind) -> bool) -> T,
) -> Result<T, ControlError> {
    desk.hub.with(|state, _| {
        let app = state.apps.get(appid);
        let app = app.ok_or_else(|| ControlError::no_app(appid))?;
        let user = app.users.get(openid);
        let user = user.ok_or_else(|| ControlError::no_user(openid))?;
        let device = user.devices.get(name).ok_or_else(|| no_device(name))?;
        Ok(read(device, &|kind| app.fetch.of(kind).open))
    })
}

/// A phone that is registered from now on.
pub(super) fn register<T>(
    desk: &ControlDesk,
    (appid, openid, name): (&str, &str, &str),
    change: impl FnOnce(&mut Device) -> T,
) -> Result<T, ControlError> {
    check_openid(openid)?;
    desk.hub.with(|state, _| {
        let app = state
            .with_room_for_phone(appid, openid, name)
            .map_err(of_room)?;
        app.hand_over(openid, name).map_err(of_device)?;
        let devices = &mut app.enrol(openid).devices;
        Ok(change(devices.entry(name.to_owned()).or_default()))
    })
}

fn check_openid(openid: &str) -> Result<(), ControlError> {
    if is_openid(openid) {
        Ok(())
    } else {
        Err(ControlError::bad(
            ActError::Openid(openid.to_owned()).to_string(),
        ))
    }
}

fn of_room(error: PhoneError) -> ControlError {
    match error {
        PhoneError::User(error) => no_room(error),
        PhoneError::Device(error) => of_device(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn of_device(error: DeviceError) -> ControlError {
    ControlError::bad(error.to_string())
}

fn no_device(name: &str) -> ControlError {
    ControlError::not_found(format!(
        "device `{name}`: the user has none of that name; PUT …/devices/{name} registers it"
    ))
}
