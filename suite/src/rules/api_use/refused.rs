//! Messages that WeChat refuses: the server was answered so, and the user saw nothing.

use std::collections::BTreeMap;

use wxcheck_mock_server::api::errcode::Errcode;

use super::effectful_push;
use crate::{
    effects::{
        addressee, beyond_allowance, is_over_quota, is_sending, is_token_refusal, is_token_request,
        story,
    },
    finding::Finding,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, QUIET, Scenario, Step},
    transcript::{ApiCall, Sent, Transcript},
};

pub(super) static NO_REFUSED_MESSAGES: Rule = Rule {
    id: RuleId::new("api-use/no-refused-messages"),
    since: "0.1.0",
    level: Level::Should,
    source: "customer messages and subscribe messages, error codes; five customer messages within two days after a user's message; observed: answers with errcode 45002 and 40003 that nobody looked at (CowAgent #939, wechat_gpt_laf #1)",
    summary: "The server sends no message that WeChat refuses for what it is.",
    why: "The call is answered with status 200 and an errcode that is not 0: the user sees nothing, and no log shows an error.",
    fix: "Look at errcode after every call. Cut or split texts beyond 2048 bytes, between two characters; send no empty text, no more than five messages for one of the user's, and fill every field of a template by its rule.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Shared,
    scenarios: |profile| {
        // Whoever puts words around one of these and cuts the whole to 2048 bytes cuts a character in two.
        let long = |lead: &str| Deliver::text(format!("{lead}{}", "长".repeat(LONG)));
        let settle = Step::Settle { quiet: QUIET };
        Cases::each(
            [
                vec![Step::Deliver(effectful_push(profile, 0)), settle.clone()],
                vec![
                    Step::Deliver(long("")),
                    Step::Deliver(long("a").from_user(1)),
                    settle,
                ],
            ]
            .map(Scenario::of),
        )
    },
    claims: &["refused"],
    judge: |transcript| of_all(&[transcript]).map_or(Ok(()), |(_, finding)| finding.found()),
};

/// Refused calls in a run that no start explains.
const MANY_REFUSED: usize = 5;

/// The refusals of a run in which no message of the server was ever taken for its token, or no token was ever given.
pub(super) fn all_refused(plays: &[&Transcript], calls: &[ApiCall]) -> Option<(usize, Finding)> {
    let sending: Vec<&ApiCall> = calls.iter().filter(|call| is_sending(call)).collect();
    let requests: Vec<&ApiCall> = calls.iter().filter(|call| is_token_request(call)).collect();
    let granted = requests.iter().filter(|call| call.errcode == 0).count();
    // A few that were granted may each have been spent on the next, which ends it.
    let tries = if requests.len() - granted >= MANY_REFUSED.max(granted * 9) {
        requests
    } else if granted > 0 {
        sending
    } else {
        // A token of an earlier run that is never renewed is told by the rule about renewal.
        return None;
    };
    let is_in_vain = |call: &&&ApiCall| {
        let is_refused = if is_sending(call) {
            is_token_refusal(call.errcode)
        } else {
            call.errcode != 0
        };
        is_refused && !call.sent && !call.struck
    };
    let in_vain: Vec<&&ApiCall> = tries.iter().filter(is_in_vain).collect();
    let is_sent = tries.iter().any(|call| call.sent);
    if in_vain.len() < MANY_REFUSED || is_sent || in_vain.len() * 10 < tries.len() * 9 {
        return None;
    }
    let first = in_vain.first()?;
    let user = addressee(first);
    let is_theirs =
        |sent: &Sent| matches!(sent, Sent::Push { openid, .. } if user.as_deref() == Some(openid));
    let place = plays
        .iter()
        .position(|play| play.entries.iter().any(|entry| is_theirs(&entry.sent)));
    let actual = format!(
        "WeChat refused {} of {} calls of {}, and the users saw nothing: {} (`{}`)",
        in_vain.len(),
        tries.len(),
        first.path,
        first.errcode,
        Errcode::of(first.errcode).text,
    );
    let place = place.unwrap_or(0);
    let transcript = plays.get(place)?;
    let finding = Finding::new("refused", 0, "errcode 0", actual);
    Some((place, finding.with_story(story(transcript)).proven()))
}

