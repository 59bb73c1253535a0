//! The matchers that judges are built from. They know answers, not rules, and compose with `?`.

use wxcheck_mock_server::{Answer, Outcome};
use wxcheck_protocol::reply::{Passive, Reply, ReplyKind, Sealed};

use crate::{
    effects,
    excerpt::excerpt_around,
    finding::{Finding, Judgement, Miss},
    profile::Channel,
    reason::{Missing, Unjudged, blocked},
    redact::visible,
    rule_id::RuleId,
    transcript::{Entry, Sent, Transcript},
};

/// The request of that number. A scenario that is shorter than its judge thinks is our own mistake.
pub fn entry(transcript: &Transcript, at: usize) -> Result<&Entry, Miss> {
    transcript
        .entries
        .get(at)
        .ok_or_else(|| Miss::inconclusive(Unjudged::NoRequest { at }))
}

/// The rule that a true push with this outcome fails already; `None` if the push was taken, which
/// status codes 200 to 299 say.
pub fn blocked_by(outcome: &Outcome) -> Option<RuleId> {
    match outcome {
        Outcome::Answered(answer) => match answer.status {
            200..300 => None,
            300..400 => Some(RuleId::NO_REDIRECT),
            429 => Some(RuleId::RATE_LIMIT),
            _ => Some(RuleId::ACCEPTS_TRUE_PUSH),
        },
        Outcome::Silent(silence) if silence.is_time_out() => Some(RuleId::ANSWERS_IN_TIME),
        Outcome::Silent(_) => Some(RuleId::COMPLETE_HTTP),
    }
}

/// The rule that a usual fetch with this outcome fails already; `None` for status 200 to 299.
pub fn fetch_blocked_by(outcome: &Outcome) -> Option<RuleId> {
    match outcome {
        Outcome::Answered(answer) => match answer.status {
            200..300 => None,
            304 => Some(RuleId::FETCH_NOT_MODIFIED),
            300..400 => Some(RuleId::FETCH_NO_REDIRECT),
            _ => Some(RuleId::FETCH_ANSWERS_200),
        },
        Outcome::Silent(silence) if silence.is_time_out() => Some(RuleId::FETCH_IN_TIME),
        Outcome::Silent(_) => Some(RuleId::FETCH_COMPLETE_HTTP),
    }
}

/// True if the push was taken as far as the status says.
pub fn is_served(entry: &Entry) -> bool {
    blocked_by(&entry.outcome).is_none()
}

/// The answer to a request; where there is none, a verdict is blocked by the rule that reports that.
pub fn answer(entry: &Entry) -> Result<&Answer, Miss> {
    match &entry.outcome {
        Outcome::Answered(answer) => Ok(answer),
        Outcome::Silent(_) => Err(Miss::inconclusive(blocked(
            blocked_by(&entry.outcome).unwrap_or(RuleId::COMPLETE_HTTP),
        ))),
    }
}

/// An intact push beside a changed one: unless it is taken, nothing can be said.
pub fn control(transcript: &Transcript, at: usize) -> Result<&Entry, Miss> {
    let entry = entry(transcript, at)?;
    match blocked_by(&entry.outcome) {
        None => Ok(entry),
        Some(by) => Err(Miss::inconclusive(blocked(by))),
    }
}

/// The push was answered with a status of 200 to 299, in time.
pub fn acknowledged(transcript: &Transcript, at: usize, claim: &'static str) -> Judgement {
    let entry = entry(transcript, at)?;
    if is_served(entry) {
        return Ok(());
    }
    let expected = "status 200 and an acknowledgement";
    Finding::new(claim, at, expected, describe(entry)).found()
}

/// The words of a doubt that lasts only as long as nobody sees what the server does.
pub(crate) const SETTLED_BY_EFFECTS: &str =
    "an effects channel would settle whether it was acted on";

