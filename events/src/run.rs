//! Events of a run: its beginning and end, and the comparison of replies with those of an earlier one.

use serde::{Deserialize, Serialize};

use crate::AnswerTimes;

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
    /// Verdicts that fail the run beside a broken Must: `should`, `info`, `inconclusive`.
    pub fail_on: Vec<String>,
    /// The URLs from which data are fetched.
    pub fetch_urls: Vec<FetchUrl>,
    /// The URL for platform notifications.
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

/// The time until data were there.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FetchTime {
    /// `prefetch` or `periodic`.
    pub kind: String,
    /// To the end of the answer, in microseconds.
    pub micros: u64,
}

/// The comparison of a server's replies with those of an earlier run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Contract {
    /// The file that holds them.
    pub file: String,
    /// The number of pushes that were answered.
    pub pushes: usize,
    /// The outcome of the comparison.
    pub state: ContractState,
}

impl Contract {
    /// A comparison that could not be made.
    pub fn unseen(why: &str) -> Self {
        Self {
            file: String::new(),
            pushes: 0,
            state: ContractState::Unseen {
                why: why.to_owned(),
            },
        }
    }

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

/// The end of the server's process, which was started for the run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServerEnded {
    /// Its status, in the words of the system.
    pub how: String,
    /// The last lines of its output.
    pub output: Vec<String>,
}

/// All that is known when a run is over.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunEnded {
    /// The way it ended.
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
    /// The answer times of all pushes.
    #[serde(default)]
    pub answer_times: AnswerTimes,
}

/// The way a run ended.
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
    /// The events end before the run did: it goes on, or whoever wrote them was killed.
    Cut,
    /// There was no contact.
    NoContact {
        /// The reason.
        reason: String,
    },
}
