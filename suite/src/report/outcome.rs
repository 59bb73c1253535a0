//! A verdict as test runners know it: passed, failed or ignored.

use super::view::Row;
use crate::{
    gate::Gate,
    redact::{Redacted, Secrets},
    verdict::Verdict,
};

/// A rule as a test.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Judged {
    /// Nothing is wrong.
    Passed,
    /// Something is, which fails a test only where warnings count.
    Warned(Redacted),
    /// The rule is broken.
    Failed(Redacted),
    /// There is no verdict, for that reason.
    Ignored(Redacted),
}

/// Broken is failed; what was not judged is ignored, with its reason in sight.
pub fn as_test(row: &Row, gate: Gate, secrets: &Secrets) -> Judged {
    let finding = row.finding.as_ref().map_or_else(String::new, |finding| {
        format!(
            "{}\n  expected {}\n  got      {}\n",
            finding.claim, finding.expected, finding.actual
        )
    });
    let reason = row
        .reason
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = format!(
        "{}: {finding}{reason}\n  fix      {}",
        row.verdict, row.rule.fix
    );
    let text = secrets.page(&text);
    match row.verdict {
        Verdict::Errored => Judged::Failed(text),
        verdict if gate.fails(verdict) => Judged::Failed(text),
        Verdict::Passed | Verdict::Noted | Verdict::Failed => Judged::Passed,
        Verdict::Warned | Verdict::Flaky => Judged::Warned(text),
        Verdict::Inconclusive | Verdict::Skipped => {
            Judged::Ignored(secrets.page(&format!("{}: {reason}", row.verdict)))
        }
    }
}
