//! Takes credentials out of what is kept and told: bodies and paths of calls, and what a server answers.
//!
//! A value goes by its name (`access_token`, `secret`, …), by what it is (a token of ours, an app's AppSecret, Token,
//! EncodingAESKey or password), and as user and password of a URL, in whatever order. Names and values are read as
//! JSON, forms and XML write them, escaped or not, without a parser: what is broken is kept as well.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_STANDARD_NO_PAD};
use url::form_urlencoded;
use wxcheck_events::unescaped;

use crate::{
    cut::cut,
    secret_forms::{Looking, SecretForms},
    target::Target,
};

/// The text in place of a credential.
const MASK: &str = "***";
/// Names of what is secret, in small letters and without `_` and `-`.
const CREDENTIALS: [&str; 20] = [
    "accesstoken",
    "aeskey",
    "appsecret",
    "authorizationcode",
    "authorizeraccesstoken",
    "authorizerrefreshtoken",
    "componentaccesstoken",
    "componentappsecret",
    "componentverifyticket",
    "controltoken",
    "encodingaeskey",
    "jscode",
    "msgsignature",
    "passwd",
    "password",
    "refreshtoken",
    "secret",
    "sessionkey",
    "signature",
    "token",
];
/// Letters behind the serial number of an access token.
const TOKEN_LETTERS: usize = 130;
/// Bytes that are looked at behind the cut: a credential that begins before it is seen whole.
const AHEAD: usize = 1024;
/// Bytes of a path that are kept.
const PATH_BYTES: usize = 200;

/// The secrets that must not be shown.
#[derive(Default)]
pub(crate) struct Mask(SecretForms);

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mask").finish_non_exhaustive()
    }
}

impl Mask {
    /// The secrets of all apps: of each its AppSecret, and the server that it pushes to.
    pub(crate) fn of<'a>(
        apps: impl Iterator<Item = (Option<&'a str>, Option<&'a Target>)>,
    ) -> Self {
        let mut secrets: Vec<Cow<'_, str>> = Vec::new();
        for (secret, target) in apps {
            secrets.extend(secret.map(Cow::Borrowed));
            for target in target.into_iter().flat_map(Target::all) {
                add_secrets_of(target, &mut secrets);
            }
        }
        Self(SecretForms::of(secrets.iter().map(AsRef::as_ref)))
    }

    /// The beginning of a body.
    pub(crate) fn body(&self, body: &[u8], bytes: usize) -> Box<str> {
        let window = &body[..body.len().min(bytes + AHEAD)];
        let masked = self.text(&String::from_utf8_lossy(window));
        // What was taken out made it shorter: what moved up from behind may be cut through.
        let seen = if window.len() < body.len() {
            cut(&masked, masked.len().saturating_sub(AHEAD))
        } else {
            &masked
        };
        Box::from(cut(seen, bytes))
    }

    /// The beginning of a path.
    pub(crate) fn path(&self, path: &str) -> String {
        cut(&self.text(cut(path, PATH_BYTES + AHEAD)), PATH_BYTES).to_owned()
    }

    /// A path that was masked, with its query.
    pub(crate) fn url(&self, path: &str, query: &str) -> String {
        format!("{path}?{}", self.query(query))
    }

    /// A query, no longer than a journal needs.
    pub(crate) fn query(&self, query: &str) -> String {
        let mut masked = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(cut(query, AHEAD).as_bytes()) {
            if is_credential(&name) {
                masked.append_pair(&name, MASK);
            } else {
                masked.append_pair(&self.text(&name), &self.text(&value));
            }
        }
        masked.finish()
    }

    /// The text in place of a credential.
    pub(crate) fn withheld() -> String {
        MASK.to_owned()
    }

    /// A text, whole.
    pub(crate) fn text(&self, text: &str) -> String {
        let masked = self.scan(&unescape(text));
        if !masked.contains('%') {
            return masked;
        }
        let decoded = percent_decode(&masked);
        let inner = self.scan(&decoded);
        // Shown as it came, unless there is something in it.
        if inner == decoded { masked } else { inner }
    }

    fn scan(&self, text: &str) -> String {
        let masked = without_users(&without_tokens(&without_named(text)));
        self.0.hide(&masked, MASK, Looking::default())
    }
}

fn add_secrets_of<'a>(target: &'a Target, secrets: &mut Vec<Cow<'a, str>>) {
    secrets.push(Cow::Borrowed(target.credentials.token.as_str()));
    if let Some(key) = &target.credentials.key {
        // The last of its letters has bits that are not the key's.
        let key = BASE64_STANDARD.encode(key.bytes());
        secrets.push(Cow::Owned(cut(&key, 42).to_owned()));
    }
    if let Some(password) = target.url.password() {
        let user = target.url.username();
        for pair in [format!("{user}:{password}"), format!("{password}:{user}")] {
            secrets.push(Cow::Owned(BASE64_STANDARD_NO_PAD.encode(&pair)));
        }
        secrets.push(Cow::Borrowed(password));
    }
}

