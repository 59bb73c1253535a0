//! WeChat pushes again when it hears nothing, and many users write at once.

mod effects;
mod handled;
mod orders;
mod retried;
mod second_chance;

use crate::{
    expect::{acknowledged, control, describe, entry, message},
    finding::{Finding, Judgement},
    identity::is_invented,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, claim},
    step::{Created, Deliver, Hold, MsgId, QUIET, Scenario, Step},
    transcript::{Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[
    &ACKNOWLEDGED,
    &AFTER_DROP,
    &second_chance::REPLY_AFTER_DROP,
    &TOGETHER,
    &REPLIES_TO_THE_SENDER,
    &OWN_REPLY,
    &BURST,
    &effects::IN_SEQUENCE,
    &effects::TOGETHER,
    &effects::AFTER_DROP,
    &second_chance::AFTER_FAILED_WORK,
    &effects::BETWEEN_OTHERS,
    &effects::LATER,
    &effects::EVENT_ONCE,
    &retried::TRADE_ONCE,
    &effects::NO_TWIN_EFFECTS,
    &effects::USERS_IN_ONE_SECOND,
    &effects::EQUAL_TEXTS,
    &effects::SAME_SECOND,
    &effects::CLOSE_MSG_IDS,
    &effects::FORGED_FIRST,
    &effects::EVENTS_IN_ONE_SECOND,
    &orders::ANY_ORDER,
    &handled::PAYMENT_AGAIN,
    &handled::SAME_WAYBILL,
    &handled::CHECKS_IN_ONE_SECOND,
];

const LOST: &str =
    "WeChat goes on pushing, gives up, and the user reads that the service is unavailable.";

static ACKNOWLEDGED: Rule = Rule {
    id: RuleId::new("redelivery/acknowledged"),
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: the same request is sent again; three deliveries in all, four after another status than 200, were seen",
    summary: "The server acknowledges the same push a second, third and fourth time, also when it comes again after six seconds.",
    why: LOST,
    fix: "Answer a repeated MsgId, or a repeated nonce, with `success` rather than an error; a window for old timestamps must be minutes, not seconds.",
    needs: &[Need::Served],
    turn: Turn::Long,
    scenarios: |_| {
        let again = || Step::Redeliver { of: 0 };
        let first = || Step::Deliver(Deliver::text("again"));
        let at_once = vec![first(), again(), again(), again()];
        // Others are alone meanwhile.
        let settle = Step::Settle { quiet: QUIET };
        // The same bytes: the timestamp is six seconds old where WeChat waits five.
        let late = vec![first(), settle, Step::Pause { percent: 120 }, again()];
        Cases::each([at_once, late].map(Scenario::of))
    },
    claims: &["acknowledged", "late"],
    judge: |transcript| {
        entry(transcript, 0)?;
        let claim = if transcript.entries.len() == 2 {
            "late"
        } else {
            "acknowledged"
        };
        (0..transcript.entries.len()).try_for_each(|at| acknowledged(transcript, at, claim))
    },
};

static AFTER_DROP: Rule = Rule {
    id: RuleId::new("redelivery/after-drop"),
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: after the cut at five seconds the same request is sent again",
    summary: "The server acknowledges a push whose first delivery lost its connection.",
    why: LOST,
    fix: "Mark a message as handled only when it is, and answer a repeated one with `success`.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let dropped = Deliver::text("dropped once").held(Hold::DropAfterSend);
        Cases::each([[Step::Deliver(dropped), Step::Redeliver { of: 0 }]])
    },
    claims: &["acknowledged"],
    judge: |transcript| acknowledged(transcript, 1, "acknowledged"),
};

static TOGETHER: Rule = Rule {
    id: RuleId::new("redelivery/together"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed: four deliveries within one second",
    summary: "The server acknowledges two deliveries of the same push that come together.",
    why: LOST,
    fix: "Let the second wait for the first, or answer it with `success`; no lock error, no 409.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let both = vec![
            Step::Deliver(Deliver::text("both at once")),
            Step::Redeliver { of: 0 },
        ];
        Cases::each([[Step::Together(both)]])
    },
    claims: &["acknowledged"],
    judge: every_delivery,
};

static REPLIES_TO_THE_SENDER: Rule = Rule {
    id: RuleId::REPLIES_TO_THE_SENDER,
    since: "0.1.0",
    level: Level::Must,
    source: "official account documents, passive replies: ToUserName is the user who wrote",
    summary: "One user's reply never reaches another when their messages interleave.",
    why: "Users read each other's messages.",
    fix: "Keep nothing about the current message in globals, singletons or shared buffers.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Alone,
    scenarios: |_| Cases::each([Scenario::of(interleaved())]),
    claims: &[claim::OTHER_USER],
    judge: |transcript| {
        let texts: Vec<(&str, &str)> = transcript
            .entries
            .iter()
            .filter_map(|entry| match &entry.sent {
                Sent::Push {
                    openid,
                    text: Some(text),
                    ..
                } => Some((openid.as_str(), text.as_str())),
                _ => None,
            })
            .collect();
        for (at, entry) in transcript.entries.iter().enumerate() {
            let (Some(passive), Sent::Push { openid, .. }) = (message(entry), &entry.sent) else {
                continue;
            };
            let to_other = passive
                .to_user
                .as_deref()
                .is_some_and(|to| to != openid && is_invented(to));
            let says_others = passive.content.as_deref().is_some_and(|content| {
                let mut others = texts.iter().filter(|(other, _)| other != openid);
                others.any(|(_, text)| content.contains(text))
            });
            if to_other || says_others {
                let expected = format!("a reply to `{openid}` about that user's own text");
                return Finding::new(claim::OTHER_USER, at, expected, describe(entry)).found();
            }
        }
        Ok(())
    },
};

