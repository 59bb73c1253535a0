//! The present, for whoever stamps or checks a message.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since the Unix epoch.
///
/// On a runtime whose time is paused it moves with that time: a server that waits six seconds there sees six seconds
/// pass on the clock as well. Elsewhere it is the machine's clock, also after the machine slept.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge that hands the time to everything else"
)]
pub fn unix_now() -> Duration {
    let machine = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    // The two are one clock, unless a test has paused the first.
    let virtual_now = tokio::time::Instant::now().into_std();
    let real_now = std::time::Instant::now();
    (machine + virtual_now.saturating_duration_since(real_now))
        .saturating_sub(real_now.saturating_duration_since(virtual_now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn paused_time_moves_the_present() {
        let before = unix_now();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let passed = unix_now().checked_sub(before).unwrap();
        let second = Duration::from_secs(1);
        assert!(
            (3600 * second..3601 * second).contains(&passed),
            "{passed:?}"
        );
    }
}
