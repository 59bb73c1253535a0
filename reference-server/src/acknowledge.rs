//! The answer to a push that needs none: `success`, or zero bytes. Documented: message push page.

use crate::answer::{Answer, HTML, JSON, XML};

/// What a push is acknowledged with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Acknowledgement {
    /// `success`.
    #[default]
    Success,
    /// `success` with a byte order mark in front.
    Bom,
    /// `{"code":0,"msg":"success"}`.
    CodeObject,
    /// Zero bytes.
    Empty,
    /// A message without content.
    EmptyMessage,
    /// A page.
    Html,
    /// A sentence.
    Prose,
    /// XML that does not end.
    Truncated,
    /// `ok`.
    Ok,
    /// `"success"`, as frameworks write a string that is returned.
    Quoted,
    /// An envelope with nothing in it, where the mode seals.
    SealedEmpty,
    /// An envelope with `success` in it, where the mode seals.
    SealedSuccess,
    /// `SUCCESS`.
    UpperCase,
}

impl Acknowledgement {
    /// The answer, and the text to be sealed when it goes into an envelope.
    pub(crate) fn answer(self) -> (Answer, Option<&'static str>) {
        let answer = match self {
            Self::Success | Self::SealedEmpty | Self::SealedSuccess => Answer::text(200, "success"),
            Self::Bom => Answer::text(200, "\u{feff}success"),
            Self::CodeObject => Answer::ok(JSON, r#"{"code":0,"msg":"success"}"#),
            Self::Empty => Answer::text(200, ""),
            Self::EmptyMessage => Answer::ok(XML, "<xml></xml>"),
            Self::Html => Answer::ok(
                HTML,
                "<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n",
            ),
            Self::Prose => Answer::text(200, "Thank you, the message was received."),
            Self::Truncated => Answer::ok(XML, "<xml><return_code>SUCCESS</return_code>"),
            Self::Ok => Answer::text(200, "ok"),
            Self::Quoted => Answer::ok(JSON, r#""success""#),
            Self::UpperCase => Answer::text(200, "SUCCESS"),
        };
        let sealed = match self {
            Self::SealedEmpty => Some(""),
            Self::SealedSuccess => Some("success"),
            _ => None,
        };
        (answer, sealed)
    }
}
