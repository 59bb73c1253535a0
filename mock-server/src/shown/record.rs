//! All that is known of one push or one call.

use std::sync::Arc;

use serde_json::{Value, json};
use wxcheck_events::{
    Body, Called, Event, Evidence, Exchange, PushState, RecordedOutcome, Sent, Subject, rfc3339,
};

use super::{curl::curl, short, warning};

/// A thread of events as one record; nothing where there are none. `time_of` gives Unix milliseconds. Of any other kind of
/// event than a request and a call, the record is what is shown in short.
pub fn record(thread: &[Arc<Event>], time_of: impl Fn(&Event) -> u64) -> Option<Value> {
    let first = thread.first()?;
    let mut record = match first.kind.subject() {
        Subject::Called(called) => of_call(called),
        Subject::Sent(_) | Subject::Unsent(_) | Subject::Exchange(_) | Subject::Outcome(_) => {
            of_push(thread, &time_of)
        }
        Subject::Fetched(_) | Subject::Platform | Subject::Run => {
            return short(first, time_of(first));
        }
    };
    record["number"] = json!(first.thread());
    record["at"] = json!(first.at_micros / 1000);
    record["time"] = json!(rfc3339(time_of(first)));
    Some(record)
}

/// The first event of a thread in short, as a search finds it. A request has its outcome with it, and what followed, each in
/// short.
pub fn found(thread: &[Arc<Event>], time_of: impl Fn(&Event) -> u64) -> Option<Value> {
    let (first, later) = thread.split_first()?;
    let mut found = short(first, time_of(first))?;
    if let Subject::Sent(_) | Subject::Unsent(_) = first.kind.subject() {
        found["outcome"] = json!(outcome(thread, first.kind.push().is_some()));
        found["followed"] = later
            .iter()
            .filter_map(|event| short(event, time_of(event)))
            .collect();
    }
    Some(found)
}

fn of_call(called: &Called) -> Value {
    let errmsg = called.answer.as_ref().and_then(|answer| {
        let answer: Value = serde_json::from_str(&answer.text).ok()?;
        Some(answer.get("errmsg")?.clone())
    });
    json!({
        "kind": "called",
        "method": called.method,
        "path": called.path,
        "planned": called.planned,
        "query": called.query,
        "body": called.body,
        "status": called.status,
        "errcode": called.errcode,
        "errmsg": errmsg,
        "answer": called.answer,
        "fault": called.fault,
        "warning": warning(called),
        "appid": called.appid,
        "openid": called.openid,
        "token": called.token,
        "sent": called.sent,
    })
}

fn of_push(thread: &[Arc<Event>], time_of: impl Fn(&Event) -> u64) -> Value {
    let sent: Vec<(&Event, &Sent)> = thread
        .iter()
        .filter_map(|event| Some((&**event, event.kind.sent()?)))
        .collect();
    let exchanges = thread
        .iter()
        .filter_map(|event| Some((&**event, event.kind.exchange()?)));
    let deliveries: Vec<Value> = exchanges
        .clone()
        .enumerate()
        .map(|(place, (event, exchange))| {
            let own = sent.iter().find(|(event, _)| event.number == exchange.sent);
            let retry = own.and_then(|(_, sent)| Some(sent.push.as_ref()?.retry as usize));
            // A run that is a guest tells of a request when it has ended, and times never go back in a journal.
            let took = match exchange.outcome {
                RecordedOutcome::Answered { total_micros, .. } => total_micros,
                RecordedOutcome::Silent { .. } => 0,
            };
            let latest = event.at_micros.saturating_sub(took);
            let begun = own.map(|(event, _)| event.at_micros.min(latest) / 1000);
            delivery(
                (event, time_of(event)),
                exchange,
                begun,
                retry.unwrap_or(place),
            )
        })
        .collect();
    let evidences = exchanges
        .clone()
        .filter_map(|(_, exchange)| exchange.evidence.as_deref());
    // A push that waited for its server is signed anew: the newest request is the one to look at.
    let newest = evidences.clone().next_back();
    let verdicts: Vec<_> =
        evidences
            .flat_map(|evidence| &evidence.verdicts)
            .fold(Vec::new(), |mut told, remark| {
                if !told.contains(&remark) {
                    told.push(remark);
                }
                told
            });
    let first = sent.first().map(|(_, sent)| *sent);
    let mut pushes = thread.iter().filter_map(|event| event.kind.push());
    let push = pushes.clone().next();
    let is_repeatable = pushes.any(|push| push.original.is_some());
    let method = first.map_or("POST", |sent| &*sent.method);
    json!({
        "kind": if push.is_some() { "pushed" } else { "requested" },
        "method": method,
        "path": first.map(|sent| &sent.path),
        "what": first.and_then(|sent| sent.what.as_ref()),
        "appid": push.map(|push| &push.appid),
        "openid": push.map(|push| &push.openid),
        "push": push.map(|push| &push.name),
        "says": push.and_then(|push| push.says.as_deref()),
        "rule": push.and_then(|push| push.rule.as_deref()),
        "mode": push.map(|push| &push.mode),
        "format": push.map(|push| &push.format),
        "request": newest.map(|evidence| request(method, evidence)).or_else(|| unsent(thread)),
        "signature": newest.map(|evidence| &evidence.signature),
        "deliveries": deliveries,
        "outcome": outcome(thread, push.is_some()),
        "user_sees": user_sees(thread),
        "verdicts": verdicts,
        "again": push.and_then(|push| push.again),
        "repeatable": is_repeatable,
        "curl": newest.and_then(|evidence| curl(method, evidence)),
    })
}

