//! Access tokens: issued, kept, superseded, expired, revoked.
//!
//! `/cgi-bin/token`, `/cgi-bin/stable_token` and `/cgi-bin/component/api_component_token` each have a line of their own and
//! know nothing of each other; so has each authorisation of a third-party platform. A superseded token is good for five
//! more minutes.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{bounds::TOKENS_OF_LINE, draw::Draw};

use super::{DAY, MINUTE, Moment, SECOND};

/// The lifetime of a token: `expires_in` is 7200 seconds.
pub const LIFETIME: Moment = 7200 * SECOND;
/// The time that a token stays good after its successor was issued.
pub const OVERLAP: Moment = 5 * MINUTE;
/// A stable token with less than this left is replaced.
const RENEWED_BEFORE: Moment = 5 * MINUTE;
/// Forced renewals of the stable token in a day.
const FORCED_PER_DAY: u32 = 20;
/// The time that must lie between two of them.
const FORCED_APART: Moment = 30 * SECOND;
/// Letters behind the serial number; a real token has between 130 and 512 characters in all.
const RANDOM_LETTERS: usize = 130;

/// The endpoint that issued a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// `/cgi-bin/token`.
    Plain,
    /// `/cgi-bin/stable_token`.
    Stable,
    /// `/cgi-bin/component/api_component_token`: a third-party platform's own.
    Component,
    /// The token with which a platform calls for an app that authorised it. It belongs to the platform.
    Authorizer,
}

/// The validity of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Worth {
    /// It may be used.
    Good,
    /// Its 7200 seconds are over: 42001.
    Expired,
    /// Superseded or revoked: 40001.
    NotLatest,
}

/// A token and its fate.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Token {
    /// The text that is handed out.
    pub text: Arc<str>,
    /// Counts the app's tokens from 1: names a token where its text must not be shown.
    pub serial: u64,
    /// The time at which its 7200 seconds are over.
    pub expires: Moment,
    /// The time at which it is no longer taken, once it has a successor.
    good_until: Option<Moment>,
    revoked: bool,
}

impl Token {
    fn worth(&self, now: Moment) -> Worth {
        if self.revoked || self.good_until.is_some_and(|until| now >= until) {
            Worth::NotLatest
        } else if now >= self.expires {
            Worth::Expired
        } else {
            Worth::Good
        }
    }
}

/// The tokens of one app.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct AccessTokens {
    plain: VecDeque<Token>,
    stable: VecDeque<Token>,
    component: VecDeque<Token>,
    forced: Forced,
    issued: u64,
}

/// Recent forced renewals.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Forced {
    day: u64,
    count: u32,
    last: Option<Moment>,
}

/// A renewal that was forced too often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForcedTooOften {
    /// More than twenty in a day.
    InADay,
    /// Less than thirty seconds after the one before.
    WithinThirtySeconds,
}

impl AccessTokens {
    /// A new token of `/cgi-bin/token`.
    pub fn issue(
        &mut self,
        appid: &Arc<str>,
        now: Moment,
        draw: &mut Draw,
        index: &mut TokenIndex,
    ) -> &Token {
        self.issued += 1;
        let line = (&mut self.plain, TokenKind::Plain);
        push(line, self.issued, appid, now, draw, index)
    }

    /// A new token of `/cgi-bin/component/api_component_token`.
    pub fn issue_component(
        &mut self,
        appid: &Arc<str>,
        now: Moment,
        draw: &mut Draw,
        index: &mut TokenIndex,
    ) -> &Token {
        self.issued += 1;
        let line = (&mut self.component, TokenKind::Component);
        push(line, self.issued, appid, now, draw, index)
    }

