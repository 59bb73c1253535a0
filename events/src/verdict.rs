//! The verdict on a rule.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Unjudged, Witness};

/// The verdict on one rule, with everything a reader needs to act on it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Verdict {
    /// The rule's id.
    pub rule: String,
    /// `passed`, `failed`, `warned`, `noted`, `inconclusive`, `skipped`, `flaky` or `errored`.
    pub verdict: String,
    /// The claim that is broken.
    pub claim: Option<String>,
    /// Every claim that some case broke, that one first.
    pub claims: Vec<String>,
    /// The pushes for which one was broken, where the rule tries many.
    pub pushes: Vec<String>,
    /// The answer or act of a correct server.
    pub expected: Option<String>,
    /// The answer or act of this one.
    pub actual: Option<String>,
    /// The status of the answer at which it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The story, one line each.
    pub story: Vec<String>,
    /// The reason for no verdict, or a remark.
    pub reason: Option<Reason>,
    /// The steps that show it again.
    pub reproduction: Option<Reproduction>,
    /// The play that shows the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Box<Witness>>,
    /// The time that the rule took, in microseconds.
    pub took_micros: u64,
}

/// The reason why a rule was not judged, or not to the end.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// Another rule's failure stands in the way.
    Blocked {
        /// The id of that rule.
        by: String,
    },
    /// The server stopped answering.
    Gone {
        /// The rule during which it did.
        during: Option<String>,
    },
    /// The time for the run was over.
    OutOfTime,
    /// Something is not configured.
    Missing {
        /// The setting.
        what: Missing,
    },
    /// Anything else.
    Unjudged(Unjudged),
}

/// A setting that is needed before some rules can be judged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// A way to see what the server does: the API that it calls, or a page of its own.
    EffectsChannel,
    /// The API that the server calls.
    Api,
    /// A user's fetch token.
    FetchToken,
    /// A second user's fetch token.
    SecondFetchToken,
    /// A callback URL.
    Callback,
    /// A URL from which data are fetched.
    FetchUrl,
    /// A URL for prefetches.
    PrefetchUrl,
    /// A prefetch URL, to which a fetch names how the mini program was opened.
    LaunchUrl,
    /// The word that the server handles virtual payments.
    HandledTrades,
    /// The word that the server handles such a push.
    HandledPush,
    /// Anything that tells a push that was taken from one that was not.
    TakenPushes,
}

/// The steps that show a finding again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Reproduction {
    /// The smallest scenario that shows it, as replay files have it.
    pub scenario: Value,
    /// A `curl` line for each of its requests up to the one where it shows.
    pub curl: Vec<String>,
    /// It goes to the URL for platform notifications.
    pub to_authorization_url: bool,
}
