//! What still fits in, and what the state takes.

use crate::bounds::{APPS, FLEETS_IN_ALL, PHONES_IN_ALL, USERS, USERS_IN_ALL};

use super::{State, app::App, fetch_job::DeviceError};

/// A user for whom there is no room, or no app.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoRoom {
    /// No such app.
    #[error("appid `{0}`: no app of that appid is registered")]
    App(String),
    /// The app has enough of them, or all apps have.
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

/// What other apps than one have already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elsewhere {
    pub(crate) users: usize,
    pub(crate) media_bytes: usize,
}

impl Elsewhere {
    /// Whether an app may have one more user.
    pub(crate) fn leaves_a_user(self, app: &App) -> bool {
        app.users.len() < USERS && app.users.len() + self.users < USERS_IN_ALL
    }
}

impl State {
    /// Whether an app of that appid may be registered, or is already.
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
        let app = self.with_room_for(appid, openid)?;
        let user = app.users.get(openid);
        let is_known = user.is_some_and(|user| user.devices.contains_key(device));
        if is_known || in_all < PHONES_IN_ALL {
            Ok(app)
        } else {
            Err(DeviceError::TooManyInAll.into())
        }
    }

    /// Whether a fleet of so many phones fits beside those of other apps.
    pub fn has_room_for_fleet(&self, appid: &str, phones: u32) -> bool {
        let others = self.apps.iter().filter(|(other, _)| &***other != appid);
        let fleets = others.filter_map(|(_, app)| app.fleet.as_ref());
        let in_all: u64 = fleets.map(|fleet| u64::from(fleet.phones())).sum();
        in_all + u64::from(phones) <= FLEETS_IN_ALL
    }

    pub(crate) fn elsewhere(&self, appid: &str) -> Elsewhere {
        let others = self.apps.iter().filter(|(other, _)| &***other != appid);
        others.fold(Elsewhere::default(), |sum, (_, app)| Elsewhere {
            users: sum.users + app.users.len(),
            media_bytes: sum.media_bytes + app.media.bytes(),
        })
    }

    /// The bytes that the state takes, about.
    pub fn bytes(&self) -> usize {
        let apps: usize = self.apps.values().map(App::bytes).sum();
        apps + self.outbox.bytes() + self.requests.bytes()
    }
}
