//! One app of a developer: a mini program or an official account.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use wxcheck_protocol::{account::Account, domain::Domains};

use crate::{
    bounds::{CODES, CODES_IN_ALL, MESSAGES_IN_ALL, Scale, share},
    target::Target,
};

use super::{
    access_token::AccessTokens,
    authorization::Authorizations,
    fetch_job::Fetching,
    fetch_setting::FetchSettings,
    fleet::Fleet,
    form_id::FormIds,
    login_code::LoginCodes,
    media::Media,
    menu::Menu,
    quota::Quotas,
    sent::SentLog,
    subscription::Template,
    tracked::{Keyed, Tracked},
    user::User,
};

/// An app's settings at WeChat. `Debug` shows no secret.
#[derive(Clone)]
pub struct AppSettings {
    /// The appid.
    pub appid: String,
    /// The AppSecret. Without one, every secret is taken: whoever judges a server need not know it.
    pub secret: Option<String>,
    /// The kind of account: to the API a mini program or an official account.
    pub kind: Account,
    /// The addresses that may ask for tokens; an empty list allows all.
    pub ip_whitelist: Vec<IpAddr>,
    /// The server that pushes go to; without it nothing is pushed.
    pub callback: Option<Target>,
    /// True if users and templates that nobody registered are taken for registered ones. So a suite can
    /// watch a server whose templates it does not know.
    pub open: bool,
    /// The domains that it may talk to. Where a list is empty, nothing is held against it.
    pub domains: Domains,
}

impl fmt::Debug for AppSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppSettings")
            .field("appid", &self.appid)
            .field("kind", &self.kind)
            .field(
                "callback",
                &self.callback.as_ref().map(|target| target.url.as_str()),
            )
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

/// An app and everything that happened to it.
#[derive(Clone, Debug)]
pub struct App {
    /// Its settings.
    pub settings: Tracked<AppSettings>,
    /// Its access tokens.
    pub tokens: Tracked<AccessTokens>,
    /// Of a third-party platform: the apps that authorised it.
    pub authorizations: Tracked<Authorizations>,
    /// Its users, by openid.
    pub users: Keyed<User>,
    /// Its templates for subscribe messages and the retired template messages, by id.
    pub templates: Tracked<BTreeMap<String, Template>>,
    /// The menu of an official account.
    pub menu: Tracked<Menu>,
    /// The codes that wx.login handed out.
    pub login_codes: LoginCodes,
    /// The ids that forms yielded.
    pub form_ids: FormIds,
    /// Recent calls.
    pub quotas: Tracked<Quotas>,
    /// Uploads.
    pub media: Media,
    /// Messages accepted for users.
    pub sent: SentLog,
    /// Prefetch and periodic update.
    pub fetch: Tracked<FetchSettings>,
    /// The fetches that its users' phones are about to make.
    pub fetching: Fetching,
    /// The number of phones that its users have.
    pub devices: usize,
    /// The number of templates that its users were asked about.
    pub agreements: usize,
    /// Bytes that its users' phones hold.
    pub cached: usize,
    /// Phones that are only counted.
    pub fleet: Option<Fleet>,
    /// The limits on what it may have.
    pub(crate) scale: Scale,
}

impl App {
    /// An app to which nothing happened yet.
    pub fn new(settings: AppSettings, scale: Scale) -> Self {
        Self {
            settings: Tracked::new(settings),
            tokens: Tracked::default(),
            authorizations: Tracked::default(),
            users: Keyed::default(),
            templates: Tracked::default(),
            menu: Tracked::default(),
            login_codes: LoginCodes::default(),
            form_ids: FormIds::default(),
            quotas: Tracked::default(),
            media: Media::default(),
            sent: SentLog::default(),
            fetch: Tracked::default(),
            fetching: Fetching::default(),
            devices: 0,
            agreements: 0,
            cached: 0,
            fleet: None,
            scale,
        }
    }

    /// Notes changes from now on.
    pub(super) const fn note_from_now_on(&mut self) {
        self.users.note_from_now_on();
        self.login_codes.kept_mut().note_from_now_on();
        self.form_ids.kept_mut().note_from_now_on();
        self.media.kept_mut().note_from_now_on();
    }

    /// Everything of it counts as changed.
    pub(super) fn note(&mut self) {
        self.settings.note();
        self.tokens.note();
        self.authorizations.note();
        self.templates.note();
        self.menu.note();
        self.quotas.note();
        self.fetch.note();
        self.users.note();
        self.login_codes.kept_mut().note();
        self.form_ids.kept_mut().note();
        self.media.kept_mut().note();
        self.sent.note();
    }

    /// The bytes that it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let each = |count: usize, bytes: usize| count * bytes;
        each(self.users.len(), 512)
            + each(self.agreements, 192)
            + each(self.templates.len(), 1024)
            + each(self.devices, 1024)
            + self.settings.domains.bytes()
            + each(self.authorizations.len(), 4096)
            + self.cached
            + self.fleet.as_ref().map_or(0, Fleet::bytes)
            + self.media.bytes()
            + self.sent.bytes()
            + each(self.login_codes.len() + self.form_ids.len(), 256)
    }

    /// Says how many apps share what is there for all.
    pub(crate) fn divide(&mut self, apps: usize) {
        self.login_codes.keep(share(CODES, CODES_IN_ALL, apps));
        self.form_ids.keep(share(CODES, CODES_IN_ALL, apps));
        self.sent
            .keep(share(self.scale.messages, MESSAGES_IN_ALL, apps));
    }

    /// A user is gone, and is no longer part of the counts.
    pub fn part_with(&mut self, user: &User) {
        self.devices = self.devices.saturating_sub(user.devices.len());
        self.agreements = self.agreements.saturating_sub(user.subscriptions.len());
        let held = user.devices.values().map(super::device::Device::bytes);
        self.cached = self.cached.saturating_sub(held.sum());
    }

    /// The user of that openid, registered from now on.
    pub fn enrol(&mut self, openid: &str) -> &mut User {
        self.users.or_default(openid)
    }
}
