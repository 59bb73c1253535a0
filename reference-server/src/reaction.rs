//! The reactions to an API that takes long, or turns down a token or a message.

use std::time::Duration;

/// The reaction when the API takes long.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LateSends {
    /// It is waited for, twice the limit; then the message is given up.
    #[default]
    WaitedFor,
    /// The message is sent again after four fifths of the limit.
    SentAgain,
}

impl LateSends {
    /// The time for which an answer is waited for.
    pub(crate) fn patience(self, limit: Duration) -> Duration {
        match self {
            Self::WaitedFor => limit * 2,
            Self::SentAgain => limit * 4 / 5,
        }
    }
}

/// The reaction when the API turns down the token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Renewal {
    /// The words are sent again, once, with another token.
    #[default]
    SendsAgain,
    /// Nothing: the token stays the same for ever.
    Never,
    /// Another token is fetched for the messages to come.
    ForThoseToCome,
    /// The words are sent again, but with another token only if the first is invalid, not if it has expired.
    IfInvalid,
    /// The same, but only if it has expired.
    IfExpired,
    /// The words are sent again and again, and with another token only in the end.
    AfterAStorm,
}

/// The reaction when the API turns down a message for another reason than its token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TurnedDown {
    /// It is given up.
    #[default]
    GivenUp,
    /// It is tried three times more.
    TriedThrice,
    /// It is tried until it is taken.
    TriedForEver,
}

impl TurnedDown {
    /// The further tries, and the pause before each. Nothing that is tested waits for the end of them.
    pub(crate) const fn tries(self) -> (usize, Duration) {
        match self {
            Self::GivenUp => (0, Duration::ZERO),
            Self::TriedThrice => (3, Duration::from_millis(200)),
            Self::TriedForEver => (STORM, Duration::from_millis(50)),
        }
    }
}

/// The calls of a storm.
pub(crate) const STORM: usize = 425;
