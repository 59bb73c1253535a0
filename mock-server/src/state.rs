//! The platform's knowledge: apps, users, tokens, codes, windows, subscriptions, quotas, media, faults.
//!
//! Pure: the time is an argument, in milliseconds since the Unix epoch, and every random choice comes
//! from a seeded [`Draw`]. So twelve hours pass in a test without a wait, and a run repeats.

pub mod access_token;
pub mod app;
pub mod authorization;
pub mod device;
pub mod fetch_job;
pub mod fetch_setting;
pub mod fleet;
pub mod form_id;
pub mod kept;
pub mod login_code;
pub mod media;
pub mod menu;
pub mod outbox;
pub mod quota;
pub mod rid;
pub mod room;
pub mod schedule;
pub mod sent;
pub mod subscription;
pub mod tracked;
pub mod user;
pub mod window;

use std::{collections::BTreeMap, sync::Arc};

use wxcheck_protocol::msg_id::{LOTS, msg_id};

use crate::{bounds::Scale, draw::Draw, fault::Faults, mask::Mask};

use self::{
    access_token::TokenIndex,
    app::{App, AppSettings},
    fleet::Fleet,
    kept::Keeping,
    outbox::Outbox,
    rid::Requests,
};

pub use room::{NoRoom, PhoneError};

/// Milliseconds since the Unix epoch.
pub type Moment = u64;

/// One second, as a [`Moment`] counts.
pub const SECOND: Moment = 1000;
/// One minute.
pub const MINUTE: Moment = 60 * SECOND;
/// One hour.
pub const HOUR: Moment = 60 * MINUTE;
/// One day of 24 hours.
pub const DAY: Moment = 24 * HOUR;

/// Everything the platform knows.
#[derive(Clone, Debug)]
pub struct State {
    /// The apps, by appid.
    pub apps: BTreeMap<Arc<str>, App>,
    /// The owner of each token.
    pub tokens: TokenIndex,
    /// The source of random values.
    pub draw: Draw,
    /// The faults on purpose.
    pub faults: Faults,
    /// Pushes that are due, or will be.
    pub outbox: Outbox,
    /// Requests that can be asked for by their rid.
    pub requests: Requests,
    /// True if call quotas and the counts of message windows are enforced. Load tests go without.
    pub limits: bool,
    /// The limits on what it may keep, and on what is in flight at once.
    pub(crate) scale: Scale,
    /// The number of times an app was begun anew: no two lives of an app have the same number.
    lives: u64,
    /// The lot of the next message pushed: no two have the same MsgId.
    lots: u64,
    /// The secrets of the apps as they were registered.
    mask: Arc<Mask>,
    /// The changes that are not kept yet.
    keeping: Keeping,
}

impl State {
    /// A platform without apps.
    pub fn new(seed: u64, limits: bool) -> Self {
        Self::of_scale(Scale::STANDING, seed, limits)
    }

    /// The same, of another scale.
    pub fn of_scale(scale: Scale, seed: u64, limits: bool) -> Self {
        Self {
            apps: BTreeMap::new(),
            tokens: TokenIndex::default(),
            draw: Draw::new(seed),
            faults: Faults::default(),
            outbox: Outbox::new(scale.pushes_bytes),
            requests: Requests::default(),
            limits,
            scale,
            lives: 0,
            lots: Draw::new(seed).next() % LOTS,
            mask: Arc::default(),
            keeping: Keeping::default(),
        }
    }

    /// The MsgId of the next message, made in that second (Unix seconds).
    pub(crate) const fn next_msg_id(&mut self, create_time: u64) -> i64 {
        self.lots = self.lots.wrapping_add(1);
        msg_id(create_time, self.lots)
    }

    /// The secrets that must not be shown. Clone it: masking takes time, in which others need the state.
    pub(crate) const fn mask(&self) -> &Arc<Mask> {
        &self.mask
    }

    fn mask_anew(&mut self) {
        let settings = self.apps.values().map(|app| &app.settings);
        let secrets = settings.map(|app| (app.secret.as_deref(), app.callback.as_ref()));
        self.mask = Arc::new(Mask::of(secrets));
    }

    /// Registers an app, or gives one that is registered other settings; its history stays.
    pub fn register(&mut self, settings: AppSettings) {
        self.put(settings);
        self.mask_anew();
    }

