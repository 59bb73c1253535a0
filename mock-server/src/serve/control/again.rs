//! Pushes that were sent, sent once more: as they were, so often, or altered.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State as Shared};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use wxcheck_events::Original;
use wxcheck_protocol::push::{Format, Mode};

use crate::{
    acts::check_text,
    composer::Setting,
    delivery::Policy,
    serve::{callback::Callback, content::Content, pusher::Order},
    state::outbox::Ending,
};

use super::{
    Asked, ControlDesk, ControlError, ControlResult, Given, Offered, Path,
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
    Asked(Plainly {}): Asked<Plainly>,
    Offered(Plainly {}): Offered<Plainly>,
) -> ControlResult<PushView> {
    let push = found(&desk, number)?;
    let content = push.content(&desk, &push.callback)?;
    ordered(&desk, order(push.callback, content))
        .await
        .map(Json)
}

/// The number of times that a push is sent, and how; in the body or the query.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams, utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Duplicate {
    /// The number of times, 1 to 100; 2 by default.
    times: Option<u32>,
    /// All at once, and not one after the other.
    together: Option<bool>,
}

/// The outcomes of a push that was sent several times.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Duplicated {
    /// Each by itself, in the order in which they left.
    pushes: Vec<PushView>,
}

/// Deliver a push several times: the same message each time, together or one after the other
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/journal/{number}/duplicate", params(("number" = u64, Path), Duplicate), request_body = Duplicate, responses((status = 200, body = Duplicated), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn duplicate(
    Shared(desk): Shared<ControlDesk>,
    Path(number): Path<u64>,
    Asked(asked): Asked<Duplicate>,
    Offered(offered): Offered<Duplicate>,
) -> ControlResult<Duplicated> {
    let times = offered.times.or(asked.times).unwrap_or(2);
    let together = offered.together.or(asked.together).unwrap_or(false);
    if !(1..=MOST_TIMES).contains(&times) {
        return Err(ControlError::bad(format!(
            "times {times}: give 1 to {MOST_TIMES}"
        )));
    }
    let push = found(&desk, number)?;
    let contents = (0..times).map(|_| push.content(&desk, &push.callback));
    let orders = contents.map(|content| Ok(order(push.callback.clone(), content?)));
    let orders: Vec<Order> = orders.collect::<Result<_, ControlError>>()?;
    let mut pushes = if together {
        try_join_all(orders.into_iter().map(|order| ordered(&desk, order))).await?
    } else {
        let mut pushes = Vec::new();
        for order in orders {
            pushes.push(ordered(&desk, order).await?);
        }
        pushes
    };
    pushes.sort_by_key(|push| push.number);
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
    Asked(Plainly {}): Asked<Plainly>,
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
    let push = found(&desk, number)?;
    let callback = push.callback.clone().in_manner(mode, format);
    let mut altered = push.content(&desk, &callback)?;
    if new_id {
        altered = push.anew(&desk, altered);
    }
    altered.message = altered.message.setting(
        set.into_iter()
            .map(|(name, value)| Setting::value(name, value)),
    );
    altered.unset.extend(unset);
    ordered(&desk, order(callback, altered)).await.map(Json)
}

/// A push that the journal knows, and the server that gets it now.
pub(super) struct Found {
    number: u64,
    pub(super) callback: Callback,
    openid: String,
    original: Original,
}

pub(super) fn found(desk: &ControlDesk, number: u64) -> Result<Found, ControlError> {
    let events = desk.hub.journal().records().thread(number);
    let first = events.first().ok_or_else(|| forgotten(number))?;
    let mut pushes = events.iter().filter_map(|event| event.kind.push());
    let push = pushes.clone().next().ok_or_else(|| {
        ControlError::bad(format!(
            "record {number}: it is no push, so it cannot be sent again"
        ))
    })?;
    let original = pushes.find_map(|push| push.original.as_deref());
    let original = original.ok_or_else(|| {
        ControlError::bad(format!(
            "record {number}: the journal does not have all of it: a secret stood in it, it was of a run, or an older wxcheck sent it; POST /_wxcheck/apps/…/push sends a new one"
        ))
    })?;
    let callback = desk.pusher.callback(&push.appid);
    Ok(Found {
        number: first.thread(),
        callback: callback.map_err(|error| ControlError::bad(error.to_string()))?,
        openid: push.openid.clone(),
        original: original.clone(),
    })
}

impl Found {
    /// The same message, signed anew.
    pub(super) fn content(
        &self,
        desk: &ControlDesk,
        callback: &Callback,
    ) -> Result<Content, ControlError> {
        let content = desk
            .pusher
            .again(self.original.clone(), &self.openid, callback);
        Ok(Content {
            again: Some(self.number),
            ..content.map_err(|error| of_catalogue(&error))?
        })
    }

    /// The same content as another message: with a MsgId and a CreateTime of its own.
    pub(super) fn anew(&self, desk: &ControlDesk, content: Content) -> Content {
        let fresh = desk
            .pusher
            .content(content.entry, content.message, &self.openid);
        Content {
            unset: content.unset,
            ..fresh
        }
    }
}

pub(super) fn order(callback: Callback, content: Content) -> Order {
    Order {
        callback,
        content: Arc::new(content),
        policy: Policy::ONCE,
        times: 1,
        ending: Ending::default(),
    }
}
