//! The room that is left, and the memory that the state takes.

use crate::bounds::{
    APPS, FETCHES_IN_ALL, FLEETS_IN_ALL, MEDIA_BYTES_IN_ALL, PHONES_IN_ALL, USERS, USERS_IN_ALL,
};

use super::{State, app::App, fetch_job::DeviceError};

/// A user for whom there is no room, or no app.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoRoom {
    /// No such app.
    #[error("appid `{0}`: no app of that appid is registered")]
    App(String),
    /// The app has as many as it may, or all apps have.
    #[error(
        "openid `{0}`: an app has at most {USERS} users and all apps {USERS_IN_ALL}; forget one, or the app"
    )]
    Users(String),
}

/// A phone for which there is no room.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PhoneError {
    /// Its user.
    #[error(transparent)]
    User(#[from] NoRoom),
    /// The phone.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// The amounts that the apps other than one have already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elsewhere {
    pub(crate) users: usize,
    pub(crate) media_bytes: usize,
    pub(crate) agreements: usize,
}

impl Elsewhere {
    /// True if an app may have one more user.
    pub(crate) fn leaves_a_user(self, app: &App) -> bool {
        app.users.len() < app.scale.users && app.users.len() + self.users < USERS_IN_ALL
    }

    /// The bytes that an app's uploads may take.
    pub(crate) fn left_for_media(self, app: &App) -> usize {
        let left = MEDIA_BYTES_IN_ALL.saturating_sub(self.media_bytes);
        left.min(app.scale.media_bytes)
    }
}

impl State {
    /// True if an app of that appid may be registered, or is already.
    pub fn has_room_for_app(&self, appid: &str) -> bool {
        self.apps.len() < APPS || self.apps.contains_key(appid)
    }

    /// The app, if the user is known there or may be registered.
    pub fn with_room_for(&mut self, appid: &str, openid: &str) -> Result<&mut App, NoRoom> {
        let elsewhere = self.elsewhere(appid);
        let app = self.apps.get_mut(appid);
        let app = app.ok_or_else(|| NoRoom::App(appid.to_owned()))?;
        if app.users.contains_key(openid) || elsewhere.leaves_a_user(app) {
            Ok(app)
        } else {
            Err(NoRoom::Users(openid.to_owned()))
        }
    }

    /// The same for a user's phone.
    pub fn with_room_for_phone(
        &mut self,
        appid: &str,
        openid: &str,
        device: &str,
    ) -> Result<&mut App, PhoneError> {
        let in_all: usize = self.apps.values().map(|app| app.devices).sum();
        let under_way = self.apps.values().map(|app| app.fetching.under_way);
        if under_way.sum::<usize>() >= FETCHES_IN_ALL {
            return Err(DeviceError::Busy.into());
        }
        let app = self.with_room_for(appid, openid)?;
        let user = app.users.get(openid);
        let is_known = user.is_some_and(|user| user.devices.contains_key(device));
        if is_known || in_all < PHONES_IN_ALL {
            Ok(app)
        } else {
            Err(DeviceError::TooManyInAll.into())
        }
    }

    /// True if a fleet of so many phones fits beside those of other apps.
    pub fn has_room_for_fleet(&self, appid: &str, phones: u32) -> bool {
        let others = self.apps.iter().filter(|(other, _)| &***other != appid);
        let fleets = others.filter_map(|(_, app)| app.fleet.as_ref());
        let in_all: usize = fleets.map(|fleet| fleet.phones() as usize).sum();
        in_all + phones as usize <= FLEETS_IN_ALL
    }

    pub(crate) fn elsewhere(&self, appid: &str) -> Elsewhere {
        let others = self.apps.iter().filter(|(other, _)| &***other != appid);
        others.fold(Elsewhere::default(), |sum, (_, app)| Elsewhere {
            users: sum.users + app.users.len(),
            media_bytes: sum.media_bytes + app.media.bytes(),
            agreements: sum.agreements + app.agreements,
        })
    }

