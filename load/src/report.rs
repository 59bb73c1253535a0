//! The report of a run: a fold over the intervals that shards tell. Whatever order they come in, the totals are the same.

mod compared;
mod html;
mod metrics;
mod plot;
mod spread;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::histogram::Histogram;

use crate::{
    counts::{Counts, Interval},
    ledger::Ledger,
    plan::Plan,
};

pub use compared::{Change, compared};
pub use html::html;
pub use metrics::metrics;
pub use spread::{Spread, Twice};
pub use text::{line, text};

/// Seconds that are kept whole, since intervals of them may still come.
const OPEN: usize = 15;

/// The results of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    open: BTreeMap<u64, Interval>,
    rows: Vec<Row>,
    total: Interval,
}

/// One second of a run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// The second, from the beginning.
    pub second: u64,
    /// Requests whose time had come.
    pub due: u64,
    /// Requests that were sent.
    pub sent: u64,
    /// Requests that were answered correctly.
    pub good: u64,
    /// Requests that were answered otherwise, or not at all.
    pub bad: u64,
    /// Requests that were given up before they were sent.
    pub unsent: u64,
    /// Half of the pushes that ended took at most so long, in microseconds from the moment at which each was due.
    pub p50: Option<u64>,
    /// Nine tenths of them.
    pub p90: Option<u64>,
    /// All but a hundredth.
    pub p99: Option<u64>,
    /// All.
    pub max: Option<u64>,
    /// The same of fetches: half of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_p50: Option<u64>,
    /// All fetches but a hundredth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_p99: Option<u64>,
    /// All fetches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_max: Option<u64>,
}

/// Percentiles, in microseconds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Latency {
    /// The latencies that were recorded.
    pub count: u64,
    /// Half of them are at most this.
    pub p50: Option<u64>,
    /// Nine tenths.
    pub p90: Option<u64>,
    /// All but a hundredth.
    pub p99: Option<u64>,
    /// All but a thousandth.
    pub p999: Option<u64>,
    /// All.
    pub max: Option<u64>,
    /// All of them: HdrHistogram's V2 encoding, in hex.
    pub hdr: Histogram,
}

/// The report of a run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The version of wxcheck.
    pub wxcheck: String,
    /// The plan, with which every push can be named.
    pub plan: Plan,
    /// The reason for which it ended early, if it did.
    pub stopped: Option<String>,
    /// The time that it took, in milliseconds.
    pub took_millis: u64,
    /// Requests sent, a second.
    pub rate: f64,
    /// The fate of all requests.
    pub counts: Counts,
    /// Latencies of pushes from the moment at which each was due.
    pub latency: Latency,
    /// Latencies of pushes from the moment at which each was sent.
    pub service: Latency,
    /// Latencies of fetches from the moment at which each was due.
    pub fetches: Latency,
    /// The account of pushes and effects, where effects are seen.
    pub ledger: Option<Ledger>,
    /// The workers that carried it out, where it was spread over many machines.
    pub spread: Option<Spread>,
    /// The thresholds that were given, each with what was measured.
    pub thresholds: Vec<Checked>,
    /// Every second.
    pub seconds: Vec<Row>,
}

/// A threshold, and what was measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// The threshold, as it was given.
    pub threshold: String,
    /// The value; none where nothing was measured.
    pub value: Option<f64>,
    /// True if the run fails by it. What could not be measured fails it too.
    pub fails: bool,
}

impl Report {
    /// True if it came to its end, with all of its shards.
    pub fn is_whole(&self) -> bool {
        let seconds = self.plan.pace.millis().div_ceil(1000);
        let mut lost = self.spread.iter().flat_map(|spread| &spread.lost);
        self.stopped.is_none() && !lost.any(|lost| lost.to >= seconds)
    }
}

impl Report {
    /// True if no answer came, so that nothing can be said of the server, whatever the thresholds hold.
    pub fn judges_nothing(&self) -> bool {
        let ended = self.latency.count + self.fetches.count + self.counts.forged_refused;
        ended <= self.counts.cut
    }

    /// The report with other words for why connections failed.
    #[must_use]
    pub fn with_reasons(mut self, words: impl Fn(&str) -> String) -> Self {
        let reasons = std::mem::take(&mut self.counts.reasons);
        for (reason, count) in reasons {
            // Two reasons may be one in these words.
            *self.counts.reasons.entry(words(&reason)).or_default() += count;
        }
        self
    }
}

impl Timeline {
    /// Takes an interval in.
    pub fn take(&mut self, interval: &Interval) {
        self.total.merge(interval);
        let second = interval.second;
        // One that comes very late counts in the totals, and in its row what adds up.
        if let Ok(place) = self.rows.binary_search_by_key(&second, |row| row.second) {
            self.rows[place].add(&interval.counts);
            return;
        }
        self.open.entry(second).or_default().add(interval);
        while self.open.len() > OPEN
            && let Some((second, whole)) = self.open.pop_first()
        {
            self.rows.push(Row::of(second, &whole));
        }
        self.rows.sort_by_key(|row| row.second);
    }

