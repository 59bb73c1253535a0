//! Faults of replies that were caused by another rule than the one that owns them: every reply of a run is looked at.

use super::{Judging, reproduction};
use crate::{
    finding::Finding,
    reason::Unjudged,
    rule::{Claim, Rule, RuleId},
    rules::{self, OWNERS_OF_REPLIES, faults_of_replies},
    step::Scenario,
    transcript::Transcript,
    verdict::{Reproduction, RuleResult, Verdict},
};

/// The first break that was seen of a rule and a claim; so there are never more than there are claims.
pub(super) struct Overheard {
    owner: RuleId,
    during: RuleId,
    finding: Finding,
    reproduction: Reproduction,
}

impl Judging<'_> {
    /// Looks at the replies of a play. Rules that send what no document allows come late, and are left out.
    pub(super) fn overhear(&self, rule: &'static Rule, scenario: &Scenario, play: &Transcript) {
        if !rule.is_overheard() {
            return;
        }
        let mut overheard = self.overheard.borrow_mut();
        for (owner, finding) in faults_of_replies(play, self.observed.repeats_text.as_ref()) {
            debug_assert!(
                OWNERS_OF_REPLIES.contains(&owner),
                "{owner} is no owner of what replies show"
            );
            debug_assert!(
                is_declared(owner, finding.claim),
                "{owner} declares no claim {}",
                finding.claim
            );
            let is_known = overheard
                .iter()
                .any(|known| known.owner == owner && known.finding.claim == finding.claim);
            if !is_known {
                overheard.push(Overheard {
                    owner,
                    during: rule.id,
                    reproduction: reproduction(scenario, play, &finding),
                    finding,
                });
            }
        }
    }

    /// The result of a rule whose own scenarios showed nothing, if those of other rules showed it broken.
    pub(crate) fn of_overheard(
        &self,
        rule: &'static Rule,
        known: &RuleResult,
    ) -> Option<RuleResult> {
        let is_told = matches!(
            known.verdict,
            Verdict::Failed | Verdict::Warned | Verdict::Flaky | Verdict::Errored
        );
        if is_told
            || known.is_blocked()
            || known.finding.is_some() && known.verdict == Verdict::of_break(rule.level)
        {
            return None;
        }
        let overheard = self.overheard.borrow();
        let mut own = overheard.iter().filter(|one| one.owner == rule.id);
        let first = own.clone().next()?;
        let reason = Unjudged::SeenInReplyDuring {
            rule: first.during.to_string(),
        };
        let mut result = RuleResult {
            claims: own.by_ref().map(|one| one.finding.claim).collect(),
            subjects: first
                .finding
                .subject
                .iter()
                .map(ToString::to_string)
                .collect(),
            finding: Some(first.finding.clone()),
            reproduction: Some(first.reproduction.clone()),
            took: known.took,
            ..RuleResult::plain(rule, Verdict::of_break(rule.level), Some(reason.into()))
        };
        self.redact(&mut result);
        Some(result)
    }
}

/// True if the claim is one of that rule's.
fn is_declared(owner: RuleId, claim: Claim) -> bool {
    rules::find(owner.as_str()).is_some_and(|rule| rule.claims.contains(&claim))
}
