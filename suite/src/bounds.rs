//! How much a run may be asked for, how much of it is kept at once, and how long a file may be: one table.
//!
//! What the served platform keeps has a table of its own, `bounds` of the mock server. None of these is reached in
//! honest use; together they keep a hostile target, or a slip of the pen, from taking the machine's memory or its day.

use std::{fmt, time::Duration};

use serde::{Deserializer, de};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Cases drawn per property.
pub const CASES: Range = Range::new("cases", "a whole number", 1, 1_000_000);
/// Scenarios in flight at once. Each may hold answers of a megabyte until it is judged.
pub const CONCURRENCY: Range = Range::new("concurrency", "a whole number", 1, 64);
/// The time of a run, in seconds: a day.
pub const MAX_TIME: Range = Range::new("max-time", "whole seconds", 1, 24 * 60 * 60);
/// Seeds, up to 2^63 - 1: what TOML and every reader of JSON reports can write.
pub const SEED: Range = Range::new("seed", "a whole number", 0, i64::MAX as u64);
/// Users that are pushed from.
pub const TO_USERS: Range = Range::new("to-users", "a whole number", 1, 1000);
/// Deliveries of the same bytes.
pub const TIMES: Range = Range::new("times", "a whole number", 1, 1000);
/// Scenes of WeChat have four digits.
pub const SCENE: Range = Range::new("scene", "a whole number", 0, 99_999);
/// The factor on WeChat's five seconds.
pub const PATIENCE: [f64; 2] = [0.01, 1000.0];

/// Cases of one rule that are in flight at once, or wait for their turn to be.
pub(crate) const CASES_IN_FLIGHT: usize = 64;
/// Plays that wait for effects at once, of all rules.
pub(crate) const WAITING_PLAYS: usize = 128;
/// Draws of a rule that are remembered, so that none is tried twice; the oldest is forgotten.
pub(crate) const REMEMBERED_DRAWS: usize = 16 * KIB;
/// Plays with effects that are kept until the end of a run, in case more effects come; the oldest is forgotten.
pub(crate) const KEPT_PLAYS: usize = 4096;
/// Bytes of them, about.
pub(crate) const KEPT_PLAYS_BYTES: usize = 24 * MIB;
/// Bytes of an answer to a push that judges get to see. What the whole body says was read before.
pub const JUDGED_BODY_BYTES: usize = 64 * KIB;
/// Bytes of the texts in what was read of it. No message that WeChat takes is near that.
pub(crate) const JUDGED_REPLY_BYTES: usize = 64 * KIB;
/// Bytes of the headers of an answer.
pub(crate) const JUDGED_HEADER_BYTES: usize = 16 * KIB;
/// Bytes of the data that were fetched, as a page would read them: twice what can be cached.
pub(crate) const JUDGED_DATA_BYTES: usize = 512 * KIB;
/// Bytes of an answer that are kept once it was judged; those of what was read of it as well.
pub(crate) const EXCERPT_BYTES: usize = 4 * KIB;
/// Calls of the API that a play sees.
pub(crate) const CALLS: usize = 2000;
/// Bytes of their bodies.
pub(crate) const CALLS_BYTES: usize = 256 * KIB;
/// Leaves of a JSON, or words of a text, that are compared with those of another answer.
pub(crate) const LEAVES: usize = 20_000;

/// Bytes of a `wxcheck.toml`.
pub const SETTINGS_FILE_BYTES: usize = MIB;
/// Bytes of a file of certificate authorities.
pub const CERTIFICATES_FILE_BYTES: usize = 4 * MIB;
/// Bytes of the file of a push.
pub const FIXTURE_FILE_BYTES: usize = MIB;
/// Bytes of a replay file.
pub const REPLAY_FILE_BYTES: usize = 4 * MIB;
/// Bytes of a contract's file.
pub const CONTRACT_FILE_BYTES: usize = 16 * MIB;
/// Requests of a replay file.
pub const REPLAY_REQUESTS: usize = 200;
/// Requests of a replay file at the same moment.
pub const REPLAY_AT_ONCE: usize = 50;
/// The pauses of a replay file together, in hundredths of the limit of one exchange.
pub const REPLAY_PAUSES_PERCENT: u64 = 2000;
/// What a replay file waits for effects and fetches, all together.
pub const REPLAY_WAITS: Duration = Duration::from_secs(60);

