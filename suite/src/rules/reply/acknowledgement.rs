//! The answer as HTTP and as an acknowledgement. Each fault belongs to exactly one rule: no answer,
//! a broken one, a redirect, another status than 200, a body that is none of the documented ones.

use wxcheck_mock_server::{Answer, Silence};
use wxcheck_protocol::{
    limits::BODY_LIMIT,
    reply::{ReplyKind, Structured, Unfit},
};

use crate::{
    excerpt::excerpt,
    expect::{answer, blocked_by, describe, entry, innermost, is_encoded},
    finding::{Finding, Judgement, Miss},
    limiter::says_too_many,
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked, claim},
    step::{Content, Deliver, Hold, Step},
    transcript::{Entry, Transcript},
};

const ANSWERING: &str = "message push page, receiving messages: answering";

/// A body larger than this that does not end in time is called endless, a smaller one dripped.
const ENDLESS: usize = 4 * 1024;

pub(super) static ANSWERS_IN_TIME: Rule = Rule {
    id: RuleId::ANSWERS_IN_TIME,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page (older text) and the novel page: a push is to be answered within five seconds",
    summary: "The server answers a push within five seconds, to the last byte.",
    why: "WeChat cuts the connection and pushes again: orders are made twice, and the user reads that the service is unavailable.",
    fix: "Put the message in a queue, answer `success` at once, and reply later through custom/send.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Linger),
    claims: &["no-answer", "late-headers", "dripped-body", "endless-body"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let limit = transcript.profile.limit;
        let (claim, actual) = match (entry.answer(), entry.silence()) {
            (Some(answer), _) if answer.excess => ("endless-body", over_limit(answer)),
            (Some(answer), _) if answer.first_byte > limit => (
                "late-headers",
                format!("status {} after {:.1?}", answer.status, answer.first_byte),
            ),
            (Some(answer), _) if answer.total > limit => (
                "dripped-body",
                format!("the body's last byte after {:.1?}", answer.total),
            ),
            (_, Some(Silence::NoAnswer { .. })) => ("no-answer", describe(entry)),
            (_, Some(Silence::BodyUnfinished { received, .. })) if *received > ENDLESS => {
                ("endless-body", describe(entry))
            }
            (_, Some(Silence::BodyUnfinished { .. })) => ("dripped-body", describe(entry)),
            _ => return answer(entry).map(|_| ()),
        };
        let expected = format!("the whole answer within {limit:?}");
        Finding::new(claim, 0, expected, actual).found()
    },
};

pub(super) static TIME_TO_SPARE: Rule = Rule {
    id: RuleId::TIME_TO_SPARE,
    since: "0.1.0",
    level: Level::Info,
    source: "strong practice: five seconds are documented, and how much of them the way to WeChat takes is not",
    summary: "The server answers a push within half of the five seconds.",
    why: "What takes four seconds on a quiet day takes six on a busy one, and then WeChat pushes again.",
    fix: "Answer `success` at once and do the slow work behind it.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &["slow"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let (took, limit) = (answer(entry)?.total, transcript.profile.limit);
        if !transcript.profile.leaves_little(took) {
            return Ok(());
        }
        let expected = format!("the whole answer within {:?}", limit / 2);
        let actual = format!("the whole answer after {took:.1?}");
        Finding::new("slow", 0, expected, actual).found()
    },
};

pub(super) static COMPLETE_HTTP: Rule = Rule {
    id: RuleId::COMPLETE_HTTP,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: an answer is an HTTP response; alarm guide: a network error is a bad response",
    summary: "The server answers a push with one whole HTTP response.",
    why: "To WeChat this is no answer: it pushes again, and alarms the account's administrators.",
    fix: "Look for a crash in the handler, a Content-Length counted in characters, or a filter that compresses unasked.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &["compressed", "closed", "garbage", "content-length"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let (claim, actual) = match (entry.answer(), entry.silence()) {
            (Some(answer), _) => match answer.header("content-encoding") {
                None | Some("identity" | "") => return Ok(()),
                Some(coding) => (
                    "compressed",
                    format!("a body encoded with `{coding}`, which was not asked for"),
                ),
            },
            (_, Some(Silence::Closed)) => ("closed", describe(entry)),
            (_, Some(Silence::Garbage { .. })) => ("garbage", describe(entry)),
            (_, Some(Silence::BodyBroken { .. })) => ("content-length", describe(entry)),
            // Silence in time is another rule's.
            _ => return answer(entry).map(|_| ()),
        };
        let expected = "a status line, headers and the whole body, not encoded";
        Finding::new(claim, 0, expected, actual).found()
    },
};

