//! What is wrong with a configuration: which option, and what to do.

use wxcheck_mock_server::{TargetError, connecting::ResolveError};
use wxcheck_protocol::{aes_key::AesKeyError, push::Mode};

use crate::{effects_page::TemplateError, rules};

/// A configuration that cannot be used: which option, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigurationError {
    /// The URL is none that WeChat could call.
    #[error("URL: {0}")]
    Url(TargetError),
    /// No URL.
    #[error(
        "no URL is given; name the callback URL on the command line, in WXCHECK_URL or as `url` in wxcheck.toml, or where data are fetched with --periodic-url or --prefetch-url"
    )]
    NoUrl,
    /// The URL of periodic updates or prefetches is none.
    #[error("--{option}: {error}")]
    FetchUrl {
        /// The option.
        option: &'static str,
        /// What is wrong.
        error: TargetError,
    },
    /// An empty fetch token.
    #[error(
        "--fetch-token: the token is empty; give what wx.setBackgroundFetchToken sets, or leave the option out"
    )]
    EmptyFetchToken,
    /// FinClip pushes nothing.
    #[error(
        "--account finclip: FinClip pushes no messages; leave the callback URL out and give --periodic-url or --prefetch-url"
    )]
    FinclipCallback,
    /// No name and address.
    #[error("--resolve {0}")]
    Resolve(ResolveError),
    /// No Token.
    #[error(
        "no Token is given; use --token, WXCHECK_TOKEN or `token` in wxcheck.toml, with the Token configured at WeChat"
    )]
    NoToken,
    /// An empty Token.
    #[error("--token: the Token is empty; WeChat's Tokens have 3 to 32 letters and digits")]
    EmptyToken,
    /// The EncodingAESKey is none.
    #[error("--aes-key: {0}")]
    AesKey(AesKeyError),
    /// The mode needs a key.
    #[error(
        "--mode {0} needs the EncodingAESKey; use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml"
    )]
    NoKey(Mode),
    /// The mode needs an appid.
    #[error(
        "--mode {0} needs the appid, which stands in every envelope; use --appid, WXCHECK_APPID or `appid` in wxcheck.toml"
    )]
    NoAppid(Mode),
    /// The patience is out of range.
    #[error("--patience {0}: give a factor from 0.01 to 1000")]
    Patience(f64),
    /// A number that must not be zero.
    #[error("--{0} 0: give at least 1")]
    Zero(&'static str),
    /// The page that counts effects cannot be used.
    #[error("--effects-url: {0}")]
    EffectsUrl(TemplateError),
    /// Two channels.
    #[error(
        "--api-listen and --effects-url are both given; effects are counted in one place: leave one out"
    )]
    TwoChannels,
    /// A pattern that names no rule.
    #[error("--{option} {pattern}: {}", no_rule(pattern))]
    NoRule {
        /// The option.
        option: &'static str,
        /// What it was given.
        pattern: String,
    },
    /// A rule is left out without a reason.
    #[error("--skip {0}: write ID=REASON; a rule is left out for a reason")]
    NoReason(String),
}

/// What to say of an id or a pattern that names no rule.
pub fn no_rule(pattern: &str) -> String {
    match rules::did_you_mean(pattern) {
        Some(near) => format!("no rule is called so; did you mean `{near}`?"),
        None => "no rule is called so; `wxcheck rules` lists them".to_owned(),
    }
}

/// A `wxcheck.toml` that cannot be read. Never repeats a value: it may be a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}{}: {reason}", key.as_ref().map(|key| format!(", {key}")).unwrap_or_default())]
pub struct TomlError {
    /// From 1.
    pub(super) line: usize,
    /// What the line sets.
    pub(super) key: Option<String>,
    /// What is wrong with it.
    pub(super) reason: String,
}
