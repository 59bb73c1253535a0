//! The verification GET: what a server makes of the right one, beside one that nobody may take.

mod refused;

use std::time::Duration;

use futures_util::join;
use wxcheck_mock_server::{Answer, Method, Outcome, Silence};

use super::{
    Certainty, FoundCause,
    cause::Values,
    echo::{self, SPECIAL, Sign, values},
    hypothesis::{self, Ask, Hypothesis, Shape, forged},
    inquiry::Inquiry,
    known::Known,
    page::{self, Seen},
    prober::Prober,
    raised,
    reaction::Reaction,
    signing::{Signing, Stamp},
};

/// The limit of further requests once an answer did not come, so that silence is reported within ten seconds.
const SECOND_LOOK: Duration = Duration::from_secs(3);

/// The outcome of the GET.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and any may come with any other"
)]
pub(super) struct Verified {
    pub(super) findings: Vec<FoundCause>,
    /// Wrong signatures are taken too.
    pub(super) takes_everything: bool,
    /// The right one gets the echostr.
    pub(super) is_right: bool,
    pub(super) is_unreachable: bool,
    /// Nothing is answered at all.
    pub(super) is_silent: bool,
    /// The signature that the server computes, where it is a wrong one.
    pub(super) signing: Option<Signing>,
    /// The answer to a right GET without the echostr's code having run: what a POST gets from the same handler.
    pub(super) bare: Option<Reaction>,
}

/// The answers beside which others are compared.
pub(super) struct Controls {
    right: Reaction,
    forged: [Reaction; 2],
    visit: Reaction,
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
            if let Some(sign) = page::of_silence(silence, prober.url()) {
                let findings = FoundCause::new(sign, Certainty::Seen).into_iter().collect();
                return Verified {
                    findings,
                    is_unreachable: true,
                    ..Verified::default()
                };
            }
            None
        }
        Outcome::Answered(answer) => Some(answer),
    };
    let controls = Controls {
        right: Reaction::of(&first, Some(&stamps[0])),
        forged: [examiner.forged(0).await, examiner.forged(1).await],
        visit: Reaction::of(&prober.visit().await, None),
    };
    examiner.compare(answer, &controls).await
}

impl Controls {
    /// True if a request was taken: it is answered otherwise than one that nobody may take.
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

    async fn forged(&self, at: usize) -> Reaction {
        let stamp = &self.stamps[at];
        let mut shape = self.right(at);
        if let (Some(shape), Some(signature)) = (&mut shape, forged(self.known, stamp)) {
            shape.query[0].1 = signature;
        }
        match shape {
            Some(shape) => Reaction::of(&self.prober.ask(&shape).await, Some(stamp)),
            None => Reaction::of(&self.prober.visit().await, None),
        }
    }

    async fn reaction(&self, shape: &Shape, at: usize) -> (Outcome, Reaction) {
        let outcome = self.prober.ask(shape).await;
        let reaction = Reaction::of(&outcome, Some(&self.stamps[at]));
        (outcome, reaction)
    }

    /// The reason that no server was reached.
    async fn unreachable(&self, silence: &Silence) -> Verified {
        let url = self.prober.url();
        let mut sign = page::of_silence(silence, url);
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
        let finding = sign.and_then(|sign| FoundCause::new(sign, Certainty::Seen));
        Verified {
            findings: finding.into_iter().collect(),
            is_unreachable: true,
            ..Verified::default()
        }
    }

    /// A look at other requests where the right verification is not answered.
    async fn unanswered(&self, silence: &Silence) -> Verified {
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
            self.prober.within(SECOND_LOOK, again),
            self.prober.within(SECOND_LOOK, wrong),
            self.prober.within(SECOND_LOOK, self.prober.visit()),
        );
        let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered(_));
        let limit = self.prober.player().profile().limit;
        let got = values([
            ("got", silence.to_string()),
            ("limit", format!("{limit:?}")),
        ]);
        let (sign, certainty) = match (answered(&again), answered(&wrong), answered(&visit)) {
            // It was asleep, or is slow.
            (true, ..) => {
                let is_right = Reaction::of(&again, Some(&self.stamps[1])).is_exact;
                return Verified {
                    is_right,
                    ..Verified::default()
                };
            }
            (false, true, _) => (("echo-silent", got), Certainty::Proven),
            (false, false, true) => (("get-silent", got), Certainty::Seen),
            (false, false, false) => (("silent", got), Certainty::Seen),
        };
        Verified {
            is_silent: !answered(&wrong) && !answered(&visit),
            findings: FoundCause::new(sign, certainty).into_iter().collect(),
            ..Verified::default()
        }
    }

    async fn compare(&self, answer: Option<&Answer>, controls: &Controls) -> Verified {
        let (right, forged) = (&controls.right, &controls.forged[0]);
        let bare = Some(controls.visit.clone());
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
                bare,
                ..Verified::default()
            };
        }
        let mut verified = match answer {
            Some(_) if right.is_exact => self.look_closer(controls).await,
            Some(answer) if controls.takes(right) => self.taken(answer, controls).await,
            answer => self.refused(answer, controls).await,
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
        let again = match self.right(1) {
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
