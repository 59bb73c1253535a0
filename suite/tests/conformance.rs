//! The rules as tests: one test a rule, named by its id, from one shared run.
//!
//! With `WXCHECK_URL` set, that server is judged, with what `WXCHECK_TOKEN` and its companions say;
//! without, the reference server. `WXCHECK_STRICT=1` fails on warnings too.

#![expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_mock_server::{ApiServer, clock};
use wxcheck_network::Network;
use wxcheck_protocol::{aes_key::EncodingAesKey, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server as reference;
use wxcheck_suite::{
    bounds,
    configuration::Configuration,
    contract,
    fixtures::read_fixtures,
    reading::{nearest, read_text},
    rules,
    run::{self, Ended, Run},
    verdict::{RuleResult, Verdict},
    watching,
};

/// Any free port of this machine.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    let run = if arguments.list {
        None
    } else {
        Some(judge(&arguments))
    };
    let run = match run.transpose() {
        Ok(run) => run,
        Err(reason) => {
            eprintln!("error: {reason}");
            return ExitCode::from(2);
        }
    };
    if let Some(Ended::NoContact(reason)) = run.as_ref().map(|(run, _)| &run.ended) {
        eprintln!("error: no contact with the server: {reason}");
        return ExitCode::from(3);
    }
    let judged = |run: &Run| {
        let unjudged = run.count(Verdict::Skipped) + run.count(Verdict::Inconclusive);
        unjudged < run.results.len()
    };
    if arguments.filter.is_none() && run.as_ref().is_some_and(|(run, _)| !judged(run)) {
        eprintln!("error: nothing could be judged");
        return ExitCode::from(3);
    }
    // A run has its verdicts already; threads would only mix the output.
    arguments.test_threads = Some(1);
    let (run, replies) = run.unzip();
    let mut trials: Vec<Trial> = rules::all()
        .map(|rule| {
            let result = run
                .as_ref()
                .and_then(|run| run.results.iter().find(|result| result.rule.id == rule.id))
                .cloned();
            Trial::ignorable_test(rule.id.as_str(), move || {
                let not_picked = || Ok(Completion::ignored_with("not picked by `only`"));
                result.map_or_else(not_picked, |result| as_test(&result))
            })
        })
        .collect();
    trials.push(Trial::ignorable_test(CONTRACT, move || {
        replies.flatten().map_or_else(
            || {
                Ok(Completion::ignored_with(
                    "give a folder for its snapshots: WXCHECK_CONTRACT, or `contract` in wxcheck.toml",
                ))
            },
            |replies| {
                replies.compare()?;
                Ok(Completion::Completed)
            },
        )
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The name of the test that compares the server's replies with those of before.
const CONTRACT: &str = "contract";

/// What the server answers to everything it is pushed.
struct Replies {
    folder: PathBuf,
    name: String,
    text: String,
    /// The whole file, for the first time.
    first: String,
}

impl Replies {
    /// As insta does it: a difference is written beside the snapshot, for `cargo insta review`.
    fn compare(self) -> Result<(), Failed> {
        let file = self.folder.join(format!("{}.snap", self.name));
        if !file.exists() {
            write_first(&file, &self.first)?;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(self.name, self.text));
        Ok(())
    }
}

/// The first time there is nothing to compare with, as for `wxcheck check --contract`.
#[expect(
    clippy::disallowed_methods,
    reason = "a snapshot is a file, and insta would fail before it writes one"
)]
fn write_first(file: &Path, whole: &str) -> Result<(), String> {
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(file, whole))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    eprintln!("written: {}", file.display());
    Ok(())
}

