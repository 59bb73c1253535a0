//! Abuse of a push that no sender documented by WeChat commits, as data: a stranger's way to bring a server down.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Deliver, Scenario, Step};

/// One thing that is wrong with a push on purpose. Signatures hold wherever what they cover is left as it is. No size is
/// a number here, so that a replay file cannot ask for any.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Abuse {
    /// A field holds values nested very deep.
    Deep,
    /// In place of the body stands nothing but deep nesting, in the format that is not configured.
    DeepInOtherFormat,
    /// A field fills the body up to 256 KiB.
    QuarterMebibyte,
    /// A field fills the body up to 1 MiB.
    Mebibyte,
    /// A field holds bytes that are no UTF-8.
    InvalidUtf8,
    /// A field holds NUL.
    Nul,
    /// Every parameter stands in the query twice, the wrong one behind the true one.
    ParametersTwice,
    /// Every parameter stands in the query twice, the wrong one in front of the true one.
    WrongParametersFirst,
    /// Every parameter stands in the query a second time, written as an item of a list.
    ParametersAsLists,
    /// The query is very long.
    LongQuery,
    /// One header is very long.
    LongHeader,
    /// There are very many headers.
    ManyHeaders,
    /// The connection is closed in the middle of the body.
    HalfSent,
    /// The Content-Length says more than comes.
    LengthTooLong,
    /// The Content-Length says half of what comes.
    LengthTooShort,
    /// In one breath with it comes the same push, truly signed.
    FollowedByPush,
    /// In one breath with it comes the same push, truly signed, but for the end of its body.
    FollowedByHalf,
    /// Nothing is sent on the connection, which stays open to the end of the play.
    HeldUnused,
    /// The connection is held open with half of the head sent.
    HeldInHead,
    /// The connection is held open with half of the body sent.
    HeldInBody,
}

impl Scenario {
    /// True if something hostile is sent in it.
    pub fn is_hostile(&self) -> bool {
        self.has_abuse(|_| true)
    }

    /// True if connections stay open in it while others are made.
    pub(crate) fn holds_connections(&self) -> bool {
        self.has_abuse(Abuse::is_held)
    }

    fn has_abuse(&self, wanted: fn(Abuse) -> bool) -> bool {
        fn has(step: &Step, wanted: fn(Abuse) -> bool) -> bool {
            match step {
                Step::Deliver(deliver) => deliver.abuse.is_some_and(wanted),
                Step::Together(steps) => steps.iter().any(|step| has(step, wanted)),
                _ => false,
            }
        }
        self.steps.iter().any(|step| has(step, wanted))
    }
}

impl Deliver {
    /// The same, as no documented sender sends it.
    #[must_use]
    pub fn abused(mut self, abuse: Abuse) -> Self {
        self.abuse = Some(abuse);
        self
    }
}

impl Abuse {
    /// True if curl can send it as it is.
    pub const fn is_pasteable(self) -> bool {
        matches!(
            self,
            Self::ParametersTwice | Self::WrongParametersFirst | Self::ParametersAsLists
        )
    }

    /// True if its connection stays open to the end of the play.
    const fn is_held(self) -> bool {
        matches!(self, Self::HeldUnused | Self::HeldInHead | Self::HeldInBody)
    }
}

impl fmt::Display for Abuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deep => "a push with a field nested very deep",
            Self::DeepInOtherFormat => "a body of deep nesting in the other format",
            Self::QuarterMebibyte => "a push of 256 KiB",
            Self::Mebibyte => "a push of 1 MiB",
            Self::InvalidUtf8 => "a push with bytes that are no UTF-8",
            Self::Nul => "a push with NUL in it",
            Self::ParametersTwice => "a push with each parameter twice, the true one first",
            Self::WrongParametersFirst => "a push with each parameter twice, the wrong one first",
            Self::ParametersAsLists => "a push with each parameter a second time, as a list",
            Self::LongQuery => "a push with a very long query",
            Self::LongHeader => "a push with a very long header",
            Self::ManyHeaders => "a push with very many headers",
            Self::HalfSent => "a push whose sender hung up in the middle of its body",
            Self::LengthTooLong => "a push shorter than its Content-Length",
            Self::LengthTooShort => "a push longer than its Content-Length",
            Self::FollowedByPush => "a forged push with another right behind it",
            Self::FollowedByHalf => "a forged push with the half of another right behind it",
            Self::HeldUnused => "a connection that stays open unused",
            Self::HeldInHead => "a connection that stays open with half of a head",
            Self::HeldInBody => "a connection that stays open with half of a body",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abuse_is_a_word_in_a_replay_file_and_a_true_push_says_nothing_of_it() {
        let scenario = Scenario::of([Step::Together(vec![Step::Deliver(
            Deliver::text("x").abused(Abuse::HeldInBody),
        )])]);
        assert!(scenario.is_hostile() && scenario.holds_connections());
        let text = serde_json::to_string(&scenario).unwrap();
        assert!(text.contains(r#""abuse":"held-in-body""#), "{text}");
        assert_eq!(serde_json::from_str::<Scenario>(&text).unwrap(), scenario);
        let harmless = Scenario::of([Step::Deliver(Deliver::text("x"))]);
        assert!(!harmless.is_hostile());
        assert!(!serde_json::to_string(&harmless).unwrap().contains("abuse"));
    }
}
