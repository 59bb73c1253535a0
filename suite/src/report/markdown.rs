//! The report as Markdown, for job summaries and merge requests.

mod finding;
pub(super) mod inert;
mod summary;

use std::fmt::Write as _;

use self::inert::{block, html, prose, span};
use super::{
    View,
    known::reason,
    labels::{self, colon, labels, said},
    same_bug::rules_of,
    view::Diagnosed,
};
use crate::{redact::Redacted, verdict::Verdict, words::Language};

/// The whole report.
pub fn write(view: &View, language: Language) -> Redacted {
    let mut text = Redacted::default();
    for part in parts(view, language) {
        text.push(&part);
    }
    text
}

/// As much of it as so many bytes hold, from its beginning; where it is cut, it says so.
pub fn write_within(view: &View, language: Language, bytes: usize) -> Redacted {
    let note = view.secrets.page(language.of(
        "\n*The rest has no room here; a file that ⟦report-markdown⟧ names holds all of it.*\n",
        "\n*篇幅所限，其余内容从略；⟦report-markdown⟧ 指定的文件有全部内容。*\n",
    ));
    let parts = parts(view, language);
    let whole: usize = parts.iter().map(|part| part.as_str().len()).sum();
    if whole <= bytes {
        return write(view, language);
    }
    let mut text = Redacted::default();
    for part in parts {
        let size = text.as_str().len() + part.as_str().len() + note.as_str().len();
        if size > bytes {
            break;
        }
        text.push(&part);
    }
    if text.as_str().len() + note.as_str().len() <= bytes {
        text.push(&note);
    }
    text
}

/// The parts of it. Each stands by itself, so that it can be cut between any two.
fn parts(view: &View, language: Language) -> Vec<Redacted> {
    let labels = labels(language);
    let mut parts = vec![summary::write(view, language)];
    if let Some(diagnosed) = &view.diagnosed {
        parts.push(causes(diagnosed, language));
    }
    let told = view.problems();
    if !told.is_empty() {
        let rules = rules_of(&told);
        parts.push(format!("\n### {} ({rules})\n", labels.findings));
    }
    parts.extend(told.iter().map(|told| finding::write(told, view, language)));
    parts.push(known(view, language));
    parts.push(grouped(view, Verdict::Noted, labels.noted, language));
    parts.push(grouped(
        view,
        Verdict::Inconclusive,
        labels.unobserved,
        language,
    ));
    parts.iter().map(|part| view.secrets.page(part)).collect()
}

/// The causes to be fixed before anything else.
fn causes(diagnosed: &Diagnosed, language: Language) -> String {
    let (labels, colon) = (labels(language), colon(language));
    if diagnosed.findings.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for (place, found) in diagnosed.findings.iter().enumerate() {
        let title = match place {
            0 => labels.fix_first,
            _ => labels.fix_next,
        };
        let _ = writeln!(text, "\n### {title}");
        let wording = match language {
            Language::English => found.english(diagnosed.stack),
            Language::Chinese => found.chinese(diagnosed.stack),
        };
        let said = format!("{}\n{}{colon}{}", wording.says, labels.fix, wording.fix);
        let _ = write!(text, "\n{}\n", block("text", &said));
        let (id, proof) = (span(found.cause.id), prose(wording.proof));
        text += &language.of(format!("{id} ({proof})\n"), format!("{id}（{proof}）\n"));
        for (stack, line) in &wording.code {
            let _ = write!(text, "\n{}\n\n{}", stack.name(), block("", line));
        }
        if let Some(curl) = &found.curl {
            let _ = write!(text, "\n{}", block("sh", curl));
        }
    }
    if diagnosed.is_open {
        let _ = write!(text, "\n{}\n", labels.open);
    }
    text
}

/// Findings that are known and accepted, folded, each with what it is, what was seen, and its owner's reason.
fn known(view: &View, language: Language) -> String {
    let known: Vec<_> = view.known().collect();
    if known.is_empty() {
        return String::new();
    }
    let (title, count, colon) = (labels(language).known, known.len(), colon(language));
    let mut text = format!("\n<details><summary>{title} ({count})</summary>\n");
    for (row, known) in known {
        let (id, verdict) = (span(row.rule.id.as_str()), row.verdict.word(language));
        let day = known.expires.as_ref();
        let day = day.map_or_else(String::new, |day| format!(" · {}", span(day)));
        let _ = write!(text, "\n{id} · {verdict}{day}\n");
        let seen = said(row, language);
        let others: Vec<&str> = row.claims.iter().skip(1).map(String::as_str).collect();
        let mut told = seen;
        if !others.is_empty() {
            let _ = write!(
                told,
                "\n{}{colon}{}",
                labels(language).also,
                others.join(", ")
            );
        }
        let why = reason(known, language);
        let _ = write!(told, "\n{}{colon}{why}", labels(language).accepted_for);
        let _ = write!(text, "\n{}", block("text", &told));
    }
    text + "\n</details>\n"
}

/// Rules whose verdict is no fault, folded, grouped by what there is to say.
fn grouped(view: &View, verdict: Verdict, title: &str, language: Language) -> String {
    let groups = labels::grouped(view, verdict, language);
    if groups.is_empty() {
        return String::new();
    }
    let count = view.unknown(verdict).count();
    let mut text = format!("\n<details><summary>{} ({count})</summary>\n", html(title));
    for (said, ids) in groups {
        let ids: Vec<String> = ids.into_iter().map(span).collect();
        let _ = write!(text, "\n{}\n\n{}", ids.join(", "), block("text", &said));
    }
    text + "\n</details>\n"
}