/// Letters of a text that is as long as a user can write, less than one letter aside.
const LONG: usize = 682;
/// The longest text that a user can write, in bytes: no server has to have an answer to a longer one.
const LONGEST_TEXT: usize = 2048;
/// The user did not agree to be sent such messages. That is the user's affair.
const NOT_AGREED: i64 = 43_101;

/// The reasons for which messages of all these plays were refused, each once, with the first play that shows it.
pub(super) fn of_all(plays: &[&Transcript]) -> Option<(usize, Finding)> {
    let mut codes: BTreeMap<i64, usize> = BTreeMap::new();
    let mut first = None;
    for (place, transcript) in plays.iter().enumerate() {
        if !is_usual(transcript) {
            continue;
        }
        for call in transcript.calls.iter().filter(|call| call.own) {
            if is_refused_for_itself(call, transcript) {
                *codes.entry(call.errcode).or_default() += 1;
                first.get_or_insert((place, call));
            }
        }
    }
    let (place, call) = first?;
    let transcript = plays.get(place)?;
    let count: usize = codes.values().sum();
    let by_code: Vec<String> = codes
        .iter()
        .map(|(code, count)| format!("{count} with {code} (`{}`)", Errcode::of(*code).text))
        .collect();
    let calls = if count == 1 { "call" } else { "calls" };
    let user = addressee(call);
    let why = why(call, user.as_deref(), transcript);
    let actual = format!(
        "WeChat refused {count} {calls}, and the users saw nothing: {}{why}",
        by_code.join(", ")
    );
    let is_theirs =
        |sent: &Sent| matches!(sent, Sent::Push { openid, .. } if user.as_deref() == Some(openid));
    let entries = &transcript.entries;
    let at = entries.iter().position(|entry| is_theirs(&entry.sent));
    let finding = Finding::new("refused", at.unwrap_or(0), "errcode 0", actual);
    Some((place, finding.with_story(story(transcript)).proven()))
}

/// A play of nothing but true pushes that say what a user can say.
fn is_usual(transcript: &Transcript) -> bool {
    transcript.entries.iter().all(|entry| match &entry.sent {
        Sent::Push {
            is_true,
            changes,
            text,
            ..
        } => {
            let length = text.as_ref().map_or(0, String::len);
            *is_true && changes.is_empty() && length <= LONGEST_TEXT
        }
        _ => true,
    })
}

/// The count for a user is used up.
const USED_UP: i64 = 45_047;
/// The user may be sent nothing, or no longer.
const OUT_OF_TIME: i64 = 45_015;
/// The body is no JSON.
const NO_JSON: i64 = 47_001;

/// A refusal of a message that our own load, our own faults or a token cannot be the cause of.
fn is_refused_for_itself(call: &ApiCall, transcript: &Transcript) -> bool {
    let refused = is_sending(call)
        && call.errcode != 0
        && !call.struck
        && !is_token_refusal(call.errcode)
        && call.errcode != NOT_AGREED;
    if !is_over_quota(call) {
        return refused;
    }
    if call.errcode == OUT_OF_TIME {
        return refused && has_gone(call, transcript);
    }
    // Of more than one push may allow, the server sends too many whatever else is sent to it.
    let user = addressee(call);
    let is_too_much = user.is_some_and(|user| beyond_allowance(transcript, &user).is_some());
    refused && call.errcode == USED_UP && is_too_much
}

