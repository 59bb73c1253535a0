//! The time at which a phone fetches by itself: twelve hours after its last successful update, as long as the mini program was used
//! within seven days.

use std::{cmp::Reverse, collections::BinaryHeap};

use wxcheck_protocol::limits::{FETCH_PERIOD, FETCH_USED_WITHIN};

use super::{HOUR, Moment};

/// From a failed update to the next try. Our own: the page says what the twelve hours count from, and not when a phone
/// tries again.
const RETRY: Moment = HOUR;

/// Keys and the times at which they are due, the soonest first. Each key should stand in it once.
#[derive(Clone, Debug)]
pub struct Schedule<K>(BinaryHeap<Reverse<(Moment, K)>>);

impl<K: Ord> Schedule<K> {
    /// One with room for so many keys; it grows beyond.
    pub fn with_room(keys: usize) -> Self {
        Self(BinaryHeap::with_capacity(keys))
    }

    /// Makes a key due.
    pub fn add(&mut self, at: Moment, key: K) {
        self.0.push(Reverse((at, key)));
    }

    /// Takes the soonest key that is due, with the moment at which it was.
    pub fn take_due(&mut self, now: Moment) -> Option<(Moment, K)> {
        if self.next()? > now {
            return None;
        }
        self.0.pop().map(|Reverse(due)| due)
    }

    /// The soonest moment at which anything is due.
    pub fn next(&self) -> Option<Moment> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// The number of keys that are due by that time.
    pub fn due(&self, now: Moment) -> u64 {
        self.0.iter().filter(|Reverse((at, _))| *at <= now).count() as u64
    }

    /// The number of keys that wait.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if no key waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that are held for it.
    pub fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Reverse<(Moment, K)>>()
    }
}

impl<K: Ord> Default for Schedule<K> {
    fn default() -> Self {
        Self::with_room(0)
    }
}

/// The time at which a phone fetches again after an update that succeeded at that moment.
pub fn after_success(at: Moment) -> Moment {
    at + millis(FETCH_PERIOD)
}

/// The same after one that failed.
pub const fn after_failure(at: Moment) -> Moment {
    at + RETRY
}

/// True if a mini program that was used at that moment is still updated.
pub fn is_kept_fresh(used: Moment, now: Moment) -> bool {
    now <= used + millis(FETCH_USED_WITHIN)
}

fn millis(duration: std::time::Duration) -> Moment {
    Moment::try_from(duration.as_millis()).unwrap_or(Moment::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::DAY;

    #[test]
    fn the_soonest_comes_first_and_what_is_not_due_stays() {
        let mut schedule = Schedule::default();
        for (at, key) in [(30, 'c'), (10, 'a'), (20, 'b')] {
            schedule.add(at, key);
        }
        assert_eq!(schedule.next(), Some(10));
        assert_eq!(schedule.take_due(20), Some((10, 'a')));
        assert_eq!(schedule.take_due(20), Some((20, 'b')));
        assert_eq!(schedule.take_due(20), None);
        assert_eq!(schedule.len(), 1);
    }

    #[test]
    fn twelve_hours_and_seven_days() {
        assert_eq!(after_success(5), 5 + 12 * HOUR);
        assert!(is_kept_fresh(5, 5 + 7 * DAY) && !is_kept_fresh(5, 6 + 7 * DAY));
    }
}
