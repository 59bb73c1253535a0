//! Values set in a push.

use wxcheck_events::Setting;
use wxcheck_protocol::message::{Field, Value};

pub(super) fn apply(setting: &Setting, fields: &mut Vec<Field>) {
    match setting {
        Setting::Value { name, value } => set(fields, name, value),
        Setting::Entries { name, entries } => {
            set_entries(fields, name, entries);
        }
    }
}

/// Sets a field, wherever it stands in the message, or adds one at its end.
fn set(fields: &mut Vec<Field>, name: &str, value: &str) {
    if !set_all(fields, name, value) {
        fields.push(Field::text(name, value));
    }
}

fn set_all(fields: &mut [Field], name: &str, value: &str) -> bool {
    let mut found = false;
    for field in fields {
        if field.name == name && !matches!(field.value, Value::Group(_) | Value::Many(_)) {
            field.value = retyped(&field.value, value);
            found = true;
        } else {
            found |= set_within(&mut field.value, name, value);
        }
    }
    found
}

fn set_within(inside: &mut Value, name: &str, value: &str) -> bool {
    match inside {
        Value::Group(fields) => set_all(fields, name, value),
        Value::Many(items) => items
            .iter_mut()
            .fold(false, |found, item| found | set_within(item, name, value)),
        _ => false,
    }
}

fn retyped(old: &Value, new: &str) -> Value {
    match (old, new.parse()) {
        (Value::Number(_), Ok(number)) => Value::Number(number),
        (Value::Bare(_), _) => Value::Bare(new.to_owned()),
        _ => Value::Text(new.to_owned()),
    }
}

fn written_like(pattern: &[Field], entries: &[Vec<(String, String)>]) -> Vec<Value> {
    let entry = |values: &Vec<(String, String)>| {
        let mut entry = pattern.to_vec();
        for (name, value) in values {
            set(&mut entry, name, value);
        }
        Value::Group(entry)
    };
    entries.iter().map(entry).collect()
}

/// Puts the entries in place of the first group of that name, wherever it stands.
fn set_entries(fields: &mut [Field], name: &str, entries: &[Vec<(String, String)>]) -> bool {
    fields.iter_mut().any(|field| match &mut field.value {
        Value::Group(pattern) if field.name == name => {
            let mut written = written_like(pattern, entries);
            field.value = match written.len() {
                1 => written.remove(0),
                _ => Value::Many(written),
            };
            true
        }
        // A fixture of a user's own that always has a list.
        Value::Many(items) if field.name == name => match items.first() {
            Some(Value::Group(pattern)) => {
                *items = written_like(pattern, entries);
                true
            }
            _ => false,
        },
        Value::Group(inner) => set_entries(inner, name, entries),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::{
        account::Account,
        push::{Format, write_message},
        xml::CdataEnd,
    };

    use super::*;
    use crate::{
        catalogue::Catalogue,
        composer::{
            Message,
            tests::{ADDRESSEE, stamp},
        },
    };

    fn written(name: &str, format: Format, settings: impl IntoIterator<Item = Setting>) -> String {
        let catalogue = Catalogue::built_in().unwrap();
        let entry = catalogue.find(name, Account::Mini).unwrap();
        let message = Message::of(&entry, format).setting(settings);
        let fields = message.addressed(&ADDRESSEE, &stamp());
        write_message(format, &fields, CdataEnd::Split)
    }

    #[test]
    fn a_field_is_set_wherever_it_stands() {
        let settings = [
            Setting::value("PopupScene", "2"),
            Setting::value("Brand", "new"),
        ];
        let xml = written("subscribe_msg_popup_event.many", Format::Xml, settings);
        let scenes = xml.matches("<PopupScene>2</PopupScene>").count();
        assert_eq!(scenes, 2, "{xml}");
        let brand = "<Brand><![CDATA[new]]></Brand>\n</xml>";
        assert!(xml.ends_with(brand), "{xml}");
    }

    fn sent(count: usize) -> [Setting; 1] {
        let entry = [("TemplateId", "T"), ("MsgID", "1864323726461255681")];
        let entry = entry.map(|(name, value)| (name.to_owned(), value.to_owned()));
        [Setting::Entries {
            name: "List".to_owned(),
            entries: vec![entry.to_vec(); count],
        }]
    }

    #[test]
    fn one_entry_is_an_object_and_two_are_an_array() {
        let name = "subscribe_msg_sent_event";
        let one = written(name, Format::Json, sent(1));
        let wanted = r#""List":{"TemplateId":"T","MsgID":"1864323726461255681","ErrorCode":"0""#;
        assert!(one.contains(wanted), "{one}");
        let two = written(name, Format::Json, sent(2));
        assert!(two.contains(r#""List":[{"#), "{two}");
    }

    #[test]
    fn a_list_of_a_users_own_keeps_being_one() {
        let name = "subscribe_msg_sent_event.many";
        let one = written(name, Format::Json, sent(1));
        let wanted = r#""List":[{"TemplateId":"T","MsgID":"1864323726461255681","ErrorCode":"0""#;
        assert!(one.contains(wanted) && !one.contains("TPL2"), "{one}");
    }

    #[test]
    fn xml_wraps_the_entries_and_keeps_numbers_bare() {
        let xml = written("subscribe_msg_sent_event", Format::Xml, sent(2));
        assert_eq!(xml.matches("<List>").count(), 2);
        assert!(xml.contains("<SubscribeMsgSentEvent><List>"), "{xml}");
        assert!(xml.contains("<ErrorCode>0</ErrorCode>"), "{xml}");
    }
}
