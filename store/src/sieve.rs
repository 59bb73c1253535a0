//! The lines of a piece in which a text may stand: the others need not be read.

use memchr::memmem::{self, Finder};

/// Letters beyond ASCII that are ASCII in lower case, and the escape that may stand for any letter.
const SURPRISES: [&[u8]; 3] = ["\u{212a}".as_bytes(), "\u{130}".as_bytes(), b"\\u"];

/// A look at lines before they are read, for a text in lower case.
pub(crate) struct Sieve<'a>(Option<Finder<'a>>);

impl<'a> Sieve<'a> {
    /// The look for that text. JSON writes printable ASCII as it is, but for two letters; of any other text nothing is known
    /// before a line is read.
    pub(crate) fn new(wanted: &'a str) -> Self {
        let is_as_written =
            |letter: u8| matches!(letter, b' '..=b'~') && !b"\"\\".contains(&letter);
        let is_known = !wanted.is_empty() && wanted.bytes().all(is_as_written);
        Self(is_known.then(|| Finder::new(wanted)))
    }

    /// The lines in which the text may stand, or all of them.
    pub(crate) fn lines<'l>(&self, lines: &'l [u8]) -> Vec<&'l [u8]> {
        let whole = lines.split(|byte| *byte == b'\n');
        let Some(finder) = &self.0 else {
            return whole.collect();
        };
        let lowered = lines.to_ascii_lowercase();
        let pairs = whole.zip(lowered.split(|byte| *byte == b'\n'));
        let may_hold = |line: &[u8], lowered: &[u8]| {
            finder.find(lowered).is_some()
                || SURPRISES
                    .iter()
                    .any(|odd| memmem::find(line, odd).is_some())
        };
        pairs
            .filter(|(line, lowered)| may_hold(line, lowered))
            .map(|(line, _)| line)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(wanted: &str, lines: &str) -> Vec<String> {
        let kept = Sieve::new(wanted).lines(lines.as_bytes()).into_iter();
        kept.map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn a_line_that_cannot_hold_the_text_is_left_out() {
        let lines = "{\"a\":\"order KEY-7\"}\n{\"a\":\"other\"}\n{\"a\":\"\\u006bey-7\"}\n{\"a\":\"\u{212a}ey-7\"}\n订单";
        assert_eq!(
            kept("key-7", lines),
            [
                "{\"a\":\"order KEY-7\"}",
                "{\"a\":\"\\u006bey-7\"}",
                "{\"a\":\"\u{212a}ey-7\"}"
            ]
        );
        for unknown in ["订单", "a\"b", "", "\\"] {
            assert_eq!(kept(unknown, lines).len(), 5, "{unknown}");
        }
    }
}
