//! The record of everything that went out and came in: append-only, awaitable, bounded.

use std::{
    borrow::Cow,
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use crate::{
    bounds::{RECORDS, RECORDS_BYTES},
    state::access_token::Kind,
};

/// One thing that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Counts from 0 and never repeats, also when old records are forgotten.
    pub number: u64,
    /// From the start of the platform.
    pub at: Duration,
    /// What it was.
    pub kind: RecordKind,
}

/// What can happen. Queries and bodies are not kept here: they hold signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordKind {
    /// A request left for the server; recorded before its answer is known.
    Sent {
        /// `GET` or `POST`.
        method: &'static str,
        /// The URL's path.
        path: String,
        /// What a push of the standing platform says, like `event subscribe_msg_sent_event to o…`.
        what: Option<String>,
    },
    /// The request recorded as `sent` was answered.
    Answered {
        /// The number of its `Sent` record.
        sent: u64,
        /// The status code.
        status: u16,
        /// To the end of the headers.
        first_byte: Duration,
        /// To the end of the body.
        total: Duration,
    },
    /// The request recorded as `sent` has no usable answer.
    Unanswered {
        /// The number of its `Sent` record.
        sent: u64,
        /// Why not.
        reason: String,
    },
    /// Something fetched a path of our listener.
    Fetched {
        /// The path, at most 200 bytes of it.
        path: String,
    },
    /// The API was called; recorded on arrival, before a slow answer is out.
    Called(Box<Called>),
}

impl RecordKind {
    /// The bytes that a record of it takes, about.
    fn bytes(&self) -> usize {
        let own = match self {
            Self::Sent { path, what, .. } => path.len() + what.as_ref().map_or(0, String::len),
            Self::Answered { .. } => 0,
            Self::Unanswered { reason, .. } => reason.len(),
            Self::Fetched { path } => path.len(),
            Self::Called(called) => size_of::<Called>() + called.path.len() + called.body.len(),
        };
        size_of::<Record>() + own
    }
}

/// A call of the API. Tokens, secrets, codes and keys are not kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Called {
    /// `GET`, `POST`, or `other`.
    pub method: &'static str,
    /// The path.
    pub path: Cow<'static, str>,
    /// Whether there is such an endpoint, and of that method.
    pub planned: bool,
    /// Whose call it was, if that could be told.
    pub appid: Option<Arc<str>>,
    /// The serial number of the access token it carried, if that is known.
    pub token: Option<u64>,
    /// Which endpoint issued that token.
    pub token_kind: Option<Kind>,
    /// The user it was about.
    pub openid: Option<Arc<str>>,
    /// Whether a message to that user was taken: an effect.
    pub sent: bool,
    /// What it was answered; 0 is success.
    pub errcode: i64,
    /// The status it was answered with.
    pub status: u16,
    /// The fault that struck it.
    pub fault: Option<&'static str>,
    /// The beginning of its body, where that holds no credential.
    pub body: Box<[u8]>,
}

/// The journal. Old records are forgotten beyond the capacity, newest kept.
#[derive(Debug)]
pub struct Journal {
    began: Instant,
    capacity: usize,
    most_bytes: usize,
    records: Mutex<Kept>,
    /// The number of the next record; changes inside the lock, so that numbers and order agree.
    next: AtomicU64,
    news: Notify,
}

/// The records that are remembered, and the bytes they take.
#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Record>,
    bytes: usize,
}

impl Kept {
    /// How many of the records lie before a mark.
    fn skipped(&self, mark: u64) -> usize {
        let first = self.records.front().map_or(0, |record| record.number);
        usize::try_from(mark.saturating_sub(first)).unwrap_or(usize::MAX)
    }
}

impl Journal {
    /// An empty journal that keeps at most `capacity` records, and never more than [`RECORDS`] nor than fit into
    /// [`RECORDS_BYTES`]; times count from `began`.
    pub fn new(began: Instant, capacity: usize) -> Self {
        Self {
            began,
            capacity: capacity.min(RECORDS),
            most_bytes: RECORDS_BYTES,
            records: Mutex::default(),
            next: AtomicU64::new(0),
            news: Notify::new(),
        }
    }

