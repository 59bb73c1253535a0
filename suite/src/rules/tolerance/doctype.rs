//! A document type declaration in a push: the way to read files and to stall servers through XML.

use crate::{
    content::ENTITY_TEXT,
    expect::{acknowledged, describe, entry, message, sealed},
    finding::{Finding, Judgement},
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Doctype, Form, Step},
    transcript::{Entry, Transcript},
};

/// The time that a fetch is waited for once the push is answered: parsers fetch while they parse, so this
/// is for those that parse in the background.
const QUIET: u64 = 300;

pub(super) static DOCTYPE: Rule = Rule {
    id: RuleId::new("tolerance/doctype"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice, since the payment SDK's hole of 2018: WeChat never sends a document type declaration",
    summary: "The server neither expands nor fetches entities of a document type declaration, and reads no file for them.",
    why: "Through an external entity a stranger reads the server's files and calls its neighbours; nested ones stall it.",
    fix: "Refuse a DOCTYPE in the XML parser; switching entity expansion off alone was not enough in several parsers.",
    needs: &[Need::Xml, Need::Served],
    turn: Turn::Last,
    scenarios: cases,
    claims: &[
        "fetched",
        "in-time",
        "expanded",
        "file-read",
        "next-push-served",
    ],
    judge,
};

fn cases(profile: &Profile) -> Cases {
    let mut doctypes = vec![Doctype::Internal, Doctype::Nested];
    // The listener is on this machine: a server elsewhere could not reach it.
    if profile.local {
        doctypes.insert(1, Doctype::External);
    }
    if profile.entity_file.is_some() {
        doctypes.push(Doctype::File);
    }
    // A reader of envelopes that refuses it hides what the reader of messages does.
    let within: &[bool] = if profile.mode.seals() {
        &[false, true]
    } else {
        &[false]
    };
    let forms = within.iter().flat_map(|within| {
        doctypes.iter().map(|doctype| Form {
            doctype: Some(*doctype),
            doctype_within: *within,
            ..Form::default()
        })
    });
    Cases::each(forms.map(|form| {
        let doctype = form.doctype;
        let mut steps = vec![Step::Deliver(Deliver::text("").written(form))];
        if doctype == Some(Doctype::External) {
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
    let file = transcript.profile.entity_file.as_ref();
    for (word, claim, what, expected) in [
        (
            Some(ENTITY_TEXT),
            "expanded",
            "the entity's text",
            "no entity is expanded",
        ),
        (
            file.map(|file| file.word.as_str()),
            "file-read",
            "the text of a file on this machine, which the entity names,",
            "no entity is read from a file",
        ),
    ] {
        if let Some(place) = word.and_then(|word| place_of(word, transcript, declared)) {
            return Finding::new(claim, 0, expected, format!("{what} in {place}"))
                .proven()
                .found();
        }
    }
    acknowledged(transcript, 1, "next-push-served")
}

/// The place where that text came out again: the body, an encrypted reply, or a call that was made meanwhile.
fn place_of(word: &str, transcript: &Transcript, entry: &Entry) -> Option<String> {
    let body = entry
        .answer()
        .map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    let content = message(entry).and_then(|message| message.content.clone());
    let opened = sealed(entry).and_then(|sealed| sealed.text.clone());
    let mut texts = [body, content, opened].into_iter().flatten();
    if texts.any(|text| text.contains(word) && !text.contains("<!ENTITY")) {
        return Some(describe(entry));
    }
    let mut calls = transcript.calls.iter();
    let call = calls.find(|call| call.body.contains(word))?;
    Some(format!("a call of {}", call.path))
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
        let mut reading = transcript(vec![
            push("", answered(200, "a word of ours")),
            push("x", answered(200, "")),
        ]);
        reading.profile_mut().entity_file = Some(crate::entity_file::EntityFile {
            url: "file:///tmp/x".into(),
            word: "a word of ours".into(),
        });
        let read = judge(&reading);
        assert!(
            matches!(read, Err(crate::finding::Miss::Found(finding)) if finding.claim == "file-read")
        );
        let mut fetching = transcript(vec![
            push("", answered(200, "")),
            push("x", answered(200, "")),
        ]);
        fetching.fetched.push("/entity/1".into());
        assert!(judge(&fetching).is_err());
    }
}
