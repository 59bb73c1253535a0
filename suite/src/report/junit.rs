//! The JUnit report, one test case a rule, one suite an area.
//!
//! A broken Must is a failure, our own error an error; everything that was not judged is skipped
//! with its reason; warnings and notes are successes whose text says what was seen. What is known and accepted is skipped too.

use std::{fmt::Write as _, io, time::Duration};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use wxcheck_events::{BaselineFault, Known};

use super::{View, known::in_english, view::Row};
use crate::{diagnosis::FoundCause, redact::Redacted, verdict::Verdict};

/// The report as XML.
pub fn write(view: &View) -> Redacted {
    let suites = view.areas().map(|(area, rows)| Suite {
        name: area,
        cases: rows.iter().map(case).collect(),
    });
    let mut suites: Vec<Suite<'_>> = suites.collect();
    if let Some(contract) = &view.contract {
        suites.push(Suite {
            name: "contract",
            cases: vec![contract_case(&contract.changed())],
        });
    }
    if let Some(baseline) = &view.baseline
        && !baseline.faults.is_empty()
    {
        suites.push(Suite {
            name: "baseline",
            cases: baseline.faults.iter().map(fault_case).collect(),
        });
    }
    if let Some(diagnosed) = &view.diagnosed
        && !diagnosed.findings.is_empty()
    {
        let findings = diagnosed.findings.iter();
        suites.push(Suite {
            name: "diagnosis",
            cases: findings.map(cause_case).collect(),
        });
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 4);
    // Written to memory, where only a failing allocation could stop it.
    let written = write_suites(
        &mut writer,
        &suites,
        Duration::from_micros(view.ended.took_micros),
    );
    let text = written.map(|()| String::from_utf8(writer.into_inner()).unwrap_or_default());
    // Only what goes through this gate is sure to be XML: a server may have sent what XML cannot hold.
    view.secrets.xml(&text.unwrap_or_default())
}

struct Suite<'a> {
    name: &'a str,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    name: &'a str,
    class: &'a str,
    took: Option<Duration>,
    /// The outcome that kept it from passing.
    other: Option<Other>,
    output: Option<String>,
}

struct Other {
    /// The name of the element.
    name: &'static str,
    message: String,
    /// A rule's level, and an explanation.
    why: Option<(String, String)>,
}

/// The replies beside those of before, as one case.
fn contract_case(changed: &[&str]) -> Case<'static> {
    let failure = || Other {
        name: "failure",
        message: format!("answered otherwise than before: {}", changed.join(", ")),
        why: None,
    };
    Case {
        name: "contract/kept",
        class: "contract",
        took: None,
        other: (!changed.is_empty()).then(failure),
        output: None,
    }
}

/// An entry of the list of known findings that is no longer right, as one case that fails.
fn fault_case(fault: &BaselineFault) -> Case<'_> {
    Case {
        name: &fault.rule,
        class: "baseline",
        took: None,
        other: Some(Other {
            name: "failure",
            message: format!("line {}: {}", fault.line, in_english(fault)),
            why: None,
        }),
        output: None,
    }
}

/// The words for what is known and accepted.
fn accepted(known: &Known) -> String {
    let day = known.expires.as_ref();
    let day = day.map_or_else(String::new, |day| format!(" (until {day})"));
    format!("known{day}: {}", known.reason)
}

/// A cause, as one case that fails with what to fix.
fn cause_case(finding: &FoundCause) -> Case<'static> {
    let wording = finding.english(None);
    let code = wording
        .code
        .iter()
        .map(|(stack, line)| format!("{}: {line}\n", stack.name()));
    let curl = finding.curl.iter().map(|curl| format!("curl: {curl}\n"));
    Case {
        name: finding.cause.id,
        class: "diagnosis",
        took: None,
        other: Some(Other {
            name: "failure",
            message: wording.line,
            why: Some((
                finding.certainty.name().to_owned(),
                code.chain(curl).collect(),
            )),
        }),
        output: None,
    }
}

