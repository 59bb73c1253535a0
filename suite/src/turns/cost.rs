//! The time that a rule takes with this server, roughly: enough to say which come first where there is not time for all.

use std::time::Duration;

use crate::{
    judging::Judging,
    profile::Channel,
    rule::{Cases, Rule, Turn},
    step::{Scenario, Step},
};

/// The pushes of a combined case: the one as it is, and three with changes.
const PUSHES_OF_A_COMBINED_CASE: u32 = 4;

/// The cost of a rule.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Cost {
    pub(super) time: Duration,
    /// The number of requests in its cases, draws aside: it decides among those that take no time.
    pub(super) requests: usize,
    /// True if it sends pushes, which a server may work on for long.
    pub(super) pushes: bool,
}

/// The prices of steps: pushes and verifications are answered at their own paces.
pub(super) struct Prices {
    pub(super) push: Duration,
    pub(super) verification: Duration,
    /// The wait for effects, the quiet behind them aside.
    pub(super) effects: Duration,
    pub(super) limit: Duration,
    pub(super) at_once: u32,
}

impl Prices {
    pub(super) fn of(judging: &Judging<'_>, at_once: u32) -> Self {
        let player = judging.player;
        let profile = player.profile();
        let lags = match profile.channel {
            Channel::None => 0,
            // Effects, and then as long without any.
            Channel::Api | Channel::Page => 2,
        };
        Self {
            push: judging.observed.latency,
            verification: judging.observed.echo_latency,
            effects: player.effect_lag() * lags,
            limit: profile.limit,
            at_once,
        }
    }

    /// The cost of a rule with these cases.
    pub(super) fn cost(&self, rule: &Rule, cases: &Cases, most: usize) -> Cost {
        let all = |scenarios: &[Scenario]| {
            let costs = scenarios.iter().map(|scenario| self.of_scenario(scenario));
            costs.fold(Cost::default(), Cost::and)
        };
        let mut cost = match cases {
            Cases::Each(scenarios) | Cases::Drawn(scenarios, ..) => all(scenarios),
            Cases::Combined(combined, ..) => {
                let cases = u32::try_from(combined.len().min(most)).unwrap_or(u32::MAX);
                Cost {
                    time: self.push * cases.saturating_mul(PUSHES_OF_A_COMBINED_CASE),
                    requests: combined.len(),
                    pushes: true,
                }
            }
            Cases::None(_) => Cost::default(),
        };
        // Cases of these are played one after the other.
        if !matches!(rule.turn, Turn::Disturbing | Turn::Last) {
            cost.time /= self.at_once;
        }
        cost
    }

    fn of_scenario(&self, scenario: &Scenario) -> Cost {
        let steps = scenario.steps.iter().map(|step| self.of_step(step));
        steps.fold(Cost::default(), Cost::and)
    }

    fn of_step(&self, step: &Step) -> Cost {
        let asking = |time| Cost {
            time,
            requests: 1,
            pushes: false,
        };
        match step {
            Step::Verify(_) | Step::Visit => asking(self.verification),
            Step::Deliver(_) | Step::Redeliver { .. } => Cost {
                pushes: true,
                ..asking(self.push)
            },
            Step::Together(steps) => {
                let steps = steps.iter().map(|step| self.of_step(step));
                steps.fold(Cost::default(), Cost::and)
            }
            Step::AwaitFetch { quiet } => asking(Duration::from_millis(*quiet)),
            Step::Settle { quiet } => asking(self.effects + Duration::from_millis(*quiet)),
            Step::Pause { percent } => asking(self.limit * *percent / 100),
            Step::Fetch(_) | Step::Inspect(_) | Step::Api(_) => asking(Duration::ZERO),
        }
    }
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            time: self.time + other.time,
            requests: self.requests + other.requests,
            pushes: self.pushes || other.pushes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rule::RuleId,
        rules,
        step::{Deliver, QUIET, Verify},
    };

    #[test]
    fn a_get_costs_little_where_only_pushes_are_slow() {
        let prices = Prices {
            push: Duration::from_secs(4),
            verification: Duration::from_millis(4),
            effects: Duration::from_secs(6),
            limit: Duration::from_secs(5),
            at_once: 1,
        };
        let rule = rules::all()
            .find(|rule| rule.id == RuleId::RIGHT_USER)
            .unwrap();
        let cost = |steps: Vec<Step>| {
            prices.cost(rule, &Cases::Each(vec![Scenario::of(steps)]), usize::MAX)
        };
        let get = cost(vec![Step::Verify(Verify::of("echo"))]);
        let push = cost(vec![Step::Deliver(Deliver::text("hello"))]);
        assert!(!get.pushes && push.pushes);
        assert_eq!(push.time, Duration::from_secs(4));
        let settled = cost(vec![
            Step::Deliver(Deliver::text("hello")),
            Step::Settle { quiet: QUIET },
        ]);
        assert!(get < push && push < settled);
        assert!(settled.time > Duration::from_secs(10));
    }
}
