//! `message/subscribe/send`: one message for each agreement, and its result as a push.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    bounds::NAME_LETTERS,
    composer::Setting,
    cut::cut,
    sending::SUBSCRIBE_MESSAGE,
    state::{
        outbox::{DuePush, Ending},
        subscription::fault_of_value,
    },
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

pub(super) fn send(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let openid = desk.user(body["touser"].as_str())?;
    let template = template_id(body)?;
    let open = desk.app.settings.open;
    let keys = match desk.app.templates.get(template) {
        Some(template) => template.keys.clone(),
        None if open && !template.is_empty() => Vec::new(),
        None => return Err(ApiError::of(Errcode::INVALID_TEMPLATE_ID)),
    };
    check_page(&body["page"])?;
    check_data(&body["data"], &keys)?;
    let subscriptions = &mut desk.app.enrol(&openid).subscriptions;
    if !open {
        if !subscriptions.allows(template) {
            return Err(ApiError::of(Errcode::USER_REFUSES));
        }
        subscriptions.spend(template);
    }
    desk.sent(SUBSCRIBE_MESSAGE, &openid);
    let msg_id = desk.draw.next() >> 1;
    let push = DuePush {
        appid: Arc::clone(desk.appid),
        openid: openid.to_string(),
        push: "subscribe_msg_sent_event".into(),
        settings: vec![
            Setting::value("TemplateId", template),
            Setting::value("MsgID", msg_id.to_string()),
        ],
        about: None,
        begun: None,
        ending: Ending::default(),
    };
    desk.outbox.post(desk.call.now, push);
    Ok(Reply::Ok)
}

/// The template that a message names; 40037 for what cannot be the id of one.
pub(super) fn template_id(message: &Value) -> Result<&str, ApiError> {
    let id = message["template_id"].as_str().unwrap_or_default();
    if id.len() > NAME_LETTERS {
        return Err(ApiError::of(Errcode::INVALID_TEMPLATE_ID));
    }
    Ok(id)
}

/// A page is a path within the mini program.
pub(super) fn check_page(page: &Value) -> Result<(), ApiError> {
    match page {
        Value::Null => Ok(()),
        Value::String(path) if !path.contains("://") && !path.contains(char::is_whitespace) => {
            Ok(())
        }
        _ => Err(ApiError::of(Errcode::INVALID_PAGE)),
    }
}

/// Every key of the template has a value, and every value obeys the rule of its key.
fn check_data(data: &Value, keys: &[String]) -> Result<(), ApiError> {
    let empty = Map::new();
    let data = match data {
        Value::Object(data) => data,
        Value::Null => &empty,
        _ => return Err(ApiError::of(Errcode::DATA_FORMAT)),
    };
    let given = data.keys().filter(|key| !keys.contains(key));
    for key in keys.iter().chain(given) {
        let text = match data.get(key).map(|entry| &entry["value"]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        if let Some(fault) = fault_of_value(key, &text) {
            let key = cut(key, NAME_LETTERS);
            let detail = if fault == "invalid" {
                format!("data.{key}.value invalid")
            } else {
                format!("data.{key}.value {fault}")
            };
            return Err(ApiError::with(Errcode::ARGUMENT_INVALID, detail));
        }
    }
    Ok(())
}
