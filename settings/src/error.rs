//! Errors in settings: where each was given, and what to do. The names of options stand here, and nowhere below.

mod chinese;

use std::path::PathBuf;

use wxcheck_mock_server::{
    TargetError, TlsError,
    catalogue::CatalogueError,
    connecting::{CertificatesError, ResolveError},
    ownership::Foreign,
};
use wxcheck_protocol::{
    account::Account,
    aes_key::AesKeyError,
    push::{Format, Mode},
};
use wxcheck_suite::{
    doctor::Bilingual,
    effects_page::TemplateError,
    rule::retired::{self, RETIRED, Retired},
    rules::{self, as_of::AsOfError},
};

use crate::{
    file::TomlError, fixtures::FixturesError, origin::Place, ranges::OutOfRange,
    reading::ReadError, writing::WriteError,
};

/// A setting that cannot be used. Says where it was given, and never repeats a secret.
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}", place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default())]
pub struct SettingsError {
    place: Option<Box<Place>>,
    reason: Box<Reason>,
}

impl SettingsError {
    /// An error about a value that was given.
    pub(crate) fn at(place: Place, reason: Reason) -> Self {
        Self {
            place: Some(Box::new(place)),
            reason: Box::new(reason),
        }
    }
}

/// An error about something that was not given, or that tells its place itself.
impl From<Reason> for SettingsError {
    fn from(reason: Reason) -> Self {
        Self {
            place: None,
            reason: Box::new(reason),
        }
    }
}

