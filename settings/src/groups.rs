//! The settings, each defined once: its value, its option with help and variable, and its key in `wxcheck.toml`. A group
//! holds what commands take together; a command takes whole groups.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use conflate::Merge;
use serde::Deserialize;
use wxcheck_mock_server::Policy;
use wxcheck_protocol::{
    account::Account,
    domain::Domains,
    fetch::TimestampUnit,
    push::{Format, JsonType, Mode},
};
use wxcheck_suite::report::junit::Warnings;

use crate::{
    merge::keep,
    ranges::{self, keys},
};

/// The place where pushes go.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Callback {
    /// The callback URL, like http://127.0.0.1:8080/wechat
    #[arg(env = "WXCHECK_URL")]
    pub url: Option<String>,
}

/// Settings of the server at WeChat.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Target {
    /// The Token
    #[arg(
        long,
        env = "WXCHECK_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub token: Option<String>,
    /// The appid (`wx…`)
    #[arg(long, env = "WXCHECK_APPID", value_name = "APPID")]
    pub appid: Option<String>,
    /// The AppSecret that the mock API asks for [default: any is taken]
    #[arg(
        long,
        env = "WXCHECK_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub secret: Option<String>,
    /// The EncodingAESKey, 43 characters; needed in compat and safe mode
    #[arg(
        long,
        env = "WXCHECK_AES_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub aes_key: Option<String>,
    /// plain, compat or safe [default: safe where a key is given, and for a shop; else plain]
    #[arg(long, env = "WXCHECK_MODE", value_name = "MODE")]
    pub mode: Option<Mode>,
    /// xml or json [default: xml; cloud-hosting and shop: json]
    #[arg(long, env = "WXCHECK_FORMAT", value_name = "FORMAT")]
    pub format: Option<Format>,
    /// The Content-Type of JSON pushes: application/json or text/xml, both of which were seen [default: application/json]
    #[arg(long, env = "WXCHECK_JSON_CONTENT_TYPE", value_name = "TYPE")]
    pub json_content_type: Option<JsonType>,
    /// The account's original id (`gh_…`), the ToUserName of pushes [default: gh_0123456789ab]
    #[arg(long, env = "WXCHECK_ORIGINAL_ID", value_name = "ID")]
    pub original_id: Option<String>,
    /// With --account platform: the appid of the account it acts for; takes the place of $APPID$ in the URL
    #[arg(long, env = "WXCHECK_AUTHORIZER_APPID", value_name = "APPID")]
    pub authorizer_appid: Option<String>,
    /// With --account platform: the URL for tickets, authorizations and registrations
    #[arg(long, env = "WXCHECK_AUTHORIZATION_URL", value_name = "URL")]
    pub authorization_url: Option<String>,
    /// With --account minigame: the URL for payments and gifts, where they have one of their own
    #[arg(long, env = "WXCHECK_PAYMENT_URL", value_name = "URL")]
    pub payment_url: Option<String>,
    /// The Token of --payment-url
    #[arg(
        long,
        env = "WXCHECK_PAYMENT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub payment_token: Option<String>,
    /// The EncodingAESKey of --payment-url: payments are sealed with it; without it they come in clear
    #[arg(
        long,
        env = "WXCHECK_PAYMENT_AES_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub payment_aes_key: Option<String>,
}

/// The kind of account.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct AccountKind {
    /// mini (program), official (account), minigame, platform (third-party, acting for others' mini programs),
    /// cloud-hosting, cloud-function, shop, app (website or mobile app) or finclip (applet) [default: mini]
    #[arg(long, env = "WXCHECK_ACCOUNT", value_name = "KIND")]
    pub account: Option<Account>,
}

