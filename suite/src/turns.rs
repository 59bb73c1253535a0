//! The turns in which rules are judged: who goes on beside whom, and who comes first where time is short.

use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::{
    board::Board,
    judging::{Judging, Look},
    plan::Plan,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    second_look::look_again,
    step::{Scenario, Step},
    whole_run::await_second_sends,
};

/// The rough number of requests in a run whose server answers late.
const REQUESTS_OF_A_RUN: u32 = 450;
/// A server that takes so long for each answer is given most of the time for the rules that are no Must, too.
const LATE: Duration = Duration::from_millis(500);
/// A run that takes no longer is judged by all rules alike.
const SHORT_RUN: Duration = Duration::from_secs(25);

/// Judges every rule that there is time for. Where the server is too slow for all of them, the Musts come first, and among
/// equals those with few requests; what may bring the server down comes at the end in any case.
pub(crate) async fn judge(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
    plan: &Plan,
    concurrency: usize,
) {
    let at_once = u32::try_from(concurrency).unwrap_or(1).max(1);
    let answering = judging.observed.latency * REQUESTS_OF_A_RUN / at_once;
    // What is worked on behind the answers is worked on one after the other.
    let working = judging.observed.work * REQUESTS_OF_A_RUN;
    if answering.max(working) < SHORT_RUN {
        return in_turns(judging, board, places).await;
    }
    let mut cheap_first = places.to_vec();
    cheap_first.sort_by_cached_key(|(_, rule)| match judging.unmet(rule) {
        Some(_) => 0,
        None => requests(&rule.cases(judging.player.profile())),
    });
    let is_late = judging.observed.latency >= LATE || working >= SHORT_RUN;
    for is_last in [false, true] {
        for is_must in [true, false] {
            let time = if is_must || is_late && is_last {
                plan.max_time
            } else if is_late {
                // Whoever has such a server waits in any case; a quarter is left for what comes at the end.
                plan.max_time * 3 / 4
            } else {
                plan.time_beside_musts.min(plan.max_time)
            };
            judging.end_at(board.begun + time, concurrency);
            let group: Vec<_> = cheap_first
                .iter()
                .copied()
                .filter(|(_, rule)| (rule.level == Level::Must) == is_must)
                .filter(|(_, rule)| (rule.turn == Turn::Last) == is_last)
                .collect();
            in_turns(judging, board, &group).await;
        }
    }
}

/// The number of requests in these cases, draws aside.
fn requests(cases: &Cases) -> usize {
    let of = |scenarios: &[Scenario]| {
        let steps = scenarios.iter().flat_map(|scenario| &scenario.steps);
        let requests = steps.map(|step| match step {
            Step::Together(steps) => steps.len(),
            _ => 1,
        });
        requests.sum()
    };
    match cases {
        Cases::Each(scenarios) | Cases::Drawn(scenarios, ..) => of(scenarios),
        Cases::Combined(combined, ..) => combined.len(),
        Cases::None(_) => 0,
    }
}

/// Judges the rules in their turns. Those that let time pass go on beside all others, and whatever is to be alone has the
/// stage for itself.
async fn in_turns(judging: &Judging<'_>, board: &Board<'_>, places: &[(usize, &'static Rule)]) {
    let player = judging.player;
    let of_turn = |turn: Turn| {
        let planned = places.iter().copied();
        planned.filter(move |(_, rule)| rule.turn == turn)
    };
    let first_look = async |(place, rule): (usize, &'static Rule)| {
        board.put(place, judging.judge(rule, Look::First).await);
    };
    let look_again_at_all = async |turn: Turn| {
        for (place, rule) in of_turn(turn) {
            let _stage = player.alone().await;
            look_again(judging, board, place, rule).await;
        }
    };
    let by_itself = async |(place, rule): (usize, &'static Rule), look: Look| {
        let _stage = player.alone().await;
        board.put(place, judging.judge(rule, look).await);
        look_again(judging, board, place, rule).await;
        if rule.turn == Turn::Last && board.left_unanswered(place) {
            judging.check_on_pushes_after(rule).await;
        }
    };
    // The call that is left hanging comes first: whoever gives up waiting for it sends again while others go on.
    let (hanging, alone): (Vec<_>, Vec<_>) =
        of_turn(Turn::Alone).partition(|(_, rule)| rule.id == RuleId::SENDS_ONCE_WHILE_API_IS_SLOW);
    for planned in hanging {
        by_itself(planned, Look::Alone).await;
    }
    let others = async {
        for planned in alone {
            by_itself(planned, Look::Alone).await;
        }
        for turn in [Turn::Apart, Turn::Shared] {
            join_all(of_turn(turn).map(first_look)).await;
            look_again_at_all(turn).await;
        }
        // Backwards, for the mildest of them stand last in the order of reports.
        let late: Vec<_> = of_turn(Turn::Late).collect();
        for planned in late.into_iter().rev() {
            by_itself(planned, Look::First).await;
        }
    };
    // The disturbed API must not be what these look at.
    let (watching, repeating): (Vec<_>, Vec<_>) =
        of_turn(Turn::Long).partition(|(_, rule)| rule.needs.contains(&Need::Api));
    let up_to_the_end = async {
        join(join_all(watching.into_iter().map(first_look)), others).await;
        // A second send that is refused for its token would not be seen.
        await_second_sends(judging).await;
        for planned in of_turn(Turn::Disturbing) {
            by_itself(planned, Look::First).await;
        }
    };
    let repeating = join_all(repeating.into_iter().map(first_look));
    join(repeating, up_to_the_end).await;
    look_again_at_all(Turn::Long).await;
    for planned in of_turn(Turn::Last) {
        by_itself(planned, Look::First).await;
    }
}
