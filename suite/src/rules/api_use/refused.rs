//! Messages that WeChat refuses: the server was answered so, and the user saw nothing.

use std::collections::BTreeMap;

use wxcheck_mock_server::api::errcode::Errcode;

use super::effectful_push;
use crate::{
    effects::{addressee, is_over_quota, is_sending, is_token_refusal, story},
    finding::Finding,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{QUIET, Step},
    transcript::{ApiCall, Sent, Transcript},
};

pub(super) static NO_REFUSED_MESSAGES: Rule = Rule {
    id: RuleId::new("api-use/no-refused-messages"),
    since: "0.1.0",
    level: Level::Should,
    source: "customer messages and subscribe messages, error codes; observed: answers with errcode 45002 and 40003 that nobody looked at (CowAgent #939, wechat_gpt_laf #1)",
    summary: "The server sends no message that WeChat refuses for what it is.",
    why: "The call is answered with status 200 and an errcode that is not 0: the user sees nothing, and no log shows an error.",
    fix: "Look at errcode after every call. Cut or split texts beyond 2048 bytes, send no empty text, and fill every field of a template by its rule.",
    needs: &[Need::Served, Need::Api],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile, 0)),
            Step::Settle { quiet: QUIET },
        ]])
    },
    claims: &["refused"],
    judge: |transcript| of_all(&[transcript]).map_or(Ok(()), |(_, finding)| finding.found()),
};

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
            if is_refused_for_itself(call) {
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
        .map(|(code, count)| format!("{count} with {code} ({})", Errcode::of(*code).text))
        .collect();
    let calls = if count == 1 { "call" } else { "calls" };
    let actual = format!(
        "WeChat refused {count} {calls}, and the users saw nothing: {}",
        by_code.join(", ")
    );
    let user = addressee(call);
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

/// A refusal that our own load, our own faults or a token cannot be the cause of.
fn is_refused_for_itself(call: &ApiCall) -> bool {
    is_sending(call)
        && call.errcode != 0
        && !call.struck
        && !is_over_quota(call)
        && !is_token_refusal(call.errcode)
        && call.errcode != NOT_AGREED
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
            "WeChat refused 3 calls, and the users saw nothing: 1 with 44004 (empty content), 2 with 45002 (content size out of limit)"
        );
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