pub(super) static NO_REDIRECT: Rule = Rule {
    id: RuleId::NO_REDIRECT,
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: no page names a redirect, and none was ever seen to be followed",
    summary: "The server answers a push itself and does not redirect it.",
    why: "WeChat does not follow; and a client that does turns the POST into a GET and loses the message.",
    fix: "Save the URL at WeChat as it is served (https, host, trailing slash), or exempt the path from the redirect.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &["redirect"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let answer = answer(entry)?;
        if !(300..400).contains(&answer.status) {
            return Ok(());
        }
        let to = answer.header("location").unwrap_or("nowhere");
        let to = excerpt(to.as_bytes());
        let actual = format!("status {}, a redirect to `{to}`", answer.status);
        Finding::new("redirect", 0, "status 200 and an acknowledgement", actual).found()
    },
};

/// Judged by the run, which sees the limit in whichever play meets it.
pub(super) static RATE_LIMIT: Rule = Rule {
    id: RuleId::RATE_LIMIT,
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: WeChat pushes for all users from a few addresses (getcallbackip), as many as write; no page says that it waits for Retry-After",
    summary: "The server, and what stands in front of it, lets as many pushes through as come.",
    why: "To a limiter WeChat's few addresses look like one busy client: when many users write, their messages are refused.",
    fix: "Let wxcheck's address through the rate limiter or firewall for the run (an allow-list), or run with ⟦concurrency⟧ 1 and ⟦only⟧; in production let WeChat's addresses through, which getcallbackip names.",
    needs: &[],
    turn: Turn::Last,
    scenarios: |_| Cases::each([[Step::Deliver(Deliver::text("still there"))]]),
    claims: &[claim::LIMITED],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match entry.answer() {
            Some(answer) if says_too_many(answer) => {
                let expected = "every push is let through";
                Finding::new(claim::LIMITED, 0, expected, describe(entry)).found()
            }
            _ => Ok(()),
        }
    },
};

pub(super) static STATUS_200: Rule = Rule {
    id: RuleId::STATUS_200,
    since: "0.1.0",
    level: Level::Should,
    source: "observed: 201 with `success` was treated as failure (four deliveries in an nginx log of 2021)",
    summary: "The server answers a push with status 200, not 201, 202 or 204.",
    why: "WeChat pushes the message four times within a second and tells the user that the service is unavailable.",
    fix: "Set the status to 200; frameworks that answer a POST with 201 by themselves need to be told.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &["status"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match answer(entry)?.status {
            201..300 => Finding::new("status", 0, "status 200", describe(entry)).found(),
            _ => Ok(()),
        }
    },
};

pub(super) static ACKNOWLEDGES: Rule = Rule {
    id: RuleId::ACKNOWLEDGES,
    since: "0.1.0",
    level: Level::Must,
    source: ANSWERING,
    summary: "The server answers a push with an empty body, `success`, or a message that WeChat knows.",
    why: "Anything else is a bad response: the user reads that the service is unavailable.",
    fix: "Write the seven letters success, or nothing at all, as plain text: no JSON encoder, no BOM, no page, no status object of your own API.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &[
        "bom",
        "json-quoted",
        "status-word",
        "status-object",
        "html",
        "malformed",
        "other-text",
    ],
    judge: judge_body,
};

