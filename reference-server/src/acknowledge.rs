//! The answer to a push that needs none: `success`, or zero bytes. Documented: message push page.

use crate::answer::{Answer, HTML, JSON, XML};
use crate::work::Worker;

/// The acknowledgement of a push.
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
    /// `success` and the AppSecret, if there is an API to use it with.
    ShowsAppSecret,
    /// `success` and the access token, if there is an API to use it with.
    ShowsToken,
    /// `SUCCESS`.
    UpperCase,
    /// `undefined`, as Node writes a variable that was never set.
    Undefined,
    /// `success` behind a warning of PHP.
    Warned,
    /// `success` in Base64, as a function hands it to a gateway.
    Base64,
}

impl Acknowledgement {
    /// The text that is shown behind `success`.
    pub(crate) async fn suffix(self, worker: Option<&Worker>) -> String {
        match (self, worker) {
            (Self::ShowsAppSecret, Some(worker)) => format!(" appsecret={}", worker.secret()),
            (Self::ShowsToken, Some(worker)) => match worker.token().await {
                Ok(token) => format!(" access_token={token}"),
                Err(_) => String::new(),
            },
            _ => String::new(),
        }
    }

    /// The answer, and the text to be sealed when it goes into an envelope.
    pub(crate) fn answer(self, shown: &str) -> (Answer, Option<&'static str>) {
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
            Self::ShowsAppSecret | Self::ShowsToken => Answer::text(200, format!("success{shown}")),
            Self::Quoted => Answer::ok(JSON, r#""success""#),
            Self::UpperCase => Answer::text(200, "SUCCESS"),
            Self::Undefined => Answer::text(200, "undefined"),
            Self::Warned => Answer::ok(
                HTML,
                "<br />\n<b>Warning</b>:  Undefined array key \"Content\" in <b>/srv/wx.php</b> on line <b>9</b><br />\nsuccess",
            ),
            Self::Base64 => Answer::text(200, "c3VjY2Vzcw=="),
        };
        let sealed = match self {
            Self::SealedEmpty => Some(""),
            Self::SealedSuccess => Some("success"),
            _ => None,
        };
        (answer, sealed)
    }
}
