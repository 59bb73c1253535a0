//! WeChat's API takes its time: pushes are answered all the same, and nothing is sent twice.

use super::effectful_push;
use crate::{
    effects::{Miscount, as_many_as_pushes, story},
    expect::{describe, entry},
    finding::Finding,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{ApiAct, QUIET, Step},
};

pub(super) static ANSWERS_WHILE_API_IS_SLOW: Rule = Rule {
    id: RuleId::new("api-use/answers-while-api-is-slow"),
    since: "0.1.0",
    level: Level::Must,
    source: "novel page: a normal push is to be answered within 5 s; older message push page",
    summary: "The server answers a push in time although WeChat's API is slow.",
    why: "When the API is slow, every push is delivered again and again, and users read that the service is unavailable.",
    fix: "Answer the push first, or at once, and call the API from a queue or a background task.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        Cases::each([[
            Step::Api(ApiAct::Slow { percent: 120 }),
            Step::Deliver(effectful_push(profile, 0)),
            Step::Api(ApiAct::Recover),
            Step::Settle { quiet: QUIET },
        ]])
    },
    claims: &["late"],
    judge: |transcript| {
        let push = entry(transcript, 0)?;
        if push
            .silence()
            .is_some_and(wxcheck_mock_server::Silence::is_time_out)
        {
            let expected = format!("an answer within {:?}", transcript.profile.limit);
            return Finding::new("late", 0, expected, describe(push))
                .with_story(story(transcript))
                .found();
        }
        Ok(())
    },
};

pub(super) static SENDS_ONCE_WHILE_API_IS_SLOW: Rule = Rule {
    id: RuleId::SENDS_ONCE_WHILE_API_IS_SLOW,
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: a call that was not answered in time may have been taken (observed: WxJava #2098)",
    summary: "The server does not send a message again because the API took long to answer.",
    why: "WeChat took the first one too: the user reads the same thing twice, on every slow day.",
    fix: "Wait at least ten seconds for the API, and repeat a send only when the connection was refused or an errcode says so, never after a timeout of reading.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Alone,
    // Whoever gives up waiting sends again when this play has long ended, beside the waits of other rules: the run counts that
    // in its end. A server that sends one message after the other is stuck meanwhile, so the next one is waited for too.
    scenarios: |profile| {
        Cases::each([[
            Step::Api(ApiAct::Slow { percent: 105 }),
            Step::Deliver(effectful_push(profile, 0)),
            Step::Settle { quiet: 0 },
            Step::Api(ApiAct::Recover),
            Step::Deliver(effectful_push(profile, 1)),
            Step::Settle { quiet: 0 },
        ]])
    },
    claims: &["twice"],
    judge: |transcript| as_many_as_pushes(transcript, &[Miscount::Twice]),
};
