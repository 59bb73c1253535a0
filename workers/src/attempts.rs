//! Workers and the shards that they carried out, from which second to which: what was lost between two workers, and what two of them sent.

use std::collections::{BTreeMap, BTreeSet};

use wxcheck_load::{
    counts::Interval,
    report::{Spread, Twice},
    shard::Lost,
};

use crate::message::{News, Said};

/// Seconds of an attempt that are kept, the latest.
const MOST_SECONDS: usize = 120;

/// The attempts at every shard, as far as they were told.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    shards: Vec<BTreeMap<u64, Attempt>>,
}

#[derive(Clone, Debug, Default)]
struct Attempt {
    worker: String,
    ready: bool,
    /// The second with which it began, if it did.
    begun: Option<u64>,
    /// Requests that it sent, by the second in which it sent them.
    sent: BTreeMap<u64, u64>,
    done: bool,
    stopped: bool,
}

impl Attempts {
    /// No attempt yet, at so many shards.
    pub fn new(shards: u32) -> Self {
        let shards = (0..shards).map(|_| BTreeMap::new());
        Self {
            shards: shards.collect(),
        }
    }

    /// Takes news in.
    pub fn take(&mut self, said: &Said) {
        let Some(attempts) = self.shards.get_mut(said.shard as usize) else {
            return;
        };
        let attempt = attempts.entry(said.attempt).or_default();
        attempt.worker.clone_from(&said.worker);
        match &said.news {
            News::Ready => attempt.ready = true,
            News::Begun(second) => attempt.begun = Some(*second),
            News::Second(interval) => attempt.take(interval),
            News::Done => attempt.done = true,
            News::Refused(_) => attempt.ready = false,
            News::Stopped(_) => {
                attempt.ready = false;
                attempt.stopped = true;
            }
        }
    }

    /// Shards that a worker has and has not given back.
    pub fn ready(&self) -> usize {
        let ready = |attempts: &&BTreeMap<u64, Attempt>| attempts.values().any(|one| one.ready);
        self.shards.iter().filter(ready).count()
    }

    /// True when nothing more comes: every shard was carried out to its end; or, in a run that was `stopped`, its last worker
    /// has said that it stopped.
    pub fn are_over(&self, stopped: bool) -> bool {
        self.shards.iter().all(|attempts| {
            let last = attempts.values().next_back();
            let gave_up = stopped && last.is_none_or(|one| one.stopped);
            gave_up || attempts.values().any(|one| one.done)
        })
    }

    /// The outcome at the end of a run of so many seconds, or of one that was `stopped` then.
    pub fn spread(&self, seconds: u64, stopped: bool) -> Spread {
        let mut spread = Spread::default();
        let mut workers = BTreeSet::new();
        for (shard, attempts) in (0_u32..).zip(&self.shards) {
            let begun = attempts.values().filter(|one| one.begun.is_some());
            let begun: Vec<&Attempt> = begun.collect();
            workers.extend(begun.iter().map(|one| one.worker.clone()));
            spread.lost.extend(lost(shard, &begun, seconds, stopped));
            spread.twice.extend(twice(shard, &begun));
        }
        spread.workers = workers.into_iter().collect();
        spread
    }
}

impl Attempt {
    fn take(&mut self, interval: &Interval) {
        *self.sent.entry(interval.second).or_default() += interval.counts.sent();
        // Two workers send the same second only where the first is cut off, not long before it is replaced.
        while self.sent.len() > MOST_SECONDS {
            self.sent.pop_first();
        }
    }

    /// The second behind the last one that it told of.
    fn told_to(&self) -> u64 {
        let last = self.sent.keys().next_back();
        last.map_or(self.begun.unwrap_or_default(), |last| last + 1)
    }
}

fn lost(shard: u32, begun: &[&Attempt], seconds: u64, stopped: bool) -> Vec<Lost> {
    let mut found = Vec::new();
    let mut told_to = 0;
    let mut worker = None;
    for attempt in begun {
        let from = attempt.begun.unwrap_or_default().min(seconds);
        if from > told_to {
            found.push(Lost {
                shard,
                worker: worker.take(),
                from: told_to,
                to: from,
            });
        }
        told_to = told_to.max(attempt.told_to());
        worker = Some(attempt.worker.clone());
    }
    // Whoever stops with the run has told everything.
    let stopped = stopped && begun.last().is_some_and(|attempt| attempt.stopped);
    let done = begun.iter().any(|attempt| attempt.done);
    if !done && !stopped && told_to < seconds {
        found.push(Lost {
            shard,
            worker,
            from: told_to,
            to: seconds,
        });
    }
    found
}

