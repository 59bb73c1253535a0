//! The state as values that outlive the process: what changed since it was last kept, and how it is put together again.
//!
//! Pure: whoever keeps the values comes and takes them. Fleets, snapshots, requests by their rid and fetches under way are
//! not kept.

mod messages;
mod settings;

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    draw::Draw,
    fault::{Faults, KeptFaults},
};

use super::{
    Moment, State,
    access_token::{AccessTokens, TokenKind},
    app::App,
    authorization::Authorizations,
    fetch_setting::FetchSettings,
    form_id::FormId,
    login_code::Code,
    media::Medium,
    menu::Menu,
    outbox::DuePush,
    quota::Quotas,
    subscription::Template,
    tracked::Tracked,
    user::User,
};

use messages::KeptPiece;
use settings::KeptSettings;

/// The kinds of value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RowKind {
    /// The draw, the number of the next message, and the faults.
    Platform,
    /// An app's settings, secrets included.
    Settings,
    /// An app's access tokens.
    Tokens,
    /// The apps that authorised a platform.
    Authorizations,
    /// An app's templates.
    Templates,
    /// An app's menu.
    Menu,
    /// An app's recent calls.
    Quotas,
    /// The URLs from which an app's phones fetch.
    Fetch,
    /// A push that waits for its time.
    Push,
    /// A user, with their phones.
    User,
    /// A login code.
    LoginCode,
    /// A form id.
    FormId,
    /// An upload.
    Medium,
    /// A piece of the log of messages.
    Messages,
    /// The clock, which is not part of the state.
    Clock,
}

impl RowKind {
    /// Kinds that every call needs. There are few of them, and settings come before what belongs to an app.
    pub const FIRST: [Self; 9] = [
        Self::Platform,
        Self::Settings,
        Self::Tokens,
        Self::Authorizations,
        Self::Templates,
        Self::Menu,
        Self::Quotas,
        Self::Fetch,
        Self::Push,
    ];
    /// Kinds of which there may be many.
    pub const REST: [Self; 5] = [
        Self::User,
        Self::LoginCode,
        Self::FormId,
        Self::Medium,
        Self::Messages,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Settings => "settings",
            Self::Tokens => "tokens",
            Self::Authorizations => "authorizations",
            Self::Templates => "templates",
            Self::Menu => "menu",
            Self::Quotas => "quotas",
            Self::Fetch => "fetch",
            Self::Push => "push",
            Self::User => "user",
            Self::LoginCode => "login-code",
            Self::FormId => "form-id",
            Self::Medium => "medium",
            Self::Messages => "messages",
            Self::Clock => "clock",
        }
    }
}

/// A value as it is kept: a text of JSON, secrets included.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind.
    pub kind: RowKind,
    /// The app to which it belongs; empty for what belongs to none.
    pub app: Arc<str>,
    /// Its name among those of its kind and app.
    pub key: Arc<str>,
    /// The value; `None` where there is none any longer.
    pub value: Option<Vec<u8>>,
}

/// A changed value: its kind, app and key, and what it is now.
type Changed = (RowKind, Arc<str>, Arc<str>, Option<Value>);

/// The changes since they were last taken. They are made into rows by whoever has the time.
#[derive(Debug, Default)]
pub struct Changes {
    /// Nothing that was kept before is of any worth.
    pub anew: bool,
    /// Apps of which nothing that was kept before is of any worth.
    pub forgotten: Vec<Arc<str>>,
    values: Vec<Changed>,
}

/// A kept value that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{kind} `{key}`: {reason}")]
pub struct Unreadable {
    kind: &'static str,
    key: Arc<str>,
    reason: serde_json::Error,
}

/// Changes that are not kept yet, apart from what the values note themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Keeping {
    notes: bool,
    anew: bool,
    forgotten: Vec<Arc<str>>,
    platform: Option<Vec<u8>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Value {
    Platform(Box<serde_json::value::RawValue>),
    Settings(Box<KeptSettings>),
    Tokens(Box<AccessTokens>),
    Authorizations(Box<Authorizations>),
    Templates(std::collections::BTreeMap<String, Template>),
    Menu(Menu),
    Quotas(Quotas),
    Fetch(Box<FetchSettings>),
    Push(DuePush),
    User(Box<User>),
    LoginCode(Code),
    FormId(FormId),
    Medium(Medium),
    Messages(KeptPiece),
}

#[derive(Deserialize, Serialize)]
struct KeptPlatform {
    draw: u64,
    lots: u64,
    faults: KeptFaults,
}

impl Keeping {
    pub(super) const fn notes(&self) -> bool {
        self.notes
    }

