//! How the server uses WeChat's API: for whom, with which token, how soon, in which letters.

use crate::{
    effects::{addressee, is_sending, is_token_refusal, is_token_request, of_user, story},
    expect::{describe, entry},
    finding::{Finding, Miss},
    leak::Leak,
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{ApiAct, Deliver, QUIET, Scenario, Step},
    transcript::{ApiCall, Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[
    &RIGHT_USER,
    &TEXT_AS_UTF_8,
    &NO_SECRET_IN_REPLY,
    &RENEWS_TOKEN,
    &SHARES_TOKEN,
    &ANSWERS_WHILE_API_IS_SLOW,
];

const TOKENS: &str = "interface credentials: a token is kept centrally, and fetched again when it is not taken any more";

static RIGHT_USER: Rule = Rule {
    id: RuleId::RIGHT_USER,
    since: "0.1.0",
    level: Level::Must,
    source: "customer messages: touser is the openid of the user who wrote",
    summary: "The server answers the user who wrote, and nobody else.",
    why: "Users read each other's messages.",
    fix: "Pass the FromUserName of the push on to whatever sends; keep nothing about the current user in globals.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Alone,
    scenarios: |profile| {
        let settle = Step::Settle { quiet: 2 * QUIET };
        Cases::each([[
            Step::Deliver(telling(profile, 0)),
            settle.clone(),
            Step::Deliver(telling(profile, 1)),
            settle,
        ]])
    },
    claims: &["other-user"],
    judge: |transcript| {
        let pushes = [entry(transcript, 0)?, entry(transcript, 1)?];
        let mut sent_anything = false;
        for (at, push) in pushes.into_iter().enumerate() {
            let Sent::Push { openid, .. } = &push.sent else {
                continue;
            };
            let until = transcript.entries.get(at + 1).map(|next| next.started);
            let because: Vec<&ApiCall> = transcript
                .calls
                .iter()
                .filter(|call| is_sending(call) && call.at >= push.started)
                .filter(|call| until.is_none_or(|until| call.at < until))
                .collect();
            sent_anything |= !because.is_empty();
            let to_writer = because
                .iter()
                .any(|call| addressee(call).is_some_and(|user| user == *openid));
            let to_other = because
                .iter()
                .filter_map(|call| Some((call, addressee(call)?)))
                .find(|(_, user)| user != openid);
            if let (false, Some((call, other))) = (to_writer, to_other) {
                let expected = format!("a call for `{openid}`, who wrote");
                let actual = format!("{} for `{other}`", call.path);
                return Finding::new("other-user", at, expected, actual)
                    .told(story(transcript))
                    .found();
            }
        }
        if sent_anything {
            Ok(())
        } else {
            Err(Miss::not_applicable(
                "the server sends no message through the API upon a user's message".to_owned(),
            ))
        }
    },
};

static TEXT_AS_UTF_8: Rule = Rule {
    id: RuleId::new("api-use/text-as-utf-8"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed by many: custom/send shows \\uXXXX to the user as it stands (wechatpy and other SDKs write ensure_ascii=False for that reason)",
    summary: "The server writes Chinese text to the API as UTF-8, not as \\uXXXX escapes.",
    why: "Users were seen to read \\u4f60\\u597d in place of 你好.",
    fix: "Python: json.dumps(…, ensure_ascii=False).encode(); PHP: JSON_UNESCAPED_UNICODE.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let settle = Step::Settle { quiet: QUIET };
        Cases::each([
            [Step::Deliver(telling(profile, 0)), settle.clone()],
            [Step::Deliver(Deliver::text("你好，世界")), settle],
        ])
    },
    claims: &["escaped"],
    judge: |transcript| {
        let sending = || {
            transcript
                .calls
                .iter()
                .filter(|call| call.own && is_sending(call))
        };
        if let Some(call) = sending().find(|call| has_escaped_text(&call.body)) {
            let expected = "text as it is, in UTF-8";
            return Finding::new(
                "escaped",
                0,
                expected,
                format!("{}: {}", call.path, call.body),
            )
            .found();
        }
        if sending().any(|call| !call.body.is_ascii()) {
            Ok(())
        } else {
            Err(Miss::not_applicable(
                "the server sent nothing but ASCII".to_owned(),
            ))
        }
    },
};

static NO_SECRET_IN_REPLY: Rule = Rule {
    id: RuleId::new("api-use/no-secret-in-reply"),
    since: "0.1.0",
    level: Level::Should,
    source: "interface credentials: AppSecret and access_token are to be kept from others",
    summary: "The server's answer to a push holds neither the AppSecret nor an access token.",
    why: "Logs and proxies on the way keep what they see, and a token is worth the whole account.",
    fix: "Answer `success`; write diagnostics to your own log, without credentials.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(telling(profile, 0)),
            Step::Settle { quiet: QUIET },
            // By now there is a token that could be shown.
            Step::Deliver(telling(profile, 0)),
            Step::Redeliver { of: 0 },
        ]])
    },
    claims: &["access-token", "app-secret"],
    judge: |transcript| {
        for (at, entry) in transcript.entries.iter().enumerate() {
            let claim = entry.leaks.iter().find_map(|leak| match leak {
                Leak::AccessToken => Some("access-token"),
                Leak::Secret("AppSecret") => Some("app-secret"),
                _ => None,
            });
            if let Some(claim) = claim {
                let expected = "an answer that gives nothing away";
                return Finding::new(claim, at, expected, describe(entry)).found();
            }
        }
        Ok(())
    },
};

