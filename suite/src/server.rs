//! The server as configured: everything a run needs of it.

use std::sync::Arc;

use url::Url;
use wxcheck_mock_server::{PlatformOptions, Target, catalogue::CatalogueEntry, clock};
use wxcheck_protocol::{account::Account, domain::Domains, limits::EXCHANGE_LIMIT};

use crate::{
    component::Component,
    effects_page::EffectsPage,
    entity_file::EntityFile,
    fetching::Fetching,
    hostility::Hostility,
    profile::{FetchProfile, Profile},
    redact::{Secrets, without_user},
};

/// The server as configured.
#[derive(Clone, Debug)]
pub struct Server {
    /// The target: where and how to push.
    pub target: Target,
    /// The account whose pushes they are.
    pub account: Account,
    /// The events that its owner says it handles.
    pub handles: Vec<String>,
    /// The pushes that the account gets, each form by itself.
    pub catalogue: Arc<[CatalogueEntry]>,
    /// The parts that a third-party platform has besides.
    pub component: Component,
    /// The page on which it counts what it did.
    pub page: Option<EffectsPage>,
    /// The platform's behaviour towards it.
    pub options: PlatformOptions,
    /// True if the target's URL takes pushes; otherwise data are fetched from it and nothing else.
    pub callback: bool,
    /// The URLs from which data are fetched.
    pub fetching: Fetching,
    /// The domains that are configured at WeChat.
    pub domains: Domains,
    /// Permission to send hostile requests.
    pub hostility: Hostility,
    /// A file of ours that it must not read, where it is on this machine.
    pub entity_file: Option<EntityFile>,
    /// The secrets that must never be shown.
    pub secrets: Secrets,
}

impl Server {
    /// The facts that rules may know about it.
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
            entity_file: self.entity_file.clone(),
            ..profile
        }
    }

    /// The further URLs to which requests go.
    pub fn urls(&self) -> impl Iterator<Item = &Url> {
        let fetched = self.fetching.urls().map(|(_, url)| url);
        let payments = self.target.payments.as_ref().map(|target| &target.url);
        fetched
            .chain(&self.component.authorization_url)
            .chain(payments)
    }

    /// The URL as reports show it: without user and password.
    pub fn display_url(&self) -> String {
        without_user(self.target.url.clone()).to_string()
    }
}
