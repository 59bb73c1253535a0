//! The pace as people ask for it: `--rate 20000`, `--ramp 0..20000/30s`, `--spike 50000@20s/3s`, `--herd 10000@20s`.

use std::{fmt, str::FromStr, time::Duration};

use wxcheck_mock_server::span;

use super::{Herd, LONGEST, Pace, Stage, written};
use crate::plan_error::PlanError;

/// The length of a run for which none is given.
const USUAL: Duration = Duration::from_secs(10);

/// Options about time, as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Pushes a second.
    pub rate: Option<f64>,
    /// Ramps, one after the other, before the steady rate.
    pub ramps: Vec<Ramp>,
    /// Times in which the rate is another one.
    pub spikes: Vec<Spike>,
    /// Crowds of prefetches.
    pub herds: Vec<HerdAt>,
    /// The length of the steady rate, or of the whole in the closed model.
    pub duration: Option<Time>,
    /// The requests in all.
    pub count: Option<u64>,
}

/// `FROM..TO/TIME`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp(Stage);

/// `RATE@AT/TIME`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    rate: f64,
    at_millis: u64,
    millis: u64,
}

/// `COUNT@AT`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HerdAt(Herd);

/// A time: `500ms`, `30s`, `2m`, `1h`, or seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Time(pub Duration);

/// A text that says no pace.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("write it like {0}")]
pub struct NoPace(&'static str);

impl FromStr for Time {
    type Err = NoPace;

    fn from_str(text: &str) -> Result<Self, NoPace> {
        let wrong = NoPace("500ms, 30s, 2m or 1h");
        let known = span::parse(text).ok_or(wrong)?;
        // A plan counts milliseconds.
        let millis = known.as_millis().min(u128::from(LONGEST) * 1_000_000);
        Ok(Self(Duration::from_millis(
            u64::try_from(millis).unwrap_or(u64::MAX),
        )))
    }
}

impl Time {
    fn millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for Ramp {
    type Err = NoPace;

    fn from_str(text: &str) -> Result<Self, NoPace> {
        let wrong = NoPace("0..20000/30s: from which rate to which, in which time");
        let (rates, time) = text.split_once('/').ok_or(wrong)?;
        let (from, to) = rates.split_once("..").ok_or(wrong)?;
        let time: Time = time.parse().map_err(|_| wrong)?;
        let stage = Stage {
            millis: time.millis(),
            from: rate(from).ok_or(wrong)?,
            to: rate(to).ok_or(wrong)?,
        };
        (stage.millis > 0).then_some(Self(stage)).ok_or(wrong)
    }
}

impl FromStr for Spike {
    type Err = NoPace;

    fn from_str(text: &str) -> Result<Self, NoPace> {
        let wrong = NoPace("50000@20s/3s: which rate, from when on, for how long");
        let (spike, rest) = text.split_once('@').ok_or(wrong)?;
        let (at, time) = rest.split_once('/').ok_or(wrong)?;
        let millis = |text: &str| text.parse().map(Time::millis).map_err(|_| wrong);
        Ok(Self {
            rate: rate(spike).ok_or(wrong)?,
            at_millis: millis(at)?,
            millis: millis(time)?,
        })
    }
}

impl FromStr for HerdAt {
    type Err = NoPace;

    fn from_str(text: &str) -> Result<Self, NoPace> {
        let wrong = NoPace("10000@20s: how many prefetches, at which moment");
        let (count, at) = text.split_once('@').ok_or(wrong)?;
        let at: Time = at.parse().map_err(|_| wrong)?;
        let count = count.trim().parse().ok();
        let count = count.filter(|count| (1..=10_000_000).contains(count));
        Ok(Self(Herd {
            at_millis: at.millis(),
            count: count.ok_or(wrong)?,
        }))
    }
}

fn rate(text: &str) -> Option<f64> {
    let rate: f64 = text.trim().parse().ok()?;
    (rate.is_finite() && rate >= 0.0).then_some(rate)
}

impl Asked {
    /// The pace that is asked for. Without a rate it is the closed model.
    pub fn pace(&self) -> Result<Pace, PlanError> {
        let stages = self.stages()?;
        if stages.is_empty() {
            return self.closed();
        }
        let stages = self
            .spikes
            .iter()
            .try_fold(stages, |stages, spike| spike.set(&stages))?;
        Ok(Pace::Open {
            stages,
            herds: self.herds.iter().map(|HerdAt(herd)| *herd).collect(),
        })
    }

    fn stages(&self) -> Result<Vec<Stage>, PlanError> {
        let mut stages: Vec<Stage> = self.ramps.iter().map(|Ramp(stage)| *stage).collect();
        let last = stages.last().map(|stage| stage.to);
        // A ramp's last rate is kept, for as long as is asked.
        let held = self.rate.or(last.filter(|_| self.duration.is_some()));
        let Some(rate) = held else {
            return Ok(stages);
        };
        if rate <= 0.0 {
            return Err(PlanError::new(
                "--rate",
                rate,
                "give more than 0 pushes a second",
            ));
        }
        let millis = match (self.duration, self.count) {
            (Some(duration), _) => duration.millis(),
            (None, Some(count)) if stages.is_empty() => until(count, rate),
            (None, _) => Time(USUAL).millis(),
        };
        stages.push(Stage {
            millis,
            from: rate,
            to: rate,
        });
        Ok(stages)
    }

    fn closed(&self) -> Result<Pace, PlanError> {
        let needs_rate = "give --rate too: without one each push waits for the last answer, and there is no moment to set";
        if let Some(spike) = self.spikes.first() {
            return Err(PlanError::new("--spike", spike, needs_rate));
        }
        if let Some(HerdAt(herd)) = self.herds.first() {
            return Err(PlanError::new("--herd", herd, needs_rate));
        }
        let longest = Time(Duration::from_secs(LONGEST));
        let usual = if self.count.is_some() {
            longest
        } else {
            Time(USUAL)
        };
        Ok(Pace::Closed {
            millis: self.duration.unwrap_or(usual).millis(),
        })
    }
}

/// The milliseconds that so many requests take at a rate.
fn until(count: u64, rate: f64) -> u64 {
    // A bound on what is longer than a day is set by the plan.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is rounded up anyway"
    )]
    let millis = (count as f64 / rate * 1000.0).ceil() as u64;
    millis.max(1)
}

