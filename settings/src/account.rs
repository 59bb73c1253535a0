//! The consequences of the kind of account: settings without a choice, the pushes that it gets, and where they go.

use url::Url;
use wxcheck_mock_server::{catalogue::CatalogueEntry, target::parse_url};
use wxcheck_protocol::{account::Account, push::Format};
use wxcheck_suite::{
    component::{APPID_PLACEHOLDER, Component},
    pattern::handling,
};

use crate::{Settings, SettingsError, error::Reason};

/// The appid of the account for which a third-party platform's server is pushed, where none is given.
const AUTHORIZER: &str = "wxfedcba9876543210";

impl Settings {
    /// The account's mode and format, where it has no choice of them.
    pub(crate) fn check_account(&self) -> Result<(), SettingsError> {
        let account = self.account();
        if let (Some(given), Some(only)) = (self.target.mode, account.only_mode())
            && given != only
        {
            let place = self.place("mode").with(given);
            return Err(SettingsError::at(place, Reason::OnlyMode { account, only }));
        }
        if let (Some(given), Some(only)) = (self.target.format, account.only_format())
            && given != only
        {
            let place = self.place("format").with(given);
            return Err(SettingsError::at(
                place,
                Reason::OnlyFormat { account, only },
            ));
        }
        if let Some(given) = self.target.json_content_type
            && self.format() == Format::Xml
        {
            let place = self.place("json-content-type").with(given);
            return Err(SettingsError::at(place, Reason::NoJson));
        }
        match account {
            Account::Finclip if self.callback.url.is_some() => {
                Err(self.of_account(Reason::FinclipCallback))
            }
            Account::CloudFunction if self.callback.url.is_some() => {
                Err(self.no_callback_of_function())
            }
            Account::Platform => Ok(()),
            _ if self.target.authorization_url.is_some() => {
                Err(self.wrong("authorization-url", Reason::PlatformOnly))
            }
            _ if self.target.authorizer_appid.is_some() => {
                Err(self.wrong("authorizer-appid", Reason::PlatformOnly))
            }
            _ => Ok(()),
        }
    }

    fn of_account(&self, reason: Reason) -> SettingsError {
        let place = self.place("account").with(self.account());
        SettingsError::at(place, reason)
    }

    /// The error that a cloud function has no URL at which it could be judged.
    pub fn no_callback_of_function(&self) -> SettingsError {
        self.of_account(Reason::CloudFunctionCallback)
    }

    /// The account's pushes, each form by itself. A push that the server is said to handle must be among them.
    pub(crate) fn handled_of(
        &self,
        account: Account,
    ) -> Result<Vec<CatalogueEntry>, SettingsError> {
        let catalogue = self.catalogue()?;
        let entries = catalogue.of(account);
        for pattern in &self.run.handles {
            let known = |entry: &CatalogueEntry| handling(pattern, &entry.name);
            if !entries.iter().any(known) {
                let near = entries
                    .iter()
                    .map(|entry| (strsim::jaro_winkler(pattern, &entry.name), &entry.name))
                    .filter(|(likeness, _)| *likeness > 0.8)
                    .max_by(|(one, _), (other, _)| one.total_cmp(other))
                    .map(|(_, name)| name.clone());
                let pattern = pattern.clone();
                let reason = Reason::Handles {
                    pattern,
                    account,
                    near,
                };
                return Err(self.wrong("handles", reason));
            }
        }
        Ok(entries)
    }

    /// The further settings of a third-party platform; other accounts have none.
    pub(crate) fn component(&self) -> Result<Component, SettingsError> {
        let url = self
            .target
            .authorization_url
            .as_deref()
            .map(parse_url)
            .transpose();
        let authorizer = self.target.authorizer_appid.clone();
        Ok(Component {
            authorizer: authorizer.unwrap_or_else(|| match self.account() {
                Account::Platform => AUTHORIZER.to_owned(),
                _ => self.appid(),
            }),
            authorization_url: url
                .map_err(|error| self.wrong("authorization-url", Reason::Url(error)))?,
        })
    }

    /// The callback URL, for the account that a third-party platform acts for.
    pub(crate) fn callback_url(&self, url: &str) -> Result<Url, SettingsError> {
        let url = match (&self.target.authorizer_appid, self.account()) {
            (Some(appid), Account::Platform) => url.replace(APPID_PLACEHOLDER, appid),
            (None, Account::Platform) if url.contains(APPID_PLACEHOLDER) => {
                return Err(self.wrong("url", Reason::NoAuthorizer));
            }
            _ => url.to_owned(),
        };
        parse_url(&url).map_err(|error| self.wrong("url", Reason::Url(error)))
    }
}
