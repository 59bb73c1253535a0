//! The file with a change: entries that are not needed go, new findings come, all else stays as its owner wrote it.

use std::{fmt::Write as _, mem};

use anyhow::{Result, bail};
use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString};
use wxcheck_events::{Baseline, WrongEntry};
use wxcheck_settings::baseline::Entry;
use wxcheck_suite::report::{View, known::unwritten};

use crate::language::Language;

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

/// A change of the file.
pub(super) struct Change {
    /// The entries that go, by their place in the file.
    needless: Vec<usize>,
    new: Vec<Entry>,
}

/// The change that a run asks for. An expired entry stays as it is: another day is for its owner to set.
pub(super) fn change(
    old: &[Entry],
    compared: &Baseline,
    view: &View,
    today: &str,
    lang: Language,
) -> Change {
    let is_needless = |entry: &Entry| {
        let mut faults = compared.faults.iter();
        let fault = faults.find(|fault| fault.line == entry.line && fault.rule == entry.rule);
        fault.is_some_and(|fault| !matches!(fault.wrong, WrongEntry::Expired { .. }))
    };
    let (needless, stays): (Vec<_>, Vec<_>) = old
        .iter()
        .enumerate()
        .partition(|(_, entry)| is_needless(entry));
    let mut new: Vec<Entry> = Vec::new();
    let gate = view.gate();
    for row in view.rows.iter().filter(|row| gate.fails(row.verdict)) {
        let rule = row.rule.id.as_str();
        for claim in &row.claims {
            let is_listed = |entry: &Entry| {
                entry.rule == rule && entry.claim.as_ref().is_none_or(|named| named == claim)
            };
            let mut listed = stays.iter().map(|(_, entry)| *entry).chain(&new);
            if !listed.any(is_listed) {
                new.push(Entry {
                    rule: rule.to_owned(),
                    claim: Some(claim.clone()),
                    reason: unwritten(today, lang),
                    expires: None,
                    line: 0,
                });
            }
        }
    }
    Change {
        needless: needless.into_iter().map(|(place, _)| place).collect(),
        new,
    }
}

impl Change {
    /// The file with the change. Whatever else stands in it stays as it is written.
    pub(super) fn made(&self, old: &str, lang: Language) -> Result<String> {
        let mut text = without(old, &self.needless)?;
        if text.trim().is_empty() {
            let [english, chinese] = HEADS;
            lang.of(english, chinese).clone_into(&mut text);
        } else if !text.ends_with('\n') {
            text.push('\n');
        }
        for entry in &self.new {
            let _ = write!(text, "\n[[known]]\nrule = {}\n", quoted(&entry.rule));
            if let Some(claim) = &entry.claim {
                let _ = writeln!(text, "claim = {}", quoted(claim));
            }
            let _ = writeln!(text, "reason = {}", quoted(&entry.reason));
        }
        Ok(text)
    }
}

/// The text without the entries at those places. A comment right above an entry goes with it; one that stands apart, such as
/// the head of the file, stays.
fn without(text: &str, places: &[usize]) -> Result<String> {
    if places.is_empty() {
        return Ok(text.to_owned());
    }
    let mut file: DocumentMut = text.parse()?;
    let Some(known) = file.get_mut("known").and_then(Item::as_array_of_tables_mut) else {
        bail!("the list is written in one line; write each entry as [[known]]");
    };
    // What stands apart above an entry that goes, for the next one that stays.
    let mut apart = String::new();
    let mut kept = ArrayOfTables::new();
    for (place, table) in known.iter().enumerate() {
        let mut table = table.clone();
        let prefix = table.decor().prefix().and_then(RawString::as_str);
        let prefix = prefix.unwrap_or_default().to_owned();
        if places.contains(&place) {
            if let Some(end) = prefix.rfind("\n\n") {
                apart += &prefix[..=end];
            }
        } else {
            table
                .decor_mut()
                .set_prefix(mem::take(&mut apart) + &prefix);
            kept.push(table);
        }
    }
    *known = kept;
    let trailing = file.trailing().as_str().unwrap_or_default().to_owned();
    file.set_trailing(apart + &trailing);
    Ok(file.to_string())
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

    use wxcheck_settings::baseline::Listed;

    use super::*;

    fn entry(rule: &str, claim: &str) -> Entry {
        Entry {
            rule: rule.into(),
            claim: Some(claim.into()),
            reason: "it's \"ours\"\n\\ \u{7f}\u{1}é推".into(),
            expires: None,
            line: 0,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let new = vec![entry("a/b", "twice"), entry("c/d", "page")];
        let change = Change {
            needless: Vec::new(),
            new: new.clone(),
        };
        for lang in [Language::English, Language::Chinese] {
            let text = change.made("", lang).unwrap();
            let mut read = Listed::parsed(Path::new("b.toml"), text.clone())
                .unwrap()
                .entries;
            for entry in &mut read {
                assert!(entry.line > 3);
                entry.line = 0;
            }
            assert_eq!(read, new);
        }
    }

    #[test]
    fn only_what_is_needless_goes() {
        let first = "[[known]]\nrule = 'a/b'\nreason = \"\"\"\nlong\n\"\"\" # why\n\n";
        let second = "# Of Zhang, see ticket 7\n[[known]]\nrule = 'c/d'\nreason = 'later'\n";
        let end = "\n# The end.\n";
        let head = "# Ours.\n\n";
        let old = format!("{head}{first}{second}{end}");
        let made = |needless: &[usize]| {
            let change = Change {
                needless: needless.to_vec(),
                new: Vec::new(),
            };
            change.made(&old, Language::English).unwrap()
        };
        assert_eq!(made(&[]), old);
        let blank = |text: String| text.replace("\n\n\n", "\n\n");
        assert_eq!(blank(made(&[0])), format!("{head}{second}{end}"));
        assert_eq!(blank(made(&[1])), format!("{head}{first}{}", &end[1..]));
        assert_eq!(blank(made(&[0, 1])), format!("{head}{}", &end[1..]));
        let added = Change {
            needless: vec![0],
            new: vec![entry("e/f", "page")],
        };
        let text = added.made(&old, Language::English).unwrap();
        assert!(text.contains("# Of Zhang, see ticket 7"), "{text}");
        assert_eq!(
            Listed::parsed(Path::new("b.toml"), text.clone())
                .unwrap()
                .entries
                .len(),
            2
        );
    }
}
