//! The part of `api.weixin.qq.com` that a developer's server calls: from a request to its answer.
//!
//! Pure: `answer` takes the state, the call and the time. Errors are HTTP 200 with an `errcode`, as
//! WeChat's are; their messages end in a `rid` where WeChat's do.

pub mod call;
mod called;
pub mod endpoint;
pub mod errcode;

mod access_token;
mod caller;
mod component;
mod custom_message;
mod fetch_setting;
mod login;
mod media;
mod network;
mod openapi;
mod reply;
mod security;
mod subscribe_message;
mod template_message;
mod wxacode;

use std::sync::Arc;

use wxcheck_events::Called;

use crate::{
    bounds::{KEPT_BYTES, NAME_LETTERS},
    cut::cut,
    draw::Draw,
    fault::FaultKind,
    state::{
        Moment, State,
        app::App,
        outbox::Outbox,
        quota::Exceeded,
        rid::{Request, Requests, rid},
        room::Elsewhere,
        user::is_openid,
    },
};

pub use call::Call;
pub(crate) use called::{called, kept_answer};
pub use endpoint::{ENDPOINTS, Endpoint};
pub use reply::{ApiAnswer, ApiDelivery, Reply};

use caller::Caller;
use endpoint::MinuteCode;
use errcode::{ApiError, Errcode};

/// The data that an endpoint's handler works with.
pub(crate) struct Desk<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) app: &'a mut App,
    pub(crate) appid: &'a Arc<str>,
    pub(crate) tokens: &'a mut crate::state::access_token::TokenIndex,
    pub(crate) draw: &'a mut Draw,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) requests: &'a Requests,
    /// The business domains of the third-party platform that calls for the app, if one does.
    pub(crate) platform_domains: Option<Vec<String>>,
    pub(crate) limits: bool,
    /// The amounts that other apps have already.
    pub(crate) elsewhere: Elsewhere,
    /// The body as it is kept: its beginning, without credentials.
    pub(crate) kept: Box<str>,
    /// The user whom the call is about, for the journal.
    pub(crate) openid: Option<Arc<str>>,
    /// True if a message to a user was accepted.
    pub(crate) sent: bool,
    /// A media_id in that message of which this platform knows no upload, for the journal.
    pub(crate) unknown_media: Option<Box<str>>,
}

impl Desk<'_> {
    /// The time at which the call came.
    pub(crate) const fn now(&self) -> Moment {
        self.call.now
    }

    /// The user named by a field of the body or the query; 40003 for a stranger. Who the call is about
    /// is noted for the journal in either case.
    pub(crate) fn user(&mut self, openid: Option<&str>) -> Result<Arc<str>, ApiError> {
        let openid = openid.filter(|openid| !openid.is_empty());
        let openid = openid.ok_or(ApiError::of(Errcode::INVALID_OPENID))?;
        // One user less is no loss: whoever makes so many of them up does not ask for the next.
        if self.app.settings.open
            && openid.starts_with('o')
            && is_openid(openid)
            && self.elsewhere.leaves_a_user(self.app)
        {
            self.app.enrol(openid);
        }
        let Some((known, _)) = self.app.users.get_key_value(openid) else {
            self.openid = Some(Arc::from(cut(openid, NAME_LETTERS)));
            return Err(ApiError::of(Errcode::INVALID_OPENID));
        };
        self.openid = Some(Arc::clone(known));
        Ok(Arc::clone(known))
    }

    /// A message was accepted for a user: it stands in the log, and counts as an effect.
    pub(crate) fn sent(&mut self, path: &'static str, openid: &Arc<str>) -> u64 {
        self.sent = true;
        let (now, openid) = (self.now(), Arc::clone(openid));
        self.app
            .sent
            .append(now, path, openid, self.kept.as_bytes())
    }

    /// An id in the form of a `rid`: the time, then random digits. `trace_id` looks the same.
    pub(crate) fn trace_id(&mut self) -> String {
        rid(self.call.now, self.draw)
    }
}

/// Answers a call that was noted as it came in, and notes the outcome. With the answer comes the request, if it can
/// be asked for by its rid; its URL is still to be masked, once nobody waits for the state.
pub(crate) fn answer(
    state: &mut State,
    call: &Call<'_>,
    called: &mut Called,
) -> (ApiAnswer, Option<Request>) {
    let Some(endpoint) = endpoint::find(call.path) else {
        let error = ApiError::of(Errcode::INVALID_URL);
        return refuse(state, call, &error, called);
    };
    let fault = state.faults.strike(endpoint.path, &mut state.draw);
    called.fault = fault.as_ref().map(|fault| fault.name().into());
    let answered = match &fault {
        Some(FaultKind::Errcode(errcode)) => Err(ApiError::of(Errcode::of(*errcode))),
        Some(FaultKind::HtmlPage) => {
            called.status = 502;
            note_refusal(state, endpoint, call, called);
            return (ApiAnswer::html_page(), None);
        }
        fault => {
            if matches!(fault, Some(FaultKind::RevokedToken)) {
                revoke_own_token(state, call);
            }
            handle(state, endpoint, call, called)
        }
    };
    let (mut answer, refused) = match answered {
        Ok(reply) => (ApiAnswer::of(reply), None),
        Err(error) => refuse(state, call, &error, called),
    };
    match fault {
        Some(FaultKind::TruncatedJson) => answer.truncate(),
        Some(FaultKind::SlowMillis(millis)) => answer.delivery = ApiDelivery::After(millis),
        Some(FaultKind::Reset) => answer.delivery = ApiDelivery::Reset,
        Some(FaultKind::WrongContentType) => answer.content_type = "text/html",
        _ => {}
    }
    called.status = answer.status;
    if called.errcode != 0 {
        note_refusal(state, endpoint, call, called);
    }
    (answer, refused)
}

