//! Pushes with a forged signature: a text in every way to forge one, and what a handler may let pass by itself.

use wxcheck_mock_server::catalogue::Header;
use wxcheck_protocol::reply::StructuredOutcome;

use crate::{
    claim::Claim,
    effects,
    expect::{self, describe, entry, innermost, is_served},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    rule::Cases,
    step::{Content, Deliver, EntryContent, Forgery, QUIET, Scenario, Signing, Step},
    transcript::{Entry, Sent, Transcript},
};

use super::paired;

/// A push of another kind is taken, though a forged text is not.
const OTHER_KIND: Claim = "other-kind";

/// The claims: one for each forgery of a text, and one for all other pushes.
pub(super) const CLAIMS: [Claim; Forgery::CLAIMS.len() + 1] = {
    let mut claims = [OTHER_KIND; Forgery::CLAIMS.len() + 1];
    let mut at = 0;
    while at < Forgery::CLAIMS.len() {
        claims[at] = Forgery::CLAIMS[at];
        at += 1;
    }
    claims
};

/// A text with each forgery, and each other push with the plainest.
pub(super) fn cases(profile: &Profile) -> Cases {
    let texts = Forgery::ALL.map(|forgery| Scenario::of(paired(profile, Signing::Forged(forgery))));
    let others = others(profile)
        .into_iter()
        .map(|content| Scenario::of(beside_a_text(profile, &content)));
    Cases::each(texts.into_iter().chain(others))
}

/// A message that is no text, an event, and whatever the server is said to handle: each may have a handler of its own, and the
/// check may stand in the one for texts.
fn others(profile: &Profile) -> Vec<Content> {
    let mut others: Vec<Content> = Vec::new();
    if profile.account.is_written_to() {
        others.push(profile.push("image").into());
        let event = match profile.events.first() {
            Some(effectful_push) => effectful_push.content.clone(),
            None if profile.account.is_mini() => profile.enter_session(),
            None => profile.push("subscribe").into(),
        };
        others.push(event);
    }
    let handled = profile.catalogue.iter().filter(|entry| {
        let has_a_url = entry.header != Header::Info || profile.authorization;
        has_a_url && profile.handles(&entry.name)
    });
    others.extend(handled.map(|entry| EntryContent::of(entry, profile.format).into()));
    others
}

/// Such a push forged and intact, and a text forged in the same way: what that is answered shows how forgeries are refused.
fn beside_a_text(profile: &Profile, content: &Content) -> [Step; 5] {
    let forged = || Signing::Forged(Forgery::OtherToken);
    let settle = Step::Settle { quiet: QUIET };
    [
        Step::Deliver(Deliver::of(content.clone()).signed(forged())),
        settle.clone(),
        Step::Deliver(Deliver::of(content.clone()).from_user(1)),
        settle,
        Step::Deliver(
            Deliver::of(profile.message_or("a changed push"))
                .from_user(2)
                .signed(forged()),
        ),
    ]
}

/// The judgement on a pair, or on a push of another kind.
pub(super) fn judge(transcript: &Transcript) -> Judgement {
    match transcript.entries.get(2) {
        Some(text) => judge_other(transcript, text),
        None => judge_forgery(transcript),
    }
}

/// A push that is signed with another Token, and an intact one behind it, for [`judge_forgery`].
pub(crate) fn forged_pair(profile: &Profile) -> Scenario {
    Scenario::of(paired(profile, Signing::Forged(Forgery::OtherToken)))
}

/// The judgement on such a pair.
pub(crate) fn judge_forgery(transcript: &Transcript) -> Judgement {
    let counts = if transcript.profile.mode.seals() {
        "msg_signature"
    } else {
        "signature"
    };
    let forgery = entry(transcript, 0)?.recipe.forgery_of(counts);
    expect::refused(transcript, 0, 1, forgery.claim())
}

/// The judgement on a push that is no text. Where nothing shows what the server does with it, that it is answered otherwise
/// than a forged text is what tells it from a server that answers every forgery alike.
fn judge_other(transcript: &Transcript, text: &Entry) -> Judgement {
    let forged = entry(transcript, 0)?;
    let name = forged.push_name();
    let is_like_a_text = expect::alike(forged, text) || text.answer().is_none();
    match expect::refused(transcript, 0, 1, OTHER_KIND) {
        // A kind that the server does not take is no reason to leave texts unjudged.
        Err(Miss::Inconclusive(reason)) => Err(Miss::NotApplicable(reason)),
        Err(Miss::Doubtful(_)) if is_like_a_text => Ok(()),
        Err(Miss::Doubtful(finding)) if !says_done(transcript, forged) => {
            Err(Miss::Doubtful(finding.about(name)))
        }
        Err(Miss::Found(finding)) => finding.about(name).found(),
        Ok(()) if is_like_a_text || !says_done(transcript, forged) || has_effects(transcript) => {
            Ok(())
        }
        _ => {
            let expected = "a refusal, as a forged text gets";
            let actual = format!("answered as done: {}", describe(forged));
            Finding::new(OTHER_KIND, 0, expected, actual)
                .about(name)
                .found()
        }
    }
}

/// The answer says to WeChat that what was asked for is done.
fn says_done(transcript: &Transcript, entry: &Entry) -> bool {
    let structured = transcript.profile.entry(entry.push_name());
    let structured = structured.and_then(|pushed| pushed.answer);
    let object = entry.reply.as_ref().map(innermost);
    let object = object.and_then(|reply| reply.object.as_ref());
    let outcome = structured
        .zip(object)
        .filter(|(structured, object)| structured.is_meant(object))
        .map(|(structured, object)| structured.outcome(object));
    is_served(entry) && outcome == Some(StructuredOutcome::Done)
}

/// True if effects of the intact push can be seen, so that they settle what the forged one led to.
fn has_effects(transcript: &Transcript) -> bool {
    match transcript.entries.get(1).map(|entry| &entry.sent) {
        Some(Sent::Push { openid, .. }) => effects::of_user(transcript, openid).next().is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, call, delivered, forged, transcript};

    /// A forged image, an intact one and a forged text.
    fn judged(answers: [(u16, &str); 3], effect_for: Option<&str>) -> Judgement {
        let [image, intact, text] = answers.map(|(status, body)| answered(status, body));
        let mut seen = transcript(vec![
            forged("oForged", image),
            delivered("oTrue", 1, intact),
            forged("oText", text),
        ]);
        seen.calls = effect_for.map(|user| call(user, 5)).into_iter().collect();
        judge(&seen)
    }

    #[test]
    fn a_push_that_is_answered_otherwise_than_a_forged_text_is_doubted_and_acted_on_it_is_proven() {
        let success = (200, "success");
        let unchecked = [success, success, (403, "")];
        assert!(matches!(judged(unchecked, None), Err(Miss::Doubtful(_))));
        assert!(matches!(
            judged(unchecked, Some("oForged")),
            Err(Miss::Found(_))
        ));
        assert_eq!(judged(unchecked, Some("oTrue")), Ok(()));
    }

    #[test]
    fn whoever_answers_every_forgery_alike_or_refuses_that_kind_shows_nothing() {
        let success = (200, "success");
        assert_eq!(judged([success; 3], None), Ok(()));
        assert_eq!(judged([(403, ""), success, (403, "")], None), Ok(()));
        let untaken = judged([(403, ""), (500, ""), (403, "")], None);
        assert!(matches!(untaken, Err(Miss::NotApplicable(_))));
    }
}
