//! The language of a report.

use super::in_chinese;

/// A language in which reports are read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    /// The one of two that is in this language.
    pub fn of<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// A sentence of the suite.
    pub fn sentence(self, text: &str) -> String {
        match self {
            Self::English => text.to_owned(),
            Self::Chinese => in_chinese(text),
        }
    }
}
