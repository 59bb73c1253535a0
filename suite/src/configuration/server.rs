//! The server as configured: everything a run needs of it.

use std::{fmt::Write as _, sync::Arc};

use url::Url;
use wxcheck_mock_server::{PlatformOptions, Target, catalogue::Entry, clock};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    limits::{EXCHANGE_LIMIT, KEY_LENGTH},
};

use crate::{
    component::Component,
    configuration::Configuration,
    effects_page::EffectsPage,
    fetching::{self, Fetching},
    hostility::Hostility,
    profile::{Domains, FetchProfile, Profile},
    redact::Secrets,
    run::Plan,
};

/// The server as configured.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where and how to push.
    pub target: Target,
    /// Whose pushes they are.
    pub account: Account,
    /// The events that its owner says it handles.
    pub handles: Vec<String>,
    /// What the account is pushed, each form by itself.
    pub catalogue: Arc<[Entry]>,
    /// What a third-party platform has besides.
    pub component: Component,
    /// The page on which it counts what it did.
    pub page: Option<EffectsPage>,
    /// How the platform behaves towards it.
    pub options: PlatformOptions,
    /// Whether the target's URL takes pushes; otherwise data are fetched from it and nothing else.
    pub callback: bool,
    /// Where data are fetched.
    pub fetching: Fetching,
    /// The domains that are configured at WeChat.
    pub domains: Domains,
    /// Whether hostile requests may be sent.
    pub hostility: Hostility,
    /// What must never be shown.
    pub secrets: Secrets,
}

impl Server {
    /// What rules may know of it.
    pub fn profile(&self) -> Profile {
        let limit = EXCHANGE_LIMIT.mul_f64(self.options.patience);
        let profile = Profile::of(&self.target, self.account, limit, clock::unix_seconds());
        Profile {
            handles: self.handles.clone(),
            catalogue: self.catalogue.clone(),
            authorization: self.component.authorization_url.is_some(),
            callback: self.callback,
            fetch: FetchProfile::of(&self.fetching),
            domains: self.domains.clone(),
            hostility: self.hostility.clone(),
            ..profile
        }
    }

    /// The further URLs to which requests go.
    pub fn urls(&self) -> impl Iterator<Item = &Url> {
        let fetched = self.fetching.urls().map(|(_, url)| url);
        fetched.chain(&self.component.authorization_url)
    }

    /// What is to be said aloud before anything is sent: whose machine is going to be attacked.
    pub fn warning(&self, plan: &Plan) -> Option<String> {
        let is_skipped = |id| plan.skips.iter().any(|(skipped, _)| *skipped == id);
        let mut rules = plan.rules.iter();
        let is_planned = rules.any(|rule| rule.area() == "hostile" && !is_skipped(rule.id));
        let host = self.hostility.host.as_ref();
        host.filter(|_| self.callback && is_planned).map(|host| {
            format!("hostile requests go to {host}, as --hostile asks; it may stop serving")
        })
    }

    /// The URL as reports show it: without user and password.
    pub fn shown_url(&self) -> String {
        without_user(self.target.url.clone()).to_string()
    }
}

/// A URL as reports show it: without user and password.
pub fn without_user(mut url: Url) -> Url {
    if url.password().is_some() || !url.username().is_empty() {
        // Neither can fail for http and https, which always have a host.
        let _ = url.set_password(None);
        let _ = url.set_username("");
    }
    url
}

impl Configuration {
    /// What must never be shown, also where something in it cannot be used.
    pub fn secrets(&self) -> Secrets {
        let urls = [
            &self.url,
            &self.periodic_url,
            &self.prefetch_url,
            &self.authorization_url,
            &self.effects_url,
        ];
        let urls: Vec<Url> = urls
            .into_iter()
            .flatten()
            .filter_map(|url| Url::parse(url).ok())
            .collect();
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        // A debug page may print the decoded key as hex digits.
        let key = self.aes_key.as_deref().map(EncodingAesKey::parse);
        let hex = key.and_then(Result::ok).map_or_else(String::new, |key| {
            key.bytes().iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        });
        let password = urls.iter().find_map(Url::password).unwrap_or_default();
        let tokens: Vec<String> = self.fetching().map_or_else(
            |_| self.fetch_token.clone(),
            |fetching| fetching.secrets().collect(),
        );
        // The last letter of a key has bits that are not the key's: whoever encodes it anew may write another.
        let key = text(&self.aes_key);
        let most_of_key = key.get(..KEY_LENGTH - 1).map(str::to_owned);
        Secrets::new([
            ("Token", text(&self.token)),
            ("EncodingAESKey", key),
            ("EncodingAESKey, decoded", hex),
            ("AppSecret", text(&self.secret)),
            ("URL's password", password.to_owned()),
        ])
        .and(fetching::TOKEN, tokens)
        .besides(urls.iter().flat_map(users))
        .besides(most_of_key)
        .besides(self.control_token.clone())
    }
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
