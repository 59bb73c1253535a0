//! Pushes that follow from what servers and users did: what they say, and when they are due.

use std::{collections::BTreeMap, sync::Arc};

use wxcheck_protocol::{
    message::{Field, Value},
    push::Format,
};

use super::Moment;

/// Pushes that may wait at once. Beyond, the newest is dropped and counted.
const CAPACITY: usize = 100_000;

/// A push that waits for its time.
#[derive(Clone, Debug)]
pub struct DuePush {
    /// Whose server gets it.
    pub appid: Arc<str>,
    /// The `FromUserName`.
    pub from: String,
    /// What it says.
    pub content: PushContent,
    /// What it is the result of, so that the same is not asked for twice meanwhile.
    pub about: Option<String>,
}

/// What a push says, apart from its header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PushContent {
    /// A message with an id, and its own fields.
    Message {
        /// The MsgType.
        msg_type: String,
        /// The fields between header and MsgId.
        fields: Vec<Field>,
    },
    /// An event.
    Event {
        /// The Event.
        event: String,
        /// Its own fields.
        fields: Vec<Field>,
    },
    /// An event about subscribe messages, which XML and JSON write differently.
    Subscription {
        /// The Event.
        event: &'static str,
        /// The element around the entries in XML; JSON has none.
        wrapper: &'static str,
        /// The entries; a number is a string in JSON.
        entries: Vec<Vec<Field>>,
    },
}

impl PushContent {
    /// MsgType and own fields, in wire order; the MsgId of messages is the sender's affair.
    pub fn fields(&self, format: Format) -> (&str, Vec<Field>) {
        match self {
            Self::Message { msg_type, fields } => (msg_type, fields.clone()),
            Self::Event { event, fields } => {
                let mut own = vec![Field::text("Event", event)];
                own.extend(fields.iter().cloned());
                ("event", own)
            }
            Self::Subscription {
                event,
                wrapper,
                entries,
            } => {
                let list = subscription_list(entries, format);
                let list = match format {
                    Format::Xml => Field::group(*wrapper, vec![list]),
                    Format::Json => list,
                };
                ("event", vec![Field::text("Event", *event), list])
            }
        }
    }

    /// Whether it is a message, and so has a MsgId.
    pub const fn is_message(&self) -> bool {
        matches!(self, Self::Message { .. })
    }
}

/// `List`: in JSON an object when there is one entry and an array when there are several, with strings
/// for values (subscribe message page).
fn subscription_list(entries: &[Vec<Field>], format: Format) -> Field {
    let entry = |fields: &Vec<Field>| {
        let fields = fields.iter().cloned();
        Value::Group(match format {
            Format::Xml => fields.collect(),
            Format::Json => fields.map(quoted).collect(),
        })
    };
    match (format, entries) {
        (Format::Json, [only]) => Field::new("List", entry(only)),
        _ => Field::many("List", entries.iter().map(entry).collect()),
    }
}

fn quoted(field: Field) -> Field {
    match field.value.scalar() {
        Some(text) => Field::text(&field.name, text),
        None => field,
    }
}

/// Everything that waits.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    waiting: BTreeMap<(Moment, u64), DuePush>,
    posted: u64,
    dropped: u64,
}

impl Outbox {
    /// A push for that time, or as soon after as possible.
    pub fn post(&mut self, due: Moment, push: DuePush) {
        if self.waiting.len() >= CAPACITY {
            self.dropped += 1;
            return;
        }
        self.posted += 1;
        self.waiting.insert((due, self.posted), push);
    }

    /// Takes everything out whose time has come.
    pub fn take_due(&mut self, now: Moment) -> Vec<DuePush> {
        let later = self.waiting.split_off(&(now + 1, 0));
        std::mem::replace(&mut self.waiting, later)
            .into_values()
            .collect()
    }

    /// When the next push is due.
    pub fn next_due(&self) -> Option<Moment> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// Whether a push about that waits for an app.
    pub fn is_waiting(&self, appid: &str, about: &str) -> bool {
        self.waiting
            .values()
            .any(|push| &*push.appid == appid && push.about.as_deref() == Some(about))
    }

    /// How many pushes wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many pushes found no room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets what waits for an app.
    pub fn forget(&mut self, appid: &str) {
        self.waiting.retain(|_, push| &*push.appid != appid);
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::{push::write_message, xml::CdataEnd};

    use super::*;

    fn sent_event(entries: usize) -> PushContent {
        let entry = vec![
            Field::text("TemplateId", "T"),
            Field::text("MsgID", "1864323726461255680"),
            Field::number("ErrorCode", 0),
        ];
        PushContent::Subscription {
            event: "subscribe_msg_sent_event",
            wrapper: "SubscribeMsgSentEvent",
            entries: vec![entry; entries],
        }
    }

    fn written(content: &PushContent, format: Format) -> String {
        let (_, fields) = content.fields(format);
        write_message(format, &fields, CdataEnd::Split)
    }

    #[test]
    fn one_entry_is_an_object_and_two_are_an_array() {
        let one = written(&sent_event(1), Format::Json);
        assert!(
            one.contains(
                r#""List":{"TemplateId":"T","MsgID":"1864323726461255680","ErrorCode":"0"}"#
            ),
            "{one}"
        );
        let two = written(&sent_event(2), Format::Json);
        assert!(two.contains(r#""List":[{"#), "{two}");
    }

    #[test]
    fn xml_wraps_the_entries_and_keeps_numbers_bare() {
        let xml = written(&sent_event(2), Format::Xml);
        assert_eq!(xml.matches("<List>").count(), 2);
        assert!(xml.contains("<SubscribeMsgSentEvent><List>"), "{xml}");
        assert!(xml.contains("<ErrorCode>0</ErrorCode>"), "{xml}");
    }

    #[test]
    fn pushes_come_out_when_due_in_order() {
        let mut outbox = Outbox::default();
        let push = |from: &str| DuePush {
            appid: Arc::from("wx0"),
            from: from.into(),
            content: sent_event(1),
            about: Some(from.into()),
        };
        outbox.post(20, push("later"));
        outbox.post(10, push("one"));
        outbox.post(10, push("two"));
        assert_eq!(outbox.next_due(), Some(10));
        assert!(outbox.take_due(9).is_empty());
        let due: Vec<String> = outbox
            .take_due(10)
            .into_iter()
            .map(|push| push.from)
            .collect();
        assert_eq!(due, ["one", "two"]);
        assert_eq!(outbox.waiting(), 1);
        assert!(outbox.is_waiting("wx0", "later") && !outbox.is_waiting("wx0", "one"));
    }
}
