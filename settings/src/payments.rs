//! The server to which a mini game's payments and gifts go, with a URL, a Token and a key of their own.

use wxcheck_mock_server::{Target, target::parse_url};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    push::{Credentials, Format, Mode},
};

use crate::{Settings, SettingsError, error::Reason};

impl Settings {
    /// The server for payments, if they have one of their own.
    pub(crate) fn payments(&self) -> Result<Option<Target>, SettingsError> {
        let target = &self.target;
        let given = [
            ("payment-url", &target.payment_url),
            ("payment-token", &target.payment_token),
            ("payment-aes-key", &target.payment_aes_key),
        ];
        let Some((first, _)) = given.into_iter().find(|(_, value)| value.is_some()) else {
            return Ok(None);
        };
        if self.account() != Account::Minigame {
            return Err(self.wrong(first, Reason::MinigameOnly));
        }
        let Some(url) = &target.payment_url else {
            return Err(self.wrong(first, Reason::NoPaymentUrl));
        };
        let url = parse_url(url).map_err(|error| self.wrong("payment-url", Reason::Url(error)))?;
        let token = match &target.payment_token {
            None => return Err(self.wrong("payment-url", Reason::NoPaymentToken)),
            Some(token) if token.is_empty() => {
                return Err(self.wrong("payment-token", Reason::EmptyToken));
            }
            Some(token) => token.clone(),
        };
        let key = self.payment_key()?;
        let mode = if key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        };
        if key.is_some() && target.appid.is_none() {
            return Err(self.wrong("payment-aes-key", Reason::NoAppid(mode)));
        }
        Ok(Some(Target {
            url,
            credentials: Credentials {
                token,
                appid: self.appid(),
                key,
            },
            mode,
            format: Format::Json,
            json_type: target.json_content_type.unwrap_or_default(),
            original_id: self.original_id(),
            payments: None,
        }))
    }

    /// The EncodingAESKey of payments, if one is given.
    pub(crate) fn payment_key(&self) -> Result<Option<EncodingAesKey>, SettingsError> {
        let key = self.target.payment_aes_key.as_deref();
        let key = key.map(EncodingAesKey::parse).transpose();
        key.map_err(|error| self.wrong("payment-aes-key", Reason::AesKey(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn given(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        settings.callback.url = Some("http://127.0.0.1:1/".into());
        settings.target.token = Some("t".into());
        settings.target.appid = Some("wx1".into());
        settings.kind.account = Some(Account::Minigame);
        settings.target.payment_url = Some("http://127.0.0.1:1/pay".into());
        settings.target.payment_token = Some("p".into());
        change(&mut settings);
        settings
    }

    #[test]
    fn payments_have_a_url_a_token_and_a_key_of_their_own() {
        let plain = given(|_| {}).server().unwrap().target.for_payments();
        assert_eq!((plain.mode, plain.format), (Mode::Plain, Format::Json));
        assert_eq!((plain.url.path(), &*plain.credentials.token), ("/pay", "p"));
        let safe = given(|settings| settings.target.payment_aes_key = Some(KEY.into()));
        let safe = safe.server().unwrap();
        assert_eq!(safe.target.for_payments().mode, Mode::Safe);
        assert_eq!(safe.secrets.redact(KEY), "[redacted]");
        // What the callback URL has is its own.
        assert_eq!(
            (safe.target.mode, safe.target.format),
            (Mode::Plain, Format::Xml)
        );
    }

    #[test]
    fn errors_name_the_setting_and_the_fix() {
        for (change, told) in [
            (
                (|settings| settings.kind.account = None) as fn(&mut Settings),
                "payment-url: it is a mini game's: leave it out, or give --account minigame",
            ),
            (
                |settings| settings.target.payment_url = None,
                "payment-token: payments have no URL of their own",
            ),
            (
                |settings| settings.target.payment_token = None,
                "payment-url: payments have a Token of their own",
            ),
            (
                |settings| settings.target.payment_aes_key = Some("short".into()),
                "payment-aes-key: ",
            ),
        ] {
            let error = given(change).server().err().unwrap().to_string();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
