//! The rules as tests: one test a rule, of one run.

use std::{env, fmt::Display, path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_mock_server::{ApiServer, clock};
use wxcheck_settings::{
    Settings,
    baseline::{BASELINE_NAME, Listed, day_of},
    groups::Target,
};
use wxcheck_suite::{
    gate::Gate,
    report::{
        View,
        outcome::{Judged, as_test, list_as_test},
    },
    rules,
    session::Session,
    setup,
};

use crate::{credentials::Wechat, platform::ANY_PORT};

/// A mistake in the settings, as for `wxcheck check`.
const USAGE: u8 = 2;
/// Nothing could be judged, likewise.
const NO_VERDICT: u8 = 3;

/// The `main` that [`conformance!`](crate::conformance!) makes.
pub fn main<S, F, E>(start: S) -> ExitCode
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
{
    let mut arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    let judged = if arguments.list {
        Ok(None)
    } else {
        judge(&arguments, start).map(Some)
    };
    let judged = match judged {
        Ok(judged) => judged,
        Err((code, reason)) => {
            complain(&reason);
            return ExitCode::from(code);
        }
    };
    // A run has its verdicts already; threads would only mix the output.
    arguments.test_threads = Some(1);
    let mut trials: Vec<Trial> = rules::all()
        .map(|rule| {
            let test = judged.as_ref().and_then(|(run, gate)| {
                let row = run.rows.iter().find(|row| row.rule.id == rule.id);
                row.map(|row| as_test(row, *gate, &run.secrets))
            });
            Trial::ignorable_test(rule.id.as_str(), move || {
                let not_picked = || Ok(Completion::ignored_with("not picked by `only`"));
                test.map_or_else(not_picked, |test| completed(rule.id.as_str(), test))
            })
        })
        .collect();
    let list = judged.and_then(|(run, _)| Some(list_as_test(run.baseline.as_ref()?, &run.secrets)));
    trials.push(Trial::ignorable_test(BASELINE, move || {
        let no_list = || {
            Ok(Completion::ignored_with(format!(
                "there is no {BASELINE_NAME}"
            )))
        };
        list.map_or_else(no_list, |list| completed(BASELINE, list))
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The name of the test that fails where the list of known findings is no longer right.
const BASELINE: &str = "baseline";

/// A rule's verdict as libtest knows it.
fn completed(name: &str, verdict: Judged) -> Result<Completion, Failed> {
    match verdict {
        Judged::Passed => Ok(Completion::Completed),
        Judged::Warned(text) => {
            complain(&format!("{name} {text}"));
            Ok(Completion::Completed)
        }
        Judged::Failed(text) => Err(text.to_string().into()),
        Judged::Known(reason) | Judged::Ignored(reason) => Ok(Completion::ignored_with(reason)),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}

/// An exit code and the reason for it.
type Ended = (u8, String);

/// Starts the server and judges it, or the one that the settings name.
fn judge<S, F, E>(arguments: &Arguments, start: S) -> Result<(View, Gate), Ended>
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
{
    let usage = |error: &dyn Display| (USAGE, format!("error: {error}"));
    let here = env::current_dir().map_err(|error| usage(&error))?;
    let settings = read(&here).map_err(|error| usage(&error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| usage(&error))?;
    let listed = Listed::of(&settings, Some(&here)).map_err(|error| usage(&error))?;
    runtime.block_on(judge_server(arguments, settings, listed, start))
}

/// The environment over the nearest `wxcheck.toml`, and what is made up behind both.
fn read(here: &Path) -> Result<Settings, wxcheck_settings::SettingsError> {
    let given = Settings::of_environment()?.over_file(here)?;
    if given.names_a_server() {
        return given.checked();
    }
    let made_up = Wechat::made_up();
    let own = Settings {
        target: Target {
            token: Some(made_up.token),
            appid: Some(made_up.appid),
            secret: Some(made_up.secret),
            ..Target::default()
        },
        ..Settings::default()
    };
    given.over(own).checked()
}

async fn judge_server<S, F, E>(
    arguments: &Arguments,
    mut settings: Settings,
    listed: Option<Listed>,
    start: S,
) -> Result<(View, Gate), Ended>
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
{
    let usage = |error: &dyn Display| (USAGE, format!("error: {error}"));
    let api = if settings.names_a_server() && settings.effects.api_listen.is_none() {
        None
    } else {
        Some(served(&settings).await?)
    };
    if !settings.names_a_server() {
        let wechat = configured(&settings, api.as_ref());
        let url = start(wechat).await;
        let failed = |error: E| {
            (
                NO_VERDICT,
                format!("error: the server did not start: {error}"),
            )
        };
        settings.callback.url = Some(url.map_err(failed)?);
    }
    let server = settings.server().map_err(|error| usage(&error))?;
    let mut plan = settings.plan(0).map_err(|error| usage(&error))?;
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
        complain(&settings.warning(host));
    }
    let platform = setup::platform(&server, api).await;
    let platform = platform.map_err(|error| usage(&error))?;
    let player = setup::player(&platform, &server, salt());
    let (session, running) = Session::start(&player, server.display_url(), &plan);
    running.await;
    let seen = || {
        session
            .view()
            .map_err(|error| (NO_VERDICT, error.to_string()))
    };
    if let Some(listed) = &listed {
        let today = day_of(clock::unix_seconds());
        let compared = listed.compare(&seen()?, &player, &today);
        player.log().baseline(compared, &player.secrets());
    }
    let run = seen()?;
    if let Some(reason) = run.without_verdict(arguments.filter.is_none()) {
        return Err((NO_VERDICT, format!("error: {reason}")));
    }
    Ok((run, settings.gate()))
}

/// The API that the server calls.
async fn served(settings: &Settings) -> Result<ApiServer, Ended> {
    let options = settings.platform_options();
    let options = options.map_err(|error| (USAGE, format!("error: {error}")))?;
    let (app, options) = (settings.app(None, true), settings.serve_options(options));
    let listen = settings.effects.api_listen.unwrap_or(ANY_PORT);
    let api = setup::serve_api(app, options, listen, salt()).await;
    api.map_err(|error| (USAGE, format!("error: {error}")))
}

/// The settings by which the server knows this WeChat.
fn configured(settings: &Settings, api: Option<&ApiServer>) -> Wechat {
    let target = settings.target.clone();
    Wechat {
        base_url: api.map(ApiServer::base_url).unwrap_or_default(),
        appid: settings.appid(),
        secret: target.secret.unwrap_or_default(),
        token: target.token.unwrap_or_default(),
        aes_key: target.aes_key.unwrap_or_default(),
    }
}

/// Tells the users of this process and second from those of others.
fn salt() -> u64 {
    clock::unix_seconds() << 20 | u64::from(std::process::id())
}
