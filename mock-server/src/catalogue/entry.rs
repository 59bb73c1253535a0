//! One push of the catalogue: what it says in wire order, in either format, and what may be answered.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::{
    account::Account,
    message::{Field, Value},
    push::Format,
    reply::{ReplyKind, Structured},
};

use super::header::{Header, Heading, with_msg_id};

/// WeChat's own openid, the sender of what no user caused.
pub const PLATFORM_OPENID: &str = "oSYSSYSSYSSYSSYSSYSSYSSYSSYS";

/// One push.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CatalogueEntry {
    /// The name that a user types; a variant's has a dot and the variant's own name behind it.
    pub name: String,
    /// The kind of account whose pushes it belongs to: the folder of its file.
    #[serde(default)]
    pub account: Account,
    /// The fields in front of its own.
    #[serde(default, skip_serializing_if = "Header::is_usual")]
    pub header: Header,
    /// A payment or a gift of a mini game, which goes in JSON to a URL of its own, if there is one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub payment: bool,
    /// Other kinds of account that get it too, besides those that get whatever its own gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// A description in one sentence.
    pub summary: String,
    /// Its MsgType; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub msg_type: String,
    /// Its Event, or the InfoType of a third-party platform's, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The formats in which its page shows it; without any, the page has a table of fields only.
    #[serde(default)]
    pub formats: Vec<Format>,
    /// A note on the formats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats_note: Option<String>,
    /// The owner of the FromUserName that it carries.
    pub from: Sender,
    /// Its CreateTime is a string in JSON.
    #[serde(default, skip_serializing_if = "is_false")]
    pub create_time_as_text: bool,
    /// The key that tells a repeat from another push.
    pub dedup: String,
    /// The structured answer that it wants, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Structured>,
    /// Its own fields that the structured answer repeats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub echoes: Vec<String>,
    /// Further fields of the structured answer where it says that all went well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answer_needs: Vec<String>,
    /// Other answers that are allowed: `success`, `empty`, or the MsgType of a passive reply.
    pub replies: Vec<String>,
    /// The time that WeChat waits, where it is not five seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_seconds: Option<u32>,
    /// The pauses before its further deliveries, in seconds, where its page has some of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_after: Vec<u32>,
    /// Further words on how it is pushed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<String>,
    /// The page that documents it, or the place where it was seen.
    pub source: String,
    /// The certainty of the entry.
    pub confidence: Confidence,
    /// Further remarks, including documents that disagree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The difference from its variants.
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
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// Stands behind the push's name and a dot.
    pub name: String,
    /// The difference that sets it apart.
    pub summary: String,
    /// The fields in front of its own, where these differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// Its Event, where documents disagree about the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// True if its CreateTime is a string in JSON, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time_as_text: Option<bool>,
    /// Its fields, in place of the push's.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<EntryField>,
    /// The push's fields that it does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Fields in place of the push's of the same name, or behind them.
    #[serde(default, rename = "with", skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<EntryField>,
}

impl Variant {
    /// Its fields, given those of the push.
    fn fields_of(&self, base: &[EntryField]) -> Vec<EntryField> {
        if !self.fields.is_empty() {
            return self.fields.clone();
        }
        let mut fields = base.to_vec();
        fields.retain(|field| !self.without.contains(&field.name));
        for field in &self.with {
            match fields.iter_mut().find(|known| known.name == field.name) {
                Some(known) => *known = field.clone(),
                None => fields.push(field.clone()),
            }
        }
        fields
    }
}

/// The owner of the FromUserName that a push carries.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The user who caused it.
    User,
    /// WeChat itself.
    Wechat,
}

/// The certainty of an entry.
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

/// One field of an entry.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a file says of a field, and no two exclude each other"
)]
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryField {
    /// Its name.
    pub name: String,
    /// Its type in JSON.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Its meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// It is not always there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Somebody chose the text freely.
    #[serde(default, skip_serializing_if = "is_false")]
    pub free: bool,
    /// The greatest length of that text, in bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<usize>,
    /// The bounds between which it may be any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<[i64; 2]>,
    /// It stands in XML only; what is in a group stands one level higher in JSON.
    #[serde(default, skip_serializing_if = "is_false")]
    pub xml_only: bool,
    /// It stands in JSON only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub json_only: bool,
    /// Its form in XML, where that is not the usual one: texts in CDATA, numbers bare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<XmlForm>,
    /// A scalar's value; see the composer for what can stand in braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<toml::Value>,
    /// The fields of a group.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Self>,
    /// The items of a list.
    #[serde(default, rename = "item", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
}

/// One item of a list: fields, or a scalar.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// The fields of an object.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<EntryField>,
    /// The type of a scalar in JSON.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<FieldKind>,
    /// Its form in XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<XmlForm>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<toml::Value>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
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

/// The form of a scalar in XML.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum XmlForm {
    /// In CDATA.
    Cdata,
    /// As it is.
    Bare,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
