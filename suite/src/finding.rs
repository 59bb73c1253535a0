//! The conclusion of a judge: a finding with claim, expectation and observation, or why there is none.

use crate::{claim::Claim, reason::Reason};

/// The conclusion of a judge about a transcript.
pub type Judgement = Result<(), Miss>;

/// Everything but a pass.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Miss {
    /// The server breaks the rule.
    Found(Finding),
    /// It looks broken, but what was seen proves nothing: told as a warning, with the fix.
    Doubtful(Finding),
    /// It is broken where it does not count yet: noted, whatever the rule's level.
    Remark(Finding),
    /// The rule applies but could not be observed: says what is missing.
    Inconclusive(Reason),
    /// The rule does not apply to what this server does: says why.
    NotApplicable(Reason),
}

impl Miss {
    /// The rule applies but could not be observed.
    pub fn inconclusive(reason: impl Into<Reason>) -> Self {
        Self::Inconclusive(reason.into())
    }

    /// The rule does not apply to what this server does.
    pub fn not_applicable(reason: impl Into<Reason>) -> Self {
        Self::NotApplicable(reason.into())
    }
}

/// A broken claim. Made by matchers, never from prose.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// One of the rule's claims; while shrinking, another claim counts as a pass.
    pub claim: Claim,
    /// The behaviour of a correct server.
    pub expected: String,
    /// The behaviour of this one.
    pub actual: String,
    /// The request it shows at, counted from 0.
    pub at: usize,
    /// The nature of the finding: whether time or the state of a connection decided it.
    pub nature: Nature,
    /// The story, one line for each event, where an answer alone does not show it.
    pub story: Vec<String>,
    /// The status of the answer at which it shows, filled in when it is judged.
    pub status: Option<u16>,
    /// The push that it is about, where a rule tries many.
    pub subject: Option<Box<str>>,
}

/// The ground on which a finding was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nature {
    /// The content of an answer. It does not become right by passing once.
    Content,
    /// Something came that should not have: an effect too many, another user's reply, a secret. Whatever else was
    /// late or lost, that is proof.
    Proof,
    /// Time or a connection: judged again with nothing else in flight, for the load may be ours.
    Timing,
}

impl Finding {
    /// A finding about what was answered to the request `at`.
    pub fn new(
        claim: Claim,
        at: usize,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self {
            claim,
            expected: expected.into(),
            actual: actual.into(),
            at,
            nature: Nature::Content,
            story: Vec::new(),
            status: None,
            subject: None,
        }
    }

    /// The same, with what happened.
    #[must_use]
    pub fn with_story(mut self, story: Vec<String>) -> Self {
        self.story = story;
        self
    }

    /// The same, about that push.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same, resting on something that came and should not have.
    #[must_use]
    pub fn proven(mut self) -> Self {
        self.nature = Nature::Proof;
        self
    }

    /// The same, decided by how long an answer took that came within the limit. What came later or not at all need
    /// not be marked: the run sees that by itself.
    #[must_use]
    pub fn timing(mut self) -> Self {
        self.nature = Nature::Timing;
        self
    }

    /// As a judgement: the rule is broken.
    pub fn found(self) -> Judgement {
        Err(Miss::Found(self))
    }
}
