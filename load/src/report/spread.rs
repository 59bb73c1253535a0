//! The workers of a run that was spread over many machines, and what was lost or sent twice between them.

use serde::{Deserialize, Serialize};

use crate::shard::Lost;

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
