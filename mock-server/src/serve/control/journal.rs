//! The journal: what was called and what was pushed, as it happens.

use std::time::Duration;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::journal::{Called, Record, RecordKind};

use super::{super::connection::closed, Asked, ControlError, Desk, Told, apps::PAGE_LIMIT};

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
    /// What to ask for next.
    next: u64,
    /// Records that were asked for and are forgotten already.
    forgotten: u64,
}

/// Read the journal, or wait for what comes
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/journal", params(Wanted), responses((status = 200, body = JournalView), (status = 400, body = ControlError))))]
pub(super) async fn read(
    Shared(desk): Shared<Desk>,
    Asked(asked): Asked<Wanted>,
) -> Told<JournalView> {
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
        let wanted = |kind: &RecordKind| match (&asked.path, kind) {
            (None, _) => true,
            (Some(path), RecordKind::Called(called)) => called.path == path.as_str(),
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
        forgotten: first.saturating_sub(asked.since),
        records: records.iter().map(told).collect(),
    }))
}

fn told(record: &Record) -> Value {
    let mut told = match &record.kind {
        RecordKind::Called(called) => called_told(called),
        RecordKind::Sent { method, path, what } => {
            json!({"kind": "pushed", "method": method, "path": path, "what": what})
        }
        RecordKind::Answered {
            sent,
            status,
            total,
            ..
        } => json!({
            "kind": "answered",
            "push": sent,
            "status": status,
            "millis": u64::try_from(total.as_millis()).unwrap_or(u64::MAX),
        }),
        RecordKind::Unanswered { sent, reason } => {
            json!({"kind": "unanswered", "push": sent, "reason": reason})
        }
        RecordKind::Fetched { path } => json!({"kind": "fetched", "path": path}),
    };
    told["number"] = json!(record.number);
    told["at"] = json!(u64::try_from(record.at.as_millis()).unwrap_or(u64::MAX));
    told
}

fn called_told(called: &Called) -> Value {
    let mut told = json!({
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
        ("fault", called.fault.map(|name| json!(name))),
    ] {
        if let Some(value) = value {
            told[name] = value;
        }
    }
    if !called.body.is_empty() {
        told["body"] = json!(String::from_utf8_lossy(&called.body));
    }
    told
}
