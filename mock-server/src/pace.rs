//! The time at which the next of many requests goes out.

use std::time::Duration;

/// An even rate, or all at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    per_second: Option<u32>,
}

impl Pace {
    /// A number a second; without a number all at once, as a thundering herd.
    pub(crate) const fn of(per_second: Option<u32>) -> Self {
        Self { per_second }
    }

    /// The time at which the one at that place goes out, counted from the first, which has place 0.
    pub(crate) fn after(self, place: u32) -> Duration {
        match self.per_second {
            Some(rate) => Duration::from_secs_f64(f64::from(place) / f64::from(rate.max(1))),
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_even_and_no_rate_is_at_once() {
        let even = Pace::of(Some(200));
        assert_eq!(even.after(0), Duration::ZERO);
        assert_eq!(even.after(300), Duration::from_millis(1500));
        assert_eq!(Pace::of(None).after(300), Duration::ZERO);
        assert!(Pace::of(Some(0)).after(u32::MAX) > Duration::ZERO);
    }
}
