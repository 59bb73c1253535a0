//! Latencies of many answers, and reasons why others did not come: counted in bounded memory.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    bounds::{REASON_BYTES, REASONS},
    cut::cut,
    histogram::Histogram,
};

/// Percentiles, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Latency {
    /// The percentiles of what was recorded; none where there was nothing.
    pub(crate) fn of(latencies: &Histogram) -> Option<Self> {
        // At most two minutes in microseconds, which a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let millis = |micros: u64| micros as f64 / 1000.0;
        let at = |part| latencies.quantile(part).map(millis);
        Some(Self {
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            p999: at(0.999)?,
            max: latencies.max().map(millis)?,
        })
    }
}

/// Counts a reason. A server can make each one different; beyond a bound they are counted together.
pub(crate) fn tally(reasons: &mut BTreeMap<String, u64>, reason: &str) {
    let reason = cut(reason, REASON_BYTES);
    let known = reasons.contains_key(reason) || reasons.len() < REASONS;
    let counted = if known { reason } else { "for other reasons" };
    *reasons.entry(counted.to_owned()).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_server_that_words_each_refusal_anew_fills_no_memory() {
        let mut reasons = BTreeMap::new();
        for number in 0..1000 {
            tally(&mut reasons, &format!("{number} {}", "x".repeat(100_000)));
        }
        assert_eq!(reasons.len(), REASONS + 1);
        assert_eq!(reasons["for other reasons"], 900);
        assert!(reasons.keys().all(|reason| reason.len() <= REASON_BYTES));
    }

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut latencies = Histogram::default();
        assert!(Latency::of(&latencies).is_none());
        for millis in 1..=1000 {
            latencies.record(Duration::from_millis(millis));
        }
        let summary = Latency::of(&latencies).unwrap();
        for (told, wanted) in [(summary.p50, 500.0), (summary.p99, 990.0)] {
            assert!((told - wanted).abs() < wanted / 100.0, "{told}");
        }
        latencies.record(Duration::MAX);
        assert!(Latency::of(&latencies).unwrap().max >= 120_000.0);
    }
}
