//! Authorisations of third-party platforms by the apps of others. Each is kept with its platform.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{bounds::AUTHORIZER_TOKENS, draw::Draw};

use super::{
    HOUR, Moment,
    access_token::{Token, TokenIndex, TokenKind, Worth, push, worth_in},
};

/// The lifetime of an authorization code. Documented: third-party platforms' page on authorisation.
const CODE_LIFETIME: Moment = HOUR;
const CODE_LETTERS: usize = 64;

/// The apps that authorised a platform, by appid.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Authorizations(BTreeMap<Arc<str>, Authorization>);

/// One app's authorisation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Authorization {
    /// The permission sets that the app gave, by their numbers.
    pub permission_sets: BTreeSet<u32>,
    /// The refresh token, with which a new access token is asked for.
    pub refresh_token: Arc<str>,
    code: Option<(Arc<str>, Moment)>,
    tokens: VecDeque<Token>,
}

impl Authorizations {
    /// An app authorises the platform; the code is for `api_query_auth`, once within an hour. What it gave before ends.
    pub fn grant(
        &mut self,
        authorizer: &Arc<str>,
        permission_sets: BTreeSet<u32>,
        now: Moment,
        draw: &mut Draw,
    ) -> Arc<str> {
        let code: Arc<str> = Arc::from(format!("queryauthcode@@@{}", draw.letters(CODE_LETTERS)));
        let authorization = Authorization {
            permission_sets,
            refresh_token: Arc::from(format!("refreshtoken@@@{}", draw.letters(CODE_LETTERS))),
            code: Some((Arc::clone(&code), now + CODE_LIFETIME)),
            tokens: VecDeque::new(),
        };
        self.0.insert(Arc::clone(authorizer), authorization);
        code
    }

    /// The app takes it back. `false` where there was none.
    pub fn take_back(&mut self, authorizer: &str) -> bool {
        self.0.remove(authorizer).is_some()
    }

    /// One app's.
    pub fn get_mut(&mut self, authorizer: &str) -> Option<&mut Authorization> {
        self.0.get_mut(authorizer)
    }

    /// The app whose authorization code that is; a code is good once.
    pub fn redeem(&mut self, code: &str, now: Moment) -> Option<(Arc<str>, &mut Authorization)> {
        let is_it = |one: &Authorization| {
            let own = one.code.as_ref();
            own.is_some_and(|(own, until)| **own == *code && now < *until)
        };
        let (authorizer, one) = self.0.iter_mut().find(|(_, one)| is_it(one))?;
        one.code = None;
        Some((Arc::clone(authorizer), one))
    }

    /// For which app a token is, what it is worth, and which sets were given.
    pub fn of_token(
        &self,
        text: &str,
        now: Moment,
    ) -> Option<(&Arc<str>, &Authorization, (Worth, u64))> {
        self.0.iter().find_map(|(authorizer, one)| {
            let worth = worth_in(&one.tokens, text, now)?;
            Some((authorizer, one, worth))
        })
    }

    /// True if the app authorised the platform.
    pub fn has(&self, authorizer: &str) -> bool {
        self.0.contains_key(authorizer)
    }

    /// The tokens of each.
    pub(super) fn lines(&self) -> impl Iterator<Item = &VecDeque<Token>> {
        self.0.values().map(|one| &one.tokens)
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Authorization {
    /// A new authorizer_access_token, which belongs to the platform.
    pub fn issue(
        &mut self,
        serial: u64,
        platform: &Arc<str>,
        now: Moment,
        draw: &mut Draw,
        index: &mut TokenIndex,
    ) -> &Token {
        if self.tokens.len() >= AUTHORIZER_TOKENS
            && let Some(oldest) = self.tokens.pop_front()
        {
            index.drop_token(&oldest.text);
        }
        let line = (&mut self.tokens, TokenKind::Authorizer);
        push(line, serial, platform, now, draw, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_within_an_hour_and_a_token_says_for_whom() {
        let (mut all, mut draw) = (Authorizations::default(), Draw::new(1));
        let mut index = TokenIndex::default();
        let (platform, app): (Arc<str>, Arc<str>) = (Arc::from("wxp"), Arc::from("wxa"));
        let code = all.grant(&app, BTreeSet::from([18]), 0, &mut draw);
        assert!(all.redeem("queryauthcode@@@x", 0).is_none());
        assert!(all.redeem(&code, HOUR).is_none(), "too late");
        let (of, one) = all.redeem(&code, HOUR - 1).unwrap();
        assert_eq!(of, app);
        let token = one
            .issue(1, &platform, 0, &mut draw, &mut index)
            .text
            .clone();
        assert!(all.redeem(&code, 1).is_none(), "taken before");
        let (of, one, (worth, serial)) = all.of_token(&token, 1).unwrap();
        assert_eq!((of, worth, serial), (&app, Worth::Good, 1));
        assert!(one.permission_sets.contains(&18));
        assert_eq!(
            index.owner(&token),
            Some(&(platform, TokenKind::Authorizer))
        );
        assert!(all.take_back("wxa") && all.of_token(&token, 1).is_none());
    }
}
