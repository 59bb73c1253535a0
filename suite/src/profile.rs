//! The facts known about the target before anything is sent, as far as rules may know them: no secrets.

use std::{sync::Arc, time::Duration};

use wxcheck_mock_server::{
    Target,
    catalogue::{Catalogue, CatalogueEntry},
};
use wxcheck_protocol::{
    account::Account,
    domain::Domains,
    fetch::{Dialect, FetchKind},
    message::find,
    push::{Format, Mode},
};

use crate::{
    entity_file::EntityFile,
    fetching::Fetching,
    hostility::Hostility,
    nonce_trap,
    pattern::handling,
    place::Place,
    step::{Content, Deliver, EntryContent, Trap},
};

/// A server that answers sooner needs no care about how many requests it works on at once.
pub(crate) const QUICK: Duration = Duration::from_millis(10);

/// The place where the effects of pushes can be seen.
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
pub struct EffectfulPush {
    /// The content of the push.
    pub content: Content,
    /// The number of effects that one such push has.
    pub effects: usize,
    /// The least that one was seen to have, in all of the run.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// True if two of them from one user have the effects of both, where nothing can be taken for a repeat. It is not so
    /// where a user is greeted once, where messages that come soon one after the other are answered together, and for
    /// events, which nothing but their second tells from a repeat.
    pub adds_up: bool,
}

impl EffectfulPush {
    /// The push with its number of effects, of which two from one user are not known to add up.
    pub const fn of(content: Content, effects: usize) -> Self {
        Self {
            content,
            effects,
            least: effects,
            most: effects,
            adds_up: false,
        }
    }

    /// Takes another number for what one has, before any other was seen.
    pub(crate) const fn learn(&mut self, effects: usize) {
        (self.effects, self.least, self.most) = (effects, effects, effects);
    }

    /// The name of the push.
    pub fn name(&self) -> &str {
        self.content.name()
    }

    /// True if it is an event, and so has no MsgId.
    pub fn is_event(&self) -> bool {
        matches!(&self.content, Content::Entry(entry) if entry.is_event())
    }
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
    /// The account whose pushes they are.
    pub account: Account,
    /// True if an EncodingAESKey is configured.
    pub has_key: bool,
    /// The traps that the configured token allows.
    pub traps: Vec<Trap>,
    /// True if the server is on this machine, and so can reach our own listener.
    pub local: bool,
    /// The limit of one exchange, with the patience asked for.
    pub limit: Duration,
    /// The place where effects can be seen.
    pub channel: Channel,
    /// The pushes that the server's owner says it handles, by their names; with `*` for any letters.
    pub handles: Vec<String>,
    /// The pushes that WeChat sends to that kind of account, each form by itself.
    pub catalogue: Arc<[CatalogueEntry]>,
    /// True if there is a URL for platform notifications.
    pub authorization: bool,
    /// A message that has effects, once first contact found one.
    pub message: Option<EffectfulPush>,
    /// Events that have effects.
    pub events: Vec<EffectfulPush>,
    /// An event that had an effect for one user, and none for others after that.
    pub swallowed_event: Option<EffectfulPush>,
    /// True if there is a callback URL, to which pushes go.
    pub callback: bool,
    /// The known facts about where data are fetched.
    pub fetch: FetchProfile,
    /// The domains that are configured at WeChat.
    pub domains: Domains,
    /// Permission to send hostile requests.
    pub hostility: Hostility,
    /// True if first contact was answered, and had its effects, so soon that many pushes more take no time.
    pub is_quick: bool,
    /// A file that the server must not read.
    pub entity_file: Option<EntityFile>,
}

/// The facts that rules may know about where data are fetched.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FetchProfile {
    /// The kinds for which there is a URL.
    pub kinds: Vec<FetchKind>,
    /// The number of users whose tokens are known.
    pub tokens: usize,
    /// True if prefetches are made with a code, since no token is known and codes can be exchanged.
    pub by_code: bool,
    /// The dialect: whose names the parameters have.
    pub dialect: Dialect,
}

impl FetchProfile {
    /// The facts that rules may know about these.
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
    /// The facts that rules may know about a target. `now` is in Unix seconds: which traps a Token allows depends
    /// on the timestamps of the day.
    pub fn of(target: &Target, account: Account, limit: Duration, now: u64) -> Self {
        let timestamp = now.to_string();
        let token = &target.credentials.token;
        let allowed = |trap: &Trap| nonce_trap::nonce(*trap, token, &timestamp).is_some();
        Self {
            traps: Trap::ALL.into_iter().filter(allowed).collect(),
            ..Self::plain(target, account, limit)
        }
    }

