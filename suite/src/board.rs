//! The board of a run: the result of each rule, as it comes.

use std::{cell::RefCell, time::Duration};

use tokio::time::Instant;

use crate::{
    plan::{Ended, Plan},
    player::Player,
    reason::{Reason, Unjudged},
    verdict::{RuleResult, Verdict},
};

/// The place for results as they come, so that an early end loses none.
pub(crate) struct Board<'a> {
    pub(crate) results: RefCell<Vec<Option<RuleResult>>>,
    pub(crate) begun: Instant,
    pub(crate) player: &'a Player<'a>,
}

impl Board<'_> {
    pub(crate) fn put(&self, place: usize, result: RuleResult) {
        self.player.log().verdict(&result, &self.player.secrets());
        self.results.borrow_mut()[place] = Some(result);
    }

    /// True if a rule was found broken, or another was that stands in its way.
    pub(crate) fn is_reported(&self, place: usize) -> bool {
        let results = self.results.borrow();
        let result = results.get(place).and_then(Option::as_ref);
        result.is_some_and(|result| {
            result.verdict == Verdict::of_break(result.rule.level) || result.is_blocked()
        })
    }

    /// Gives every rule a verdict that has none.
    pub(crate) fn fill(&self, plan: &Plan, ended: &Ended) {
        for (place, rule) in plan.rules.iter().enumerate() {
            let is_open = self.results.borrow()[place].is_none();
            if is_open {
                let result = match rule.is_out_of_place(self.player.profile()) {
                    Some(reason) => RuleResult::plain(rule, Verdict::Skipped, Some(reason)),
                    None => RuleResult::plain(rule, Verdict::Inconclusive, Some(unjudged(ended))),
                };
                self.put(place, result);
            }
        }
    }

    /// True if the time for the run was over before some rule was judged.
    pub(crate) fn is_out_of_time(&self) -> bool {
        let results = self.results.borrow();
        let mut results = results.iter().flatten();
        results.any(|result| result.reason == Some(Reason::OutOfTime))
    }

    /// True if a rule was broken by an answer that did not come.
    pub(crate) fn left_unanswered(&self, place: usize) -> bool {
        let results = self.results.borrow();
        let result = results.get(place).and_then(Option::as_ref);
        result.is_some_and(|result| result.finding.is_some() && result.left_unanswered)
    }
}

/// True if so much lost time matters beside the limit of one exchange.
pub(crate) fn is_starved(lost: Duration, limit: Duration) -> bool {
    lost > limit / 20
}

/// The reason that a rule has no verdict when a run has ended so.
fn unjudged(ended: &Ended) -> Reason {
    match ended {
        Ended::Whole => Unjudged::NoVerdict.into(),
        Ended::Stopped(who) => Unjudged::Stopped { by: who.clone() }.into(),
        Ended::OutOfTime => Reason::OutOfTime,
        Ended::NoContact(_) => Unjudged::Unreachable.into(),
    }
}
