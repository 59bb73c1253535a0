//! The account as far as signatures are made of it. `Debug` shows nothing of it.

use std::fmt;

use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};

use crate::player::Player;

/// The credentials of the account, and how it is set.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) token: String,
    pub(super) appid: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) aes_key: Option<String>,
    pub(super) original_id: String,
    pub(super) mode: Mode,
    pub(super) format: Format,
    pub(super) account: Account,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

impl Known {
    /// The settings of the server that is played with.
    pub(super) fn of(player: &Player<'_>) -> Self {
        let target = player.platform().target();
        let credentials = &target.credentials;
        let secrets = player.secrets();
        let value = |name: &str| secrets.value_of(name).map(str::to_owned);
        Self {
            token: credentials.token.clone(),
            appid: Some(credentials.appid.clone()).filter(|appid| !appid.is_empty()),
            secret: value("AppSecret"),
            aes_key: value("EncodingAESKey"),
            original_id: target.original_id.clone(),
            mode: target.mode,
            format: target.format,
            account: player.profile().account,
        }
    }

    #[cfg(test)]
    pub(super) fn of_token(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            appid: None,
            secret: None,
            aes_key: None,
            original_id: "gh_0".to_owned(),
            mode: Mode::Plain,
            format: Format::Xml,
            account: Account::Mini,
        }
    }
}
