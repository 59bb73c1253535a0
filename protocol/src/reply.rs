//! The answer of a server to a push, and everything wrong with it, as data. Judging it is for others.

mod acknowledgement;
mod passive;
mod sealed;
mod structured;
mod text;

pub use acknowledgement::Unfit;
pub use passive::{Passive, PassiveFault, articles};
pub use sealed::{SealFault, Sealed};
pub use structured::{
    AnsweredPush, Structured, StructuredFault, StructuredOutcome, StructuredReply,
};

use crate::aes_key::EncodingAesKey;
use crate::json;
use crate::message::{Field, Value};
use crate::push::Format;
use crate::xml;

/// The data needed to look into an encrypted reply. `Debug` is left out on purpose: it holds the token.
#[derive(Clone, Copy)]
pub struct ReplyContext<'a> {
    /// The account's key; without one, sealed replies stay shut.
    pub key: Option<&'a EncodingAesKey>,
    /// The token replies are signed with.
    pub token: &'a str,
    /// The appid that must stand in the envelope.
    pub appid: &'a str,
}

/// An answer's body, read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// A UTF-8 byte order mark stood in front.
    pub bom: bool,
    /// White space stood in front or behind.
    pub padded: bool,
    /// The kind of the rest.
    pub kind: ReplyKind,
    /// Its fields, where it is an object of either format.
    pub object: Option<Object>,
}

impl Reply {
    /// The reply out of its envelope, if it has one that opens.
    pub fn innermost(&self) -> &Self {
        match &self.kind {
            ReplyKind::Sealed(Sealed {
                inner: Some(inner), ..
            }) => inner.innermost(),
            _ => self,
        }
    }
}

/// An object of either format, for whoever expects certain fields.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// XML or JSON.
    pub format: Format,
    /// The root element's name; JSON has none.
    pub root: Option<String>,
    /// The fields in it.
    pub fields: Vec<Field>,
}

/// The kinds of body a server answers with, good and bad.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReplyKind {
    /// Zero bytes: the message is acknowledged. A lone byte order mark counts as this too.
    Empty,
    /// White space only.
    Blank,
    /// Exactly `success`: the message is acknowledged.
    Success,
    /// `success` in other letter case or with white space around.
    NearSuccess,
    /// `"success"`, as frameworks write that return every value as JSON.
    QuotedSuccess,
    /// Any other JSON string, unquoted here; at most its first 200 characters.
    QuotedText(String),
    /// One short line: `ok`, `true`, `null`, `1`, `received`; at most 16 characters.
    StatusWord(String),
    /// An object or array that is neither a message nor sealed, such as `{"code":0}`; its first 200 characters.
    StatusObject(String),
    /// A page or a piece of one.
    Html,
    /// A message in clear.
    Passive(Passive),
    /// An encrypted message.
    Sealed(Sealed),
    /// Starts like XML or JSON and is neither.
    Malformed {
        /// The format that it starts like.
        format: Format,
        /// The reason why it does not parse.
        reason: String,
        /// The byte of the text, without white space around it, where that shows.
        at: Option<usize>,
    },
    /// Starts like XML or JSON, and is no UTF-8.
    NotUtf8 {
        /// The format that it starts like.
        format: Format,
        /// The first byte that is none.
        offset: usize,
        /// Some bytes around it.
        around: Vec<u8>,
        /// The encoding that an XML declaration names, if it is another one.
        declared: Option<String>,
    },
    /// Any other text, with U+FFFD for what is not UTF-8; its first 200 characters.
    Other(String),
}

