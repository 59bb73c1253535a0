//! The rate at which requests go out, where a run is to be gentle.

use std::{cell::Cell, time::Duration};

use tokio::time::{Instant, sleep_until};

/// A rate that requests keep to, one after the other.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// The time between two requests; none where they go out at once.
    every: Cell<Duration>,
    /// The moment from which the next one may go out.
    next: Cell<Option<Instant>>,
}

impl Rate {
    /// From now on so many requests a second at most.
    pub(super) fn limit(&self, per_second: f64) {
        let every = Duration::try_from_secs_f64(per_second.recip());
        self.every.set(every.unwrap_or_default());
    }

    /// Waits until the next request may go out, and says how long.
    pub(super) async fn turn(&self) -> Duration {
        let every = self.every.get();
        if every.is_zero() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let mine = self.next.get().map_or(now, |next| next.max(now));
        self.next.set(Some(mine + every));
        sleep_until(mine).await;
        mine - now
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_distance_also_where_they_come_at_once() {
        let rate = Rate::default();
        assert_eq!(rate.turn().await, Duration::ZERO);
        rate.limit(4.0);
        let begun = Instant::now();
        join_all((0..5).map(|_| rate.turn())).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        // Time that nobody used is not saved up.
        sleep_until(begun + Duration::from_secs(10)).await;
        join_all((0..3).map(|_| rate.turn())).await;
        assert_eq!(begun.elapsed(), Duration::from_millis(10_500));
    }
}
