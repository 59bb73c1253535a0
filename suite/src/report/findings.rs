//! Findings as readers of other tools count them: one for each claim that is broken, with a name that stays the same from
//! run to run.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{
    beside::{self, Failure, FailureKind},
    view::{Row, View},
};
use crate::{diagnosis::FoundCause, verdict::Verdict};

/// The weight of a finding.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Weight {
    /// Worth knowing.
    Note,
    /// A Should, or what is not proven.
    Warning,
    /// A broken Must.
    Error,
    /// The causes that stand in the way of others.
    Cause,
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
    let claims = view.rows.iter().flat_map(of_row);
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
        weight: Weight::Cause,
        says: found.english(None).line,
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
        says: failure.says,
        fingerprint: fingerprint(id, &failure.subject),
        row: failure.row,
        beside: Some(failure.kind),
    }
}

/// The name of a cause beside those of rules.
pub(super) fn cause_id(found: &FoundCause) -> String {
    format!("diagnosis/{}", found.cause.id)
}

/// A finding for each claim. What was seen is known of the first alone.
fn of_row(row: &Row) -> impl Iterator<Item = Finding<'_>> {
    let weight = match row.verdict {
        Verdict::Failed => Some(Weight::Error),
        Verdict::Warned | Verdict::Flaky => Some(Weight::Warning),
        Verdict::Noted => Some(Weight::Note),
        Verdict::Passed | Verdict::Inconclusive | Verdict::Skipped | Verdict::Errored => None,
    };
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
