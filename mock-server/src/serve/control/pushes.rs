//! Pushes of the catalogue, sent at once.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::{JoinSet, spawn_blocking};
use wxcheck_events::{PushState, rfc3339};
use wxcheck_protocol::{
    message::{Field, Value},
    push::{Format, Mode},
};

use crate::{
    acts::{self, ActError, check_text},
    catalogue::{self, CatalogueError},
    composer::{Message, Setting},
    delivery::Policy,
    serve::pusher::Order,
    state::{outbox::Ending, user::is_openid},
};

use super::{
    ControlDesk, ControlError, ControlResult, Given, Path,
    journal::{broken, opened},
    no_room,
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
    /// The number of its record in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u64>,
    /// `acknowledged`, `refused` where WeChat does not take the answer, `given-up`, or `held` until the server is back.
    outcome: &'static str,
    /// As `GET /_wxcheck/journal/{number}` has them.
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    deliveries: serde_json::Value,
    /// The findings of the rules about the answers; likewise.
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    verdicts: serde_json::Value,
    /// The text that the user sees because the message was given up after its retries, or its answer was refused.
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
    /// The fields of its own, in wire order, with the values that they have unless others are set.
    fields: Vec<FieldView>,
}

/// A field of a push that can be set.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct FieldView {
    name: String,
    /// The value; names in braces are filled in when it is sent.
    value: String,
    /// `text` or `number`.
    kind: &'static str,
    /// The group in which it stands, like `List`.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

/// The scalars among fields, groups opened.
fn fields_of(fields: &[Field], group: Option<&str>, shown: &mut Vec<FieldView>) {
    for field in fields {
        let kind = match &field.value {
            Value::Group(inner) => {
                fields_of(inner, Some(&field.name), shown);
                continue;
            }
            Value::Many(items) => {
                if let Some(Value::Group(inner)) = items.first() {
                    fields_of(inner, Some(&field.name), shown);
                }
                continue;
            }
            Value::Number(_) => "number",
            Value::Text(_) | Value::Bare(_) => "text",
        };
        let is_known = |known: &FieldView| known.name == field.name;
        // A value is set wherever its name stands, so each name is one field of a form.
        if shown.iter().any(is_known) {
            continue;
        }
        shown.push(FieldView {
            name: field.name.clone(),
            value: field.value.scalar().unwrap_or_default().into_owned(),
            kind,
            group: group.map(str::to_owned),
        });
    }
}

/// List the catalogue of pushes
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/pushes", responses((status = 200, body = Vec<EntryView>))))]
pub(super) async fn list(Shared(desk): Shared<ControlDesk>) -> ControlResult<Vec<EntryView>> {
    let catalogue = desk.pusher.catalogue();
    let catalogue = catalogue.map_err(|error| of_catalogue(&error))?;
    let view = |entry: catalogue::CatalogueEntry| {
        let mut fields = Vec::new();
        fields_of(
            &entry.template(entry.format(Format::Json)),
            None,
            &mut fields,
        );
        EntryView {
            name: entry.name,
            account: entry.account.name().to_owned(),
            summary: entry.summary,
            source: entry.source,
            fields,
        }
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
    desk.hub.with(|state, now| {
        state.with_room_for(&appid, &from).map_err(no_room)?;
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        app.enrol(&from).visit(now);
        Ok::<_, ControlError>(())
    })?;
    let callback = desk.pusher.callback(&appid);
    let callback = callback.map_err(|error| ControlError::bad(error.to_string()))?;
    let callback = callback.in_manner(form.mode, form.format);
    let catalogue = desk.pusher.catalogue();
    let catalogue = catalogue.map_err(|error| of_catalogue(&error))?;
    let entry = catalogue
        .find(&form.name, callback.account)
        .map_err(|error| of_catalogue(&error))?;
    // Whoever wrote or tapped may be answered, as after the act.
    desk.hub.with(|state, now| {
        if let Some(app) = state.apps.get_mut(appid.as_str()) {
            acts::note_push(app.enrol(&from), &entry, now);
        }
    });
    let settings = form.set.into_iter();
    let settings = settings.map(|(name, value)| Setting::value(name, value));
    let message = Message::of(&entry, callback.target.format).setting(settings);
    let order = Order {
        content: Arc::new(desk.pusher.content(Arc::new(entry), message, &from)),
        callback,
        policy,
        times: form.times,
        ending: Ending::default(),
    };
    ordered(&desk, order).await.map(Json)
}

/// Delivers a push, and waits until it is over or held.
pub(super) async fn ordered(desk: &ControlDesk, order: Order) -> Result<PushView, ControlError> {
    let ending = order.ending.clone();
    let pusher = Arc::clone(&desk.pusher);
    // It ends with the request, unless it is held.
    let mut delivering = JoinSet::new();
    delivering.spawn(async move { pusher.deliver(&order).await });
    let delivered = tokio::select! {
        biased;
        delivered = delivering.join_next() => delivered,
        number = held(&ending) => {
            delivering.detach_all();
            return Ok(PushView {
                number,
                outcome: PushState::Held.name(),
                deliveries: json!([]),
                verdicts: json!([]),
                user_sees: None,
            });
        }
    };
    let Some(delivered) = delivered else {
        return Err(ControlError::busy("the push was not sent; send it again"));
    };
    let delivered = delivered
        .map_err(|error| broken(&error))?
        .map_err(|error| ControlError::bad(error.to_string()))?;
    let reading = desk.clone();
    // A thousand bodies take a while, and others are to be served meanwhile.
    let record = spawn_blocking(move || {
        let number = delivered.number?;
        opened(&reading, number).ok()
    });
    let mut record = record
        .await
        .map_err(|error| broken(&error))?
        .unwrap_or_default();
    Ok(PushView {
        number: delivered.number,
        outcome: delivered.state.name(),
        deliveries: record["deliveries"].take(),
        verdicts: record["verdicts"].take(),
        user_sees: delivered.user_sees,
    })
}

/// Ends when a push is held, with its number; never where it is not.
async fn held(ending: &Ending) -> Option<u64> {
    match ending.wait().await {
        Some(ended) if ended.state == Some(PushState::Held) => ended.number,
        _ => std::future::pending().await,
    }
}

/// Pushes to servers that refuse connections.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct HeldView {
    /// In the order in which they will be delivered.
    held: Vec<HeldPushView>,
    /// Pushes that wait for a place behind them, or for their time.
    waiting: usize,
}

/// A push to a server that refuses connections.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct HeldPushView {
    appid: String,
    /// Its name in the catalogue.
    push: String,
    /// The user.
    openid: String,
    /// Its text, or what an event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
    /// The time from which it is held, in RFC 3339.
    since: String,
    /// Its record in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

/// List the pushes that wait until their server takes connections; there are some only with --hold-while-down
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/held", responses((status = 200, body = HeldView))))]
pub(super) async fn list_held(Shared(desk): Shared<ControlDesk>) -> Json<HeldView> {
    let held = desk.pusher.held().into_iter();
    let held = held.map(|(appid, push)| HeldPushView {
        appid,
        push: push.name,
        openid: push.openid,
        says: push.says,
        since: rfc3339(push.since),
        number: push.number,
    });
    Json(HeldView {
        held: held.collect(),
        waiting: desk.hub.with(|state, _| state.outbox.waiting()),
    })
}

pub(super) fn of_catalogue(error: &CatalogueError) -> ControlError {
    match error {
        CatalogueError::Broken { .. } => {
            ControlError::new(http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
        }
        _ => ControlError::bad(format!("name: {error}")),
    }
}
