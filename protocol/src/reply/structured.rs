//! The answers that some events ask for in place of `success`, and everything wrong with one, as data. Documented: the
//! page of each event.

use serde::{Deserialize, Serialize};

use super::{Object, alike};
use crate::message::{Field, Value, find, scalar_of};
use crate::push::Format;

/// A structured answer that an event's page asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structured {
    /// `ErrCode` and `ErrMsg`, in the push's format: virtual payment.
    ErrorCode,
    /// `result_code`, `result_info` and `evidence`: what Apple is to be told about a refund.
    RefundQuery,
    /// `ErrCode`, `ErrMsg` and `ChapterPerms`: what a reader may read.
    ChapterPermission,
    /// `errcode` and `errmsg`, as JSON: whether a device may be called.
    Voip,
    /// Names swapped, ids repeated, `ResultCode` and `ResultMsg`: a courier's.
    Courier,
    /// Names swapped, `resultcode` and `resultmsg` in small letters: instant delivery.
    InstantDelivery,
    /// `errcode`, `errmsg` and `info`: whether a user is a member.
    MemberQuery,
    /// `errcode` and `errmsg`: what a member gets with an order.
    OrderOffer,
    /// `errcode`, `errmsg` and `result`: whether an order may be placed at a member's price.
    DiscountConfirmation,
}

/// The push that an answer must fit.
#[derive(Clone, Copy, Debug)]
pub struct AnsweredPush<'a> {
    /// Its format.
    pub format: Format,
    /// All its fields.
    pub fields: &'a [Field],
    /// The names of the fields that the answer repeats.
    pub echoes: &'a [String],
    /// Further fields that the answer holds where it says that all went well.
    pub needs: &'a [String],
}

/// A structured answer, read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StructuredReply {
    /// The faults of the answer.
    pub faults: Vec<StructuredFault>,
    /// The outcome that it tells.
    pub outcome: StructuredOutcome,
}

/// The outcome that a structured answer tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StructuredOutcome {
    /// All went well: the code is 0, or a decision was made.
    Done,
    /// The server could not, with its code.
    Refused(String),
    /// It cannot be told.
    Unclear,
}

/// One thing wrong with a structured answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StructuredFault {
    /// The kind of fault, in kebab-case.
    pub kind: &'static str,
    /// The content that should be there.
    pub expected: String,
    /// The content that is there.
    pub found: String,
    /// The documents say so; otherwise only their samples show it.
    pub certain: bool,
}

impl Structured {
    /// The name of the field that says how it went.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ErrorCode | Self::ChapterPermission => "ErrCode",
            Self::RefundQuery => "result_code",
            Self::Voip | Self::MemberQuery | Self::OrderOffer | Self::DiscountConfirmation => {
                "errcode"
            }
            Self::Courier => "ResultCode",
            Self::InstantDelivery => "resultcode",
        }
    }

    /// The name of the field that says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ErrorCode | Self::ChapterPermission => "ErrMsg",
            Self::RefundQuery => "result_info",
            Self::Voip | Self::MemberQuery | Self::OrderOffer | Self::DiscountConfirmation => {
                "errmsg"
            }
            Self::Courier => "ResultMsg",
            Self::InstantDelivery => "resultmsg",
        }
    }

    /// An example, for people who are told what to answer.
    pub const fn example(self) -> &'static str {
        match self {
            Self::ErrorCode => r#"{"ErrCode":0,"ErrMsg":"success"}"#,
            Self::RefundQuery => r#"{"result_code":0,"result_info":"…","evidence":"…"}"#,
            Self::ChapterPermission => {
                r#"{"ErrCode":0,"ErrMsg":"","ChapterPerms":[{"StartChapterIndex":1,"EndChapterIndex":9,"Perm":1}]}"#
            }
            Self::Voip | Self::OrderOffer => r#"{"errcode":0,"errmsg":"ok"}"#,
            Self::MemberQuery => {
                r#"{"errcode":0,"errmsg":"ok","info":{"is_vip":true,"identity":"…","outer_userid":"…"}}"#
            }
            Self::DiscountConfirmation => r#"{"errcode":0,"errmsg":"ok","result":1}"#,
            Self::Courier => {
                r#"{"ToUserName":…,"FromUserName":…,"CreateTime":…,"MsgType":"event","Event":…,"ResultCode":0,"ResultMsg":"success"}"#
            }
            Self::InstantDelivery => {
                r#"{"ToUserName":…,"FromUserName":…,"CreateTime":…,"MsgType":"event","Event":…,"resultcode":0,"resultmsg":"ok"}"#
            }
        }
    }

    const fn has_header(self) -> bool {
        matches!(self, Self::Courier | Self::InstantDelivery)
    }

    /// True if this object seems to be meant as an answer of that kind.
    pub fn is_meant(self, object: &Object) -> bool {
        object
            .fields
            .iter()
            .any(|field| alike(&field.name, self.code()))
    }

    /// The outcome that an answer tells, whatever else is wrong with it: also where the name of its code is spelled otherwise.
    pub fn outcome(self, object: &Object) -> StructuredOutcome {
        let mut fields = object.fields.iter();
        let code = fields.find(|field| alike(&field.name, self.code()));
        let code = code.and_then(|code| integer(&code.value));
        self.outcome_of(code.as_deref())
    }

    fn outcome_of(self, code: Option<&str>) -> StructuredOutcome {
        match code {
            Some("0") => StructuredOutcome::Done,
            // Refusing the money back is a decision like any other; there are but the two.
            Some("1") if self == Self::RefundQuery => StructuredOutcome::Done,
            Some(code) if self != Self::RefundQuery => StructuredOutcome::Refused(code.to_owned()),
            _ => StructuredOutcome::Unclear,
        }
    }

    /// Reads an answer to that push.
    pub fn read(self, object: &Object, push: &AnsweredPush<'_>) -> StructuredReply {
        let mut reading = Reading {
            object,
            faults: Vec::new(),
        };
        reading.format(self, push.format);
        let code = reading.code(self);
        if self.has_header() {
            reading.header(push);
        }
        let outcome = self.outcome_of(code.as_deref());
        if let (StructuredOutcome::Unclear, Some(code)) = (&outcome, &code) {
            let found = format!("`result_code` {code}");
            reading.fault("code", "`result_code` 0 or 1", found, true);
        }
        if let Self::RefundQuery = self
            && let Some(evidence) = reading.required("evidence", true)
            && evidence.scalar().is_some_and(|text| text.trim().is_empty())
        {
            reading.fault(
                "evidence",
                "some `evidence`, which is required",
                "an empty one",
                false,
            );
        }
        let words = self.words();
        reading.required(words, false);
        if outcome == StructuredOutcome::Done {
            match self {
                Self::ChapterPermission => reading.chapters(),
                Self::MemberQuery => reading.member(),
                Self::DiscountConfirmation => reading.confirmation(),
                _ => {}
            }
            // An empty list cannot be seen in XML.
            let certain = object.format == Format::Json;
            for name in push.needs {
                reading.required(name, certain);
            }
        }
        StructuredReply {
            faults: reading.faults,
            outcome,
        }
    }
}

