//! Users, their devices, and what they do.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use wxcheck_events::PushState;

use crate::{
    acts::{self, Act, ActError, Yield},
    bounds::NAME_LETTERS,
    cut::cut,
    state::{
        Moment,
        outbox::Ending,
        user::{User, is_openid},
    },
};

use super::{
    super::connection::closed,
    Asked, ControlDesk, ControlError, ControlResult, DONE, Done, Given, Path,
    apps::{PAGE_LIMIT, hundred},
    devices::DeviceView,
    journal::opened,
    no_room,
};

/// The longest wait for the end of a push.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The settings of a user.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct UserForm {
    /// The id across the apps of one owner.
    unionid: Option<String>,
    /// The answer of getuserriskrank, 0 to 4.
    risk_rank: Option<u8>,
}

/// A user as the control API shows them.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct UserView {
    openid: String,
    unionid: Option<String>,
    risk_rank: u8,
    /// Customer messages that may be sent now.
    messages_left: u32,
    /// By template: so many messages more, `always`, or `refused`.
    #[cfg_attr(test, schema(value_type = Object))]
    subscriptions: serde_json::Value,
    devices: Vec<DeviceView>,
}

impl UserView {
    fn of(openid: &str, user: &User, now: Moment) -> Self {
        let subscriptions = user
            .subscriptions
            .all()
            .map(|(template, agreement)| (template.to_owned(), serde_json::json!(agreement)))
            .collect();
        let devices = user.devices.iter();
        let devices = devices.map(|(name, device)| DeviceView::of(name, device));
        Self {
            openid: openid.to_owned(),
            unionid: user.unionid.clone(),
            risk_rank: user.risk_rank,
            messages_left: user.windows.left(now),
            subscriptions: serde_json::Value::Object(subscriptions),
            devices: devices.collect(),
        }
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Part {
    /// The number of users to skip.
    #[serde(default)]
    offset: usize,
    /// At most so many, and never more than 1000.
    #[serde(default = "hundred")]
    count: usize,
}

/// Part of the users.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct UsersView {
    total: usize,
    users: Vec<UserView>,
}

/// List the users of an app, by openid
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users", params(("appid" = String, Path), Part), responses((status = 200, body = UsersView), (status = 404, body = ControlError))))]
pub(super) async fn list(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Asked(part): Asked<Part>,
) -> ControlResult<UsersView> {
    desk.hub.with(|state, now| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let mut openids: Vec<&Arc<str>> = app.users.keys().collect();
        openids.sort_unstable();
        let chosen = openids
            .into_iter()
            .skip(part.offset)
            .take(part.count.min(PAGE_LIMIT));
        let users = chosen.filter_map(|openid| {
            let user = app.users.get(openid)?;
            Some(UserView::of(openid, user, now))
        });
        Ok(Json(UsersView {
            total: app.users.len(),
            users: users.collect(),
        }))
    })
}

/// Register a user, or change one
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/users/{openid}", params(("appid" = String, Path), ("openid" = String, Path)), request_body = UserForm, responses((status = 200, body = UserView), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid)): Path<(String, String)>,
    Given(form): Given<UserForm>,
) -> ControlResult<UserView> {
    if !is_openid(&openid) {
        return Err(ControlError::bad(ActError::Openid(openid).to_string()));
    }
    if let Some(unionid) = form.unionid.as_deref().filter(|id| id.len() > NAME_LETTERS) {
        return Err(ControlError::bad(format!(
            "unionid `{}`: give at most {NAME_LETTERS} letters, not {}",
            cut(unionid, NAME_LETTERS),
            unionid.len()
        )));
    }
    if let Some(rank) = form.risk_rank.filter(|rank| *rank > 4) {
        return Err(ControlError::bad(format!("risk_rank {rank}: give 0 to 4")));
    }
    desk.hub.with(|state, now| {
        let app = state.with_room_for(&appid, &openid).map_err(no_room)?;
        let user = app.enrol(&openid);
        user.unionid = form.unionid.or_else(|| user.unionid.take());
        user.risk_rank = form.risk_rank.unwrap_or(user.risk_rank);
        Ok(Json(UserView::of(&openid, user, now)))
    })
}

/// Show a user
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}", params(("appid" = String, Path), ("openid" = String, Path)), responses((status = 200, body = UserView), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid)): Path<(String, String)>,
) -> ControlResult<UserView> {
    with_user(&desk, &appid, &openid, |user, now| {
        UserView::of(&openid, user, now)
    })
    .map(Json)
}

/// Forget a user
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/apps/{appid}/users/{openid}", params(("appid" = String, Path), ("openid" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid)): Path<(String, String)>,
) -> ControlResult<Done> {
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        match app.users.remove(openid.as_str()) {
            Some(user) => {
                app.part_with(&user);
                Ok(DONE)
            }
            None => Err(ControlError::no_user(&openid)),
        }
    })
}

/// The choice to wait for the push that follows from an act.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Awaited {
    /// Answer only when the push that follows is over, retries included, and tell what became of it; at most a minute.
    #[serde(default)]
    wait: bool,
}

/// Let a user do something; a user who is not registered is from then on
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/users/{openid}/acts", params(("appid" = String, Path), ("openid" = String, Path), Awaited), request_body = Act, responses((status = 200, body = Yield), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn act(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid)): Path<(String, String)>,
    Asked(awaited): Asked<Awaited>,
    Given(act): Given<Act>,
) -> ControlResult<Yield> {
    let _place = awaited.wait.then(|| desk.find_waiter()).transpose()?;
    let ending = Ending::default();
    let acted = desk
        .hub
        .with(|state, now| acts::act_until(state, &appid, &openid, act, now, ending.clone()));
    let mut yielded = acted.map_err(|error| match error {
        ActError::User(error) => no_room(error),
        other => ControlError::bad(other.to_string()),
    })?;
    if let Some((push, settings)) = yielded.unsent.take() {
        // The phone shows it all the same.
        yielded.number = desk.pusher.note_unsent(&appid, &openid, push, &settings);
    }
    if awaited.wait && yielded.pushed.is_some() {
        let mut closing = desk.closing.clone();
        let ended = tokio::select! {
            ended = timeout(LONGEST_WAIT, ending.wait()) => ended.ok().flatten(),
            () = closed(&mut closing) => None,
        };
        let ended = ended.unwrap_or_default();
        yielded.user_sees = ended.user_sees.map(str::to_owned);
        yielded.outcome = ended.state.map(PushState::name);
        yielded.number = ended.number;
        // A record that is forgotten already tells nothing more.
        yielded.record = ended.number.and_then(|number| opened(&desk, number).ok());
    }
    Ok(Json(yielded))
}

pub(super) fn with_user<T>(
    desk: &ControlDesk,
    appid: &str,
    openid: &str,
    change: impl FnOnce(&mut User, Moment) -> T,
) -> Result<T, ControlError> {
    desk.hub.with(|state, now| {
        let app = state.apps.get_mut(appid);
        let app = app.ok_or_else(|| ControlError::no_app(appid))?;
        let user = app.users.get_mut(openid);
        Ok(change(
            user.ok_or_else(|| ControlError::no_user(openid))?,
            now,
        ))
    })
}
