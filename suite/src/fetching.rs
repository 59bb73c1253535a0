//! The URLs from which data are fetched for the phone, and the tokens by which users are known there.

use std::fmt;

use url::Url;
use wxcheck_protocol::fetch::{Dialect, FetchKind, TimestampUnit};

/// The two URLs and what goes with them. `Debug` shows no token.
#[derive(Clone, Default)]
pub struct Fetching {
    /// The URL of periodic updates.
    pub periodic: Option<Url>,
    /// The URL of prefetches.
    pub pre: Option<Url>,
    /// The tokens that `wx.setBackgroundFetchToken` set, one for each user.
    pub tokens: Vec<String>,
    /// The dialect: whose names the parameters have.
    pub dialect: Dialect,
    /// The unit of the timestamp; the dialect's usual unit where nothing is said.
    pub unit: Option<TimestampUnit>,
}

/// The name that its owner knows such a token by, among the secrets.
pub const TOKEN: &str = "fetch token";
/// The token where none is configured; a server that checks tokens refuses it.
const NOBODYS: &str = "wxcheckFetchToken";
/// The length of a token's end that is changed in one that is forged.
const END: usize = 6;

/// A token shorter than this is too likely to be part of an ordinary word.
const NAMED_LENGTH: usize = 6;
/// The mark in place of a token that nobody was given.
const WRONG: &str = "[token of nobody]";

/// The text with every token in it under one name.
pub(crate) fn with_one_name(text: &str) -> String {
    (0..10).fold(text.to_owned(), |text, number| {
        text.replace(&format!("[token {number}]"), WRONG)
    })
}

impl Fetching {
    /// The URL of a kind.
    pub const fn url(&self, kind: FetchKind) -> Option<&Url> {
        match kind {
            FetchKind::Periodic => self.periodic.as_ref(),
            FetchKind::Pre => self.pre.as_ref(),
        }
    }

    /// Both URLs, as far as they are configured.
    pub fn urls(&self) -> impl Iterator<Item = (FetchKind, &Url)> {
        FetchKind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, self.url(kind)?)))
    }

    /// The unit of the timestamp.
    pub fn unit(&self) -> TimestampUnit {
        self.unit.unwrap_or(TimestampUnit::of(self.dialect))
    }

    /// The token of the user of that number; the first one's where there are fewer.
    pub fn token(&self, user: u8) -> &str {
        let first = self.tokens.first().map_or(NOBODYS, String::as_str);
        self.tokens
            .get(usize::from(user))
            .map_or(first, String::as_str)
    }

    /// A token that is none of the configured ones and looks like the first: each letter and digit is another.
    pub fn wrong_token(&self) -> String {
        self.changed(0)
    }

    /// The first token with its end changed; the wrong one where it is too short for that to be another.
    pub fn altered_token(&self) -> String {
        let token = self.token(0);
        let length = token.chars().count();
        self.changed(length.saturating_sub(END))
    }

    /// The first half of the first token; the wrong one where that is somebody's.
    pub fn truncated_token(&self) -> String {
        let token = self.token(0);
        let half = token.chars().count().div_ceil(2);
        let truncated: String = token.chars().take(half).collect();
        if truncated == token || self.tokens.contains(&truncated) {
            self.wrong_token()
        } else {
            truncated
        }
    }

    /// A text in which each token that is long enough to be told from other words is named, so that answers to several
    /// users can be compared.
    pub fn named(&self, text: &str) -> String {
        if self.tokens.is_empty() {
            return text.to_owned();
        }
        let numbered = self.tokens.iter().enumerate();
        let named = numbered.map(|(number, token)| (token.clone(), format!("[token {number}]")));
        let changed = [
            (self.wrong_token(), WRONG.to_owned()),
            (self.altered_token(), WRONG.to_owned()),
        ];
        named
            .chain(changed)
            .filter(|(token, _)| token.len() >= NAMED_LENGTH)
            .fold(text.to_owned(), |text, (token, name)| {
                text.replace(&token, &name)
            })
    }

    fn changed(&self, from: usize) -> String {
        let token = self.token(0);
        (1..10)
            .map(|by| {
                let turned =
                    token.chars().enumerate().map(
                        |(place, char)| {
                            if place < from { char } else { turn(char, by) }
                        },
                    );
                turned.collect::<String>()
            })
            .find(|changed| !self.tokens.contains(changed))
            .filter(|changed| changed != token)
            // Without a letter or digit there is nothing to turn.
            .unwrap_or_else(|| format!("{token}x"))
    }

    /// Everything here that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        let changed = match self.tokens.first() {
            Some(_) => vec![self.wrong_token(), self.altered_token()],
            None => Vec::new(),
        };
        self.tokens.iter().cloned().chain(changed)
    }
}

/// The letter or digit that many places further on, wrapping around within its own kind.
fn turn(char: char, by: u8) -> char {
    let round = |first: u8, count: u8| {
        let place = u32::from(char) - u32::from(first);
        let turned = (place + u32::from(by)) % u32::from(count) + u32::from(first);
        char::from_u32(turned).unwrap_or(char)
    };
    match char {
        '0'..='9' => round(b'0', 10),
        'a'..='z' => round(b'a', 26),
        'A'..='Z' => round(b'A', 26),
        other => other,
    }
}

impl fmt::Debug for Fetching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetching")
            .field("periodic", &self.periodic.as_ref().map(Url::as_str))
            .field("pre", &self.pre.as_ref().map(Url::as_str))
            .field("tokens", &self.tokens.len())
            .finish_non_exhaustive()
    }
}

/// True if a fetch of that kind names how the mini program was opened.
pub(crate) fn names_launch(kind: FetchKind, dialect: Dialect) -> bool {
    kind == FetchKind::Pre || dialect == Dialect::Finclip
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetching(tokens: &[&str]) -> Fetching {
        Fetching {
            tokens: tokens.iter().map(|token| (*token).to_owned()).collect(),
            ..Fetching::default()
        }
    }

    #[test]
    fn a_wrong_token_looks_like_the_right_one_and_is_nobodys() {
        let two = fetching(&["User-9z", "Vtfs-0a"]);
        assert_eq!(two.wrong_token(), "Wugt-1b");
        assert_eq!(two.token(1), "Vtfs-0a");
        assert_eq!(fetching(&["---"]).wrong_token(), "---x");
        assert_ne!(fetching(&[]).wrong_token(), NOBODYS);
    }

    #[test]
    fn an_altered_token_keeps_its_beginning() {
        assert_eq!(
            fetching(&["head.body.abc123"]).altered_token(),
            "head.body.bcd234"
        );
        assert_eq!(fetching(&["short"]).altered_token(), "tipsu");
        assert_eq!(fetching(&["short"]).truncated_token(), "sho");
        assert_eq!(fetching(&["1", "2"]).truncated_token(), "3");
    }

    #[test]
    fn debug_shows_no_token() {
        assert!(!format!("{:?}", fetching(&["s3cret"])).contains("s3cret"));
    }
}
