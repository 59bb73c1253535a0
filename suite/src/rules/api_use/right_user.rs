//! Messages go to the user who wrote, however many write at once, and to nobody else.

use std::collections::BTreeSet;

use super::{effectful_push, words_of};
use crate::{
    effects::{addressee, count_of_user, is_sending, over_quota, story},
    expect::entry,
    finding::{Finding, Judgement, Miss},
    identity::is_invented,
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Content, Deliver, QUIET, Scenario, Step},
    transcript::{ApiCall, Sent, Transcript},
};

pub(super) static RIGHT_USER: Rule = Rule {
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
        let in_turn = Scenario::of([
            Step::Deliver(effectful_push(profile, 0)),
            settle.clone(),
            Step::Deliver(effectful_push(profile, 1)),
            settle,
        ]);
        Cases::Each([in_turn].into_iter().chain(crowd(profile)).collect())
    },
    claims: &["other-user", "to-account"],
    judge: |transcript| {
        if transcript.entries.len() > 2 {
            return of_crowd(transcript);
        }
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
                // What an earlier play's user is sent late is no answer to this one.
                .filter(|call| call.own || !addressee(call).is_some_and(|user| is_invented(&user)))
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
                    .with_story(story(transcript))
                    .found();
            }
        }
        if sent_anything {
            Ok(())
        } else {
            Err(Miss::not_applicable(Unjudged::NoMessageSent))
        }
    },
};

/// Users who write at the same moment, and how often they do, where the server is quick.
const CROWD: u8 = 12;
const WAVES: u8 = 7;
/// The same where it takes its time.
const SMALL_CROWD: u8 = 6;
const FEW_WAVES: u8 = 2;

/// Users who write at the same moment, again and again, each a text of their own: what goes astray once in twenty times
/// shows in a crowd. Nothing where it is no text that leads to messages.
fn crowd(profile: &Profile) -> Option<Scenario> {
    let Some(Content::Text(_)) = profile
        .message
        .as_ref()
        .map(|effectful_push| &effectful_push.content)
    else {
        return None;
    };
    let (waves, users) = if profile.is_quick {
        (WAVES, CROWD)
    } else {
        (FEW_WAVES, SMALL_CROWD)
    };
    let wave = |wave: u8| {
        let say = |user: u8| {
            let text = format!("wave {wave} of user {}", char::from(b'a' + user));
            Step::Deliver(Deliver::text(text).from_user(user))
        };
        Step::Together((0..users).map(say).collect())
    };
    let steps = (0..waves).map(wave).chain([Step::Settle { quiet: QUIET }]);
    Some(Scenario::of(steps.collect::<Vec<Step>>()))
}

/// Nobody gets the words of another, and nobody more messages than their pushes call for while another gets less.
fn of_crowd(transcript: &Transcript) -> Judgement {
    let writers = writers(transcript);
    for call in transcript
        .calls
        .iter()
        .filter(|call| call.own && is_sending(call))
    {
        let (Some(user), Some(words)) = (&call.openid, words_of(call)) else {
            continue;
        };
        let says = |text: &&str| words.contains(*text);
        let own = || writers.iter().filter(|(_, writer, _)| writer == user);
        let other = writers
            .iter()
            .filter(|(_, writer, _)| writer != user)
            .find(|(.., text)| says(text));
        if let (false, Some((at, writer, text))) = (own().any(|(.., text)| says(text)), other) {
            return Finding::new(
                "other-user",
                *at,
                format!("a call for `{writer}`, who wrote `{text}`"),
                format!("{} for `{user}` with those words", call.path),
            )
            .with_story(around(transcript, &[writer, user]))
            .proven()
            .found();
        }
    }
    miscounted(transcript, &writers)
}

