//! The answer to a push that was taken, judged: pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use wxcheck_protocol::{
    push::{Format, Mode},
    reply::{Reply, ReplyKind},
};

use super::{
    cause::Values,
    echo::{Sign, both, values, warning},
    known::Known,
};
use crate::{
    excerpt::excerpt,
    expect::{innermost, is_encoded, message, sealed},
    profile::Profile,
    rules::{body_claim, message_fault},
    transcript::Entry,
};

/// Texts that an unset variable or a missing return value reads like.
const UNSET: [&str; 7] = [
    "none",
    "undefined",
    "null",
    "nan",
    "[object object]",
    "nil",
    "{}",
];

/// The mistake in the answer to a push that was taken; nothing where a rule would not call it wrong either.
pub(super) fn of_entry(known: &Known, profile: &Profile, entry: &Entry) -> Option<Sign> {
    let answer = entry.answer()?;
    let got = |text: String| values([("got", text)]);
    let shown = excerpt(&answer.body);
    if answer.status != 200 {
        return Some((
            "reply-status",
            values([("status", answer.status.to_string())]),
        ));
    }
    if is_encoded(answer) {
        return None;
    }
    let text = String::from_utf8_lossy(&answer.body);
    if body_claim(entry, None).is_some() {
        let php = ["Warning", "Notice", "Deprecated", "Fatal error"];
        if php.iter().any(|word| text.contains(word)) && text.contains(" on line ") {
            return Some(("reply-warning", warning(&text)));
        }
        let lower = text.trim().to_lowercase();
        if UNSET.contains(&lower.as_str()) {
            return Some(("reply-unset", got(shown)));
        }
        return of_kind(innermost(entry.reply.as_ref()?), &shown);
    }
    let passive = message(entry)?;
    if let Some(fault) = message_fault(profile, entry) {
        let names = format!(
            "ToUserName `{}`, FromUserName `{}`",
            passive.to_user.as_deref().unwrap_or_default(),
            passive.from_user.as_deref().unwrap_or_default()
        );
        let is_unset = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or_default().trim().to_lowercase();
            name.is_empty() || UNSET.contains(&name.as_str())
        };
        let is_unread = is_unset(&passive.to_user) || is_unset(&passive.from_user);
        let sign = match fault.claim {
            "to-user" | "from-user" if is_unread => ("reply-unread", got(names)),
            "to-user" | "from-user" => ("reply-names", got(names)),
            "create-time" => ("reply-create-time", Values::new()),
            "required-part" => ("reply-part", got(fault.expected)),
            "not-sealed" => ("reply-clear", got(shown)),
            _ => return None,
        };
        return Some(sign);
    }
    let reply = innermost(entry.reply.as_ref()?);
    let format = reply.object.as_ref().map(|object| object.format)?;
    let is_other = format != known.format && known.mode != Mode::Safe && sealed(entry).is_none();
    let named = |format: Format| format.to_string().to_uppercase();
    is_other.then(|| {
        let told = values([("got", named(format)), ("format", named(known.format))]);
        ("reply-other-format", told)
    })
}

/// A word by which programs tell each other that all is well, or not.
fn is_status(word: &str) -> bool {
    let words = [
        "ok", "true", "false", "1", "0", "200", "received", "done", "yes", "no", "fail", "error",
        "accepted", "pong", "succ",
    ];
    words.contains(&word.to_lowercase().as_str())
}

/// True if a text stands for `success` or a message in Base64.
fn is_in_base64(text: &str) -> bool {
    // A long text is known by its beginning only.
    let whole = text.trim();
    let whole = whole.get(..whole.len() / 4 * 4).unwrap_or_default();
    let decoded = BASE64_STANDARD.decode(whole).unwrap_or_default();
    decoded == b"success" || decoded.starts_with(b"<xml") || decoded.starts_with(b"{\"")
}

fn of_kind(reply: &Reply, shown: &str) -> Option<Sign> {
    let got = || values([("got", shown.to_owned())]);
    if reply.bom {
        return Some(("reply-bom", got()));
    }
    Some(match &reply.kind {
        ReplyKind::StatusWord(word) | ReplyKind::Other(word) if is_in_base64(word) => {
            ("reply-base64", got())
        }
        ReplyKind::QuotedSuccess | ReplyKind::QuotedText(_) => ("reply-quoted", got()),
        ReplyKind::StatusWord(word) if is_status(word) => ("reply-word", got()),
        ReplyKind::StatusObject(_) => ("reply-object", values([("got", format!("`{shown}`"))])),
        ReplyKind::Html => ("reply-page", values([("got", format!("`{shown}`"))])),
        ReplyKind::Malformed { format, reason, .. } => {
            let format = format.to_string().to_uppercase();
            (
                "reply-malformed",
                values([("format", format), ("got", reason.clone())]),
            )
        }
        ReplyKind::NotUtf8 { format, .. } => {
            let format = format.to_string().to_uppercase();
            ("reply-malformed", {
                let mut told = values([("format", format)]);
                both(&mut told, "got", "it is not UTF-8", "不是 UTF-8 编码");
                told
            })
        }
        ReplyKind::StatusWord(_) | ReplyKind::Other(_) => ("reply-text", got()),
        ReplyKind::Empty
        | ReplyKind::Blank
        | ReplyKind::Success
        | ReplyKind::NearSuccess
        | ReplyKind::Passive(_)
        | ReplyKind::Sealed(_) => return None,
    })
}
