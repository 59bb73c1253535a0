//! Every report counts alike, in both languages.

use std::collections::BTreeMap;

use serde_json::Value;
use wxcheck_events::{Baseline, BaselineFault, Ended, Known, ServerEnded, WrongEntry};

use super::*;
use crate::{
    diagnosis::AREAS,
    reason::{Reason, Unjudged},
    redact::Redacted,
    report::{
        github, gitlab, junit, sarif,
        view::{BrokenClaim, Diagnosed, tests::view_of},
    },
    rule::{Level, RuleId},
    rules,
};

#[test]
fn a_finding_keeps_its_name_and_shares_it_with_no_other() {
    let of = |id, claim| fingerprint(id, claim);
    // Known to GitLab and GitHub from earlier runs: another one makes every finding a new one.
    let known = "b4e737c8acb664e941d203698a3607cd78b64d2f";
    assert_eq!(of("reply/acknowledges", "html"), known);
    assert_ne!(of("a/b", "c"), of("a/bc", ""));
}

fn row(rule: &str, verdict: Verdict) -> Row {
    let finding = BrokenClaim {
        claim: "status".into(),
        expected: String::new(),
        actual: format!("seen of {rule}"),
        status: None,
        story: Vec::new(),
    };
    let is_open = verdict == Verdict::Inconclusive;
    Row {
        finding: (!is_open).then_some(finding),
        claims: if is_open {
            Vec::new()
        } else {
            vec!["status".into()]
        },
        reason: is_open.then(|| Unjudged::NothingSent.into()),
        ..Row::plain(rules::find(rule).unwrap(), verdict)
    }
}

fn whole(rows: Vec<Row>, gate: Gate) -> View {
    let mut view = view_of(rows);
    view.ended.ended = Ended::Whole;
    view.begun.fail_on = gate.words();
    view
}

fn read(text: &Redacted) -> Value {
    serde_json::from_str(text.as_str()).unwrap()
}

/// The weights that GitLab's issues have, by their names.
fn severities(view: &View) -> BTreeMap<String, String> {
    let issues = read(&gitlab::write(view, "f", Language::English));
    let text = |issue: &Value, key: &str| issue[key].as_str().unwrap().to_owned();
    let issues = issues.as_array().unwrap().iter();
    issues
        .map(|issue| (text(issue, "check_name"), text(issue, "severity")))
        .collect()
}

/// The number of failures in each report: JUnit, SARIF, GitLab, GitHub.
fn failures(view: &View) -> [usize; 4] {
    let sarif = read(&sarif::write(view, "f", Language::English));
    let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
    let severe = ["critical", "blocker"];
    let gitlab = severities(view);
    let gitlab = gitlab
        .values()
        .filter(|weight| severe.contains(&weight.as_str()));
    let github = github::annotations(view, Language::English);
    [
        junit::write(view, None, Language::English)
            .as_str()
            .matches("<failure")
            .count(),
        results.filter(|result| result["level"] == "error").count(),
        gitlab.count(),
        github.as_str().matches("::error ").count(),
    ]
}

