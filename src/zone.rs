//! The zone of this machine's clock, in which a terminal shows times.

use time::UtcOffset;
use wxcheck_events::rfc3339;

/// The difference between this machine's clock and UTC; nothing where there is none, or none is known.
#[derive(Clone, Copy)]
pub(crate) struct Zone(Option<UtcOffset>);

impl Zone {
    /// The zone as the system has it now. It may be asked for only as long as the program has one thread, for another could be
    /// changing the environment; so it is asked once, at the start.
    pub(crate) fn of_this_machine() -> Self {
        let offset = UtcOffset::current_local_offset().ok();
        Self(offset.filter(|offset| !offset.is_utc()))
    }

    /// The time of day, such as `15:04:05.123`, and with a `Z` behind it where that is UTC.
    pub(crate) fn time_of_day(self, unix_millis: u64) -> String {
        let moment = rfc3339(self.shifted(unix_millis));
        let clock = moment.get(11..23).unwrap_or_default();
        let sign = if self.0.is_none() { "Z" } else { "" };
        format!("{clock}{sign}")
    }

    /// The moment as RFC 3339 has it, with the difference to UTC.
    pub(crate) fn moment(self, unix_millis: u64) -> String {
        let moment = rfc3339(self.shifted(unix_millis));
        let Some(offset) = self.0 else { return moment };
        let (hours, minutes, _) = offset.as_hms();
        let sign = if offset.is_negative() { '-' } else { '+' };
        let (hours, minutes) = (hours.abs(), minutes.abs());
        format!(
            "{}{sign}{hours:02}:{minutes:02}",
            moment.trim_end_matches('Z')
        )
    }

    fn shifted(self, unix_millis: u64) -> u64 {
        let seconds = self.0.map_or(0, UtcOffset::whole_seconds);
        unix_millis.saturating_add_signed(i64::from(seconds) * 1000)
    }
}

#[cfg(test)]
impl Zone {
    /// UTC, or a zone so many minutes before it.
    pub(crate) fn of_minutes(minutes: i32) -> Self {
        let offset = UtcOffset::from_whole_seconds(minutes * 60).unwrap();
        Self(Some(offset).filter(|offset| !offset.is_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_zone_and_utc_says_that_it_is() {
        let told = |minutes: i32| {
            let zone = Zone::of_minutes(minutes);
            let millis = 1_795_893_893_123;
            (zone.time_of_day(millis), zone.moment(millis))
        };
        assert_eq!(
            told(0),
            ("19:24:53.123Z".into(), "2026-11-28T19:24:53.123Z".into())
        );
        assert_eq!(
            told(480),
            (
                "03:24:53.123".into(),
                "2026-11-29T03:24:53.123+08:00".into()
            )
        );
        assert_eq!(
            told(-210),
            (
                "15:54:53.123".into(),
                "2026-11-28T15:54:53.123-03:30".into()
            )
        );
    }
}
