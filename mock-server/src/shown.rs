//! The events of a standing platform as they are shown, in JSON: each by itself in a few words, and all that is known of
//! one push or call as a record.

mod calls;
mod chat;
mod curl;
mod record;

use serde_json::{Value, json};
use wxcheck_events::{Called, Event, Kind, RecordedOutcome, Sent, SentPush, rfc3339};

pub use calls::{Bond, calls_after};
pub use chat::{Chat, chat};
pub use record::{found, record};

/// An event in short; nothing of a run, which has its own reports. `time` is in Unix milliseconds.
pub fn short(event: &Event, time: u64) -> Option<Value> {
    let mut shown = match &event.kind {
        Kind::Called(called) => call(called),
        Kind::Sent(sent) => pushed(sent),
        Kind::Exchange(exchange) => match &exchange.outcome {
            RecordedOutcome::Answered {
                status,
                total_micros,
                ..
            } => json!({
                "kind": "answered",
                "push": exchange.sent,
                "status": status,
                "millis": total_micros / 1000,
            }),
            RecordedOutcome::Silent { reason } => {
                json!({"kind": "unanswered", "push": exchange.sent, "reason": reason})
            }
        },
        Kind::Fetched { path } => json!({"kind": "fetched", "path": path}),
        Kind::PushDue(due) => json!({
            "kind": "push-due",
            "appid": due.appid,
            "push": due.push,
            "openid": due.openid,
        }),
        Kind::Unsent(unsent) => with_known(
            json!({"kind": "unsent", "why": unsent.why}),
            of_push(&unsent.push),
        ),
        Kind::PushOutcome(outcome) => with_known(
            json!({"kind": "push-outcome", "push": outcome.push, "outcome": outcome.state}),
            [(
                "user_sees",
                outcome.user_sees.as_deref().map(|text| json!(text)),
            )],
        ),
        Kind::Fault(change) => {
            let mut shown = json!(change);
            shown["kind"] = json!("fault");
            shown
        }
        Kind::ClockMoved(clock) => {
            json!({"kind": "clock-moved", "now": clock.now, "runs": clock.runs})
        }
        Kind::RunBegun(_)
        | Kind::ContactMade { .. }
        | Kind::PlayBegun { .. }
        | Kind::Effect(_)
        | Kind::PlayEnded { .. }
        | Kind::Verdict(_)
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::BaselineCompared(_)
        | Kind::Diagnosed(_)
        | Kind::ServerEnded(_)
        | Kind::RunEnded(_) => return None,
    };
    shown["number"] = json!(event.number);
    shown["thread"] = json!(event.thread());
    shown["at"] = json!(event.at_micros / 1000);
    shown["time"] = json!(rfc3339(time));
    Some(shown)
}

fn pushed(sent: &Sent) -> Value {
    let Sent {
        method,
        path,
        what,
        push,
    } = sent;
    let kind = if push.is_some() {
        "pushed"
    } else {
        "requested"
    };
    let shown = json!({"kind": kind, "method": method, "path": path, "what": what});
    match push {
        Some(push) => with_known(shown, of_push(push)),
        None => shown,
    }
}

fn of_push(push: &SentPush) -> [(&'static str, Option<Value>); 10] {
    [
        ("appid", Some(json!(push.appid))),
        ("openid", Some(json!(push.openid))),
        ("push", Some(json!(push.name))),
        ("mode", Some(json!(push.mode))),
        ("format", Some(json!(push.format))),
        ("retry", Some(json!(push.retry))),
        ("says", push.says.as_deref().map(|text| json!(text))),
        ("first", push.first.map(|number| json!(number))),
        ("rule", push.rule.as_deref().map(|rule| json!(rule))),
        ("again", push.again.map(|number| json!(number))),
    ]
}

fn call(called: &Called) -> Value {
    let body = Some(&called.body).filter(|body| !body.is_empty());
    with_known(
        json!({
            "kind": "called",
            "method": called.method,
            "path": called.path,
            "planned": called.planned,
            "errcode": called.errcode,
            "status": called.status,
            "sent": called.sent,
        }),
        [
            ("appid", called.appid.as_deref().map(|text| json!(text))),
            ("openid", called.openid.as_deref().map(|text| json!(text))),
            ("token", called.token.map(|serial| json!(serial))),
            ("fault", called.fault.as_deref().map(|name| json!(name))),
            ("warning", warning(called).map(|text| json!(text))),
            ("body", body.map(|body| json!(body))),
        ],
    )
}

/// The oddity of a call that was taken, if there is one.
pub fn warning(called: &Called) -> Option<String> {
    let media_id = called.unknown_media.as_deref()?;
    Some(format!(
        "media_id `{media_id}`: not uploaded here, or more than three days ago; permanent media cannot be made here, so whether WeChat knows it stays open"
    ))
}

/// The object with further members, where there is something to tell.
fn with_known<const N: usize>(mut shown: Value, members: [(&str, Option<Value>); N]) -> Value {
    for (name, value) in members {
        if let Some(value) = value {
            shown[name] = value;
        }
    }
    shown
}