struct Reading<'a> {
    object: &'a Object,
    faults: Vec<StructuredFault>,
}

impl Reading<'_> {
    fn fault(
        &mut self,
        kind: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
        certain: bool,
    ) {
        self.faults.push(StructuredFault {
            kind,
            expected: expected.into(),
            found: found.into(),
            certain,
        });
    }

    fn format(&mut self, structured: Structured, pushed: Format) {
        let answered = self.object.format;
        // The novel page takes either format where XML is configured; the VoIP page shows JSON only.
        let (wanted, certain) = match structured {
            Structured::ErrorCode
            | Structured::MemberQuery
            | Structured::OrderOffer
            | Structured::DiscountConfirmation => (Some(pushed), true),
            Structured::ChapterPermission if pushed == Format::Json => (Some(Format::Json), true),
            Structured::ChapterPermission => (None, true),
            // An answer in XML to XML is what a reader of the other pages would write.
            Structured::Voip if pushed == Format::Xml => (None, true),
            Structured::Voip => (Some(Format::Json), false),
            Structured::RefundQuery | Structured::Courier | Structured::InstantDelivery => {
                (Some(pushed), false)
            }
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != answered) {
            let found = format!("an answer in {answered} to a push in {pushed}");
            self.fault("format", format!("an answer in {wanted}"), found, certain);
        }
        if let Some(root) = self.object.root.clone().filter(|root| root != "xml") {
            // Only samples show it.
            self.fault("root", "the root element `xml`", format!("`{root}`"), false);
        }
    }

    /// The value of a field that must be there. One whose name differs in letter case or underscores only is a fault of
    /// its own.
    fn required(&mut self, name: &str, certain: bool) -> Option<Value> {
        if let Some(value) = find(&self.object.fields, name) {
            return Some(value.clone());
        }
        let near = self
            .object
            .fields
            .iter()
            .find(|field| alike(&field.name, name));
        match near.map(|field| field.name.clone()) {
            Some(near) => self.fault(
                "letter-case",
                format!("`{name}`"),
                format!("`{near}`"),
                true,
            ),
            None => self.fault(
                "missing-field",
                format!("`{name}`"),
                "no such field",
                certain,
            ),
        }
        None
    }

    /// The code, in digits.
    fn code(&mut self, structured: Structured) -> Option<String> {
        let name = structured.code();
        let value = self.required(name, true)?;
        match (&value, integer(&value)) {
            (_, None) => {
                let found = format!("`{name}` {}", value.scalar().unwrap_or_default());
                self.fault("code", format!("`{name}` as an integer"), found, true);
                None
            }
            (Value::Text(text), Some(digits)) if self.object.format == Format::Json => {
                let found = format!("`{name}` as the string \"{text}\"");
                self.fault("code-type", format!("`{name}` as a number"), found, false);
                Some(digits)
            }
            (_, digits) => digits,
        }
    }

    /// The header of a courier's answer, and the ids that it repeats.
    fn header(&mut self, push: &AnsweredPush<'_>) {
        let pushed = |name: &str| {
            let value = scalar_of(push.fields, name);
            value.unwrap_or_default().into_owned()
        };
        let repeated: Vec<(&str, String, &'static str)> = [
            ("ToUserName", pushed("FromUserName"), "names"),
            ("FromUserName", pushed("ToUserName"), "names"),
            ("MsgType", "event".to_owned(), "header"),
            ("Event", pushed("Event"), "header"),
        ]
        .into_iter()
        .chain(
            push.echoes
                .iter()
                .map(|name| (name.as_str(), pushed(name), "echo")),
        )
        .collect();
        for (name, wanted, kind) in repeated {
            let Some(value) = self.required(name, true) else {
                continue;
            };
            let found = value.scalar().unwrap_or_default().into_owned();
            // The pages of couriers say that the letter case of an Event does not matter.
            let same = found == wanted || name == "Event" && found.eq_ignore_ascii_case(&wanted);
            if !same {
                self.fault(
                    kind,
                    format!("{name} `{wanted}`"),
                    format!("{name} `{found}`"),
                    true,
                );
            }
        }
        if let Some(time) = self.required("CreateTime", true) {
            let text = time.scalar().unwrap_or_default().into_owned();
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                let found = format!("CreateTime `{text}`");
                self.fault("header", "CreateTime in Unix seconds", found, true);
            }
        }
    }

    /// Of a member the identity is named too.
    fn member(&mut self) {
        let Some(info) = self.required("info", true) else {
            return;
        };
        let said = |name: &str| {
            let text = info.fields().and_then(|fields| scalar_of(fields, name));
            text.map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        match said("is_vip").as_str() {
            "true" | "1" if said("identity").is_empty() => {
                self.fault("member", "`identity` of a member in `info`", "none", true);
            }
            "true" | "1" | "false" | "0" => {}
            other => {
                let found = format!("`is_vip` `{other}`");
                self.fault("member", "`is_vip` in `info`, true or false", found, true);
            }
        }
    }

    /// Any other result stops the order.
    fn confirmation(&mut self) {
        let Some(result) = self.required("result", true) else {
            return;
        };
        let found = result.scalar().unwrap_or_default().trim().to_owned();
        if !matches!(found.as_str(), "1" | "2") {
            let found = format!("`result` `{found}`");
            self.fault("result", "`result` 1 or 2", found, true);
        }
    }

    fn chapters(&mut self) {
        let Some(value) = self.required("ChapterPerms", true) else {
            return;
        };
        let items = match value {
            Value::Many(items) => items,
            // In XML one chapter looks like that.
            one @ Value::Group(_) if self.object.format == Format::Xml => vec![one],
            // An empty element or array: nothing may be read.
            Value::Text(text) if text.trim().is_empty() => Vec::new(),
            _ => {
                self.fault("chapters", "ChapterPerms as a list", "something else", true);
                return;
            }
        };
        // How XML has a list, no page shows.
        let certain = self.object.format == Format::Json;
        let items = items.into_iter().flat_map(unwrapped);
        for item in items.collect::<Vec<_>>() {
            for name in ["StartChapterIndex", "EndChapterIndex", "Perm"] {
                let number = item.fields().and_then(|fields| scalar_of(fields, name));
                if number.is_none_or(|text| text.trim().parse::<i64>().is_err()) {
                    let expected = format!("`{name}` as an integer in each of ChapterPerms");
                    self.fault("chapters", expected, "none in one of them", certain);
                    return;
                }
            }
        }
    }
}

/// An integer in digits. A JSON writer may put a zero behind the point.
fn integer(value: &Value) -> Option<String> {
    let text = value.scalar()?;
    let text = text.trim();
    let digits = text.strip_suffix(".0").unwrap_or(text);
    digits.parse::<i64>().ok()?;
    Some(digits.to_owned())
}

/// The items of a list that is wrapped, `<item>` by `<item>`, as the articles of a message are.
fn unwrapped(value: Value) -> Vec<Value> {
    match value.fields() {
        Some([only]) if only.name == "item" => match &only.value {
            Value::Many(items) => items.clone(),
            one => vec![one.clone()],
        },
        Some(several)
            if !several.is_empty() && several.iter().all(|field| field.name == "item") =>
        {
            several.iter().map(|field| field.value.clone()).collect()
        }
        _ => vec![value],
    }
}

#[cfg(test)]
mod tests;
