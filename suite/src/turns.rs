//! The turns in which rules are judged: who goes on beside whom, and who comes first where time is short.

mod cost;

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::{join, join_all};

use crate::{
    board::Board,
    bounds::CASES_IN_FLIGHT,
    judging::{Judging, Look},
    plan::Plan,
    rule::{Level, Need, Rule, RuleId, Turn},
    second_look::look_again,
    whole_run::await_second_sends,
};
use cost::{Cost, Prices};

/// The rough number of requests in a run whose server answers late.
const REQUESTS_OF_A_RUN: u32 = 450;
/// The rough number of waits for effects in a run of which none goes on beside another.
const WAITS_OF_A_RUN: u32 = 20;
/// A rule that takes no more than that part of the time for a run is cheap.
const CHEAP: u32 = 60;
/// A rule that takes more than that part of it would leave too little for others.
const DEAR: u32 = 6;
/// A server that takes so long for each answer is given most of the time for the rules that are no Must, too.
const LATE: Duration = Duration::from_millis(500);
/// A run that takes no longer is judged by all rules alike.
const SHORT_RUN: Duration = Duration::from_secs(25);

/// Judges every rule that there is time for. Where the server is too slow for all of them, those come first that cost next to
/// nothing, then the Musts, of them those about forgeries; and what may bring the server down comes at the end in any case.
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
    let waiting = judging.player.effect_lag() * WAITS_OF_A_RUN;
    if answering.max(working).max(waiting) < SHORT_RUN {
        in_turns(judging, board, places).await;
        return judging.shrink_rest(board).await;
    }
    if answering.max(working) < SHORT_RUN {
        beside_each_other(judging, board, places, plan).await;
        return judging.shrink_rest(board).await;
    }
    let is_late = judging.observed.latency >= LATE || working >= SHORT_RUN;
    for (rank, group) in &in_groups(judging, places, plan, at_once) {
        let time = match rank {
            Rank::Asking | Rank::Forgeries | Rank::Cheap | Rank::Must | Rank::LastMust => {
                plan.max_time
            }
            Rank::Last if is_late => plan.max_time,
            // Whoever has such a server waits in any case; a quarter is left for what comes at the end.
            Rank::Other if is_late => plan.max_time * 3 / 4,
            Rank::Other | Rank::Last => plan.time_beside_musts.min(plan.max_time),
        };
        judging.end_at(board.begun + time, concurrency);
        in_turns(judging, board, group).await;
    }
    judging.end_at(board.begun + plan.max_time, concurrency);
    judging.shrink_rest(board).await;
}

/// Judges the rules of a server that answers soon and has its effects late. Waits go on beside each other, so that a part of
/// the rules takes nearly as long as all of them; only what is alone, and comes at the end, has to have time left for it.
async fn beside_each_other(
    judging: &Judging<'_>,
    board: &Board<'_>,
    places: &[(usize, &'static Rule)],
    plan: &Plan,
) {
    let phase = |rule: &Rule| match (rule.turn, rule.level) {
        (Turn::Disturbing, Level::Must) => 3,
        (Turn::Disturbing, _) => 4,
        (Turn::Last, Level::Must) => 5,
        (Turn::Last, _) => 6,
        // They send no push, and wait for nothing.
        _ if rule.area() == "url-check" => 0,
        (_, Level::Must) => 1,
        _ => 2,
    };
    let whole = plan.max_time;
    let (most, nearly) = (whole * 4 / 5, whole * 9 / 10);
    let ends = [whole, whole, most, whole, nearly, whole, whole];
    for (number, time) in ends.into_iter().enumerate() {
        let group: Vec<_> = places
            .iter()
            .copied()
            .filter(|(_, rule)| phase(rule) == number)
            .collect();
        // What only waits takes no place among requests.
        judging.end_at(board.begun + time, CASES_IN_FLIGHT);
        in_turns(judging, board, &group).await;
    }
    judging.end_at(board.begun + plan.max_time, CASES_IN_FLIGHT);
}

/// The groups in which rules are judged where time is short, in their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    /// Whatever sends no push, and costs next to nothing.
    Asking,
    /// Musts about who may speak as WeChat: the costliest mistakes.
    Forgeries,
    /// Other Musts that cost next to nothing.
    Cheap,
    Must,
    Other,
    LastMust,
    Last,
}

/// The rules by rank, of each rank the cheap ones first.
fn in_groups(
    judging: &Judging<'_>,
    places: &[(usize, &'static Rule)],
    plan: &Plan,
    at_once: u32,
) -> BTreeMap<Rank, Vec<(usize, &'static Rule)>> {
    let prices = Prices::of(judging, at_once);
    let cost = |rule: &Rule| match judging.unmet(rule) {
        Some(_) => Cost::default(),
        None => prices.cost(rule, &rule.cases(judging.player.profile()), judging.most),
    };
    let mut cheap_first: Vec<(Cost, usize, &'static Rule)> = places
        .iter()
        .map(|(place, rule)| (cost(rule), *place, *rule))
        .collect();
    cheap_first.sort_by_key(|(cost, ..)| *cost);
    let mut groups: BTreeMap<Rank, Vec<_>> = BTreeMap::new();
    for (cost, place, rule) in cheap_first {
        groups
            .entry(rank(rule, cost, plan.max_time))
            .or_default()
            .push((place, rule));
    }
    groups
}

fn rank(rule: &Rule, cost: Cost, max_time: Duration) -> Rank {
    let is_must = rule.level == Level::Must;
    let is_cheap = cost.time <= max_time / CHEAP;
    let is_dear = cost.time > max_time / DEAR;
    match rule.turn {
        Turn::Last if is_must => Rank::LastMust,
        Turn::Last => Rank::Last,
        _ if is_cheap && !cost.pushes => Rank::Asking,
        _ if is_must && rule.area() == "push-signature" && !is_dear => Rank::Forgeries,
        _ if is_must && is_cheap => Rank::Cheap,
        _ if is_must => Rank::Must,
        _ => Rank::Other,
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