    /// The sum of all intervals so far.
    pub const fn total(&self) -> &Interval {
        &self.total
    }

    /// The last second that is surely over.
    pub fn latest(&self) -> Option<Row> {
        let mut open = self.open.iter().rev();
        let (second, interval) = open.nth(1).or_else(|| self.open.iter().next())?;
        Some(Row::of(*second, interval))
    }

    /// Every second so far.
    pub fn rows(&self) -> Vec<Row> {
        let open = self.open.iter();
        let open = open.map(|(second, interval)| Row::of(*second, interval));
        self.rows.iter().cloned().chain(open).collect()
    }

    /// The report.
    pub fn report(
        &self,
        wxcheck: &str,
        plan: &Plan,
        stopped: Option<String>,
        took_millis: u64,
    ) -> Report {
        let Interval {
            counts,
            latency,
            service,
            fetches,
            ..
        } = &self.total;
        // Below 2^53.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let rate = counts.sent() as f64 / (took_millis.max(1) as f64 / 1000.0);
        Report {
            wxcheck: wxcheck.to_owned(),
            plan: plan.clone(),
            stopped,
            took_millis,
            rate,
            counts: counts.clone(),
            latency: Latency::of(latency),
            service: Latency::of(service),
            fetches: Latency::of(fetches),
            ledger: None,
            spread: None,
            thresholds: Vec::new(),
            seconds: self.rows(),
        }
    }
}

impl Row {
    fn of(second: u64, interval: &Interval) -> Self {
        let Interval {
            latency, fetches, ..
        } = interval;
        let mut row = Self {
            second,
            p50: latency.quantile(0.5),
            p90: latency.quantile(0.9),
            p99: latency.quantile(0.99),
            max: latency.max(),
            fetch_p50: fetches.quantile(0.5),
            fetch_p99: fetches.quantile(0.99),
            fetch_max: fetches.max(),
            ..Self::default()
        };
        row.add(&interval.counts);
        row
    }

    fn add(&mut self, counts: &Counts) {
        self.due += counts.due;
        self.sent += counts.sent();
        self.good += counts.good();
        self.bad += counts.bad();
        self.unsent += counts.unsent;
    }
}

impl Latency {
    fn of(histogram: &Histogram) -> Self {
        Self {
            count: histogram.count(),
            p50: histogram.quantile(0.5),
            p90: histogram.quantile(0.9),
            p99: histogram.quantile(0.99),
            p999: histogram.quantile(0.999),
            max: histogram.max(),
            hdr: histogram.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{plan::tests::steady, shard::Lost};

    fn interval(second: u64, acknowledged: u64, millis: u64) -> Interval {
        let mut interval = Interval {
            second,
            ..Interval::default()
        };
        interval.counts.due = acknowledged;
        interval.counts.first = acknowledged;
        interval.counts.acknowledged = acknowledged;
        interval.latency.record(Duration::from_millis(millis));
        interval
    }

    #[test]
    fn seconds_add_up_in_any_order() {
        let mut intervals: Vec<Interval> = (0..40).map(|n| interval(n / 2, n, n + 1)).collect();
        let reported = |intervals: &[Interval]| {
            let mut timeline = Timeline::default();
            for interval in intervals {
                timeline.take(interval);
            }
            timeline.report("0", &steady(1.0, 20), None, 20_000)
        };
        let forward = reported(&intervals);
        intervals.reverse();
        let backward = reported(&intervals);
        assert_eq!(forward.counts, backward.counts);
        assert_eq!(forward.latency, backward.latency);
        assert_eq!(forward.seconds.len(), 20);
        assert_eq!(forward.counts.acknowledged, (0..40).sum::<u64>());
        assert_eq!(forward.seconds[3].good, 6 + 7);
        assert_eq!(
            forward.seconds.iter().map(|row| row.sent).sum::<u64>(),
            forward.counts.sent()
        );
    }

    #[test]
    fn a_shard_that_is_lost_to_the_end_leaves_a_run_unfinished() {
        let whole = Timeline::default().report("0", &steady(1.0, 20), None, 20_000);
        assert!(whole.is_whole());
        let lost_to = |to| Report {
            spread: Some(Spread {
                workers: Vec::new(),
                lost: vec![Lost {
                    shard: 0,
                    worker: None,
                    from: 5,
                    to,
                }],
                twice: Vec::new(),
            }),
            ..whole.clone()
        };
        assert!(lost_to(19).is_whole() && !lost_to(20).is_whole());
        let stopped = Some("Ctrl-C".into());
        assert!(!Report { stopped, ..whole }.is_whole());
    }

    #[test]
    fn a_report_comes_back_from_json() {
        let mut timeline = Timeline::default();
        timeline.take(&interval(0, 5, 3));
        let report = timeline.report("0", &steady(1.0, 20), Some("Ctrl-C".into()), 1000);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}
