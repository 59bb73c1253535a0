//! A run of `wxcheck check` that uses this platform in place of a port of its own. What the server calls meanwhile is handed on
//! to the run, which answers from a state of its own; and what happens in the run stands in this journal.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::{
    HeaderMap,
    header::{CONTENT_TYPE, HeaderValue},
    request::Parts,
};
use bytes::Bytes;
use reqwest::Url;
use tokio::time::Instant;
use wxcheck_events::{Event, Kind, PushOutcome, PushState, RecordedOutcome};

use crate::{
    exchange::{Outcome, Silence},
    journal::Journal,
    sender::{Sender, SenderError, SenderOptions},
};

/// A run that was not heard of for so long is over, whatever became of it.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// The longest that a call may take in the run: the API can be made slow on purpose.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// Requests of a run that are under way and told apart.
const NUMBERS: usize = 20_000;

/// Another run uses the platform.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "another run uses this platform; wait for its end, which comes at the latest 15 seconds after its last message"
)]
pub(crate) struct Occupied;

/// No run of that number is under way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no run of that number is under way; POST /_wxcheck/runs begins one")]
pub(crate) struct Unknown;

/// The place of one run.
#[derive(Debug)]
pub(crate) struct Visiting {
    is_taken: AtomicBool,
    visit: Mutex<(u64, Option<Visit>)>,
    sender: Sender,
}

#[derive(Debug)]
struct Visit {
    relay: SocketAddr,
    until: Instant,
    /// The numbers that the run's requests have here, and those of them that are pushes.
    numbers: BTreeMap<u64, (u64, bool)>,
    /// The time of this journal at which that of the run began.
    began: Option<Duration>,
    appid: String,
}

impl Visiting {
    pub(crate) fn new(options: &SenderOptions) -> Result<Self, SenderError> {
        let options = SenderOptions {
            exchange_limit: CALL_LIMIT,
            ..options.clone()
        };
        Ok(Self {
            is_taken: AtomicBool::new(false),
            visit: Mutex::new((0, None)),
            sender: Sender::new(options, "http")?,
        })
    }

    /// A run begins, whose API listens there; its number.
    pub(crate) fn begin(&self, appid: String, relay: SocketAddr) -> Result<u64, Occupied> {
        let mut place = self.lock();
        let now = Instant::now();
        if place.1.as_ref().is_some_and(|visit| visit.until > now) {
            return Err(Occupied);
        }
        place.0 += 1;
        place.1 = Some(Visit {
            relay,
            until: now + LEASE,
            numbers: BTreeMap::new(),
            began: None,
            appid,
        });
        self.is_taken.store(true, Ordering::Release);
        Ok(place.0)
    }

    /// The run is over.
    pub(crate) fn end(&self, id: u64) -> Result<(), Unknown> {
        let mut place = self.lock();
        if place.0 != id || place.1.is_none() {
            return Err(Unknown);
        }
        place.1 = None;
        self.is_taken.store(false, Ordering::Release);
        Ok(())
    }

    /// The address to which calls are handed on, while a run is under way.
    pub(super) fn relay(&self) -> Option<SocketAddr> {
        if !self.is_taken.load(Ordering::Acquire) {
            return None;
        }
        let mut place = self.lock();
        match &place.1 {
            Some(visit) if visit.until > Instant::now() => Some(visit.relay),
            _ => {
                place.1 = None;
                self.is_taken.store(false, Ordering::Release);
                None
            }
        }
    }

    /// Hands a call on to the run.
    pub(super) async fn hand_on(&self, relay: SocketAddr, parts: &Parts, body: Bytes) -> Outcome {
        let asked = parts
            .uri
            .path_and_query()
            .map_or("/", |asked| asked.as_str());
        let Ok(url) = Url::parse(&format!("http://{relay}{asked}")) else {
            return Outcome::Silent(Silence::Unresolved);
        };
        let mut headers = HeaderMap::new();
        if let Some(kind) = parts.headers.get(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::clone(kind));
        }
        self.sender
            .send_parts(parts.method.clone(), url, headers, body)
            .await
    }

    /// Notes what happened in the run: pushes with their rules, their answers, and calls.
    pub(crate) fn note(
        &self,
        id: u64,
        events: Vec<Event>,
        journal: &Journal,
    ) -> Result<(), Unknown> {
        let mut place = self.lock();
        let known = place.0 == id;
        let visit = place.1.as_mut().filter(|_| known).ok_or(Unknown)?;
        visit.until = Instant::now() + LEASE;
        // The newest event has just happened.
        if let (None, Some(newest)) = (visit.began, events.last()) {
            visit.began = Some(journal.elapsed().saturating_sub(newest.at()));
        }
        for event in events {
            visit.note(event, journal);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Option<Visit>)> {
        self.visit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    fn note(&mut self, event: Event, journal: &Journal) {
        let at = self.began.unwrap_or_default() + event.at();
        match event.kind {
            Kind::Sent(mut sent) => {
                // The run need not know by what appid the platform knows its app.
                if let Some(push) = &mut sent.push {
                    push.appid = self.appid.as_str().into();
                }
                let is_push = sent.push.is_some();
                let number = journal.append_at(at, Kind::Sent(sent));
                keep(&mut self.numbers, event.number, (number, is_push));
            }
            Kind::Exchange(mut exchange) => {
                let Some((sent, is_push)) = self.numbers.remove(&exchange.sent) else {
                    return;
                };
                exchange.sent = sent;
                exchange.first = is_push.then_some(sent);
                exchange.place = None;
                let state = match exchange.outcome {
                    RecordedOutcome::Answered { status: 200, .. } => PushState::Acknowledged,
                    RecordedOutcome::Answered { .. } | RecordedOutcome::Silent { .. } => {
                        PushState::GivenUp
                    }
                };
                journal.append_at(at, Kind::Exchange(exchange));
                // Each delivery of a run is a push of its own here: the run says what it makes of them.
                if is_push {
                    let outcome = PushOutcome {
                        push: sent,
                        state,
                        user_sees: None,
                    };
                    journal.append_at(at, Kind::PushOutcome(outcome));
                }
            }
            called @ Kind::Called(_) => {
                journal.append_at(at, called);
            }
            // The run has its own reports, and its platform its own faults and clock.
            Kind::Unsent(_)
            | Kind::Fetched { .. }
            | Kind::PushDue(_)
            | Kind::PushOutcome(_)
            | Kind::Fault(_)
            | Kind::ClockMoved(_)
            | Kind::RunBegun(_)
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
            | Kind::RunEnded(_) => {}
        }
    }
}

/// Keeps an entry; the lowest make room.
fn keep<T>(map: &mut BTreeMap<u64, T>, key: u64, value: T) {
    map.insert(key, value);
    while map.len() > NUMBERS {
        map.pop_first();
    }
}
