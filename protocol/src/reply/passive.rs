//! A message in clear that a server answers with. Documented: passive reply pages of official accounts, and the
//! cloud-hosting page for JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Body;
use crate::message::{Field, Value, find};
use crate::push::Format;

/// A message in clear.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passive {
    /// XML or JSON.
    pub format: Format,
    /// An XML declaration stood in front; also among the faults.
    pub declared: bool,
    /// ToUserName: the user's openid, if the names were swapped as they must be.
    pub to_user: Option<String>,
    /// FromUserName: the account's own `gh_` id.
    pub from_user: Option<String>,
    /// CreateTime as written, white space around it removed. It should be Unix seconds.
    pub create_time: Option<String>,
    /// MsgType.
    pub msg_type: Option<String>,
    /// Content of a text.
    pub content: Option<String>,
    /// The faults of the message.
    pub faults: Vec<PassiveFault>,
}

/// A fault of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PassiveFault {
    /// ArticleCount is not the number of articles.
    ArticleCount {
        /// The ArticleCount.
        declared: u64,
        /// The articles there are.
        found: u64,
    },
    /// An XML declaration, which WeChat's messages do not have.
    Declaration,
    /// A top-level name stands more than once.
    Duplicate(String),
    /// One of ToUserName, FromUserName, CreateTime, MsgType is absent, or spelled differently.
    MissingField(String),
    /// A part that this MsgType needs is absent, or empty (Content may be): a path such as `Image/MediaId`.
    MissingPart(String),
    /// Digits are required: `1700000000.0` and `now` are none.
    NotAnInteger {
        /// The field's name.
        field: String,
        /// The text that stands there.
        value: String,
    },
    /// The root element is not `<xml>`.
    Root(String),
    /// Not one of the seven MsgType values a reply may have.
    UnknownMsgType(String),
}

pub(super) fn read(body: &Body<'_>) -> Passive {
    let fields = body.fields;
    let mut faults = Vec::new();
    faults.extend(body.foreign_root().map(PassiveFault::Root));
    if body.declaration {
        faults.push(PassiveFault::Declaration);
    }
    faults.extend(duplicates(fields).map(PassiveFault::Duplicate));

    let mut required = |name: &str| {
        let value = text(fields, name);
        if value.is_none() {
            faults.push(PassiveFault::MissingField(name.to_owned()));
        }
        value
    };
    let to_user = required("ToUserName");
    let from_user = required("FromUserName");
    let create_time = required("CreateTime").map(|time| time.trim().to_owned());
    let msg_type = required("MsgType");

    faults.extend(
        create_time
            .as_deref()
            .and_then(|time| not_an_integer("CreateTime", time)),
    );
    if let Some(msg_type) = &msg_type {
        parts(msg_type, fields, &mut faults);
    }
    Passive {
        format: body.format,
        declared: body.declaration,
        to_user,
        from_user,
        create_time,
        msg_type,
        content: text(fields, "Content"),
        faults,
    }
}

/// Adds what is missing for the MsgType.
fn parts(msg_type: &str, fields: &[Field], faults: &mut Vec<PassiveFault>) {
    let mut required = |container: &str, part: &str| {
        let inside = find(fields, container)
            .and_then(Value::fields)
            .unwrap_or_default();
        if text(inside, part).is_none_or(|value| value.trim().is_empty()) {
            faults.push(PassiveFault::MissingPart(format!("{container}/{part}")));
        }
    };
    match msg_type {
        "text" if text(fields, "Content").is_none() => {
            faults.push(PassiveFault::MissingPart("Content".to_owned()));
        }
        "text" | "transfer_customer_service" => {}
        "image" => required("Image", "MediaId"),
        "voice" => required("Voice", "MediaId"),
        "video" => required("Video", "MediaId"),
        "music" => required("Music", "ThumbMediaId"),
        "news" => news(fields, faults),
        other => faults.push(PassiveFault::UnknownMsgType(other.to_owned())),
    }
}

/// At least one article with a title, and an ArticleCount that counts them.
fn news(fields: &[Field], faults: &mut Vec<PassiveFault>) {
    let articles = articles(fields);
    let titled = |article: &&Value| {
        article
            .fields()
            .is_some_and(|fields| text(fields, "Title").is_some())
    };
    if !articles.iter().any(titled) {
        faults.push(PassiveFault::MissingPart("Articles/item/Title".to_owned()));
    }
    let Some(count) = text(fields, "ArticleCount") else {
        faults.push(PassiveFault::MissingPart("ArticleCount".to_owned()));
        return;
    };
    let found = u64::try_from(articles.len()).unwrap_or(u64::MAX);
    match count.trim().parse::<u64>() {
        Ok(declared) if declared != found => {
            faults.push(PassiveFault::ArticleCount { declared, found });
        }
        Ok(_) => {}
        Err(_) => faults.push(PassiveFault::NotAnInteger {
            field: "ArticleCount".to_owned(),
            value: count,
        }),
    }
}

