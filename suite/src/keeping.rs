//! Limits on what is kept of an answer: for judges as much as any honest answer has, after judging an excerpt. A target
//! can answer a megabyte to each of thousands of requests if it wants to.

use wxcheck_mock_server::{Answer, Outcome};
use wxcheck_protocol::{
    message::{Field, Value},
    reply::{Reply, ReplyKind, Sealed},
};

use crate::{
    bounds::{
        EXCERPT_BYTES, JUDGED_BODY_BYTES, JUDGED_DATA_BYTES, JUDGED_HEADER_BYTES,
        JUDGED_REPLY_BYTES,
    },
    identity::is_invented,
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// The number of faults of one answer that are kept.
const FAULTS: usize = 100;

/// Cuts what judges do not need: of the answers to pushes and visits, once they were read. The answers to fetches and
/// verifications are compared byte by byte.
pub(crate) fn cut_for_judging(entry: &mut Entry) {
    let bytes = match entry.sent {
        Sent::Push { .. } | Sent::Visit => JUDGED_BODY_BYTES,
        Sent::Fetch(_) | Sent::Verification { .. } => usize::MAX,
    };
    cut_entry(entry, bytes, JUDGED_REPLY_BYTES, JUDGED_DATA_BYTES);
}

/// Cuts a play that was judged.
pub(crate) fn cut_after_judging(transcript: &mut Transcript) {
    for entry in &mut transcript.entries {
        cut_entry(entry, EXCERPT_BYTES, EXCERPT_BYTES, 0);
    }
}

/// Drops the calls about users of other plays: those stand with them.
pub(crate) fn keep_own_calls(transcript: &mut Transcript) {
    let is_of_another = |call: &ApiCall| {
        let openid = call.openid.as_deref();
        !call.own && !call.struck && openid.is_some_and(is_invented)
    };
    transcript.calls.retain(|call| !is_of_another(call));
    transcript.calls.shrink_to_fit();
}

/// Bytes that a play takes, about.
pub(crate) fn weight(transcript: &Transcript) -> usize {
    let of_entry = |entry: &Entry| {
        let answer = entry.answer().map_or(0, |answer| answer.body.len());
        let reply = entry.reply.as_ref().map_or(0, |_| 2 * EXCERPT_BYTES);
        answer.min(EXCERPT_BYTES) + reply.min(2 * answer) + 2 * entry.recipe.body.len() + 1024
    };
    let entries: usize = transcript.entries.iter().map(of_entry).sum();
    let calls: usize = transcript
        .calls
        .iter()
        .map(|call| call.body.len() + 256)
        .sum();
    entries + calls + 1024
}

fn cut_entry(entry: &mut Entry, body: usize, reply: usize, data: usize) {
    if let Outcome::Answered(answer) = &mut entry.outcome {
        cut_answer(answer, body);
    }
    if let Some(text) = &mut entry.text {
        cut_text(text, &mut { data });
    }
    if let Some(read) = &mut entry.reply {
        cut_reply(read, &mut { reply });
    }
}

fn cut_answer(answer: &mut Answer, bytes: usize) {
    answer.body.truncate(bytes);
    answer.body.shrink_to_fit();
    let mut left = JUDGED_HEADER_BYTES;
    for (name, value) in &mut answer.headers {
        cut_text(name, &mut left);
        cut_text(value, &mut left);
    }
}

/// Cuts the texts of a reply to so many bytes together. Its faults were noted before.
fn cut_reply(reply: &mut Reply, left: &mut usize) {
    if let Some(object) = &mut reply.object {
        cut_fields(&mut object.fields, left);
    }
    match &mut reply.kind {
        ReplyKind::Passive(passive) => {
            let texts = [
                &mut passive.to_user,
                &mut passive.from_user,
                &mut passive.create_time,
                &mut passive.msg_type,
                &mut passive.content,
            ];
            for text in texts.into_iter().flatten() {
                // It stands in the object too, and is the part that matters.
                cut_text(text, &mut { JUDGED_REPLY_BYTES });
            }
            passive.faults.truncate(FAULTS);
        }
        ReplyKind::Sealed(Sealed {
            inner, text, nonce, ..
        }) => {
            for text in [text, nonce].into_iter().flatten() {
                cut_text(text, &mut { JUDGED_REPLY_BYTES });
            }
            if let Some(inner) = inner {
                cut_reply(inner, &mut { JUDGED_REPLY_BYTES });
            }
        }
        ReplyKind::StatusWord(_)
        | ReplyKind::StatusObject(_)
        | ReplyKind::QuotedText(_)
        | ReplyKind::Malformed { .. }
        | ReplyKind::NotUtf8 { .. }
        | ReplyKind::Other(_)
        | ReplyKind::Empty
        | ReplyKind::Blank
        | ReplyKind::Success
        | ReplyKind::NearSuccess
        | ReplyKind::QuotedSuccess
        | ReplyKind::Html => {}
    }
}

fn cut_fields(fields: &mut [Field], left: &mut usize) {
    for field in fields {
        cut_text(&mut field.name, left);
        cut_value(&mut field.value, left);
    }
}

fn cut_value(value: &mut Value, left: &mut usize) {
    match value {
        Value::Text(text) | Value::Bare(text) => cut_text(text, left),
        Value::Number(_) => {}
        Value::Group(fields) => cut_fields(fields, left),
        Value::Many(values) => {
            for value in values {
                cut_value(value, left);
            }
        }
    }
}

/// Cuts a text to what is left, between two characters.
fn cut_text(text: &mut String, left: &mut usize) {
    if text.len() > *left {
        let mut end = *left;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.shrink_to_fit();
    }
    *left -= text.len();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{call, transcript},
        identity::OPENID_PREFIX,
    };

    #[test]
    fn calls_about_users_of_other_plays_are_not_kept_twice() {
        let another = format!("{OPENID_PREFIX}another");
        let others = |openid: Option<&str>| ApiCall {
            own: false,
            openid: openid.map(str::to_owned),
            ..call("oA", 2)
        };
        let mut seen = transcript(Vec::new());
        let struck = ApiCall {
            struck: true,
            ..others(Some(&another))
        };
        let kept = [
            call("oA", 1),
            struck,
            others(None),
            others(Some("oStranger")),
        ];
        seen.calls = kept.to_vec();
        seen.calls.insert(1, others(Some(&another)));
        keep_own_calls(&mut seen);
        assert_eq!(seen.calls, kept);
    }
}