/// Somebody has more messages than the others, who wrote as often, and somebody else lacks as many. Nobody can tell that from
/// a server whose answers are now one message and now two, so it is only a doubt.
fn miscounted(transcript: &Transcript, writers: &[(usize, String, &str)]) -> Judgement {
    let users: BTreeSet<&str> = writers.iter().map(|(_, user, _)| user.as_str()).collect();
    let count = |user: &str| count_of_user(transcript, user) + over_quota(transcript, user);
    let mut counts: Vec<(usize, &str)> = users.iter().map(|user| (count(user), *user)).collect();
    counts.sort_unstable();
    let (Some((least, poor)), Some((most, rich))) = (counts.first(), counts.last()) else {
        return Err(Miss::inconclusive(Unjudged::NobodyWrote));
    };
    let usual = counts[counts.len() / 2].0;
    if usual == 0 {
        return Err(Miss::not_applicable(Unjudged::NoMessageUponTexts));
    }
    let in_all: usize = counts.iter().map(|(count, _)| count).sum();
    // A message that is only late leaves nobody with more than the others.
    if in_all != usual * users.len() || least == most {
        return Ok(());
    }
    let at = writers.iter().find(|(_, user, _)| user == poor);
    let finding = Finding::new(
        "other-user",
        at.map_or(0, |(at, ..)| *at),
        format!("{usual} messages for each of the users, who all wrote as often"),
        format!("{most} for `{rich}` and {least} for `{poor}`"),
    );
    Err(Miss::Doubtful(
        finding.with_story(around(transcript, &[poor, rich])),
    ))
}

/// The pushes with a text: their numbers, who wrote, and what.
fn writers(transcript: &Transcript) -> Vec<(usize, String, &str)> {
    let entries = transcript.entries.iter().enumerate();
    entries
        .filter_map(|(at, entry)| match &entry.sent {
            Sent::Push {
                openid,
                text: Some(text),
                ..
            } => Some((at, openid.clone(), text.as_str())),
            _ => None,
        })
        .collect()
}

/// The story of these users.
fn around(transcript: &Transcript, users: &[&str]) -> Vec<String> {
    let is_about = |openid: &str| users.contains(&openid);
    let mut about = transcript.clone();
    about
        .entries
        .retain(|entry| matches!(&entry.sent, Sent::Push { openid, .. } if is_about(openid)));
    let is_theirs = |call: &ApiCall| call.openid.as_deref().is_some_and(is_about);
    about.calls.retain(is_theirs);
    story(&about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, call, delivered, transcript};

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
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
        // A late message of an earlier play.
        seen.calls = vec![ApiCall {
            own: false,
            ..call("oWXCK00000000000000000000000", 10)
        }];
        assert!(matches!(
            (RIGHT_USER.judge)(&seen),
            Err(Miss::NotApplicable(_))
        ));
        seen.calls.clear();
        assert!(matches!(
            (RIGHT_USER.judge)(&seen),
            Err(Miss::NotApplicable(_))
        ));
    }

    /// Three users who each wrote a text of their own.
    fn three() -> Transcript {
        let said = |user: &str, text: &str, number: usize| {
            let mut entry = delivered(user, number, answered(200, "success"));
            if let Sent::Push { text: own, .. } = &mut entry.sent {
                *own = Some(text.to_owned());
            }
            entry
        };
        transcript(vec![
            said("oA", "wave 0 of user a", 0),
            said("oB", "wave 0 of user b", 1),
            said("oC", "wave 0 of user c", 2),
        ])
    }

    fn saying(user: &str, words: &str) -> ApiCall {
        ApiCall {
            body: format!(
                r#"{{"touser":"{user}","msgtype":"text","text":{{"content":"{words}"}}}}"#
            ),
            ..call(user, 1)
        }
    }

    #[test]
    fn words_of_another_are_found_in_a_crowd() {
        let mut seen = three();
        seen.calls = vec![
            saying("oA", "> wave 0 of user a"),
            saying("oB", "> wave 0 of user b"),
            saying("oC", "> wave 0 of user c"),
        ];
        assert_eq!((RIGHT_USER.judge)(&seen), Ok(()));
        seen.calls[2] = saying("oC", "> wave 0 of user b");
        assert_eq!(claim((RIGHT_USER.judge)(&seen)), Some("other-user"));
    }

    #[test]
    fn without_words_a_surplus_beside_a_lack_is_found_and_a_lack_alone_is_not() {
        let mut seen = three();
        seen.calls = vec![call("oA", 1), call("oB", 2)];
        assert_eq!((RIGHT_USER.judge)(&seen), Ok(()));
        seen.calls.push(call("oA", 3));
        let judgement = (RIGHT_USER.judge)(&seen);
        assert!(matches!(judgement, Err(Miss::Doubtful(_))), "{judgement:?}");
    }
}
