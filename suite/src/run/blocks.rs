//! The rules that stand in the way of others, at the end of a run: each of them is broken itself, or not judged.

use crate::{
    board::Board,
    reason::{Reason, Unjudged},
    rule::{Rule, RuleId},
    verdict::{RuleResult, Verdict},
};

/// Tells of a rule that was stopped by an answer of its own what stopped it, where the rule that is about such answers found
/// nothing: that the other one fails already would not be true.
pub(super) fn leave_none_that_passed(board: &Board<'_>, places: &[(usize, &'static Rule)]) {
    let results = board.results.borrow().clone();
    let verdict = |id: RuleId| {
        let place = places.iter().find(|(_, rule)| rule.id == id);
        place.and_then(|(place, _)| results[*place].as_ref())
    };
    for (place, result) in results.iter().enumerate() {
        let Some(result) = result else { continue };
        let Some(Reason::Blocked { by }) = result.reason else {
            continue;
        };
        // A rule that nobody asked for may well be broken.
        if verdict(by).is_some_and(|by| !stands_in_the_way(by)) {
            let why = Unjudged::AnsweredUnlike {
                rule: by.to_string(),
            };
            let told = RuleResult {
                reason: Some(why.into()),
                ..result.clone()
            };
            board.put(place, told);
        }
    }
}

/// It is broken, in whatever degree, or could not be judged.
fn stands_in_the_way(result: &RuleResult) -> bool {
    result.finding.is_some() || matches!(result.verdict, Verdict::Inconclusive | Verdict::Errored)
}
