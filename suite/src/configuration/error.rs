//! What is wrong with a configuration: which option, and what to do.

use wxcheck_mock_server::{TargetError, catalogue::CatalogueError, connecting::ResolveError};
use wxcheck_protocol::{
    account::Account,
    aes_key::AesKeyError,
    push::{Format, Mode},
};

use crate::{bounds::OutOfRange, effects_page::TemplateError, rules};

/// A configuration that cannot be used: which option, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigurationError {
    /// A URL is given as nothing.
    #[error(
        "{0}: it is given, and empty; is a variable missing where it comes from? Give it, or unset the variable"
    )]
    EmptyUrl(&'static str),
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
    /// A cloud function has no URL.
    #[error(
        "--account cloud-function: a cloud function has no URL; leave it out, and call the function of a folder: wxcheck push NAME --function DIR"
    )]
    CloudFunctionCallback,
    /// Another mode than the only one that the account has.
    #[error("--mode {given}: --account {account} has {only} mode only; leave --mode out")]
    OnlyMode {
        /// The kind of account.
        account: Account,
        /// What was asked for.
        given: Mode,
        /// What there is.
        only: Mode,
    },
    /// Another format than the only one that the account has.
    #[error("--format {given}: pushes to --account {account} are {only} only; leave --format out")]
    OnlyFormat {
        /// The kind of account.
        account: Account,
        /// What was asked for.
        given: Format,
        /// What there is.
        only: Format,
    },
    /// The URL for authorizations is none.
    #[error("--authorization-url: {0}")]
    AuthorizationUrl(TargetError),
    /// Something that only a third-party platform has.
    #[error("--{0} is a third-party platform's: leave it out, or give --account platform")]
    PlatformOnly(&'static str),
    /// The URL asks for the appid of an account.
    #[error(
        "URL: it has $APPID$ in it; say for which account is pushed: --authorizer-appid, or `authorizer-appid` in wxcheck.toml"
    )]
    NoAuthorizer,
    /// A fixture cannot be read.
    #[error("{0}")]
    Catalogue(CatalogueError),
    /// No push of the account is called so.
    #[error(
        "--handles {pattern}: nothing that --account {account} is pushed is called so{}; `wxcheck push --list` lists the catalogue, and --fixtures adds to it", near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    )]
    Handles {
        /// What was given.
        pattern: String,
        /// The kind of account.
        account: Account,
        /// What is called much like it.
        near: Option<String>,
    },
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
    /// A number out of its range.
    #[error(transparent)]
    Number(#[from] OutOfRange),
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
