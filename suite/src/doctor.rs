//! Misconfiguration, found before a run is spent on it: what the server answers to a few requests.

mod wire;

pub use wire::look_at_server;

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// The subject: a setting, or what was tried.
    pub about: &'static str,
    /// The state that it is in.
    pub health: Health,
    /// The observation. Holds no secret.
    pub seen: String,
    /// The advice on what to do about it.
    pub fix: Option<String>,
}

/// The state of something.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Health {
    /// As it should be.
    Fine,
    /// It works, but may fail with WeChat.
    Doubtful,
    /// It cannot work.
    Wrong,
}

impl Diagnosis {
    /// Something as it should be.
    pub fn fine(about: &'static str, seen: impl Into<String>) -> Self {
        Self {
            about,
            health: Health::Fine,
            seen: seen.into(),
            fix: None,
        }
    }

    /// Something that works, but may fail with WeChat.
    pub fn doubtful(about: &'static str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            health: Health::Doubtful,
            fix: Some(fix.into()),
            ..Self::fine(about, seen)
        }
    }

    /// Something that cannot work.
    pub fn wrong(about: &'static str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            health: Health::Wrong,
            ..Self::doubtful(about, seen, fix)
        }
    }
}
