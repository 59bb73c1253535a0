//! Fetches that phones make: at a cold start, and by themselves when it is time.

use std::sync::Arc;

use wxcheck_protocol::{
    fetch::{Dialect, Fetch, FetchKind, Launch, TimestampUnit},
    limits::FETCH_LIMIT,
};

use crate::bounds::{
    FETCHES, FETCHES_IN_ALL, PHONE_DATA_BYTES, PHONE_DATA_BYTES_IN_ALL, PHONES_IN_ALL, REASON_BYTES,
};
use crate::{cut::cut, draw::Draw, text::Text};

use super::{
    Moment, State,
    app::App,
    device::NetworkCondition,
    fetch_setting::FetchSource,
    schedule::{self, Schedule},
};

/// Phones that are registered one by one, for each app. Many at once are a fleet.
pub use crate::bounds::PHONES as DEVICES;

/// A phone of an app: its user and its name.
pub type DeviceKey = (Arc<str>, Arc<str>);

/// One fetch, ready to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FetchJob {
    /// The app.
    pub appid: Arc<str>,
    /// The phone's user and its name.
    pub device: DeviceKey,
    /// The source of the data.
    pub source: FetchSource,
    /// The fetch itself; its time is the moment at which it was due.
    pub fetch: Fetch,
    /// The dialect of the parameters' names.
    pub dialect: Dialect,
    /// The unit of the timestamp.
    pub unit: TimestampUnit,
    /// The life of the app in which it was begun.
    life: u64,
}

/// The fetches that an app's phones are about to make.
#[derive(Clone, Debug, Default)]
pub struct Fetching {
    /// The times at which phones fetch by themselves.
    pub schedule: Schedule<DeviceKey>,
    /// Fetches that were begun and wait to be made.
    pub begun: Vec<FetchJob>,
    /// The number of fetches that were begun and are not over.
    pub under_way: usize,
    /// Changes when the app is begun anew: fetches that were begun before end without effect.
    pub(super) life: u64,
}

/// A phone cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// The app has as many as it may.
    #[error("the app has {DEVICES} devices already; for many phones use a fleet: POST …/fleet")]
    TooMany,
    /// All apps together have as many as they may.
    #[error(
        "all apps together have {PHONES_IN_ALL} devices already; DELETE some, or use a fleet: POST …/fleet"
    )]
    TooManyInAll,
    /// Too much is under way already.
    #[error(
        "{FETCHES} fetches of the app's phones, or {FETCHES_IN_ALL} of all apps', are under way; wait until some are over"
    )]
    Busy,
    /// Empty or too long.
    #[error("device `{0}`: give a name of 1 to 64 characters")]
    Name(String),
}

impl App {
    /// The user opens the mini program on a phone, cold: the fetches that this causes.
    pub fn open_on(
        &mut self,
        openid: &str,
        device: &str,
        launch: &Launch,
        now: Moment,
        draw: &mut Draw,
    ) -> Result<Vec<FetchJob>, DeviceError> {
        if self.fetching.under_way >= FETCHES {
            return Err(DeviceError::Busy);
        }
        let key = self.hand_over(openid, device)?;
        let finclip = self.fetch.dialect == Dialect::Finclip;
        let user = self.enrol(openid);
        user.visit(now);
        let phone = user.devices.entry(device.to_owned()).or_default();
        // FinClip fetches both kinds when the applet is opened, and none by itself.
        if finclip {
            phone.opened = Some(now);
        } else if phone.open(now)
            && let Some(due) = phone.due
        {
            self.fetching.schedule.add(due, key.clone());
        }
        let kinds: &[FetchKind] = if finclip {
            &[FetchKind::Pre, FetchKind::Periodic]
        } else {
            &[FetchKind::Pre]
        };
        let open = kinds.iter().filter(|kind| self.fetch.of(**kind).open);
        let open: Vec<FetchKind> = open.copied().collect();
        if let Some(phone) = self.phone(&key).filter(|phone| !phone.network.is_there()) {
            for kind in open {
                phone.fail(kind, "the phone has no network");
            }
            return Ok(Vec::new());
        }
        let jobs = open
            .into_iter()
            .filter_map(|kind| self.begin(&key, kind, launch, now, draw));
        Ok(jobs.collect())
    }

