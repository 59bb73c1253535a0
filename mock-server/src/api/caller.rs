//! The caller: the app that a secret or a token proves.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use serde_json::Value;
use wxcheck_events::Called;
use wxcheck_protocol::account::Account;

use crate::state::{
    State,
    access_token::{TokenKind, Worth},
    app::App,
};

use super::{
    Call,
    endpoint::{Credential, Endpoint},
    errcode::{ApiError, Errcode},
};

/// The app that a call is made for.
pub(super) struct Caller {
    pub(super) appid: Arc<str>,
    /// The third-party platform that calls in its place, if one does.
    pub(super) platform: Option<Arc<str>>,
}

impl Caller {
    const fn itself(appid: Arc<str>) -> Self {
        Self {
            appid,
            platform: None,
        }
    }
}

/// The app, by the credential that the endpoint wants.
pub(super) fn identify(
    state: &State,
    endpoint: &Endpoint,
    call: &Call<'_>,
    called: &mut Called,
) -> Result<Caller, ApiError> {
    match endpoint.credential {
        Credential::Secret => with_secret(state, call).map(Caller::itself),
        Credential::ComponentSecret => with_component_secret(state, call).map(Caller::itself),
        Credential::Token => with_token(state, endpoint, call, called),
        Credential::ComponentToken => with_component_token(state, call, called).map(Caller::itself),
    }
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

/// The third-party platform whose appid, secret and ticket a call gives. Which ticket was pushed last is not held against
/// it: a server that is tried here may have another.
fn with_component_secret(state: &State, call: &Call<'_>) -> Result<Arc<str>, ApiError> {
    let body = call.json()?;
    let given = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let appid = given("component_appid").ok_or(ApiError::of(Errcode::APPID_MISSING))?;
    let (known, app) = platform(state, appid)?;
    let secret = given("component_appsecret").ok_or(ApiError::of(Errcode::SECRET_MISSING))?;
    let own = app.settings.secret.as_ref();
    if own.is_some_and(|own| own != secret) {
        return Err(ApiError::of(Errcode::INVALID_SECRET));
    }
    check_address(call, app)?;
    if given("component_verify_ticket").is_none() {
        return Err(ApiError::of(Errcode::INVALID_TICKET));
    }
    Ok(Arc::clone(known))
}

fn platform<'a>(state: &'a State, appid: &str) -> Result<(&'a Arc<str>, &'a App), ApiError> {
    let known = state.apps.get_key_value(appid);
    known
        .filter(|(_, app)| app.settings.kind == Account::Platform)
        .ok_or(ApiError::of(Errcode::INVALID_APPID))
}

/// The third-party platform whose component_access_token a call carries.
fn with_component_token(
    state: &State,
    call: &Call<'_>,
    called: &mut Called,
) -> Result<Arc<str>, ApiError> {
    let named = call.param("component_access_token");
    let token = named.or_else(|| call.param("access_token"));
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or(ApiError::of(Errcode::TOKEN_MISSING))?;
    let invalid = ApiError::of(Errcode::INVALID_CREDENTIAL);
    let owner = state.tokens.owner(&token);
    let (appid, kind) = owner.ok_or_else(|| invalid.clone())?;
    let app = state.apps.get(appid).ok_or_else(|| invalid.clone())?;
    let worth = app.tokens.worth(&token, *kind, call.now);
    let known = worth.filter(|_| *kind == TokenKind::Component);
    let (worth, serial) = known.ok_or_else(|| invalid.clone())?;
    called.token = Some(serial);
    called.appid = Some(Arc::clone(appid));
    check_worth(worth, invalid)?;
    let named = call.json()?["component_appid"].as_str();
    if named.is_some_and(|named| *named != **appid) {
        return Err(ApiError::of(Errcode::INVALID_APPID));
    }
    Ok(Arc::clone(appid))
}

/// The app whose token a call carries. A token that is no longer the latest, or never was one, is 40001;
/// one whose two hours are over is 42001.
fn with_token(
    state: &State,
    endpoint: &Endpoint,
    call: &Call<'_>,
    called: &mut Called,
) -> Result<Caller, ApiError> {
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
    let app = state.apps.get(appid).ok_or_else(|| invalid.clone())?;
    if *kind == TokenKind::Authorizer {
        let of_token = app.authorizations.of_token(&token, call.now);
        let (authorizer, authorization, (worth, serial)) =
            of_token.ok_or_else(|| invalid.clone())?;
        called.token = Some(serial);
        called.appid = Some(Arc::clone(authorizer));
        check_worth(worth, invalid)?;
        let given = &authorization.permission_sets;
        let wanted = endpoint.permission_set;
        if wanted.is_some_and(|wanted| !given.contains(&wanted)) {
            return Err(ApiError::of(Errcode::NOT_PERMITTED));
        }
        return Ok(Caller {
            appid: Arc::clone(authorizer),
            platform: Some(Arc::clone(appid)),
        });
    }
    let worth = app.tokens.worth(&token, *kind, call.now);
    let known = worth.filter(|_| *kind != TokenKind::Component);
    let (worth, serial) = known.ok_or_else(|| invalid.clone())?;
    called.token = Some(serial);
    called.appid = Some(Arc::clone(appid));
    check_worth(worth, invalid)?;
    Ok(Caller::itself(Arc::clone(appid)))
}

fn check_worth(worth: Worth, invalid: ApiError) -> Result<(), ApiError> {
    match worth {
        Worth::Good => Ok(()),
        Worth::Expired => Err(ApiError::of(Errcode::TOKEN_EXPIRED)),
        Worth::NotLatest => Err(invalid),
    }
}