/// The way in which requests go out.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Sending {
    /// Multiplies WeChat's five seconds, 0.01 to 1000: below 1 to save time, above 1 under a debugger [default: 1]
    #[arg(
        long,
        env = "WXCHECK_PATIENCE",
        value_name = "FACTOR",
        help_heading = "Sending",
        allow_negative_numbers = true,
        value_parser = ranges::parse_patience
    )]
    pub patience: Option<f64>,
    /// Use the proxies named in the environment (WeChat uses none)
    #[arg(long, help_heading = "Sending")]
    pub env_proxy: bool,
    /// Send `Connection: close` with each request, as half of WeChat's captured requests have it
    #[arg(long, help_heading = "Sending")]
    pub connection_close: bool,
    /// Trust the certificate authorities of this PEM file too, for staging
    #[arg(
        long,
        env = "WXCHECK_CA_CERT",
        value_name = "FILE",
        help_heading = "Sending"
    )]
    pub ca_cert: Option<PathBuf>,
    /// Where a certificate is missing from a chain, fetch it from where the one below it says it is, to prove that it is
    /// the one; never from this machine or a private address
    #[arg(long, help_heading = "Sending")]
    pub fetch_issuers: bool,
    /// Connect to this address for a host, instead of asking the DNS; may be repeated
    #[arg(long, value_name = "HOST=ADDR[:PORT]", help_heading = "Sending")]
    pub resolve: Vec<String>,
}

/// Places from which data are fetched for the phone.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Fetch {
    /// URL for periodic updates, every twelve hours; checked even without a callback URL
    #[arg(long, env = "WXCHECK_PERIODIC_URL", value_name = "URL")]
    pub periodic_url: Option<String>,
    /// URL for data prefetch, at a cold start; checked even without a callback URL
    #[arg(long, env = "WXCHECK_PREFETCH_URL", value_name = "URL")]
    pub prefetch_url: Option<String>,
    /// The domains that are configured at WeChat, in a table of the file.
    #[arg(skip)]
    pub domains: Option<Domains>,
}

/// Parameters of a fetch.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Carried {
    /// Token that wx.setBackgroundFetchToken sets for a user; given twice, for two users whose data differ
    #[arg(
        long,
        env = "WXCHECK_FETCH_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    #[serde(deserialize_with = "keys::one_or_several")]
    pub fetch_token: Vec<String>,
    /// Unit of a fetch's timestamp: seconds or milliseconds [default: seconds; finclip: milliseconds]
    #[arg(long, env = "WXCHECK_FETCH_TIMESTAMP", value_name = "UNIT")]
    pub fetch_timestamp: Option<TimestampUnit>,
}

/// Pushes beside the built-in catalogue.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Pushes {
    /// Add the pushes of this folder to the catalogue, or put them in place of its own: DIR/mini/my_event.toml
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub fixtures: Option<PathBuf>,
}

/// Places where effects are counted.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Effects {
    /// Serve the mock API there, and judge by what the server calls
    #[arg(long, env = "WXCHECK_API_LISTEN", value_name = "ADDR:PORT")]
    pub api_listen: Option<SocketAddr>,
    /// Judge by a page of the server's own that answers how often a push was acted on, like
    /// `http://127.0.0.1:8080/effects?id={MsgId}`; also {FromUserName}, {CreateTime}, {Event} and {OutTradeNo}
    #[arg(long, env = "WXCHECK_EFFECTS_URL", value_name = "TEMPLATE")]
    pub effects_url: Option<String>,
}

/// The key to the control API.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Control {
    /// Token that the mock API's control API asks for; needed where other machines can reach the address
    #[arg(
        long,
        env = "WXCHECK_CONTROL_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub control_token: Option<String>,
}

/// Consent to hostile requests.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Hostility {
    /// Send hostile requests to another machine too: deep, large, broken and half-sent ones, held connections. That one may go
    /// down. This machine gets them anyway, unless --gentle is given
    #[arg(long, env = "WXCHECK_HOSTILE", value_parser = FalseyValueParser::new())]
    pub hostile: bool,
    /// Send nothing that could hurt a server that others share: one request at a time, at most --rate a second, none that is
    /// hostile or large; wins over --hostile
    #[arg(long, env = "WXCHECK_GENTLE", value_parser = FalseyValueParser::new())]
    pub gentle: bool,
}