    /// The same within so many bytes.
    #[must_use]
    pub fn within(self, bytes: usize) -> Self {
        Self {
            most_bytes: bytes.min(RECORDS_BYTES),
            ..self
        }
    }

    /// Appends a record and wakes whoever waits; returns its number.
    pub fn append(&self, kind: RecordKind) -> u64 {
        let at = self.began.elapsed();
        let bytes = kind.bytes();
        let mut kept = self.lock();
        let number = self.next.load(Ordering::Relaxed);
        kept.records.push_back(Record { number, at, kind });
        kept.bytes += bytes;
        let mut forgotten = Vec::new();
        while kept.records.len() > self.capacity || kept.bytes > self.most_bytes {
            let Some(oldest) = kept.records.pop_front() else {
                break;
            };
            kept.bytes -= oldest.kind.bytes();
            forgotten.push(oldest);
        }
        self.next.store(number + 1, Ordering::Release);
        drop(kept);
        // Outside the lock: freeing a record and waking others takes a while.
        drop(forgotten);
        self.news.notify_waiters();
        number
    }

    /// The time since the start that records count from.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The number the next record will have: a bookmark for [`Self::since`] and [`Self::wait`].
    pub fn mark(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// The records from that mark on that are still remembered.
    pub fn since(&self, mark: u64) -> Vec<Record> {
        self.page(mark, usize::MAX)
    }

    /// The same, at most `count` of them, oldest first.
    pub fn page(&self, mark: u64, count: usize) -> Vec<Record> {
        let kept = self.lock();
        let skipped = kept.skipped(mark);
        let wanted = kept.records.iter().skip(skipped).take(count);
        wanted.cloned().collect()
    }

    /// The first record from that mark on that satisfies the predicate, as soon as it is there;
    /// `None` once the deadline has passed.
    pub async fn wait(
        &self,
        mark: u64,
        deadline: Instant,
        predicate: impl Fn(&RecordKind) -> bool,
    ) -> Option<Record> {
        let mut from = mark;
        loop {
            // Listening first, then looking: what comes in between is not missed.
            let mut news = pin!(self.news.notified());
            news.as_mut().enable();
            // Looked at where they are: a waiter that copied all of them would hold megabytes while it waits.
            match self.find(from, &predicate) {
                Ok(found) => return Some(found),
                Err(next) => from = next,
            }
            if timeout_at(deadline, news).await.is_err() {
                return None;
            }
        }
    }

    /// The first record from that mark on that satisfies the predicate, or where to go on.
    fn find(&self, mark: u64, predicate: impl Fn(&RecordKind) -> bool) -> Result<Record, u64> {
        let records = self.lock();
        let found = records
            .records
            .iter()
            .skip(records.skipped(mark))
            .find(|record| predicate(&record.kind));
        let last = records.records.back();
        found
            .cloned()
            .ok_or_else(|| last.map_or(mark, |last| mark.max(last.number + 1)))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A record is pushed whole or not at all, so a poisoned lock holds nothing torn.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn fetched(path: &str) -> RecordKind {
        RecordKind::Fetched { path: path.into() }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_for_a_record_that_comes_later() {
        let journal = Arc::new(Journal::new(Instant::now(), 10));
        let mark = journal.mark();
        let waiting = tokio::spawn({
            let journal = Arc::clone(&journal);
            async move {
                let deadline = Instant::now() + Duration::from_secs(60);
                journal
                    .wait(mark, deadline, |kind| *kind == fetched("/b"))
                    .await
            }
        });
        journal.append(fetched("/a"));
        journal.append(fetched("/b"));
        assert_eq!(waiting.await.unwrap().unwrap().number, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_at_the_deadline() {
        let journal = Journal::new(Instant::now(), 10);
        let deadline = Instant::now() + Duration::from_secs(1);
        assert_eq!(journal.wait(0, deadline, |_| true).await, None);
    }

    #[tokio::test]
    async fn forgets_the_oldest_and_keeps_counting() {
        let journal = Journal::new(Instant::now(), 2);
        for path in ["/1", "/2", "/3"] {
            journal.append(fetched(path));
        }
        let kept: Vec<u64> = journal
            .since(0)
            .iter()
            .map(|record| record.number)
            .collect();
        assert_eq!(kept, [1, 2]);
        assert_eq!(journal.mark(), 3);
    }
}