/// Broken is failed; what was not judged is ignored, with its reason in sight.
fn as_test(result: &RuleResult) -> Result<Completion, Failed> {
    let finding = result.finding.as_ref().map_or_else(String::new, |finding| {
        format!(
            "{}\n  expected {}\n  came     {}\n",
            finding.claim, finding.expected, finding.actual
        )
    });
    let reason = result
        .reason
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = format!(
        "{}: {finding}{reason}\n  mend     {}",
        result.verdict, result.rule.fix
    );
    match result.verdict {
        Verdict::Passed | Verdict::Noted => Ok(Completion::Completed),
        Verdict::Failed | Verdict::Errored => Err(text.into()),
        Verdict::Warned | Verdict::Flaky | Verdict::Inconclusive if strict() => Err(text.into()),
        Verdict::Warned | Verdict::Flaky => {
            eprintln!("{} {text}", result.rule.id);
            Ok(Completion::Completed)
        }
        Verdict::Inconclusive | Verdict::Skipped => Ok(Completion::ignored_with(format!(
            "{}: {reason}",
            result.verdict
        ))),
    }
}

/// The environment over the nearest `wxcheck.toml`, as for `wxcheck check`; what the reference server
/// needs is filled in where no server is named.
fn configuration() -> Result<Configuration, String> {
    let given = Configuration {
        url: url("WXCHECK_URL"),
        token: variable("WXCHECK_TOKEN"),
        appid: variable("WXCHECK_APPID"),
        secret: variable("WXCHECK_SECRET"),
        aes_key: variable("WXCHECK_AES_KEY"),
        mode: parsed("WXCHECK_MODE")?,
        format: parsed("WXCHECK_FORMAT")?,
        account: parsed("WXCHECK_ACCOUNT")?,
        original_id: variable("WXCHECK_ORIGINAL_ID"),
        patience: number("WXCHECK_PATIENCE", bounds::parse_patience)?,
        seed: number("WXCHECK_SEED", |text| bounds::SEED.parse(text))?,
        hostile: switched("WXCHECK_HOSTILE"),
        gentle: switched("WXCHECK_GENTLE"),
        api_listen: parsed("WXCHECK_API_LISTEN")?,
        effects_url: url("WXCHECK_EFFECTS_URL"),
        // Cargo runs tests in the package's folder; what is typed is meant from the workspace's.
        contract: variable("WXCHECK_CONTRACT").map(|folder| workspace().join(folder)),
        fixtures: variable("WXCHECK_FIXTURES").map(|folder| workspace().join(folder)),
        control_token: variable("WXCHECK_CONTROL_TOKEN"),
        ..Configuration::default()
    };
    let mut given = given.over(file()?);
    given.check_urls().map_err(|error| error.to_string())?;
    if let Some(folder) = &given.fixtures {
        given.own_entries = read_fixtures(folder).map_err(|error| error.to_string())?;
    }
    if given.url.is_some() {
        return Ok(given);
    }
    let handles = given.all_that_asks().map_err(|error| error.to_string())?;
    Ok(given.over(Configuration {
        handles,
        contract: Some(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/targets/reference"),
        ),
        token: Some("conformance".to_owned()),
        appid: Some("wx0123456789abcdef".to_owned()),
        aes_key: Some(KEY.to_owned()),
        secret: Some("conformanceAppSecret".to_owned()),
        api_listen: Some(ANY_PORT),
        ..Configuration::default()
    }))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file() -> Result<Configuration, String> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let Some(path) = nearest(Configuration::FILE_NAME, &here) else {
        return Ok(Configuration::default());
    };
    let text = read_text(&path, bounds::SETTINGS_FILE_BYTES).map_err(|error| error.to_string())?;
    let given =
        Configuration::from_toml(&text).map_err(|error| format!("{}, {error}", path.display()))?;
    Ok(given.beside(path.parent().unwrap_or(&here)))
}

async fn start_reference(
    configuration: &Configuration,
    api: Option<&ApiServer>,
) -> Result<reference::Running, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let key = EncodingAesKey::parse(&text(&configuration.aes_key));
    let patience = configuration
        .patience()
        .map_err(|error| error.to_string())?;
    let settings = reference::Settings {
        token: text(&configuration.token),
        appid: text(&configuration.appid),
        key: Some(key.map_err(|error| format!("WXCHECK_AES_KEY: {error}"))?),
        mode: configuration.mode(),
        format: configuration.format(),
        account: configuration.account(),
        limit: EXCHANGE_LIMIT.mul_f64(patience),
        api: api.map(|api| reference::Api {
            base: api.base_url(),
            secret: text(&configuration.secret),
        }),
        fetch_tokens: Vec::new(),
        network: configuration.network.clone(),
    };
    let started = reference::spawn(settings, reference::Behaviour::default()).await;
    started.map_err(|error| format!("the reference server could not start: {error}"))
}

