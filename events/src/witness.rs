//! The play that shows a finding: what was sent and called in it on one time axis, and the exchange at which it shows.

use serde::{Deserialize, Serialize};

use crate::{Evidence, RecordedOutcome};

/// The play that shows a finding. Times are in microseconds from its first request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Witness {
    /// The requests in the order of the scenario; those around the one at which it shows where there are too many to keep.
    pub requests: Vec<WitnessedRequest>,
    /// The number of requests that are not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_requests: usize,
    /// The calls of the API about users of the play, and those about nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<WitnessedCall>,
    /// The number of calls that are not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_calls: usize,
    /// The changes to the API that were part of the play.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<WitnessedAct>,
    /// The place of the request at which the finding shows, among those that are kept.
    pub at: Option<usize>,
    /// The bytes of that request and of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Box<Evidence>>,
}

/// A request of the play.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WitnessedRequest {
    /// The time at which it left.
    pub at_micros: u64,
    /// `push`, `verification`, `fetch` or `visit`.
    pub kind: String,
    /// The push, by its name in the catalogue; the kind of a fetch; how a verification differs from WeChat's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The place of the request that it repeats, among those that are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<usize>,
    /// It must not be taken, since its signature is not WeChat's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forged: bool,
    /// The answer, or why there is none.
    #[serde(flatten)]
    pub outcome: RecordedOutcome,
    /// The limit after which it was cut, where one passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_micros: Option<u64>,
}

impl WitnessedRequest {
    /// The time at which it ended, as far as that is known.
    pub fn end_micros(&self) -> Option<u64> {
        let took = match self.outcome {
            RecordedOutcome::Answered { total_micros, .. } => Some(total_micros),
            RecordedOutcome::Silent { .. } => self.cut_micros,
        };
        took.map(|took| self.at_micros.saturating_add(took))
    }
}

/// A call of the API during the play.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WitnessedCall {
    /// The time at which it came.
    pub at_micros: u64,
    /// Its path; nothing where a page of the server's own counts effects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The number of messages to a user that it stands for: its effects.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub effects: usize,
    /// The errcode of the answer; 0 is success.
    pub errcode: i64,
    /// It was made to fail on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub struck: bool,
}

/// A change to the API that was part of the play.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WitnessedAct {
    /// The time at which it was made.
    pub at_micros: u64,
    /// The change, as a predicate of wxcheck.
    pub what: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference to it"
)]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}
