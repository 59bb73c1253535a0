//! The texts of a piece as they are indexed: everything that stands there once.
//!
//! `SQLite`'s trigram tokenizer takes any three letters in a row. Most of what is called and pushed stands there many times
//! over, and looking three letters up in a set costs a tenth of indexing them again. So a text is cut down to the places
//! where something new stands.
//!
//! Two Chinese letters are a word, and three are too many to ask for. Each is followed by a joiner here, so that three
//! letters of the index are two of the text.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// Stands behind each Chinese letter; no text of a call has it.
const JOINER: char = '\u{200b}';
/// Stands at the end of each text, so that its last two letters begin three.
const END: char = '\n';

/// Collects the texts of a piece.
#[derive(Default)]
pub(crate) struct Fragments {
    whole: HashSet<String>,
    seen: HashSet<u64, BuildHasherDefault<Mixed>>,
    letters: Vec<char>,
    text: String,
}

impl Fragments {
    /// Adds a text.
    pub(crate) fn add(&mut self, text: &str) {
        if text.is_empty() || self.whole.contains(text) {
            return;
        }
        self.whole.insert(text.to_owned());
        self.letters.clear();
        spread(text, &mut self.letters);
        self.letters.push(END);
        // The letters up to here stand in the index text already.
        let mut written = 0;
        for (place, three) in self.letters.windows(3).enumerate() {
            let key = three
                .iter()
                .fold(0, |key, letter| key << 21 | u64::from(u32::from(*letter)));
            if !self.seen.insert(key) {
                continue;
            }
            if place >= written {
                self.text.push(END);
            }
            self.text
                .extend(&self.letters[place.max(written)..place + 3]);
            written = place + 3;
        }
    }

    /// The text to index.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// The letters of a text with joiners.
pub(crate) fn spread(text: &str, letters: &mut Vec<char>) {
    for letter in text.chars() {
        match letter {
            '\0' => letters.push(' '),
            _ => letters.push(letter),
        }
        if is_wide(letter) {
            letters.push(JOINER);
        }
    }
}

/// Chinese, Japanese or Korean.
const fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Mixes the bits of one number: enough for keys that nobody chooses in order to slow us down.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threes(text: &str) -> HashSet<String> {
        let letters: Vec<char> = text.chars().collect();
        letters
            .windows(3)
            .map(|three| three.iter().collect())
            .collect()
    }

    #[test]
    fn any_three_letters_of_a_text_are_three_of_the_index_and_stand_there_once() {
        let texts = [
            "hello world",
            "hello word",
            "hello world",
            "low",
            "ab",
            "你好吗",
            "x你",
        ];
        let mut fragments = Fragments::default();
        texts.iter().for_each(|text| fragments.add(text));
        let indexed = threes(fragments.text());
        for text in texts {
            let mut letters = Vec::new();
            spread(text, &mut letters);
            let spread: String = letters.into_iter().collect();
            assert!(threes(&format!("{spread}\n")).is_subset(&indexed), "{text}");
        }
        assert!(indexed.contains("你\u{200b}好"));
        let length = fragments.text().len();
        texts.iter().for_each(|text| fragments.add(text));
        fragments.add("world\u{0}");
        assert!(
            fragments.text().len() <= length + 8,
            "{:?}",
            fragments.text()
        );
    }
}
