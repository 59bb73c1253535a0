//! The language of everything that people read: `--lang`, else the locale.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

pub(crate) use wxcheck_mock_server::language::{Language, told};

/// The variable behind `--lang`.
pub(crate) const VARIABLE: &str = "WXCHECK_LANG";
/// The variables of the locale, in the order in which POSIX lets them win.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

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

/// The reader of `--lang`.
pub(crate) fn parser() -> impl TypedValueParser<Value = Language> {
    let names = Language::ALL.map(|language| {
        let help = language.of("English", "Chinese");
        PossibleValue::new(language.code()).help(help)
    });
    PossibleValuesParser::new(names).map(|code| Language::of_code(&code).unwrap_or_default())
}

/// The language of a command line, which need not be right in all else: help and errors are in it too. `variable` looks a
/// variable up; one that is empty counts as unset.
pub(crate) fn asked_for(words: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Language {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let named = named(words).or_else(|| variable(VARIABLE));
    let known = named.and_then(|name| Language::of_code(&name));
    known.unwrap_or_else(|| of_locale(variable))
}

/// The language of a locale: Chinese where it is of any kind of Chinese.
fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Language {
    let locale = LOCALE.into_iter().find_map(variable);
    let language = locale.unwrap_or_default().to_ascii_lowercase();
    let language = language.split(['_', '-', '.', '@']).next();
    match language {
        Some("zh") => Language::Chinese,
        _ => Language::English,
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

    fn of(words: &[&str], variables: &[(&str, &str)]) -> Language {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        asked_for(&words, |name| {
            let mut known = variables.iter().filter(|(known, _)| *known == name);
            known.next().map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_first_variable_of_the_locale_that_is_not_empty_counts() {
        for (variables, lang) in [
            (&[][..], Language::English),
            (&[("LANG", "zh_CN.UTF-8")], Language::Chinese),
            (
                &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")],
                Language::English,
            ),
            (
                &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")],
                Language::Chinese,
            ),
            (
                &[("LANG", "en_US"), ("LC_MESSAGES", "zh_TW")],
                Language::Chinese,
            ),
            (
                &[("LC_ALL", "POSIX"), ("LC_MESSAGES", "zh")],
                Language::English,
            ),
            (&[("LC_ALL", "zh-Hans")], Language::Chinese),
            (
                &[("LC_ALL", "C.UTF-8"), ("LANG", "zh_CN")],
                Language::English,
            ),
            (&[("LANG", "zhuang")], Language::English),
        ] {
            assert_eq!(of(&["wxcheck", "check"], variables), lang, "{variables:?}");
        }
    }

    #[test]
    fn what_is_asked_for_wins_over_the_locale_wherever_it_stands() {
        let chinese = [("LANG", "zh_CN")];
        assert_eq!(
            of(&["wxcheck", "--lang", "en", "rules"], &chinese),
            Language::English
        );
        assert_eq!(
            of(&["wxcheck", "rules", "--lang=en"], &chinese),
            Language::English
        );
        assert_eq!(
            of(&["wxcheck"], &[("LANG", "zh"), (VARIABLE, "en")]),
            Language::English
        );
        assert_eq!(
            of(&["wxcheck", "--lang", "zh"], &[(VARIABLE, "en")]),
            Language::Chinese
        );
        assert_eq!(
            of(&["wxcheck"], &[("LANG", "zh"), (VARIABLE, "")]),
            Language::Chinese
        );
        // What is no language is told by whoever reads the whole line.
        assert_eq!(
            of(&["wxcheck", "--lang", "fr"], &chinese),
            Language::Chinese
        );
        assert_eq!(
            of(&["wxcheck", "--", "--lang", "en"], &chinese),
            Language::Chinese
        );
    }
}