const fn is_false(truth: &bool) -> bool {
    !*truth
}

impl CatalogueEntry {
    /// True where its page takes a bare acknowledgement of that kind.
    pub fn takes_bare(&self, kind: &ReplyKind) -> bool {
        let allows = |name: &str| self.replies.iter().any(|reply| reply == name);
        match kind {
            ReplyKind::Empty | ReplyKind::Blank => allows("empty"),
            ReplyKind::Success | ReplyKind::NearSuccess => allows("success"),
            _ => false,
        }
    }

    /// The whole message in wire order. What differs from one push to the next stands in braces, like `{openid}`.
    pub fn template(&self, format: Format) -> Vec<Field> {
        let mut fields = self.head(format);
        fields.extend(render(&self.fields, format));
        let is_message = self.header == Header::Message && self.event.is_none();
        if is_message {
            fields = with_msg_id(fields);
        }
        fields
    }

    fn head(&self, format: Format) -> Vec<Field> {
        let named = self.event.as_deref();
        let heading = Heading {
            from: self.from,
            create_time_as_text: self.create_time_as_text,
            msg_type: &self.msg_type,
            event: match self.header {
                Header::Info => named.or(Some(&self.name)),
                _ => named,
            },
        };
        self.header.fields(heading, format)
    }

    /// The variant of that name, as an entry of its own.
    pub fn variant(&self, name: &str) -> Option<Self> {
        let variant = self.variants.iter().find(|variant| variant.name == name)?;
        Some(Self {
            name: format!("{}.{}", self.name, variant.name),
            summary: format!("{}: {}", self.summary, variant.summary),
            header: variant.header.unwrap_or(self.header),
            event: variant.event.clone().or_else(|| self.event.clone()),
            create_time_as_text: variant
                .create_time_as_text
                .unwrap_or(self.create_time_as_text),
            fields: variant.fields_of(&self.fields),
            variants: Vec::new(),
            variant_of_fields: None,
            ..self.clone()
        })
    }

    /// The format in which it is pushed, where that one is configured.
    pub const fn format(&self, configured: Format) -> Format {
        if self.payment {
            Format::Json
        } else {
            configured
        }
    }

    /// The way it is pushed again, where that is special.
    pub fn retries(&self) -> Option<String> {
        let deliveries = (!self.retry_after.is_empty()).then(|| {
            let pauses: Vec<String> = self
                .retry_after
                .iter()
                .map(|pause| length(*pause))
                .collect();
            let most = pauses.len() + 1;
            format!(
                "at most {most} deliveries, the further ones after {}",
                pauses.join(", ")
            )
        });
        let parts: Vec<String> = deliveries.into_iter().chain(self.retry.clone()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// The entry and its variants, each as an entry of its own.
    pub fn forms(&self) -> Vec<Self> {
        let variants = self.variants.iter();
        let variants = variants.filter_map(|variant| self.variant(&variant.name));
        std::iter::once(self.clone()).chain(variants).collect()
    }
}

/// A pause in its largest whole unit.
fn length(seconds: u32) -> String {
    match seconds {
        hours if hours > 0 && hours.is_multiple_of(3600) => format!("{} h", hours / 3600),
        minutes if minutes > 0 && minutes.is_multiple_of(60) => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

fn render(fields: &[EntryField], format: Format) -> Vec<Field> {
    let mut rendered = Vec::new();
    for field in fields {
        let left_out = match format {
            Format::Xml => field.json_only,
            Format::Json => field.xml_only,
        };
        match (left_out, field.kind) {
            (true, FieldKind::Group) if format == Format::Json => {
                rendered.extend(render(&field.fields, format));
            }
            (true, _) => {}
            (false, FieldKind::Group) => {
                rendered.push(Field::group(&field.name, render(&field.fields, format)));
            }
            (false, FieldKind::List) => {
                let items = field.items.iter().map(|item| item.render(format));
                rendered.push(Field::many(&field.name, items.collect()));
            }
            (false, kind) => {
                let value = scalar(kind, field.xml, field.value.as_ref(), format);
                rendered.push(Field::new(&field.name, value));
            }
        }
    }
    rendered
}

impl Item {
    fn render(&self, format: Format) -> Value {
        match self.kind {
            Some(kind) => scalar(kind, self.xml, self.value.as_ref(), format),
            None => Value::Group(render(&self.fields, format)),
        }
    }
}

fn scalar(
    kind: FieldKind,
    xml: Option<XmlForm>,
    value: Option<&toml::Value>,
    format: Format,
) -> Value {
    let text = match value {
        Some(toml::Value::String(text)) => text.clone(),
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
        (FieldKind::Number, Ok(number)) => Value::Number(number),
        (FieldKind::Number | FieldKind::Bare, _) => Value::Bare(text),
        _ => Value::Text(text),
    }
}