    pub(super) fn forget(&mut self, appid: &str) {
        if self.notes {
            self.forgotten.push(Arc::from(appid));
        }
    }
}

impl Changes {
    /// There are none.
    pub fn is_empty(&self) -> bool {
        !self.anew && self.forgotten.is_empty() && self.values.is_empty()
    }

    /// The changed values as they are kept.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.values.iter().map(|(kind, app, key, value)| Row {
            kind: *kind,
            app: Arc::clone(app),
            key: Arc::clone(key),
            // Our own values always have a JSON form.
            value: value
                .as_ref()
                .and_then(|value| serde_json::to_vec(value).ok()),
        })
    }

    fn of_app<T>(
        &mut self,
        (kind, app): (RowKind, &Arc<str>),
        part: &mut Tracked<T>,
        value: impl FnOnce(&T) -> Value,
    ) {
        if let Some(part) = part.take_change() {
            let value = Some(value(part));
            self.values
                .push((kind, Arc::clone(app), Arc::default(), value));
        }
    }

    fn keyed<T>(
        &mut self,
        (kind, app): (RowKind, &Arc<str>),
        changes: Vec<(Arc<str>, Option<T>)>,
        value: impl Fn(T) -> Value,
    ) {
        let changes = changes.into_iter();
        let values = changes.map(|(key, one)| (kind, Arc::clone(app), key, one.map(&value)));
        self.values.extend(values);
    }
}

impl State {
    /// Notes changes from now on, for whoever takes them.
    pub fn note_changes(&mut self) {
        self.keeping.notes = true;
        self.outbox.note_from_now_on();
        self.apps.values_mut().for_each(App::note_from_now_on);
    }

    /// The state became another one.
    pub(super) fn keep_all_anew(&mut self, before: &Keeping) {
        self.keeping = Keeping {
            notes: before.notes,
            anew: before.notes,
            ..Keeping::default()
        };
        if before.notes {
            self.outbox.note();
            self.apps.values_mut().for_each(App::note);
        }
    }

    /// The changes since this was last asked for.
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = Changes {
            anew: std::mem::take(&mut self.keeping.anew),
            forgotten: std::mem::take(&mut self.keeping.forgotten),
            values: Vec::new(),
        };
        self.take_platform(&mut changes);
        for (appid, app) in &mut self.apps {
            app.take_changes(appid, &mut changes);
        }
        for ((appid, due, number), push) in self.outbox.take_changes() {
            let key = Arc::from(format!("{due} {number}"));
            changes
                .values
                .push((RowKind::Push, appid, key, push.map(Value::Push)));
        }
        changes
    }

    fn take_platform(&mut self, changes: &mut Changes) {
        let kept = KeptPlatform {
            draw: self.draw.place(),
            lots: self.lots,
            faults: self.faults.kept(),
        };
        let Ok(text) = serde_json::to_string(&kept) else {
            return;
        };
        if changes.anew || self.keeping.platform.as_deref() != Some(text.as_bytes()) {
            self.keeping.platform = Some(text.clone().into_bytes());
            let value = serde_json::value::RawValue::from_string(text).ok();
            let value = value.map(Value::Platform);
            changes
                .values
                .push((RowKind::Platform, Arc::default(), Arc::default(), value));
        }
    }

    /// Puts back a value that was kept. First all of [`RowKind::FIRST`] in their order, then the rest; at the end of each
    /// [`Self::settle`].
    pub fn recall(&mut self, row: &Row) -> Result<(), Unreadable> {
        let Some(value) = row.value.as_deref() else {
            return Ok(());
        };
        let unreadable = |reason| Unreadable {
            kind: row.kind.name(),
            key: Arc::clone(&row.key),
            reason,
        };
        self.put_back(row, value).map_err(unreadable)
    }

    fn put_back(&mut self, row: &Row, value: &[u8]) -> Result<(), serde_json::Error> {
        fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, serde_json::Error> {
            serde_json::from_slice(value)
        }
        match row.kind {
            RowKind::Platform => {
                let kept: KeptPlatform = read(value)?;
                self.draw = Draw::new(kept.draw);
                self.lots = kept.lots;
                self.faults = Faults::recall(kept.faults);
                self.keeping.platform = Some(value.to_owned());
                return Ok(());
            }
            RowKind::Settings => {
                let settings: KeptSettings = read(value)?;
                self.register(settings.settings()?);
                if let Some(app) = self.apps.get_mut(&row.app) {
                    app.settings.take_change();
                }
                return Ok(());
            }
            RowKind::Push => {
                let mut parts = row.key.split(' ').map(|part| part.parse().unwrap_or(0));
                let place = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
                self.outbox.recall(place, read(value)?);
                return Ok(());
            }
            _ => {}
        }
        // What belongs to no app any more is of no use.
        let Some(app) = self.apps.get_mut(&row.app) else {
            return Ok(());
        };
        let appid = Arc::clone(&row.app);
        let key = || Arc::clone(&row.key);
        match row.kind {
            RowKind::Platform | RowKind::Settings | RowKind::Push | RowKind::Clock => {}
            RowKind::Tokens => {
                let tokens: AccessTokens = read(value)?;
                for (kind, line) in tokens.lines() {
                    self.tokens.recall(line, &appid, kind);
                }
                app.tokens = Tracked::kept(tokens);
            }
            RowKind::Authorizations => {
                let given: Authorizations = read(value)?;
                for line in given.lines() {
                    self.tokens.recall(line, &appid, TokenKind::Authorizer);
                }
                app.authorizations = Tracked::kept(given);
            }
            RowKind::Templates => app.templates = Tracked::kept(read(value)?),
            RowKind::Menu => app.menu = Tracked::kept(read(value)?),
            RowKind::Quotas => app.quotas = Tracked::kept(read(value)?),
            RowKind::Fetch => app.fetch = Tracked::kept(read(value)?),
            RowKind::User => app.users.recall(key(), read(value)?),
            RowKind::LoginCode => app.login_codes.kept_mut().recall(key(), read(value)?),
            RowKind::FormId => app.form_ids.kept_mut().recall(key(), read(value)?),
            RowKind::Medium => app.media.kept_mut().recall(key(), read(value)?),
            RowKind::Messages => app.sent.recall(read::<KeptPiece>(value)?.piece()),
        }
        Ok(())
    }

    /// Everything that was kept is back: what follows from it is put right. Fetches that were under way are due again.
    pub fn settle(&mut self, now: Moment) {
        for app in self.apps.values_mut() {
            self.lives += 1;
            app.settle(self.lives, now);
        }
    }
}

