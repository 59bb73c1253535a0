//! Faults looked for in every reply of a run, whichever rule caused it. Each is reported by the rule that owns it.

use wxcheck_protocol::message::scalar_of;

use super::{
    content, encoding, fitting,
    passive::{MessageFault, message_fault},
};
use crate::{
    expect::{describe, is_served, message},
    finding::Finding,
    frame::Frame,
    identity::is_invented,
    rule::{Rule, RuleId, claim},
    transcript::{Entry, Sent, Transcript},
};

/// A look for one fault in a reply as it stands.
type Look = fn(&Entry, usize) -> Option<Finding>;

static LOOKS: [(&Rule, Look); 5] = [
    (&encoding::UTF_8, encoding::not_utf_8),
    (&fitting::NO_EMPTY_CONTENT, fitting::empty_content),
    (&fitting::NO_SUCCESS_AS_TEXT, fitting::success_as_text),
    (&fitting::TEXT_LENGTH, fitting::too_long),
    (&fitting::ONE_ARTICLE, fitting::too_many_articles),
];

/// Every rule that [`faults`] reports for.
pub(crate) static OWNERS: [RuleId; 14] = [
    encoding::UTF_8.id,
    fitting::NO_EMPTY_CONTENT.id,
    fitting::NO_SUCCESS_AS_TEXT.id,
    fitting::TEXT_LENGTH.id,
    fitting::ONE_ARTICLE.id,
    content::TEXT_UNCHANGED.id,
    RuleId::WELL_FORMED,
    RuleId::NO_TRANSFER_ON_EVENT,
    RuleId::NAMES_SWAPPED,
    RuleId::CREATE_TIME,
    RuleId::KNOWN_TYPE,
    RuleId::REPLY_SEALED,
    RuleId::REPLIES_TO_THE_SENDER,
    RuleId::CATALOGUE_REPLIES,
];

/// The faults of the replies of a play, each with the rule that reports it.
pub(crate) fn faults(transcript: &Transcript, frame: Option<&Frame>) -> Vec<(RuleId, Finding)> {
    let entries = transcript.entries.iter().enumerate();
    let replies = entries.filter(|(_, entry)| is_answer_to_a_user(transcript, entry));
    let found = replies.flat_map(|(at, entry)| {
        let looks = LOOKS
            .iter()
            .filter_map(move |(rule, look)| Some((rule.id, look(entry, at)?)));
        // The rules about repeats tell what a repeat is answered, and what another user gets is told once.
        let repeats_own_text = entry.origin == at && !is_to_another_user(entry);
        let frame = frame.filter(|_| repeats_own_text);
        let changed = frame.and_then(|frame| content::changed(frame, transcript, entry, at));
        let changed = changed.map(|finding| (content::TEXT_UNCHANGED.id, finding));
        let malformed = (entry.push_name() == "text").then(|| content::malformed(entry, at));
        let malformed = malformed
            .flatten()
            .map(|finding| (RuleId::WELL_FORMED, finding));
        looks
            .chain(changed)
            .chain(malformed)
            .chain(misaddressed_or_unfit(transcript, entry, at))
    });
    found.collect()
}

/// A true push that was taken and asks for nothing but a message or an acknowledgement.
fn is_answer_to_a_user(transcript: &Transcript, entry: &Entry) -> bool {
    let known = transcript.profile.entry(entry.push_name());
    let is_structured = known.is_some_and(|known| known.answer.is_some());
    matches!(entry.sent, Sent::Push { is_true: true, .. }) && is_served(entry) && !is_structured
}

/// A message to somebody else, or one that WeChat cannot use.
fn misaddressed_or_unfit(
    transcript: &Transcript,
    entry: &Entry,
    at: usize,
) -> Option<(RuleId, Finding)> {
    let MessageFault {
        claim,
        rule,
        expected,
    } = message_fault(&transcript.profile, entry)?;
    // Markup that a user wrote and the server pasted hides Content: the rules about texts tell that.
    let has_markup = |text: &String| text.contains('<');
    if rule == RuleId::KNOWN_TYPE
        && matches!(&entry.sent, Sent::Push { text: Some(text), .. } if has_markup(text))
    {
        return None;
    }
    let finding = Finding::new(claim, at, expected, describe(entry));
    if rule == RuleId::REPLY_SEALED {
        let claim = claim::PLAIN_REPLY;
        return Some((rule, Finding { claim, ..finding }));
    }
    if claim == "to-user" && is_to_another_user(entry) {
        let finding = Finding {
            claim: claim::OTHER_USER,
            ..finding
        };
        return Some((RuleId::REPLIES_TO_THE_SENDER, finding.proven()));
    }
    // What rules about a text say of it, one rule says of all other pushes.
    let is_text = entry.push_name() == "text" || rule == RuleId::NO_TRANSFER_ON_EVENT;
    Some(if is_text {
        (rule, finding)
    } else {
        (RuleId::CATALOGUE_REPLIES, finding.about(entry.push_name()))
    })
}

/// True if it goes to one of our own users, and not to the one who wrote.
fn is_to_another_user(entry: &Entry) -> bool {
    let Sent::Push { fields, .. } = &entry.sent else {
        return false;
    };
    let user = scalar_of(fields, "FromUserName").unwrap_or_default();
    let to = message(entry).and_then(|message| message.to_user.as_deref());
    to.is_some_and(|to| to != user && is_invented(to))
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;

    use super::*;
    use crate::hand_made::{OPENID, ORIGINAL_ID, answered, push, text_reply, transcript};

    fn rules_of(text: &str, to: &str, content: &str) -> Vec<&'static str> {
        let mut entry = push(text, answered(200, &text_reply(to, ORIGINAL_ID, content)));
        if let Sent::Push { fields, .. } = &mut entry.sent {
            *fields = vec![
                Field::text("ToUserName", ORIGINAL_ID),
                Field::text("FromUserName", OPENID),
            ];
        }
        let frame = Frame::of("> hello", "hello");
        let found = faults(&transcript(vec![entry]), frame.as_ref());
        found.into_iter().map(|(rule, _)| rule.as_str()).collect()
    }

    #[test]
    fn each_fault_is_reported_by_its_rule() {
        assert!(rules_of("x", OPENID, "> x").is_empty());
        assert_eq!(rules_of("x", OPENID, ""), ["reply/no-empty-content"]);
        assert_eq!(rules_of("007", OPENID, "> 7"), ["reply/text-unchanged"]);
        assert_eq!(rules_of("x", ORIGINAL_ID, "> x"), ["reply/names-swapped"]);
        assert_eq!(
            rules_of("x", "oWXCK00000000000000000000000", "> x"),
            ["redelivery/replies-to-the-sender"]
        );
    }
}
