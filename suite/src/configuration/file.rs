//! Reading `wxcheck.toml`. A secret may stand anywhere in it, also where no value belongs: what is wrong is told in words of
//! ours, by its line and the name of a key that there is.

use serde::de::DeserializeOwned;

use super::{Configuration, TomlError};
use crate::profile::Domains;

/// No key, and in the right form for one.
const NO_KEY: &str = "'?' = 0";

impl Configuration {
    /// Reads the content of a `wxcheck.toml`.
    pub fn from_toml(text: &str) -> Result<Self, TomlError> {
        toml::from_str(text).map_err(|error| {
            let place = error.span().and_then(|span| text.get(..span.start));
            let line = place.map_or(1, |before| before.matches('\n').count() + 1);
            let set = text
                .lines()
                .nth(line - 1)
                .and_then(|line| line.split_once('='));
            let known = [keys::<Self>(), keys::<Domains>()].concat();
            TomlError {
                line,
                key: set
                    .map(|(key, _)| key.trim())
                    .filter(|key| known.iter().any(|known| is_like(key, known)))
                    .map(str::to_owned),
                reason: without_value(error.message()),
            }
        })
    }
}

/// The keys that a table may have, as the parser names them.
fn keys<T: DeserializeOwned>() -> Vec<String> {
    let error = toml::from_str::<T>(NO_KEY).err();
    let message = error.as_ref().map_or("", toml::de::Error::message);
    quoted(message).map(str::to_owned).collect()
}

/// What stands between back-ticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// Whether one is the other, or a slip of the pen.
fn is_like(given: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(given, known) * 3 <= known.len()
}

/// What the parser says of a value repeats it, and its display prints the whole line: a secret, where a Token of digits
/// stands without quotes. It also repeats what it does not know: a secret that was put into the wrong line.
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
            if quoted(expected).any(|known| is_like(given, known)) {
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
        let error = Configuration::from_toml(text).err();
        error.map_or_else(|| format!("read: {text}"), |error| error.to_string())
    }

    #[test]
    fn a_mistake_in_the_file_is_named_without_its_value() {
        for (text, begins) in [
            (
                "url = 'x'\ntokken = 'SECRETxyz'\n",
                "line 2, tokken: unknown field `tokken`, expected one of `url`",
            ),
            ("token = 12345678\n", "line 1, token: expected a string"),
            (
                "mode = 'sfae'\n",
                "line 1, mode: unknown variant `sfae`, expected",
            ),
            (
                "[domains]\nreqest = []\n",
                "line 2, reqest: unknown field `reqest`, expected",
            ),
            ("[domains]\nrequest = 5\n", "line 2, request: expected"),
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
                told.starts_with("line ") && !told.contains("SECRETxyz"),
                "{text}: {told}"
            );
        }
    }
}
