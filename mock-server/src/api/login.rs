//! Login: `jscode2session`, `checksession`, `resetusersessionkey`.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::state::login_code::Refused;

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

/// The rank of users who may not log in.
const HIGHEST_RISK: u8 = 4;

pub(super) fn jscode2session(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    if desk.call.param("grant_type").as_deref() != Some("authorization_code") {
        return Err(ApiError::of(Errcode::INVALID_GRANT_TYPE));
    }
    let code = desk.call.param("js_code").unwrap_or_default();
    let now = desk.now();
    let openid = desk.app.login_codes.take(&code, now).map_err(|refused| {
        ApiError::of(match refused {
            Refused::Invalid => Errcode::INVALID_CODE,
            Refused::Used => Errcode::CODE_USED,
        })
    })?;
    let openid = desk.user(Some(&openid))?;
    let user = desk.app.enrol(&openid);
    if user.risk_rank == HIGHEST_RISK {
        return Err(ApiError::of(Errcode::CODE_BLOCKED));
    }
    user.visit(now);
    let session_key = match user.session_key() {
        Some(key) => key.to_owned(),
        None => user.renew_session_key(desk.draw).to_owned(),
    };
    let mut reply = json!({"session_key": session_key, "openid": &*openid});
    if let Some(unionid) = &user.unionid {
        reply["unionid"] = json!(unionid);
    }
    // Live answers escape the slash, which every JSON reader undoes and no text search expects.
    Ok(Reply::Text(reply.to_string().replace('/', "\\/")))
}

pub(super) fn checksession(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let openid = desk.call.param("openid");
    let openid = desk.user(openid.as_deref())?;
    let session_key = desk.app.enrol(&openid).session_key().map(str::to_owned);
    let right = session_key.is_some_and(|key| is_signed(desk, &key));
    if right {
        Ok(Reply::Ok)
    } else {
        Err(ApiError::of(Errcode::INVALID_SIGNATURE))
    }
}

pub(super) fn resetusersessionkey(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let openid = desk.call.param("openid");
    let openid = desk.user(openid.as_deref())?;
    if desk.call.param("signature").is_none() {
        return Err(ApiError::of(Errcode::INVALID_ARGS));
    }
    if desk.call.param("sig_method").as_deref() != Some("hmac_sha256") {
        return Err(ApiError::of(Errcode::INVALID_SIG_METHOD));
    }
    let key = desk
        .app
        .enrol(&openid)
        .session_key()
        .map(str::to_owned)
        .ok_or(ApiError::of(Errcode::NO_SESSION_KEY))?;
    if !is_signed(desk, &key) {
        return Err(ApiError::of(Errcode::INVALID_SIGNATURE));
    }
    let session_key = desk.app.enrol(&openid).renew_session_key(desk.draw);
    Ok(Reply::Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "openid": &*openid,
        "session_key": session_key,
    })))
}

/// `signature` = hex of HMAC-SHA-256 over the empty string, keyed with the session key (login page).
fn is_signed(desk: &Desk<'_>, session_key: &str) -> bool {
    let given = desk.call.param("signature").unwrap_or_default();
    let Ok(given) = hex(&given) else { return false };
    // Any length of key will do for HMAC.
    Hmac::<Sha256>::new_from_slice(session_key.as_bytes())
        .is_ok_and(|mac| mac.verify_slice(&given).is_ok())
}

fn hex(text: &str) -> Result<Vec<u8>, ()> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .ok_or(())?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if rest.is_empty() {
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    } else {
        Err(())
    }
}
