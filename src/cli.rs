//! The command line: what each command takes. Help texts of settings live with them, all others here.

mod chinese;
pub(crate) mod completing;
mod given;
mod header;
pub(crate) mod help;
mod load;
mod nats;
mod sealing;

use std::{ffi::OsString, path::PathBuf, str::FromStr, time::Duration};

use clap::{
    Args, FromArgMatches, Parser, Subcommand, ValueEnum,
    error::{Error, ErrorKind},
};
use wxcheck_mock_server::{Policy, client_request::Version, cloud_function::CloudFunction};
use wxcheck_protocol::fetch::FetchKind;
use wxcheck_settings::{
    Origins, command_line,
    groups::{
        AccountKind, Callback, Carried, Control, Draw, Effects, Fetch, Hostility, Known, Output,
        Ownership, Pushes, Reports, Run, Sending, Serve, Strictness, Target,
    },
    ranges,
};

use crate::{
    language::{self, Language},
    screen::Colours,
};

pub(crate) use header::Header;
pub(crate) use load::LoadArgs;
pub(crate) use nats::{NatsArgs, WorkerArgs};
pub(crate) use sealing::{OpenArgs, SignArgs};

/// Plays WeChat towards a developer's server and judges it.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of all output: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(
        long,
        global = true,
        value_parser = language::parser(),
        hide_possible_values = true,
        env = language::VARIABLE
    )]
    pub(crate) lang: Option<Language>,
    /// Colours on standard output: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: Colours,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The form of what is printed while a platform is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Text,
    /// For programs: the records of `GET /_wxcheck/journal`, one a line
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Judge a callback server; without URL, the built-in reference server
    ///
    /// Exit codes: 0 conformant; 1 a must failed, or what --fail-on names, or --baseline is out of date; 2 wrong
    /// usage or settings; 3 no verdict (unreachable, stopped, out of time, our own error; or most rules blocked and no must failed).
    Check(Box<CheckArgs>),
    /// Serve the mock platform: WeChat's API for your server, and a control API, until stopped
    Serve(Box<ServeArgs>),
    /// Sign and send one push from the catalogue
    Push(Box<PushArgs>),
    /// Fetch once, as for the phone: a periodic update, a prefetch, or a page's wx.request
    ///
    /// Exit codes: 0 the data would be cached, or the request succeeds; 1 not; 2 wrong usage or settings; 3 unreachable.
    Fetch(Box<FetchOnceArgs>),
    /// Send signed, unique pushes at a rate, and count the results
    ///
    /// Exit codes: 0 finished; 1 a --fail-if condition is true; 2 wrong usage or settings; 3 nothing was
    /// answered, stopped, or our own error.
    Load(Box<LoadArgs>),
    /// Carry out shards of loads that `wxcheck load --nats` starts elsewhere, until stopped
    ///
    /// Token, EncodingAESKey and the URL come from this worker's own settings: they never pass through NATS.
    Worker(Box<WorkerArgs>),
    /// Find the mistake: what is misconfigured here, or wrong in the server's code, and the change to make
    ///
    /// Exit codes: 0 nothing is wrong; 1 something is; 2 wrong usage or settings; 3 stopped, or our own error.
    Doctor(Box<DoctorArgs>),
    /// Play a failing scenario again, step by step
    Replay(Box<ReplayArgs>),
    /// Make the reports of a run again, from its events or its JSON report; or compare two runs
    ///
    /// Exit codes: those of `check`, whose run it was. Of a comparison: 0 nothing new is broken; 1 something is; 2 wrong usage or
    /// settings; 3 the later run has no verdict.
    Report(ReportArgs),
    /// Write the first files: wxcheck.toml with a made-up Token, and what CI needs (GitHub, GitLab, Jenkins)
    Init(InitArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Explain a rule (what, why, how to fix it, where it comes from), a push, like push/text, or all causes that `doctor`
    /// knows: causes
    Explain(ExplainArgs),
    /// Show how a request is signed, step by step, and compare with the signature that came
    ///
    /// Exit codes: 0 nothing differs; 1 a signature differs; 2 wrong usage or settings.
    Sign(SignArgs),
    /// Open a sealed message, step by step, and say at which step it fails and why
    ///
    /// Exit codes: 0 it opens; 1 it does not; 2 wrong usage or settings.
    Open(OpenArgs),
    /// Print how an SDK is pointed at the served platform: wechatpy, WxJava, EasyWeChat, silenceper/wechat, PowerWeChat,
    /// Senparc, co-wechat-api; without a name, list them
    Sdk(SdkArgs),
    /// Print a completion script for bash, zsh, fish and others
    Completions(CompletionsArgs),
    /// Print the man page of wxcheck, or of one of its commands
    Man(ManArgs),
}

