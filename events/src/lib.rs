//! Everything that happens in a run, as one stream of events: versioned, serialisable, free of secrets.
//!
//! Whoever makes an event takes the secrets out of it first; nothing behind that needs to know any. Reports are made
//! from the stream, at once or later from a file, and read nothing else.

mod diagnosed;
mod exchange;
mod log;
mod verdict;

use serde::{Deserialize, Serialize};

pub use diagnosed::{Diagnosed, Diagnosis};
pub use exchange::{Body, Call, Exchange, Outcome, Param};
pub use log::{LINE_BYTES, LogError, read};
pub use verdict::{Missing, Reason, Reproduction, Verdict};

/// The version of the stream. It changes when an old reader would misread a new stream.
pub const VERSION: u32 = 1;

/// One thing that happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// Counts from 0, without a gap.
    pub number: u64,
    /// From the start of the platform, in microseconds.
    pub at_micros: u64,
    /// The kind, with what belongs to it.
    #[serde(flatten)]
    pub kind: Kind,
}

/// The kinds of event. Readers match on all of them, so that a new one is a compile error wherever it matters.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Kind {
    /// A run begins.
    RunBegun(Box<RunBegun>),
    /// First contact is made.
    ContactMade {
        /// How soon data were there, for each URL from which they are fetched.
        fetches: Vec<FetchTime>,
    },
    /// A scenario begins to be played.
    PlayBegun {
        /// Its number, from 0.
        play: u64,
        /// The rule for which it is played, if it is for one.
        rule: Option<String>,
    },
    /// A request and what came of it.
    Exchange(Box<Exchange>),
    /// The server called the API, or a page of its own counted an effect.
    Call(Box<Call>),
    /// Our listener was fetched from.
    Fetched {
        /// During which play.
        play: u64,
        /// The path.
        path: String,
    },
    /// A scenario was played to its end.
    PlayEnded {
        /// Its number.
        play: u64,
        /// The time that wxcheck itself lost meanwhile, in microseconds.
        lost_micros: u64,
    },
    /// A rule has a verdict; a later one of the same rule takes its place.
    Verdict(Box<Verdict>),
    /// A failing scenario was written to a file.
    ReplayWritten {
        /// The rule.
        rule: String,
        /// The file.
        path: String,
    },
    /// The replies of the server were compared with those of an earlier run.
    ContractCompared(Box<Contract>),
    /// The cause behind what failed was looked for.
    Diagnosed(Box<Diagnosed>),
    /// The run is over.
    RunEnded(Box<RunEnded>),
}

/// All that is known when a run begins.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunBegun {
    /// The version of the stream.
    pub log: u32,
    /// The version of wxcheck.
    pub wxcheck: String,
    /// The seed that repeats the run.
    pub seed: u64,
    /// The target's URL, without user and password.
    pub url: String,
    /// `plain`, `compat` or `safe`.
    pub mode: String,
    /// `xml` or `json`.
    pub format: String,
    /// The kind of account.
    pub account: String,
    /// The limit of one exchange, in microseconds.
    pub limit_micros: u64,
    /// Pushes go to the URL.
    pub callback: bool,
    /// A Should, a flaky and an inconclusive verdict fail the run too.
    pub strict: bool,
    /// Where data are fetched.
    pub fetch_urls: Vec<FetchUrl>,
    /// The URL for notifications to a third-party platform about itself.
    pub authorization_url: Option<String>,
    /// The rules that are to be judged, in the order of reports.
    pub rules: Vec<String>,
}

/// A URL from which data are fetched.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FetchUrl {
    /// `prefetch` or `periodic`.
    pub kind: String,
    /// The URL, without user and password.
    pub url: String,
}

/// How soon data were there.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FetchTime {
    /// `prefetch` or `periodic`.
    pub kind: String,
    /// To the end of the answer, in microseconds.
    pub micros: u64,
}

/// How the replies of a server compare with those of an earlier run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Contract {
    /// The file that holds them.
    pub file: String,
    /// How many pushes were answered.
    pub pushes: usize,
    /// The outcome of the comparison.
    pub state: ContractState,
}

impl Contract {
    /// The pushes that are answered otherwise than before.
    pub fn changed(&self) -> Vec<&str> {
        match &self.state {
            ContractState::Changed { replies } => {
                replies.iter().map(|reply| reply.push.as_str()).collect()
            }
            ContractState::New | ContractState::Kept | ContractState::Unseen { .. } => Vec::new(),
        }
    }
}

/// The outcome of comparing replies.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ContractState {
    /// There were none before: these are written.
    New,
    /// They are the same.
    Kept,
    /// Some differ.
    Changed {
        /// The replies that differ, each as it was and as it is.
        replies: Vec<ChangedReply>,
    },
    /// They were not compared.
    Unseen {
        /// The reason.
        why: String,
    },
}

/// A reply that is not as it was.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChangedReply {
    /// The push.
    pub push: String,
    /// The reply as it was; nothing where the push is new.
    pub then: Option<String>,
    /// The reply as it is; nothing where the push is gone.
    pub now: Option<String>,
}

/// All that is known when a run is over.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunEnded {
    /// How it ended.
    pub ended: Ended,
    /// Requests sent.
    pub requests: u64,
    /// From the first request to the last verdict, in microseconds.
    pub took_micros: u64,
    /// The part of it that limits and quiet periods took.
    pub waiting_micros: u64,
    /// The longest that one of wxcheck's own timers was late.
    pub lateness_micros: u64,
    /// The machine was too busy to time a server well.
    pub starved: bool,
}

/// How a run ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Ended {
    /// Every rule has its verdict.
    Whole,
    /// It was stopped before.
    Stopped {
        /// By whom.
        by: String,
    },
    /// The time for it was over.
    OutOfTime,
    /// The log ends before the run did: whoever wrote it was killed.
    Cut,
    /// There was no contact.
    NoContact {
        /// The reason.
        reason: String,
    },
}
