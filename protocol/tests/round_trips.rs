//! Round trips: what is written reads back the same, and nothing makes a reader panic.

#![expect(clippy::unwrap_used, reason = "tests name their failures by panicking")]

use proptest::prelude::*;
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::message::{Field, Value};
use wxcheck_protocol::push::{self, Credentials, Format, Mode, Stamp};
use wxcheck_protocol::reply::{self, ReplyContext, ReplyKind};
use wxcheck_protocol::xml::{self, CdataEnd, Layout};
use wxcheck_protocol::{envelope, json, signature};

const APPID: &str = "wx0123456789abcdef";
const TOKEN: &str = "conformance";

proptest! {
    #[test]
    fn what_is_sealed_opens(message: Vec<u8>, random: [u8; 16], appid in "[a-z0-9]{0,40}") {
        let encrypt = envelope::seal(&key(), &appid, &random, &message);
        let opened = envelope::open_for(&key(), &appid, &encrypt).unwrap();
        prop_assert_eq!(opened.message, message);
        prop_assert_eq!(opened.random, random);
        prop_assert_eq!(opened.sealed_len % 32, 0);
    }

    #[test]
    fn any_base64_opens_or_is_refused(encrypt in "([A-Za-z0-9+/]{4}){0,40}(==|[A-Za-z0-9+/]{2}==)?") {
        let _ = envelope::open(&key(), &encrypt);
    }

    #[test]
    fn xml_reads_back(fields in fields(), indented: bool) {
        let layout = if indented { Layout::Indented } else { Layout::Compact };
        let written = xml::write(&fields, layout, CdataEnd::Split);
        let document = xml::read(&written).unwrap();
        prop_assert!(!document.declaration && !document.comments);
        prop_assert_eq!(document.root.fields(), as_xml_reads(&fields));
    }

    #[test]
    fn json_reads_back(fields in fields()) {
        let written = json::write(&fields);
        prop_assert_eq!(json::read(&written), Ok(Value::Group(fields)));
    }

    #[test]
    fn json_is_what_others_read(name in name(), text in text(), number: i64) {
        let written = json::write(&[Field::text(name.as_str(), text.as_str()), Field::number("N_", number)]);
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(read[&name].as_str(), Some(text.as_str()));
        prop_assert_eq!(read["N_"].as_i64(), Some(number));
    }

    #[test]
    fn a_push_holds_its_message(fields in fields(), mode in mode(), json: bool, nonce in "[0-9]{1,10}") {
        let format = if json { Format::Json } else { Format::Xml };
        let credentials = Credentials { token: TOKEN.into(), appid: APPID.into(), key: Some(key()) };
        let stamp = Stamp { timestamp: 1_700_000_000, nonce, random: *b"fedcba9876543210" };
        let push = push::compose(mode, format, &credentials, &stamp, None, &fields).unwrap();
        let plain = push::write_message(format, &fields, CdataEnd::Split);
        match &push.encrypt {
            None => prop_assert_eq!(push.body, plain),
            Some(encrypt) => {
                let opened = envelope::open_for(&key(), APPID, encrypt).unwrap();
                prop_assert_eq!(opened.message, plain.into_bytes());
                let expected = signature::msg_signature(TOKEN, "1700000000", &stamp.nonce, encrypt);
                prop_assert_eq!(&push.query.last().unwrap().1, &expected);
                prop_assert!(push.body.contains(encrypt));
            }
        }
    }

    #[test]
    fn a_text_reply_keeps_its_content(content in text(), json: bool) {
        let format = if json { Format::Json } else { Format::Xml };
        let body = push::write_message(format, &text_reply(&content), CdataEnd::Split);
        let ReplyKind::Passive(passive) = reply::read(body.as_bytes(), &context(&key())).kind else {
            return Err(TestCaseError::fail(body));
        };
        prop_assert_eq!(passive.faults, []);
        prop_assert_eq!(passive.content, Some(content));
    }

    #[test]
    fn any_bytes_are_some_reply(body: Vec<u8>) {
        reply::read(&body, &context(&key()));
    }

    #[test]
    fn any_markup_is_some_reply(body in "(<|>|/|!|\\?|xml|Encrypt|MsgType|\\[CDATA\\[|\\]\\]>|&|;|#|x|1|\"|=| |\\{|\\}|\\[|,|:|\\\\u|DOCTYPE|--){0,40}") {
        reply::read(body.as_bytes(), &context(&key()));
    }

    #[test]
    fn a_damaged_reply_is_some_reply(at: prop::sample::Index, byte: u8, json: bool) {
        let format = if json { Format::Json } else { Format::Xml };
        let mut body = sealed_reply(format, "hello").into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        reply::read(&body, &context(&key()));
    }
}

