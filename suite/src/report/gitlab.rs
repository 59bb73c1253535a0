//! The findings as GitLab's code quality report, which merge requests show beside those of the target branch: one issue for
//! each rule, as people read them, with the change to make.

use serde::Serialize;
use wxcheck_events::Ended;

use super::{
    Outcome, View,
    beside::{self, Failure},
    findings::{self, Weight, behind, cause_id, cause_says, fingerprint},
    known::reason,
    labels::{self, colon, labels},
    same_bug::Problem,
    view::Row,
};
use crate::{
    diagnosis::FoundCause,
    redact::Redacted,
    rule::RuleId,
    verdict::Verdict,
    words::{Language, sentence},
};

/// The report as JSON. GitLab wants a file for each issue: that which names the server.
pub fn write(view: &View, file: &str, language: Language) -> Redacted {
    let begun = &view.begun;
    let report = Report {
        view,
        language,
        place: Place {
            file,
            setting: format!("{}/{}/{}", begun.account, begun.mode, begun.format),
        },
    };
    view.secrets.json(&report.issues())
}

/// A report in the making.
struct Report<'a> {
    view: &'a View,
    language: Language,
    place: Place<'a>,
}

impl Report<'_> {
    fn issues(&self) -> Vec<Issue<'_>> {
        let view = self.view;
        let open = view.outcome().open().map(|_| self.no_verdict());
        let causes = view.diagnosed.iter().flat_map(|found| &found.findings);
        let told = view.problems();
        let broken = told.iter().flat_map(|told| self.of_bug(told));
        let beside = beside::all(view);
        let known = view.known().map(|(row, known)| {
            let why = reason(known, self.language);
            let label = self.language.of("Known", "已知问题");
            let told = format!("{label}{}{why}", self.colon());
            self.issue(row, Weight::Note, self.joined([self.says(row), told]))
        });
        // What its owner accepts is shown, and weighs nothing.
        let noted = view.unknown(Verdict::Noted);
        let noted = noted.filter(|row| row.finding.is_some());
        open.into_iter()
            .chain(self.server_ended())
            .chain(causes.map(|found| self.of_cause(found)))
            .chain(broken)
            .chain(beside.iter().map(|one| self.of_failure(one)))
            .chain(known)
            .chain(noted.map(|row| self.of_row(row, [])))
            .collect()
    }

    /// A run without a verdict, which must not look like one that found nothing.
    fn no_verdict(&self) -> Issue<'_> {
        let mut description = self.view.outcome_in_words(self.language);
        if let Ended::NoContact { reason } = &self.view.ended.ended {
            let reason = sentence(reason, self.language);
            description = format!("{description}{}{reason}", self.colon());
        }
        Issue {
            description,
            ..at("wxcheck/no-verdict".to_owned(), Weight::Whole, &self.place)
        }
    }

    /// The end of the server's process by itself, with its last words. Where the run passed all the same, it cost nothing.
    fn server_ended(&self) -> Option<Issue<'_>> {
        let ended = self.view.server_ended.as_ref()?;
        let mut lines = vec![labels::server_ended(ended, self.language)];
        if let Some(death) = self.view.death() {
            lines.push(self.fix(death.fix(self.language)));
        }
        lines.extend(ended.output.clone());
        let weight = match self.view.outcome() {
            Outcome::Passed => Weight::Note,
            Outcome::Failed | Outcome::NoVerdict(_) => Weight::Whole,
        };
        Some(Issue {
            description: lines.join("\n"),
            ..at("wxcheck/server-ended".to_owned(), weight, &self.place)
        })
    }

    fn of_cause(&self, found: &FoundCause) -> Issue<'_> {
        Issue {
            description: cause_says(found, self.language),
            ..at(cause_id(found), Weight::CAUSE, &self.place)
        }
    }

    /// A finding, or an issue for each rule that one bug breaks, each with the others.
    fn of_bug(&self, told: &Problem<'_>) -> Vec<Issue<'_>> {
        let all: Vec<&Row> = [told.row].into_iter().chain(told.others.clone()).collect();
        let of_row = |row: &&Row| {
            let title = told.title.map(|[english, chinese]| {
                let others = all.iter().map(|row| row.rule.id);
                let others = others.filter(|id| *id != row.rule.id);
                let others: Vec<&str> = others.map(RuleId::as_str).collect();
                self.title(self.language.of(english, chinese), &others)
            });
            self.of_row(row, title)
        };
        let found = all.iter().filter(|row| row.finding.is_some());
        found.map(of_row).collect()
    }

    fn title(&self, bug: &str, others: &[&str]) -> String {
        self.language.of(
            format!("{bug} (also {}).", others.join(", ")),
            format!("{bug}（还有 {}）。", others.join("、")),
        )
    }

    /// A broken rule with the change to make, behind what stands before it.
    fn of_row(&self, row: &Row, before: impl IntoIterator<Item = String>) -> Issue<'_> {
        let gate = self.view.gate();
        let weight = Weight::of(row.verdict, gate).unwrap_or(Weight::Note);
        let parts = before.into_iter().chain([self.says(row)]);
        // Where the cause is proven, what usually helps is beside the point.
        let fix = behind(row, self.view, self.language);
        let fix = fix.unwrap_or_else(|| self.fix(row.words(self.language).fix));
        self.issue(row, weight, self.joined(parts.chain([fix])))
    }

    /// Something that fails the run, and is no broken claim. A rule without a verdict has the name that it has where it is broken:
    /// nobody can say that it is fixed.
    fn of_failure(&self, failure: &Failure<'_>) -> Issue<'_> {
        let text = failure.says(self.language).trim_end_matches(['.', '。']);
        let text = format!("{text}{}", self.language.of(".", "。"));
        if let Some(row) = failure.row {
            return self.issue(row, Weight::Error, text);
        }
        let id = failure.kind.id().to_owned();
        let name = format!("{}\n{}", self.place.setting, failure.subject);
        Issue {
            description: text,
            fingerprint: fingerprint(&id, &name),
            ..at(id, Weight::Error, &self.place)
        }
    }

    fn issue(&self, row: &Row, weight: Weight, description: String) -> Issue<'_> {
        Issue {
            description,
            ..at(row.rule.id.to_string(), weight, &self.place)
        }
    }

    fn says(&self, row: &Row) -> String {
        findings::says(row, self.language)
    }

    fn fix(&self, fix: &str) -> String {
        let label = self.language.of("Fix", labels(self.language).fix);
        format!("{label}{}{fix}", self.colon())
    }

    fn colon(&self) -> &'static str {
        colon(self.language)
    }

    /// Sentences, one behind the other.
    fn joined(&self, sentences: impl IntoIterator<Item = String>) -> String {
        let sentences: Vec<String> = sentences.into_iter().collect();
        sentences.join(self.language.of(" ", ""))
    }
}

