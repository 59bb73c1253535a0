//! The end of one exchange, and the count that it goes into.

use serde::Serialize;

use crate::{
    counts::Counts,
    marks::Mark,
    sequence::{Item, Role},
};

/// The end of one exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// A push was answered as WeChat wants it.
    Acknowledged,
    /// A push was answered with a message to another user.
    WrongUser,
    /// A push was answered with 200 and something else.
    Odd,
    /// A fetch was answered with 200.
    Data,
    /// Another status.
    Status(u16),
    /// Nothing came in time.
    Cut,
    /// There was no connection.
    Unconnected,
    /// The connection ended before the answer did.
    Dropped,
    /// The answer is no HTTP, or too long.
    Unreadable,
    /// The run was stopped meanwhile.
    Abandoned,
}

impl Ending {
    /// True if an answer came, and its time counts.
    pub(crate) const fn is_answer(self) -> bool {
        matches!(
            self,
            Self::Acknowledged | Self::WrongUser | Self::Odd | Self::Data | Self::Status(_)
        )
    }

    /// The mark of a push that ended so, if it leaves one.
    pub(crate) const fn mark(self) -> Option<Mark> {
        match self {
            Self::Acknowledged => Some(Mark::Acknowledged),
            Self::WrongUser => Some(Mark::WrongUser),
            _ => None,
        }
    }

    /// Counts it.
    pub(crate) fn count(self, item: &Item, counts: &mut Counts) {
        let forged = item.role == Role::Forged;
        match self {
            Self::Acknowledged | Self::WrongUser if forged => counts.forged_acknowledged += 1,
            // Whoever hangs up on a forgery refuses it.
            Self::Odd | Self::Status(_) | Self::Dropped if forged => counts.forged_refused += 1,
            Self::Acknowledged => counts.acknowledged += 1,
            Self::WrongUser => {
                counts.acknowledged += 1;
                counts.wrong_user += 1;
            }
            Self::Odd => counts.odd += 1,
            Self::Data => counts.data += 1,
            Self::Status(status) => *counts.statuses.entry(status).or_default() += 1,
            Self::Cut => counts.cut += 1,
            Self::Unconnected => counts.unconnected += 1,
            Self::Dropped => counts.dropped += 1,
            Self::Unreadable => counts.unreadable += 1,
            Self::Abandoned => counts.abandoned += 1,
        }
    }
}

/// One exchange of many, in full.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sample {
    /// Its number in the plan.
    pub number: u64,
    /// The number of the push whose content it had.
    pub origin: u64,
    /// The name in the mix.
    pub name: String,
    /// The user.
    pub openid: String,
    /// The MsgId, where it has one.
    pub msg_id: String,
    /// The part that it plays.
    pub role: Role,
    /// Microseconds from the beginning of the plan until it was due.
    pub due_micros: u64,
    /// Microseconds from then until it was sent.
    pub waited_micros: u64,
    /// Microseconds from then until its end.
    pub took_micros: u64,
    /// Its end.
    pub ending: Ending,
}
