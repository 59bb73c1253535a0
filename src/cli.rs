//! The command line. Help texts live here and nowhere else.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use wxcheck_mock_server::{Policy, cloud_function::CloudFunction};
use wxcheck_protocol::{
    account::Account,
    fetch::{FetchKind, TimestampUnit},
    push::{Format, Mode},
};
use wxcheck_suite::{bounds, configuration::ClockKind};

/// Plays WeChat towards a developer's server and judges it.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of rules and reports
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "en",
        env = "WXCHECK_LANG"
    )]
    pub(crate) lang: Lang,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a callback server; without URL, the built-in reference server
    ///
    /// Exit codes: 0 conformant; 1 a Must failed (with --strict also a Should, flaky or inconclusive);
    /// 2 usage; 3 no verdict (unreachable, stopped, out of time, our own error).
    Check(Box<CheckArgs>),
    /// Serve the mock platform: WeChat's API for your server, and a control API, until stopped
    Serve(Box<ServeArgs>),
    /// Sign and send one push from the catalogue
    Push(Box<PushArgs>),
    /// Fetch data once, as for the phone: a periodic update or a prefetch
    ///
    /// Exit codes: 0 the data would be cached; 1 they would not; 2 usage; 3 unreachable.
    Fetch(Box<FetchOnceArgs>),
    /// Find what is misconfigured, here or at the server, before a run is spent on it
    ///
    /// Exit codes: 0 nothing is wrong; 1 something is; 2 usage; 3 our own error.
    Doctor(Box<DoctorArgs>),
    /// Play a failing scenario again, step by step
    Replay(Box<ReplayArgs>),
    /// Make the reports of a run again, from the events that `check --events` wrote
    ///
    /// Exit codes: those of `check`, whose run it was.
    Report(ReportArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Explain a rule (what, why, how to fix it, where it comes from), or a push, like push/text
    Explain(ExplainArgs),
    /// Print a completion script for bash, zsh, fish and others
    Completions(CompletionsArgs),
}

/// What is configured at WeChat for the server. The heading holds for all that follows, so these come
/// last in every command.
#[derive(Args, Clone, Debug, Default)]
#[command(
    next_help_heading = "As configured at WeChat",
    after_help = "Settings can also stand in `wxcheck.toml`, under the options' long names and `url`, in this folder \
                  or one above. Flags win over the environment, the environment over the file."
)]
pub(crate) struct TargetArgs {
    /// The Token
    #[arg(
        long,
        env = "WXCHECK_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) token: Option<String>,
    /// The appid (`wx…`)
    #[arg(long, env = "WXCHECK_APPID", value_name = "APPID")]
    pub(crate) appid: Option<String>,
    /// The AppSecret that the mock API asks for [default: any is taken]
    #[arg(
        long,
        env = "WXCHECK_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub(crate) secret: Option<String>,
    /// The EncodingAESKey, 43 characters; needed in compat and safe mode
    #[arg(
        long,
        env = "WXCHECK_AES_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub(crate) aes_key: Option<String>,
    /// plain, compat or safe [default: safe where a key is given, else plain]
    #[arg(long, env = "WXCHECK_MODE", value_name = "MODE")]
    pub(crate) mode: Option<Mode>,
    /// xml or json [default: xml; cloud-hosting: json]
    #[arg(long, env = "WXCHECK_FORMAT", value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// mini (program), official (account), minigame, platform (third-party, acting for others' mini programs),
    /// cloud-hosting, cloud-function or finclip (applet) [default: mini]
    #[arg(long, env = "WXCHECK_ACCOUNT", value_name = "KIND")]
    pub(crate) account: Option<Account>,
    /// The account's original id (`gh_…`), the ToUserName of pushes [default: gh_0123456789ab]
    #[arg(long, env = "WXCHECK_ORIGINAL_ID", value_name = "ID")]
    pub(crate) original_id: Option<String>,
    /// With --account platform: the appid of the account it acts for; takes the place of $APPID$ in the URL
    #[arg(long, env = "WXCHECK_AUTHORIZER_APPID", value_name = "APPID")]
    pub(crate) authorizer_appid: Option<String>,
    /// With --account platform: the URL for tickets, authorizations and registrations
    #[arg(long, env = "WXCHECK_AUTHORIZATION_URL", value_name = "URL")]
    pub(crate) authorization_url: Option<String>,
    /// Multiplies WeChat's five seconds: below 1 to save time, above 1 under a debugger [default: 1]
    #[arg(
        long,
        env = "WXCHECK_PATIENCE",
        value_name = "FACTOR",
        help_heading = "Sending",
        allow_negative_numbers = true,
        value_parser = bounds::parse_patience
    )]
    pub(crate) patience: Option<f64>,
    /// Use the proxies named in the environment (WeChat uses none)
    #[arg(long, help_heading = "Sending")]
    pub(crate) env_proxy: bool,
    /// Trust the certificate authorities of this PEM file too, for staging
    #[arg(
        long,
        env = "WXCHECK_CA_CERT",
        value_name = "FILE",
        help_heading = "Sending"
    )]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Where a certificate is missing from a chain, fetch it from where the one below it says it is, to prove that it is
    /// the one; never from this machine or a private address
    #[arg(long, help_heading = "Sending")]
    pub(crate) fetch_issuers: bool,
    /// Let a host's name lead there, before the DNS says so; may be repeated
    #[arg(long, value_name = "HOST=ADDR[:PORT]", help_heading = "Sending")]
    pub(crate) resolve: Vec<String>,
}

