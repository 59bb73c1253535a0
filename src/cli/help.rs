//! The settings as help shows them: in the order in which people ask, and in other words where a command makes
//! something else of them.

use clap::{ArgAction, Command, CommandFactory};

use crate::language::Language;

use super::{
    Cli,
    chinese::{chinese, wrapping},
};

/// The note below the options of every command that sends, in both languages.
pub(super) const SETTINGS: (&str, &str) = (
    "Settings can also stand in `wxcheck.toml`, under the options' long names and `url`, in this folder or one above. \
     Flags win over the environment, the environment over the file.",
    "配置也可以写在当前目录或上级目录的 `wxcheck.toml` 中，键名与长选项相同，另有 `url`。命令行优先于环境变量，环境变量优先于该文件。",
);

/// Options that come first in the help of a command, in their order.
const FIRST: [(&str, &[&str]); 5] = [
    (
        "check",
        &[
            "only",
            "skip",
            "fail_on",
            "strict",
            "baseline",
            "write_baseline",
            "hostile",
            "gentle",
            "rate",
            "i_own",
            "start",
            "wait",
            "seed",
            "cases",
            "concurrency",
            "api_listen",
            "control_token",
            "periodic_url",
            "prefetch_url",
            "fetch_token",
            "fetch_timestamp",
            "handles",
            "fixtures",
            "contract",
            "max_time",
        ],
    ),
    (
        "serve",
        &[
            "listen",
            "store",
            "keep",
            "keep_days",
            "control_token",
            "allow_host",
            "allow_target",
            "tls",
            "tls_cert",
            "tls_key",
            "clock",
            "periodic_url",
            "prefetch_url",
            "cloud_function",
            "fixtures",
            "retry",
            "no_limits",
            "hold_while_down",
        ],
    ),
    (
        "fetch",
        &[
            "fetch_token",
            "code",
            "path",
            "query",
            "scene",
            "version",
            "fetch_timestamp",
            "uncompressed",
        ],
    ),
    (
        "replay",
        &["api_listen", "control_token", "effects_url", "i_own"],
    ),
    ("explain", &["account"]),
];

/// Options under a heading of their own, in every command that has them.
const AT_WECHAT: [&str; 14] = [
    "token",
    "appid",
    "secret",
    "aes_key",
    "mode",
    "format",
    "json_content_type",
    "account",
    "original_id",
    "authorizer_appid",
    "authorization_url",
    "payment_url",
    "payment_token",
    "payment_aes_key",
];

/// The words for a setting of which a command makes something else.
const WORDS: [(&str, &str, &str); 21] = [
    (
        "serve",
        "url",
        "The callback URL to which pushes go; without it nothing is pushed",
    ),
    (
        "serve",
        "control_token",
        "What the control API asks for; needed where other machines can reach the address",
    ),
    (
        "serve",
        "periodic_url",
        "Where phones fetch data every twelve hours; can be set later too",
    ),
    (
        "serve",
        "prefetch_url",
        "Where phones fetch data at a cold start; can be set later too",
    ),
    (
        "serve",
        "seed",
        "Repeat the tokens, ids and faults of an earlier run [default: drawn afresh]",
    ),
    ("push", "url", "The callback URL"),
    (
        "fetch",
        "fetch_token",
        "What wx.setBackgroundFetchToken sets",
    ),
    (
        "fetch",
        "fetch_timestamp",
        "What the timestamp counts: seconds or milliseconds [default: seconds; finclip: milliseconds]",
    ),
    ("replay", "url", "The callback URL"),
    (
        "replay",
        "api_listen",
        "As for `check`, for what was judged by calls",
    ),
    (
        "replay",
        "effects_url",
        "As for `check`, for what was judged by a page",
    ),
    (
        "replay",
        "fixtures",
        "As for `check`, for pushes of your own",
    ),
    (
        "load",
        "periodic_url",
        "URL of periodic updates, for `periodic` in --mix",
    ),
    (
        "load",
        "prefetch_url",
        "URL of data prefetch, for `prefetch` in --mix and for --herd",
    ),
    (
        "load",
        "fetch_token",
        "Token that fetches carry, as wx.setBackgroundFetchToken sets it",
    ),
    (
        "load",
        "seed",
        "Repeat the pushes of an earlier run [default: drawn afresh]",
    ),
    (
        "load",
        "api_listen",
        "Serve the mock API there, and count what the server does for each push",
    ),
    (
        "worker",
        "periodic_url",
        "URL of periodic updates, for loads that have them in their mix",
    ),
    (
        "worker",
        "prefetch_url",
        "URL of data prefetch, for loads that have them in their mix",
    ),
    (
        "worker",
        "fetch_token",
        "Token that fetches carry, as wx.setBackgroundFetchToken sets it",
    ),
    (
        "explain",
        "account",
        "Whose pushes: mini, official, minigame, platform, cloud-hosting, cloud-function, shop or app [default: mini]",
    ),
];

