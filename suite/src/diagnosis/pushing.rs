//! The pushed message: what a server makes of the right one, beside one that nobody may take.

use wxcheck_mock_server::{Answer, Outcome, SenderError, Silence};
use wxcheck_protocol::push::{JsonType, content_type};

use super::{
    Certainty, FoundCause, answered,
    cause::Values,
    echo::{Sign, values},
    hypothesis,
    hypothesis::Ask,
    known::Known,
    page::{self, Seen, says_no},
    prober::Prober,
    raised,
    reaction::Reaction,
    signing::Stamp,
    variant::{Place, Suspicion, Variant, suspicions},
    verification::Verified,
};
use crate::{
    expect::{is_served, message},
    step::{Content, Deliver, EntryContent, Forgery, Scenario, Signing, Step},
    transcript::Entry,
};

/// Paddings of two right pushes: an unpadder for blocks of 16 takes the second and not the first.
const PADDINGS: [u8; 2] = [24, 8];

/// An event that is known to mini programs and official accounts alike.
const EVENT: &str = "user_enter_tempsession";

/// The outcome of pushes.
#[derive(Default)]
pub(super) struct Pushed {
    pub(super) findings: Vec<FoundCause>,
    pub(super) serves: bool,
    pub(super) is_unreachable: bool,
}

struct Examiner<'a> {
    prober: &'a Prober<'a>,
    known: &'a Known,
    verified: &'a Verified,
    stamps: &'a [Stamp],
}

pub(super) async fn examine(
    prober: &Prober<'_>,
    known: &Known,
    verified: &Verified,
    stamps: &[Stamp],
) -> Result<Pushed, SenderError> {
    let examiner = Examiner {
        prober,
        known,
        verified,
        stamps,
    };
    let entry = examiner.play(Signing::True, PADDINGS[0]).await?;
    let Some(entry) = entry else {
        return Ok(Pushed::default());
    };
    match &entry.outcome {
        Outcome::Silent(silence) => Ok(examiner.unanswered(silence)),
        Outcome::Answered(answer) => {
            let answer = answer.clone();
            examiner.answered(&entry, &answer).await
        }
    }
}

