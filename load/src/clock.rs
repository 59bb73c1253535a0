//! The clock of the emitters, and the beat that wakes them: a poll counts whole milliseconds and rounds up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mio::Waker;

/// The time between two beats.
const BEAT: Duration = Duration::from_millis(1);

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "an emitter's thread has no runtime whose clock it could ask"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The moment at which a Unix second begins, as the clocks stand now.
#[expect(
    clippy::disallowed_methods,
    reason = "machines begin a plan together, by the time of day"
)]
pub(crate) fn beginning_of(second: u64) -> Instant {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let begins = Duration::from_secs(second);
    let present = now();
    let passed = wall.saturating_sub(begins);
    // A machine that was started after the plan had begun has no such moment.
    let begun = present.checked_sub(passed).unwrap_or(present);
    begun + begins.saturating_sub(wall)
}

/// One lane's wish to be woken.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    waker: Arc<Waker>,
    wanted: Arc<AtomicBool>,
}

impl Alarm {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            waker: Arc::new(waker),
            wanted: Arc::default(),
        }
    }

    /// Asks for the next beat.
    pub(crate) fn want(&self) {
        self.wanted.store(true, Ordering::Release);
    }
}

/// Beats at each whole millisecond from `start` on, until the sender of `end` is dropped.
pub(crate) fn beat(start: Instant, alarms: &[Alarm], end: &Receiver<()>) {
    loop {
        let present = now();
        let passed = present.saturating_duration_since(start);
        let since = Duration::from_nanos(u64::from(passed.subsec_nanos() % 1_000_000));
        let wait = if present < start {
            start.saturating_duration_since(present)
        } else {
            BEAT.saturating_sub(since)
        };
        match end.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
        for alarm in alarms {
            if alarm.wanted.swap(false, Ordering::AcqRel) {
                // Without it the lane is woken a little later.
                let _ = alarm.waker.wake();
            }
        }
    }
}