fn key() -> EncodingAesKey {
    EncodingAesKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY").unwrap()
}

fn context(key: &EncodingAesKey) -> ReplyContext<'_> {
    ReplyContext {
        key: Some(key),
        token: TOKEN,
        appid: APPID,
    }
}

fn text_reply(content: &str) -> Vec<Field> {
    vec![
        Field::text("ToUserName", "oAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        Field::text("FromUserName", "gh_0123456789ab"),
        Field::number("CreateTime", 1_700_000_002),
        Field::text("MsgType", "text"),
        Field::text("Content", content),
    ]
}

fn sealed_reply(format: Format, content: &str) -> String {
    let inner = push::write_message(format, &text_reply(content), CdataEnd::Split);
    let encrypt = envelope::seal(&key(), APPID, b"fedcba9876543210", inner.as_bytes());
    let fields = [
        Field::text(
            "MsgSignature",
            signature::msg_signature(TOKEN, "1700000002", "7", &encrypt),
        ),
        Field::text("Encrypt", encrypt),
        Field::number("TimeStamp", 1_700_000_002),
        Field::text("Nonce", "7"),
    ];
    push::write_message(format, &fields, CdataEnd::Split)
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::Plain, Mode::Compat, Mode::Safe])
}

fn name() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9]{0,11}"
}

/// Any text, and often what breaks parsers.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f]{1,4}",
        prop::sample::select(vec![
            "]]>",
            "]]",
            ">",
            "<![CDATA[",
            "&amp;",
            "</xml>",
            "👨‍👩‍👧",
            "𠮷",
            "\r\n",
            " ",
            "\"",
            "\\"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn fields() -> impl Strategy<Value = Vec<Field>> {
    // Ids above 2^53 are where readers that go through a double lose digits.
    let number = prop_oneof![any::<i64>(), (1_i64 << 53)..(1 << 62)].prop_map(Value::Number);
    let scalar = prop_oneof![text().prop_map(Value::Text), number].boxed();
    let value = scalar.prop_recursive(3, 24, 4, |value| {
        let group = prop::collection::vec(field(value.clone()), 1..4)
            .prop_map(Value::Group)
            .boxed();
        let many = prop::collection::vec(
            prop_oneof![group.clone(), text().prop_map(Value::Text)],
            1..4,
        );
        prop_oneof![group, many.prop_map(Value::Many)]
    });
    prop::collection::vec(field(value), 0..8)
}

fn field(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Field> {
    (name(), value).prop_map(|(name, value)| Field { name, value })
}

/// XML knows neither numbers nor lists: texts, and names that repeat.
fn as_xml_reads(fields: &[Field]) -> Vec<Field> {
    fields
        .iter()
        .flat_map(|field| {
            let values = match &field.value {
                Value::Many(values) => values.clone(),
                value => vec![value.clone()],
            };
            values.into_iter().map(|value| match value {
                Value::Group(fields) => Field::group(field.name.as_str(), as_xml_reads(&fields)),
                value => Field::text(field.name.as_str(), value.scalar().unwrap_or_default()),
            })
        })
        .collect()
}
