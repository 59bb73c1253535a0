//! Every setting, from each of its sources: flags win over the environment, the environment over the file, and each
//! value knows where it was given. Driven by the list of keys, so that a new one cannot be forgotten.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    process::Command as Process,
};

use clap::{Arg, Args, Command, FromArgMatches, builder::ValueParser};
use wxcheck_settings::{FILE_NAME, Origin, Origins, Settings, command_line::parse};

/// Tells a process that it was started by another one here.
const STARTED: &str = "WXCHECK_TEST_OF_SOURCES";

/// The content of a setting.
type Held = fn(&Settings) -> String;

fn held(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// A key, its value as a flag, as a variable and in the file, and what it holds.
const SETTINGS: &[(&str, [&str; 3], Held)] = &[
    ("url", ["http://f/", "http://v/", "'http://t/'"], |s| {
        held(&s.callback.url)
    }),
    ("token", ["f", "v", "'t'"], |s| held(&s.target.token)),
    ("appid", ["f", "v", "'t'"], |s| held(&s.target.appid)),
    ("secret", ["f", "v", "'t'"], |s| held(&s.target.secret)),
    ("aes-key", ["f", "v", "'t'"], |s| held(&s.target.aes_key)),
    ("mode", ["plain", "compat", "'safe'"], |s| {
        held(&s.target.mode)
    }),
    ("format", ["json", "xml", "'json'"], |s| {
        held(&s.target.format)
    }),
    (
        "json-content-type",
        ["text/xml", "application/json", "'text/xml'"],
        |s| held(&s.target.json_content_type),
    ),
    ("original-id", ["f", "v", "'t'"], |s| {
        held(&s.target.original_id)
    }),
    ("authorizer-appid", ["f", "v", "'t'"], |s| {
        held(&s.target.authorizer_appid)
    }),
    ("authorization-url", ["f", "v", "'t'"], |s| {
        held(&s.target.authorization_url)
    }),
    ("payment-url", ["f", "v", "'t'"], |s| {
        held(&s.target.payment_url)
    }),
    ("payment-token", ["f", "v", "'t'"], |s| {
        held(&s.target.payment_token)
    }),
    ("payment-aes-key", ["f", "v", "'t'"], |s| {
        held(&s.target.payment_aes_key)
    }),
    ("account", ["official", "platform", "'minigame'"], |s| {
        held(&s.kind.account)
    }),
    ("patience", ["2", "3", "4.0"], |s| held(&s.sending.patience)),
    ("env-proxy", ["", "", "true"], |s| {
        held(&s.sending.env_proxy)
    }),
    ("connection-close", ["", "", "true"], |s| {
        held(&s.sending.connection_close)
    }),
    ("ca-cert", ["f", "v", "'t'"], |s| held(&s.sending.ca_cert)),
    ("fetch-issuers", ["", "", "true"], |s| {
        held(&s.sending.fetch_issuers)
    }),
    ("resolve", ["f", "v", "['t']"], |s| held(&s.sending.resolve)),
    ("periodic-url", ["f", "v", "'t'"], |s| {
        held(&s.fetch.periodic_url)
    }),
    ("prefetch-url", ["f", "v", "'t'"], |s| {
        held(&s.fetch.prefetch_url)
    }),
    ("domains", ["", "", "{ request = ['t'] }"], |s| {
        held(&s.fetch.domains)
    }),
    ("fetch-token", ["f", "v", "['t', 'u']"], |s| {
        held(&s.carried.fetch_token)
    }),
    (
        "fetch-timestamp",
        ["seconds", "milliseconds", "'seconds'"],
        |s| held(&s.carried.fetch_timestamp),
    ),
    ("fixtures", ["f", "v", "'t'"], |s| held(&s.pushes.fixtures)),
    (
        "api-listen",
        ["127.0.0.1:1", "127.0.0.1:2", "'127.0.0.1:3'"],
        |s| held(&s.effects.api_listen),
    ),
    ("effects-url", ["f", "v", "'t'"], |s| {
        held(&s.effects.effects_url)
    }),
    ("control-token", ["f", "v", "'t'"], |s| {
        held(&s.control.control_token)
    }),
    ("hostile", ["", "1", "true"], |s| held(&s.hostility.hostile)),
    ("gentle", ["", "1", "true"], |s| held(&s.hostility.gentle)),
    ("i-own", ["f", "v", "['t']"], |s| held(&s.ownership.i_own)),
    ("rate", ["1", "2", "3.5"], |s| held(&s.run.rate)),
    ("seed", ["1", "2", "3"], |s| held(&s.draw.seed)),
    ("only", ["f", "v", "['t']"], |s| held(&s.run.only)),
    ("skip", ["f", "v", "['t']"], |s| held(&s.run.skip)),
    (
        "fail-on",
        ["should", "info", "['inconclusive', 'must']"],
        |s| held(&s.strictness.fail_on),
    ),
    ("baseline", ["f", "v", "'t'"], |s| held(&s.known.baseline)),
    ("strict", ["", "1", "true"], |s| held(&s.strictness.strict)),
    ("cases", ["1", "2", "3"], |s| held(&s.run.cases)),
    ("concurrency", ["1", "2", "3"], |s| held(&s.run.concurrency)),
    ("handles", ["f", "v", "['t']"], |s| held(&s.run.handles)),
    ("contract", ["f", "v", "'t'"], |s| held(&s.run.contract)),
    ("max-time", ["1", "2", "'3m'"], |s| held(&s.run.max_time)),
    ("report-json", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_json)
    }),
    ("report-html", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_html)
    }),
    ("rules-as-of", ["0.1", "0.1.0", "'0.1.1'"], |s| {
        held(&s.run.rules_as_of)
    }),
    ("report-junit", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_junit)
    }),
    ("report-markdown", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_markdown)
    }),
    ("report-sarif", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_sarif)
    }),
    ("report-gitlab", ["f", "v", "'t'"], |s| {
        held(&s.reports.report_gitlab)
    }),
    ("junit-warnings", ["failure", "skipped", "'passed'"], |s| {
        held(&s.reports.junit_warnings)
    }),
    ("github", ["never", "always", "'auto'"], |s| {
        held(&s.reports.github)
    }),
    ("events", ["f", "v", "'t'"], |s| held(&s.output.events)),
    ("replay-dir", ["f", "v", "'t'"], |s| {
        held(&s.output.replay_dir)
    }),
    (
        "listen",
        ["127.0.0.1:1", "127.0.0.1:2", "'127.0.0.1:3'"],
        |s| held(&s.serve.listen),
    ),
    ("allow-host", ["f", "v", "'t'"], |s| {
        held(&s.serve.allow_host)
    }),
    ("allow-target", ["f", "v", "['t']"], |s| {
        held(&s.serve.allow_target)
    }),
    ("tls", ["", "", "true"], |s| held(&s.serve.tls)),
    ("tls-cert", ["f", "v", "'t'"], |s| held(&s.serve.tls_cert)),
    ("tls-key", ["f", "v", "'t'"], |s| held(&s.serve.tls_key)),
    ("clock", ["real", "virtual", "'virtual'"], |s| {
        held(&s.serve.clock)
    }),
    ("retry", ["once", "observed", "'documented'"], |s| {
        held(&s.serve.retry)
    }),
    ("no-limits", ["", "", "true"], |s| held(&s.serve.no_limits)),
    ("store", ["f", "v", "'t'"], |s| held(&s.serve.store)),
    ("keep", ["1000", "2000", "3000"], |s| held(&s.serve.keep)),
    ("keep-days", ["1", "2", "3"], |s| held(&s.serve.keep_days)),
    ("hold-while-down", ["", "", "true"], |s| {
        held(&s.serve.hold_while_down)
    }),
];

