//! The access token: kept, shared, and fetched again when it is not taken any more.

use std::time::Duration;

use super::effectful_push;
use crate::{
    effects::{addressee, is_sending, is_token_refusal, is_token_request, of_user, story},
    expect::entry,
    finding::{Finding, Judgement, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{ApiAct, QUIET, Scenario, Step},
    transcript::{ApiCall, Entry, Sent, Transcript},
};

const TOKENS: &str = "interface credentials: a token is kept centrally, and fetched again when it is not taken any more";

/// The errcode of a token whose two hours are over.
const EXPIRED: i64 = 42_001;

pub(super) static RENEWS_TOKEN: Rule = Rule {
    id: RuleId::RENEWS_TOKEN,
    since: "0.1.0",
    level: Level::Should,
    source: TOKENS,
    summary: "The server fetches another token when its own is answered 40001 or 42001, and sends again.",
    why: "When a token is revoked before its time, or expires sooner than the server thinks, nothing is sent until somebody restarts the server.",
    fix: "On 40001, 40014 and 42001: forget the token, fetch another, and repeat the call once.",
    needs: &[Need::Served, Need::Api, Need::EffectsButForToken],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        // The message is waited for, and nothing beyond it; where none is known to come, what is called instead.
        let quiet = if profile.message.is_some() { 0 } else { QUIET };
        let settle = Step::Settle { quiet };
        Cases::each([[
            Step::Api(ApiAct::RevokeTokens),
            Step::Deliver(effectful_push(profile, 0)),
            settle.clone(),
            Step::Api(ApiAct::ExpireTokens),
            Step::Deliver(effectful_push(profile, 1)),
            settle,
        ]])
    },
    claims: &[
        "not-renewed",
        "not-sent-again",
        "expired-not-renewed",
        "expired-not-sent-again",
    ],
    judge: |transcript| {
        entry(transcript, 0)?;
        let pushes = transcript.entries.iter().enumerate();
        pushes
            .into_iter()
            .try_for_each(|(at, push)| renewed(transcript, at, push))
    },
};

/// The message of that push was sent, with another token where its own was refused.
fn renewed(transcript: &Transcript, at: usize, push: &Entry) -> Judgement {
    let Sent::Push { openid, .. } = &push.sent else {
        return Ok(());
    };
    if of_user(transcript, openid).next().is_some() {
        return Ok(());
    }
    let until = transcript.entries.get(at + 1).map(|next| next.started);
    let since = || {
        let calls = transcript.calls.iter();
        calls
            .filter(|call| call.at >= push.started)
            .filter(move |call| until.is_none_or(|until| call.at < until))
    };
    let refusal = since().find(|call| is_sending(call) && is_token_refusal(call.errcode));
    let Some(refusal) = refusal else {
        return Err(Miss::inconclusive(Unjudged::OldTokenUnused));
    };
    let is_expired = refusal.errcode == EXPIRED;
    let is_renewed = since().any(is_token_request);
    let claim = match (is_expired, is_renewed) {
        (false, false) => "not-renewed",
        (false, true) => "not-sent-again",
        (true, false) => "expired-not-renewed",
        (true, true) => "expired-not-sent-again",
    };
    let code = refusal.errcode;
    let actual = if is_renewed {
        format!("{code} and a token request, but no second try")
    } else if transcript.profile.message.is_none() {
        // Nothing was ever taken: the token was not of this run.
        format!("still uses a token of an earlier run, and does not renew it on {code}")
    } else {
        format!("{code}, and no token request")
    };
    let expected = "a token request, and the same message again";
    Finding::new(claim, at, expected, actual)
        .with_story(story(transcript))
        .found()
}

/// Messages that need a token at once.
const CROWD: u8 = 5;
/// Messages one after the other.
const QUEUE: u8 = 3;

pub(super) static SHARES_TOKEN: Rule = Rule {
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
        // A token is asked for before a message is sent.
        let next = Step::Settle { quiet: 0 };
        let settle = Step::Settle { quiet: QUIET };
        let queue = (0..QUEUE)
            .flat_map(|user| [Step::Deliver(effectful_push(profile, user)), next.clone()]);
        let crowd = (0..CROWD).map(|user| Step::Deliver(effectful_push(profile, user)));
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
            return Err(Miss::inconclusive(Unjudged::NothingSentInPlay));
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
            .with_story(story(transcript))
            .found()
    },
};

