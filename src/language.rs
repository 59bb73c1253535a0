//! The language of everything that people read: `--lang`, else the locale.

use std::ffi::OsString;

use clap::ValueEnum;
use wxcheck_suite::doctor::Bilingual;

/// A language.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

/// The variable behind `--lang`.
pub(crate) const VARIABLE: &str = "WXCHECK_LANG";
/// The variables of the locale, in the order in which POSIX lets them win.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A text with what was seen in it, in the language of whoever reads it.
macro_rules! told {
    ($lang:expr, $en:literal, $zh:literal $(,)?) => {
        match $lang {
            crate::language::Lang::En => format!($en),
            crate::language::Lang::Zh => format!($zh),
        }
    };
}
pub(crate) use told;

/// A text with what was seen in it, in both languages. What is named behind them is a sentence of its own: the Chinese text
/// has it in Chinese.
macro_rules! both {
    ($en:literal, $zh:literal $(, $name:ident = $said:expr)* $(,)?) => {
        wxcheck_suite::doctor::Bilingual {
            en: {
                $(let $name = $said.to_string();)*
                format!($en)
            },
            zh: {
                $(let $name = wxcheck_suite::words::in_chinese(&$said.to_string());)*
                format!($zh)
            },
        }
    };
}
pub(crate) use both;

impl Lang {
    /// The language of a command line, which need not be right in all else: help and errors are in it too. `variable` looks a
    /// variable up; one that is empty counts as unset.
    pub(crate) fn of(words: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let named = named(words).or_else(|| variable(VARIABLE));
        let known = named.and_then(|name| Self::from_str(&name, false).ok());
        known.unwrap_or_else(|| Self::of_locale(variable))
    }

    /// The language of a locale: Chinese where it is of any kind of Chinese.
    fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = LOCALE.into_iter().find_map(variable);
        let language = locale.unwrap_or_default().to_ascii_lowercase();
        let language = language.split(['_', '-', '.', '@']).next();
        match language {
            Some("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    /// The one of two texts that is in this language.
    pub(crate) const fn of_two<'t>(self, en: &'t str, zh: &'t str) -> &'t str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// The same for a report of a run.
    pub(crate) const fn language(self) -> wxcheck_suite::words::Language {
        match self {
            Self::En => wxcheck_suite::words::Language::English,
            Self::Zh => wxcheck_suite::words::Language::Chinese,
        }
    }

    /// The same for a report of a load.
    pub(crate) const fn of_load(self) -> wxcheck_load::language::Lang {
        match self {
            Self::En => wxcheck_load::language::Lang::En,
            Self::Zh => wxcheck_load::language::Lang::Zh,
        }
    }

    /// A text in this language.
    pub(crate) fn pick(self, text: &Bilingual) -> &str {
        self.of_two(&text.en, &text.zh)
    }
}

/// The value of `--lang`, wherever it stands.
fn named(words: &[OsString]) -> Option<String> {
    let mut words = words
        .iter()
        .map(|word| word.to_string_lossy())
        .take_while(|word| word != "--");
    let mut named = None;
    while let Some(word) = words.next() {
        if word == "--lang" {
            named = words.next().map(std::borrow::Cow::into_owned);
        } else if let Some(value) = word.strip_prefix("--lang=") {
            named = Some(value.to_owned());
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str], variables: &[(&str, &str)]) -> Lang {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Lang::of(&words, |name| {
            let mut known = variables.iter().filter(|(known, _)| *known == name);
            known.next().map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_first_variable_of_the_locale_that_is_not_empty_counts() {
        for (variables, lang) in [
            (&[][..], Lang::En),
            (&[("LANG", "zh_CN.UTF-8")], Lang::Zh),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], Lang::En),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], Lang::Zh),
            (&[("LANG", "en_US"), ("LC_MESSAGES", "zh_TW")], Lang::Zh),
            (&[("LC_ALL", "POSIX"), ("LC_MESSAGES", "zh")], Lang::En),
            (&[("LC_ALL", "zh-Hans")], Lang::Zh),
            (&[("LC_ALL", "C.UTF-8"), ("LANG", "zh_CN")], Lang::En),
            (&[("LANG", "zhuang")], Lang::En),
        ] {
            assert_eq!(of(&["wxcheck", "check"], variables), lang, "{variables:?}");
        }
    }

    #[test]
    fn what_is_asked_for_wins_over_the_locale_wherever_it_stands() {
        let chinese = [("LANG", "zh_CN")];
        assert_eq!(
            of(&["wxcheck", "--lang", "en", "rules"], &chinese),
            Lang::En
        );
        assert_eq!(of(&["wxcheck", "rules", "--lang=en"], &chinese), Lang::En);
        assert_eq!(
            of(&["wxcheck"], &[("LANG", "zh"), (VARIABLE, "en")]),
            Lang::En
        );
        assert_eq!(
            of(&["wxcheck", "--lang", "zh"], &[(VARIABLE, "en")]),
            Lang::Zh
        );
        assert_eq!(
            of(&["wxcheck"], &[("LANG", "zh"), (VARIABLE, "")]),
            Lang::Zh
        );
        // What is no language is told by whoever reads the whole line.
        assert_eq!(of(&["wxcheck", "--lang", "fr"], &chinese), Lang::Zh);
        assert_eq!(of(&["wxcheck", "--", "--lang", "en"], &chinese), Lang::Zh);
    }
}
