//! The times at which pushes are due. In the open model that is known of each before the run: stages follow each other, and within one
//! the rate changes evenly. In the closed model a connection sends the next as soon as it has the last answer.

mod asked;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use asked::{Asked, HerdAt, NoPace, Ramp, Spike, Time};

/// The longest run, in seconds: a day.
pub const LONGEST: u64 = 24 * 60 * 60;

/// The times of the pushes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "model")]
pub enum Pace {
    /// By the clock, whatever the server does.
    Open {
        /// The stages, one after the other.
        stages: Vec<Stage>,
        /// Crowds of prefetches, each at one moment, besides.
        herds: Vec<Herd>,
    },
    /// As fast as the server answers, for so many milliseconds.
    Closed {
        /// The time.
        millis: u64,
    },
}

/// A time in which the rate changes evenly, or stays.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stage {
    /// Its length, in milliseconds.
    pub millis: u64,
    /// Pushes a second at its beginning.
    pub from: f64,
    /// Pushes a second at its end.
    pub to: f64,
}

/// So many prefetches at one moment, as after a campaign's message.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Herd {
    /// The moment, in milliseconds from the beginning.
    pub at_millis: u64,
    /// The prefetches.
    pub count: u64,
}

impl fmt::Display for Herd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.count, written(self.at_millis))
    }
}

/// A time as people write it: `20s`, `500ms`.
pub(crate) fn written(millis: u64) -> String {
    if millis.is_multiple_of(1000) {
        format!("{}s", millis / 1000)
    } else {
        format!("{millis}ms")
    }
}

impl Pace {
    /// The length of the run, in milliseconds.
    pub fn millis(&self) -> u64 {
        match self {
            Self::Open { stages, .. } => stages.iter().map(|stage| stage.millis).sum(),
            Self::Closed { millis } => *millis,
        }
    }

    /// The greatest rate, in pushes a second; the closed model has none.
    pub fn most_a_second(&self) -> Option<f64> {
        let Self::Open { stages, .. } = self else {
            return None;
        };
        let rates = stages.iter().flat_map(|stage| [stage.from, stage.to]);
        Some(rates.fold(0.0, f64::max))
    }
}

impl Stage {
    /// The pushes in it.
    fn count(&self) -> u64 {
        let seconds = whole(self.millis) / 1000.0;
        // At most a day of less than a million a second.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "see above"
        )]
        let count = (f64::midpoint(self.from, self.to) * seconds).round() as u64;
        count
    }

    /// The milliseconds from its beginning at which its push of that number is due, on a grid of whole ones.
    fn due(&self, number: u64) -> u64 {
        if number == 0 {
            return 0;
        }
        let seconds = whole(self.millis) / 1000.0;
        let slope = (self.to - self.from) / seconds;
        let number = whole(number);
        // The rate's integral is `number`; this form of the root has no difference of like numbers. Only operations that
        // are exact to the last bit on every machine.
        let root = (self.from * self.from + 2.0 * slope * number)
            .max(0.0)
            .sqrt();
        let at = 2.0 * number / (self.from + root);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within a day"
        )]
        let millis = (at * 1000.0).ceil() as u64;
        millis.min(self.millis)
    }
}

/// Numbers of a plan are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn whole(number: u64) -> f64 {
    number as f64
}

/// The open model, ready to be asked about each number.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    runs: Vec<Run>,
    /// The first number of each second.
    firsts: Vec<u64>,
}

/// Numbers that follow each other by one rule.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    begins: u64,
    rule: Rule,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Steps {
        stage: Stage,
        /// The numbers of the stage before this run.
        passed: u64,
    },
    Herd,
}

impl Schedule {
    /// The schedule of those stages and herds.
    pub(crate) fn new(stages: &[Stage], herds: &[Herd]) -> Self {
        let mut herds: Vec<Herd> = herds.to_vec();
        herds.sort_by_key(|herd| herd.at_millis);
        let mut herds = herds.into_iter().peekable();
        let mut runs = Vec::new();
        let mut add = |first, begins, rule| {
            runs.push(Run {
                first,
                begins,
                rule,
            });
        };
        let (mut number, mut begins) = (0, 0);
        for stage in stages {
            let count = stage.count();
            let ends = begins + stage.millis;
            let mut passed = 0;
            while let Some(herd) = herds.next_if(|herd| herd.at_millis < ends) {
                let due = |number: u64| begins + stage.due(number);
                let before = first(passed, count, |number| due(number) >= herd.at_millis);
                let rule = Rule::Steps {
                    stage: *stage,
                    passed,
                };
                add(number, begins, rule);
                number += before - passed;
                passed = before;
                add(number, herd.at_millis, Rule::Herd);
                number += herd.count;
            }
            let rule = Rule::Steps {
                stage: *stage,
                passed,
            };
            add(number, begins, rule);
            number += count - passed;
            begins = ends;
        }
        for herd in herds {
            add(number, herd.at_millis.min(begins), Rule::Herd);
            number += herd.count;
        }
        let mut schedule = Self {
            runs,
            firsts: Vec::new(),
        };
        let seconds = begins / 1000 + 2;
        schedule.firsts = (0..seconds)
            .map(|second| first(0, number, |n| schedule.due(n) >= second * 1000))
            .collect();
        // Behind the last second there is nothing.
        schedule.firsts.push(number);
        schedule
    }

