//! Servers judged on a busy machine, as `tests/under-load` has it: many seeds, on sockets and in real time, beside each
//! other. A busy machine must neither fail a correct server nor hide a defect.

use libtest_mimic::Trial;
use wxcheck_events::Ended;
use wxcheck_reference_server::{Behaviour, Defect, Setting, UNUSUAL, defect};
use wxcheck_suite::{report::view::Row, verdict::Verdict};

use crate::{
    complaint,
    judged::{At, Conditions, judge_under},
    rows, settings, trial,
};

/// Servers judged beside each other: most of a judgement is waiting.
pub(crate) const AT_ONCE: usize = 24;

/// The defects that are judged, one or two for each way in which something can fail to come.
const DEFECTS_UNDER_LOAD: [&str; 10] = [
    "push-unchecked-in-plain-mode",
    "no-dedup",
    "check-then-act",
    "second-message-of-a-second-swallowed",
    "kefu-twice",
    "wrong-user",
    "acts-then-refuses",
    "reply-late",
    "ack-json-quoted",
    "fetch-decodes-twice",
];

/// The number of seeds with which each server is judged, if that is asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "a test harness has no other way to be configured"
)]
pub(crate) fn seeds() -> Option<u64> {
    let seeds = std::env::var("WXCHECK_SEEDS_UNDER_LOAD").ok()?;
    Some(seeds.parse().unwrap())
}

/// One trial for each server and seed.
pub(crate) fn trials(seeds: u64) -> Vec<Trial> {
    let mut trials = Vec::new();
    for seed in 0..seeds {
        let mut add = |name: &str, complaint: Box<dyn FnOnce() -> Option<String> + Send>| {
            trials.push(trial(&format!("under-load::{seed}"), name, complaint));
        };
        let all = settings();
        // Another setting with each seed, all of them in turn.
        let setting = all[usize::try_from(seed).unwrap() % all.len()];
        add(
            "correct",
            Box::new(move || is_unharmed(seed, setting, Behaviour::default())),
        );
        for unusual in UNUSUAL {
            let behaviour = (unusual.behaviour)();
            add(
                unusual.name,
                Box::new(move || is_unharmed(seed, unusual.setting, behaviour)),
            );
        }
        for defect in chosen() {
            add(defect.name, Box::new(move || is_noticed(seed, defect)));
        }
    }
    trials
}

fn chosen() -> impl Iterator<Item = &'static Defect> {
    DEFECTS_UNDER_LOAD
        .into_iter()
        .map(|name| defect(name).unwrap())
}

/// A correct server is neither failed nor flaky nor errored.
fn is_unharmed(seed: u64, setting: Setting, behaviour: Behaviour) -> Option<String> {
    let run = judge_under(Conditions::on_sockets(seed), setting, behaviour, At::All);
    let bad = rows(&run, |verdict| {
        matches!(verdict, Verdict::Failed | Verdict::Flaky | Verdict::Errored)
    });
    if run.ended.ended != Ended::Whole || run.count(Verdict::Passed) < LEAST_PASSED {
        let passed = run.count(Verdict::Passed);
        return Some(format!("{:?}, {passed} rules passed", run.ended.ended));
    }
    (!bad.is_empty()).then(|| format!("{} ms late\n{bad}", run.ended.lateness_micros / 1000))
}

/// A run in which fewer rules passed has judged nothing.
const LEAST_PASSED: usize = 20;

/// A defect is caught by the rules it names, and by at least one of them for good: what is only flaky turns no build red.
fn is_noticed(seed: u64, defect: &Defect) -> Option<String> {
    let behaviour = (defect.behaviour)();
    let at = At::place_of(&behaviour);
    let run = judge_under(Conditions::on_sockets(seed), defect.setting, behaviour, at);
    let is_held = |row: &Row| {
        let named = defect
            .caught_by
            .iter()
            .any(|(rule, _)| row.rule.id == *rule);
        named && row.verdict == Verdict::of_break(row.rule.level)
    };
    if !run.rows.iter().any(is_held) {
        return Some(format!("{}: only flaky, or not caught", defect.summary));
    }
    complaint(defect.summary, defect.caught_by, &run)
}
