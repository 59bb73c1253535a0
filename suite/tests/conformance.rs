//! The rules as tests: one test a rule, named by its id, from one shared run.
//!
//! With `WXCHECK_URL` set, that server is judged, with what `WXCHECK_TOKEN` and its companions say;
//! without, the reference server. `WXCHECK_STRICT=1` fails on warnings too.

#![expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]

use std::{process::ExitCode, time::Duration};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_mock_server::{Platform, PlatformOptions, Target, clock, target::parse_url};
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Credentials, Format, Mode},
};
use wxcheck_reference_server as reference;
use wxcheck_suite::{
    player::Player,
    profile::{Account, Profile},
    redact::Secrets,
    rules,
    run::{self, Ended, Plan, Run},
    verdict::{RuleResult, Verdict},
};

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
    if let Some(Ended::NoContact(reason)) = run.as_ref().map(|run| &run.ended) {
        eprintln!("error: no contact with the server: {reason}");
        return ExitCode::from(3);
    }
    // A run has its verdicts already; threads would only mix the output.
    arguments.test_threads = Some(1);
    let trials = rules::all()
        .map(|rule| {
            let result = run
                .as_ref()
                .and_then(|run| run.results.iter().find(|result| result.rule.id == rule.id))
                .cloned();
            Trial::ignorable_test(rule.id, move || {
                result.map_or(Ok(Completion::Completed), |result| as_test(&result))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Broken is failed; what was not judged is ignored, with its reason in sight.
fn as_test(result: &RuleResult) -> Result<Completion, Failed> {
    let finding = result.finding.as_ref().map_or_else(String::new, |finding| {
        format!(
            "{}\n  expected {}\n  came     {}\n",
            finding.claim, finding.expected, finding.actual
        )
    });
    let reason = result.reason.clone().unwrap_or_default();
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

/// What the environment says of the server.
struct Environment {
    /// `None` judges the reference server.
    url: Option<String>,
    credentials: Credentials,
    key_text: String,
    mode: Mode,
    format: Format,
    account: Account,
    patience: f64,
    seed: u64,
}

impl Environment {
    fn read() -> Result<Self, String> {
        let url = variable("WXCHECK_URL");
        let own = |value: &str| url.is_none().then(|| value.to_owned());
        let key_text = variable("WXCHECK_AES_KEY")
            .or_else(|| own(KEY))
            .unwrap_or_default();
        let key = match key_text.as_str() {
            "" => None,
            text => Some(
                EncodingAesKey::parse(text).map_err(|error| format!("WXCHECK_AES_KEY: {error}"))?,
            ),
        };
        let usual = if key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        };
        let mode = parsed("WXCHECK_MODE")?.unwrap_or(usual);
        if mode.seals() && key.is_none() {
            return Err(format!("WXCHECK_MODE={mode} needs WXCHECK_AES_KEY"));
        }
        let token = variable("WXCHECK_TOKEN")
            .or_else(|| own("conformance"))
            .ok_or("WXCHECK_TOKEN is not set; give the Token configured at WeChat")?;
        Ok(Self {
            credentials: Credentials {
                token,
                appid: variable("WXCHECK_APPID").unwrap_or_else(|| "wx0123456789abcdef".to_owned()),
                key,
            },
            url,
            key_text,
            mode,
            format: parsed("WXCHECK_FORMAT")?.unwrap_or(Format::Xml),
            account: parsed("WXCHECK_ACCOUNT")?.unwrap_or_default(),
            patience: parsed("WXCHECK_PATIENCE")?.unwrap_or(1.0),
            seed: parsed("WXCHECK_SEED")?.unwrap_or(0),
        })
    }

    async fn start_reference(&self) -> Result<reference::Running, String> {
        let settings = reference::Settings {
            token: self.credentials.token.clone(),
            appid: self.credentials.appid.clone(),
            key: self.credentials.key.clone(),
            mode: self.mode,
            format: self.format,
            account: match self.account {
                Account::Mini => reference::Account::Mini,
                Account::Official => reference::Account::Official,
            },
            limit: EXCHANGE_LIMIT.mul_f64(self.patience),
        };
        let started = reference::spawn(settings, reference::Behaviour::default()).await;
        started.map_err(|error| format!("the reference server could not start: {error}"))
    }
}

#[tokio::main]
async fn judge(arguments: &Arguments) -> Result<Run, String> {
    let environment = Environment::read()?;
    let reference = match &environment.url {
        Some(_) => None,
        None => Some(environment.start_reference().await?),
    };
    let judged = environment.url.as_deref();
    let url = reference
        .as_ref()
        .map_or(judged, |running| Some(running.url()))
        .unwrap_or_default();
    let target = Target {
        url: parse_url(url).map_err(|error| format!("WXCHECK_URL: {error}"))?,
        credentials: environment.credentials.clone(),
        mode: environment.mode,
        format: environment.format,
        original_id: variable("WXCHECK_ORIGINAL_ID")
            .unwrap_or_else(|| "gh_0123456789ab".to_owned()),
    };
    let options = PlatformOptions {
        patience: environment.patience,
        environment_proxy: false,
    };
    let limit = EXCHANGE_LIMIT.mul_f64(environment.patience);
    let profile = Profile::of(&target, environment.account, limit, clock::unix_seconds());
    let secrets = Secrets::new([
        ("Token", environment.credentials.token.clone()),
        ("EncodingAESKey", environment.key_text.clone()),
    ]);
    let platform = Platform::start(target, options)
        .await
        .map_err(|error| error.to_string())?;
    let salt = clock::unix_seconds() << 20 | u64::from(std::process::id());
    let player = Player::new(&platform, profile, secrets, salt);
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let named = |id: &str| {
        if arguments.exact {
            id == filter
        } else {
            id.contains(filter)
        }
    };
    let plan = Plan {
        rules: rules::all().filter(|rule| named(rule.id)).collect(),
        skips: Vec::new(),
        seed: environment.seed,
        draws: None,
        concurrency: 8,
        max_time: Duration::from_secs(120),
    };
    Ok(run::run(
        &player,
        url.to_owned(),
        &plan,
        std::future::pending(),
        &|_| {},
    )
    .await)
}

fn strict() -> bool {
    variable("WXCHECK_STRICT").is_some_and(|value| value != "0")
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

#[expect(
    clippy::disallowed_methods,
    reason = "a test harness has no other way to be configured"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
