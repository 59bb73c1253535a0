//! The account as far as signatures are made of it. `Debug` shows nothing of it.

use std::fmt;

use wxcheck_protocol::{account::Account, push::{Format, Mode}};

use crate::server::Server;

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
    /// What a server's settings say.
    pub(super) fn of(server: &Server) -> Self {
        let credentials = &server.target.credentials;
        let value = |name: &str| server.secrets.value_of(name).map(str::to_owned);
        Self {
            token: credentials.token.clone(),
            appid: Some(credentials.appid.clone()).filter(|appid| !appid.is_empty()),
            secret: value("AppSecret"),
            aes_key: value("EncodingAESKey"),
            original_id: server.target.original_id.clone(),
            mode: server.target.mode,
            format: server.target.format,
            account: server.account,
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