    /// The number of the next token, of whatever kind.
    pub(crate) const fn next_serial(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// The token of `/cgi-bin/stable_token`: the same again while more than five minutes are left of it
    /// and nobody revoked it.
    pub fn stable(
        &mut self,
        appid: &Arc<str>,
        now: Moment,
        draw: &mut Draw,
        index: &mut TokenIndex,
    ) -> &Token {
        let still_good = self.stable.back().is_some_and(|token| {
            token.worth(now) == Worth::Good && token.expires > now + RENEWED_BEFORE
        });
        if !still_good {
            self.issued += 1;
            let line = (&mut self.stable, TokenKind::Stable);
            push(line, self.issued, appid, now, draw, index);
        }
        // There is one: either it was good or it was just pushed.
        &self.stable[self.stable.len() - 1]
    }

    /// A new stable token by `force_refresh`. Limits that are not enforced are not counted either.
    pub fn force(
        &mut self,
        appid: &Arc<str>,
        now: Moment,
        limits: bool,
        draw: &mut Draw,
        index: &mut TokenIndex,
    ) -> Result<&Token, ForcedTooOften> {
        if limits {
            self.forced.count_one(now)?;
        }
        self.issued += 1;
        let line = (&mut self.stable, TokenKind::Stable);
        Ok(push(line, self.issued, appid, now, draw, index))
    }

    /// The validity of a token of this app, with its serial number; `None` if it is not known any more.
    pub fn worth(&self, text: &str, kind: TokenKind, now: Moment) -> Option<(Worth, u64)> {
        let line = match kind {
            TokenKind::Plain => &self.plain,
            TokenKind::Stable => &self.stable,
            TokenKind::Component => &self.component,
            // Those stand with the authorisation.
            TokenKind::Authorizer => return None,
        };
        worth_in(line, text, now)
    }

    /// Takes every token back, at once and for good.
    pub fn revoke_all(&mut self) {
        for token in self.lines_mut() {
            token.revoked = true;
        }
    }

    /// Ends the 7200 seconds of every token now.
    pub fn expire_all(&mut self, now: Moment) {
        for token in self.lines_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Its lines, each with its kind.
    pub(super) fn lines(&self) -> [(TokenKind, &VecDeque<Token>); 3] {
        [
            (TokenKind::Plain, &self.plain),
            (TokenKind::Stable, &self.stable),
            (TokenKind::Component, &self.component),
        ]
    }

    fn lines_mut(&mut self) -> impl Iterator<Item = &mut Token> {
        let own = self.plain.iter_mut().chain(&mut self.stable);
        own.chain(&mut self.component)
    }

    /// Takes one token back.
    pub fn revoke(&mut self, text: &str) {
        if let Some(token) = self.lines_mut().find(|token| &*token.text == text) {
            token.revoked = true;
        }
    }

    /// The texts of the tokens that are remembered, newest first: what must not be shown anywhere.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let every = self.plain.iter().rev().chain(self.stable.iter().rev());
        let every = every.chain(self.component.iter().rev());
        every.map(|token| token.text.to_string())
    }

    /// The serial numbers of the tokens of `/cgi-bin/token` that are remembered.
    pub fn plain_serials(&self) -> impl Iterator<Item = u64> {
        self.plain.iter().map(|token| token.serial)
    }

    /// The number of tokens that were issued so far.
    pub const fn issued(&self) -> u64 {
        self.issued
    }
}

impl Forced {
    fn count_one(&mut self, now: Moment) -> Result<(), ForcedTooOften> {
        let day = now / DAY;
        if self.day != day {
            *self = Self {
                day,
                count: 0,
                last: self.last,
            };
        }
        if self.count >= FORCED_PER_DAY {
            return Err(ForcedTooOften::InADay);
        }
        if self.last.is_some_and(|last| now < last + FORCED_APART) {
            return Err(ForcedTooOften::WithinThirtySeconds);
        }
        self.count += 1;
        self.last = Some(now);
        Ok(())
    }
}

/// The worth of a token of a line, with its serial number.
pub(super) fn worth_in(line: &VecDeque<Token>, text: &str, now: Moment) -> Option<(Worth, u64)> {
    line.iter()
        .rev()
        .find(|token| &*token.text == text)
        .map(|token| (token.worth(now), token.serial))
}

pub(super) fn push<'a>(
    (line, kind): (&'a mut VecDeque<Token>, TokenKind),
    serial: u64,
    appid: &Arc<str>,
    now: Moment,
    draw: &mut Draw,
    index: &mut TokenIndex,
) -> &'a Token {
    if let Some(before) = line.back_mut() {
        before.good_until = Some(now + OVERLAP);
    }
    // Who asks for more than these within five minutes makes the oldest unknown before its time.
    if line.len() >= TOKENS_OF_LINE
        && let Some(oldest) = line.pop_front()
    {
        index.0.remove(&oldest.text);
    }
    let mut text = format!("{serial}_");
    draw.letters_onto(&mut text, RANDOM_LETTERS);
    let text: Arc<str> = Arc::from(text);
    let owner = (Arc::clone(appid), kind);
    index.0.insert(Arc::clone(&text), owner);
    line.push_back(Token {
        text,
        serial,
        expires: now + LIFETIME,
        good_until: None,
        revoked: false,
    });
    &line[line.len() - 1]
}

