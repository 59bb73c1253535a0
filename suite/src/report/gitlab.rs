//! The findings as GitLab's code quality report, which merge requests show beside those of the target branch: one issue for
//! each bug, as people read them, with the change to make.

use serde::Serialize;
use wxcheck_events::Ended;

use super::{
    Outcome, View,
    beside::{self, Failure},
    findings::{Weight, cause_id, cause_says, fingerprint},
    known::reason,
    labels,
    same_bug::Problem,
    view::Row,
};
use crate::{
    diagnosis::FoundCause, gate::Gate, redact::Redacted, verdict::Verdict, words::Language,
};

/// The report as JSON. GitLab wants a file for each issue: that which names the server.
pub fn write(view: &View, file: &str) -> Redacted {
    let begun = &view.begun;
    let place = Place {
        file,
        setting: format!("{}/{}/{}", begun.account, begun.mode, begun.format),
    };
    let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
    let told = view.problems();
    let broken = told.iter().filter(|told| told.row.finding.is_some());
    let known = view.known().map(|(row, known)| {
        let why = reason(known, Language::English);
        issue(
            row,
            Weight::Note,
            format!("{} Known: {why}", says(row)),
            &place,
        )
    });
    // What its owner accepts is shown, and weighs nothing.
    let noted = view.unknown(Verdict::Noted);
    let noted = noted.filter(|row| row.finding.is_some());
    let open = view.outcome().open().map(|_| no_verdict(view, &place));
    let beside = beside::all(view);
    let gate = view.gate();
    let server = server_ended(view, &place);
    let issues = open
        .into_iter()
        .chain(server)
        .chain(causes.map(|found| of_cause(found, &place)))
        .chain(broken.map(|told| of_bug(told, gate, &place)))
        .chain(beside.iter().map(|one| of_failure(one, &place)))
        .chain(known)
        .chain(noted.map(|row| {
            let weight = Weight::of(row.verdict, gate).unwrap_or(Weight::Note);
            issue(row, weight, with_fix(&says(row), row), &place)
        }));
    let issues: Vec<Issue<'_>> = issues.collect();
    view.secrets.json(&issues)
}

/// A run without a verdict, which must not look like one that found nothing.
fn no_verdict<'a>(view: &View, place: &Place<'a>) -> Issue<'a> {
    let id = "wxcheck/no-verdict".to_owned();
    let mut description = view.outcome_in_words(Language::English);
    if let Ended::NoContact { reason } = &view.ended.ended {
        description = format!("{description}: {reason}");
    }
    Issue {
        description,
        ..at(id, Weight::Cause, place)
    }
}

/// The end of the server's process by itself, with its last words. Where the run passed all the same, it cost nothing.
fn server_ended<'a>(view: &View, place: &Place<'a>) -> Option<Issue<'a>> {
    let ended = view.server_ended.as_ref()?;
    let mut lines = vec![labels::server_ended(ended, Language::English)];
    if let Some(death) = view.death() {
        lines.push(format!("Fix: {}", death.fix(Language::English)));
    }
    lines.extend(ended.output.clone());
    let weight = match view.outcome() {
        Outcome::Passed => Weight::Note,
        Outcome::Failed | Outcome::NoVerdict(_) => Weight::Cause,
    };
    Some(Issue {
        description: lines.join("\n"),
        ..at("wxcheck/server-ended".to_owned(), weight, place)
    })
}

fn of_cause<'a>(found: &FoundCause, place: &Place<'a>) -> Issue<'a> {
    let id = cause_id(found);
    Issue {
        description: cause_says(found, Language::English),
        ..at(id, Weight::of_cause(found), place)
    }
}

