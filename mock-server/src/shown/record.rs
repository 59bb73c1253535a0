//! All that is known of one push or one call.

use std::sync::Arc;

use serde_json::{Value, json};
use wxcheck_events::{
    Body, Called, Event, Evidence, Exchange, Kind, PushState, RecordedOutcome, Sent, rfc3339,
};

use super::{curl::curl, short};

/// A thread of events as one record; nothing where there are none. `time_of` gives Unix milliseconds. Of any other kind of
/// event than a request and a call, the record is what is shown in short.
pub fn record(thread: &[Arc<Event>], time_of: impl Fn(&Event) -> u64) -> Option<Value> {
    let first = thread.first()?;
    let mut record = match &first.kind {
        Kind::Called(called) => of_call(called),
        Kind::Sent(_) | Kind::Exchange(_) | Kind::PushOutcome(_) => of_push(thread),
        _ => return short(first, time_of(first)),
    };
    record["number"] = json!(first.thread());
    record["at"] = json!(first.at_micros / 1000);
    record["time"] = json!(rfc3339(time_of(first)));
    Some(record)
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
        "appid": called.appid,
        "openid": called.openid,
        "token": called.token,
        "sent": called.sent,
    })
}

fn of_push(thread: &[Arc<Event>]) -> Value {
    let sent: Vec<(&Event, &Sent)> = thread
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Sent(sent) => Some((&**event, sent)),
            _ => None,
        })
        .collect();
    let exchanges = thread.iter().filter_map(|event| match &event.kind {
        Kind::Exchange(exchange) => Some((&**event, &**exchange)),
        _ => None,
    });
    let deliveries: Vec<Value> = exchanges
        .clone()
        .enumerate()
        .map(|(place, (event, exchange))| {
            let own = sent.iter().find(|(event, _)| event.number == exchange.sent);
            let retry = own.and_then(|(_, sent)| Some(sent.push.as_ref()?.retry as usize));
            delivery(event, exchange, retry.unwrap_or(place))
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
    let push = first.and_then(|sent| sent.push.as_deref());
    let method = first.map_or("POST", |sent| &*sent.method);
    json!({
        "kind": "pushed",
        "method": method,
        "path": first.map(|sent| &sent.path),
        "what": first.and_then(|sent| sent.what.as_deref()),
        "appid": push.map(|push| &push.appid),
        "openid": push.map(|push| &push.openid),
        "push": push.map(|push| &push.name),
        "says": push.and_then(|push| push.says.as_deref()),
        "rule": push.and_then(|push| push.rule.as_deref()),
        "mode": push.map(|push| &push.mode),
        "format": push.map(|push| &push.format),
        "request": newest.map(|evidence| request(method, evidence)),
        "signature": newest.map(|evidence| &evidence.signature),
        "deliveries": deliveries,
        "outcome": outcome(thread, push.is_some()),
        "user_sees": user_sees(thread),
        "verdicts": verdicts,
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

fn delivery(event: &Event, exchange: &Exchange, retry: usize) -> Value {
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
        "at": event.at_micros / 1000,
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
    let mut under_way = "under-way";
    for event in thread {
        under_way = match &event.kind {
            Kind::PushOutcome(outcome) => outcome.state.name(),
            Kind::Exchange(exchange) if !is_push => match exchange.outcome {
                RecordedOutcome::Answered { status: 200, .. } => PushState::Acknowledged.name(),
                _ => PushState::GivenUp.name(),
            },
            // A push that was held is under way again.
            Kind::Sent(_) => "under-way",
            _ => under_way,
        };
    }
    under_way
}

fn user_sees(thread: &[Arc<Event>]) -> Option<&str> {
    thread.iter().find_map(|event| match &event.kind {
        Kind::PushOutcome(outcome) => outcome.user_sees.as_deref(),
        _ => None,
    })
}
