//! Reading `wxcheck.toml`. A secret may stand anywhere in it, also where no value belongs: mistakes are told in our
//! own words, by their line and the name of a key that there is.

use std::path::{Path, PathBuf};

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error as NoValue},
    forward_to_deserialize_any,
};
use toml::{
    Spanned,
    de::{DeTable, Error},
};
use wxcheck_protocol::domain::Domains;
use wxcheck_suite::words::in_chinese;

use crate::{Besides, Settings, origin::Origins};

/// The name of the file that may hold settings.
pub const FILE_NAME: &str = "wxcheck.toml";

/// A file of settings that cannot be read. Never repeats a value: it may be a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} line {line}{}: {reason}", path.display(), key.as_ref().map(|key| format!(", {key}")).unwrap_or_default())]
pub struct TomlError {
    path: PathBuf,
    /// From 1.
    line: usize,
    /// The key that the line sets.
    key: Option<String>,
    reason: String,
}

impl TomlError {
    /// The error in Chinese.
    pub(crate) fn chinese(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("，{key}"));
        format!(
            "{} 第 {} 行{}：{}",
            self.path.display(),
            self.line,
            key.unwrap_or_default(),
            in_chinese(&self.reason)
        )
    }
}

impl Settings {
    /// Settings of a file, from its content.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, TomlError> {
        let table = DeTable::parse(text).map_err(Mistake::from);
        let read = table.and_then(|table| {
            let mut keys = Keys::of(table.into_inner());
            let settings = keys.settings(path, text)?;
            keys.nothing_left().map(|()| settings)
        });
        read.map_err(|mistake| mistake.describe(path, text))
    }

    /// Every key that a file may have, besides those of its tables.
    pub fn keys() -> Vec<&'static str> {
        let mut keys = Keys::default();
        // Nothing is read where there is nothing.
        let _ = keys.settings(Path::new(FILE_NAME), "");
        keys.known
    }
}

/// The words for a key that is not shown, for it may be a secret in the wrong place.
const UNKNOWN: &str = "unknown field; keys are named like options, see `wxcheck check --help`";
/// Letters of a key that is shown, at most: names are shorter.
const KEY_LETTERS: usize = 32;

/// The keys of a file, handed to the groups that know them.
#[derive(Default)]
struct Keys<'a> {
    left: DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    fn of(left: DeTable<'a>) -> Self {
        let known = Vec::new();
        Self { left, known }
    }

    fn settings(&mut self, path: &Path, text: &str) -> Result<Settings, Mistake> {
        let mut origins = Origins::default();
        for key in self.left.keys() {
            origins.note_line(key.get_ref(), path, line_of(text, key.span().start));
        }
        // No other list is told item by item, and one of them holds secrets.
        for (key, value) in self.left.iter().filter(|(key, _)| key.get_ref() == "skip") {
            for item in value.get_ref().as_array().into_iter().flatten() {
                if let Some(said) = item.get_ref().as_str() {
                    let line = line_of(text, item.span().start);
                    origins.note_item(key.get_ref(), said, path, line);
                }
            }
        }
        Ok(Settings {
            callback: self.group()?,
            target: self.group()?,
            kind: self.group()?,
            sending: self.group()?,
            fetch: self.group()?,
            carried: self.group()?,
            pushes: self.group()?,
            effects: self.group()?,
            control: self.group()?,
            hostility: self.group()?,
            ownership: self.group()?,
            draw: self.group()?,
            run: self.group()?,
            strictness: self.group()?,
            known: self.group()?,
            reports: self.group()?,
            output: self.group()?,
            serve: self.group()?,
            origins,
            besides: Besides::default(),
        })
    }

    /// A group, of the keys that it knows.
    fn group<T: DeserializeOwned>(&mut self) -> Result<T, Mistake> {
        let keys = fields::<T>();
        let mut own = DeTable::new();
        for (key, value) in std::mem::take(&mut self.left) {
            let is_own = keys.contains(&key.get_ref().as_ref());
            let table = if is_own { &mut own } else { &mut self.left };
            table.insert(key, value);
        }
        self.known.extend(keys);
        // Each value has a place of its own; that of the whole is never told.
        let own = toml::Deserializer::from(Spanned::new(0..0, own));
        T::deserialize(own).map_err(Mistake::from)
    }

    /// A key that no group knows is a slip of the pen.
    fn nothing_left(&self) -> Result<(), Mistake> {
        let first = self.left.keys().min_by_key(|key| key.span().start);
        first.map_or(Ok(()), |key| {
            Err(Mistake {
                at: key.span().start,
                message: self.unknown(key.get_ref()),
            })
        })
    }

    /// The words for a key that no group knows, with the one that may be meant: there are too many to list them all.
    fn unknown(&self, given: &str) -> String {
        let mut known: Vec<_> = self
            .known
            .iter()
            .map(|key| (distance(given, key), *key))
            .collect();
        known.sort_unstable();
        let near = known
            .first()
            .filter(|(distance, key)| distance * 2 <= key.len());
        match near {
            _ if !may_be_shown(given, &self.known) => UNKNOWN.to_owned(),
            Some((_, near)) => format!("unknown field `{given}`; did you mean `{near}`?"),
            None => format!(
                "unknown field `{given}`; keys are named like options, see `wxcheck check --help`"
            ),
        }
    }
}

