//! One push that went wrong, in full.

use serde::{Deserialize, Serialize};

use crate::{
    identity::User,
    language::{Lang, told},
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

/// One push that went wrong.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Story {
    /// The kind.
    pub what: What,
    /// The push's name; empty where there is none.
    pub push: String,
    /// Its number in the plan.
    pub number: Option<u64>,
    /// Its user.
    pub openid: String,
    /// Its MsgId, which events do not have in their bodies.
    pub msg_id: String,
    /// Its CreateTime.
    pub create_time: String,
    /// True if it was acknowledged.
    pub acknowledged: bool,
    /// True if it was delivered more than once.
    pub again: bool,
    /// The effects that were counted.
    pub effects: u32,
}

impl Story {
    pub(super) fn of(
        what: What,
        sequence: &Sequence,
        item: &Item,
        marks: &Marks,
        place: Place,
        effects: u32,
    ) -> Self {
        let identity = sequence.identity(item);
        Self {
            what,
            push: sequence.plan().mix[item.share].name.clone(),
            number: Some(item.origin),
            openid: identity.openid().to_owned(),
            msg_id: identity.msg_id().to_owned(),
            create_time: identity.create_time().to_owned(),
            acknowledged: marks.has(place, Mark::Acknowledged),
            again: marks.has(place, Mark::Again),
            effects,
        }
    }

    /// The story of a forgery, whose user is its number.
    pub(super) fn of_user(what: What, sequence: &Sequence, user: User) -> Self {
        let item = sequence.item(user.number);
        let identity = sequence.identity(&item);
        Self {
            what,
            push: sequence.plan().mix[item.share].name.clone(),
            number: Some(user.number),
            openid: identity.openid().to_owned(),
            msg_id: identity.msg_id().to_owned(),
            create_time: identity.create_time().to_owned(),
            acknowledged: false,
            again: false,
            effects: 1,
        }
    }

    pub(super) fn of_stranger(openid: &str) -> Self {
        Self {
            what: What::Stranger,
            push: String::new(),
            number: None,
            openid: openid.to_owned(),
            msg_id: String::new(),
            create_time: String::new(),
            acknowledged: false,
            again: false,
            effects: 1,
        }
    }
}

impl Story {
    /// The story in one line.
    pub fn told(&self, lang: Lang) -> String {
        let Self {
            push,
            openid,
            msg_id,
            create_time,
            effects,
            ..
        } = self;
        let named = told!(
            lang,
            "{push}, MsgId {msg_id}, CreateTime {create_time}, user {openid}",
            "{push}，MsgId {msg_id}，CreateTime {create_time}，用户 {openid}"
        );
        let again = if self.again {
            lang.of_two(", delivered again", "，重推过")
        } else {
            ""
        };
        match self.what {
            What::Lost => told!(
                lang,
                "acknowledged and not acted on: {named}{again}",
                "正常响应但没有处理：{named}{again}"
            ),
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
            What::Stranger => told!(
                lang,
                "acted on for {openid}, who wrote nothing",
                "为没有发过消息的 {openid} 作了处理"
            ),
        }
    }
}
