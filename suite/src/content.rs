//! The fields of a push in wire order, from content, form and identities.

use std::fmt::Write as _;

use wxcheck_mock_server::composer::{Addressee, Message, Setting, Stamp};
use wxcheck_protocol::{
    envelope,
    message::{Field, Value},
    push::{Format, write_message},
    xml::CdataEnd,
};

use crate::{
    entity_file::EntityFile,
    step::{Content, Doctype, Form},
};

/// The addressee, sender and time of a push: all that it says besides its content.
#[derive(Clone, Debug)]
pub(crate) struct Occasion<'a> {
    pub(crate) to: Addressee<'a>,
    pub(crate) stamp: Stamp,
    pub(crate) format: Format,
    /// The URL an external entity names.
    pub(crate) entity_url: &'a str,
    /// The file that one names.
    pub(crate) entity_file: Option<&'a EntityFile>,
}

/// The text that an internal entity stands for; a reply that holds it shows that it was expanded.
pub const ENTITY_TEXT: &str = "wxcheck-entity-was-expanded";

/// A written message: its fields and its text.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) fields: Vec<Field>,
    pub(crate) text: String,
    /// The document type declaration, which a sealed push carries outside as well, or not.
    pub(crate) doctype: String,
}

/// Writes the message of a push.
pub(crate) fn write(content: &Content, form: &Form, occasion: &Occasion<'_>) -> Written {
    let doctype = form
        .doctype
        .map_or_else(String::new, |doctype| declaration(doctype, occasion));
    let fields = fields(content, form, occasion);
    let mut text = render(&fields, form, occasion.format);
    if let Some(padding) = form.padding {
        text.push_str(&" ".repeat(missing(padding, &text, occasion)));
    }
    Written {
        text: format!("{doctype}{text}"),
        fields,
        doctype: if form.doctype_within {
            String::new()
        } else {
            doctype
        },
    }
}

fn render(fields: &[Field], form: &Form, format: Format) -> String {
    let cdata_end = if form.raw_cdata_end {
        CdataEnd::Raw
    } else {
        CdataEnd::Split
    };
    let text = write_message(format, fields, cdata_end);
    match (form.spaced, format) {
        (false, _) => text,
        (true, Format::Xml) => space_elements(fields, cdata_end),
        (true, Format::Json) => space_tokens(&text),
    }
}

fn fields(content: &Content, form: &Form, occasion: &Occasion<'_>) -> Vec<Field> {
    let mut fields = match content {
        Content::Entry(entry) => addressed(&entry.message(), occasion),
        Content::Text(text) => addressed(&text_message(text), occasion),
        Content::TextWithPadding(padding) => {
            let text = filler(*padding, form, occasion);
            addressed(&text_message(&text), occasion)
        }
    };
    if let Content::Entry(entry) = content {
        entry
            .changes
            .iter()
            .for_each(|change| change.make(&mut fields));
    }
    if form.doctype.is_some() {
        refer_to_entity(&mut fields);
    }
    fields.retain(|field| !form.without_msg_id || field.name != "MsgId");
    fields.extend(form.unknown_fields.iter().cloned());
    if form.numbers_as_strings {
        fields.iter_mut().for_each(quote_number);
    }
    let turns = usize::from(form.shuffle) % fields.len().max(1);
    fields.rotate_left(turns);
    if form.shuffle % 2 == 1 {
        fields.reverse();
    }
    fields
}

/// Lets the user's text refer to the entity, or the last text where there is none.
fn refer_to_entity(fields: &mut [Field]) {
    let is_text = |field: &Field| matches!(field.value, Value::Text(_));
    let content = fields.iter().position(|field| field.name == "Content");
    let place = content.or_else(|| fields.iter().rposition(is_text));
    if let Some(field) = place.and_then(|place| fields.get_mut(place)) {
        field.value = Value::Bare("&wx;".to_owned());
    }
}

fn addressed(message: &Message, occasion: &Occasion<'_>) -> Vec<Field> {
    message.addressed(&occasion.to, &occasion.stamp)
}

fn text_message(text: &str) -> Message {
    let content = Field::text("Content", "");
    Message::unlisted("text", vec![content]).setting([Setting::value("Content", text)])
}

/// MsgId stays a number: every document has it as one.
fn quote_number(field: &mut Field) {
    if let Value::Number(number) = field.value
        && field.name != "MsgId"
    {
        field.value = Value::Text(number.to_string());
    }
}

/// Text of the length that leaves exactly that much padding. Every other part of the frame has a
/// constant length, and a letter more is a byte more in XML as in JSON.
fn filler(padding: u8, form: &Form, occasion: &Occasion<'_>) -> String {
    let base = "padding ".to_owned();
    let fields = fields(&Content::Text(base.clone()), form, occasion);
    let message = render(&fields, form, occasion.format);
    base + &"x".repeat(missing(padding, &message, occasion))
}

/// The bytes that a message lacks so that exactly that much padding is left.
fn missing(padding: u8, message: &str, occasion: &Occasion<'_>) -> usize {
    let frame = envelope::frame(occasion.to.appid, b"0123456789abcdef", message.as_bytes());
    let block = 32;
    let wanted = (block - usize::from(padding) % block) % block;
    (wanted + block - frame.len() % block) % block
}

