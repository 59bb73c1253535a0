//! Mentions of settings in sentences, like `⟦fetch-token⟧`. The suite does not know how a setting is given, so whoever shows
//! the sentence says how.

use std::borrow::Cow;

/// The way in which the setting of that name is given.
pub type Spelling = fn(&str) -> String;

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// A text with each mention spelled; by the setting's bare name where nobody said how.
pub(super) fn spelled(text: &str, spelling: Option<Spelling>) -> Cow<'_, str> {
    let mut parts = text.split(OPEN);
    let first = parts.next().unwrap_or_default();
    if first.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut whole = first.to_owned();
    for part in parts {
        if let Some((name, rest)) = part.split_once(CLOSE).filter(|(name, _)| is_name(name)) {
            whole += &spelling.map_or_else(|| name.to_owned(), |spelling| spelling(name));
            whole += rest;
        } else {
            whole.push(OPEN);
            whole += part;
        }
    }
    Cow::Owned(whole)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|char| char == '-' || char.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_spelled_and_nothing_else_is_touched() {
        let option: Spelling = |name| format!("+{name}");
        for (text, expected) in [
            ("nothing", "nothing"),
            ("give ⟦fetch-token⟧ twice", "give +fetch-token twice"),
            ("⟦mode⟧ safe ⟦format⟧", "+mode safe +format"),
            ("⟦A b⟧ ⟦ ⟧ ⟦⟧ ⟦x", "⟦A b⟧ ⟦ ⟧ ⟦⟧ ⟦x"),
        ] {
            assert_eq!(spelled(text, Some(option)), expected);
        }
        assert_eq!(spelled("give ⟦token⟧", None), "give token");
    }
}
