//! Findings that one bug of the server explains: told once, by the finding that shows it best.

use super::view::{Row, View};
use crate::{
    rule::{RuleId, claim},
    verdict::Verdict,
};

/// A bug that breaks several rules: the finding that shows it best, and those that it explains. Each is a rule and its claims;
/// any claim where none is named.
struct Bug {
    /// In English and in Chinese.
    title: [&'static str; 2],
    /// The same where nothing proves it: forgeries are only acknowledged.
    doubted: Option<[&'static str; 2]>,
    best: Named,
    others: &'static [Named],
}

type Named = (RuleId, &'static [&'static str]);

/// Rules about pushes that come again, where even those that follow one another have an effect each.
const NOTHING_REMEMBERED: Bug = Bug {
    title: ["pushes that come again are not recognised", "重推没有去重"],
    doubted: None,
    best: (RuleId::ONE_EFFECT_IN_SEQUENCE, &[claim::TWICE]),
    others: &[
        (RuleId::ONE_EFFECT_TOGETHER, &[claim::TWICE]),
        (RuleId::ONE_EFFECT_AFTER_DROP, &[claim::TWICE]),
        (RuleId::ONE_EFFECT_BETWEEN_OTHERS, &[claim::TWICE]),
        (RuleId::ONE_EFFECT_LATER, &[claim::TWICE]),
        (RuleId::EVENT_ONCE, &[claim::TWICE]),
        (RuleId::ANY_ORDER, &[claim::TWICE]),
        (RuleId::TRADE_ONCE, &[claim::TWICE]),
    ],
};

/// Rules about messages that differ, where even those of different seconds are taken for one.
const TOLD_APART_BY_WORDS: Bug = Bug {
    title: [
        "messages are told apart by their text alone",
        "仅凭文本内容判断是否为同一条消息",
    ],
    doubted: None,
    best: (RuleId::EQUAL_TEXTS_COUNT, &[claim::LOST]),
    others: &[
        (RuleId::SAME_SECOND_COUNTS, &[claim::LOST]),
        (RuleId::CLOSE_MSGIDS_COUNT, &[]),
        (RuleId::ANY_ORDER, &[claim::LOST]),
    ],
};

/// Rules about forgeries in plain mode, where a signature of another Token will do.
const SIGNATURE_UNCHECKED: Bug = Bug {
    title: [
        "the signature of a push is not checked",
        "没有校验推送的签名",
    ],
    doubted: Some([
        "the signature of a push may not be checked",
        "可能没有校验推送的签名",
    ]),
    best: (RuleId::REJECTS_FORGED, &["other-token", "altered"]),
    others: &[(RuleId::REJECTS_UNSIGNED, &[])],
};

/// The same where pushes are sealed.
const MSG_SIGNATURE_UNCHECKED: Bug = Bug {
    title: ["msg_signature is not checked", "没有校验 msg_signature"],
    doubted: Some([
        "msg_signature may not be checked",
        "可能没有校验 msg_signature",
    ]),
    best: (RuleId::REJECTS_FORGED_SEALED, &["other-token", "altered"]),
    others: &[
        (RuleId::REJECTS_SIGNATURE_AS_MSG_SIGNATURE, &[]),
        (RuleId::REJECTS_REPLAYED_CIPHERTEXT, &[]),
        (RuleId::REJECTS_UNSIGNED, &["sealed-body"]),
    ],
};

const BUGS: [Bug; 4] = [
    NOTHING_REMEMBERED,
    TOLD_APART_BY_WORDS,
    SIGNATURE_UNCHECKED,
    MSG_SIGNATURE_UNCHECKED,
];

/// The title of findings that are all the same, though no bug is known that explains them.
const THE_SAME_SEEN: [&str; 2] = [
    "the same answer breaks several rules",
    "同样的响应违反了多条规则",
];

/// A finding to be told in full, and the rules that are broken by the same bug.
#[derive(Clone, Debug)]
pub struct Problem<'a> {
    /// The bug in words, in English and in Chinese, where several rules show it.
    pub title: Option<[&'static str; 2]>,
    /// The finding that shows it best.
    pub row: &'a Row,
    /// The others.
    pub others: Vec<&'a Row>,
}

impl Problem<'_> {
    /// The bug in words with the number of rules that show it, in English and in Chinese.
    pub fn title_with_rules(&self) -> Option<[String; 2]> {
        let [english, chinese] = self.title?;
        let rules = self.others.len() + 1;
        Some([
            format!("{english}: {rules} rules"),
            format!("{chinese}：{rules} 条规则"),
        ])
    }
}

/// The number of rules that are told of, each finding and those that it explains.
pub(crate) fn rules_of(told: &[Problem<'_>]) -> usize {
    told.iter().map(|told| told.others.len() + 1).sum()
}

impl View {
    /// All that is to be told in full, the worst first. What is known is told elsewhere.
    pub fn problems(&self) -> Vec<Problem<'_>> {
        let order = [
            Verdict::Failed,
            Verdict::Errored,
            Verdict::Flaky,
            Verdict::Warned,
        ];
        let rows: Vec<&Row> = order
            .into_iter()
            .flat_map(|verdict| self.unknown(verdict))
            .collect();
        let mut told: Vec<Problem<'_>> = Vec::new();
        for row in &rows {
            let is_told = |told: &Problem<'_>| {
                let mut all = told.others.iter().chain([&told.row]);
                all.any(|known| known.rule.id == row.rule.id)
            };
            if !told.iter().any(is_told) {
                told.push(of(row, &rows));
            }
        }
        told
    }
}

