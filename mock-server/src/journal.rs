//! The stream of one platform, by its clock: everything that went out and came in, awaitable and bounded.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout_at};
use wxcheck_events::{
    Capacity, Event, Found, Interest, Kind, Records, Search, Stream, Subscription, found,
};
use wxcheck_network::unix_now;

use crate::{
    bounds::{RECORDS, RECORDS_BYTES},
    figures::Figures,
    storing::{Journaled, Store},
};

/// Events of a store that are looked through before anybody waits.
const STORED_PAGE: usize = 1000;

/// The journal. Old events are forgotten beyond the capacity, newest kept.
#[derive(Debug)]
pub struct Journal {
    began: Instant,
    /// The start of this process by this machine's clock, in Unix milliseconds.
    started_at: u64,
    /// The time that had passed before `began`, in earlier processes.
    before: Duration,
    /// The moment from which times count, by this machine's clock, in Unix milliseconds.
    began_at: u64,
    stream: Stream,
    store: Option<Arc<dyn Store>>,
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
        let now = unix_now();
        let began_at = now.saturating_sub(began.elapsed()).as_millis();
        let began_at = u64::try_from(began_at).unwrap_or(u64::MAX);
        Self {
            began,
            started_at: began_at,
            before: Duration::ZERO,
            began_at,
            stream: Stream::new(capacity),
            store: None,
            figures: Mutex::default(),
        }
    }

    /// The same, going on where the journal in a store ended. Older events are read from there.
    #[must_use]
    pub fn going_on(self, store: Arc<dyn Store>, journaled: Option<Journaled>) -> Self {
        let mut own = Self {
            store: Some(store),
            ..self
        };
        if let Some(Journaled {
            began_at,
            until_micros,
            next,
        }) = journaled
        {
            // A machine whose clock was set back does not make times go back.
            let before = Duration::from_millis(own.began_at.saturating_sub(began_at));
            own.before = before.max(Duration::from_micros(until_micros));
            own.began_at = began_at;
            own.stream = own.stream.going_on(next);
        }
        own
    }

    /// Appends an event and wakes whoever waits; returns the event's number. The caller has taken the secrets out.
    pub fn append(&self, kind: Kind) -> u64 {
        // Only a standing platform is asked for them.
        if self.keeps_evidence() {
            self.lock_figures().count(&kind);
        }
        self.stream.append(self.elapsed(), kind)
    }

    /// Appends an event that happened at that time from the start, or as soon after as numbers and times agree.
    pub(crate) fn append_at(&self, at: Duration, kind: Kind) -> u64 {
        if self.keeps_evidence() {
            self.lock_figures().count(&kind);
        }
        self.stream.append(at.min(self.elapsed()), kind)
    }

    /// The time since the start that events count from.
    pub fn elapsed(&self) -> Duration {
        self.before + self.began.elapsed()
    }

    /// The time since the start of this process.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// The start of this process by this machine's clock, in Unix milliseconds.
    pub const fn started_at(&self) -> u64 {
        self.started_at
    }

    /// The moment from which times count, by this machine's clock, in Unix milliseconds.
    pub const fn began_at(&self) -> u64 {
        self.began_at
    }

    /// The events that can be read again, here or in a store.
    pub fn records(&self) -> &dyn Records {
        match &self.store {
            Some(_) => self,
            None => &self.stream,
        }
    }

    /// The events from that mark on that are in memory.
    pub(crate) fn remembered(&self, mark: u64) -> Vec<Arc<Event>> {
        self.stream.page(mark, usize::MAX)
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
        let elapsed = self.elapsed().as_millis();
        self.began_at + u64::try_from(elapsed).unwrap_or(u64::MAX)
    }

    /// The bytes of exchanges and calls are kept.
    pub const fn keeps_evidence(&self) -> bool {
        self.stream.capacity().evidence
    }

    /// Events from now on.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        self.stream.subscribe(interest)
    }

    /// A subscriber wants the scenarios that are played.
    pub fn wants_plays(&self) -> bool {
        self.stream.wants_plays()
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
        let older = self.older(mark, STORED_PAGE).into_iter();
        if let Some(event) = older.flatten().find(|event| predicate(&event.kind)) {
            return Some(event);
        }
        timeout_at(deadline, self.stream.wait(mark, predicate))
            .await
            .ok()
    }
}

/// The newest events are in memory, and all but the very newest in the store.
impl Records for Journal {
    fn page(&self, since: u64, count: usize) -> Vec<Arc<Event>> {
        let Some(mut page) = self.older(since, count) else {
            return self.stream.page(since, count);
        };
        page.extend(self.stream.page(since, count - page.len()));
        page
    }

    fn thread(&self, number: u64) -> Vec<Arc<Event>> {
        let mut events = self.stored(|store| store.thread(number));
        let asked = self
            .stream
            .page(number, 1)
            .into_iter()
            .find(|event| event.number == number);
        let Some(thread) = events
            .first()
            .or(asked.as_ref())
            .map(|event| event.thread())
        else {
            return events;
        };
        if events.is_empty() && thread != number {
            events = self.stored(|store| store.thread(thread));
        }
        let known = events.last().map_or(thread, |event| event.number + 1);
        let later = self.stream.page(known, usize::MAX).into_iter();
        events.extend(later.filter(|event| event.thread() == thread));
        events
    }

    fn search(&self, search: &Search) -> Found {
        let unwritten = self.store.as_ref().map_or(0, |store| store.next());
        let newest = found(&self.stream.page(unwritten, usize::MAX), search);
        let Some(store) = &self.store else {
            return newest;
        };
        let mut found = store.search(search);
        for event in newest.events {
            let thread = event.thread();
            if found.events.iter().all(|known| known.thread() != thread) {
                // What came last may belong to what is written.
                let first = self
                    .page(thread, 1)
                    .into_iter()
                    .find(|first| first.number == thread);
                found.events.push(first.unwrap_or(event));
            }
        }
        found
            .events
            .sort_by_key(|event| std::cmp::Reverse(event.thread()));
        found.more |= newest.more || found.events.len() > search.count;
        found.events.truncate(search.count);
        found
    }
}

impl Journal {
    /// Events from that number on that are not in memory any more; nothing where that is too new to be in a store.
    fn older(&self, since: u64, count: usize) -> Option<Vec<Arc<Event>>> {
        let store = self.store.as_ref()?;
        let remembered = self.stream.page(0, 1);
        let oldest = remembered.first().map_or(self.mark(), |event| event.number);
        (since < oldest).then(|| {
            let mut page = store.page(since, count);
            page.retain(|event| event.number < oldest);
            page
        })
    }

    fn stored(&self, read: impl FnOnce(&dyn Store) -> Vec<Arc<Event>>) -> Vec<Arc<Event>> {
        self.store.as_deref().map(read).unwrap_or_default()
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
