//! Drawing cases from a rule's strategy, and shrinking a failing one.
//!
//! proptest has no async, so its value trees are driven by hand: that also lets the cases of a rule
//! be in flight together.

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{identity::mix, rule::Cases, step::Scenario};

type Tree = Box<dyn ValueTree<Value = Scenario>>;

/// One case: a scenario, and how to make it smaller if it was drawn.
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    tree: Option<Tree>,
}

/// The cases of a rule. The same seed and rule draw the same cases.
pub(crate) fn cases(
    cases: Cases,
    seed: u64,
    rule: &str,
    wanted: Option<usize>,
) -> Result<Vec<Case>, String> {
    match cases {
        Cases::None(reason) => Err(reason),
        Cases::Each(scenarios) => Ok(scenarios
            .into_iter()
            .map(|scenario| Case {
                scenario,
                tree: None,
            })
            .collect()),
        Cases::Drawn(fixed, usual, strategy) => {
            let mut runner = runner(seed, rule);
            let fixed = fixed.into_iter().map(|scenario| Case {
                scenario,
                tree: None,
            });
            let mut drawn: Vec<Case> = fixed.collect();
            for _ in 0..wanted.unwrap_or(usual) {
                let tree = strategy
                    .new_tree(&mut runner)
                    .map_err(|reason| format!("no case could be drawn: {reason}"))?;
                let scenario = tree.current();
                if drawn.iter().all(|case| case.scenario != scenario) {
                    drawn.push(Case {
                        scenario,
                        tree: Some(tree),
                    });
                }
            }
            Ok(drawn)
        }
    }
}

impl Case {
    /// The next smaller scenario to try; `None` when there is none. Must be followed by [`Self::keep`]
    /// or [`Self::put_back`].
    pub(crate) fn simplify(&mut self) -> Option<Scenario> {
        let tree = self.tree.as_mut()?;
        tree.simplify().then(|| tree.current())
    }

    /// The smaller scenario fails as well: go on from it.
    pub(crate) fn keep(&mut self) {
        if let Some(tree) = &self.tree {
            self.scenario = tree.current();
        }
    }

    /// The smaller scenario passes: try one between. `None` when there is none.
    pub(crate) fn put_back(&mut self) -> Option<Scenario> {
        let tree = self.tree.as_mut()?;
        tree.complicate().then(|| tree.current())
    }
}

fn runner(seed: u64, rule: &str) -> TestRunner {
    let mut state = rule
        .bytes()
        .fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)));
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        state = mix(state);
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::step::{Deliver, Step};

    fn texts() -> Cases {
        let scenario =
            "[a-z]{0,20}".prop_map(|text| Scenario::of([Step::Deliver(Deliver::text(text))]));
        Cases::Drawn(Vec::new(), 10, scenario.boxed())
    }

    fn drawn(seed: u64) -> Vec<Scenario> {
        let cases = cases(texts(), seed, "area/rule", None).unwrap();
        cases.into_iter().map(|case| case.scenario).collect()
    }

    #[test]
    fn a_seed_repeats_its_cases() {
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn a_failing_case_shrinks_to_its_core() {
        let text = |scenario: &Scenario| serde_json::to_string(scenario).unwrap();
        let holds_e = |scenario: &Scenario| {
            text(scenario).contains("e\"") || text(scenario).matches('e').count() > 40
        };
        let mut case = cases(texts(), 3, "area/rule", Some(200))
            .unwrap()
            .into_iter()
            .find(|case| holds_e(&case.scenario) && text(&case.scenario).len() > 150)
            .unwrap();
        let mut next = case.simplify();
        while let Some(smaller) = next {
            next = if holds_e(&smaller) {
                case.keep();
                case.simplify()
            } else {
                case.put_back()
            };
        }
        assert!(holds_e(&case.scenario), "shrinking keeps what fails");
    }
}
