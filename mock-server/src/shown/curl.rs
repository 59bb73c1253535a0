//! A line for a shell that sends a recorded request again. It signs with `$WXCHECK_TOKEN` when it is pasted, since a
//! signature is a credential and is not recorded.

use std::fmt::Write as _;

use wxcheck_events::{Evidence, Param};
use wxcheck_protocol::{message::scalar_of, push::encode_query, reply};

use crate::shell;

/// Bodies longer than this make no line that can be pasted.
const BODY_BYTES: usize = 4 * 1024;
/// The text in place of what was taken out.
const MASK: &str = "***";
/// The Token, as the shell knows it.
const TOKEN: &str = "$WXCHECK_TOKEN";

/// The line; nothing for a body that is not known whole, or that no line can hold.
pub(super) fn curl(method: &str, evidence: &Evidence) -> Option<String> {
    let body = &evidence.body;
    if body.truncated
        || body.bytes > BODY_BYTES
        || body.text.contains(MASK)
        || evidence.url.contains(MASK)
        || body.text.contains('\0')
    {
        return None;
    }
    let mut line = String::new();
    let mut query = String::new();
    for param in &evidence.params {
        let joint = if query.is_empty() { "?" } else { "&" };
        query.push_str(joint);
        match (param.name.as_str(), &param.value) {
            ("timestamp", Some(_)) => {
                query.push_str("timestamp=$t");
            }
            ("signature", None) => {
                line.push_str(&shell::signature("s", TOKEN, &nonce(evidence)?, None));
                query.push_str("signature=$s");
            }
            ("msg_signature", None) => {
                line.push_str(&shell::signature(
                    "m",
                    TOKEN,
                    &nonce(evidence)?,
                    Some(&sealed(evidence)?),
                ));
                query.push_str("msg_signature=$m");
            }
            (name, Some(value)) => {
                let pair = encode_query(&[(name.to_owned(), value.clone())]);
                query.push_str(&shell::in_double_quotes(&pair));
            }
            (_, None) => return None,
        }
    }
    if !line.is_empty() {
        line.insert_str(0, "t=$(date +%s); ");
    }
    let url = shell::in_double_quotes(&evidence.url);
    let _ = write!(
        line,
        "curl -sS -g -i --max-time 5 -X {method} -A Mozilla/4.0 \"{url}{query}\""
    );
    for (name, value) in &evidence.headers {
        if !value.contains(MASK) {
            let _ = write!(line, " -H {}", shell::word(&format!("{name}: {value}")));
        }
    }
    if !body.text.is_empty() {
        let _ = write!(line, " --data-binary {}", shell::word(&body.text));
    }
    Some(line)
}

fn nonce(evidence: &Evidence) -> Option<String> {
    let is_nonce = |param: &&Param| param.name == "nonce";
    evidence.params.iter().find(is_nonce)?.value.clone()
}

/// The `Encrypt` value of a body.
fn sealed(evidence: &Evidence) -> Option<String> {
    let nobody = reply::ReplyContext {
        key: None,
        token: "",
        appid: "",
    };
    let object = reply::read(evidence.body.text.as_bytes(), &nobody).object?;
    scalar_of(&object.fields, "Encrypt").map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use wxcheck_events::Body;

    use super::*;

    fn evidence(body: &str) -> Evidence {
        let param = |name: &str, value: Option<&str>| Param {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        };
        Evidence {
            url: "http://127.0.0.1:8080/it's".to_owned(),
            params: vec![
                param("signature", None),
                param("timestamp", Some("1700000000")),
                param("nonce", Some("12")),
                param("openid", Some("o1")),
            ],
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: Body::of(body.as_bytes()),
            ..Evidence::default()
        }
    }

    #[test]
    fn a_line_signs_when_it_is_pasted_and_quotes_what_users_wrote() {
        let line = curl("POST", &evidence("<a>it's `$(x)`</a>")).unwrap();
        let wanted = "\"http://127.0.0.1:8080/it's?signature=$s&timestamp=$t&nonce=12&openid=o1\"";
        assert!(line.contains(wanted), "{line}");
        assert!(
            line.contains(r"--data-binary $'<a>it\'s `$(x)`</a>'"),
            "{line}"
        );
        assert!(line.starts_with("t=$(date +%s); s=$(printf"), "{line}");
    }

    #[test]
    fn what_acts_on_whoever_reads_a_line_is_not_in_it() {
        let text = "\u{202e}##[error]\u{1b}[2J\n";
        let line = curl("POST", &evidence(text)).unwrap();
        let wanted = r"--data-binary $'\xe2\x80\xae#\x23[error]\x1b[2J\n'";
        assert!(line.ends_with(wanted), "{line}");
    }

    #[test]
    fn what_is_not_known_whole_has_no_line() {
        assert_eq!(curl("POST", &evidence("secret=***")), None);
        assert_eq!(curl("POST", &evidence("\0")), None);
        assert_eq!(curl("POST", &evidence(&"x".repeat(BODY_BYTES + 1))), None);
    }
}
