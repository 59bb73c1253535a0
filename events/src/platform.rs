//! Events of the platform: requests on their way, calls of the API, and acts on the platform itself.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Body, Original};

/// A request that left for the server; its answer is not known yet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sent {
    /// `GET` or `POST`.
    pub method: Cow<'static, str>,
    /// The URL's path.
    pub path: String,
    /// The reason for which the standing platform sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<What>,
    /// The push of the standing platform that it delivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Box<SentPush>>,
}

/// The reason for a request of the standing platform.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum What {
    /// A push.
    Push {
        /// Its Event, InfoType or MsgType.
        name: String,
        /// Its FromUserName; nothing where it is none of a user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// The GET with which a callback URL is verified.
    Verification,
    /// Data that a phone fetches.
    Fetch {
        /// `pre` or `periodic`, as the parameter has it.
        kind: String,
        /// The user.
        openid: String,
        /// The name of the phone.
        device: String,
    },
    /// `wx.request` of a page on a phone.
    Request {
        /// The app.
        appid: String,
        /// The host that is asked, with its port.
        host: String,
    },
}

impl What {
    /// Its texts, for a search.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::Push { name, from } => [Some(name.as_str()), from.as_deref(), None],
            Self::Verification => [Some("verification"), None, None],
            Self::Fetch {
                kind,
                openid,
                device,
            } => [Some(kind.as_str()), Some(openid), Some(device)],
            Self::Request { appid, host } => [Some(appid.as_str()), Some(host), None],
        };
        texts.into_iter().flatten()
    }

    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        self.texts().map(str::len).sum()
    }
}

/// A push of the standing platform, as one delivery of it has it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SentPush {
    /// The app to whose server it goes.
    pub appid: Arc<str>,
    /// Its name in the catalogue.
    pub name: String,
    /// The user it is about.
    pub openid: String,
    /// Its text, or what an event is about: at most 2 KiB of it, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// `plain`, `compat` or `safe`.
    pub mode: String,
    /// `xml` or `json`.
    pub format: String,
    /// The number of the event with which the first delivery left; nothing for that one itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Deliveries before this one.
    #[serde(default)]
    pub retry: u32,
    /// The rule of a run for which it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The number of the push that it repeats as the same message: no phone shows it twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<u64>,
    /// The platform's time, in Unix milliseconds, where it may be another than this machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// All that it takes to send it once more; nothing after the first delivery, nor where a secret stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Box<Original>>,
}

impl SentPush {
    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        let said = self.says.as_ref().map_or(0, String::len);
        let original = self
            .original
            .as_ref()
            .map_or(0, |original| original.bytes());
        self.name.len() + self.openid.len() + said + original
    }
}

/// A push of the standing platform that did not leave.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Unsent {
    /// The reason.
    pub why: Unsendable,
    /// The message in clear, as it would leave now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Body>,
    /// The push as it would have left.
    #[serde(flatten)]
    pub push: SentPush,
}

/// The reason why a push does not leave.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsendable {
    /// Others wait for the server already; it is delivered behind them.
    Held,
    /// The app has no callback URL.
    NoCallback,
}

impl Unsendable {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::NoCallback => "no-callback",
        }
    }
}

/// The outcome of a push of the standing platform, as far as it is known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PushOutcome {
    /// The number of the event with which the first delivery left.
    pub push: u64,
    /// The state that it is in from now on.
    pub state: PushState,
    /// The text that the user sees because it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_sees: Option<String>,
}

/// The state of a push after a delivery.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushState {
    /// The server acknowledged it.
    Acknowledged,
    /// The server answered with status 200 in time, but with a body that WeChat does not take. It is not sent again.
    Refused,
    /// The attempts are used up.
    GivenUp,
    /// The server refuses connections; the push waits until it is back.
    Held,
}

impl PushState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::Held => "held",
        }
    }
}

/// A call of the API. Tokens, secrets, codes and keys are not kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Called {
    /// `GET`, `POST`, or `other`.
    pub method: Cow<'static, str>,
    /// The path.
    pub path: Cow<'static, str>,
    /// There is such an endpoint, and of that method.
    pub planned: bool,
    /// The app that called, if that could be told.
    pub appid: Option<Arc<str>>,
    /// The serial number of the access token it carried, if that is known.
    pub token: Option<u64>,
    /// The user it was about.
    pub openid: Option<Arc<str>>,
    /// A message to that user was taken: an effect.
    pub sent: bool,
    /// The errcode of the answer; 0 is success.
    pub errcode: i64,
    /// The status of the answer.
    pub status: u16,
    /// The platform's time, in Unix milliseconds, where it may be another than this machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// The fault that struck it.
    pub fault: Option<Cow<'static, str>>,
    /// The media_id of the message that nobody has uploaded here, if there is one. It was taken all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_media: Option<Box<str>>,
    /// Its query without credentials, where somebody wants the bytes of both sides.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub query: Box<str>,
    /// The beginning of its body, where that holds no credential.
    pub body: Box<str>,
    /// The answer, where somebody wants the bytes of both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Body>,
}

/// A push that an act or a call of the API led to, at the moment when it is due.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PushDue {
    /// The app to whose server it goes.
    pub appid: Arc<str>,
    /// Its name in the catalogue.
    pub push: Cow<'static, str>,
    /// The user it is about.
    pub openid: Arc<str>,
}

/// A fault that somebody set or took back.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum FaultChange {
    /// A fault is in force.
    Set {
        /// Its number.
        id: u64,
        /// The path of an endpoint, or `*`.
        endpoint: String,
        /// Its name, like `errcode` or `reset`.
        fault: Cow<'static, str>,
    },
    /// One is no longer in force.
    Removed {
        /// Its number.
        id: u64,
    },
    /// None is in force any more.
    Cleared,
}

/// The platform's clock after it was moved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ClockMoved {
    /// Milliseconds since the Unix epoch.
    pub now: u64,
    /// The clock goes on by itself.
    pub runs: bool,
}
