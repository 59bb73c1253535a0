//! Failures of a run beside broken claims, so that no report of a failed run is empty: rules without a verdict where that counts,
//! entries of the list of known findings that are no longer right, and replies that are not as they were.

use wxcheck_events::{BaselineFault, WrongEntry};

use super::{
    Outcome, View,
    known::{in_chinese, in_english},
    view::Row,
};
use crate::words::Language;

/// Something that fails a run, and is no broken claim.
pub(super) struct Failure<'a> {
    pub(super) kind: FailureKind,
    /// The name of it among all of its kind, the same from run to run.
    pub(super) subject: String,
    /// The observation, in one sentence, in English and in Chinese.
    says: [String; 2],
    /// The rule that nothing is known of but its verdict.
    pub(super) row: Option<&'a Row>,
}

impl Failure<'_> {
    /// The observation, in one sentence.
    pub(super) fn says(&self, language: Language) -> &str {
        let [english, chinese] = &self.says;
        language.of(english, chinese)
    }
}

/// The kind of such a failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FailureKind {
    /// A rule has no verdict, and the run was to fail on that.
    NoVerdict,
    /// An entry whose finding no longer occurs.
    Gone,
    /// An entry whose day is over.
    Expired,
    /// An entry about a rule or a claim that does not exist.
    Unknown,
    /// A reply that is not as it was.
    ReplyChanged,
}

impl FailureKind {
    /// The id beside those of rules; the rule's own stands for one that has no verdict.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::NoVerdict => "wxcheck/inconclusive",
            Self::Gone => "baseline/gone",
            Self::Expired => "baseline/expired",
            Self::Unknown => "baseline/unknown",
            Self::ReplyChanged => "contract/changed",
        }
    }

    /// Words about it: what it is, and what to do.
    pub(super) fn words(self, language: Language) -> [&'static str; 2] {
        language.of(self.english(), self.chinese())
    }

    const fn english(self) -> [&'static str; 2] {
        match self {
            Self::NoVerdict => [
                "A rule could not be judged, and the run was to fail on that.",
                "See the reason that the finding names.",
            ],
            Self::Gone => [
                "A finding that is listed as known no longer occurs.",
                "Remove its entry, or write the list anew with ⟦write-baseline⟧.",
            ],
            Self::Expired => [
                "A finding was listed as known until a day that is over.",
                "Fix it, or give its entry another day.",
            ],
            Self::Unknown => [
                "The list of known findings names a rule or a claim that does not exist.",
                "Correct the entry, or remove it.",
            ],
            Self::ReplyChanged => [
                "A push is answered otherwise than before.",
                "Fix the server, or accept the reply as it is now.",
            ],
        }
    }

    const fn chinese(self) -> [&'static str; 2] {
        match self {
            Self::NoVerdict => [
                "有规则未能判定，而本次运行要求此时不通过。",
                "请看结果中给出的原因。",
            ],
            Self::Gone => [
                "列为已知的问题已不再出现。",
                "请删除该条目，或用 ⟦write-baseline⟧ 重写清单。",
            ],
            Self::Expired => [
                "已知问题的豁免已经到期。",
                "请修复问题，或为该条目设定新的日期。",
            ],
            Self::Unknown => [
                "已知问题清单里写了不存在的规则或 claim。",
                "请更正该条目，或将其删除。",
            ],
            Self::ReplyChanged => [
                "某条推送的回包与以前不同。",
                "请修复服务器，或接受现在的回包。",
            ],
        }
    }
}

/// All of it. A run without a verdict says why by itself, and one that passed has none.
pub(super) fn all(view: &View) -> Vec<Failure<'_>> {
    if view.outcome() != Outcome::Failed {
        return Vec::new();
    }
    let gate = view.gate();
    let rows = view.rows.iter().filter(|row| row.known.is_none());
    let open = rows.filter(|row| row.claims.is_empty() && gate.fails(row.verdict));
    let lists = view.baseline.iter();
    let faults = lists.flat_map(|list| list.faults.iter().map(|fault| of_fault(&list.file, fault)));
    let changed = view.contract.iter().flat_map(|one| one.changed());
    open.map(of_row)
        .chain(faults)
        .chain(changed.map(of_reply))
        .collect()
}

fn of_row(row: &Row) -> Failure<'_> {
    let (id, verdict) = (row.rule.id, row.verdict);
    let [english, chinese] = [Language::English, Language::Chinese].map(|language| {
        let reason = row.reason.as_ref();
        let reason = reason.map(|reason| reason.words(language));
        (verdict.word(language), reason.unwrap_or_default())
    });
    Failure {
        kind: FailureKind::NoVerdict,
        subject: id.to_string(),
        says: [
            format!(
                "`{id}` is {}, which fails this run: {}",
                english.0, english.1
            ),
            format!(
                "`{id}` 的结果是“{}”，因此本次运行未通过：{}",
                chinese.0, chinese.1
            ),
        ],
        row: Some(row),
    }
}

fn of_fault<'a>(file: &str, fault: &BaselineFault) -> Failure<'a> {
    let kind = match fault.wrong {
        WrongEntry::Gone => FailureKind::Gone,
        WrongEntry::Expired { .. } => FailureKind::Expired,
        WrongEntry::UnknownRule { .. } | WrongEntry::UnknownClaim { .. } => FailureKind::Unknown,
    };
    let claim = fault.claim.as_deref().unwrap_or_default();
    Failure {
        kind,
        subject: format!("{} {claim}", fault.rule),
        says: [
            format!("{file} line {}: {}", fault.line, in_english(fault)),
            format!("{file} 第 {} 行：{}", fault.line, in_chinese(fault)),
        ],
        row: None,
    }
}