fn declaration(doctype: Doctype, occasion: &Occasion<'_>) -> String {
    let external = |url: &str| format!("<!DOCTYPE xml [<!ENTITY wx SYSTEM \"{url}\">]>");
    match doctype {
        Doctype::Internal => format!("<!DOCTYPE xml [<!ENTITY wx \"{ENTITY_TEXT}\">]>"),
        Doctype::External => external(occasion.entity_url),
        // Played again where no file is: one that is not there.
        Doctype::File => external(
            occasion
                .entity_file
                .map_or("file:///wxcheck-entity", |file| file.url.as_str()),
        ),
        Doctype::Nested => {
            let mut entities = String::from("<!ENTITY e0 \"wxcheck wxcheck\">");
            for level in 1..8 {
                let below = format!("&e{};", level - 1).repeat(10);
                let _ = write!(entities, "<!ENTITY e{level} \"{below}\">");
            }
            format!("<!DOCTYPE xml [{entities}<!ENTITY wx \"&e7;\">]>")
        }
    }
}

fn space_elements(fields: &[Field], cdata_end: CdataEnd) -> String {
    let tight = write_message(Format::Xml, fields, cdata_end);
    // Each element ends with a newline in the tight form; the same elements with white space before
    // them, as an indenting writer puts it, and a newline at the end of the document.
    let mut spaced = String::from("<xml>\n");
    for field in fields {
        let whole = write_message(Format::Xml, std::slice::from_ref(field), cdata_end);
        let element = whole
            .strip_prefix("<xml>")
            .and_then(|rest| rest.strip_suffix("</xml>"))
            .unwrap_or(&tight);
        spaced.push_str("\t  ");
        spaced.push_str(element);
    }
    spaced.push_str("</xml>\n");
    spaced
}

fn space_tokens(json: &str) -> String {
    let mut spaced = String::new();
    let mut in_string = false;
    let mut escaped = false;
    for char in json.chars() {
        spaced.push(char);
        if in_string {
            in_string = escaped || char != '"';
            escaped = !escaped && char == '\\';
        } else {
            match char {
                '"' => in_string = true,
                ':' => spaced.push(' '),
                ',' | '{' | '[' => spaced.push_str("\n  "),
                _ => {}
            }
        }
    }
    spaced.push('\n');
    spaced
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push;

    use super::*;

    const APPID: &str = "wx0123456789abcdef";

    fn occasion(format: Format) -> Occasion<'static> {
        Occasion {
            to: Addressee {
                original_id: "gh_0123456789ab",
                appid: APPID,
                authorizer: APPID,
            },
            stamp: Stamp {
                openid: "oWXCK00000000000000000000000".into(),
                wechat: "oWXCK00000000000000000000001".into(),
                trade: "T1".into(),
                create_time: 1_795_000_000,
                msg_id: 23_893_347_810_211_482,
                request: push::Stamp {
                    timestamp: 1_795_000_000,
                    nonce: "1".into(),
                    random: *b"0123456789abcdef",
                },
            },
            format,
            entity_url: "http://127.0.0.1:1/entity",
            entity_file: None,
        }
    }

    #[test]
    fn every_padding_can_be_aimed_at() {
        for format in [Format::Xml, Format::Json] {
            let occasion = occasion(format);
            for padding in 1..=32_u8 {
                let written = write(
                    &Content::TextWithPadding(padding),
                    &Form::default(),
                    &occasion,
                );
                let frame = envelope::frame(APPID, b"0123456789abcdef", written.text.as_bytes());
                assert_eq!(32 - frame.len() % 32, usize::from(padding), "{format}");
            }
        }
    }

    #[test]
    fn forms_change_the_writing_and_nothing_else() {
        let occasion = occasion(Format::Json);
        let form = Form {
            spaced: true,
            shuffle: 3,
            ..Form::default()
        };
        let content = Content::Text("a:\"{b,".into());
        let plain = write(&content, &Form::default(), &occasion).text;
        let odd = write(&content, &form, &occasion).text;
        assert_ne!(plain, odd);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&plain), read(&odd));
    }

    #[test]
    fn spaced_xml_says_the_same() {
        let occasion = occasion(Format::Xml);
        let form = Form {
            spaced: true,
            ..Form::default()
        };
        let text = write(&Content::Text("x".into()), &form, &occasion).text;
        assert!(text.starts_with("<xml>\n\t  <ToUserName>"), "{text}");
        let root = wxcheck_protocol::xml::read(&text).unwrap().root;
        assert_eq!(root.children.len(), 6);
    }

    #[test]
    fn numbers_become_strings_but_msg_id_does_not() {
        let form = Form {
            numbers_as_strings: true,
            ..Form::default()
        };
        let text = write(&Content::Text("x".into()), &form, &occasion(Format::Json)).text;
        assert!(text.contains(r#""CreateTime":"1795000000""#), "{text}");
        assert!(text.contains(r#""MsgId":23893347810211482"#), "{text}");
    }
}
