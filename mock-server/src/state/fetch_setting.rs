//! Where an app's data prefetch and periodic update get their data: what `fetchdatasetting` reads and sets.

use serde::Serialize;

/// Both kinds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FetchSettings {
    /// Data prefetch, at every cold start.
    pub pre: FetchSetting,
    /// Periodic update, every twelve hours.
    pub period: FetchSetting,
}

/// One kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FetchSetting {
    /// Whether it is switched on.
    pub open: bool,
    /// Where the data come from.
    pub source: FetchSource,
}

/// Where data come from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchSource {
    /// Type 0: a server of the developer's.
    Server {
        /// Its URL; empty until one is set.
        url: String,
    },
    /// Type 1: a cloud function.
    CloudFunction {
        /// The cloud environment.
        env: String,
        /// The function's name.
        function: String,
    },
}

impl Default for FetchSource {
    fn default() -> Self {
        Self::Server { url: String::new() }
    }
}
