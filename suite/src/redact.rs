//! Keeps secrets out of everything that is shown or written, also where the target prints them.

use std::fmt;

/// What stands in place of a secret.
const MASK: &str = "[redacted]";

/// What `expect::excerpt` puts where it cuts a text off.
const CUT: char = '…';

/// So much of a secret's beginning, right before a cut, is no coincidence.
const CUT_SECRET: usize = 4;

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

    /// The same and further ones of one name.
    #[must_use]
    pub fn and(&self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        let more = values.into_iter().map(|value| (name, value));
        Self::new(self.0.iter().cloned().chain(more))
    }

    /// The text with every secret masked.
    pub fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (_, value)| {
            text.replace(value.as_str(), MASK)
        })
    }

    /// The same for what the target printed. That may be cut off in the middle of a secret; and it may
    /// repeat the URL of our request, where a plain-mode signature is itself a credential.
    pub fn redact_answer(&self, text: &str) -> String {
        let mut parts: Vec<String> = self.redact(text).split(CUT).map(str::to_owned).collect();
        let last = parts.len() - 1;
        for (place, part) in parts.iter_mut().enumerate() {
            let cut = place < last;
            if cut {
                self.mask_beginning_of_a_secret(part);
            }
            *part = mask_signatures(part, cut);
        }
        parts.join("…")
    }

    fn mask_beginning_of_a_secret(&self, part: &mut String) {
        for (_, value) in &self.0 {
            let cuts = value.char_indices().map(|(at, _)| at).rev();
            let shown = cuts
                .take_while(|at| *at >= CUT_SECRET)
                .find(|at| part.ends_with(&value[..*at]));
            if let Some(shown) = shown {
                part.truncate(part.len() - shown);
                part.push_str(MASK);
            }
        }
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

/// Masks what may be a signature, whole or, at a cut, its beginning.
fn mask_signatures(text: &str, cut: bool) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|char: char| !char.is_ascii_hexdigit())
            .unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        masked.push_str(before);
        let own_word = !masked.ends_with(|char: char| char.is_ascii_alphanumeric());
        let at_cut = cut && after.is_empty();
        masked.push_str(if may_be_signature(run, own_word, at_cut) {
            MASK
        } else {
            run
        });
        rest = after;
    }
    masked + rest
}

/// A signature has 40 hex digits, and a server that compares only as much as is given takes half of
/// one. Numbers, and the openids and random parts that stand inside words, are left readable.
fn may_be_signature(run: &str, own_word: bool, at_cut: bool) -> bool {
    let least = match (at_cut, own_word) {
        (true, _) => 8,
        (false, true) => 20,
        (false, false) => 40,
    };
    run.len() >= least && run.bytes().any(|byte| byte.is_ascii_alphabetic())
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

    #[test]
    fn masks_what_a_target_repeats_of_a_signature_or_is_cut_off_in() {
        let secrets = Secrets::new([("Token", "myTokenOfNow")]);
        let signature = "0fb53e84b7ac7af5c3fcab6d2b3d1e3b4d1b7b6a";
        let page = format!(
            "GET /?signature={signature}&timestamp=1795000000&half={}",
            &signature[..20]
        );
        assert_eq!(
            secrets.redact_answer(&page),
            "GET /?signature=[redacted]&timestamp=1795000000&half=[redacted]"
        );
        assert_eq!(
            secrets.redact_answer("\\n0fb53e84b7ac7af5c3fcab6d2b3d1e3b4d1b7b6a"),
            "\\n[redacted]"
        );
        assert_eq!(secrets.redact_answer("the myTokenOf…`"), "the [redacted]…`");
        assert_eq!(
            secrets.redact_answer("sig=0fb53e84b7a…`"),
            "sig=[redacted]…`"
        );
        let harmless = "oWXCK0fb53e84b7ac7af5c3fcab6, 12345678901234567890123, my…";
        assert_eq!(secrets.redact_answer(harmless), harmless);
    }
}
