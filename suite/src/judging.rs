//! From one rule to one result: play its cases, judge them, shrink what fails, look again.

mod bug;
mod death;
mod limits;
mod overheard;
mod shrinking;
mod slowest;
mod tally;
mod unanswered;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;
use wxcheck_mock_server::Silence;

use crate::{
    absence,
    bounds::{CASES_IN_FLIGHT, KEPT_PLAYS, KEPT_PLAYS_BYTES},
    expect,
    finding::{Finding, Judgement, Miss, Nature},
    keeping::{cut_after_judging, keep_own_calls, weight},
    observed::Observed,
    player::{Company, Player},
    profile::Channel,
    reason::{Reason, Unjudged},
    redact::visible,
    rule::{Rule, RuleId, Turn, Unmet, blocked},
    search::{Case, Supply},
    step::{Deliver, Scenario, Step},
    transcript::{Entry, Sent, Transcript},
    verdict::{Reproduction, RuleResult, Verdict},
    witness::Witness,
};
pub(crate) use bug::Bug;
use death::Death;
use limits::Limited;
use overheard::Overheard;
use shrinking::Unshrunk;
use slowest::Slowest;
use tally::{Broken, First, Played, Tally};
use unanswered::Unanswered;

/// Judges rules one by one.
pub(crate) struct Judging<'a> {
    pub(crate) player: &'a Player<'a>,
    pub(crate) observed: Observed,
    pub(crate) seed: u64,
    /// Draws per rule, in place of the rule's own number.
    pub(crate) draws: Option<usize>,
    /// Combined cases per rule, at most: as many as there is time for.
    pub(crate) most: usize,
    /// The end of the server, once it has stopped answering.
    gone: RefCell<Option<Death>>,
    /// The limiter that lets no more through, as it was first met.
    limited: RefCell<Option<Limited>>,
    /// The faults of replies that were caused by other rules than those that report them.
    overheard: RefCell<Vec<Overheard>>,
    /// The answers that left the least time.
    slowest: RefCell<Slowest>,
    /// The pushes that got no answer in time.
    unanswered: Unanswered,
    /// From then on no play of a rule is begun; until then so many cases of a rule are in flight at once.
    haste: Cell<Option<(Instant, usize)>>,
    /// The plan has the rule that reports a limiter.
    reports_limits: Cell<bool>,
    /// True if the server was seen to leave requests unanswered when nothing else was in flight: that is how it
    /// refuses.
    pub(crate) leaves_unanswered: Cell<bool>,
    /// Cases that are made smaller once all rules are judged.
    unshrunk: RefCell<Vec<Unshrunk>>,
    /// Plays to which calls may belong, each with its rule.
    pub(crate) settled: RefCell<Settled>,
}

/// Plays to which more effects may come, newest kept.
#[derive(Default)]
pub(crate) struct Settled {
    pub(crate) plays: VecDeque<(&'static Rule, Scenario, Transcript)>,
    /// Bytes of those plays, roughly.
    weight: usize,
}

impl Settled {
    fn keep(&mut self, rule: &'static Rule, scenario: &Scenario, transcript: &Transcript) {
        let mut transcript = transcript.clone();
        cut_after_judging(&mut transcript);
        keep_own_calls(&mut transcript);
        self.weight += weight(&transcript);
        self.plays.push_back((rule, scenario.clone(), transcript));
        while self.plays.len() > KEPT_PLAYS || self.weight > KEPT_PLAYS_BYTES {
            let Some((_, _, oldest)) = self.plays.pop_front() else {
                break;
            };
            self.weight -= weight(&oldest);
        }
    }
}

/// The look at a rule: with other rules in flight, or without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Look {
    /// Other rules may be; a verdict that time decided gets a second look.
    First,
    /// No other rule is, and the rule's own cases run one at a time.
    Alone,
}

