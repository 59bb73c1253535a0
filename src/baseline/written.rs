//! The file anew: entries that are still right stay, those that are not needed go, new findings come.

use std::fmt::Write as _;

use wxcheck_events::{Baseline, WrongEntry};
use wxcheck_suite::report::View;

use super::Entry;

/// The first lines of the file.
const HEAD: &str = "\
# Findings that are known and do not fail `wxcheck check`. Each rule is still judged: an entry that is no longer needed
# fails the run, and so does one whose last day (expires = 2027-01-31) is over.
";

/// The entries of the file that is to be written. An expired one stays as it is: another day is for its owner to set.
pub(super) fn entries(old: &[Entry], compared: &Baseline, view: &View, today: &str) -> Vec<Entry> {
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
                    reason: format!("found on {today}; say here why it stays, and who fixes it"),
                    expires: None,
                    line: 0,
                });
            }
        }
    }
    entries
}

/// The whole file.
pub(super) fn text(entries: &[Entry]) -> String {
    let mut text = HEAD.to_owned();
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
        let mut read = parse(Path::new("b.toml"), &text(&entries)).unwrap();
        for entry in &mut read {
            assert!(entry.line > 3);
            entry.line = 0;
        }
        assert_eq!(read, entries);
    }
}