/// Hosts of whoever runs wxcheck.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Ownership {
    /// This host is yours though it is neither this machine nor in a private network; may be repeated
    #[arg(long, value_name = "HOST")]
    #[serde(deserialize_with = "keys::one_or_several")]
    pub i_own: Vec<String>,
}

/// The seed of everything that is drawn.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Draw {
    /// Repeat the cases of an earlier run [default: drawn afresh]
    #[arg(
        long,
        env = "WXCHECK_SEED",
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::SEED.parse::<u64>(text)
    )]
    #[serde(deserialize_with = "keys::seed")]
    pub seed: Option<u64>,
}

/// Rules that are judged, and how far.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Run {
    /// Judge only these: an id, an area, or either with `*`; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// Leave a rule out, with the reason; may be repeated
    #[arg(long, value_name = "ID=REASON")]
    pub skip: Vec<String>,
    /// Leave out the rules that came later than this version, like 0.1: an upgrade of wxcheck then fails no run by itself
    #[arg(long, value_name = "VERSION", env = "WXCHECK_RULES_AS_OF")]
    pub rules_as_of: Option<String>,
    /// Cases drawn per property [default: each rule's own number]
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::CASES.parse::<usize>(text)
    )]
    #[serde(deserialize_with = "keys::cases")]
    pub cases: Option<usize>,
    /// Scenarios in flight at once [default: 8]
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::CONCURRENCY.parse::<usize>(text)
    )]
    #[serde(deserialize_with = "keys::concurrency")]
    pub concurrency: Option<usize>,
    /// Requests a second, at most [default: no limit; with --gentle 20]
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = ranges::parse_rate
    )]
    pub rate: Option<f64>,
    /// A push that the server handles, like xpay_goods_deliver_notify, or several, like 'xpay_*'; may be repeated
    #[arg(long, value_name = "NAME")]
    pub handles: Vec<String>,
    /// Compare what the server answers to every push with the snapshots in this folder, for `cargo insta review`; the
    /// first run writes them
    #[arg(long, env = "WXCHECK_CONTRACT", hide_env = true, value_name = "DIR")]
    pub contract: Option<PathBuf>,
    /// End the run after this, like 90s or 2m; what is known by then is reported [default: 2m, of which rules below must get 23s on a slow server and 90s on a very slow one; with --gentle 10m]
    #[arg(
        long, value_name = "TIME",
        allow_negative_numbers = true,
        value_parser = ranges::parse_max_time
    )]
    #[serde(deserialize_with = "keys::max_time")]
    pub max_time: Option<u64>,
}

/// Verdicts that count.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Strictness {
    /// Verdicts that fail a run too: should (warnings and flaky verdicts), info (notes too) or inconclusive; may be
    /// repeated [default: must]
    #[arg(
        long,
        env = "WXCHECK_FAIL_ON",
        hide_env = true,
        hide_possible_values = true,
        value_enum,
        value_name = "LEVEL",
        value_delimiter = ','
    )]
    #[serde(deserialize_with = "keys::words")]
    pub fail_on: Vec<FailOn>,
    /// The same as --fail-on should,inconclusive
    #[arg(
        long,
        env = "WXCHECK_STRICT",
        hide_env = true,
        value_parser = FalseyValueParser::new()
    )]
    pub strict: bool,
}

/// A kind of verdict that fails a run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// A broken Must; it does in any case
    Must,
    /// A warning, or a flaky verdict
    Should,
    /// A note, and what `should` names
    Info,
    /// A rule that could not be judged
    Inconclusive,
}

