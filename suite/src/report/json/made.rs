//! A JSON report, made of a view.

use serde::Serialize;
use serde_json::{Map, Value};
use wxcheck_events::{AnswerTimes, Contract, ContractState};
use wxcheck_report::{
    Baseline, BaselineFault, CauseRow, Compared, Fetches, KNOWN, Known, Reply, Report,
    Reproduction, Row, SCHEMA, ServerEnded, Target,
};

use super::ended::phrase;
use crate::{
    diagnosis::{FoundCause, Stack},
    log,
    redact::Secrets,
    report::{
        known::in_english,
        view::{self, FetchSummary, View},
    },
    rule::deprecated::Deprecated,
    verdict::Verdict,
};

/// The report of a run.
pub fn report(view: &View) -> Report {
    let (begun, ended) = (&view.begun, &view.ended);
    let diagnosed = view.diagnosed.as_ref();
    let stack = diagnosed.and_then(|diagnosed| diagnosed.stack);
    let causes = diagnosed.map(|diagnosed| &diagnosed.findings);
    let outcome = view.outcome();
    let known = (KNOWN.to_owned(), view.known().count());
    let count = |verdict: Verdict| {
        let rows = view.unknown(verdict);
        (verdict.as_str().to_owned(), rows.count())
    };
    Report {
        schema: SCHEMA,
        wxcheck: begun.wxcheck.clone(),
        seed: begun.seed,
        target: Target {
            url: begun.url.clone(),
            mode: begun.mode.clone(),
            format: begun.format.clone(),
            account: begun.account.clone(),
            callback: begun.callback,
            limit_micros: begun.limit_micros,
            authorization_url: begun.authorization_url.clone(),
            fetches: view.fetches.iter().map(of_fetch).collect(),
        },
        ended: phrase(&ended.ended),
        outcome: outcome.as_str().to_owned(),
        why: outcome.open().map(|open| open.words()[0].to_owned()),
        requests: ended.requests,
        diagnosis_requests: diagnosed.map(|diagnosed| diagnosed.requests),
        millis: ended.took_micros / 1000,
        waiting_millis: ended.waiting_micros / 1000,
        late_millis: ended.starved.then_some(ended.lateness_micros / 1000),
        answer_times: Some(&ended.answer_times)
            .filter(|times| **times != AnswerTimes::default())
            .and_then(data),
        fail_on: begun.fail_on.clone(),
        summary: Verdict::ALL.into_iter().map(count).chain([known]).collect(),
        contract: view.contract.as_ref().map(compared),
        baseline: view.baseline.as_ref().map(listed),
        server_ended: view.server_ended.as_ref().map(|ended| ServerEnded {
            how: ended.how.clone(),
            output: ended.output.clone(),
        }),
        diagnosis: causes.map(|found| found.iter().map(|one| cause(one, stack)).collect()),
        diagnosis_open: diagnosed.is_some_and(|diagnosed| diagnosed.is_open),
        stack: stack.map(|stack| stack.name().to_owned()),
        rules: view
            .rows
            .iter()
            .map(|one| row(one, &view.secrets))
            .collect(),
    }
}

fn of_fetch(fetched: &FetchSummary) -> Fetches {
    Fetches {
        kind: fetched.kind.name().to_owned(),
        url: fetched.url.clone(),
        millis: fetched.took.map(|took| took.as_secs_f64() * 1000.0),
        budget_millis: log::micros(fetched.budget) / 1000,
    }
}

fn compared(contract: &Contract) -> Compared {
    let (state, why, replies) = match &contract.state {
        ContractState::New => ("new", None, &[][..]),
        ContractState::Kept => ("kept", None, &[][..]),
        ContractState::Changed { replies } => ("changed", None, &replies[..]),
        ContractState::Unseen { why } => ("unseen", Some(why.clone()), &[][..]),
    };
    let replies = replies.iter().map(|reply| Reply {
        push: reply.push.clone(),
        then: reply.then.clone(),
        now: reply.now.clone(),
    });
    let changed = contract.changed().into_iter();
    Compared {
        changed: changed.map(str::to_owned).collect(),
        state: state.to_owned(),
        file: contract.file.clone(),
        pushes: contract.pushes,
        why,
        replies: replies.collect(),
    }
}

fn listed(baseline: &wxcheck_events::Baseline) -> Baseline {
    let faults = baseline.faults.iter().map(|fault| BaselineFault {
        rule: fault.rule.clone(),
        claim: fault.claim.clone(),
        line: fault.line,
        says: in_english(fault),
        because: data(&fault.wrong).unwrap_or_default(),
    });
    Baseline {
        file: baseline.file.clone(),
        faults: faults.collect(),
    }
}

/// A cause as an object of a report.
pub fn cause(finding: &FoundCause, stack: Option<Stack>) -> CauseRow {
    let wording = finding.english(stack);
    let code = wording.code.into_iter();
    CauseRow {
        id: finding.cause.id.to_owned(),
        certainty: finding.certainty.name().to_owned(),
        says: wording.says,
        fix: wording.fix,
        code: code
            .map(|(stack, line)| (stack.name().to_owned(), line))
            .collect(),
        curl: finding.curl.clone(),
        values: finding.values.clone(),
    }
}

fn row(row: &view::Row, secrets: &Secrets) -> Row {
    let finding = row.finding.as_ref();
    let reason = row.reason.as_ref();
    Row {
        id: row.rule.id.to_string(),
        level: row.rule.level.to_string(),
        deprecated: row.deprecated.map(Deprecated::english),
        verdict: row.verdict.to_string(),
        claim: finding.map(|finding| finding.claim.clone()),
        claims: row.claims.clone(),
        pushes: row.pushes.clone(),
        expected: finding.map(|finding| finding.expected.clone()),
        actual: finding.map(|finding| finding.actual.clone()),
        status: finding.and_then(|finding| finding.status),
        story: finding.map_or_else(Vec::new, |finding| finding.story.clone()),
        reason: reason.map(ToString::to_string),
        because: reason.and_then(|reason| data(&log::why(reason, secrets))),
        reproduction: row.reproduction.as_ref().map(|recorded| Reproduction {
            curl: recorded.curl.clone(),
            replay: recorded.replay.clone(),
            to_authorization_url: recorded.to_authorization_url,
        }),
        witness: row.witness.as_ref().and_then(data),
        known: row.known.as_ref().map(|known| Known {
            reason: known.reason.clone(),
            expires: known.expires.clone(),
            line: known.line,
        }),
        millis: log::micros(row.took) / 1000,
    }
}

/// Something as data: as its event has it.
fn data(told: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(told) {
        Ok(Value::Object(data)) => Some(data),
        _ => None,
    }
}
