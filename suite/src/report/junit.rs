//! The JUnit report, one test case a rule, one suite an area.
//!
//! A broken Must is a failure, our own error an error; everything that was not judged is skipped
//! with its reason; warnings and notes are successes whose text says what was seen.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    run::Run,
    verdict::{RuleResult, Verdict},
};

/// The report as XML.
pub fn write(run: &Run) -> String {
    // The report counts a suite's cases when the suite is added, so suites are whole before.
    let suites = run.areas().map(|(area, results)| {
        let mut suite = TestSuite::new(area);
        suite.add_test_cases(results.iter().map(case));
        suite
    });
    let mut suites: Vec<TestSuite> = suites.collect();
    if let Some(changed) = &run.contract {
        let mut suite = TestSuite::new("contract");
        suite.add_test_case(contract_case(changed));
        suites.push(suite);
    }
    let mut report = Report::new("wxcheck");
    report.add_test_suites(suites);
    report.set_time(run.took);
    // Written to memory, where only a failing allocation could stop it.
    report.to_string().unwrap_or_default()
}

/// The replies beside those of before, as one case.
fn contract_case(changed: &[String]) -> TestCase {
    let status = if changed.is_empty() {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(format!(
            "answered otherwise than before: {}",
            changed.join(", ")
        ));
        status
    };
    let mut case = TestCase::new("contract/kept", status);
    case.set_classname("contract");
    case
}

fn case(result: &RuleResult) -> TestCase {
    let text = explain(result);
    let status = match result.verdict {
        Verdict::Passed | Verdict::Warned | Verdict::Noted => TestCaseStatus::success(),
        Verdict::Failed => with_message(
            TestCaseStatus::non_success(NonSuccessKind::Failure),
            result,
            &text,
        ),
        Verdict::Errored => with_message(
            TestCaseStatus::non_success(NonSuccessKind::Error),
            result,
            &text,
        ),
        Verdict::Inconclusive | Verdict::Skipped | Verdict::Flaky => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{}: {}", result.verdict, headline(result)));
            status
        }
    };
    let mut case = TestCase::new(result.rule.id, status);
    case.set_classname(result.rule.area());
    case.set_time(result.took);
    if matches!(result.verdict, Verdict::Warned | Verdict::Noted) {
        case.set_system_out(format!("{}\n{text}", result.verdict));
    }
    case
}

fn with_message(mut status: TestCaseStatus, result: &RuleResult, text: &str) -> TestCaseStatus {
    status.set_message(headline(result));
    status.set_type(result.rule.level.to_string());
    status.set_description(text);
    status
}

fn headline(result: &RuleResult) -> String {
    match (&result.finding, &result.reason) {
        (Some(finding), _) => format!("{}: {}", finding.claim, finding.actual),
        (None, Some(reason)) => reason.clone(),
        (None, None) => String::new(),
    }
}

fn explain(result: &RuleResult) -> String {
    let mut text = String::new();
    if let Some(finding) = &result.finding {
        text = format!(
            "expected: {}\nactual: {}\n",
            finding.expected, finding.actual
        );
    }
    if !result.subjects.is_empty() {
        let _ = writeln!(text, "pushes: {}", result.subjects.join(", "));
    }
    if let Some(reason) = &result.reason {
        let _ = writeln!(text, "reason: {reason}");
    }
    let _ = writeln!(text, "why: {}\nfix: {}", result.rule.why, result.rule.fix);
    for line in result
        .reproduction
        .iter()
        .flat_map(|reproduction| &reproduction.curl)
    {
        let _ = writeln!(text, "curl: {line}");
    }
    text
}
