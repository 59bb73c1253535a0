//! The time that a run takes, by the clock of the process: what is waited for, and nothing of the machine.

use std::time::Duration;

use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Behaviour, Setting, behaviour::Pace};
use wxcheck_suite::{rule::Level, verdict::Verdict};

use crate::judged::{At, Conditions, judge, judge_under};

/// The longest that a run on a prompt server may wait.
const PROMPT: Duration = Duration::from_secs(8);

/// The limit of a run where nobody asks for another.
const LIMIT: Duration = Duration::from_secs(120);

const MINI: Setting = Setting {
    mode: Mode::Safe,
    format: Format::Xml,
    account: Account::Mini,
    api: true,
};

/// A prompt server keeps nobody waiting for long.
pub(crate) fn is_prompt() -> Option<String> {
    let run = judge(MINI, Behaviour::default(), At::All);
    let took = Duration::from_micros(run.ended.took_micros);
    (took > PROMPT).then(|| format!("{took:?}, and not {PROMPT:?}"))
}

const PLAIN: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Xml,
    account: Account::Mini,
    api: false,
};

fn paced(pace: Pace, longest: Duration) -> Option<String> {
    let conditions = Conditions::of_a_first_run(LIMIT);
    let behaviour = Behaviour {
        pace,
        ..Behaviour::default()
    };
    let run = judge_under(conditions, PLAIN, behaviour, At::Callback);
    let took = Duration::from_micros(run.ended.took_micros);
    let open: Vec<&str> = run
        .with(Verdict::Inconclusive)
        .filter(|row| row.rule.level == Level::Must)
        .map(|row| row.rule.id.as_str())
        .collect();
    let bad = run.count(Verdict::Failed) + run.count(Verdict::Errored);
    (took > longest || !open.is_empty() || bad > 0)
        .then(|| format!("{took:?} {:?} bad {bad} requests {}, {} inconclusive, open {open:?}", run.ended.ended, run.ended.requests, run.count(Verdict::Inconclusive)))
}

pub(crate) fn slow() -> Option<String> {
    paced(Pace::Slow, LIMIT)
}

pub(crate) fn slow_everywhere() -> Option<String> {
    paced(Pace::SlowThroughout, LIMIT)
}

pub(crate) fn slow_texts() -> Option<String> {
    paced(Pace::SlowTexts, LIMIT)
}

pub(crate) fn serial() -> Option<String> {
    paced(Pace::OneAfterTheOther, Duration::from_secs(30))
}
