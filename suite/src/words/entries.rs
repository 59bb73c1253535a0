//! Texts of the push catalogue in Chinese: meanings, notes, sources. They are looked up as they stand, and never searched for within a
//! report: some are as short as "when".

use std::{collections::HashMap, sync::LazyLock};

static TEXTS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("zh/entries.txt").lines();
    lines.filter_map(|line| line.split_once(" ⇒ ")).collect()
});

/// A text of an entry; as it is where nobody has translated it, as in a user's own entries.
pub fn entry_in_chinese(text: &str) -> String {
    let whole = TEXTS.get(text).map(|&chinese| chinese.to_owned());
    whole
        .or_else(|| in_parts(text.split_inclusive(". "), ""))
        .or_else(|| in_parts(text.split("; "), "；"))
        .unwrap_or_else(|| text.to_owned())
}

/// The parts, if all of them are known.
fn in_parts<'t>(parts: impl Iterator<Item = &'t str>, between: &str) -> Option<String> {
    let parts: Option<Vec<&str>> = parts
        .map(|part| TEXTS.get(part.trim_end()).copied())
        .collect();
    parts.map(|parts| parts.join(between))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wxcheck_mock_server::catalogue::{Catalogue, CatalogueEntry, EntryField};

    use super::*;

    fn said_of(fields: &[EntryField]) -> Vec<&str> {
        let mut said = Vec::new();
        for field in fields {
            said.extend(field.meaning.as_deref());
            said.extend(said_of(&field.fields));
            for item in &field.items {
                said.extend(said_of(&item.fields));
            }
        }
        said
    }

    /// All that `explain` shows of an entry and its forms in words.
    fn said_by(entry: &CatalogueEntry) -> Vec<&str> {
        let mut said = vec![entry.dedup.as_str(), entry.source.as_str()];
        let notes = [
            &entry.formats_note,
            &entry.retry,
            &entry.note,
            &entry.variant_of_fields,
        ];
        said.extend(notes.into_iter().filter_map(|note| note.as_deref()));
        said.extend(said_of(&entry.fields));
        for variant in &entry.variants {
            said.push(&variant.summary);
            said.extend(said_of(&variant.fields));
            said.extend(said_of(&variant.with));
        }
        said
    }

    #[test]
    fn every_text_of_every_entry_has_its_chinese() {
        let catalogue = Catalogue::built_in().unwrap();
        let mut missing = BTreeSet::new();
        for entry in catalogue.entries() {
            for text in said_by(entry) {
                let chinese = entry_in_chinese(text);
                // A key of one field or several, and a number, are the same in both languages.
                let is_key = !text.contains(' ') || text.contains(" + ");
                if chinese == text && !is_key {
                    missing.insert(text);
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn no_line_is_left_over_or_stands_twice() {
        let lines = include_str!("zh/entries.txt").lines();
        let lines = lines.filter(|line| line.contains('⇒'));
        assert_eq!(lines.count(), TEXTS.len());
    }

    #[test]
    fn a_text_is_read_whole_or_in_parts_or_left_as_it_is() {
        assert_eq!(entry_in_chinese("the user"), "用户");
        assert_eq!(
            entry_in_chinese("Money is in yuan. The answer may hold action_msg."),
            "金额以元为单位。回包可以带 action_msg。"
        );
        assert_eq!(
            entry_in_chinese("mini program documents; guide on members"),
            "小程序文档；会员指南"
        );
        assert_eq!(entry_in_chinese("what we made up"), "what we made up");
    }
}