static OWN_REPLY: Rule = Rule {
    id: RuleId::new("redelivery/own-reply"),
    since: "0.1.0",
    level: Level::Should,
    source: "message push page: every message has a MsgId of its own, a 64-bit integer",
    summary: "The server answers each of several messages of one second about its own text.",
    why: "A message that is taken for a repeat of another is swallowed, or answered with the other's reply.",
    fix: "Tell messages by the whole MsgId, read as a 64-bit integer or as text; CreateTime, with or without the user, is for events.",
    needs: &[Need::Served, Need::RepeatedText],
    turn: Turn::Shared,
    scenarios: |_| {
        let next = MsgId::Beyond { of: 0, by: 1 };
        let same_second = Created::SameSecondAs(0);
        let second = Deliver::text("bravo speaks").with_msg_id(next);
        Cases::each([[
            Step::Deliver(Deliver::text("alpha speaks")),
            Step::Deliver(second.created(same_second)),
            Step::Deliver(
                Deliver::text("charlie speaks")
                    .from_user(1)
                    .created(same_second),
            ),
        ]])
    },
    claims: &["swallowed"],
    judge: |transcript| {
        for (at, entry) in transcript.entries.iter().enumerate() {
            control(transcript, at)?;
            let Sent::Push {
                text: Some(text), ..
            } = &entry.sent
            else {
                continue;
            };
            let own = message(entry)
                .and_then(|reply| reply.content.as_deref())
                .is_some_and(|content| content.contains(text));
            if !own {
                let expected = format!("a reply about `{text}`");
                return Finding::new("swallowed", at, expected, describe(entry)).found();
            }
        }
        Ok(())
    },
};

static BURST: Rule = Rule {
    id: RuleId::new("redelivery/burst"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page (older text): five seconds for each push, however many users write",
    summary: "The server answers each of five pushes that come together within five seconds.",
    why: "Whenever a few users write at once, some read that the service is unavailable.",
    fix: "Serve requests in parallel, or do the slow work after answering.",
    needs: &[Need::Served],
    turn: Turn::Alone,
    scenarios: |_| {
        let pushes = (0..5).map(|user| Step::Deliver(Deliver::text("one of five").from_user(user)));
        Cases::each([[Step::Together(pushes.collect())]])
    },
    claims: &["in-time", "acknowledged"],
    judge: |transcript| {
        for (at, entry) in transcript.entries.iter().enumerate() {
            if entry.silence().is_some() {
                let expected = format!(
                    "each of five answered within {:?}",
                    transcript.profile.limit
                );
                return Finding::new("in-time", at, expected, describe(entry)).found();
            }
        }
        (0..transcript.entries.len())
            .try_for_each(|at| acknowledged(transcript, at, "acknowledged"))
    },
};

fn every_delivery(transcript: &Transcript) -> Judgement {
    entry(transcript, 0)?;
    (0..transcript.entries.len()).try_for_each(|at| acknowledged(transcript, at, "acknowledged"))
}

/// Three users, each with a text of their own, in three waves; then one of them alone, and a push of
/// another again: a server that remembers only its last answer gives it away there.
fn interleaved() -> Vec<Step> {
    let say = |user: u8| {
        let text = ["alpha speaks", "bravo speaks", "charlie speaks"][usize::from(user % 3)];
        Step::Deliver(Deliver::text(text).from_user(user % 3))
    };
    let wave = |first: u8| Step::Together((first..first + 3).map(say).collect());
    vec![wave(0), wave(1), wave(2), say(1), Step::Redeliver { of: 0 }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Miss,
        hand_made::{ORIGINAL_ID, answered, no_answer, push, text_reply, transcript},
    };

    fn from(user: &str, text: &str, body: &str) -> crate::transcript::Entry {
        let mut entry = push(text, answered(200, body));
        if let Sent::Push { openid, .. } = &mut entry.sent {
            *openid = user.into();
        }
        entry
    }

    #[test]
    fn a_reply_to_another_user_is_found() {
        let to = |user: &str, text: &str| text_reply(user, ORIGINAL_ID, text);
        let good = vec![
            from("oWXCKa", "alpha", &to("oWXCKa", "> alpha")),
            from("oWXCKb", "bravo", &to("oWXCKb", "> bravo")),
        ];
        assert_eq!((REPLIES_TO_THE_SENDER.judge)(&transcript(good)), Ok(()));
        let crossed = vec![
            from("oWXCKa", "alpha", &to("oWXCKa", "> bravo")),
            from("oWXCKb", "bravo", &to("oWXCKb", "> bravo")),
        ];
        let judgement = (REPLIES_TO_THE_SENDER.judge)(&transcript(crossed));
        assert!(matches!(judgement, Err(Miss::Found(finding)) if finding.at == 0));
    }

    #[test]
    fn every_delivery_is_judged() {
        let entries = vec![
            push("x", answered(200, "")),
            push("x", answered(409, "duplicate")),
        ];
        let judgement = (ACKNOWLEDGED.judge)(&transcript(entries));
        assert!(matches!(judgement, Err(Miss::Found(finding)) if finding.at == 1));
        let silent = vec![push("x", answered(200, "")), push("x", no_answer())];
        assert!((BURST.judge)(&transcript(silent)).is_err());
        let refused = vec![push("x", answered(200, "")), push("x", answered(500, ""))];
        let judgement = (BURST.judge)(&transcript(refused));
        assert!(matches!(judgement, Err(Miss::Found(finding)) if finding.claim == "acknowledged"));
    }
}
