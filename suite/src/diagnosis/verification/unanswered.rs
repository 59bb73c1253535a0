//! A right verification to which nothing comes: no server, or one that leaves it without an answer.

use futures_util::{future::join_all, join};
use wxcheck_mock_server::{Outcome, Silence};

use super::{Examiner, Verified};
use crate::diagnosis::{
    Certainty, Contact, FoundCause,
    echo::{both, values},
    hypothesis::{self, Ask, Hypothesis, forged},
    reaction::Reaction,
    silence::{in_chinese, of_silence},
};

impl Examiner<'_> {
    /// The reason that no server was reached.
    pub(super) async fn unreachable(&self, silence: &Silence) -> Verified {
        let url = self.prober.url();
        let mut sign = of_silence(silence, url);
        let host = url.host_str().unwrap_or_default();
        if *silence == Silence::Refused {
            // Node listens on ::1 alone where it is told `localhost`.
            let other = match host {
                "127.0.0.1" => Some("[::1]"),
                "[::1]" => Some("127.0.0.1"),
                _ => None,
            };
            if let Some(other) = other
                && self.prober.answers_at(other).await
            {
                let told = values([("other", other.to_owned()), ("address", host.to_owned())]);
                sign = Some(("other-loopback", told));
            }
        }
        let finding = sign.and_then(|sign| FoundCause::new(sign, Certainty::NoAnswer));
        Verified {
            findings: finding.into_iter().collect(),
            contact: Contact::None,
            ..Verified::default()
        }
    }

    /// A look at other requests where the right verification is not answered.
    pub(super) async fn unanswered(&self, silence: &Silence) -> Verified {
        let again = async {
            match self.right(1) {
                Some(shape) => self.prober.ask(&shape).await,
                None => Outcome::Silent(silence.clone()),
            }
        };
        let wrong = async {
            let mut shape = self.right(2);
            if let (Some(shape), Some(signature)) =
                (&mut shape, forged(self.known, &self.stamps[2]))
            {
                shape.query[0].1 = signature;
            }
            match shape {
                Some(shape) => self.prober.ask(&shape).await,
                None => Outcome::Silent(silence.clone()),
            }
        };
        let (again, wrong, visit) = join!(
            self.prober.soon(again),
            self.prober.soon(wrong),
            self.prober.soon(self.prober.visit()),
        );
        let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered(_));
        if answered(&again) {
            // It was asleep, or is slow.
            return Verified {
                is_right: Reaction::of(&again, Some(&self.stamps[1])).is_exact,
                ..Verified::default()
            };
        }
        if !answered(&wrong)
            && let Some(verified) = self.takes_another().await
        {
            return verified;
        }
        let limit = self.prober.player().profile().limit;
        let mut got = values([("limit", format!("{limit:?}"))]);
        both(&mut got, "got", &silence.to_string(), &in_chinese(silence));
        let (id, certainty) = match (answered(&wrong), answered(&visit)) {
            (true, _) => ("echo-silent", Certainty::Proven),
            (false, true) => ("get-silent", Certainty::NoAnswer),
            (false, false) => ("silent", Certainty::NoAnswer),
        };
        Verified {
            contact: if answered(&wrong) || answered(&visit) {
                Contact::Answers
            } else {
                Contact::Silent
            },
            refusal: Some(Reaction::of(&Outcome::Silent(silence.clone()), None)),
            findings: FoundCause::new((id, got), certainty).into_iter().collect(),
            ..Verified::default()
        }
    }

    /// The mistake of a handler that answers only what it takes, which is something else than the right signature: all
    /// usual ones are asked at once, since nothing else is answered.
    async fn takes_another(&self) -> Option<Verified> {
        let hypotheses = hypothesis::single();
        let places = self.prober.places();
        let asking = hypotheses
            .iter()
            .skip(1)
            .take(places)
            .map(async |hypothesis| self.is_echoed(hypothesis, 0).await.then_some(hypothesis));
        for hypothesis in join_all(asking).await.into_iter().flatten() {
            if self.is_echoed(hypothesis, 1).await && self.is_echoed(hypothesis, 2).await {
                let mut verified = match hypothesis.ask {
                    Ask::AnyAlias(name) => self.which_alias(name).await,
                    _ => self.proven(hypothesis),
                };
                let silence = Silence::NoAnswer {
                    limit: self.prober.player().profile().limit,
                };
                verified.refusal = Some(Reaction::of(&Outcome::Silent(silence), None));
                return Some(verified);
            }
        }
        None
    }

    async fn is_echoed(&self, hypothesis: &Hypothesis, at: usize) -> bool {
        let Some(shape) = hypothesis.ask.shape(self.known, &self.stamps[at]) else {
            return false;
        };
        let outcome = self.prober.soon(self.prober.ask(&shape)).await;
        Reaction::of(&outcome, Some(&self.stamps[at])).echoes
    }
}
