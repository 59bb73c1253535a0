//! The server's behaviour, as first contact sees it.

use std::time::Duration;

use wxcheck_protocol::fetch::FetchKind;

use crate::{
    frame::Frame,
    reason::{Reason, Unjudged},
    rule_id::RuleId,
};

/// The behaviour that the server was seen to have.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was seen or not, and no two exclude each other"
)]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observed {
    /// The URL verification works, or the rule that says why not.
    pub echoes: Result<(), RuleId>,
    /// The echostr comes back, if not byte for byte: enough to tell a forged verification from a true one.
    pub echoes_roughly: Result<(), RuleId>,
    /// True pushes are taken, or the rule that says why not.
    pub serves: Result<(), RuleId>,
    /// Some true push is taken, if not every one.
    pub serves_some: Result<(), RuleId>,
    /// The answers to a text message and to an event are acknowledgements, or the rule that says otherwise.
    pub acknowledges: Result<(), RuleId>,
    /// The messages in answer to a text message and to an event have no fault, or the rule that says
    /// otherwise.
    pub sound_replies: Result<(), RuleId>,
    /// A text message is answered with more than an acknowledgement.
    pub replies: bool,
    /// The answer to a text message is a message that can be read.
    pub readable: bool,
    /// The words around the user's text, where that message repeats it.
    pub repeats_text: Option<Frame>,
    /// In compat mode, the clear copy of a message was seen to be used: that is what the mode is for, and the
    /// signatures of the envelope say nothing to such a server.
    pub uses_clear_copy: bool,
    /// A push that nobody can open is answered like a true one, and nothing else showed that a true one is opened.
    pub opens_unseen: bool,
    /// A push got no answer twice, with nothing else in flight.
    pub leaves_unanswered: bool,
    /// Deliveries of a push that the server leaves unanswered before it answers one, as bots in front of slow models
    /// do: its pushes are delivered again until one is answered.
    pub holds_back: u8,
    /// The user of the first event, with which it was seen how events are answered.
    pub event_user: Option<String>,
    /// The time that a true push took; zero where none was answered.
    pub latency: Duration,
    /// The time that the verification of the URL took; zero where none was answered.
    pub echo_latency: Duration,
    /// The time that a message keeps a server that works on one after the other from the next; zero for all others.
    pub work: Duration,
    /// The reason that no effect is known, where none is.
    pub no_effect: Reason,
    /// The user who writes is the one who is answered, or the rule that says otherwise.
    pub answers_the_writer: Result<(), RuleId>,
    /// The rule that is broken where an event leads to effects for anybody but the user who caused it.
    pub answers_events: Result<(), RuleId>,
    /// A token that is refused is renewed, or the rule that says otherwise: with the token of an earlier run nothing
    /// ever has an effect.
    pub renews_token: Result<(), RuleId>,
    /// The pushes of two users in one second both have effects, or the rule that says why not.
    pub tells_users_apart: Result<(), RuleId>,
    /// The time that the first fetch of each kind took; without those that were not answered.
    pub fetches: Vec<(FetchKind, Duration)>,
    /// Fetches are answered, with whatever status, or the rule that says why not.
    pub answers_fetches: Result<(), RuleId>,
}

impl Observed {
    /// Before anything was seen.
    pub(crate) fn nothing() -> Self {
        Self {
            echoes: Ok(()),
            echoes_roughly: Ok(()),
            serves: Ok(()),
            serves_some: Ok(()),
            acknowledges: Ok(()),
            sound_replies: Ok(()),
            replies: false,
            readable: false,
            repeats_text: None,
            uses_clear_copy: false,
            opens_unseen: false,
            leaves_unanswered: false,
            holds_back: 0,
            event_user: None,
            latency: Duration::ZERO,
            echo_latency: Duration::ZERO,
            work: Duration::ZERO,
            no_effect: Unjudged::NoEffectSeen {
                tried: Vec::new(),
                calls: Vec::new(),
            }
            .into(),
            answers_the_writer: Ok(()),
            answers_events: Ok(()),
            renews_token: Ok(()),
            tells_users_apart: Ok(()),
            fetches: Vec::new(),
            answers_fetches: Ok(()),
        }
    }
}
