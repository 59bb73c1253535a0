//! The encoding of messages in the answer: UTF-8, as the pushes have.

use wxcheck_protocol::reply::ReplyKind;

use crate::{
    expect::{entry, innermost},
    finding::{Finding, Miss},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Content, Deliver, Step},
    transcript::Entry,
};

pub(super) static UTF_8: Rule = Rule {
    id: RuleId::REPLY_UTF_8,
    since: "0.1.0",
    level: Level::Must,
    source: "XML 1.0, 4.3.3: a document that declares no other encoding is UTF-8; RFC 8259, 8.1: JSON is UTF-8. Declared as another encoding: undocumented",
    summary: "A message in the answer is UTF-8.",
    why: "The message cannot be read, and the user reads that the service is unavailable.",
    fix: "Save source files and templates as UTF-8, and encode the body as UTF-8 when it is written, not in the system's code page (GBK, Latin-1).",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let contents = [
            Content::from("hello"),
            "你好".into(),
            profile.push("image").into(),
            profile.push("subscribe").into(),
            profile.enter_session(),
        ];
        Cases::each(contents.map(|content| [Step::Deliver(Deliver::of(content))]))
    },
    claims: &["not-utf-8", "declared"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        if let Some(finding) = not_utf_8(entry, 0) {
            return finding.found();
        }
        match unreadable(entry) {
            Some(bytes) => {
                let finding = Finding::new("declared", 0, "UTF-8", bytes.describe());
                Err(Miss::Remark(finding))
            }
            None => Ok(()),
        }
    },
};

/// A message that says or implies that it is UTF-8, and is not.
pub(super) fn not_utf_8(entry: &Entry, at: usize) -> Option<Finding> {
    let bytes = unreadable(entry).filter(|bytes| bytes.declared.is_none())?;
    Some(
        Finding::new("not-utf-8", at, "a message in UTF-8", bytes.describe())
            .about(entry.push_name()),
    )
}

/// Bytes of a message that are no UTF-8.
struct Bytes<'a> {
    offset: usize,
    around: &'a [u8],
    declared: Option<&'a str>,
}

fn unreadable(entry: &Entry) -> Option<Bytes<'_>> {
    match &innermost(entry.reply.as_ref()?).kind {
        ReplyKind::NotUtf8 {
            offset,
            around,
            declared,
            ..
        } => Some(Bytes {
            offset: *offset,
            around,
            declared: declared.as_deref(),
        }),
        _ => None,
    }
}

impl Bytes<'_> {
    /// The bytes, in hex where they are not ASCII, as `<Content>\xC4\xE3`.
    fn describe(&self) -> String {
        let shown: String = self
            .around
            .iter()
            .flat_map(|byte| byte.escape_ascii())
            .map(char::from)
            .collect();
        let declared = self.declared.map_or_else(String::new, |encoding| {
            format!(", and the XML declaration says `{encoding}`")
        });
        format!("no UTF-8 from byte {} on: `{shown}`{declared}", self.offset)
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::Outcome;
    use wxcheck_protocol::reply::{self, ReplyContext};

    use super::*;
    use crate::hand_made::{answered, push, transcript};

    fn judged(body: &[u8]) -> Result<(), Miss> {
        let mut entry = push("x", answered(200, ""));
        let context = ReplyContext {
            key: None,
            token: "",
            appid: "",
        };
        entry.reply = Some(reply::read(body, &context));
        if let Outcome::Answered(answer) = &mut entry.outcome {
            answer.body = body.to_vec();
        }
        (UTF_8.judge)(&transcript(vec![entry]))
    }

    #[test]
    fn bytes_of_another_encoding_are_shown() {
        let gbk = judged(b"<xml><MsgType>text</MsgType><Content>\xc4\xe3</Content></xml>");
        let Err(Miss::Found(finding)) = gbk else {
            panic!("{gbk:?}");
        };
        assert_eq!(finding.claim, "not-utf-8");
        assert!(
            finding.actual.contains(r"<Content>\xc4\xe3<"),
            "{finding:?}"
        );
        let declared = judged(b"<?xml version=\"1.0\" encoding='gbk'?><xml><a>\xc4\xe3</a></xml>");
        assert!(matches!(declared, Err(Miss::Remark(_))), "{declared:?}");
        assert_eq!(judged("<xml><a>你</a></xml>".as_bytes()), Ok(()));
    }
}
