//! The stage: which plays may be under way at the same time.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{rule::Turn, step::Step};

/// The company in which a play goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Company {
    /// The caller has the stage already, or there are no others yet.
    Arranged,
    /// Plays of other rules; it leaves the stage to others while it lets time pass.
    Shared,
    /// None while it sends; it leaves the stage to others while it waits for effects.
    Apart,
}

impl Company {
    /// The company at the first look at a rule of that turn. At any other look the rule has the stage.
    pub(crate) const fn of(turn: Turn) -> Self {
        match turn {
            Turn::Long | Turn::Shared => Self::Shared,
            Turn::Apart => Self::Apart,
            _ => Self::Arranged,
        }
    }

    /// True if it leaves the stage during that step.
    const fn leaves_for(self, step: &Step) -> bool {
        match self {
            Self::Arranged => false,
            Self::Shared => matches!(step, Step::Pause { .. }),
            Self::Apart => matches!(step, Step::Settle { .. } | Step::Pause { .. }),
        }
    }
}

/// The plays that are on it: many who share it, or one alone. Whoever waits for it longest is next.
#[derive(Debug, Default)]
pub(super) struct Stage(RwLock<()>);

/// A place on the stage.
#[expect(dead_code, reason = "it is left when dropped")]
#[derive(Debug)]
pub(crate) enum OnStage<'a> {
    /// Beside others.
    Shared(RwLockReadGuard<'a, ()>),
    /// Alone.
    Alone(RwLockWriteGuard<'a, ()>),
}

impl Stage {
    /// The whole stage, once all others have left it.
    pub(super) async fn alone(&self) -> OnStage<'_> {
        OnStage::Alone(self.0.write().await)
    }

    /// Enters it for a step, or leaves it. The stage always comes before a place among those that send: nobody who has
    /// such a place waits for the stage.
    pub(super) async fn change<'a>(
        &'a self,
        company: Company,
        step: &Step,
        at: &mut Option<OnStage<'a>>,
    ) {
        if company.leaves_for(step) {
            *at = None;
        } else if at.is_none() {
            *at = match company {
                Company::Arranged => None,
                Company::Shared => Some(OnStage::Shared(self.0.read().await)),
                Company::Apart => Some(self.alone().await),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::step::{Deliver, QUIET};

    const PAUSE: Step = Step::Pause { percent: 120 };
    const SETTLE: Step = Step::Settle { quiet: QUIET };

    /// True if somebody with that company gets on the stage at once.
    fn enters(stage: &Stage, company: Company) -> bool {
        let push = Step::Deliver(Deliver::text("hello"));
        let mut at = None;
        let entering = stage.change(company, &push, &mut at).now_or_never();
        entering.is_some()
    }

    #[tokio::test]
    async fn who_lets_time_pass_leaves_the_stage_and_who_only_waits_for_effects_does_not_share_it_less()
     {
        let stage = Stage::default();
        let push = Step::Deliver(Deliver::text("hello"));
        for (company, step, is_left) in [
            (Company::Shared, &push, false),
            (Company::Shared, &SETTLE, false),
            (Company::Shared, &PAUSE, true),
            (Company::Apart, &push, false),
            (Company::Apart, &SETTLE, true),
        ] {
            let mut at = None;
            stage.change(company, &push, &mut at).await;
            assert_eq!(enters(&stage, Company::Shared), company == Company::Shared);
            stage.change(company, step, &mut at).await;
            assert_eq!(
                enters(&stage, Company::Apart),
                is_left,
                "{company:?} {step:?}"
            );
        }
    }

    #[tokio::test]
    async fn nobody_enters_beside_a_rule_that_is_alone() {
        let stage = Stage::default();
        let alone = stage.alone().await;
        assert!(enters(&stage, Company::Arranged));
        assert!(!enters(&stage, Company::Shared) && !enters(&stage, Company::Apart));
        drop(alone);
        assert!(enters(&stage, Company::Shared) && enters(&stage, Company::Apart));
    }
}