/// Reads the body of an answer. Any bytes will do.
pub fn read(body: &[u8], context: &ReplyContext<'_>) -> Reply {
    let (bom, body) = match body.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let decoded = String::from_utf8_lossy(body);
    let text = decoded.trim();
    let padded = text.len() != decoded.len();
    let mut object = None;
    let kind = if body.is_empty() {
        ReplyKind::Empty
    } else if text.is_empty() {
        ReplyKind::Blank
    } else if let Err(error) = std::str::from_utf8(body) {
        not_utf8(body, text, error.valid_up_to())
    } else if text.eq_ignore_ascii_case(SUCCESS) {
        if padded || text != SUCCESS {
            ReplyKind::NearSuccess
        } else {
            ReplyKind::Success
        }
    } else if text.starts_with("<?xml") && !decoded.starts_with("<?xml") {
        ReplyKind::Malformed {
            format: Format::Xml,
            reason: "white space before the XML declaration".to_owned(),
            at: None,
        }
    } else {
        let kind;
        (kind, object) = read_text(text, context);
        kind
    };
    Reply {
        bom,
        padded,
        kind,
        object,
    }
}

/// Bytes of another encoding: a fault of the message if it looks like one, or else just text.
fn not_utf8(body: &[u8], text: &str, offset: usize) -> ReplyKind {
    let of_format = |format| ReplyKind::NotUtf8 {
        format,
        offset,
        around: body[offset.saturating_sub(AROUND)..body.len().min(offset + AROUND)].to_vec(),
        declared: other_encoding(text),
    };
    match text.chars().next() {
        _ if text::is_html(text) => ReplyKind::Html,
        Some('<') => of_format(Format::Xml),
        Some('{' | '[') => of_format(Format::Json),
        _ => ReplyKind::Other(text::excerpt(text)),
    }
}

/// Bytes shown on either side of one that is no UTF-8.
const AROUND: usize = 12;

/// The encoding that an XML declaration names, if it is not UTF-8.
fn other_encoding(text: &str) -> Option<String> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|char| matches!(char, '"' | '\''))?;
    let encoding = value[1..].split(quote).next()?;
    let is_utf_8 = encoding.eq_ignore_ascii_case("utf-8") || encoding.eq_ignore_ascii_case("utf8");
    (!is_utf_8).then(|| text::excerpt(encoding))
}

fn read_text(text: &str, context: &ReplyContext<'_>) -> (ReplyKind, Option<Object>) {
    let malformed = |format, reason, at| ReplyKind::Malformed { format, reason, at };
    let kind = match text.chars().next() {
        _ if text::is_html(text) => ReplyKind::Html,
        Some('<') => match xml::read(text) {
            Ok(document) => {
                let fields = document.root.fields();
                let body = Body {
                    format: Format::Xml,
                    root: Some(&document.root.name),
                    declaration: document.declaration,
                    fields: &fields,
                };
                return (read_fields(&body, text, context), Some(body.object()));
            }
            Err(error) => malformed(Format::Xml, error.to_string(), error.at()),
        },
        Some('{' | '[') => match json::read(text) {
            Ok(Value::Group(fields)) => {
                let body = Body {
                    format: Format::Json,
                    root: None,
                    declaration: false,
                    fields: &fields,
                };
                return (read_fields(&body, text, context), Some(body.object()));
            }
            Ok(_) => ReplyKind::StatusObject(text::excerpt(text)),
            Err(error) => malformed(Format::Json, error.to_string(), error.at()),
        },
        Some('"') => match json::read(text) {
            Ok(Value::Text(quoted)) if quoted.trim().eq_ignore_ascii_case(SUCCESS) => {
                ReplyKind::QuotedSuccess
            }
            Ok(Value::Text(quoted)) => ReplyKind::QuotedText(text::excerpt(&quoted)),
            _ => text::word_or_other(text),
        },
        _ => text::word_or_other(text),
    };
    (kind, None)
}

/// Sorts fields into sealed replies, messages and anything else. A name in the wrong letter case still shows what
/// was meant; the exact spelling is then a fault of that kind of reply.
fn read_fields(body: &Body<'_>, text: &str, context: &ReplyContext<'_>) -> ReplyKind {
    let has = |name: &str| body.fields.iter().any(|field| alike(&field.name, name));
    if has("Encrypt") || has("MsgSignature") {
        ReplyKind::Sealed(sealed::read(body, context))
    } else if has("MsgType") || (has("ToUserName") && has("FromUserName")) {
        ReplyKind::Passive(passive::read(body))
    } else {
        ReplyKind::StatusObject(text::excerpt(text))
    }
}

