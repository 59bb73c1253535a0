//! The workers of a run that was spread over many machines, and what was lost or sent twice between them.

use serde::{Deserialize, Serialize};

/// The part of a report that says who took part.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spread {
    /// The workers that sent something.
    pub workers: Vec<String>,
    /// Seconds of a shard of which nothing is known: what its worker sent in them is not counted.
    pub lost: Vec<Lost>,
    /// Seconds of a shard in which two workers sent: the same requests, since their names and numbers follow from the plan.
    pub twice: Vec<Twice>,
}

/// Seconds that are lost: from one up to another, which is not.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lost {
    /// The shard.
    pub shard: u32,
    /// The worker that may have sent in them and died; none where nobody had the shard yet.
    pub worker: Option<String>,
    /// The first second, from the beginning of the plan.
    pub from: u64,
    /// The second that is not lost any more.
    pub to: u64,
}

/// A second in which two workers sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Twice {
    /// The shard.
    pub shard: u32,
    /// The second, from the beginning of the plan.
    pub second: u64,
    /// The requests that both sent.
    pub requests: u64,
}
