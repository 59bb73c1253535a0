//! Faults that only the bytes of a connection show: what stands around an answer, and whether it came too early.

use wxcheck_mock_server::{Behind, Connection};

use crate::{
    expect::{answer, describe, entry, is_served},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{BodyComes, Content, Deliver, Step},
    transcript::{Entry, Transcript},
};

pub(super) static ONE_RESPONSE: Rule = Rule {
    id: RuleId::new("reply/one-response"),
    since: "0.1.0",
    level: Level::Should,
    source: "RFC 9112, 6.2 and 9.2: one response to one request, and no Content-Length beside Transfer-Encoding; no WeChat page mentions it",
    summary: "The server answers a push with one response, and says its length in one way.",
    why: "On a kept connection what is left over is read as the answer to the next push; proxies refuse an answer with two lengths, or let it be used to smuggle another.",
    fix: "Answer once on every path through the handler, and let the HTTP library write Content-Length and Transfer-Encoding.",
    needs: &[Need::Bytes, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| bytewise(profile, BodyComes::AtOnce),
    claims: &["two-responses", "surplus-bytes", "both-lengths"],
    judge: judge_response,
};

pub(super) static READ_FIRST: Rule = Rule {
    id: RuleId::new("reply/read-first"),
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: no page says when a push counts as taken; RFC 9110, 15 lets a server answer early",
    summary: "The server reads a push whole before it acknowledges it.",
    why: "If the rest of the body never comes, the message is lost, and WeChat has no reason to push it again.",
    fix: "Read and check the body first, then answer `success`.",
    needs: &[Need::Bytes, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| bytewise(profile, BodyComes::Later),
    claims: &["before-body"],
    judge: |transcript| {
        let (entry, connection) = seen(transcript)?;
        if connection.before_body && is_served(entry) {
            let actual = format!("{}, before any of the body was sent", describe(entry));
            return Finding::new("before-body", 0, "no answer before the body came", actual)
                .proven()
                .found();
        }
        Ok(())
    },
};

fn bytewise(profile: &Profile, comes: BodyComes) -> Cases {
    let kinds = [Content::Text("hello".into()), profile.enter_session()];
    Cases::each(kinds.map(|kind| [Step::Deliver(Deliver::of(kind).bytewise(comes))]))
}

fn judge_response(transcript: &Transcript) -> Judgement {
    let (entry, connection) = seen(transcript)?;
    let answer = answer(entry)?;
    let [length, coding] = ["content-length", "transfer-encoding"].map(|name| answer.header(name));
    let (claim, more) = match (connection.behind, length, coding) {
        (Behind::Response, ..) => ("two-responses", "another response behind it".to_owned()),
        (Behind::Bytes, ..) => (
            "surplus-bytes",
            "more bytes behind the end that its headers give it".to_owned(),
        ),
        (Behind::Nothing, Some(length), Some(coding)) => (
            "both-lengths",
            format!("both Content-Length: {length} and Transfer-Encoding: {coding}"),
        ),
        (Behind::Nothing, ..) => return Ok(()),
    };
    let actual = format!("{}, and {more}", describe(entry));
    Finding::new(claim, 0, "one response with one length", actual)
        .proven()
        .found()
}

fn seen(transcript: &Transcript) -> Result<(&Entry, Connection), Miss> {
    let entry = entry(transcript, 0)?;
    let unread = || Miss::inconclusive(Unjudged::NotReadByBytes);
    let connection = answer(entry)?.connection.ok_or_else(unread)?;
    Ok((entry, connection))
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::Outcome;

    use super::*;
    use crate::hand_made::{answered, no_answer, push, transcript};

    fn read(before_body: bool, behind: Behind, headers: &[&str]) -> Transcript {
        let mut outcome = answered(200, "success");
        if let Outcome::Answered(answer) = &mut outcome {
            answer.connection = Some(Connection {
                before_body,
                behind,
            });
            answer.headers = headers
                .iter()
                .map(|name| (String::from(*name), "7".into()))
                .collect();
        }
        transcript(vec![push("hello", outcome)])
    }

    fn claim(judgement: &Judgement) -> Option<&'static str> {
        match judgement {
            Ok(()) => None,
            Err(Miss::Found(finding)) => Some(finding.claim),
            Err(_) => Some("inconclusive"),
        }
    }

    #[test]
    fn one_response_has_one_length_and_nothing_behind_it() {
        for (behind, headers, expected) in [
            (Behind::Nothing, &["content-length"] as &[&str], None),
            (Behind::Nothing, &["transfer-encoding"], None),
            (Behind::Response, &["content-length"], Some("two-responses")),
            (Behind::Bytes, &["content-length"], Some("surplus-bytes")),
            (
                Behind::Nothing,
                &["transfer-encoding", "content-length"],
                Some("both-lengths"),
            ),
        ] {
            let judgement = judge_response(&read(false, behind, headers));
            assert_eq!(claim(&judgement), expected, "{behind:?} {headers:?}");
        }
    }

    #[test]
    fn an_early_acknowledgement_is_found_and_an_early_refusal_is_not() {
        let early = |status| {
            let mut seen = read(true, Behind::Nothing, &[]);
            if let Outcome::Answered(answer) = &mut seen.entries[0].outcome {
                answer.status = status;
            }
            claim(&(READ_FIRST.judge)(&seen))
        };
        assert_eq!(early(200), Some("before-body"));
        assert_eq!(early(403), None);
        let late = read(false, Behind::Nothing, &[]);
        assert_eq!(claim(&(READ_FIRST.judge)(&late)), None);
    }

    #[test]
    fn without_an_answer_nothing_is_known() {
        for outcome in [no_answer(), answered(200, "success")] {
            let seen = transcript(vec![push("hello", outcome)]);
            assert_eq!(claim(&judge_response(&seen)), Some("inconclusive"));
        }
    }
}