    /// The milliseconds from the beginning at which that number is due.
    pub(crate) fn due(&self, number: u64) -> u64 {
        let run = self.run(number);
        match run.rule {
            Rule::Steps { stage, passed } => run.begins + stage.due(number - run.first + passed),
            Rule::Herd => run.begins,
        }
    }

    /// True if that number is one of a herd.
    pub(crate) fn is_of_a_herd(&self, number: u64) -> bool {
        matches!(self.run(number).rule, Rule::Herd)
    }

    fn run(&self, number: u64) -> &Run {
        let behind = self.runs.partition_point(|run| run.first <= number);
        &self.runs[behind.saturating_sub(1)]
    }

    /// The numbers in all.
    pub(crate) fn count(&self) -> u64 {
        self.firsts.last().copied().unwrap_or_default()
    }

    /// The second in which that number is due.
    pub(crate) fn second(&self, number: u64) -> u64 {
        let behind = self.firsts.partition_point(|first| *first <= number);
        // Below a day of seconds.
        (behind.saturating_sub(1)) as u64
    }

    /// The first number that is due in that second or later.
    pub(crate) fn first_of(&self, second: u64) -> u64 {
        let place = usize::try_from(second).unwrap_or(usize::MAX);
        self.firsts.get(place).copied().unwrap_or(self.count())
    }
}

/// The first number from `least` to `most` for which something is true, given that it stays true.
fn first(least: u64, most: u64, is_true: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low.midpoint(high);
        if is_true(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stage(seconds: u64, from: f64, to: f64) -> Stage {
        Stage {
            millis: seconds * 1000,
            from,
            to,
        }
    }

    #[test]
    fn a_steady_rate_is_even() {
        let schedule = Schedule::new(&[stage(10, 200.0, 200.0)], &[]);
        assert_eq!(schedule.count(), 2000);
        let due: Vec<u64> = [0, 1, 2, 200, 1999].map(|n| schedule.due(n)).to_vec();
        assert_eq!(due, [0, 5, 10, 1000, 9995]);
        assert_eq!(schedule.second(199), 0);
        assert_eq!(schedule.second(200), 1);
        assert_eq!(schedule.first_of(1), 200);
    }

    #[test]
    fn a_ramp_grows_evenly_and_another_stage_follows() {
        let stages = [
            stage(10, 0.0, 1000.0),
            stage(5, 1000.0, 1000.0),
            stage(2, 100.0, 0.0),
        ];
        let schedule = Schedule::new(&stages, &[]);
        assert_eq!(schedule.count(), 5000 + 5000 + 100);
        // After a time t the rate 100 t has led to 50 t^2.
        for second in 1..=10 {
            assert_eq!(schedule.first_of(second), 50 * second * second);
        }
        assert_eq!(schedule.first_of(12), 7000);
        let mut last = 0;
        for number in 0..schedule.count() {
            let due = schedule.due(number);
            assert!(due >= last, "{number}");
            last = due;
            let second = schedule.second(number);
            assert!(schedule.first_of(second) <= number && number < schedule.first_of(second + 1));
            assert!(
                (second * 1000..=(second + 1) * 1000).contains(&due),
                "{number}: {due}"
            );
        }
    }

    #[test]
    fn a_herd_comes_at_its_moment_between_the_others() {
        let herd = Herd {
            at_millis: 1500,
            count: 300,
        };
        let schedule = Schedule::new(&[stage(3, 100.0, 100.0)], &[herd]);
        assert_eq!(schedule.count(), 600);
        let herd: Vec<u64> = (0..600).filter(|n| schedule.is_of_a_herd(*n)).collect();
        assert_eq!((herd.len(), herd[0], herd[299]), (300, 150, 449));
        assert!(herd.iter().all(|n| schedule.due(*n) == 1500));
        assert_eq!(schedule.due(450), 1500);
        assert_eq!(schedule.due(451), 1510);
        assert_eq!(schedule.first_of(2), 500);
    }
}