/// The changed push was not taken, the intact one was.
///
/// Real servers refuse with 401, 403, 400, 500, a dropped connection, 200 and nothing, 200 and a
/// text. So an answer other than the control's is a refusal; the control's own content, a message to
/// the forged user, is proof that the push was taken; and the same bare acknowledgement proves nothing.
pub fn refused(
    transcript: &Transcript,
    changed: usize,
    intact: usize,
    claim: &'static str,
) -> Judgement {
    let control = control(transcript, intact)?;
    if !seems_accepted(control) {
        let by = if is_no_utf_8(control) {
            RuleId::REPLY_UTF_8
        } else {
            RuleId::ACKNOWLEDGES
        };
        return Err(Miss::inconclusive(blocked(by)));
    }
    let entry = entry(transcript, changed)?;
    let expected =
        "a refusal, or no effect: any status, any text, but not the answer to a true push";
    if let Some(settled) = refused_by_effects(transcript, entry, control) {
        return settled.map_err(|actual| {
            let finding = Finding::new(claim, changed, expected, actual);
            Miss::Found(finding.with_story(effects::story(transcript)).proven())
        });
    }
    if !is_served(entry) {
        return Ok(());
    }
    if let Some(passive) = message(entry)
        && let Sent::Push { openid, text, .. } = &entry.sent
        && (passive.to_user.as_ref() == Some(openid)
            || text
                .as_ref()
                .is_some_and(|text| passive.content.as_ref() == Some(text)))
    {
        let actual = format!("taken: {}", describe(entry));
        return Finding::new(claim, changed, expected, actual)
            .proven()
            .found();
    }
    if alike(entry, control) && says_nothing(control) {
        return Err(match transcript.profile.channel {
            Channel::None => Miss::inconclusive(Missing::TakenPushes),
            Channel::Api | Channel::Page => Miss::inconclusive(Unjudged::NothingSeenTaken),
        });
    }
    if alike(entry, control) {
        let entry = describe(entry);
        let actual = if transcript.profile.channel == Channel::None {
            format!(
                "acknowledged like a true push ({entry}); {SETTLED_BY_EFFECTS}: ⟦api-listen⟧ or ⟦effects-url⟧"
            )
        } else {
            format!(
                "acknowledged like a true push ({entry}); neither had an effect that could be seen here: if the server acts on pushes, point the base URL of its API calls at wxcheck"
            )
        };
        return Err(Miss::Doubtful(Finding::new(
            claim, changed, expected, actual,
        )));
    }
    Ok(())
}

/// Evidence from effects, where they can be seen: the changed push had one, whatever it was answered, or the
/// intact one alone had. `None` where they settle nothing.
fn refused_by_effects(
    transcript: &Transcript,
    changed: &Entry,
    intact: &Entry,
) -> Option<Result<(), String>> {
    let user = |entry: &Entry| match &entry.sent {
        Sent::Push { openid, .. } => Some(openid.clone()),
        _ => None,
    };
    let (forged, true_user) = (user(changed)?, user(intact)?);
    if let Some(effect) = effects::of_user(transcript, &forged).next() {
        return Some(Err(format!(
            "acted on: {}, and then a call of {} for `{forged}`",
            describe(changed),
            effect.path
        )));
    }
    let seen = effects::of_user(transcript, &true_user).next().is_some();
    seen.then_some(Ok(()))
}

/// A text or a page with status 200 may be the refusal of a server that misjudges true pushes.
fn seems_accepted(control: &Entry) -> bool {
    !matches!(
        control.reply.as_ref().map(|reply| &innermost(reply).kind),
        Some(
            ReplyKind::Other(_)
                | ReplyKind::Html
                | ReplyKind::QuotedText(_)
                | ReplyKind::Malformed { .. }
                | ReplyKind::NotUtf8 { .. }
        )
    )
}

/// A message that is no UTF-8, so that nobody can read what it says.
pub(crate) fn is_no_utf_8(entry: &Entry) -> bool {
    let kind = entry.reply.as_ref().map(|reply| &innermost(reply).kind);
    matches!(kind, Some(ReplyKind::NotUtf8 { .. }))
}

/// An answer without any body.
fn says_nothing(entry: &Entry) -> bool {
    matches!(
        entry.reply.as_ref().map(|reply| &innermost(reply).kind),
        Some(ReplyKind::Empty)
    )
}

/// Same status, and bodies that say the same, in envelopes both or neither: what a server answers when it sees no
/// difference.
pub(crate) fn alike(one: &Entry, other: &Entry) -> bool {
    let status = |entry: &Entry| entry.answer().map(|answer| answer.status);
    if status(one) != status(other) {
        return false;
    }
    match (one.reply.as_ref(), other.reply.as_ref()) {
        (Some(one), Some(other)) => {
            is_sealed(one) == is_sealed(other)
                && match (&innermost(one).kind, &innermost(other).kind) {
                    (ReplyKind::Passive(_), ReplyKind::Passive(_))
                    // Envelopes that do not open.
                    | (ReplyKind::Sealed(_), ReplyKind::Sealed(_)) => true,
                    (one, other) => one == other,
                }
        }
        _ => false,
    }
}

const fn is_sealed(reply: &Reply) -> bool {
    matches!(reply.kind, ReplyKind::Sealed(_))
}

