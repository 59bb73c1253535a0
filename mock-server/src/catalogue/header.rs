//! The fields in front of a push's own, and the MsgId behind those of a message.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::{
    message::{Field, find},
    push::Format,
};

use super::Sender;

/// The fields in front of a push's own.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// ToUserName, FromUserName, CreateTime, MsgType, and Event where it is one.
    #[default]
    Message,
    /// The same without ToUserName and FromUserName.
    Nameless,
    /// AppId, CreateTime and InfoType: a platform notification, to a third-party platform about itself.
    Info,
    /// Nothing.
    None,
}

/// All that decides how a header is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heading<'a> {
    pub(crate) from: Sender,
    /// CreateTime is a string in JSON.
    pub(crate) create_time_as_text: bool,
    pub(crate) msg_type: &'a str,
    /// The Event or the InfoType; a message has none.
    pub(crate) event: Option<&'a str>,
}

impl Header {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) const fn is_usual(&self) -> bool {
        matches!(self, Self::Message)
    }

    /// The header's fields in wire order, with what differs from one push to the next in braces.
    pub(crate) fn fields(self, heading: Heading<'_>, format: Format) -> Vec<Field> {
        let Heading {
            from,
            create_time_as_text,
            msg_type,
            event,
        } = heading;
        match self {
            Self::None => Vec::new(),
            Self::Info => vec![
                Field::text("AppId", "{appid}"),
                Field::bare("CreateTime", "{now}"),
                Field::text("InfoType", event.unwrap_or_default()),
            ],
            Self::Message | Self::Nameless => {
                let from = match from {
                    Sender::User => "{openid}",
                    Sender::Wechat => "{wechat}",
                };
                let as_text = create_time_as_text && format == Format::Json;
                let mut head = vec![
                    Field::text("ToUserName", "{account}"),
                    Field::text("FromUserName", from),
                    if as_text {
                        Field::text("CreateTime", "{now}")
                    } else {
                        Field::bare("CreateTime", "{now}")
                    },
                    Field::text("MsgType", msg_type),
                ];
                head.extend(event.map(|event| Field::text("Event", event)));
                if self == Self::Nameless {
                    head.drain(..2);
                }
                head
            }
        }
    }
}

/// The same with a MsgId at the end, where none stands elsewhere.
pub(crate) fn with_msg_id(mut fields: Vec<Field>) -> Vec<Field> {
    if find(&fields, "MsgId").is_none() {
        fields.push(Field::bare("MsgId", "{msgid}"));
    }
    fields
}
