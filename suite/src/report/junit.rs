//! The JUnit report, one test case a rule, one suite an area.
//!
//! A broken Must is a failure, our own error an error; everything that was not judged is skipped with its reason, and
//! its type tells what could not be observed from what does not apply; a cause that is not proven is skipped, too; notes are successes whose text says what was seen, and
//! warnings too, unless asked otherwise. Whatever fails the run is a failure, and a run without a verdict has an error of its own.

use std::{fmt::Write as _, io, str::FromStr, time::Duration};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use serde::Deserialize;
use wxcheck_events::{BaselineFault, Ended, Known};

use super::{
    Outcome, View,
    findings::{Weight, cause_says},
    known::{in_english, reason},
    labels,
    view::Row,
};
use crate::{
    diagnosis::FoundCause, gate::Gate, redact::Redacted, verdict::Verdict, words::Language,
};

/// The state of a warning.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Warnings {
    /// A success whose text says what was seen.
    #[default]
    Passed,
    /// Skipped, which most readers show apart.
    Skipped,
    /// A failure.
    Failure,
}

impl FromStr for Warnings {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "passed" => Ok(Self::Passed),
            "skipped" => Ok(Self::Skipped),
            "failure" => Ok(Self::Failure),
            _ => Err(format!(
                "a warning cannot be `{name}`; choose passed, skipped or failure"
            )),
        }
    }
}

/// The report as XML. Unless it is said what a warning is, it fails where warnings fail the run.
pub fn write(view: &View, warnings: Option<Warnings>) -> Redacted {
    let gate = view.gate();
    let by_gate = if gate.should {
        Warnings::Failure
    } else {
        Warnings::Passed
    };
    let warnings = warnings.unwrap_or(by_gate);
    let suites = view.areas().map(|(area, rows)| Suite {
        name: area,
        cases: rows.iter().map(|row| case(row, warnings, gate)).collect(),
    });
    let mut suites: Vec<Suite<'_>> = suites.collect();
    suites.extend(of_the_run(view));
    suites.extend(of_the_end(view, &suites));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 4);
    // Written to memory, where only a failing allocation could stop it.
    let written = write_suites(&mut writer, &suites, view);
    let text = written.map(|()| String::from_utf8(writer.into_inner()).unwrap_or_default());
    // Only what goes through this gate is sure to be XML: a server may have sent what XML cannot hold.
    view.secrets.xml(&text.unwrap_or_default())
}

/// The failures beside the rules.
fn of_the_run(view: &View) -> Vec<Suite<'_>> {
    let suite = |name, cases| Suite { name, cases };
    let mut suites = Vec::new();
    if let Some(contract) = &view.contract {
        suites.push(suite("contract", vec![contract_case(&contract.changed())]));
    }
    let faults = view.baseline.iter().flat_map(|list| &list.faults);
    suites.push(suite("baseline", faults.map(fault_case).collect()));
    // Where all that was found is known and accepted, its cause fails nothing.
    let diagnosed = view.diagnosed.iter();
    let diagnosed = diagnosed.filter(|_| view.outcome() != Outcome::Passed);
    let causes = diagnosed.flat_map(|found| &found.findings);
    suites.push(suite("diagnosis", causes.map(cause_case).collect()));
    suites.retain(|suite| !suite.cases.is_empty());
    suites
}

