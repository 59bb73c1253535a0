//! `/cgi-bin/token` and `/cgi-bin/stable_token`.

use crate::state::access_token::ForcedTooOften;

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

const GRANT_TYPE: &str = "client_credential";

pub(super) fn token(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    if desk.call.param("grant_type").as_deref() != Some(GRANT_TYPE) {
        return Err(ApiError::of(Errcode::INVALID_GRANT_TYPE));
    }
    let now = desk.now();
    let token = desk
        .app
        .tokens
        .issue(desk.appid, now, desk.draw, desk.tokens);
    Ok(token_reply(&token.text, token.expires - now))
}

pub(super) fn stable_token(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    if body["grant_type"] != GRANT_TYPE {
        return Err(ApiError::of(Errcode::INVALID_GRANT_TYPE));
    }
    let now = desk.now();
    let force = match &body["force_refresh"] {
        serde_json::Value::Null => false,
        value => value.as_bool().ok_or(ApiError::of(Errcode::DATA_FORMAT))?,
    };
    let tokens = &mut desk.app.tokens;
    let token = if force {
        tokens
            .force(desk.appid, now, desk.limits, desk.draw, desk.tokens)
            .map_err(|reason| {
                ApiError::of(match reason {
                    ForcedTooOften::InADay => Errcode::DAILY_QUOTA,
                    ForcedTooOften::WithinThirtySeconds => Errcode::MINUTE_QUOTA,
                })
            })?
    } else {
        tokens.stable(desk.appid, now, desk.draw, desk.tokens)
    };
    Ok(token_reply(&token.text, token.expires - now))
}

/// On success neither endpoint answers errcode and errmsg. The letters of a token need no escapes.
fn token_reply(token: &str, left: u64) -> Reply {
    Reply::Text(format!(
        r#"{{"access_token":"{token}","expires_in":{}}}"#,
        left / 1000
    ))
}
