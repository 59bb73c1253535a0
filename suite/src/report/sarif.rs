//! The findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    View,
    beside::FailureKind,
    findings::{self, Finding, Weight},
    known::reason,
    labels::{self, colon},
    view::Row,
};
use crate::{
    redact::Redacted,
    rule::Level,
    verdict::Verdict,
    words::{Language, sentence},
};

/// The place of the schema, as SARIF files name it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as JSON. Code scanning wants a file for each finding: that which names the server.
pub fn write(view: &View, file: &str, language: Language) -> Redacted {
    let findings = findings::all(view, language);
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &findings {
        rules
            .entry(finding.id.as_str())
            .or_insert_with(|| descriptor(finding, view, language));
    }
    let results = findings
        .iter()
        .map(|finding| result(finding, file, &rules, language));
    let begun = &view.begun;
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "language": language.of("en", "zh-CN"),
            "tool": { "driver": {
                "name": "wxcheck",
                "version": begun.wxcheck,
                "semanticVersion": begun.wxcheck,
                "rules": rules.values().collect::<Vec<_>>(),
            }},
            "automationDetails": {
                "id": format!("wxcheck/{}/{}/{}/", begun.account, begun.mode, begun.format),
            },
            "invocations": [invocation(view, language)],
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
fn descriptor(finding: &Finding<'_>, view: &View, language: Language) -> Value {
    let row = match (finding.row, finding.beside) {
        (Some(row), _) => row,
        (None, Some(kind)) => return beside(kind, language),
        (None, None) => return cause(finding, view, language),
    };
    let rule = row.rule;
    // Those of the rule, whatever was seen of it in this run.
    let words = Row::plain(rule, Verdict::Passed).words(language);
    let source = sentence(rule.source, language);
    let source = format!(
        "{}{}{source}",
        language.of("Source", "依据"),
        colon(language)
    );
    let space = language.of(" ", "");
    json!({
        "id": finding.id,
        "shortDescription": { "text": plain(words.summary) },
        "fullDescription": { "text": plain(&format!("{}{space}{}", words.summary, words.why)) },
        "help": { "text": plain(&format!("{}\n\n{}\n\n{source}", words.why, words.fix)) },
        "defaultConfiguration": { "level": level(match rule.level {
            Level::Must => Weight::Error,
            Level::Should => Weight::Warning,
            Level::Info => Weight::Note,
        }) },
        "properties": { "tags": [rule.area(), rule.level.to_string()] },
    })
}

/// A way to fail a run beside broken claims.
fn beside(kind: FailureKind, language: Language) -> Value {
    let [says, fix] = kind.words(language);
    json!({
        "id": kind.id(),
        "shortDescription": { "text": says },
        "fullDescription": { "text": says },
        "help": { "text": fix },
        "defaultConfiguration": { "level": level(Weight::Error) },
        "properties": { "tags": ["run"] },
    })
}

/// The words of a cause stay the same from run to run: what was seen stands in its result.
fn cause(finding: &Finding<'_>, view: &View, language: Language) -> Value {
    let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
    let mut causes = causes.map(|found| found.cause);
    let cause = causes.find(|cause| format!("diagnosis/{}", cause.id) == finding.id);
    let [says, fix, looks] = cause.map_or_else(Default::default, |cause| {
        [cause.says, cause.fix, cause.looks]
            .map(|words| without_values(language.of(words.en, words.zh)))
    });
    let whole = language.of(
        format!("{says}. Seen from outside: {looks}."),
        format!("{says}。表现：{looks}。"),
    );
    json!({
        "id": finding.id,
        "shortDescription": { "text": plain(&says) },
        "fullDescription": { "text": plain(&whole) },
        "help": { "text": plain(&fix) },
        "defaultConfiguration": { "level": level(Weight::CAUSE) },
        "properties": { "tags": ["diagnosis"] },
    })
}

/// Words with an ellipsis for each value.
fn without_values(words: &str) -> String {
    let mut parts = words.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let behind = part.split_once('}').map_or(part, |(_, behind)| behind);
        text + "…" + behind
    })
}

fn result(
    finding: &Finding<'_>,
    file: &str,
    rules: &BTreeMap<&str, Value>,
    language: Language,
) -> Value {
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
            "justification": reason(known, language),
        }]);
    }
    result
}

fn invocation(view: &View, language: Language) -> Value {
    let outcome = view.outcome();
    let none = outcome.open().map(|_| {
        let told = view.outcome_in_words(language);
        json!({ "level": "error", "message": { "text": plain(&told) } })
    });
    let server = view.server_ended.as_ref().map(|ended| {
        let told = labels::server_ended(ended, language);
        let told = format!("{told}\n{}", ended.output.join("\n"));
        json!({ "level": "error", "message": { "text": plain(told.trim_end()) } })
    });
    let errors = view.with(Verdict::Errored);
    let errors = errors.map(|row| notification(row, language));
    json!({
        "executionSuccessful": outcome.open().is_none(),
        "exitCode": outcome.exit_code(),
        "toolExecutionNotifications": none.into_iter().chain(server).chain(errors).collect::<Vec<_>>(),
    })
}

/// An error of our own.
fn notification(row: &Row, language: Language) -> Value {
    let reason = row.reason.as_ref().map(|reason| reason.words(language));
    json!({
        "level": "error",
        "message": { "text": plain(&format!("{}{}{}", row.rule.id, colon(language), reason.unwrap_or_default())) },
    })
}

const fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "note",
        Weight::Warning => "warning",
        Weight::Error | Weight::Whole => "error",
    }
}

/// A message in which nothing reads like a link, which SARIF would make of `[text](1)`.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}
