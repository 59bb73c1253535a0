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
        .chain(others.map(|failure| of_failure(&failure)))
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

fn of_failure<'a>(failure: &Failure<'a>) -> Finding<'a> {
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
    use std::collections::BTreeMap;

    use serde_json::Value;
    use wxcheck_events::{Baseline, BaselineFault, Ended, ServerEnded, WrongEntry};

    use super::*;
    use crate::{
        diagnosis::AREAS,
        reason::Unjudged,
        redact::Redacted,
        report::{
            github, gitlab, junit, sarif,
            view::{BrokenClaim, Diagnosed, tests::view_of},
        },
        rules,
    };

    #[test]
    fn a_finding_keeps_its_name_and_shares_it_with_no_other() {
        let of = |id, claim| fingerprint(id, claim);
        // Known to GitLab and GitHub from earlier runs: another one makes every finding a new one.
        let known = "b4e737c8acb664e941d203698a3607cd78b64d2f";
        assert_eq!(of("reply/acknowledges", "html"), known);
        assert_ne!(of("a/b", "c"), of("a/bc", ""));
    }

    fn row(rule: &str, verdict: Verdict) -> Row {
        let finding = BrokenClaim {
            claim: "status".into(),
            expected: String::new(),
            actual: format!("seen of {rule}"),
            status: None,
            story: Vec::new(),
        };
        let is_open = verdict == Verdict::Inconclusive;
        Row {
            finding: (!is_open).then_some(finding),
            claims: if is_open {
                Vec::new()
            } else {
                vec!["status".into()]
            },
            reason: is_open.then(|| Unjudged::NothingSent.into()),
            ..Row::plain(rules::find(rule).unwrap(), verdict)
        }
    }

    fn whole(rows: Vec<Row>, gate: Gate) -> View {
        let mut view = view_of(rows);
        view.ended.ended = Ended::Whole;
        view.begun.fail_on = gate.words();
        view
    }

    fn read(text: &Redacted) -> Value {
        serde_json::from_str(text.as_str()).unwrap()
    }

    /// The weights that GitLab's issues have, by their names.
    fn severities(view: &View) -> BTreeMap<String, String> {
        let issues = read(&gitlab::write(view, "f"));
        let text = |issue: &Value, key: &str| issue[key].as_str().unwrap().to_owned();
        let issues = issues.as_array().unwrap().iter();
        issues
            .map(|issue| (text(issue, "check_name"), text(issue, "severity")))
            .collect()
    }

    /// The number of failures in each report: JUnit, SARIF, GitLab, GitHub.
    fn failures(view: &View) -> [usize; 4] {
        let sarif = read(&sarif::write(view, "f"));
        let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
        let severe = ["critical", "blocker"];
        let gitlab = severities(view);
        let gitlab = gitlab
            .values()
            .filter(|weight| severe.contains(&weight.as_str()));
        let github = github::annotations(view, Language::English);
        [
            junit::write(view, None)
                .as_str()
                .matches("<failure")
                .count(),
            results.filter(|result| result["level"] == "error").count(),
            gitlab.count(),
            github.as_str().matches("::error ").count(),
        ]
    }

    #[test]
    fn whatever_fails_the_run_is_a_failure_in_every_report_and_nothing_else_is() {
        let lax = Gate::default();
        let strict = Gate {
            info: true,
            ..Gate::STRICT
        };
        for (verdict, rule) in [
            (Verdict::Failed, "reply/acknowledges"),
            (Verdict::Warned, "reply/time-to-spare"),
            (Verdict::Flaky, "reply/acknowledges"),
            (Verdict::Noted, "reply/time-to-spare"),
            (Verdict::Inconclusive, "reply/acknowledges"),
        ] {
            for gate in [lax, strict] {
                let passed = Row::plain(rules::find("reply/status-200").unwrap(), Verdict::Passed);
                let view = whole(vec![passed, row(rule, verdict)], gate);
                let count = usize::from(gate.fails(verdict));
                assert_eq!(failures(&view), [count; 4], "{verdict} {gate:?}");
            }
        }
    }

    #[test]
    fn a_supposed_cause_is_told_and_counts_nowhere() {
        let mut causes = AREAS.iter().flat_map(|area| area.causes);
        let cause = causes.find(|cause| cause.id == "post-refused").unwrap();
        let mut view = whole(
            vec![row("reply/acknowledges", Verdict::Failed)],
            Gate::default(),
        );
        let mut with = |certainty| {
            view.diagnosed = Some(Diagnosed {
                findings: vec![FoundCause {
                    cause,
                    values: BTreeMap::default(),
                    certainty,
                    curl: None,
                }],
                is_open: false,
                stack: None,
                requests: 1,
            });
            view.clone()
        };
        assert_eq!(failures(&with(Certainty::Seen)), [2; 4]);
        let supposed = with(Certainty::Supposed);
        assert_eq!(failures(&supposed), [1; 4]);
        for report in [
            junit::write(&supposed, None),
            sarif::write(&supposed, "f"),
            gitlab::write(&supposed, "f"),
            github::annotations(&supposed, Language::English),
        ] {
            assert!(report.as_str().contains("(not proven"), "{report}");
        }
        let chinese = github::annotations(&supposed, Language::Chinese);
        assert!(chinese.as_str().contains("（未证实"), "{chinese}");
    }

    #[test]
    fn entries_that_are_no_longer_right_stand_beside_a_broken_rule() {
        let mut view = whole(
            vec![row("reply/acknowledges", Verdict::Failed)],
            Gate::default(),
        );
        view.baseline = Some(Baseline {
            file: "known.toml".into(),
            known: Vec::new(),
            faults: vec![BaselineFault {
                rule: "redelivery/event-once".into(),
                claim: None,
                line: 3,
                wrong: WrongEntry::Gone,
            }],
        });
        assert_eq!(failures(&view), [2; 4]);
        for (language, told) in [
            (
                Language::English,
                "known.toml line 3: redelivery/event-once no longer occurs",
            ),
            (
                Language::Chinese,
                "known.toml 第 3 行：redelivery/event-once 已不再出现",
            ),
        ] {
            let report = github::annotations(&view, language);
            assert!(report.as_str().contains(told), "{report}");
        }
    }

    #[test]
    fn the_end_of_the_server_stands_beside_a_broken_rule() {
        let mut view = whole(
            vec![row("reply/acknowledges", Verdict::Failed)],
            Gate::default(),
        );
        view.server_ended = Some(ServerEnded {
            how: "exit status: 7".into(),
            output: vec!["no luck".into()],
        });
        let severities = severities(&view);
        assert_eq!(severities["wxcheck/server-ended"], "blocker");
        for report in [
            junit::write(&view, None),
            sarif::write(&view, "f"),
            gitlab::write(&view, "f"),
            github::annotations(&view, Language::English),
        ] {
            let text = report.as_str();
            assert!(
                text.contains("exit status: 7") && text.contains("no luck"),
                "{text}"
            );
        }
    }
}