/// Headings over the options of `check`, each with what stands below it. Settings that have a heading everywhere keep it.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Rules",
        &[
            "only",
            "skip",
            "strict",
            "fail_on",
            "baseline",
            "write_baseline",
            "rules_as_of",
            "hostile",
            "gentle",
            "handles",
            "fixtures",
        ],
    ),
    (
        "Running",
        &[
            "seed",
            "cases",
            "concurrency",
            "wait",
            "start",
            "max_time",
            "rate",
            "i_own",
        ],
    ),
    (
        "What the server does",
        &["api_listen", "effects_url", "control_token", "platform"],
    ),
    (
        "Fetched data",
        &[
            "periodic_url",
            "prefetch_url",
            "fetch_token",
            "fetch_timestamp",
        ],
    ),
    (
        REPORTS,
        &[
            "verbose",
            "curl",
            "color",
            "contract",
            "events",
            "replay_dir",
        ],
    ),
];

/// The heading over reports, and the beginning of their ids.
const REPORTS: &str = "Reports";
const REPORT: &str = "report_";

/// Options of `check` that its short help shows: those with which people begin.
const SHORT: [&str; 17] = [
    "url",
    "token",
    "appid",
    "aes_key",
    "mode",
    "format",
    "account",
    "only",
    "skip",
    "fail_on",
    "wait",
    "start",
    "api_listen",
    "effects_url",
    "report_json",
    "report_junit",
    "verbose",
];

/// Examples below the help of `check`, in both languages.
pub(super) const EXAMPLES: [(&str, &str, &str); 3] = [
    (
        "A server in plain mode",
        "明文模式的服务器",
        "wxcheck check http://127.0.0.1:8080/wechat --token TOKEN",
    ),
    (
        "In safe mode, judged by what it calls too",
        "安全模式，同时根据它调用的接口判断",
        "wxcheck check URL --token TOKEN --appid APPID --aes-key KEY --api-listen 127.0.0.1:8900",
    ),
    (
        "Some rules only, with a report for CI",
        "只检查部分规则，并为 CI 写报告",
        "wxcheck check URL --token TOKEN --only 'reply/*' --report-junit wxcheck.xml",
    ),
];

/// Options of which a command takes one, where others take several: its fetches are made for one user.
const ONCE: [(&str, &str); 3] = [
    ("fetch", "fetch_token"),
    ("load", "fetch_token"),
    ("worker", "fetch_token"),
];

/// Options that a command has with others and always refuses, so that its help does not show them.
const REFUSED: [(&str, &[&str]); 2] = [
    ("load", &["env_proxy", "fetch_issuers"]),
    ("worker", &["env_proxy", "fetch_issuers"]),
];

/// The whole command line, with its help in that language.
pub(crate) fn command(lang: Language) -> Command {
    match lang {
        Language::English => english(),
        Language::Chinese => chinese(english()),
    }
}

/// The same, made to be shown on a terminal.
pub(super) fn rendered(lang: Language) -> Command {
    match lang {
        Language::English => english(),
        Language::Chinese => wrapping(chinese(english())),
    }
}

fn english() -> Command {
    Cli::command().mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        let first = FIRST.iter().find(|(command, _)| *command == name);
        let order = first.map_or(&AT_WECHAT[..], |(_, first)| first);
        let command = if name == "check" {
            grouped(command)
        } else {
            command
        };
        command.mut_args(|arg| {
            let id = arg.get_id().to_string();
            let place_in = |order: &[&str]| order.iter().position(|known| *known == id);
            let place = place_in(order).or_else(|| place_in(&AT_WECHAT));
            let of_this =
                |(command, known, _): &&(&str, &str, &str)| (*command, *known) == (&name, &id);
            let words = WORDS.iter().find(of_this);
            let arg = place.into_iter().fold(arg, clap::Arg::display_order);
            let arg = words
                .into_iter()
                .fold(arg, |arg, (_, _, words)| arg.help(*words));
            let refused =
                |(command, ids): &(&str, &[&str])| *command == name && ids.contains(&&*id);
            let arg = arg.hide(REFUSED.iter().any(refused));
            if ONCE.contains(&(&name, &id)) {
                arg.action(ArgAction::Set)
            } else {
                arg
            }
        })
    })
}

/// `check` in groups, with its examples, and with few options in the short help.
fn grouped(command: Command) -> Command {
    let examples = EXAMPLES
        .iter()
        .fold("Examples:".to_owned(), |text, (what, _, line)| {
            format!("{text}\n  {what}:\n    {line}")
        });
    let after = command.get_after_help().map(ToString::to_string);
    let after = format!("{examples}\n\n{}", after.unwrap_or_default());
    command
        .after_help(examples)
        .after_long_help(after)
        .mut_args(|arg| {
            let id = arg.get_id().to_string();
            let mut groups = GROUPS.iter();
            let group = groups.find(|(_, ids)| ids.contains(&id.as_str()));
            let heading = group.map(|(heading, _)| *heading);
            let heading = heading.or_else(|| id.starts_with(REPORT).then_some(REPORTS));
            let arg = heading.into_iter().fold(arg, clap::Arg::help_heading);
            arg.hide_short_help(!SHORT.contains(&id.as_str()))
        })
}
