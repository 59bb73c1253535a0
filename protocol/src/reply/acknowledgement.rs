//! The one answer to whether WeChat takes a body: whoever counts, judges or shows answers asks here.

use super::{Reply, ReplyKind, Structured, StructuredOutcome};

/// The form in which a body is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unfit {
    /// A byte order mark in front.
    Bom,
    /// A JSON string.
    JsonQuoted,
    /// A word like `ok`.
    StatusWord,
    /// An object of somebody's own, like `{"errcode":-1}`.
    StatusObject,
    /// A page.
    Html,
    /// Neither XML nor JSON, though it begins like one.
    Malformed,
    /// Another text.
    OtherText,
    /// A message in another encoding than UTF-8.
    NotUtf8,
    /// An envelope that does not open.
    Shut,
    /// The object that the push asks for, with the code of a failure.
    Failure,
}

impl Unfit {
    /// Its name, in kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bom => "bom",
            Self::JsonQuoted => "json-quoted",
            Self::StatusWord => "status-word",
            Self::StatusObject => "status-object",
            Self::Html => "html",
            Self::Malformed => "malformed",
            Self::OtherText => "other-text",
            Self::NotUtf8 => "not-utf-8",
            Self::Shut => "shut",
            Self::Failure => "failure",
        }
    }
}

impl Reply {
    /// The form in which WeChat does not take it, of a sealed one that of what is inside; nothing where it takes it. Some pushes
    /// ask for an object in place of `success`; what a server may answer that does nothing with them is taken there too. Parts
    /// and names of a message are not looked at.
    pub fn unfit(&self, structured: Option<Structured>) -> Option<Unfit> {
        let opened = self.innermost();
        if self.bom || opened.bom {
            return Some(Unfit::Bom);
        }
        if let (Some(structured), Some(object)) = (structured, &opened.object)
            && structured.is_meant(object)
        {
            let failed = matches!(structured.outcome(object), StructuredOutcome::Refused(_));
            return failed.then_some(Unfit::Failure);
        }
        match &opened.kind {
            ReplyKind::Empty
            | ReplyKind::Blank
            | ReplyKind::Success
            | ReplyKind::NearSuccess
            | ReplyKind::Passive(_) => None,
            ReplyKind::QuotedSuccess | ReplyKind::QuotedText(_) => Some(Unfit::JsonQuoted),
            ReplyKind::StatusWord(_) => Some(Unfit::StatusWord),
            ReplyKind::StatusObject(_) => Some(Unfit::StatusObject),
            ReplyKind::Html => Some(Unfit::Html),
            ReplyKind::Malformed { .. } => Some(Unfit::Malformed),
            ReplyKind::NotUtf8 { .. } => Some(Unfit::NotUtf8),
            ReplyKind::Sealed(_) => Some(Unfit::Shut),
            ReplyKind::Other(_) => Some(Unfit::OtherText),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{ReplyContext, read};

    const MESSAGE: &str = "<xml><ToUserName>oA</ToUserName><FromUserName>gh_0</FromUserName><CreateTime>1</CreateTime>\
                           <MsgType>text</MsgType><Content>hi</Content></xml>";

    fn unfit(body: &[u8], structured: Option<Structured>) -> Option<Unfit> {
        let context = ReplyContext {
            key: None,
            token: "t0ken",
            appid: "wx0123456789abcdef",
        };
        read(body, &context).unfit(structured)
    }

    #[test]
    fn success_nothing_and_a_message_are_taken_and_nothing_else_is() {
        let of = |body: &str| unfit(body.as_bytes(), None);
        for body in ["", "success", "SUCCESS", "success\n", " ", MESSAGE] {
            assert_eq!(of(body), None, "{body}");
        }
        for (body, form) in [
            ("\"success\"", Unfit::JsonQuoted),
            ("\u{feff}success", Unfit::Bom),
            ("<!DOCTYPE html><html></html>", Unfit::Html),
            ("ok", Unfit::StatusWord),
            ("hello there", Unfit::StatusWord),
            (r#"{"errcode":-1}"#, Unfit::StatusObject),
            (r#"{"ErrCode":0}"#, Unfit::StatusObject),
            ("<xml><a></xml>", Unfit::Malformed),
            ("the message was received", Unfit::OtherText),
            ("<xml><Encrypt>x</Encrypt></xml>", Unfit::Shut),
        ] {
            assert_eq!(of(body), Some(form), "{body}");
        }
        let gbk = unfit(b"<xml><MsgType>\xc4\xe3</MsgType></xml>", None);
        assert_eq!(gbk, Some(Unfit::NotUtf8));
    }

    #[test]
    fn a_push_that_asks_for_an_object_takes_that_one() {
        let of = |body: &str| unfit(body.as_bytes(), Some(Structured::ErrorCode));
        for body in [r#"{"ErrCode":0,"ErrMsg":"ok"}"#, "success", ""] {
            assert_eq!(of(body), None, "{body}");
        }
        for failure in [
            r#"{"ErrCode":-40001,"ErrMsg":"invalid signature"}"#,
            r#"{"errcode":-40001,"errmsg":"invalid signature"}"#,
        ] {
            assert_eq!(of(failure), Some(Unfit::Failure), "{failure}");
        }
        assert_eq!(of(r#"{"code":0}"#), Some(Unfit::StatusObject));
    }
}
