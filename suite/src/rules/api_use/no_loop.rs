//! The result of a message, which WeChat pushes as an event: whoever answers it with another message never comes to rest.

use wxcheck_mock_server::sending::{SUBSCRIBE_MESSAGE, TEMPLATE_MESSAGE};

use crate::{
    effects::{addressee, story},
    expect::control,
    finding::{Finding, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, QUIET, Step},
    transcript::{ApiCall, Sent},
};

/// Events that tell the result of a message, each with the call that leads to such an event.
const RESULTS: [(&str, &str); 2] = [
    ("TEMPLATESENDJOBFINISH", TEMPLATE_MESSAGE),
    ("subscribe_msg_sent_event", SUBSCRIBE_MESSAGE),
];

pub(super) static NO_LOOP: Rule = Rule {
    id: RuleId::new("api-use/no-loop"),
    since: "0.1.0",
    level: Level::Should,
    source: "official account documents, template messages: the result of each is pushed as TEMPLATESENDJOBFINISH (observed: an endless loop, node-webot/wechat-api #244); subscribe messages likewise",
    summary: "The server sends no message of a kind because it is told that such a message was sent.",
    why: "Each message brings another event, and each event another message, until the quota of the day is used up.",
    fix: "Only log TEMPLATESENDJOBFINISH and subscribe_msg_sent_event; do not let a handler for all events answer them.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Shared,
    scenarios: |profile| {
        let told = RESULTS.iter().filter_map(|(name, _)| profile.entry(name));
        let told = told.map(|entry| {
            [
                Step::Deliver(Deliver::entry(entry, profile.format)),
                Step::Settle { quiet: QUIET },
            ]
        });
        Cases::each_or(told, Unjudged::NoSuchEvent)
    },
    claims: &["loop"],
    judge: |transcript| {
        let entry = control(transcript, 0)?;
        let Sent::Push { openid, .. } = &entry.sent else {
            return Ok(());
        };
        let sent = RESULTS.iter().find(|(name, _)| *name == entry.push_name());
        let Some((_, path)) = sent else {
            return Err(Miss::inconclusive(Unjudged::NoResultPushed));
        };
        let is_another = |call: &&ApiCall| {
            call.path == *path && addressee(call).is_some_and(|user| user == *openid)
        };
        let Some(call) = transcript.calls.iter().find(is_another) else {
            return Ok(());
        };
        let actual = format!(
            "a call of {}, whose result is pushed as `{}` again, without end",
            call.path,
            entry.push_name()
        );
        Finding::new("loop", 0, "no further message of that kind", actual)
            .with_story(story(transcript))
            .proven()
            .found()
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{answered, call, delivered, transcript},
    };

    fn judged(path: &str, user: &str) -> Judgement {
        let mut entry = delivered("oA", 0, answered(200, "success"));
        if let Sent::Push { name, .. } = &mut entry.sent {
            "TEMPLATESENDJOBFINISH".clone_into(name);
        }
        let mut seen = transcript(vec![entry]);
        seen.calls = vec![ApiCall {
            path: path.into(),
            ..call(user, 5)
        }];
        (NO_LOOP.judge)(&seen)
    }

    #[test]
    fn only_a_message_of_the_same_kind_goes_round() {
        let template = "/cgi-bin/message/template/send";
        assert!(matches!(judged(template, "oA"), Err(Miss::Found(_))));
        assert_eq!(judged(template, "oB"), Ok(()));
        assert_eq!(judged("/cgi-bin/message/custom/send", "oA"), Ok(()));
    }
}
