//! The answers that some events ask for in place of `success`. Documented: the page of each event.

use std::time::Duration;

use wxcheck_protocol::message::{Field, Value, find};
use wxcheck_protocol::push::{Format, write_message};
use wxcheck_protocol::xml::CdataEnd;

use crate::read::Message;

/// The answers to events that ask for a structured answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Structured {
    /// As the page of each asks.
    #[default]
    Documented,
    /// With `success`, like all others.
    BareSuccess,
    /// With the names of fields in the wrong letter case.
    WrongLetterCase,
    /// In JSON to XML, and in XML to JSON.
    OtherFormat,
    /// In clear, whatever the mode.
    InClear,
    /// With the names of the push not swapped.
    NamesAsReceived,
    /// Without the ids of the push.
    NothingRepeated,
    /// Without what the page asks for besides code and words.
    Bare,
    /// With a word for the code.
    CodeInWords,
    /// With another waybill for each push of an order.
    NewWaybill,
    /// With chapters that lack their permission.
    ChaptersWithoutPerm,
    /// After seven tenths of the limit: in time for most, and too late where less is granted.
    Slow,
    /// As documented, and what asks for `success` alone too.
    RetailToo,
}

/// The events of couriers; each repeats the ids of its push.
const COURIER: &[&str] = &[
    "add_waybill",
    "cancel_waybill",
    "check_biz",
    "get_quota",
    "waybill_notify_query",
    "add_single_waybill",
    "cancel_single_waybill",
    "query_single_waybill",
    "query_single_waybill_fee",
    "notify_single_waybill_pay",
    "remind_waybill",
    "waybill_complaint",
    "waybill_evaluate_agent",
    "waybill_query_expect_time_range",
];

/// The events of instant delivery, besides all that begin with `transport_`.
const INSTANT_DELIVERY: &[&str] = &[
    "update_waybill_status",
    "mock_update_order_status",
    "get_pre_auth_code",
    "get_auth_info",
    "cancel_auth_account",
];

/// The fields by which couriers know their orders.
const IDS: &[&str] = &["Token", "BizID", "OrderID", "WayBillID", "WaybillID"];

/// The fields of an answer besides code and words, by event.
fn besides(event: &str) -> Vec<Field> {
    let numbers = |names: &[&str]| names.iter().map(|name| Field::number(*name, 1)).collect();
    let texts = |names: &[&str]| names.iter().map(|name| Field::text(*name, "1")).collect();
    match event {
        "check_biz" | "get_quota" => numbers(&["Quota"]),
        "add_waybill" => texts(&["WayBillID", "WaybillData"]),
        "waybill_notify_query" => vec![
            list("Path"),
            Field::number("WaybillCreateTime", 1_700_000_000),
        ],
        "query_single_waybill" => numbers(&["OnlinePay", "PayResult"]),
        "query_single_waybill_fee" => numbers(&["Fee"]),
        "waybill_query_expect_time_range" => vec![list("ValidTimeRange")],
        "get_pre_auth_code" => texts(&["pre_auth_code"]),
        "get_auth_info" => texts(&["appkey", "account", "account_type"]),
        "transport_precreate_order" => numbers(FEES),
        "transport_add_order" | "transport_readd_order" => {
            let mut fields: Vec<Field> = numbers(FEES);
            fields.push(Field::number("order_status", 101));
            fields
        }
        "transport_precancel_order" | "transport_cancel_order" => texts(&["desc"]),
        "transport_query_order_status" => vec![
            Field::number("order_status", 101),
            Field::text("waybill_id", "1"),
        ],
        "channels_ec_vip_user_info_get" => vec![Field::group(
            "info",
            vec![Field::bare("is_vip", "true"), Field::text("identity", "V1")],
        )],
        "channels_ec_order_use_vip_discount" => numbers(&["result"]),
        "transport_get_agent_pos" => numbers(&["lng", "lat"]),
        _ => Vec::new(),
    }
}

