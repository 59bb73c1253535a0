//! Attacks of strangers on a public URL: whatever they send, and however they refuse to end it, true pushes are served.
//!
//! Any answer to what is hostile is right: a status, an acknowledgement, a closed connection. Judged is the true push
//! of another user that follows.

use wxcheck_mock_server::Silence;

use crate::{
    expect::{self, describe, entry, is_served},
    finding::{Finding, Judgement, Miss},
    rule::{Cases, Claim, Level, Need, Rule, RuleId, Turn},
    step::{Abuse, Deliver, Forgery, Scenario, Signing, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[
    &DEEP_NESTING,
    &LARGE_BODIES,
    &BROKEN_TEXT,
    &REPEATED_PARAMETERS,
    &LONG_QUERY,
    &LARGE_HEADERS,
    &HALF_SENT_BODY,
    &WRONG_CONTENT_LENGTH,
    &PIPELINED_REST,
    &IDLE_CONNECTIONS,
];

/// The expectation, whatever came before: as for a damaged push.
const SERVED_AFTER_ALL: &str =
    "message push page: a true push is to be answered within five seconds, whatever came before";
const DOWN_FOR_ALL: &str = "One request of anybody takes the service down for everybody.";
const LIMITED: &str =
    "; a limit for each address would do that too, and WeChat calls from addresses of its own";
/// The claims of [`judge`], whatever came before.
const CLAIMS: &[Claim] = &["next-push-served", "own-reply"];
const HOSTILE_TEXT: &str = "wxcheck, hostile";
const TRUE_TEXT: &str = "wxcheck, true";
/// More than the threads of most small servers, few enough for any that does not give each connection one.
const IDLE: [Abuse; 12] = [
    Abuse::HeldUnused,
    Abuse::HeldUnused,
    Abuse::HeldUnused,
    Abuse::HeldUnused,
    Abuse::HeldInHead,
    Abuse::HeldInHead,
    Abuse::HeldInHead,
    Abuse::HeldInHead,
    Abuse::HeldInBody,
    Abuse::HeldInBody,
    Abuse::HeldInBody,
    Abuse::HeldInBody,
];

static DEEP_NESTING: Rule = Rule {
    id: RuleId::new("hostile/deep-nesting"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after a body nested 50,000 levels deep, in XML or JSON.",
    why: "A parser that calls itself for each level overflows its stack, and the whole process is gone.",
    fix: "Let the parser refuse more than a few dozen levels; WeChat's messages have at most four.",
    needs: &[Need::Hostile, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::Deep, Abuse::DeepInOtherFormat]),
    claims: CLAIMS,
    judge,
};

static LARGE_BODIES: Rule = Rule {
    id: RuleId::new("hostile/large-bodies"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after bodies of 256 KiB and of 1 MiB.",
    why: "A few large bodies fill the memory, and the process is ended for it.",
    fix: "Bound the body, at 256 KiB or somewhat more, and answer 413 beyond.",
    needs: &[Need::Hostile, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::QuarterMebibyte, Abuse::Mebibyte]),
    claims: CLAIMS,
    judge,
};

static BROKEN_TEXT: Rule = Rule {
    id: RuleId::new("hostile/broken-text"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after one with invalid UTF-8 or NUL.",
    why: DOWN_FOR_ALL,
    fix: "Decode the body with a decoder that reports errors, and answer 400; keep NUL out of what is written in C.",
    needs: &[Need::Hostile, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::InvalidUtf8, Abuse::Nul]),
    claims: CLAIMS,
    judge,
};

static REPEATED_PARAMETERS: Rule = Rule {
    id: RuleId::new("hostile/repeated-parameters"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after one whose signature, timestamp and nonce stand twice in the query.",
    why: "Many frameworks make a list of a parameter that stands twice; where a text is expected, the process dies of it.",
    fix: "Refuse a request in which a parameter is no single text, and catch errors in asynchronous handlers too.",
    needs: &[Need::Hostile, Need::Signed, Need::Served],
    turn: Turn::Last,
    scenarios: |_| {
        after([
            Abuse::ParametersTwice,
            Abuse::WrongParametersFirst,
            Abuse::ParametersAsLists,
        ])
    },
    claims: CLAIMS,
    judge,
};

static LONG_QUERY: Rule = Rule {
    id: RuleId::new("hostile/long-query"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after one with a query of 48 KiB.",
    why: DOWN_FOR_ALL,
    fix: "Let the web server refuse long URLs with 414, and cut what is logged or stored.",
    needs: &[Need::Hostile, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::LongQuery]),
    claims: CLAIMS,
    judge,
};

static LARGE_HEADERS: Rule = Rule {
    id: RuleId::new("hostile/large-headers"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after one with a header of 64 KiB or with 200 headers.",
    why: DOWN_FOR_ALL,
    fix: "Let the web server refuse them with 431, and cut what is logged or stored.",
    needs: &[Need::Hostile, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::LongHeader, Abuse::ManyHeaders]),
    claims: CLAIMS,
    judge,
};

static HALF_SENT_BODY: Rule = Rule {
    id: RuleId::new("hostile/half-sent-body"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after a sender hung up in the middle of a body.",
    why: "A worker that waits for the rest for ever, or a lock that is never released, stops the service without an error.",
    fix: "Take the end of a connection for the end of the request, with a time limit on reading, and release locks on every way out.",
    needs: &[Need::HostileBytes, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::HalfSent]),
    claims: CLAIMS,
    judge,
};

static WRONG_CONTENT_LENGTH: Rule = Rule {
    id: RuleId::new("hostile/wrong-content-length"),
    since: "0.1.0",
    level: Level::Must,
    source: SERVED_AFTER_ALL,
    summary: "The server serves the next true push after one whose Content-Length is too large or too small.",
    why: "What is left over is read as a request that it is not, and what is missing is waited for.",
    fix: "Leave reading HTTP to a web server or a maintained library, and close the connection after what cannot be read.",
    needs: &[Need::HostileBytes, Need::Served],
    turn: Turn::Last,
    scenarios: |_| after([Abuse::LengthTooLong, Abuse::LengthTooShort]),
    claims: CLAIMS,
    judge,
};

static PIPELINED_REST: Rule = Rule {
    id: RuleId::new("hostile/pipelined-rest"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: a reply goes to whoever wrote the message; a true push is to be answered within five seconds",
    summary: "The server answers the next user's push and not bytes left over from a forged one.",
    why: "Behind a proxy that shares connections, bytes left over from a stranger's request answer somebody else's.",
    fix: "Read a refused request to its end, or close the connection; let the proxy and the server agree where a request ends.",
    needs: &[Need::HostileBytes, Need::Signed, Need::Served],
    turn: Turn::Last,
    scenarios: |_| {
        Cases::each([Abuse::FollowedByPush, Abuse::FollowedByHalf].map(|abuse| {
            let forged = hostile(abuse).signed(Signing::Forged(Forgery::Altered));
            [Step::Deliver(forged), true_push()]
        }))
    },
    claims: CLAIMS,
    judge,
};

static IDLE_CONNECTIONS: Rule = Rule {
    id: RuleId::new("hostile/idle-connections"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: WeChat calls from many machines at once, and not every connection that is opened sends something",
    summary: "The server answers a true push in time while twelve connections are held open, unused or half-way through a request.",
    why: "Anybody who opens a few connections and says nothing stops the service for everybody.",
    fix: "Put a web server in front that reads whole requests before it passes them on, or serve connections beside each other, with a time limit on each.",
    needs: &[Need::HostileBytes, Need::Served],
    turn: Turn::Last,
    scenarios: |_| {
        let idle = IDLE.map(|abuse| Step::Deliver(hostile(abuse)));
        Cases::each([Scenario::of([Step::Together(idle.to_vec()), true_push()])])
    },
    claims: CLAIMS,
    judge: judge_beside_idle,
};

/// Each of these, and then a true push.
fn after<const N: usize>(abuses: [Abuse; N]) -> Cases {
    Cases::each(abuses.map(|abuse| [Step::Deliver(hostile(abuse)), true_push()]))
}

fn hostile(abuse: Abuse) -> Deliver {
    Deliver::text(HOSTILE_TEXT).abused(abuse)
}

/// A push of another user, so that no answer to the hostile one can be meant for it.
fn true_push() -> Step {
    Step::Deliver(Deliver::text(TRUE_TEXT).from_user(1))
}

/// The last push is taken in time, and its answer is not another's.
fn judge(transcript: &Transcript) -> Judgement {
    let at = transcript.entries.len().saturating_sub(1);
    let last = entry(transcript, at)?;
    let before = &transcript.entries[..at];
    if !is_served(last) {
        let expected = "status 200 and an acknowledgement, as for any true push";
        let finding = Finding::new("next-push-served", at, expected, describe(last));
        let mut finding = finding.with_story(story(before));
        // 429 and 503 are how limits per address refuse. Here stranger and WeChat come from one address.
        let status = last.answer().map(|answer| answer.status);
        if matches!(status, Some(429 | 503)) {
            finding.actual.push_str(LIMITED);
            return Err(Miss::Doubtful(finding));
        }
        return finding.found();
    }
    let Some(stray) = before.iter().find(|entry| is_answered_by(last, entry)) else {
        return Ok(());
    };
    let actual = format!("what belongs to {}: {}", name_of(stray), describe(last));
    let expected = "an answer to this user and about this push";
    let finding = Finding::new("own-reply", at, expected, actual);
    finding.with_story(story(before)).proven().found()
}

/// The judge where we hold connections ourselves: a limit per address may refuse, reset or close one more.
fn judge_beside_idle(transcript: &Transcript) -> Judgement {
    let at = transcript.entries.len().saturating_sub(1);
    let last = entry(transcript, at)?;
    if !matches!(
        last.silence(),
        Some(Silence::Refused | Silence::Unconnected { .. } | Silence::Closed)
    ) {
        return judge(transcript);
    }
    let expected = "status 200 and an acknowledgement, as for any true push";
    let actual = format!("{}{LIMITED}", describe(last));
    let finding = Finding::new("next-push-served", at, expected, actual);
    Err(Miss::Doubtful(
        finding.with_story(story(&transcript.entries[..at])),
    ))
}

/// True if the answer to one push is a message to the sender of another, or about the other's text.
fn is_answered_by(answered: &Entry, other: &Entry) -> bool {
    let (Some(message), Sent::Push { openid, text, .. }) = (expect::message(answered), &other.sent)
    else {
        return false;
    };
    let content = message.content.as_deref().unwrap_or_default();
    message.to_user.as_ref() == Some(openid)
        || text
            .as_ref()
            .is_some_and(|text| content.contains(text.as_str()))
}

/// The requests that were sent before, and their answers; the same only once.
fn story(entries: &[Entry]) -> Vec<String> {
    let mut lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{}: {}", name_of(entry), describe(entry)))
        .collect();
    lines.dedup();
    lines
}

fn name_of(entry: &Entry) -> &str {
    match &entry.sent {
        Sent::Push { changes, .. } => changes.first().map_or("a push", String::as_str),
        _ => "a request",
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::Outcome;

    use super::*;
    use crate::{
        finding::Nature,
        hand_made::{
            OPENID, ORIGINAL_ID, answered, delivered, no_answer, push, text_reply, transcript,
        },
    };

    fn hostile_then(outcome: Outcome) -> Transcript {
        let mut hostile = push(HOSTILE_TEXT, Outcome::Silent(Silence::Dropped));
        if let Sent::Push { changes, .. } = &mut hostile.sent {
            changes.push("a push with NUL in it".into());
        }
        let mut last = delivered("oOther", 1, outcome);
        if let Sent::Push { text, .. } = &mut last.sent {
            *text = Some(TRUE_TEXT.into());
        }
        transcript(vec![hostile, last])
    }

    fn claim(outcome: Outcome) -> Option<&'static str> {
        match judge(&hostile_then(outcome)) {
            Ok(()) => None,
            Err(Miss::Found(finding)) => Some(finding.claim),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_true_push_is_judged() {
        assert_eq!(claim(answered(200, "success")), None);
        assert_eq!(claim(answered(200, "")), None);
        assert_eq!(claim(answered(500, "")), Some("next-push-served"));
        assert_eq!(claim(no_answer()), Some("next-push-served"));
    }

    #[test]
    fn a_limit_for_each_address_is_doubted_and_not_failed() {
        for status in [429, 503] {
            let judged = judge(&hostile_then(answered(status, "")));
            assert!(matches!(judged, Err(Miss::Doubtful(_))), "{judged:?}");
        }
    }

    #[test]
    fn a_connection_that_is_refused_beside_idle_ones_is_doubted() {
        let reason = "connection reset by peer".to_owned();
        for silence in [
            Silence::Refused,
            Silence::Unconnected { reason },
            Silence::Closed,
        ] {
            let seen = hostile_then(Outcome::Silent(silence));
            let judged = (IDLE_CONNECTIONS.judge)(&seen);
            assert!(matches!(judged, Err(Miss::Doubtful(_))), "{judged:?}");
        }
        let unanswered = (IDLE_CONNECTIONS.judge)(&hostile_then(no_answer()));
        assert!(
            matches!(unanswered, Err(Miss::Found(_))),
            "no limit makes anybody wait: {unanswered:?}"
        );
    }

    #[test]
    fn the_reply_to_somebody_else_is_found() {
        let own = text_reply("oOther", ORIGINAL_ID, "echo: wxcheck, true");
        assert_eq!(claim(answered(200, &own)), None);
        let to_another = text_reply(OPENID, ORIGINAL_ID, "echo");
        assert_eq!(claim(answered(200, &to_another)), Some("own-reply"));
        let about_another = text_reply("oOther", ORIGINAL_ID, "echo: wxcheck, hostile");
        assert_eq!(claim(answered(200, &about_another)), Some("own-reply"));
    }

    #[test]
    fn what_was_done_is_reported_and_a_missing_answer_is_a_matter_of_time() {
        let seen = hostile_then(no_answer());
        let judged = crate::judging::judgement(&BROKEN_TEXT, &seen);
        let Ok(Err(Miss::Found(finding))) = judged else {
            panic!("found");
        };
        assert_eq!(finding.nature, Nature::Timing);
        assert!(finding.story[0].starts_with("a push with NUL in it: dropped"));
    }
}
