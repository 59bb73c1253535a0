//! The file anew: entries that are still right stay, those that are not needed go, new findings come.

use std::fmt::Write as _;

use wxcheck_events::{Baseline, WrongEntry};
use wxcheck_suite::report::{View, known::unwritten};

use super::Entry;
use crate::cli::Lang;

/// The first lines of the file, in English and in Chinese.
const HEADS: [&str; 2] = [
    "\
# Findings that are known and do not fail `wxcheck check`. Each rule is still judged: an entry that is no longer needed
# fails the run, and so does one whose last day (expires = 2027-01-31) is over.
",
    "\
# 已知的问题，不会使 `wxcheck check` 失败。这些规则仍会检查：不再需要的条目会使运行失败，
# 过了截止日期（如 expires = 2027-01-31）的条目也会。
",
];

/// The entries of the file that is to be written. An expired one stays as it is: another day is for its owner to set.
pub(super) fn entries(
    old: &[Entry],
    compared: &Baseline,
    view: &View,
    today: &str,
    lang: Lang,
) -> Vec<Entry> {
    let is_needless = |entry: &&Entry| {
        let mut faults = compared.faults.iter();
        let fault = faults.find(|fault| fault.line == entry.line && fault.rule == entry.rule);
        fault.is_some_and(|fault| !matches!(fault.wrong, WrongEntry::Expired { .. }))
    };
    let stays = old.iter().filter(|entry| !is_needless(entry)).cloned();
    let mut entries: Vec<Entry> = stays.collect();
    let gate = view.gate();
    for row in view.rows.iter().filter(|row| gate.fails(row.verdict)) {
        let rule = row.rule.id.as_str();
        for claim in &row.claims {
            let is_listed = |entry: &Entry| {
                entry.rule == rule && entry.claim.as_ref().is_none_or(|named| named == claim)
            };
            if !entries.iter().any(is_listed) {
                entries.push(Entry {
                    rule: rule.to_owned(),
                    claim: Some(claim.clone()),
                    reason: unwritten(today, lang.language()),
                    expires: None,
                    line: 0,
                });
            }
        }
    }
    entries
}

/// The whole file.
pub(super) fn text(entries: &[Entry], lang: Lang) -> String {
    let [english, chinese] = HEADS;
    let mut text = lang.of_two(english, chinese).to_owned();
    for entry in entries {
        let _ = write!(text, "\n[[known]]\nrule = {}\n", quoted(&entry.rule));
        if let Some(claim) = &entry.claim {
            let _ = writeln!(text, "claim = {}", quoted(claim));
        }
        let _ = writeln!(text, "reason = {}", quoted(&entry.reason));
        if let Some(day) = &entry.expires {
            let _ = writeln!(text, "expires = {day}");
        }
    }
    text
}

/// A string of TOML. JSON writes a subset of it, but for the one control character that it leaves as it is.
fn quoted(text: &str) -> String {
    serde_json::json!(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::baseline::file::parse;

    #[test]
    fn what_is_written_is_read_again() {
        let entry = |rule: &str, reason: &str, expires: Option<&str>| Entry {
            rule: rule.into(),
            claim: expires.map(|_| "twice".to_owned()),
            reason: reason.into(),
            expires: expires.map(str::to_owned),
            line: 0,
        };
        let entries = [
            entry(
                "a/b",
                "it's \"ours\"\n\\ \u{7f}\u{1}é推",
                Some("2027-01-31"),
            ),
            entry("c/d", "later", None),
        ];
        for lang in [Lang::En, Lang::Zh] {
            let mut read = parse(Path::new("b.toml"), &text(&entries, lang)).unwrap();
            for entry in &mut read {
                assert!(entry.line > 3);
                entry.line = 0;
            }
            assert_eq!(read, entries);
        }
    }
}
