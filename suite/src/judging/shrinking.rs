//! Failing cases made smaller: at once where that costs little, and after all rules where each play waits for effects.

use std::time::Duration;

use tokio::time::Instant;

use super::{Judging, Look, Played, is_same, reproduction};
use crate::{
    board::Board,
    finding::{Finding, Miss},
    rule::Rule,
    search::Case,
    transcript::Transcript,
    verdict::Verdict,
};

/// Plays spent on making one failing case smaller, at most.
const SHRINKING_PLAYS: usize = 48;
/// The time spent on it: no play is begun after that.
const SHRINKING_TIME: Duration = Duration::from_secs(20);

/// A failing case that is still as it was drawn.
pub(super) struct Unshrunk {
    pub(super) rule: &'static Rule,
    pub(super) case: Case,
    pub(super) finding: Finding,
    pub(super) transcript: Box<Transcript>,
}

impl Judging<'_> {
    /// Leaves a case to be made smaller once all rules are judged; a later one of its rule takes its place.
    pub(super) fn leave_to_the_end(&self, unshrunk: Unshrunk) {
        if unshrunk.case.is_drawn() {
            let mut left = self.unshrunk.borrow_mut();
            left.retain(|other| other.rule.id != unshrunk.rule.id);
            left.push(unshrunk);
        }
    }

    /// Makes the cases smaller that were left to the end, as far as there is time and a server.
    pub(crate) async fn shrink_rest(&self, board: &Board<'_>) {
        for Unshrunk {
            rule,
            mut case,
            finding,
            transcript,
        } in self.unshrunk.take()
        {
            let results = board.results.borrow().clone();
            let mut results = results.into_iter().enumerate();
            let reported = results.find_map(|(place, result)| {
                let result = result.filter(|result| result.rule.id == rule.id)?;
                let is_it = result.verdict == Verdict::of_break(rule.level)
                    && result
                        .finding
                        .as_ref()
                        .is_some_and(|known| is_same(known, &finding));
                is_it.then_some((place, result))
            });
            let Some((place, mut result)) = reported else {
                continue;
            };
            let begun = Instant::now();
            let _stage = self.player.alone().await;
            let (finding, transcript) = self
                .shrink(rule, &mut case, finding, transcript, Look::Alone)
                .await;
            result.reproduction = Some(reproduction(&case.scenario, &transcript, &finding));
            result.finding = Some(finding);
            result.lost = transcript.lost;
            result.took += begun.elapsed();
            self.redact(&mut result);
            board.put(place, result);
        }
    }

    /// Tries smaller scenarios. A smaller one counts only if it breaks the same claim: otherwise
    /// shrinking would slip to another defect.
    pub(super) async fn shrink(
        &self,
        rule: &'static Rule,
        case: &mut Case,
        mut finding: Finding,
        mut transcript: Box<Transcript>,
        look: Look,
    ) -> (Finding, Box<Transcript>) {
        let begun = Instant::now();
        let mut next = case.simplify();
        for _ in 0..SHRINKING_PLAYS {
            let Some(smaller) = next.filter(|_| begun.elapsed() < SHRINKING_TIME) else {
                break;
            };
            next = match self.play(rule, &smaller, look).await {
                Played::Judged(Err(Miss::Found(same)), seen) if is_same(&same, &finding) => {
                    finding = same;
                    transcript = seen;
                    case.keep();
                    case.simplify()
                }
                _ => case.put_back(),
            };
        }
        (finding, transcript)
    }
}
