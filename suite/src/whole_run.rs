//! The run seen as a whole, at its end: calls that came when nobody waited for them any more, and what all plays together
//! show that no single one has to.

use std::{collections::BTreeMap, time::Duration};

use wxcheck_protocol::limits::EXCHANGE_LIMIT;

use crate::{
    board::Board,
    effects,
    judging::{Judging, reproduction},
    profile::Channel,
    reason::{Reason, Unjudged},
    rule::{Rule, RuleId},
    rules::{FOLDS, Seen},
    step::Scenario,
    transcript::{ApiCall, Sent, Transcript},
    verdict::{RuleResult, Verdict},
};

/// A play that has ended, with all that it led to.
pub(crate) struct Ended {
    pub(crate) rule: &'static Rule,
    pub(crate) scenario: Scenario,
    pub(crate) transcript: Transcript,
    /// True if calls came after its end.
    pub(crate) had_more: bool,
}

/// Waits until whoever had to wait for the API has given up, as far as that was tried: who gives up may send again. The
/// rest of the run was part of that wait.
pub(crate) async fn await_second_sends(judging: &Judging<'_>) {
    let begun = judging
        .settled
        .borrow()
        .plays
        .iter()
        .rev()
        .find_map(|(rule, _, seen)| {
            let slow = rule.id == RuleId::SENDS_ONCE_WHILE_API_IS_SLOW;
            seen.entries
                .first()
                .filter(|_| slow)
                .map(|push| push.started)
        });
    if let Some(begun) = begun.filter(|_| !judging.player.has_lost_the_server()) {
        // Five seconds are the usual patience of HTTP clients, as they are WeChat's own.
        let limit = judging.player.profile().limit;
        judging.player.wait_until(begun + limit + limit / 10).await;
    }
}

/// The plays that were kept, with the calls about their users that came later.
pub(crate) fn gather(judging: &Judging<'_>) -> Vec<Ended> {
    let plays = judging.settled.take().plays;
    let first = plays.iter().map(|(_, _, seen)| seen.ended).min();
    let mut calls: BTreeMap<String, Vec<(u64, ApiCall)>> = BTreeMap::new();
    for (number, call) in first.map_or_else(Vec::new, |mark| judging.player.calls_since(mark)) {
        if let Some(openid) = call.openid.clone().filter(|_| call.own) {
            calls.entry(openid).or_default().push((number, call));
        }
    }
    let gathered = plays
        .into_iter()
        .map(|(rule, scenario, mut transcript)| Ended {
            had_more: add_late(&mut transcript, &calls),
            rule,
            scenario,
            transcript,
        });
    gathered.collect()
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

/// Says of the rules for which no effect was seen that there were some, where they came after whoever waited for them had
/// given up.
pub(crate) fn tell_late_effects(judging: &Judging<'_>, board: &Board<'_>, plays: &[Ended]) {
    let waited = judging.player.profile().limit;
    let Some(lag) = late_lag(plays, waited) else {
        return;
    };
    let reason = Reason::from(too_late(lag, waited));
    let results = board.results.borrow().clone();
    for (place, result) in results.into_iter().enumerate() {
        let Some(mut result) = result else { continue };
        let is_unseen = matches!(
            result.reason,
            Some(Reason::Unjudged(
                Unjudged::NoEffectSeen { .. } | Unjudged::RepliesOnly
            ))
        );
        if is_unseen {
            result.reason = Some(reason.clone());
            board.put(place, result);
        }
    }
}

/// The time that the messages upon true pushes took, of which none came within the limit.
fn late_lag(plays: &[Ended], limit: Duration) -> Option<Duration> {
    let mut lags: Vec<Duration> = plays
        .iter()
        .flat_map(|play| {
            let entries = play.transcript.entries.iter();
            entries.filter_map(|entry| match &entry.sent {
                Sent::Push {
                    openid,
                    is_true: true,
                    ..
                } => {
                    let first = effects::of_user(&play.transcript, openid).next()?;
                    first.at.checked_sub(entry.started)
                }
                _ => None,
            })
        })
        .collect();
    lags.sort_unstable();
    lags.get(lags.len() / 2).copied().filter(|lag| *lag > limit)
}

/// The reason, with a patience that leaves some room. The limit is the present one, whatever patience it has.
fn too_late(lag: Duration, waited: Duration) -> Unjudged {
    let rounded = |time: Duration| (time + Duration::from_millis(500)).as_secs();
    let limits = (lag * 5 / 4)
        .as_millis()
        .div_ceil(EXCHANGE_LIMIT.as_millis());
    Unjudged::EffectsTooLate {
        seconds: rounded(lag),
        waited: rounded(waited),
        patience: u64::try_from(limits).unwrap_or(u64::MAX),
    }
}

/// Looks at every message of the run, whichever rule caused it, for the rules that own what it may break.
pub(crate) fn look_at_all(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
    plays: &[Ended],
) {
    if judging.player.profile().channel != Channel::Api {
        return;
    }
    let calls: Vec<ApiCall> = judging
        .player
        .calls_since(0)
        .into_iter()
        .map(|(_, call)| call)
        .collect();
    let seen: Vec<Seen<'_>> = plays
        .iter()
        .map(|play| Seen {
            rule: play.rule,
            transcript: &play.transcript,
        })
        .collect();
    for (rule, fold) in &FOLDS {
        let Some((place, _)) = places.iter().find(|(_, planned)| planned.id == rule.id) else {
            continue;
        };
        if board.is_reported(*place) {
            continue;
        }
        let Some((at, finding)) = fold(&seen, &calls) else {
            continue;
        };
        let Some(play) = plays.get(at) else {
            continue;
        };
        let mut result = RuleResult {
            claims: vec![finding.claim],
            reproduction: Some(reproduction(&play.scenario, &play.transcript, &finding)),
            finding: Some(finding),
            ..RuleResult::plain(
                rule,
                Verdict::of_break(rule.level),
                Some(
                    Unjudged::SeenDuring {
                        rule: play.rule.id.to_string(),
                    }
                    .into(),
                ),
            )
        };
        judging.redact(&mut result);
        board.put(*place, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{answered, call, delivered, transcript},
        rules,
        step::{Deliver, Step},
    };

    const LIMIT: Duration = Duration::from_secs(5);

    fn play(user: &str, after_millis: &[u64]) -> Ended {
        let mut transcript = transcript(vec![delivered(user, 0, answered(200, "success"))]);
        transcript.calls = after_millis.iter().map(|at| call(user, *at)).collect();
        Ended {
            rule: rules::all().next().unwrap(),
            scenario: Scenario::of([Step::Deliver(Deliver::text("hello"))]),
            transcript,
            had_more: true,
        }
    }

    #[test]
    fn effects_that_come_behind_the_limit_are_late_and_others_are_not() {
        let late = [play("oA", &[6100]), play("oB", &[5900]), play("oC", &[])];
        let lag = late_lag(&late, LIMIT).unwrap();
        let Unjudged::EffectsTooLate {
            seconds,
            waited,
            patience,
        } = too_late(lag, LIMIT)
        else {
            panic!("too late");
        };
        assert_eq!((seconds, waited, patience), (6, 5, 2));
        let prompt = [play("oA", &[10]), play("oB", &[20]), play("oC", &[6000])];
        assert_eq!(late_lag(&prompt, LIMIT), None);
        assert_eq!(late_lag(&[play("oA", &[])], LIMIT), None);
    }
}
