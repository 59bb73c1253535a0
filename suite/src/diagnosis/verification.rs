//! The verification GET: what a server makes of the right one, beside one that must be refused.

mod refused;
mod unanswered;

use futures_util::join;
use wxcheck_mock_server::{Answer, Method, Outcome};

use super::{
    Certainty, Contact, FoundCause, SLOW,
    cause::Values,
    echo::{self, SPECIAL, Sign},
    hypothesis::{self, Ask, Hypothesis, Shape, forged},
    inquiry::Inquiry,
    known::Known,
    page::{self, Seen},
    prober::Prober,
    raised,
    reaction::Reaction,
    signing::{Signing, Stamp},
    silence::of_silence,
};

/// The outcome of the GET.
#[derive(Default)]
pub(super) struct Verified {
    pub(super) findings: Vec<FoundCause>,
    /// Wrong signatures are taken too.
    pub(super) takes_everything: bool,
    /// The right one gets the echostr.
    pub(super) is_right: bool,
    pub(super) contact: Contact,
    /// The signature that the server computes, where it is a wrong one.
    pub(super) signing: Option<Signing>,
    /// The answer to a GET without parameters: what a POST gets from the same handler.
    pub(super) bare: Option<Reaction>,
    /// The answer to a right GET that is not taken: a push that is answered alike meets the same mistake.
    pub(super) refusal: Option<Reaction>,
}

/// The answers beside which others are compared.
pub(super) struct Controls {
    right: Reaction,
    forged: [Reaction; 2],
    /// The answer to a GET without parameters, where there was time for one.
    visit: Option<Reaction>,
}

/// The server as it is known, and the means to ask it.
pub(super) struct Examiner<'a> {
    prober: &'a Prober<'a>,
    known: &'a Known,
    stamps: &'a [Stamp],
}

pub(super) async fn examine(prober: &Prober<'_>, known: &Known, stamps: &[Stamp]) -> Verified {
    let examiner = Examiner {
        prober,
        known,
        stamps,
    };
    let Some(right) = examiner.right(0) else {
        return Verified::default();
    };
    let first = prober.ask(&right).await;
    let answer = match &first {
        Outcome::Silent(silence) if silence.is_unreachable() => {
            return examiner.unreachable(silence).await;
        }
        Outcome::Silent(silence) if silence.is_time_out() => {
            return Box::pin(examiner.unanswered(silence)).await;
        }
        Outcome::Silent(silence) => {
            if let Some(sign) = of_silence(silence, prober.url()) {
                let finding = FoundCause::new(sign, Certainty::NoAnswer);
                return Verified {
                    findings: finding.into_iter().collect(),
                    contact: Contact::None,
                    ..Verified::default()
                };
            }
            None
        }
        Outcome::Answered(answer) => Some(answer),
    };
    let controls = examiner.controls(&first).await;
    examiner.compare(answer, &controls).await
}

impl Controls {
    /// True if a request was taken: it is answered otherwise than one that must be refused.
    fn takes(&self, reaction: &Reaction) -> bool {
        let [forged, other] = &self.forged;
        if reaction.echoes != forged.echoes {
            return reaction.echoes;
        }
        if reaction.status != forged.status {
            return !matches!(reaction.status, Some(429 | 502..=504));
        }
        // Pages that differ by themselves tell nothing.
        forged.form == other.form && reaction.form != forged.form
    }
}

