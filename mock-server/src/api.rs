//! The part of `api.weixin.qq.com` that a developer's server calls: from a request to its answer.
//!
//! Pure: `answer` takes the state, the call and the time. Errors are HTTP 200 with an `errcode`, as
//! WeChat's are; their messages end in a `rid` where WeChat's do.

pub mod call;
mod called;
pub mod endpoint;
pub mod errcode;

mod access_token;
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

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use serde_json::Value;
use wxcheck_events::Called;

use crate::{
    acts::is_openid,
    bounds::{KEPT_BYTES, NAME_LETTERS},
    cut::cut,
    fault::FaultKind,
    state::{
        Moment, State,
        access_token::Worth,
        app::App,
        draw::Draw,
        outbox::Outbox,
        quota::Exceeded,
        rid::{Request, Requests, rid},
        room::Elsewhere,
    },
};

pub use call::Call;
pub(crate) use called::called;
pub use endpoint::{ENDPOINTS, Endpoint};
pub use reply::{Answer, Delivery, Reply};

use endpoint::{Credential, MinuteCode};
use errcode::{ApiError, Errcode};

/// What a handler of an endpoint works with.
pub(crate) struct Desk<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) app: &'a mut App,
    pub(crate) appid: &'a Arc<str>,
    pub(crate) tokens: &'a mut crate::state::access_token::TokenIndex,
    pub(crate) draw: &'a mut Draw,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) requests: &'a Requests,
    pub(crate) limits: bool,
    /// What other apps have already.
    pub(crate) elsewhere: Elsewhere,
    /// The body as it is kept: its beginning, without credentials.
    pub(crate) kept: Box<str>,
    /// The user whom the call is about, for the journal.
    pub(crate) openid: Option<Arc<str>>,
    /// Whether a message to a user was taken.
    pub(crate) sent: bool,
}

impl Desk<'_> {
    /// When the call came.
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

    /// A message was taken for a user: it stands in the log, and counts as an effect.
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

/// Answers a call of which is noted how it came in, and notes what came of it. With the answer comes the request, if it can
/// be asked for by its rid; its URL is still to be masked, when nobody waits for the state.
pub(crate) fn answer(
    state: &mut State,
    call: &Call<'_>,
    called: &mut Called,
) -> (Answer, Option<Request>) {
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
            return (Answer::html_page(), None);
        }
        fault => {
            if matches!(fault, Some(FaultKind::RevokedToken)) {
                revoke_own_token(state, call);
            }
            handle(state, endpoint, call, called)
        }
    };
    let (mut answer, refused) = match answered {
        Ok(reply) => (Answer::of(reply), None),
        Err(error) => refuse(state, call, &error, called),
    };
    match fault {
        Some(FaultKind::TruncatedJson) => answer.truncate(),
        Some(FaultKind::SlowMillis(millis)) => answer.delivery = Delivery::After(millis),
        Some(FaultKind::Reset) => answer.delivery = Delivery::Reset,
        Some(FaultKind::WrongContentType) => answer.content_type = "text/html",
        _ => {}
    }
    called.status = answer.status;
    (answer, refused)
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
    let appid = match endpoint.credential {
        Credential::Secret => with_secret(state, call)?,
        Credential::Token => with_token(state, call, called)?,
    };
    called.appid = Some(Arc::clone(&appid));
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
        limits,
        elsewhere,
        kept: std::mem::take(&mut called.body),
        openid: None,
        sent: false,
    };
    let answered = (endpoint.handle)(&mut desk);
    called.sent = desk.sent && answered.is_ok();
    called.openid = desk.openid;
    called.body = desk.kept;
    answered
}

/// The app whose appid and secret a call gives, in the query or in a JSON body. The appid is looked at
/// first (observed).
fn with_secret(state: &State, call: &Call<'_>) -> Result<Arc<str>, ApiError> {
    let json = if call.method == "POST" && call.param("appid").is_none() {
        call.json()?
    } else {
        &Value::Null
    };
    let given = |name: &str| {
        let in_query = call.param(name);
        let in_body = || json.get(name).and_then(Value::as_str).map(Cow::Borrowed);
        in_query.or_else(in_body).filter(|text| !text.is_empty())
    };
    let appid = given("appid").ok_or(ApiError::of(Errcode::APPID_MISSING))?;
    let (known, app) = state.apps.get_key_value(&*appid).ok_or(ApiError::of(
        if call.path.starts_with("/sns/") {
            Errcode::INVALID_APPID_SNS
        } else {
            Errcode::INVALID_APPID
        },
    ))?;
    let secret = given("secret")
        .or_else(|| given("appsecret"))
        .ok_or(ApiError::of(Errcode::SECRET_MISSING))?;
    if app
        .settings
        .secret
        .as_ref()
        .is_some_and(|own| *own != secret)
    {
        return Err(ApiError::of(Errcode::INVALID_SECRET));
    }
    check_address(call, app)?;
    Ok(Arc::clone(known))
}

/// Tokens are for listed addresses, where a list is configured; a login asks for none.
fn check_address(call: &Call<'_>, app: &App) -> Result<(), ApiError> {
    let listed = &app.settings.ip_whitelist;
    if listed.is_empty() || call.path.starts_with("/sns/") || listed.contains(&call.client) {
        return Ok(());
    }
    let mapped = match call.client {
        IpAddr::V4(address) => format!("{address} ipv6 ::ffff:{address}"),
        IpAddr::V6(address) => address.to_string(),
    };
    let detail = format!("{mapped}, not in whitelist");
    Err(ApiError::with(Errcode::IP_NOT_LISTED, detail))
}

/// The app whose token a call carries. A token that is no longer the latest, or never was one, is 40001;
/// one whose two hours are over is 42001.
fn with_token(state: &State, call: &Call<'_>, called: &mut Called) -> Result<Arc<str>, ApiError> {
    let token = call
        .param("access_token")
        .filter(|token| !token.is_empty())
        .ok_or(ApiError::of(Errcode::TOKEN_MISSING))?;
    let invalid = ApiError::of(if call.path.starts_with("/cgi-bin/") {
        Errcode::INVALID_CREDENTIAL
    } else {
        Errcode::INVALID_CREDENTIAL_SHORT
    });
    let (appid, kind) = state.tokens.owner(&token).ok_or_else(|| invalid.clone())?;
    let tokens = &state.apps.get(appid).ok_or_else(|| invalid.clone())?.tokens;
    let (worth, serial) = tokens
        .worth(&token, *kind, call.now)
        .ok_or_else(|| invalid.clone())?;
    called.token = Some(serial);
    called.appid = Some(Arc::clone(appid));
    match worth {
        Worth::Good => Ok(Arc::clone(appid)),
        Worth::Expired => Err(ApiError::of(Errcode::TOKEN_EXPIRED)),
        Worth::NotLatest => Err(invalid),
    }
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
) -> (Answer, Option<Request>) {
    called.errcode = error.errcode.code;
    let rid = error
        .errcode
        .has_rid
        .then(|| rid(call.now, &mut state.draw));
    let answer = Answer::refusal(error, rid.as_deref());
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
