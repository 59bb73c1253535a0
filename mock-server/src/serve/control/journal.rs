//! The journal: what was called and what was pushed, as it happens.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    task::{JoinError, spawn_blocking},
    time::Instant,
};
use wxcheck_events::{Event, Kind, Search, Subject};

use crate::{
    acts::check_text,
    shown::{self, Chat, record, short},
};

use super::{
    super::connection::closed, Asked, ControlDesk, ControlError, ControlResult, Path,
    apps::PAGE_LIMIT,
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
    /// Oldest first. `kind` is `called`, `pushed`, `answered`, `unanswered`, `push-outcome` and others; `at` counts
    /// milliseconds from the start of the platform, `time` is the same by this machine's clock, in RFC 3339. Records of one
    /// push or call have the same `thread`.
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
            (Some(path), kind) => kind
                .called()
                .is_some_and(|called| called.path == path.as_str()),
        };
        // Whether it came or not is in the records.
        let mut closing = desk.closing.clone();
        tokio::select! {
            _ = journal.wait(asked.since, deadline, wanted) => {}
            () = closed(&mut closing) => {}
        }
    }
    let records = journal
        .records()
        .page(asked.since, asked.count.min(PAGE_LIMIT));
    let first = records.first().map_or(asked.since, |record| record.number);
    Ok(Json(JournalView {
        next: records
            .last()
            .map_or(asked.since.min(journal.mark()), |record| record.number + 1),
        forgotten: first.saturating_sub(asked.since)
            - journal.milestones_between(asked.since, first),
        records: records
            .iter()
            .filter_map(|event| short(event, journal.time_of(event)))
            .collect(),
    }))
}

/// All that is known of a push or a call, by the number of any of its records
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/journal/{number}", params(("number" = u64, Path)), responses((status = 200, body = Object), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path(number): Path<u64>,
) -> ControlResult<Value> {
    opened(&desk, number).map(Json)
}

/// The record of a push or a call.
pub(super) fn opened(desk: &ControlDesk, number: u64) -> Result<Value, ControlError> {
    let journal = desk.hub.journal();
    let thread = journal.records().thread(number);
    let record = record(&thread, |event| journal.time_of(event));
    let mut record = record.ok_or_else(|| forgotten(number))?;
    if let Some(first) = thread.first().filter(|event| event.kind.push().is_some()) {
        let calls = shown::calls_after(journal.records(), first);
        record["calls"] = calls
            .iter()
            .filter_map(|(event, bond)| {
                let mut call = short(event, journal.time_of(event))?;
                call["bond"] = bond.name().into();
                Some(call)
            })
            .collect();
    }
    Ok(record)
}

/// No record of that number.
pub(super) fn forgotten(number: u64) -> ControlError {
    ControlError::not_found(format!(
        "record {number}: there is none of that number, or it is forgotten already; GET /_wxcheck/journal lists those that are kept"
    ))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Sought {
    /// The text, whatever its letter case; it is looked for in paths, users, clear bodies and answers.
    q: String,
    /// Only records of lower numbers; that of the last record of an earlier answer continues it.
    #[serde(default)]
    before: Option<u64>,
    /// At most so many, and never more than 1000.
    #[serde(default = "fifty")]
    count: usize,
}

const fn fifty() -> usize {
    50
}

/// Pushes and calls in which a text stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct FoundView {
    /// Newest first: the first record of each push or call. That of a push has its `outcome`, and the records that
    /// `followed` it: further deliveries, answers, the outcome.
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    records: Vec<Value>,
    /// There are older ones.
    more: bool,
}

/// Search the journal for a text
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/journal/search", params(Sought), responses((status = 200, body = FoundView), (status = 400, body = ControlError))))]
pub(super) async fn search(
    Shared(desk): Shared<ControlDesk>,
    Asked(sought): Asked<Sought>,
) -> ControlResult<FoundView> {
    check_text("q", &sought.q).map_err(|error| ControlError::bad(error.to_string()))?;
    let search = Search {
        text: sought.q,
        before: sought.before,
        count: sought.count.min(PAGE_LIMIT),
    };
    let journal = Arc::clone(desk.hub.journal());
    // These are megabytes, or a file: others are to be served meanwhile.
    let found = spawn_blocking(move || {
        let found = journal.records().search(&search);
        let shown = found.events.iter();
        FoundView {
            records: shown
                .filter_map(|event| {
                    let thread = match event.kind.subject() {
                        Subject::Sent(_) | Subject::Unsent(_) => {
                            journal.records().thread(event.number)
                        }
                        _ => vec![Arc::clone(event)],
                    };
                    shown::found(&thread, |event| journal.time_of(event))
                })
                .collect(),
            more: found.more,
        }
    });
    found.await.map(Json).map_err(|error| broken(&error))
}

/// The user whose chat is shown.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Earlier {
    /// Only what stands in records of lower numbers.
    #[serde(default)]
    before: Option<u64>,
}

/// Show a user's chat, as their phone does
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/users/{openid}/chat", params(("appid" = String, Path), ("openid" = String, Path), Earlier), responses((status = 200, body = Chat), (status = 404, body = ControlError))))]
pub(super) async fn chat(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, openid)): Path<(String, String)>,
    Asked(earlier): Asked<Earlier>,
) -> ControlResult<Chat> {
    super::users::with_user(&desk, &appid, &openid, |_, _| ())?;
    let journal = Arc::clone(desk.hub.journal());
    let shown = spawn_blocking(move || {
        let user = (appid.as_str(), openid.as_str());
        let time_of = |event: &Event| journal.time_of(event);
        shown::chat(journal.records(), time_of, user, earlier.before)
    });
    shown.await.map(Json).map_err(|error| broken(&error))
}

/// A task of ours that did not end well.
pub(super) fn broken(error: &JoinError) -> ControlError {
    ControlError::new(http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
