//! Wrong demands of a server on a message. The documents promise no order, no completeness and no closed list
//! of types, so the correct server demands nothing.

use wxcheck_protocol::message::{Value, find, scalar_of};
use wxcheck_protocol::push::Format;

use crate::effect::GOODS_DELIVERY;
use crate::read::Message;
use crate::refuse::Refused;

/// The demands on a message; where they are not met, the server fails with status 500.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Demands {
    /// Anything.
    #[default]
    Nothing,
    /// No text outside ASCII, as a server that reads bytes as Latin-1 or GBK.
    AsciiText,
    /// No character beyond U+FFFF, as a database with three-byte UTF-8.
    BasicPlaneText,
    /// No `]]>` outside a CDATA section, which strict XML forbids and WeChat sends.
    CdataSplit,
    /// No white space between elements or tokens, as a server that reads with regular expressions.
    Compact,
    /// No control character, which strict XML forbids and WeChat sends.
    ControlFree,
    /// A number for CreateTime where the format knows numbers.
    CreateTimeNumber,
    /// ToUserName, FromUserName, CreateTime and MsgType in front, in this order.
    DocumentedOrder,
    /// A value in EventKey wherever that field stands.
    EventKeyValue,
    /// Only known events.
    KnownEvent,
    /// Only known events: any other ends its process.
    SurvivableEvent,
    /// Only documented fields in a text message.
    KnownFields,
    /// Only known types.
    KnownMsgType,
    /// An array for List, however many entries it has.
    ListArray,
    /// An object for List, however many entries it has.
    ListObject,
    /// No `<` and no `&` in a text.
    MarkupFree,
    /// A MsgId in whatever is not an event.
    MsgId,
    /// No number for a text: its reader makes numbers of digits, and then looks for letters.
    NoNumber,
    /// Some text in a text message.
    NonEmptyText,
    /// Nothing but texts and events.
    NoImage,
    /// A MsgId in whatever comes, events too.
    MsgIdAnywhere,
    /// The data of WeChat Pay about a purchase, which other ways to pay do not have.
    PaymentInfo,
    /// At most 1024 bytes of text.
    ShortText,
    /// Numbers that 32 bits hold, but for MsgId.
    SmallNumbers,
    /// A MsgType or an InfoType, whatever comes.
    SomeMsgType,
}

impl Demands {
    /// Fails unless the message is as demanded.
    pub(crate) fn check(self, message: &Message) -> Result<(), Refused> {
        let content = message.text_of("Content");
        let met = match self {
            Self::Nothing => true,
            Self::AsciiText => content.is_ascii(),
            Self::BasicPlaneText => content.chars().all(|c| c <= '\u{ffff}'),
            Self::CdataSplit => {
                message.format == Format::Json || !outside_cdata(&message.text).contains("]]>")
            }
            Self::Compact => match message.format {
                Format::Xml => message.text.starts_with("<xml><"),
                Format::Json => message.text.starts_with("{\""),
            },
            Self::ControlFree => !content.contains(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r')),
            Self::CreateTimeNumber => {
                message.format == Format::Xml
                    || matches!(find(&message.fields, "CreateTime"), Some(Value::Number(_)))
            }
            Self::DocumentedOrder => {
                let front = message
                    .fields
                    .iter()
                    .take(4)
                    .map(|field| field.name.as_str());
                front.eq(["ToUserName", "FromUserName", "CreateTime", "MsgType"])
            }
            Self::EventKeyValue => scalar_of(&message.fields, "EventKey").as_deref() != Some(""),
            Self::KnownEvent | Self::SurvivableEvent => {
                !message.is_event() || KNOWN_EVENTS.contains(&message.text_of("Event").as_str())
            }
            Self::KnownFields => {
                message.text_of("MsgType") != "text"
                    || message
                        .fields
                        .iter()
                        .all(|field| TEXT_FIELDS.contains(&field.name.as_str()))
            }
            Self::KnownMsgType => KNOWN_TYPES.contains(&message.text_of("MsgType").as_str()),
            Self::ListArray => !matches!(find(&message.fields, "List"), Some(Value::Group(_))),
            Self::ListObject => !matches!(find(&message.fields, "List"), Some(Value::Many(_))),
            Self::MarkupFree => !content.contains(['<', '&']),
            Self::MsgId => message.is_event() || find(&message.fields, "MsgId").is_some(),
            Self::NonEmptyText => message.text_of("MsgType") != "text" || !content.is_empty(),
            Self::NoNumber => content.parse::<f64>().is_err(),
            Self::NoImage => message.text_of("MsgType") != "image",
            Self::MsgIdAnywhere => find(&message.fields, "MsgId").is_some(),
            Self::PaymentInfo => {
                message.text_of("Event") != GOODS_DELIVERY
                    || find(&message.fields, "WeChatPayInfo").is_some()
            }
            Self::ShortText => content.len() <= 1024,
            Self::SmallNumbers => {
                let own = message.fields.iter();
                own.filter(|field| field.name != "MsgId")
                    .all(|field| is_small(&field.value))
            }
            Self::SomeMsgType => {
                find(&message.fields, "MsgType").is_some()
                    || find(&message.fields, "InfoType").is_some()
            }
        };
        if met {
            Ok(())
        } else if self == Self::SurvivableEvent {
            Err(Refused::Fatal)
        } else {
            Err(Refused::Failed(format!("not met: {self:?}")))
        }
    }
}

/// True if every number in it fits into 32 bits.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Number(number) => i32::try_from(*number).is_ok(),
        Value::Group(fields) => fields.iter().all(|field| is_small(&field.value)),
        Value::Many(items) => items.iter().all(is_small),
        Value::Text(_) | Value::Bare(_) => true,
    }
}

