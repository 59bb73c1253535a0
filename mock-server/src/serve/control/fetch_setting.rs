//! The sources from which an app's phones fetch: the settings of the admin page, grey release included.

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use wxcheck_protocol::fetch::{Dialect, FetchKind, TimestampUnit};

use crate::{
    bounds::{NAME_LETTERS, URL_BYTES},
    state::fetch_setting::{FetchSetting, FetchSettings, FetchSource, GreyRelease},
    target::{self, parse_url},
};

use super::{ControlDesk, ControlError, ControlResult, Given, Path};

/// The settings to change; the rest stays.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsForm {
    /// Data prefetch, at every cold start.
    #[serde(default)]
    prefetch: Option<SettingForm>,
    /// Periodic update, every twelve hours.
    #[serde(default)]
    periodic: Option<SettingForm>,
    /// wechat, or finclip: both kinds are fetched on opening, with `appId` and `timeStamp`.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    dialect: Option<Dialect>,
    /// seconds or milliseconds: what the timestamp counts.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    timestamp: Option<TimestampUnit>,
}

/// One kind.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SettingForm {
    /// True if it is switched on.
    #[serde(default = "yes")]
    open: bool,
    /// Type 0: the data are at this URL.
    #[serde(default)]
    #[cfg_attr(test, schema(example = "http://127.0.0.1:8080/prefetch"))]
    url: Option<String>,
    /// Type 1: the data come from this cloud function, started with --cloud-function NAME=FOLDER.
    #[serde(default)]
    function: Option<String>,
    /// A second URL for part of the users.
    #[serde(default)]
    grey: Option<GreyRelease>,
}

const fn yes() -> bool {
    true
}

/// The settings as they are.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct SettingsView {
    #[cfg_attr(test, schema(value_type = String))]
    dialect: Dialect,
    #[cfg_attr(test, schema(value_type = String))]
    timestamp: TimestampUnit,
    prefetch: SettingView,
    periodic: SettingView,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct SettingView {
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grey: Option<GreyRelease>,
}

impl SettingsView {
    fn of(settings: &FetchSettings) -> Self {
        Self {
            dialect: settings.dialect,
            timestamp: settings.unit(),
            prefetch: SettingView::of(&settings.pre),
            periodic: SettingView::of(&settings.period),
        }
    }
}

impl SettingView {
    fn of(setting: &FetchSetting) -> Self {
        let (url, function) = match &setting.source {
            FetchSource::Server { url } => (Some(url.clone()), None),
            FetchSource::CloudFunction { function, .. } => (None, Some(function.clone())),
        };
        Self {
            open: setting.open,
            url: url
                .filter(|url| !url.is_empty())
                .map(|url| display_url(&url)),
            function,
            grey: setting.grey.clone().map(|grey| GreyRelease {
                url: display_url(&grey.url),
                ..grey
            }),
        }
    }
}

/// A URL that was read before, without user and password.
fn display_url(url: &str) -> String {
    parse_url(url).map_or_else(|_| String::new(), |url| target::display_url(&url))
}

/// Set where an app's phones fetch their data, as on the admin page
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/fetch-setting", params(("appid" = String, Path)), request_body = SettingsForm, responses((status = 200, body = SettingsView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Given(form): Given<SettingsForm>,
) -> ControlResult<SettingsView> {
    for (kind, form) in [
        (FetchKind::Pre, &form.prefetch),
        (FetchKind::Periodic, &form.periodic),
    ] {
        if let Some(form) = form {
            check_targets(&desk, form)
                .map_err(|error| ControlError::bad(format!("{kind}: {error}")))?;
        }
    }
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        // Set whole or not at all.
        let mut settings = app.fetch.clone();
        settings.dialect = form.dialect.unwrap_or(settings.dialect);
        settings.unit = form.timestamp.or(settings.unit);
        for (kind, form) in [
            (FetchKind::Pre, form.prefetch),
            (FetchKind::Periodic, form.periodic),
        ] {
            if let Some(form) = form {
                set(settings.of_mut(kind), form)
                    .map_err(|error| ControlError::bad(format!("{kind}: {error}")))?;
            }
        }
        app.fetch = settings;
        Ok(Json(SettingsView::of(&app.fetch)))
    })
}

/// Show where an app's phones fetch their data
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/fetch-setting", params(("appid" = String, Path)), responses((status = 200, body = SettingsView), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<SettingsView> {
    desk.hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        Ok(Json(SettingsView::of(&app.fetch)))
    })
}

/// Checks that data may be fetched from there at all.
fn check_targets(desk: &ControlDesk, form: &SettingForm) -> Result<(), String> {
    let grey = form.grey.as_ref().map(|grey| &grey.url);
    for (name, url) in [("url", form.url.as_ref()), ("grey", grey)] {
        let Some(url) = url else { continue };
        if url.len() > URL_BYTES {
            let length = url.len();
            return Err(format!(
                "{name}: give at most {URL_BYTES} bytes, not {length}"
            ));
        }
        // What is no URL at all is told below, in order.
        if let Ok(url) = parse_url(url) {
            desk.phones
                .check(&url)
                .map_err(|error| format!("{name}: {error}"))?;
        }
    }
    match &form.function {
        Some(function) if function.len() > NAME_LETTERS => Err(format!(
            "function: give at most {NAME_LETTERS} letters, not {}",
            function.len()
        )),
        _ => Ok(()),
    }
}

fn set(setting: &mut FetchSetting, form: SettingForm) -> Result<(), String> {
    setting.open = form.open;
    match (form.url, form.function) {
        (Some(_), Some(_)) => return Err("url and function: give one of them".to_owned()),
        (Some(url), None) => {
            parse_url(&url).map_err(|error| format!("url: {error}"))?;
            if !matches!(&setting.source, FetchSource::Server { url: before } if *before == url) {
                setting.grey = None;
            }
            setting.source = FetchSource::Server { url };
        }
        (None, Some(function)) => {
            setting.grey = None;
            setting.source = FetchSource::CloudFunction {
                env: "local".to_owned(),
                function,
            };
        }
        (None, None) => {}
    }
    if let Some(grey) = form.grey {
        parse_url(&grey.url).map_err(|error| format!("grey: {error}"))?;
        setting
            .release(grey)
            .map_err(|error| format!("grey: {error}"))?;
    }
    if setting.open && setting.source == FetchSource::default() {
        return Err(
            "url: it is switched on, and nothing says where the data are; give url or function"
                .to_owned(),
        );
    }
    Ok(())
}
