//! The time that runs take, by the clock of the process: what is waited for, and nothing of the machine.

use std::time::Duration;

use libtest_mimic::Trial;
use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};
use wxcheck_reference_server::{
    Behaviour, Setting,
    behaviour::{Pace, Timing},
};
use wxcheck_suite::{
    reason::{Reason, Unjudged},
    report::View,
    rule::{Level, Turn},
    verdict::Verdict,
};

use crate::{
    judged::{At, Conditions, judge, judge_under},
    trial,
};

/// The longest that a run on a prompt server may wait.
const PROMPT: Duration = Duration::from_millis(8500);
/// The longest that one may take on a server that works on one request at a time, each for a tenth of a second.
const SERIAL: Duration = Duration::from_secs(32);
/// The longest that any may take where nobody asks for another limit.
const SLOW: Duration = Duration::from_secs(120);

const WITH_API: Setting = Setting {
    mode: Mode::Safe,
    format: Format::Xml,
    account: Account::Mini,
    api: true,
};
const PLAIN: Setting = Setting {
    mode: Mode::Plain,
    api: false,
    ..WITH_API
};

pub(crate) fn trials() -> [Trial; 9] {
    [
        trial("pace", "prompt", || {
            let run = judge(WITH_API, Behaviour::default(), At::All);
            too_long(&run, PROMPT)
        }),
        trial("pace", "one-after-the-other", || {
            let run = first_run(Pace::OneAfterTheOther);
            too_long(&run, SERIAL).or_else(|| unjudged(&run, |_| true))
        }),
        trial("pace", "slow", || {
            let run = first_run(Pace::Slow);
            too_long(&run, SLOW).or_else(|| unjudged(&run, |turn| turn < Turn::Last))
        }),
        // Whoever answers strangers as slowly leaves no time for those of many requests.
        trial("pace", "slow-throughout", || {
            let run = first_run(Pace::SlowThroughout);
            too_long(&run, SLOW).or_else(|| unjudged(&run, |turn| turn < Turn::Late))
        }),
        trial("pace", "one-worker", || {
            let run = first_run_of(
                WITH_API,
                Behaviour {
                    timing: Timing::ByOneWorker(8),
                    ..Behaviour::default()
                },
            );
            too_long(&run, SLOW)
                .or_else(|| unjudged(&run, |turn| turn < Turn::Last))
                .or_else(|| not_green(&run))
        }),
        trial("pace", "slow-texts", || {
            let run = first_run(Pace::SlowTexts);
            too_long(&run, SLOW).or_else(|| unjudged(&run, |turn| turn < Turn::Last))
        }),
        // What a GET costs nothing is judged, and what forgeries lead to, whatever pushes cost.
        trial("pace", "slow-pushes-with-effects", || {
            let run = first_run_of(
                WITH_API,
                Behaviour {
                    pace: Pace::Slow,
                    ..Behaviour::default()
                },
            );
            too_long(&run, SLOW)
                .or_else(|| open(&run, |id| id.starts_with("url-check/") || id == FORGED))
        }),
        trial("pace", "late-effects", || {
            let run = first_run_of(WITH_API, later(60));
            too_long(&run, SLOW)
                .or_else(|| unjudged(&run, |_| true))
                .or_else(|| not_green(&run))
        }),
        trial("pace", "effects-too-late", || {
            let run = first_run_of(WITH_API, later(120));
            untold(&run).or_else(|| not_green(&run))
        }),
    ]
}

/// A run of somebody who gives nothing but a URL, on a correct server of that pace.
fn first_run(pace: Pace) -> View {
    let behaviour = Behaviour {
        pace,
        ..Behaviour::default()
    };
    first_run_of(PLAIN, behaviour)
}

fn first_run_of(setting: Setting, behaviour: Behaviour) -> View {
    let conditions = Conditions::of_a_first_run();
    judge_under(conditions, setting, behaviour, At::Callback)
}

/// A server that sends its messages so many hundredths of the limit after its answer.
fn later(percent: u32) -> Behaviour {
    Behaviour {
        timing: Timing::Later(percent),
        ..Behaviour::default()
    }
}

const FORGED: &str = "push-signature/rejects-forged-signature";

/// The rules that were not judged for lack of time.
fn open(run: &View, counts: fn(&str) -> bool) -> Option<String> {
    let open = run
        .rows
        .iter()
        .filter(|row| row.reason == Some(Reason::OutOfTime) && counts(row.rule.id.as_str()));
    let names: Vec<&str> = open.map(|row| row.rule.id.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// A complaint where effects came too late and the rules about them do not say so, with the patience that helps.
fn untold(run: &View) -> Option<String> {
    let told = Reason::Unjudged(Unjudged::EffectsTooLate {
        seconds: 6,
        waited: 5,
        patience: 2,
    });
    let mut rows = run.rows.iter();
    let row = rows.find(|row| row.rule.id.as_str() == "redelivery/one-effect-in-sequence");
    let reason = row.and_then(|row| row.reason.as_ref());
    (reason != Some(&told)).then(|| format!("{reason:?}"))
}

/// Rules that found something, however mild.
fn not_green(run: &View) -> Option<String> {
    let bad = run.rows.iter().filter(|row| {
        matches!(
            row.verdict,
            Verdict::Failed | Verdict::Warned | Verdict::Flaky | Verdict::Errored
        )
    });
    let names: Vec<&str> = bad.map(|row| row.rule.id.as_str()).collect();
    (!names.is_empty()).then(|| format!("not green: {}", names.join(", ")))
}

fn too_long(run: &View, longest: Duration) -> Option<String> {
    let took = Duration::from_micros(run.ended.took_micros);
    (took > longest).then(|| format!("{took:?}, and not {longest:?}"))
}

/// The Musts of such turns that were failed, or not judged for lack of time.
fn unjudged(run: &View, counts: fn(Turn) -> bool) -> Option<String> {
    let musts = run.rows.iter().filter(|row| row.rule.level == Level::Must);
    let bad = musts.filter(|row| match row.verdict {
        Verdict::Failed | Verdict::Errored => true,
        _ => row.reason == Some(Reason::OutOfTime) && counts(row.rule.turn),
    });
    let names: Vec<&str> = bad.map(|row| row.rule.id.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
