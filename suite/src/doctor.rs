//! What is misconfigured, before a run is spent on it: what the settings say by themselves, and what the server answers
//! to a few requests.

mod settings;
mod wire;

pub use settings::look_at_settings;
pub use wire::look_at_server;

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// What it is about: the option, or what was tried.
    pub about: &'static str,
    /// How it is.
    pub health: Health,
    /// What was seen. Holds no secret.
    pub seen: String,
    /// What to do about it.
    pub mend: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Health {
    /// As it should be.
    Fine,
    /// It works, and may not do so at WeChat.
    Doubtful,
    /// It cannot work.
    Wrong,
}

impl Diagnosis {
    fn fine(about: &'static str, seen: impl Into<String>) -> Self {
        Self {
            about,
            health: Health::Fine,
            seen: seen.into(),
            mend: None,
        }
    }

    fn doubtful(about: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            health: Health::Doubtful,
            mend: Some(mend.into()),
            ..Self::fine(about, seen)
        }
    }

    fn wrong(about: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            health: Health::Wrong,
            ..Self::doubtful(about, seen, mend)
        }
    }
}
