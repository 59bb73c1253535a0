//! The second look at what time decided, and the effects that came when nobody waited for them any more.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    finding::{Miss, Nature},
    judging::{Judging, Look, judgement, reproduction},
    player::effects_in,
    rule::Rule,
    run::{Board, is_starved},
    transcript::{ApiCall, Sent, Transcript},
    verdict::{RuleResult, Verdict},
};

/// Judges a rule again, with nothing else in flight, where something that came late or not at all decided its verdict:
/// our own load must not fail a slow but correct server, nor pass a broken one whose answer was lost.
pub(crate) async fn look_again(
    judging: &Judging<'_>,
    board: &Board<'_>,
    place: usize,
    rule: &'static Rule,
) {
    let first = board.results.borrow()[place].clone();
    let Some(first) = first.filter(|first| first.decided_by_time) else {
        return;
    };
    let is_habit = first.finding.is_none() && judging.leaves_unanswered.get();
    // What first contact did not get twice, with nothing else in flight, was looked at again already.
    if judging.observed.leaves_unanswered || is_habit {
        return;
    }
    let second = judging.judge(rule, Look::Alone).await;
    if first.left_unanswered && second.left_unanswered {
        judging.leaves_unanswered.set(true);
    }
    board.put(
        place,
        of_both(first, second, judging.player.profile().limit),
    );
}

/// The verdict of two looks. A break that only the first one showed is flaky, unless we were late ourselves.
fn of_both(first: RuleResult, second: RuleResult, limit: Duration) -> RuleResult {
    let was_broken =
        first.verdict == Verdict::of_break(first.rule.level) && first.finding.is_some();
    if !was_broken || second.verdict != Verdict::Passed || is_starved(first.lost, limit) {
        return second;
    }
    RuleResult {
        verdict: Verdict::Flaky,
        reason: Some("failed while other requests were in flight, passed alone".to_owned()),
        ..first
    }
}

/// Judges plays again to which effects came after they had ended: a server may send a message twice, the second time
/// much later.
pub(crate) async fn count_late_effects(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
) {
    let settled = judging.settled.take().plays;
    let Some(mark) = settled.iter().map(|(_, _, seen)| seen.ended).min() else {
        return;
    };
    let mut calls: BTreeMap<String, Vec<(u64, ApiCall)>> = BTreeMap::new();
    for (number, call) in judging.player.calls_about_users(mark) {
        if let Some(openid) = call.openid.clone() {
            calls.entry(openid).or_default().push((number, call));
        }
    }
    for (rule, scenario, mut transcript) in settled {
        let Some(place) = places.iter().find(|(_, other)| other.id == rule.id) else {
            continue;
        };
        let passed = |result: &RuleResult| result.verdict == Verdict::Passed;
        if !board.results.borrow()[place.0].as_ref().is_some_and(passed) {
            continue;
        }
        if !add_late(&mut transcript, &calls) && !count_again(judging, &mut transcript).await {
            continue;
        }
        let Some(Err(Miss::Found(finding))) = judgement(rule, &transcript) else {
            continue;
        };
        if finding.nature == Nature::Timing {
            continue;
        }
        let mut result = RuleResult {
            claims: vec![finding.claim],
            subjects: finding.subject.iter().map(ToString::to_string).collect(),
            reproduction: Some(reproduction(&scenario, &transcript, &finding)),
            finding: Some(finding),
            ..RuleResult::plain(
                rule,
                Verdict::of_break(rule.level),
                Some("an effect came after all others had been counted".to_owned()),
            )
        };
        judging.redact(&mut result);
        board.put(place.0, result);
    }
}

/// Adds the calls about users of a play that came after its end; whether there were any.
fn add_late(transcript: &mut Transcript, calls: &BTreeMap<String, Vec<(u64, ApiCall)>>) -> bool {
    let before = transcript.calls.len();
    let mut seen: Vec<&String> = Vec::new();
    for entry in &transcript.entries {
        if let Sent::Push { openid, .. } = &entry.sent
            && !seen.contains(&openid)
        {
            seen.push(openid);
            let late = calls.get(openid).into_iter().flatten();
            let late = late.filter(|(number, _)| *number >= transcript.ended);
            transcript.calls.extend(late.map(|(_, call)| call.clone()));
        }
    }
    transcript.calls.len() > before
}

/// Asks the server's own page once more; whether it counts more than it did.
async fn count_again(judging: &Judging<'_>, transcript: &mut Transcript) -> bool {
    // A page that fails now has nothing to add to what it said before.
    let Ok(now) = judging.player.count_again(transcript).await else {
        return false;
    };
    let more = effects_in(&now) > effects_in(&transcript.calls);
    if more {
        transcript.calls = now;
    }
    more
}