/// The verdict on the run, where no other case says it, and the end of the server's process.
fn of_the_end(view: &View, suites: &[Suite<'_>]) -> Option<Suite<'static>> {
    let mut others = suites.iter().flat_map(|suite| &suite.cases);
    let is_told = others.any(|case| {
        let other = case.other.as_ref();
        other.is_some_and(|other| matches!(other.name, "failure" | "error"))
    });
    let outcome = view.outcome();
    let mut cases = Vec::new();
    match outcome {
        Outcome::NoVerdict(_) => cases.push(verdict_case("error", view)),
        Outcome::Failed if !is_told => cases.push(verdict_case("failure", view)),
        Outcome::Failed | Outcome::Passed => {}
    }
    if let Some(ended) = &view.server_ended {
        let told = labels::server_ended(ended, Language::English);
        let name = if outcome == Outcome::Passed {
            "skipped"
        } else {
            "error"
        };
        let text = format!("{told}\n{}", ended.output.join("\n"));
        cases.push(run_case("run/server", name, "server ended", told, text));
    }
    let suite = Suite { name: "run", cases };
    (!suite.cases.is_empty()).then_some(suite)
}

/// The verdict on the run, as a case that does not pass.
fn verdict_case(name: &'static str, view: &View) -> Case<'static> {
    let mut told = vec![view.outcome_in_words(Language::English)];
    told.extend(view.found(Language::English));
    if let Ended::NoContact { reason } = &view.ended.ended {
        told.push(reason.clone());
    }
    let message = told.join(" · ");
    let kind = view.outcome().as_str();
    run_case("run/verdict", name, kind, message.clone(), message)
}

fn run_case(
    name: &'static str,
    element: &'static str,
    kind: &str,
    message: String,
    text: String,
) -> Case<'static> {
    Case {
        name,
        class: "run",
        took: None,
        other: Some(Other {
            name: element,
            kind: Some(kind.to_owned()),
            message,
            text: Some(text),
        }),
        output: None,
    }
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
    /// A rule's level, or why it is skipped.
    kind: Option<String>,
    message: String,
    /// The text of the element: the message once more, since some readers show nothing else, and an explanation.
    text: Option<String>,
}

/// The replies beside those of before, as one case.
fn contract_case(changed: &[&str]) -> Case<'static> {
    let failure = || Other {
        name: "failure",
        kind: None,
        message: format!("answered otherwise than before: {}", changed.join(", ")),
        text: None,
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
    let message = format!("line {}: {}", fault.line, in_english(fault));
    Case {
        name: &fault.rule,
        class: "baseline",
        took: None,
        other: Some(Other {
            name: "failure",
            kind: None,
            text: Some(message.clone()),
            message,
        }),
        output: None,
    }
}

/// The words for what is known and accepted.
fn accepted(known: &Known) -> String {
    let day = known.expires.as_ref();
    let day = day.map_or_else(String::new, |day| format!(" (until {day})"));
    format!("known{day}: {}", reason(known, Language::English))
}

/// A cause, as one case that fails with what to fix. One that is only supposed is no failure of its own: what failed has a case.
fn cause_case(finding: &FoundCause) -> Case<'static> {
    let wording = finding.english(None);
    let code = wording
        .code
        .iter()
        .map(|(stack, line)| format!("{}: {line}\n", stack.name()));
    let curl = finding.curl.iter().map(|curl| format!("curl: {curl}\n"));
    let message = cause_says(finding, Language::English);
    let lines = code.chain(curl).collect::<String>();
    Case {
        name: finding.cause.id,
        class: "diagnosis",
        took: None,
        other: Some(Other {
            name: match Weight::of_cause(finding) {
                Weight::Cause | Weight::Error => "failure",
                Weight::Warning | Weight::Note => "skipped",
            },
            kind: Some(finding.certainty.name().to_owned()),
            text: Some(format!("{message}\n{lines}")),
            message,
        }),
        output: None,
    }
}

fn case(row: &Row, warnings: Warnings, gate: Gate) -> Case<'static> {
    let (headline, explained) = (headline(row), explain(row));
    let told = format!("{}: {headline}", row.verdict);
    let broken = |name| Other {
        name,
        kind: Some(row.rule.level.to_string()),
        text: Some(format!("{headline}\n{explained}")),
        message: headline.clone(),
    };
    let skipped = |kind: String, message: String| Other {
        name: "skipped",
        kind: Some(kind),
        message,
        text: None,
    };
    let whole = Some(format!("{told}\n{explained}"));
    let unjudged = || (Some(skipped(row.verdict.to_string(), told.clone())), None);
    let (other, output) = match row.verdict {
        _ if row.known.is_some() => {
            let reason = row.known.as_ref().map(accepted).unwrap_or_default();
            (Some(skipped("known".to_owned(), reason)), whole)
        }
        Verdict::Passed => (None, None),
        Verdict::Failed => (Some(broken("failure")), None),
        Verdict::Errored => (Some(broken("error")), None),
        Verdict::Noted | Verdict::Inconclusive | Verdict::Flaky if gate.fails(row.verdict) => {
            (Some(broken("failure")), None)
        }
        Verdict::Noted => (None, whole),
        Verdict::Warned => match warnings {
            Warnings::Passed => (None, whole),
            Warnings::Skipped => (unjudged().0, whole),
            Warnings::Failure => (Some(broken("failure")), None),
        },
        Verdict::Inconclusive | Verdict::Skipped | Verdict::Flaky => unjudged(),
    };
    Case {
        name: row.rule.id.as_str(),
        class: row.rule.area(),
        took: Some(row.took),
        other,
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
        text = format!("expected: {}\ngot: {}\n", finding.expected, finding.actual);
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

fn write_suites(writer: &mut Writer<Vec<u8>>, suites: &[Suite<'_>], view: &View) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases: Vec<&Case<'_>> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    let took = Duration::from_micros(view.ended.took_micros);
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
            .try_for_each(|suite| write_suite(writer, suite, view))
    })?;
    writer.write_indent()
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite<'_>, view: &View) -> io::Result<()> {
    let cases: Vec<&Case<'_>> = suite.cases.iter().collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    // Rules are judged beside each other, so the sum says how much was done, not how long it took.
    let took: Duration = cases.iter().filter_map(|case| case.took).sum();
    let element = writer.create_element("testsuite").with_attributes([
        ("name", suite.name),
        ("tests", &*tests),
        ("skipped", &*skipped),
        ("errors", &*errors),
        ("failures", &*failures),
        ("time", &*seconds(took)),
    ]);
    element.write_inner_content(|writer| {
        write_properties(writer, view)?;
        suite
            .cases
            .iter()
            .try_for_each(|case| write_case(writer, case))
    })?;
    Ok(())
}

/// The target of the run, and the seed that repeats it.
fn write_properties(writer: &mut Writer<Vec<u8>>, view: &View) -> io::Result<()> {
    let begun = &view.begun;
    let seed = begun.seed.to_string();
    let properties = [
        ("target", &begun.url),
        ("seed", &seed),
        ("version", &begun.wxcheck),
        ("account", &begun.account),
        ("mode", &begun.mode),
        ("format", &begun.format),
    ];
    let element = writer.create_element("properties");
    element.write_inner_content(|writer| {
        for (name, value) in properties {
            let element = writer.create_element("property");
            let element = element.with_attributes([("name", name), ("value", value.as_str())]);
            element.write_empty()?;
        }
        Ok(())
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
            let mut element = writer.create_element(other.name);
            if let Some(kind) = &other.kind {
                element = element.with_attribute(("type", &**kind));
            }
            let element = element.with_attribute(("message", &*other.message));
            match &other.text {
                Some(text) => element.write_text_content(BytesText::new(text))?,
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