/// Findings that are known.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Known {
    /// The findings that are known, with a reason each: they do not fail the run [default: wxcheck.baseline.toml in this
    /// folder or one above]
    #[arg(long, env = "WXCHECK_BASELINE", hide_env = true, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Reports of a run, as files, and what is told to whoever runs it for others.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Reports {
    /// Write the report as JSON, of which `wxcheck report` makes all others; `-` is standard output, and all else then goes to
    /// standard error
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_json: Option<PathBuf>,
    /// Write the report as one HTML page, in English and Chinese; `-` as above
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_html: Option<PathBuf>,
    /// Write the report as JUnit XML; `-` as above
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_junit: Option<PathBuf>,
    /// Write the report as Markdown, for a job summary or a merge request; `-` as above
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_markdown: Option<PathBuf>,
    /// Write the findings as SARIF 2.1.0, for code scanning; `-` as above
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_sarif: Option<PathBuf>,
    /// Write the findings as GitLab's code quality report; `-` as above
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub report_gitlab: Option<PathBuf>,
    /// State of a warning in JUnit: passed, skipped or failure [default: passed]
    #[arg(long, value_name = "STATE", help_heading = REPORTS)]
    pub junit_warnings: Option<Warnings>,
    /// Annotations and a job summary for GitHub Actions: auto (where GITHUB_ACTIONS is true), always or never [default: auto]
    #[arg(
        long,
        env = "WXCHECK_GITHUB",
        hide_env = true,
        hide_possible_values = true,
        value_enum,
        value_name = "WHEN",
        help_heading = REPORTS
    )]
    pub github: Option<Github>,
}

/// The time to speak to GitHub Actions.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Github {
    /// Where GitHub runs it
    #[default]
    Auto,
    /// In any case
    Always,
    /// Not at all
    Never,
}

/// The heading in help of all about reports.
const REPORTS: &str = "Reports";

/// Places for what else a run leaves behind.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Output {
    /// Write everything that happens, one JSON object a line; `wxcheck report` makes reports of it
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Where replay files of failures go [default: .wxcheck]
    #[arg(long, value_name = "DIR")]
    pub replay_dir: Option<PathBuf>,
}

/// Settings of the served platform.
#[derive(Args, Clone, Default, Deserialize, Merge)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[merge(strategy = keep)]
pub struct Serve {
    /// Where to listen [default: 127.0.0.1:8900]
    #[arg(long, env = "WXCHECK_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Let the control API be called by this name too, like that of the container; may be repeated
    #[arg(long, value_name = "HOST")]
    #[serde(deserialize_with = "keys::one_or_several")]
    pub allow_host: Vec<String>,
    /// Let pushes and fetches that the control API starts go to this host too; without it they go to this machine and
    /// to the hosts of the URLs given here; may be repeated
    #[arg(long, value_name = "HOST")]
    #[serde(deserialize_with = "keys::one_or_several")]
    pub allow_target: Vec<String>,
    /// Speak TLS, with a certificate made for this process unless one is given; clients get it from
    /// /_wxcheck/certificate.pem
    #[arg(long)]
    pub tls: bool,
    /// Speak TLS with the certificate of this PEM file, the server's own first
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate, a PEM file without a password
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// real, or virtual: stopped until the control API advances it [default: real]
    #[arg(long, value_name = "CLOCK")]
    pub clock: Option<ClockKind>,
    /// Repeats of pushes that follow from acts and calls: once, observed or documented; the last keeps the pauses that the
    /// page of a payment or of a shop's push names, on the platform's clock [default: observed]
    #[arg(long, value_name = "POLICY")]
    pub retry: Option<Policy>,
    /// Do not enforce quotas and message counts, for load tests
    #[arg(long)]
    pub no_limits: bool,
    /// Keep all that is known and all that happens in this file, so that a restart goes on where it was [default: in
    /// memory]
    #[arg(long, env = "WXCHECK_STORE", value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Records of the journal that the store keeps [default: 100000]
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::KEEP.parse::<u64>(text)
    )]
    #[serde(deserialize_with = "keys::keep")]
    pub keep: Option<u64>,
    /// Days for which it keeps them [default: 7]
    #[arg(
        long, value_name = "DAYS",
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::KEEP_DAYS.parse::<u64>(text)
    )]
    #[serde(deserialize_with = "keys::keep_days")]
    pub keep_days: Option<u64>,
    /// Hold pushes to a server that refuses connections until it is back, and deliver them in order then; WeChat gives
    /// them up
    #[arg(long)]
    pub hold_while_down: bool,
}

/// The clock of the served platform.
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