/// Where data are fetched for the phone.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FetchArgs {
    /// Where data are fetched every twelve hours: judged too, also without a callback URL
    #[arg(long, env = "WXCHECK_PERIODIC_URL", value_name = "URL")]
    pub(crate) periodic_url: Option<String>,
    /// Where data are fetched at a cold start: likewise
    #[arg(long, env = "WXCHECK_PREFETCH_URL", value_name = "URL")]
    pub(crate) prefetch_url: Option<String>,
    /// What wx.setBackgroundFetchToken sets for a user; given twice, for two users whose data differ
    #[arg(
        long,
        env = "WXCHECK_FETCH_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) fetch_token: Vec<String>,
    /// What the timestamp of a fetch counts: seconds or milliseconds [default: seconds; finclip: milliseconds]
    #[arg(long, env = "WXCHECK_FETCH_TIMESTAMP", value_name = "UNIT")]
    pub(crate) fetch_timestamp: Option<TimestampUnit>,
}

/// Whether hostile requests are sent.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct HostilityArgs {
    /// Send hostile requests to another machine too: deep, large, broken and half-sent ones, held connections. It may go
    /// down; to this machine they go unless --gentle is given
    #[arg(long, env = "WXCHECK_HOSTILE", value_parser = FalseyValueParser::new())]
    pub(crate) hostile: bool,
    /// Send nothing that could hurt a server that others share; wins over --hostile
    #[arg(long, env = "WXCHECK_GENTLE", value_parser = FalseyValueParser::new())]
    pub(crate) gentle: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The callback URL, like http://127.0.0.1:8080/wechat
    #[arg(env = "WXCHECK_URL")]
    pub(crate) url: Option<String>,
    /// Judge only these: an id, an area, or either with `*`; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    /// Leave a rule out, with the reason; may be repeated
    #[arg(long, value_name = "ID=REASON")]
    pub(crate) skip: Vec<String>,
    /// Fail on a Should, on flaky and on inconclusive verdicts too
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) hostility: HostilityArgs,
    /// Repeat the cases of an earlier run [default: drawn afresh]
    #[arg(
        long,
        env = "WXCHECK_SEED",
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::SEED.parse::<u64>(text)
    )]
    pub(crate) seed: Option<u64>,
    /// Cases drawn per property [default: each rule's own number]
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::CASES.parse::<usize>(text)
    )]
    pub(crate) cases: Option<usize>,
    /// Scenarios in flight at once [default: 8]
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::CONCURRENCY.parse::<usize>(text)
    )]
    pub(crate) concurrency: Option<usize>,
    /// Serve the mock API there, and judge by what the server calls
    #[arg(long, env = "WXCHECK_API_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) api_listen: Option<SocketAddr>,
    /// What the mock API's control API asks for; needed where other machines can reach the address
    #[arg(
        long,
        env = "WXCHECK_CONTROL_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) control_token: Option<String>,
    /// Judge by a page of the server's own that answers how often a push was acted on, like
    /// `http://127.0.0.1:8080/effects?id={MsgId}`; also {FromUserName}, {CreateTime}, {Event} and {OutTradeNo}
    #[arg(long, env = "WXCHECK_EFFECTS_URL", value_name = "TEMPLATE")]
    pub(crate) effects_url: Option<String>,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
    /// A push that the server handles, like xpay_goods_deliver_notify, or several, like 'xpay_*'; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) handles: Vec<String>,
    /// Add the pushes of this folder to the catalogue, or put them in place of its own: DIR/mini/my_event.toml
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
    /// Compare what the server answers to every push with the snapshots in this folder, for `cargo insta review`; the
    /// first run writes them
    #[arg(long, value_name = "DIR")]
    pub(crate) contract: Option<PathBuf>,
    /// End the run after this; what is known by then is reported [default: 120, more for a slow server]
    #[arg(
        long, value_name = "SECONDS",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::MAX_TIME.parse::<u64>(text)
    )]
    pub(crate) max_time: Option<u64>,
    /// Write the report as JSON; `-` is standard output, and what is told goes to standard error then
    #[arg(long, value_name = "FILE")]
    pub(crate) report_json: Option<PathBuf>,
    /// Write the report as JUnit XML; likewise
    #[arg(long, value_name = "FILE")]
    pub(crate) report_junit: Option<PathBuf>,
    /// Write everything that happens, one JSON object a line; `wxcheck report` makes reports of it
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Where replay files of failures go [default: .wxcheck]
    #[arg(long, value_name = "DIR")]
    pub(crate) replay_dir: Option<PathBuf>,
    /// List every rule with its verdict
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("listing").args(["list", "bounds"])))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct ServeArgs {
    /// The callback URL to which pushes go; without it nothing is pushed
    #[arg(env = "WXCHECK_URL")]
    pub(crate) url: Option<String>,
    /// Where to listen [default: 127.0.0.1:8900]
    #[arg(long, env = "WXCHECK_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// What the control API asks for; needed where other machines can reach the address
    #[arg(
        long,
        env = "WXCHECK_CONTROL_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) control_token: Option<String>,
    /// Let the control API be called by this name too, like that of the container; may be repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// Let pushes and fetches that the control API starts go to this host too; without it they go to this machine and
    /// to the hosts of the URLs given here; may be repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_target: Vec<String>,
    /// real, or virtual: standing still until the control API advances it [default: real]
    #[arg(long, value_name = "CLOCK")]
    pub(crate) clock: Option<ClockKind>,
    /// Where phones fetch data every twelve hours; can be set later too
    #[arg(long, env = "WXCHECK_PERIODIC_URL", value_name = "URL")]
    pub(crate) periodic_url: Option<String>,
    /// Where phones fetch data at a cold start; likewise
    #[arg(long, env = "WXCHECK_PREFETCH_URL", value_name = "URL")]
    pub(crate) prefetch_url: Option<String>,
    /// A cloud function on this machine, from which phones may fetch (needs Node.js); may be repeated
    #[arg(long, value_name = "NAME=FOLDER")]
    pub(crate) cloud_function: Vec<CloudFunction>,
    /// Add the pushes of this folder to the catalogue, or put them in place of its own: DIR/mini/my_event.toml
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
    /// Do not enforce quotas and message counts, for load tests
    #[arg(long)]
    pub(crate) no_limits: bool,
    /// List the endpoints of the API instead
    #[arg(long)]
    pub(crate) list: bool,
    /// List how much is kept and done at once instead
    #[arg(long)]
    pub(crate) bounds: bool,
    /// The list as the table that stands in the README
    #[arg(long, requires = "listing")]
    pub(crate) markdown: bool,
    /// Repeat the tokens, ids and faults of an earlier run [default: drawn afresh]
    #[arg(
        long,
        env = "WXCHECK_SEED",
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::SEED.parse::<u64>(text)
    )]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct PushArgs {
    /// The push's name in the catalogue, like text, official/text or subscribe_msg_popup_event.many; `-` for a JSON
    /// object on standard input
    #[arg(required_unless_present = "list")]
    pub(crate) name: Option<String>,
    /// The callback URL
    #[arg(env = "WXCHECK_URL")]
    pub(crate) url: Option<String>,
    /// Set a field, wherever it stands in the message; may be repeated
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Send one from each of so many users
    #[arg(
        long, value_name = "N", default_value_t = 1,
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::TO_USERS.parse::<u32>(text)
    )]
    pub(crate) to_users: u32,
    /// Send each once more, signed afresh: WeChat's retries of virtual payments are not the same bytes
    #[arg(long)]
    pub(crate) repeat_events: bool,
    /// Show what would be sent, opened and as it goes out, and the curl line; nothing is sent
    #[arg(long)]
    pub(crate) show: bool,
    /// Deliver the same bytes so many times, one after the other
    #[arg(
        long, value_name = "N", default_value_t = 1,
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::TIMES.parse::<u32>(text)
    )]
    pub(crate) times: u32,
    /// What to do when the answer is not 200 in time: once, observed or documented
    #[arg(long, value_name = "POLICY", default_value_t = Policy::ONCE)]
    pub(crate) retry: Policy,
    /// Call a cloud function on this machine, `exports.main` of DIR/index.js, and no URL (needs Node.js)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["repeat_events", "retry"])]
    pub(crate) function: Option<PathBuf>,
    /// List the catalogue
    #[arg(long)]
    pub(crate) list: bool,
    /// The list as a JSON array
    #[arg(long, requires = "list")]
    pub(crate) json: bool,
    /// Add the pushes of this folder to the catalogue, or put them in place of its own: DIR/mini/my_event.toml
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// The callback URL, like http://127.0.0.1:8080/wechat
    #[arg(env = "WXCHECK_URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct FetchOnceArgs {
    /// periodic or prefetch
    pub(crate) kind: FetchKind,
    /// Where the data are
    pub(crate) url: String,
    /// What wx.setBackgroundFetchToken sets
    #[arg(
        long,
        env = "WXCHECK_FETCH_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) fetch_token: Option<String>,
    /// A login code, in place of the token
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// The page that is opened, like pages/index/index
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Its query, like 'a=1&b=2', not encoded
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// The scene, like 1001
    #[arg(
        long, value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| bounds::SCENE.parse::<u32>(text)
    )]
    pub(crate) scene: Option<u32>,
    /// The version of the mini program (customMiniprogramVersion)
    #[arg(long = "custom-version", value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// What the timestamp counts: seconds or milliseconds [default: seconds; finclip: milliseconds]
    #[arg(long, env = "WXCHECK_FETCH_TIMESTAMP", value_name = "UNIT")]
    pub(crate) fetch_timestamp: Option<TimestampUnit>,
    /// Ask for a compressed answer
    #[arg(long)]
    pub(crate) compressed: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The file that `check` wrote
    pub(crate) file: PathBuf,
    /// The callback URL
    #[arg(env = "WXCHECK_URL")]
    pub(crate) url: Option<String>,
    /// As for `check`, for what was judged by calls
    #[arg(long, env = "WXCHECK_API_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) api_listen: Option<SocketAddr>,
    /// What the mock API's control API asks for; needed where other machines can reach the address
    #[arg(
        long,
        env = "WXCHECK_CONTROL_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) control_token: Option<String>,
    /// As for `check`, for what was judged by a page
    #[arg(long, env = "WXCHECK_EFFECTS_URL", value_name = "TEMPLATE")]
    pub(crate) effects_url: Option<String>,
    /// As for `check`, for pushes of your own
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) hostility: HostilityArgs,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// The file that `check --events` wrote
    pub(crate) file: PathBuf,
    /// Write the report as JSON; `-` is standard output, and what is told goes to standard error then
    #[arg(long, value_name = "FILE")]
    pub(crate) report_json: Option<PathBuf>,
    /// Write the report as JUnit XML; likewise
    #[arg(long, value_name = "FILE")]
    pub(crate) report_junit: Option<PathBuf>,
    /// Fail on a Should, on flaky and on inconclusive verdicts too
    #[arg(long)]
    pub(crate) strict: bool,
    /// List every rule with its verdict
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// An id, an area, or either with `*`
    pub(crate) pattern: Option<String>,
    /// As a JSON array
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As the table that stands in the README
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The rule's id, or push/ and the name of a push
    pub(crate) id: String,
    /// Whose pushes: mini, official, minigame, platform, cloud-hosting or cloud-function [default: mini]
    #[arg(long, env = "WXCHECK_ACCOUNT", value_name = "KIND")]
    pub(crate) account: Option<Account>,
    /// Add the pushes of this folder to the catalogue, or put them in place of its own: DIR/mini/my_event.toml
    #[arg(long, env = "WXCHECK_FIXTURES", value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