/// A list with something in it: an empty one cannot be seen in XML.
fn list(name: &str) -> Field {
    let item = Value::Group(vec![Field::number("Time", 1_700_000_000)]);
    Field::many(name, vec![item])
}

const FEES: &[&str] = &["fee", "deliverfee", "couponfee", "tips", "insurancefee"];

impl Structured {
    /// The answer to a message, its format and its text before sealing, if it asks for one. `now` is in Unix seconds.
    pub(crate) fn answer(self, message: &Message, now: i64) -> Option<(Format, String)> {
        if self == Self::BareSuccess {
            return None;
        }
        let event = message.text_of("Event");
        let mut fields = self.fields(&event, message, now)?;
        if self == Self::WrongLetterCase {
            for field in &mut fields {
                field.name = other_case(&field.name);
            }
        }
        let usual = if event == "iot_voip_notify" {
            Format::Json
        } else {
            message.format
        };
        let format = match (self, usual) {
            (Self::OtherFormat, Format::Xml) => Format::Json,
            (Self::OtherFormat, Format::Json) => Format::Xml,
            (_, usual) => usual,
        };
        Some((format, write_message(format, &fields, CdataEnd::Split)))
    }

    /// Waits as long as a slow look-up takes.
    pub(crate) async fn wait(self, message: &Message, limit: Duration) {
        if self == Self::Slow && self.answer(message, 0).is_some() {
            tokio::time::sleep(limit.mul_f32(0.7)).await;
        }
    }

    fn fields(self, event: &str, message: &Message, now: i64) -> Option<Vec<Field>> {
        let pay = event.starts_with("xpay_") || event.starts_with("minigame_");
        let instant = event.starts_with("transport_") || INSTANT_DELIVERY.contains(&event);
        let retail = self == Self::RetailToo && event.starts_with("retail_");
        Some(match event {
            "xpay_subscribe_ios_refund_query_notify" => {
                let mut fields = self.coded("result_code", "result_info").to_vec();
                fields.extend(self.more(vec![Field::text("evidence", "used for ten days")]));
                fields
            }
            "wxa_novel_chapter_permission" => {
                let mut fields = self.coded("ErrCode", "ErrMsg").to_vec();
                fields.extend(self.more(self.chapters()));
                fields
            }
            "iot_voip_notify" | "channels_ec_gen_order_info_init" => {
                self.coded("errcode", "errmsg").to_vec()
            }
            "channels_ec_vip_user_info_get" | "channels_ec_order_use_vip_discount" => {
                let mut fields = self.coded("errcode", "errmsg").to_vec();
                fields.extend(self.more(besides(event)));
                fields
            }
            _ if pay || retail => self.coded("ErrCode", "ErrMsg").to_vec(),
            _ if COURIER.contains(&event) => {
                let mut fields = self.head(event, message, now);
                if self != Self::NothingRepeated {
                    fields.extend(ids(message));
                }
                fields.extend(self.coded("ResultCode", "ResultMsg"));
                let known: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
                let new = besides(event)
                    .into_iter()
                    .filter(|field| !known.contains(&field.name));
                fields.extend(self.more(new.collect()));
                if self == Self::NewWaybill && event == "add_waybill" {
                    fields.retain(|field| field.name != "WayBillID");
                    fields.push(Field::text("WayBillID", message.text_of("CreateTime")));
                }
                fields
            }
            _ if instant => {
                let mut fields = self.head(event, message, now);
                fields.extend(self.coded("resultcode", "resultmsg"));
                fields.extend(self.more(besides(event)));
                fields
            }
            _ => return None,
        })
    }

    fn coded(self, code: &str, words: &str) -> [Field; 2] {
        let code = match self {
            Self::CodeInWords => Field::text(code, "ok"),
            _ => Field::number(code, 0),
        };
        [code, Field::text(words, "success")]
    }