fn options() -> Command {
    Settings::augment_args(Command::new("wxcheck"))
}

fn option(key: &str) -> Option<Arg> {
    let id = key.replace('-', "_");
    let options = options();
    let found = options
        .get_arguments()
        .find(|arg| arg.get_id() == id.as_str());
    found.cloned()
}

fn variable(key: &str) -> Option<String> {
    let arg = option(key)?;
    Some(arg.get_env()?.to_str().unwrap().to_owned())
}

/// The settings that a command line gives, with the environment behind it.
fn said(words: &[String]) -> Settings {
    let words = [&["wxcheck".to_owned()], words].concat();
    let matches = parse(&options(), words).unwrap();
    Settings {
        origins: Origins::of(&matches),
        ..Settings::from_arg_matches(&matches).unwrap()
    }
}

fn in_file(key: &str, value: &str) -> Settings {
    let text = format!("# First\n{key} = {value}\n");
    Settings::from_toml(Path::new(FILE_NAME), &text).unwrap()
}

fn words(key: &str, value: &str) -> Vec<String> {
    let arg = option(key).unwrap();
    let name = arg.get_long().map(|long| format!("--{long}"));
    let value = (!value.is_empty()).then(|| value.to_owned());
    name.into_iter().chain(value).collect()
}

#[test]
fn each_key_is_tested() {
    let mut tested: Vec<&str> = SETTINGS.iter().map(|(key, _, _)| *key).collect();
    let mut keys = Settings::keys();
    tested.sort_unstable();
    keys.sort_unstable();
    assert_eq!(tested, keys);
    let mut options: Vec<String> = options()
        .get_arguments()
        .map(|arg| arg.get_id().as_str().replace('_', "-"))
        .collect();
    // Domains stand in the file only.
    options.push("domains".to_owned());
    options.sort_unstable();
    assert_eq!(options, keys);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    if std::env::var_os(STARTED).is_none() {
        // Variables are for a whole process, so that the same test is run in one of its own.
        let mut own = Process::new(std::env::current_exe().unwrap());
        own.args([
            "--exact",
            "flags_win_over_the_environment_and_that_over_the_file",
        ]);
        for (key, [_, value, _], _) in SETTINGS {
            own.envs(variable(key).map(|name| (name, value)));
        }
        let ended = own.env(STARTED, "1").output().unwrap();
        let told = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && told.contains("1 passed"),
            "{told}"
        );
        return;
    }
    for (key, [flag, value, line], held) in SETTINGS {
        let file = in_file(key, line);
        let of_file = held(&file);
        let all = |given: Settings| given.over(in_file(key, line));
        let from = |settings: &Settings| settings.place(key).origin().clone();
        let unset = held(&Settings::default());
        assert_ne!(of_file, unset, "{key}");
        let line = Origin::File {
            path: PathBuf::from(FILE_NAME),
            line: 2,
        };
        let alone = Settings::default().over(file);
        assert_eq!(
            (held(&alone), from(&alone)),
            (of_file.clone(), line.clone())
        );
        // Without a flag: the variable, if it has one.
        let behind = all(said(&[]));
        if let Some(name) = variable(key) {
            assert_eq!(held(&behind), held(&said(&[])), "{key}");
            assert_eq!(from(&behind), Origin::Variable(name), "{key}");
            // A switch is on whoever switches it.
            assert!(*value == "1" || held(&behind) != of_file, "{key}");
        } else {
            assert_eq!((held(&behind), from(&behind)), (of_file, line), "{key}");
        }
        let Some(arg) = option(key) else { continue };
        let first = all(said(&words(key, flag)));
        let name = arg
            .get_long()
            .map_or("URL".to_owned(), |long| format!("--{long}"));
        assert_eq!(from(&first), Origin::Flag(name), "{key}");
        if !flag.is_empty() {
            assert_ne!(held(&first), held(&behind), "{key}");
        }
        assert_eq!(held(&first), held(&said(&words(key, flag))), "{key}");
        assert_ne!(held(&first), unset, "{key}");
    }
}

