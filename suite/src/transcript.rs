//! What happened in one play, on one timeline: pure data, so that a judge can be tested on one made
//! by hand.

use std::time::Duration;

use wxcheck_mock_server::{Answer, Outcome, Silence};
use wxcheck_protocol::reply::Reply;

use crate::{leak::Leak, profile::Profile, recipe::Recipe};

/// One play of one scenario.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// What was known of the target.
    pub profile: Profile,
    /// The requests, in the order in which the scenario writes them.
    pub entries: Vec<Entry>,
    /// Paths of our listener that were fetched during this play and belong to it.
    pub fetched: Vec<String>,
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was sent, for judges.
    pub sent: Sent,
    /// How to send it again by hand.
    pub recipe: Recipe,
    /// When it was begun, from the start of the platform.
    pub started: Duration,
    /// The answer, or why there is none.
    pub outcome: Outcome,
    /// What the answer's body says.
    pub reply: Option<Reply>,
    /// What the answer gives away.
    pub leaks: Vec<Leak>,
}

impl Entry {
    /// The answer, if there is one.
    pub const fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Silent(_) => None,
        }
    }

    /// Why there is no answer, if there is none.
    pub const fn silence(&self) -> Option<&Silence> {
        match &self.outcome {
            Outcome::Answered(_) => None,
            Outcome::Silent(silence) => Some(silence),
        }
    }
}

/// What was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sent {
    /// A GET without parameters.
    Visit,
    /// A URL verification.
    Verification {
        /// What is to be echoed.
        echostr: String,
    },
    /// A push.
    Push {
        /// Who sent it: `FromUserName`, and the `ToUserName` of a reply.
        openid: String,
        /// The account's original id: `ToUserName`, and the `FromUserName` of a reply.
        original_id: String,
        /// The text of a text message.
        text: Option<String>,
        /// Whether it is an event.
        event: bool,
    },
}