impl Examiner<'_> {
    /// True if a request was taken. A POST is answered otherwise by itself, so that only the echostr counts.
    fn is_taken(controls: &Controls, shape: &Shape, reaction: &Reaction) -> bool {
        match shape.method {
            Method::Get => controls.takes(reaction),
            Method::Post => reaction.echoes,
        }
    }

    /// The right verification with the values of that place.
    fn right(&self, at: usize) -> Option<Shape> {
        Ask::Sign(Signing::default()).shape(self.known, self.stamps.get(at)?)
    }

    /// The answers beside which others are compared. A slow server is asked for one only.
    async fn controls(&self, first: &Outcome) -> Controls {
        let right = Reaction::of(first, Some(&self.stamps[0]));
        if self.prober.slowest() >= SLOW {
            let forged = self.forged(0).await;
            self.prober.leave_the_rest();
            return Controls {
                right,
                forged: [forged.clone(), forged],
                visit: None,
            };
        }
        // A handler that leaves wrong signatures unanswered is not waited for long, nor twice.
        let (one, other, visit) = join!(
            self.forged(0),
            self.forged(1),
            self.prober.soon(self.prober.visit()),
        );
        Controls {
            right,
            forged: [one, other],
            visit: Some(Reaction::of(&visit, None)),
        }
    }

    async fn forged(&self, at: usize) -> Reaction {
        let stamp = &self.stamps[at];
        let mut shape = self.right(at);
        if let (Some(shape), Some(signature)) = (&mut shape, forged(self.known, stamp)) {
            shape.query[0].1 = signature;
        }
        match shape {
            Some(shape) => {
                let outcome = self.prober.soon(self.prober.ask(&shape)).await;
                Reaction::of(&outcome, Some(stamp))
            }
            None => Reaction::of(&self.prober.visit().await, None),
        }
    }

    async fn reaction(&self, shape: &Shape, at: usize) -> (Outcome, Reaction) {
        let outcome = self.prober.ask(shape).await;
        let reaction = Reaction::of(&outcome, Some(&self.stamps[at]));
        (outcome, reaction)
    }

    async fn compare(&self, answer: Option<&Answer>, controls: &Controls) -> Verified {
        let (right, forged) = (&controls.right, &controls.forged[0]);
        let bare = controls.visit.clone();
        if forged.echoes && right.echoes {
            // Nothing is told of signatures where all are taken.
            let mut sign = answer.and_then(|answer| self.echo_sign(answer, 0));
            if sign.is_none() {
                sign = self.special().await;
            }
            let finding = sign.and_then(|sign| FoundCause::new(sign, Certainty::Seen));
            return Verified {
                is_right: finding.is_none(),
                findings: finding.into_iter().collect(),
                takes_everything: true,
                bare,
                ..Verified::default()
            };
        }
        if forged.echoes {
            let finding = FoundCause::new(("signature-inverted", Values::new()), Certainty::Proven);
            return Verified {
                findings: finding.into_iter().collect(),
                refusal: Some(controls.right.clone()),
                bare,
                ..Verified::default()
            };
        }
        let mut verified = match answer {
            Some(_) if right.is_exact => self.look_closer(controls).await,
            Some(answer) if controls.takes(right) => self.taken(answer, controls).await,
            answer => Verified {
                refusal: Some(controls.right.clone()),
                ..self.refused(answer, controls).await
            },
        };
        verified.bare = bare;
        verified
    }

    /// The mistake in the echo of an answer to the request of that place.
    fn echo_sign(&self, answer: &Answer, at: usize) -> Option<Sign> {
        let stamp = &self.stamps[at];
        let signature = Signing::default()
            .sign(self.known, stamp)
            .unwrap_or_default();
        echo::of_answer(answer.status, &answer.body, stamp, &signature)
    }

    /// The right verification gets the echostr: whether it does with every nonce and every echostr.
    async fn look_closer(&self, controls: &Controls) -> Verified {
        let mut inquiry = Inquiry::new(self.known, self.stamps, hypothesis::single());
        if let Some(shape) = self.right(0) {
            let asked = super::inquiry::Question { at: 0, shape };
            inquiry.note(&asked, true);
        }
        while let Some(question) = inquiry.next()
            && self.prober.has_room(1)
        {
            let (_, reaction) = self.reaction(&question.shape, question.at).await;
            inquiry.note(
                &question,
                Self::is_taken(controls, &question.shape, &reaction),
            );
        }
        let mut verified = match inquiry.proven() {
            Some((hypothesis, _)) if !hypothesis.causes.is_empty() => self.proven(hypothesis),
            _ => Verified {
                is_right: true,
                ..Verified::default()
            },
        };
        if let Some(sign) = self.special().await {
            verified
                .findings
                .extend(FoundCause::new(sign, Certainty::Proven));
            verified.is_right = false;
        }
        if verified.findings.is_empty()
            && let Some(finding) = self.own_clock(controls).await
        {
            verified.findings.push(finding);
            verified.is_right = false;
        }
        verified
    }

    /// A query is decoded once and comes back unescaped: seen twice.
    async fn special(&self) -> Option<Sign> {
        let mut signs = Vec::new();
        if !self.prober.has_room(2) {
            return None;
        }
        for at in [1, 2] {
            let stamp = Stamp {
                echostr: SPECIAL.to_owned(),
                ..self.stamps.get(at)?.clone()
            };
            let shape = Ask::Sign(Signing::default()).shape(self.known, &stamp)?;
            let Outcome::Answered(answer) = self.prober.ask(&shape).await else {
                return None;
            };
            signs.push(echo::of_special(&answer.body)?);
        }
        signs.pop()
    }

    /// A server that signs its own time takes an old timestamp with the signature of the present, and not with its own.
    async fn own_clock(&self, controls: &Controls) -> Option<FoundCause> {
        if !self.prober.has_room(1) {
            return None;
        }
        let stamp = self.stamps.get(3)?;
        let now: u64 = stamp.timestamp.parse().ok()?;
        let old = Stamp {
            timestamp: now.saturating_sub(700).to_string(),
            ..stamp.clone()
        };
        let shape = Ask::Sign(Signing::default()).shape(self.known, &old)?;
        if self.reaction(&shape, 3).await.1.is_exact {
            return None;
        }
        for at in [3, 4] {
            let mut is_taken = false;
            for ahead in 0..4 {
                if !self.prober.has_room(1) {
                    return None;
                }
                let shape = Ask::OwnClock(ahead).shape(self.known, self.stamps.get(at)?)?;
                let (_, reaction) = self.reaction(&shape, at).await;
                if controls.takes(&reaction) {
                    is_taken = true;
                    break;
                }
            }
            if !is_taken {
                return None;
            }
        }
        FoundCause::new(("timestamp-own-clock", Values::new()), Certainty::Proven)
    }

    /// The signature is right to this server, and what comes back is not the echostr.
    async fn taken(&self, answer: &Answer, controls: &Controls) -> Verified {
        let (sign, certainty) = self.behind_a_right_signature(answer, controls).await;
        let finding = sign.and_then(|sign| FoundCause::new(sign, certainty));
        Verified {
            findings: finding.into_iter().collect(),
            ..Verified::default()
        }
    }

    async fn behind_a_right_signature(
        &self,
        answer: &Answer,
        controls: &Controls,
    ) -> (Option<Sign>, Certainty) {
        if (300..400).contains(&answer.status) {
            return (self.failure(answer), Certainty::Seen);
        }
        // An echostr under another name is not found, whatever that leads to.
        let seems_lost = answer.body.is_empty() || answer.status >= 400 || !controls.right.echoes;
        if seems_lost && let Some(sign) = self.alias_of("echostr").await {
            return (Some(sign), Certainty::Proven);
        }
        let sign = self.echo_sign(answer, 0).or_else(|| self.failure(answer));
        let Some((id, told)) = sign else {
            return (None, Certainty::Seen);
        };
        // The same on another nonce.
        let again = match self.right(1).filter(|_| self.prober.has_room(1)) {
            Some(shape) => self.prober.ask(&shape).await,
            None => return (Some((id, told)), Certainty::Seen),
        };
        let same = match &again {
            Outcome::Answered(answer) => {
                let sign = self.echo_sign(answer, 1).or_else(|| self.failure(answer));
                sign.is_some_and(|(other, _)| other == id)
            }
            Outcome::Silent(_) => false,
        };
        let certainty = if same {
            Certainty::Proven
        } else {
            Certainty::Seen
        };
        (Some((id, told)), certainty)
    }

    /// A failure of the branch that should echo.
    fn failure(&self, answer: &Answer) -> Option<Sign> {
        let body = String::from_utf8_lossy(&answer.body);
        if let Some(raised) = raised::find(&body) {
            return Some(("raised", raised.values(false)));
        }
        let seen = Seen {
            is_push: false,
            url: self.prober.url(),
            answer,
        };
        seen.sign().or_else(|| {
            (answer.status >= 400).then(|| ("raised-after-comparing", page::got(answer)))
        })
    }

    /// The name under which the server looks for a parameter, where it is another than WeChat's.
    async fn alias_of(&self, name: &'static str) -> Option<Sign> {
        let any = Ask::AnyAlias(name).shape(self.known, self.stamps.first()?)?;
        if !self.prober.has_room(1) || !self.reaction(&any, 0).await.1.echoes {
            return None;
        }
        for hypothesis in hypothesis::aliases_of(name) {
            let mut hits = 0;
            for at in [0, 1] {
                let shape = hypothesis.ask.shape(self.known, &self.stamps[at])?;
                if self.reaction(&shape, at).await.1.echoes {
                    hits += 1;
                } else {
                    break;
                }
            }
            if hits == 2 {
                return hypothesis.causes.into_iter().next();
            }
        }
        None
    }

    /// The findings of a proven hypothesis.
    fn proven(&self, hypothesis: &Hypothesis) -> Verified {
        let curl = match hypothesis.ask {
            Ask::Sign(signing) => super::shell::curl(self.prober.url(), signing),
            _ => None,
        };
        let findings = hypothesis.causes.iter().filter_map(|(id, values)| {
            let finding = FoundCause::new((id, values.clone()), Certainty::Proven)?;
            Some(FoundCause {
                curl: curl.clone(),
                ..finding
            })
        });
        Verified {
            findings: findings.collect(),
            signing: match hypothesis.ask {
                Ask::Sign(signing) => Some(signing),
                _ => None,
            },
            ..Verified::default()
        }
    }
}
