//! A right verification that is answered like a wrong one: what the server would take in its place.

use wxcheck_mock_server::{Answer, Outcome};

use super::{Controls, Examiner, Verified};
use crate::diagnosis::{
    Certainty, FoundCause, SLOW,
    cause::Values,
    echo::{both, values},
    hypothesis::{self, Ask, Hypothesis},
    inquiry::{Inquiry, Question},
    page::{self, Seen, says_no},
    raised,
    reaction::Reaction,
};
use crate::excerpt::excerpt;

/// Paths at which callbacks stand, where none stands at the configured one.
const PATHS: [&str; 12] = [
    "/",
    "/wechat",
    "/wx",
    "/weixin",
    "/callback",
    "/api/wechat",
    "/wechat/callback",
    "/index.php",
    "/wx.php",
    "/wechat.php",
    "/weixin.php",
    "/wx_sample.php",
];

impl Examiner<'_> {
    pub(super) async fn refused(&self, answer: Option<&Answer>, controls: &Controls) -> Verified {
        if let Some(answer) = answer {
            if self.loses_the_query(answer).await {
                return seen_as(("query-lost", Values::new()), Certainty::Proven);
            }
            if let Some(verified) = self.before_the_handler(answer).await {
                return verified;
            }
            let body = String::from_utf8_lossy(&answer.body);
            if answer.status >= 500
                && let Some(raised) = raised::find(&body)
            {
                return seen_as(("raised", raised.values(false)), Certainty::Seen);
            }
        }
        let mut tried = 0;
        let mut hypotheses = hypothesis::single();
        for _ in 0..2 {
            let (found, number) = self.inquire(hypotheses, controls).await;
            tried += number;
            match found {
                Some((proven, taken)) => return self.explained(&proven, taken).await,
                None if self.prober.limits().doubles => {
                    hypotheses = hypothesis::double(&hypothesis::single());
                }
                None => break,
            }
        }
        let sign = self.unexplained(answer, controls, tried);
        seen_as(sign.0, sign.1)
    }

    /// A cause that the answer tells before any code of the developer's has run.
    async fn before_the_handler(&self, answer: &Answer) -> Option<Verified> {
        let seen = Seen {
            is_push: false,
            url: self.prober.url(),
            answer,
        };
        let (id, values_seen) = seen.sign()?;
        if id == "path-not-found"
            && let Some(other) = self.elsewhere().await
        {
            let path = self.prober.url().path().to_owned();
            let values_seen = values([("path", path), ("other", other)]);
            return Some(seen_as(("path-elsewhere", values_seen), Certainty::Proven));
        }
        Some(seen_as((id, values_seen), Certainty::Seen))
    }

    /// True if the answer shows the request without its query, and so does the answer to a parameter that means nothing, with two
    /// values. It is sent to nobody else, so that it harms nobody.
    async fn loses_the_query(&self, answer: &Answer) -> bool {
        let path = self.prober.url().path();
        let shows_none =
            |answer: &Answer| page::shows_no_query(&String::from_utf8_lossy(&answer.body), path);
        if self.prober.url().query().is_some() || !shows_none(answer) {
            return false;
        }
        for at in [0, 1] {
            let Some(stamp) = self.stamps.get(at).filter(|_| self.prober.has_room(1)) else {
                return false;
            };
            let mark = [("wxcheck".to_owned(), stamp.nonce.clone())];
            let Outcome::Answered(answer) = self.prober.visit_with(&mark).await else {
                return false;
            };
            let arrives = String::from_utf8_lossy(&answer.body).contains(&stamp.nonce);
            if arrives || !shows_none(&answer) {
                return false;
            }
        }
        true
    }

    /// Another path at which the verification is answered, on two nonces.
    async fn elsewhere(&self) -> Option<String> {
        let own = self.prober.url().path().to_owned();
        let slashed = match own.strip_suffix('/') {
            Some(without) if !without.is_empty() => without.to_owned(),
            _ => format!("{own}/"),
        };
        let paths = PATHS.iter().map(|path| (*path).to_owned());
        for path in [slashed]
            .into_iter()
            .chain(paths)
            .filter(|path| *path != own)
        {
            let mut hits = 0;
            for at in [0, 1] {
                if !self.prober.has_room(1) {
                    return None;
                }
                let outcome = self.prober.ask_at(&path, &self.right(at)?).await;
                if Reaction::of(&outcome, self.stamps.get(at)).echoes {
                    hits += 1;
                } else {
                    break;
                }
            }
            if hits == 2 {
                return Some(path);
            }
        }
        None
    }

    /// The hypothesis that is proven, with the answer to a request that it predicts; and how many were tried.
    async fn inquire(
        &self,
        hypotheses: Vec<Hypothesis>,
        controls: &Controls,
    ) -> (Option<(Hypothesis, Outcome)>, usize) {
        let mut inquiry = Inquiry::new(self.known, self.stamps, hypotheses);
        if let Some(shape) = self.right(0) {
            inquiry.note(&Question { at: 0, shape }, false);
        }
        let mut last = None;
        while let Some(question) = inquiry.next()
            && self.prober.has_room(1)
        {
            let (outcome, reaction) = self.reaction(&question.shape, question.at).await;
            let is_taken = Self::is_taken(controls, &question.shape, &reaction);
            inquiry.note(&question, is_taken);
            if is_taken {
                last = Some(outcome);
            }
        }
        let tried = inquiry.tried();
        let Some((proven, question)) = inquiry.proven() else {
            return (None, tried);
        };
        // A server that only looks at the form of a signature would take a changed one as well.
        let Some(signature) = question.shape.query.first().map(|(_, value)| value.clone()) else {
            return (None, tried);
        };
        if matches!(proven.ask, Ask::Sign(_)) {
            let altered = question.shape.altered(&signature);
            if controls.takes(&self.reaction(&altered, question.at).await.1) {
                return (None, tried);
            }
        }
        (last.map(|outcome| (proven.clone(), outcome)), tried)
    }

    /// A proven hypothesis, and what is wrong with the answer once the server takes a request.
    async fn explained(&self, hypothesis: &Hypothesis, taken: Outcome) -> Verified {
        if let Ask::AnyAlias(name) = hypothesis.ask {
            return self.which_alias(name).await;
        }
        let mut verified = self.proven(hypothesis);
        if let Outcome::Answered(answer) = &taken {
            // The last one that was taken had one of the further nonces.
            let signs = (0..self.stamps.len()).filter_map(|at| {
                let echoed =
                    String::from_utf8_lossy(&answer.body).contains(&self.stamps[at].echostr);
                echoed.then(|| self.echo_sign(answer, at))
            });
            let sign = match signs.into_iter().next() {
                Some(sign) => sign,
                None => self.echo_sign(answer, 1).or_else(|| self.failure(answer)),
            };
            verified
                .findings
                .extend(sign.and_then(|sign| FoundCause::new(sign, Certainty::Seen)));
        }
        verified
    }

    pub(super) async fn which_alias(&self, name: &str) -> Verified {
        for hypothesis in hypothesis::aliases_of(name) {
            let mut hits = 0;
            for at in [0, 1] {
                let Some(shape) = hypothesis.ask.shape(self.known, &self.stamps[at]) else {
                    break;
                };
                if self.reaction(&shape, at).await.1.echoes {
                    hits += 1;
                } else {
                    break;
                }
            }
            if hits == 2 {
                return self.proven(&hypothesis);
            }
        }
        let mut told_values = values([("name", name.to_owned())]);
        both(&mut told_values, "alias", "another spelling", "别的拼写");
        seen_as(("names-alias", told_values), Certainty::Supposed)
    }

    /// The best explanation where nothing that was tried is taken.
    fn unexplained(
        &self,
        answer: Option<&Answer>,
        controls: &Controls,
        tried: usize,
    ) -> ((&'static str, Values), Certainty) {
        let Some(answer) = answer else {
            return (("closed", Values::new()), Certainty::NoAnswer);
        };
        let body = String::from_utf8_lossy(&answer.body);
        if let Some(raised) = raised::find(&body) {
            return (("raised", raised.values(false)), Certainty::Seen);
        }
        let mut got = page::got(answer);
        self.tried(&mut got, tried);
        let names_the_signature = ["sign", "Sign", "token", "Token", "签名"]
            .iter()
            .any(|word| body.replace("signature=", "").contains(word));
        let is_visit = controls
            .visit
            .as_ref()
            .is_some_and(|visit| controls.right.is_like(visit));
        match answer.status {
            500.. => (("raised-before-comparing", got), Certainty::Supposed),
            400 | 422 if !names_the_signature => (("parameters-refused", got), Certainty::Supposed),
            200..=299 if is_visit && !says_no(&answer.body) => {
                got.insert(
                    "got".to_owned(),
                    excerpt(&answer.body).chars().take(60).collect(),
                );
                (("echo-fixed", got), Certainty::Seen)
            }
            200..=299 if body.trim().is_empty() => {
                (("nothing-comes-back", got), Certainty::Supposed)
            }
            _ => (("signature-unknown", got), Certainty::Supposed),
        }
    }

    /// The number of mistakes that were ruled out, in words.
    fn tried(&self, got: &mut Values, tried: usize) {
        if self.prober.slowest() < SLOW {
            let en = format!("{tried} common mistakes in computing it were ruled out");
            both(
                got,
                "tried",
                &en,
                &format!("已排除 {tried} 种常见的计算错误"),
            );
        } else {
            let en = "the server is too slow to rule out mistakes in computing it";
            both(got, "tried", en, "服务器太慢，来不及排除计算上的错误");
        }
    }
}

fn seen_as(sign: (&'static str, Values), certainty: Certainty) -> Verified {
    Verified {
        findings: FoundCause::new(sign, certainty).into_iter().collect(),
        ..Verified::default()
    }
}