/// Messages before and after the pause: enough for workers that take turns, at most three of them.
const ROUND: u8 = 6;

pub(super) static ONE_TOKEN: Rule = Rule {
    id: RuleId::new("api-use/one-token"),
    since: "0.1.0",
    level: Level::Should,
    source: "getAccessToken: a new token ends the one before after five minutes, so one place is to fetch it for all (observed: wechat-python-sdk #70, Eric-Guo/wechat #76)",
    summary: "The processes of the server use one access token, not one each.",
    why: "Each process puts an end to the other's token: every few minutes messages fail with 40001, at random.",
    fix: "Keep the token where all processes find it (Redis, a database, a file), or use stable_token, which gives all of them the same.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Long,
    scenarios: |profile| {
        let round = (0..ROUND).map(|user| Step::Deliver(effectful_push(profile, user)));
        let round: Vec<Step> = round.collect();
        // Two that fetch a token at the start agree on one soon; two that keep one each never do.
        let pause = Step::Pause { percent: 60 };
        let settle = Step::Settle { quiet: QUIET };
        Cases::each([Scenario::of(
            [
                round.clone(),
                vec![settle.clone(), pause],
                round,
                vec![settle],
            ]
            .concat(),
        )])
    },
    claims: &["several"],
    judge: |transcript| {
        let gap = transcript.profile.limit / 2;
        let Some([old, new]) = two_in_use(&transcript.calls, gap) else {
            return Ok(());
        };
        let expected = "one token, or the next in its place";
        let actual = format!(
            "tokens {old} and {new} of /cgi-bin/token in use by turns for {gap:?} and longer, though neither was refused"
        );
        let at = transcript.entries.len().saturating_sub(1);
        Finding::new("several", at, expected, actual)
            .with_story(story(transcript))
            .proven()
            .found()
    },
};

