//! One push of the catalogue: what it says in wire order, in either format, and what may be answered.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::{
    message::{Field, Value},
    push::Format,
};

/// WeChat's own openid, the sender of what no user caused.
pub const PLATFORM_OPENID: &str = "oSYSSYSSYSSYSSYSSYSSYSSYSSYS";

/// One push.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What a user types; a variant's has a dot and the variant's own name behind it.
    pub name: String,
    /// Whose pushes it belongs to: the folder of its file.
    #[serde(default)]
    pub account: String,
    /// What it is, in one sentence.
    pub summary: String,
    /// Its MsgType.
    pub msg_type: String,
    /// Its Event, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The formats in which its page shows it; without any, the page has a table of fields only.
    #[serde(default)]
    pub formats: Vec<Format>,
    /// What there is to say of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats_note: Option<String>,
    /// Whose FromUserName it carries.
    pub from: Sender,
    /// Its CreateTime is a string in JSON.
    #[serde(default, skip_serializing_if = "is_false")]
    pub create_time_as_text: bool,
    /// What tells a repeat from another push.
    pub dedup: String,
    /// The structured answer that it wants, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What else may be answered: `success`, `empty`, or the MsgType of a passive reply.
    pub replies: Vec<String>,
    /// How long WeChat waits, where it is not five seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_seconds: Option<u64>,
    /// How it is pushed again, where that is special.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<String>,
    /// Where it is documented, or was seen.
    pub source: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What else there is to say, documents that disagree among it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What sets it apart from its variants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_of_fields: Option<String>,
    /// Its own fields, in wire order.
    #[serde(default, rename = "field")]
    pub fields: Vec<EntryField>,
    /// Other forms that are documented.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// Another form of a push.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// Stands behind the push's name and a dot.
    pub name: String,
    /// What sets it apart.
    pub summary: String,
    /// Its fields, in place of the push's.
    #[serde(default, rename = "field")]
    pub fields: Vec<EntryField>,
}

/// Whose FromUserName a push carries.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The user's who caused it.
    User,
    /// WeChat's own.
    Wechat,
}

/// How sure an entry is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// An official page with a sample, or a captured push.
    High,
    /// A table of fields, or what several SDKs read.
    Medium,
    /// A guess in part.
    Low,
}

/// A structured answer that an event's page asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// `ErrCode` and `ErrMsg`, in the push's format.
    ErrorCode,
    /// `result_code`, `result_info` and `evidence`.
    RefundQuery,
    /// `ErrCode`, `ErrMsg` and `ChapterPerms`.
    ChapterPermission,
    /// `errcode` and `errmsg`, as JSON.
    Voip,
    /// Names swapped, ids repeated, `ResultCode` and `ResultMsg`.
    Courier,
    /// Names swapped, `resultcode` and `resultmsg`, in small letters.
    InstantDelivery,
}

/// One field of an entry.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryField {
    /// Its name.
    pub name: String,
    /// What it is in JSON.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// It stands in XML only; what is in a group stands one level higher in JSON.
    #[serde(default, skip_serializing_if = "is_false")]
    pub xml_only: bool,
    /// It stands in JSON only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub json_only: bool,
    /// How it is written in XML, where that is not the usual way: texts in CDATA, numbers bare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<XmlForm>,
    /// A scalar's value; see [`Filling`] for what can stand in braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<toml::Value>,
    /// What is in a group.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Self>,
    /// What is in a list.
    #[serde(default, rename = "item", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
}

/// One item of a list: fields, or a scalar.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// The fields of an object.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<EntryField>,
    /// What a scalar is in JSON.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How it is written in XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<XmlForm>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<toml::Value>,
}

/// What a field is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A string.
    Text,
    /// An integer.
    Number,
    /// Written as it stands, such as a decimal fraction.
    Bare,
    /// Fields.
    Group,
    /// The element again and again in XML, an array in JSON.
    List,
}

/// How a scalar is written in XML.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum XmlForm {
    /// In CDATA.
    Cdata,
    /// As it is.
    Bare,
}

/// What stands in values for what differs from one push to the next.
#[derive(Clone, Debug)]
pub struct Filling<'a> {
    /// `{openid}`: the user.
    pub openid: &'a str,
    /// `{appid}`: the app.
    pub appid: &'a str,
    /// `{trade}`: the order.
    pub trade: &'a str,
    /// `{now}`: Unix seconds.
    pub now: u64,
    /// `{msgid}`: the message's id.
    pub msg_id: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