fn of_reply<'a>(push: &str) -> Failure<'a> {
    Failure {
        kind: FailureKind::ReplyChanged,
        subject: push.to_owned(),
        says: [
            format!(
                "`{push}` is answered otherwise than before: fix the server, or accept the reply as it is now"
            ),
            format!("`{push}` 的回包与以前不同：请修复服务器，或接受现在的回包"),
        ],
        row: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use wxcheck_events::{Baseline, ChangedReply, Contract, ContractState, Ended};

    use super::*;
    use crate::{
        reason::Unjudged,
        report::{gitlab, sarif, view::tests::view_of},
        rules,
        verdict::Verdict,
    };

    /// A run in which no claim is broken.
    fn run(rows: Vec<Row>) -> View {
        let mut view = view_of(rows);
        view.ended.ended = Ended::Whole;
        view
    }

    fn row(rule: &str, verdict: Verdict) -> Row {
        let reason = Unjudged::NothingSent.into();
        Row {
            reason: (verdict == Verdict::Inconclusive).then_some(reason),
            ..Row::plain(rules::find(rule).unwrap(), verdict)
        }
    }

    fn outdated() -> View {
        let fault = |rule: &str, line, wrong| BaselineFault {
            rule: rule.into(),
            claim: Some("twice".into()),
            line,
            wrong,
        };
        let expired = WrongEntry::Expired {
            on: "2026-01-31".into(),
        };
        let unknown = WrongEntry::UnknownRule {
            hint: "no rule is called `reply/nothing`".into(),
        };
        let mut view = run(vec![row("reply/acknowledges", Verdict::Passed)]);
        view.baseline = Some(Baseline {
            file: "known.toml".into(),
            known: Vec::new(),
            faults: vec![
                fault("redelivery/event-once", 3, WrongEntry::Gone),
                fault("redelivery/any-order", 7, WrongEntry::Gone),
                fault("reply/acknowledges", 11, expired),
                fault("reply/nothing", 15, unknown),
            ],
        });
        view
    }

    fn read(text: &crate::redact::Redacted) -> Value {
        serde_json::from_str(text.as_str()).unwrap()
    }

    /// The ids that each of the two reports names, and the number of fingerprints.
    fn named(view: &View) -> [(Vec<String>, usize); 2] {
        let (sarif, gitlab) = (
            read(&sarif::write(view, "f", Language::English)),
            read(&gitlab::write(view, "f", Language::English)),
        );
        let of = |all: &Value, id: &str, print: &dyn Fn(&Value) -> Value| {
            let all = all.as_array().unwrap();
            let ids = all.iter().map(|one| one[id].as_str().unwrap().to_owned());
            let prints: BTreeSet<String> = all.iter().map(|one| print(one).to_string()).collect();
            (ids.collect(), prints.len())
        };
        [
            of(&sarif["runs"][0]["results"], "ruleId", &|one| {
                one["partialFingerprints"]["wxcheck/v1"].clone()
            }),
            of(&gitlab, "check_name", &|one| one["fingerprint"].clone()),
        ]
    }

    #[test]
    fn no_report_of_a_failed_run_is_empty() {
        let mut strict = run(vec![
            row("reply/acknowledges", Verdict::Passed),
            row("reply/status-200", Verdict::Inconclusive),
        ]);
        assert_eq!(named(&strict).map(|(ids, _)| ids.len()), [0, 0]);
        strict.begun.fail_on = vec!["inconclusive".into()];
        let mut changed = run(vec![row("reply/acknowledges", Verdict::Passed)]);
        changed.contract = Some(Contract {
            file: "replies".into(),
            pushes: 1,
            state: ContractState::Changed {
                replies: vec![ChangedReply {
                    push: "text".into(),
                    then: None,
                    now: None,
                }],
            },
        });
        for (view, ids) in [
            (strict, vec!["reply/status-200"]),
            (
                outdated(),
                vec![
                    "baseline/gone",
                    "baseline/gone",
                    "baseline/expired",
                    "baseline/unknown",
                ],
            ),
            (changed, vec!["contract/changed"]),
        ] {
            assert_eq!(view.outcome(), Outcome::Failed);
            for (named, prints) in named(&view) {
                assert_eq!(named, ids);
                assert_eq!(prints, ids.len(), "each has a name of its own");
            }
        }
    }

    #[test]
    fn each_has_the_weight_of_what_fails_a_run_and_says_where_it_stands() {
        let view = outdated();
        let sarif = read(&sarif::write(&view, "f", Language::English));
        let run = &sarif["runs"][0];
        for (place, result) in run["results"].as_array().unwrap().iter().enumerate() {
            assert_eq!(result["level"], "error", "{place}");
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                run["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
        }
        let gitlab = read(&gitlab::write(&view, "f", Language::English));
        assert_eq!(gitlab[0]["severity"], "critical");
        let told = gitlab[0]["description"].as_str().unwrap();
        assert!(
            told.starts_with("known.toml line 3: redelivery/event-once (twice)"),
            "{told}"
        );
    }
}
