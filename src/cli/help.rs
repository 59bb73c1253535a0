//! The settings as help shows them: in the order in which people ask, and in other words where a command makes
//! something else of them.

use clap::{ArgAction, Command, CommandFactory};

use super::Cli;

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
            "effects_url",
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
    ("replay", &["api_listen", "control_token", "effects_url"]),
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
const WORDS: [(&str, &str, &str); 13] = [
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
        "Where phones fetch data at a cold start; likewise",
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
        "explain",
        "account",
        "Whose pushes: mini, official, minigame, platform, cloud-hosting, cloud-function, shop or app [default: mini]",
    ),
];

/// Options of which a command takes one, where others take several: one fetch is made for one user.
const ONCE: [(&str, &str); 1] = [("fetch", "fetch_token")];

/// The whole command line.
pub(crate) fn command() -> Command {
    Cli::command().mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        let first = FIRST.iter().find(|(command, _)| *command == name);
        let order = first.map_or(&AT_WECHAT[..], |(_, first)| first);
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
            if ONCE.contains(&(&name, &id)) {
                arg.action(ArgAction::Set)
            } else {
                arg
            }
        })
    })
}
