//! The body that came in place of the echostr, and the known mistake that makes it so.

use crate::{
    expect::describe,
    finding::{Finding, Judgement},
    rule::Claim,
    transcript::{Entry, Sent},
};

/// The claims of a body that is not the echostr.
pub(super) const MISTAKES: &[Claim] = &[
    "status",
    "bom",
    "white-space",
    "json-quoted",
    "json-object",
    "integer-round-trip",
    "html-escaped",
    "percent-decoding",
    "other-text",
];

/// The body is the echostr, byte for byte; otherwise the known mistake that changed it.
pub(super) fn echoed(entry: &Entry, at: usize) -> Judgement {
    let (Some(answer), Sent::Verification { echostr, .. }) = (entry.answer(), &entry.sent) else {
        return Ok(());
    };
    if answer.status == 200 && answer.body == echostr.as_bytes() {
        return Ok(());
    }
    let claim = if answer.status == 200 {
        mistake(&answer.body, echostr)
    } else {
        "status"
    };
    let expected = format!("status 200 with the {} bytes `{echostr}`", echostr.len());
    Finding::new(claim, at, expected, describe(entry)).found()
}

/// The known mistake that turns the echostr into this body.
fn mistake(body: &[u8], echostr: &str) -> &'static str {
    let text = String::from_utf8_lossy(body);
    let trimmed = text.trim_start_matches('\u{feff}');
    if trimmed.len() != text.len() {
        return "bom";
    }
    if trimmed.trim() == echostr.trim() {
        return "white-space";
    }
    match serde_json::from_str::<serde_json::Value>(trimmed) {
        Ok(serde_json::Value::String(quoted)) if quoted == echostr => return "json-quoted",
        Ok(serde_json::Value::Object(_)) => return "json-object",
        _ => {}
    }
    let same_number = |one: &str, other: &str| matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if (one - other).abs() <= other.abs() * 1e-9);
    if same_number(trimmed.trim(), echostr) {
        return "integer-round-trip";
    }
    let unescaped = trimmed
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#x22;", "\"")
        .replace("&amp;", "&");
    if unescaped == echostr {
        return "html-escaped";
    }
    if echostr.replace('+', " ") == trimmed
        || echostr.starts_with(trimmed)
        || percent_encoded(trimmed)
    {
        return "percent-decoding";
    }
    "other-text"
}

fn percent_encoded(text: &str) -> bool {
    text.contains("%2B")
        || text.contains("%2F")
        || text.contains("%3D")
        || text.contains("%26")
        || text.contains("%3C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Miss,
        hand_made::{answered, verification},
    };

    #[test]
    fn an_echo_with_another_status_is_none() {
        let refused = verification("12", answered(403, "12"));
        assert!(matches!(
            echoed(&refused, 0),
            Err(Miss::Found(finding)) if finding.claim == "status"
        ));
    }

    #[test]
    fn distinguishes_the_mistakes_of_an_echo() {
        for (body, echostr, claim) in [
            ("\u{feff}12", "12", "bom"),
            ("12\n", "12", "white-space"),
            ("\"12\"", "12", "json-quoted"),
            (r#"{"echostr":"12"}"#, "12", "json-object"),
            ("12", "0012", "integer-round-trip"),
            (
                "4375120948345356000",
                "4375120948345356249",
                "integer-round-trip",
            ),
            ("a&lt;b", "a<b", "html-escaped"),
            ("a b", "a+b", "percent-decoding"),
            ("welcome", "12", "other-text"),
        ] {
            assert_eq!(mistake(body.as_bytes(), echostr), claim, "{body}");
        }
    }
}