/// The numbers that an option takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// The long option, and the key in `wxcheck.toml`.
    pub option: &'static str,
    what: &'static str,
    least: u64,
    most: u64,
}

impl Range {
    const fn new(option: &'static str, what: &'static str, least: u64, most: u64) -> Self {
        Self {
            option,
            what,
            least,
            most,
        }
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

    /// The number in a `wxcheck.toml`.
    fn read<'de, D: Deserializer<'de>>(self, given: D) -> Result<u64, D::Error> {
        given.deserialize_any(Number(self))
    }
}

/// Like `whole seconds from 1 to 86400`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what, least, most, ..
        } = self;
        write!(f, "{what} from {least} to {most}")
    }
}

/// A number that its option does not take.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("--{} {given}: give {range}", range.option)]
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

/// Reads an integer of any size, so that the error can name the range.
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

/// Readers of the keys of `wxcheck.toml` that are numbers.
pub(crate) mod keys {
    use serde::{Deserializer, de::Error};

    use super::{CASES, CONCURRENCY, MAX_TIME, Range, SEED};

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
        MAX_TIME.read(given).map(Some)
    }

    pub(crate) fn seed<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
        SEED.read(given).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::bounds::Scale;
    use wxcheck_protocol::limits::BODY_LIMIT;

    use super::*;
    use crate::configuration;

    #[test]
    fn a_range_holds_its_ends_and_names_itself() {
        for range in [CASES, CONCURRENCY, MAX_TIME, SEED, TO_USERS, TIMES, SCENE] {
            assert!(range.least <= range.most);
            for inside in [range.least, range.most] {
                assert_eq!(range.parse::<u64>(&inside.to_string()), Ok(inside));
            }
            let above = range.check(range.most + 1).unwrap_err().to_string();
            let named = format!("--{} {}: give ", range.option, range.most + 1);
            assert!(above.starts_with(&named), "{above}");
            for nonsense in ["-1", "", "1.5", "99999999999999999999"] {
                let refused = range.parse::<u64>(nonsense).unwrap_err();
                assert!(refused.ends_with(&range.most.to_string()), "{refused}");
            }
        }
    }

    #[test]
    fn a_patience_is_a_factor() {
        assert_eq!(parse_patience("0.2"), Ok(0.2));
        for nonsense in ["0", "NaN", "inf", "1e9", "long"] {
            let refused = parse_patience(nonsense).unwrap_err();
            assert_eq!(refused, "give a factor from 0.01 to 1000");
        }
    }

    /// What a hostile target can make a run take that plays as many scenarios at once as it does unless told otherwise:
    /// by its answers, and by its calls of the API that is served beside.
    #[test]
    fn one_target_makes_no_run_take_more_than_is_promised() {
        const PROMISED: usize = 300_000_000;
        // The program itself, with the system's authorities.
        const OWN: usize = 24 * MIB;
        let entry = JUDGED_BODY_BYTES + 2 * JUDGED_REPLY_BYTES + JUDGED_HEADER_BYTES;
        let waiting = WAITING_PLAYS * (3 * entry + CALLS_BYTES);
        // A buffer that grows has up to twice what is in it.
        let in_flight = configuration::CONCURRENCY * 2 * BODY_LIMIT;
        let run = OWN + waiting + KEPT_PLAYS_BYTES + in_flight;
        let api = Scale::RUN.bytes_of_one_server();
        assert!(run + api <= PROMISED, "{run} and {api}");
    }
}