static RENEWS_TOKEN: Rule = Rule {
    id: RuleId::RENEWS_TOKEN,
    since: "0.1.0",
    level: Level::Should,
    source: TOKENS,
    summary: "The server fetches another token when its own is answered 40001, and sends again.",
    why: "When a token is revoked before its time, nothing is sent until somebody restarts the server.",
    fix: "On 40001, 40014 and 42001: forget the token, fetch another, and repeat the call once.",
    needs: &[Need::Served, Need::Api, Need::EffectsButForToken],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        Cases::each([[
            Step::Api(ApiAct::RevokeTokens),
            Step::Deliver(telling(profile, 0)),
            Step::Settle { quiet: 2 * QUIET },
        ]])
    },
    claims: &["not-renewed", "not-sent-again"],
    judge: |transcript| {
        let Sent::Push { openid, .. } = &entry(transcript, 0)?.sent else {
            return Ok(());
        };
        if of_user(transcript, openid).next().is_some() {
            return Ok(());
        }
        let refused = transcript
            .calls
            .iter()
            .any(|call| is_sending(call) && is_token_refusal(call.errcode));
        if !refused {
            return Err(Miss::inconclusive(
                "no call with the revoked token was seen, and no effect either".to_owned(),
            ));
        }
        let expected = "a token request, and the same message again";
        let (claim, actual) = match token_requests(transcript) {
            // Nothing was ever taken: the token was not of this run.
            0 if transcript.profile.message.is_none() => (
                "not-renewed",
                "still uses a token of an earlier run, and does not renew it on 40001",
            ),
            0 => ("not-renewed", "40001, and no token request"),
            _ => (
                "not-sent-again",
                "40001 and a token request, but no second try",
            ),
        };
        Finding::new(claim, 0, expected, actual)
            .told(story(transcript))
            .found()
    },
};

/// Messages that need a token at once.
const CROWD: u8 = 5;
/// Messages one after the other.
const QUEUE: u8 = 3;

static SHARES_TOKEN: Rule = Rule {
    id: RuleId::new("api-use/shares-token"),
    since: "0.1.0",
    level: Level::Should,
    source: TOKENS,
    summary: "The server keeps its access token and shares it between messages.",
    why: "A new token puts an end to the one before, and 2000 requests a day are all there are: the server disturbs itself, and then nothing is sent till midnight.",
    fix: "Keep the token with its expiry where all workers find it, fetch it under a lock, and use stable_token where several processes run.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        let settle = Step::Settle { quiet: QUIET };
        let queue =
            (0..QUEUE).flat_map(|user| [Step::Deliver(telling(profile, user)), settle.clone()]);
        let crowd = (0..CROWD).map(|user| Step::Deliver(telling(profile, user)));
        Cases::Each(vec![
            Scenario::of(queue.collect::<Vec<Step>>()),
            Scenario::of([
                Step::Api(ApiAct::RevokeTokens),
                Step::Together(crowd.collect()),
                settle,
            ]),
        ])
    },
    claims: &["per-message", "stampede"],
    judge: |transcript| {
        if !transcript.calls.iter().any(|call| call.own && call.sent) {
            return Err(Miss::inconclusive(
                "nothing was sent in this play; see `api-use/renews-token`".to_owned(),
            ));
        }
        let pushes = transcript.entries.len();
        let requests = token_requests(transcript);
        // Processes that keep a token each may fetch one each; as many as messages is one for each message.
        if requests < pushes {
            return Ok(());
        }
        let claim = if pushes == usize::from(CROWD) {
            "stampede"
        } else {
            "per-message"
        };
        let expected = "one token request, or one for each process";
        let actual = format!("{requests} token requests for {pushes} messages");
        Finding::new(claim, pushes.saturating_sub(1), expected, actual)
            .told(story(transcript))
            .found()
    },
};

