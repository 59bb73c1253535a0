//! The stream of one platform, by its clock: everything that went out and came in, awaitable and bounded.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout_at};
use wxcheck_events::{Capacity, Event, Interest, Kind, Records, Stream, Subscription};
use wxcheck_network::unix_now;

use crate::{
    bounds::{RECORDS, RECORDS_BYTES},
    figures::Figures,
};

/// The journal. Old events are forgotten beyond the capacity, newest kept.
#[derive(Debug)]
pub struct Journal {
    began: Instant,
    /// The same moment by this machine's clock, in Unix milliseconds.
    began_at: u64,
    stream: Stream,
    figures: Mutex<Figures>,
}

impl Journal {
    /// An empty journal that keeps at most `capacity` events, and never more than [`RECORDS`] nor than fit into
    /// [`RECORDS_BYTES`]; times count from `began`.
    pub fn new(began: Instant, capacity: usize) -> Self {
        Self::of(
            began,
            Capacity {
                events: capacity.min(RECORDS),
                bytes: RECORDS_BYTES,
                evidence: false,
            },
        )
    }

    /// The same within so many bytes.
    #[must_use]
    pub fn within(self, bytes: usize) -> Self {
        let capacity = Capacity {
            bytes: bytes.min(RECORDS_BYTES),
            ..self.stream.capacity()
        };
        Self::of(self.began, capacity)
    }

    /// The same, keeping the bytes of exchanges.
    #[must_use]
    pub fn with_evidence(self) -> Self {
        let capacity = Capacity {
            evidence: true,
            ..self.stream.capacity()
        };
        Self::of(self.began, capacity)
    }

    fn of(began: Instant, capacity: Capacity) -> Self {
        let elapsed = began.elapsed();
        let now = unix_now();
        let began_at = now.saturating_sub(elapsed).as_millis();
        Self {
            began,
            began_at: u64::try_from(began_at).unwrap_or(u64::MAX),
            stream: Stream::new(capacity),
            figures: Mutex::default(),
        }
    }

    /// Appends an event and wakes whoever waits; returns the event's number. The caller has taken the secrets out.
    pub fn append(&self, kind: Kind) -> u64 {
        // Only a standing platform is asked for them.
        if self.keeps_evidence() {
            self.lock_figures().count(&kind);
        }
        self.stream.append(self.began.elapsed(), kind)
    }

    /// The time since the start that events count from.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The time of an event by this machine's clock, in Unix milliseconds. The platform's own clock may stand elsewhere.
    pub const fn time_of(&self, event: &Event) -> u64 {
        self.began_at + event.at_micros / 1000
    }

    /// The figures so far.
    pub fn figures(&self) -> Figures {
        self.lock_figures().clone()
    }

    fn lock_figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present in Unix milliseconds, as [`Self::time_of`] has it.
    pub fn now(&self) -> u64 {
        let elapsed = self.began.elapsed().as_millis();
        self.began_at + u64::try_from(elapsed).unwrap_or(u64::MAX)
    }

    /// The events that are remembered.
    pub const fn records(&self) -> &dyn Records {
        &self.stream
    }

    /// The bytes of exchanges and calls are kept.
    pub const fn keeps_evidence(&self) -> bool {
        self.stream.capacity().evidence
    }

    /// Events from now on.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        self.stream.subscribe(interest)
    }

    /// Somebody wants the bytes of exchanges.
    pub fn wants_evidence(&self) -> bool {
        self.stream.wants_evidence()
    }

    /// All events that reports are made of.
    pub fn milestones(&self) -> Vec<Arc<Event>> {
        self.stream.milestones()
    }

    /// The number of milestones from one mark to another. A page has none of them.
    pub fn milestones_between(&self, from: u64, to: u64) -> u64 {
        self.stream.milestones_between(from, to)
    }

    /// The number the next event will have: a bookmark for [`Self::since`] and [`Self::wait`].
    pub fn mark(&self) -> u64 {
        self.stream.mark()
    }

    /// The events from that mark on that are still remembered.
    pub fn since(&self, mark: u64) -> Vec<Arc<Event>> {
        self.page(mark, usize::MAX)
    }

    /// The same, at most `count` of them, oldest first.
    pub fn page(&self, mark: u64, count: usize) -> Vec<Arc<Event>> {
        self.stream.page(mark, count)
    }

    /// The first event from that mark on that satisfies the predicate, as soon as it is there; `None` once the deadline
    /// has passed.
    pub async fn wait(
        &self,
        mark: u64,
        deadline: Instant,
        predicate: impl Fn(&Kind) -> bool,
    ) -> Option<Arc<Event>> {
        timeout_at(deadline, self.stream.wait(mark, predicate))
            .await
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn gives_up_at_the_deadline() {
        let journal = Journal::new(Instant::now(), 10);
        let deadline = Instant::now() + Duration::from_secs(1);
        assert_eq!(journal.wait(0, deadline, |_| true).await, None);
        assert_eq!(journal.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn times_count_from_its_start() {
        let journal = Journal::new(Instant::now(), 10);
        tokio::time::advance(Duration::from_millis(20)).await;
        journal.append(Kind::Fetched { path: "/a".into() });
        assert_eq!(journal.since(0)[0].at(), Duration::from_millis(20));
    }
}
