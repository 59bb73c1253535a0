//! The choice of the next hypothesis to try, and the proof of one: pure. Every answer tells something of all hypotheses that predict the
//! same request.

use super::{
    hypothesis::{Hypothesis, Shape},
    known::Known,
    signing::Stamp,
};

/// A hypothesis is proven when it was taken so often, each time with another nonce.
const PROVING: usize = 2;

/// Hypotheses under trial.
pub(super) struct Inquiry {
    /// The number of stamps.
    stamps: usize,
    trials: Vec<Trial>,
}

struct Trial {
    hypothesis: Hypothesis,
    /// The request that it predicts to be taken, for each stamp.
    shapes: Vec<Option<Shape>>,
    /// For each stamp, the answer so far.
    taken: Vec<Option<bool>>,
    is_alive: bool,
}

/// The next request, with the place of its stamp.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) at: usize,
    pub(super) shape: Shape,
}

impl Inquiry {
    /// An inquiry into those hypotheses, in their order.
    pub(super) fn new(known: &Known, stamps: &[Stamp], all: Vec<Hypothesis>) -> Self {
        let trials = all.into_iter().map(|hypothesis| Trial {
            shapes: stamps
                .iter()
                .map(|stamp| hypothesis.ask.shape(known, stamp))
                .collect(),
            hypothesis,
            taken: vec![None; stamps.len()],
            is_alive: true,
        });
        Self {
            stamps: stamps.len(),
            trials: trials.collect(),
        }
    }

    /// The next request to send; nothing where one hypothesis is proven, or none is left.
    pub(super) fn next(&self) -> Option<Question> {
        let hopeful: Vec<usize> = self.with_hits(1).collect();
        if let [first, rest @ ..] = hopeful.as_slice() {
            return self.telling_apart(*first, rest);
        }
        let untried = |trial: &Trial| trial.is_alive && trial.taken.iter().all(Option::is_none);
        let mut places = 0..self.trials.len();
        places.find_map(|place| {
            let trial = &self.trials[place];
            untried(trial).then(|| self.question(place, 0)).flatten()
        })
    }

    /// Notes the answer to a question.
    pub(super) fn note(&mut self, question: &Question, was_taken: bool) {
        for place in 0..self.trials.len() {
            let Some(own) = self.shape(place, question.at) else {
                continue;
            };
            let same = *own == question.shape;
            let trial = &mut self.trials[place];
            if same {
                trial.taken[question.at] = Some(was_taken);
            }
            // A server that takes one request takes no other with those values.
            if same != was_taken {
                trial.is_alive = false;
            }
        }
    }

    /// The hypothesis that is proven, with a request that is taken.
    pub(super) fn proven(&self) -> Option<(&Hypothesis, Question)> {
        let place = self.with_hits(PROVING).next()?;
        let at = self.trials[place]
            .taken
            .iter()
            .position(|taken| *taken == Some(true))?;
        Some((&self.trials[place].hypothesis, self.question(place, at)?))
    }

    /// The number of hypotheses that were tried.
    pub(super) fn tried(&self) -> usize {
        let tried = |trial: &&Trial| !trial.is_alive || trial.taken.iter().any(Option::is_some);
        self.trials.iter().filter(tried).count()
    }

    /// Hypotheses that were taken so often and never refused.
    fn with_hits(&self, least: usize) -> impl Iterator<Item = usize> {
        let hits = move |trial: &Trial| {
            let hits = trial
                .taken
                .iter()
                .filter(|taken| **taken == Some(true))
                .count();
            trial.is_alive && hits >= least
        };
        (0..self.trials.len()).filter(move |place| hits(&self.trials[*place]))
    }

    /// A further request of the first hypothesis: with the stamp that tells it from most of the others.
    fn telling_apart(&self, first: usize, others: &[usize]) -> Option<Question> {
        let open = (0..self.stamps).filter(|at| self.trials[first].taken[*at].is_none());
        let differing = |at: usize| {
            let own = self.shape(first, at);
            others
                .iter()
                .filter(|other| self.shape(**other, at) != own)
                .count()
        };
        // The earliest of those that tell most apart.
        let best = open.rev().max_by_key(|at| differing(*at))?;
        let is_proven = self.with_hits(PROVING).any(|place| place == first);
        (!is_proven || differing(best) > 0)
            .then(|| self.question(first, best))
            .flatten()
    }

    fn question(&self, place: usize, at: usize) -> Option<Question> {
        let shape = self.shape(place, at)?.clone();
        Some(Question { at, shape })
    }

    fn shape(&self, place: usize, at: usize) -> Option<&Shape> {
        self.trials[place].shapes.get(at)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{hypothesis, stamps};

    fn known() -> Known {
        Known {
            appid: Some("wx0123456789abcdef".into()),
            secret: Some("secret".into()),
            aes_key: Some("key".into()),
            ..Known::of_token("myOwnToken")
        }
    }

    /// The causes that an inquiry finds of a server with that mistake, and the number of requests it takes.
    fn found(actual: &Hypothesis) -> (Vec<&'static str>, usize) {
        let known = known();
        let stamps = stamps(1_795_000_000, 7);
        let mut inquiry = Inquiry::new(&known, &stamps, hypothesis::single());
        let mut requests = 0;
        while let Some(question) = inquiry.next() {
            requests += 1;
            let taken =
                actual.ask.shape(&known, &stamps[question.at]) == Some(question.shape.clone());
            inquiry.note(&question, taken);
        }
        let found = inquiry
            .proven()
            .map(|(hypothesis, _)| hypothesis.causes.iter().map(|(id, _)| *id).collect());
        (found.unwrap_or_default(), requests)
    }

    #[test]
    fn every_single_mistake_is_found_and_told_from_all_others() {
        for actual in hypothesis::single() {
            // Which of several names it is, is asked behind the inquiry.
            if actual
                .ask
                .shape(&known(), &stamps(1_795_000_000, 7)[0])
                .is_none()
            {
                continue;
            }
            let causes: Vec<&str> = actual.causes.iter().map(|(id, _)| *id).collect();
            let (found, _) = found(&actual);
            assert_eq!(found, causes, "{actual:?}");
        }
    }

    #[test]
    fn a_right_server_costs_three_requests() {
        let right = hypothesis::single().remove(0);
        assert_eq!(found(&right), (Vec::new(), 3));
    }
}
