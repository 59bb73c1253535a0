//! A document type declaration in a push: the way to read files and to stall servers through XML.

use crate::{
    content::ENTITY_TEXT,
    expect::{acknowledged, describe, entry},
    finding::{Finding, Judgement},
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Doctype, Form, Step},
    transcript::Transcript,
};

/// How long a fetch is waited for once the push is answered: parsers fetch while they parse, so this
/// is for those that parse in the background.
const QUIET: u64 = 300;

pub(super) static DOCTYPE: Rule = Rule {
    id: RuleId::new("tolerance/doctype"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice, since the payment SDK's hole of 2018: WeChat never sends a document type declaration",
    summary: "The server neither expands nor fetches entities of a document type declaration.",
    why: "Through an external entity a stranger reads the server's files and calls its neighbours; nested ones stall it.",
    fix: "Refuse a DOCTYPE in the XML parser; switching entity expansion off alone was not enough in several parsers.",
    needs: &[Need::Xml, Need::Served],
    turn: Turn::Last,
    scenarios: cases,
    claims: &["fetched", "in-time", "expanded", "next-push-served"],
    judge,
};

fn cases(profile: &Profile) -> Cases {
    // The listener is on this machine: a server elsewhere could not reach it.
    let doctypes: &[Doctype] = if profile.local {
        &[Doctype::Internal, Doctype::External, Doctype::Nested]
    } else {
        &[Doctype::Internal, Doctype::Nested]
    };
    Cases::each(doctypes.iter().map(|doctype| {
        let form = Form {
            doctype: Some(*doctype),
            ..Form::default()
        };
        let mut steps = vec![Step::Deliver(Deliver::text("").written(form))];
        if *doctype == Doctype::External {
            steps.push(Step::AwaitFetch { quiet: QUIET });
        }
        steps.push(Step::Deliver(
            Deliver::text("after the declaration").from_user(1),
        ));
        crate::step::Scenario::of(steps)
    }))
}

fn judge(transcript: &Transcript) -> Judgement {
    let declared = entry(transcript, 0)?;
    if !transcript.fetched.is_empty() {
        let actual = "it fetched the external entity from our listener";
        return Finding::new("fetched", 0, "no entity is fetched", actual)
            .proven()
            .found();
    }
    if declared
        .silence()
        .is_some_and(wxcheck_mock_server::Silence::is_time_out)
    {
        let expected = format!("any answer within {:?}", transcript.profile.limit);
        return Finding::new("in-time", 0, expected, describe(declared)).found();
    }
    if shows_expansion(declared) {
        let actual = format!("the entity's text in {}", describe(declared));
        return Finding::new("expanded", 0, "no entity is expanded", actual)
            .proven()
            .found();
    }
    acknowledged(transcript, 1, "next-push-served")
}

/// In the body itself or in an encrypted reply.
fn shows_expansion(entry: &crate::transcript::Entry) -> bool {
    let body = entry
        .answer()
        .map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    let content = crate::expect::message(entry).and_then(|message| message.content.clone());
    [body, content]
        .into_iter()
        .flatten()
        .any(|text| text.contains(ENTITY_TEXT) && !text.contains("<!ENTITY"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{
        OPENID, ORIGINAL_ID, answered, no_answer, push, text_reply, transcript,
    };

    fn claim(first: wxcheck_mock_server::Outcome) -> Option<&'static str> {
        let entries = vec![push("", first), push("x", answered(200, "success"))];
        match judge(&transcript(entries)) {
            Err(crate::finding::Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn a_refusal_passes_and_every_effect_is_found() {
        assert_eq!(claim(answered(400, "no")), None);
        assert_eq!(claim(no_answer()), Some("in-time"));
        let reply = text_reply(OPENID, ORIGINAL_ID, ENTITY_TEXT);
        assert_eq!(claim(answered(200, &reply)), Some("expanded"));
        let unserved = vec![push("", answered(400, "")), push("x", answered(500, ""))];
        assert!(matches!(
            judge(&transcript(unserved)),
            Err(crate::finding::Miss::Found(finding)) if finding.claim == "next-push-served"
        ));
        let mut fetching = transcript(vec![
            push("", answered(200, "")),
            push("x", answered(200, "")),
        ]);
        fetching.fetched.push("/entity/1".into());
        assert!(judge(&fetching).is_err());
    }
}
