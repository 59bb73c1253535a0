//! The exit codes, and the one function that chooses between them.

use std::process::ExitCode;

use crate::contract::Contract;
use wxcheck_suite::{
    configuration::ConfigurationError,
    doctor::Health,
    run::{Ended, Run},
    verdict::Verdict,
};

/// How the program ends. The numbers are stable: scripts depend on them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Nothing is wrong.
    Fine = 0,
    /// The server breaks a Must; with `--strict` also a Should, or something could not be observed.
    Broken = 1,
    /// The command line, the settings or a file named there cannot be used.
    Usage = 2,
    /// No verdict: unreachable, stopped, out of time, or our own error.
    NoVerdict = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A mistake of whoever runs the program: the settings or a file cannot be used.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// A usage error as what commands return.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// The exit code of an error that ended a command.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    if error.is::<UsageError>() || error.is::<ConfigurationError>() {
        Exit::Usage
    } else {
        Exit::NoVerdict
    }
}

/// The exit code of a look at the settings.
pub(crate) fn of_diagnosis(worst: Health) -> Exit {
    match worst {
        Health::Fine | Health::Doubtful => Exit::Fine,
        Health::Wrong => Exit::Broken,
    }
}

/// The exit code of a run. Never `Fine` when nothing was judged, or when replies are not as they were.
pub(crate) fn of_run(run: &Run, strict: bool, contract: Option<&Contract>) -> Exit {
    let count = |verdicts: &[Verdict]| {
        verdicts
            .iter()
            .map(|verdict| run.count(*verdict))
            .sum::<usize>()
    };
    let judged = count(&[
        Verdict::Passed,
        Verdict::Failed,
        Verdict::Warned,
        Verdict::Noted,
        Verdict::Flaky,
    ]);
    match run.ended {
        Ended::Stopped(_) => return Exit::NoVerdict,
        // What was proven before counts.
        Ended::OutOfTime | Ended::NoContact(_) if run.count(Verdict::Failed) == 0 => {
            return Exit::NoVerdict;
        }
        Ended::OutOfTime | Ended::NoContact(_) | Ended::Whole => {}
    }
    if run.count(Verdict::Failed) > 0 || contract.is_some_and(Contract::is_broken) {
        Exit::Broken
    } else if run.count(Verdict::Errored) > 0
        || judged == 0
        || data_unseen(run)
        || contract.is_some_and(Contract::is_unseen)
    {
        Exit::NoVerdict
    } else if strict && count(&[Verdict::Warned, Verdict::Inconclusive, Verdict::Flaky]) > 0 {
        Exit::Broken
    } else {
        Exit::Fine
    }
}

/// There is a URL from which data are fetched, and none came: a wrong token in the settings must not look like success.
fn data_unseen(run: &Run) -> bool {
    run.results.iter().any(|result| {
        result.rule.id == "fetch/answers-200" && result.verdict == Verdict::Inconclusive
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxcheck_protocol::{
        account::Account,
        push::{Format, Mode},
    };
    use wxcheck_suite::{
        hostility::Hostility,
        profile::{Channel, Domains, FetchProfile, Profile},
        rules,
        verdict::RuleResult,
    };

    use super::*;

    fn run(verdicts: &[Verdict], ended: Ended) -> Run {
        Run {
            version: "0",
            seed: 0,
            url: String::new(),
            fetch_urls: Vec::new(),
            authorization_url: None,
            contract: None,
            profile: Profile {
                mode: Mode::Plain,
                format: Format::Xml,
                account: Account::Mini,
                has_key: false,
                traps: Vec::new(),
                local: true,
                limit: Duration::from_secs(5),
                channel: Channel::None,
                handles: Vec::new(),
                catalogue: std::sync::Arc::default(),
                authorization: false,
                message: None,
                events: Vec::new(),
                callback: true,
                fetch: FetchProfile::default(),
                domains: Domains::default(),
                hostility: Hostility::default(),
            },
            observed: None,
            results: rules::all()
                .zip(verdicts)
                .map(|(rule, verdict)| RuleResult::plain(rule, *verdict, None))
                .collect(),
            ended,
            requests: 0,
            took: Duration::ZERO,
            waiting: Duration::ZERO,
            lateness: Duration::ZERO,
            secrets: wxcheck_suite::redact::Secrets::default(),
        }
    }

    #[test]
    fn verdicts_decide() {
        use Verdict::{Errored, Failed, Flaky, Inconclusive, Noted, Passed, Skipped, Warned};
        for (verdicts, relaxed, strict) in [
            (vec![Passed, Noted, Skipped], Exit::Fine, Exit::Fine),
            (vec![Passed, Failed, Errored], Exit::Broken, Exit::Broken),
            (vec![Passed, Errored], Exit::NoVerdict, Exit::NoVerdict),
            (vec![Passed, Warned], Exit::Fine, Exit::Broken),
            (vec![Passed, Flaky], Exit::Fine, Exit::Broken),
            (vec![Passed, Inconclusive], Exit::Fine, Exit::Broken),
            (
                vec![Skipped, Inconclusive],
                Exit::NoVerdict,
                Exit::NoVerdict,
            ),
            (vec![], Exit::NoVerdict, Exit::NoVerdict),
        ] {
            let run = run(&verdicts, Ended::Whole);
            assert_eq!(of_run(&run, false, None), relaxed, "{verdicts:?}");
            assert_eq!(
                of_run(&run, true, None),
                strict,
                "{verdicts:?} with --strict"
            );
        }
    }

    #[test]
    fn a_run_that_was_cut_is_never_fine() {
        let passed = [Verdict::Passed];
        assert_eq!(
            of_run(&run(&passed, Ended::Stopped("Ctrl-C".into())), false, None),
            Exit::NoVerdict
        );
        assert_eq!(
            of_run(&run(&passed, Ended::OutOfTime), false, None),
            Exit::NoVerdict
        );
        let failed = [Verdict::Failed];
        assert_eq!(
            of_run(&run(&failed, Ended::OutOfTime), false, None),
            Exit::Broken
        );
    }
}