/// Names of the fields of a struct.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It hands over its fields and gets nothing.
    let _ = T::deserialize(Asked(&mut fields));
    fields
}

/// Asks a struct for the names of its fields.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = fields;
        Err(NoValue::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(NoValue::custom("it is no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A mistake in a file, as the parser words it.
struct Mistake {
    at: usize,
    message: String,
}

impl From<Error> for Mistake {
    fn from(error: Error) -> Self {
        Self {
            at: error.span().map_or(0, |span| span.start),
            message: error.message().to_owned(),
        }
    }
}

impl Mistake {
    /// The mistake in words of ours.
    fn describe(&self, path: &Path, text: &str) -> TomlError {
        let line = line_of(text, self.at);
        let set = text
            .lines()
            .nth(line - 1)
            .and_then(|line| line.split_once('='));
        let known = [Settings::keys(), fields::<Domains>().to_vec()].concat();
        TomlError {
            path: path.to_owned(),
            line,
            key: set
                .map(|(key, _)| key.trim())
                .filter(|key| {
                    let is_told = self.message.starts_with(&format!("unknown field `{key}`"));
                    let is_like = known.iter().any(|known| is_like(key, known));
                    is_like || (is_told && may_be_shown(key, &known))
                })
                .map(str::to_owned),
            reason: without_value(&self.message),
        }
    }
}

/// The line of a place in a text, from 1.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at);
    before.map_or(1, |before| before.matches('\n').count() + 1)
}

/// The parts between back-ticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// True if one is the other, or a slip of the pen.
fn is_like(given: &str, known: &str) -> bool {
    distance(given, known) * 3 <= known.len()
}

fn distance(given: &str, known: &str) -> usize {
    strsim::damerau_levenshtein(given, known)
}

/// True if an unknown key is a known one with a slip, or made of small letters alone: secrets have capitals or digits.
fn may_be_shown(given: &str, known: &[&str]) -> bool {
    let is_of_word = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_');
    let is_word = given.len() <= KEY_LETTERS && given.bytes().all(is_of_word);
    is_word || known.iter().any(|known| is_like(given, known))
}

/// The parser's message about a value repeats it, and its display prints the whole line: a secret, where a Token of
/// digits stands without quotes. It also repeats a name that it does not know: a secret put into the wrong line.
fn without_value(message: &str) -> String {
    let Some((what, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let of_value = what.starts_with("invalid type") || what.starts_with("invalid value");
    if of_value {
        return format!("expected {expected}");
    }
    match what.split_once('`') {
        Some((what, given)) if what.starts_with("unknown ") => {
            let given = given.trim_end_matches('`');
            let known: Vec<&str> = quoted(expected).collect();
            let is_key = what.starts_with("unknown field");
            let is_shown = if is_key {
                may_be_shown(given, &known)
            } else {
                known.iter().any(|known| is_like(given, known))
            };
            if is_shown {
                message.to_owned()
            } else {
                format!("{}, expected {expected}", what.trim_end())
            }
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = Settings::from_toml(Path::new(FILE_NAME), text).err();
        error.map_or_else(|| format!("read: {text}"), |error| error.to_string())
    }

    #[test]
    fn a_mistake_in_the_file_is_named_without_its_value() {
        for (text, begins) in [
            (
                "url = 'x'\ntokken = 'SECRETxyz'\n",
                "wxcheck.toml line 2, tokken: unknown field `tokken`; did you mean `token`?",
            ),
            (
                "url = 'x'\nusers = 0\n",
                "wxcheck.toml line 2, users: unknown field `users`; keys are named like options",
            ),
            (
                "api_listen = 'x'\n",
                "wxcheck.toml line 1, api_listen: unknown field `api_listen`; did you mean `api-listen`?",
            ),
            (
                "[domains]\nhosts = []\n",
                "wxcheck.toml line 2, hosts: unknown field `hosts`, expected",
            ),
            (
                "token = 12345678\n",
                "wxcheck.toml line 1, token: expected a string",
            ),
            (
                "mode = 'sfae'\n",
                "wxcheck.toml line 1, mode: unknown variant `sfae`, expected",
            ),
            (
                "[domains]\nreqest = []\n",
                "wxcheck.toml line 2, reqest: unknown field `reqest`, expected",
            ),
            (
                "[domains]\nrequest = 5\n",
                "wxcheck.toml line 2, request: expected",
            ),
        ] {
            let told = error(text);
            assert!(told.starts_with(begins), "{told}");
            assert!(
                !told.contains("SECRETxyz") && !told.contains("12345678"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_key_that_may_be_a_secret_is_not_shown() {
        for key in [
            "k3yofourown",
            "MyOwnKey",
            "a-key-that-is-far-longer-than-any-key",
        ] {
            let told = error(&format!("{key} = 0\n"));
            assert_eq!(told, format!("wxcheck.toml line 1: {UNKNOWN}"));
        }
    }

    #[test]
    fn no_secret_comes_out_of_a_mistake_wherever_it_stands() {
        for text in [
            "token \"SECRETxyz=1\"\n",
            "token SECRETxyz = 1\n",
            "SECRETxyz\n",
            "SECRETxyz = 1\n",
            "SECRETxyz = 1\nSECRETxyz = 1\n",
            "[SECRETxyz]\n",
            "\"SECRETxyz`\" = 1\n",
            "[domains]\nSECRETxyz = 1\n",
            "token = SECRETxyz\n",
            "token = \"SECRETxyz\n",
            "token = 'SECRETxyz' SECRETxyz=2\n",
            "token = 'a\\SECRETxyz'\ntoken = 'SECRETxyz'\n",
            "token = \"\\SECRETxyz\"\n",
            "token = { SECRETxyz = 1 }\n",
            "mode = \"SECRETxyz\"\n",
            "mode = \"SECRETxyz`, expected `SECRETxyz\"\n",
            "account = \"miniSECRETxyz\"\n",
            "clock = \"SECRETxyz\"\n",
            "listen = \"SECRETxyz\"\n",
            "seed = \"SECRETxyz\"\n",
            "handles = [\"a=SECRETxyz\", 5]\n",
            "only = [\n\"SECRETxyz=1\", 5]\n",
        ] {
            let told = error(text);
            assert!(
                told.starts_with("wxcheck.toml line ") && !told.contains("SECRETxyz"),
                "{text}: {told}"
            );
        }
    }
}
