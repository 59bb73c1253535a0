//! The chat of one user with an app, as their phone shows it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use wxcheck_events::{
    Called, Event, Exchange, RecordedOutcome, Records, Search, SentPush, Subject, rfc3339,
};
use wxcheck_protocol::reply::{self, Passive, ReplyContext, ReplyKind};

/// Threads that are looked at for one page of a chat.
const PAGE: usize = 200;

/// Part of a chat.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct Chat {
    /// Oldest first. `from` is `user`, `server` or `system`; `type` is `text`, `image`, `card`, `menu`, `subscribe-message`,
    /// `notice`, `event`, or the type of any other message; `record` is the number in the journal.
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    pub items: Vec<Value>,
    /// There are older ones.
    pub more: bool,
}

/// The chat of a user with an app, of records before that number.
pub fn chat(
    records: &dyn Records,
    time_of: impl Fn(&Event) -> u64,
    (appid, openid): (&str, &str),
    before: Option<u64>,
) -> Chat {
    let found = records.search(&Search {
        text: openid.to_owned(),
        before,
        count: PAGE,
    });
    let mut items: Vec<(u64, Value)> = Vec::new();
    for first in &found.events {
        let thread = records.thread(first.number);
        // A phone shows the platform's time, which went on since by as much as this machine's.
        let ahead = thread.iter().find_map(|event| {
            let own = match event.kind.subject() {
                Subject::Sent(_) | Subject::Unsent(_) => event.kind.push()?.time?,
                Subject::Called(called) => called.time?,
                Subject::Exchange(_)
                | Subject::Outcome(_)
                | Subject::Fetched(_)
                | Subject::Platform
                | Subject::Run => {
                    return None;
                }
            };
            Some(i128::from(own) - i128::from(time_of(event)))
        });
        for (event, item) in of_thread(&thread, appid, openid) {
            let mut item = item;
            let time = i128::from(time_of(event)) + ahead.unwrap_or(0);
            item["record"] = json!(event.thread());
            item["time"] = json!(rfc3339(u64::try_from(time).unwrap_or(0)));
            items.push((event.number, item));
        }
    }
    items.sort_by_key(|(number, _)| *number);
    Chat {
        items: items.into_iter().map(|(_, item)| item).collect(),
        more: found.more,
    }
}

fn of_thread<'a>(thread: &'a [Arc<Event>], appid: &str, openid: &str) -> Vec<(&'a Event, Value)> {
    let is_of_user = |push: &&SentPush| &*push.appid == appid && push.openid == openid;
    let is_of_call = |called: &Called| {
        called.sent
            && called.appid.as_deref() == Some(appid)
            && called.openid.as_deref() == Some(openid)
    };
    let mut pushes = thread.iter().filter_map(|event| event.kind.push());
    let own = pushes.next().filter(is_of_user);
    let mut is_shown = false;
    let mut items = Vec::new();
    for event in thread {
        let item = match event.kind.subject() {
            // A phone shows a message once, however often it is delivered, and whoever sends it again.
            Subject::Sent(_) | Subject::Unsent(_) => own
                .filter(|push| push.again.is_none() && !std::mem::replace(&mut is_shown, true))
                .map(by_user),
            Subject::Exchange(exchange) => own.and_then(|_| reply_in(exchange)),
            Subject::Outcome(outcome) => own
                .and(outcome.user_sees.as_deref())
                .map(|text| json!({"from": "system", "type": "notice", "text": text})),
            Subject::Called(called) => is_of_call(called).then(|| by_server(called)),
            Subject::Fetched(_) | Subject::Platform | Subject::Run => None,
        };
        items.extend(item.map(|item| (&**event, item)));
    }
    items
}

/// A push that the user caused: a message, or an event that the phone shows as a line.
fn by_user(push: &SentPush) -> Value {
    let says = push.says.as_deref();
    match push.name.as_str() {
        "text" => json!({"from": "user", "type": "text", "text": says}),
        "image" => json!({"from": "user", "type": "image", "url": says}),
        "miniprogrampage" => json!({"from": "user", "type": "card", "title": says}),
        name => json!({"from": "user", "type": "event", "event": name, "text": says}),
    }
}

/// A passive reply that WeChat shows the user.
fn reply_in(exchange: &Exchange) -> Option<Value> {
    let RecordedOutcome::Answered { status: 200, .. } = exchange.outcome else {
        return None;
    };
    let answer = exchange.evidence.as_ref()?.answer.as_ref()?;
    let clear = answer.opened.as_ref().unwrap_or(&answer.body);
    let context = ReplyContext {
        key: None,
        token: "",
        appid: "",
    };
    let ReplyKind::Passive(Passive { .. }) = reply::read(clear.text.as_bytes(), &context).kind
    else {
        return None;
    };
    let object = reply::read(clear.text.as_bytes(), &context).object?;
    let text = |name: &str| {
        let found = wxcheck_protocol::message::scalar_of(&object.fields, name);
        found.map(std::borrow::Cow::into_owned)
    };
    let kind = text("MsgType")?;
    Some(match kind.as_str() {
        "text" => json!({"from": "server", "type": "text", "text": text("Content")}),
        "transfer_customer_service" => {
            json!({"from": "system", "type": "notice", "text": "transfer_customer_service"})
        }
        other => json!({"from": "server", "type": other, "body": clear.text}),
    })
}

/// A message that the server sent through the API.
fn by_server(called: &Called) -> Value {
    let body: Map<String, Value> = serde_json::from_str(&called.body).unwrap_or_default();
    let text = |group: &str, name: &str| body.get(group).and_then(|group| group.get(name)).cloned();
    if called.path.contains("subscribe") || called.path.contains("template") {
        return json!({
            "from": "server",
            "type": "subscribe-message",
            "template": body.get("template_id"),
            "page": body.get("page"),
            "data": body.get("data"),
        });
    }
    match body.get("msgtype").and_then(Value::as_str) {
        Some("text") => json!({"from": "server", "type": "text", "text": text("text", "content")}),
        Some("image") => {
            json!({"from": "server", "type": "image", "media": text("image", "media_id")})
        }
        Some("miniprogrampage") => json!({
            "from": "server",
            "type": "card",
            "title": text("miniprogrampage", "title"),
            "page": text("miniprogrampage", "pagepath"),
        }),
        Some("link") => json!({
            "from": "server",
            "type": "card",
            "title": text("link", "title"),
            "text": text("link", "description"),
            "url": text("link", "url"),
        }),
        Some("msgmenu") => json!({"from": "server", "type": "menu", "menu": body.get("msgmenu")}),
        Some(other) => json!({"from": "server", "type": other, "body": body.get(other)}),
        None => json!({"from": "server", "type": "text", "text": called.body}),
    }
}
