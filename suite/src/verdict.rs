//! The verdict of a run on each rule.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{
    finding::Finding,
    reason::Reason,
    rule::{Claim, Level, Rule},
    step::Scenario,
    witness::Witness,
    words::Language,
};

/// One word for one rule.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Tried, and right.
    Passed,
    /// A Must is broken, or the server stopped answering.
    Failed,
    /// A Should is broken, or a Must looks broken and cannot be proven so.
    Warned,
    /// Something undocumented, for information.
    Noted,
    /// The rule applies but could not be observed.
    Inconclusive,
    /// The rule does not apply.
    Skipped,
    /// A claim about time or a connection failed, and then passed with nothing else in flight.
    Flaky,
    /// Our own fault, or the network's.
    Errored,
}

impl Verdict {
    /// Every verdict, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Passed,
        Self::Failed,
        Self::Warned,
        Self::Noted,
        Self::Inconclusive,
        Self::Skipped,
        Self::Flaky,
        Self::Errored,
    ];

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::Noted => "noted",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::Flaky => "flaky",
            Self::Errored => "errored",
        }
    }

    /// The word for it in a language.
    pub const fn word(self, language: Language) -> &'static str {
        if matches!(language, Language::English) {
            return self.as_str();
        }
        match self {
            Self::Passed => "通过",
            Self::Failed => "未通过",
            Self::Warned => "警告",
            Self::Noted => "提示",
            Self::Inconclusive => "未判定",
            Self::Skipped => "跳过",
            Self::Flaky => "不稳定",
            Self::Errored => "出错",
        }
    }

    /// The verdict of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }

    /// The verdict on a proven break of a rule of that level.
    pub const fn of_break(level: Level) -> Self {
        match level {
            Level::Must => Self::Failed,
            Level::Should => Self::Warned,
            Level::Info => Self::Noted,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The verdict on one rule, with everything a reader needs to act on it. Free of secrets.
#[derive(Clone, Debug)]
pub struct RuleResult {
    /// The rule.
    pub rule: &'static Rule,
    /// The verdict.
    pub verdict: Verdict,
    /// The finding, if something is broken.
    pub finding: Option<Finding>,
    /// Every claim that some case broke, the finding's first.
    pub claims: Vec<Claim>,
    /// Every push for which some case broke one, where a rule tries many; the finding's first.
    pub subjects: Vec<String>,
    /// The reason that the verdict is not `passed`, where no finding says so.
    pub reason: Option<Reason>,
    /// The way to see it again.
    pub reproduction: Option<Reproduction>,
    /// The time that the rule took.
    pub took: Duration,
    /// The time that wxcheck itself lost in the play that decided it, on a busy machine.
    pub lost: Duration,
    /// True if a break was not held against the server, since wxcheck was late itself.
    pub forgiven: bool,
    /// True if something that came late or not at all decided it.
    pub decided_by_time: bool,
    /// True if some request got no whole answer.
    pub left_unanswered: bool,
}

impl RuleResult {
    /// True if another rule stands in its way.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self.reason, Some(Reason::Blocked { .. }))
    }

    /// A result without a finding.
    pub fn plain(rule: &'static Rule, verdict: Verdict, reason: Option<Reason>) -> Self {
        Self {
            rule,
            verdict,
            finding: None,
            claims: Vec::new(),
            subjects: Vec::new(),
            reason,
            reproduction: None,
            took: Duration::ZERO,
            lost: Duration::ZERO,
            forgiven: false,
            decided_by_time: false,
            left_unanswered: false,
        }
    }
}

/// The way to see a finding again.
#[derive(Clone, Debug)]
pub struct Reproduction {
    /// The smallest scenario that shows it.
    pub scenario: Scenario,
    /// A `curl` line for each of its requests up to the one where it shows; without those too long to paste.
    pub curl: Vec<String>,
    /// The play that shows it.
    pub witness: Witness,
}