    /// Reasons why opening fetches less than it could. FinClip fetches both kinds then, so it wants two URLs.
    pub fn warn_of_opening(&mut self, openid: &str, device: &str) -> Vec<String> {
        let key = (Arc::from(openid), Arc::from(device));
        if self
            .phone(&key)
            .is_some_and(|phone| !phone.network.is_there())
        {
            return vec!["the phone has no network: nothing is fetched".to_owned()];
        }
        if self.fetch.dialect != Dialect::Finclip {
            return Vec::new();
        }
        let kinds = FetchKind::ALL.into_iter().rev();
        let unset = kinds.filter(|kind| self.fetch.of(*kind).source == FetchSource::default());
        unset
            .map(|kind| {
                format!(
                    "{kind}: no URL is configured, nothing is fetched; PUT …/fetch-setting sets one"
                )
            })
            .collect()
    }

    /// A phone of that user, registered from now on.
    pub fn hand_over(&mut self, openid: &str, device: &str) -> Result<DeviceKey, DeviceError> {
        if device.is_empty() || device.chars().count() > 64 {
            return Err(DeviceError::Name(device.to_owned()));
        }
        let known = self
            .users
            .get(openid)
            .is_some_and(|user| user.devices.contains_key(device));
        if !known {
            if self.devices >= DEVICES {
                return Err(DeviceError::TooMany);
            }
            self.devices += 1;
            let devices = &mut self.enrol(openid).devices;
            devices.entry(device.to_owned()).or_default();
        }
        Ok((Arc::from(openid), Arc::from(device)))
    }

    /// Takes a phone away. `false` where there is none of that name.
    pub fn take_away(&mut self, openid: &str, device: &str) -> bool {
        let user = self.users.get_mut(openid);
        let Some(removed) = user.and_then(|user| user.devices.remove(device)) else {
            return false;
        };
        self.devices -= 1;
        self.cached -= removed.bytes();
        true
    }

    /// A phone has another network: an update that waited for it is due now.
    pub fn change_network(&mut self, key: &DeviceKey, network: NetworkCondition, now: Moment) {
        let Some(phone) = self.phone(key) else { return };
        phone.network = network;
        if network.allows_updates() && std::mem::take(&mut phone.held) {
            let due = phone.due.map_or(now, |due| due.max(now));
            phone.due = Some(due);
            self.fetching.schedule.add(due, key.clone());
        }
    }

    fn begin(
        &mut self,
        key: &DeviceKey,
        kind: FetchKind,
        launch: &Launch,
        at: Moment,
        draw: &mut Draw,
    ) -> Option<FetchJob> {
        let (openid, device) = key;
        let appid = self.settings.appid.clone();
        let user = self.users.get_mut(openid)?;
        let phone = user.devices.get_mut(&**device)?;
        phone.begin(kind);
        self.fetching.under_way += 1;
        let (token, trial) = (phone.token.clone(), phone.trial);
        let source = self.fetch.of(kind).source_for(lot(openid), trial);
        // A cloud function is told the user instead.
        let is_server = matches!(source, FetchSource::Server { .. });
        let code = if is_server && token.is_none() && kind == FetchKind::Pre {
            // A prefetch with a code may make a new session key, and does here, as a login does.
            user.renew_session_key(draw);
            Some(self.login_codes.issue(openid, at, draw))
        } else {
            None
        };
        Some(FetchJob {
            appid: Arc::from(appid.as_str()),
            device: key.clone(),
            source,
            fetch: Fetch {
                kind,
                appid,
                token,
                code,
                sent_at: at,
                launch: launch.clone(),
            },
            dialect: self.fetch.dialect,
            unit: self.fetch.unit(),
            life: self.fetching.life,
        })
    }

    /// Nothing is under way but what still waits to be made.
    pub(super) fn begin_anew(&mut self, life: u64, now: Moment) {
        let all = self.users.iter();
        let with_phones = all.filter(|(_, user)| !user.devices.is_empty());
        let with_phones: Vec<Arc<str>> =
            with_phones.map(|(openid, _)| Arc::clone(openid)).collect();
        for openid in with_phones {
            let user = self.users.get_mut(&openid);
            for (name, phone) in user.into_iter().flat_map(|user| &mut user.devices) {
                if phone.stop_running() && self.fetch.dialect == Dialect::Wechat {
                    phone.due = Some(now);
                    let key = (Arc::clone(&openid), Arc::from(name.as_str()));
                    self.fetching.schedule.add(now, key);
                }
            }
        }
        let mut begun = std::mem::take(&mut self.fetching.begun);
        for job in &mut begun {
            job.life = life;
            if let Some(phone) = self.phone(&job.device) {
                phone.begin(job.fetch.kind);
            }
        }
        self.fetching.life = life;
        self.fetching.under_way = begun.len();
        self.fetching.begun = begun;
    }