fn case(row: &Row) -> Case<'static> {
    let (message, text) = (headline(row), explain(row));
    let mut output = None;
    let (name, message, why) = match (row.verdict, &row.known) {
        (_, Some(known)) => {
            output = Some(format!("{}: {message}\n{text}", row.verdict));
            ("skipped", accepted(known), None)
        }
        (Verdict::Passed, None) => ("", message, None),
        (Verdict::Warned | Verdict::Noted, None) => {
            output = Some(format!("{}\n{text}", row.verdict));
            ("", message, None)
        }
        (Verdict::Failed, None) => ("failure", message, Some(text)),
        (Verdict::Errored, None) => ("error", message, Some(text)),
        (Verdict::Inconclusive | Verdict::Skipped | Verdict::Flaky, None) => {
            ("skipped", format!("{}: {message}", row.verdict), None)
        }
    };
    let other = Other {
        name,
        message,
        why: why.map(|text| (row.rule.level.to_string(), text)),
    };
    Case {
        name: row.rule.id.as_str(),
        class: row.rule.area(),
        took: Some(row.took),
        other: Some(other).filter(|other| !other.name.is_empty()),
        output,
    }
}

fn headline(row: &Row) -> String {
    match (&row.finding, &row.reason) {
        (Some(finding), _) => format!("{}: {}", finding.claim, finding.actual),
        (None, Some(reason)) => reason.to_string(),
        (None, None) => String::new(),
    }
}

fn explain(row: &Row) -> String {
    let mut text = String::new();
    if let Some(finding) = &row.finding {
        text = format!(
            "expected: {}\nactual: {}\n",
            finding.expected, finding.actual
        );
    }
    if !row.pushes.is_empty() {
        let _ = writeln!(text, "pushes: {}", row.pushes.join(", "));
    }
    if let Some(reason) = &row.reason {
        let _ = writeln!(text, "reason: {reason}");
    }
    if let Some(deprecated) = row.deprecated {
        let _ = writeln!(text, "note: {}", deprecated.english());
    }
    let words = row.english();
    let _ = writeln!(text, "why: {}\nfix: {}", words.why, words.fix);
    for line in row
        .reproduction
        .iter()
        .flat_map(|reproduction| &reproduction.curl)
    {
        let _ = writeln!(text, "curl: {line}");
    }
    text
}

fn write_suites(
    writer: &mut Writer<Vec<u8>>,
    suites: &[Suite<'_>],
    took: Duration,
) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases: Vec<&Case<'_>> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    let root = writer.create_element("testsuites").with_attributes([
        ("name", "wxcheck"),
        ("tests", &*tests),
        ("skipped", &*skipped),
        ("failures", &*failures),
        ("errors", &*errors),
        ("time", &*seconds(took)),
    ]);
    root.write_inner_content(|writer| {
        suites
            .iter()
            .try_for_each(|suite| write_suite(writer, suite))
    })?;
    writer.write_indent()
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite<'_>) -> io::Result<()> {
    let cases: Vec<&Case<'_>> = suite.cases.iter().collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    let element = writer.create_element("testsuite").with_attributes([
        ("name", suite.name),
        ("tests", &*tests),
        ("skipped", &*skipped),
        ("errors", &*errors),
        ("failures", &*failures),
    ]);
    element.write_inner_content(|writer| {
        suite
            .cases
            .iter()
            .try_for_each(|case| write_case(writer, case))
    })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case<'_>) -> io::Result<()> {
    let mut element = writer
        .create_element("testcase")
        .with_attributes([("name", case.name), ("classname", case.class)]);
    if let Some(took) = case.took {
        element = element.with_attribute(("time", &*seconds(took)));
    }
    if case.other.is_none() && case.output.is_none() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        if let Some(other) = &case.other {
            let element = writer.create_element(other.name);
            let element = element.with_attribute(("message", &*other.message));
            match &other.why {
                Some((level, text)) => element
                    .with_attribute(("type", &**level))
                    .write_text_content(BytesText::new(text))?,
                None => element.write_empty()?,
            };
        }
        if let Some(output) = &case.output {
            let element = writer.create_element("system-out");
            element.write_text_content(BytesText::new(output))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The number of cases, and of those skipped, in error and failed, as attributes have them.
fn counts(cases: &[&Case<'_>]) -> [String; 4] {
    let named = |name: &str| {
        let others = cases.iter().filter_map(|case| case.other.as_ref());
        others.filter(|other| other.name == name).count()
    };
    [
        cases.len(),
        named("skipped"),
        named("error"),
        named("failure"),
    ]
    .map(|count| count.to_string())
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}