/// The app that a token belongs to, and the endpoint that issued it.
#[derive(Clone, Debug, Default)]
pub struct TokenIndex(HashMap<Arc<str>, (Arc<str>, TokenKind)>);

impl TokenIndex {
    /// The appid of a token that is remembered, and its kind.
    pub fn owner(&self, token: &str) -> Option<&(Arc<str>, TokenKind)> {
        self.0.get(token)
    }

    /// Knows the tokens of a line that was kept.
    pub(super) fn recall(&mut self, line: &VecDeque<Token>, appid: &Arc<str>, kind: TokenKind) {
        let owners = line.iter().map(|token| {
            let owner = (Arc::clone(appid), kind);
            (Arc::clone(&token.text), owner)
        });
        self.0.extend(owners);
    }

    /// Forgets one token.
    pub(super) fn drop_token(&mut self, token: &str) {
        self.0.remove(token);
    }

    /// Forgets the tokens of an app.
    pub fn forget(&mut self, appid: &str) {
        self.0.retain(|_, (of, _)| &**of != appid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::HOUR;

    const NOW: Moment = 1_700_000_000_000;

    struct Bench {
        tokens: AccessTokens,
        draw: Draw,
        index: TokenIndex,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                tokens: AccessTokens::default(),
                draw: Draw::new(1),
                index: TokenIndex::default(),
            }
        }

        fn issue(&mut self, now: Moment) -> Arc<str> {
            let appid = Arc::from("wx0");
            let token = self
                .tokens
                .issue(&appid, now, &mut self.draw, &mut self.index);
            Arc::clone(&token.text)
        }

        fn stable(&mut self, now: Moment) -> (Arc<str>, Moment) {
            let appid = Arc::from("wx0");
            let token = self
                .tokens
                .stable(&appid, now, &mut self.draw, &mut self.index);
            (Arc::clone(&token.text), token.expires - now)
        }

        fn force(&mut self, now: Moment) -> Result<Arc<str>, ForcedTooOften> {
            let appid = Arc::from("wx0");
            let forced = self
                .tokens
                .force(&appid, now, true, &mut self.draw, &mut self.index);
            forced.map(|token| Arc::clone(&token.text))
        }

        fn worth(&self, text: &str, kind: TokenKind, now: Moment) -> Option<Worth> {
            self.tokens.worth(text, kind, now).map(|(worth, _)| worth)
        }
    }

    #[test]
    fn a_superseded_token_is_good_for_five_more_minutes() {
        let mut bench = Bench::new();
        let first = bench.issue(NOW);
        let second = bench.issue(NOW + SECOND);
        assert_ne!(first, second);
        let until = NOW + SECOND + OVERLAP;
        assert_eq!(
            bench.worth(&first, TokenKind::Plain, until - 1),
            Some(Worth::Good)
        );
        assert_eq!(
            bench.worth(&first, TokenKind::Plain, until),
            Some(Worth::NotLatest)
        );
        assert_eq!(
            bench.worth(&second, TokenKind::Plain, until),
            Some(Worth::Good)
        );
    }