impl<'a> Judging<'a> {
    pub(crate) fn new(
        player: &'a Player<'a>,
        observed: Observed,
        seed: u64,
        draws: Option<usize>,
        most: usize,
    ) -> Self {
        Self {
            player,
            observed,
            seed,
            draws,
            most,
            gone: RefCell::new(None),
            limited: RefCell::new(None),
            overheard: RefCell::default(),
            slowest: RefCell::default(),
            unanswered: Unanswered::default(),
            haste: Cell::new(None),
            reports_limits: Cell::new(false),
            leaves_unanswered: Cell::new(false),
            unshrunk: RefCell::default(),
            settled: RefCell::default(),
        }
    }

    /// Judges a rule.
    pub(crate) async fn judge(&self, rule: &'static Rule, look: Look) -> RuleResult {
        let begun = Instant::now();
        let mut result = self.judge_cases(rule, look).await;
        result.took = begun.elapsed();
        self.redact(&mut result);
        result
    }

    async fn judge_cases(&self, rule: &'static Rule, look: Look) -> RuleResult {
        // What does not apply says so, whatever has become of the server.
        if let Some(reason) = rule.is_out_of_place(self.player.profile()) {
            return RuleResult::plain(rule, Verdict::Skipped, Some(reason));
        }
        let unmet = self.unmet(rule);
        if let Some(Unmet::Skipped(reason)) = unmet {
            return RuleResult::plain(rule, Verdict::Skipped, Some(reason));
        }
        if let Some(by) = self.gone_during() {
            return RuleResult::plain(
                rule,
                Verdict::Inconclusive,
                Some(Reason::Gone { during: Some(by) }),
            );
        }
        if rule.is_about_pushes() && self.is_limited() {
            return RuleResult::plain(
                rule,
                Verdict::Inconclusive,
                Some(blocked(RuleId::RATE_LIMIT)),
            );
        }
        if let Some(Unmet::Inconclusive(reason)) = unmet {
            return RuleResult::plain(rule, Verdict::Inconclusive, Some(reason));
        }
        if self.is_out_of_time() {
            let reason = Some(Reason::OutOfTime);
            return RuleResult::plain(rule, Verdict::Inconclusive, reason);
        }
        let cases = rule.cases(self.player.profile());
        let supply = Supply::of(cases, self.seed, rule.id.as_str(), self.draws, self.most);
        let tally = match supply {
            Ok(supply) => self.play_all(rule, supply, look).await,
            Err(reason) => Err(reason),
        };
        let tally = match tally {
            Ok(tally) => tally,
            Err(reason) => return RuleResult::plain(rule, Verdict::Skipped, Some(reason)),
        };
        let (silent, lacking) = (tally.silent, tally.lacking);
        let mut result = self.sum_up(rule, tally, look).await;
        if let (RuleId::ANSWERS_IN_TIME, held @ 1.., Some(finding)) =
            (rule.id, self.observed.holds_back, &mut result.finding)
        {
            finding.actual = format!(
                "{}; delivery {} of a push is answered, and the other rules are judged by that",
                finding.actual,
                held + 1
            );
        }
        // What was found is known by itself whether time decided it; a pass may rest on a forged push that was not
        // refused but lost.
        result.decided_by_time = match &result.finding {
            Some(finding) if result.verdict == Verdict::of_break(rule.level) => {
                finding.nature == Nature::Timing
            }
            _ => silent || lacking || result.verdict == Verdict::Errored,
        };
        result.left_unanswered = silent;
        result
    }

    /// The rule during which the server stopped answering, if it did.
    fn gone_during(&self) -> Option<RuleId> {
        self.gone.borrow().as_ref().map(|death| death.during)
    }

    /// The first need of a rule that is not met.
    pub(crate) fn unmet(&self, rule: &Rule) -> Option<Unmet> {
        let mut needs = rule.needs.iter();
        needs.find_map(|need| need.check(self.player.profile(), &self.observed).err())
    }

    /// From then on no play of a rule is begun. Until then no more cases of a rule are in flight than may be sent at once:
    /// those that only wait for their turn would all be played beyond the end.
    pub(crate) fn end_at(&self, until: Instant, at_once: usize) {
        self.haste.set(Some((until, at_once)));
    }

