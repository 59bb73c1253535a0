//! The JSON report. Its keys are stable: scripts depend on them.

use std::collections::BTreeMap;

use serde::Serialize;
use wxcheck_protocol::fetch::FetchKind;

use crate::{
    redact::Shown,
    rule::Level,
    rules::cold_start_budget,
    run::{Ended, Run},
    verdict::{RuleResult, Verdict},
};

/// The report, indented, with a newline at the end.
pub fn write(run: &Run) -> Shown {
    let report = Report {
        wxcheck: run.version,
        seed: run.seed,
        target: Target {
            url: &run.url,
            mode: run.profile.mode.to_string(),
            format: run.profile.format.to_string(),
            account: run.profile.account.to_string(),
            fetches: run
                .fetch_urls
                .iter()
                .map(|fetch| of_fetch(fetch, run))
                .collect(),
        },
        ended: match &run.ended {
            Ended::Whole => "whole".to_owned(),
            Ended::Stopped(who) => format!("stopped by {who}"),
            Ended::OutOfTime => "out of time".to_owned(),
            Ended::NoContact(reason) => format!("no contact: {reason}"),
        },
        requests: run.requests,
        millis: run.took.as_millis(),
        waiting_millis: run.waiting.as_millis(),
        late_millis: run.was_starved().then_some(run.lateness.as_millis()),
        summary: Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict.as_str(), run.count(verdict)))
            .collect(),
        contract: run.contract.as_ref().map(|changed| Contract { changed }),
        rules: run.results.iter().map(row).collect(),
    };
    run.secrets.json(&report)
}

fn of_fetch<'a>((kind, url): &'a (FetchKind, String), run: &Run) -> Fetches<'a> {
    let mut times = run.observed.iter().flat_map(|observed| &observed.fetches);
    let first = times.find(|(fetched, _)| fetched == kind);
    let budget = match kind {
        FetchKind::Pre => cold_start_budget(run.profile.limit),
        FetchKind::Periodic => run.profile.limit,
    };
    Fetches {
        kind: kind.name(),
        url,
        millis: first.map(|(_, took)| took.as_secs_f64() * 1000.0),
        budget_millis: budget.as_millis(),
    }
}

fn row(result: &RuleResult) -> Row<'_> {
    let finding = result.finding.as_ref();
    Row {
        id: result.rule.id.as_str(),
        level: result.rule.level,
        verdict: result.verdict,
        claim: finding.map(|finding| finding.claim),
        claims: &result.claims,
        pushes: &result.subjects,
        expected: finding.map(|finding| finding.expected.as_str()),
        actual: finding.map(|finding| finding.actual.as_str()),
        story: finding.map_or(&[], |finding| finding.story.as_slice()),
        reason: result.reason.as_ref().map(ToString::to_string),
        reproduction: result
            .reproduction
            .as_ref()
            .map(|reproduction| Reproduction {
                curl: &reproduction.curl,
                replay: reproduction.replay.as_deref(),
            }),
        millis: result.took.as_millis(),
    }
}

#[derive(Serialize)]
struct Report<'a> {
    wxcheck: &'a str,
    seed: u64,
    target: Target<'a>,
    ended: String,
    requests: u64,
    millis: u128,
    waiting_millis: u128,
    /// Only where this machine was too busy to time a server well.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_millis: Option<u128>,
    summary: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<Contract<'a>>,
    rules: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Contract<'a> {
    /// The pushes that are answered otherwise than before.
    changed: &'a [String],
}

#[derive(Serialize)]
struct Target<'a> {
    url: &'a str,
    mode: String,
    format: String,
    account: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fetches: Vec<Fetches<'a>>,
}

#[derive(Serialize)]
struct Fetches<'a> {
    kind: &'static str,
    url: &'a str,
    /// The first answer, to its end; a prefetch has the budget of a cold start.
    millis: Option<f64>,
    budget_millis: u128,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    level: Level,
    verdict: Verdict,
    claim: Option<&'a str>,
    claims: &'a [&'static str],
    /// For which pushes, where the rule tries many.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pushes: &'a [String],
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    story: &'a [String],
    reason: Option<String>,
    reproduction: Option<Reproduction<'a>>,
    millis: u128,
}

#[derive(Serialize)]
struct Reproduction<'a> {
    curl: &'a [String],
    replay: Option<&'a str>,
}
