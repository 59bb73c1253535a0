//! Latencies of many answers, and reasons why others did not come: counted in bounded memory.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::{
    bounds::{REASON_BYTES, REASONS},
    cut::cut,
};

/// The longest latency that is told apart, in microseconds.
const LONGEST: u64 = 120_000_000;

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

/// Latencies as they come, to three digits.
#[derive(Debug)]
pub(crate) struct Latencies(Option<Histogram<u64>>);

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).ok())
    }

    /// One more.
    pub(crate) fn record(&mut self, took: Duration) {
        if let Some(histogram) = &mut self.0 {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            histogram.saturating_record(micros.max(1));
        }
    }

    /// Their percentiles; none where there were none.
    pub(crate) fn summary(&self) -> Option<Latency> {
        let histogram = self.0.as_ref().filter(|latency| !latency.is_empty())?;
        // At most two minutes in microseconds, which a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let millis = |micros: u64| micros as f64 / 1000.0;
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        Some(Latency {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(histogram.max()),
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
        let mut latencies = Latencies::new();
        assert!(latencies.summary().is_none());
        for millis in 1..=1000 {
            latencies.record(Duration::from_millis(millis));
        }
        let summary = latencies.summary().unwrap();
        for (told, wanted) in [(summary.p50, 500.0), (summary.p99, 990.0)] {
            assert!((told - wanted).abs() < wanted / 100.0, "{told}");
        }
        latencies.record(Duration::MAX);
        assert!(latencies.summary().unwrap().max >= 120_000.0);
    }
}
