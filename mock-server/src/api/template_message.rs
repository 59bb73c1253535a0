//! Template messages: those of official accounts, and those that mini programs had until January 2020, as they were
//! documented then: one for each submitted form or payment, within seven days.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    composer::Setting,
    sending,
    state::{
        form_id::Refused,
        outbox::{DuePush, Ending},
    },
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
    subscribe_message::{check_page, template_id},
};

/// The official account's: its result comes as a push.
pub(super) fn official_send(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    if desk.app.settings.kind.is_mini() {
        return Err(ApiError::of(Errcode::UNAUTHORIZED));
    }
    let body = desk.call.json()?;
    let openid = desk.user(body["touser"].as_str())?;
    let template = template_id(body)?;
    check_template(desk, template)?;
    if !body["data"].is_object() {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    desk.sent(sending::TEMPLATE_MESSAGE, &openid);
    let msg_id = desk.draw.next() >> 1;
    let push = DuePush {
        appid: Arc::clone(desk.appid),
        openid: openid.to_string(),
        push: "TEMPLATESENDJOBFINISH".into(),
        settings: vec![Setting::value("MsgID", msg_id.to_string())],
        about: None,
        begun: None,
        ending: Ending::default(),
    };
    desk.outbox.post(desk.call.now, push);
    Ok(Reply::Json(
        json!({"errcode": 0, "errmsg": "ok", "msgid": msg_id}),
    ))
}

/// The template is registered, or any may be used.
fn check_template(desk: &Desk<'_>, template: &str) -> Result<(), ApiError> {
    let known = desk.app.templates.contains_key(template)
        || (desk.app.settings.open && !template.is_empty());
    if known {
        Ok(())
    } else {
        Err(ApiError::of(Errcode::INVALID_TEMPLATE_ID))
    }
}

pub(super) fn send(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let touser = body["touser"].clone();
    deliver(desk, sending::FORM_MESSAGE, &touser, body)
}

/// Of the two messages the mini program's goes first; the official account's is for users whom that
/// cannot reach.
pub(super) fn uniform_send(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let touser = body["touser"].clone();
    match (&body["weapp_template_msg"], &body["mp_template_msg"]) {
        (weapp @ Value::Object(_), _) => deliver(desk, sending::UNIFORM_MESSAGE, &touser, weapp),
        (_, mp @ Value::Object(_)) => {
            let openid = desk.user(touser.as_str())?;
            let named = |key: &str| mp[key].as_str().is_some_and(|text| !text.is_empty());
            if !named("appid") {
                return Err(ApiError::of(Errcode::INVALID_APPID));
            }
            if !named("template_id") {
                return Err(ApiError::of(Errcode::INVALID_TEMPLATE_ID));
            }
            desk.sent(sending::UNIFORM_MESSAGE, &openid);
            Ok(Reply::Ok)
        }
        _ => Err(ApiError::of(Errcode::DATA_FORMAT)),
    }
}

fn deliver(
    desk: &mut Desk<'_>,
    path: &'static str,
    touser: &Value,
    message: &Value,
) -> Result<Reply, ApiError> {
    let openid = desk.user(touser.as_str())?;
    check_template(desk, template_id(message)?)?;
    check_page(&message["page"])?;
    if !message["data"].is_object() && !message["data"].is_null() {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    let form_id = message["form_id"].as_str().unwrap_or_default();
    let now = desk.now();
    if !desk.app.settings.open {
        desk.app
            .form_ids
            .spend(form_id, &openid, now)
            .map_err(|refused| {
                ApiError::of(match refused {
                    Refused::Invalid => Errcode::INVALID_FORM_ID,
                    Refused::Used => Errcode::FORM_ID_USED,
                })
            })?;
    }
    desk.sent(path, &openid);
    Ok(Reply::Ok)
}
