//! Mistakes of our own in a judge, which must neither end the run nor pass for a verdict on the server.

use thiserror::Error;

use crate::{
    finding::{Judgement, Miss},
    rule::{Claim, Rule},
};

/// The fault of a judge of ours.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum Bug {
    /// It panicked.
    #[error("the judge of this rule panicked: a bug of wxcheck")]
    Panicked,
    /// It makes a claim that its rule does not have.
    #[error(
        "the judge of this rule makes the claim `{0}`, which the rule does not declare: a bug of wxcheck"
    )]
    Undeclared(Claim),
}

/// The judgement, if its claim is one of the rule's.
pub(super) fn declared(rule: &Rule, judgement: Judgement) -> Result<Judgement, Bug> {
    match &judgement {
        Err(Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding))
            if !rule.claims.contains(&finding.claim) =>
        {
            Err(Bug::Undeclared(finding.claim))
        }
        _ => Ok(judgement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Unjudged;
    use crate::{finding::Finding, rules};

    #[test]
    fn a_claim_that_the_rule_does_not_declare_is_a_bug() {
        let rule = rules::find("reply/status-200").unwrap();
        let judgements = |claim| {
            let finding = || Finding::new(claim, 0, "this", "that");
            let misses = [
                Miss::Found(finding()),
                Miss::Doubtful(finding()),
                Miss::Remark(finding()),
            ];
            misses.map(|miss| declared(rule, Err(miss)))
        };
        assert!(judgements("status").iter().all(Result::is_ok));
        for judged in judgements("stat") {
            assert_eq!(judged, Err(Bug::Undeclared("stat")));
        }
        assert_eq!(declared(rule, Ok(())), Ok(Ok(())));
        let unclear = Err(Miss::inconclusive(Unjudged::NothingSent));
        assert_eq!(declared(rule, unclear.clone()), Ok(unclear));
    }
}
