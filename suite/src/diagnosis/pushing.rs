//! The pushed message: what a server makes of the right one, beside one that must be refused.

mod contrast;
mod sealed;
mod suspected;

use base64::{Engine, prelude::BASE64_STANDARD};
use wxcheck_mock_server::{Answer, Outcome, SenderError, Silence};
use wxcheck_protocol::push::{JsonType, Mode, content_type};

use super::{
    Certainty, Contact, Forged, FoundCause, answered,
    cause::Values,
    echo::{Sign, both},
    known::Known,
    page::{self, Seen, says_no},
    prober::Prober,
    raised,
    reaction::Reaction,
    signing::{self, Stamp},
    silence::{in_chinese, of_silence},
    variant::{EVENT, Variant},
    verification::Verified,
};
use crate::{
    expect::{alike, is_served, message},
    finding::Miss,
    first_contact::unopenable,
    rules::{forged_pair, judge_forgery},
    step::{Content, Deliver, EntryContent, Forgery, Scenario, Signing, Step},
    transcript::Entry,
};

/// Paddings of two right pushes: an unpadder for blocks of 16 takes the second and not the first.
const PADDINGS: [u8; 2] = [24, 8];

/// The outcome of pushes.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and any may come with any other"
)]
pub(super) struct Pushed {
    pub(super) findings: Vec<FoundCause>,
    pub(super) serves: bool,
    /// A forged push is taken too.
    pub(super) takes_forged: bool,
    pub(super) forged: Option<Forged>,
    /// A push that nobody can open is answered alike.
    pub(super) opens_unseen: bool,
    /// False where an earlier mistake stands in the way.
    pub(super) is_judged: bool,
    pub(super) contact: Contact,
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
    // Its own way to sign may count for pushes too.
    if let Some(signing) = verified.signing
        && let Some(pushed) = examiner.signed_as_on_get(signing).await
    {
        return Ok(pushed);
    }
    let entry = examiner.play(Signing::True, PADDINGS[0]).await?;
    let Some(entry) = entry else {
        return Ok(Pushed::default());
    };
    let mut pushed = match &entry.outcome {
        Outcome::Silent(silence) => examiner.unanswered(silence),
        Outcome::Answered(answer) => {
            let answer = answer.clone();
            examiner.answered(&entry, &answer).await?
        }
    };
    if pushed.serves && !verified.takes_everything {
        pushed.forged = examiner.forged().await?;
        pushed.opens_unseen = examiner.opens_unseen(&entry).await?;
    }
    Ok(pushed)
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

    /// The server's way with a forged push, judged as the rule about forgeries judges it. In compat mode the rule asks first
    /// which copy counts, so that is left to a run.
    async fn forged(&self) -> Result<Option<Forged>, SenderError> {
        let (prober, player) = (self.prober, self.prober.player());
        let is_judged = self.known.account.is_signed() && self.known.mode != Mode::Compat;
        if !is_judged || !prober.has_time() {
            return Ok(None);
        }
        prober.count(2);
        let transcript = player.play(&forged_pair(player.profile())).await?;
        Ok(match judge_forgery(&transcript) {
            Ok(()) => Some(Forged::Refused),
            Err(Miss::Found(_)) => Some(Forged::Taken),
            Err(Miss::Doubtful(_)) => Some(Forged::Untold),
            Err(Miss::Inconclusive(reason)) => {
                reason.shows_no_push_taken().then_some(Forged::Untold)
            }
            Err(_) => None,
        })
    }

    /// True if a push in safe mode that nobody can open is answered like this one, which is to be opened.
    async fn opens_unseen(&self, entry: &Entry) -> Result<bool, SenderError> {
        let is_silent = self.known.mode == Mode::Safe && message(entry).is_none();
        if !is_silent || !self.prober.has_time() {
            return Ok(false);
        }
        self.prober.count(1);
        let scenario = Scenario::of([Step::Deliver(unopenable())]);
        let transcript = self.prober.player().play(&scenario).await?;
        let unopenable = transcript.entries.first();
        Ok(unopenable.is_some_and(|unopenable| alike(unopenable, entry)))
    }

