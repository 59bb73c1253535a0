//! The journal: what was called and what was pushed, as it happens.

use std::time::Duration;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use wxcheck_events::{Called, Event, Kind, RecordedOutcome, Sent};

use super::{
    super::connection::closed, Asked, ControlDesk, ControlError, ControlResult, apps::PAGE_LIMIT,
};

/// The longest wait, in milliseconds.
pub(super) const LONGEST_WAIT: u64 = 60_000;

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Wanted {
    /// Records from this number on; `next` of an earlier answer continues it.
    #[serde(default)]
    since: u64,
    /// At most so many, and never more than 1000.
    #[serde(default = "thousand")]
    count: usize,
    /// Wait so many milliseconds, at most 60 000, for a first record.
    #[serde(default)]
    wait: u64,
    /// Wait for a call of this path.
    #[serde(default)]
    path: Option<String>,
}

const fn thousand() -> usize {
    PAGE_LIMIT
}

/// Part of the journal.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct JournalView {
    /// Oldest first. `kind` is `called`, `pushed`, `answered` or `unanswered`; `at` counts milliseconds
    /// from the start of the platform.
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    records: Vec<Value>,
    /// The number to ask for next.
    next: u64,
    /// Records that were asked for and are forgotten already.
    forgotten: u64,
}

/// Read the journal, or wait for what comes
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/journal", params(Wanted), responses((status = 200, body = JournalView), (status = 400, body = ControlError))))]
pub(super) async fn read(
    Shared(desk): Shared<ControlDesk>,
    Asked(asked): Asked<Wanted>,
) -> ControlResult<JournalView> {
    if asked.wait > LONGEST_WAIT {
        return Err(ControlError::bad(format!(
            "wait {}: give at most {LONGEST_WAIT} milliseconds, and ask again",
            asked.wait
        )));
    }
    let journal = desk.hub.journal();
    if asked.wait > 0 {
        let _place = desk.find_waiter()?;
        let deadline = Instant::now() + Duration::from_millis(asked.wait);
        let wanted = |kind: &Kind| match (&asked.path, kind) {
            (None, kind) => !kind.is_of_run(),
            (Some(path), Kind::Called(called)) => called.path == path.as_str(),
            (Some(_), _) => false,
        };
        // Whether it came or not is in the records.
        let mut closing = desk.closing.clone();
        tokio::select! {
            _ = journal.wait(asked.since, deadline, wanted) => {}
            () = closed(&mut closing) => {}
        }
    }
    let records = journal.page(asked.since, asked.count.min(PAGE_LIMIT));
    let first = records.first().map_or(asked.since, |record| record.number);
    Ok(Json(JournalView {
        next: records
            .last()
            .map_or(asked.since.min(journal.mark()), |record| record.number + 1),
        forgotten: first.saturating_sub(asked.since)
            - journal.milestones_between(asked.since, first),
        records: records.iter().filter_map(|event| view(event)).collect(),
    }))
}

/// An event as the journal shows it; nothing of a run, which has its own reports.
fn view(event: &Event) -> Option<Value> {
    let mut shown = match &event.kind {
        Kind::Called(called) => view_of_call(called),
        Kind::Sent(Sent { method, path, what }) => {
            json!({"kind": "pushed", "method": method, "path": path, "what": what})
        }
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
        | Kind::Diagnosed(_)
        | Kind::RunEnded(_) => return None,
    };
    shown["number"] = json!(event.number);
    shown["at"] = json!(event.at_micros / 1000);
    Some(shown)
}

fn view_of_call(called: &Called) -> Value {
    let mut shown = json!({
        "kind": "called",
        "method": called.method,
        "path": called.path,
        "planned": called.planned,
        "errcode": called.errcode,
        "status": called.status,
        "sent": called.sent,
    });
    for (name, value) in [
        ("appid", called.appid.as_deref().map(|text| json!(text))),
        ("openid", called.openid.as_deref().map(|text| json!(text))),
        ("token", called.token.map(|serial| json!(serial))),
        ("fault", called.fault.as_deref().map(|name| json!(name))),
    ] {
        if let Some(value) = value {
            shown[name] = value;
        }
    }
    if !called.body.is_empty() {
        shown["body"] = json!(called.body);
    }
    shown
}
