//! Two runs beside each other: what is new, what is fixed, what is still broken, and what was no longer judged.
//!
//! It looks at reports, not at views, so that a report of another version can be compared too, whose rules this one may
//! not know.

mod render;

use wxcheck_events::Ended;
use wxcheck_report::{Report, Row};

use super::{Open, Outcome, json};
use crate::verdict::Verdict;

/// The comparison of two runs.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    then: &'a Report,
    now: &'a Report,
    /// Claims that are broken now and were not.
    pub new: Vec<Change<'a>>,
    /// Claims that were broken and are kept now.
    pub fixed: Vec<Change<'a>>,
    /// Claims that were broken and still are.
    pub still: Vec<Change<'a>>,
    /// Rules that were judged and are no longer.
    pub unjudged: Vec<Change<'a>>,
}

/// A change of one rule.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The rule as it was judged before; nothing where it was not among the rules.
    pub then: Option<&'a Row>,
    /// The rule as it is judged now; nothing where it is not among the rules.
    pub now: Option<&'a Row>,
    /// The claims that it is about; of a rule that is no longer judged, those that were broken.
    pub claims: Vec<&'a str>,
}

impl<'a> Comparison<'a> {
    /// Two runs, the earlier one first.
    pub fn of(then: &'a Report, now: &'a Report) -> Self {
        let mut compared = Self {
            then,
            now,
            new: Vec::new(),
            fixed: Vec::new(),
            still: Vec::new(),
            unjudged: Vec::new(),
        };
        for row in &now.rules {
            compared.note(find(then, &row.id), Some(row));
        }
        for row in &then.rules {
            if find(now, &row.id).is_none() {
                compared.note(Some(row), None);
            }
        }
        compared
    }

    /// The verdict on the change: something new is broken, or nothing is, or the later run does not say.
    pub fn outcome(&self) -> Outcome {
        if !self.new.is_empty() {
            return Outcome::Failed;
        }
        match open(self.now) {
            Some(open) => Outcome::NoVerdict(open),
            None => Outcome::Passed,
        }
    }

    fn note(&mut self, then: Option<&'a Row>, now: Option<&'a Row>) {
        let (before, after) = (broken(then), broken(now));
        let change = |claims| Change { then, now, claims };
        if is_judged(then) && !is_judged(now) {
            self.unjudged.push(change(before));
            return;
        }
        let (still, new): (Vec<&str>, Vec<&str>) = after
            .iter()
            .copied()
            .partition(|claim| before.contains(claim));
        let fixed = before.into_iter().filter(|claim| !after.contains(claim));
        let fixed: Vec<&str> = fixed.collect();
        for (claims, list) in [
            (new, &mut self.new),
            (fixed, &mut self.fixed),
            (still, &mut self.still),
        ] {
            if !claims.is_empty() {
                list.push(change(claims));
            }
        }
    }
}

impl Change<'_> {
    /// The id of the rule.
    pub fn id(&self) -> &str {
        self.row().map_or("", |row| &row.id)
    }

    /// The later row, or the earlier one where there is no other.
    fn row(&self) -> Option<&Row> {
        self.now.or(self.then)
    }
}

/// The reason that a run has no verdict of its own, if it has none.
fn open(report: &Report) -> Option<Open> {
    let by_end = match json::ended(report) {
        Some(Ended::Whole | Ended::OutOfTime) => None,
        Some(Ended::Stopped { .. }) => Some(Open::Stopped),
        Some(Ended::NoContact { .. }) => Some(Open::NoContact),
        Some(Ended::Cut) | None => Some(Open::Cut),
    };
    let is_open = report.outcome == wxcheck_report::OUTCOMES[2];
    // Another version may have a reason that this one does not know.
    let told = || report.why.as_deref().and_then(Open::told);
    by_end.or_else(|| is_open.then(|| told().unwrap_or(Open::NothingJudged)))
}

fn find<'a>(report: &'a Report, id: &str) -> Option<&'a Row> {
    report.rules.iter().find(|row| row.id == id)
}

/// A verdict that a second run would come to again.
fn is_judged(row: Option<&Row>) -> bool {
    let verdict = row.and_then(|row| Verdict::named(&row.verdict));
    verdict.is_some_and(|verdict| match verdict {
        Verdict::Passed | Verdict::Failed | Verdict::Warned | Verdict::Noted => true,
        Verdict::Inconclusive | Verdict::Skipped | Verdict::Flaky | Verdict::Errored => false,
    })
}