/// The number of warnings that do not fail the run: SARIF, GitLab, GitHub.
fn warnings(view: &View) -> [usize; 3] {
    let [_, sarif, _, github] = for_tools(view, Language::English);
    let sarif = read(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
    let gitlab = severities(view);
    [
        results
            .filter(|result| result["level"] == "warning")
            .count(),
        gitlab.values().filter(|weight| *weight == "minor").count(),
        github.as_str().matches("::warning ").count(),
    ]
}

#[test]
fn whatever_fails_the_run_is_a_failure_in_every_report_and_nothing_else_is() {
    let lax = Gate::default();
    let strict = Gate {
        info: true,
        ..Gate::STRICT
    };
    for (verdict, rule) in [
        (Verdict::Failed, "reply/acknowledges"),
        (Verdict::Warned, "reply/time-to-spare"),
        (Verdict::Flaky, "reply/acknowledges"),
        (Verdict::Noted, "reply/time-to-spare"),
        (Verdict::Inconclusive, "reply/acknowledges"),
    ] {
        for gate in [lax, strict] {
            let passed = Row::plain(rules::find("reply/status-200").unwrap(), Verdict::Passed);
            let view = whole(vec![passed, row(rule, verdict)], gate);
            let count = usize::from(gate.fails(verdict));
            assert_eq!(failures(&view), [count; 4], "{verdict} {gate:?}");
        }
    }
}

/// A run in which the URL check failed and stands in the way of another rule, with a cause of that certainty.
fn with_a_cause(certainty: Certainty) -> View {
    let mut causes = AREAS.iter().flat_map(|area| area.causes);
    let cause = causes.find(|cause| cause.id == "post-refused").unwrap();
    let by = RuleId::ACKNOWLEDGES;
    let blocked = Row {
        reason: Some(Reason::Blocked { by }),
        ..row("reply/status-200", Verdict::Inconclusive)
    };
    let broken = row(by.as_str(), Verdict::Failed);
    let mut view = whole(vec![broken, blocked], Gate::default());
    view.diagnosed = Some(Diagnosed {
        findings: vec![FoundCause {
            cause,
            values: BTreeMap::default(),
            certainty,
            curl: None,
        }],
        is_open: false,
        stack: None,
        requests: 1,
    });
    view
}

/// Every report for tools, in a language.
fn for_tools(view: &View, language: Language) -> [Redacted; 4] {
    [
        junit::write(view, None, language),
        sarif::write(view, "f", language),
        gitlab::write(view, "f", language),
        github::annotations(view, language),
    ]
}

#[test]
fn a_cause_is_told_with_what_it_explains_and_is_no_failure_beside_that() {
    for (language, first, doubt) in [
        (Language::English, "Fix this first: ", "(not proven"),
        (Language::Chinese, "现在先改这个：", "（未证实"),
    ] {
        for certainty in [
            Certainty::Proven,
            Certainty::Seen,
            Certainty::NoAnswer,
            Certainty::Supposed,
        ] {
            let view = with_a_cause(certainty);
            assert_eq!(failures(&view), [1; 4]);
            let is_supposed = certainty == Certainty::Supposed;
            for report in for_tools(&view, language) {
                let text = report.as_str();
                assert_eq!(text.contains(doubt), is_supposed, "{text}");
                assert_eq!(text.contains(first), !is_supposed, "{text}");
            }
        }
    }
}

#[test]
fn every_report_counts_what_is_broken_as_the_verdict_on_the_run_does() {
    let of_level = |level: Level, verdict: Verdict, most: usize| {
        let rules = rules::all().filter(move |rule| rule.level == level);
        let rows = rules.take(most).map(move |rule| {
            let row = row(rule.id.as_str(), verdict);
            // What was seen differs, or does not: rules that one bug breaks count each.
            let claims = vec!["one".into(), "other".into()];
            Row { claims, ..row }
        });
        rows.collect::<Vec<_>>()
    };
    let (musts, shoulds) = (2, 6);
    let rows = || {
        let mut rows = of_level(Level::Must, Verdict::Failed, musts);
        for row in &mut rows {
            row.finding.as_mut().unwrap().actual = "status 500".into();
        }
        rows.extend(of_level(Level::Should, Verdict::Warned, shoulds));
        rows
    };
    let mut lax = whole(rows(), Gate::default());
    lax.diagnosed = with_a_cause(Certainty::Proven).diagnosed;
    assert_eq!(lax.found(Language::English), ["2 must, 6 should"]);
    assert_eq!(failures(&lax), [musts; 4]);
    assert_eq!(warnings(&lax), [shoulds; 3]);
    // What is known counts nowhere.
    lax.rows[0].known = Some(Known {
        rule: lax.rows[0].rule.id.to_string(),
        reason: "ticket 1".into(),
        expires: None,
        line: 1,
    });
    assert_eq!(lax.found(Language::English), ["1 must, 6 should, 1 known"]);
    assert_eq!(failures(&lax), [musts - 1; 4]);
    let strict = whole(rows(), Gate::STRICT);
    assert_eq!(strict.found(Language::English), ["2 must, 6 should"]);
    assert_eq!(failures(&strict), [musts + shoulds; 4]);
    assert_eq!(warnings(&strict), [0; 3]);
}

#[test]
fn names_and_weights_are_the_same_in_both_languages() {
    let view = with_a_cause(Certainty::Proven);
    let [english, chinese] =
        [Language::English, Language::Chinese].map(|language| sarif::write(&view, "f", language));
    let results = |report: &Redacted| {
        let mut report = read(report);
        let run = report["runs"][0].take();
        let results = run["results"].as_array().unwrap().clone();
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap().clone();
        assert!(!results.is_empty());
        let named = results.into_iter().chain(rules);
        let named = named.map(|mut one| {
            for worded in ["message", "shortDescription", "fullDescription", "help"] {
                one[worded].take();
            }
            one
        });
        named.collect::<Vec<_>>()
    };
    assert_eq!(results(&english), results(&chinese));
    assert_ne!(english, chinese);
    let junit = |language| junit::write(&view, None, language).as_str().to_owned();
    let named = |text: &str| {
        let elements = text.lines().filter(|line| line.contains("<testcase"));
        elements.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        named(&junit(Language::English)),
        named(&junit(Language::Chinese))
    );
}

#[test]
fn entries_that_are_no_longer_right_stand_beside_a_broken_rule() {
    let mut view = whole(
        vec![row("reply/acknowledges", Verdict::Failed)],
        Gate::default(),
    );
    view.baseline = Some(Baseline {
        file: "known.toml".into(),
        known: Vec::new(),
        faults: vec![BaselineFault {
            rule: "redelivery/event-once".into(),
            claim: None,
            line: 3,
            wrong: WrongEntry::Gone,
        }],
    });
    assert_eq!(failures(&view), [2; 4]);
    for (language, told) in [
        (
            Language::English,
            "known.toml line 3: redelivery/event-once no longer occurs",
        ),
        (
            Language::Chinese,
            "known.toml 第 3 行：redelivery/event-once 已不再出现",
        ),
    ] {
        let report = github::annotations(&view, language);
        assert!(report.as_str().contains(told), "{report}");
    }
}

#[test]
fn the_end_of_the_server_stands_beside_a_broken_rule() {
    let mut view = whole(
        vec![row("reply/acknowledges", Verdict::Failed)],
        Gate::default(),
    );
    view.server_ended = Some(ServerEnded {
        how: "exit status: 7".into(),
        output: vec!["no luck".into()],
    });
    let severities = severities(&view);
    assert_eq!(severities["wxcheck/server-ended"], "blocker");
    for report in for_tools(&view, Language::English) {
        let text = report.as_str();
        assert!(
            text.contains("exit status: 7") && text.contains("no luck"),
            "{text}"
        );
    }
}
