//! A million phones: nothing of each but when it fetches next.
//!
//! Each is a user of its own, with a token made of its number. What they fetch is counted and not kept; a page reads
//! what a phone that is registered by name holds.

use crate::bounds::FETCH_TOKEN_BYTES;

use super::{
    Moment,
    fetch_setting::FetchSource,
    schedule::{self, Schedule},
};

pub use crate::bounds::FLEET as FLEET_LIMIT;

/// The way the phones of a fleet come to fetch.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// Evenly over the twelve hours, as phones that were opened at all times do.
    #[default]
    Spread,
    /// All in the same moment, as after a notice that everybody opened.
    Herd,
}

/// The phones.
#[derive(Clone, Debug)]
pub struct Fleet {
    phones: u32,
    token: String,
    used: Moment,
    schedule: Schedule<u32>,
    /// A bit for each phone that was taken and has not come back; empty until the first is.
    away: Vec<u64>,
    /// The number of this life of the fleet: fetches of phones that were taken in another one end without effect.
    life: u64,
}

/// A phone of a fleet whose time has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DuePhone {
    /// Its number.
    pub number: u32,
    /// The time at which its time came.
    pub at: Moment,
    /// The life of the fleet in which it was taken.
    life: u64,
}

/// The phones that became due.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wave {
    /// The number of phones that became due.
    pub due: u64,
    /// The phones that are to fetch. The others count as phones that did.
    pub chosen: Vec<DuePhone>,
}

/// A fleet that cannot be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FleetError {
    /// None, or too many.
    #[error("phones {0}: give 1 to {FLEET_LIMIT}")]
    Phones(u32),
    /// Longer than a fetch token may be.
    #[error("token: give at most {FETCH_TOKEN_BYTES} bytes, not {0}")]
    TokenTooLong(usize),
    /// All would be the same user.
    #[error("token `{0}`: put {{n}} where the phone's number is to stand")]
    Token(String),
}

impl Fleet {
    /// A number of phones, all used just now. In the token `{n}` stands for the phone's number.
    pub fn new(
        phones: u32,
        token: &str,
        arrival: Arrival,
        now: Moment,
    ) -> Result<Self, FleetError> {
        if phones == 0 || phones > FLEET_LIMIT {
            return Err(FleetError::Phones(phones));
        }
        if token.len() > FETCH_TOKEN_BYTES {
            return Err(FleetError::TokenTooLong(token.len()));
        }
        if !token.contains("{n}") {
            return Err(FleetError::Token(token.to_owned()));
        }
        let period = schedule::after_success(0);
        let mut schedule = Schedule::with_room(phones as usize);
        for number in 0..phones {
            let at = match arrival {
                Arrival::Herd => now + period,
                // The last one just before the first one's second turn.
                Arrival::Spread => now + 1 + u64::from(number) * period / u64::from(phones),
            };
            schedule.add(at, number);
        }
        Ok(Self {
            phones,
            token: token.to_owned(),
            used: now,
            schedule,
            away: Vec::new(),
            life: 0,
        })
    }

    /// No phone is under way: one that was taken and has not come back is due again, and its fetch ends without effect.
    pub(super) fn begin_anew(&mut self, life: u64, now: Moment) {
        for (place, word) in std::mem::take(&mut self.away).into_iter().enumerate() {
            let bits = (0..u64::BITS).filter(|bit| word >> bit & 1 == 1);
            let first = u32::try_from(place).unwrap_or(0) * u64::BITS;
            bits.for_each(|bit| self.schedule.add(now, first + bit));
        }
        self.life = life;
    }

    /// Marks a phone as taken or come back; true if it was taken before.
    fn set_away(&mut self, number: u32, away: bool) -> bool {
        if self.away.is_empty() {
            self.away = vec![0; self.phones.div_ceil(u64::BITS) as usize];
        }
        let bit = 1 << (number % u64::BITS);
        let Some(word) = self.away.get_mut((number / u64::BITS) as usize) else {
            return false;
        };
        let before = *word & bit != 0;
        *word = if away { *word | bit } else { *word & !bit };
        before
    }

    /// The number of phones.
    pub const fn phones(&self) -> u32 {
        self.phones
    }

    /// The number of phones that are kept up to date.
    pub fn awake(&self) -> usize {
        self.schedule.len()
    }

    /// Bytes that the fleet takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.token.capacity()
            + self.schedule.bytes()
            + self.away.capacity() * size_of::<u64>()
    }

    /// The token of a phone.
    pub fn token_of(&self, number: u32) -> String {
        self.token.replace("{n}", &number.to_string())
    }

    /// The number of phones that are due by that time.
    pub fn due(&self, now: Moment) -> u64 {
        self.schedule.due(now)
    }

    /// Takes at most `limit` of those that are due by that time, and chooses `part` out of every `of`, evenly, but no more
    /// than `most`; `left` carries the remainder from one call to the next.
    pub fn take_due(
        &mut self,
        now: Moment,
        limit: usize,
        ((part, of), most): ((u64, u64), u64),
        left: &mut u64,
    ) -> Wave {
        let mut wave = Wave::default();
        for _ in 0..limit {
            let Some((at, number)) = self.schedule.take_due(now) else {
                break;
            };
            // After seven days without use it sleeps for good: a fleet is not opened again.
            if !schedule::is_kept_fresh(self.used, at) {
                continue;
            }
            wave.due += 1;
            *left += part.min(of);
            if *left >= of && (wave.chosen.len() as u64) < most {
                *left -= of;
                self.set_away(number, true);
                let life = self.life;
                wave.chosen.push(DuePhone { number, at, life });
            } else {
                self.schedule.add(schedule::after_success(at), number);
            }
        }
        wave
    }

    /// A phone's fetch ended. Does nothing where it ended before, or the fleet was begun anew.
    pub fn end(&mut self, phone: DuePhone, cached: bool) {
        if phone.life != self.life || !self.set_away(phone.number, false) {
            return;
        }
        let at = if cached {
            schedule::after_success(phone.at)
        } else {
            schedule::after_failure(phone.at)
        };
        self.schedule.add(at, phone.number);
    }
}

