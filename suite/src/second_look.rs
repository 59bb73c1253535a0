//! The second look at verdicts that time decided, and the effects that came when nobody waited for them any more.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    board::{Board, is_starved},
    finding::{Miss, Nature},
    judging::{Judging, Look, judgement, reproduction},
    player::effects_in,
    reason::Unjudged,
    rule::{Rule, RuleId, blocked},
    transcript::Transcript,
    verdict::{RuleResult, Verdict},
    whole_run::Ended,
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
    if judging.is_limited() && rule.is_about_pushes() {
        let blocked = Some(blocked(RuleId::RATE_LIMIT));
        let result = RuleResult::plain(rule, Verdict::Inconclusive, blocked);
        board.put(place, result);
        return;
    }
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

/// The verdict of two looks. A break that only the first one showed is flaky, unless we were late ourselves in the play
/// that showed it: then the second look says so.
fn of_both(first: RuleResult, second: RuleResult, limit: Duration) -> RuleResult {
    let was_broken =
        first.verdict == Verdict::of_break(first.rule.level) && first.finding.is_some();
    if !was_broken || second.verdict != Verdict::Passed {
        return second;
    }
    if is_starved(first.lost, limit) {
        let millis = u64::try_from(first.lost.as_millis()).unwrap_or(u64::MAX);
        return RuleResult {
            reason: Some(Unjudged::LateOurselves { millis }.into()),
            forgiven: true,
            ..second
        };
    }
    RuleResult {
        verdict: Verdict::Flaky,
        reason: Some(Unjudged::PassedAlone.into()),
        ..first
    }
}

/// Judges plays again to which effects came after they had ended: a server may send a message twice, the second time
/// much later.
pub(crate) async fn count_late_effects(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
    plays: Vec<Ended>,
) {
    let mut page = if judging.player.has_lost_the_server() {
        Page::Fails
    } else {
        Page::Answers(Instant::now() + judging.player.profile().limit * PAGE_LIMITS)
    };
    for play in plays {
        let Ended {
            rule,
            scenario,
            mut transcript,
            had_more,
        } = play;
        // Other plays did not wait for effects, so that more of them were to be expected.
        if !scenario.waits_for_effects() {
            continue;
        }
        let Some(place) = places.iter().find(|(_, other)| other.id == rule.id) else {
            continue;
        };
        let passed = |result: &RuleResult| result.verdict == Verdict::Passed;
        if !board.results.borrow()[place.0].as_ref().is_some_and(passed) {
            continue;
        }
        if !had_more && !count_again(judging, &mut transcript, &mut page).await {
            continue;
        }
        let judged = match judgement(rule, &transcript) {
            Ok(judged) => judged,
            Err(bug) => {
                let what = bug.to_string();
                let reason = Some(Unjudged::Fault { what }.into());
                board.put(place.0, RuleResult::plain(rule, Verdict::Errored, reason));
                continue;
            }
        };
        let Err(Miss::Found(finding)) = judged else {
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
                Some(Unjudged::LateEffect.into()),
            )
        };
        judging.redact(&mut result);
        board.put(place.0, result);
    }
}

/// The server's own page that is asked once more.
enum Page {
    /// It is asked until then.
    Answers(Instant),
    /// It has nothing to add to what it said before.
    Fails,
}

/// The time for which a page is asked again in all, in limits of one exchange.
const PAGE_LIMITS: u32 = 4;

/// Asks the server's own page once more; whether it counts more than it did.
async fn count_again(judging: &Judging<'_>, transcript: &mut Transcript, page: &mut Page) -> bool {
    if !matches!(page, Page::Answers(until) if Instant::now() < *until) {
        return false;
    }
    let now = match judging.player.count_again(transcript).await {
        Ok(now) if now.iter().all(|call| call.errcode != -1) => now,
        Ok(_) | Err(_) => {
            *page = Page::Fails;
            return false;
        }
    };
    let more = effects_in(&now) > effects_in(&transcript.calls);
    if more {
        transcript.calls = now;
    }
    more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Finding, rules};

    const LIMIT: Duration = Duration::from_secs(5);

    fn passed() -> RuleResult {
        let rule = rules::find("reply/acknowledges").unwrap();
        RuleResult::plain(rule, Verdict::Passed, None)
    }

    fn broken(lost: Duration) -> RuleResult {
        RuleResult {
            verdict: Verdict::Failed,
            finding: Some(Finding::new("html", 0, "this", "that").timing()),
            lost,
            ..passed()
        }
    }

    #[test]
    fn what_only_the_first_look_showed_is_flaky() {
        let both = of_both(broken(Duration::ZERO), passed(), LIMIT);
        assert_eq!(both.verdict, Verdict::Flaky);
        assert!(both.finding.is_some() && !both.forgiven);
    }

    #[test]
    fn what_only_a_late_first_look_showed_is_forgiven_and_reported() {
        let both = of_both(broken(LIMIT / 10), passed(), LIMIT);
        assert_eq!((both.verdict, both.forgiven), (Verdict::Passed, true));
        let reason = both.reason.unwrap();
        assert!(reason.to_string().contains("500 ms late"), "{reason}");
    }

    #[test]
    fn what_the_second_look_shows_counts() {
        for lost in [Duration::ZERO, LIMIT] {
            let both = of_both(broken(lost), broken(Duration::ZERO), LIMIT);
            assert_eq!(both.verdict, Verdict::Failed);
            let both = of_both(passed(), broken(lost), LIMIT);
            assert_eq!(
                both.verdict,
                Verdict::Failed,
                "a pass that rested on a lost answer"
            );
        }
    }
}