    fn put(&mut self, settings: AppSettings) {
        if let Some(app) = self.apps.get_mut(settings.appid.as_str()) {
            *app.settings = settings;
        } else {
            let appid = Arc::from(settings.appid.as_str());
            let mut app = App::new(settings, self.scale);
            self.lives += 1;
            app.fetching.life = self.lives;
            if self.keeping.notes() {
                app.note_from_now_on();
            }
            self.apps.insert(appid, app);
            self.divide();
        }
    }

    /// Tells every app how many apps share what is there for all.
    fn divide(&mut self) {
        let apps = self.apps.len();
        self.apps.values_mut().for_each(|app| app.divide(apps));
    }

    /// Forgets an app with its users and tokens. `false` if there is none of that appid.
    pub fn forget(&mut self, appid: &str) -> bool {
        self.tokens.forget(appid);
        self.outbox.forget(appid);
        let forgotten = self.apps.remove(appid).is_some();
        self.keeping.forget(appid);
        self.divide();
        self.mask_anew();
        forgotten
    }

    /// Every app as it was registered, and nothing that happened since.
    pub fn reset(&mut self, seed: u64) {
        let mut fresh = Self::of_scale(self.scale, seed, self.limits);
        fresh.lives = self.lives;
        for app in self.apps.values() {
            fresh.put(AppSettings::clone(&app.settings));
        }
        fresh.mask_anew();
        self.become_other(fresh);
    }

    /// Gives an app a fleet in place of the one it has, whose fetches end without effect. `None` where there is no such
    /// app.
    pub fn give_fleet(&mut self, appid: &str, fleet: Fleet, now: Moment) -> Option<&Fleet> {
        let app = self.apps.get_mut(appid)?;
        self.lives += 1;
        let fleet = app.fleet.insert(fleet);
        fleet.begin_anew(self.lives, now);
        Some(fleet)
    }

    fn become_other(&mut self, other: Self) {
        let before = std::mem::replace(self, other);
        self.outbox.succeed(&before.outbox);
        // Servers remember a MsgId, whatever the platform forgets.
        self.lots = before.lots;
        self.faults.succeed(before.faults);
        self.keep_all_anew(&before.keeping);
    }

    /// Back to how it was. Fetches that were under way then are lost: those that phones make by themselves are due
    /// again, those of fleets too, and a fetch that ends from now on has no effect.
    pub fn restore(&mut self, snapshot: Self, now: Moment) {
        let lives = self.lives;
        self.become_other(snapshot);
        self.lives = lives;
        for app in self.apps.values_mut() {
            self.lives += 1;
            app.begin_anew(self.lives, now);
            if let Some(fleet) = &mut app.fleet {
                fleet.begin_anew(self.lives, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::account::Account;

    use super::*;

    fn app(secret: &str) -> AppSettings {
        AppSettings {
            appid: "wx0".into(),
            secret: Some(secret.into()),
            kind: Account::Mini,
            ip_whitelist: Vec::new(),
            callback: None,
            open: false,
            domains: wxcheck_protocol::domain::Domains::default(),
        }
    }

    #[test]
    fn the_mask_follows_what_is_registered() {
        let mut state = State::new(1, true);
        let masked = |state: &State| state.mask().text("s3cret-1 s3cret-2");
        assert_eq!(masked(&state), "s3cret-1 s3cret-2");
        state.register(app("s3cret-1"));
        assert_eq!(masked(&state), "*** s3cret-2");
        let before = state.clone();
        state.register(app("s3cret-2"));
        assert_eq!(masked(&state), "s3cret-1 ***");
        state.reset(2);
        assert_eq!(masked(&state), "s3cret-1 ***");
        assert_eq!(masked(&before), "*** s3cret-2");
        state.forget("wx0");
        assert_eq!(masked(&state), "s3cret-1 s3cret-2");
    }

    #[test]
    fn a_msg_id_is_never_given_twice_whatever_is_forgotten() {
        let mut state = State::new(1, true);
        let now = 1_795_000_000;
        let snapshot = state.clone();
        let mut given = vec![state.next_msg_id(now)];
        state.reset(1);
        given.push(state.next_msg_id(now));
        state.restore(snapshot, 0);
        given.push(state.next_msg_id(now));
        given.dedup();
        assert_eq!(given.len(), 3);
    }
}
