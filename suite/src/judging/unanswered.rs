//! Events and other pushes that got no answer in time, whichever rule sent them: the rule about time has a few of its own, and
//! the five seconds are those of every push.

use std::cell::RefCell;

use super::{Judging, judgement, reproduction};
use crate::{
    board::Board,
    finding::{Finding, Miss},
    reason::Unjudged,
    rule::{Rule, RuleId, Turn},
    step::{Content, Deliver, Form, Hold, Scenario, Signing, Step},
    transcript::Transcript,
    verdict::{RuleResult, Verdict},
};

/// Kinds of push that are remembered, and looked at again: each look may take a whole limit.
const KEPT: usize = 3;

/// The pushes that got no answer in time, each kind once.
#[derive(Default)]
pub(super) struct Unanswered(RefCell<Vec<Push>>);

#[derive(Clone)]
struct Push {
    name: String,
    content: Content,
    during: RuleId,
}

impl Judging<'_> {
    /// Notes the pushes of a play that got no answer in time. Texts are tried by the rule itself, and pushes that ask for a
    /// structured answer have a rule of their own.
    pub(super) fn note_unanswered(
        &self,
        rule: &'static Rule,
        scenario: &Scenario,
        play: &Transcript,
    ) {
        let is_alone = |step: &Step| !matches!(step, Step::Together(_) | Step::Api(_));
        let is_usual = matches!(rule.turn, Turn::Long | Turn::Apart | Turn::Shared);
        let is_own = rule.id == RuleId::ANSWERS_IN_TIME;
        if is_own || !is_usual || !rule.is_about_pushes() || !scenario.steps.iter().all(is_alone) {
            return;
        }
        let sending = scenario.steps.iter().filter(|step| sends(step));
        for (step, entry) in sending.zip(&play.entries) {
            let (Step::Deliver(deliver), Some(silence)) = (step, entry.silence()) else {
                continue;
            };
            let name = entry.push_name();
            if silence.is_time_out() && is_ordinary(deliver, play) {
                let mut known = self.unanswered.0.borrow_mut();
                if known.len() < KEPT && known.iter().all(|push| push.name != name) {
                    known.push(Push {
                        name: name.to_owned(),
                        content: deliver.content.clone(),
                        during: rule.id,
                    });
                }
            }
        }
    }

    /// Looks again at what got no answer in time, with nothing else in flight, and reports it under the rule about that.
    pub(crate) async fn report_unanswered(
        &self,
        board: &Board<'_>,
        places: &[(usize, &'static Rule)],
    ) {
        let owner = |(_, rule): &&(usize, &'static Rule)| rule.id == RuleId::ANSWERS_IN_TIME;
        let Some((place, rule)) = places.iter().find(owner) else {
            return;
        };
        let known = board.results.borrow()[*place].clone();
        let is_told = known.is_some_and(|known| known.finding.is_some());
        let is_over = self.gone_during().is_some() || self.is_limited();
        if is_told || is_over {
            return;
        }
        let pushes = self.unanswered.0.borrow().clone();
        for push in pushes {
            let _stage = self.player.alone().await;
            if let Some(result) = self.look_again_at(rule, &push).await {
                board.put(*place, result);
                return;
            }
        }
    }

    async fn look_again_at(&self, rule: &'static Rule, push: &Push) -> Option<RuleResult> {
        let deliver = Deliver::of(push.content.clone()).held(Hold::Linger);
        let scenario = Scenario::of([Step::Deliver(deliver)]);
        let transcript = self.player.play(&scenario).await.ok()?;
        let Ok(Err(Miss::Found(finding))) = judgement(rule, &transcript) else {
            return None;
        };
        let finding = Finding {
            subject: Some(push.name.as_str().into()),
            ..finding
        };
        let seen = Unjudged::SeenDuring {
            rule: push.during.to_string(),
        };
        let mut result = RuleResult {
            claims: vec![finding.claim],
            subjects: vec![push.name.clone()],
            reproduction: Some(reproduction(&scenario, &transcript, &finding)),
            finding: Some(finding),
            ..RuleResult::plain(rule, Verdict::of_break(rule.level), Some(seen.into()))
        };
        self.redact(&mut result);
        Some(result)
    }
}

/// The step makes one request.
const fn sends(step: &Step) -> bool {
    matches!(
        step,
        Step::Verify(_) | Step::Visit | Step::Deliver(_) | Step::Fetch(_) | Step::Redeliver { .. }
    )
}

/// A push as the catalogue has it, written and signed as WeChat does.
fn is_ordinary(deliver: &Deliver, play: &Transcript) -> bool {
    let Content::Entry(content) = &deliver.content else {
        return false;
    };
    let known = play.profile.entry(&content.name);
    let is_plain = known.is_some_and(|known| known.answer.is_none());
    let is_true = deliver.signing == Signing::True && deliver.form == Form::default();
    is_plain && is_true && content.changes.is_empty() && deliver.bytewise.is_none()
}
