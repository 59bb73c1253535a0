//! A prefetch or a periodic update, as data.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::fetch::{FetchKind, Launch};

/// One GET for data. In the texts of its launch `{one}` and `{two}` stand for marks that no other request has.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent property of the request, and a replay file names each"
)]
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetch {
    /// The kind: a prefetch or a periodic update.
    pub kind: FetchKind,
    /// The means by which the user is known.
    #[serde(default)]
    pub grant: Grant,
    /// The way in which the mini program was opened; a periodic update of WeChat's has none of it.
    #[serde(default)]
    pub launch: Launch,
    /// The timestamp in the unit that is not the configured one.
    #[serde(default)]
    pub other_unit: bool,
    /// A parameter that no document names.
    #[serde(default)]
    pub unknown_parameter: bool,
    /// Spaces are written as `+`, as an HTML form would.
    #[serde(default)]
    pub spaces_as_plus: bool,
    /// Parameters in reverse order.
    #[serde(default)]
    pub reversed: bool,
    /// A compressed answer is asked for.
    #[serde(default)]
    pub accepts_gzip: bool,
    /// Our side waits longer, to tell a late answer from none.
    #[serde(default)]
    pub linger: bool,
}

impl Fetch {
    /// As a client makes it, when the mini program was opened from the list of recent ones.
    pub fn usual(kind: FetchKind) -> Self {
        let launch = Launch {
            path: Some("pages/index/index".into()),
            query: Some("from=wxcheck".into()),
            scene: Some(1089),
            custom_miniprogram_version: Some("1.0.0".into()),
        };
        Self {
            kind,
            grant: Grant::Owner(0),
            launch,
            other_unit: false,
            unknown_parameter: false,
            spaces_as_plus: false,
            reversed: false,
            accepts_gzip: false,
            linger: false,
        }
    }

    /// The same, for somebody else.
    #[must_use]
    pub fn granted(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// The same, opened in another way.
    #[must_use]
    pub fn launched(mut self, launch: Launch) -> Self {
        self.launch = launch;
        self
    }
}

/// The means by which the server is to know the user.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// The way that is configured for the user of that number: their token, or a code where there is none.
    Owner(u8),
    /// A token that nobody was given, of the same make as the first user's.
    WrongToken,
    /// The first user's token with its end changed.
    AlteredToken,
    /// The first half of the first user's token.
    TruncatedToken,
    /// `token=`.
    EmptyToken,
    /// A code of a login that just happened.
    Code,
    /// A code that WeChat does not know.
    UnknownCode,
    /// Neither token nor code.
    Neither,
    /// The first user's token, and a code.
    Both,
}

impl Default for Grant {
    fn default() -> Self {
        Self::Owner(0)
    }
}