pub(crate) fn is_credential(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    CREDENTIALS.contains(&plain.as_str())
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Values that stand behind the name of a credential: `"secret": "x"`, `secret=x`, `<secret>x</secret>`.
fn without_named(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut masked = String::with_capacity(text.len());
    let (mut at, mut shown) = (0, 0);
    while at < bytes.len() {
        if !is_of_name(bytes[at]) {
            at += 1;
            continue;
        }
        let end = end_of(bytes, at, is_of_name);
        let name = text.get(at..end).unwrap_or_default();
        at = end;
        if is_credential(name)
            && let Some((from, to)) = value_behind(bytes, end)
            && to > from
        {
            masked.push_str(text.get(shown..from).unwrap_or_default());
            masked.push_str(MASK);
            (at, shown) = (to, to);
        }
    }
    masked.push_str(text.get(shown..).unwrap_or_default());
    masked
}

/// The place of the value behind a name, quotes apart.
fn value_behind(bytes: &[u8], name_end: usize) -> Option<(usize, usize)> {
    let mut at = end_of(bytes, name_end, |byte| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\')
    });
    let sign = *bytes.get(at)?;
    if !matches!(sign, b':' | b'=' | b'>') {
        return None;
    }
    at = end_of(bytes, at + 1, |byte| byte.is_ascii_whitespace());
    // JSON within a text of JSON.
    let escaped = bytes.get(at) == Some(&b'\\');
    at += usize::from(escaped);
    let open = *bytes.get(at)?;
    let close = match open {
        b'"' | b'\'' => open,
        b'[' => b']',
        b'{' => b'}',
        b'<' if bytes[at..].starts_with(b"<![CDATA[") => {
            let from = at + b"<![CDATA[".len();
            return Some((
                from,
                end_of(bytes, from, |byte| byte != b']' && byte != b'<'),
            ));
        }
        _ => {
            let of_value =
                |byte: u8| !byte.is_ascii_whitespace() && !b"&,;}])\"'<>\\".contains(&byte);
            return Some((at, end_of(bytes, at, of_value)));
        }
    };
    let from = at + 1;
    let mut to = from;
    while let Some(byte) = bytes.get(to).filter(|byte| **byte != close) {
        let ends = escaped && *byte == b'\\' && bytes.get(to + 1) == Some(&close);
        if ends {
            break;
        }
        to += if *byte == b'\\' { 2 } else { 1 };
    }
    Some((from, boundary(bytes, to)))
}

/// Access tokens: a serial number, `_`, and many letters, whatever stands around them.
fn without_tokens(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut masked = String::with_capacity(text.len());
    let (mut at, mut shown) = (0, 0);
    while let Some(place) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|b| *b == b'_'))
    {
        let sign = at + place;
        let digits = bytes[shown..sign].iter().rev();
        let serial = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let end = end_of(bytes, sign + 1, is_of_name);
        at = sign + 1;
        if serial > 0 && end - at >= TOKEN_LETTERS {
            masked.push_str(text.get(shown..sign - serial).unwrap_or_default());
            masked.push_str(MASK);
            (at, shown) = (end, end);
        }
    }
    masked.push_str(text.get(shown..).unwrap_or_default());
    masked
}

/// Text between `://` and `@`: a user and a password, in whatever order. JSON may write the slashes with a `\`.
fn without_users(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = [rest.find("://"), rest.find(":\\/\\/")]
        .into_iter()
        .flatten()
        .min()
    {
        let width = if rest[place..].starts_with("://") {
            3
        } else {
            5
        };
        let (before, behind) = rest.split_at(place + width);
        masked.push_str(before);
        let authority = behind
            .find(|c: char| c.is_whitespace() || "/?#\"'<>\\".contains(c))
            .unwrap_or(behind.len());
        rest = behind;
        if let Some(sign) = behind[..authority].rfind('@') {
            masked.push_str(MASK);
            rest = &behind[sign..];
        }
    }
    masked.push_str(rest);
    masked
}

/// `\u0041` as `A`: what needs no escape says the same without it.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u00") {
        return Cow::Borrowed(text);
    }
    unescaped(text, |letter| {
        letter.is_ascii_graphic() && !matches!(letter, '"' | '\\')
    })
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|code| !code.is_ascii_control());
        decoded.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// From there on to the first byte that is not such a one.
fn end_of(bytes: &[u8], from: usize, is_such: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_such(*byte));
    boundary(bytes, from + length.unwrap_or(rest.len()))
}

