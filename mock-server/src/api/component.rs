//! Tokens of third-party platforms: their own, and those with which they call for other apps.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::state::authorization::Authorization;

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "every handler of the endpoint table has this form"
)]
pub(super) fn component_token(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let now = desk.now();
    let tokens = &mut desk.app.tokens;
    let token = tokens.issue_component(desk.appid, now, desk.draw, desk.tokens);
    Ok(Reply::Json(json!({
        "component_access_token": &*token.text,
        "expires_in": (token.expires - now) / 1000,
    })))
}

pub(super) fn query_auth(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let code = body["authorization_code"].as_str().unwrap_or_default();
    let (now, serial) = (desk.now(), desk.app.tokens.next_serial());
    let redeemed = desk.app.authorizations.redeem(code, now);
    let (authorizer, authorization) = redeemed.ok_or(ApiError::of(Errcode::INVALID_AUTH_CODE))?;
    let sets = authorization.permission_sets.iter();
    let sets: Vec<Value> = sets
        .map(|id| json!({"funcscope_category": {"id": id}}))
        .collect();
    let token = authorization.issue(serial, desk.appid, now, desk.draw, desk.tokens);
    let (token, expires_in) = (Arc::clone(&token.text), (token.expires - now) / 1000);
    Ok(Reply::Json(json!({
        "authorization_info": {
            "authorizer_appid": &*authorizer,
            "authorizer_access_token": &*token,
            "expires_in": expires_in,
            "authorizer_refresh_token": &*authorization.refresh_token,
            "func_info": sets,
        },
    })))
}

pub(super) fn authorizer_token(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let authorizer = body["authorizer_appid"].as_str().unwrap_or_default();
    let (now, serial) = (desk.now(), desk.app.tokens.next_serial());
    let authorization: &mut Authorization = desk
        .app
        .authorizations
        .get_mut(authorizer)
        .ok_or(ApiError::of(Errcode::NOT_AUTHORIZED))?;
    let refresh_token = Arc::clone(&authorization.refresh_token);
    if body["authorizer_refresh_token"] != *refresh_token {
        return Err(ApiError::of(Errcode::INVALID_REFRESH_TOKEN));
    }
    let token = authorization.issue(serial, desk.appid, now, desk.draw, desk.tokens);
    Ok(Reply::Json(json!({
        "authorizer_access_token": &*token.text,
        "expires_in": (token.expires - now) / 1000,
        "authorizer_refresh_token": &*refresh_token,
    })))
}
