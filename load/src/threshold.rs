//! Thresholds: bounds that a report must not pass, like `p99 > 200ms` or `lost > 0`.

use std::{fmt, str::FromStr};

use crate::{
    pace::Time,
    report::{Checked, Latency, Report},
};

/// A bound that a run must not pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    text: String,
    measure: Measure,
    comparison: Comparison,
    bound: f64,
}

/// A number of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Measure {
    /// A percentile of the pushes, in milliseconds.
    Push(Percentile),
    /// A percentile of the fetches, in milliseconds.
    Fetch(Percentile),
    /// Requests sent, a second.
    Rate,
    /// Requests that were not answered correctly, in per cent of those that were tried.
    Failed,
    /// Requests that were due and not sent.
    Unsent,
    /// Exchanges that were cut.
    Cut,
    /// Pushes that were acknowledged and not acted on.
    Lost,
    /// Pushes that were acted on more than once.
    Twice,
    /// Forgeries that were acted on, or where nobody can tell answered like true pushes.
    Forged,
    /// Answers and acts for another user.
    WrongUser,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Percentile {
    P50,
    P90,
    P99,
    P999,
    Max,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// The names of all measures, with their units.
const MEASURES: [(&str, Measure); 18] = [
    ("p50", Measure::Push(Percentile::P50)),
    ("p90", Measure::Push(Percentile::P90)),
    ("p99", Measure::Push(Percentile::P99)),
    ("p99.9", Measure::Push(Percentile::P999)),
    ("max", Measure::Push(Percentile::Max)),
    ("fetch-p50", Measure::Fetch(Percentile::P50)),
    ("fetch-p90", Measure::Fetch(Percentile::P90)),
    ("fetch-p99", Measure::Fetch(Percentile::P99)),
    ("fetch-p99.9", Measure::Fetch(Percentile::P999)),
    ("fetch-max", Measure::Fetch(Percentile::Max)),
    ("rate", Measure::Rate),
    ("failed", Measure::Failed),
    ("unsent", Measure::Unsent),
    ("cut", Measure::Cut),
    ("lost", Measure::Lost),
    ("twice", Measure::Twice),
    ("forged", Measure::Forged),
    ("wrong-user", Measure::WrongUser),
];

/// A text that is no threshold.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoThreshold {
    /// Not three parts.
    #[error("write it like 'p99 > 200ms', 'failed > 0.1%' or 'lost > 0'")]
    Form,
    /// An unknown measure.
    #[error(
        "nothing is measured as `{0}`; choose p50, p90, p99, p99.9, max, each also with fetch- in front, rate, failed, unsent, cut, lost, twice, forged or wrong-user"
    )]
    Measure(String),
    /// A bound of another kind.
    #[error("`{bound}` is no bound for {measure}; give {wanted}")]
    Bound {
        /// The measure.
        measure: String,
        /// The bound.
        bound: String,
        /// The form of one.
        wanted: &'static str,
    },
}

impl FromStr for Threshold {
    type Err = NoThreshold;

    fn from_str(text: &str) -> Result<Self, NoThreshold> {
        let at = text.find(['<', '>']).ok_or(NoThreshold::Form)?;
        let (name, rest) = text.split_at(at);
        let (comparison, bound) = [
            (">=", Comparison::AtLeast),
            ("<=", Comparison::AtMost),
            (">", Comparison::Above),
            ("<", Comparison::Below),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)))
        .ok_or(NoThreshold::Form)?;
        let (name, bound) = (name.trim(), bound.trim());
        let known = MEASURES.iter().find(|(known, _)| *known == name);
        let (_, measure) = known.ok_or_else(|| NoThreshold::Measure(name.to_owned()))?;
        let wrong = |wanted| NoThreshold::Bound {
            measure: name.to_owned(),
            bound: bound.to_owned(),
            wanted,
        };
        let bound = match measure {
            Measure::Push(_) | Measure::Fetch(_) => {
                let has_unit = bound.ends_with(|c: char| c.is_ascii_alphabetic());
                let time: Option<Time> = bound.parse().ok().filter(|_| has_unit);
                let Time(time) = time.ok_or_else(|| wrong("a time, like 200ms or 2s"))?;
                time.as_secs_f64() * 1000.0
            }
            Measure::Failed => {
                let percent = bound
                    .strip_suffix('%')
                    .and_then(|number| number.trim().parse().ok());
                percent.ok_or_else(|| wrong("per cent, like 0.1%"))?
            }
            _ => bound.parse().map_err(|_| wrong("a number"))?,
        };
        Ok(Self {
            text: text.trim().to_owned(),
            measure: *measure,
            comparison,
            bound,
        })
    }
}

