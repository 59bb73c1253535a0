//! What is known of the target before anything is sent, as far as rules may know it: no secrets.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::Target;
use wxcheck_protocol::push::{Format, Mode};

use crate::{
    nonce_trap,
    step::{Content, Trap},
};

/// Where the effects of pushes can be seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Channel {
    /// Nowhere.
    #[default]
    None,
    /// In what the server calls at the mock API.
    Api,
    /// On a page of the server's own.
    Page,
}

/// A push that was seen to have effects.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// What it says.
    pub content: Content,
    /// How many effects one such push has.
    pub effects: usize,
}

/// The kind of account whose pushes the server takes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Account {
    /// A mini program.
    #[default]
    Mini,
    /// An official account.
    Official,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mini => "mini",
            Self::Official => "official",
        })
    }
}

/// No kind of account has that name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no kind of account is called `{0}`; choose mini or official")]
pub struct UnknownAccount(String);

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "mini" => Ok(Self::Mini),
            "official" => Ok(Self::Official),
            other => Err(UnknownAccount(other.to_owned())),
        }
    }
}

/// The configuration that decides which rules apply and what they try.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Plain, compatible or safe mode.
    pub mode: Mode,
    /// XML or JSON.
    pub format: Format,
    /// Whose pushes they are.
    pub account: Account,
    /// Whether an EncodingAESKey is configured.
    pub has_key: bool,
    /// The traps that the configured token allows.
    pub traps: Vec<Trap>,
    /// Whether the server is on this machine, and so can reach our own listener.
    pub local: bool,
    /// The limit of one exchange, with the patience asked for.
    pub limit: Duration,
    /// Where effects can be seen.
    pub channel: Channel,
    /// The events that the server's owner says it handles.
    pub handles: Vec<String>,
    /// A message that has effects, once first contact found one.
    pub message: Option<Telling>,
    /// Events that have effects.
    pub events: Vec<Telling>,
}

impl Profile {
    /// What rules may know of a target. `now` is in Unix seconds: which traps a Token allows depends
    /// on the timestamps of the day.
    pub fn of(target: &Target, account: Account, limit: Duration, now: u64) -> Self {
        let timestamp = now.to_string();
        let token = &target.credentials.token;
        let allowed = |trap: &Trap| nonce_trap::nonce(*trap, token, &timestamp).is_some();
        let host = target.url.host_str().unwrap_or_default();
        Self {
            mode: target.mode,
            format: target.format,
            account,
            has_key: target.credentials.key.is_some(),
            traps: Trap::ALL.into_iter().filter(allowed).collect(),
            local: host == "localhost" || host == "[::1]" || host.starts_with("127."),
            limit,
            channel: Channel::None,
            handles: Vec::new(),
            message: None,
            events: Vec::new(),
        }
    }

    /// The same, where effects can be seen there.
    #[must_use]
    pub fn seen_through(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    /// A message that has effects if one is known, and otherwise this text.
    pub fn message_or(&self, text: &str) -> Content {
        match &self.message {
            Some(telling) => telling.content.clone(),
            None => Content::Text(text.into()),
        }
    }

    /// How many effects a push with that content has, as far as that is known.
    pub fn effects_of(&self, content: &Content) -> Option<usize> {
        self.message
            .iter()
            .chain(&self.events)
            .find(|telling| telling.content == *content)
            .map(|telling| telling.effects)
    }
}