/// A finding, or all that one bug explains, by the finding that shows it best.
fn of_bug<'a>(told: &Problem<'_>, gate: Gate, place: &Place<'a>) -> Issue<'a> {
    let row = told.row;
    let mut text = says(row);
    if let Some([title, _]) = told.title {
        let others: Vec<&str> = told.others.iter().map(|row| row.rule.id.as_str()).collect();
        text = format!("{title} (also {}). {text}", others.join(", "));
    }
    let all = told.others.iter().chain([&told.row]);
    let weights = all.filter_map(|row| Weight::of(row.verdict, gate));
    let weight = weights.max().unwrap_or(Weight::Warning);
    issue(row, weight, with_fix(&text, row), place)
}

/// Something that fails the run, and is no broken claim. A rule without a verdict has the name that it has where it is broken:
/// nobody can say that it is fixed.
fn of_failure<'a>(failure: &Failure<'_>, place: &Place<'a>) -> Issue<'a> {
    let text = format!("{}.", failure.says(Language::English).trim_end_matches('.'));
    if let Some(row) = failure.row {
        return issue(row, Weight::Error, text, place);
    }
    let id = failure.kind.id().to_owned();
    Issue {
        description: text,
        fingerprint: fingerprint(&id, &format!("{}\n{}", place.setting, failure.subject)),
        ..at(id, Weight::Error, place)
    }
}

/// The place of an issue: the file that names the server, and how that is judged. GitLab counts two issues with one
/// fingerprint as one, and a pipeline may judge a server in several modes.
struct Place<'a> {
    file: &'a str,
    setting: String,
}

/// The rule, every claim that is broken, and what was seen.
fn says(row: &Row) -> String {
    let summary = row.rule.summary.trim_end_matches('.');
    let claims = row.claims.join(", ");
    let actual = row.finding.as_ref().map(|finding| &finding.actual);
    let actual = actual.map_or_else(String::new, |actual| format!(": {actual}"));
    format!("{summary} ({claims}){actual}.")
}

fn with_fix(text: &str, row: &Row) -> String {
    format!("{text} Fix: {}", row.english().fix)
}

fn issue<'a>(row: &Row, weight: Weight, description: String, place: &Place<'a>) -> Issue<'a> {
    let id = row.rule.id.to_string();
    Issue {
        description,
        ..at(id, weight, place)
    }
}

fn at<'a>(check_name: String, weight: Weight, place: &Place<'a>) -> Issue<'a> {
    Issue {
        description: String::new(),
        fingerprint: fingerprint(&check_name, &place.setting),
        check_name,
        severity: match weight {
            Weight::Note => "info",
            Weight::Warning => "minor",
            Weight::Error => "critical",
            Weight::Cause => "blocker",
        },
        location: Location {
            path: place.file,
            lines: Lines { begin: 1 },
        },
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::view::{BrokenClaim, tests::view_of},
        rules,
    };

    #[test]
    fn a_bug_is_one_issue_with_what_to_change() {
        let broken = |rule: &str, claims: &[&str]| {
            let rule = rules::find(rule).unwrap();
            Row {
                finding: Some(BrokenClaim {
                    claim: claims[0].into(),
                    expected: String::new(),
                    actual: "status 200".into(),
                    status: None,
                    story: Vec::new(),
                }),
                claims: claims.iter().map(ToString::to_string).collect(),
                ..Row::plain(rule, Verdict::Failed)
            }
        };
        let mut view = view_of(vec![
            broken(
                "push-signature/rejects-forged-signature",
                &["other-token", "truncated"],
            ),
            broken("push-signature/rejects-unsigned", &["no-signature"]),
        ]);
        view.ended.ended = Ended::Whole;
        let written: serde_json::Value =
            serde_json::from_str(write(&view, "settings").as_str()).unwrap();
        let [issue] = &written.as_array().unwrap()[..] else {
            panic!("{written}");
        };
        let told = issue["description"].as_str().unwrap();
        assert!(told.starts_with("the signature of a push is not checked (also push-signature/rejects-unsigned). In plain mode"), "{told}");
        assert!(
            told.contains("(other-token, truncated): status 200. Fix: Check `signature`"),
            "{told}"
        );
        assert_eq!(issue["severity"], "critical");
    }
}