/// Notes whose call it was, and about whom, where nothing looked at it: a fault struck first, or the token is no longer good.
pub(crate) fn attribute(state: &State, call: &Call<'_>, called: &mut Called) {
    let Some(endpoint) = endpoint::find(call.path) else {
        return;
    };
    if called.appid.is_none() {
        let token = call.param("access_token");
        let owner = token.and_then(|token| state.tokens.owner(&token));
        called.appid = owner.map(|(appid, _)| Arc::clone(appid));
    }
    if called.openid.is_none() && endpoint.sends() {
        let touser = call.touser();
        called.openid = touser.map(|touser| Arc::from(cut(&touser, NAME_LETTERS)));
    }
}

/// A message that was refused stands in the log beside those that were taken, as far as it is known whose it is.
fn note_refusal(state: &mut State, endpoint: &Endpoint, call: &Call<'_>, called: &mut Called) {
    if !endpoint.sends() {
        return;
    }
    let owner = called.appid.clone().or_else(|| {
        let token = call.param("access_token")?;
        state
            .tokens
            .owner(&token)
            .map(|(appid, _)| Arc::clone(appid))
    });
    let Some(app) = owner.and_then(|appid| state.apps.get_mut(&*appid)) else {
        return;
    };
    let named = call
        .touser()
        .map(|touser| Arc::from(cut(&touser, NAME_LETTERS)));
    if called.errcode == Errcode::DATA_FORMAT.code && called.openid.is_none() {
        called.openid.clone_from(&named);
    }
    let openid = called
        .openid
        .clone()
        .or(named)
        .unwrap_or_else(|| Arc::from(""));
    let answer = (endpoint.path, called.errcode, called.status);
    app.sent
        .refuse(call.now, answer, openid, called.body.as_bytes());
}

fn handle(
    state: &mut State,
    endpoint: &'static Endpoint,
    call: &Call<'_>,
    called: &mut Called,
) -> Result<Reply, ApiError> {
    if call.method != endpoint.method.as_str() {
        called.planned = false;
        return Err(ApiError::of(endpoint.method.required()));
    }
    let Caller { appid, platform } = caller::identify(state, endpoint, call, called)?;
    called.appid = Some(Arc::clone(&appid));
    let platform = platform.and_then(|platform| state.apps.get(&*platform));
    let platform_domains = platform.map(|app| app.settings.domains.business.clone());
    let limits = state.limits;
    let elsewhere = state.elsewhere(&appid);
    let Some(app) = state.apps.get_mut(&*appid) else {
        return Err(ApiError::of(Errcode::INVALID_APPID));
    };
    app.quotas
        .count(endpoint.path, endpoint.quota, limits, call.now)
        .map_err(|exceeded| match (exceeded, endpoint.minute_code) {
            (Exceeded::Day, _) => ApiError::of(Errcode::DAILY_QUOTA),
            (Exceeded::Minute, MinuteCode::SlowDown) => ApiError::of(Errcode::MINUTE_QUOTA),
            (Exceeded::Minute, MinuteCode::Frequency) => ApiError::of(Errcode::MINUTE_FREQUENCY),
        })?;
    let mut desk = Desk {
        call,
        app,
        appid: &appid,
        tokens: &mut state.tokens,
        draw: &mut state.draw,
        outbox: &mut state.outbox,
        requests: &state.requests,
        platform_domains,
        limits,
        elsewhere,
        kept: std::mem::take(&mut called.body),
        openid: None,
        sent: false,
        unknown_media: None,
    };
    let answered = (endpoint.handle)(&mut desk);
    called.sent = desk.sent && answered.is_ok();
    called.unknown_media = desk.unknown_media.filter(|_| called.sent);
    called.openid = desk.openid;
    called.body = desk.kept;
    answered
}

fn revoke_own_token(state: &mut State, call: &Call<'_>) {
    let Some(token) = call.param("access_token") else {
        return;
    };
    if let Some((appid, _)) = state.tokens.owner(&token).cloned()
        && let Some(app) = state.apps.get_mut(&*appid)
    {
        app.tokens.revoke(&token);
    }
}

/// An error as an answer, and what is to be remembered under its rid.
fn refuse(
    state: &mut State,
    call: &Call<'_>,
    error: &ApiError,
    called: &mut Called,
) -> (ApiAnswer, Option<Request>) {
    called.errcode = error.errcode.code;
    let rid = error
        .errcode
        .has_rid
        .then(|| rid(call.now, &mut state.draw));
    let answer = ApiAnswer::refusal(error, rid.as_deref());
    let request = rid.map(|rid| Request {
        rid,
        appid: called.appid.clone(),
        at: call.now,
        url: String::new(),
        body: called.body.clone().into(),
        answer: cut(&String::from_utf8_lossy(&answer.body), KEPT_BYTES).to_owned(),
        client: call.client,
    });
    (answer, request)
}

#[cfg(test)]
mod tests;
