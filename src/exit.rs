//! The exit codes, and what each command ends with.

use std::process::ExitCode;

use wxcheck_load::report::Report;
use wxcheck_settings::SettingsError;
use wxcheck_suite::{
    doctor::{Bilingual, Health},
    exit_code,
    report::Outcome,
    words::in_chinese,
};

use crate::language::{Language, told};

/// The exit code of the program. The numbers are stable: scripts depend on them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Nothing is wrong.
    Fine = exit_code::FINE,
    /// The server breaks a Must, or what else `--fail-on` names; or the list of known findings is out of date.
    Broken = exit_code::BROKEN,
    /// The command line, the settings or a file named there cannot be used.
    Usage = exit_code::USAGE,
    /// No verdict: unreachable, stopped, out of time, or our own error.
    NoVerdict = exit_code::NO_VERDICT,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Fine,
            Outcome::Failed => Self::Broken,
            Outcome::NoVerdict(_) => Self::NoVerdict,
        }
    }
}

/// A mistake of whoever runs the program: the settings or a file cannot be used.
#[derive(Debug)]
pub(crate) struct UsageError(Bilingual);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for UsageError {}

/// A usage error as what commands return. A text in English alone is looked up in the catalogue of sentences.
pub(crate) fn usage(message: impl Into<Bilingual>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// An error that ended a command, with what led to it.
pub(crate) fn describe(error: &anyhow::Error, lang: Language) -> String {
    let said = said(error, lang);
    told!(lang, "error: {said}", "错误：{said}")
}

/// The same without the word that it is one.
pub(crate) fn said(error: &anyhow::Error, lang: Language) -> String {
    match lang {
        Language::English => format!("{error:#}"),
        Language::Chinese => {
            let links: Vec<String> = error.chain().map(chinese).collect();
            links.join("：")
        }
    }
}

/// One link of a chain of errors in Chinese.
fn chinese(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(UsageError(message)) = error.downcast_ref() {
        return message.zh.clone();
    }
    let of_settings = error.downcast_ref::<SettingsError>();
    of_settings.map_or_else(|| in_chinese(&error.to_string()), SettingsError::chinese)
}

/// The exit code of an error that ended a command.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    if error.is::<UsageError>() || error.is::<SettingsError>() {
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

/// The exit code of a load. Never `Fine` when nothing was answered, or when it did not come to its end.
pub(crate) fn of_load(report: &Report) -> Exit {
    if report.judges_nothing() {
        Exit::NoVerdict
    } else if report.thresholds.iter().any(|held| held.fails) {
        Exit::Broken
    } else if !report.is_whole() {
        Exit::NoVerdict
    } else {
        Exit::Fine
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wxcheck_events::{
        AnswerTimes, Baseline, BaselineFault, Ended, Known, RunBegun, RunEnded, WrongEntry,
    };
    use wxcheck_suite::{
        gate::Gate,
        reason::{Missing, Reason},
        redact::Secrets,
        report::{View, view::Row},
        rule::{Level, RuleId, Turn},
        rules,
        verdict::Verdict,
    };

    use super::*;

    /// The exit code where these verdicts fail the run.
    fn of_run(view: &View, gate: Gate) -> Exit {
        let mut view = view.clone();
        view.begun.fail_on = gate.words();
        let outcome = view.outcome();
        let exit = Exit::from(outcome);
        assert_eq!(exit as u8, outcome.exit_code(), "as in SARIF");
        exit
    }

    fn view(verdicts: &[Verdict], ended: Ended) -> View {
        let rows = rules::all().zip(verdicts);
        View {
            ended: RunEnded {
                ended,
                ..view_of(Vec::new()).ended
            },
            ..view_of(
                rows.map(|(rule, verdict)| Row::plain(rule, *verdict))
                    .collect(),
            )
        }
    }

    /// A run that was judged to its end, with these rows.
    pub(crate) fn view_of(rows: Vec<Row>) -> View {
        View {
            begun: RunBegun {
                log: wxcheck_events::VERSION,
                wxcheck: "0".into(),
                seed: 0,
                url: String::new(),
                mode: "plain".into(),
                format: "xml".into(),
                account: "mini".into(),
                limit_micros: 5_000_000,
                callback: true,
                fail_on: Vec::new(),
                fetch_urls: Vec::new(),
                authorization_url: None,
                rules: Vec::new(),
            },
            ended: RunEnded {
                ended: Ended::Whole,
                requests: 0,
                took_micros: 0,
                waiting_micros: 0,
                lateness_micros: 0,
                starved: false,
                answer_times: AnswerTimes::default(),
            },
            fetches: Vec::new(),
            rows,
            contract: None,
            baseline: None,
            diagnosed: None,
            server_ended: None,
            secrets: Secrets::default(),
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
            let view = view(&verdicts, Ended::Whole);
            assert_eq!(of_run(&view, Gate::default()), relaxed, "{verdicts:?}");
            assert_eq!(
                of_run(&view, Gate::STRICT),
                strict,
                "{verdicts:?} with --strict"
            );
        }
    }

    #[test]
    fn what_is_known_fails_nothing_and_a_list_that_is_out_of_date_does() {
        let known = || Known {
            rule: String::new(),
            reason: "later".into(),
            expires: None,
            line: 1,
        };
        let mut view = view(&[Verdict::Passed, Verdict::Failed], Ended::Whole);
        assert_eq!(of_run(&view, Gate::default()), Exit::Broken);
        view.rows[1].known = Some(known());
        assert_eq!(of_run(&view, Gate::STRICT), Exit::Fine);
        view.baseline = Some(Baseline {
            file: String::new(),
            known: Vec::new(),
            faults: vec![BaselineFault {
                rule: String::new(),
                claim: None,
                line: 1,
                wrong: WrongEntry::Gone,
            }],
        });
        assert_eq!(of_run(&view, Gate::default()), Exit::Broken);
    }

    #[test]
    fn a_run_in_which_most_was_blocked_is_never_fine() {
        let mut view = view(
            &[
                Verdict::Passed,
                Verdict::Inconclusive,
                Verdict::Inconclusive,
            ],
            Ended::Whole,
        );
        assert_eq!(of_run(&view, Gate::default()), Exit::Fine);
        for row in &mut view.rows {
            if row.verdict == Verdict::Inconclusive {
                let by = RuleId::ANSWERS_IN_TIME;
                row.reason = Some(Reason::Blocked { by });
            }
        }
        assert_eq!(of_run(&view, Gate::default()), Exit::NoVerdict);
    }

    #[test]
    fn a_run_that_shows_no_push_taken_is_not_fine_where_effects_are_watched() {
        let mut view = view(&[Verdict::Passed], Ended::Whole);
        let open = |id: RuleId, missing| Row {
            reason: Some(Reason::Missing(missing)),
            ..Row::plain(
                rules::all().find(|rule| rule.id == id).unwrap(),
                Verdict::Inconclusive,
            )
        };
        let forged = open(RuleId::REJECTS_FORGED, Missing::TakenPushes);
        view.rows.push(forged);
        assert_eq!(of_run(&view, Gate::default()), Exit::NoVerdict);
        let effect = open(RuleId::REPLIES_TO_THE_SENDER, Missing::EffectsChannel);
        view.rows.push(effect);
        assert_eq!(of_run(&view, Gate::default()), Exit::Fine);
    }

    #[test]
    fn a_run_that_was_cut_is_never_fine() {
        let of = |verdict, ended| of_run(&view(&[verdict], ended), Gate::default());
        let by = "Ctrl-C".to_owned();
        assert_eq!(of(Verdict::Passed, Ended::Stopped { by }), Exit::NoVerdict);
        assert_eq!(of(Verdict::Inconclusive, Ended::OutOfTime), Exit::NoVerdict);
        assert_eq!(of(Verdict::Failed, Ended::OutOfTime), Exit::Broken);
    }

    #[test]
    fn a_run_out_of_time_has_a_verdict_where_only_the_last_musts_have_none() {
        let passed = [Verdict::Passed, Verdict::Inconclusive];
        let mut view = view(&passed, Ended::OutOfTime);
        let must = |is_last: bool| {
            let mut musts = rules::all().filter(|rule| rule.level == Level::Must);
            musts
                .find(|rule| (rule.turn == Turn::Last) == is_last)
                .unwrap()
        };
        view.rows[1].rule = must(true);
        view.rows[1].reason = Some(Reason::OutOfTime);
        assert_eq!(of_run(&view, Gate::default()), Exit::Fine);
        assert_eq!(of_run(&view, Gate::STRICT), Exit::Broken);
        view.rows[1].rule = must(false);
        assert_eq!(of_run(&view, Gate::default()), Exit::NoVerdict);
    }
}
