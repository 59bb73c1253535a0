//! The stream in memory: numbers events, keeps the newest of them, and hands all of them to whoever subscribes.
//!
//! The time is an argument. What reports are made of is kept whole; of the rest the oldest is forgotten.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{
    Notify,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::{Event, Kind};

/// The amount that a stream keeps.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Events, at most.
    pub events: usize,
    /// Bytes that they take, about.
    pub bytes: usize,
    /// The bytes of exchanges are kept too.
    pub evidence: bool,
}

/// The part of a stream that somebody wants to hear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interest {
    /// The events of a run: those of which reports are made, and the scenarios that are played.
    Plays,
    /// Everything, with the bytes of every exchange.
    Everything,
}

/// All that happened, and all that happens.
#[derive(Debug)]
pub struct Stream {
    capacity: Capacity,
    kept: Mutex<Kept>,
    /// The number of the next event; changes inside the lock, so that numbers and order agree.
    next: AtomicU64,
    /// The number of subscribers that want everything.
    whole: AtomicUsize,
    /// The number of those that want plays.
    plays: AtomicUsize,
    news: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    milestones: Vec<Arc<Event>>,
    subscribers: Vec<Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    interest: Interest,
    events: UnboundedSender<Arc<Event>>,
}

/// Events as they happen. A reader that falls behind costs memory and loses nothing.
#[derive(Debug)]
pub struct Subscription(UnboundedReceiver<Arc<Event>>);

impl Subscription {
    /// The next event, as soon as it is there; nothing once the stream is gone.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        self.0.recv().await
    }

    /// The next event, if it is there already.
    pub fn ready(&mut self) -> Option<Arc<Event>> {
        self.0.try_recv().ok()
    }
}