/// The URL from which a phone of a fleet gets its data.
pub fn url_of(setting: &super::fetch_setting::FetchSetting, number: u32) -> Option<String> {
    let lot = u8::try_from(number % 100).unwrap_or(0);
    match setting.source_for(lot, false) {
        FetchSource::Server { url } if setting.open && !url.is_empty() => Some(url),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{DAY, HOUR};

    fn fleet(phones: u32, arrival: Arrival) -> Fleet {
        Fleet::new(phones, "fleet-{n}", arrival, 0).unwrap()
    }

    fn take(fleet: &mut Fleet, now: Moment, share: (u64, u64)) -> Wave {
        fleet.take_due(now, usize::MAX, (share, u64::MAX), &mut 0)
    }

    #[test]
    fn a_herd_comes_at_once_and_a_spread_fleet_evenly() {
        let mut herd = fleet(100, Arrival::Herd);
        assert_eq!(herd.due(12 * HOUR - 1), 0);
        assert_eq!(take(&mut herd, 12 * HOUR, (1, 1)).due, 100);
        let mut spread = fleet(1200, Arrival::Spread);
        assert_eq!(take(&mut spread, HOUR, (1, 1)).due, 100);
        assert_eq!(take(&mut spread, 12 * HOUR, (1, 1)).due, 1100);
    }

    #[test]
    fn a_part_is_chosen_evenly_and_the_rest_counts_as_updated() {
        let mut spread = fleet(1000, Arrival::Spread);
        let wave = take(&mut spread, 12 * HOUR, (10, 1000));
        assert_eq!((wave.due, wave.chosen.len()), (1000, 10));
        let numbers: Vec<u32> = wave.chosen.iter().map(|phone| phone.number).collect();
        assert_eq!(numbers[..3], [99, 199, 299]);
        assert_eq!(spread.awake(), 990);
        for phone in wave.chosen {
            spread.end(phone, true);
        }
        assert_eq!(take(&mut spread, DAY, (0, 1)).due, 1000);
    }

    #[test]
    fn a_failed_update_is_tried_again_and_a_week_ends_all() {
        let mut herd = fleet(1, Arrival::Herd);
        let wave = take(&mut herd, 12 * HOUR, (1, 1));
        herd.end(wave.chosen[0], false);
        assert_eq!(herd.due(13 * HOUR), 1);
        let mut updates = 0;
        for hour in 13..=1000 {
            for phone in take(&mut herd, hour * HOUR, (1, 1)).chosen {
                updates += 1;
                herd.end(phone, true);
            }
        }
        assert_eq!((updates, herd.awake()), (13, 0));
    }

    #[test]
    fn who_was_under_way_is_due_again_after_a_new_beginning_and_comes_back_once() {
        let mut fleet = fleet(200, Arrival::Herd);
        let wave = take(&mut fleet, 12 * HOUR, (3, 4));
        assert_eq!((wave.chosen.len(), fleet.awake()), (150, 50));
        fleet.end(wave.chosen[0], true);
        fleet.end(wave.chosen[0], true);
        assert_eq!(fleet.awake(), 51);
        fleet.begin_anew(1, 13 * HOUR);
        assert_eq!((fleet.awake(), fleet.due(13 * HOUR)), (200, 149));
        // Those of before end late: for nobody.
        for phone in &wave.chosen {
            fleet.end(*phone, true);
        }
        assert_eq!(fleet.awake(), 200);
        let again = take(&mut fleet, 13 * HOUR, (1, 1));
        assert_eq!(again.chosen.len(), 149);
        wave.chosen.iter().for_each(|phone| fleet.end(*phone, true));
        assert_eq!(fleet.awake(), 51, "they are under way in the new life");
        let mut numbers: Vec<u32> = again.chosen.iter().map(|phone| phone.number).collect();
        let mut before: Vec<u32> = wave.chosen[1..].iter().map(|phone| phone.number).collect();
        numbers.sort_unstable();
        before.sort_unstable();
        assert_eq!(numbers, before);
    }

    #[test]
    fn sixteen_bytes_a_phone() {
        let fleet = fleet(100_000, Arrival::Spread);
        assert!(fleet.bytes() < 100_000 * 16 + 1024, "{}", fleet.bytes());
    }

    #[test]
    fn what_makes_no_fleet_is_refused() {
        let error = |phones, token| Fleet::new(phones, token, Arrival::Herd, 0).unwrap_err();
        assert_eq!(error(0, "{n}"), FleetError::Phones(0));
        assert_eq!(error(1, "same"), FleetError::Token("same".into()));
    }
}