/// True if two names differ in letter case and underscores only: `msg_type`, `msgType`, `MsgType`.
fn alike(found: &str, name: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        text.bytes()
            .filter(|byte| *byte != b'_')
            .map(|byte| byte.to_ascii_lowercase())
            .collect()
    };
    letters(found) == letters(name)
}

/// An object of either format.
struct Body<'a> {
    format: Format,
    /// The root element's name; JSON has none.
    root: Option<&'a str>,
    declaration: bool,
    fields: &'a [Field],
}

impl Body<'_> {
    fn object(&self) -> Object {
        Object {
            format: self.format,
            root: self.root.map(str::to_owned),
            fields: self.fields.to_vec(),
        }
    }

    /// The root's name, if it is not the `xml` that every message of the protocol has.
    fn foreign_root(&self) -> Option<String> {
        self.root.filter(|root| *root != "xml").map(str::to_owned)
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const SUCCESS: &str = "success";

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: ReplyContext<'static> = ReplyContext {
        key: None,
        token: "t0ken",
        appid: "wx0123456789abcdef",
    };

    fn kind(body: &str) -> ReplyKind {
        read(body.as_bytes(), &CONTEXT).kind
    }

    #[test]
    fn acknowledgements() {
        assert_eq!(kind(""), ReplyKind::Empty);
        assert_eq!(kind("success"), ReplyKind::Success);
        assert_eq!(kind(" \r\n\t"), ReplyKind::Blank);
        for near in [
            "SUCCESS",
            "Success",
            "success\n",
            "\n success",
            "success\u{3000}",
        ] {
            assert_eq!(kind(near), ReplyKind::NearSuccess, "{near:?}");
        }
    }

    #[test]
    fn what_stands_around_is_reported_beside_the_kind() {
        let marked = read(b"\xef\xbb\xbfsuccess", &CONTEXT);
        assert_eq!(
            marked,
            Reply {
                bom: true,
                padded: false,
                kind: ReplyKind::Success,
                object: None,
            }
        );
        let alone = read(b"\xef\xbb\xbf", &CONTEXT);
        assert_eq!(
            alone,
            Reply {
                bom: true,
                padded: false,
                kind: ReplyKind::Empty,
                object: None,
            }
        );
        let both = read(b"\xef\xbb\xbf\n\"success\" ", &CONTEXT);
        assert_eq!(
            both,
            Reply {
                bom: true,
                padded: true,
                kind: ReplyKind::QuotedSuccess,
                object: None,
            }
        );
        assert!(!read(b"ok", &CONTEXT).padded);
    }

    #[test]
    fn quoted_strings() {
        assert_eq!(kind("\"success\""), ReplyKind::QuotedSuccess);
        assert_eq!(kind("\"success\\n\""), ReplyKind::QuotedSuccess);
        assert_eq!(kind("\"\""), ReplyKind::QuotedText(String::new()));
        assert_eq!(kind("\"<xml/>\""), ReplyKind::QuotedText("<xml/>".into()));
        assert_eq!(
            kind("\"a\" and \"b\""),
            ReplyKind::StatusWord("\"a\" and \"b\"".into())
        );
        assert_eq!(kind("'success'"), ReplyKind::StatusWord("'success'".into()));
    }

    #[test]
    fn words() {
        for word in [
            "ok",
            "OK",
            "true",
            "null",
            "1",
            "received",
            "0.5",
            "not found",
            "收到",
        ] {
            assert_eq!(kind(word), ReplyKind::StatusWord(word.into()));
        }
        assert_eq!(kind("ok\nok"), ReplyKind::Other("ok\nok".into()));
        let long = "the message was received";
        assert_eq!(kind(long), ReplyKind::Other(long.into()));
        assert_eq!(kind(&"长".repeat(300)), ReplyKind::Other("长".repeat(200)));
    }

    #[test]
    fn status_objects() {
        for object in [
            "{}",
            "[]",
            r#"{"code":0}"#,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            r#"[{"MsgType":"text"}]"#,
            "<xml></xml>",
            "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>",
            "<response/>",
        ] {
            assert_eq!(kind(object), ReplyKind::StatusObject(object.into()));
        }
    }

    #[test]
    fn pages() {
        for page in [
            "<!DOCTYPE html><html></html>",
            "<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">",
            "\n<HTML lang=\"en\"><head>",
            "<html/>",
            "<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<!DOCTYPE html><html/>",
            "<h1>Not Found</h1>",
            "<br />\n<b>Warning</b>: Undefined index",
            "<pre>Cannot POST /</pre>",
            "<script>alert(1)</script>",
            "success<script src=\"/debugbar.js\"></script>",
            "Notice: undefined variable<br>",
        ] {
            assert_eq!(kind(page), ReplyKind::Html, "{page}");
        }
        assert_eq!(
            read(b"<html>\xc4\xe3\xba\xc3</html>", &CONTEXT).kind,
            ReplyKind::Html
        );
    }

    #[test]
    fn markup_of_the_user_makes_no_page() {
        let xml = "<xml><MsgType>text</MsgType><Content><![CDATA[<html><script>]]></Content></xml>";
        assert!(matches!(kind(xml), ReplyKind::Passive(_)));
        let json = r#"{"MsgType":"text","Content":"<div>"}"#;
        assert!(matches!(kind(json), ReplyKind::Passive(_)));
    }

    #[test]
    fn broken_objects() {
        let format = |body: &[u8]| match read(body, &CONTEXT).kind {
            ReplyKind::Malformed { format, .. } => Some(format),
            _ => None,
        };
        for xml in [
            "<xml>",
            "<xml><Content>a & b</Content></xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>trailing",
            "<xml><Content><![CDATA[a]]>b]]></Content></xml>",
            "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml/>",
            "<Response [200]>",
        ] {
            assert_eq!(format(xml.as_bytes()), Some(Format::Xml), "{xml}");
        }
        for json in [
            "{",
            "{'MsgType':'text'}",
            "{MsgType:text}",
            "[object Object]",
            "{}{}",
            "{\"a\":1}<br>",
        ] {
            assert_eq!(format(json.as_bytes()), Some(Format::Json), "{json}");
        }
    }

    #[test]
    fn objects_in_another_encoding() {
        let read = |body: &[u8]| read(body, &CONTEXT).kind;
        let of = |body: &[u8]| match read(body) {
            ReplyKind::NotUtf8 {
                format, declared, ..
            } => (format, declared),
            other => panic!("{other:?}"),
        };
        let xml = b"<xml><Content>\xc4\xe3</Content></xml>";
        assert_eq!(of(xml), (Format::Xml, None));
        assert_eq!(of(b"{\"Content\":\"\xc4\xe3\"}"), (Format::Json, None));
        let utf_8 = b"<?xml version='1.0' encoding='UTF-8'?><xml>\xc4\xe3</xml>";
        assert_eq!(of(utf_8), (Format::Xml, None));
        let gbk = b"<?xml version=\"1.0\" encoding = \"GBK\"?><xml>\xc4\xe3</xml>";
        assert_eq!(of(gbk), (Format::Xml, Some("GBK".into())));
        assert_eq!(
            read(b"\xc4\xe3"),
            ReplyKind::Other("\u{fffd}\u{fffd}".into())
        );
    }

    #[test]
    fn a_misspelled_name_still_shows_what_was_meant() {
        assert!(matches!(
            kind(r#"{"msgType":"text"}"#),
            ReplyKind::Passive(_)
        ));
        assert!(matches!(
            kind(r#"{"msg_type":"text"}"#),
            ReplyKind::Passive(_)
        ));
        assert!(matches!(
            kind("<xml><ToUserName/><FromUserName/></xml>"),
            ReplyKind::Passive(_)
        ));
        assert!(matches!(kind(r#"{"encrypt":""}"#), ReplyKind::Sealed(_)));
        assert!(matches!(
            kind(r#"{"msg_signature":""}"#),
            ReplyKind::Sealed(_)
        ));
    }
}
