//! Secrets that must never be shown, as far as the settings know them.

use std::fmt::Write as _;

use url::Url;
use wxcheck_protocol::{aes_key::EncodingAesKey, limits::KEY_LENGTH};
use wxcheck_suite::{fetching, redact::Secrets};

use crate::{FILE_NAME, Settings};

impl Settings {
    /// Secrets among these settings, also where something in it cannot be used.
    pub fn secrets(&self) -> Secrets {
        let urls = self.urls().into_iter().filter_map(|(_, url)| url.as_ref());
        let urls: Vec<Url> = urls.filter_map(|url| Url::parse(url).ok()).collect();
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        // A debug page may print the decoded key as hex digits.
        let hex = self
            .key()
            .ok()
            .flatten()
            .as_ref()
            .map_or_else(String::new, in_hex);
        let payment_hex = self.payment_key().ok().flatten().as_ref().map(in_hex);
        let password = urls.iter().find_map(Url::password).unwrap_or_default();
        let tokens: Vec<String> = self.fetching().map_or_else(
            |_| self.carried.fetch_token.clone(),
            |fetching| fetching.secrets().collect(),
        );
        // The last letter of a key has bits that are not the key's: whoever encodes it anew may write another.
        let key = text(&self.target.aes_key);
        let most = |key: &str| key.get(..KEY_LENGTH - 1).map(str::to_owned);
        let most_of_key = most(&key);
        let payment_key = self.target.payment_aes_key.as_deref();
        Secrets::new([
            ("Token", text(&self.target.token)),
            ("EncodingAESKey", key),
            ("EncodingAESKey, decoded", hex),
            ("AppSecret", text(&self.target.secret)),
            ("URL's password", password.to_owned()),
        ])
        .and(fetching::TOKEN, tokens)
        .besides(urls.iter().flat_map(users))
        .besides(most_of_key)
        .besides(self.target.payment_token.clone())
        .besides(payment_key.and_then(most))
        .besides(self.target.payment_aes_key.clone())
        .besides(payment_hex)
        .besides(self.control.control_token.clone())
        .spelling(spelled)
    }
}

/// No secrets, for texts of our own.
pub fn no_secrets() -> Secrets {
    Secrets::default().spelling(spelled)
}

/// The way in which a setting is given that the suite mentions: its option, or its place in the file where it has none.
fn spelled(name: &str) -> String {
    match name {
        "domains" => format!("[{name}] in {FILE_NAME}"),
        _ => format!("--{name}"),
    }
}

/// A key in hex digits.
fn in_hex(key: &EncodingAesKey) -> String {
    key.bytes().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// User and password of a URL, in whatever order; a user without a password is one.
fn users(url: &Url) -> Vec<String> {
    let user = url.username();
    match url.password() {
        Some(password) if user.is_empty() => vec![password.to_owned()],
        Some(password) => vec![
            password.to_owned(),
            format!("{user}:{password}"),
            format!("{password}:{user}"),
        ],
        None => vec![user.to_owned()],
    }
}