/// The claims that are broken for certain, and that count.
fn broken(row: Option<&Row>) -> Vec<&str> {
    let counts = |row: &&Row| {
        let verdict = Verdict::named(&row.verdict);
        matches!(verdict, Some(Verdict::Failed | Verdict::Warned))
    };
    let claims = row.filter(counts).map(|row| row.claims.as_slice());
    claims
        .unwrap_or_default()
        .iter()
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::view::tests::view_of;

    fn report(rows: &[(&str, Verdict, &[&str])]) -> Report {
        let row = |(id, verdict, claims): &(&str, Verdict, &[&str])| {
            let claims = claims.iter().map(ToString::to_string);
            let claims: Vec<String> = claims.collect();
            Row {
                id: (*id).to_owned(),
                verdict: verdict.to_string(),
                claim: claims.first().cloned(),
                claims,
                ..Row::default()
            }
        };
        Report {
            rules: rows.iter().map(row).collect(),
            ..json::report(&view_of(Vec::new()))
        }
    }

    #[test]
    fn where_the_later_run_has_no_verdict_the_comparison_has_none_unless_something_is_new() {
        let passed = report(&[("a/one", Verdict::Passed, &[])]);
        let broken = report(&[("a/one", Verdict::Failed, &["x"])]);
        let whole = |outcome: usize, why: Option<Open>| Report {
            ended: "whole".into(),
            outcome: wxcheck_report::OUTCOMES[outcome].into(),
            why: why.map(|open| open.words()[0].to_owned()),
            ..passed.clone()
        };
        let outcome = |now: &Report| Comparison::of(&passed, now).outcome();
        for right in [0, 1] {
            assert_eq!(outcome(&whole(right, None)), Outcome::Passed);
        }
        for open in [Open::OutOfTime, Open::Blocked, Open::NothingTaken] {
            let mut now = whole(2, Some(open));
            assert_eq!(outcome(&now), Outcome::NoVerdict(open));
            now.rules = broken.rules.clone();
            assert_eq!(outcome(&now), Outcome::Failed);
        }
        let unknown = Report {
            why: Some("a reason of tomorrow".into()),
            ..whole(2, None)
        };
        assert!(outcome(&unknown).open().is_some());
    }

    #[test]
    fn each_claim_is_new_fixed_or_still_broken_where_both_runs_judged_its_rule() {
        use Verdict::{Failed, Flaky, Inconclusive, Passed, Warned};
        let then = report(&[
            ("a/worse", Passed, &[]),
            ("a/better", Failed, &["x"]),
            ("a/other-claim", Failed, &["x", "y"]),
            ("a/unseen", Failed, &["x"]),
            ("a/flaky", Passed, &[]),
            ("a/gone", Warned, &["x"]),
            ("a/unjudged-before", Inconclusive, &[]),
            ("a/never-judged", Inconclusive, &[]),
        ]);
        let now = report(&[
            ("a/worse", Failed, &["x"]),
            ("a/better", Passed, &[]),
            ("a/other-claim", Failed, &["y", "z"]),
            ("a/unseen", Inconclusive, &[]),
            ("a/flaky", Flaky, &["x"]),
            ("a/unjudged-before", Warned, &["x"]),
            ("a/never-judged", Inconclusive, &[]),
            ("a/added", Failed, &["x"]),
        ]);
        let compared = Comparison::of(&then, &now);
        let told = |changes: &[Change<'_>]| {
            let told = changes.iter();
            let told = told.map(|change| format!("{} {}", change.id(), change.claims.join("+")));
            told.collect::<Vec<_>>()
        };
        let new = [
            "a/worse x",
            "a/other-claim z",
            "a/unjudged-before x",
            "a/added x",
        ];
        assert_eq!(told(&compared.new), new);
        assert_eq!(told(&compared.fixed), ["a/better x", "a/other-claim x"]);
        assert_eq!(told(&compared.still), ["a/other-claim y"]);
        assert_eq!(
            told(&compared.unjudged),
            ["a/unseen x", "a/flaky ", "a/gone x"]
        );
        // A run beside itself.
        let same = Comparison::of(&now, &now);
        assert_eq!(told(&same.new).len() + told(&same.fixed).len(), 0);
        assert_eq!(told(&same.unjudged).len(), 0);
    }
}