impl Stream {
    /// An empty stream.
    pub fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            kept: Mutex::default(),
            next: AtomicU64::new(0),
            whole: AtomicUsize::new(0),
            plays: AtomicUsize::new(0),
            news: Notify::new(),
        }
    }

    /// The same, whose first event has that number.
    #[must_use]
    pub fn going_on(self, next: u64) -> Self {
        self.next.store(next, Ordering::Release);
        self
    }

    /// The amount that it keeps.
    pub const fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Events from now on.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        let (events, heard) = unbounded_channel();
        let mut kept = self.lock();
        kept.subscribers.push(Subscriber { interest, events });
        self.count_wishes(&kept);
        Subscription(heard)
    }

    /// Somebody wants the bytes of exchanges.
    pub fn wants_evidence(&self) -> bool {
        self.capacity.evidence || self.whole.load(Ordering::Relaxed) > 0
    }

    /// A subscriber wants the scenarios that are played.
    pub fn wants_plays(&self) -> bool {
        self.wants_evidence() || self.plays.load(Ordering::Relaxed) > 0
    }

    /// Appends an event at that time from the start, or as soon after as numbers and times agree; wakes waiters, and
    /// returns its number. Whoever makes the event has taken the secrets out of it.
    pub fn append(&self, at: Duration, kind: Kind) -> u64 {
        let is_milestone = kind.is_milestone();
        let mut kept = self.lock();
        let number = self.next.load(Ordering::Relaxed);
        let newest = kept.events.back().map_or(0, |event| event.at_micros);
        let at_micros = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        let at_micros = at_micros.max(newest);
        let event = Arc::new(Event {
            number,
            at_micros,
            kind,
        });
        if kept.hand_on(&event) {
            self.count_wishes(&kept);
        }
        let forgotten = if is_milestone {
            kept.milestones.push(event);
            Vec::new()
        } else {
            kept.keep(event, self.capacity)
        };
        self.next.store(number + 1, Ordering::Release);
        drop(kept);
        // Outside the lock: freeing an event and waking others takes a while.
        drop(forgotten);
        self.news.notify_waiters();
        number
    }

    /// The number that the next event will have: a bookmark for [`Self::page`] and [`Self::wait`].
    pub fn mark(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// At most so many of the events from that mark on that are remembered, oldest first; no milestones.
    pub fn page(&self, mark: u64, count: usize) -> Vec<Arc<Event>> {
        let kept = self.lock();
        let wanted = kept.events.iter().skip(kept.before(mark)).take(count);
        wanted.cloned().collect()
    }

    /// The events of which reports are made, all of them.
    pub fn milestones(&self) -> Vec<Arc<Event>> {
        self.lock().milestones.clone()
    }

    /// The number of milestones from one mark to another. A page has none of them.
    pub fn milestones_between(&self, from: u64, to: u64) -> u64 {
        let kept = self.lock();
        let before = |mark: u64| {
            let all = &kept.milestones;
            all.partition_point(|event| event.number < mark) as u64
        };
        before(to).saturating_sub(before(from))
    }

    /// The first remembered event from that mark on that satisfies the predicate, as soon as it is there.
    pub async fn wait(&self, mark: u64, predicate: impl Fn(&Kind) -> bool) -> Arc<Event> {
        let mut from = mark;
        loop {
            // Listening first, then looking: what comes in between is not missed.
            let mut news = pin!(self.news.notified());
            news.as_mut().enable();
            // Looked at where they are: a waiter that copied all of them would hold megabytes while it waits.
            match self.find(from, &predicate) {
                Ok(found) => return found,
                Err(next) => from = next,
            }
            news.await;
        }
    }

    /// The first event from that mark on that satisfies the predicate, or where to go on.
    fn find(&self, mark: u64, predicate: impl Fn(&Kind) -> bool) -> Result<Arc<Event>, u64> {
        let kept = self.lock();
        let mut events = kept.events.iter().skip(kept.before(mark));
        let last = kept.events.back();
        events
            .find(|event| predicate(&event.kind))
            .cloned()
            .ok_or_else(|| last.map_or(mark, |last| mark.max(last.number + 1)))
    }

    fn count_wishes(&self, kept: &Kept) {
        for (interest, counted) in [
            (Interest::Everything, &self.whole),
            (Interest::Plays, &self.plays),
        ] {
            let subscribers = kept.subscribers.iter();
            let wanted = subscribers.filter(|one| one.interest == interest);
            counted.store(wanted.count(), Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // An event is pushed whole or not at all, so a poisoned lock holds nothing torn.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The number of events before a mark. The numbers of events have gaps, where milestones are.
    fn before(&self, mark: u64) -> usize {
        self.events.partition_point(|event| event.number < mark)
    }

    /// Hands an event to every subscriber that wants it; true if a subscriber has stopped listening.
    fn hand_on(&mut self, event: &Arc<Event>) -> bool {
        let before = self.subscribers.len();
        self.subscribers.retain(|subscriber| {
            let wants = match subscriber.interest {
                Interest::Plays => event.kind.is_of_run(),
                Interest::Everything => true,
            };
            if wants {
                subscriber.events.send(Arc::clone(event)).is_ok()
            } else {
                !subscriber.events.is_closed()
            }
        });
        self.subscribers.len() < before
    }

    /// Keeps an event, and gives back what it takes the place of.
    fn keep(&mut self, event: Arc<Event>, capacity: Capacity) -> Vec<Arc<Event>> {
        let event = if capacity.evidence {
            event
        } else {
            without_evidence(event)
        };
        self.bytes += event.kind.bytes();
        self.events.push_back(event);
        let mut forgotten = Vec::new();
        while self.events.len() > capacity.events || self.bytes > capacity.bytes {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.kind.bytes();
            forgotten.push(oldest);
        }
        forgotten
    }
}

/// The event as it is kept where the bytes of exchanges are not.
fn without_evidence(event: Arc<Event>) -> Arc<Event> {
    let Some(exchange) = event
        .kind
        .exchange()
        .filter(|exchange| exchange.evidence.is_some())
    else {
        return event;
    };
    let exchange = crate::Exchange {
        evidence: None,
        outcome: exchange.outcome.clone(),
        ..*exchange
    };
    Arc::new(Event {
        kind: Kind::Exchange(Box::new(exchange)),
        ..*event
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Evidence, Exchange, RecordedOutcome};

    const SMALL: Capacity = Capacity {
        events: 2,
        bytes: usize::MAX,
        evidence: false,
    };

    fn fetched(path: &str) -> Kind {
        Kind::Fetched { path: path.into() }
    }

    fn contact() -> Kind {
        Kind::ContactMade {
            fetches: Vec::new(),
        }
    }

    #[test]
    fn times_and_numbers_agree_whichever_thread_comes_first() {
        let stream = Stream::new(SMALL);
        stream.append(Duration::from_millis(2), fetched("/a"));
        stream.append(Duration::from_millis(1), fetched("/b"));
        let times: Vec<u64> = stream
            .page(0, 9)
            .iter()
            .map(|event| event.at_micros)
            .collect();
        assert_eq!(times, [2000, 2000]);
    }

    fn exchange() -> Kind {
        Kind::Exchange(Box::new(Exchange {
            sent: 0,
            first: None,
            place: None,
            outcome: RecordedOutcome::Silent {
                reason: "refused".into(),
            },
            evidence: Some(Box::new(Evidence {
                url: "http://127.0.0.1/".into(),
                body: Body::of(b"push"),
                ..Evidence::default()
            })),
        }))
    }

    fn numbers(events: &[Arc<Event>]) -> Vec<u64> {
        events.iter().map(|event| event.number).collect()
    }

    #[test]
    fn the_oldest_is_forgotten_and_milestones_are_kept() {
        let stream = Stream::new(SMALL);
        for kind in [fetched("/1"), contact(), fetched("/2"), fetched("/3")] {
            stream.append(Duration::ZERO, kind);
        }
        assert_eq!(numbers(&stream.page(0, 9)), [2, 3]);
        assert_eq!(numbers(&stream.page(3, 9)), [3]);
        assert_eq!(numbers(&stream.milestones()), [1]);
        let between = |from, to| stream.milestones_between(from, to);
        assert_eq!((between(0, 2), between(0, 1), between(2, 4)), (1, 0, 0));
        assert_eq!(stream.mark(), 4);
    }

    #[test]
    fn each_hears_what_it_wants_without_a_gap() {
        let stream = Stream::new(SMALL);
        assert!(!stream.wants_evidence());
        let mut whole = stream.subscribe(Interest::Everything);
        let mut plays = stream.subscribe(Interest::Plays);
        assert!(stream.wants_evidence());
        for kind in [fetched("/1"), contact(), exchange()] {
            stream.append(Duration::ZERO, kind);
        }
        let mut heard = Vec::new();
        while let Some(event) = whole.ready() {
            heard.push(event);
        }
        assert_eq!(numbers(&heard), [0, 1, 2]);
        assert_eq!(plays.ready().map(|event| event.number), Some(1));
        assert!(plays.ready().is_none());
        let evidence = |event: &Event| {
            event
                .kind
                .exchange()
                .is_some_and(|exchange| exchange.evidence.is_some())
        };
        assert!(evidence(&heard[2]), "it is handed on");
        assert!(!evidence(&stream.page(2, 1)[0]), "it is not kept");
        drop(whole);
        stream.append(Duration::ZERO, contact());
        assert!(!stream.wants_evidence());
    }

    #[tokio::test]
    async fn what_comes_later_is_waited_for() {
        let stream = Arc::new(Stream::new(SMALL));
        let waiting = tokio::spawn({
            let stream = Arc::clone(&stream);
            async move { stream.wait(0, |kind| *kind == fetched("/b")).await.number }
        });
        tokio::task::yield_now().await;
        stream.append(Duration::ZERO, fetched("/a"));
        stream.append(Duration::ZERO, fetched("/b"));
        assert_eq!(waiting.await.unwrap(), 1);
    }
}
