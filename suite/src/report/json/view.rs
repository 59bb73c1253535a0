//! A view, made of a JSON report.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wxcheck_events::{
    Baseline, BaselineFault, ChangedReply, Contract, ContractState, Diagnosed as Examined,
    Diagnosis, FetchTime, FetchUrl, Known, Reason as Why, Reproduction, RunBegun, RunEnded,
    ServerEnded, VERSION, Verdict as Recorded,
};
use wxcheck_report::{CauseRow, Compared, Report, Row};

use super::ended;
use crate::{
    log,
    redact::Secrets,
    report::{
        names::{Names, Place},
        view::{self, View, ViewError},
    },
};

/// The run as other reports show it.
pub fn view(report: Report, secrets: Secrets) -> Result<View, ViewError> {
    let names = Names {
        wxcheck: &report.wxcheck,
        place: Place::Report,
    };
    let ended = ended::read(&report.ended).ok_or_else(|| names.unknown("end", &report.ended))?;
    let rows = report.rules.iter();
    let rows = rows.map(|row| {
        let shown = names.row(verdict(row, &names)?, replay(row));
        shown.map(|shown| view::Row {
            known: known(row),
            ..shown
        })
    });
    let rows: Vec<view::Row> = rows.collect::<Result<_, _>>()?;
    let contract = report
        .contract
        .map(|one| contract(one, &names))
        .transpose()?;
    let listed = report.baseline.map(|listed| Baseline {
        file: listed.file,
        known: report.rules.iter().filter_map(known).collect(),
        faults: listed.faults.into_iter().filter_map(fault).collect(),
    });
    let examined = report.diagnosis.map(|causes| Examined {
        causes: causes.into_iter().map(diagnosis).collect(),
        open: report.diagnosis_open,
        stack: report.stack,
        requests: report.diagnosis_requests.unwrap_or_default(),
    });
    let diagnosed = examined.map(|examined| names.diagnosed(examined));
    let diagnosed = diagnosed.transpose()?;
    let (target, millis) = (report.target, |millis: u64| millis.saturating_mul(1000));
    let urls = target.fetches.iter().map(|fetched| FetchUrl {
        kind: fetched.kind.clone(),
        url: fetched.url.clone(),
    });
    let times = target.fetches.iter().filter_map(|fetched| {
        let took = Duration::try_from_secs_f64(fetched.millis? / 1000.0).ok()?;
        Some(FetchTime {
            kind: fetched.kind.clone(),
            micros: log::micros(took),
        })
    });
    let begun = RunBegun {
        log: VERSION,
        seed: report.seed,
        fetch_urls: urls.collect(),
        url: target.url,
        mode: target.mode,
        format: target.format,
        account: target.account,
        limit_micros: target.limit_micros,
        callback: target.callback,
        fail_on: report.fail_on,
        authorization_url: target.authorization_url,
        rules: rows.iter().map(|row| row.rule.id.to_string()).collect(),
        wxcheck: report.wxcheck,
    };
    Ok(View {
        fetches: view::fetches(&begun, &times.collect::<Vec<_>>()),
        begun,
        ended: RunEnded {
            ended,
            requests: report.requests,
            took_micros: millis(report.millis),
            waiting_micros: millis(report.waiting_millis),
            lateness_micros: millis(report.late_millis.unwrap_or_default()),
            starved: report.late_millis.is_some(),
            answer_times: report.answer_times.and_then(read).unwrap_or_default(),
        },
        rows,
        contract,
        baseline: listed,
        diagnosed,
        server_ended: report.server_ended.map(|ended| ServerEnded {
            how: ended.how,
            output: ended.output,
        }),
        secrets,
    })
}

/// The verdict as its event has it.
fn verdict(row: &Row, names: &Names<'_>) -> Result<Recorded, ViewError> {
    Ok(Recorded {
        rule: row.id.clone(),
        verdict: row.verdict.clone(),
        claim: row.claim.clone(),
        claims: row.claims.clone(),
        pushes: row.pushes.clone(),
        expected: row.expected.clone(),
        actual: row.actual.clone(),
        status: row.status,
        story: row.story.clone(),
        reason: reason(row, names)?,
        reproduction: row.reproduction.as_ref().map(|shown| Reproduction {
            scenario: Value::Null,
            curl: shown.curl.clone(),
            to_authorization_url: shown.to_authorization_url,
        }),
        witness: row.witness.clone().and_then(read),
        took_micros: row.millis.saturating_mul(1000),
    })
}

/// The reason, if there is one. Only its data are read: a sentence is for people.
fn reason(row: &Row, names: &Names<'_>) -> Result<Option<Why>, ViewError> {
    let data = row.because.clone().map(Value::Object);
    let Some(sentence) = &row.reason else {
        return Ok(None);
    };
    let known = data.and_then(|data| serde_json::from_value(data).ok());
    known
        .map(Some)
        .ok_or_else(|| names.unknown("reason", sentence))
}

/// Something that stands there as its event has it; nothing where another version wrote it otherwise.
fn read<T: DeserializeOwned>(data: Map<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(data)).ok()
}

/// The entry that accepts what a rule found.
fn known(row: &Row) -> Option<Known> {
    let known = row.known.as_ref()?;
    Some(Known {
        rule: row.id.clone(),
        reason: known.reason.clone(),
        expires: known.expires.clone(),
        line: known.line,
    })
}

/// An entry of the list that is no longer right.
fn fault(fault: wxcheck_report::BaselineFault) -> Option<BaselineFault> {
    Some(BaselineFault {
        rule: fault.rule,
        claim: fault.claim,
        line: fault.line,
        wrong: serde_json::from_value(Value::Object(fault.because)).ok()?,
    })
}

fn replay(row: &Row) -> Option<String> {
    row.reproduction.as_ref()?.replay.clone()
}

fn contract(compared: Compared, names: &Names<'_>) -> Result<Contract, ViewError> {
    let replies = compared.replies.into_iter().map(|reply| ChangedReply {
        push: reply.push,
        then: reply.then,
        now: reply.now,
    });
    let state = match compared.state.as_str() {
        "new" => ContractState::New,
        "kept" => ContractState::Kept,
        "changed" => ContractState::Changed {
            replies: replies.collect(),
        },
        "unseen" => ContractState::Unseen {
            why: compared.why.unwrap_or_default(),
        },
        other => return Err(names.unknown("outcome of a comparison", other)),
    };
    Ok(Contract {
        file: compared.file,
        pushes: compared.pushes,
        state,
    })
}

fn diagnosis(cause: CauseRow) -> Diagnosis {
    Diagnosis {
        cause: cause.id,
        values: cause.values,
        certainty: cause.certainty,
        curl: cause.curl,
    }
}
