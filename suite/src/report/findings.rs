//! Findings as readers of other tools count them: one for each rule that is broken, as the verdict on the run counts, with a name
//! that stays the same from run to run and in each language.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{
    beside::{self, Failure, FailureKind},
    labels::{colon, labels},
    view::{Row, View},
};
use crate::{
    diagnosis::{Certainty, FoundCause},
    gate::Gate,
    reason::Reason,
    verdict::Verdict,
    words::{Language, sentence},
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
    /// The end of the server, or of the run itself: what else is told hangs on it.
    Whole,
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

    /// The weight of a cause. It explains what failed, which counts already, and is no failure beside that.
    pub(super) const CAUSE: Self = Self::Note;
}

/// True if a cause is more than supposed.
pub(super) const fn is_certain(found: &FoundCause) -> bool {
    match found.certainty {
        Certainty::Proven | Certainty::Seen | Certainty::NoAnswer => true,
        Certainty::Supposed => false,
    }
}

/// A finding.
pub(super) struct Finding<'a> {
    /// The rule, or the cause.
    pub(super) id: String,
    pub(super) weight: Weight,
    /// The observation, and what is behind it.
    pub(super) says: String,
    pub(super) fingerprint: String,
    /// The rule's row; nothing for a cause.
    pub(super) row: Option<&'a Row>,
    /// The kind of what is no broken claim, and fails the run all the same.
    pub(super) beside: Option<FailureKind>,
}

/// Every finding: causes first, then rules in their order, then what else fails the run.
pub(super) fn all(view: &View, language: Language) -> Vec<Finding<'_>> {
    let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
    let rules = view.rows.iter();
    let rules = rules.filter_map(|row| of_row(row, view, language));
    let others = beside::all(view).into_iter();
    causes
        .map(|found| of_cause(found, language))
        .chain(rules)
        .chain(others.map(|failure| of_failure(&failure, language)))
        .collect()
}

fn of_cause(found: &FoundCause, language: Language) -> Finding<'_> {
    let id = cause_id(found);
    Finding {
        weight: Weight::CAUSE,
        says: cause_says(found, language),
        fingerprint: fingerprint(&id, ""),
        id,
        row: None,
        beside: None,
    }
}

fn of_failure<'a>(failure: &Failure<'a>, language: Language) -> Finding<'a> {
    let id = failure.kind.id();
    Finding {
        id: match failure.row {
            Some(row) => row.rule.id.to_string(),
            None => id.to_owned(),
        },
        weight: Weight::Error,
        says: failure.says(language).to_owned(),
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
    if is_certain(found) {
        line
    } else {
        language.of(format!("{line} ({proof})"), format!("{line}（{proof}）"))
    }
}

/// The cause behind a broken rule that stands in the way of others, with the word that it comes first; none where it is only supposed.
pub(super) fn behind(row: &Row, view: &View, language: Language) -> Option<String> {
    let stands_in_the_way = row.verdict == Verdict::Failed
        && view.rows.iter().any(|other| match other.reason {
            Some(Reason::Blocked { by }) => by == row.rule.id,
            _ => false,
        });
    let found = view.diagnosed.as_ref()?.findings.first();
    let found = found.filter(|found| stands_in_the_way && is_certain(found))?;
    Some(first(&cause_says(found, language), language))
}

/// The words for what is to be done before all else.
pub(super) fn first(told: &str, language: Language) -> String {
    format!("{}{}{told}", labels(language).fix_first, colon(language))
}

/// A broken rule, with all of its claims.
fn of_row<'a>(row: &'a Row, view: &View, language: Language) -> Option<Finding<'a>> {
    let weight = Weight::of(row.verdict, view.gate())?;
    if row.claims.is_empty() {
        return None;
    }
    // What its owner accepts is shown, and weighs nothing.
    let weight = match row.known {
        Some(_) => Weight::Note,
        None => weight,
    };
    let cause = behind(row, view, language);
    let cause = cause.map_or_else(String::new, |cause| {
        language.of(format!(" {cause}"), cause.clone())
    });
    Some(Finding {
        id: row.rule.id.to_string(),
        weight,
        says: says(row, language) + &cause,
        fingerprint: fingerprint(row.rule.id.as_str(), ""),
        row: Some(row),
        beside: None,
    })
}

/// A broken rule: what it asks for, called so since it reads like what is, and what was seen, with every claim that is broken.
pub(super) fn says(row: &Row, language: Language) -> String {
    let words = row.words(language);
    let expected = words.summary.trim_end_matches(['.', '。']);
    let claims = row.claims.join(", ");
    let seen = row.finding.as_ref().map(|finding| &finding.actual);
    let seen = seen.map(|actual| sentence(actual, language));
    match (language, seen) {
        (Language::English, Some(got)) => format!("Expected: {expected}. Got: {got} ({claims})."),
        (Language::English, None) => format!("Expected: {expected}. Broken: {claims}."),
        (Language::Chinese, Some(got)) => format!("期望：{expected}。实际：{got}（{claims}）。"),
        (Language::Chinese, None) => format!("期望：{expected}。未通过：{claims}。"),
    }
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
mod tests;