/// Two tokens that are in use at the same time: the older again long after the newer was taken into use, and then the
/// newer again. Two that are fetched together at a start are not: what is in flight with the older one ends soon.
fn two_in_use(calls: &[ApiCall], gap: Duration) -> Option<[u64; 2]> {
    if calls.iter().any(|call| is_token_refusal(call.errcode)) {
        return None;
    }
    let uses = |token: u64| calls.iter().filter(move |call| call.token == Some(token));
    let mut tokens: Vec<u64> = calls.iter().filter_map(|call| call.token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.windows(2).find_map(|pair| {
        let [old, new] = [pair[0], pair[1]];
        let first_new = uses(new).map(|call| call.at).min()?;
        let again_old = uses(old)
            .map(|call| call.at)
            .find(|at| *at >= first_new + gap)?;
        let again_new = uses(new).any(|call| call.at >= again_old);
        again_new.then_some([old, new])
    })
}

/// Refusals that last: the time to answer a user is over, the messages that may be sent to one are used up.
const LASTING: [i64; 2] = [45_015, 45_047];

/// A pause between two tries that makes them no storm, in milliseconds.
const BETWEEN_TRIES: u64 = 100;

/// Refused calls because of one message that are no caution any more.
const STORM: usize = 20;

pub(super) static NO_STORM: Rule = Rule {
    id: RuleId::new("api-use/no-storm"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: quotas count refused calls too, and are closed for the day when they are used up (observed: 425 calls in three seconds after one 40001); 45015 and 45047 hold until the user writes again",
    summary: "The server gives up after a few tries when a call is refused, rather than calling without end.",
    why: "One refused token uses up the day's quota in minutes, and then nothing is sent till midnight.",
    fix: "Renew the token once and repeat the call once; after that wait longer each time, and give up.",
    needs: &[Need::Served, Need::Api, Need::EffectsButForToken],
    turn: Turn::Disturbing,
    scenarios: |profile| {
        let revoked = Scenario::of([
            Step::Api(ApiAct::RevokeTokens),
            Step::Deliver(effectful_push(profile, 0)),
            Step::Settle { quiet: 0 },
        ]);
        // Whoever tries again for ever does so until the user writes again, and is heard as long as it does.
        let refused = LASTING.map(|errcode| {
            Scenario::of([
                Step::Api(ApiAct::RefuseMessages { errcode }),
                Step::Deliver(effectful_push(profile, 0)),
                Step::Settle {
                    quiet: BETWEEN_TRIES,
                },
                Step::Api(ApiAct::Recover),
            ])
        });
        let refused = refused.into_iter().filter(|_| profile.message.is_some());
        Cases::Each([revoked].into_iter().chain(refused).collect())
    },
    claims: &["storm"],
    judge: no_storm,
};

/// Of no user's messages more than a few are refused with the same code.
pub(super) fn no_storm(transcript: &Transcript) -> Judgement {
    for (at, push) in transcript.entries.iter().enumerate() {
        let Sent::Push { openid, .. } = &push.sent else {
            continue;
        };
        let refused: Vec<&ApiCall> = transcript
            .calls
            .iter()
            .filter(|call| call.errcode != 0 && is_sending(call))
            .filter(|call| addressee(call).is_some_and(|user| user == *openid))
            .collect();
        let (Some(first), Some(last)) = (refused.first(), refused.last()) else {
            continue;
        };
        let pushes = transcript.entries.iter();
        let pushes = pushes
            .filter(|entry| matches!(&entry.sent, Sent::Push { openid: of, .. } if of == openid));
        if refused.len() <= STORM * pushes.count() {
            continue;
        }
        let seconds = last.at.saturating_sub(first.at).as_secs_f32();
        let actual = format!(
            "{} calls in {seconds:.1} s after one refusal ({})",
            refused.len(),
            first.errcode
        );
        let expected = if is_token_refusal(first.errcode) {
            "another token, and one more try"
        } else {
            "a few more tries at most, and then none"
        };
        return Finding::new("storm", at, expected, actual)
            .with_story(story(transcript))
            .proven()
            .found();
    }
    Ok(())
}

/// Requests for a token in this play; they name no user, so the rule has to be alone.
fn token_requests(transcript: &Transcript) -> usize {
    let calls = transcript.calls.iter();
    calls.filter(|call| is_token_request(call)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn refused(user: &str, millis: u64, errcode: i64) -> ApiCall {
        ApiCall {
            sent: false,
            errcode,
            ..call(user, millis)
        }
    }

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn renewal_is_judged_by_what_came_after_the_refusal() {
        for (errcode, claims) in [
            (40_001, ["not-renewed", "not-sent-again"]),
            (42_001, ["expired-not-renewed", "expired-not-sent-again"]),
        ] {
            let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
            seen.calls = vec![refused("oA", 10, errcode)];
            assert_eq!(claim((RENEWS_TOKEN.judge)(&seen)), Some(claims[0]));
            seen.calls.push(token_request(20));
            assert_eq!(claim((RENEWS_TOKEN.judge)(&seen)), Some(claims[1]));
            seen.calls.push(call("oA", 30));
            assert_eq!((RENEWS_TOKEN.judge)(&seen), Ok(()));
        }
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

    #[test]
    fn two_tokens_by_turns_are_two_and_a_token_after_another_is_one() {
        let seen = |uses: &[(u64, u64)]| {
            let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
            seen.calls = uses
                .iter()
                .map(|(millis, token)| ApiCall {
                    token: Some(*token),
                    ..call("oA", *millis)
                })
                .collect();
            seen
        };
        let by_turns = [(0, 1), (10, 2), (3000, 1), (3010, 2)];
        assert_eq!(claim((ONE_TOKEN.judge)(&seen(&by_turns))), Some("several"));
        // Fetched together, and one of them kept.
        for fine in [
            &[(0, 1), (10, 2), (20, 1), (3000, 2), (3010, 2)][..],
            &[(0, 1), (10, 1), (3000, 2)],
        ] {
            assert_eq!((ONE_TOKEN.judge)(&seen(fine)), Ok(()));
        }
        let mut renewed = seen(&by_turns);
        renewed.calls.push(refused("oA", 5, 40_001));
        assert_eq!((ONE_TOKEN.judge)(&renewed), Ok(()));
    }

    #[test]
    fn a_few_tries_are_no_storm() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        seen.calls = (0..20).map(|at| refused("oA", at, 40_001)).collect();
        assert_eq!(no_storm(&seen), Ok(()));
        seen.calls.push(refused("oA", 3000, 40_001));
        let Err(Miss::Found(finding)) = no_storm(&seen) else {
            panic!("a storm");
        };
        assert_eq!(
            finding.actual,
            "21 calls in 3.0 s after one refusal (40001)"
        );
    }
}
