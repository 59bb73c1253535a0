//! Customer-service messages: `custom/send` and the typing state.

use serde_json::Value;

use wxcheck_protocol::account::Account;

use crate::{
    bounds::NAME_LETTERS,
    cut::cut,
    sending::CUSTOMER_MESSAGE,
    state::{user::Untypable, window::Closed},
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

/// The kinds of message a mini program may send.
const MINI_TYPES: [&str; 4] = ["text", "image", "link", "miniprogrampage"];
/// The kinds of message an official account may send.
const OFFICIAL_TYPES: [&str; 11] = [
    "text",
    "image",
    "voice",
    "video",
    "music",
    "news",
    "mpnews",
    "mpnewsarticle",
    "msgmenu",
    "wxcard",
    "miniprogrampage",
];
/// The longest text, in bytes.
const TEXT_LIMIT: usize = 2048;

pub(super) fn send(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let openid = desk.user(body["touser"].as_str())?;
    check_content(body, desk.app.settings.kind)?;
    let (now, limits) = (desk.now(), desk.limits);
    // Under load there are more users than can be remembered, and each of them has just written.
    let under_load = desk.app.settings.open && !limits;
    if !under_load {
        let user = desk.app.enrol(&openid);
        user.windows.spend(now, limits).map_err(|closed| {
            ApiError::of(match closed {
                Closed::OutOfTime => Errcode::OUT_OF_TIME,
                Closed::UsedUp => Errcode::OUT_OF_COUNT,
            })
        })?;
        user.cancel_typing();
    }
    desk.unknown_media = unknown_media(desk, body);
    desk.sent(CUSTOMER_MESSAGE, &openid);
    Ok(Reply::Ok)
}

/// The media_id that nobody has uploaded here within three days. It is told and not refused: it may be that of permanent media, of
/// which this platform knows nothing, and no document says how `custom/send` refuses one that is wrong. No upload makes that
/// of an `mpnews`.
fn unknown_media(desk: &Desk<'_>, body: &Value) -> Option<Box<str>> {
    let msg_type = body["msgtype"].as_str()?;
    if msg_type == "mpnews" {
        return None;
    }
    let given = ["media_id", "thumb_media_id"].map(|name| body[msg_type][name].as_str());
    let mut named = given.into_iter().flatten().filter(|id| !id.is_empty());
    let unknown = named.find(|id| desk.app.media.find(id, desk.now()).is_none())?;
    Some(cut(unknown, NAME_LETTERS).into())
}

/// The msgtype is one of the account's, and its object is there with what it must hold.
fn check_content(body: &Value, account: Account) -> Result<(), ApiError> {
    let msg_type = body["msgtype"].as_str().unwrap_or_default();
    let types: &[&str] = if account.is_mini() {
        &MINI_TYPES
    } else {
        &OFFICIAL_TYPES
    };
    if !types.contains(&msg_type) {
        return Err(ApiError::of(Errcode::INVALID_MESSAGE_TYPE));
    }
    let own = &body[msg_type];
    if !own.is_object() {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    match msg_type {
        "text" => {
            let text = own["content"]
                .as_str()
                .ok_or(ApiError::of(Errcode::DATA_FORMAT))?;
            if text.is_empty() {
                return Err(ApiError::of(Errcode::EMPTY_CONTENT));
            }
            if text.len() > TEXT_LIMIT {
                return Err(ApiError::of(Errcode::CONTENT_TOO_LONG));
            }
        }
        "image" | "voice" | "mpnews" if own["media_id"].as_str().unwrap_or_default().is_empty() => {
            return Err(ApiError::of(Errcode::INVALID_MEDIA_ID));
        }
        "news"
            if own["articles"]
                .as_array()
                .is_none_or(|list| list.len() != 1) =>
        {
            return Err(ApiError::of(Errcode::TOO_MANY_ARTICLES));
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn mini_typing(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    typing(desk, Account::Mini)
}

pub(super) fn official_typing(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    typing(desk, Account::Official)
}

fn typing(desk: &mut Desk<'_>, path_of: Account) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    // Mini programs were given the first path only later; the second is still taken from them.
    if path_of.is_mini() && !desk.app.settings.kind.is_mini() {
        return Err(ApiError::of(Errcode::INVALID_ACCOUNT_TYPE));
    }
    let openid = desk.user(body["touser"].as_str())?;
    let now = desk.now();
    let user = desk.app.enrol(&openid);
    match body["command"].as_str() {
        Some("Typing") => user.show_typing(now).map_err(|reason| {
            ApiError::of(match reason {
                Untypable::NoContact => Errcode::TYPING_NO_CONTACT,
                Untypable::Already => Errcode::TYPING_ALREADY,
            })
        })?,
        Some("CancelTyping") => user.cancel_typing(),
        _ => return Err(ApiError::of(Errcode::TYPING_COMMAND)),
    }
    Ok(Reply::Ok)
}
