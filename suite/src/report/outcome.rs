//! A verdict as test runners know it: passed, failed or ignored.

use wxcheck_events::Baseline;

use super::{known, view::Row};
use crate::{
    gate::Gate,
    redact::{Redacted, Secrets},
    verdict::Verdict,
    words::Language,
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
    /// Something is wrong that is known and accepted, for that reason.
    Known(Redacted),
    /// There is no verdict, for that reason.
    Ignored(Redacted),
}

/// Broken is failed, unless it is known; what was not judged is ignored, with its reason in sight.
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
        row.verdict,
        row.english().fix
    );
    let text = secrets.page(&text);
    if let Some(known) = row.known.as_ref().filter(|_| gate.fails(row.verdict)) {
        let reason = known::reason(known, Language::English);
        return Judged::Known(secrets.page(&format!("known: {reason}")));
    }
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

/// The list of known findings as a test: it fails where an entry is no longer right.
pub fn list_as_test(list: &Baseline, secrets: &Secrets) -> Judged {
    if list.faults.is_empty() {
        return Judged::Passed;
    }
    let faults = list.faults.iter().map(|fault| {
        let (file, line) = (&list.file, fault.line);
        format!("{file} line {line}: {}\n", known::in_english(fault))
    });
    Judged::Failed(secrets.page(&faults.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{BaselineFault, Known, WrongEntry};

    use super::*;
    use crate::rules;

    #[test]
    fn what_is_known_fails_no_test_and_says_why() {
        let rule = rules::find("reply/acknowledges").unwrap();
        let known = Known {
            rule: rule.id.to_string(),
            reason: "ticket 4711".into(),
            expires: None,
            line: 1,
        };
        let row = |verdict| Row {
            known: Some(known.clone()),
            ..Row::plain(rule, verdict)
        };
        let judged = |verdict, gate| as_test(&row(verdict), gate, &Secrets::default());
        let accepted = Judged::Known(Redacted::own("known: ticket 4711"));
        assert_eq!(judged(Verdict::Failed, Gate::default()), accepted);
        assert_eq!(judged(Verdict::Warned, Gate::STRICT), accepted);
        let errored = judged(Verdict::Errored, Gate::default());
        assert!(matches!(errored, Judged::Failed(_)), "{errored:?}");
        let plain = as_test(
            &Row::plain(rule, Verdict::Failed),
            Gate::default(),
            &Secrets::default(),
        );
        assert!(matches!(plain, Judged::Failed(_)), "{plain:?}");
    }

    #[test]
    fn a_list_that_is_out_of_date_fails_a_test_of_its_own() {
        let mut list = Baseline {
            file: "wxcheck.baseline.toml".into(),
            known: Vec::new(),
            faults: Vec::new(),
        };
        let judged = |list: &Baseline| list_as_test(list, &Secrets::default());
        assert_eq!(judged(&list), Judged::Passed);
        list.faults.push(BaselineFault {
            rule: "reply/acknowledges".into(),
            claim: None,
            line: 4,
            wrong: WrongEntry::Gone,
        });
        let told =
            "wxcheck.baseline.toml line 4: reply/acknowledges no longer occurs; remove the entry\n";
        assert_eq!(judged(&list), Judged::Failed(Redacted::own(told)));
    }
}
