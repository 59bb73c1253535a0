//! The language of a report.

/// A language.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// The one of two texts that is in this language.
    pub(crate) const fn of_two<'t>(self, en: &'t str, zh: &'t str) -> &'t str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A text with numbers in it, in a language.
macro_rules! told {
    ($lang:expr, $en:literal, $zh:literal $(,)?) => {
        match $lang {
            $crate::language::Lang::En => format!($en),
            $crate::language::Lang::Zh => format!($zh),
        }
    };
}
pub(crate) use told;
