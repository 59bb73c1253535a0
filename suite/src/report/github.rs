//! Annotations for GitHub Actions: a workflow command for each of the worst findings.

use super::{
    View,
    labels::{colon, labels},
    view::{Diagnosed, Row},
};
use crate::{redact::Redacted, verdict::Verdict, words::Language};

/// The most annotations of a kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// The most bytes of a summary that GitHub takes from a step.
pub const SUMMARY_BYTES: usize = 1024 * 1024;

/// The commands, a line each.
pub fn annotations(view: &View, language: Language) -> Redacted {
    let mut text = Redacted::default();
    if let Some(diagnosed) = &view.diagnosed {
        text.push(&causes(view, diagnosed, language));
    }
    for (kind, verdicts) in [
        ("error", &[Verdict::Failed, Verdict::Errored][..]),
        ("warning", &[Verdict::Flaky, Verdict::Warned][..]),
    ] {
        let rows = verdicts.iter().flat_map(|verdict| view.unknown(*verdict));
        let rows: Vec<&Row> = rows.collect();
        let room = if rows.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        for row in rows.iter().take(room) {
            text.push(&annotation(kind, row, view, language));
        }
        let rest: Vec<&str> = rows
            .iter()
            .skip(room)
            .map(|row| row.rule.id.as_str())
            .collect();
        if !rest.is_empty() {
            let title = language.of(
                format!("{} more", rest.len()),
                format!("另有 {} 条", rest.len()),
            );
            let message = view.secrets.page(&rest.join(", "));
            text.push(&Redacted::workflow_command(
                kind,
                &view.secrets.page(&title),
                &message,
            ));
        }
    }
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
fn causes(view: &View, diagnosed: &Diagnosed, language: Language) -> Redacted {
    let Some(found) = diagnosed.findings.first() else {
        return Redacted::default();
    };
    let wording = match language {
        Language::English => found.english(diagnosed.stack),
        Language::Chinese => found.chinese(diagnosed.stack),
    };
    let title = view.secrets.page(labels(language).fix_first);
    Redacted::workflow_command("error", &title, &view.secrets.page(&wording.line))
}
