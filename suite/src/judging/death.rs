//! The death of the server: found by whoever sends next, and blamed on what it was sent last.

use std::collections::BTreeSet;

use super::{Judging, reproduction};
use crate::{
    board::Board,
    finding::Finding,
    player::Reached,
    rule::{Rule, RuleId, claim},
    rules,
    step::{Scenario, Step},
    transcript::Transcript,
    verdict::{RuleResult, Verdict},
};

/// The end of the server.
#[derive(Clone, Debug)]
pub(super) struct Death {
    /// The rule during which it came.
    pub(super) during: RuleId,
    /// The result of that rule, where the server is there no more; a server that is there and hangs has none.
    result: Option<RuleResult>,
}

impl Death {
    /// A server that is there, and takes no push any more.
    pub(super) const fn of_a_hanging_server(during: RuleId) -> Self {
        Self {
            during,
            result: None,
        }
    }

    /// A server that a play of that rule did not find any more.
    pub(super) fn found_by(
        rule: &'static Rule,
        scenario: &Scenario,
        transcript: &Transcript,
        reason: &str,
        suspects: &[Reached],
    ) -> Self {
        let is_own = |request: &&Reached| request.rule == rule.id;
        let others = suspects
            .first()
            .filter(|_| !suspects.iter().any(|request| is_own(&request)));
        let culprit = others
            .and_then(|first| rules::find(first.rule.as_str()))
            .unwrap_or(rule);
        let actual = format!("it stopped answering: {reason}{}", told(suspects));
        let expected = "the server goes on serving";
        let of_culprit: Vec<&Reached> = suspects
            .iter()
            .filter(|request| request.rule == culprit.id)
            .filter(|request| matches!(request.step, Step::Deliver(_) | Step::Verify(_)))
            .collect();
        // The play that found it shows most, where the last request was its own.
        let mut last = of_culprit.iter().map(|request| request.entry.started);
        let is_in_play = last.any(|at| transcript.entries.iter().any(|entry| entry.started == at));
        let finds_itself = culprit.id == rule.id && (is_in_play || of_culprit.is_empty());
        let (scenario, transcript, at) = if finds_itself {
            let mut entries = transcript.entries.iter();
            let at = entries.position(|entry| entry.silence().is_some());
            (scenario.clone(), transcript.clone(), at.unwrap_or(0))
        } else {
            let steps = of_culprit.iter().map(|request| request.step.clone());
            let seen = Transcript {
                entries: of_culprit
                    .iter()
                    .map(|request| request.entry.clone())
                    .collect(),
                calls: Vec::new(),
                ..transcript.clone()
            };
            let at = seen.entries.len().saturating_sub(1);
            (Scenario::of(steps.collect::<Vec<_>>()), seen, at)
        };
        let finding = Finding::new(claim::ALIVE, at, expected, actual);
        let result = RuleResult {
            claims: vec![finding.claim],
            reproduction: Some(reproduction(&scenario, &transcript, &finding)),
            finding: Some(finding),
            ..RuleResult::plain(culprit, Verdict::Failed, None)
        };
        Self {
            during: culprit.id,
            result: Some(result),
        }
    }
}

/// The requests that reached the server last, as far as it may be one of them that it did not survive.
fn told(suspects: &[Reached]) -> String {
    let kinds: BTreeSet<String> = suspects.iter().map(Reached::kind).collect();
    let rules: BTreeSet<&str> = suspects
        .iter()
        .map(|request| request.rule.as_str())
        .collect();
    let kinds: Vec<String> = kinds.into_iter().collect();
    match (kinds.as_slice(), rules.len()) {
        ([], _) => String::new(),
        ([one], _) => format!("; the last that it was sent: {one}"),
        (some, 1) => format!("; it did not survive one of these: {}", some.join(", ")),
        (some, _) => format!(
            "; it did not survive one of these: {}; requests of other rules were in flight too, and ⟦concurrency⟧ 1 ⟦only⟧ this rule tells which it was",
            some.join(", ")
        ),
    }
}

impl Judging<'_> {
    /// Reports the death of the server under the rule during which it came, whatever was found of that before: a run that its
    /// server did not survive has failed.
    pub(crate) fn report_death(&self, board: &Board<'_>, places: &[(usize, &'static Rule)]) {
        let death = self.gone.borrow().clone();
        let Some(result) = death.and_then(|death| death.result) else {
            return;
        };
        let Some((place, _)) = places.iter().find(|(_, rule)| rule.id == result.rule.id) else {
            return;
        };
        let before = board.results.borrow()[*place].clone();
        let mut result = result;
        if let Some(before) = before {
            result.claims.extend(before.claims);
            result.subjects = before.subjects;
            result.took = before.took;
        }
        self.redact(&mut result);
        board.put(*place, result);
    }
}
