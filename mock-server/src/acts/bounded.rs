//! Bounds on acts: texts and templates stay within the bounds of the control API.

use std::collections::BTreeSet;

use wxcheck_protocol::account::Account;

use crate::{
    bounds::{AGREEMENTS, AGREEMENTS_IN_ALL, AGREEMENTS_OF_APP, NAME_LETTERS, TEXT_BYTES},
    cut::cut,
    state::{app::App, room::Elsewhere},
};

use super::{Act, ActError};

/// A text of the control API that is no longer than one may be.
pub(crate) fn check_text(field: &str, text: &str) -> Result<(), ActError> {
    if text.len() <= TEXT_BYTES {
        return Ok(());
    }
    Err(ActError::Text {
        field: cut(field, NAME_LETTERS).to_owned(),
        bytes: text.len(),
    })
}

impl Act {
    /// Checks that its texts are within bounds. An upload has a bound of its own.
    pub(super) fn check(&self) -> Result<(), ActError> {
        let check = |texts: &[(&str, &str)]| {
            let mut texts = texts.iter();
            texts.try_for_each(|(field, text)| check_text(field, text))
        };
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        match self {
            Self::SendText { content, .. } if content.is_empty() => Err(ActError::Empty),
            Self::SendText { content, menu_id } => {
                check(&[("content", content), ("menu_id", &given(menu_id))])
            }
            Self::SendImage { media_id, pic_url } => {
                check(&[("media_id", &given(media_id)), ("pic_url", &given(pic_url))])
            }
            Self::SendCard { title, page_path } => {
                check(&[("title", title), ("page_path", page_path)])
            }
            Self::EnterSession { session_from } => check(&[("session_from", session_from)]),
            Self::RevokeAuthorization { revoke_info } => check(&[("revoke_info", revoke_info)]),
            Self::Open { path, query, .. } => {
                check(&[("path", &given(path)), ("query", &given(query))])
            }
            Self::TapMenu { key, url, .. } => check(&[("key", &given(key)), ("url", &given(url))]),
            Self::Scan { scene } => check(&[("scene", scene)]),
            Self::Upload { content_type, .. } => check(&[("content_type", content_type)]),
            Self::Subscribe { .. }
            | Self::ChangeSubscription { .. }
            | Self::LogIn
            | Self::SubmitForm
            | Self::Follow
            | Self::Unfollow => Ok(()),
        }
    }

    /// Checks that users of that kind of account can do it. Where that is not certain, they can.
    pub(super) fn check_kind(&self, kind: Account) -> Result<(), ActError> {
        let (act, why) = match (self, kind) {
            (Self::Follow, Account::Mini | Account::Minigame) => {
                ("follow", "nobody follows a mini program")
            }
            (Self::Unfollow, Account::Mini | Account::Minigame) => {
                ("unfollow", "nobody follows a mini program")
            }
            (Self::TapMenu { .. }, Account::Mini | Account::Minigame) => {
                ("tap-menu", "a mini program has no menu")
            }
            (
                Self::SendText {
                    menu_id: Some(_), ..
                },
                Account::Mini | Account::Minigame,
            ) => ("send-text", "a mini program sends no menus to tap"),
            (Self::Scan { .. }, Account::Mini | Account::Minigame) => (
                "scan",
                "the codes of a mini program open it and are not pushed",
            ),
            (Self::EnterSession { .. }, Account::Official) => (
                "enter-session",
                "an official account has no customer-service button",
            ),
            (Self::Open { .. }, Account::Official) => (
                "open",
                "an official account is no program that a phone opens",
            ),
            _ => return Ok(()),
        };
        Err(ActError::Kind { act, why, kind })
    }

    /// The templates that the user is asked about.
    fn templates(&self) -> Vec<&str> {
        match self {
            Self::Subscribe { templates, .. } => templates.keys().map(String::as_str).collect(),
            Self::ChangeSubscription { templates } => {
                templates.iter().map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl App {
    /// Counts the templates that an act asks the user about; an error where these are too many.
    pub(super) fn agree(
        &mut self,
        openid: &str,
        act: &Act,
        elsewhere: Elsewhere,
    ) -> Result<(), ActError> {
        let templates = act.templates();
        if templates.len() > AGREEMENTS {
            return Err(ActError::Agreements);
        }
        let fits = |id: &&&str| !(1..=NAME_LETTERS).contains(&id.len());
        if let Some(id) = templates.iter().find(fits) {
            return Err(ActError::Template(id.len()));
        }
        let known = &self.enrol(openid).subscriptions;
        let fresh: BTreeSet<&str> = templates
            .into_iter()
            .filter(|id| !known.knows(id))
            .collect();
        if known.len() + fresh.len() > AGREEMENTS
            || self.agreements + fresh.len() > AGREEMENTS_OF_APP
            || elsewhere.agreements + self.agreements + fresh.len() > AGREEMENTS_IN_ALL
        {
            return Err(ActError::Agreements);
        }
        self.agreements += fresh.len();
        Ok(())
    }
}
