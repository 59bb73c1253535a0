//! The JUnit report, one test case a rule, one suite an area.
//!
//! A broken Must is a failure, our own error an error; everything that was not judged is skipped with its reason, and
//! its type tells what could not be observed from what does not apply; a cause is skipped too, for what it explains has failed; notes
//! are successes whose text says what was seen, and warnings too, unless asked otherwise. Whatever fails the run is a failure, and a
//! run without a verdict has an error of its own.

mod written;

use std::{str::FromStr, time::Duration};

use quick_xml::Writer;
use serde::Deserialize;
use wxcheck_events::{BaselineFault, Ended, Known};

use written::write_suites;

use super::{
    Outcome, View,
    findings::{behind, cause_says, first, is_certain},
    known::{in_chinese, in_english, reason},
    labels::{self, colon, labels},
    view::Row,
};
use crate::{
    diagnosis::FoundCause,
    gate::Gate,
    redact::Redacted,
    verdict::Verdict,
    words::{Language, sentence},
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
pub fn write(view: &View, warnings: Option<Warnings>, language: Language) -> Redacted {
    let gate = view.gate();
    let by_gate = if gate.should {
        Warnings::Failure
    } else {
        Warnings::Passed
    };
    let report = Report {
        view,
        language,
        gate,
        warnings: warnings.unwrap_or(by_gate),
    };
    let suites = report.suites();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 4);
    // Written to memory, where only a failing allocation could stop it.
    let written = write_suites(&mut writer, &suites, view);
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
    /// A rule's level, or why it is skipped.
    kind: Option<String>,
    message: String,
    /// The text of the element: the message once more, since some readers show nothing else, and an explanation.
    text: Option<String>,
}

/// A report in the making.
struct Report<'a> {
    view: &'a View,
    language: Language,
    gate: Gate,
    warnings: Warnings,
}

