//! Pushes that were sent, sent once more: as they were, so often, or altered.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State as Shared};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use wxcheck_protocol::push::{Format, Mode};

use crate::{
    acts::check_text,
    composer::{Message, Setting},
    delivery::Policy,
    serve::{
        outgoing::Content,
        pusher::{Callback, Order},
    },
    state::outbox::Ending,
};

use super::{
    ControlDesk, ControlError, ControlResult, Given, Offered, Path,
    journal::forgotten,
    pushes::{PushView, of_catalogue, ordered},
};

/// The same message is sent at most so often.
const MOST_TIMES: u32 = 100;
/// At most so many fields are set or left out.
const FIELDS: usize = 100;

/// Nothing to say about a push that is sent again.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Plainly {}

/// Deliver a push once more: the same message, signed anew as WeChat does it
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/journal/{number}/resend", params(("number" = u64, Path)), request_body = Plainly, responses((status = 200, body = PushView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn resend(
    Shared(desk): Shared<ControlDesk>,
    Path(number): Path<u64>,
    Offered(Plainly {}): Offered<Plainly>,
) -> ControlResult<PushView> {
    let (callback, content) = found(&desk, number)?;
    let anew = desk.pusher.signed_anew(&content);
    ordered(&desk, order(callback, anew)).await.map(Json)
}

/// The number of times that a push is sent.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Duplicate {
    /// So often; at most 100.
    #[serde(default = "twice")]
    times: u32,
    /// All at once, and not one after the other.
    #[serde(default)]
    together: bool,
}

impl Default for Duplicate {
    fn default() -> Self {
        Self {
            times: twice(),
            together: false,
        }
    }
}

const fn twice() -> u32 {
    2
}

/// The outcomes of a push that was sent several times.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Duplicated {
    /// Each by itself, in the order in which they left.
    pushes: Vec<PushView>,
}

/// Deliver a push several times: the same message each time, together or one after the other
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/journal/{number}/duplicate", params(("number" = u64, Path)), request_body = Duplicate, responses((status = 200, body = Duplicated), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn duplicate(
    Shared(desk): Shared<ControlDesk>,
    Path(number): Path<u64>,
    Offered(duplicate): Offered<Duplicate>,
) -> ControlResult<Duplicated> {
    let Duplicate { times, together } = duplicate;
    if !(1..=MOST_TIMES).contains(&times) {
        return Err(ControlError::bad(format!(
            "times {times}: give 1 to {MOST_TIMES}"
        )));
    }
    let (callback, content) = found(&desk, number)?;
    let orders = (0..times).map(|_| order(callback.clone(), desk.pusher.signed_anew(&content)));
    let pushes = if together {
        let orders: Vec<Order> = orders.collect();
        try_join_all(orders.into_iter().map(|order| ordered(&desk, order))).await?
    } else {
        let mut pushes = Vec::new();
        for order in orders {
            pushes.push(ordered(&desk, order).await?);
        }
        pushes
    };
    Ok(Json(Duplicated { pushes }))
}

/// The differences from the push that was sent.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Alteration {
    /// Fields to set or add.
    set: BTreeMap<String, String>,
    /// Fields to leave out.
    unset: Vec<String>,
    /// In place of the app's mode.
    #[cfg_attr(test, schema(value_type = Option<String>))]
    mode: Option<Mode>,
    /// In place of the app's format.
    #[cfg_attr(test, schema(value_type = Option<String>))]
    format: Option<Format>,
    /// With a MsgId and a CreateTime of its own, as another message.
    new_id: bool,
}

/// Deliver a push once more with other fields, in another mode or format
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/journal/{number}/resend-altered", params(("number" = u64, Path)), request_body = Alteration, responses((status = 200, body = PushView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn resend_altered(
    Shared(desk): Shared<ControlDesk>,
    Path(number): Path<u64>,
    Given(alteration): Given<Alteration>,
) -> ControlResult<PushView> {
    let Alteration {
        set,
        unset,
        mode,
        format,
        new_id,
    } = alteration;
    if set.len() + unset.len() > FIELDS {
        return Err(ControlError::bad(format!(
            "set, unset: give at most {FIELDS} fields"
        )));
    }
    let names = set.keys().chain(&unset).map(|name| ("set", name));
    let values = set.iter().map(|(name, value)| (name.as_str(), value));
    for (field, text) in names.chain(values) {
        check_text(field, text).map_err(|error| ControlError::bad(error.to_string()))?;
    }
    let (callback, content) = found(&desk, number)?;
    let callback = callback.as_asked(mode, format);
    let mut altered = if new_id {
        let openid = content.stamp.openid.clone();
        Content {
            unset: content.unset.clone(),
            rule: content.rule.clone(),
            ..desk
                .pusher
                .content(Arc::clone(&content.entry), content.message.clone(), &openid)
        }
    } else {
        desk.pusher.signed_anew(&content)
    };
    if let Some(format) = format {
        altered.message = in_format(&desk, &callback, &altered.message, format)?;
    }
    altered.message = altered.message.setting(
        set.into_iter()
            .map(|(name, value)| Setting::value(name, value)),
    );
    altered.unset.extend(unset);
    ordered(&desk, order(callback, altered)).await.map(Json)
}

/// The message as the catalogue has it in that format: some events are built otherwise in JSON.
fn in_format(
    desk: &ControlDesk,
    callback: &Callback,
    message: &Message,
    format: Format,
) -> Result<Message, ControlError> {
    let catalogue = desk.pusher.catalogue();
    let catalogue = catalogue.map_err(|error| of_catalogue(&error))?;
    let entry = catalogue
        .find(&message.name, callback.account)
        .map_err(|error| of_catalogue(&error))?;
    Ok(Message::of(&entry, format).setting(message.settings.clone()))
}

/// The push of that number, and the server that gets it now.
fn found(desk: &ControlDesk, number: u64) -> Result<(Callback, Arc<Content>), ControlError> {
    let records = desk.hub.journal().records().thread(number);
    let thread = records.first().ok_or_else(|| forgotten(number))?.thread();
    let repeated = desk.pusher.repeated(thread).ok_or_else(|| {
        ControlError::bad(format!(
            "record {number}: it is no push, or one of long ago that cannot be sent again; POST /_wxcheck/apps/…/push sends a new one"
        ))
    })?;
    let callback = desk.pusher.callback(&repeated.appid);
    let callback = callback.map_err(|error| ControlError::bad(error.to_string()))?;
    Ok((callback, repeated.content))
}

fn order(callback: Callback, content: Content) -> Order {
    Order {
        callback,
        content: Arc::new(content),
        policy: Policy::ONCE,
        times: 1,
        ending: Ending::default(),
    }
}
