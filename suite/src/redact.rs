//! Keeps secrets out of everything that is shown or written, also where the target prints them.

use std::fmt;

/// What stands in place of a secret.
const MASK: &str = "[redacted]";

/// A secret shorter than this is too likely to be an ordinary word for its mere presence in an
/// answer to prove a leak. It is masked all the same.
const PROVING_LENGTH: usize = 8;

/// The secrets of one run, by name.
#[derive(Clone, Default)]
pub struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    /// Secrets by name; empty ones are left out.
    pub fn new<V: Into<String>>(named: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut secrets: Vec<_> = named
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .filter(|(_, value): &(_, String)| !value.is_empty())
            .collect();
        // Longest first, so that a secret inside another does not leave the rest of it readable.
        secrets.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        Self(secrets)
    }

    /// The text with every secret masked.
    pub fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (_, value)| {
            text.replace(value.as_str(), MASK)
        })
    }

    /// The names of the secrets that a text surely holds.
    pub fn named_in(&self, text: &str) -> impl Iterator<Item = &'static str> {
        self.0
            .iter()
            .filter(move |(_, value)| {
                value.len() >= PROVING_LENGTH && text.contains(value.as_str())
            })
            .map(|(name, _)| *name)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_every_secret_and_shows_none_in_debug() {
        let secrets = Secrets::new([("Token", "abc"), ("EncodingAESKey", "abcdef"), ("none", "")]);
        assert_eq!(
            secrets.redact("x abcdef y abc"),
            "x [redacted] y [redacted]"
        );
        assert!(!format!("{secrets:?}").contains("abc"));
    }
}