impl Examiner<'_> {
    /// A true or forged push, through the player.
    async fn play(&self, signing: Signing, padding: u8) -> Result<Option<Entry>, SenderError> {
        let push = Deliver::of(Content::TextWithPadding(padding)).signed(signing);
        let scenario = Scenario::of([Step::Deliver(push)]);
        self.prober.count(1);
        let transcript = self.prober.player().play(&scenario).await?;
        let entry = transcript.entries.into_iter().next();
        if let Some(answer) = entry.as_ref().and_then(Entry::answer) {
            self.prober.note(answer);
        }
        Ok(entry)
    }

    fn unanswered(&self, silence: &Silence) -> Pushed {
        if silence.is_unreachable() {
            let sign = page::of_silence(silence, self.prober.url());
            return Pushed {
                is_unreachable: true,
                ..found(sign, Certainty::Seen)
            };
        }
        let got = values([("got", silence.to_string())]);
        let id = if silence.is_time_out() {
            "push-silent"
        } else {
            "push-closed"
        };
        // A server that refuses in this way may refuse for its signature, which is told already.
        if self.verified.signing.is_some() {
            return Pushed::default();
        }
        found(Some((id, got)), Certainty::Seen)
    }

    async fn answered(&self, entry: &Entry, answer: &Answer) -> Result<Pushed, SenderError> {
        let seen = Seen {
            is_push: true,
            url: self.prober.url(),
            answer,
        };
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let values_seen = self.front(seen, &body);
        if values_seen.is_some() {
            return Ok(found(values_seen, Certainty::Seen));
        }
        let fault = answered::of_entry(self.known, self.prober.player().profile(), entry);
        if is_served(entry) && fault.is_none() {
            if let Some(pushed) = self.padded().await? {
                return Ok(pushed);
            }
            let of_event = self.event().await?;
            return Ok(Pushed {
                serves: of_event.is_none(),
                ..found(of_event, Certainty::Seen)
            });
        }
        // Its own way to sign counts for pushes too.
        if self.verified.signing.is_some() {
            return Ok(self.signed_otherwise().await);
        }
        // Nothing is known of a signature that is refused on GET too.
        let is_open = self
            .verified
            .findings
            .iter()
            .any(|finding| finding.certainty == Certainty::Supposed);
        if is_open && !is_served(entry) {
            return Ok(Pushed::default());
        }
        let forged = self
            .play(Signing::Forged(Forgery::OtherToken), PADDINGS[0])
            .await?;
        let control = forged.map(|forged| Reaction::of(&forged.outcome, None));
        let own = Reaction::of(&entry.outcome, None);
        let is_told_apart = control
            .as_ref()
            .is_some_and(|control| !own.is_like(control));
        if is_served(entry) && (is_told_apart || !says_no(&answer.body)) {
            let is_verification = self.verified.bare.as_ref().is_some_and(|bare| {
                own.is_like(bare) && !own.form.is_empty() && message(entry).is_none()
            });
            let sign = if is_verification && !is_told_apart {
                Some(("reply-verification", page::got(answer)))
            } else {
                fault
            };
            return Ok(found(sign, Certainty::Seen));
        }
        let control = control.unwrap_or_else(|| own.clone());
        if self.known.mode.seals() {
            let less = self.play(Signing::True, PADDINGS[1]).await?;
            if less.as_ref().is_some_and(is_served) && !is_served(entry) {
                let again = [
                    self.play(Signing::True, PADDINGS[0]).await?,
                    self.play(Signing::True, PADDINGS[1]).await?,
                ];
                let [refused, taken] = again.map(|entry| entry.as_ref().is_some_and(is_served));
                if !refused && taken {
                    return Ok(found(
                        Some(("padding-16", Values::new())),
                        Certainty::Proven,
                    ));
                }
            }
        }
        if let Some(suspicion) = self.suspected(&control).await {
            return Ok(found(Some(suspicion), Certainty::Proven));
        }
        let sign = self.unexplained(answer, is_told_apart, fault, &body);
        Ok(found(Some(sign), Certainty::Supposed))
    }

    /// The cause that the answer tells by itself.
    fn front(&self, seen: Seen<'_>, body: &str) -> Option<Sign> {
        let answer = seen.answer;
        let format = self.known.format.to_string().to_uppercase();
        let media = || {
            let mut values_seen = page::got(answer);
            values_seen.insert("format".to_owned(), format.clone());
            values_seen.insert(
                "sent".to_owned(),
                content_type(self.known.format, JsonType::Json),
            );
            values_seen
        };
        let speaks_json = [
            "Content-Type was not 'application/json'",
            "JSON",
            "Unexpected token '<'",
        ]
        .iter()
        .any(|words| body.contains(words));
        if answer.status == 415 || (answer.status == 400 && speaks_json) {
            return Some(("media-type", media()));
        }
        if answer.status == 413 {
            let mut values_seen = page::got(answer);
            values_seen.insert("bytes".to_owned(), "a few hundred".to_owned());
            return Some(("body-limit", values_seen));
        }
        if answer.status >= 400
            && let Some(raised) = raised::find(body)
        {
            return Some(("raised", raised.values(true)));
        }
        seen.sign()
    }

    /// A sealed push with less padding, where the first was taken: an unpadder for blocks of 16 may fail on either.
    async fn padded(&self) -> Result<Option<Pushed>, SenderError> {
        if !self.known.mode.seals() {
            return Ok(None);
        }
        let less = self.play(Signing::True, PADDINGS[1]).await?;
        let is_refused = less.is_some_and(|entry| !is_served(&entry));
        Ok(is_refused.then(|| found(Some(("padding-16", Values::new())), Certainty::Seen)))
    }

    /// The mistake in the answer to an event, where a text message is answered rightly.
    async fn event(&self) -> Result<Option<Sign>, SenderError> {
        let event = Deliver::of(EntryContent::unlisted_event(EVENT, Vec::new()));
        self.prober.count(1);
        let scenario = Scenario::of([Step::Deliver(event)]);
        let transcript = self.prober.player().play(&scenario).await?;
        let Some((entry, answer)) = transcript
            .entries
            .first()
            .and_then(|entry| Some((entry, entry.answer()?)))
        else {
            return Ok(None);
        };
        if is_served(entry) {
            return Ok(answered::of_entry(
                self.known,
                self.prober.player().profile(),
                entry,
            ));
        }
        Ok((answer.status >= 500).then(|| ("push-event", page::got(answer))))
    }

    /// A push signed as the server signs: what else is wrong, if something is.
    async fn signed_otherwise(&self) -> Pushed {
        let (Some(signing), Some(stamp)) = (self.verified.signing, self.stamps.get(3)) else {
            return Pushed::default();
        };
        let variant = Variant {
            signing,
            ..Variant::of(self.known)
        };
        let Some(request) = variant.request(self.known, self.prober.url(), stamp) else {
            return Pushed::default();
        };
        let Outcome::Answered(answer) = self.prober.send(&request).await else {
            return Pushed::default();
        };
        let seen = Seen {
            is_push: true,
            url: self.prober.url(),
            answer: &answer,
        };
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        found(self.front(seen, &body), Certainty::Seen)
    }

    /// The first changed push that is taken on two nonces, while the control is not.
    async fn suspected(&self, control: &Reaction) -> Option<Sign> {
        let mut all: Vec<Suspicion> = suspicions(self.known);
        let signed = hypothesis::single().into_iter().filter_map(|hypothesis| {
            let cause = hypothesis.causes.into_iter().next()?;
            let Ask::Sign(signing) = hypothesis.ask else {
                return None;
            };
            let variant = Variant {
                signing,
                ..Variant::of(self.known)
            };
            Some((cause, variant))
        });
        all.extend(signed);
        for (cause, variant) in all {
            if !self.prober.has_room(1) {
                return None;
            }
            if self.is_taken(&variant, 1, control).await
                && self.is_taken(&variant, 3, control).await
            {
                let unsigned = Variant {
                    signature: Place::Nowhere,
                    ..variant.clone()
                };
                // Where everything is taken in this form, the form is the cause all the same; a signature is not.
                let changes_signature = variant.signature != Place::Documented
                    || variant.signing != super::signing::Signing::default();
                if changes_signature && self.is_taken(&unsigned, 4, control).await {
                    continue;
                }
                return Some(cause);
            }
        }
        None
    }

    async fn is_taken(&self, variant: &Variant, at: usize, control: &Reaction) -> bool {
        let Some(request) = self
            .stamps
            .get(at)
            .and_then(|stamp| variant.request(self.known, self.prober.url(), stamp))
        else {
            return false;
        };
        let outcome = self.prober.send(&request).await;
        let reaction = Reaction::of(&outcome, None);
        let is_served = matches!(reaction.status, Some(200..=299));
        let refused_so = reaction.status == control.status && reaction.form == control.form;
        let says_no = match &outcome {
            Outcome::Answered(answer) => !answer.body.is_empty() && says_no(&answer.body),
            Outcome::Silent(_) => true,
        };
        is_served && !refused_so && !says_no
    }

    fn unexplained(
        &self,
        answer: &Answer,
        is_told_apart: bool,
        fault: Option<Sign>,
        body: &str,
    ) -> Sign {
        let mut got = page::got(answer);
        let named = |name: &str, value: String| (name.to_owned(), value);
        got.extend([
            named("path", self.prober.url().path().to_owned()),
            named("format", self.known.format.to_string().to_uppercase()),
        ]);
        if let Some(fault) = fault
            && (200..300).contains(&answer.status)
            && !body.is_empty()
            && is_told_apart
        {
            return fault;
        }
        match (is_told_apart, self.known.mode.seals(), answer.status) {
            (true, true, _) => ("cannot-open", got),
            (_, _, 500..) => ("push-raised", got),
            (_, _, 400 | 422) if !says_signature(body) => ("push-body", got),
            _ => ("post-refused", got),
        }
    }
}

/// True if a refusal names the signature or the Token.
fn says_signature(body: &str) -> bool {
    let lower = body.to_lowercase();
    ["sign", "token", "签名"]
        .iter()
        .any(|word| lower.contains(word))
}

fn found(sign: Option<Sign>, certainty: Certainty) -> Pushed {
    Pushed {
        findings: sign
            .and_then(|sign| FoundCause::new(sign, certainty))
            .into_iter()
            .collect(),
        ..Pushed::default()
    }
}