    fn more(self, fields: Vec<Field>) -> Vec<Field> {
        match self {
            Self::Bare => Vec::new(),
            _ => fields,
        }
    }

    fn chapters(self) -> Vec<Field> {
        let mut chapter = vec![
            Field::number("StartChapterIndex", 1),
            Field::number("EndChapterIndex", 9),
        ];
        if self != Self::ChaptersWithoutPerm {
            chapter.push(Field::number("Perm", 1));
        }
        vec![Field::many("ChapterPerms", vec![Value::Group(chapter)])]
    }

    fn head(self, event: &str, message: &Message, now: i64) -> Vec<Field> {
        let (account, user) = (
            message.text_of("ToUserName"),
            message.text_of("FromUserName"),
        );
        let (to, from) = match self {
            Self::NamesAsReceived => (account, user),
            _ => (user, account),
        };
        vec![
            Field::text("ToUserName", to),
            Field::text("FromUserName", from),
            Field::number("CreateTime", now),
            Field::text("MsgType", "event"),
            Field::text("Event", event),
        ]
    }
}

/// The ids of the push, as they came.
fn ids(message: &Message) -> impl Iterator<Item = Field> {
    IDS.iter().filter_map(|name| {
        let value = find(&message.fields, name)?;
        Some(Field::new(*name, value.clone()))
    })
}

/// `ResultCode` for `resultcode`, `errcode` for `ErrCode`: what is written without looking at the page.
fn other_case(name: &str) -> String {
    match name {
        "ErrCode" => "errcode",
        "ErrMsg" => "errmsg",
        "errcode" => "ErrCode",
        "errmsg" => "ErrMsg",
        "ResultCode" => "resultcode",
        "ResultMsg" => "resultmsg",
        "resultcode" | "result_code" => "ResultCode",
        "resultmsg" => "ResultMsg",
        "result_info" => "ResultInfo",
        "ChapterPerms" => "chapter_perms",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(event: &str, format: Format) -> Message {
        Message {
            format,
            fields: vec![
                Field::text("ToUserName", "gh_0"),
                Field::text("FromUserName", "o0"),
                Field::text("MsgType", "event"),
                Field::text("Event", event),
                Field::text("BizID", "b"),
            ],
            text: String::new(),
        }
    }

    fn answer(structured: Structured, event: &str, format: Format) -> Option<String> {
        let message = message(event, format);
        structured
            .answer(&message, 1_700_000_000)
            .map(|(_, text)| text)
    }

    #[test]
    fn each_kind_is_answered_as_its_page_asks() {
        let documented = |event| answer(Structured::Documented, event, Format::Json);
        assert_eq!(
            documented("xpay_refund_notify").unwrap(),
            r#"{"ErrCode":0,"ErrMsg":"success"}"#
        );
        assert_eq!(
            documented("check_biz").unwrap(),
            r#"{"ToUserName":"o0","FromUserName":"gh_0","CreateTime":1700000000,"MsgType":"event","Event":"check_biz","BizID":"b","ResultCode":0,"ResultMsg":"success","Quota":1}"#
        );
        assert_eq!(documented("subscribe"), None);
        let voip = answer(Structured::Documented, "iot_voip_notify", Format::Xml);
        assert_eq!(voip.unwrap(), r#"{"errcode":0,"errmsg":"success"}"#);
    }

    #[test]
    fn each_mistake_changes_one_thing() {
        let pay = |structured| answer(structured, "xpay_refund_notify", Format::Json);
        let wrong = pay(Structured::WrongLetterCase).unwrap();
        assert_eq!(wrong, r#"{"errcode":0,"errmsg":"success"}"#);
        assert!(pay(Structured::OtherFormat).unwrap().starts_with("<xml>"));
        assert_eq!(pay(Structured::BareSuccess), None);
        let courier = answer(Structured::NothingRepeated, "check_biz", Format::Json);
        assert!(!courier.unwrap().contains("BizID"));
    }
}
