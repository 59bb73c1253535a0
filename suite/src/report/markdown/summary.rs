//! The head of the report: what was judged, and how it went.

use std::fmt::Write as _;

use wxcheck_events::Ended;

use super::inert::{block, cell, prose, span};
use crate::{
    report::{
        Outcome, View,
        known::{in_chinese, in_english},
        labels::{self, KNOWN, counts, ended_early, labels, mark},
        view::Row,
    },
    verdict::Verdict,
    words::{Language, sentence},
};

/// The title, what was judged, and a table of areas.
pub(super) fn write(view: &View, language: Language) -> String {
    let mut text = title(view, language);
    text += &about(view, language);
    text += &ended(view, language);
    text += &server_ended(view, language);
    if !matches!(view.ended.ended, Ended::NoContact { .. }) {
        text += &table(view, language);
    }
    text += &contract(view, language);
    text += &faults(view, language);
    text
}

fn title(view: &View, language: Language) -> String {
    let mut doubts = [Verdict::Warned, Verdict::Flaky].into_iter();
    let sign = match view.outcome() {
        Outcome::Failed => "❌",
        Outcome::NoVerdict(_) => "⛔",
        Outcome::Passed if doubts.any(|one| view.unknown(one).next().is_some()) => "⚠️",
        Outcome::Passed => "✅",
    };
    let outcome = prose(&view.outcome_in_words(language));
    let counts = counts(&view.rows, language);
    format!("## {sign} wxcheck: {outcome} · {counts}\n")
}

fn about(view: &View, language: Language) -> String {
    let begun = &view.begun;
    let (mode, format, account) = (&begun.mode, &begun.format, &begun.account);
    let setting = language.of(
        format!("{mode} mode, {format}, {account} account"),
        format!("{mode} 模式，{format}，{account} 账号"),
    );
    let seed = begun.seed;
    let seed = language.of(format!("seed {seed}"), format!("种子 {seed}"));
    let effort = labels::effort(view, language).join(" · ");
    format!(
        "\n{} · {} · {seed} · wxcheck {}\n\n{}\n",
        span(&begun.url),
        prose(&setting),
        prose(&begun.wxcheck),
        prose(&effort)
    )
}

/// The reason that a run ended early, if it did.
fn ended(view: &View, language: Language) -> String {
    let told = match &view.ended.ended {
        Ended::NoContact { reason } => Some(language.of(
            format!("no contact: {reason}"),
            format!("无法连接：{}", sentence(reason, language)),
        )),
        _ => ended_early(view, language),
    };
    told.map_or_else(String::new, |told| format!("\n{}", block("text", &told)))
}

/// The end of the server, with its last words: what to look at first, unless the run passed all the same.
fn server_ended(view: &View, language: Language) -> String {
    let labels = labels(language);
    let ended = view.server_ended.as_ref();
    let mut text = match (view.death(), ended) {
        (Some(death), _) => {
            let (fix, colon) = (death.fix(language), labels::colon(language));
            let said = format!("{}\n{}{colon}{fix}", death.says(language), labels.fix);
            format!("\n### {}\n\n{}", labels.fix_first, block("text", &said))
        }
        (None, Some(ended)) => format!("\n{}\n", prose(&labels::server_ended(ended, language))),
        (None, None) => String::new(),
    };
    let output = ended.map_or_else(String::new, |ended| ended.output.join("\n"));
    if !output.is_empty() {
        let _ = write!(text, "\n{}", block("text", &output));
    }
    text
}

/// A row for each area, with a column for each verdict that there is, and one for what is known.
fn table(view: &View, language: Language) -> String {
    let labels = labels(language);
    let columns = Verdict::ALL.into_iter();
    let columns = columns.filter(|verdict| view.unknown(*verdict).next().is_some());
    let known = view.known().next().map(|_| None);
    let columns: Vec<Option<Verdict>> = columns.map(Some).chain(known).collect();
    let heads = columns.iter().map(|column| match column {
        Some(verdict) => format!(" {} {} |", mark(*verdict), verdict.word(language)),
        None => format!(" {KNOWN} {} |", labels.known_word),
    });
    let mut text = format!("\n| {} |{}\n", labels.area, heads.collect::<String>());
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(columns.len()));
    let count = |rows: &[Row], column: Option<Verdict>| {
        let mine = rows.iter().filter(|row| match column {
            Some(verdict) => row.known.is_none() && row.verdict == verdict,
            None => row.known.is_some(),
        });
        mine.count()
    };
    let number = |count: usize| match count {
        0 => " |".to_owned(),
        _ => format!(" {count} |"),
    };
    for (area, rows) in view.areas() {
        let counts = columns.iter().map(|column| number(count(rows, *column)));
        let _ = writeln!(text, "| {} |{}", cell(area), counts.collect::<String>());
    }
    let all = columns
        .iter()
        .map(|column| number(count(&view.rows, *column)));
    text + &format!("| {} |{}\n", labels.all, all.collect::<String>())
}

/// The pushes that are answered differently than before, if any are.
fn contract(view: &View, language: Language) -> String {
    let changed = view.contract.iter().flat_map(|contract| contract.changed());
    let changed: Vec<String> = changed.map(span).collect();
    if changed.is_empty() {
        return String::new();
    }
    let told = language.of("Answered differently than before", "响应与之前不同");
    format!("\n{told}: {}\n", changed.join(", "))
}

/// The entries of the list of known findings that are no longer right, if there are any.
fn faults(view: &View, language: Language) -> String {
    let Some(listed) = view.baseline.as_ref().filter(|one| !one.faults.is_empty()) else {
        return String::new();
    };
    let lines = listed.faults.iter().map(|fault| {
        let told = match language {
            Language::English => in_english(fault),
            Language::Chinese => in_chinese(fault),
        };
        format!("{}:{}: {told}", listed.file, fault.line)
    });
    let lines: Vec<String> = lines.collect();
    format!("\n{}", block("text", &lines.join("\n")))
}
