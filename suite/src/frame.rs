//! The words that a server puts around a user's text when it repeats it, like `echo: `. They tell a text that came back
//! changed from an answer that is about something else.

/// The words in front of a repeated text, and behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    before: String,
    behind: String,
}

/// The longest text whose repetition may not rightly be cut, in bytes.
const WHOLE: usize = 600;

impl Frame {
    /// The frame in which that text came back; `None` if it did not.
    pub(crate) fn of(content: &str, text: &str) -> Option<Self> {
        let (before, behind) = content.split_once(text)?;
        Some(Self {
            before: before.to_owned(),
            behind: behind.to_owned(),
        })
    }

    /// A text as it would come back.
    pub(crate) fn around(&self, text: &str) -> String {
        format!("{}{text}{}", self.before, self.behind)
    }

    /// True if the content is that text repeated with other letters, whatever the server answers to other texts. Parts
    /// that a server may rightly leave out or shorten are not looked at: letters that nobody sees, and long texts.
    pub(crate) fn holds_changed(&self, text: &str, content: &str) -> bool {
        let is_hidden = |char: char| {
            matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || (char.is_control() && !matches!(char, '\n' | '\t'))
        };
        let text = text.trim();
        if text.is_empty() || text.len() > WHOLE || text.contains(is_hidden) {
            return false;
        }
        let inner = content
            .strip_prefix(self.before.as_str())
            .and_then(|rest| rest.strip_suffix(self.behind.as_str()));
        let is_framed = !self.before.is_empty() || !self.behind.is_empty();
        match inner {
            Some(inner) if is_framed => !inner.contains(text),
            // Without a frame the answer may be about anything, unless it has the same letters.
            _ => !content.contains(text) && letters(content) == letters(text),
        }
    }
}

/// ASCII letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|char| char.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_text_is_distinguished_from_another_answer() {
        let framed = Frame::of("echo: hello!", "hello").unwrap();
        assert_eq!(framed.around("x"), "echo: x!");
        assert!(framed.holds_changed("007", "echo: 7!"));
        assert!(!framed.holds_changed("007", "echo: 007!"));
        assert!(!framed.holds_changed("007", "the menu"));
        assert!(!framed.holds_changed(" 007\n", "echo: 007!"));
        assert!(!framed.holds_changed("a\u{202e}b", "echo: ab!"));
        let bare = Frame::of("hello", "hello").unwrap();
        assert!(bare.holds_changed("a😀z", "a?z"));
        assert!(!bare.holds_changed("hello", "good morning"));
        assert_eq!(Frame::of("the menu", "hello"), None);
    }
}
