//! Limits on an app's calls of an endpoint, in a minute and in a day, and on how often it may clear these counts.
//!
//! A day and a month are those of Beijing, where WeChat counts.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

use super::{DAY, HOUR, MINUTE, Moment};

/// Clearings of everything by `clear_quota`, in either version, in a month.
const CLEAR_ALL_PER_MONTH: u32 = 10;
/// Clearings of one endpoint by `openapi/quota/clear`, in a month.
const CLEAR_ONE_PER_MONTH: u32 = 50;

/// The number of calls of one endpoint that are allowed. `None`: no limit is documented.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Quota {
    /// In a minute.
    pub per_minute: Option<u64>,
    /// In a day.
    pub per_day: Option<u64>,
}

impl Quota {
    /// No limit is documented.
    pub const NONE: Self = Self {
        per_minute: None,
        per_day: None,
    };

    /// A number in a day.
    pub const fn daily(count: u64) -> Self {
        Self {
            per_minute: None,
            per_day: Some(count),
        }
    }

    /// A number in a minute.
    pub const fn per_minute(count: u64) -> Self {
        Self {
            per_minute: Some(count),
            per_day: None,
        }
    }

    /// A number in a minute and one in a day.
    pub const fn both(minute: u64, day: u64) -> Self {
        Self {
            per_minute: Some(minute),
            per_day: Some(day),
        }
    }
}

/// A quota that is used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exceeded {
    /// Of the minute: 45011, at some endpoints 44991.
    Minute,
    /// Of the day: 45009.
    Day,
}

/// The calls of one app.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Quotas {
    used: HashMap<Cow<'static, str>, Used>,
    cleared_all: Monthly,
    cleared_one: Monthly,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Used {
    day: u64,
    in_day: u64,
    minute: u64,
    in_minute: u64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Monthly {
    month: (i32, u8),
    count: u32,
}

impl Quotas {
    /// Counts a call. One beyond a limit is refused and not counted.
    pub fn count(
        &mut self,
        path: &'static str,
        quota: Quota,
        limits: bool,
        now: Moment,
    ) -> Result<(), Exceeded> {
        let used = self.used.entry(Cow::Borrowed(path)).or_default();
        used.roll(now);
        if limits {
            if quota.per_day.is_some_and(|limit| used.in_day >= limit) {
                return Err(Exceeded::Day);
            }
            if quota
                .per_minute
                .is_some_and(|limit| used.in_minute >= limit)
            {
                return Err(Exceeded::Minute);
            }
        }
        used.in_day += 1;
        used.in_minute += 1;
        Ok(())
    }

    /// Calls of that endpoint today.
    pub fn used_today(&mut self, path: &'static str, now: Moment) -> u64 {
        let used = self.used.entry(Cow::Borrowed(path)).or_default();
        used.roll(now);
        used.in_day
    }

    /// Forgets every call. `false` when that was asked for too often this month.
    pub fn clear_all(&mut self, now: Moment) -> bool {
        let allowed = self.cleared_all.count_one(CLEAR_ALL_PER_MONTH, now);
        if allowed {
            self.used.clear();
        }
        allowed
    }

    /// Forgets the calls of one endpoint. `false` when that was asked for too often this month.
    pub fn clear_one(&mut self, path: &'static str, now: Moment) -> bool {
        let allowed = self.cleared_one.count_one(CLEAR_ONE_PER_MONTH, now);
        if allowed {
            self.used.remove(path);
        }
        allowed
    }
}

impl Used {
    fn roll(&mut self, now: Moment) {
        let (day, minute) = ((now + 8 * HOUR) / DAY, now / MINUTE);
        if self.day != day {
            (self.day, self.in_day) = (day, 0);
        }
        if self.minute != minute {
            (self.minute, self.in_minute) = (minute, 0);
        }
    }
}

impl Monthly {
    fn count_one(&mut self, limit: u32, now: Moment) -> bool {
        let month = month_in_beijing(now);
        if self.month != month {
            *self = Self { month, count: 0 };
        }
        let allowed = self.count < limit;
        self.count += u32::from(allowed);
        allowed
    }
}

fn month_in_beijing(now: Moment) -> (i32, u8) {
    let seconds = i64::try_from(now / 1000).unwrap_or(i64::MAX);
    let beijing = UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC);
    OffsetDateTime::from_unix_timestamp(seconds).map_or((0, 0), |time| {
        let time = time.to_offset(beijing);
        (time.year(), u8::from(time.month()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31 23:59 in Beijing.
    const NOW: Moment = 1_769_875_140_000;

    #[test]
    fn minutes_and_days_begin_anew() {
        let mut quotas = Quotas::default();
        let quota = Quota::both(2, 3);
        let mut count = |now| quotas.count("/x", quota, true, now);
        assert_eq!(count(NOW), Ok(()));
        assert_eq!(count(NOW), Ok(()));
        assert_eq!(count(NOW), Err(Exceeded::Minute));
        assert_eq!(count(NOW - MINUTE), Ok(()));
        assert_eq!(count(NOW - 2 * MINUTE), Err(Exceeded::Day));
        // Midnight in Beijing is four in the afternoon in Greenwich.
        assert_eq!(count(NOW + MINUTE), Ok(()));
        assert_eq!(quotas.used_today("/x", NOW + MINUTE), 1);
        let unlimited = quotas.count("/y", Quota::daily(0), false, NOW);
        assert_eq!(unlimited, Ok(()));
    }

    #[test]
    fn clearing_is_counted_by_the_month() {
        let mut quotas = Quotas::default();
        for _ in 0..10 {
            assert!(quotas.clear_all(NOW));
        }
        assert!(!quotas.clear_all(NOW));
        assert!(quotas.clear_all(NOW + MINUTE), "a new month in Beijing");
        for _ in 0..50 {
            assert!(quotas.clear_one("/x", NOW));
        }
        assert!(!quotas.clear_one("/x", NOW));
    }
}