/// The place of an issue: the file that names the server, and how that is judged. GitLab counts two issues with one
/// fingerprint as one, and a pipeline may judge a server in several modes.
struct Place<'a> {
    file: &'a str,
    setting: String,
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
            Weight::Whole => "blocker",
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
    fn each_rule_is_an_issue_with_its_bug_and_what_to_change_in_both_languages() {
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
        let written = |language| -> serde_json::Value {
            serde_json::from_str(write(&view, "settings", language).as_str()).unwrap()
        };
        let [english, chinese] = [Language::English, Language::Chinese].map(written);
        assert_eq!(english.as_array().unwrap().len(), 2, "{english}");
        let told = english[0]["description"].as_str().unwrap();
        assert!(told.starts_with("the signature of a push is not checked (also push-signature/rejects-unsigned). Expected: In plain mode"), "{told}");
        assert!(
            told.contains("Got: status 200 (other-token, truncated). Fix: Check `signature`"),
            "{told}"
        );
        let other = english[1]["description"].as_str().unwrap();
        assert!(
            other.contains("(also push-signature/rejects-forged-signature)"),
            "{other}"
        );
        let told = chinese[0]["description"].as_str().unwrap();
        assert!(
            told.contains("（还有 push-signature/rejects-unsigned）。")
                && told.contains("。修复："),
            "{told}"
        );
        for place in 0..2 {
            assert_eq!(english[place]["severity"], "critical");
            for key in ["severity", "fingerprint", "check_name", "location"] {
                assert_eq!(english[place][key], chinese[place][key]);
            }
        }
    }
}
