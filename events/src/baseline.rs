//! The findings of a run beside those that its owner knows and lives with.

use serde::{Deserialize, Serialize};

/// A list of known findings, compared with what a run has found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Baseline {
    /// The file that holds the list.
    pub file: String,
    /// The rules whose findings are all listed.
    pub known: Vec<Known>,
    /// The entries that are no longer right. They fail the run.
    pub faults: Vec<BaselineFault>,
}

/// A rule whose findings are all listed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Known {
    /// The rule.
    pub rule: String,
    /// The reason why it is not fixed yet, in its owner's words.
    pub reason: String,
    /// The last day on which it is accepted, like `2027-01-31`.
    pub expires: Option<String>,
    /// The line of the entry, from 1.
    pub line: usize,
}

/// An entry that is no longer right.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct BaselineFault {
    /// The rule, as it is written there.
    pub rule: String,
    /// The claim, if the entry is about one alone.
    pub claim: Option<String>,
    /// The line of the entry, from 1.
    pub line: usize,
    /// The fault.
    #[serde(flatten)]
    pub wrong: WrongEntry,
}

/// The fault of an entry.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum WrongEntry {
    /// The rule was judged, and the finding did not occur.
    Gone,
    /// The entry was accepted until a day that is over.
    Expired {
        /// The last day on which it was accepted.
        on: String,
    },
    /// No rule has that id.
    UnknownRule {
        /// The rule that was meant, as far as can be told, or that took its place.
        hint: String,
    },
    /// The rule makes no such claim.
    UnknownClaim {
        /// The claims that it makes.
        claims: Vec<String>,
    },
}