/// The message in an answer, also out of an envelope.
pub fn message(entry: &Entry) -> Option<&Passive> {
    fn within(reply: &Reply) -> Option<&Passive> {
        match &reply.kind {
            ReplyKind::Passive(passive) => Some(passive),
            ReplyKind::Sealed(sealed) => sealed.inner.as_deref().and_then(within),
            _ => None,
        }
    }
    entry.reply.as_ref().and_then(within)
}

/// The envelope of an answer.
pub fn sealed(entry: &Entry) -> Option<&Sealed> {
    match &entry.reply.as_ref()?.kind {
        ReplyKind::Sealed(sealed) => Some(sealed),
        _ => None,
    }
}

/// True if a body is compressed though nobody asked: a rule of its own reports that, and the content is unknown.
pub fn is_encoded(answer: &Answer) -> bool {
    let coding = answer.header("content-encoding");
    coding.is_some_and(|coding| !coding.is_empty() && coding != "identity")
}

/// The content of an answer's body, out of its envelope if it has one.
pub fn innermost(reply: &Reply) -> &Reply {
    reply.innermost()
}

/// One line that says what came: status, time and the beginning of the body, or why nothing came.
pub fn describe(entry: &Entry) -> String {
    describe_around(entry, 0)
}

/// The same, with what stands around a byte of the body, or of the text within an envelope.
pub fn describe_around(entry: &Entry, at: usize) -> String {
    match &entry.outcome {
        Outcome::Silent(silence) => silence.to_string(),
        Outcome::Answered(answer) if answer.body.is_empty() => {
            format!("{} with an empty body", status(answer))
        }
        Outcome::Answered(answer) => match sealed(entry).and_then(|sealed| sealed.text.as_ref()) {
            Some(text) => format!(
                "{}, sealed, opened `{}`",
                status(answer),
                excerpt_around(text.as_bytes(), at)
            ),
            None => format!(
                "{}, body `{}`",
                status(answer),
                excerpt_around(&answer.body, at)
            ),
        },
    }
}

/// The status, and the methods that 405 says are allowed.
fn status(answer: &Answer) -> String {
    match answer.header("allow") {
        Some(methods) if answer.status == 405 => {
            format!("status 405 (Allow: {})", visible(methods))
        }
        _ => format!("status {}", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{answered, delivered, forged, in_envelope, transcript},
        profile::Profile,
    };

    fn judged(forged_got: &str, true_got: &str, sealed: bool) -> Judgement {
        let pair = [
            forged("oForged", answered(200, forged_got)),
            delivered("oTrue", 1, answered(200, true_got)),
        ];
        let entries = pair.map(|entry| {
            if sealed {
                in_envelope(entry, Vec::new())
            } else {
                entry
            }
        });
        refused(&transcript(entries.to_vec()), 0, 1, "claim")
    }

    #[test]
    fn nobody_is_advised_to_give_a_channel_that_is_given() {
        let judged = |channel, answer: &str| {
            let pair = [
                forged("oForged", answered(200, answer)),
                delivered("oTrue", 1, answered(200, answer)),
            ];
            let mut play = transcript(pair.to_vec());
            play.profile = std::sync::Arc::new(Profile {
                channel,
                ..(*play.profile).clone()
            });
            refused(&play, 0, 1, "claim")
        };
        for (channel, advises) in [(Channel::None, true), (Channel::Api, false)] {
            let Err(Miss::Doubtful(finding)) = judged(channel, "success") else {
                panic!("{channel:?}");
            };
            assert_eq!(finding.actual.contains(SETTLED_BY_EFFECTS), advises);
            assert_eq!(finding.actual.contains("⟦api-listen⟧"), advises);
            let Err(Miss::Inconclusive(reason)) = judged(channel, "") else {
                panic!("{channel:?}");
            };
            assert!(reason.shows_no_push_taken());
            for told in [reason.to_string(), reason.chinese()] {
                assert_eq!(told.contains('⟦'), advises, "{told}");
            }
        }
    }

    #[test]
    fn envelopes_change_nothing_about_what_is_taken_or_refused() {
        for sealed in [false, true] {
            assert_eq!(judged("bad signature", "success", sealed), Ok(()));
            let same = judged("success", "success", sealed);
            assert!(matches!(same, Err(Miss::Doubtful(_))), "{same:?}");
            // Of a server that answers nothing to anything, nothing is known to be taken.
            let nothing = judged("", "", sealed);
            assert!(matches!(nothing, Err(Miss::Inconclusive(_))), "{nothing:?}");
            // What true pushes get is no acknowledgement, so a refusal says nothing.
            let page = judged("bad signature", "<!DOCTYPE html><html></html>", sealed);
            assert!(matches!(page, Err(Miss::Inconclusive(_))), "{page:?}");
        }
    }
}