/// The finding by itself, or all that its bug explains.
fn of<'a>(row: &'a Row, rows: &[&'a Row]) -> Problem<'a> {
    for bug in &BUGS {
        let Some(best) = rows.iter().find(|row| is_named(row, &bug.best)) else {
            continue;
        };
        let others: Vec<&Row> = rows
            .iter()
            .filter(|row| bug.others.iter().any(|named| is_named(row, named)))
            .copied()
            .collect();
        let is_of_bug = others
            .iter()
            .chain([best])
            .any(|known| known.rule.id == row.rule.id);
        if is_of_bug {
            let is_proven = best.verdict == Verdict::Failed;
            let title = bug.doubted.filter(|_| !is_proven).unwrap_or(bug.title);
            let title = (!others.is_empty()).then_some(title);
            return Problem {
                title,
                row: best,
                others,
            };
        }
    }
    let is_of_bug = |row: &Row| {
        let mut bugs = BUGS.iter();
        bugs.any(|bug| {
            let mut named = bug.others.iter().chain([&bug.best]);
            named.any(|named| is_named(row, named))
        })
    };
    let same = rows
        .iter()
        .filter(|other| is_the_same(row, other) && !is_of_bug(other));
    let others: Vec<&Row> = same.filter(|_| !is_of_bug(row)).copied().collect();
    Problem {
        title: (!others.is_empty()).then_some(THE_SAME_SEEN),
        row,
        others,
    }
}

/// True if two rules of one level were broken by the same words about what came.
fn is_the_same(one: &Row, other: &Row) -> bool {
    let seen = |row: &Row| {
        let finding = row.finding.as_ref()?;
        Some((finding.claim.clone(), finding.actual.clone()))
    };
    let seen_of_one = seen(one).filter(|(_, actual)| !actual.is_empty());
    one.rule.id != other.rule.id
        && one.verdict == other.verdict
        && one.rule.level == other.rule.level
        && seen_of_one.is_some()
        && seen_of_one == seen(other)
}

/// A finding that was seen in full, with one of these claims.
fn is_named(row: &Row, (rule, claims): &Named) -> bool {
    let claim = row.finding.as_ref().map(|finding| finding.claim.as_str());
    let is_proven = matches!(row.verdict, Verdict::Failed | Verdict::Warned);
    row.rule.id == *rule
        && is_proven
        && claim.is_some_and(|claim| claims.is_empty() || claims.contains(&claim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::view::{BrokenClaim, tests::view_of},
        rules,
    };

    fn broken(rule: &str, claim: &str) -> Row {
        let rule = rules::find(rule).unwrap();
        Row {
            finding: Some(BrokenClaim {
                claim: claim.into(),
                expected: String::new(),
                actual: String::new(),
                status: None,
                story: Vec::new(),
            }),
            ..Row::plain(rule, Verdict::of_break(rule.level))
        }
    }

    fn problems(rows: &[(&str, &str)]) -> Vec<(&'static str, usize)> {
        let rows = rows.iter().map(|(rule, claim)| broken(rule, claim));
        let view = view_of(rows.collect());
        let told = view.problems().into_iter();
        told.map(|told| (told.row.rule.id.as_str(), told.others.len()))
            .collect()
    }

    #[test]
    fn each_bug_is_of_rules_and_their_claims() {
        for bug in &BUGS {
            for (rule, claims) in bug.others.iter().chain([&bug.best]) {
                let rule = rules::find(rule.as_str()).unwrap();
                assert!(claims.iter().all(|claim| rule.claims.contains(claim)));
            }
        }
    }

    #[test]
    fn findings_that_read_the_same_are_told_once() {
        let seen = |rule: &str, actual: &str| {
            let mut row = broken(rule, "page");
            if let Some(finding) = &mut row.finding {
                finding.actual = actual.into();
            }
            row
        };
        let rows = [
            seen("reply/acknowledges", "status 500"),
            seen("url-check/answers-directly", "status 500"),
            seen("url-check/echoes-echostr", "status 404"),
        ];
        let view = view_of(rows.to_vec());
        let told = view.problems();
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].others.len(), told[1].others.len()), (1, 0));
        assert!(told[0].title.is_some() && told[1].title.is_none());
    }

    #[test]
    fn what_one_bug_explains_is_told_once() {
        let repeats = [
            ("redelivery/one-effect-together", "twice"),
            ("redelivery/one-effect-in-sequence", "twice"),
            ("redelivery/event-once", "twice"),
            ("reply/acknowledges", "page"),
        ];
        let [sequence, acknowledges] = [repeats[1].0, repeats[3].0];
        assert_eq!(problems(&repeats), [(acknowledges, 0), (sequence, 2)]);
        // Where repeats one after the other are known, each other finding has a reason of its own.
        let apart = [repeats[0], repeats[2]];
        assert_eq!(problems(&apart), [(repeats[0].0, 0), (repeats[2].0, 0)]);
    }
}