    fn unanswered(&self, silence: &Silence) -> Pushed {
        if silence.is_unreachable() {
            let sign = of_silence(silence, self.prober.url());
            return Pushed {
                contact: Contact::None,
                ..found(sign, Certainty::NoAnswer)
            };
        }
        // A server that refuses in this way may refuse for its signature, which is told already.
        let refusal = self.verified.refusal.as_ref();
        if refusal.is_some_and(|refusal| refusal.status.is_none()) {
            return Pushed::default();
        }
        found(Some(no_answer(silence)), Certainty::NoAnswer)
    }

    async fn answered(&self, entry: &Entry, answer: &Answer) -> Result<Pushed, SenderError> {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        if quotes_in_base64(&body, entry.recipe.body.as_bytes()) {
            let told = page::got(answer);
            return Ok(found(Some(("body-encoded", told)), Certainty::Seen));
        }
        if let Some((sign, certainty)) = self.named_reason(&body).await {
            return Ok(found(Some(sign), certainty));
        }
        let told = self.front(answer, &body);
        let told = told.filter(|(id, _)| *id != "gateway" || !self.passes_get());
        if told.is_some() {
            return Ok(found(told, Certainty::Seen));
        }
        let fault = answered::of_entry(self.known, self.prober.player().profile(), entry);
        let own = Reaction::of(&entry.outcome, None);
        if let Some(refusal) = &self.verified.refusal {
            // What is refused as the GET is, is refused for the same mistake.
            let is_refused = !is_served(entry) || own.is_like(refusal) || says_no(&answer.body);
            return Ok(match fault {
                _ if is_refused => Pushed::default(),
                None => Pushed {
                    serves: true,
                    ..judged()
                },
                fault => found(fault, Certainty::Seen),
            });
        }
        if self.verified.takes_everything {
            let forged = self
                .play(Signing::Forged(Forgery::OtherToken), PADDINGS[0])
                .await?;
            let takes_forged = forged.as_ref().is_some_and(is_served) && is_served(entry);
            return Ok(Pushed {
                takes_forged,
                serves: fault.is_none() && is_served(entry),
                ..found(fault.filter(|_| is_served(entry)), Certainty::Seen)
            });
        }
        if is_served(entry) && fault.is_none() {
            if self.sorts_without_case().await {
                let sign = ("order-case", Values::new());
                return Ok(found(Some(sign), Certainty::Proven));
            }
            if let Some(pushed) = self.padded().await? {
                return Ok(pushed);
            }
            if self.wants_openid().await {
                let sign = ("openid-wanted", Values::new());
                return Ok(found(Some(sign), Certainty::Proven));
            }
            let of_event = self.event().await?;
            return Ok(Pushed {
                serves: of_event.is_none(),
                ..found(of_event, Certainty::Seen)
            });
        }
        let forged = self
            .play(Signing::Forged(Forgery::OtherToken), PADDINGS[0])
            .await?;
        let control = forged.map(|forged| Reaction::of(&forged.outcome, None));
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
        if self.sorts_without_case().await {
            let sign = ("order-case", Values::new());
            return Ok(found(Some(sign), Certainty::Proven));
        }
        if self.takes_less_padding(entry).await? {
            let sign = ("padding-16", Values::new());
            return Ok(found(Some(sign), Certainty::Proven));
        }
        if let Some(suspicion) = self.suspected(&control).await {
            return Ok(found(Some(suspicion), Certainty::Proven));
        }
        let (sign, certainty) = self
            .unexplained(answer, &control, is_told_apart, fault, &body)
            .await;
        Ok(found(Some(sign), certainty))
    }