/// The articles of a message of news: `item` elements in XML, an array in JSON. Servers that turn XML into JSON keep `item` there.
pub fn articles(fields: &[Field]) -> Vec<&Value> {
    match find(fields, "Articles") {
        Some(Value::Many(values)) => values.iter().collect(),
        Some(Value::Group(fields)) => fields
            .iter()
            .filter(|field| field.name == "item")
            .flat_map(|field| match &field.value {
                Value::Many(values) => values.iter().collect(),
                value => vec![value],
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The names that stand more than once, each of them once.
fn duplicates(fields: &[Field]) -> impl Iterator<Item = String> {
    let mut seen = HashMap::new();
    fields.iter().filter_map(move |field| {
        let times = seen.entry(field.name.as_str()).or_insert(0_usize);
        *times += 1;
        (*times == 2).then(|| field.name.clone())
    })
}

fn not_an_integer(field: &str, value: &str) -> Option<PassiveFault> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    (!digits).then(|| PassiveFault::NotAnInteger {
        field: field.to_owned(),
        value: value.to_owned(),
    })
}

fn text(fields: &[Field], name: &str) -> Option<String> {
    find(fields, name)?.scalar().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::super::{ReplyContext, ReplyKind};
    use super::*;
    use crate::push::write_message;
    use crate::xml::CdataEnd;

    fn passive(body: &str) -> Passive {
        let context = ReplyContext {
            key: None,
            token: "",
            appid: "",
        };
        match super::super::read(body.as_bytes(), &context).kind {
            ReplyKind::Passive(passive) => passive,
            other => panic!("{other:?}"),
        }
    }

    /// A message with a right header, in both formats.
    fn faults(msg_type: &str, rest: &[Field]) -> Vec<PassiveFault> {
        let mut fields = vec![
            Field::text("ToUserName", "oAAA"),
            Field::text("FromUserName", "gh_0"),
            Field::number("CreateTime", 1_700_000_000),
            Field::text("MsgType", msg_type),
        ];
        fields.extend_from_slice(rest);
        let [xml, json] = [Format::Xml, Format::Json]
            .map(|format| passive(&write_message(format, &fields, CdataEnd::Split)).faults);
        assert_eq!(xml, json);
        xml
    }

    fn missing_part(path: &str) -> Vec<PassiveFault> {
        vec![PassiveFault::MissingPart(path.into())]
    }

    #[test]
    fn a_right_reply_has_no_faults() {
        let xml = "<xml>\n <ToUserName><![CDATA[oAAA]]></ToUserName>\n <FromUserName>gh_0</FromUserName>\n \
                   <CreateTime><![CDATA[1700000000]]></CreateTime>\n <MsgType><![CDATA[text]]></MsgType>\n \
                   <Content><![CDATA[hi]]></Content>\n</xml>";
        let json = r#"{"ToUserName":"oAAA","FromUserName":"gh_0","CreateTime":"1700000000","MsgType":"text","Content":"hi"}"#;
        for (body, format) in [(xml, Format::Xml), (json, Format::Json)] {
            let expected = Passive {
                format,
                declared: false,
                to_user: Some("oAAA".into()),
                from_user: Some("gh_0".into()),
                create_time: Some("1700000000".into()),
                msg_type: Some("text".into()),
                content: Some("hi".into()),
                faults: vec![],
            };
            assert_eq!(passive(body), expected);
        }
    }

    #[test]
    fn each_type_needs_its_parts() {
        let media = |container: &str| Field::group(container, vec![Field::text("MediaId", "m")]);
        assert_eq!(faults("text", &[Field::text("Content", "")]), []);
        assert_eq!(faults("image", &[media("Image")]), []);
        assert_eq!(faults("voice", &[media("Voice")]), []);
        assert_eq!(faults("video", &[media("Video")]), []);
        assert_eq!(
            faults(
                "music",
                &[Field::group(
                    "Music",
                    vec![Field::text("ThumbMediaId", "m")]
                )]
            ),
            []
        );
        assert_eq!(faults("transfer_customer_service", &[]), []);

        assert_eq!(faults("text", &[]), missing_part("Content"));
        assert_eq!(
            faults("image", &[Field::text("MediaId", "m")]),
            missing_part("Image/MediaId")
        );
        assert_eq!(
            faults("voice", &[media("Image")]),
            missing_part("Voice/MediaId")
        );
        assert_eq!(
            faults(
                "video",
                &[Field::group("Video", vec![Field::text("MediaId", " ")])]
            ),
            missing_part("Video/MediaId")
        );
        assert_eq!(
            faults("music", &[media("Music")]),
            missing_part("Music/ThumbMediaId")
        );
    }

    #[test]
    fn unknown_types_are_reported() {
        assert_eq!(
            faults("Text", &[]),
            [PassiveFault::UnknownMsgType("Text".into())]
        );
        assert_eq!(
            faults("event", &[]),
            [PassiveFault::UnknownMsgType("event".into())]
        );
    }

    #[test]
    fn news_counts_its_articles() {
        let article = || Value::Group(vec![Field::text("Title", "t"), Field::text("Url", "u")]);
        let items = |values| Field::group("Articles", vec![Field::many("item", values)]);
        let count = |count| Field::number("ArticleCount", count);
        assert_eq!(
            faults("news", &[count(2), items(vec![article(), article()])]),
            []
        );
        assert_eq!(
            faults("news", &[count(2), items(vec![article()])]),
            [PassiveFault::ArticleCount {
                declared: 2,
                found: 1
            }]
        );
        assert_eq!(
            faults("news", &[items(vec![article()])]),
            missing_part("ArticleCount")
        );
        assert_eq!(
            faults("news", &[count(0)]),
            missing_part("Articles/item/Title")
        );
        let untitled = Value::Group(vec![Field::text("Url", "u")]);
        assert_eq!(
            faults("news", &[count(1), items(vec![untitled])]),
            missing_part("Articles/item/Title")
        );
        let word = Field::text("ArticleCount", "one");
        let fault = PassiveFault::NotAnInteger {
            field: "ArticleCount".into(),
            value: "one".into(),
        };
        assert_eq!(faults("news", &[word, items(vec![article()])]), [fault]);
    }

    #[test]
    fn json_articles_are_an_array() {
        let json = r#"{"ToUserName":"o","FromUserName":"g","CreateTime":1,"MsgType":"news","ArticleCount":1,"Articles":[{"Title":"t"}]}"#;
        assert_eq!(passive(json).faults, []);
    }

    #[test]
    fn the_header_is_required() {
        let missing = |name: &str| PassiveFault::MissingField(name.into());
        assert_eq!(
            passive(r#"{"msgType":"text","ToUserName":null,"FromUserName":{"a":1}}"#).faults,
            [
                missing("ToUserName"),
                missing("FromUserName"),
                missing("CreateTime"),
                missing("MsgType")
            ]
        );
    }

    #[test]
    fn create_time_is_digits() {
        let json = |time: &str| {
            format!(
                r#"{{"ToUserName":"o","FromUserName":"g","CreateTime":{time},"MsgType":"transfer_customer_service"}}"#
            )
        };
        for good in [
            "1700000000",
            "\"1700000000\"",
            "1700000000000",
            "\" 1700000000\\n\"",
        ] {
            assert_eq!(passive(&json(good)).faults, [], "{good}");
        }
        for bad in [
            "1700000000.5",
            "-1",
            "1.7e9",
            "true",
            "\"\"",
            "\"now\"",
            "\"[1700000000]\"",
        ] {
            let value = bad.trim_matches('"').to_owned();
            let fault = PassiveFault::NotAnInteger {
                field: "CreateTime".into(),
                value,
            };
            assert_eq!(passive(&json(bad)).faults, [fault], "{bad}");
        }
    }

    #[test]
    fn what_surrounds_the_fields_is_reported() {
        let header = "<ToUserName>o</ToUserName><FromUserName>g</FromUserName><CreateTime>1</CreateTime>\
                      <MsgType>text</MsgType><Content>a</Content>";
        let declared = passive(&format!("<?xml version=\"1.0\"?><xml>{header}</xml>"));
        assert!(declared.declared);
        assert_eq!(declared.faults, [PassiveFault::Declaration]);
        let root = passive(&format!("<TextMessage>{header}</TextMessage>"));
        assert_eq!(root.faults, [PassiveFault::Root("TextMessage".into())]);
        let twice = passive(&format!(
            "<xml>{header}<Content>b</Content><Content>c</Content></xml>"
        ));
        assert_eq!(twice.faults, [PassiveFault::Duplicate("Content".into())]);
        assert_eq!(twice.content.as_deref(), Some("a"));
    }

    #[test]
    fn many_different_names_are_read_in_time() {
        let fields: Vec<_> = (0..4_000).map(|n| format!("<a{n}/>")).collect();
        let fields = fields.concat();
        assert_eq!(
            passive(&format!("<xml><MsgType>x</MsgType>{fields}</xml>"))
                .faults
                .len(),
            4
        );
    }
}
