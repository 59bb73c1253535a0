//! The lateness of this process: on a busy machine its own timers fire after they were due, and what looks like a slow
//! server may be us.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until},
};

/// The interval of the timer.
const TICK: Duration = Duration::from_millis(25);
/// Timers are often late by less: some systems wake up 64 times a second. An exchange has few waits that could each
/// be so late.
const USUAL: Duration = Duration::from_millis(20);
/// The number of late ticks that are remembered, newest kept; far more than fall into one exchange.
const REMEMBERED: usize = 4096;

/// A timer that is watched. It stops when this is dropped.
#[derive(Debug)]
pub struct Lateness {
    ticks: Arc<Ticks>,
    ticking: JoinHandle<()>,
}

#[derive(Debug)]
struct Ticks {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The time at which the next tick is due.
    due: Instant,
    /// The time at which each late tick was due, and how late it was.
    late: VecDeque<(Instant, Duration)>,
    worst: Duration,
}

impl Lateness {
    /// Begins to watch, on the runtime of whoever calls.
    pub fn watch() -> Self {
        let ticks = Arc::new(Ticks {
            state: Mutex::new(State {
                due: Instant::now() + TICK,
                late: VecDeque::new(),
                worst: Duration::ZERO,
            }),
        });
        let ticking = tokio::spawn({
            let ticks = Arc::clone(&ticks);
            async move {
                loop {
                    let due = ticks.lock().due;
                    sleep_until(due).await;
                    ticks.lock().tick(Instant::now());
                }
            }
        });
        Self { ticks, ticking }
    }

    /// The time that this process lost since then: the sum of what its timer was late by.
    pub fn since(&self, from: Instant) -> Duration {
        let state = self.ticks.lock();
        // A tick that is overdue at this moment counts too: whoever asks may be the first to run again.
        let overdue = Instant::now().saturating_duration_since(state.due);
        let late = state.late.iter().rev();
        let lost: Duration = late
            .take_while(|(due, late)| *due + *late > from)
            // Only what lies behind `from`.
            .map(|(due, late)| (*due + *late).saturating_duration_since(from).min(*late))
            .sum();
        lost + if overdue > USUAL {
            overdue.min(Instant::now().saturating_duration_since(from))
        } else {
            Duration::ZERO
        }
    }

    /// The longest that one tick was late.
    pub fn worst(&self) -> Duration {
        self.ticks.lock().worst
    }
}

impl Drop for Lateness {
    fn drop(&mut self) {
        self.ticking.abort();
    }
}

impl Ticks {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A tick is noted whole or not at all, so a poisoned lock holds nothing torn.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tick(&mut self, now: Instant) {
        let late = now.saturating_duration_since(self.due);
        if late > USUAL {
            self.late.push_back((self.due, late));
            self.late
                .drain(..self.late.len().saturating_sub(REMEMBERED));
            self.worst = self.worst.max(late);
        }
        self.due = now + TICK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn state(due: Instant) -> State {
        State {
            due,
            late: VecDeque::new(),
            worst: Duration::ZERO,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_on_time_loses_nothing() {
        let lateness = Lateness::watch();
        let begun = Instant::now();
        sleep_until(begun + 10 * SECOND).await;
        assert_eq!(lateness.since(begun), Duration::ZERO);
        assert_eq!(lateness.worst(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_stall_took_is_counted_from_then_on_only() {
        let lateness = Lateness::watch();
        tokio::task::yield_now().await;
        let begun = Instant::now();
        // Time passes and nobody runs: that is what a stall is.
        tokio::time::advance(3 * SECOND).await;
        let lost = lateness.since(begun);
        assert!((2 * SECOND..=3 * SECOND).contains(&lost), "{lost:?}");
        sleep_until(begun + 10 * SECOND).await;
        assert_eq!(lateness.since(begun + 5 * SECOND), Duration::ZERO);
        assert!(lateness.worst() > 2 * SECOND);
    }

    #[test]
    fn a_stall_that_began_before_counts_in_part() {
        let due = Instant::now();
        let mut state = state(due);
        state.tick(due + 2 * SECOND);
        assert_eq!(state.late, [(due, 2 * SECOND)]);
        assert_eq!(state.due, due + 2 * SECOND + TICK);
        state.tick(state.due + USUAL);
        assert_eq!(state.late.len(), 1, "timers are as they are");
    }
}
