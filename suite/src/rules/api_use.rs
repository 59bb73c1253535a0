//! The server's use of WeChat's API: for whom, with which token, how soon, in which letters.

mod no_loop;
mod refused;
mod right_user;
mod slow;
mod text;
mod token;
mod whole;

use crate::{
    expect::describe,
    finding::Finding,
    leak::Leak,
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, QUIET, Step},
};

use text::words_of;
pub(crate) use whole::{FOLDS, Seen};

pub(super) const RULES: &[&Rule] = &[
    &right_user::RIGHT_USER,
    &text::TEXT_AS_UTF_8,
    &text::SENDS_TEXT_UNCHANGED,
    &refused::NO_REFUSED_MESSAGES,
    &no_loop::NO_LOOP,
    &NO_SECRET_IN_REPLY,
    &token::RENEWS_TOKEN,
    &token::NO_STORM,
    &token::SHARES_TOKEN,
    &token::ONE_TOKEN,
    &slow::ANSWERS_WHILE_API_IS_SLOW,
    &slow::SENDS_ONCE_WHILE_API_IS_SLOW,
];

static NO_SECRET_IN_REPLY: Rule = Rule {
    id: RuleId::new("api-use/no-secret-in-reply"),
    since: "0.1.0",
    level: Level::Should,
    source: "interface credentials: AppSecret and access_token are to be kept from others",
    summary: "The server's answer to a push holds neither the AppSecret nor an access token.",
    why: "Logs and proxies on the way keep what they see, and a token is worth the whole account.",
    fix: "Answer `success`; write diagnostics to your own log, without credentials.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile, 0)),
            Step::Settle { quiet: QUIET },
            // By now there is a token that could be shown.
            Step::Deliver(effectful_push(profile, 0)),
            Step::Redeliver { of: 0 },
        ]])
    },
    claims: &["access-token", "app-secret"],
    judge: |transcript| {
        for (at, entry) in transcript.entries.iter().enumerate() {
            let claim = entry.leaks.iter().find_map(|leak| match leak {
                Leak::AccessToken => Some("access-token"),
                Leak::Secret("AppSecret") => Some("app-secret"),
                _ => None,
            });
            if let Some(claim) = claim {
                let expected = "an answer that gives nothing away";
                return Finding::new(claim, at, expected, describe(entry)).found();
            }
        }
        Ok(())
    },
};

fn effectful_push(profile: &Profile, user: u8) -> Deliver {
    Deliver::of(profile.message_or("hello")).from_user(user)
}
