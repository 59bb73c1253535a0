//! The suite is judged: the correct server passes in every mode and format, unusual but correct
//! servers are not failed, and every defect is caught by exactly the rules it names.

use std::{collections::BTreeSet, fmt::Write as _};

use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Behaviour, DEFECTS, Defect, Setting, UNUSUAL};
use wxcheck_suite::{
    rule::{Level, Rule},
    rules,
    run::Run,
    verdict::{RuleResult, Verdict},
};

use crate::judged::{At, PATIENCE, all_rules, for_each, judge};

#[test]
fn the_correct_server_is_all_green() {
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
    let complaints = for_each(&settings, |setting| {
        let run = judge(
            *setting,
            Behaviour::default(),
            At::All,
            PATIENCE,
            all_rules(),
        );
        not_green(&run).map(|rows| format!("{setting:?}\n{rows}"))
    });
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn unusual_but_correct_servers_are_not_failed() {
    let complaints = for_each(UNUSUAL, |unusual| {
        let run = judge(
            unusual.setting,
            (unusual.behaviour)(),
            At::All,
            PATIENCE,
            all_rules(),
        );
        let bad = rows(&run, |verdict| {
            matches!(verdict, Verdict::Failed | Verdict::Errored)
        });
        (!bad.is_empty()).then(|| format!("{}: {}\n{bad}", unusual.name, unusual.summary))
    });
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_defect_is_caught_by_exactly_its_rules() {
    let complaints = for_each(DEFECTS, |defect| {
        let behaviour = (defect.behaviour)();
        let at = At::place_of(&behaviour);
        let run = judge(defect.setting, behaviour, at, PATIENCE, all_rules());
        complaint(defect, &run)
    });
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(
        complaints.is_empty(),
        "{} defects:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// No server can break these: they are about what is configured, and proven where they stand.
const ABOUT_CONFIGURATION: [&str; 4] = [
    "network/ports",
    "network/fetch-https",
    "network/domain",
    "network/domain-list",
];

#[test]
fn every_must_and_should_is_broken_by_a_defect() {
    let broken: BTreeSet<&str> = DEFECTS
        .iter()
        .flat_map(|defect| defect.caught_by.iter().map(|(rule, _)| *rule))
        .collect();
    let about_servers = |rule: &&Rule| !ABOUT_CONFIGURATION.contains(&rule.id);
    for rule in rules::all()
        .filter(about_servers)
        .filter(|rule| rule.level != Level::Info)
    {
        assert!(broken.contains(rule.id), "no defect breaks {}", rule.id);
    }
    for rule in broken {
        assert!(
            rules::find(rule).is_some(),
            "a defect names {rule}, which is no rule"
        );
    }
}

fn complaint(defect: &Defect, run: &Run) -> Option<String> {
    let caught: BTreeSet<&str> = run
        .results
        .iter()
        .filter(|result| is_caught(result))
        .map(|result| result.rule.id)
        .collect();
    let named: BTreeSet<&str> = defect.caught_by.iter().map(|(rule, _)| *rule).collect();
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
        let claims: Vec<&str> = defect
            .caught_by
            .iter()
            .filter(|(rule, _)| *rule == result.rule.id)
            .map(|(_, claim)| *claim)
            .collect();
        if claims.is_empty() {
            let finding = result
                .finding
                .as_ref()
                .map(|finding| (finding.claim, &finding.actual));
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
    (!text.is_empty()).then(|| format!("{}: {}\n{text}", defect.name, defect.summary))
}

/// A doubt, which is a warning on a Must, is no catch.
fn is_caught(result: &RuleResult) -> bool {
    let about_servers = !ABOUT_CONFIGURATION.contains(&result.rule.id);
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
        let reason = result.reason.as_deref().unwrap_or_default();
        result.verdict != Verdict::Inconclusive || !reason.contains("cannot be seen: run with")
    });
    let bad = rows(&run, |verdict| {
        !matches!(verdict, Verdict::Passed | Verdict::Skipped | Verdict::Noted)
    });
    (!bad.is_empty()).then_some(bad)
}

fn rows(run: &Run, pick: impl Fn(Verdict) -> bool) -> String {
    run.results
        .iter()
        .filter(|result| pick(result.verdict))
        .fold(String::new(), |mut text, result| {
            let finding = result
                .finding
                .as_ref()
                .map(|finding| (finding.claim, &finding.actual));
            let _ = writeln!(
                text,
                "  {} {} {finding:?} {:?}",
                result.verdict, result.rule.id, result.reason
            );
            text
        })
}
