//! The slowest answers of a run, for the rule about time to spare: whichever rule sent the push, it waits as long.

use std::time::Duration;

use super::{Judging, reproduction};
use crate::{
    finding::Finding,
    rule::{Rule, RuleId, Turn},
    step::{Scenario, Step},
    transcript::{Sent, Transcript},
    verdict::{Reproduction, RuleResult, Verdict},
};

/// The number of answers that are named.
const NAMED: usize = 3;

/// The slowest answers, each to another push, slowest first.
#[derive(Default)]
pub(super) struct Slowest(Vec<Slow>);

struct Slow {
    took: Duration,
    push: String,
    during: RuleId,
    at: usize,
    reproduction: Reproduction,
}

impl Judging<'_> {
    /// Notes the answers of a play that took more than half the limit. Pushes that come together wait for one another,
    /// the time that wxcheck itself was late is taken off, and pushes that ask for a structured answer have a limit and
    /// a rule of their own.
    pub(super) fn time(&self, rule: &'static Rule, scenario: &Scenario, play: &Transcript) {
        let is_together = |step: &Step| matches!(step, Step::Together(_));
        let is_usual = matches!(rule.turn, Turn::Long | Turn::Shared) && rule.is_about_pushes();
        if !is_usual || scenario.steps.iter().any(is_together) {
            return;
        }
        let mut slowest = self.slowest.borrow_mut();
        for (at, entry) in play.entries.iter().enumerate() {
            let (Some(answer), true) = (entry.answer(), entry.origin == at) else {
                continue;
            };
            let took = answer.total.saturating_sub(play.lost);
            let is_true = matches!(entry.sent, Sent::Push { is_true: true, .. });
            let known = play.profile.entry(entry.push_name());
            let is_structured = known.is_some_and(|known| known.answer.is_some());
            if is_true && !is_structured && play.profile.leaves_little(took) {
                slowest.take(entry.push_name(), took, || {
                    let finding = Finding::new("slow", at, "", "");
                    (rule.id, at, reproduction(scenario, play, &finding))
                });
            }
        }
    }

    /// The result of the rule about time to spare, if an answer of another rule took more than half the limit.
    pub(crate) fn of_slowest(&self, rule: &'static Rule) -> Option<RuleResult> {
        let slowest = self.slowest.borrow();
        let first = slowest.0.first()?;
        let limit = self.player.profile().limit;
        let told: Vec<String> = slowest
            .0
            .iter()
            .map(|slow| format!("{:.1?} for `{}` (`{}`)", slow.took, slow.push, slow.during))
            .collect();
        let actual = format!("the slowest of {limit:?}: {}", told.join(", "));
        let expected = format!("the whole answer within {:?}", limit / 2);
        let finding = Finding::new("slow", first.at, expected, actual).about(&first.push);
        let mut result = RuleResult {
            claims: vec![finding.claim],
            subjects: vec![first.push.clone()],
            finding: Some(finding),
            reproduction: Some(first.reproduction.clone()),
            ..RuleResult::plain(rule, Verdict::of_break(rule.level), None)
        };
        self.redact(&mut result);
        Some(result)
    }
}

impl Slowest {
    fn take(
        &mut self,
        push: &str,
        took: Duration,
        rest: impl FnOnce() -> (RuleId, usize, Reproduction),
    ) {
        let is_full = self.0.len() == NAMED;
        let known = self.0.iter().position(|slow| slow.push == push);
        let beats = |slow: &Slow| took > slow.took;
        match known {
            Some(place) if beats(&self.0[place]) => {
                self.0.remove(place);
            }
            Some(_) => return,
            None if is_full && !self.0.last().is_some_and(beats) => return,
            None => {}
        }
        let (during, at, reproduction) = rest();
        self.0.push(Slow {
            took,
            push: push.to_owned(),
            during,
            at,
            reproduction,
        });
        self.0.sort_by_key(|slow| std::cmp::Reverse(slow.took));
        self.0.truncate(NAMED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hand_made::transcript, witness::Witness};

    #[test]
    fn the_slowest_are_kept_each_push_once() {
        let mut slowest = Slowest::default();
        let reproduction = || Reproduction {
            scenario: Scenario::default(),
            curl: Vec::new(),
            witness: Witness::of(&transcript(Vec::new()), 0),
        };
        for (push, millis) in [
            ("a", 3000),
            ("b", 4000),
            ("a", 4500),
            ("c", 3500),
            ("d", 3400),
        ] {
            let took = Duration::from_millis(millis);
            slowest.take(push, took, || (RuleId::ANSWERS_IN_TIME, 0, reproduction()));
        }
        let named: Vec<&str> = slowest.0.iter().map(|slow| slow.push.as_str()).collect();
        assert_eq!(named, ["a", "b", "c"]);
    }
}
