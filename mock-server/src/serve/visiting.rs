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
use wxcheck_events::{Event, Kind, SentPush};

use crate::{
    exchange::{Outcome, Silence},
    journal::Journal,
    sender::{Sender, SenderError, SenderOptions},
};

/// A run that was not heard of for so long is over, whatever became of it.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// The longest that a call may take in the run: the API can be made slow on purpose.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// Requests and plays of a run that are told apart.
const NUMBERS: usize = 20_000;

/// Another run uses the platform.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "another run uses this platform; wait for its end, which comes at the latest 15 seconds after it was last heard of"
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
    /// The numbers that the run's events have here.
    numbers: BTreeMap<u64, u64>,
    /// The rule of each play.
    rules: BTreeMap<u64, String>,
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
            rules: BTreeMap::new(),
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
        // A request tells its play only with its end, which is handed over together with it.
        let plays: BTreeMap<u64, u64> = events
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Exchange(exchange) => Some((exchange.sent, exchange.place?.play)),
                _ => None,
            })
            .collect();
        for event in events {
            visit.note(event, &plays, journal);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Option<Visit>)> {
        self.visit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    fn note(&mut self, event: Event, plays: &BTreeMap<u64, u64>, journal: &Journal) {
        match event.kind {
            Kind::PlayBegun { play, rule } => {
                if let Some(rule) = rule {
                    keep(&mut self.rules, play, rule);
                }
            }
            Kind::Sent(mut sent) => {
                let play = plays.get(&event.number);
                sent.push = (sent.method == "POST").then(|| Box::new(self.push(play)));
                let number = journal.append(Kind::Sent(sent));
                keep(&mut self.numbers, event.number, number);
            }
            Kind::Exchange(mut exchange) => {
                let Some(sent) = self.numbers.get(&exchange.sent) else {
                    return;
                };
                exchange.sent = *sent;
                exchange.first = None;
                exchange.place = None;
                journal.append(Kind::Exchange(exchange));
            }
            called @ Kind::Called(_) => {
                journal.append(called);
            }
            // The run has its own reports.
            _ => {}
        }
    }

    /// A push of the run, as far as its events tell.
    fn push(&self, play: Option<&u64>) -> SentPush {
        SentPush {
            appid: self.appid.as_str().into(),
            name: String::new(),
            openid: String::new(),
            says: None,
            mode: String::new(),
            format: String::new(),
            first: None,
            retry: 0,
            rule: play.and_then(|play| self.rules.get(play)).cloned(),
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
