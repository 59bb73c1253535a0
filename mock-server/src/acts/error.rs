//! Reasons that make an act impossible.

use wxcheck_protocol::account::Account;

use crate::{
    bounds::{AGREEMENTS, AGREEMENTS_IN_ALL, AGREEMENTS_OF_APP, NAME_LETTERS, TEXT_BYTES},
    cut::cut,
    state::{NoRoom, PhoneError, fetch_job::DeviceError},
};

/// An act that is impossible.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ActError {
    /// No such app, or no room for the user.
    #[error(transparent)]
    User(#[from] NoRoom),
    /// Users of that kind of account cannot do it.
    #[error("{act}: {why}; this app is of the kind {kind}")]
    Kind {
        /// The act.
        act: &'static str,
        /// The reason.
        why: &'static str,
        /// The app's kind.
        kind: Account,
    },
    /// Nothing is written.
    #[error("content: the text is empty, and nobody can send that; write something")]
    Empty,
    /// Longer than a text may be.
    #[error("{field}: give at most {TEXT_BYTES} bytes, not {bytes}")]
    Text {
        /// The field that holds the text.
        field: String,
        /// The length of the text, in bytes.
        bytes: usize,
    },
    /// A template's id that cannot be one.
    #[error("templates: an id has 1 to {NAME_LETTERS} letters, not {0}")]
    Template(usize),
    /// The bound on templates that users are asked about is reached.
    #[error(
        "templates: a user is asked about at most {AGREEMENTS}, all users of an app {AGREEMENTS_OF_APP} times, those of all apps {AGREEMENTS_IN_ALL} times"
    )]
    Agreements,
    /// Not an openid.
    #[error("openid `{}`: an openid has 1 to 64 letters, digits, `-` or `_`", cut(.0, NAME_LETTERS))]
    Openid(String),
    /// Not base64, or nothing, or too much.
    #[error("base64: {0}")]
    Upload(String),
    /// Nothing was chosen.
    #[error("templates: name at least one")]
    NoTemplates,
    /// A type that no button of a menu has.
    #[error("type `{}`: no button of a menu has that type; choose one of {known}", cut(.kind, NAME_LETTERS))]
    MenuType {
        /// The type.
        kind: String,
        /// The types that there are.
        known: String,
    },
    /// A tap on no button.
    #[error("key: give the button's key, or the url of one that is a link")]
    NoKey,
    /// The phone cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl From<PhoneError> for ActError {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::User(error) => Self::User(error),
            PhoneError::Device(error) => Self::Device(error),
        }
    }
}