/// The options of every command that sends. The heading holds for all that follows, so these come last in every command.
#[derive(Args)]
#[command(
    next_help_heading = "As configured at WeChat",
    after_help = help::SETTINGS.0
)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) kind: AccountKind,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) callback: Callback,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) hostility: Hostility,
    #[command(flatten)]
    pub(crate) ownership: Ownership,
    #[command(flatten)]
    pub(crate) draw: Draw,
    #[command(flatten)]
    pub(crate) effects: Effects,
    #[command(flatten)]
    pub(crate) control: Control,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    #[command(flatten)]
    pub(crate) carried: Carried,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    #[command(flatten)]
    pub(crate) strictness: Strictness,
    #[command(flatten)]
    pub(crate) known: Known,
    /// Wait until the server answers, for at most this long, like 30s [default: with --start 30s]
    #[arg(long, value_name = "TIME", value_parser = ranges::parse_wait)]
    pub(crate) wait: Option<Duration>,
    /// Start the server with this shell command, wait until it answers, and end it after the run
    #[arg(long, value_name = "CMD")]
    pub(crate) start: Option<String>,
    /// Write the findings of this run into the list of known ones, and drop what is no longer needed there
    #[arg(long)]
    pub(crate) write_baseline: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Judge by what the server calls at a `wxcheck serve` that runs there, like http://127.0.0.1:8900; the run is seen in its
    /// journal as it happens
    #[arg(long, value_name = "URL", conflicts_with_all = ["api_listen", "effects_url"])]
    pub(crate) platform: Option<String>,
    /// List every rule with its verdict, and the curl line of each finding
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Show the curl line of each finding, which sends the request again
    #[arg(long)]
    pub(crate) curl: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) callback: Callback,
    #[command(flatten)]
    pub(crate) serve: Serve,
    #[command(flatten)]
    pub(crate) control: Control,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    /// A cloud function on this machine, from which phones may fetch (needs Node.js); may be repeated
    #[arg(long, value_name = "NAME=FOLDER")]
    pub(crate) cloud_function: Vec<CloudFunction>,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    /// Begin with the apps, templates, users and menus from this TOML file
    #[arg(long, value_name = "FILE")]
    pub(crate) seed_file: Option<PathBuf>,
    /// Show a list and read keys: arrows select, d opens, r sends again, x twice, t types as a user, / searches, q quits
    #[arg(long, short, conflicts_with_all = ["quiet", "output"])]
    pub(crate) interactive: bool,
    /// Print nothing but one line with the address
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print each push, answer and call as a line of text, or as a JSON object a line
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    pub(crate) output: Form,
    /// Ask the platform that serves at --listen whether it is well, for a container's health check
    ///
    /// Exit codes: 0 it is; 1 it is not, or nothing serves there; 2 wrong usage or settings.
    #[arg(long)]
    pub(crate) health: bool,
    #[command(flatten)]
    pub(crate) listing: Listing,
    #[command(flatten)]
    pub(crate) draw: Draw,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// The list that is shown in place of serving.
#[derive(Args)]
#[command(group(clap::ArgGroup::new("listed").args(["list", "bounds"])))]
pub(crate) struct Listing {
    /// List the endpoints of the API instead
    #[arg(long)]
    pub(crate) list: bool,
    /// List how much is kept and done at once instead
    #[arg(long)]
    pub(crate) bounds: bool,
    /// The list as a Markdown table
    #[arg(long, requires = "listed")]
    pub(crate) markdown: bool,
}

