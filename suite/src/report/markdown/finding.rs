//! A finding in the report, folded.

use std::fmt::Write as _;

use super::inert::{block, html, prose, span};
use crate::{
    report::{
        View,
        labels::{Labels, colon, labels},
        same_bug::Problem,
        view::Row,
    },
    words::{Language, sentence},
};

/// The most pushes that are named; the JSON report has them all.
const PUSHES: usize = 12;

/// The finding, with the ids of what the same bug breaks.
pub(super) fn write(told: &Problem<'_>, view: &View, language: Language) -> String {
    let (row, labels, colon) = (told.row, labels(language), colon(language));
    let words = match language {
        Language::English => row.english(),
        Language::Chinese => row.chinese(),
    };
    let title = told.title_with_rules();
    let title = title.map(|[english, chinese]| language.of(english, chinese));
    let mut text = format!(
        "\n<details><summary><b>{}</b> · <code>{}</code> · {} · {}</summary>\n\n",
        row.verdict.word(language),
        row.rule.id,
        row.rule.level,
        html(title.as_deref().unwrap_or(words.summary))
    );
    if title.is_some() {
        let _ = write!(text, "{}\n\n", prose(words.summary));
    }
    text += &block("text", &seen(row, labels, language));
    let source = sentence(row.rule.source, language);
    for (label, words) in [
        (labels.why, words.why),
        (labels.fix, words.fix),
        (labels.source, source.as_str()),
    ] {
        let _ = write!(text, "\n**{label}**{colon}{}\n", prose(words));
    }
    if let Some(deprecated) = row.deprecated {
        let note = match language {
            Language::English => deprecated.english(),
            Language::Chinese => deprecated.chinese(),
        };
        let _ = write!(text, "\n**{}**{colon}{}\n", labels.note, prose(&note));
    }
    if !told.others.is_empty() {
        let others = told.others.iter();
        let others: Vec<String> = others.map(|row| span(row.rule.id.as_str())).collect();
        let (label, others) = (labels.same_bug, others.join(", "));
        let _ = write!(text, "\n**{label}**{colon}{others}\n");
    }
    let again = commands(row, view);
    if !again.is_empty() {
        let _ = write!(text, "\n{}", block("sh", &again));
    }
    text + "\n</details>\n"
}

/// The observation. A target may have written of it whatever it liked.
fn seen(row: &Row, labels: &Labels, language: Language) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    if let Some(finding) = &row.finding {
        lines.push((labels.expected, sentence(&finding.expected, language)));
        lines.push((labels.got, sentence(&finding.actual, language)));
    }
    if !row.pushes.is_empty() {
        lines.push((labels.pushes, pushes(row, language)));
    }
    if let [_, others @ ..] = &row.claims[..]
        && !others.is_empty()
    {
        lines.push((labels.also, others.join(", ")));
    }
    if let Some(reason) = &row.reason {
        lines.push((labels.note, reason.words(language)));
    }
    let story = row.finding.iter().flat_map(|finding| &finding.story);
    for (place, line) in story.enumerate() {
        let label = if place == 0 { labels.story } else { "" };
        lines.push((label, sentence(line, language)));
    }
    let lines = lines.into_iter().map(|(label, line)| {
        // Two columns for each Chinese character keep the lines aligned.
        let columns = language.of(label.chars().count(), 2 * label.chars().count());
        format!(
            "{label}{}{line}",
            " ".repeat(10_usize.saturating_sub(columns))
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn pushes(row: &Row, language: Language) -> String {
    let shown: Vec<&str> = row.pushes.iter().take(PUSHES).map(String::as_str).collect();
    let more = match row.pushes.len().saturating_sub(PUSHES) {
        0 => String::new(),
        more => language.of(format!(" and {more} more"), format!("，另有 {more} 个")),
    };
    shown.join(", ") + &more
}

/// The request at which it shows, and the command that sends what led to it too.
fn commands(row: &Row, view: &View) -> String {
    let shown = row.reproduction.as_ref();
    let curl = shown.and_then(|shown| shown.curl.last());
    let lines = view.replay_line(row).into_iter().chain(curl.cloned());
    lines.collect::<Vec<_>>().join("\n")
}
