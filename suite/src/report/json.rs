//! The JSON report. Its keys are stable: scripts depend on them.

use std::collections::BTreeMap;

use serde::Serialize;
use wxcheck_events::{Baseline, Ended};

use super::{
    View,
    known::in_english,
    view::{self, Diagnosed, FetchSummary},
};
use crate::{
    diagnosis::{FoundCause, Stack},
    redact::Redacted,
    rule::{Level, deprecated::Deprecated},
    verdict::Verdict,
};

/// The report, indented, with a newline at the end.
pub fn write(view: &View) -> Redacted {
    let (begun, ended) = (&view.begun, &view.ended);
    let report = Report {
        wxcheck: &begun.wxcheck,
        seed: begun.seed,
        target: Target {
            url: &begun.url,
            mode: &begun.mode,
            format: &begun.format,
            account: &begun.account,
            fetches: view.fetches.iter().map(of_fetch).collect(),
        },
        ended: match &ended.ended {
            Ended::Whole => "whole".to_owned(),
            Ended::Stopped { by } => format!("stopped by {by}"),
            Ended::OutOfTime => "out of time".to_owned(),
            Ended::Cut => "the log ends before the run did".to_owned(),
            Ended::NoContact { reason } => format!("no contact: {reason}"),
        },
        requests: ended.requests,
        millis: ended.took_micros / 1000,
        waiting_millis: ended.waiting_micros / 1000,
        late_millis: ended.starved.then_some(ended.lateness_micros / 1000),
        summary: Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict.as_str(), view.count(verdict)))
            .collect(),
        contract: view.contract.as_ref().map(|contract| Changed {
            changed: contract.changed(),
        }),
        baseline: view.baseline.as_ref().map(compared),
        diagnosis: view.diagnosed.as_ref().map(causes),
        rules: view.rows.iter().map(row).collect(),
    };
    view.secrets.json(&report)
}

fn of_fetch(fetched: &FetchSummary) -> Fetches<'_> {
    Fetches {
        kind: fetched.kind.name(),
        url: &fetched.url,
        millis: fetched.took.map(|took| took.as_secs_f64() * 1000.0),
        budget_millis: fetched.budget.as_millis(),
    }
}

fn compared(baseline: &Baseline) -> Compared<'_> {
    let faults = baseline.faults.iter().map(|fault| Fault {
        rule: &fault.rule,
        claim: fault.claim.as_deref(),
        line: fault.line,
        says: in_english(fault),
    });
    Compared {
        file: &baseline.file,
        faults: faults.collect(),
    }
}

fn causes(diagnosed: &Diagnosed) -> Vec<CauseRow> {
    let findings = diagnosed.findings.iter();
    findings
        .map(|finding| cause(finding, diagnosed.stack))
        .collect()
}

/// A cause as an object of a report.
pub fn cause(finding: &FoundCause, stack: Option<Stack>) -> CauseRow {
    let wording = finding.english(stack);
    CauseRow {
        id: finding.cause.id,
        certainty: finding.certainty.name(),
        says: wording.says,
        fix: wording.fix,
        code: wording
            .code
            .into_iter()
            .map(|(stack, line)| (stack.name(), line))
            .collect(),
        curl: finding.curl.clone(),
    }
}

fn row(row: &view::Row) -> Row<'_> {
    let finding = row.finding.as_ref();
    Row {
        id: row.rule.id.as_str(),
        level: row.rule.level,
        deprecated: row.deprecated.map(Deprecated::english),
        verdict: row.verdict,
        claim: finding.map(|finding| finding.claim.as_str()),
        claims: &row.claims,
        pushes: &row.pushes,
        expected: finding.map(|finding| finding.expected.as_str()),
        actual: finding.map(|finding| finding.actual.as_str()),
        story: finding.map_or(&[], |finding| finding.story.as_slice()),
        reason: row.reason.as_ref().map(ToString::to_string),
        reproduction: row.reproduction.as_ref().map(|recorded| Reproduction {
            curl: &recorded.curl,
            replay: recorded.replay.as_deref(),
        }),
        known: row.known.as_ref().map(|known| Known {
            reason: &known.reason,
            expires: known.expires.as_deref(),
        }),
        millis: row.took.as_millis(),
    }
}

#[derive(Serialize)]
struct Report<'a> {
    wxcheck: &'a str,
    seed: u64,
    target: Target<'a>,
    ended: String,
    requests: u64,
    millis: u64,
    waiting_millis: u64,
    /// Only where this machine was too busy to time a server well.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_millis: Option<u64>,
    summary: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<Changed<'a>>,
    /// Only where a list of known findings was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Compared<'a>>,
    /// Only where something failed that stood in the way of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<Vec<CauseRow>>,
    rules: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    /// The pushes that are answered differently than before.
    changed: Vec<&'a str>,
}

/// The list of known findings.
#[derive(Serialize)]
struct Compared<'a> {
    file: &'a str,
    /// Entries that are no longer right: each fails the run.
    faults: Vec<Fault<'a>>,
}

#[derive(Serialize)]
struct Fault<'a> {
    rule: &'a str,
    claim: Option<&'a str>,
    line: usize,
    says: String,
}

/// The entry that accepts what a rule found.
#[derive(Serialize)]
struct Known<'a> {
    reason: &'a str,
    expires: Option<&'a str>,
}

#[derive(Serialize)]
struct Target<'a> {
    url: &'a str,
    mode: &'a str,
    format: &'a str,
    account: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fetches: Vec<Fetches<'a>>,
}

#[derive(Serialize)]
struct Fetches<'a> {
    kind: &'static str,
    url: &'a str,
    /// The first answer, to its end; a prefetch has the budget of a cold start.
    millis: Option<f64>,
    budget_millis: u128,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    level: Level,
    /// Only where the rule will be retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<String>,
    verdict: Verdict,
    claim: Option<&'a str>,
    claims: &'a [String],
    /// The pushes concerned, where the rule tries many.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pushes: &'a [String],
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    story: &'a [String],
    reason: Option<String>,
    reproduction: Option<Reproduction<'a>>,
    /// Only where everything that was found is known and accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Known<'a>>,
    millis: u128,
}

#[derive(Serialize)]
struct Reproduction<'a> {
    curl: &'a [String],
    replay: Option<&'a str>,
}

/// A cause in a report.
#[derive(Serialize)]
pub struct CauseRow {
    id: &'static str,
    certainty: &'static str,
    says: String,
    fix: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    code: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Event, Kind};

    use super::*;
    use crate::{
        redact::Secrets,
        report::{junit, view::tests::begun},
        rule::deprecated::tests::SAMPLE,
    };

    #[test]
    fn a_deprecated_rule_says_so_in_the_reports() {
        let event = Event {
            number: 0,
            at_micros: 0,
            kind: Kind::RunBegun(Box::new(begun(&[SAMPLE.id]))),
        };
        let mut view = View::of([event], Secrets::default()).unwrap();
        view.rows[0].verdict = Verdict::Failed;
        let note = "deprecated since 0.3.0: use `reply/acknowledges`";
        let both = |view: &View| [write(view), junit::write(view)];
        for report in both(&view) {
            assert!(!report.as_str().contains("deprecated"), "{report}");
        }
        view.rows[0].deprecated = Some(&SAMPLE);
        for report in both(&view) {
            assert!(report.as_str().contains(note), "{report}");
        }
    }
}
