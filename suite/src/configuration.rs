//! What is configured: at WeChat for the server, and for the run. Values come from flags, from the
//! environment and from `wxcheck.toml`; here they are joined, checked and made into what a run needs.

mod error;
mod file;
mod server;
mod standing;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use serde::Deserialize;
use wxcheck_mock_server::{
    PlatformOptions, Target,
    catalogue::{Catalogue, Entry},
    connecting::{CertificateDer, Connecting, Issuers, Resolve, SharedConnecting},
    target::parse_url,
};
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    fetch::{Dialect, TimestampUnit},
    push::{Credentials, Format, Mode},
};

use crate::{
    bounds::{self, keys},
    effects_page::EffectsPage,
    fetching::Fetching,
    hostility::{Asked, Hostility},
    profile::Domains,
    rule::Rule,
    rules,
    run::Plan,
};

pub use error::{ConfigurationError, TomlError, no_rule};
pub use server::{Server, without_user};
pub(crate) use standing::handling;

/// The original id that WeChat's own samples would have; any server that does not compare it takes it.
const ORIGINAL_ID: &str = "gh_0123456789ab";
/// Stands in plain mode where no appid is given: nothing of a plain push names one.
const APPID: &str = "wx0123456789abcdef";
pub(crate) const CONCURRENCY: usize = 8;
const MAX_TIME: u64 = 120;
/// Seeds are drawn below this, so that people can type them.
const SEEDS: u64 = 1_000_000;

/// Whatever is given. The names are the long options' and the keys of `wxcheck.toml`. There is no
/// `Debug`: it holds secrets.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the help text of the options describes each, once"
)]
pub struct Configuration {
    pub url: Option<String>,
    pub token: Option<String>,
    pub appid: Option<String>,
    pub secret: Option<String>,
    pub aes_key: Option<String>,
    pub mode: Option<Mode>,
    pub format: Option<Format>,
    pub account: Option<Account>,
    pub original_id: Option<String>,
    pub patience: Option<f64>,
    pub env_proxy: Option<bool>,
    pub api_listen: Option<SocketAddr>,
    pub effects_url: Option<String>,
    pub periodic_url: Option<String>,
    pub prefetch_url: Option<String>,
    #[serde(deserialize_with = "one_or_several")]
    pub fetch_token: Vec<String>,
    pub fetch_timestamp: Option<TimestampUnit>,
    pub ca_cert: Option<PathBuf>,
    pub fetch_issuers: Option<bool>,
    /// Where else issuers' certificates are fetched: for tests, which have no public address.
    #[serde(skip)]
    pub issuers_at: Vec<IpAddr>,
    pub resolve: Vec<String>,
    pub domains: Option<Domains>,
    pub authorizer_appid: Option<String>,
    pub authorization_url: Option<String>,
    pub fixtures: Option<PathBuf>,
    pub contract: Option<PathBuf>,
    /// The entries of the files under `fixtures`, once they were read.
    #[serde(skip)]
    pub own_entries: Vec<Entry>,
    /// The certificates of `ca_cert`, once that file was read.
    #[serde(skip)]
    pub trusted: Vec<CertificateDer<'static>>,
    /// Where the server is: on this machine's network, unless a test keeps it within its process.
    #[serde(skip)]
    pub network: Network,
    pub handles: Vec<String>,
    pub listen: Option<SocketAddr>,
    pub control_token: Option<String>,
    #[serde(deserialize_with = "one_or_several")]
    pub allow_host: Vec<String>,
    #[serde(deserialize_with = "one_or_several")]
    pub allow_target: Vec<String>,
    pub clock: Option<ClockKind>,
    pub no_limits: Option<bool>,
    pub only: Vec<String>,
    pub skip: Vec<String>,
    pub strict: Option<bool>,
    pub hostile: Option<bool>,
    pub gentle: Option<bool>,
    #[serde(deserialize_with = "keys::seed")]
    pub seed: Option<u64>,
    #[serde(deserialize_with = "keys::cases")]
    pub cases: Option<usize>,
    #[serde(deserialize_with = "keys::concurrency")]
    pub concurrency: Option<usize>,
    #[serde(deserialize_with = "keys::max_time")]
    pub max_time: Option<u64>,
    pub report_json: Option<PathBuf>,
    pub report_junit: Option<PathBuf>,
    pub replay_dir: Option<PathBuf>,
}