    /// The bytes that the state takes, about.
    pub fn bytes(&self) -> usize {
        let apps: usize = self.apps.values().map(App::bytes).sum();
        apps + self.outbox.bytes() + self.requests.bytes()
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::account::Account;

    use super::*;
    use crate::{
        acts::{ActError, act},
        bounds::{AGREEMENTS_IN_ALL, AGREEMENTS_OF_APP, FETCHES_IN_ALL, FLEET},
        state::{
            app::AppSettings,
            fleet::{Arrival, Fleet},
        },
    };

    fn with_apps(count: usize) -> State {
        let mut state = State::new(1, true);
        for number in 0..count {
            state.register(AppSettings {
                appid: format!("wx{number}"),
                secret: None,
                kind: Account::Mini,
                ip_whitelist: Vec::new(),
                callback: None,
                open: true,
                domains: wxcheck_protocol::domain::Domains::default(),
            });
        }
        state
    }

    #[test]
    fn users_are_bounded_for_each_app_and_in_all() {
        let mut state = with_apps(3);
        for appid in ["wx0", "wx1"] {
            let app = state.apps.get_mut(appid).unwrap();
            for number in 0..USERS {
                app.enrol(&format!("o{number}"));
            }
        }
        assert!(state.with_room_for("wx0", "o1").is_ok(), "who is known");
        for appid in ["wx0", "wx2"] {
            let refused = state.with_room_for(appid, "oNew").map(|_| ());
            assert_eq!(refused, Err(NoRoom::Users("oNew".into())), "{appid}");
        }
        state.forget("wx1");
        assert!(state.with_room_for("wx2", "oNew").is_ok());
        assert!(
            state.with_room_for("wx0", "oNew").is_err(),
            "of its own it has enough"
        );
    }

    #[test]
    fn phones_fetches_fleets_and_agreements_are_bounded_in_all() {
        let mut state = with_apps(2);
        let other = |state: &mut State, change: &dyn Fn(&mut App)| {
            change(state.apps.get_mut("wx1").unwrap());
        };
        assert!(state.with_room_for_phone("wx0", "o1", "phone").is_ok());
        other(&mut state, &|app| app.devices = PHONES_IN_ALL);
        let refused = state.with_room_for_phone("wx0", "o1", "phone").map(|_| ());
        assert_eq!(refused, Err(DeviceError::TooManyInAll.into()));
        other(&mut state, &|app| {
            app.devices = 0;
            app.fetching.under_way = FETCHES_IN_ALL;
        });
        let refused = state.with_room_for_phone("wx0", "o1", "phone").map(|_| ());
        assert_eq!(refused, Err(DeviceError::Busy.into()));

        let subscribe = r#"{"act":"subscribe","templates":{"T":"accept"}}"#;
        let ask = |state: &mut State| {
            let asked = serde_json::from_str(subscribe).unwrap();
            act(state, "wx0", "o1", asked, 5).map(|_| ())
        };
        other(&mut state, &|app| app.agreements = AGREEMENTS_IN_ALL);
        assert_eq!(ask(&mut state), Err(ActError::Agreements));
        other(&mut state, &|app| app.agreements = AGREEMENTS_OF_APP);
        assert_eq!(ask(&mut state), Ok(()));
        assert_eq!(state.apps["wx0"].agreements, 1);

        let small = Fleet::new(10, "{n}", Arrival::Herd, 0).unwrap();
        other(&mut state, &|app| app.fleet = Some(small.clone()));
        assert!(state.has_room_for_fleet("wx0", FLEET));
        assert!(!state.has_room_for_fleet("wx0", 2 * FLEET));
    }

    #[test]
    fn what_is_taken_away_is_not_counted() {
        let mut state = with_apps(1);
        let subscribe = r#"{"act":"subscribe","templates":{"T":"accept","U":"reject"}}"#;
        let asked = serde_json::from_str(subscribe).unwrap();
        act(&mut state, "wx0", "o1", asked, 5).unwrap();
        let app = state.apps.get_mut("wx0").unwrap();
        app.hand_over("o1", "phone").unwrap();
        assert_eq!((app.agreements, app.devices), (2, 1));
        let user = app.users.remove("o1").unwrap();
        app.part_with(&user);
        assert_eq!((app.agreements, app.devices, app.cached), (0, 0, 0));
    }
}
