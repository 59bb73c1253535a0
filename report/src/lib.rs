//! The JSON report of a run of wxcheck, as types. Scripts read it, and every other report can be made of it.
//!
//! Its keys are stable. One may be added; one that is renamed, or means something else, takes another [`SCHEMA`].
//! `fixtures/schema/report.json` is the same as a JSON schema.

mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use read::{ReadError, read};

/// The version of this form.
pub const SCHEMA: u32 = 1;

/// The levels of rules.
pub const LEVELS: [&str; 3] = ["must", "should", "info"];

/// The verdicts on rules.
pub const VERDICTS: [&str; 8] = [
    "passed",
    "failed",
    "warned",
    "noted",
    "inconclusive",
    "skipped",
    "flaky",
    "errored",
];

/// The word under which the summary counts rules whose findings are known and accepted.
pub const KNOWN: &str = "known";

/// The outcomes of a run.
pub const OUTCOMES: [&str; 3] = ["passed", "failed", "no verdict"];

/// A run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of this form.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: u32,
    /// The version of wxcheck.
    pub wxcheck: String,
    /// The seed that repeats the run.
    pub seed: u64,
    /// The server that was judged, and how.
    pub target: Target,
    /// `whole`, `stopped by` and by whom, `out of time`, `no contact:` and the reason, or `the log ends before the run did`.
    pub ended: String,
    /// One of [`OUTCOMES`]: what the exit code says. Empty in reports of versions that did not write it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = OUTCOMES)))]
    pub outcome: String,
    /// The reason that there is no verdict. Only where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Requests sent for the verdicts.
    pub requests: u64,
    /// Requests sent beside them to find the causes. Only where they were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis_requests: Option<u32>,
    /// From the first request to the last verdict.
    pub millis: u64,
    /// The part of it that limits and quiet periods took.
    pub waiting_millis: u64,
    /// The longest that one of wxcheck's own timers was late. Only where this machine was too busy to time a server well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_millis: Option<u64>,
    /// The answer times of all pushes, in buckets. The names are those of the events, and change with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_times: Option<Map<String, Value>>,
    /// Verdicts that fail the run beside a broken Must: `should`, `info`, `inconclusive`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fail_on: Vec<String>,
    /// The number of rules with each verdict, without those whose findings are known and accepted; and of those, under `known`.
    pub summary: BTreeMap<String, usize>,
    /// The replies beside those of an earlier run. Only where they were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Compared>,
    /// The list of known findings. Only where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The end of the server's process. Only where it was started for the run and ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_ended: Option<ServerEnded>,
    /// The causes behind what failed, in the order in which they are to be fixed. Only where they were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Vec<CauseRow>>,
    /// The first cause hides whether pushes are answered rightly.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diagnosis_open: bool,
    /// The language in which the server seems to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// One row a rule.
    pub rules: Vec<Row>,
}

/// The server that was judged.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// The callback URL, without user and password.
    pub url: String,
    /// `plain`, `compat` or `safe`.
    pub mode: String,
    /// `xml` or `json`.
    pub format: String,
    /// The kind of account.
    pub account: String,
    /// Pushes go to the URL.
    pub callback: bool,
    /// The limit of one exchange, in microseconds.
    pub limit_micros: u64,
    /// The URL for platform notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// The URLs from which data were fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetches: Vec<Fetches>,
}

/// A URL from which data were fetched.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fetches {
    /// `prefetch` or `periodic`.
    pub kind: String,
    /// The URL, without user and password.
    pub url: String,
    /// The first answer, to its end.
    pub millis: Option<f64>,
    /// The time that it may take; a prefetch has that of a cold start.
    pub budget_millis: u64,
}

/// The replies beside those of an earlier run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    /// The pushes that are answered differently than before.
    pub changed: Vec<String>,
    /// `new`, `kept`, `changed` or `unseen`.
    pub state: String,
    /// The file that holds the replies.
    pub file: String,
    /// The number of pushes that were answered.
    pub pushes: usize,
    /// The reason why nothing was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The replies that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
}

/// A reply that is not as it was.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reply {
    /// The push.
    pub push: String,
    /// The reply as it was; nothing where the push is new.
    pub then: Option<String>,
    /// The reply as it is; nothing where the push is gone.
    pub now: Option<String>,
}

/// The end of the server's process.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerEnded {
    /// Its status, in the words of the system.
    pub how: String,
    /// The last lines of its output.
    pub output: Vec<String>,
}

/// The verdict on a rule.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    /// The rule's id.
    pub id: String,
    /// One of [`LEVELS`].
    #[cfg_attr(feature = "schema", schemars(extend("enum" = LEVELS)))]
    pub level: String,
    /// The note that the rule will be retired. Only where it will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// One of [`VERDICTS`].
    #[cfg_attr(feature = "schema", schemars(extend("enum" = VERDICTS)))]
    pub verdict: String,
    /// The claim that is broken.
    pub claim: Option<String>,
    /// Every claim that some case broke, that one first.
    pub claims: Vec<String>,
    /// The pushes concerned, where the rule tries many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pushes: Vec<String>,
    /// The answer or act of a correct server.
    pub expected: Option<String>,
    /// The answer or act of this one.
    pub actual: Option<String>,
    /// The status of the answer at which it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The story of the finding, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<String>,
    /// The reason for no verdict, or a remark, as a sentence.
    pub reason: Option<String>,
    /// The same as data. Its names are those of the events, and change with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Map<String, Value>>,
    /// The way to see the finding again.
    pub reproduction: Option<Reproduction>,
    /// The play that shows the finding, for drawing. Its names are those of the events, and change with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Map<String, Value>>,
    /// The entry of the list that accepts it. Only where everything that was found is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// The time that the rule took.
    pub millis: u64,
}

/// A list of known findings.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Baseline {
    /// The file.
    pub file: String,
    /// Entries that are no longer right: each fails the run.
    pub faults: Vec<BaselineFault>,
}

/// An entry that is no longer right.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaselineFault {
    /// The rule, as it is written there.
    pub rule: String,
    /// The claim, if the entry is about one alone.
    pub claim: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The fault, as a sentence.
    pub says: String,
    /// The same as data. Its names are those of the events, and change with them.
    pub because: Map<String, Value>,
}

/// The entry that accepts what a rule found.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Known {
    /// The reason why it is not fixed yet.
    pub reason: String,
    /// The last day on which it is accepted, if there is one.
    pub expires: Option<String>,
    /// The line of the entry, from 1.
    pub line: usize,
}

/// The way to see a finding again.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reproduction {
    /// A `curl` line for each request up to the one where it shows.
    pub curl: Vec<String>,
    /// The file that `replay` takes.
    pub replay: Option<String>,
    /// It goes to the URL for platform notifications.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_authorization_url: bool,
}

/// A cause behind what failed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CauseRow {
    /// Its id.
    pub id: String,
    /// `proven`, `seen`, `no-answer` or `supposed`.
    pub certainty: String,
    /// The mistake.
    pub says: String,
    /// The change to make.
    pub fix: String,
    /// The line to write, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code: BTreeMap<String, String>,
    /// The request that was taken, as a line for a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// Values that were seen, by the names that the cause's words have for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}