impl App {
    fn take_changes(&mut self, appid: &Arc<str>, changes: &mut Changes) {
        use RowKind::{
            Authorizations, Fetch, FormId, LoginCode, Medium, Quotas, Settings, Templates, Tokens,
            User,
        };
        changes.of_app((Settings, appid), &mut self.settings, |one| {
            Value::Settings(Box::new(KeptSettings::of(one)))
        });
        changes.of_app((Tokens, appid), &mut self.tokens, |one| {
            Value::Tokens(Box::new(one.clone()))
        });
        changes.of_app((Authorizations, appid), &mut self.authorizations, |one| {
            Value::Authorizations(Box::new(one.clone()))
        });
        changes.of_app((Templates, appid), &mut self.templates, |one| {
            Value::Templates(one.clone())
        });
        changes.of_app((RowKind::Menu, appid), &mut self.menu, |one| {
            Value::Menu(one.clone())
        });
        changes.of_app((Quotas, appid), &mut self.quotas, |one| {
            Value::Quotas(one.clone())
        });
        changes.of_app((Fetch, appid), &mut self.fetch, |one| {
            Value::Fetch(Box::new(one.clone()))
        });
        changes.keyed((User, appid), self.users.take_changes(), |one| {
            Value::User(Box::new(one))
        });
        let codes = self.login_codes.kept_mut().take_changes();
        changes.keyed((LoginCode, appid), codes, Value::LoginCode);
        let ids = self.form_ids.kept_mut().take_changes();
        changes.keyed((FormId, appid), ids, Value::FormId);
        let media = self.media.kept_mut().take_changes();
        changes.keyed((Medium, appid), media, Value::Medium);
        let pieces = self.sent.take_changes().into_iter();
        // Pieces are read in the order of their names.
        let pieces = pieces.map(|(first, piece)| (Arc::from(format!("{first:020}")), piece));
        let value = |piece| Value::Messages(KeptPiece::of(piece));
        changes.keyed((RowKind::Messages, appid), pieces.collect(), value);
    }

    fn settle(&mut self, life: u64, now: Moment) {
        self.login_codes.settle();
        self.form_ids.settle();
        self.media.settle();
        (self.devices, self.agreements, self.cached) = (0, 0, 0);
        for (openid, user) in self.users.iter() {
            self.devices += user.devices.len();
            self.agreements += user.subscriptions.len();
            for (name, phone) in &user.devices {
                self.cached += phone.bytes();
                if let Some(due) = phone.due.filter(|_| !phone.held) {
                    let key = (Arc::clone(openid), Arc::from(name.as_str()));
                    self.fetching.schedule.add(due, key);
                }
            }
        }
        self.begin_anew(life, now);
    }
}

#[cfg(test)]
mod tests;
