//! The zone of this machine's clock, in which a terminal shows times.

use chrono::{DateTime, Local, Offset as _};
use wxcheck_events::rfc3339;

/// The difference between this machine's clock and UTC, which is another one in summer where the clocks are changed.
#[derive(Clone, Copy)]
pub(crate) struct Zone {
    /// The seconds that the clock was ahead of UTC, or will be, at that Unix time in seconds.
    ahead: fn(i64) -> i32,
}

impl Zone {
    /// The zone of the system, or of `TZ`; UTC where none is known.
    pub(crate) const fn of_this_machine() -> Self {
        Self { ahead: ahead_here }
    }

    /// The time of day, such as `15:04:05.123`, and with a `Z` behind it where that is UTC.
    pub(crate) fn time_of_day(self, unix_millis: u64) -> String {
        let ahead = self.ahead_at(unix_millis);
        let moment = rfc3339(shifted(unix_millis, ahead));
        let clock = moment.get(11..23).unwrap_or_default();
        let sign = if ahead == 0 { "Z" } else { "" };
        format!("{clock}{sign}")
    }

    /// The moment as RFC 3339 has it, with the difference to UTC.
    pub(crate) fn moment(self, unix_millis: u64) -> String {
        let ahead = self.ahead_at(unix_millis);
        let moment = rfc3339(shifted(unix_millis, ahead));
        if ahead == 0 {
            return moment;
        }
        let sign = if ahead < 0 { '-' } else { '+' };
        let minutes = ahead.abs() / 60;
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let moment = moment.trim_end_matches('Z');
        format!("{moment}{sign}{hours:02}:{minutes:02}")
    }

    fn ahead_at(self, unix_millis: u64) -> i32 {
        let seconds = i64::try_from(unix_millis / 1000);
        seconds.map_or(0, self.ahead)
    }
}

fn ahead_here(seconds: i64) -> i32 {
    DateTime::from_timestamp(seconds, 0).map_or(0, |utc| {
        let here = utc.with_timezone(&Local);
        here.offset().fix().local_minus_utc()
    })
}

fn shifted(unix_millis: u64, seconds: i32) -> u64 {
    unix_millis.saturating_add_signed(i64::from(seconds) * 1000)
}

#[cfg(test)]
impl Zone {
    /// The zone that follows this rule.
    pub(crate) const fn by(ahead: fn(i64) -> i32) -> Self {
        Self { ahead }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_zone_and_utc_says_that_it_is() {
        let told = |ahead: fn(i64) -> i32| {
            let zone = Zone::by(ahead);
            let millis = 1_795_893_893_123;
            (zone.time_of_day(millis), zone.moment(millis))
        };
        assert_eq!(
            told(|_| 0),
            ("19:24:53.123Z".into(), "2026-11-28T19:24:53.123Z".into())
        );
        assert_eq!(
            told(|_| 8 * 3600),
            (
                "03:24:53.123".into(),
                "2026-11-29T03:24:53.123+08:00".into()
            )
        );
        assert_eq!(
            told(|_| -210 * 60),
            (
                "15:54:53.123".into(),
                "2026-11-28T15:54:53.123-03:30".into()
            )
        );
    }

    #[test]
    fn summer_time_begins_while_the_platform_runs() {
        // 2027-03-28, 01:00 UTC: clocks of Berlin go from 02:00 to 03:00.
        const CHANGE: i64 = 1_806_195_600;
        let berlin = Zone::by(|seconds| if seconds < CHANGE { 3600 } else { 7200 });
        let at = |seconds: i64| berlin.moment(u64::try_from(seconds).unwrap() * 1000);
        assert_eq!(at(CHANGE - 1), "2027-03-28T01:59:59.000+01:00");
        assert_eq!(at(CHANGE), "2027-03-28T03:00:00.000+02:00");
        let millis = u64::try_from(CHANGE).unwrap() * 1000;
        assert_eq!(berlin.time_of_day(millis), "03:00:00.000");
    }
}
