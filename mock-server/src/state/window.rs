//! The windows in which a customer-service message may be sent to a user.
//!
//! An act of the user opens a window with a count and an end; a message spends one of its count. Several
//! may be open at once.

use serde::{Deserialize, Serialize};

use super::{HOUR, MINUTE, Moment};

/// The act of a user that opens a window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// Wrote a message: five answers within 48 hours.
    Message,
    /// Entered the session of a mini program: two within a minute (guide of the customer messages).
    EnterSession,
    /// Tapped a menu, followed or scanned, in an official account: three within a minute.
    Menu,
}

impl Opening {
    const fn allowance(self) -> (u32, Moment) {
        match self {
            Self::Message => (5, 48 * HOUR),
            Self::EnterSession => (2, MINUTE),
            Self::Menu => (3, MINUTE),
        }
    }
}

/// The reason that a message may not be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Closed {
    /// No window is open: 45015.
    OutOfTime,
    /// One is open, and its count is used up: 45047.
    UsedUp,
}

/// The windows of one user.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Windows(Vec<Window>);

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Window {
    opened_by: Opening,
    until: Moment,
    left: u32,
}

impl Windows {
    /// The user did something. A window of the same kind begins anew.
    pub fn open(&mut self, opening: Opening, now: Moment) {
        let (left, length) = opening.allowance();
        self.0
            .retain(|window| window.opened_by != opening && window.until > now);
        self.0.push(Window {
            opened_by: opening,
            until: now + length,
            left,
        });
    }

    /// The user follows the account no longer: nothing may be sent.
    pub fn close(&mut self) {
        self.0.clear();
    }

    /// Spends one message, of the window that ends first. Without limits the count does not matter.
    pub fn spend(&mut self, now: Moment, limits: bool) -> Result<(), Closed> {
        let open = || self.0.iter().enumerate().filter(|(_, w)| w.until > now);
        if !limits && open().next().is_some() {
            return Ok(());
        }
        let next = open()
            .filter(|(_, window)| window.left > 0)
            .min_by_key(|(_, window)| window.until)
            .map(|(place, _)| place);
        match next {
            Some(place) => {
                self.0[place].left -= 1;
                Ok(())
            }
            None if open().next().is_some() => Err(Closed::UsedUp),
            None => Err(Closed::OutOfTime),
        }
    }

    /// Messages that may still be sent now.
    pub fn left(&self, now: Moment) -> u32 {
        let open = self.0.iter().filter(|window| window.until > now);
        open.map(|window| window.left).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_allows_five_answers_in_two_days() {
        let mut windows = Windows::default();
        assert_eq!(windows.spend(0, true), Err(Closed::OutOfTime));
        windows.open(Opening::Message, 0);
        for _ in 0..5 {
            assert_eq!(windows.spend(1, true), Ok(()));
        }
        assert_eq!(windows.spend(1, true), Err(Closed::UsedUp));
        assert_eq!(windows.spend(1, false), Ok(()));
        windows.open(Opening::Message, 2);
        assert_eq!(windows.left(2), 5);
        assert_eq!(windows.spend(48 * HOUR + 1, true), Ok(()));
        assert_eq!(windows.spend(48 * HOUR + 2, true), Err(Closed::OutOfTime));
        assert_eq!(windows.spend(48 * HOUR + 2, false), Err(Closed::OutOfTime));
    }

    #[test]
    fn the_window_that_ends_first_is_spent_first() {
        let mut windows = Windows::default();
        windows.open(Opening::Message, 0);
        windows.open(Opening::EnterSession, 0);
        windows.open(Opening::Menu, 0);
        for _ in 0..5 {
            windows.spend(1, true).unwrap();
        }
        assert_eq!(windows.left(MINUTE), 5, "the message's window is untouched");
    }
}
