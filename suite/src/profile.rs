//! What is known of the target before anything is sent, as far as rules may know it: no secrets.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use wxcheck_mock_server::{
    Target,
    catalogue::{Catalogue, Entry},
};
use wxcheck_protocol::{
    account::Account,
    fetch::{Dialect, FetchKind},
    push::{Format, Mode},
};

use crate::{
    entity_file::EntityFile,
    fetching::Fetching,
    hostility::Hostility,
    nonce_trap,
    place::Place,
    server::handling,
    step::{Content, EntryContent, Trap},
};

/// Where the effects of pushes can be seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Channel {
    /// Nowhere.
    #[default]
    None,
    /// In what the server calls at the mock API.
    Api,
    /// On a page of the server's own.
    Page,
}

/// A push that was seen to have effects.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// What it says.
    pub content: Content,
    /// How many effects one such push has.
    pub effects: usize,
}

/// The configuration that decides which rules apply and what they try.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that is configured or not, and no two exclude each other"
)]
#[derive(Clone, Debug, PartialEq)]
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
    /// Where effects can be seen.
    pub channel: Channel,
    /// The pushes that the server's owner says it handles, by their names; with `*` for any letters.
    pub handles: Vec<String>,
    /// What WeChat pushes to that kind of account, each form by itself.
    pub catalogue: Arc<[Entry]>,
    /// Whether there is a URL for what a third-party platform is told of itself.
    pub authorization: bool,
    /// A message that has effects, once first contact found one.
    pub message: Option<Telling>,
    /// Events that have effects.
    pub events: Vec<Telling>,
    /// Whether there is a callback URL, to which pushes go.
    pub callback: bool,
    /// What is known of where data are fetched.
    pub fetch: FetchProfile,
    /// The domains that are configured at WeChat.
    pub domains: Domains,
    /// Whether hostile requests may be sent.
    pub hostility: Hostility,
    /// A file that the server must not read.
    pub entity_file: Option<EntityFile>,
}

/// The domains that are configured at WeChat, for each kind of interface.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Domains {
    /// For wx.request.
    pub request: Vec<String>,
    /// For wx.uploadFile.
    pub upload: Vec<String>,
    /// For wx.downloadFile.
    pub download: Vec<String>,
    /// For wx.connectSocket.
    pub socket: Vec<String>,
}

/// A kind of interface that has domains of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DomainKind {
    /// wx.request.
    Request,
    /// wx.uploadFile.
    Upload,
    /// wx.downloadFile.
    Download,
    /// wx.connectSocket.
    Socket,
}

impl DomainKind {
    /// As `[domains]` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Socket => "socket",
        }
    }

    /// What its URLs begin with.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Socket => "wss",
            Self::Request | Self::Upload | Self::Download => "https",
        }
    }
}

impl Domains {
    /// The lists, each with its kind.
    pub fn lists(&self) -> [(DomainKind, &[String]); 4] {
        [
            (DomainKind::Request, &self.request),
            (DomainKind::Upload, &self.upload),
            (DomainKind::Download, &self.download),
            (DomainKind::Socket, &self.socket),
        ]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }
}

/// What rules may know of where data are fetched.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FetchProfile {
    /// For which kinds there is a URL.
    pub kinds: Vec<FetchKind>,
    /// How many users' tokens are known.
    pub tokens: usize,
    /// Whether prefetches are made with a code, since no token is known and codes can be exchanged.
    pub by_code: bool,
    /// Whose names the parameters have.
    pub dialect: Dialect,
}

impl FetchProfile {
    /// What rules may know of these.
    pub fn of(fetching: &Fetching) -> Self {
        Self {
            kinds: fetching.urls().map(|(kind, _)| kind).collect(),
            tokens: fetching.tokens.len(),
            by_code: false,
            dialect: fetching.dialect,
        }
    }
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
            channel: Channel::None,
            handles: Vec::new(),
            catalogue: Arc::default(),
            authorization: false,
            message: None,
            events: Vec::new(),
            callback: true,
            fetch: FetchProfile::default(),
            domains: Domains::default(),
            hostility: Hostility::default(),
            entity_file: None,
        }
    }

    /// Whether the server's owner says that it handles that push.
    pub fn handles(&self, name: &str) -> bool {
        self.handles.iter().any(|pattern| handling(pattern, name))
    }

    /// The push of that name, as the catalogue has it for the account.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.catalogue.iter().find(|entry| entry.name == name)
    }

    /// The URLs that are configured.
    pub fn places(&self) -> Vec<Place> {
        let fetched = self.fetch.kinds.iter().map(|kind| match kind {
            FetchKind::Periodic => Place::Periodic,
            FetchKind::Pre => Place::Prefetch,
        });
        let callback = self.callback.then_some(Place::Callback);
        callback.into_iter().chain(fetched).collect()
    }

    /// The same, where effects can be seen there.
    #[must_use]
    pub fn seen_through(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self.fetch.by_code = channel == Channel::Api && self.fetch.tokens == 0;
        self
    }

    /// A push of the catalogue by its name, as the account is pushed it, or as another is if this one never is.
    pub fn push(&self, name: &str) -> EntryContent {
        let own = self.catalogue.iter().find(|entry| entry.name == name);
        let other = || Catalogue::built_in().ok()?.find(name, self.account).ok();
        match own.cloned().or_else(other) {
            Some(entry) => EntryContent::of(&entry, self.format),
            None => EntryContent::unlisted_event(name, Vec::new()),
        }
    }

    /// A user who opens the customer service session, as rules have it.
    pub fn enter_session(&self) -> Content {
        let session = self.push("user_enter_tempsession");
        session.set("SessionFrom", "wxcheck").into()
    }

    /// A message that has effects if one is known, and otherwise this text.
    pub fn message_or(&self, text: &str) -> Content {
        match &self.message {
            Some(telling) => telling.content.clone(),
            None => Content::Text(text.into()),
        }
    }

    /// How many effects a push with that content has, as far as that is known.
    pub fn effects_of(&self, content: &Content) -> Option<usize> {
        self.message
            .iter()
            .chain(&self.events)
            .find(|telling| telling.content == *content)
            .map(|telling| telling.effects)
    }
}
