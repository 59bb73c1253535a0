//! The chat of one user with an app, as their phone shows it.

mod of_server;
mod of_user;

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use wxcheck_events::{
    Called, Event, Exchange, RecordedOutcome, Records, Search, SentPush, Subject, rfc3339,
};
use wxcheck_protocol::{
    message::Field,
    reply::{self, Passive, ReplyContext, ReplyKind},
};

use of_server::{by_call, by_reply};
use of_user::{Said, by_user};

/// Threads that are looked at for one page of a chat.
const PAGE: usize = 200;

/// Part of a chat.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct Chat {
    /// Oldest first. `from` is `user`, `server` or `system`; `type` is `text`, `image`, `voice`, `video`, `music`, `news`,
    /// `card`, `link`, `location`, `menu`, `subscribe-message`, `notice`, `event`, or the type of any other message; `record`
    /// is the number in the journal. `media` and `thumb` are media_ids, whose bytes `…/media/{media_id}` has; `picture` is a
    /// URL.
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
    let own = pushes
        .next()
        .filter(is_of_user)
        .map(|push| Said::of(push, thread))
        .filter(Said::names_user);
    let mut is_shown = false;
    let mut items = Vec::new();
    for event in thread {
        let item = match event.kind.subject() {
            // A phone shows a message once, however often it is delivered, and whoever sends it again.
            Subject::Sent(_) | Subject::Unsent(_) => own
                .as_ref()
                .filter(|said| !said.is_repeated() && !std::mem::replace(&mut is_shown, true))
                .map(by_user),
            Subject::Exchange(exchange) => own.as_ref().and_then(|_| reply_in(exchange)),
            Subject::Outcome(outcome) => own
                .as_ref()
                .and(outcome.user_sees.as_deref())
                .map(|text| json!({"from": "system", "type": "notice", "text": text})),
            Subject::Called(called) => is_of_call(called).then(|| by_call(called)),
            Subject::Fetched(_) | Subject::Platform | Subject::Run => None,
        };
        items.extend(item.map(|item| (&**event, item)));
    }
    items
}

/// A passive reply that WeChat shows the user.
fn reply_in(exchange: &Exchange) -> Option<Value> {
    let RecordedOutcome::Answered { status: 200, .. } = exchange.outcome else {
        return None;
    };
    let answer = exchange.evidence.as_ref()?.answer.as_ref()?;
    let clear = answer.opened.as_ref().unwrap_or(&answer.body);
    let (kind, fields) = opened(&clear.text)?;
    matches!(kind, ReplyKind::Passive(Passive { .. }))
        .then(|| by_reply(&fields, &clear.text))
        .flatten()
}

/// A message in clear, of whichever side: its kind as a reply, and its fields.
fn opened(text: &str) -> Option<(ReplyKind, Vec<Field>)> {
    let context = ReplyContext {
        key: None,
        token: "",
        appid: "",
    };
    let read = reply::read(text.as_bytes(), &context);
    Some((read.kind, read.object?.fields))
}
