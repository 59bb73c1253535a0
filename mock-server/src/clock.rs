//! The one place where this crate reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch: the unit of a push's `timestamp` and of `CreateTime`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge that hands the time to everything else"
)]
pub fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}
