//! The findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wxcheck_events::Ended;

use super::{
    View,
    findings::{self, Finding, Weight},
    known::reason,
    view::Row,
};
use crate::{redact::Redacted, rule::Level, verdict::Verdict, words::Language};

/// The place of the schema, as SARIF files name it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as JSON. Code scanning wants a file for each finding: that which names the server.
pub fn write(view: &View, file: &str) -> Redacted {
    let findings = findings::all(view);
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &findings {
        rules
            .entry(finding.id.as_str())
            .or_insert_with(|| descriptor(finding, view));
    }
    let results = findings.iter().map(|finding| result(finding, file, &rules));
    let begun = &view.begun;
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wxcheck",
                "version": begun.wxcheck,
                "semanticVersion": begun.wxcheck,
                "rules": rules.values().collect::<Vec<_>>(),
            }},
            "automationDetails": {
                "id": format!("wxcheck/{}/{}/{}/", begun.account, begun.mode, begun.format),
            },
            "invocations": [invocation(view)],
            "results": results.collect::<Vec<_>>(),
            "properties": {
                "target": begun.url,
                "seed": begun.seed.to_string(),
                "mode": begun.mode,
                "format": begun.format,
                "account": begun.account,
            },
        }],
    });
    view.secrets.json(&report)
}

/// A rule, or a cause.
fn descriptor(finding: &Finding<'_>, view: &View) -> Value {
    let Some(row) = finding.row else {
        return cause(finding, view);
    };
    let rule = row.rule;
    json!({
        "id": finding.id,
        "shortDescription": { "text": plain(rule.summary) },
        "fullDescription": { "text": plain(&format!("{} {}", rule.summary, rule.why)) },
        "help": { "text": plain(&format!("{}\n\n{}\n\nSource: {}", rule.why, rule.fix, rule.source)) },
        "defaultConfiguration": { "level": level(match rule.level {
            Level::Must => Weight::Error,
            Level::Should => Weight::Warning,
            Level::Info => Weight::Note,
        }) },
        "properties": { "tags": [rule.area(), rule.level.to_string()] },
    })
}

fn cause(finding: &Finding<'_>, view: &View) -> Value {
    let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
    let mut causes = causes.map(|found| (found, format!("diagnosis/{}", found.cause.id)));
    let wording = causes
        .find(|(_, id)| *id == finding.id)
        .map(|(found, _)| found.english(None));
    let (says, fix) = wording.map_or_else(Default::default, |wording| (wording.says, wording.fix));
    json!({
        "id": finding.id,
        "shortDescription": { "text": plain(&says) },
        "help": { "text": plain(&fix) },
        "defaultConfiguration": { "level": level(Weight::Cause) },
        "properties": { "tags": ["diagnosis"] },
    })
}

fn result(finding: &Finding<'_>, file: &str, rules: &BTreeMap<&str, Value>) -> Value {
    let index = rules.keys().position(|id| *id == finding.id);
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": level(finding.weight),
        "message": { "text": plain(&finding.says) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": file },
            "region": { "startLine": 1 },
        }}],
        "partialFingerprints": { "wxcheck/v1": finding.fingerprint },
    });
    if let Some(known) = finding.row.and_then(|row| row.known.as_ref()) {
        result["suppressions"] = json!([{
            "kind": "external",
            "justification": reason(known, Language::English),
        }]);
    }
    result
}

fn invocation(view: &View) -> Value {
    let errors = view.with(Verdict::Errored).map(notification);
    json!({
        "executionSuccessful": matches!(view.ended.ended, Ended::Whole),
        "toolExecutionNotifications": errors.collect::<Vec<_>>(),
    })
}

/// An error of our own.
fn notification(row: &Row) -> Value {
    let reason = row.reason.as_ref().map(ToString::to_string);
    json!({
        "level": "error",
        "message": { "text": plain(&format!("{}: {}", row.rule.id, reason.unwrap_or_default())) },
    })
}

const fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "note",
        Weight::Warning => "warning",
        Weight::Error | Weight::Cause => "error",
    }
}

/// A message in which nothing reads like a link, which SARIF would make of `[text](1)`.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}
