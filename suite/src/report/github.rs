//! Annotations for GitHub Actions: a workflow command for each of the worst findings.

use std::borrow::Cow;

use wxcheck_events::Ended;

use super::{
    Death, Outcome, View,
    beside::{self, Failure},
    findings::{self, Weight, behind, cause_says},
    labels::{self, colon, labels},
    view::Row,
};
use crate::{
    diagnosis::FoundCause,
    redact::Redacted,
    verdict::Verdict,
    words::{Language, sentence},
};

/// The most annotations of a kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// The most rules that the last of them names.
const NAMED: usize = 20;

/// The most bytes of a summary that GitHub takes from a step.
pub const SUMMARY_BYTES: usize = 1024 * 1024;

/// The commands, a line each: the verdict on a run that has none, what to fix first, and all that fails the run.
pub fn annotations(view: &View, language: Language) -> Redacted {
    let outcome = view.outcome();
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut text = Redacted::default();
    if outcome.open().is_some() {
        errors.push(of_the_run(view, language));
    }
    if outcome == Outcome::Passed {
        warnings.extend(server_ended("warning", view, language));
    } else if let Some(death) = view.death() {
        errors.push(of_death(&death, view, language));
    } else if let Some(found) = first_cause(view) {
        text.push(&of_cause(found, view, language));
    }
    for (weight, first) in [(Weight::Error, errors), (Weight::Warning, warnings)] {
        for command in &first {
            text.push(command);
        }
        let told = of_weight(weight, view, language);
        text.push(&listed(weight, &told, SHOWN - first.len(), view, language));
    }
    text
}

/// Something to annotate: its name, for where there is no room, and its command.
struct Told<'a> {
    name: Cow<'a, str>,
    command: Redacted,
}

/// All that has that weight, the worst first.
fn of_weight<'a>(weight: Weight, view: &'a View, language: Language) -> Vec<Told<'a>> {
    let (kind, gate) = (kind(weight), view.gate());
    let of_verdict = |verdict: Verdict| match verdict {
        // It says nothing of the server, and fails the run.
        Verdict::Errored => weight == Weight::Error,
        _ => Weight::of(verdict, gate) == Some(weight),
    };
    let of = |verdicts: &[Verdict]| -> Vec<Told<'a>> {
        let verdicts = verdicts.iter().filter(|verdict| of_verdict(**verdict));
        let rows = verdicts.flat_map(|verdict| view.unknown(*verdict));
        rows.map(|row| Told {
            name: Cow::Borrowed(row.rule.id.as_str()),
            command: annotation(kind, row, view, language),
        })
        .collect()
    };
    let mut told = of(&[
        Verdict::Failed,
        Verdict::Errored,
        Verdict::Flaky,
        Verdict::Warned,
        Verdict::Noted,
    ]);
    if weight == Weight::Error {
        let beside = beside::all(view);
        // A rule without a verdict comes at the end, with its own words.
        let beside = beside.iter().filter(|failure| failure.row.is_none());
        told.extend(beside.map(|failure| of_failure(failure, kind, view, language)));
    }
    // A run without a verdict says why by itself.
    if view.outcome() == Outcome::Failed {
        told.extend(of(&[Verdict::Inconclusive]));
    }
    told
}

/// Something that fails the run, and is no rule.
fn of_failure<'a>(
    failure: &Failure<'_>,
    kind: &'static str,
    view: &View,
    language: Language,
) -> Told<'a> {
    let id = failure.kind.id();
    let [title, message] = [id, failure.says(language)].map(|text| view.secrets.page(text));
    Told {
        name: Cow::Owned(format!("{id} {}", failure.subject.trim_end())),
        command: Redacted::workflow_command(kind, &title, &message),
    }
}

/// The command for that weight.
const fn kind(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "notice",
        Weight::Warning => "warning",
        Weight::Error | Weight::Whole => "error",
    }
}
/// The verdict on the run, with what was found.
fn of_the_run(view: &View, language: Language) -> Redacted {
    let mut told = vec![view.outcome_in_words(language)];
    told.extend(view.found(language));
    if let Ended::NoContact { reason } = &view.ended.ended {
        told.push(sentence(reason, language));
    }
    let [title, message] = ["wxcheck", &told.join(" · ")].map(|text| view.secrets.page(text));
    Redacted::workflow_command("error", &title, &message)
}

