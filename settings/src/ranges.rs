//! The numbers that options take: one table. With the bounds of the suite, they keep a slip of the pen from taking the
//! machine's memory or its day.

use std::{fmt, time::Duration};

use serde::{Deserializer, de};
use wxcheck_mock_server::span;

/// Cases drawn per property.
pub const CASES: Range = Range::new("a whole number", 1, 1_000_000);
/// Scenarios in flight at once. Each may hold answers of a megabyte until it is judged.
pub const CONCURRENCY: Range = Range::new("a whole number", 1, 64);
/// The time of a run, in seconds: a day.
pub const MAX_TIME: Range = Range::new("whole seconds", 1, 24 * 60 * 60);
/// Records of the journal in a store.
pub const KEEP: Range = Range::new("a whole number", 1000, 10_000_000);
/// Days for which a store keeps them: up to ten years.
pub const KEEP_DAYS: Range = Range::new("whole days", 1, 3650);
/// Seeds, up to 2^63 - 1: what TOML and every reader of JSON reports can write.
pub const SEED: Range = Range::new("a whole number", 0, i64::MAX as u64);
/// Users that are pushed from.
pub const TO_USERS: Range = Range::new("a whole number", 1, 1000);
/// Deliveries of the same bytes.
pub const TIMES: Range = Range::new("a whole number", 1, 1000);
/// Scenes of WeChat have four digits.
pub const SCENE: Range = Range::new("a whole number", 0, 99_999);
/// The factor on WeChat's five seconds.
pub const PATIENCE: [f64; 2] = [0.01, 1000.0];

/// The numbers that an option takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    what: &'static str,
    least: u64,
    most: u64,
}

impl Range {
    const fn new(what: &'static str, least: u64, most: u64) -> Self {
        Self { what, least, most }
    }

    /// The number, if the option takes it.
    pub fn check(self, number: u64) -> Result<u64, OutOfRange> {
        if (self.least..=self.most).contains(&number) {
            Ok(number)
        } else {
            Err(OutOfRange {
                range: self,
                given: number.to_string(),
            })
        }
    }

    /// The number that a text says; the error says which there may be, and whoever asks names option and value.
    pub fn parse<T: TryFrom<u64>>(self, text: &str) -> Result<T, String> {
        let number = text.trim().parse::<u64>().ok();
        let number = number.and_then(|number| self.check(number).ok());
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("give {self}"))
    }

    /// The number in a file of settings.
    fn read<'de, D: Deserializer<'de>>(self, given: D) -> Result<u64, D::Error> {
        given.deserialize_any(Number(self))
    }
}

/// Like `whole seconds from 1 to 86400`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, least, most } = self;
        write!(f, "{what} from {least} to {most}")
    }
}

/// A number that its option does not take.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{given}: give {range}")]
pub struct OutOfRange {
    range: Range,
    given: String,
}

/// The factor that a text says.
pub fn parse_patience(text: &str) -> Result<f64, String> {
    let [least, most] = PATIENCE;
    let factor = text.trim().parse::<f64>().ok();
    factor
        .filter(|factor| (least..=most).contains(factor))
        .ok_or_else(|| format!("give a factor from {least} to {most}"))
}

/// Requests a second of a run.
pub const RATE: [f64; 2] = [0.1, 1000.0];

/// The rate that a text says.
pub fn parse_rate(text: &str) -> Result<f64, String> {
    let [least, most] = RATE;
    let rate = text.trim().parse::<f64>().ok();
    rate.filter(|rate| (least..=most).contains(rate))
        .ok_or_else(|| format!("give a number from {least} to {most}"))
}

/// The time of a run that a text says, in seconds.
pub fn parse_max_time(text: &str) -> Result<u64, String> {
    let known = span::parse(text).map(|time| time.as_secs() + u64::from(time.subsec_nanos() > 0));
    known
        .and_then(|seconds| MAX_TIME.check(seconds).ok())
        .ok_or_else(|| format!("give {MAX_TIME}, or a time like 90s, 2m or 1h"))
}

/// The time to wait for a server that a text says: up to an hour.
pub fn parse_wait(text: &str) -> Result<Duration, String> {
    let known = span::parse(text).filter(|time| *time <= Duration::from_secs(3600));
    known.ok_or_else(|| "give a time like 500ms, 30s or 2m, up to 1h".to_owned())
}

/// A reader of a time, in seconds or with its unit.
struct Time;

impl de::Visitor<'_> for Time {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MAX_TIME}, or a time like \"2m\"")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        Number(MAX_TIME).visit_i64(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        Number(MAX_TIME).visit_u64(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        parse_max_time(text).map_err(E::custom)
    }
}