    fn is_out_of_time(&self) -> bool {
        let haste = self.haste.get();
        haste.is_some_and(|(until, _)| Instant::now() >= until)
    }

    /// Plays the cases as they are drawn, some at once unless each is to be alone. The error says why there are none.
    async fn play_all(
        &self,
        rule: &'static Rule,
        supply: Supply,
        look: Look,
    ) -> Result<Tally, Reason> {
        let at_once = match self.haste.get() {
            // Each case of a rule that disturbs the API would disturb the others.
            _ if look == Look::Alone || matches!(rule.turn, Turn::Disturbing | Turn::Last) => 1,
            Some((_, at_once)) => at_once.min(CASES_IN_FLIGHT),
            None => CASES_IN_FLIGHT,
        };
        let drawn = stream::unfold(supply, |mut supply| async {
            let case = supply.next().await?;
            Some((case, supply))
        });
        let mut playing = drawn
            .enumerate()
            // Where the server has gone or the time is over, one more case shows that the rest was not tried.
            .scan(false, |over, (place, case)| {
                let is_over = self.gone.borrow().is_some() || self.is_out_of_time();
                let last = std::mem::replace(over, is_over);
                std::future::ready((!last).then_some((place, case)))
            })
            .map(|(place, case)| async move {
                let case: Case = case.map_err(|what| Unjudged::Fault { what })?;
                let played = self.play(rule, &case.scenario, look).await;
                Ok::<_, Reason>((place, case, played))
            })
            .buffer_unordered(at_once)
            .boxed_local();
        let mut tally = Tally::default();
        while let Some(played) = playing.next().await {
            let (place, case, played) = played?;
            tally.take(place, case, played);
        }
        Ok(tally)
    }

    /// The verdict of a rule is that of its worst case.
    async fn sum_up(&self, rule: &'static Rule, tally: Tally, look: Look) -> RuleResult {
        if let Some((_, what)) = tally.broken_off {
            let fault = Unjudged::Fault { what };
            return RuleResult::plain(rule, Verdict::Errored, Some(fault.into()));
        }
        if let Some(worst) = tally.worst {
            return self.found(rule, worst, tally.broken, look).await;
        }
        let milder = match (Verdict::of_break(rule.level), &tally.doubtful) {
            (Verdict::Failed, Some(_)) => Verdict::Warned,
            _ => Verdict::Noted,
        };
        if let Some(first) = tally.doubtful.or(tally.remark) {
            let reproduction =
                reproduction(&first.case.scenario, &first.transcript, &first.finding);
            let (claims, subjects) = tally.doubted.in_order();
            return RuleResult {
                finding: Some(first.finding),
                claims,
                subjects,
                reproduction: Some(reproduction),
                ..RuleResult::plain(rule, milder, None)
            };
        }
        let unclear = tally.unclear.map(|(_, reason)| reason);
        let omitted = tally.omitted.then(|| match self.gone_during() {
            None if self.is_limited() => blocked(RuleId::RATE_LIMIT),
            None if self.is_out_of_time() => Reason::OutOfTime,
            during => Reason::Gone { during },
        });
        if let (None, Some(Reason::Gone { during: Some(by) }), Turn::Long, 1..) =
            (&unclear, &omitted, rule.turn, tally.passed)
        {
            // It had to let time pass; what was seen before counts.
            let rest = Unjudged::RestUntried {
                rule: by.to_string(),
            };
            return RuleResult::plain(rule, Verdict::Passed, Some(rest.into()));
        }
        match (unclear.or(omitted), tally.not_applicable) {
            (Some(reason), _) => RuleResult::plain(rule, Verdict::Inconclusive, Some(reason)),
            (None, Some((_, reason))) if tally.passed == 0 => {
                RuleResult::plain(rule, Verdict::Skipped, Some(reason))
            }
            _ => RuleResult::plain(rule, Verdict::Passed, None),
        }
    }

