//! WeChat's repeat is a second chance: for a push whose work failed, and for a reply that nobody received.

use super::effects::effectful_push;
use crate::{
    effects::{count_of_user, is_sending, over_quota, story},
    expect::{describe, entry, is_served, message, sealed},
    finding::{Finding, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{ApiAct, Deliver, Hold, QUIET, Step},
    transcript::{Entry, Sent, Transcript},
};

/// The errcode of a system that is busy: try again.
const BUSY: i64 = -1;

pub(super) static AFTER_FAILED_WORK: Rule = Rule {
    id: RuleId::new("redelivery/one-effect-after-failure"),
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: a push that is not answered in time is sent again; observed: a MsgId that is marked before the work (metabot #337)",
    summary: "Where the server answers a push with an error because WeChat's API failed, it acts on the repeat.",
    why: "The message is marked as handled and was not: when WeChat delivers it again, it is swallowed, and the user hears nothing.",
    fix: "Take the mark back when the work fails (or mark a message as done only when it is), so that the repeat is worked on.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        Cases::each([[
            Step::Api(ApiAct::RefuseMessages { errcode: BUSY }),
            Step::Deliver(effectful_push(profile)),
            Step::Api(ApiAct::Recover),
            Step::Redeliver { of: 0 },
            // Who answers with an error waits for the API, so that nothing else is to be waited for.
            Step::Pause { percent: 5 },
        ]])
    },
    claims: &["swallowed"],
    judge: |transcript| {
        let (first, again) = (entry(transcript, 0)?, entry(transcript, 1)?);
        let Sent::Push { openid, .. } = &first.sent else {
            return Ok(());
        };
        // Its call may come after the API works again, and tells nothing then.
        if is_served(first) {
            return Err(Miss::not_applicable(Unjudged::AcknowledgedBefore));
        }
        if count_of_user(transcript, openid) > 0 {
            return Ok(());
        }
        let failed = transcript.calls.iter().any(|call| call.own || call.struck);
        if !failed || !is_served(again) {
            return Err(Miss::inconclusive(Unjudged::RepeatNotAcknowledged));
        }
        let actual = format!(
            "the first delivery got {}, the repeat {}, and no message to the user followed",
            describe(first),
            describe(again)
        );
        Finding::new("swallowed", 1, "an effect of the repeat", actual)
            .with_story(story(transcript))
            .found()
    },
};

pub(super) static REPLY_AFTER_DROP: Rule = Rule {
    id: RuleId::new("redelivery/reply-after-drop"),
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: the reply belongs into the answer to a push, and after a cut the same push is sent again; observed: repeats that get `success` (CowAgent #2481)",
    summary: "Where the reply to a push was lost with its connection, the repeat gets that reply, or the user a message.",
    why: "The repeat is answered `success` because its MsgId is known: WeChat takes that for the whole answer, and the user gets none.",
    fix: "Keep the reply with the MsgId and answer the repeat with it, or send it through the customer service API.",
    needs: &[Need::Served, Need::PassiveReply],
    turn: Turn::Shared,
    scenarios: |_| {
        let dropped = Deliver::text("hello").held(Hold::DropAfterSend);
        Cases::each([[
            Step::Deliver(Deliver::text("hello").from_user(1)),
            Step::Deliver(dropped),
            Step::Redeliver { of: 1 },
            Step::Settle { quiet: QUIET },
        ]])
    },
    claims: &["reply-lost"],
    judge: |transcript| {
        let (usual, again) = (entry(transcript, 0)?, entry(transcript, 2)?);
        if !has_reply(usual) || !is_served(again) {
            return Err(Miss::not_applicable(Unjudged::NoReplyOrRepeat));
        }
        if has_reply(again) || got_message(transcript, again) {
            return Ok(());
        }
        let expected = format!("the reply, as to another user: {}", describe(usual));
        Finding::new("reply-lost", 2, expected, describe(again)).found()
    },
};

fn has_reply(entry: &Entry) -> bool {
    message(entry).is_some() || sealed(entry).is_some()
}

/// True if the user of that push was sent anything through the API.
fn got_message(transcript: &Transcript, entry: &Entry) -> bool {
    let Sent::Push { openid, .. } = &entry.sent else {
        return false;
    };
    let mut calls = transcript.calls.iter().filter(|call| is_sending(call));
    count_of_user(transcript, openid) + over_quota(transcript, openid) > 0
        || calls.any(|call| call.openid.as_ref() == Some(openid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{ORIGINAL_ID, answered, call, delivered, text_reply, transcript},
        transcript::ApiCall,
    };

    fn after_failure(first: u16, more: &[ApiCall]) -> Judgement {
        let mut seen = transcript(vec![
            delivered("oA", 0, answered(first, "")),
            delivered("oA", 0, answered(200, "success")),
        ]);
        seen.calls = vec![ApiCall {
            sent: false,
            times: 0,
            errcode: BUSY,
            struck: true,
            ..call("oA", 1)
        }];
        seen.calls.extend_from_slice(more);
        (AFTER_FAILED_WORK.judge)(&seen)
    }

    #[test]
    fn a_repeat_after_an_error_is_worked_on() {
        assert!(matches!(after_failure(500, &[]), Err(Miss::Found(_))));
        assert_eq!(after_failure(500, &[call("oA", 9)]), Ok(()));
        // What comes of a push that was acknowledged at first may have begun when nothing failed any more.
        for late in [&[][..], &[call("oA", 9)]] {
            let judged = after_failure(200, late);
            assert!(matches!(judged, Err(Miss::NotApplicable(_))), "{judged:?}");
        }
    }

    fn after_drop(repeat: &str, calls: &[ApiCall]) -> Judgement {
        let reply = text_reply("oB", ORIGINAL_ID, "hi");
        let mut seen = transcript(vec![
            delivered("oB", 0, answered(200, &reply)),
            delivered("oA", 1, answered(200, "")),
            delivered("oA", 1, answered(200, repeat)),
        ]);
        seen.calls = calls.to_vec();
        (REPLY_AFTER_DROP.judge)(&seen)
    }

    #[test]
    fn a_lost_reply_comes_with_the_repeat_or_by_a_message() {
        assert!(matches!(after_drop("success", &[]), Err(Miss::Found(_))));
        assert_eq!(after_drop("success", &[call("oA", 3)]), Ok(()));
        assert_eq!(
            after_drop(&text_reply("oA", ORIGINAL_ID, "hi"), &[]),
            Ok(())
        );
    }
}