#[test]
fn relative_paths_of_a_file_start_at_its_folder_and_others_are_left() {
    let path = ValueParser::path_buf().type_id();
    let options = options();
    let paths = options
        .get_arguments()
        .filter(|arg| arg.get_value_parser().type_id() == path);
    let keys: Vec<String> = paths
        .map(|arg| arg.get_id().as_str().replace('_', "-"))
        .collect();
    assert_eq!(keys.len(), 15, "{keys:?}");
    let folder = tempfile::tempdir().unwrap();
    for key in &keys {
        let text = format!("{key} = 'below/it'\n");
        #[expect(
            clippy::disallowed_methods,
            reason = "the test writes the file that is read"
        )]
        std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
        let (_, _, held) = SETTINGS.iter().find(|(known, _, _)| known == key).unwrap();
        let meant = folder.path().join("below/it");
        let read = Settings::default()
            .over_file(&folder.path().join("deep"))
            .unwrap();
        assert_eq!(held(&read), format!("{:?}", Some(meant)), "{key}");
        let given = said(&words(key, "below/it"));
        let read = given.over_file(folder.path()).unwrap();
        assert_eq!(held(&read), "Some(\"below/it\")", "{key}");
    }
}

#[test]
fn standard_output_is_no_path() {
    let read = in_file("report-json", "'-'").beside(Path::new("/folder"));
    assert_eq!(read.reports.report_json, Some(PathBuf::from("-")));
}

#[test]
fn a_variable_that_is_set_to_nothing_gives_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    for key in ["appid", "secret", "aes-key", "authorizer-appid"] {
        let mut given = said(&[format!("--{key}="), "--token=".to_owned()]);
        given = given.over_file(folder.path()).unwrap();
        let (_, _, held) = SETTINGS.iter().find(|(known, _, _)| *known == key).unwrap();
        assert_eq!(held(&given), "None", "{key}");
        assert_eq!(given.target.token.as_deref(), Some(""));
    }
}
