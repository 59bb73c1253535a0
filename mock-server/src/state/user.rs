//! A user of an app, as the platform knows them, and the devices they hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::draw::Draw;

use super::{
    HOUR, Moment, SECOND,
    device::Device,
    subscription::Subscriptions,
    window::{Opening, Windows},
};

/// The time after the last visit in which a user still counts as in the mini program (61010).
const PRESENT_FOR: Moment = 2 * HOUR;
/// The time after the last contact in which the typing state may be shown (45080).
const TYPING_AFTER_CONTACT: Moment = 30 * SECOND;
/// The time that the typing state lasts by itself.
const TYPING_LASTS: Moment = 15 * SECOND;

/// A text that can be an openid.
pub fn is_openid(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&text.len()) && text.chars().all(fits)
}

/// One user of one app.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct User {
    /// The user's id across the apps of one owner, if there is one.
    pub unionid: Option<String>,
    /// The answer of `getuserriskrank`: 0 to 4.
    pub risk_rank: u8,
    /// A user who is blocked or has refused gets nothing: 43101 for subscribe messages.
    pub subscriptions: Subscriptions,
    /// The time at which customer messages may be sent.
    pub windows: Windows,
    /// The devices on which the user opens the mini program, by name.
    pub devices: BTreeMap<String, Device>,
    /// Base64 of sixteen bytes; made by the first login.
    session_key: Option<String>,
    last_visit: Option<Moment>,
    last_contact: Option<Moment>,
    typing_until: Moment,
}

/// The reason that the typing state cannot be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Untypable {
    /// The user was not in contact within thirty seconds: 45080.
    NoContact,
    /// It is shown already: 45081.
    Already,
}

impl User {
    /// The user is in the mini program, or does something there.
    pub fn visit(&mut self, now: Moment) {
        self.last_visit = Some(now);
    }

    /// True if the user was in the mini program within two hours.
    pub fn is_present(&self, now: Moment) -> bool {
        self.last_visit
            .is_some_and(|visit| now < visit + PRESENT_FOR)
    }

    /// The user wrote, or entered the session.
    pub fn contact(&mut self, now: Moment) {
        self.visit(now);
        self.last_contact = Some(now);
        self.typing_until = 0;
    }

    /// The user wrote a message: there is contact, and a window for answers is open.
    pub fn write(&mut self, now: Moment) {
        self.contact(now);
        self.windows.open(Opening::Message, now);
    }

    /// Shows that somebody is typing.
    pub fn show_typing(&mut self, now: Moment) -> Result<(), Untypable> {
        let in_contact = self
            .last_contact
            .is_some_and(|contact| now < contact + TYPING_AFTER_CONTACT);
        if !in_contact {
            return Err(Untypable::NoContact);
        }
        if now < self.typing_until {
            return Err(Untypable::Already);
        }
        self.typing_until = now + TYPING_LASTS;
        Ok(())
    }

    /// Shows it no longer.
    pub const fn cancel_typing(&mut self) {
        self.typing_until = 0;
    }

    /// The session key that is valid now, if the user ever logged in.
    pub fn session_key(&self) -> Option<&str> {
        self.session_key.as_deref()
    }

    /// A new session key; the one before is worth nothing from now on.
    pub fn renew_session_key(&mut self, draw: &mut Draw) -> &str {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        self.session_key
            .insert(BASE64_STANDARD.encode(draw.bytes()))
    }

    /// The user logs in. WeChat may renew the session key then, and does here, so that it shows when a
    /// server kept a key too long.
    pub fn log_in(&mut self, now: Moment, draw: &mut Draw) {
        self.visit(now);
        self.renew_session_key(draw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_shown_to_who_was_in_contact() {
        let mut user = User::default();
        assert_eq!(user.show_typing(0), Err(Untypable::NoContact));
        user.contact(1000);
        assert_eq!(user.show_typing(2000), Ok(()));
        assert_eq!(user.show_typing(16_999), Err(Untypable::Already));
        assert_eq!(user.show_typing(17_000), Ok(()));
        user.cancel_typing();
        assert_eq!(user.show_typing(18_000), Ok(()));
        assert_eq!(user.show_typing(31_000), Err(Untypable::NoContact));
    }

    #[test]
    fn a_login_makes_a_new_session_key() {
        let (mut user, mut draw) = (User::default(), Draw::new(1));
        assert!(user.session_key().is_none() && !user.is_present(0));
        user.log_in(0, &mut draw);
        let first = user.session_key().unwrap().to_owned();
        assert_eq!(first.len(), 24);
        user.log_in(1, &mut draw);
        assert_ne!(user.session_key(), Some(first.as_str()));
        assert!(user.is_present(PRESENT_FOR) && !user.is_present(PRESENT_FOR + 1));
    }
}
