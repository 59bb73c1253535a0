//! Text that may be shown or written: it went through the redactor, or is in words of our own.

use std::{fmt, ops::Range};

use serde::{Serialize, Serializer};

use super::visible::disarmed;

/// A text that holds no secret and does nothing but be read. The terminal and files take nothing else, and nobody but
/// [`Secrets`](super::Secrets) makes one of a text that is not our own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Redacted(String);

impl Redacted {
    /// Words that stand in our source.
    pub fn own(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    pub(super) fn made(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In a colour, by the number of ANSI. The only escape sequences that come to a terminal are made here.
    #[must_use]
    pub fn painted(&self, colour: Colour) -> Self {
        let code = match colour {
            Colour::Green => "32",
            Colour::Red => "1;31",
            Colour::Yellow => "33",
            Colour::Cyan => "36",
            Colour::Dim => "2",
        };
        Self(format!("\u{1b}[{code}m{self}\u{1b}[0m"))
    }

    /// A part of it that begins a line, by its bytes; nothing where it would begin or end within a character. A command of
    /// a log reader that stood within a line does not begin one.
    #[must_use]
    pub fn part(&self, part: Range<usize>) -> Self {
        Self(disarmed(self.0.get(part).unwrap_or_default()))
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(&self, times: usize) -> Self {
        Self(self.0.repeat(times))
    }

    /// A workflow command of GitHub Actions, on a line of its own. The only ones that come to a log are made here: in any
    /// other text `::` at a line's beginning is written as an escape, and within a command nothing ends it.
    #[must_use]
    pub fn workflow_command(name: &'static str, title: &Self, message: &Self) -> Self {
        let data = |text: &Self| {
            let text = text.0.trim_end().replace('%', "%25");
            text.replace('\r', "%0D").replace('\n', "%0A")
        };
        let title = data(title).replace(':', "%3A").replace(',', "%2C");
        Self(format!("::{name} title={title}::{}\n", data(message)))
    }

    /// Puts another one behind it.
    pub fn push(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }
}

/// A colour of the terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Colour {
    /// All is well.
    Green,
    /// Something is broken; bold.
    Red,
    /// Something is doubtful.
    Yellow,
    /// Something is worth knowing.
    Cyan,
    /// Nothing is known.
    Dim,
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_workflow_command_ends_it() {
        let text = |text: &str| Redacted(text.to_owned());
        let command = Redacted::workflow_command(
            "error",
            &text("a, b::c\n"),
            &text("50%\n::set-output name=x::y\r\n##[error]z"),
        );
        assert_eq!(
            command.as_str(),
            "::error title=a%2C b%3A%3Ac::50%25%0A::set-output name=x::y%0D%0A##[error]z\n"
        );
    }
}
