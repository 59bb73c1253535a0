//! The sender of a push: FromUserName, and not the `openid` of the query, which no signature covers.

use crate::{
    effects::{addressee, is_sending, story},
    expect::{describe, entry, is_served, message},
    finding::{Finding, Miss},
    identity::is_invented,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Form, QUIET, Step},
    transcript::Sent,
};

pub(super) static SENDER_FROM_BODY: Rule = Rule {
    id: RuleId::new("push-signature/sender-from-body"),
    since: "0.1.0",
    level: Level::Should,
    source: "message push page: FromUserName is the sender; `openid` is documented nowhere, equals FromUserName wherever it was seen, and no signature covers it (by construction)",
    summary: "The server answers the user of FromUserName, whatever `openid` the query names.",
    why: "Whoever has seen one valid URL puts another openid into it: the server acts for that user, and sends the answer there.",
    fix: "Read the user from FromUserName in the body (in safe mode in the decrypted message), and ignore `openid` in the query.",
    needs: &[Need::Signed, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let form = Form {
            foreign_openid: true,
            ..Form::default()
        };
        let push = Deliver::of(profile.message_or("hello")).written(form);
        Cases::each([[Step::Deliver(push), Step::Settle { quiet: QUIET }]])
    },
    claims: &["query-openid"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Sent::Push { openid, .. } = &entry.sent else {
            return Ok(());
        };
        let is_strangers = |user: &str| user != openid && is_invented(user);
        let expected = "a message for the user of FromUserName, or a refusal";
        let to = message(entry).and_then(|reply| reply.to_user.as_deref());
        if to.is_some_and(is_strangers) {
            let actual = format!(
                "a message for the `openid` of the query: {}",
                describe(entry)
            );
            return Finding::new("query-openid", 0, expected, actual)
                .proven()
                .found();
        }
        let mut sending = transcript
            .calls
            .iter()
            .filter(|call| call.own && is_sending(call))
            .peekable();
        let is_silent = to.is_none() && sending.peek().is_none();
        if let Some(call) =
            sending.find(|call| addressee(call).is_some_and(|user| is_strangers(&user)))
        {
            let actual = format!("{} for the `openid` of the query", call.path);
            return Finding::new("query-openid", 0, expected, actual)
                .with_story(story(transcript))
                .proven()
                .found();
        }
        if is_served(entry) && is_silent {
            return Err(Miss::not_applicable(Unjudged::NoUserNamed));
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{ORIGINAL_ID, answered, call, delivered, text_reply, transcript},
        transcript::ApiCall,
    };

    const USER: &str = "oWXCK000000000000000000000a00";
    const STRANGER: &str = "oWXCK000000000000000000000aff";

    fn judged(status: u16, body: &str, calls: Vec<ApiCall>) -> Judgement {
        let mut seen = transcript(vec![delivered(USER, 0, answered(status, body))]);
        seen.calls = calls;
        (SENDER_FROM_BODY.judge)(&seen)
    }

    #[test]
    fn the_user_is_the_one_in_the_body() {
        let reply = |to: &str| text_reply(to, ORIGINAL_ID, "echo");
        assert_eq!(judged(200, &reply(USER), Vec::new()), Ok(()));
        assert_eq!(judged(200, "success", vec![call(USER, 5)]), Ok(()));
        assert_eq!(judged(403, "", Vec::new()), Ok(()));
        let silent = judged(200, "success", Vec::new());
        assert!(matches!(silent, Err(Miss::NotApplicable(_))), "{silent:?}");
        for judged in [
            judged(200, &reply(STRANGER), Vec::new()),
            judged(200, "success", vec![call(STRANGER, 5)]),
        ] {
            assert!(matches!(judged, Err(Miss::Found(_))), "{judged:?}");
        }
    }
}