/// The reason why a setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    /// A URL is given as nothing.
    #[error(
        "it is given, and empty; is a variable missing where it comes from? Give it, or unset the variable"
    )]
    Empty,
    /// The URL is none that WeChat could call.
    #[error(transparent)]
    Url(TargetError),
    #[error(
        "no URL is given; name the callback URL on the command line, in WXCHECK_URL or as `url` in wxcheck.toml, or where data are fetched with --periodic-url or --prefetch-url"
    )]
    NoUrl,
    #[error(
        "the token is empty; give what wx.setBackgroundFetchToken sets, or leave the option out"
    )]
    EmptyFetchToken,
    #[error(
        "FinClip pushes no messages; leave the callback URL out and give --periodic-url or --prefetch-url"
    )]
    FinclipCallback,
    #[error(
        "a cloud function has no URL; leave it out, and call the function of a folder: wxcheck push NAME --function DIR"
    )]
    CloudFunctionCallback,
    #[error("--account {account} has {only} mode only; leave the mode out")]
    OnlyMode { account: Account, only: Mode },
    #[error("pushes to --account {account} are {only} only; leave the format out")]
    OnlyFormat { account: Account, only: Format },
    #[error(
        "it is the Content-Type of JSON pushes, and these are in XML; leave it out, or give --format json"
    )]
    NoJson,
    #[error("it is a mini game's: leave it out, or give --account minigame")]
    MinigameOnly,
    #[error(
        "payments have no URL of their own; give --payment-url, WXCHECK_PAYMENT_URL or `payment-url` in wxcheck.toml, or leave this out"
    )]
    NoPaymentUrl,
    #[error(
        "payments have a Token of their own; give --payment-token, WXCHECK_PAYMENT_TOKEN or `payment-token` in wxcheck.toml"
    )]
    NoPaymentToken,
    #[error("it is a third-party platform's: leave it out, or give --account platform")]
    PlatformOnly,
    #[error(
        "it has $APPID$ in it; say for which account is pushed: --authorizer-appid, or `authorizer-appid` in wxcheck.toml"
    )]
    NoAuthorizer,
    #[error(transparent)]
    Catalogue(CatalogueError),
    #[error(
        "nothing that --account {account} is pushed is called `{pattern}`; {}`wxcheck push --list` lists the catalogue, and --fixtures adds to it", near.as_ref().map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
    )]
    Handles {
        pattern: String,
        account: Account,
        /// A name that is much like it.
        near: Option<String>,
    },
    #[error("`{0}` is no host; give the host alone, like bot.example or 203.0.113.5")]
    NoHost(String),
    /// A machine that may be somebody else's.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    #[error("there is no such file; `wxcheck check --write-baseline` writes one")]
    NoBaseline,
    /// A list of known findings is not as it should be. It tells the place itself.
    #[error("{}", .0.en)]
    Baseline(Bilingual),
    #[error(transparent)]
    Resolve(ResolveError),
    #[error(
        "no Token is given; use --token, WXCHECK_TOKEN or `token` in wxcheck.toml, with the Token configured at WeChat"
    )]
    NoToken,
    #[error(
        "no EncodingAESKey is given; use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml, with the one configured at WeChat"
    )]
    KeyNeeded,
    #[error("the Token is empty; WeChat's Tokens have 3 to 32 letters and digits")]
    EmptyToken,
    #[error(transparent)]
    AesKey(AesKeyError),
    #[error(
        "{0} mode needs the EncodingAESKey; use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml"
    )]
    NoKey(Mode),
    #[error(
        "{0} mode needs the appid, which stands in every envelope; use --appid, WXCHECK_APPID or `appid` in wxcheck.toml"
    )]
    NoAppid(Mode),
    #[error("{0}: give a factor from 0.01 to 1000")]
    Patience(f64),
    #[error("{0}: give a number from 0.1 to 1000")]
    Rate(f64),
    #[error(transparent)]
    Number(OutOfRange),
    #[error(transparent)]
    EffectsUrl(TemplateError),
    #[error("{0} is given too, and effects are counted in one place: leave one out")]
    TwoChannels(Place),
    #[error(transparent)]
    AsOf(AsOfError),
    #[error("{}", no_rule(.0).en)]
    NoRule(String),
    #[error("`{0}`: write ID=REASON; a rule is left out for a reason")]
    Unexplained(String),
    #[error("{file}: {reason}")]
    CaCert {
        file: String,
        reason: CertificatesError,
    },
    #[error("{file}: {reason}")]
    TlsFile { file: String, reason: TlsError },
    #[error("its private key is not given; give --tls-key, or `tls-key` in wxcheck.toml, too")]
    NoTlsKey,
    #[error("its certificate is not given; give --tls-cert, or `tls-cert` in wxcheck.toml, too")]
    NoTlsCert,
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error(
        "without a callback URL nothing is pushed, and there are no replies to keep; leave it out"
    )]
    NoReplies,
    #[error("{}: a file stands there; name a folder", .0.display())]
    NoContractFolder(PathBuf),
    #[error(transparent)]
    Unwritable(WriteError),
    #[error(transparent)]
    Fixtures(FixturesError),
    #[error("{0}")]
    Environment(String),
    #[error(transparent)]
    Toml(#[from] TomlError),
}

/// The answer to an id or a pattern that names no rule, or one that is retired.
pub fn no_rule(pattern: &str) -> Bilingual {
    Bilingual {
        en: no_rule_beside(RETIRED, pattern),
        zh: chinese::no_rule(pattern),
    }
}

fn no_rule_beside(retired: &[Retired], pattern: &str) -> String {
    if let Some(retired) = retired::find(retired, pattern) {
        return retired.to_string();
    }
    match rules::did_you_mean(pattern) {
        Some(near) => format!("no rule is called `{pattern}`; did you mean `{near}`?"),
        None => format!("no rule is called `{pattern}`; `wxcheck rules` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_rule_is_answered_with_what_replaces_it() {
        let retired = [Retired {
            id: "reply/acknowledge",
            since: "0.1.0",
            retired_in: "0.3.0",
            replaced_by: &["reply/acknowledges"],
        }];
        assert_eq!(
            no_rule_beside(&retired, "reply/acknowledge"),
            "`reply/acknowledge` was retired in 0.3.0: use `reply/acknowledges`"
        );
        assert_eq!(
            no_rule_beside(&[], "reply/acknowledge"),
            "no rule is called `reply/acknowledge`; did you mean `reply/acknowledges`?"
        );
    }
}
