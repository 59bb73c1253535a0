//! What is known of the target before anything is sent, as far as rules may know it: no secrets.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::Target;
use wxcheck_protocol::push::{Format, Mode};

use crate::{nonce_trap, step::Trap};

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
#[derive(Clone, Debug, Eq, PartialEq)]
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
        }
    }
}
