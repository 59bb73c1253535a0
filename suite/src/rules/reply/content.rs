//! The user's text in a message of the answer: well-formed whatever was written, and unchanged.

use proptest::prelude::*;
use wxcheck_protocol::reply::ReplyKind;

use super::passive::reply;
use crate::{
    expect::{describe, describe_around, entry, innermost, is_served, message},
    finding::{Finding, Judgement, Miss},
    frame::Frame,
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked},
    step::{Deliver, Scenario, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) static WELL_FORMED: Rule = Rule {
    id: RuleId::WELL_FORMED,
    since: "0.1.0",
    level: Level::Must,
    source: "a passive reply is XML or JSON; issues of several SDKs with `]]>` in user text",
    summary: "A passive reply stays well-formed whatever the user wrote.",
    why: "One `]]>` or quote in a user's text breaks the reply, or lets the user write parts of it.",
    fix: "Build replies with an XML or JSON writer; in CDATA split `]]>` into two sections.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: tricky_cases,
    claims: &["malformed"],
    judge: |transcript| {
        let entry = taken(transcript, 0)?;
        malformed(entry, 0).map_or(Ok(()), Finding::found)
    },
};

/// A reply to a text that is neither XML nor JSON, though it begins like one.
pub(super) fn malformed(entry: &Entry, at: usize) -> Option<Finding> {
    let reply = entry.reply.as_ref()?;
    let ReplyKind::Malformed {
        format,
        reason,
        at: place,
    } = &innermost(reply).kind
    else {
        return None;
    };
    let actual = format!("{reason} in {}", describe_around(entry, place.unwrap_or(0)));
    let expected = format!("well-formed {format}");
    Some(Finding::new("malformed", at, expected, actual))
}

pub(super) static TEXT_UNCHANGED: Rule = Rule {
    id: RuleId::new("reply/text-unchanged"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: where the server repeats the user's text, it repeats it as written",
    summary: "Where the server repeats the user's text, it repeats it unchanged.",
    why: "Emoji turned into question marks, markup swallowed, `007` become 7, `0` taken for nothing: text is lost on its way in or out.",
    fix: "Read and write UTF-8 throughout (four-byte characters too), join split CDATA sections, and keep a text that looks like a number or `true` a text.",
    needs: &[Need::Served, Need::RepeatedText],
    turn: Turn::Shared,
    scenarios: |profile| {
        // One plain text shows how the server frames what it repeats; the tricky ones follow it.
        let behind_plain_text = |steps: Vec<Step>| {
            let plain = Step::Deliver(Deliver::text(PLAIN_TEXT).from_user(1));
            Scenario::of([vec![plain], steps].concat())
        };
        let of_numbers = NUMBER_LIKE.map(|text| Step::Deliver(Deliver::text(text)));
        let long = Step::Deliver(Deliver::text("你".repeat(LONG)));
        match tricky_cases(profile) {
            Cases::Drawn(fixed, draws, drawn) => {
                let all_fixed = fixed
                    .into_iter()
                    .flat_map(|scenario| scenario.steps)
                    .chain([long])
                    .collect();
                let fixed = [all_fixed, of_numbers.to_vec()].map(behind_plain_text);
                let drawn = drawn.prop_map(move |scenario| behind_plain_text(scenario.steps));
                Cases::Drawn(fixed.to_vec(), draws, drawn.boxed())
            }
            other => other,
        }
    },
    claims: &["changed", "unanswered"],
    judge: judge_unchanged,
};

fn judge_unchanged(transcript: &Transcript) -> Judgement {
    let (_, plain) = reply(transcript, 0)?;
    let plain = plain.content.as_deref().unwrap_or_default();
    let frame = Frame::of(plain, PLAIN_TEXT)
        .ok_or_else(|| Miss::not_applicable(Unjudged::TextNotRepeated))?;
    let mut untold = Ok(());
    let (mut repeated, mut unanswered) = (false, None);
    for at in 1..transcript.entries.len() {
        let special = match taken(transcript, at) {
            Ok(special) => special,
            Err(miss) => {
                untold = Err(miss);
                continue;
            }
        };
        let Sent::Push {
            text: Some(text), ..
        } = &special.sent
        else {
            continue;
        };
        let Some(passive) = message(special) else {
            unanswered = unanswered.or(Some((at, text)));
            continue;
        };
        let content = passive.content.clone().unwrap_or_default();
        // What stands around the text may change, as a time or a counter does.
        if !content.contains(text.trim()) && !content.is_empty() {
            let expected = format!("Content `{}`", frame.around(text));
            return Finding::new("changed", at, expected, format!("Content `{content}`")).found();
        }
        repeated = true;
    }
    match unanswered {
        // Of texts that differ in nothing but how they read as numbers, one is taken for nothing.
        Some((at, text)) if repeated && NUMBER_LIKE.contains(&text.as_str()) => {
            let expected = format!(
                "Content `{}`, as other texts are repeated",
                frame.around(text)
            );
            let actual = format!("no message: {}", describe(&transcript.entries[at]));
            Finding::new("unanswered", at, expected, actual).found()
        }
        _ => untold,
    }
}

/// A text that comes back with other letters than the user wrote.
pub(super) fn changed(
    frame: &Frame,
    transcript: &Transcript,
    entry: &Entry,
    at: usize,
) -> Option<Finding> {
    let Sent::Push {
        text: Some(text), ..
    } = &entry.sent
    else {
        return None;
    };
    let content = message(entry)?.content.as_deref()?;
    let is_anothers = transcript.entries.iter().any(|other| {
        matches!(&other.sent, Sent::Push { text: Some(other), .. } if other != text && content.contains(other))
    });
    if content.is_empty() || is_anothers || !frame.holds_changed(text, content) {
        return None;
    }
    let expected = format!("Content `{}`", frame.around(text));
    Some(Finding::new(
        "changed",
        at,
        expected,
        format!("Content `{content}`"),
    ))
}

const PLAIN_TEXT: &str = "plain words 4711";

/// Letters of a text that is long for a user and short for a reply.
const LONG: usize = 200;

/// Texts that a careless reader takes for a number, a truth value or nothing.
pub(in crate::rules) const NUMBER_LIKE: [&str; 8] = [
    "0",
    "007",
    "1e3",
    "0x1F",
    "1.0",
    "12345678901234567890",
    "true",
    "null",
];

/// Texts of which a careless writer makes broken XML or JSON, or a careless reader loses a part.
fn tricky_cases(_: &Profile) -> Cases {
    const PIECES: [&str; 12] = [
        "]]>",
        "&",
        "<b>",
        "</Content>",
        "\"",
        "\\n",
        "\n",
        "&amp;",
        "😀",
        "你好",
        "MiXed",
        "100%s{0}",
    ];
    let scenario = |text: String| Scenario::of([Step::Deliver(Deliver::text(text))]);
    let fixed = PIECES.map(|piece| scenario(format!("a{piece}z"))).to_vec();
    let text = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 2..5)
        .prop_map(|pieces| format!("a{}z", pieces.concat()));
    Cases::Drawn(fixed, 3, text.prop_map(scenario).boxed())
}