    #[test]
    fn a_token_expires_after_two_hours() {
        let mut bench = Bench::new();
        let token = bench.issue(NOW);
        let end = NOW + 2 * HOUR;
        assert_eq!(
            bench.worth(&token, TokenKind::Plain, end - 1),
            Some(Worth::Good)
        );
        assert_eq!(
            bench.worth(&token, TokenKind::Plain, end),
            Some(Worth::Expired)
        );
        assert_eq!(bench.worth("1_unheard-of", TokenKind::Plain, NOW), None);
    }

    #[test]
    fn the_stable_token_stays_the_same_until_five_minutes_before_its_end() {
        let mut bench = Bench::new();
        let (first, left) = bench.stable(NOW);
        assert_eq!(left, LIFETIME);
        let plain = bench.issue(NOW);
        let (again, left) = bench.stable(NOW + HOUR);
        assert_eq!((&again, left), (&first, HOUR));
        let (renewed, _) = bench.stable(NOW + 2 * HOUR - 5 * MINUTE);
        assert_ne!(renewed, first);
        // Neither line disturbs the other.
        let later = NOW + 2 * HOUR - 4 * MINUTE;
        assert_eq!(
            bench.worth(&plain, TokenKind::Plain, later),
            Some(Worth::Good)
        );
        assert_eq!(
            bench.worth(&first, TokenKind::Stable, later),
            Some(Worth::Good)
        );
    }

    #[test]
    fn a_revoked_token_is_never_handed_out_again() {
        let mut bench = Bench::new();
        let (first, _) = bench.stable(NOW);
        bench.tokens.revoke_all();
        assert_eq!(
            bench.worth(&first, TokenKind::Stable, NOW),
            Some(Worth::NotLatest)
        );
        let (second, _) = bench.stable(NOW);
        assert_ne!(first, second);
        assert_eq!(
            bench.worth(&second, TokenKind::Stable, NOW),
            Some(Worth::Good)
        );
    }

    #[test]
    fn an_expired_token_has_a_successor() {
        let mut bench = Bench::new();
        let (stable, _) = bench.stable(NOW);
        let plain = bench.issue(NOW);
        bench.tokens.expire_all(NOW);
        for (token, kind) in [(&stable, TokenKind::Stable), (&plain, TokenKind::Plain)] {
            assert_eq!(bench.worth(token, kind, NOW), Some(Worth::Expired));
        }
        let (next, _) = bench.stable(NOW);
        assert_eq!(
            bench.worth(&next, TokenKind::Stable, NOW),
            Some(Worth::Good)
        );
    }

    #[test]
    fn renewals_are_forced_twenty_times_a_day_thirty_seconds_apart() {
        let mut bench = Bench::new();
        let day = NOW - NOW % DAY;
        let (before, _) = bench.stable(day);
        let forced = bench.force(day).unwrap();
        assert_ne!(before, forced);
        assert_eq!(
            bench.worth(&before, TokenKind::Stable, day),
            Some(Worth::Good)
        );
        assert_eq!(
            bench.force(day + 29 * SECOND),
            Err(ForcedTooOften::WithinThirtySeconds)
        );
        for turn in 1..20 {
            bench.force(day + turn * MINUTE).unwrap();
        }
        assert_eq!(bench.force(day + HOUR), Err(ForcedTooOften::InADay));
        assert!(bench.force(day + DAY).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut bench = Bench::new();
        let first = bench.issue(NOW);
        for _ in 0..10 * TOKENS_OF_LINE {
            bench.issue(NOW);
        }
        assert_eq!(bench.worth(&first, TokenKind::Plain, NOW), None);
        assert_eq!(bench.index.0.len(), TOKENS_OF_LINE);
    }
}
