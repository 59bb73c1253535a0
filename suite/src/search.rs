//! Drawing cases from a rule's strategy, and shrinking a failing one.
//!
//! proptest has no async, so its value trees are driven by hand: that also lets the cases of a rule
//! be in flight together.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hasher},
    io,
};

use proptest::{
    strategy::{BoxedStrategy, Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use tokio::task::yield_now;

use crate::{
    bounds::REMEMBERED_DRAWS,
    identity::mix,
    reason::Reason,
    rule::{Cases, Combined},
    step::Scenario,
};

type Tree = Box<dyn ValueTree<Value = Scenario>>;

/// One case: a scenario, and how to make it smaller if it was drawn.
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    tree: Option<Tree>,
}

/// The cases of a rule, drawn one by one as they are asked for. The same seed and rule draw the same cases.
pub(crate) struct Supply {
    fixed: std::vec::IntoIter<Case>,
    draws: Option<Draws>,
    known: Known,
}

struct Draws {
    left: usize,
    strategy: BoxedStrategy<Scenario>,
    runner: TestRunner,
}

/// The outcome of one draw.
enum Draw {
    Case(Box<Case>),
    /// One that was drawn before.
    Same,
    /// There are no more.
    Over,
}

impl Supply {
    /// The cases of a rule. Of combined ones there are at most `most`.
    pub(crate) fn of(
        cases: Cases,
        seed: u64,
        rule: &str,
        wanted: Option<usize>,
        most: usize,
    ) -> Result<Self, Reason> {
        let (fixed, draws) = match cases {
            Cases::None(reason) => return Err(reason),
            Cases::Each(scenarios) => (as_they_are(scenarios), None),
            Cases::Drawn(fixed, usual, strategy) => {
                let left = wanted.unwrap_or(usual.min(most));
                (as_they_are(fixed), Some((left, strategy)))
            }
            Cases::Combined(combined, usual, strategy) => {
                let left = wanted.unwrap_or(usual.min(most));
                (chosen(combined, seed, most), Some((left, strategy)))
            }
        };
        Ok(Self {
            fixed: fixed.into_iter(),
            draws: draws.map(|(left, strategy)| Draws {
                left,
                strategy,
                runner: runner(seed, rule),
            }),
            known: Known::default(),
        })
    }

    /// The next case. Other tasks get their turn between two draws: a strategy that has few cases
    /// draws the same ones for a long time.
    pub(crate) async fn next(&mut self) -> Option<Result<Case, String>> {
        loop {
            match self.draw() {
                Ok(Draw::Case(case)) => return Some(Ok(*case)),
                Ok(Draw::Same) => yield_now().await,
                Ok(Draw::Over) => return None,
                Err(reason) => {
                    self.draws = None;
                    return Some(Err(reason));
                }
            }
        }
    }

    fn draw(&mut self) -> Result<Draw, String> {
        if let Some(case) = self.fixed.next() {
            self.known.is_new(&case.scenario);
            return Ok(Draw::Case(Box::new(case)));
        }
        let Some(draws) = self.draws.as_mut().filter(|draws| draws.left > 0) else {
            return Ok(Draw::Over);
        };
        draws.left -= 1;
        let tree = draws
            .strategy
            .new_tree(&mut draws.runner)
            .map_err(|reason| format!("no case could be drawn: {reason}"))?;
        let scenario = tree.current();
        Ok(if self.known.is_new(&scenario) {
            let tree = Some(tree);
            Draw::Case(Box::new(Case { scenario, tree }))
        } else {
            Draw::Same
        })
    }
}

fn as_they_are(scenarios: Vec<Scenario>) -> Vec<Case> {
    let case = |scenario| Case {
        scenario,
        tree: None,
    };
    scenarios.into_iter().map(case).collect()
}

/// The combined cases that there is time for.
fn chosen(combined: Vec<Combined>, seed: u64, most: usize) -> Vec<Case> {
    let (first, mut others): (Vec<Combined>, Vec<Combined>) =
        combined.into_iter().partition(|combined| combined.first);
    if first.len() + others.len() > most {
        // Another choice with each seed.
        others.sort_by_key(|combined| mix(seed ^ mix(combined.parts as u64)));
    }
    let chosen = first.into_iter().chain(others).take(most.max(1));
    let cases = chosen.map(|combined| {
        let tree = CombinedTree::new(combined);
        Case {
            scenario: tree.current(),
            tree: Some(Box::new(tree)),
        }
    });
    cases.collect()
}

/// The recent draws, by their hashes.
#[derive(Default)]
struct Known {
    hashes: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Known {
    /// True if a scenario is none of them; it is one from now on.
    fn is_new(&mut self, scenario: &Scenario) -> bool {
        let mut hashing = Hashing::default();
        // Nothing in a scenario can fail to become JSON, and hashing takes all there is.
        let _ = serde_json::to_writer(&mut hashing, scenario);
        let hash = hashing.0.finish();
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > REMEMBERED_DRAWS
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
        true
    }
}

/// A hash of what is written.
#[derive(Default)]
struct Hashing(DefaultHasher);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes parts away: half of them at first, then ever fewer at a time.
struct CombinedTree {
    combined: Combined,
    kept: Vec<bool>,
    before: Vec<bool>,
    /// The number of parts taken away at a time, and the place of the next.
    size: usize,
    at: usize,
}

impl CombinedTree {
    fn new(combined: Combined) -> Self {
        let kept = vec![true; combined.parts];
        Self {
            before: kept.clone(),
            size: combined.parts.div_ceil(2),
            at: 0,
            kept,
            combined,
        }
    }

    fn take_away(&mut self) -> bool {
        while self.size > 0 {
            let from = self.at.min(self.kept.len());
            let to = (from + self.size).min(self.kept.len());
            if from == to {
                self.at = 0;
                self.size /= 2;
                continue;
            }
            self.at = to;
            let mut fewer = self.kept.clone();
            fewer[from..to].fill(false);
            if fewer != self.kept && fewer.contains(&true) {
                self.before = std::mem::replace(&mut self.kept, fewer);
                return true;
            }
        }
        false
    }
}

impl ValueTree for CombinedTree {
    type Value = Scenario;

    fn current(&self) -> Scenario {
        (self.combined.build)(&self.kept)
    }

    fn simplify(&mut self) -> bool {
        self.take_away()
    }

    fn complicate(&mut self) -> bool {
        self.kept.clone_from(&self.before);
        self.take_away()
    }
}

impl Case {
    /// True if it was drawn, so that there may be smaller ones.
    pub(crate) const fn is_drawn(&self) -> bool {
        self.tree.is_some()
    }

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
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::reason::Unjudged;
    use crate::step::{Deliver, Step};

    fn texts() -> Cases {
        let scenario =
            "[a-z]{0,20}".prop_map(|text| Scenario::of([Step::Deliver(Deliver::text(text))]));
        Cases::Drawn(Vec::new(), 10, scenario.boxed())
    }

    fn cases(
        cases: Cases,
        seed: u64,
        rule: &str,
        wanted: Option<usize>,
        most: usize,
    ) -> Result<Vec<Case>, Reason> {
        let mut supply = Supply::of(cases, seed, rule, wanted, most)?;
        let mut drawn = Vec::new();
        loop {
            let next = supply.draw().map_err(|what| Unjudged::Fault { what })?;
            match next {
                Draw::Case(case) => drawn.push(*case),
                Draw::Same => {}
                Draw::Over => return Ok(drawn),
            }
        }
    }

    fn drawn(seed: u64) -> Vec<Scenario> {
        let cases = cases(texts(), seed, "area/rule", None, usize::MAX).unwrap();
        cases.into_iter().map(|case| case.scenario).collect()
    }

    #[test]
    fn what_was_drawn_before_is_left_out() {
        let few = (0..3_u8).prop_map(|letter| {
            Scenario::of([Step::Deliver(Deliver::text(
                char::from(b'a' + letter).to_string(),
            ))])
        });
        let known = Scenario::of([Step::Deliver(Deliver::text("a"))]);
        let drawn = Cases::Drawn(vec![known.clone()], 10, few.boxed());
        let cases = cases(drawn, 1, "area/rule", Some(20_000), usize::MAX).unwrap();
        assert_eq!(cases.len(), 3);
        assert_eq!(cases[0].scenario, known);
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let mut known = Known::default();
        let text = |n: usize| Scenario::of([Step::Deliver(Deliver::text(n.to_string()))]);
        for n in 0..REMEMBERED_DRAWS + 10 {
            assert!(known.is_new(&text(n)));
        }
        assert_eq!(known.hashes.len(), REMEMBERED_DRAWS);
        assert!(!known.is_new(&text(REMEMBERED_DRAWS)));
        assert!(known.is_new(&text(0)), "the oldest is forgotten");
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
        let mut case = cases(texts(), 3, "area/rule", Some(200), usize::MAX)
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

    fn combined(parts: usize) -> Combined {
        let build = |kept: &[bool]| {
            let text: String = kept
                .iter()
                .map(|kept| if *kept { 'x' } else { '.' })
                .collect();
            Scenario::of([Step::Deliver(Deliver::text(text))])
        };
        Combined {
            parts,
            first: false,
            build: Arc::new(build),
        }
    }

    #[test]
    fn a_combined_case_shrinks_to_the_part_that_matters() {
        for (parts, culprit) in [(1, 0), (2, 1), (7, 3), (40, 39)] {
            let strategy = Just(Scenario::default()).boxed();
            let combined = Cases::Combined(vec![combined(parts)], 0, strategy);
            let mut case = cases(combined, 1, "area/rule", None, 9).unwrap().remove(0);
            let text = |scenario: &Scenario| {
                let text = serde_json::to_string(scenario).unwrap();
                let from = text.find("text\":\"").unwrap() + 7;
                text[from..from + parts].to_owned()
            };
            let fails = |scenario: &Scenario| text(scenario).as_bytes()[culprit] == b'x';
            let (mut next, mut plays) = (case.simplify(), 0);
            while let Some(smaller) = next {
                plays += 1;
                next = if fails(&smaller) {
                    case.keep();
                    case.simplify()
                } else {
                    case.put_back()
                };
            }
            assert_eq!(text(&case.scenario).matches('x').count(), 1);
            assert!(
                fails(&case.scenario) && plays <= 24,
                "{parts}: {plays} plays"
            );
        }
    }

    #[test]
    fn where_there_is_no_time_for_all_the_first_are_kept() {
        let some = (1..30).map(|parts| Combined {
            first: parts == 17,
            ..combined(parts)
        });
        let strategy = Just(Scenario::default()).boxed();
        let combined = Cases::Combined(some.collect(), 5, strategy);
        let cases = cases(combined, 1, "a/b", None, 4).unwrap();
        assert!(cases.len() <= 8 && cases.len() >= 4);
        let first = serde_json::to_string(&cases[0].scenario).unwrap();
        assert!(first.contains(&"x".repeat(17)), "{first}");
    }
}
