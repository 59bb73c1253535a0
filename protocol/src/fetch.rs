//! The GETs of data prefetch and periodic update: what their query says.
//!
//! Neither is signed. The pages name the parameters and say that the query is url-encoded; their order, and
//! whether an optional one without a value is sent, no page says: here they stand in the order of the
//! pages' tables, and what has no value is left out.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kind of fetch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchKind {
    /// Periodic update: every twelve hours, from the phone.
    Periodic,
    /// Data prefetch: at every cold start.
    #[serde(alias = "prefetch")]
    Pre,
}

impl FetchKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Periodic, Self::Pre];

    /// The value of `fetchType` in `wx.getBackgroundFetchData`.
    pub const fn fetch_type(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Pre => "pre",
        }
    }

    /// The name that people use for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Pre => "prefetch",
        }
    }
}

impl fmt::Display for FetchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No kind of fetch has that name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no fetch is called `{0}`; choose periodic or prefetch")]
pub struct UnknownFetchKind(String);

impl FromStr for FetchKind {
    type Err = UnknownFetchKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "periodic" => Ok(Self::Periodic),
            "pre" | "prefetch" => Ok(Self::Pre),
            other => Err(UnknownFetchKind(other.to_owned())),
        }
    }
}

/// The dialect of the parameters' names.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// WeChat: `appid`, `timestamp`. Documented: pages on periodic update and data prefetch.
    #[default]
    Wechat,
    /// FinClip: `appId`, `timeStamp` in milliseconds. Documented: FinClip's page on background fetch.
    Finclip,
}

/// The unit of `timestamp`. WeChat's pages do not say which it is; FinClip's says milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Ten digits.
    Seconds,
    /// Thirteen digits.
    Milliseconds,
}

impl TimestampUnit {
    /// The usual one of a dialect.
    pub const fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Wechat => Self::Seconds,
            Dialect::Finclip => Self::Milliseconds,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Seconds => Self::Milliseconds,
            Self::Milliseconds => Self::Seconds,
        }
    }
}

/// No unit has that name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no unit of the timestamp is called `{0}`; choose seconds or milliseconds")]
pub struct UnknownUnit(String);

impl FromStr for TimestampUnit {
    type Err = UnknownUnit;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "seconds" | "s" => Ok(Self::Seconds),
            "milliseconds" | "ms" => Ok(Self::Milliseconds),
            other => Err(UnknownUnit(other.to_owned())),
        }
    }
}

/// The way the mini program was opened. Documented as optional, all of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Launch {
    /// The page, like `pages/index/index`.
    pub path: Option<String>,
    /// The page's query, like `a=1&b=2`; it travels as one url-encoded value.
    pub query: Option<String>,
    /// The scene, like 1001.
    pub scene: Option<u32>,
    /// The version of the mini program.
    pub custom_miniprogram_version: Option<String>,
}

/// One GET. Periodic updates name no code and no launch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetch {
    /// The kind of fetch.
    pub kind: FetchKind,
    /// The mini program.
    pub appid: String,
    /// The token that `wx.setBackgroundFetchToken` set.
    pub token: Option<String>,
    /// A login code, where no token was set.
    pub code: Option<String>,
    /// The time at which the client sent it, in milliseconds since the Unix epoch.
    pub sent_at: u64,
    /// The way the mini program was opened.
    pub launch: Launch,
}

impl Fetch {
    /// The parameters in order, not yet encoded.
    pub fn pairs(&self, dialect: Dialect, unit: TimestampUnit) -> Vec<(String, String)> {
        let (appid, timestamp) = match dialect {
            Dialect::Wechat => ("appid", "timestamp"),
            Dialect::Finclip => ("appId", "timeStamp"),
        };
        let sent_at = match unit {
            TimestampUnit::Seconds => self.sent_at / 1000,
            TimestampUnit::Milliseconds => self.sent_at,
        };
        let launch = &self.launch;
        // FinClip's table has the same parameters for both kinds.
        let launched = self.kind == FetchKind::Pre || dialect == Dialect::Finclip;
        let if_launched = |value: Option<String>| value.filter(|_| launched);
        [
            (appid, Some(self.appid.clone())),
            ("token", self.token.clone()),
            ("code", if_launched(self.code.clone())),
            (timestamp, Some(sent_at.to_string())),
            ("path", if_launched(launch.path.clone())),
            ("query", if_launched(launch.query.clone())),
            (
                "scene",
                if_launched(launch.scene.map(|scene| scene.to_string())),
            ),
            (
                "customMiniprogramVersion",
                if_launched(launch.custom_miniprogram_version.clone()),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::encode_query;

    fn fetch(kind: FetchKind) -> Fetch {
        Fetch {
            kind,
            appid: "wx0123456789abcdef".into(),
            token: Some("a+b=".into()),
            code: None,
            sent_at: 1_795_000_000_123,
            launch: Launch {
                path: Some("pages/index/index".into()),
                query: Some("a=1&b=你 好".into()),
                scene: Some(1001),
                custom_miniprogram_version: Some("1.0.2".into()),
            },
        }
    }

    #[test]
    fn a_prefetch_names_the_launch_and_encodes_each_value_once() {
        let pairs = fetch(FetchKind::Pre).pairs(Dialect::Wechat, TimestampUnit::Seconds);
        assert_eq!(
            encode_query(&pairs),
            "appid=wx0123456789abcdef&token=a%2Bb%3D&timestamp=1795000000&path=pages%2Findex%2Findex\
             &query=a%3D1%26b%3D%E4%BD%A0%20%E5%A5%BD&scene=1001&customMiniprogramVersion=1.0.2"
        );
    }

    #[test]
    fn a_periodic_update_names_three_parameters() {
        let pairs = fetch(FetchKind::Periodic).pairs(Dialect::Wechat, TimestampUnit::Milliseconds);
        assert_eq!(
            encode_query(&pairs),
            "appid=wx0123456789abcdef&token=a%2Bb%3D&timestamp=1795000000123"
        );
    }

    #[test]
    fn finclip_spells_two_names_otherwise_and_names_the_launch_in_both() {
        let names = |kind| -> Vec<String> {
            let unit = TimestampUnit::of(Dialect::Finclip);
            let pairs = fetch(kind).pairs(Dialect::Finclip, unit);
            pairs.into_iter().map(|(name, _)| name).collect()
        };
        let expected = [
            "appId",
            "token",
            "timeStamp",
            "path",
            "query",
            "scene",
            "customMiniprogramVersion",
        ];
        assert_eq!(names(FetchKind::Pre), expected);
        assert_eq!(names(FetchKind::Periodic), expected);
    }

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!("prefetch".parse(), Ok(FetchKind::Pre));
        assert_eq!("ms".parse(), Ok(TimestampUnit::Milliseconds));
        let error = "push".parse::<FetchKind>().unwrap_err().to_string();
        assert!(error.contains("`push`") && error.contains("periodic or prefetch"));
    }
}
