//! What phones fetch: at a cold start, and by themselves when it is time.

use std::sync::Arc;

use wxcheck_protocol::{
    fetch::{Dialect, Fetch, FetchKind, Launch, TimestampUnit},
    limits::FETCH_LIMIT,
};

use crate::bounds::{
    FETCHES, FETCHES_IN_ALL, PHONE_DATA_BYTES, PHONE_DATA_BYTES_IN_ALL, PHONES_IN_ALL, REASON_BYTES,
};
use crate::cut::cut;

use super::{
    Moment, State,
    app::App,
    draw::Draw,
    fetch_setting::FetchSource,
    schedule::{self, Schedule},
};

/// Phones that are registered one by one, for each app. Many at once are a fleet.
pub use crate::bounds::PHONES as DEVICES;

/// A phone of an app: whose, and which.
pub type DeviceKey = (Arc<str>, Arc<str>);

/// One fetch, ready to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FetchJob {
    /// The app.
    pub appid: Arc<str>,
    /// Whose phone, and which.
    pub device: DeviceKey,
    /// Where the data are.
    pub source: FetchSource,
    /// What is asked; its time is that at which it was due.
    pub fetch: Fetch,
    /// Whose names the parameters have.
    pub dialect: Dialect,
    /// What the timestamp counts.
    pub unit: TimestampUnit,
    /// In which of the app's lives it was begun.
    life: u64,
}

/// What the phones of an app are about to do.
#[derive(Clone, Debug, Default)]
pub struct Fetching {
    /// Which phone fetches by itself when.
    pub schedule: Schedule<DeviceKey>,
    /// What was begun and waits to be made.
    pub begun: Vec<FetchJob>,
    /// How many were begun and are not over.
    pub under_way: usize,
    /// Changes when the app is begun anew: what was begun before ends for nobody.
    pub(super) life: u64,
}

/// A phone cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// The app has enough of them.
    #[error("the app has {DEVICES} devices already; for many phones use a fleet: POST …/fleet")]
    TooMany,
    /// All apps together have enough of them.
    #[error(
        "all apps together have {PHONES_IN_ALL} devices already; DELETE some, or use a fleet: POST …/fleet"
    )]
    TooManyInAll,
    /// Enough is under way.
    #[error(
        "{FETCHES} fetches of the app's phones, or {FETCHES_IN_ALL} of all apps', are under way; wait until some are over"
    )]
    Busy,
    /// Empty or too long.
    #[error("device `{0}`: give a name of 1 to 64 characters")]
    Name(String),
}

