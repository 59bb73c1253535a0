//! The suite is judged: the correct server passes in every mode and format, unusual but correct
//! servers are not failed, and every defect is caught by exactly the rules it names.

//!
//! One trial for each server, by name: `cargo test --test detection -- defect::ack-json-quoted`. `tests/under-load`
//! judges some of them many times on a busy machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod diagnosed;
mod judged;
mod twin;
mod under_load;

use std::{collections::BTreeSet, fmt::Write as _, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{
    Account, Behaviour, DEFECTS, Defect, Setting, UNUSUAL, Unusual, defect,
};
use wxcheck_suite::{
    reason::{Missing, Reason},
    rule::{Level, Rule},
    rules,
    run::Run,
    verdict::{RuleResult, Verdict},
};

use judged::{At, judge};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let trials = match under_load::seeds() {
        Some(seeds) => {
            arguments.test_threads.get_or_insert(under_load::AT_ONCE);
            under_load::trials(seeds)
        }
        None => trials(),
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One trial for each server, and one for the table of them.
fn trials() -> Vec<Trial> {
    let correct = settings()
        .into_iter()
        .map(|setting| trial("correct", &name_of(setting), move || is_green(setting)));
    let unusual = UNUSUAL
        .iter()
        .map(|unusual| trial("unusual", unusual.name, || is_not_failed(unusual)));
    let defects = DEFECTS
        .iter()
        .map(|defect| trial("defect", defect.name, || is_caught_by_its_rules(defect)));
    let rules = trial("rules", "broken-by-defects", every_rule_is_broken);
    let issuer = trial("proof", "missing-intermediate", is_proven_by_its_issuer);
    correct
        .chain(unusual)
        .chain(defects)
        .chain([rules, issuer])
        .chain(diagnosed::trials())
        .collect()
}

fn trial(
    kind: &str,
    name: &str,
    complaint: impl FnOnce() -> Option<String> + Send + 'static,
) -> Trial {
    Trial::test(format!("{kind}::{name}"), || match complaint() {
        Some(complaint) => Err(Failed::from(complaint)),
        None => Ok(()),
    })
}

/// The settings in which the correct server is judged.
fn settings() -> Vec<Setting> {
    let mut settings = Vec::new();
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        for format in [Format::Xml, Format::Json] {
            for account in [Account::Mini, Account::Official] {
                for api in [false, true] {
                    settings.push(Setting {
                        mode,
                        format,
                        account,
                        api,
                    });
                }
            }
        }
    }
    for (mode, format, account) in [
        (Mode::Safe, Format::Xml, Account::Platform),
        (Mode::Safe, Format::Json, Account::Minigame),
        (Mode::Plain, Format::Json, Account::CloudHosting),
        (Mode::Plain, Format::Xml, Account::CloudHosting),
    ] {
        settings.push(Setting {
            mode,
            format,
            account,
            api: true,
        });
    }
    settings
}

fn name_of(setting: Setting) -> String {
    let Setting {
        mode,
        format,
        account,
        api,
    } = setting;
    let channel = if api { "-api" } else { "" };
    format!("{}-{mode}-{format}{channel}", account.name())
}

/// The correct server is all green.
fn is_green(setting: Setting) -> Option<String> {
    not_green(&judge(setting, Behaviour::default(), At::All))
}

/// An unusual but correct server is not failed.
fn is_not_failed(unusual: &Unusual) -> Option<String> {
    let run = judge(unusual.setting, (unusual.behaviour)(), At::All);
    let bad = rows(&run, |verdict| {
        matches!(verdict, Verdict::Failed | Verdict::Errored)
    });
    (!bad.is_empty()).then(|| format!("{}\n{bad}", unusual.summary))
}

/// A defect is caught by exactly the rules it names. One of bodies is judged sealed too, where every verdict is the same.
fn is_caught_by_its_rules(defect: &Defect) -> Option<String> {
    let behaviour = (defect.behaviour)();
    let at = At::place_of(&behaviour);
    let run = judge(defect.setting, behaviour, at);
    let caught = complaint(defect.summary, defect.caught_by, &run);
    if !twin::shows_in_bodies(defect) {
        return caught;
    }
    let told = twin::complaint(defect, &run, &twin::judge_sealed(defect));
    let twin = told.map(|told| format!("{}\n{told}", defect.summary));
    caught
        .into_iter()
        .chain(twin)
        .reduce(|one, other| one + &other)
}

/// No server can break these: they are about what is configured, and proven where they stand.
const ABOUT_CONFIGURATION: [&str; 4] = [
    "network/ports",
    "network/fetch-https",
    "network/domain",
    "network/domain-list",
];

/// Where certificates of issuers are fetched, a missing one is proven and not only supposed.
fn is_proven_by_its_issuer() -> Option<String> {
    let defect = defect("tls-missing-intermediate")?;
    let run = judge(defect.setting, (defect.behaviour)(), At::Data);
    let of_chain = |result: &&RuleResult| result.rule.id == "network/certificate-chain";
    let found = run.results.iter().find(of_chain);
    let finding = found.and_then(|result| result.finding.as_ref());
    let actual = finding.map_or("nothing was found", |finding| finding.actual.as_str());
    (!actual.contains("with it, fetched from where")).then(|| actual.to_owned())
}

/// Every must and should is broken by a defect, and every defect names rules that exist.
fn every_rule_is_broken() -> Option<String> {
    let broken: BTreeSet<&str> = DEFECTS
        .iter()
        .flat_map(|defect| defect.caught_by.iter().map(|(rule, _)| *rule))
        .collect();
    let about_servers = |rule: &&Rule| !ABOUT_CONFIGURATION.contains(&rule.id.as_str());
    let binding = rules::all().filter(|rule| rule.level != Level::Info);
    let unbroken = binding
        .filter(about_servers)
        .filter(|rule| !broken.contains(rule.id.as_str()))
        .map(|rule| format!("no defect breaks {}", rule.id));
    let unknown = broken
        .iter()
        .filter(|rule| rules::find(rule).is_none())
        .map(|rule| format!("a defect names {rule}, which is no rule"));
    let complaints: Vec<String> = unbroken.chain(unknown).collect();
    (!complaints.is_empty()).then(|| complaints.join("\n"))
}

/// What a run lacks, and what it has beyond the rules and claims that are expected.
fn complaint(summary: &str, expected: &[(&str, &str)], run: &Run) -> Option<String> {
    let caught: BTreeSet<&str> = run
        .results
        .iter()
        .filter(|result| is_caught(result))
        .map(|result| result.rule.id.as_str())
        .collect();
    let named: BTreeSet<&str> = expected.iter().map(|(rule, _)| *rule).collect();
    let mut text = String::new();
    for rule in named.difference(&caught) {
        let verdict = run.results.iter().find(|result| result.rule.id == *rule);
        let _ = writeln!(
            text,
            "  not caught by {rule}: {:?}",
            verdict.map(|result| (result.verdict, &result.reason))
        );
    }
    for result in run.results.iter().filter(|result| is_caught(result)) {
        let claims: Vec<&str> = expected
            .iter()
            .filter(|(rule, _)| result.rule.id == *rule)
            .map(|(_, claim)| *claim)
            .collect();
        if claims.is_empty() {
            let finding = claim_and_actual(result);
            let _ = writeln!(
                text,
                "  also caught by {} ({}): {finding:?}",
                result.rule.id, result.verdict
            );
        } else if !claims.iter().any(|claim| result.claims.contains(claim)) {
            let _ = writeln!(
                text,
                "  {} claims {:?}, not {claims:?}",
                result.rule.id, result.claims
            );
        }
    }
    (!text.is_empty()).then(|| format!("{summary}\n{text}"))
}

/// A doubt, which is a warning on a Must, is no catch.
fn is_caught(result: &RuleResult) -> bool {
    let about_servers = !ABOUT_CONFIGURATION.contains(&result.rule.id.as_str());
    about_servers
        && matches!(
            result.verdict,
            Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky | Verdict::Errored
        )
}

/// Without a channel, what needs one is inconclusive; nothing else may be.
fn not_green(run: &Run) -> Option<String> {
    let mut run = run.clone();
    run.results.retain(|result| {
        let lacks_channel = matches!(
            result.reason,
            Some(Reason::Missing(Missing::EffectsChannel | Missing::Api))
        );
        result.verdict != Verdict::Inconclusive || !lacks_channel
    });
    let bad = rows(&run, |verdict| {
        !matches!(verdict, Verdict::Passed | Verdict::Skipped | Verdict::Noted)
    });
    (!bad.is_empty()).then_some(bad)
}

/// What a result says was broken, and what came.
fn claim_and_actual(result: &RuleResult) -> Option<(&str, &str)> {
    let finding = result.finding.as_ref()?;
    Some((finding.claim, &finding.actual))
}

fn rows(run: &Run, pick: impl Fn(Verdict) -> bool) -> String {
    run.results
        .iter()
        .filter(|result| pick(result.verdict))
        .fold(String::new(), |mut text, result| {
            let finding = claim_and_actual(result);
            let _ = writeln!(
                text,
                "  {} {} {finding:?} {:?}",
                result.verdict, result.rule.id, result.reason
            );
            text
        })
}
