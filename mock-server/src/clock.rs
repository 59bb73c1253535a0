//! The platform's time: that of this machine, or one that only moves when it is told to.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;
use wxcheck_network::unix_now;

use crate::{state::Moment, storing::KeptClock};

/// Seconds since the Unix epoch: the unit of a push's `timestamp` and of `CreateTime`.
pub fn unix_seconds() -> u64 {
    unix_now().as_secs()
}

/// Milliseconds since the Unix epoch: the unit of FinClip's `timeStamp`.
pub fn unix_milliseconds() -> u64 {
    machine_now()
}

/// The furthest the clock can be advanced in all: a hundred years.
pub const ADVANCE_LIMIT: Moment = 100 * 366 * crate::state::DAY;

/// A clock that can be advanced.
#[derive(Debug)]
pub struct Clock {
    /// The time of a virtual clock; `None` for one that runs with this machine's.
    stands_at: Option<Moment>,
    advanced: AtomicU64,
    writing: Mutex<()>,
    moved: watch::Sender<u64>,
}

/// A clock was to be advanced too far.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the clock cannot be advanced by more than a hundred years in all")]
pub struct TooFar;

impl Clock {
    /// Runs with this machine's clock.
    pub fn real() -> Self {
        Self::new(None)
    }

    /// Stands still until it is advanced.
    pub fn standing_at(moment: Moment) -> Self {
        Self::new(Some(moment))
    }

    /// Stands still at the present until it is advanced.
    pub fn standing_now() -> Self {
        Self::standing_at(machine_now())
    }

    fn new(stands_at: Option<Moment>) -> Self {
        Self {
            stands_at,
            advanced: AtomicU64::new(0),
            writing: Mutex::new(()),
            moved: watch::Sender::new(0),
        }
    }

    /// The time on it.
    pub fn now(&self) -> Moment {
        self.stands_at.unwrap_or_else(machine_now) + self.advanced.load(Ordering::Acquire)
    }

    /// The clock as it is kept.
    pub(crate) fn kept(&self) -> KeptClock {
        KeptClock {
            stands_at: self.stands_at,
            advanced: self.advanced.load(Ordering::Acquire),
        }
    }

    /// The same clock, going on from where one was that was kept.
    #[must_use]
    pub fn going_on(self, kept: KeptClock) -> Self {
        self.advanced.store(kept.advanced, Ordering::Release);
        Self {
            stands_at: self.stands_at.map(|now| kept.stands_at.unwrap_or(now)),
            ..self
        }
    }

    /// True if the clock runs by itself.
    pub const fn runs(&self) -> bool {
        self.stands_at.is_none()
    }

    /// Moves it forward; returns the time on it.
    pub fn advance(&self, by: Moment) -> Result<Moment, TooFar> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let advanced = self
            .advanced
            .load(Ordering::Acquire)
            .checked_add(by)
            .filter(|total| *total <= ADVANCE_LIMIT)
            .ok_or(TooFar)?;
        self.advanced.store(advanced, Ordering::Release);
        self.moved.send_modify(|times| *times += 1);
        Ok(self.now())
    }

    /// Wakes whenever the clock is advanced.
    pub fn moves(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}

fn machine_now() -> Moment {
    Moment::try_from(unix_now().as_millis()).unwrap_or(Moment::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_clock_goes_on_from_where_it_was() {
        let before = Clock::standing_at(1000);
        before.advance(50).unwrap();
        assert_eq!(Clock::standing_at(9000).going_on(before.kept()).now(), 1050);
        let real = Clock::real().going_on(before.kept());
        assert!(real.runs() && real.now() >= machine_now());
        let standing = Clock::standing_at(9000).going_on(real.kept());
        assert_eq!(standing.now(), 9050);
    }

    use super::*;
    use crate::state::{DAY, HOUR};

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let clock = Clock::standing_at(1000);
        assert_eq!((clock.now(), clock.now()), (1000, 1000));
        assert_eq!(clock.advance(12 * HOUR), Ok(1000 + 12 * HOUR));
        assert_eq!(clock.advance(Moment::MAX), Err(TooFar));
        assert_eq!(clock.advance(101 * 366 * DAY), Err(TooFar));
        assert_eq!(clock.now(), 1000 + 12 * HOUR);
    }

    #[test]
    fn a_real_clock_runs_and_can_be_advanced() {
        let clock = Clock::real();
        let before = clock.now();
        clock.advance(HOUR).unwrap();
        assert!(clock.now() >= before + HOUR && clock.runs());
    }
}