impl fmt::Display for Spike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, time) = (written(self.at_millis), written(self.millis));
        write!(f, "{}@{at}/{time}", self.rate)
    }
}

impl Spike {
    /// The stages with this rate in its time.
    fn set(&self, stages: &[Stage]) -> Result<Vec<Stage>, PlanError> {
        let ends = self.at_millis + self.millis;
        let whole: u64 = stages.iter().map(|stage| stage.millis).sum();
        if ends > whole || self.millis == 0 {
            let fix = format!("give a time within the {} of the run", written(whole));
            return Err(PlanError::new("--spike", self, fix));
        }
        let mut set = cut(stages, 0, self.at_millis);
        set.push(Stage {
            millis: self.millis,
            from: self.rate,
            to: self.rate,
        });
        set.extend(cut(stages, ends, whole));
        Ok(set)
    }
}

/// The stages between two moments.
fn cut(stages: &[Stage], from: u64, to: u64) -> Vec<Stage> {
    let mut begins = 0;
    let mut part = Vec::new();
    for stage in stages {
        let ends = begins + stage.millis;
        let (first, last) = (begins.max(from), ends.min(to));
        if first < last {
            let at = |moment: u64| {
                let passed = super::whole(moment - begins) / super::whole(stage.millis);
                stage.from + (stage.to - stage.from) * passed
            };
            part.push(Stage {
                millis: last - first,
                from: at(first),
                to: at(last),
            });
        }
        begins = ends;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(asked: &Asked) -> Vec<(u64, f64, f64)> {
        match asked.pace().unwrap() {
            Pace::Open { stages, .. } => stages.iter().map(|s| (s.millis, s.from, s.to)).collect(),
            Pace::Closed { millis } => vec![(millis, -1.0, -1.0)],
        }
    }

    #[test]
    fn times_and_ramps_are_read() {
        let millis = |text: &str| text.parse().map(Time::millis);
        assert_eq!(millis("500ms"), Ok(500));
        assert_eq!(millis("1.5m"), Ok(90_000));
        assert_eq!(millis("7"), Ok(7000));
        for nonsense in ["", "s", "1d", "-1s"] {
            assert!(millis(nonsense).is_err(), "{nonsense}");
        }
        for nonsense in ["0..5", "5/3s", "0..x/3s", "0..5/0s", "-1..5/3s"] {
            assert!(nonsense.parse::<Ramp>().is_err(), "{nonsense}");
        }
        assert!("5@3s".parse::<HerdAt>().is_ok() && "0@3s".parse::<HerdAt>().is_err());
        assert!("5@3s".parse::<Spike>().is_err());
    }

    #[test]
    fn a_rate_holds_for_the_duration_and_a_ramp_comes_before() {
        let mut asked = Asked {
            rate: Some(200.0),
            ..Asked::default()
        };
        assert_eq!(stages(&asked), [(10_000, 200.0, 200.0)]);
        asked.count = Some(100);
        assert_eq!(stages(&asked), [(500, 200.0, 200.0)]);
        asked = Asked {
            ramps: vec!["0..50/4s".parse().unwrap()],
            ..Asked::default()
        };
        assert_eq!(stages(&asked), [(4000, 0.0, 50.0)]);
        asked.duration = "6s".parse().ok();
        assert_eq!(stages(&asked), [(4000, 0.0, 50.0), (6000, 50.0, 50.0)]);
    }

    #[test]
    fn a_spike_takes_the_place_of_its_time() {
        let asked = Asked {
            ramps: vec!["0..100/10s".parse().unwrap()],
            spikes: vec!["900@4s/2s".parse().unwrap()],
            ..Asked::default()
        };
        let wanted = [(4000, 0.0, 40.0), (2000, 900.0, 900.0), (4000, 60.0, 100.0)];
        assert_eq!(stages(&asked), wanted);
        let late = Asked {
            spikes: vec!["900@9s/2s".parse().unwrap()],
            ..asked
        };
        let error = late.pace().unwrap_err().to_string();
        assert!(
            error.starts_with("--spike 900@9s/2s: give a time within the 10s"),
            "{error}"
        );
    }

    #[test]
    fn without_a_rate_it_is_the_closed_model() {
        assert_eq!(stages(&Asked::default()), [(10_000, -1.0, -1.0)]);
        let herd = Asked {
            herds: vec!["5@3s".parse().unwrap()],
            ..Asked::default()
        };
        assert!(
            herd.pace()
                .unwrap_err()
                .to_string()
                .starts_with("--herd 5@3s: give --rate")
        );
        let nothing = Asked {
            rate: Some(0.0),
            ..Asked::default()
        };
        assert!(
            nothing
                .pace()
                .unwrap_err()
                .to_string()
                .starts_with("--rate 0: give more")
        );
    }
}