/// The same place, or the next at which a character begins.
fn boundary(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at += 1;
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::account::Account;

    use super::*;
    use crate::{
        state::{State, app::AppSettings},
        target::tests::target,
    };

    const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";

    fn state(secret: &str) -> State {
        let mut state = State::new(1, true);
        state.register(AppSettings {
            appid: "wx0".into(),
            secret: Some(secret.into()),
            kind: Account::Mini,
            ip_whitelist: Vec::new(),
            callback: Some(target("http://me:Pw7-kq@h.example/")),
            open: false,
            domains: wxcheck_protocol::domain::Domains::default(),
        });
        state
    }

    fn masked(text: &str) -> String {
        let body = state(SECRET).mask().body(text.as_bytes(), 2048);
        body.into()
    }

    #[test]
    fn what_is_named_like_a_credential_is_taken_out() {
        for (text, shown) in [
            (
                r#"{"access_token": "abc", "touser": "o1"}"#,
                r#"{"access_token": "***", "touser": "o1"}"#,
            ),
            (
                r#"{"appSecret":"a\"b","x":1}"#,
                r#"{"appSecret":"***","x":1}"#,
            ),
            (r#"{"secret":["a","b"],"x":1}"#, r#"{"secret":[***],"x":1}"#),
            (r#"{"secret":12345}"#, r#"{"secret":***}"#),
            (r#"{"\u0073ecret":"q"}"#, r#"{"secret":"***"}"#),
            (
                r#"{"a":"{\"secret\":\"abc\"}"}"#,
                r#"{"a":"{\"secret\":\"***\"}"}"#,
            ),
            ("appid=wx0&secret=s%33t&x=1", "appid=wx0&secret=***&x=1"),
            (
                "<xml><secret>q</secret></xml>",
                "<xml><secret>***</secret></xml>",
            ),
            (
                "<access_token><![CDATA[q]]></access_token>",
                "<access_token><![CDATA[***]]></access_token>",
            ),
            (r#"{"secret":"unfinished"#, r#"{"secret":"***"#),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    #[test]
    fn secrets_go_wherever_they_stand_and_words_stay() {
        let mut draw = crate::draw::Draw::new(3);
        let token = format!("17_{}", draw.letters(TOKEN_LETTERS));
        for text in [
            format!(r#"{{"text":"{SECRET} or {token}"}}"#),
            format!("/x/{token}/y"),
            format!("x{SECRET}y"),
            format!("%7B{}%7D", SECRET.replace('Y', "%59")),
            SECRET.chars().fold(String::new(), |text, c| {
                format!("{text}\\u{:04x}", u32::from(c))
            }),
            SECRET
                .bytes()
                .fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
            SECRET
                .bytes()
                .fold(String::new(), |text, byte| format!("{text}&#{byte};")),
            BASE64_STANDARD.encode(format!("x{SECRET}y")),
            SECRET.chars().rev().collect(),
        ] {
            let shown = masked(&text);
            assert!(shown.contains(MASK), "{shown}");
            for secret in [SECRET, &token, &token[3..]] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
        let state = state("time");
        assert_eq!(
            state.mask().text("sometimes, time, times"),
            "sometimes, ***, times"
        );
        let plain = r#"{"touser":"o_1","content":"你好 100% a_b"}"#;
        assert_eq!(masked(plain), plain);
    }

    #[test]
    fn users_and_passwords_of_urls_go_in_either_order() {
        for (text, shown) in [
            (
                "see http://a:b@h/x and https://c@d:e@i/",
                "see http://***@h/x and https://***@i/",
            ),
            (
                r#"{"u":"http:\/\/a:b@h\/x"}"#,
                r#"{"u":"http:\/\/***@h\/x"}"#,
            ),
            ("http://h/@x", "http://h/@x"),
            ("Pw7-kq:me", "***:me"),
        ] {
            assert_eq!(masked(text), shown);
        }
        for pair in ["me:Pw7-kq", "Pw7-kq:me"] {
            let shown = masked(&format!("Basic {}", BASE64_STANDARD.encode(pair)));
            assert!(shown.starts_with("Basic ***"), "{shown}");
        }
    }

    #[test]
    fn a_secret_at_the_cut_is_not_shown_in_part() {
        let text = format!("{}{SECRET}{}", "x".repeat(2040), "y".repeat(4000));
        let shown = masked(&text);
        assert!(
            shown.len() <= 2048 && !shown.contains(&SECRET[..4]),
            "{shown}"
        );
        let many = format!("secret=q {}", SECRET.repeat(400));
        assert!(!masked(&many).contains(&SECRET[..4]));
    }

    #[test]
    fn queries_keep_what_is_no_credential() {
        let state = state(SECRET);
        let mask = state.mask();
        assert_eq!(
            mask.query("appid=wx0&secret=s%33cret&access_token=t&x=%E4%BD%A0"),
            "appid=wx0&secret=***&access_token=***&x=%E4%BD%A0"
        );
        assert_eq!(mask.query(&format!("{SECRET}=1&x={SECRET}")), "***=1&x=***");
    }
}
