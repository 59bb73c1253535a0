//! A store as the platform sees it: one trait, what is handed to it, and how it stands.

use std::{error::Error, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wxcheck_events::{Event, Records};

use crate::state::{
    Moment,
    kept::{Changes, Row, RowKind},
};

/// The reason that a store gives.
pub type StoreFailure = Box<dyn Error + Send + Sync>;

/// A place where a later process finds what a platform knows and what happened on it.
pub trait Store: Records {
    /// The journal of earlier processes; nothing where the store is new.
    fn journal(&self) -> Result<Option<Journaled>, StoreFailure>;

    /// Hands out the values of a kind, by app and key.
    fn rows(&self, kind: RowKind, each: &mut dyn FnMut(Row)) -> Result<(), StoreFailure>;

    /// Writes all of a batch, or nothing.
    fn write(&self, batch: &Batch) -> Result<(), StoreFailure>;

    /// Does some of the work that can wait until nothing is to be written. True if there is more of it.
    fn tidy(&self) -> Result<bool, StoreFailure>;

    /// The number of the first event that is not written.
    fn next(&self) -> u64;
}

/// The journal of earlier processes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Journaled {
    /// The time from which its events count, in Unix milliseconds.
    pub began_at: u64,
    /// The time of its last event from there, in microseconds.
    pub until_micros: u64,
    /// The number of the next event.
    pub next: u64,
}

/// Changes and events to be written together.
#[derive(Debug)]
pub struct Batch {
    /// The changes of the state.
    pub changes: Changes,
    /// The platform's clock, where it is another than it was.
    pub clock: Option<KeptClock>,
    /// The time from which events count, in Unix milliseconds.
    pub began_at: u64,
    /// Events, oldest first.
    pub events: Vec<Arc<Event>>,
}

/// The platform's clock as it is kept.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeptClock {
    /// The time on a virtual clock before it was advanced.
    pub stands_at: Option<Moment>,
    /// The time by which it was advanced.
    pub advanced: Moment,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.clock.is_none() && self.events.is_empty()
    }

    /// The values to write, the clock among them.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let clock = self.clock.iter().map(|clock| Row {
            kind: RowKind::Clock,
            app: Arc::default(),
            key: Arc::default(),
            // Two numbers always have a JSON form.
            value: serde_json::to_vec(clock).ok(),
        });
        self.changes.rows().chain(clock)
    }
}

/// The state of a store.
#[derive(Clone, Debug, Default)]
pub struct StoreStatus {
    /// The reason why the last write, or reading at the start, failed.
    pub failure: Option<String>,
    /// The number of the first event that is not written.
    pub next: u64,
    /// The time for which something has waited to be written; nothing while all is written.
    pub lag: Duration,
    /// Events that found no room while the store fell behind.
    pub lost: u64,
}

/// The state of the writes, for whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    status: StoreStatus,
    behind_since: Option<Instant>,
}

impl Writes {
    pub(crate) fn status(&self) -> StoreStatus {
        StoreStatus {
            lag: self
                .behind_since
                .map_or(Duration::ZERO, |since| since.elapsed()),
            ..self.status.clone()
        }
    }

    /// The store has the events before that number, written by earlier processes.
    pub(crate) fn start(&mut self, next: u64) {
        self.status.next = next;
    }

    /// Something is to be written.
    pub(crate) fn begin(&mut self) {
        self.behind_since.get_or_insert_with(Instant::now);
    }

    /// All of it is written, up to the event of that number.
    pub(crate) fn end(&mut self, next: u64) {
        self.status.next = next;
        self.status.failure = None;
        self.behind_since = None;
    }

    pub(crate) fn fail(&mut self, failure: &StoreFailure) {
        self.status.failure = Some(failure.to_string());
    }

    /// So many events found no room.
    pub(crate) fn lose(&mut self, events: u64) {
        self.status.lost += events;
    }
}
