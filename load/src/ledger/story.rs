//! One thing that went wrong, in full: about a push, or about all pushes of a user.

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::language::{Language, told};

use super::ALL;
use crate::{
    identity::User,
    marks::{Mark, Marks},
    sequence::{Item, Place, Sequence},
};

/// The kinds of story.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A push that was acknowledged and never acted on.
    Lost,
    /// A push that was acted on more than once.
    Twice,
    /// A forgery that was acted on.
    Forged,
    /// An act for a user who wrote nothing.
    Stranger,
}

/// One thing that went wrong, in the name of one user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Story {
    /// The kind.
    pub what: What,
    /// The user.
    pub openid: String,
    /// The effects that were counted for the push, or for the user.
    pub effects: u64,
    /// The pushes that it is about.
    pub about: About,
}

/// The pushes that a story is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// One push.
    Push(StoryPush),
    /// All pushes of the user: where users are drawn from a population, effects do not say which push they belong to.
    User {
        /// Pushes that were sent.
        pushed: u64,
        /// Acknowledged pushes among them.
        acknowledged: u64,
    },
    /// Nothing was pushed in that user's name.
    Nothing,
}

/// The names and numbers of one push.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StoryPush {
    /// Its name in the mix.
    pub name: String,
    /// Its number in the plan.
    pub number: u64,
    /// Its MsgId, which events do not have in their bodies.
    pub msg_id: String,
    /// Its CreateTime.
    pub create_time: String,
    /// True if it was acknowledged.
    pub acknowledged: bool,
    /// True if it was delivered more than once.
    pub again: bool,
}

impl Story {
    pub(super) fn of_push(
        what: What,
        sequence: &Sequence,
        item: &Item,
        marks: &Marks,
        place: Place,
        effects: u32,
    ) -> Self {
        let push = StoryPush {
            acknowledged: marks.has(place, Mark::Acknowledged),
            again: marks.has(place, Mark::Again),
            ..StoryPush::of(sequence, item)
        };
        Self {
            what,
            openid: sequence.openid(sequence.user(item)),
            effects: effects.into(),
            about: About::Push(push),
        }
    }

    pub(super) const fn of_user(
        what: What,
        openid: String,
        pushed: u64,
        acknowledged: u64,
        effects: u64,
    ) -> Self {
        Self {
            what,
            openid,
            effects,
            about: About::User {
                pushed,
                acknowledged,
            },
        }
    }

    /// The story of a forgery, whose user has its number.
    pub(super) fn of_forgery(sequence: &Sequence, user: User) -> Self {
        let item = sequence.item(user.number);
        Self {
            what: What::Forged,
            openid: sequence.openid(user),
            effects: 1,
            about: About::Push(StoryPush::of(sequence, &item)),
        }
    }

    pub(super) fn of_stranger(openid: &str) -> Self {
        Self {
            what: What::Stranger,
            openid: openid.to_owned(),
            effects: 1,
            about: About::Nothing,
        }
    }

    /// The name of the line that it belongs to.
    pub(super) fn line(&self) -> &str {
        match &self.about {
            About::Push(push) => &push.name,
            About::User { .. } => ALL,
            About::Nothing => "",
        }
    }
}

impl StoryPush {
    fn of(sequence: &Sequence, item: &Item) -> Self {
        let identity = sequence.identity(item);
        Self {
            name: sequence.plan().mix[item.share].name.clone(),
            number: item.origin,
            msg_id: identity.msg_id().to_owned(),
            create_time: identity.create_time().to_owned(),
            acknowledged: false,
            again: false,
        }
    }
}

impl Story {
    /// The story in one line.
    pub fn in_words(&self, lang: Language) -> String {
        let Self {
            openid, effects, ..
        } = self;
        let push = match &self.about {
            About::Push(push) => push,
            About::User {
                pushed,
                acknowledged,
            } => {
                return match self.what {
                    What::Twice => told!(
                        lang,
                        "user {openid}: {pushed} pushed, acted on {effects} times",
                        "用户 {openid}：推送 {pushed} 条，处理了 {effects} 次"
                    ),
                    _ => told!(
                        lang,
                        "user {openid}: {acknowledged} pushes acknowledged, {effects} acted on",
                        "用户 {openid}：正常响应 {acknowledged} 条，处理了 {effects} 条"
                    ),
                };
            }
            About::Nothing => {
                return told!(
                    lang,
                    "acted on for {openid}, who wrote nothing",
                    "为没有发过消息的 {openid} 作了处理"
                );
            }
        };
        let StoryPush {
            name,
            msg_id,
            create_time,
            ..
        } = push;
        let named = told!(
            lang,
            "{name}, MsgId {msg_id}, CreateTime {create_time}, user {openid}",
            "{name}，MsgId {msg_id}，CreateTime {create_time}，用户 {openid}"
        );
        let again = if push.again {
            lang.of(", delivered again", "，重推过")
        } else {
            ""
        };
        match self.what {
            What::Twice => told!(
                lang,
                "acted on {effects} times: {named}{again}",
                "处理了 {effects} 次：{named}{again}"
            ),
            What::Forged => told!(
                lang,
                "acted on although the signature is wrong: {named}",
                "签名错误却被处理：{named}"
            ),
            What::Lost | What::Stranger => told!(
                lang,
                "acknowledged and not acted on: {named}{again}",
                "正常响应但没有处理：{named}{again}"
            ),
        }
    }
}
