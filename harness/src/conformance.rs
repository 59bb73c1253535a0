//! The rules as tests: one test a rule, of one run.

mod run;
mod trials;

use std::{env, fmt::Display, path::Path, process::ExitCode};

use libtest_mimic::Arguments;
use tokio::runtime::Runtime;
use wxcheck_settings::{Settings, SettingsError, baseline::Listed, groups::Target};
use wxcheck_suite::exit_code;

pub use run::{JudgedRun, judge};
pub use trials::conclude;

use crate::credentials::Wechat;

/// All that a run needs but the server.
pub struct Bench {
    /// The settings of the run. Where they name no server, one is started.
    pub settings: Settings,
    /// The list of known findings, if there is one.
    pub listed: Option<Listed>,
    /// The runtime in which the server is started and judged.
    pub runtime: Runtime,
}

/// The reason that nothing was judged.
#[derive(Debug, thiserror::Error)]
pub enum Unjudged {
    /// The settings cannot be used, or a file that they name.
    #[error("{0}")]
    Usage(String),
    /// There is no verdict on the server.
    #[error("{0}")]
    NoVerdict(String),
}

/// The `main` that [`conformance!`](crate::conformance!) makes.
pub fn main<S, F, E>(start: S) -> ExitCode
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
{
    let arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    if arguments.list {
        return conclude(arguments, None);
    }
    let judged = Bench::of_environment().and_then(|bench| judge(&arguments, bench, start));
    match judged {
        Ok(judged) => conclude(arguments, Some(&judged)),
        Err(reason) => reason.exit(),
    }
}

impl Bench {
    /// The environment over the nearest `wxcheck.toml`, and what is made up behind both.
    pub fn of_environment() -> Result<Self, Unjudged> {
        let here = env::current_dir().map_err(Unjudged::usage)?;
        let settings = read(&here).map_err(Unjudged::usage)?;
        Ok(Self {
            listed: Listed::of(&settings, Some(&here)).map_err(Unjudged::usage)?,
            runtime: Runtime::new().map_err(Unjudged::usage)?,
            settings,
        })
    }
}

fn read(here: &Path) -> Result<Settings, SettingsError> {
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

impl Unjudged {
    /// A mistake in the settings.
    pub fn usage(error: impl Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// No verdict, for that reason.
    pub fn no_verdict(reason: impl Display) -> Self {
        Self::NoVerdict(reason.to_string())
    }

    /// The exit code, as of `wxcheck check`; the reason is told.
    pub fn exit(&self) -> ExitCode {
        complain(&format!("error: {self}"));
        ExitCode::from(match self {
            Self::Usage(_) => exit_code::USAGE,
            Self::NoVerdict(_) => exit_code::NO_VERDICT,
        })
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}
