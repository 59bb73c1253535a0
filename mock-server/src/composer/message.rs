//! A push before it is addressed.

use wxcheck_protocol::{
    message::{Field, Value, find},
    push::Format,
};

use super::{Addressee, Route, Setting, Stamp, filling::Filling, setting::apply};
use crate::catalogue::{CatalogueEntry, Header, Heading, Sender, with_msg_id};

/// A push before it is addressed: what differs from one push to the next still stands in braces, like `{openid}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its name in the catalogue, or what else reports call it.
    pub name: String,
    /// The kind of header in front of its own fields.
    pub header: Header,
    /// A payment or a gift of a mini game.
    pub payment: bool,
    /// All its fields in wire order.
    pub template: Vec<Field>,
    /// The values set in it.
    pub settings: Vec<Setting>,
}

impl Message {
    /// A push of the catalogue, as the catalogue has it for an account with that format.
    pub fn of(entry: &CatalogueEntry, format: Format) -> Self {
        Self {
            name: entry.name.clone(),
            header: entry.header,
            payment: entry.payment,
            template: entry.template(entry.format(format)),
            settings: Vec::new(),
        }
    }

    /// A message of a type that the catalogue need not know, with its own fields and a MsgId behind them.
    pub fn unlisted(msg_type: &str, own: Vec<Field>) -> Self {
        let mut message = Self::headed(msg_type, None, own);
        message.template = with_msg_id(message.template);
        message
    }

    /// An event that the catalogue need not know, with its own fields.
    pub fn unlisted_event(event: &str, own: Vec<Field>) -> Self {
        Self::headed("event", Some(event), own)
    }

    fn headed(msg_type: &str, event: Option<&str>, own: Vec<Field>) -> Self {
        let heading = Heading {
            from: Sender::User,
            create_time_as_text: false,
            msg_type,
            event,
        };
        let mut template = Header::Message.fields(heading, Format::Xml);
        template.extend(own);
        Self {
            name: event.unwrap_or(msg_type).to_owned(),
            header: Header::Message,
            payment: false,
            template,
            settings: Vec::new(),
        }
    }

    /// The fields that somebody wrote, with those of the header that they lack.
    pub fn given(fields: Vec<Field>) -> Self {
        let is_event = find(&fields, "Event").is_some();
        let msg_type = if is_event { "event" } else { "text" };
        let mut message = Self::headed(msg_type, None, Vec::new());
        message.name = match find(&fields, "Event").or(find(&fields, "MsgType")) {
            Some(Value::Text(name)) => name.clone(),
            _ => "text".to_owned(),
        };
        let lacking = |field: &Field| find(&fields, &field.name).is_none();
        message.template.retain(lacking);
        message.template.extend(fields);
        let event = Value::Text("event".to_owned());
        if find(&message.template, "MsgType") != Some(&event) {
            message.template = with_msg_id(message.template);
        }
        message
    }

    /// The way by which it goes to its server.
    pub fn route(&self) -> Route {
        Route::of(self.header, self.payment)
    }

    /// The same with these values in it, whatever braces they hold.
    #[must_use]
    pub fn setting(mut self, settings: impl IntoIterator<Item = Setting>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// True if a user wrote it: no event, and nothing that WeChat tells by itself.
    pub(crate) fn is_of_user(&self) -> bool {
        let msg_type = find(&self.template, "MsgType");
        let event = Value::Text("event".to_owned());
        self.header == Header::Message && msg_type.is_some_and(|msg_type| *msg_type != event)
    }

    /// The fields in wire order, with every name and number in its place.
    pub fn addressed(&self, to: &Addressee<'_>, stamp: &Stamp) -> Vec<Field> {
        let filling = Filling { to, stamp };
        let mut fields = filling.fill(&self.template);
        for setting in &self.settings {
            apply(setting, &mut fields);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composer::tests::{ADDRESSEE, stamp};

    fn names(message: &Message) -> Vec<String> {
        let fields = message.addressed(&ADDRESSEE, &stamp());
        fields.into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn what_is_given_gets_the_header_that_it_lacks() {
        let given = Message::given(vec![
            Field::text("Content", "hi"),
            Field::text("FromUserName", "o1"),
        ]);
        let wanted = [
            "ToUserName",
            "CreateTime",
            "MsgType",
            "Content",
            "FromUserName",
            "MsgId",
        ];
        assert_eq!(names(&given), wanted);
        let event = Message::given(vec![Field::text("Event", "CLICK")]);
        assert!(!names(&event).contains(&"MsgId".to_owned()));
        assert_eq!(event.name, "CLICK");
    }

    #[test]
    fn braces_that_a_user_typed_stay() {
        let message = Message::unlisted("text", vec![Field::text("Content", "")]);
        let message = message.setting([Setting::value("Content", "{openid}")]);
        let fields = message.addressed(&ADDRESSEE, &stamp());
        let typed = Value::Text("{openid}".to_owned());
        assert_eq!(find(&fields, "Content"), Some(&typed));
    }
}
