//! The cases that are left out where a server is to be treated gently.

use super::Cases;
use crate::{
    reason::Unjudged,
    step::{Scenario, Step},
};

/// The length of a scenario, written out, that is too long, in bytes.
const LONG: usize = 32 * 1024;

impl Cases {
    /// The cases without those that send several requests at once, or a long one. Where some are left out, nothing is drawn: it
    /// could be like them.
    pub(super) fn gentle(self) -> Self {
        match self {
            Self::Each(scenarios) => kept(scenarios, None),
            Self::Drawn(fixed, usual, strategy) => kept(fixed, Some((usual, strategy))),
            Self::Combined(..) => none(),
            Self::None(reason) => Self::None(reason),
        }
    }
}

type Draws = (usize, proptest::strategy::BoxedStrategy<Scenario>);

fn kept(scenarios: Vec<Scenario>, draws: Option<Draws>) -> Cases {
    let before = scenarios.len();
    let all = scenarios.into_iter();
    let kept: Vec<Scenario> = all.filter(|scenario| !is_rough(scenario)).collect();
    match draws {
        _ if kept.is_empty() && before > 0 => none(),
        Some((usual, strategy)) if kept.len() == before => Cases::Drawn(kept, usual, strategy),
        _ => Cases::Each(kept),
    }
}

fn none() -> Cases {
    Cases::None(Unjudged::TooRough.into())
}

/// True if it sends several requests at once, or a very long one.
fn is_rough(scenario: &Scenario) -> bool {
    let is_crowd = |step: &Step| matches!(step, Step::Together(_));
    let is_long = || serde_json::to_string(scenario).is_ok_and(|text| text.len() > LONG);
    scenario.steps.iter().any(is_crowd) || is_long()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Deliver;

    #[test]
    fn a_crowd_and_a_long_push_are_left_out_and_a_rule_that_has_nothing_else_says_so() {
        let say = |text: &str| Step::Deliver(Deliver::text(text));
        let plain = Scenario::of([say("hello")]);
        let crowd = Scenario::of([Step::Together(vec![say("one"), say("two")])]);
        let long = Scenario::of([say(&"x".repeat(80 * 1024))]);
        let all = vec![plain.clone(), crowd.clone(), long.clone()];
        let left = Cases::Each(all).gentle();
        assert!(matches!(left, Cases::Each(kept) if kept == [plain]));
        let none = Cases::Each(vec![crowd, long]).gentle();
        assert!(matches!(none, Cases::None(reason) if reason.to_string().contains("gentle")));
    }
}