impl App {
    /// The user opens the mini program on a phone, cold: what it fetches because of that.
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
        let jobs = open
            .into_iter()
            .filter_map(|kind| self.begin(&key, kind, launch, now, draw));
        Ok(jobs.collect())
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
        let user = self.users.get_mut(&**openid)?;
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
        let phones = self.users.iter_mut().flat_map(|(openid, user)| {
            let phones = user.devices.iter_mut();
            phones.map(move |(name, phone)| (openid, name, phone))
        });
        for (openid, name, phone) in phones {
            if phone.stop_running() && self.fetch.dialect == Dialect::Wechat {
                phone.due = Some(now);
                let key = (Arc::clone(openid), Arc::from(name.as_str()));
                self.fetching.schedule.add(now, key);
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

    /// What phones fetch by themselves at that time: each at the moment at which it was due.
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
    fn end(&mut self, job: &FetchJob, room: usize, result: Result<String, String>) {
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
        let result = result.and_then(|text| match text.len() {
            length if length > FETCH_LIMIT => {
                Err(format!("{length} bytes, and {FETCH_LIMIT} can be cached"))
            }
            length if length > room => Err(format!(
                "no room: the phones of an app hold at most {PHONE_DATA_BYTES} bytes, of all apps {PHONE_DATA_BYTES_IN_ALL}"
            )),
            _ => Ok(text),
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
        self.users.get_mut(&**openid)?.devices.get_mut(&**device)
    }
}

impl State {
    /// What is to be fetched now.
    pub fn take_due_fetches(&mut self, now: Moment) -> Vec<FetchJob> {
        let Self { apps, draw, .. } = self;
        let due = apps.values_mut().map(|app| app.take_due(now, draw));
        due.flatten().collect()
    }

    /// When anything is to be fetched next.
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

    /// A fetch ended: with what is cached, or why nothing is.
    pub fn end_fetch(&mut self, job: &FetchJob, result: Result<String, String>) {
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
mod tests {
    use super::*;
    use crate::state::{DAY, HOUR, app::AppSettings};

    const USER: &str = "oWXCK0000000000000000000000a";

    fn state() -> State {
        let mut state = State::new(1, true);
        state.register(AppSettings {
            appid: "wx0".into(),
            secret: None,
            kind: wxcheck_protocol::account::Account::Mini,
            ip_whitelist: Vec::new(),
            callback: None,
            open: true,
        });
        let fetch = &mut app(&mut state).fetch;
        for setting in [&mut fetch.pre, &mut fetch.period] {
            setting.open = true;
            setting.source = FetchSource::Server {
                url: "http://127.0.0.1:1/".into(),
            };
        }
        state
    }

    fn app(state: &mut State) -> &mut App {
        state.apps.get_mut("wx0").unwrap()
    }

    fn open(state: &mut State, now: Moment) -> Vec<FetchJob> {
        let State { apps, draw, .. } = state;
        let app = apps.get_mut("wx0").unwrap();
        app.open_on(USER, "phone", &Launch::default(), now, draw)
            .unwrap()
    }

    fn phone(state: &mut State) -> &mut crate::state::device::Device {
        let user = app(state).users.get_mut(USER).unwrap();
        user.devices.get_mut("phone").unwrap()
    }

    fn succeed(state: &mut State, jobs: &[FetchJob]) {
        for job in jobs {
            state.end_fetch(job, Ok("data".into()));
        }
    }

    #[test]
    fn a_cold_start_prefetches_with_a_code_until_a_token_is_set() {
        let mut state = state();
        let jobs = open(&mut state, 0);
        assert_eq!(jobs.len(), 1);
        assert!(jobs[0].fetch.code.is_some() && jobs[0].fetch.token.is_none());
        let phone = app(&mut state)
            .users
            .get_mut(USER)
            .unwrap()
            .devices
            .get_mut("phone");
        phone.unwrap().token = Some("t".into());
        let jobs = open(&mut state, 1);
        assert!(jobs[0].fetch.code.is_none() && jobs[0].fetch.token.as_deref() == Some("t"));
    }

    #[test]
    fn a_cloud_function_gets_no_code() {
        let mut state = state();
        app(&mut state).fetch.pre.source = FetchSource::CloudFunction {
            env: "e".into(),
            function: "f".into(),
        };
        let jobs = open(&mut state, 0);
        assert_eq!(jobs.len(), 1);
        assert!(jobs[0].fetch.code.is_none() && jobs[0].fetch.token.is_none());
    }

    #[test]
    fn twelve_hours_count_from_the_last_success() {
        let mut state = state();
        open(&mut state, 0);
        assert_eq!(state.take_due_fetches(12 * HOUR - 1), []);
        let jobs = state.take_due_fetches(12 * HOUR);
        assert_eq!((jobs.len(), jobs[0].fetch.kind), (1, FetchKind::Periodic));
        state.end_fetch(&jobs[0], Err("status 500".into()));
        // A failure does not move the clock: it is tried again before twelve hours are over.
        let jobs = state.take_due_fetches(13 * HOUR);
        assert_eq!(jobs.len(), 1);
        succeed(&mut state, &jobs);
        assert_eq!(state.next_fetch(), Some(25 * HOUR));
    }

    #[test]
    fn a_day_at_once_is_two_updates_one_after_the_other() {
        let mut state = state();
        open(&mut state, 0);
        let mut moments = Vec::new();
        loop {
            let jobs = state.take_due_fetches(DAY);
            if jobs.is_empty() {
                break;
            }
            moments.extend(jobs.iter().map(|job| job.fetch.sent_at));
            succeed(&mut state, &jobs);
        }
        assert_eq!(moments, [12 * HOUR, DAY]);
    }

    #[test]
    fn seven_days_without_use_end_it_and_opening_begins_it_again() {
        let mut state = state();
        open(&mut state, 0);
        let mut updates = 0;
        for half_day in 1..=20 {
            let jobs = state.take_due_fetches(half_day * 12 * HOUR);
            updates += jobs.len();
            succeed(&mut state, &jobs);
        }
        assert_eq!(updates, 14, "two a day for seven days");
        assert_eq!(state.next_fetch(), None);
        open(&mut state, 10 * DAY);
        let jobs = state.take_due_fetches(10 * DAY);
        assert_eq!(jobs.len(), 1, "overdue");
    }

    #[test]
    fn settings_are_obeyed() {
        let mut state = state();
        app(&mut state).fetch.period.open = false;
        app(&mut state).fetch.pre.open = false;
        assert_eq!(open(&mut state, 0), []);
        assert_eq!(state.take_due_fetches(12 * HOUR), []);
        app(&mut state).fetch.period.open = true;
        assert_eq!(state.take_due_fetches(DAY).len(), 1);
    }

    #[test]
    fn finclip_fetches_both_when_opened_and_nothing_by_itself() {
        let mut state = state();
        app(&mut state).fetch.dialect = Dialect::Finclip;
        let jobs = open(&mut state, 0);
        assert_eq!(jobs.len(), 2);
        succeed(&mut state, &jobs);
        assert_eq!(state.next_fetch(), None);
    }

    #[test]
    fn what_was_under_way_in_a_snapshot_is_not_after_it() {
        let mut state = state();
        let opening = open(&mut state, 0);
        state.end_fetch(&opening[0], Err("status 500".into()));
        let updates = state.take_due_fetches(12 * HOUR);
        let prefetches = open(&mut state, 12 * HOUR);
        assert_eq!((updates.len(), prefetches.len()), (1, 1));
        let snapshot = state.clone();
        succeed(&mut state, &updates);
        state.restore(snapshot, DAY);
        assert_eq!(app(&mut state).fetching.under_way, 0);
        for kind in [FetchKind::Pre, FetchKind::Periodic] {
            assert!(!phone(&mut state).cache(kind).running, "{kind}");
        }
        // One of before ends late: for nobody.
        let again = state.take_due_fetches(DAY);
        assert_eq!((again.len(), again[0].fetch.kind), (1, FetchKind::Periodic));
        succeed(&mut state, &prefetches);
        assert_eq!(app(&mut state).fetching.under_way, 1);
        assert!(phone(&mut state).cache(FetchKind::Pre).data.is_none());
        succeed(&mut state, &again);
        assert_eq!(app(&mut state).fetching.under_way, 0);
    }

    #[test]
    fn what_was_begun_before_a_snapshot_is_made_after_it() {
        let mut state = state();
        let jobs = open(&mut state, 0);
        app(&mut state).fetching.begun.extend(jobs);
        let snapshot = state.clone();
        state.restore(snapshot, 0);
        assert!(phone(&mut state).cache(FetchKind::Pre).running);
        let jobs = state.take_due_fetches(0);
        assert_eq!((jobs.len(), app(&mut state).fetching.under_way), (1, 1));
        succeed(&mut state, &jobs);
        assert_eq!(app(&mut state).fetching.under_way, 0);
        assert!(phone(&mut state).cache(FetchKind::Pre).data.is_some());
    }

    #[test]
    fn a_fetch_ends_for_nobody_after_a_reset_or_when_its_app_was_registered_again() {
        let mut state = state();
        for again in [
            |state: &mut State| state.reset(1),
            |state: &mut State| {
                let settings = app(state).settings.clone();
                state.forget("wx0");
                state.register(settings);
            },
        ] {
            let late = open(&mut state, 0);
            again(&mut state);
            app(&mut state).fetch.pre.open = true;
            let jobs = open(&mut state, 0);
            succeed(&mut state, &late);
            assert_eq!(app(&mut state).fetching.under_way, 1);
            succeed(&mut state, &jobs);
        }
    }

    #[test]
    fn lots_are_spread_and_stay() {
        let mut seen = [0_u32; 4];
        for user in 0..1000 {
            let openid = format!("oUser{user:023}");
            assert_eq!(lot(&openid), lot(&openid));
            seen[usize::from(lot(&openid) / 25)] += 1;
        }
        assert!(
            seen.iter().all(|quarter| (150..350).contains(quarter)),
            "{seen:?}"
        );
    }
}
