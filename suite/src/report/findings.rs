//! Findings as readers of other tools count them: one for each claim that is broken, with a name that stays the same from
//! run to run.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{
    beside::{self, Failure, FailureKind},
    view::{Row, View},
};
use crate::{
    diagnosis::{Certainty, FoundCause},
    gate::Gate,
    verdict::Verdict,
    words::Language,
};

/// The weight of a finding, the same in every report.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Weight {
    /// Worth knowing.
    Note,
    /// A Should, or a Must whose break is not proven.
    Warning,
    /// Whatever fails the run.
    Error,
    /// The causes that stand in the way of others.
    Cause,
}

impl Weight {
    /// The weight of a verdict behind a gate, if there is anything to tell of the server.
    pub(super) const fn of(verdict: Verdict, gate: Gate) -> Option<Self> {
        if gate.fails(verdict) {
            return Some(Self::Error);
        }
        match verdict {
            Verdict::Failed => Some(Self::Error),
            Verdict::Warned | Verdict::Flaky => Some(Self::Warning),
            Verdict::Noted => Some(Self::Note),
            Verdict::Passed | Verdict::Inconclusive | Verdict::Skipped | Verdict::Errored => None,
        }
    }

    /// The weight of a cause. One that is only supposed explains what failed, and is no failure of its own.
    pub(super) fn of_cause(found: &FoundCause) -> Self {
        match found.certainty {
            Certainty::Proven | Certainty::Seen | Certainty::NoAnswer => Self::Cause,
            Certainty::Supposed => Self::Note,
        }
    }
}

/// A finding.
pub(super) struct Finding<'a> {
    /// The rule, or the cause.
    pub(super) id: String,
    pub(super) weight: Weight,
    /// The observation, in one sentence.
    pub(super) says: String,
    pub(super) fingerprint: String,
    /// The rule's row; nothing for a cause.
    pub(super) row: Option<&'a Row>,
    /// The kind of what is no broken claim, and fails the run all the same.
    pub(super) beside: Option<FailureKind>,
}

/// Every finding: causes first, then claims in the order of rules, then what else fails the run.
pub(super) fn all(view: &View) -> Vec<Finding<'_>> {
    let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
    let gate = view.gate();
    let claims = view.rows.iter().flat_map(|row| of_row(row, gate));
    let others = beside::all(view).into_iter();
    causes
        .map(of_cause)
        .chain(claims)
        .chain(others.map(of_failure))
        .collect()
}

fn of_cause(found: &FoundCause) -> Finding<'_> {
    let id = cause_id(found);
    Finding {
        weight: Weight::of_cause(found),
        says: cause_says(found, Language::English),
        fingerprint: fingerprint(&id, ""),
        id,
        row: None,
        beside: None,
    }
}

fn of_failure(failure: Failure<'_>) -> Finding<'_> {
    let id = failure.kind.id();
    Finding {
        id: match failure.row {
            Some(row) => row.rule.id.to_string(),
            None => id.to_owned(),
        },
        weight: Weight::Error,
        says: failure.says(Language::English).to_owned(),
        fingerprint: fingerprint(id, &failure.subject),
        row: failure.row,
        beside: Some(failure.kind),
    }
}

/// The name of a cause beside those of rules.
pub(super) fn cause_id(found: &FoundCause) -> String {
    format!("diagnosis/{}", found.cause.id)
}

/// A cause with the change to make; where it is not proven, with that.
pub(super) fn cause_says(found: &FoundCause, language: Language) -> String {
    let wording = match language {
        Language::English => found.english(None),
        Language::Chinese => found.chinese(None),
    };
    let (line, proof) = (wording.line, wording.proof);
    match Weight::of_cause(found) {
        Weight::Cause => line,
        _ => language.of(format!("{line} ({proof})"), format!("{line}（{proof}）")),
    }
}

/// A finding for each claim. What was seen is known of the first alone.
fn of_row(row: &Row, gate: Gate) -> impl Iterator<Item = Finding<'_>> {
    let weight = Weight::of(row.verdict, gate);
    let finding = row.finding.as_ref();
    let claims = row.claims.iter().enumerate();
    claims.filter_map(move |(place, claim)| {
        let actual = finding.filter(|_| place == 0).map(|seen| &seen.actual);
        let summary = row.rule.summary.trim_end_matches('.');
        Some(Finding {
            id: row.rule.id.to_string(),
            weight: weight?,
            says: match actual {
                Some(actual) => format!("{summary}: {claim}: {actual}"),
                None => format!("{summary}: {claim}"),
            },
            fingerprint: fingerprint(row.rule.id.as_str(), claim),
            row: Some(row),
            beside: None,
        })
    })
}

/// The name of a finding, whatever was seen and whenever.
pub(super) fn fingerprint(id: &str, claim: &str) -> String {
    let digest = Sha256::digest(format!("wxcheck\n{id}\n{claim}"));
    digest.iter().take(20).fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_keeps_its_name_and_shares_it_with_no_other() {
        let of = |id, claim| fingerprint(id, claim);
        // Known to GitLab and GitHub from earlier runs: another one makes every finding a new one.
        let known = "b4e737c8acb664e941d203698a3607cd78b64d2f";
        assert_eq!(of("reply/acknowledges", "html"), known);
        assert_ne!(of("a/b", "c"), of("a/bc", ""));
    }
}
