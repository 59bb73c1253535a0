//! The rules as tests: one test a rule, named by its id, from one shared run.
//!
//! With `WXCHECK_URL` set, that server is judged, with what `WXCHECK_TOKEN` and its companions say;
//! without, the reference server. `WXCHECK_STRICT=1` fails on warnings too.

#![expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]

mod given;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_events::Ended;
use wxcheck_mock_server::{ApiServer, clock};
use wxcheck_network::Network;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_reference_server as reference;
use wxcheck_settings::{
    Settings,
    baseline::{BASELINE_NAME, Listed, day_of},
};
use wxcheck_suite::{
    contract,
    gate::Gate,
    report::{
        View,
        outcome::{self, as_test, list_as_test},
    },
    rules,
    session::Session,
    setup,
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    let judged = if arguments.list {
        None
    } else {
        Some(judge(&arguments))
    };
    let judged = match judged.transpose() {
        Ok(judged) => judged,
        Err(reason) => {
            eprintln!("error: {reason}");
            return ExitCode::from(2);
        }
    };
    let run = judged.as_ref().map(|judged| &judged.run);
    let is_whole = arguments.filter.is_none();
    if let Some(reason) = run.and_then(|run| run.without_verdict(is_whole)) {
        eprintln!("error: {reason}");
        return ExitCode::from(3);
    }
    // A run has its verdicts already; threads would only mix the output.
    arguments.test_threads = Some(1);
    let gate = judged.as_ref().map(|judged| judged.gate);
    let gate = gate.unwrap_or_default();
    let mut trials: Vec<Trial> = rules::all()
        .map(|rule| {
            let test = run.and_then(|run| {
                let row = run.rows.iter().find(|row| row.rule.id == rule.id);
                row.map(|row| as_test(row, gate, &run.secrets))
            });
            Trial::ignorable_test(rule.id.as_str(), move || {
                let not_picked = || Ok(Completion::ignored_with("not picked by `only`"));
                test.map_or_else(not_picked, |test| completed(rule.id.as_str(), test))
            })
        })
        .collect();
    let list = run.and_then(|run| Some(list_as_test(run.baseline.as_ref()?, &run.secrets)));
    trials.push(Trial::ignorable_test(BASELINE, move || {
        let no_list = || {
            Ok(Completion::ignored_with(format!(
                "there is no {BASELINE_NAME} for that server"
            )))
        };
        list.map_or_else(no_list, |list| completed(BASELINE, list))
    }));
    let replies = judged.and_then(|judged| judged.replies);
    trials.push(Trial::ignorable_test(CONTRACT, move || {
        replies.map_or_else(
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

/// The name of the test that fails where the list of known findings is no longer right.
const BASELINE: &str = "baseline";

/// The name of the test that compares the server's replies with those of before.
const CONTRACT: &str = "contract";

/// A server that was judged.
struct Judged {
    run: View,
    replies: Option<Replies>,
    /// The verdicts that fail.
    gate: Gate,
}

/// The server's answers to everything it is pushed.
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

/// A rule's verdict as libtest knows it.
fn completed(name: &str, verdict: outcome::Judged) -> Result<Completion, Failed> {
    match verdict {
        outcome::Judged::Passed => Ok(Completion::Completed),
        outcome::Judged::Warned(text) => {
            eprintln!("{name} {text}");
            Ok(Completion::Completed)
        }
        outcome::Judged::Failed(text) => Err(text.to_string().into()),
        outcome::Judged::Known(reason) | outcome::Judged::Ignored(reason) => {
            Ok(Completion::ignored_with(reason))
        }
    }
}

async fn start_reference(
    settings: &Settings,
    api: Option<&ApiServer>,
) -> Result<reference::Running, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let patience = settings.patience().map_err(|error| error.to_string())?;
    let of_reference = reference::Settings {
        token: text(&settings.target.token),
        appid: settings.appid(),
        key: settings.key().map_err(|error| error.to_string())?,
        mode: settings.mode(),
        format: settings.format(),
        account: settings.account(),
        limit: EXCHANGE_LIMIT.mul_f64(patience),
        api: api.map(|api| reference::Api {
            base: api.base_url(),
            secret: text(&settings.target.secret),
        }),
        fetch_tokens: Vec::new(),
        network: settings.besides.network.clone(),
    };
    let started = reference::spawn(of_reference, reference::Behaviour::default()).await;
    started.map_err(|error| format!("the reference server could not start: {error}"))
}

/// Judges the server that is configured, or the reference server. That one is kept within the process, on time that
/// passes only while everybody waits.
fn judge(arguments: &Arguments) -> Result<Judged, String> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    // Cargo runs tests in the package's folder; what is typed is meant from the workspace's.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let settings = given::settings(&here, &workspace).map_err(|error| error.to_string())?;
    let is_reference = !settings.names_a_server();
    let mut settings = if is_reference {
        let own = given::for_the_reference_server(&settings, &workspace);
        settings.over(own.map_err(|error| error.to_string())?)
    } else {
        settings
    };
    if is_reference {
        settings.besides.network = Network::within_the_process();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(is_reference)
        .build()
        .map_err(|error| error.to_string())?;
    // The list of another server is not that of the reference server.
    let folder = Some(&*workspace).filter(|_| !is_reference);
    let known = Listed::of(&settings, folder).map_err(|error| error.to_string())?;
    runtime.block_on(judge_configured(arguments, settings, known, is_reference))
}

async fn judge_configured(
    arguments: &Arguments,
    mut settings: Settings,
    known: Option<Listed>,
    is_reference: bool,
) -> Result<Judged, String> {
    // Kept to the end of the run: the server stops when dropped.
    let api = match settings.effects.api_listen {
        Some(listen) => {
            let options = settings
                .platform_options()
                .map_err(|error| error.to_string())?;
            let (app, options) = (settings.app(None, true), settings.serve_options(options));
            let served = setup::serve_api(app, options, listen, salt()).await;
            Some(served.map_err(|error| error.to_string())?)
        }
        None => None,
    };
    let reference = if is_reference {
        Some(start_reference(&settings, api.as_ref()).await?)
    } else {
        None
    };
    let own = reference.as_ref().map(|running| running.url().to_owned());
    settings.callback.url = own.or(settings.callback.url);
    let server = settings.server().map_err(|error| error.to_string())?;
    let mut plan = settings.plan(0).map_err(|error| error.to_string())?;
    // Only what will be shown is judged: nextest asks for one rule in each process.
    let filter = arguments.filter.as_deref().unwrap_or_default();
    plan.rules.retain(|rule| {
        if arguments.exact {
            rule.id == filter
        } else {
            rule.id.as_str().contains(filter)
        }
    });
    if let Some(host) = plan.attacked(&server) {
        eprintln!("{}", settings.warning(host));
    }
    let platform = setup::platform(&server, api)
        .await
        .map_err(|error| error.to_string())?;
    let player = setup::player(&platform, &server, salt());
    let (session, running) = Session::start(&player, server.display_url(), &plan);
    running.await;
    let seen = || session.view().map_err(|error| error.to_string());
    if let Some(known) = known {
        let compared = known.compare(&seen()?, &player, &day_of(clock::unix_seconds()));
        player.log().baseline(compared, &player.secrets());
    }
    let run = seen()?;
    let is_wanted = CONTRACT.contains(filter) && run.ended.ended == Ended::Whole && server.callback;
    let folder = settings.run.contract.as_ref().filter(|_| is_wanted);
    let replies = match folder {
        Some(folder) => {
            let text = contract::record(&player).await;
            let text = text.map_err(|error| error.to_string())?;
            Some(Replies {
                folder: folder.clone(),
                name: contract::name_for(&server),
                first: contract::snapshot(&server, "wxcheck check --contract", &text),
                text,
            })
        }
        None => None,
    };
    Ok(Judged {
        run,
        replies,
        gate: settings.gate(),
    })
}

/// Tells the users of this process and second from those of others.
fn salt() -> u64 {
    clock::unix_seconds() << 20 | u64::from(std::process::id())
}