/// Documented: pages on receiving messages, of mini programs and official accounts.
const KNOWN_TYPES: &[&str] = &[
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "location",
    "link",
    "miniprogrampage",
    "event",
];

/// Documented: pages on receiving text messages; the last two come with messages sent from an article.
const TEXT_FIELDS: &[&str] = &[
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Content",
    "MsgId",
    "MsgDataId",
    "Idx",
];

/// The common ones: a server knows the events of the features it uses.
const KNOWN_EVENTS: &[&str] = &[
    "user_enter_tempsession",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    "wxa_media_check",
    "wxa_punish_event",
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "trade_manage_remind_access_api",
    "trade_manage_remind_shipping",
    "trade_manage_order_settlement",
    "xpay_goods_deliver_notify",
    "xpay_coin_pay_notify",
    "xpay_refund_notify",
    "xpay_complaint_notify",
    "retail_pay_notify",
    "retail_refund_notify",
    "add_express_path",
    "debug_demo",
    "subscribe",
    "unsubscribe",
    "SCAN",
    "LOCATION",
    "CLICK",
    "VIEW",
    "TEMPLATESENDJOBFINISH",
    "MASSSENDJOBFINISH",
];

/// An XML text without its CDATA sections.
fn outside_cdata(text: &str) -> String {
    let mut sections = text.split("<![CDATA[");
    let mut outside = sections.next().unwrap_or_default().to_owned();
    for section in sections {
        outside.push_str(section.split_once("]]>").map_or("", |(_, after)| after));
    }
    outside
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::json;
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::write_message;
    use wxcheck_protocol::xml::{self, CdataEnd};

    use super::*;

    fn said(content: &str) -> Vec<Field> {
        vec![
            Field::text("ToUserName", "gh_0"),
            Field::text("FromUserName", "o0"),
            Field::number("CreateTime", 1_700_000_000),
            Field::text("MsgType", "text"),
            Field::text("Content", content),
            Field::number("MsgId", 23_893_347_810_211_482),
        ]
    }

    fn happened(event: &str, more: Field) -> Vec<Field> {
        let mut fields = said("");
        fields.truncate(3);
        fields.extend([
            Field::text("MsgType", "event"),
            Field::text("Event", event),
            more,
        ]);
        fields
    }

    fn sent(format: Format, fields: Vec<Field>, cdata_end: CdataEnd) -> Message {
        Message {
            format,
            text: write_message(format, &fields, cdata_end),
            fields,
        }
    }

    #[test]
    fn each_demand_fails_what_it_is_named_for_and_takes_an_ordinary_text() {
        let in_json = |fields| sent(Format::Json, fields, CdataEnd::Split);
        let mut moved = said("hello");
        moved.rotate_left(1);
        let mut with_more = said("hello");
        with_more.push(Field::text("New", "1"));
        let mut without_id = said("hello");
        without_id.truncate(5);
        let mut as_string = said("hello");
        as_string[2] = Field::text("CreateTime", "1700000000");
        let mut of_new_type = said("hello");
        of_new_type[3] = Field::text("MsgType", "hologram");
        let one = Value::Group(vec![Field::text("TemplateId", "t")]);
        let cases = [
            (Demands::AsciiText, said("你好")),
            (Demands::BasicPlaneText, said("😀")),
            (Demands::ControlFree, said("a\u{2}b")),
            (Demands::CreateTimeNumber, as_string),
            (Demands::DocumentedOrder, moved),
            (
                Demands::EventKeyValue,
                happened("subscribe", Field::text("EventKey", "")),
            ),
            (
                Demands::KnownEvent,
                happened("brand_new_event", Field::text("EventKey", "x")),
            ),
            (Demands::KnownFields, with_more),
            (Demands::KnownMsgType, of_new_type),
            (
                Demands::ListArray,
                happened("subscribe", Field::new("List", one.clone())),
            ),
            (
                Demands::ListObject,
                happened("subscribe", Field::many("List", vec![one])),
            ),
            (Demands::MarkupFree, said("a < b")),
            (Demands::MsgId, without_id),
            (Demands::NoNumber, said("1e3")),
            (Demands::NonEmptyText, said("")),
            (Demands::ShortText, said(&"x".repeat(1025))),
        ];
        for (demands, fields) in cases {
            assert_eq!(Demands::Nothing.check(&in_json(fields.clone())), Ok(()));
            assert!(demands.check(&in_json(fields)).is_err(), "{demands:?}");
            assert_eq!(
                demands.check(&in_json(said("hello"))),
                Ok(()),
                "{demands:?}"
            );
        }
    }

    #[test]
    fn white_space_and_raw_section_ends_are_seen_in_the_text() {
        let raw = sent(Format::Xml, said("a]]>b"), CdataEnd::Raw);
        assert!(Demands::CdataSplit.check(&raw).is_err());
        assert_eq!(
            Demands::CdataSplit.check(&sent(Format::Xml, said("a]]>b"), CdataEnd::Split)),
            Ok(())
        );
        let mut loose = sent(Format::Xml, said("a"), CdataEnd::Split);
        assert_eq!(Demands::Compact.check(&loose), Ok(()));
        loose.text = xml::write(&loose.fields, xml::Layout::Indented, CdataEnd::Split);
        assert!(Demands::Compact.check(&loose).is_err());
        let loose = Message {
            text: json::write(&said("a")).replacen('{', "{ ", 1),
            ..sent(Format::Json, said("a"), CdataEnd::Split)
        };
        assert!(Demands::Compact.check(&loose).is_err());
    }
}