impl<'a> Report<'a> {
    fn suites(&self) -> Vec<Suite<'a>> {
        let suites = self.view.areas().map(|(area, rows)| Suite {
            name: area,
            cases: rows.iter().map(|row| self.case(row)).collect(),
        });
        let mut suites: Vec<Suite<'_>> = suites.collect();
        suites.extend(self.of_the_run());
        suites.extend(self.of_the_end(&suites));
        suites
    }

    /// The failures beside the rules.
    fn of_the_run(&self) -> Vec<Suite<'a>> {
        let view = self.view;
        let suite = |name, cases| Suite { name, cases };
        let mut suites = Vec::new();
        if let Some(contract) = &view.contract {
            let case = self.contract_case(&contract.changed());
            suites.push(suite("contract", vec![case]));
        }
        let faults = view.baseline.iter().flat_map(|list| &list.faults);
        let faults = faults.map(|fault| self.fault_case(fault));
        suites.push(suite("baseline", faults.collect()));
        // Where all that was found is known and accepted, nobody has to look for its cause.
        let diagnosed = view.diagnosed.iter();
        let diagnosed = diagnosed.filter(|_| view.outcome() != Outcome::Passed);
        let causes = diagnosed.flat_map(|found| &found.findings);
        let causes = causes.map(|found| self.cause_case(found));
        suites.push(suite("diagnosis", causes.collect()));
        suites.retain(|suite| !suite.cases.is_empty());
        suites
    }

    /// The verdict on the run, where no other case says it, and the end of the server's process.
    fn of_the_end(&self, suites: &[Suite<'_>]) -> Option<Suite<'a>> {
        let mut others = suites.iter().flat_map(|suite| &suite.cases);
        let is_told = others.any(|case| {
            let other = case.other.as_ref();
            other.is_some_and(|other| matches!(other.name, "failure" | "error"))
        });
        let outcome = self.view.outcome();
        let mut cases = Vec::new();
        match outcome {
            Outcome::NoVerdict(_) => cases.push(self.verdict_case("error")),
            Outcome::Failed if !is_told => cases.push(self.verdict_case("failure")),
            Outcome::Failed | Outcome::Passed => {}
        }
        if let Some(ended) = &self.view.server_ended {
            let told = labels::server_ended(ended, self.language);
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

    /// The verdict on the run, as a case that does not pass, with what to do first.
    fn verdict_case(&self, name: &'static str) -> Case<'a> {
        let (view, language) = (self.view, self.language);
        let mut told = vec![view.outcome_in_words(language)];
        told.extend(view.found(language));
        if let Ended::NoContact { reason } = &view.ended.ended {
            told.push(sentence(reason, language));
        }
        let message = told.join(" · ");
        let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
        let mut causes = causes.filter(|found| is_certain(found));
        let cause = causes.next();
        let cause = cause.map(|found| first(&cause_says(found, language), language));
        let text = [message.clone()].into_iter().chain(cause);
        let text = text.collect::<Vec<_>>().join("\n");
        let kind = view.outcome().as_str();
        run_case("run/verdict", name, kind, message, text)
    }

    /// The replies beside those of before, as one case.
    fn contract_case(&self, changed: &[&str]) -> Case<'a> {
        let told = self
            .language
            .of("answered otherwise than before", "回包与以前不同");
        let failure = || Other {
            name: "failure",
            kind: None,
            message: self.labelled(told, &changed.join(", ")),
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
    fn fault_case(&self, fault: &'a BaselineFault) -> Case<'a> {
        let line = fault.line;
        let message = match self.language {
            Language::English => format!("line {line}: {}", in_english(fault)),
            Language::Chinese => format!("第 {line} 行：{}", in_chinese(fault)),
        };
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
    fn accepted(&self, known: &Known) -> String {
        let until = |day| {
            self.language
                .of(format!(" (until {day})"), format!("（豁免至 {day}）"))
        };
        let until = known.expires.as_ref().map_or_else(String::new, until);
        let known_word = labels(self.language).known_word;
        self.labelled(
            &format!("{known_word}{until}"),
            reason(known, self.language),
        )
    }

    /// A cause, with what to fix: no failure of its own, for what it explains has a case.
    fn cause_case(&self, found: &FoundCause) -> Case<'a> {
        let wording = match self.language {
            Language::English => found.english(None),
            Language::Chinese => found.chinese(None),
        };
        let code = wording
            .code
            .iter()
            .map(|(stack, line)| format!("{}: {line}\n", stack.name()));
        let curl = found.curl.iter().map(|curl| format!("curl: {curl}\n"));
        let message = cause_says(found, self.language);
        let lines = code.chain(curl).collect::<String>();
        Case {
            name: found.cause.id,
            class: "diagnosis",
            took: None,
            other: Some(Other {
                name: "skipped",
                kind: Some(found.certainty.name().to_owned()),
                text: Some(format!("{message}\n{lines}")),
                message,
            }),
            output: None,
        }
    }

    fn case(&self, row: &'a Row) -> Case<'a> {
        let (headline, explained) = (self.headline(row), self.explain(row));
        let told = self.labelled(row.verdict.word(self.language), &headline);
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
                let reason = row.known.as_ref().map(|known| self.accepted(known));
                let reason = reason.unwrap_or_default();
                (Some(skipped("known".to_owned(), reason)), whole)
            }
            Verdict::Passed => (None, None),
            Verdict::Failed => (Some(broken("failure")), None),
            Verdict::Errored => (Some(broken("error")), None),
            Verdict::Noted | Verdict::Inconclusive | Verdict::Flaky
                if self.gate.fails(row.verdict) =>
            {
                (Some(broken("failure")), None)
            }
            Verdict::Noted => (None, whole),
            Verdict::Warned => match self.warnings {
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

    fn headline(&self, row: &Row) -> String {
        match (&row.finding, &row.reason) {
            (Some(finding), _) => {
                self.labelled(&finding.claim, &sentence(&finding.actual, self.language))
            }
            (None, Some(reason)) => reason.words(self.language),
            (None, None) => String::new(),
        }
    }

    fn explain(&self, row: &Row) -> String {
        let (language, labels) = (self.language, labels(self.language));
        let mut lines: Vec<String> = Vec::new();
        lines.extend(behind(row, self.view, language));
        let mut label = |label: &str, text: &str| lines.push(self.labelled(label, text));
        if let Some(finding) = &row.finding {
            label(labels.expected, &sentence(&finding.expected, language));
            label(labels.got, &sentence(&finding.actual, language));
        }
        if !row.pushes.is_empty() {
            label(labels.pushes, &row.pushes.join(", "));
        }
        if let Some(reason) = &row.reason {
            label(labels.note, &reason.words(language));
        }
        if let Some(deprecated) = row.deprecated {
            let note = match language {
                Language::English => deprecated.english(),
                Language::Chinese => deprecated.chinese(),
            };
            label(labels.note, &note);
        }
        let words = row.words(language);
        label(labels.why, words.why);
        label(labels.fix, words.fix);
        let curl = row.reproduction.iter().flat_map(|known| &known.curl);
        lines.extend(curl.map(|line| format!("curl: {line}")));
        lines.into_iter().map(|line| line + "\n").collect()
    }

    fn labelled(&self, label: &str, text: &str) -> String {
        format!("{label}{}{text}", colon(self.language))
    }
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
