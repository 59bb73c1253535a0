//! The server of an app, to which its pushes go.

use wxcheck_protocol::account::Account;

use crate::target::Target;

/// An app's server, and its kind of account.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) target: Target,
    pub(crate) account: Account,
}

/// A missing requirement of a push to an app.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum PushError {
    /// No callback URL.
    #[error("appid `{0}`: the app has no callback; give it one with PUT /_wxcheck/apps/{0}")]
    NoCallback(String),
    /// The mode needs a key, or TLS could not be set up.
    #[error("{0}")]
    Unable(String),
}
