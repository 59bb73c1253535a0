//! Annotations for GitHub Actions: a workflow command for each of the worst findings.

use wxcheck_events::Ended;

use super::{
    Death, Outcome, View,
    labels::{self, colon, labels},
    view::Row,
};
use crate::{redact::Redacted, verdict::Verdict, words::Language};

/// The most annotations of a kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// The most rules that the last of them names.
const NAMED: usize = 20;

/// The most bytes of a summary that GitHub takes from a step.
pub const SUMMARY_BYTES: usize = 1024 * 1024;

/// The commands, a line each: the verdict on the run where no finding says it, what to fix first, and the findings.
pub fn annotations(view: &View, language: Language) -> Redacted {
    let gate = view.gate();
    let fails = |verdict: &Verdict| *verdict == Verdict::Errored || gate.fails(*verdict);
    let worst = [
        Verdict::Failed,
        Verdict::Errored,
        Verdict::Flaky,
        Verdict::Warned,
        Verdict::Noted,
    ];
    let (errors, others): (Vec<Verdict>, Vec<Verdict>) = worst.into_iter().partition(fails);
    let of = |verdicts: Vec<Verdict>| -> Vec<&Row> {
        let verdicts = verdicts.into_iter();
        verdicts.flat_map(|verdict| view.unknown(verdict)).collect()
    };
    let warnings = others.into_iter().filter(|one| *one != Verdict::Noted);
    let (errors, warnings) = (of(errors), of(warnings.collect()));
    let mut first = Vec::new();
    let outcome = view.outcome();
    if outcome.open().is_some() || (outcome == Outcome::Failed && errors.is_empty()) {
        first.push(of_the_run(view, language));
    }
    let mut beside = Vec::new();
    if outcome == Outcome::Passed {
        beside.extend(server_ended("warning", view, language));
    } else {
        match view.death() {
            Some(death) => first.push(of_death(&death, view, language)),
            None => first.extend(cause(view, language)),
        }
    }
    let mut text = Redacted::default();
    for (kind, first, rows) in [("error", first, errors), ("warning", beside, warnings)] {
        for command in &first {
            text.push(command);
        }
        let room = SHOWN - first.len();
        text.push(&listed(kind, &rows, room, view, language));
    }
    text
}

/// The verdict on the run, with what was found.
fn of_the_run(view: &View, language: Language) -> Redacted {
    let mut told = vec![view.outcome_in_words(language)];
    told.extend(view.found(language));
    if let Ended::NoContact { reason } = &view.ended.ended {
        told.push(language.sentence(reason));
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

/// A command for each row, as far as there is room; the last one counts those for which there is none.
fn listed(
    kind: &'static str,
    rows: &[&Row],
    room: usize,
    view: &View,
    language: Language,
) -> Redacted {
    let shown = if rows.len() > room { room - 1 } else { room };
    let mut text = Redacted::default();
    for row in rows.iter().take(shown) {
        text.push(&annotation(kind, row, view, language));
    }
    let rest = rows.iter().skip(shown);
    let rest: Vec<&str> = rest.map(|row| row.rule.id.as_str()).collect();
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
    text.push(&Redacted::workflow_command(kind, &title, &names));
    text
}

fn annotation(kind: &'static str, row: &Row, view: &View, language: Language) -> Redacted {
    let (labels, colon) = (labels(language), colon(language));
    let words = match language {
        Language::English => row.english(),
        Language::Chinese => row.chinese(),
    };
    let mut lines = vec![words.summary.to_owned()];
    match (&row.finding, &row.reason) {
        (Some(finding), _) => {
            let actual = language.sentence(&finding.actual);
            lines.push(format!("{}{colon}{actual}", labels.got));
        }
        (None, Some(reason)) => lines.push(language.reason(reason)),
        (None, None) => {}
    }
    lines.push(format!("{}{colon}{}", labels.fix, words.fix));
    let title = format!("{} ({})", row.rule.id, row.rule.level);
    let [title, message] = [title, lines.join("\n")].map(|text| view.secrets.page(&text));
    Redacted::workflow_command(kind, &title, &message)
}

/// The first cause: what to fix before all else.
fn cause(view: &View, language: Language) -> Option<Redacted> {
    let diagnosed = view.diagnosed.as_ref()?;
    let found = diagnosed.findings.first()?;
    let wording = match language {
        Language::English => found.english(diagnosed.stack),
        Language::Chinese => found.chinese(diagnosed.stack),
    };
    let title = view.secrets.page(labels(language).fix_first);
    let message = view.secrets.page(&wording.line);
    Some(Redacted::workflow_command("error", &title, &message))
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
