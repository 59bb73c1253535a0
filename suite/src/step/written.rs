//! Contents as replay files have them, those of earlier versions too.

use serde::Deserialize;
use wxcheck_protocol::message::Field;

use super::EntryContent;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Content {
    Text(String),
    TextWithPadding(u8),
    Entry(EntryContent),
    /// A message with its own fields, as it was written before every push came from the catalogue.
    Message {
        msg_type: String,
        fields: Vec<Field>,
    },
    /// An event, likewise.
    Event {
        event: String,
        fields: Vec<Field>,
    },
}

impl From<Content> for super::Content {
    fn from(written: Content) -> Self {
        match written {
            Content::Text(text) => Self::Text(text),
            Content::TextWithPadding(padding) => Self::TextWithPadding(padding),
            Content::Entry(entry) => Self::Entry(entry),
            Content::Message { msg_type, fields } => {
                EntryContent::unlisted(&msg_type, fields).into()
            }
            Content::Event { event, fields } => EntryContent::unlisted_event(&event, fields).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, EntryContent};

    #[test]
    fn an_event_of_an_earlier_version_is_read() {
        let written = r#"{"event":{"event":"CLICK","fields":[]}}"#;
        let read: Content = serde_json::from_str(written).unwrap();
        assert_eq!(
            read,
            EntryContent::unlisted_event("CLICK", Vec::new()).into()
        );
        let again = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&again).unwrap(), read);
    }
}
