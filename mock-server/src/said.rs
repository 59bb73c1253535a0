//! The words of a push: its text, or what an event is about; and those of a message that a call sends.

use std::borrow::Cow;

use serde_json::Value;
use wxcheck_protocol::message::{Field, scalar_of};

/// Bytes of it that a journal repeats beside a push.
pub const SAID_BYTES: usize = 2048;
/// The fields of which the first tells what a push is about.
const ABOUT: [&str; 6] = [
    "Content",
    "PicUrl",
    "Title",
    "EventKey",
    "SessionFrom",
    "TemplateId",
];

/// The text of a push, or what an event is about, whole and with whatever secrets it holds.
pub fn said(fields: &[Field]) -> Option<Cow<'_, str>> {
    let mut abouts = ABOUT.into_iter().filter_map(|name| scalar_of(fields, name));
    abouts.next().filter(|text| !text.is_empty())
}

/// The words of the message that the body of a call sends to a user; nothing where it sends none.
pub fn said_in_call(body: &str) -> Option<String> {
    const WORDS: [&str; 4] = ["content", "title", "head_content", "media_id"];
    let body: Value = serde_json::from_str(body).ok()?;
    let kind = body["msgtype"].as_str()?;
    let message = &body[kind];
    let mut words = WORDS.iter().filter_map(|name| message[*name].as_str());
    let first = || message["articles"][0]["title"].as_str();
    Some(words.next().or_else(first).unwrap_or(kind).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_by_its_words() {
        for (body, wanted) in [
            (r#"{"msgtype":"text","text":{"content":"hi"}}"#, Some("hi")),
            (
                r#"{"msgtype":"news","news":{"articles":[{"title":"T"}]}}"#,
                Some("T"),
            ),
            (r#"{"msgtype":"image","image":{"media_id":"M"}}"#, Some("M")),
            (
                r#"{"msgtype":"wxcard","wxcard":{"card_id":"C"}}"#,
                Some("wxcard"),
            ),
            (r#"{"template_id":"T"}"#, None),
            ("--boundary", None),
        ] {
            assert_eq!(said_in_call(body).as_deref(), wanted, "{body}");
        }
    }
}