    /// A broken claim: made as small as it goes, then looked at once more.
    async fn found(
        &self,
        rule: &'static Rule,
        worst: First,
        broken: Broken,
        look: Look,
    ) -> RuleResult {
        let First {
            mut case,
            finding,
            transcript,
            ..
        } = worst;
        let by_time = finding.nature == Nature::Timing;
        // Before the second look nobody knows whether there is anything to shrink, and waiting for nothing is dear.
        let shrinks = !by_time || (look == Look::Alone && !absence::waited_in_vain(&transcript));
        // To play what waits for effects over and over takes longer than many a rule that is still to be judged.
        let is_dear = case.scenario.waits_for_effects();
        let (finding, transcript) = if shrinks && !is_dear {
            self.shrink(rule, &mut case, finding, transcript, look)
                .await
        } else {
            (finding, transcript)
        };
        let mut reason = None;
        if !by_time {
            let again = self.play(rule, &case.scenario, look).await;
            let is_seen = match &again {
                Played::Judged(Err(Miss::Found(seen)), _) => is_same(seen, &finding),
                // Nothing was played, so nothing was missed.
                Played::Omitted => true,
                _ => false,
            };
            if !is_seen {
                let unseen = Unjudged::SeenOnce;
                reason = Some(unseen.into());
            }
        }
        let (claims, subjects) = broken.in_order();
        let result = RuleResult {
            reproduction: Some(reproduction(&case.scenario, &transcript, &finding)),
            finding: Some(finding.clone()),
            claims,
            subjects,
            lost: transcript.lost,
            ..RuleResult::plain(rule, Verdict::of_break(rule.level), reason)
        };
        if shrinks && is_dear {
            self.leave_to_the_end(Unshrunk {
                rule,
                case,
                finding,
                transcript,
            });
        }
        result
    }

    /// Plays and judges one scenario. An unreachable server is no broken rule at once: it is asked
    /// again, and the scenario is played again if it answers.
    async fn play(&self, rule: &'static Rule, scenario: &Scenario, look: Look) -> Played {
        let company = match look {
            Look::First => Company::of(rule.turn),
            Look::Alone => Company::Arranged,
        };
        let mut lost = None;
        for _ in 0..2 {
            let is_limited = rule.is_about_pushes() && self.is_limited();
            if self.gone.borrow().is_some() || is_limited || self.is_out_of_time() {
                return Played::Omitted;
            }
            let transcript = match self.player.play_for(rule.id, company, scenario).await {
                Ok(Some(transcript)) => transcript,
                Ok(None) => return Played::Omitted,
                Err(error) => return Played::Broken(error.to_string()),
            };
            // While it let time pass, another play may have met a limiter, which answers a repeat too.
            if rule.turn == Turn::Long && rule.is_about_pushes() && self.is_limited() {
                return Played::Omitted;
            }
            let Some(silence) = unreachable(&transcript).cloned() else {
                if self.meets_a_limit(rule, scenario, &transcript).await {
                    return Played::Omitted;
                }
                self.keep(rule, scenario, &transcript);
                self.overhear(rule, scenario, &transcript);
                self.time(rule, scenario, &transcript);
                self.note_unanswered(rule, scenario, &transcript);
                return judged(rule, transcript);
            };
            if self.player.is_gone().await {
                let mut gone = self.gone.borrow_mut();
                gone.get_or_insert_with(|| {
                    let suspects = self.player.suspects();
                    let reason = silence.to_string();
                    Death::found_by(rule, scenario, &transcript, &reason, &suspects)
                });
                return Played::Omitted;
            }
            lost = Some((silence, transcript));
        }
        match lost {
            // We held connections ourselves: the judge knows who limits how many one address may have.
            Some((_, transcript)) if scenario.holds_connections() => judged(rule, transcript),
            Some((silence, _)) => Played::Broken(format!(
                "the connection failed twice while the server was there: {silence}"
            )),
            None => Played::Omitted,
        }
    }

