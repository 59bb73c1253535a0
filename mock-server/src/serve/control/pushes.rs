//! Pushes of the catalogue, sent at once.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinError, spawn_blocking};
use wxcheck_protocol::push::{Format, Mode};

use crate::{
    acts::{ActError, check_text, is_openid},
    catalogue::{self, CatalogueError},
    composer::{Message, Setting},
    delivery::Policy,
    serve::pusher::{Callback, Order, PushError},
};

use super::{
    ControlDesk, ControlError, ControlResult, Given, Path, exchange_view::ExchangeView, no_room,
};

/// The user where none is named.
const SOMEBODY: &str = "oWXCHECKserve000000000000001";
const MOST_TIMES: u32 = 1000;

/// A push to send.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PushForm {
    /// Its name in the catalogue, like `text`, `official/text` or `subscribe_msg_popup_event.many`.
    #[cfg_attr(test, schema(example = "text"))]
    name: String,
    /// The FromUserName; a user of that openid is registered.
    #[serde(default)]
    from: Option<String>,
    /// Fields to set or add.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Deliver the same bytes so many times, one after the other; at most 1000.
    #[serde(default = "once")]
    times: u32,
    /// once, observed or documented: what to do when the answer is not 200 in time. The last keeps the pauses that the
    /// page of a payment or of a shop's push names, on the platform's clock.
    #[serde(default)]
    retry: Option<String>,
    /// In place of the app's mode.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    mode: Option<Mode>,
    /// In place of the app's format.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    format: Option<Format>,
}

const fn once() -> u32 {
    1
}

/// The outcome of a push.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct PushView {
    deliveries: Vec<ExchangeView>,
    /// The text that the user sees because the message was given up after its retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_sees: Option<&'static str>,
}

/// A push of the catalogue.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct EntryView {
    name: String,
    account: String,
    summary: String,
    source: String,
}

/// List the catalogue of pushes
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/pushes", responses((status = 200, body = Vec<EntryView>))))]
pub(super) async fn list(Shared(desk): Shared<ControlDesk>) -> ControlResult<Vec<EntryView>> {
    let catalogue = desk.pusher.catalogue();
    let catalogue = catalogue.map_err(|error| of_catalogue(&error))?;
    let view = |entry: catalogue::CatalogueEntry| EntryView {
        name: entry.name,
        account: entry.account.name().to_owned(),
        summary: entry.summary,
        source: entry.source,
    };
    Ok(Json(
        catalogue
            .entries()
            .iter()
            .flat_map(catalogue::CatalogueEntry::forms)
            .map(view)
            .collect(),
    ))
}

/// Send a push of the catalogue to an app's callback URL, and wait for the outcome
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/push", params(("appid" = String, Path)), request_body = PushForm, responses((status = 200, body = PushView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn push(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Given(form): Given<PushForm>,
) -> ControlResult<PushView> {
    let policy = match form.retry.as_deref() {
        None => Policy::ONCE,
        Some(name) => name
            .parse()
            .map_err(|error| ControlError::bad(format!("retry: {error}")))?,
    };
    if !(1..=MOST_TIMES).contains(&form.times) {
        return Err(ControlError::bad(format!(
            "times {}: give 1 to {MOST_TIMES}",
            form.times
        )));
    }
    let from = form.from.unwrap_or_else(|| SOMEBODY.to_owned());
    if !is_openid(&from) {
        return Err(ControlError::bad(ActError::Openid(from).to_string()));
    }
    for (name, value) in &form.set {
        let named = [("set", name.as_str()), (name.as_str(), value.as_str())];
        for (field, text) in named {
            check_text(field, text).map_err(|error| ControlError::bad(error.to_string()))?;
        }
    }
    let told = desk.hub.with(|state, now| {
        state.with_room_for(&appid, &from).map_err(no_room)?;
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        app.enrol(&from).visit(now);
        let callback = app.settings.callback.clone();
        let none = || ControlError::bad(PushError::NoCallback(appid.clone()).to_string());
        Ok(Callback {
            target: callback.ok_or_else(none)?,
            account: app.settings.kind,
        })
    });
    let mut callback = told?;
    let catalogue = desk.pusher.catalogue();
    let catalogue = catalogue.map_err(|error| of_catalogue(&error))?;
    let entry = catalogue
        .find(&form.name, callback.account)
        .map_err(|error| of_catalogue(&error))?;
    let target = &mut callback.target;
    target.mode = form.mode.unwrap_or(target.mode);
    target.format = form.format.unwrap_or(target.format);
    let settings = form.set.into_iter();
    let settings = settings.map(|(name, value)| Setting::value(name, value));
    let message = Message::of(&entry, target.format).setting(settings);
    let order = Order {
        callback: &callback,
        openid: &from,
        entry: &entry,
        message,
        policy,
        times: form.times,
    };
    let delivered = desk
        .pusher
        .push(&order)
        .await
        .map_err(|error| ControlError::bad(error.to_string()))?;
    let user_sees = delivered.user_sees;
    let mask = desk.hub.mask();
    // A thousand bodies take a while, and others are to be served meanwhile.
    let told = spawn_blocking(move || {
        let views = delivered
            .exchanges
            .iter()
            .map(|exchange| ExchangeView::of(exchange, &mask));
        views.collect()
    });
    let broken = |error: JoinError| {
        ControlError::new(http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    };
    Ok(Json(PushView {
        deliveries: told.await.map_err(broken)?,
        user_sees,
    }))
}

fn of_catalogue(error: &CatalogueError) -> ControlError {
    match error {
        CatalogueError::Broken { .. } => {
            ControlError::new(http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
        }
        _ => ControlError::bad(format!("name: {error}")),
    }
}
