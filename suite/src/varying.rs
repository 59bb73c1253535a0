//! Breaks that a varying count explains: taken back at the end of a run, once all of it has shown how much one delivery may
//! lead to.

use std::sync::Arc;

use crate::{
    board::Board,
    effects::Spread,
    finding::{Finding, Miss},
    judging::{Judging, judgement, reproduction},
    reason::Unjudged,
    rule::{Need, Rule, RuleId, claim},
    verdict::{RuleResult, Verdict},
    whole_run::Ended,
};

/// Judges by what single deliveries were seen to lead to: whoever sends one message at first and another much later, or now
/// one and now two, has not acted twice. What is more than that, or less, stays a break.
pub(crate) fn judge_by_spread(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
    plays: &mut [Ended],
) {
    let spread = Spread::of(plays.iter().map(|play| &play.transcript));
    let mut profile = judging.player.profile().clone();
    if !spread.widen(&mut profile) {
        return;
    }
    let profile = Arc::new(profile);
    for play in plays.iter_mut() {
        play.transcript.profile = Arc::clone(&profile);
    }
    for (place, rule) in places {
        let broken = board.results.borrow()[*place].clone();
        let Some(broken) = broken.filter(rests_on_a_count) else {
            continue;
        };
        let range = spread.range(&profile);
        // Its plays compare two counts with each other.
        if let (RuleId::TRADE_ONCE, Some((least, most))) = (rule.id, range)
            && least < most
        {
            board.put(*place, varies(rule, least, most));
            continue;
        }
        let mut of_rule = plays
            .iter()
            .filter(|play| play.rule.id == rule.id)
            .peekable();
        if of_rule.peek().is_none() {
            continue;
        }
        let still_broken = of_rule.find_map(|play| Some((play, still_found(rule, play)?)));
        let mut result = match (still_broken, range) {
            (Some((play, finding)), _) => RuleResult {
                claims: vec![finding.claim],
                reproduction: Some(reproduction(&play.scenario, &play.transcript, &finding)),
                finding: Some(finding),
                ..broken
            },
            (None, Some((least, most))) if least < most => varies(rule, least, most),
            (None, _) => RuleResult::plain(rule, Verdict::Passed, None),
        };
        judging.redact(&mut result);
        board.put(*place, result);
    }
}

fn varies(rule: &'static Rule, least: usize, most: usize) -> RuleResult {
    let varies = Unjudged::CountVaries { least, most };
    RuleResult::plain(rule, Verdict::Skipped, Some(varies.into()))
}

/// True if a rule is broken by a number of effects.
fn rests_on_a_count(result: &RuleResult) -> bool {
    const COUNTED: [&str; 5] = [
        claim::TWICE,
        claim::FORGED_OR_TWICE,
        claim::LOST,
        claim::NEXT_ID,
        claim::NEXT_WORD,
    ];
    let counts = |need: &Need| {
        matches!(
            need,
            Need::Effects | Need::AnyEffects | Need::EffectsThatAddUp | Need::EventEffects
        )
    };
    let is_about_repeats = result.rule.area() == "redelivery"
        || result.rule.id == RuleId::SENDS_ONCE_WHILE_API_IS_SLOW;
    is_about_repeats
        && (result.rule.needs.iter().any(counts) || result.rule.id == RuleId::TRADE_ONCE)
        && result
            .finding
            .as_ref()
            .is_some_and(|finding| COUNTED.contains(&finding.claim))
}

fn still_found(rule: &Rule, play: &Ended) -> Option<Finding> {
    match judgement(rule, &play.transcript) {
        Ok(Err(Miss::Found(finding))) => Some(finding),
        _ => None,
    }
}
