//! The subject of an event: the one place that must know each kind, so that a new one is thought of for all readers at once.

use crate::{Called, Exchange, Kind, PushOutcome, Sent, SentPush, Unsent};

/// The subject of an event.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A request of ours left.
    Sent(&'a Sent),
    /// A request of ours has ended.
    Exchange(&'a Exchange),
    /// A push did not leave.
    Unsent(&'a Unsent),
    /// A push is in another state.
    Outcome(&'a PushOutcome),
    /// A server called the API.
    Called(&'a Called),
    /// A path of our own listener was fetched.
    Fetched(&'a str),
    /// Something else happened on the platform, which is about no request.
    Platform,
    /// Something happened in a run, which has reports of its own.
    Run,
}

impl Kind {
    /// The subject of an event of that kind.
    pub const fn subject(&self) -> Subject<'_> {
        match self {
            Self::Sent(sent) => Subject::Sent(sent),
            Self::Exchange(exchange) => Subject::Exchange(exchange),
            Self::Unsent(unsent) => Subject::Unsent(unsent),
            Self::PushOutcome(outcome) => Subject::Outcome(outcome),
            Self::Called(called) => Subject::Called(called),
            Self::Fetched { path } => Subject::Fetched(path.as_str()),
            Self::PushDue(_) | Self::Fault(_) | Self::ClockMoved(_) => Subject::Platform,
            Self::RunBegun(_)
            | Self::ContactMade { .. }
            | Self::PlayBegun { .. }
            | Self::Effect(_)
            | Self::PlayEnded { .. }
            | Self::Verdict(_)
            | Self::ReplayWritten { .. }
            | Self::ContractCompared(_)
            | Self::BaselineCompared(_)
            | Self::Diagnosed(_)
            | Self::ServerEnded(_)
            | Self::RunEnded(_) => Subject::Run,
        }
    }

    /// It is about a run, which has its reports, and nothing that happens on the platform.
    pub const fn is_of_run(&self) -> bool {
        matches!(self.subject(), Subject::Run)
    }

    /// The push that it tells of: one that left, or that did not.
    pub fn push(&self) -> Option<&SentPush> {
        match self.subject() {
            Subject::Sent(sent) => sent.push.as_deref(),
            Subject::Unsent(unsent) => Some(&unsent.push),
            Subject::Exchange(_)
            | Subject::Outcome(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => None,
        }
    }

    /// The request that left, if it tells of one.
    pub const fn sent(&self) -> Option<&Sent> {
        match self.subject() {
            Subject::Sent(sent) => Some(sent),
            Subject::Exchange(_)
            | Subject::Unsent(_)
            | Subject::Outcome(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => None,
        }
    }

    /// The end of a request, if it tells of one.
    pub const fn exchange(&self) -> Option<&Exchange> {
        match self.subject() {
            Subject::Exchange(exchange) => Some(exchange),
            Subject::Sent(_)
            | Subject::Unsent(_)
            | Subject::Outcome(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => None,
        }
    }

    /// The call of the API, if it tells of one.
    pub const fn called(&self) -> Option<&Called> {
        match self.subject() {
            Subject::Called(called) => Some(called),
            Subject::Sent(_)
            | Subject::Exchange(_)
            | Subject::Unsent(_)
            | Subject::Outcome(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => None,
        }
    }
}