    /// Keeps a play to which more effects may come, and any whose calls are to be looked at together with all others.
    fn keep(&self, rule: &'static Rule, scenario: &Scenario, transcript: &Transcript) {
        let has_calls = self.player.profile().channel == Channel::Api && rule.area() != "hostile";
        let is_push = |entry: &Entry| matches!(entry.sent, Sent::Push { .. });
        // Without a push there is nobody to whom anything could be sent later.
        if (scenario.waits_for_effects() || has_calls) && transcript.entries.iter().any(is_push) {
            self.settled.borrow_mut().keep(rule, scenario, transcript);
        }
    }

    /// Checks whether pushes are still taken after a rule that left one unanswered; where none is, the rules after it
    /// have nothing to judge.
    pub(crate) async fn check_on_pushes_after(&self, rule: &'static Rule) {
        let push = Scenario::of([Step::Deliver(Deliver::text("still there"))]);
        let is_taken = match self.player.play(&push).await {
            Ok(seen) => !absence::left_unanswered(&seen),
            Err(_) => false,
        };
        if !is_taken {
            let mut gone = self.gone.borrow_mut();
            gone.get_or_insert(Death::of_a_hanging_server(rule.id));
        }
    }

    /// Takes secrets out of a result: what the target printed may hold one.
    pub(crate) fn redact(&self, result: &mut RuleResult) {
        let secrets = self.player.secrets();
        if let Some(finding) = &mut result.finding {
            finding.actual = secrets.render(&finding.actual).to_string();
            finding.expected = visible(&secrets.redact(&finding.expected));
            for line in &mut finding.story {
                *line = secrets.render(line).to_string();
            }
        }
        result.reason = result.reason.take().map(|reason| match reason {
            Reason::Unjudged(why) => why
                .with_texts(|text| secrets.render(text).to_string())
                .into(),
            typed => typed,
        });
    }
}

fn judged(rule: &'static Rule, transcript: Transcript) -> Played {
    match judgement(rule, &transcript) {
        Ok(judgement) => Played::Judged(judgement, Box::new(transcript)),
        Err(bug) => Played::Broken(bug.to_string()),
    }
}

/// The judgement of a rule on a play.
pub(crate) fn judgement(rule: &Rule, transcript: &Transcript) -> Result<Judgement, Bug> {
    let judged = catch_unwind(AssertUnwindSafe(|| (rule.judge)(transcript)));
    let mut judgement = bug::declared(rule, judged.map_err(|_| Bug::Panicked)?)?;
    if let Err(Miss::Found(finding)) = &mut judgement {
        finding.nature = absence::nature(finding, transcript);
    }
    if let Err(Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding)) =
        &mut judgement
    {
        let entry = transcript.entries.get(finding.at);
        finding.status = entry.and_then(Entry::answer).map(|answer| answer.status);
    }
    Ok(judgement)
}

/// The reason that a server was not reached, if it was not. A connection that takes too long is a matter of time,
/// for judges: the queue of a busy server may be full.
fn unreachable(transcript: &Transcript) -> Option<&Silence> {
    transcript
        .entries
        .iter()
        .filter_map(|entry| entry.silence())
        .find(|silence| silence.is_unreachable() && !silence.is_time_out())
}

/// A smaller scenario that breaks something else shows another defect; one that breaks it by being slow shows none.
fn is_same(one: &Finding, other: &Finding) -> bool {
    one.claim == other.claim && one.subject == other.subject && one.nature == other.nature
}

pub(crate) fn reproduction(
    scenario: &Scenario,
    transcript: &Transcript,
    finding: &Finding,
) -> Reproduction {
    let shown = expect::entry(transcript, finding.at).map_or(0, |_| finding.at + 1);
    Reproduction {
        scenario: scenario.clone(),
        curl: transcript.entries[..shown]
            .iter()
            .filter_map(|entry| entry.recipe.curl())
            .collect(),
        witness: Witness::of(transcript, finding.at),
    }
}