/// What the clock of the served platform does.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ClockKind {
    /// It runs with this machine's.
    #[default]
    Real,
    /// It stands still until the control API advances it.
    Virtual,
}

impl FromStr for ClockKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "real" => Ok(Self::Real),
            "virtual" => Ok(Self::Virtual),
            other => Err(format!(
                "no clock is called `{other}`; choose real or virtual"
            )),
        }
    }
}

impl Configuration {
    /// The name of the file that may hold a configuration.
    pub const FILE_NAME: &str = "wxcheck.toml";

    /// The same with the paths in it as they are meant where it stands in a file: from that file's folder.
    #[must_use]
    pub fn beside(mut self, folder: &Path) -> Self {
        let named = [&mut self.ca_cert, &mut self.fixtures, &mut self.contract];
        for path in named.into_iter().flatten() {
            *path = folder.join(&path);
        }
        self
    }

    /// What the account is pushed that asks for more than `success`: what a server that handles everything is said to
    /// handle.
    pub fn all_that_asks(&self) -> Result<Vec<String>, ConfigurationError> {
        let pushed = self.catalogue()?.of(self.account());
        let asking = pushed.into_iter().filter(rules::asks_for_more);
        Ok(asking.map(|entry| entry.name).collect())
    }

    /// What is given here, and what `lower` gives where nothing is.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        Self {
            url: self.url.or(lower.url),
            token: self.token.or(lower.token),
            appid: self.appid.or(lower.appid),
            secret: self.secret.or(lower.secret),
            aes_key: self.aes_key.or(lower.aes_key),
            mode: self.mode.or(lower.mode),
            format: self.format.or(lower.format),
            account: self.account.or(lower.account),
            original_id: self.original_id.or(lower.original_id),
            patience: self.patience.or(lower.patience),
            env_proxy: self.env_proxy.or(lower.env_proxy),
            api_listen: self.api_listen.or(lower.api_listen),
            effects_url: self.effects_url.or(lower.effects_url),
            periodic_url: self.periodic_url.or(lower.periodic_url),
            prefetch_url: self.prefetch_url.or(lower.prefetch_url),
            fetch_token: list(self.fetch_token, lower.fetch_token),
            fetch_timestamp: self.fetch_timestamp.or(lower.fetch_timestamp),
            ca_cert: self.ca_cert.or(lower.ca_cert),
            fetch_issuers: self.fetch_issuers.or(lower.fetch_issuers),
            issuers_at: list(self.issuers_at, lower.issuers_at),
            resolve: list(self.resolve, lower.resolve),
            domains: self.domains.or(lower.domains),
            authorizer_appid: self.authorizer_appid.or(lower.authorizer_appid),
            authorization_url: self.authorization_url.or(lower.authorization_url),
            fixtures: self.fixtures.or(lower.fixtures),
            contract: self.contract.or(lower.contract),
            own_entries: list(self.own_entries, lower.own_entries),
            network: self.network,
            trusted: list(self.trusted, lower.trusted),
            handles: list(self.handles, lower.handles),
            listen: self.listen.or(lower.listen),
            control_token: self.control_token.or(lower.control_token),
            allow_host: list(self.allow_host, lower.allow_host),
            allow_target: list(self.allow_target, lower.allow_target),
            clock: self.clock.or(lower.clock),
            no_limits: self.no_limits.or(lower.no_limits),
            only: list(self.only, lower.only),
            skip: list(self.skip, lower.skip),
            strict: self.strict.or(lower.strict),
            hostile: self.hostile.or(lower.hostile),
            gentle: self.gentle.or(lower.gentle),
            seed: self.seed.or(lower.seed),
            cases: self.cases.or(lower.cases),
            concurrency: self.concurrency.or(lower.concurrency),
            max_time: self.max_time.or(lower.max_time),
            report_json: self.report_json.or(lower.report_json),
            report_junit: self.report_junit.or(lower.report_junit),
            replay_dir: self.replay_dir.or(lower.replay_dir),
        }
    }

    /// Unless the mode is said: the only one that the account has; else plain where no key is given, and safe where one
    /// is.
    pub fn mode(&self) -> Mode {
        let usual = if self.aes_key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        };
        let only = self.account().only_mode();
        self.mode.or(only).unwrap_or(usual)
    }

    /// The format that is said, or the account's usual one.
    pub fn format(&self) -> Format {
        self.format.unwrap_or(self.account().usual_format())
    }

    /// The kind of account that is said, or a mini program.
    pub fn account(&self) -> Account {
        self.account.unwrap_or_default()
    }

    /// All pushes: the built-in ones and the user's own.
    pub fn catalogue(&self) -> Result<Catalogue, ConfigurationError> {
        let built_in = Catalogue::built_in().map_err(ConfigurationError::Catalogue)?;
        Ok(built_in.clone().with(self.own_entries.iter().cloned()))
    }

    /// The appid, or the one that stands where none is given.
    pub fn appid(&self) -> String {
        self.appid.clone().unwrap_or_else(|| APPID.to_owned())
    }

    /// The account's original id, or one that looks like it.
    pub fn original_id(&self) -> String {
        let given = self.original_id.clone();
        given.unwrap_or_else(|| ORIGINAL_ID.to_owned())
    }

    /// The page that counts effects, if one is given.
    fn effects_page(&self) -> Result<Option<EffectsPage>, ConfigurationError> {
        if self.api_listen.is_some() && self.effects_url.is_some() {
            return Err(ConfigurationError::TwoChannels);
        }
        let page = self.effects_url.as_deref().map(EffectsPage::parse);
        page.transpose().map_err(ConfigurationError::EffectsUrl)
    }

    /// The factor on WeChat's five seconds.
    pub fn patience(&self) -> Result<f64, ConfigurationError> {
        let patience = self.patience.unwrap_or(1.0);
        let [least, most] = bounds::PATIENCE;
        if (least..=most).contains(&patience) {
            Ok(patience)
        } else {
            Err(ConfigurationError::Patience(patience))
        }
    }

    /// Where data are fetched.
    pub fn fetching(&self) -> Result<Fetching, ConfigurationError> {
        let parse = |option: &'static str, url: &Option<String>| {
            let url = url.as_deref().map(parse_url).transpose();
            url.map_err(|error| ConfigurationError::FetchUrl { option, error })
        };
        if self.fetch_token.iter().any(String::is_empty) {
            return Err(ConfigurationError::EmptyFetchToken);
        }
        Ok(Fetching {
            periodic: parse("periodic-url", &self.periodic_url)?,
            pre: parse("prefetch-url", &self.prefetch_url)?,
            tokens: self.fetch_token.clone(),
            dialect: self.dialect(),
            unit: self.fetch_timestamp,
        })
    }

    /// Whose names the parameters of fetches have.
    pub fn dialect(&self) -> Dialect {
        match self.account() {
            Account::Finclip => Dialect::Finclip,
            _ => Dialect::Wechat,
        }
    }

    /// How connections are made.
    pub fn connecting(&self) -> Result<SharedConnecting, ConfigurationError> {
        let resolve = self.resolve.iter().map(|text| text.parse());
        let resolve: Result<Vec<Resolve>, _> = resolve.collect();
        let besides = Issuers::besides(&self.issuers_at);
        Ok(SharedConnecting::new(Connecting {
            trusted: self.trusted.clone(),
            issuers: self.fetch_issuers.filter(|asked| *asked).map(|_| besides),
            resolve: resolve.map_err(ConfigurationError::Resolve)?,
        }))
    }

    /// What is asked for in hostile requests.
    fn hostility(&self) -> Asked {
        Asked {
            hostile: self.hostile.unwrap_or(false),
            gentle: self.gentle.unwrap_or(false),
        }
    }

    /// How requests go out.
    pub fn platform_options(&self) -> Result<PlatformOptions, ConfigurationError> {
        Ok(PlatformOptions {
            patience: self.patience()?,
            environment_proxy: self.env_proxy.unwrap_or(false),
            connecting: self.connecting()?,
            network: self.network.clone(),
        })
    }

    /// That no URL is given as nothing: in CI a variable is missing then, and another server than meant would be judged.
    pub fn check_urls(&self) -> Result<(), ConfigurationError> {
        let urls = [
            ("URL", &self.url),
            ("--periodic-url", &self.periodic_url),
            ("--prefetch-url", &self.prefetch_url),
            ("--effects-url", &self.effects_url),
            ("--authorization-url", &self.authorization_url),
        ];
        let blank = |url: &Option<String>| url.as_ref().is_some_and(|url| url.trim().is_empty());
        match urls.into_iter().find(|(_, url)| blank(url)) {
            Some((name, _)) => Err(ConfigurationError::EmptyUrl(name)),
            None => Ok(()),
        }
    }

    /// Everything about the server, whole and checked.
    pub fn server(&self) -> Result<Server, ConfigurationError> {
        self.check_urls()?;
        let fetching = self.fetching()?;
        let callback = self.url.is_some();
        self.check_account()?;
        let account = self.account();
        // Without a callback URL nothing is pushed; what needs an address all the same, like a look whether the
        // server is still there, takes that of the data.
        let first_fetched = fetching.urls().next().map(|(_, url)| url.clone());
        let url = match &self.url {
            Some(url) => self.callback_url(url)?,
            None => first_fetched.ok_or(ConfigurationError::NoUrl)?,
        };
        let token = match &self.token {
            Some(token) if token.is_empty() => return Err(ConfigurationError::EmptyToken),
            Some(token) => token.clone(),
            None if callback && account.is_signed() => return Err(ConfigurationError::NoToken),
            None => String::new(),
        };
        let key = self
            .aes_key
            .as_deref()
            .map(EncodingAesKey::parse)
            .transpose()
            .map_err(ConfigurationError::AesKey)?;
        let mode = self.mode();
        if mode.seals() && key.is_none() {
            return Err(ConfigurationError::NoKey(mode));
        }
        if mode.seals() && self.appid.is_none() {
            return Err(ConfigurationError::NoAppid(mode));
        }
        let options = self.platform_options()?;
        Ok(Server {
            hostility: Hostility::towards(&url, self.hostility(), &options),
            secrets: self.secrets(),
            target: Target {
                url,
                credentials: Credentials {
                    token,
                    appid: self.appid(),
                    key,
                },
                mode,
                format: self.format(),
                original_id: self.original_id(),
            },
            account,
            handles: self.handles.clone(),
            catalogue: self.handled_of(account)?.into(),
            component: self.component()?,
            page: self.effects_page()?,
            options,
            callback,
            fetching,
            domains: self.domains.clone().unwrap_or_default(),
        })
    }

    /// Which rules to judge, and how. `drawn` becomes the seed where none is given.
    pub fn plan(&self, drawn: u64) -> Result<Plan, ConfigurationError> {
        let sizes = [
            (bounds::CASES, self.cases),
            (bounds::CONCURRENCY, self.concurrency),
        ];
        let sizes = sizes.map(|(range, size)| (range, size.map(|size| size as u64)));
        let numbers = [(bounds::MAX_TIME, self.max_time), (bounds::SEED, self.seed)];
        for (range, number) in sizes.into_iter().chain(numbers) {
            number.map(|number| range.check(number)).transpose()?;
        }
        let mut chosen: Vec<&'static Rule> = Vec::new();
        for pattern in &self.only {
            chosen.extend(matching("only", pattern)?);
        }
        let is_chosen = |rule: &&'static Rule| {
            self.only.is_empty() || chosen.iter().any(|other| other.id == rule.id)
        };
        let mut skips = Vec::new();
        for text in &self.skip {
            let (pattern, reason) = text
                .split_once('=')
                .filter(|(_, reason)| !reason.trim().is_empty())
                .ok_or_else(|| ConfigurationError::NoReason(text.clone()))?;
            let matched = matching("skip", pattern)?;
            skips.extend(matched.into_iter().map(|rule| (rule.id, reason.to_owned())));
        }
        Ok(Plan {
            rules: rules::all().filter(is_chosen).collect(),
            skips,
            seed: self.seed.unwrap_or(drawn % SEEDS),
            draws: self.cases,
            concurrency: self.concurrency.unwrap_or(CONCURRENCY),
            max_time: Duration::from_secs(self.max_time.unwrap_or(MAX_TIME)),
            may_lengthen: self.max_time.is_none(),
        })
    }
}