static ANSWERS_WHILE_API_IS_SLOW: Rule = Rule {
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
            Step::Deliver(telling(profile, 0)),
            Step::Api(ApiAct::Mend),
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
                .told(story(transcript))
                .found();
        }
        Ok(())
    },
};

fn telling(profile: &Profile, user: u8) -> Deliver {
    Deliver::of(profile.message_or("hello")).from_user(user)
}

/// Requests for a token in this play; they name no user, so the rule has to be alone.
fn token_requests(transcript: &Transcript) -> usize {
    let calls = transcript.calls.iter();
    calls.filter(|call| is_token_request(call)).count()
}

/// Whether a JSON text writes letters beyond ASCII as escapes.
fn has_escaped_text(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let behind = &rest[at + 1..];
        let escaped = behind
            .strip_prefix('u')
            .and_then(|digits| digits.get(..4))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if escaped.is_some_and(|code| code >= 0x80) {
            return true;
        }
        // Whatever is escaped, it is one character at least, such as a second backslash.
        rest = behind.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Judgement;
    use crate::hand_made::{answered, call, delivered, transcript};

    fn token_request(millis: u64) -> ApiCall {
        ApiCall {
            path: "/cgi-bin/token".into(),
            openid: None,
            own: false,
            sent: false,
            ..call("", millis)
        }
    }

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn escapes_of_letters_are_told_from_escapes_of_signs() {
        assert!(has_escaped_text(r#"{"content":"\u4f60"}"#));
        assert!(!has_escaped_text(r#"{"content":"你\n\\u4f60 \u001f"}"#));
        assert!(!has_escaped_text("\\"));
    }

    #[test]
    fn a_call_for_somebody_else_is_found_unless_the_writer_is_answered_too() {
        let mut seen = transcript(vec![
            delivered("oA", 0, answered(200, "success")),
            delivered("oB", 1, answered(200, "success")),
        ]);
        seen.entries[1].started = std::time::Duration::from_millis(100);
        seen.calls = vec![call("oA", 10), call("oA", 110)];
        assert_eq!(claim((RIGHT_USER.judge)(&seen)), Some("other-user"));
        seen.calls.push(call("oB", 120));
        assert_eq!((RIGHT_USER.judge)(&seen), Ok(()));
        seen.calls.clear();
        assert!(matches!(
            (RIGHT_USER.judge)(&seen),
            Err(Miss::NotApplicable(_))
        ));
    }

    #[test]
    fn renewal_is_judged_by_what_came_after_the_refusal() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        let mut refused = call("oA", 10);
        (refused.sent, refused.errcode) = (false, 40_001);
        seen.calls = vec![refused];
        assert_eq!(claim((RENEWS_TOKEN.judge)(&seen)), Some("not-renewed"));
        seen.calls.push(token_request(20));
        assert_eq!(claim((RENEWS_TOKEN.judge)(&seen)), Some("not-sent-again"));
        seen.calls.push(call("oA", 30));
        assert_eq!((RENEWS_TOKEN.judge)(&seen), Ok(()));
    }

    #[test]
    fn a_token_for_each_message_is_too_many() {
        let pushes = |count: usize| {
            let push = delivered("oA", 0, answered(200, "success"));
            let mut seen = transcript(vec![push; count]);
            seen.calls = vec![call("oA", 1)];
            seen
        };
        let mut queue = pushes(3);
        queue.calls.extend((0..2).map(token_request));
        assert_eq!((SHARES_TOKEN.judge)(&queue), Ok(()));
        queue.calls.push(token_request(9));
        assert_eq!(claim((SHARES_TOKEN.judge)(&queue)), Some("per-message"));
        let mut crowd = pushes(5);
        crowd.calls.extend((0..5).map(token_request));
        assert_eq!(claim((SHARES_TOKEN.judge)(&crowd)), Some("stampede"));
    }
}