#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct PushArgs {
    /// The push's name in the catalogue, like text, official/text or subscribe_msg_popup_event.many; `-` for a JSON
    /// object on standard input
    #[arg(required_unless_present = "list")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) callback: Callback,
    /// Set a field, wherever it stands in the message; may be repeated
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Set fields too that the push does not have in the catalogue
    #[arg(long)]
    pub(crate) force: bool,
    /// Send one from each of so many users
    #[arg(
        long, value_name = "N", default_value_t = 1,
        allow_negative_numbers = true,
        value_parser = |text: &str| ranges::TO_USERS.parse::<u32>(text)
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
        value_parser = |text: &str| ranges::TIMES.parse::<u32>(text)
    )]
    pub(crate) times: u32,
    /// Repeats when the answer is not 200 in time: once, observed or documented; the last keeps the pauses that the
    /// page of a payment names, times --patience
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
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) callback: Callback,
    /// Try rare mistakes and two at once too, in up to a minute
    #[arg(long)]
    pub(crate) thorough: bool,
    /// Write what was found as JSON; `-` is standard output
    // It is no setting: the report is not that of a run.
    #[arg(id = "doctor-report", long = "report-json", value_name = "FILE")]
    pub(crate) report_json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ownership: Ownership,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    #[command(flatten)]
    pub(crate) carried: Carried,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct FetchOnceArgs {
    /// periodic, prefetch or request
    pub(crate) kind: FetchedOnce,
    /// Where the data are
    // It is no setting called `url`.
    #[arg(id = "URL", value_name = "URL")]
    pub(crate) data_url: String,
    #[command(flatten)]
    pub(crate) carried: Carried,
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
        value_parser = |text: &str| ranges::SCENE.parse::<u32>(text)
    )]
    pub(crate) scene: Option<u32>,
    /// The version of the mini program (customMiniprogramVersion)
    #[arg(long = "custom-version", value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Do not ask for a compressed answer, as the phones of `serve` do
    #[arg(long)]
    pub(crate) uncompressed: bool,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// A periodic update, a prefetch, or a request of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FetchedOnce {
    /// As WeChat or the phone fetches.
    Data(FetchKind),
    /// wx.request.
    Request,
}

impl FromStr for FetchedOnce {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "request" => Ok(Self::Request),
            _ => name.parse().map(Self::Data).map_err(|_| {
                format!("no fetch is called `{name}`; choose periodic, prefetch or request")
            }),
        }
    }
}

/// The arguments of wx.request.
#[derive(Args, Clone, Default)]
pub(crate) struct PageArgs {
    /// Of a request: the method, GET where none is given
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Of a request: a header; may be repeated. The Referer cannot be set
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<Header>,
    /// Of a request: the body
    #[arg(long, value_name = "TEXT")]
    pub(crate) data: Option<String>,
    /// Of a request: the version in the Referer, 0 (not released), devtools or a number; 1 where none is given
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<Version>,
}

impl PageArgs {
    /// True if anything was given.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            method,
            header,
            data,
            release,
        } = self;
        method.is_none() && header.is_empty() && data.is_none() && release.is_none()
    }
}

#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// The replay file that `check` wrote, or the log of a run (`--events`)
    pub(crate) file: PathBuf,
    /// The rule whose finding is played, where the file is a log with several
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Option<String>,
    #[command(flatten)]
    pub(crate) callback: Callback,
    #[command(flatten)]
    pub(crate) effects: Effects,
    #[command(flatten)]
    pub(crate) control: Control,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    #[command(flatten)]
    pub(crate) hostility: Hostility,
    #[command(flatten)]
    pub(crate) ownership: Ownership,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    #[command(flatten)]
    pub(crate) carried: Carried,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// The file that `check --events` or `check --report-json` wrote
    pub(crate) file: PathBuf,
    /// The same of a later run: show what is new, fixed, still broken and no longer judged since the first one
    pub(crate) later: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) strictness: Strictness,
    /// List every rule with its verdict, and the curl line of each finding
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Show the curl line of each finding, which sends the request again
    #[arg(long)]
    pub(crate) curl: bool,
}

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Where the server under test answers [default: http://127.0.0.1:8080/wechat]
    pub(crate) url: Option<String>,
    /// The shell command that starts it [default: npm start, where package.json has it]
    #[arg(long, value_name = "CMD")]
    pub(crate) start: Option<String>,
    /// Overwrite files that are there, and ask before each
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// An id, an area, or either with `*`
    pub(crate) pattern: Option<String>,
    /// As a JSON array
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As a Markdown table
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The rule's id, push/ and the name of a push, or causes
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) kind: AccountKind,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
}

#[derive(Args)]
pub(crate) struct SdkArgs {
    /// Its name
    pub(crate) name: Option<String>,
    /// Where the platform is served [default: http://127.0.0.1:8900]
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The command, like check
    pub(crate) command: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

impl Cli {
    /// A command line, and the origins of its values.
    pub(crate) fn read(words: &[OsString], lang: Language) -> Result<(Self, Origins), Error> {
        let matches = command_line::parse(&help::rendered(lang), words)?;
        let origins = matches.subcommand().map(|(_, said)| Origins::of(said));
        let cli = Self::from_arg_matches(&matches)?;
        Ok((cli, origins.unwrap_or_default()))
    }
}

/// Help that was asked for, or what is wrong with a command line, in Chinese.
pub(crate) fn in_chinese(error: &Error) -> String {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => chinese::wrapped(&error.render().to_string()),
        _ => chinese::error(error),
    }
}
