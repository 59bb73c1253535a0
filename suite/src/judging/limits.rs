//! A limiter in front of the server: met by whatever rule, reported once, and the end of all pushes.

use super::{Judging, reproduction};
use crate::{
    finding::Finding,
    limiter,
    rule::Rule,
    step::{Deliver, Scenario, Step},
    transcript::Transcript,
    verdict::{Reproduction, RuleResult, Verdict},
};

/// A limiter in front of the server.
pub(super) struct Limited {
    finding: Finding,
    reproduction: Reproduction,
}

impl Judging<'_> {
    /// From now on a limiter is reported by its rule, and ends the pushes.
    pub(crate) fn report_limits(&self) {
        self.reports_limits.set(true);
    }

    /// A limiter was met, which lets no more through.
    pub(crate) fn is_limited(&self) -> bool {
        self.limited.borrow().is_some()
    }

    /// The result about the limiter, if one was met; whichever rule met it, it is reported once.
    pub(crate) fn of_limit(&self, rule: &'static Rule) -> Option<RuleResult> {
        let limited = self.limited.borrow();
        let Limited {
            finding,
            reproduction,
        } = limited.as_ref()?;
        let mut result = RuleResult {
            claims: vec![finding.claim],
            finding: Some(finding.clone()),
            reproduction: Some(reproduction.clone()),
            ..RuleResult::plain(rule, Verdict::of_break(rule.level), None)
        };
        self.redact(&mut result);
        Some(result)
    }

    /// A play met a limiter, and not the server. Rules that hold or flood connections judge that themselves.
    pub(super) async fn meets_a_limit(
        &self,
        rule: &'static Rule,
        scenario: &Scenario,
        transcript: &Transcript,
    ) -> bool {
        if rule.area() == "hostile" || !rule.is_about_pushes() {
            return false;
        }
        // A server that takes no push at all, from the first on, is no limiter; and one that cannot be told of stops nothing.
        if self.observed.serves.is_err() || !self.reports_limits.get() {
            return false;
        }
        let Some((at, _)) = limiter::sign(transcript) else {
            return false;
        };
        let Some(seen) = transcript.entries.get(at) else {
            return false;
        };
        // What one push is refused for says nothing of the others: usual pushes of other users must be refused alike.
        for _ in 0..2 {
            let usual = Scenario::of([Step::Deliver(Deliver::text("a usual push"))]);
            let Ok(again) = self.player.play(&usual).await else {
                return false;
            };
            let usual = again.entries.first();
            if !usual.is_some_and(|usual| limiter::is_the_same(seen, usual)) {
                return false;
            }
        }
        let mut limited = self.limited.borrow_mut();
        limited.get_or_insert_with(|| {
            let finding = limiter::finding(seen, at, self.player.requests());
            Limited {
                reproduction: reproduction(scenario, transcript, &finding),
                finding,
            }
        });
        true
    }
}