/// As it was given.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The report, judged by these thresholds.
#[must_use]
pub fn judged(mut report: Report, thresholds: &[Threshold]) -> Report {
    let checked = thresholds.iter().map(|threshold| threshold.judge(&report));
    report.thresholds = checked.collect();
    report
}

impl Threshold {
    /// True if it can be judged only where effects are seen.
    pub const fn needs_effects(&self) -> bool {
        matches!(self.measure, Measure::Lost | Measure::Twice)
    }

    /// Judges a report by it.
    pub fn judge(&self, report: &Report) -> Checked {
        let value = self.measure.of(report);
        let holds = value.map(|value| match self.comparison {
            Comparison::Above => value > self.bound,
            Comparison::AtLeast => value >= self.bound,
            Comparison::Below => value < self.bound,
            Comparison::AtMost => value <= self.bound,
        });
        Checked {
            threshold: self.text.clone(),
            value,
            fails: holds.unwrap_or(true),
        }
    }
}

impl Measure {
    /// The number. Counts are below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    fn of(self, report: &Report) -> Option<f64> {
        let counts = &report.counts;
        // What the page did not answer may be anything; and where nothing at all is acted on, nothing may be seen.
        let ledger = report.ledger.as_ref();
        let ledger = ledger.filter(|ledger| ledger.unread == 0 && ledger.shows_effects());
        let total = ledger.map(crate::ledger::Ledger::total);
        let count = match self {
            Self::Push(percentile) => return percentile.of(&report.latency),
            Self::Fetch(percentile) => return percentile.of(&report.fetches),
            Self::Rate => return Some(report.rate),
            Self::Failed => return counts.part(counts.bad() + counts.unsent),
            Self::Unsent => counts.unsent,
            Self::Cut => counts.cut,
            Self::Lost => total?.lost,
            Self::Twice => total?.more,
            Self::Forged => match &report.ledger {
                Some(ledger) => ledger.forged_acted,
                None => counts.forged_acknowledged,
            },
            Self::WrongUser => {
                let strangers = report.ledger.as_ref().map_or(0, |ledger| ledger.strangers);
                counts.wrong_user + strangers
            }
        };
        Some(count as f64)
    }
}

impl Percentile {
    /// In milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most two minutes of microseconds"
    )]
    fn of(self, latency: &Latency) -> Option<f64> {
        let micros = match self {
            Self::P50 => latency.p50,
            Self::P90 => latency.p90,
            Self::P99 => latency.p99,
            Self::P999 => latency.p999,
            Self::Max => latency.max,
        };
        micros.map(|micros| micros as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{counts::Interval, plan::tests::steady, report::Timeline};

    fn report() -> Report {
        let mut interval = Interval::default();
        interval.counts.first = 200;
        interval.counts.acknowledged = 199;
        interval.counts.cut = 1;
        interval.latency.record(Duration::from_millis(250));
        let mut timeline = Timeline::default();
        timeline.take(&interval);
        timeline.report("0", &steady(100.0, 2), None, 2000)
    }

    fn fails(text: &str) -> bool {
        text.parse::<Threshold>().unwrap().judge(&report()).fails
    }

    #[test]
    fn what_must_not_be_fails_and_the_rest_does_not() {
        for failing in [
            "p99 > 200ms",
            "max>=0.2s",
            "cut > 0",
            "failed > 0.4%",
            "rate < 101",
            "lost > 0",
        ] {
            assert!(fails(failing), "{failing}");
        }
        for fine in [
            "p99 > 300ms",
            "cut > 1",
            "failed > 0.5%",
            "rate <= 99",
            "unsent > 0",
            "wrong-user > 0",
        ] {
            assert!(!fails(fine), "{fine}");
        }
    }

    #[test]
    fn what_was_not_measured_fails() {
        let checked = "fetch-p99 > 1s"
            .parse::<Threshold>()
            .unwrap()
            .judge(&report());
        assert!(checked.fails && checked.value.is_none());
    }

    #[test]
    fn a_slip_is_told() {
        for (slip, told) in [
            ("p99", "write it like"),
            ("p98 > 1s", "nothing is measured as `p98`"),
            ("p99 > 200", "`200` is no bound for p99; give a time"),
            ("failed > 3", "`3` is no bound for failed; give per cent"),
            ("lost > many", "`many` is no bound for lost; give a number"),
        ] {
            let error = slip.parse::<Threshold>().unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