/// The death of the server, with what to do about it and its last words.
fn of_death(death: &Death<'_>, view: &View, language: Language) -> Redacted {
    let (labels, colon) = (labels(language), colon(language));
    let fix = format!("{}{colon}{}", labels.fix, death.fix(language));
    let mut lines = vec![death.says(language), fix];
    lines.extend(
        view.server_ended
            .iter()
            .flat_map(|ended| ended.output.clone()),
    );
    let [title, message] =
        [labels.fix_first, &lines.join("\n")].map(|text| view.secrets.page(text));
    Redacted::workflow_command("error", &title, &message)
}

/// The end of the server's process, with its last words, if it ended by itself.
fn server_ended(kind: &'static str, view: &View, language: Language) -> Option<Redacted> {
    let ended = view.server_ended.as_ref()?;
    let told = labels::server_ended(ended, language);
    let message = format!("{told}\n{}", ended.output.join("\n"));
    let [title, message] = ["wxcheck", &message].map(|text| view.secrets.page(text));
    Some(Redacted::workflow_command(kind, &title, &message))
}

/// A command for each, as far as there is room; the last one counts those for which there is none.
fn listed(
    weight: Weight,
    told: &[Told<'_>],
    room: usize,
    view: &View,
    language: Language,
) -> Redacted {
    let shown = if told.len() > room { room - 1 } else { room };
    let mut text = Redacted::default();
    for one in told.iter().take(shown) {
        text.push(&one.command);
    }
    let rest = told.iter().skip(shown);
    let rest: Vec<&str> = rest.map(|one| one.name.as_ref()).collect();
    if rest.is_empty() {
        return text;
    }
    let title = language.of(
        format!("{} more", rest.len()),
        format!("另有 {} 条", rest.len()),
    );
    let mut names = rest[..rest.len().min(NAMED)].join(", ");
    if rest.len() > NAMED {
        names.push_str(", …");
    }
    let [title, names] = [title, names].map(|text| view.secrets.page(&text));
    text.push(&Redacted::workflow_command(kind(weight), &title, &names));
    text
}

fn annotation(kind: &'static str, row: &Row, view: &View, language: Language) -> Redacted {
    let (labels, colon) = (labels(language), colon(language));
    let words = row.words(language);
    let mut lines = vec![words.summary.to_owned()];
    match (&row.finding, &row.reason) {
        (Some(finding), _) => {
            let actual = sentence(&finding.actual, language);
            lines.push(format!("{}{colon}{actual}", labels.got));
        }
        (None, Some(reason)) => lines.push(reason.words(language)),
        (None, None) => {}
    }
    let fix = || format!("{}{colon}{}", labels.fix, words.fix);
    lines.push(behind(row, view, language).unwrap_or_else(fix));
    let title = format!("{} ({})", row.rule.id, row.rule.level);
    let [title, message] = [title, lines.join("\n")].map(|text| view.secrets.page(&text));
    Redacted::workflow_command(kind, &title, &message)
}

/// The first cause: what to fix before all else.
fn first_cause(view: &View) -> Option<&FoundCause> {
    view.diagnosed.as_ref()?.findings.first()
}

/// A cause. What is only supposed is not called the first thing to fix.
fn of_cause(found: &FoundCause, view: &View, language: Language) -> Redacted {
    let title = if findings::is_certain(found) {
        labels(language).fix_first
    } else {
        language.of("A supposed cause", "推测的原因")
    };
    let [title, message] =
        [title, &cause_says(found, language)].map(|text| view.secrets.page(text));
    Redacted::workflow_command(kind(Weight::CAUSE), &title, &message)
}

#[cfg(test)]
mod tests {
    use wxcheck_events::Ended;

    use super::*;
    use crate::{report::view::tests::view_of, rules};

    #[test]
    fn no_step_has_more_annotations_of_a_kind_than_are_shown() {
        for outcome in [Ended::Whole, Ended::Cut] {
            let rows = rules::all().map(|rule| Row::plain(rule, Verdict::Failed));
            let mut view = view_of(rows.collect());
            view.ended.ended = outcome;
            let all = annotations(&view, Language::English);
            let errors = all.as_str().matches("::error ").count();
            assert_eq!(errors, SHOWN);
            let last = all.as_str().lines().last().unwrap();
            assert!(last.contains(" more::") && last.ends_with(", …"), "{last}");
        }
    }
}
