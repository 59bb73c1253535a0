//! A whole run: first contact, then the rules in their turns, then a second look at verdicts that time decided.

mod blocks;
mod recorded;

use std::{cell::RefCell, time::Duration};

use tokio::time::{Instant, timeout_at};
use wxcheck_events::RunEnded;

use crate::{
    board::{Board, is_starved},
    finding::Finding,
    first_contact::{NoContact, find_effects, make_first_contact},
    judging::{Judging, Look},
    log::micros,
    observed::Observed,
    plan::{Ended, Plan},
    player::Player,
    profile::{Channel, QUICK},
    reason::Unjudged,
    rule::{Rule, RuleId, Turn, blocked, claim},
    second_look::count_late_effects,
    step::{Deliver, Forgery, Scenario, Step},
    turns,
    varying::judge_by_spread,
    verdict::{RuleResult, Verdict},
    whole_run,
};

/// The time that the combined cases of a rule may take.
const COMBINED_TIME: Duration = Duration::from_secs(15);
/// The push as it is, and three with combined changes.
const REQUESTS_OF_A_COMBINED_CASE: u128 = 4;

/// Judges the rules of a plan; everything that happens stands in the player's log. `stop` ends the run early, with the
/// name of whoever asked for it. `over` is the end of a run before its first request.
pub(crate) async fn run(
    player: &Player<'_>,
    url: &str,
    plan: &Plan,
    over: Option<Ended>,
    stop: impl Future<Output = String>,
) {
    let begun = Instant::now();
    player.log().begin(player, url, plan);
    let board = Board {
        results: RefCell::new(vec![None; plan.rules.len()]),
        begun,
        player,
    };
    let judged = async {
        match over {
            Some(ended) => ended,
            None => judge_all(player, plan, &board)
                .await
                .unwrap_or_else(Ended::NoContact),
        }
    };
    let ended = tokio::select! {
        biased;
        who = stop => Ended::Stopped(who),
        ended = judged => ended,
    };
    board.fill(plan, &ended);
    let lateness = player.lateness();
    // A machine is too busy to time a server well if it was late by more than a twentieth of the limit at once, or so that
    // a break was not held against the server.
    let starved = is_starved(lateness, player.profile().limit)
        || board
            .results
            .borrow()
            .iter()
            .flatten()
            .any(|result| result.forgiven);
    player.log().end(RunEnded {
        ended: recorded::ended(&ended, &player.secrets()),
        requests: player.requests(),
        took_micros: micros(begun.elapsed()),
        waiting_micros: micros(player.forced_waiting()),
        lateness_micros: micros(lateness),
        starved,
        answer_times: player.answer_times(),
    });
}

/// Learns what a single scenario needs to know, where effects can be seen; learns nothing where they cannot.
pub async fn prepare(player: &Player<'_>) -> Result<(), NoContact> {
    if player.profile().channel != Channel::None {
        let mut observed = make_first_contact(player).await?;
        find_effects(player, &mut observed).await?;
    }
    Ok(())
}

/// The rules that look at the URLs before anything is sent.
async fn judge_addresses(player: &Player<'_>, plan: &Plan, board: &Board<'_>) {
    let judging = Judging::new(
        player,
        Observed::nothing(),
        plan.seed,
        plan.draws,
        usize::MAX,
    );
    for (place, rule) in plan.rules.iter().enumerate() {
        let is_skipped = plan.skips.iter().any(|(id, _)| *id == rule.id);
        if rule.turn == Turn::First && !is_skipped {
            board.put(place, judging.judge(rule, Look::Alone).await);
        }
    }
}