/// True if the message is for somebody who did nothing in this play but unfollow the account.
fn has_gone(call: &ApiCall, transcript: &Transcript) -> bool {
    let Some(user) = addressee(call) else {
        return false;
    };
    let mut theirs = transcript
        .entries
        .iter()
        .filter(|entry| matches!(&entry.sent, Sent::Push { openid, .. } if *openid == user))
        .peekable();
    theirs.peek().is_some() && theirs.all(|entry| entry.push_name() == "unsubscribe")
}

/// More about the first refusal than its code says.
fn why(call: &ApiCall, user: Option<&str>, transcript: &Transcript) -> String {
    match call.errcode {
        NO_JSON if call.body.contains(char::REPLACEMENT_CHARACTER) => {
            "; the body is no UTF-8, as where a text is cut within a character".to_owned()
        }
        OUT_OF_TIME => "; the user has just unsubscribed".to_owned(),
        USED_UP => user
            .and_then(|user| beyond_allowance(transcript, user))
            .map_or_else(String::new, |count| {
                format!("; {count} messages were sent to one user, and WeChat takes five for each message of the user")
            }),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Judgement, Miss},
        hand_made::{answered, call, delivered, forged, transcript},
    };

    fn refused(user: &str, errcode: i64) -> ApiCall {
        ApiCall {
            sent: false,
            errcode,
            ..call(user, 5)
        }
    }

    fn actual(judgement: Judgement) -> Option<String> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.actual),
            _ => None,
        }
    }

    #[test]
    fn refusals_are_distinguished_by_their_codes() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        seen.calls = vec![
            refused("oA", 45_002),
            refused("oA", 44_004),
            refused("oA", 45_002),
        ];
        let told = actual((NO_REFUSED_MESSAGES.judge)(&seen)).unwrap();
        assert_eq!(
            told,
            "WeChat refused 3 calls, and the users saw nothing: 1 with 44004 (`empty content`), 2 with 45002 (`content size out of limit`)"
        );
    }

    #[test]
    fn a_text_that_is_cut_within_a_character_is_told_by_its_bytes() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        seen.calls = vec![ApiCall {
            body: format!("{{\"text\": \"长{}", char::REPLACEMENT_CHARACTER),
            ..refused("oA", NO_JSON)
        }];
        let told = actual((NO_REFUSED_MESSAGES.judge)(&seen)).unwrap();
        assert!(told.contains("no UTF-8"), "{told}");
    }

    #[test]
    fn more_messages_than_one_push_allows_are_the_servers_doing() {
        let sent = |count: usize, refusals: usize, pushes: usize| {
            let push = |number| delivered("oA", number, answered(200, "success"));
            let mut seen = transcript((0..pushes).map(push).collect());
            seen.calls = vec![call("oA", 5); count];
            seen.calls.extend(vec![refused("oA", USED_UP); refusals]);
            actual((NO_REFUSED_MESSAGES.judge)(&seen))
        };
        let told = sent(5, 2, 1).unwrap();
        assert!(
            told.contains("2 with 45047") && told.contains("7 messages"),
            "{told}"
        );
        // Six for two pushes may have met a window that was spent by the first.
        assert_eq!(sent(5, 1, 2), None);
        assert!(sent(5, 6, 2).is_some());
    }

    #[test]
    fn what_our_own_load_or_a_user_decides_is_not_held_against_a_server() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        seen.calls = [45_047, 45_009, 40_001, 42_001, NOT_AGREED]
            .map(|errcode| refused("oA", errcode))
            .to_vec();
        seen.calls.push(ApiCall {
            struck: true,
            ..refused("oA", -1)
        });
        assert_eq!((NO_REFUSED_MESSAGES.judge)(&seen), Ok(()));
        // Of a forged push nothing is asked.
        seen.entries.push(forged("oB", answered(200, "success")));
        seen.calls = vec![refused("oB", 45_002)];
        assert_eq!((NO_REFUSED_MESSAGES.judge)(&seen), Ok(()));
    }
}
