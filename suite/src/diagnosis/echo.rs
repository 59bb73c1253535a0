//! Answers in place of the echostr: pure.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    cause::{self, Values},
    reaction::holds_the_number,
    signing::Stamp,
};
use crate::excerpt::excerpt;

/// Names a mistake, with the values that its words have.
pub(super) type Sign = (&'static str, Values);

/// Values by their names.
pub(super) fn values<const N: usize>(named: [(&str, String); N]) -> Values {
    named.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Puts a value in that has other words in Chinese.
pub(super) fn both(values: &mut Values, name: &str, en: &str, zh: &str) {
    values.insert(name.to_owned(), en.to_owned());
    values.insert(cause::in_chinese(name), zh.to_owned());
}

/// The mistake in an answer to a GET with the right signature; nothing where it is the echostr, or nothing of the kind.
pub(super) fn of_answer(status: u16, body: &[u8], stamp: &Stamp, signature: &str) -> Option<Sign> {
    let echostr = stamp.echostr.as_str();
    let text = String::from_utf8_lossy(body);
    let got = || values([("got", format!("`{}`", excerpt(body)))]);
    let bare = || values([("got", excerpt(body))]);
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if text == echostr {
        let told = values([("status", status.to_string())]);
        return (status != 200).then_some(("echo-status", told));
    }
    if trimmed == echostr {
        let id = if text.starts_with('\u{feff}') {
            "echo-bom"
        } else {
            "echo-white-space"
        };
        return Some((id, got()));
    }
    if status >= 400 {
        return None;
    }
    if let Some(rest) = text.find(echostr) {
        return Some(match around(&text, trimmed, rest, stamp, signature) {
            "echo-warning" => ("echo-warning", warning(&text)),
            id => (id, got()),
        });
    }
    if holds_the_number(&text, echostr) {
        return Some(("echo-number", got()));
    }
    if trimmed == BASE64_STANDARD.encode(echostr) {
        return Some(("echo-base64", bare()));
    }
    for (name, value) in [
        ("nonce", stamp.nonce.as_str()),
        ("timestamp", &stamp.timestamp),
        ("signature", signature),
    ] {
        if trimmed == value {
            return Some(("echo-other-parameter", values([("name", name.to_owned())])));
        }
    }
    let literals = [
        "echostr",
        "$echostr",
        "{echostr}",
        "${echostr}",
        "req.query.echostr",
        "<echostr>",
    ];
    if literals.contains(&trimmed.trim_matches(['"', '\''])) {
        return Some(("echo-literal", bare()));
    }
    if trimmed.is_empty() {
        return Some(("echo-empty", Values::new()));
    }
    Some(("echo-word", bare()))
}

/// The way in which an answer wraps the echostr.
fn around(text: &str, trimmed: &str, at: usize, stamp: &Stamp, signature: &str) -> &'static str {
    let echostr = stamp.echostr.as_str();
    let others = [signature, &stamp.nonce, &stamp.timestamp];
    if others.iter().any(|other| text.contains(other)) {
        return "echo-query";
    }
    let before = &text[..at];
    if ["Warning", "Notice", "Deprecated"]
        .iter()
        .any(|word| before.contains(word))
    {
        return "echo-warning";
    }
    if trimmed == format!("\"{echostr}\"") {
        return "echo-quoted";
    }
    if trimmed.starts_with(['{', '[']) {
        return "echo-json-object";
    }
    let dumps = ["b'", "b\"", "string(", "Array", "'", "(", "<Buffer"];
    if dumps.iter().any(|dump| trimmed.starts_with(dump)) {
        return "echo-bytes";
    }
    if trimmed.starts_with('<') {
        return "echo-page";
    }
    "echo-around"
}

/// The message that PHP printed, without tags.
pub(super) fn warning(text: &str) -> Values {
    let Some(raised) = super::raised::find(text) else {
        return values([("got", format!("`{}`", excerpt(text.as_bytes())))]);
    };
    let mut told = Values::new();
    let [place, place_zh] = raised.places();
    let (en, zh) = (
        format!("`{}`{place}", raised.error),
        format!("`{}`{place_zh}", raised.error),
    );
    both(&mut told, "got", &en, &zh);
    told
}

/// An echostr that holds what decoders and escapers change; WeChat's own hold digits only, and these are what a server makes
/// of all that it is sent.
pub(super) const SPECIAL: &str = "1+2/3=4&5%6 7";

/// The mistake that shows in the special echostr, where a plain one comes back as it is.
pub(super) fn of_special(body: &[u8]) -> Option<Sign> {
    let text = String::from_utf8_lossy(body);
    let got = values([("got", format!("`{}`", excerpt(body)))]);
    if text == SPECIAL {
        None
    } else if text.contains("&amp;") {
        Some(("echo-escaped", got))
    } else if text.contains("%2B") || text.contains("%2b") {
        Some(("echo-encoded", got))
    } else if text.starts_with("1 2/3") {
        Some(("echo-decoded-twice", got))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_echo_has_its_cause() {
        let stamp = Stamp {
            timestamp: "1795000000".into(),
            nonce: "2000000001".into(),
            echostr: "4375120948345356249".into(),
            encrypt: None,
        };
        let e = "4375120948345356249";
        for (status, body, cause) in [
            (200, e.to_owned(), None),
            (201, e.to_owned(), Some("echo-status")),
            (200, format!("{e}\n"), Some("echo-white-space")),
            (200, format!("\u{feff}{e}"), Some("echo-bom")),
            (200, format!("\"{e}\""), Some("echo-quoted")),
            (
                200,
                format!("{{\"echostr\":\"{e}\"}}"),
                Some("echo-json-object"),
            ),
            (
                200,
                format!("{{\"echostr\":{e}}}"),
                Some("echo-json-object"),
            ),
            (200, "4375120948345356300".into(), Some("echo-number")),
            (200, format!("b'{e}'"), Some("echo-bytes")),
            (200, format!("string(19) \"{e}\""), Some("echo-bytes")),
            (200, format!("<html>{e}</html>"), Some("echo-page")),
            (
                200,
                format!("signature=1&echostr={e}&nonce=2000000001"),
                Some("echo-query"),
            ),
            (200, format!("echostr: {e}"), Some("echo-around")),
            (
                200,
                format!("<br /><b>Warning</b>:  x in <b>a.php</b> on line <b>1</b><br />{e}"),
                Some("echo-warning"),
            ),
            (200, "2000000001".into(), Some("echo-other-parameter")),
            (200, "echostr".into(), Some("echo-literal")),
            (200, String::new(), Some("echo-empty")),
            (200, "success".into(), Some("echo-word")),
            (500, "x".into(), None),
        ] {
            let sign = of_answer(status, body.as_bytes(), &stamp, "abc");
            assert_eq!(sign.map(|(id, _)| id), cause, "{body}");
        }
        for (body, cause) in [
            (SPECIAL, None),
            ("1 2/3=4&5%6 7", Some("echo-decoded-twice")),
            ("1+2/3=4&amp;5%6 7", Some("echo-escaped")),
            ("1%2B2%2F3%3D4%265%256%207", Some("echo-encoded")),
        ] {
            assert_eq!(of_special(body.as_bytes()).map(|(id, _)| id), cause);
        }
    }
}