    /// The same without traps, which take a while to find.
    pub(crate) fn plain(target: &Target, account: Account, limit: Duration) -> Self {
        let host = target.url.host_str().unwrap_or_default();
        Self {
            mode: target.mode,
            format: target.format,
            account,
            has_key: target.credentials.key.is_some(),
            traps: Vec::new(),
            local: host == "localhost" || host == "[::1]" || host.starts_with("127."),
            limit,
            channel: Channel::None,
            handles: Vec::new(),
            catalogue: Arc::default(),
            authorization: false,
            message: None,
            events: Vec::new(),
            swallowed_event: None,
            callback: true,
            fetch: FetchProfile::default(),
            domains: Domains::default(),
            hostility: Hostility::default(),
            is_quick: false,
            entity_file: None,
        }
    }

    /// True if the server's owner says that it handles that push.
    pub fn handles(&self, name: &str) -> bool {
        self.handles.iter().any(|pattern| handling(pattern, name))
    }

    /// True if so long an answer leaves less than half the limit.
    pub(crate) fn leaves_little(&self, took: Duration) -> bool {
        took > self.limit / 2 && took <= self.limit
    }

    /// The push of that name, as the catalogue has it for the account.
    pub fn entry(&self, name: &str) -> Option<&CatalogueEntry> {
        self.catalogue.iter().find(|entry| entry.name == name)
    }

    /// The notices that are said to be handled, of those that are pushed again after pauses of their own and that another
    /// field than those of all events tells from others.
    pub fn retried(&self) -> impl Iterator<Item = &CatalogueEntry> {
        self.catalogue.iter().filter(|entry| {
            let fields = EntryContent::of(entry, self.format).fields;
            let is_told_apart = find(&fields, &entry.dedup).is_some();
            self.handles(&entry.name) && !entry.retry_after.is_empty() && is_told_apart
        })
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

    /// A push of the catalogue by its name: in the account's own form, or in another's if this account never gets it. An
    /// account to which nobody writes gets one of its own in its place.
    pub fn push(&self, name: &str) -> EntryContent {
        let own = self.catalogue.iter().find(|entry| entry.name == name);
        if own.is_none()
            && let Some(usual) = self.usual_event()
        {
            return usual;
        }
        let other = || Catalogue::built_in().ok()?.find(name, self.account).ok();
        match own.cloned().or_else(other) {
            Some(entry) => EntryContent::of(&entry, self.format),
            None => EntryContent::unlisted_event(name, Vec::new()),
        }
    }

    /// The push that an account to which nobody writes gets where others get a text: the first of its own.
    fn usual_event(&self) -> Option<EntryContent> {
        let first = self.catalogue.first();
        let first = first.filter(|_| !self.account.is_written_to());
        first.map(|entry| EntryContent::of(entry, self.format))
    }

    /// The same push as this account receives it: no text where nobody writes.
    pub(crate) fn received(&self, deliver: &Deliver) -> Deliver {
        let mut received = deliver.clone();
        let Some(usual) = self.usual_event() else {
            return received;
        };
        match deliver.content {
            Content::Entry(_) => return received,
            Content::Text(_) => {}
            Content::TextWithPadding(padding) => received.form.padding = Some(padding),
        }
        received.content = usual.into();
        received
    }

    /// A user who opens the customer service session, as rules have it.
    pub fn enter_session(&self) -> Content {
        let session = self.push("user_enter_tempsession");
        session.set("SessionFrom", "wxcheck").into()
    }

    /// A message that has effects if one is known, and otherwise this text.
    pub fn message_or(&self, text: &str) -> Content {
        match &self.message {
            Some(effectful_push) => effectful_push.content.clone(),
            None => Content::Text(text.into()),
        }
    }

    /// All pushes that were seen to have effects.
    fn effectful_pushes(&self) -> impl Iterator<Item = &EffectfulPush> {
        let known = self.message.iter().chain(&self.events);
        known.chain(&self.swallowed_event)
    }

    /// The least and the most effects that a push of that name was seen to have, where it should have so many.
    pub(crate) fn effects_between(&self, name: &str, effects: usize) -> (usize, usize) {
        let mut pushes = self.effectful_pushes();
        let same = pushes.find(|push| push.name() == name && push.effects == effects);
        same.map_or((effects, effects), |push| (push.least, push.most))
    }

    /// The number of effects that a push with that content has, as far as that is known.
    pub fn effects_of(&self, content: &Content) -> Option<usize> {
        self.effectful_pushes()
            .find(|effectful_push| effectful_push.content == *content)
            .map(|effectful_push| effectful_push.effects)
    }
}