/// A push whose text was tricky; another rule reports a server that fails on such a text.
fn taken(transcript: &Transcript, at: usize) -> Result<&Entry, Miss> {
    let entry = entry(transcript, at)?;
    if is_served(entry) {
        return Ok(entry);
    }
    Err(Miss::inconclusive(blocked(RuleId::USER_TEXT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{OPENID, ORIGINAL_ID, answered, push, text_reply, transcript};

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    fn repeated(text: &str, content: &str) -> Entry {
        push(
            text,
            answered(200, &text_reply(OPENID, ORIGINAL_ID, content)),
        )
    }

    fn behind_a_plain_one(entries: &[Entry]) -> Judgement {
        let plain = repeated(PLAIN_TEXT, &format!("> {PLAIN_TEXT}"));
        judge_unchanged(&transcript([&[plain], entries].concat()))
    }

    #[test]
    fn pasted_text_breaks_a_reply() {
        let judge = |entry| (WELL_FORMED.judge)(&transcript(vec![entry]));
        let broken = repeated("a]]><b>z", "a]]><b>z");
        assert_eq!(claim(judge(broken)), Some("malformed"));
        assert_eq!(judge(push("x", answered(200, "success"))), Ok(()));
    }

    #[test]
    fn changed_text_shows_beside_an_unchanged_one() {
        assert_eq!(behind_a_plain_one(&[repeated("a😀z", "> a😀z")]), Ok(()));
        let lost = behind_a_plain_one(&[repeated("a😀z", "> a?z")]);
        assert_eq!(claim(lost), Some("changed"));
        let as_number = behind_a_plain_one(&[repeated("007", "> 7")]);
        assert_eq!(claim(as_number), Some("changed"));
    }

    #[test]
    fn a_zero_that_is_taken_for_nothing_shows_beside_other_numbers() {
        let nothing = || push("0", answered(200, "success"));
        let beside = behind_a_plain_one(&[nothing(), repeated("007", "> 007")]);
        assert_eq!(claim(beside), Some("unanswered"));
        // It may answer none of them, for reasons of its own.
        assert_eq!(behind_a_plain_one(&[nothing()]), Ok(()));
    }
}