const fn is_false(truth: &bool) -> bool {
    !*truth
}

impl Entry {
    /// Its own fields in a format, behind the Event where it is one; the common header goes before them.
    pub fn message_fields(&self, format: Format, filling: &Filling<'_>) -> Vec<Field> {
        let event = self.event.iter().map(|event| Field::text("Event", event));
        event.chain(render(&self.fields, format, filling)).collect()
    }

    /// Its CreateTime, in Unix seconds.
    pub fn create_time(&self, format: Format, now: u64) -> Field {
        if self.create_time_as_text && format == Format::Json {
            Field::text("CreateTime", now.to_string())
        } else {
            Field::number("CreateTime", now.cast_signed())
        }
    }

    /// Whose FromUserName it carries, where that user caused it.
    pub fn from_user<'a>(&self, openid: &'a str) -> &'a str {
        match self.from {
            Sender::User => openid,
            Sender::Wechat => PLATFORM_OPENID,
        }
    }

    /// The variant of that name, as an entry of its own.
    pub fn variant(&self, name: &str) -> Option<Self> {
        let variant = self.variants.iter().find(|variant| variant.name == name)?;
        Some(Self {
            name: format!("{}.{}", self.name, variant.name),
            summary: format!("{}: {}", self.summary, variant.summary),
            fields: variant.fields.clone(),
            variants: Vec::new(),
            variant_of_fields: None,
            ..self.clone()
        })
    }

    /// The entry and its variants, each as an entry of its own.
    pub fn forms(&self) -> Vec<Self> {
        let variants = self.variants.iter();
        let variants = variants.filter_map(|variant| self.variant(&variant.name));
        std::iter::once(self.clone()).chain(variants).collect()
    }
}

fn render(fields: &[EntryField], format: Format, filling: &Filling<'_>) -> Vec<Field> {
    let mut rendered = Vec::new();
    for field in fields {
        let left_out = match format {
            Format::Xml => field.json_only,
            Format::Json => field.xml_only,
        };
        match (left_out, field.kind) {
            (true, Kind::Group) if format == Format::Json => {
                rendered.extend(render(&field.fields, format, filling));
            }
            (true, _) => {}
            (false, Kind::Group) => {
                rendered.push(Field::group(
                    &field.name,
                    render(&field.fields, format, filling),
                ));
            }
            (false, Kind::List) => {
                let items = field.items.iter().map(|item| item.render(format, filling));
                rendered.push(Field::many(&field.name, items.collect()));
            }
            (false, kind) => {
                let value = scalar(kind, field.xml, field.value.as_ref(), format, filling);
                rendered.push(Field::new(&field.name, value));
            }
        }
    }
    rendered
}

impl Item {
    fn render(&self, format: Format, filling: &Filling<'_>) -> Value {
        match self.kind {
            Some(kind) => scalar(kind, self.xml, self.value.as_ref(), format, filling),
            None => Value::Group(render(&self.fields, format, filling)),
        }
    }
}

fn scalar(
    kind: Kind,
    xml: Option<XmlForm>,
    value: Option<&toml::Value>,
    format: Format,
    filling: &Filling<'_>,
) -> Value {
    let text = match value {
        Some(toml::Value::String(text)) => filling.fill(text),
        Some(toml::Value::Integer(number)) => number.to_string(),
        Some(toml::Value::Float(number)) => number.to_string(),
        Some(toml::Value::Boolean(truth)) => truth.to_string(),
        Some(toml::Value::Datetime(time)) => time.to_string(),
        Some(toml::Value::Array(_) | toml::Value::Table(_)) | None => String::new(),
    };
    match (format, xml) {
        (Format::Xml, Some(XmlForm::Cdata)) => return Value::Text(text),
        (Format::Xml, Some(XmlForm::Bare)) => return Value::Bare(text),
        _ => {}
    }
    match (kind, text.parse()) {
        (Kind::Number, Ok(number)) => Value::Number(number),
        (Kind::Number | Kind::Bare, _) => Value::Bare(text),
        _ => Value::Text(text),
    }
}

impl Filling<'_> {
    fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{openid}", self.openid)
            .replace("{appid}", self.appid)
            .replace("{trade}", self.trade)
            .replace("{now}", &self.now.to_string())
            .replace("{msgid}", &self.msg_id.to_string())
    }
}
