//! The suite is judged: the correct server passes in every mode and format, unusual but correct
//! servers are not failed, and every defect is caught by exactly the rules it names.
//!
//! One trial for each server, by name: `cargo test --test detection -- defect::ack-json-quoted`. `tests/under-load`
//! judges some of them many times on a busy machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod book;
mod chinese;
mod claims;
mod diagnosed;
mod events_only;
#[path = "../it/fresh.rs"]
mod fresh;
mod judged;
mod pace;
mod planted;
mod reasons;
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
    report::{View, view::Row},
    rule::{Level, Rule, claim::ALIVE},
    rules,
    verdict::Verdict,
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
    let claims = trial("rules", "claims-made-by-defects", claims::complaint);
    let swallowed = trial("reasons", "swallowed-key", reasons::swallowed_key);
    let issuer = trial("proof", "missing-intermediate", is_proven_by_its_issuer);
    correct
        .chain(unusual)
        .chain(defects)
        .chain([rules, claims, issuer, swallowed])
        .chain(diagnosed::trials())
        .chain(pace::trials())
        .chain(events_only::trials())
        .chain(book::trials())
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
    for (mode, format, account, api) in [
        (Mode::Safe, Format::Xml, Account::Platform, true),
        (Mode::Safe, Format::Json, Account::Minigame, true),
        (Mode::Plain, Format::Json, Account::CloudHosting, true),
        (Mode::Plain, Format::Xml, Account::CloudHosting, true),
        // Nobody who is pushed events of these has to call the API.
        (Mode::Safe, Format::Json, Account::Shop, false),
        (Mode::Compat, Format::Xml, Account::App, false),
    ] {
        settings.push(Setting {
            mode,
            format,
            account,
            api,
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
    let run = judge(setting, Behaviour::default(), At::All);
    not_green(&run)
        .or_else(|| reasons::complaint(&run))
        .or_else(|| chinese::complaint(&run))
}

/// An unusual but correct server is not failed.
fn is_not_failed(unusual: &Unusual) -> Option<String> {
    let run = judge(unusual.setting, (unusual.behaviour)(), At::All);
    let mut held_against_it = run.clone();
    held_against_it.rows.retain(|row| {
        let counts_effects = row.rule.area() == "redelivery"
            || [
                "api-use/sends-once-while-api-is-slow",
                "api-use/text-unchanged",
            ]
            .contains(&row.rule.id.as_str());
        match row.verdict {
            Verdict::Failed | Verdict::Errored => true,
            Verdict::Warned | Verdict::Flaky => counts_effects,
            _ => false,
        }
    });
    let bad = rows(&held_against_it, |_| true);
    let bad = (!bad.is_empty()).then(|| format!("{}\n{bad}", unusual.summary));
    bad.or_else(|| reasons::complaint(&run))
        .or_else(|| chinese::complaint(&run))
}

/// A defect is caught by exactly the rules it names. One of bodies is judged sealed too, where every verdict is the same.
fn is_caught_by_its_rules(defect: &Defect) -> Option<String> {
    let behaviour = (defect.behaviour)();
    let at = At::place_of(&behaviour);
    let run = judge(defect.setting, behaviour, at);
    let caught = complaint(defect.summary, defect.caught_by, &run);
    let caught = caught
        .or_else(|| reasons::complaint(&run))
        .or_else(|| chinese::complaint(&run));
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

/// A missing certificate is proven, and not only supposed, where certificates of issuers are fetched.
fn is_proven_by_its_issuer() -> Option<String> {
    let defect = defect("tls-missing-intermediate")?;
    let run = judge(defect.setting, (defect.behaviour)(), At::Data);
    let of_chain = |row: &&Row| row.rule.id == "network/certificate-chain";
    let found = run.rows.iter().find(of_chain);
    let finding = found.and_then(|row| row.finding.as_ref());
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

/// The complaint about what a run lacks, and what it has beyond the rules and claims that are expected.
fn complaint(summary: &str, expected: &[(&str, &str)], run: &View) -> Option<String> {
    let caught: BTreeSet<&str> = run
        .rows
        .iter()
        .filter(|row| is_caught(row))
        .map(|row| row.rule.id.as_str())
        .collect();
    let named: BTreeSet<&str> = expected.iter().map(|(rule, _)| *rule).collect();
    let mut text = String::new();
    for rule in named.difference(&caught) {
        let verdict = run.rows.iter().find(|row| row.rule.id == *rule);
        let _ = writeln!(
            text,
            "  not caught by {rule}: {:?}",
            verdict.map(|row| (row.verdict, &row.reason))
        );
    }
    for row in run.rows.iter().filter(|row| is_caught(row)) {
        let claims: Vec<&str> = expected
            .iter()
            .filter(|(rule, _)| row.rule.id == *rule)
            .map(|(_, claim)| *claim)
            .collect();
        if claims.is_empty() {
            let finding = claim_and_actual(row);
            let _ = writeln!(
                text,
                "  also caught by {} ({}): {finding:?} {:?}",
                row.rule.id, row.verdict, row.pushes
            );
        } else if !are_made(&claims, row) {
            let _ = writeln!(
                text,
                "  {} claims {:?}, not {claims:?}",
                row.rule.id, row.claims
            );
        }
    }
    (!text.is_empty()).then(|| format!("{summary}\n{text}"))
}

/// Every claim that is expected; of a server that may die of it, one is enough.
fn are_made(claims: &[&str], row: &Row) -> bool {
    let is_made = |claim: &&str| row.claims.iter().any(|made| made == claim);
    if claims.contains(&ALIVE) {
        claims.iter().any(is_made)
    } else {
        claims.iter().all(is_made)
    }
}

/// A doubt, which is a warning on a Must, is no catch.
fn is_caught(row: &Row) -> bool {
    let about_servers = !ABOUT_CONFIGURATION.contains(&row.rule.id.as_str());
    about_servers
        && matches!(
            row.verdict,
            Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky | Verdict::Errored
        )
}

/// Without a channel, what needs one is inconclusive; nothing else may be.
fn not_green(run: &View) -> Option<String> {
    let mut run = run.clone();
    run.rows.retain(|row| {
        let lacks_channel = matches!(
            row.reason,
            Some(Reason::Missing(Missing::EffectsChannel | Missing::Api))
        );
        row.verdict != Verdict::Inconclusive || !lacks_channel
    });
    let bad = rows(&run, |verdict| {
        !matches!(verdict, Verdict::Passed | Verdict::Skipped | Verdict::Noted)
    });
    (!bad.is_empty()).then_some(bad)
}

/// The claim of a row, and what was seen.
fn claim_and_actual(row: &Row) -> Option<(&str, &str)> {
    let finding = row.finding.as_ref()?;
    Some((&finding.claim, &finding.actual))
}

fn rows(run: &View, pick: impl Fn(Verdict) -> bool) -> String {
    run.rows
        .iter()
        .filter(|row| pick(row.verdict))
        .fold(String::new(), |mut text, row| {
            let finding = claim_and_actual(row);
            let _ = writeln!(
                text,
                "  {} {} {finding:?} {:?}",
                row.verdict, row.rule.id, row.reason
            );
            text
        })
}
