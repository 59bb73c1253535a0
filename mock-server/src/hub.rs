//! The state, clock and journal that the parts of a served platform share.

use std::{
    cell::OnceCell,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::sleep};
use wxcheck_events::{ClockMoved, FaultChange, Kind};

use crate::{
    api::{self, ApiAnswer, Call},
    clock::{Clock, TooFar},
    journal::Journal,
    mask::Mask,
    state::{Moment, State, kept::Changes},
    storing::{StoreStatus, Writes},
};

/// The time is looked at again at least this often while the clock runs.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A request of the API as the listener takes it in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The query: everything behind the `?`.
    pub query: &'a str,
    /// The Content-Type.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The sender's address.
    pub client: IpAddr,
}

/// State, clock and journal of one platform.
#[derive(Debug)]
pub struct Hub {
    state: Mutex<State>,
    clock: Clock,
    journal: Arc<Journal>,
    /// Changes when pushes were posted, or a phone is to fetch at another time.
    posted: watch::Sender<()>,
    /// False while users and messages of earlier processes are still read.
    whole: watch::Sender<bool>,
    /// The state of the store, if there is one.
    store: Option<Mutex<Writes>>,
    seed: u64,
}

impl Hub {
    /// A platform with that state.
    pub fn new(state: State, seed: u64, clock: Clock, journal: Arc<Journal>) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
            journal,
            posted: watch::Sender::new(()),
            whole: watch::Sender::new(true),
            store: None,
            seed,
        }
    }

    /// The same with a store, of which the users and messages are still to be read.
    #[must_use]
    pub fn with_store(mut self) -> Self {
        self.lock().note_changes();
        self.store = Some(Mutex::default());
        self.whole.send_replace(false);
        self
    }

    /// The platform's time.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Ends once everything that was kept is back.
    pub(crate) async fn whole(&self) {
        let mut whole = self.whole.subscribe();
        // The sender is ours.
        let _ = whole.wait_for(|whole| *whole).await;
    }

    /// Everything that was kept is back, or a call need not wait for it.
    pub(crate) fn is_whole(&self) -> bool {
        *self.whole.borrow()
    }

    pub(crate) fn become_whole(&self) {
        self.whole.send_replace(true);
    }

    /// The changes that are not kept yet.
    pub(crate) fn take_changes(&self) -> Changes {
        self.lock().take_changes()
    }

    /// The state of the store, if there is one.
    pub fn store(&self) -> Option<StoreStatus> {
        let writes = self.store.as_ref()?.lock();
        Some(writes.unwrap_or_else(PoisonError::into_inner).status())
    }

    /// Changes outlive the process.
    pub(crate) const fn has_store(&self) -> bool {
        self.store.is_some()
    }

    pub(crate) fn note_store(&self, note: impl FnOnce(&mut Writes)) {
        if let Some(writes) = &self.store {
            note(&mut writes.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The record of everything.
    pub const fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// The seed of the platform's random values.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Answers a call of the API, and records it before the answer is on its way.
    pub fn answer(&self, incoming: &Incoming<'_>) -> ApiAnswer {
        let call = Call {
            method: incoming.method,
            path: incoming.path,
            query: incoming.query,
            content_type: incoming.content_type,
            body: incoming.body,
            client: incoming.client,
            now: self.clock.now(),
            parsed: OnceCell::new(),
        };
        call.parse_ahead();
        // Whatever takes long is done while others have the state.
        let mask = self.mask();
        let keeps_all = self.journal.keeps_evidence();
        let mut called = api::called(&call, &mask, keeps_all);
        let ((answer, refused), changes) = {
            let mut state = self.lock();
            let waiting = state.outbox.waiting();
            let answered = api::answer(&mut state, &call, &mut called);
            if keeps_all {
                api::attribute(&state, &call, &mut called);
            }
            if state.outbox.waiting() != waiting {
                self.posted.send_replace(());
            }
            (answered, state.faults.take_changes())
        };
        if keeps_all {
            called.answer = api::kept_answer(&called, &answer, &mask);
        }
        if let Some(mut request) = refused {
            request.url = mask.url(&called.path, call.query);
            self.lock().requests.remember(request);
        }
        self.journal.append(Kind::Called(Box::new(called)));
        self.note(changes);
        answer
    }

    /// Reads or changes the state, at the platform's time. Pushes that follow go out.
    pub fn with<T>(&self, change: impl FnOnce(&mut State, Moment) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.lock();
        let before = (state.outbox.waiting(), state.next_fetch());
        let result = change(&mut state, now);
        if (state.outbox.waiting(), state.next_fetch()) != before {
            self.posted.send_replace(());
        }
        let changes = state.faults.take_changes();
        drop(state);
        self.note(changes);
        result
    }

    /// Moves the clock forward; the time on it.
    pub fn advance(&self, by: Moment) -> Result<Moment, TooFar> {
        let now = self.clock.advance(by)?;
        let runs = self.clock.runs();
        self.journal
            .append(Kind::ClockMoved(ClockMoved { now, runs }));
        Ok(now)
    }

    /// Lets so much of the platform's time pass: on a clock that stands still, until somebody moves it.
    pub(crate) async fn pass(&self, pause: Duration) {
        let mut moves = self.clock.moves();
        let due = self.clock.now() + Moment::try_from(pause.as_millis()).unwrap_or(Moment::MAX);
        loop {
            moves.mark_unchanged();
            let left = due.saturating_sub(self.clock.now());
            if left == 0 {
                return;
            }
            let changed = moves.changed();
            if self.clock.runs() {
                // The machine may sleep meanwhile.
                let wait = Duration::from_millis(left).min(LONGEST_WAIT);
                tokio::select! {
                    () = sleep(wait) => {}
                    _ = changed => {}
                }
            } else if changed.await.is_err() {
                return;
            }
        }
    }

    fn note(&self, changes: Vec<FaultChange>) {
        for change in changes {
            self.journal.append(Kind::Fault(change));
        }
    }

    /// Wakes whenever pushes were posted, or a phone is to fetch at another time.
    pub(crate) fn posts(&self) -> watch::Receiver<()> {
        self.posted.subscribe()
    }

    /// The secrets that must not be shown.
    pub(crate) fn mask(&self) -> Arc<Mask> {
        Arc::clone(self.lock().mask())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A handler that panicked is our bug; a state with one call half done serves the next all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
