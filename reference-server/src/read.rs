//! From a body to a message: XML or JSON, told apart by the body itself.

use base64::{Engine, prelude::BASE64_STANDARD};
use wxcheck_protocol::json;
use wxcheck_protocol::message::{Field, Value, scalar_of};
use wxcheck_protocol::push::Format;
use wxcheck_protocol::xml;

use crate::behaviour::Behaviour;
use crate::doctype;
use crate::raw_cdata::repaired;
use crate::refuse::Refused;
use crate::settings::Settings;

/// The way the format of a body is found out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reading {
    /// By the first byte that is not white space. WeChat's Content-Type says `text/xml` for JSON at times.
    #[default]
    ByFirstByte,
    /// By the Content-Type: JSON when it names JSON, XML otherwise.
    ByContentType,
    /// By the first byte, but JSON under another Content-Type than `application/json` is refused with 415.
    JsonMediaTypeOnly,
    /// By the first byte, but XML under another Content-Type than `text/xml` is refused with 415.
    XmlMediaTypeOnly,
    /// Always XML, as a library made for official accounts would.
    XmlOnly,
    /// Base64 first, as a gateway passes bodies on.
    Base64,
}

/// A message as its fields, whichever format it came in.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) format: Format,
    pub(crate) fields: Vec<Field>,
    /// The text it was read from.
    pub(crate) text: String,
}

impl Message {
    /// The value of a field as one string: numbers and strings read alike, a missing field is empty.
    pub(crate) fn text_of(&self, name: &str) -> String {
        scalar_of(&self.fields, name)
            .unwrap_or_default()
            .into_owned()
    }

    /// True for an event, false for something that a user sent.
    pub(crate) fn is_event(&self) -> bool {
        self.text_of("MsgType") == "event"
    }
}

/// Reads a body, or the message out of an envelope.
pub(crate) async fn read(
    settings: &Settings,
    behaviour: &Behaviour,
    content_type: &str,
    body: &[u8],
) -> Result<Message, Refused> {
    let decoded;
    let body = if behaviour.reading == Reading::Base64 {
        decoded = BASE64_STANDARD
            .decode(body)
            .map_err(|error| Refused::Unreadable(error.to_string()))?;
        &decoded
    } else {
        body
    };
    let text = str::from_utf8(body).map_err(|error| Refused::Unreadable(error.to_string()))?;
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let says_json = content_type.contains("json");
    let says_xml = content_type.starts_with("text/xml");
    let format = match behaviour.reading {
        Reading::JsonMediaTypeOnly if looks_like_json && !says_json => {
            return Err(Refused::MediaType);
        }
        Reading::XmlMediaTypeOnly if !looks_like_json && !says_xml => {
            return Err(Refused::MediaType);
        }
        Reading::ByFirstByte | Reading::JsonMediaTypeOnly | Reading::XmlMediaTypeOnly
            if looks_like_json =>
        {
            Format::Json
        }
        Reading::ByContentType if says_json => Format::Json,
        _ => Format::Xml,
    };
    let fields = match format {
        Format::Json => match json::read(text) {
            Ok(Value::Group(fields)) => fields,
            Ok(_) => return Err(Refused::Unreadable("not an object".to_owned())),
            Err(error) => return Err(Refused::Unreadable(error.to_string())),
        },
        Format::Xml => {
            let text = doctype::resolve(behaviour.doctype, text, settings.limit, &settings.network)
                .await?;
            let document = xml::read(&text)
                .or_else(|error| xml::read(&repaired(&text)).map_err(|_| error))
                .map_err(|error| Refused::Unreadable(error.to_string()))?;
            document.root.fields()
        }
    };
    Ok(Message {
        format,
        fields,
        text: text.to_owned(),
    })
}
