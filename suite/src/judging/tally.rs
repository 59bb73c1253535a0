//! The outcome of a rule's cases, gathered as they end. They end in any order; what counts is the order in which they
//! were drawn, so that the same seed shows the same finding.

use crate::{
    absence,
    finding::{Finding, Judgement, Miss, Nature},
    keeping::cut_after_judging,
    reason::Reason,
    search::Case,
    transcript::Transcript,
};

/// The outcome of one case.
pub(super) enum Played {
    Judged(Judgement, Box<Transcript>),
    /// The server has gone.
    Omitted,
    /// Our own fault.
    Broken(String),
}

/// The first case of its kind.
pub(super) struct First {
    place: usize,
    pub(super) case: Case,
    pub(super) finding: Finding,
    pub(super) transcript: Box<Transcript>,
}

/// The outcome of all cases.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) worst: Option<First>,
    pub(super) doubtful: Option<First>,
    pub(super) remark: Option<First>,
    pub(super) unclear: Option<(usize, Reason)>,
    pub(super) not_applicable: Option<(usize, Reason)>,
    /// Our own fault, which ended the rule before its verdict.
    pub(super) broken_off: Option<(usize, String)>,
    pub(super) broken: Broken,
    pub(super) doubted: Broken,
    pub(super) passed: usize,
    /// True if a request was left unanswered.
    pub(super) silent: bool,
    /// True if a case that did not pass lacks something that may only have been late.
    pub(super) lacking: bool,
    /// Cases that were not tried, since the server had gone.
    pub(super) omitted: bool,
}

impl Tally {
    /// Takes the case at that place in.
    pub(super) fn take(&mut self, place: usize, case: Case, played: Played) {
        match played {
            Played::Judged(judgement, transcript) => {
                self.judged(place, case, judgement, transcript);
            }
            Played::Omitted => self.omitted = true,
            Played::Broken(what) => earliest(&mut self.broken_off, place, what),
        }
    }

    fn judged(
        &mut self,
        place: usize,
        case: Case,
        judgement: Judgement,
        mut transcript: Box<Transcript>,
    ) {
        self.silent |= absence::left_unanswered(&transcript);
        self.lacking |= judgement.is_err() && absence::lacks_something(&transcript);
        cut_after_judging(&mut transcript);
        let Err(miss) = judgement else {
            self.passed += 1;
            return;
        };
        let (finding, first, broken) = match miss {
            Miss::Found(finding) => (finding, &mut self.worst, &mut self.broken),
            Miss::Doubtful(finding) => (finding, &mut self.doubtful, &mut self.doubted),
            Miss::Remark(finding) => (finding, &mut self.remark, &mut self.doubted),
            Miss::Inconclusive(reason) => return earliest(&mut self.unclear, place, reason),
            Miss::NotApplicable(reason) => {
                return earliest(&mut self.not_applicable, place, reason);
            }
        };
        broken.note(place, &finding);
        // What only time decided must not hide what cannot be late.
        let rank = |place: usize, finding: &Finding| (finding.nature == Nature::Timing, place);
        if first
            .as_ref()
            .is_none_or(|first| rank(place, &finding) < rank(first.place, &first.finding))
        {
            *first = Some(First {
                place,
                case,
                finding,
                transcript,
            });
        }
    }
}

/// Keeps what belongs to the case that was drawn first.
fn earliest<T>(known: &mut Option<(usize, T)>, place: usize, found: T) {
    if known.as_ref().is_none_or(|(before, _)| place < *before) {
        *known = Some((place, found));
    }
}

/// The claims that some case broke, and the pushes concerned, each with the first case that did.
#[derive(Default)]
pub(super) struct Broken {
    claims: Vec<(usize, &'static str)>,
    subjects: Vec<(usize, String)>,
}

impl Broken {
    fn note(&mut self, place: usize, finding: &Finding) {
        match self
            .claims
            .iter_mut()
            .find(|(_, claim)| *claim == finding.claim)
        {
            Some((first, _)) => *first = place.min(*first),
            None => self.claims.push((place, finding.claim)),
        }
        let Some(subject) = &finding.subject else {
            return;
        };
        match self
            .subjects
            .iter_mut()
            .find(|(_, known)| **known == **subject)
        {
            Some((first, _)) => *first = place.min(*first),
            None => self.subjects.push((place, subject.to_string())),
        }
    }

    /// The claims and the pushes in the order of the cases.
    pub(super) fn in_order(self) -> (Vec<&'static str>, Vec<String>) {
        (ordered(self.claims), ordered(self.subjects))
    }
}

fn ordered<T>(mut noted: Vec<(usize, T)>) -> Vec<T> {
    noted.sort_by_key(|(place, _)| *place);
    noted.into_iter().map(|(_, noted)| noted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, push, transcript};
    use crate::{
        rule::Cases,
        search::Supply,
        step::{Deliver, Scenario, Step},
    };

    async fn cases() -> Vec<Case> {
        let texts = ["a", "b", "c"];
        let steps = texts.map(|text| Scenario::of([Step::Deliver(Deliver::text(text))]));
        let all = Cases::Each(steps.to_vec());
        let mut supply = Supply::of(all, 1, "a/b", None, usize::MAX).unwrap();
        let mut cases = Vec::new();
        while let Some(case) = supply.next().await {
            cases.push(case.unwrap());
        }
        cases
    }

    fn found(claim: &'static str) -> Played {
        let seen = transcript(vec![push("x", answered(200, &"y".repeat(100_000)))]);
        Played::Judged(Finding::new(claim, 0, "", "").found(), Box::new(seen))
    }

    #[tokio::test]
    async fn the_case_that_was_drawn_first_counts_whichever_ends_first() {
        let mut tally = Tally::default();
        let all = cases().await.into_iter().enumerate().collect::<Vec<_>>();
        for ((place, case), claim) in all.into_iter().rev().zip(["third", "second", "first"]) {
            tally.take(place, case, found(claim));
        }
        let worst = tally.worst.unwrap();
        assert_eq!((worst.place, worst.finding.claim), (0, "first"));
        assert_eq!(tally.broken.in_order().0, ["first", "second", "third"]);
        let kept = worst.transcript.entries[0].answer().unwrap().body.len();
        assert!(kept <= 4096, "an excerpt is kept: {kept}");
    }
}