pub(super) static BARE_SUCCESS: Rule = Rule {
    id: RuleId::BARE_SUCCESS,
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: four event pages print SUCCESS; white space around it is not mentioned",
    summary: "The server writes `success` exactly: in lower case, with nothing around it.",
    why: "Whether WeChat compares case and white space is not documented.",
    fix: "Write exactly the seven letters, without a newline.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| each_kind(profile, Hold::Cut),
    claims: &["exact"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match entry.reply.as_ref().map(|reply| &innermost(reply).kind) {
            Some(ReplyKind::NearSuccess | ReplyKind::Blank) => {
                let expected = "`success`, or zero bytes";
                Finding::new("exact", 0, expected, describe(entry)).found()
            }
            _ => Ok(()),
        }
    },
};

/// A text message, another message and an event.
fn each_kind(profile: &Profile, hold: Hold) -> Cases {
    let kinds = [
        Content::Text("hello".into()),
        profile.push("image").into(),
        profile.enter_session(),
    ];
    Cases::each(kinds.map(|kind| [Step::Deliver(Deliver::of(kind).held(hold))]))
}

fn judge_body(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    if let Some(by) = blocked_by(&entry.outcome) {
        return Err(Miss::inconclusive(blocked(by)));
    }
    let Some(claim) = body_claim(entry, None) else {
        return Ok(());
    };
    if entry.answer().is_some_and(is_encoded) {
        return Err(Miss::inconclusive(blocked(RuleId::COMPLETE_HTTP)));
    }
    let expected = "an empty body, `success`, or a message that WeChat knows";
    Finding::new(claim, 0, expected, describe(entry)).found()
}

/// The claim that an answer's body breaks as an acknowledgement, if it breaks one. What is left out here is another rule's:
/// an envelope that does not open, an encoding, a failure that is told as the push asks for it.
pub(crate) fn body_claim(entry: &Entry, structured: Option<Structured>) -> Option<&'static str> {
    match entry.reply.as_ref()?.unfit(structured)? {
        Unfit::NotUtf8 | Unfit::Shut | Unfit::Failure => None,
        unfit => Some(unfit.name()),
    }
}

fn over_limit(answer: &Answer) -> String {
    format!(
        "status {} and a body of more than {BODY_LIMIT} bytes",
        answer.status
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{
        OPENID, ORIGINAL_ID, answered, no_answer, push, text_reply, transcript,
    };

    fn claim_of(status: u16, body: &str) -> Option<&'static str> {
        match judge_body(&transcript(vec![push("hello", answered(status, body))])) {
            Ok(()) => None,
            Err(Miss::Found(finding)) => Some(finding.claim),
            Err(_) => Some("inconclusive"),
        }
    }

    #[test]
    fn takes_every_documented_acknowledgement() {
        let reply = text_reply(OPENID, ORIGINAL_ID, "hi");
        for body in ["", "success", "SUCCESS", "success\n", &reply] {
            assert_eq!(claim_of(200, body), None, "{body}");
        }
    }

    #[test]
    fn distinguishes_wrong_bodies() {
        for (body, claim) in [
            ("\"success\"", "json-quoted"),
            ("\u{feff}success", "bom"),
            ("<!DOCTYPE html><html></html>", "html"),
            ("ok", "status-word"),
            (r#"{"code":0}"#, "status-object"),
            ("<xml><a></xml>", "malformed"),
        ] {
            assert_eq!(claim_of(200, body), Some(claim), "{body}");
        }
    }

    #[test]
    fn another_status_is_another_rules_affair() {
        assert_eq!(claim_of(500, "oops"), Some("inconclusive"));
        assert_eq!(claim_of(201, "success"), None);
    }

    #[test]
    fn a_late_answer_and_none_differ() {
        let mut late = push("x", answered(200, ""));
        if let wxcheck_mock_server::Outcome::Answered(answer) = &mut late.outcome {
            answer.first_byte = std::time::Duration::from_secs(6);
            answer.total = answer.first_byte;
        }
        let claim = |entry| match (ANSWERS_IN_TIME.judge)(&transcript(vec![entry])) {
            Err(Miss::Found(finding)) => finding.claim,
            other => panic!("{other:?}"),
        };
        assert_eq!(claim(late), "late-headers");
        assert_eq!(claim(push("x", no_answer())), "no-answer");
    }
}