    /// The cause that the answer tells by itself.
    fn front(&self, answer: &Answer, body: &str) -> Option<Sign> {
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
            return Some(("body-limit", page::got(answer)));
        }
        if answer.status >= 400
            && let Some(raised) = raised::find(body)
        {
            return Some(("raised", raised.values(true)));
        }
        let seen = Seen {
            is_push: true,
            url: self.prober.url(),
            answer,
        };
        seen.sign()
    }

    /// True if the push that is taken is refused, twice, where its query holds no openid.
    async fn wants_openid(&self) -> bool {
        for at in [1, 3] {
            if !self.prober.has_room(2) {
                return false;
            }
            let with = Variant::of(self.known);
            let without = Variant {
                openid: false,
                ..with.clone()
            };
            let refused = match self.sent(&without, at).await {
                Some(Outcome::Answered(answer)) => (400..500).contains(&answer.status),
                _ => false,
            };
            if !refused || !self.is_served(&with, at).await {
                return false;
            }
        }
        true
    }

    async fn is_served(&self, variant: &Variant, at: usize) -> bool {
        match self.sent(variant, at).await {
            Some(Outcome::Answered(answer)) => (200..300).contains(&answer.status),
            _ => false,
        }
    }

    async fn sent(&self, variant: &Variant, at: usize) -> Option<Outcome> {
        let stamp = self.stamps.get(at)?;
        let request = variant.request(self.known, self.prober.url(), stamp)?;
        Some(self.prober.send(&request).await)
    }

    /// The mistake in the answer to an event, where a text message is answered rightly.
    async fn event(&self) -> Result<Option<Sign>, SenderError> {
        if !self.prober.has_time() {
            return Ok(None);
        }
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

    /// A push signed as the server signs on GET, and what else is wrong; nothing where it is not taken.
    async fn signed_as_on_get(&self, signing: signing::Signing) -> Option<Pushed> {
        let stamp = self.stamps.get(3)?;
        let variant = Variant {
            signing,
            ..Variant::of(self.known)
        };
        let request = variant.request(self.known, self.prober.url(), stamp)?;
        let outcome = self.prober.send(&request).await;
        let answer = match &outcome {
            Outcome::Silent(silence) if silence.is_unreachable() => return None,
            Outcome::Silent(silence) => {
                return Some(found(Some(no_answer(silence)), Certainty::NoAnswer));
            }
            Outcome::Answered(answer) => answer.clone(),
        };
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let named = sealed::of_words(&body).filter(|named| named.is_code && variant.mode.seals());
        let told = named
            .map(|named| (named.id, page::got(&answer)))
            .or_else(|| self.front(&answer, &body));
        if told.is_some() {
            return Some(found(told, Certainty::Seen));
        }
        let player = self.prober.player();
        let entry = variant.entry(self.known, player, stamp, outcome)?;
        let own = Reaction::of(&entry.outcome, None);
        let refusal = self.verified.refusal.as_ref();
        let is_refused = refusal.is_some_and(|refusal| own.is_like(refusal));
        if !is_served(&entry) || is_refused {
            return None;
        }
        let mut fault = answered::of_entry(self.known, player.profile(), &entry);
        if fault.is_none() && self.prober.has_time() {
            let event = Variant {
                is_event: true,
                ..variant
            };
            fault = match self.sent(&event, 4).await {
                Some(Outcome::Answered(answer)) if answer.status >= 500 => {
                    Some(("push-event", page::got(&answer)))
                }
                Some(outcome) => {
                    let entry = event.entry(self.known, player, self.stamps.get(4)?, outcome)?;
                    let fault = answered::of_entry(self.known, player.profile(), &entry);
                    fault.filter(|_| is_served(&entry))
                }
                None => None,
            };
        }
        Some(found(fault, Certainty::Seen))
    }
}

/// True if a refusal names the signature or the Token.
fn says_signature(body: &str) -> bool {
    let lower = body.to_lowercase();
    ["sign", "token", "签名"]
        .iter()
        .any(|word| lower.contains(word))
}

/// True if an answer quotes the beginning of the body as Base64: so it came to the code.
fn quotes_in_base64(answer: &str, sent: &[u8]) -> bool {
    // Fifteen bytes are twenty letters, whatever follows.
    sent.get(..15)
        .is_some_and(|beginning| answer.contains(&BASE64_STANDARD.encode(beginning)))
}

/// The mistake of a server that leaves a push without an answer.
fn no_answer(silence: &Silence) -> Sign {
    let id = if silence.is_time_out() {
        "push-silent"
    } else {
        "push-closed"
    };
    let mut got = Values::new();
    both(&mut got, "got", &silence.to_string(), &in_chinese(silence));
    (id, got)
}

fn judged() -> Pushed {
    Pushed {
        is_judged: true,
        ..Pushed::default()
    }
}

fn found(sign: Option<Sign>, certainty: Certainty) -> Pushed {
    Pushed {
        findings: sign
            .and_then(|sign| FoundCause::new(sign, certainty))
            .into_iter()
            .collect(),
        ..judged()
    }
}
