//! The server's settings: the account's side of the configuration at WeChat.

use std::fmt;
use std::io;
use std::time::Duration;

use wxcheck_network::Network;
use wxcheck_protocol::account::Account;
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::push::{Format, Mode};

/// The configuration of one callback server. `Debug` shows neither the token nor the key nor the AppSecret.
#[derive(Clone)]
pub struct Settings {
    /// The Token both sides sign with.
    pub token: String,
    /// The account's appid, which every envelope must end in.
    pub appid: String,
    /// The EncodingAESKey; compat and safe mode need it.
    pub key: Option<EncodingAesKey>,
    /// The mode configured for the account.
    pub mode: Mode,
    /// The format configured for the account. The correct server does not look at it: a body tells its own format.
    pub format: Format,
    /// The kind of account, which decides what a message may be answered with.
    pub account: Account,
    /// The time the other side waits for an answer: 5 s for WeChat. Only waiting behaviours look at it, and calls to
    /// the API, which may take twice as long; so tests that scale it down make slow servers faster.
    pub limit: Duration,
    /// The API to which the server brings its words. Without one, they go into the answers to pushes.
    pub api: Option<Api>,
    /// The tokens that `wx.setBackgroundFetchToken` sets, one per user. Without any, fetches are known by codes alone.
    pub fetch_tokens: Vec<String>,
    /// The network of the server: this machine's sockets, unless a test keeps it within its process.
    pub network: Network,
}

/// WeChat's API, or the mock of it. `Debug` does not show the AppSecret.
#[derive(Clone)]
pub struct Api {
    /// Scheme and authority, such as `http://127.0.0.1:9000`; no slash at the end.
    pub base: String,
    /// The AppSecret.
    pub secret: String,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Fails if something stands in the way of serving: compat and safe mode without a key.
    pub(crate) fn complete(&self) -> io::Result<()> {
        if self.mode.seals() && self.key.is_none() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} mode needs an EncodingAESKey in the settings", self.mode),
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("appid", &self.appid)
            .field("mode", &self.mode)
            .field("format", &self.format)
            .field("account", &self.account)
            .field("limit", &self.limit)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let settings = Settings {
            token: "T0PS3CR3T".into(),
            appid: "wx0".into(),
            key: None,
            mode: Mode::Plain,
            format: Format::Xml,
            account: Account::Mini,
            limit: Duration::from_secs(5),
            api: Some(Api {
                base: "http://127.0.0.1:9000".into(),
                secret: "T0PS3CR3T".into(),
            }),
            fetch_tokens: Vec::new(),
            network: Network::Machine,
        };
        assert!(!format!("{settings:?}").contains("T0PS3CR3T"));
    }

    #[test]
    fn safe_mode_without_a_key_is_incomplete() {
        let settings = Settings {
            token: "T".into(),
            appid: "wx0".into(),
            key: None,
            mode: Mode::Safe,
            format: Format::Xml,
            account: Account::Mini,
            limit: Duration::from_secs(5),
            api: None,
            fetch_tokens: Vec::new(),
            network: Network::Machine,
        };
        assert_eq!(
            settings.complete().map_err(|error| error.kind()),
            Err(io::ErrorKind::InvalidInput)
        );
    }
}