async fn judge_all(
    player: &Player<'_>,
    plan: &Plan,
    board: &Board<'_>,
) -> Result<Ended, NoContact> {
    let end = board.begun + plan.max_time;
    if let Some(rate) = plan.rate {
        player.pace(rate);
    }
    judge_addresses(player, plan, board).await;
    let contact = async {
        let mut observed = make_first_contact(player).await?;
        find_effects(player, &mut observed).await?;
        player.log().contact(&observed);
        let concurrency = fitting_concurrency(player, &observed, plan.concurrency).await?;
        Ok::<_, NoContact>((observed, concurrency))
    };
    let Ok(contact) = timeout_at(end, contact).await else {
        return Ok(Ended::OutOfTime);
    };
    let (observed, concurrency) = contact?;
    player.limit(concurrency);
    let most = combined_cases(observed.latency, concurrency);
    let judging = Judging::new(player, observed, plan.seed, plan.draws, most);
    let judging = &judging;
    let mut places: Vec<(usize, &'static Rule)> = Vec::new();
    for (place, rule) in plan.rules.iter().enumerate() {
        match plan.skips.iter().find(|(id, _)| *id == rule.id) {
            Some((_, reason)) => {
                let reason = Unjudged::ByRequest {
                    because: reason.clone(),
                };
                board.put(
                    place,
                    RuleResult::plain(rule, Verdict::Skipped, Some(reason.into())),
                );
            }
            None => places.push((place, rule)),
        }
    }
    if places.iter().any(|(_, rule)| rule.id == RuleId::RATE_LIMIT) {
        judging.report_limits();
    }
    let in_turns = turns::judge(judging, board, &places, plan, concurrency);
    if timeout_at(end, in_turns).await.is_ok() {
        whole_run::await_second_sends(judging).await;
    } else {
        judging.end_at(end, concurrency);
        board.fill(plan, &Ended::OutOfTime);
    }
    let mut plays = whole_run::gather(judging);
    judge_by_spread(judging, board, &places, &mut plays);
    whole_run::look_at_all(judging, board, &places, &plays);
    whole_run::tell_late_effects(judging, board, &plays);
    count_late_effects(judging, board, &places, plays).await;
    for (place, rule) in &places {
        if rule.id == RuleId::RATE_LIMIT
            && let Some(result) = judging.of_limit(rule)
        {
            board.put(*place, result);
        }
    }
    judging.report_unanswered(board, &places).await;
    report_overheard(judging, board, &places);
    judging.report_death(board, &places);
    report_shared_list(board);
    report_believed_forgeries(board, &places);
    leave_to_owners(board);
    blocks::leave_none_that_passed(board, &places);
    Ok(if board.is_out_of_time() {
        Ended::OutOfTime
    } else {
        Ended::Whole
    })
}

/// Reports breaks that were seen in passing, of rules whose own scenarios did not show them.
fn report_overheard(judging: &Judging<'_>, board: &Board<'_>, places: &[(usize, &'static Rule)]) {
    for (place, rule) in places {
        let known = board.results.borrow()[*place].clone();
        let Some(known) = known else { continue };
        let is_about_time = rule.id == RuleId::TIME_TO_SPARE && !known.is_blocked();
        let result = if is_about_time {
            judging.of_slowest(rule)
        } else {
            judging.of_overheard(rule, &known)
        };
        if let Some(result) = result {
            board.put(*place, result);
        }
    }
}

/// Too many articles in a reply that come from a list which all replies share: reported by their cause.
fn report_shared_list(board: &Board<'_>) {
    let results = board.results.borrow().clone();
    let claims = |result: &RuleResult, claim| result.claims.contains(&claim);
    let mut all = results.iter().flatten();
    if !all.any(|result| claims(result, claim::SHARED_LIST)) {
        return;
    }
    for (place, result) in results.into_iter().enumerate() {
        let Some(mut result) = result else { continue };
        if let (RuleId::CATALOGUE_REPLIES, Some(finding)) = (result.rule.id, &mut result.finding)
            && finding.claim == claim::ARTICLES
        {
            finding.actual = format!(
                "a list of articles that is shared between users, and grows with each reply (see `{}`): {}",
                RuleId::ONE_ARTICLE,
                finding.actual
            );
            board.put(place, result);
        }
    }
}

/// Takes a forged push that was acted on to the rule about forgeries, whichever rule it was tried for: where nothing came
/// twice, nothing else explains the effect.
fn report_believed_forgeries(board: &Board<'_>, places: &[(usize, &'static Rule)]) {
    let results = board.results.borrow().clone();
    let owner = places.iter().find(|(place, rule)| {
        let is_owner = [RuleId::REJECTS_FORGED, RuleId::REJECTS_FORGED_SEALED].contains(&rule.id);
        let result = results.get(*place).and_then(Option::as_ref);
        is_owner && result.is_some_and(|result| result.verdict == Verdict::Passed)
    });
    let believed = results.iter().flatten().find(|result| {
        let claim = result.finding.as_ref().map(|finding| finding.claim);
        let scenario = result.reproduction.as_ref().map(|shown| &shown.scenario);
        claim == Some(claim::FORGED_OR_TWICE)
            && scenario.is_some_and(|scenario| !scenario.redelivers())
    });
    let (Some((place, rule)), Some(believed)) = (owner, believed) else {
        return;
    };
    let claim = Forgery::OtherToken.claim();
    let seen = Unjudged::SeenDuring {
        rule: believed.rule.id.to_string(),
    };
    let finding = believed
        .finding
        .clone()
        .map(|finding| Finding { claim, ..finding });
    let result = RuleResult {
        claims: vec![claim],
        finding,
        reproduction: believed.reproduction.clone(),
        ..RuleResult::plain(rule, Verdict::of_break(rule.level), Some(seen.into()))
    };
    board.put(*place, result);
}

/// Leaves a finding that only repeats what broke another rule to that rule, so that it is reported once.
fn leave_to_owners(board: &Board<'_>) {
    let results = board.results.borrow().clone();
    let is_broken = |id: RuleId| {
        let mut results = results.iter().flatten();
        results.any(|result| result.rule.id == id && result.verdict == Verdict::Failed)
    };
    for (place, result) in results.iter().enumerate() {
        let Some(result) = result else { continue };
        let claim = result.finding.as_ref().map(|finding| finding.claim);
        let owners: &[RuleId] = match claim {
            Some(claim::MALFORMED_REPLY) => &[RuleId::WELL_FORMED],
            Some(claim::FORGED_OR_TWICE) => {
                &[RuleId::REJECTS_FORGED, RuleId::REJECTS_FORGED_SEALED]
            }
            _ => continue,
        };
        if let Some(by) = owners.iter().copied().find(|owner| is_broken(*owner)) {
            let reason = Some(blocked(by));
            board.put(
                place,
                RuleResult::plain(result.rule, Verdict::Inconclusive, reason),
            );
        } else if claim == Some(claim::FORGED_OR_TWICE) {
            let mut result = result.clone();
            if let Some(finding) = &mut result.finding {
                finding.claim = claim::TWICE;
            }
            for claim in &mut result.claims {
                if *claim == claim::FORGED_OR_TWICE {
                    *claim = claim::TWICE;
                }
            }
            board.put(place, result);
        }
    }
}

/// The number of combined cases that there is time for.
fn combined_cases(latency: Duration, concurrency: usize) -> usize {
    if latency < QUICK {
        return usize::MAX;
    }
    let each = latency.as_millis() * REQUESTS_OF_A_COMBINED_CASE;
    let most = COMBINED_TIME.as_millis() * concurrency as u128 / each;
    // A few are worth their time in any case.
    usize::try_from(most).unwrap_or(usize::MAX).max(3)
}

/// Fewer plays at once where the server works on one request at a time: our own load must not make a
/// correct server late.
async fn fitting_concurrency(
    player: &Player<'_>,
    observed: &Observed,
    wanted: usize,
) -> Result<usize, NoContact> {
    // A quick server is done before its queue fills, whatever way it works.
    if wanted == 1 || observed.latency < QUICK {
        return Ok(wanted);
    }
    let three = (0..3).map(|user| Step::Deliver(Deliver::text("one of three").from_user(user)));
    let transcript = player
        .play(&Scenario::of([Step::Together(three.collect())]))
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    let slowest = transcript
        .entries
        .iter()
        .map(|entry| {
            entry
                .answer()
                .map_or(player.profile().limit, |answer| answer.total)
        })
        .max()
        .unwrap_or_default();
    let serial = slowest >= observed.latency * 2;
    Ok(if serial { 1 } else { wanted })
}