/// A reader of integers of any size, so that the error can name the range.
struct Number(Range);

impl de::Visitor<'_> for Number {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        let known = u64::try_from(number).ok();
        known
            .and_then(|number| self.0.check(number).ok())
            .ok_or_else(|| E::custom(format!("{number}: give {}", self.0)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        self.0.check(number).map_err(E::custom)
    }
}

/// Readers of keys of the file whose values have a form of their own.
pub(crate) mod keys {
    use clap::ValueEnum;
    use serde::{Deserialize, Deserializer, de::Error};

    use super::{CASES, CONCURRENCY, KEEP, KEEP_DAYS, Range, SEED, Time};

    fn size<'de, D: Deserializer<'de>>(range: Range, given: D) -> Result<Option<usize>, D::Error> {
        let number = range.read(given)?;
        usize::try_from(number).map(Some).map_err(D::Error::custom)
    }

    pub(crate) fn cases<'de, D: Deserializer<'de>>(given: D) -> Result<Option<usize>, D::Error> {
        size(CASES, given)
    }

    pub(crate) fn concurrency<'de, D: Deserializer<'de>>(
        given: D,
    ) -> Result<Option<usize>, D::Error> {
        size(CONCURRENCY, given)
    }

    pub(crate) fn max_time<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
        given.deserialize_any(Time).map(Some)
    }

    pub(crate) fn keep<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
        KEEP.read(given).map(Some)
    }

    pub(crate) fn keep_days<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
        KEEP_DAYS.read(given).map(Some)
    }

    pub(crate) fn seed<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
        SEED.read(given).map(Some)
    }

    /// Words of a list that the option takes too, or the only one.
    pub(crate) fn words<'de, D: Deserializer<'de>, T: ValueEnum>(
        given: D,
    ) -> Result<Vec<T>, D::Error> {
        let words = one_or_several(given)?;
        let known = |word: &String| T::from_str(word, false).ok();
        let words: Option<Vec<T>> = words.iter().map(known).collect();
        words.ok_or_else(|| {
            let known = T::value_variants().iter().filter_map(T::to_possible_value);
            let mut known: Vec<String> = known.map(|word| word.get_name().to_owned()).collect();
            let last = known.pop().unwrap_or_default();
            D::Error::custom(format_args!("give {} or {last}", known.join(", ")))
        })
    }

    /// A list, or the only item of one.
    pub(crate) fn one_or_several<'de, D: Deserializer<'de>>(
        given: D,
    ) -> Result<Vec<String>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a string or a list of strings")]
        enum Given {
            One(String),
            Several(Vec<String>),
        }
        Ok(match Given::deserialize(given)? {
            Given::One(one) => vec![one],
            Given::Several(several) => several,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_ends_and_names_itself() {
        for range in [
            CASES,
            CONCURRENCY,
            KEEP,
            KEEP_DAYS,
            MAX_TIME,
            SEED,
            TO_USERS,
            TIMES,
            SCENE,
        ] {
            assert!(range.least <= range.most);
            for inside in [range.least, range.most] {
                assert_eq!(range.parse::<u64>(&inside.to_string()), Ok(inside));
            }
            let above = range.check(range.most + 1).unwrap_err().to_string();
            let named = format!("{}: give ", range.most + 1);
            assert!(above.starts_with(&named), "{above}");
            for nonsense in ["-1", "", "1.5", "99999999999999999999"] {
                let refused = range.parse::<u64>(nonsense).unwrap_err();
                assert!(refused.ends_with(&range.most.to_string()), "{refused}");
            }
        }
    }

    #[test]
    fn the_time_of_a_run_has_a_unit_or_is_in_seconds() {
        for (text, seconds) in [("90", 90), ("2m", 120), ("1500ms", 2), ("1h", 3600)] {
            assert_eq!(parse_max_time(text), Ok(seconds));
        }
        for nonsense in ["0", "0s", "25h", "-1", "soon"] {
            let refused = parse_max_time(nonsense).unwrap_err();
            assert!(
                refused.starts_with("give whole seconds from 1 to 86400, or"),
                "{refused}"
            );
        }
        assert_eq!(parse_wait("500ms"), Ok(Duration::from_millis(500)));
        assert!(parse_wait("2h").is_err());
        assert_eq!(
            (parse_rate("0.5"), parse_rate("0").is_err()),
            (Ok(0.5), true)
        );
    }

    #[test]
    fn a_patience_is_a_factor() {
        assert_eq!(parse_patience("0.2"), Ok(0.2));
        for nonsense in ["0", "NaN", "inf", "1e9", "long"] {
            let refused = parse_patience(nonsense).unwrap_err();
            assert_eq!(refused, "give a factor from 0.01 to 1000");
        }
    }
}