fn twice(shard: u32, begun: &[&Attempt]) -> Vec<Twice> {
    let mut most: BTreeMap<u64, u64> = BTreeMap::new();
    let mut again: BTreeMap<u64, u64> = BTreeMap::new();
    for attempt in begun {
        for (second, sent) in &attempt.sent {
            let before = most.entry(*second).or_default();
            // Both began the second with the same number, and went on in the same order.
            *again.entry(*second).or_default() += (*before).min(*sent);
            *before = (*before).max(*sent);
        }
    }
    let seconds = again.into_iter().filter(|(_, requests)| *requests > 0);
    seconds
        .map(|(second, requests)| Twice {
            shard,
            second,
            requests,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(attempt: u64, news: News) -> Said {
        Said {
            worker: format!("worker-{attempt}"),
            shard: 0,
            attempt,
            news,
        }
    }

    fn second(second: u64, sent: u64) -> News {
        let mut interval = Interval {
            second,
            ..Interval::default()
        };
        interval.counts.first = sent;
        News::Second(Box::new(interval))
    }

    fn attempts(news: impl IntoIterator<Item = (u64, News)>) -> Attempts {
        let mut attempts = Attempts::new(1);
        for (attempt, news) in news {
            attempts.take(&said(attempt, news));
        }
        attempts
    }

    #[test]
    fn a_worker_that_comes_to_the_end_loses_nothing() {
        let seconds = (0..10).map(|at| (1, second(at, 5)));
        let whole = [(1, News::Ready), (1, News::Begun(0))].into_iter();
        let whole = attempts(whole.chain(seconds).chain([(1, News::Done)]));
        assert!(whole.are_over(false) && whole.ready() == 1);
        let spread = whole.spread(10, false);
        assert_eq!(spread.workers, ["worker-1"]);
        assert!(spread.lost.is_empty() && spread.twice.is_empty());
    }

    #[test]
    fn seconds_between_two_workers_are_lost() {
        let broken = attempts([
            (1, News::Begun(0)),
            (1, second(0, 5)),
            (1, second(1, 5)),
            (2, News::Begun(6)),
            (2, second(6, 5)),
            (2, News::Done),
        ]);
        let lost = Lost {
            shard: 0,
            worker: Some("worker-1".into()),
            from: 2,
            to: 6,
        };
        assert_eq!(broken.spread(7, false).lost, [lost]);
        assert!(broken.spread(7, false).twice.is_empty());
    }

    #[test]
    fn what_nobody_took_is_lost_to_the_end() {
        let late = attempts([(1, News::Begun(3)), (1, second(3, 5))]);
        let spread = late.spread(9, true);
        let ranges: Vec<_> = spread
            .lost
            .iter()
            .map(|lost| (lost.from, lost.to))
            .collect();
        assert_eq!(ranges, [(0, 3), (4, 9)]);
        assert_eq!(spread.lost[0].worker, None);
        assert_eq!(spread.lost[1].worker.as_deref(), Some("worker-1"));
        assert_eq!(attempts([]).spread(9, true).lost[0].to, 9);
        assert!(!late.are_over(true));
    }

    #[test]
    fn what_two_workers_sent_in_one_second_was_sent_twice() {
        // The first was thought dead, and went on.
        let both = attempts([
            (1, News::Begun(0)),
            (1, second(0, 5)),
            (2, News::Begun(1)),
            (1, second(1, 3)),
            (2, second(1, 5)),
            (2, second(2, 5)),
            (2, News::Done),
        ]);
        let spread = both.spread(3, false);
        assert!(spread.lost.is_empty(), "{:?}", spread.lost);
        let twice = Twice {
            shard: 0,
            second: 1,
            requests: 3,
        };
        assert_eq!(spread.twice, [twice]);
    }

    #[test]
    fn a_shard_that_is_given_back_is_not_ready() {
        let given = attempts([(1, News::Ready), (1, News::Refused("another".into()))]);
        assert_eq!(given.ready(), 0);
        let stopped = attempts([(1, News::Begun(0)), (1, News::Stopped("Ctrl-C".into()))]);
        assert!(stopped.are_over(true) && !stopped.are_over(false));
        assert!(stopped.spread(3, true).lost.is_empty());
        assert_eq!(stopped.spread(3, false).lost.len(), 1);
    }
}
