//! The record of one play, on one timeline: pure data, so that a judge can be tested on one made
//! by hand.

use std::{sync::Arc, time::Duration};

use wxcheck_mock_server::{Answer, Outcome, Silence};
use wxcheck_protocol::{
    fetch::{FetchKind, Launch},
    message::Field,
    reply::Reply,
};

use crate::{
    leak::Leak,
    place::Inspection,
    profile::Profile,
    recipe::Recipe,
    step::{ApiAct, Grant},
};

/// One play of one scenario.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The known facts about the target.
    pub profile: Arc<Profile>,
    /// The requests, in the order in which the scenario writes them.
    pub entries: Vec<Entry>,
    /// Paths of our listener that were fetched during this play and belong to it.
    pub fetched: Vec<String>,
    /// Observations of the configured URLs.
    pub inspections: Vec<Inspection>,
    /// Calls of the API during this play, whoever they were about.
    pub calls: Vec<ApiCall>,
    /// The things that happened to the API during this play, each with its time.
    pub acts: Vec<(Duration, ApiAct)>,
    /// The number of the first record of the journal that comes after it.
    pub ended: u64,
    /// The time that wxcheck itself lost meanwhile, on a busy machine.
    pub lost: Duration,
}

#[cfg(test)]
impl Transcript {
    /// The facts of this transcript alone, to be changed.
    pub(crate) fn profile_mut(&mut self) -> &mut Profile {
        Arc::make_mut(&mut self.profile)
    }
}

/// One call of the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiCall {
    /// The number of its event; a page of the server's own has none.
    pub number: Option<u64>,
    /// The time at which it came, from the start of the platform.
    pub at: Duration,
    /// The path.
    pub path: String,
    /// The user it was about.
    pub openid: Option<String>,
    /// True if that user belongs to this play.
    pub own: bool,
    /// True if a message to the user was taken: an effect.
    pub sent: bool,
    /// The number of effects that it stands for: a page of the server's own counts them.
    pub times: usize,
    /// The errcode of the answer; 0 is success.
    pub errcode: i64,
    /// True if wxcheck made it fail on purpose.
    pub struck: bool,
    /// The serial number of the token of `/cgi-bin/token` that it carried.
    pub token: Option<u64>,
    /// The beginning of its body; a page of the server's own has none.
    pub body: String,
}

impl ApiCall {
    /// True if it is an effect for that user.
    pub(crate) fn reached(&self, openid: &str) -> bool {
        self.sent && self.openid.as_deref() == Some(openid)
    }
}

/// One request and its outcome.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The request as it was sent, for judges.
    pub sent: Sent,
    /// The recipe for sending it again by hand.
    pub recipe: Recipe,
    /// The time at which it was begun, from the start of the platform.
    pub started: Duration,
    /// The answer, or why there is none.
    pub outcome: Outcome,
    /// The content of the answer's body.
    pub reply: Option<Reply>,
    /// The answer to a fetch as the page would read it: decompressed, with tokens under names. Not for reports.
    pub text: Option<String>,
    /// The leaks in the answer.
    pub leaks: Vec<Leak>,
    /// The number of the request that this one repeats; its own number where it is the first.
    pub origin: usize,
}

impl Entry {
    /// The answer, if there is one.
    pub const fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Silent(_) => None,
        }
    }

    /// The name of the push in the catalogue, or its type or event; empty for anything that is no push.
    pub fn push_name(&self) -> &str {
        match &self.sent {
            Sent::Push { name, .. } => name,
            _ => "",
        }
    }

    /// The reason that there is no answer, if there is none.
    pub const fn silence(&self) -> Option<&Silence> {
        match &self.outcome {
            Outcome::Answered(_) => None,
            Outcome::Silent(silence) => Some(silence),
        }
    }
}

/// A fetch as it was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetched {
    /// The kind: a prefetch or a periodic update.
    pub kind: FetchKind,
    /// The means by which the user is known.
    pub grant: Grant,
    /// The user of the code, if one was sent.
    pub openid: Option<String>,
    /// The way in which the mini program was opened, with the marks in it.
    pub launch: Launch,
    /// True if a compressed answer was asked for.
    pub accepts_gzip: bool,
    /// Words that no other request holds.
    pub marks: [String; 2],
}

/// A request as it was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sent {
    /// A GET without parameters.
    Visit,
    /// A URL verification.
    Verification {
        /// The text that is to be echoed.
        echostr: String,
        /// The difference from what WeChat sends, by its name.
        differs: Option<&'static str>,
        /// True if it is signed as WeChat signs.
        is_true: bool,
    },
    /// A prefetch or a periodic update.
    Fetch(Fetched),
    /// A push.
    Push {
        /// The sender: `FromUserName`, and the `ToUserName` of a reply.
        openid: String,
        /// The account's original id: `ToUserName`, and the `FromUserName` of a reply.
        original_id: String,
        /// The text of a text message.
        text: Option<String>,
        /// True if it is an event.
        event: bool,
        /// The name, like `text` or `user_enter_tempsession`.
        name: String,
        /// Its MsgId, if it has one.
        msg_id: Option<i64>,
        /// Its CreateTime.
        create_time: u64,
        /// Its OutTradeNo, if it has one.
        trade: Option<String>,
        /// True if it is signed as WeChat signs.
        is_true: bool,
        /// The number of effects that it should have, as far as that is known.
        effects: Option<usize>,
        /// The whole message.
        fields: Vec<Field>,
        /// The differences from the catalogue, each in a line.
        changes: Vec<String>,
    },
}