fn request(method: &str, evidence: &Evidence) -> Value {
    let query: Vec<Value> = evidence
        .params
        .iter()
        .map(|param| match &param.value {
            Some(value) => json!({"name": param.name, "value": value}),
            None => json!({"name": param.name, "value": null, "masked": true}),
        })
        .collect();
    json!({
        "method": method,
        "url": evidence.url,
        "query": query,
        "headers": evidence.headers,
        "body": body(&evidence.body),
        "opened": evidence.opened.as_ref().map(body),
    })
}

/// The message of a push that has not left: nobody has signed it yet.
fn unsent(thread: &[Arc<Event>]) -> Option<Value> {
    let message = thread.iter().find_map(|event| match event.kind.subject() {
        Subject::Unsent(unsent) => unsent.message.as_ref(),
        Subject::Sent(_)
        | Subject::Exchange(_)
        | Subject::Outcome(_)
        | Subject::Called(_)
        | Subject::Fetched(_)
        | Subject::Platform
        | Subject::Run => None,
    })?;
    Some(json!({"opened": body(message)}))
}

fn delivery(
    (event, time): (&Event, u64),
    exchange: &Exchange,
    begun: Option<u64>,
    retry: usize,
) -> Value {
    let (status, millis, silence) = match &exchange.outcome {
        RecordedOutcome::Answered {
            status,
            total_micros,
            ..
        } => (Some(status), Some(total_micros / 1000), None),
        RecordedOutcome::Silent { reason } => (None, None, Some(reason)),
    };
    let answer = exchange
        .evidence
        .as_deref()
        .and_then(|evidence| evidence.answer.as_ref());
    json!({
        "number": event.number,
        "sent": exchange.sent,
        "begun": begun,
        "at": event.at_micros / 1000,
        "time": rfc3339(time),
        "status": status,
        "millis": millis,
        "headers": answer.map(|answer| &answer.headers),
        "body": answer.map(|answer| body(&answer.body)),
        "opened": answer.and_then(|answer| answer.opened.as_ref()).map(body),
        "silence": silence,
        "retry": retry,
    })
}

fn body(body: &Body) -> Value {
    json!({"text": body.text, "bytes": body.bytes, "truncated": body.truncated})
}

/// The state of a push; a request that is none is over with its answer.
fn outcome(thread: &[Arc<Event>], is_push: bool) -> &'static str {
    thread
        .iter()
        .fold("under-way", |before, event| match event.kind.subject() {
            Subject::Outcome(outcome) => outcome.state.name(),
            Subject::Unsent(unsent) => unsent.why.name(),
            Subject::Exchange(exchange) if !is_push => match exchange.outcome {
                RecordedOutcome::Answered { status: 200, .. } => PushState::Acknowledged.name(),
                RecordedOutcome::Answered { .. } | RecordedOutcome::Silent { .. } => {
                    PushState::GivenUp.name()
                }
            },
            // A push that was held is under way again.
            Subject::Sent(_) => "under-way",
            Subject::Exchange(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => before,
        })
}

fn user_sees(thread: &[Arc<Event>]) -> Option<&str> {
    thread.iter().find_map(|event| match event.kind.subject() {
        Subject::Outcome(outcome) => outcome.user_sees.as_deref(),
        Subject::Sent(_)
        | Subject::Unsent(_)
        | Subject::Exchange(_)
        | Subject::Called(_)
        | Subject::Fetched(_)
        | Subject::Platform
        | Subject::Run => None,
    })
}
