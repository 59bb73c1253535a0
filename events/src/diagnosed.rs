//! The causes behind what failed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The outcome of looking for causes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Diagnosed {
    /// The causes, in the order in which they are to be fixed.
    pub causes: Vec<Diagnosis>,
    /// The first mistake hides whether pushes are answered rightly.
    #[serde(default)]
    pub open: bool,
    /// The language in which the server seems to be written.
    pub stack: Option<String>,
    /// Requests sent.
    pub requests: u32,
}

/// One cause.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Its id.
    pub cause: String,
    /// Values that were seen, by the names that its words have for them.
    pub values: BTreeMap<String, String>,
    /// `proven`, `seen`, `no-answer` or `supposed`.
    pub certainty: String,
    /// The request that was taken, as a line for a shell.
    pub curl: Option<String>,
}
