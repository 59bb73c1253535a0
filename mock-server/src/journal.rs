//! The record of everything that went out and came in: append-only, awaitable, bounded.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
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
}

/// The journal. Old records are forgotten beyond the capacity, newest kept.
#[derive(Debug)]
pub struct Journal {
    began: Instant,
    capacity: usize,
    records: Mutex<VecDeque<Record>>,
    next: watch::Sender<u64>,
}

impl Journal {
    /// An empty journal that keeps at most `capacity` records; times count from `began`.
    pub fn new(began: Instant, capacity: usize) -> Self {
        Self {
            began,
            capacity,
            records: Mutex::new(VecDeque::new()),
            next: watch::Sender::new(0),
        }
    }

    /// Appends a record and wakes whoever waits; returns its number.
    pub fn append(&self, kind: RecordKind) -> u64 {
        let at = self.began.elapsed();
        let mut records = self.lock();
        let number = *self.next.borrow();
        records.push_back(Record { number, at, kind });
        while records.len() > self.capacity {
            records.pop_front();
        }
        // Inside the lock, so that numbers and order agree.
        self.next.send_replace(number + 1);
        number
    }

    /// The number the next record will have: a bookmark for [`Self::since`] and [`Self::wait`].
    pub fn mark(&self) -> u64 {
        *self.next.borrow()
    }

    /// The records from that mark on that are still remembered.
    pub fn since(&self, mark: u64) -> Vec<Record> {
        self.lock()
            .iter()
            .filter(|record| record.number >= mark)
            .cloned()
            .collect()
    }

    /// The first record from that mark on that satisfies the predicate, as soon as it is there;
    /// `None` once the deadline has passed.
    pub async fn wait(
        &self,
        mark: u64,
        deadline: Instant,
        predicate: impl Fn(&RecordKind) -> bool,
    ) -> Option<Record> {
        let mut news = self.next.subscribe();
        let mut from = mark;
        loop {
            let fresh = self.since(from);
            if let Some(found) = fresh.iter().find(|record| predicate(&record.kind)) {
                return Some(found.clone());
            }
            from = fresh.last().map_or(from, |record| record.number + 1);
            let woken = timeout_at(deadline, news.wait_for(|next| *next > from)).await;
            if woken.is_err() {
                return None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Record>> {
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
