//! What follows from the kind of account: what it has no choice of, what it is pushed, and where.

use url::Url;
use wxcheck_mock_server::{catalogue::Entry, target::parse_url};
use wxcheck_protocol::account::Account;

use super::{Configuration, ConfigurationError};
use crate::{
    component::{APPID_PLACEHOLDER, Component},
    rules,
};

/// Stands where a third-party platform's server is pushed for an account that is not said.
const AUTHORIZER: &str = "wxfedcba9876543210";

impl Configuration {
    /// The account's mode and format, where it has no choice of them.
    pub(super) fn check_account(&self) -> Result<(), ConfigurationError> {
        let account = self.account();
        if let (Some(given), Some(only)) = (self.mode, account.only_mode())
            && given != only
        {
            return Err(ConfigurationError::OnlyMode {
                account,
                given,
                only,
            });
        }
        if let (Some(given), Some(only)) = (self.format, account.only_format())
            && given != only
        {
            return Err(ConfigurationError::OnlyFormat {
                account,
                given,
                only,
            });
        }
        match account {
            Account::Finclip if self.url.is_some() => Err(ConfigurationError::FinclipCallback),
            Account::CloudFunction if self.url.is_some() => {
                Err(ConfigurationError::CloudFunctionCallback)
            }
            Account::Platform => Ok(()),
            _ if self.authorization_url.is_some() => {
                Err(ConfigurationError::PlatformOnly("authorization-url"))
            }
            _ if self.authorizer_appid.is_some() => {
                Err(ConfigurationError::PlatformOnly("authorizer-appid"))
            }
            _ => Ok(()),
        }
    }

    /// What the account is pushed, each form by itself. What the server is said to handle must be among it.
    pub(super) fn handled_of(&self, account: Account) -> Result<Vec<Entry>, ConfigurationError> {
        let catalogue = self.catalogue()?;
        let entries = catalogue.of(account);
        for pattern in &self.handles {
            let known = |entry: &Entry| handling(pattern, &entry.name);
            if !entries.iter().any(known) {
                let near = entries
                    .iter()
                    .map(|entry| (strsim::jaro_winkler(pattern, &entry.name), &entry.name))
                    .filter(|(likeness, _)| *likeness > 0.8)
                    .max_by(|(one, _), (other, _)| one.total_cmp(other))
                    .map(|(_, name)| name.clone());
                return Err(ConfigurationError::Handles {
                    pattern: pattern.clone(),
                    account,
                    near,
                });
            }
        }
        Ok(entries)
    }

    /// What a third-party platform has besides; of other accounts, nothing.
    pub(super) fn component(&self) -> Result<Component, ConfigurationError> {
        let url = self.authorization_url.as_deref().map(parse_url).transpose();
        let authorizer = self.authorizer_appid.clone();
        Ok(Component {
            authorizer: authorizer.unwrap_or_else(|| match self.account() {
                Account::Platform => AUTHORIZER.to_owned(),
                _ => self.appid(),
            }),
            authorization_url: url.map_err(ConfigurationError::AuthorizationUrl)?,
        })
    }

    /// The callback URL, for the account that a third-party platform acts for.
    pub(crate) fn callback_url(&self, url: &str) -> Result<Url, ConfigurationError> {
        let url = match (&self.authorizer_appid, self.account()) {
            (Some(appid), Account::Platform) => url.replace(APPID_PLACEHOLDER, appid),
            (None, Account::Platform) if url.contains(APPID_PLACEHOLDER) => {
                return Err(ConfigurationError::NoAuthorizer);
            }
            _ => url.to_owned(),
        };
        parse_url(&url).map_err(ConfigurationError::Url)
    }
}

/// Whether a pattern of `handles` names that push, or all its variants.
pub(crate) fn handling(pattern: &str, name: &str) -> bool {
    // As names are typed: in any letter case, with or without the account in front.
    let wanted = pattern.rsplit('/').next().unwrap_or(pattern).to_lowercase();
    let name = name.to_lowercase();
    let base = name.split('.').next().unwrap_or(&name);
    rules::glob(&wanted, base) || rules::glob(&wanted, &name)
}