/// A list, or the one below it.
fn list<T>(own: Vec<T>, lower: Vec<T>) -> Vec<T> {
    if own.is_empty() { lower } else { own }
}

/// A list, or the only item of one.
fn one_or_several<'de, D: serde::Deserializer<'de>>(given: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a string or a list of strings")]
    enum Given {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Given::deserialize(given)? {
        Given::One(one) => vec![one],
        Given::Several(several) => several,
    })
}

/// The rules of a pattern; none is a slip of the pen, never a silent pass.
fn matching(option: &'static str, pattern: &str) -> Result<Vec<&'static Rule>, ConfigurationError> {
    let matched = rules::matching(pattern);
    if matched.is_empty() {
        return Err(ConfigurationError::NoRule {
            option,
            pattern: pattern.to_owned(),
        });
    }
    Ok(matched)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn given() -> Configuration {
        Configuration {
            url: Some("http://127.0.0.1:1/".into()),
            token: Some("flag-token".into()),
            ..Configuration::default()
        }
    }

    fn error(configuration: &Configuration) -> String {
        configuration.server().err().unwrap().to_string()
    }

    #[test]
    fn what_is_given_wins_and_the_rest_is_filled_in() {
        let lower = Configuration {
            token: Some("file-token".into()),
            format: Some(Format::Json),
            only: vec!["reply".into()],
            ..Configuration::default()
        };
        let joined = given().over(lower);
        let server = joined.server().unwrap();
        assert_eq!(server.target.credentials.token, "flag-token");
        assert_eq!(server.target.format, Format::Json);
        assert_eq!(server.target.mode, Mode::Plain);
        assert!(
            joined
                .plan(0)
                .unwrap()
                .rules
                .iter()
                .all(|rule| rule.area() == "reply")
        );
    }

    #[test]
    fn a_key_makes_safe_mode_the_default() {
        let sealed = Configuration {
            aes_key: Some(KEY.into()),
            appid: Some("wx1".into()),
            ..given()
        };
        assert_eq!(sealed.server().unwrap().target.mode, Mode::Safe);
    }

    #[test]
    fn errors_name_the_option_and_the_mend() {
        let short = Configuration {
            aes_key: Some(KEY[1..].into()),
            ..given()
        };
        assert!(
            error(&short).contains("--aes-key") && error(&short).contains("42"),
            "{}",
            error(&short)
        );
        let keyless = Configuration {
            mode: Some(Mode::Safe),
            ..given()
        };
        assert!(error(&keyless).contains("WXCHECK_AES_KEY"));
        let nameless = Configuration {
            aes_key: Some(KEY.into()),
            ..given()
        };
        assert!(error(&nameless).contains("WXCHECK_APPID"));
        let tokenless = Configuration {
            token: None,
            ..given()
        };
        assert!(error(&tokenless).contains("WXCHECK_TOKEN"));
        let hasty = Configuration {
            patience: Some(0.0),
            ..given()
        };
        assert!(error(&hasty).contains("--patience 0"));
        let nowhere = Configuration {
            url: None,
            ..given()
        };
        assert!(error(&nowhere).contains("WXCHECK_URL"));
    }

    #[test]
    fn plans_refuse_what_names_nothing() {
        let refused =
            |configuration: Configuration| configuration.plan(0).err().unwrap().to_string();
        let typo = Configuration {
            only: vec!["reply/acknowledge".into()],
            ..given()
        };
        assert!(refused(typo).contains("did you mean `reply/acknowledges`"));
        let silent = Configuration {
            skip: vec!["reply/acknowledges=".into()],
            ..given()
        };
        assert!(refused(silent).contains("ID=REASON"));
        let none = Configuration {
            cases: Some(0),
            ..given()
        };
        assert!(refused(none).contains("--cases 0"));
    }

    #[test]
    fn reports_show_no_password() {
        let server = Configuration {
            url: Some("http://me:pass@127.0.0.1:1/x".into()),
            ..given()
        }
        .server()
        .unwrap();
        assert_eq!(server.shown_url(), "http://127.0.0.1:1/x");
        assert_eq!(server.secrets.redact("pass"), "[redacted]");
    }
}
