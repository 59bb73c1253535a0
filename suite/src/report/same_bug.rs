//! Findings that one bug of the server explains: told once, by the finding that shows it best.

use super::view::{Row, View};
use crate::verdict::Verdict;

/// A bug that breaks several rules: the finding that shows it best, and those that it explains. Each is a rule and its claims;
/// any claim where none is named.
struct Bug {
    best: Named,
    others: &'static [Named],
}

type Named = (&'static str, &'static [&'static str]);

/// Rules about pushes that come again, where even those that follow one another have an effect each.
const NOTHING_REMEMBERED: Bug = Bug {
    best: ("redelivery/one-effect-in-sequence", &["twice"]),
    others: &[
        ("redelivery/one-effect-together", &["twice"]),
        ("redelivery/one-effect-after-drop", &["twice"]),
        ("redelivery/one-effect-between-others", &["twice"]),
        ("redelivery/one-effect-later", &["twice"]),
        ("redelivery/event-once", &["twice"]),
        ("redelivery/any-order", &["twice"]),
        ("redelivery/trade-once", &["twice"]),
    ],
};

/// Rules about messages that differ, where even those of different seconds are taken for one.
const TOLD_APART_BY_WORDS: Bug = Bug {
    best: ("redelivery/equal-texts-count", &["lost"]),
    others: &[
        ("redelivery/same-second-counts", &["lost"]),
        ("redelivery/close-msgids-count", &[]),
        ("redelivery/any-order", &["lost"]),
    ],
};

/// Rules about forgeries in plain mode, where a signature of another Token will do.
const SIGNATURE_UNCHECKED: Bug = Bug {
    best: (
        "push-signature/rejects-forged-signature",
        &["other-token", "altered"],
    ),
    others: &[("push-signature/rejects-unsigned", &[])],
};

/// The same where pushes are sealed.
const MSG_SIGNATURE_UNCHECKED: Bug = Bug {
    best: (
        "push-signature/rejects-forged-msg-signature",
        &["other-token", "altered"],
    ),
    others: &[
        ("push-signature/rejects-signature-as-msg-signature", &[]),
        ("push-signature/rejects-replayed-ciphertext", &[]),
        ("push-signature/rejects-unsigned", &["sealed-body"]),
    ],
};

const BUGS: [Bug; 4] = [
    NOTHING_REMEMBERED,
    TOLD_APART_BY_WORDS,
    SIGNATURE_UNCHECKED,
    MSG_SIGNATURE_UNCHECKED,
];

/// A finding to be told in full, and the rules that are broken by the same bug.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The finding that shows it best.
    pub row: &'a Row,
    /// The others.
    pub others: Vec<&'a Row>,
}

impl View {
    /// All that is to be told in full, the worst first.
    pub fn told(&self) -> Vec<Told<'_>> {
        let order = [
            Verdict::Failed,
            Verdict::Errored,
            Verdict::Flaky,
            Verdict::Warned,
        ];
        let rows: Vec<&Row> = order
            .into_iter()
            .flat_map(|verdict| self.with(verdict))
            .collect();
        let mut told: Vec<Told<'_>> = Vec::new();
        for row in &rows {
            let is_told = |told: &Told<'_>| {
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
fn of<'a>(row: &'a Row, rows: &[&'a Row]) -> Told<'a> {
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
            return Told { row: best, others };
        }
    }
    Told {
        row,
        others: Vec::new(),
    }
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

    fn told(rows: &[(&str, &str)]) -> Vec<(&'static str, usize)> {
        let rows = rows.iter().map(|(rule, claim)| broken(rule, claim));
        let view = view_of(rows.collect());
        let told = view.told().into_iter();
        told.map(|told| (told.row.rule.id.as_str(), told.others.len()))
            .collect()
    }

    #[test]
    fn each_bug_is_of_rules_and_their_claims() {
        for bug in &BUGS {
            for (rule, claims) in bug.others.iter().chain([&bug.best]) {
                let rule = rules::find(rule).unwrap();
                assert!(claims.iter().all(|claim| rule.claims.contains(claim)));
            }
        }
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
        assert_eq!(told(&repeats), [(acknowledges, 0), (sequence, 2)]);
        // Where repeats one after the other are known, each other finding has a reason of its own.
        let apart = [repeats[0], repeats[2]];
        assert_eq!(told(&apart), [(repeats[0].0, 0), (repeats[2].0, 0)]);
    }
}
