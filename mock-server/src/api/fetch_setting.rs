//! `fetchdatasetting`: where data prefetch and periodic update get their data.

use serde_json::{Value, json};

use crate::{
    bounds::{NAME_LETTERS, URL_BYTES},
    state::fetch_setting::{FetchSetting, FetchSource},
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

pub(super) fn fetchdatasetting(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    if !desk.app.settings.kind.is_mini() {
        return Err(ApiError::of(Errcode::NOT_A_WEAPP));
    }
    match body["action"].as_str() {
        Some("get") => Ok(Reply::Json(read(desk))),
        Some("set_pre_fetch") => {
            desk.app.fetch.pre = setting(body, "pre", &desk.app.fetch.pre)?;
            Ok(Reply::Ok)
        }
        Some("set_period_fetch") => {
            desk.app.fetch.period = setting(body, "period", &desk.app.fetch.period)?;
            Ok(Reply::Ok)
        }
        _ => Err(ApiError::of(Errcode::FETCH_ACTION)),
    }
}

fn read(desk: &Desk<'_>) -> Value {
    let mut reply = json!({"errcode": 0, "errmsg": "ok"});
    let settings = &desk.app.fetch;
    for (kind, setting) in [("pre", &settings.pre), ("period", &settings.period)] {
        reply[format!("is_{kind}_fetch_open")] = json!(setting.open);
        match &setting.source {
            FetchSource::Server { url } => {
                reply[format!("{kind}_fetch_type")] = json!(0);
                reply[format!("{kind}_fetch_url")] = json!(url);
            }
            FetchSource::CloudFunction { env, function } => {
                reply[format!("{kind}_fetch_type")] = json!(1);
                reply[format!("{kind}_env")] = json!(env);
                reply[format!("{kind}_function_name")] = json!(function);
            }
        }
    }
    reply
}

/// What a request sets; switching off needs nothing else and leaves the source as it is.
fn setting(body: &Value, kind: &str, before: &FetchSetting) -> Result<FetchSetting, ApiError> {
    let open = body[format!("is_{kind}_fetch_open")]
        .as_bool()
        .ok_or(ApiError::of(Errcode::DATA_FORMAT))?;
    if !open {
        return Ok(FetchSetting {
            open,
            ..before.clone()
        });
    }
    let text = |name: String| body[name].as_str().unwrap_or_default().trim().to_owned();
    let source = match body[format!("{kind}_fetch_type")].as_i64() {
        Some(0) => {
            let url = text(format!("{kind}_fetch_url"));
            if let Some(reason) = fault_of_url(&url) {
                return Err(ApiError::with(Errcode::FETCH_URL, reason.to_owned()));
            }
            FetchSource::Server { url }
        }
        Some(1) => {
            let (env, function) = (
                text(format!("{kind}_env")),
                text(format!("{kind}_function_name")),
            );
            let fits = |name: &String| (1..=NAME_LETTERS).contains(&name.len());
            if !fits(&env) || !fits(&function) {
                return Err(ApiError::of(Errcode::FETCH_FUNCTION));
            }
            FetchSource::CloudFunction { env, function }
        }
        _ => return Err(ApiError::of(Errcode::FETCH_TYPE)),
    };
    // Another source than before ends what was released to part of the users.
    let grey = before.grey.clone().filter(|_| source == before.source);
    Ok(FetchSetting { open, source, grey })
}

/// Production wants https. An http URL is taken for this machine alone, where developers test.
fn fault_of_url(text: &str) -> Option<&'static str> {
    if text.len() > URL_BYTES {
        return Some("the url is too long");
    }
    let Ok(url) = url::Url::parse(text) else {
        return Some("the url is not one");
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => None,
        "http" if local => None,
        _ => Some("the url must begin with https://"),
    }
}