/// Judges the server that is configured, or the reference server. That one is kept within the process, on time that
/// passes only while everybody waits.
fn judge(arguments: &Arguments) -> Result<(Run, Option<Replies>), String> {
    let mut configuration = configuration()?;
    let is_reference = configuration.url.is_none();
    if is_reference {
        configuration.network = Network::within_the_process();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(is_reference)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(judge_configured(arguments, configuration))
}

async fn judge_configured(
    arguments: &Arguments,
    mut configuration: Configuration,
) -> Result<(Run, Option<Replies>), String> {
    // Kept to the end of the run: the server stops when dropped.
    let api = match configuration.api_listen {
        Some(listen) => {
            let served = watching::serve_api(&configuration, listen, salt()).await;
            Some(served.map_err(|error| error.to_string())?)
        }
        None => None,
    };
    let reference = if configuration.url.is_none() {
        Some(start_reference(&configuration, api.as_ref()).await?)
    } else {
        None
    };
    let own = reference.as_ref().map(|running| running.url().to_owned());
    configuration.url = own.or(configuration.url);
    let server = configuration.server().map_err(|error| error.to_string())?;
    let mut plan = configuration.plan(0).map_err(|error| error.to_string())?;
    // Only what will be shown is judged: nextest asks for one rule in each process.
    let filter = arguments.filter.as_deref().unwrap_or_default();
    plan.rules.retain(|rule| {
        if arguments.exact {
            rule.id == filter
        } else {
            rule.id.as_str().contains(filter)
        }
    });
    if let Some(warning) = server.warning(&plan) {
        eprintln!("{warning}");
    }
    let platform = watching::platform(&server, api)
        .await
        .map_err(|error| error.to_string())?;
    let player = watching::player(&platform, &server, salt());
    let run = run::run(&player, server.shown_url(), &plan, std::future::pending()).await;
    let is_wanted = CONTRACT.contains(filter) && run.ended == Ended::Whole && server.callback;
    let folder = configuration.contract.filter(|_| is_wanted);
    let replies = match folder {
        Some(folder) => {
            let text = contract::record(&player).await;
            let text = text.map_err(|error| error.to_string())?;
            Some(Replies {
                folder,
                name: contract::name_for(&server),
                first: contract::snapshot(&server, &text),
                text,
            })
        }
        None => None,
    };
    Ok((run, replies))
}

/// Tells the users of this process and second from those of others.
fn salt() -> u64 {
    clock::unix_seconds() << 20 | u64::from(std::process::id())
}

fn strict() -> bool {
    switched("WXCHECK_STRICT").unwrap_or(false)
}

/// A variable that switches something on; as for the program, some values say no.
fn switched(name: &str) -> Option<bool> {
    let no = ["0", "f", "false", "n", "no", "off"];
    variable(name).map(|value| !no.contains(&value.to_lowercase().as_str()))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str) -> Result<Option<T>, String> {
    variable(name)
        .map(|value| {
            value
                .parse()
                .map_err(|error| format!("{name}={value}: {error}"))
        })
        .transpose()
}

fn number<T>(name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    let given = variable(name);
    let number =
        given.map(|value| parse(&value).map_err(|error| format!("{name}={value}: {error}")));
    number.transpose()
}

/// CI sets a variable to nothing where a secret is missing: that is none given.
fn variable(name: &str) -> Option<String> {
    url(name).filter(|value| !value.is_empty())
}

/// A URL that is set to nothing stays one that is given: without it another server than meant would be judged.
#[expect(
    clippy::disallowed_methods,
    reason = "a test harness has no other way to be configured"
)]
fn url(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