    /// The fetches that phones make by themselves at that time: each at the moment at which it was due.
    fn take_due(&mut self, now: Moment, draw: &mut Draw) -> Vec<FetchJob> {
        let mut jobs = std::mem::take(&mut self.fetching.begun);
        while let Some((at, key)) = self.fetching.schedule.take_due(now) {
            let open = self.fetch.period.open;
            let Some(phone) = self.phone(&key) else {
                continue;
            };
            // A phone that was taken away and came back, or that fetched since, stands there once too often.
            if phone.due != Some(at) {
                continue;
            }
            if !phone.network.allows_updates() {
                phone.held = true;
                continue;
            }
            phone.due = None;
            if !phone
                .opened
                .is_some_and(|used| schedule::is_kept_fresh(used, at))
            {
                continue;
            }
            if open {
                jobs.extend(self.begin(&key, FetchKind::Periodic, &Launch::default(), at, draw));
            } else {
                // Switched on later, it goes on at the next turn.
                phone.due = Some(schedule::after_success(at));
                self.fetching.schedule.add(schedule::after_success(at), key);
            }
        }
        jobs
    }

    /// `room` are the bytes that phones of all apps may still take.
    fn end(&mut self, job: &FetchJob, room: usize, result: Result<Text, String>) {
        if job.life != self.fetching.life {
            return;
        }
        self.fetching.under_way = self.fetching.under_way.saturating_sub(1);
        let (cached, room) = (
            self.cached,
            room.min(PHONE_DATA_BYTES.saturating_sub(self.cached)),
        );
        let at = job.fetch.sent_at;
        let kind = job.fetch.kind;
        let wechat = job.dialect == Dialect::Wechat;
        let Some(phone) = self.phone(&job.device) else {
            return;
        };
        let before = phone.bytes();
        let result = result.and_then(|read| match read.text.len() {
            length if length > FETCH_LIMIT => {
                Err(format!("{length} bytes, and {FETCH_LIMIT} can be cached"))
            }
            length if length > room => Err(format!(
                "no room: the phones of an app hold at most {PHONE_DATA_BYTES} bytes, of all apps {PHONE_DATA_BYTES_IN_ALL}"
            )),
            _ => Ok(read),
        });
        let result = result.map_err(|reason| cut(&reason, REASON_BYTES).to_owned());
        let due = match &result {
            Ok(_) => schedule::after_success(at),
            Err(_) => schedule::after_failure(at),
        };
        phone.end(kind, at, job.fetch.launch.clone(), result);
        let held = cached - before + phone.bytes();
        if kind == FetchKind::Periodic && wechat {
            phone.due = Some(due);
            self.fetching.schedule.add(due, job.device.clone());
        }
        self.cached = held;
    }

    fn phone(&mut self, (openid, device): &DeviceKey) -> Option<&mut super::device::Device> {
        self.users.get_mut(openid)?.devices.get_mut(&**device)
    }
}

impl State {
    /// The fetches to make now.
    pub fn take_due_fetches(&mut self, now: Moment) -> Vec<FetchJob> {
        let Self { apps, draw, .. } = self;
        let due = apps.values_mut().map(|app| app.take_due(now, draw));
        due.flatten().collect()
    }

    /// The time at which anything is to be fetched next.
    pub fn next_fetch(&self) -> Option<Moment> {
        let soonest = |app: &App| {
            if app.fetching.begun.is_empty() {
                app.fetching.schedule.next()
            } else {
                Some(0)
            }
        };
        self.apps.values().filter_map(soonest).min()
    }

    /// A fetch ended: with the text to cache, or the reason for none.
    pub fn end_fetch(&mut self, job: &FetchJob, result: Result<Text, String>) {
        let held: usize = self.apps.values().map(|app| app.cached).sum();
        let room = PHONE_DATA_BYTES_IN_ALL.saturating_sub(held);
        if let Some(app) = self.apps.get_mut(&job.appid) {
            app.end(job, room, result);
        }
    }
}

/// A user's place among a hundred: always the same.
pub fn lot(openid: &str) -> u8 {
    let mixed = openid
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    u8::try_from(Draw::new(mixed).next() % 100).unwrap_or(0)
}

#[cfg(test)]
mod tests;
