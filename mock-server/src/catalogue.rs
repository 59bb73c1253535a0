//! The pushes that can be sent by name, read from the fixtures compiled in.

mod entry;

use std::sync::OnceLock;

use wxcheck_protocol::message::{Field, Value};

pub use entry::{
    Answer, Confidence, Entry, EntryField, Filling, Item, Kind, PLATFORM_OPENID, Sender, Variant,
    XmlForm,
};

/// A push that is not to be had.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogueError {
    /// A fixture cannot be read.
    #[error("{file}, line {line}: {reason}")]
    Broken {
        /// Which one.
        file: String,
        /// Where in it, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// No push has that name.
    #[error("no push is called `{name}`{}; `wxcheck push --list` lists the catalogue", near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// What is called much like it.
        near: Option<String>,
    },
    /// Not `FIELD=VALUE`.
    #[error("--set {0}: write FIELD=VALUE, like Content=hello")]
    Set(String),
}

/// Every entry, by account and then by name; variants stand in their entries.
pub fn all() -> Result<&'static [Entry], CatalogueError> {
    static ENTRIES: OnceLock<Result<Vec<Entry>, CatalogueError>> = OnceLock::new();
    let read = || {
        let pushes = wxcheck_fixtures::PUSHES.iter();
        pushes.map(|(file, text)| parse(file, text)).collect()
    };
    match ENTRIES.get_or_init(read) {
        Ok(entries) => Ok(entries),
        Err(error) => Err(error.clone()),
    }
}

/// Reads the text of a fixture. Its file is `account/name.toml`.
pub fn parse(file: &str, text: &str) -> Result<Entry, CatalogueError> {
    let mut entry: Entry = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        CatalogueError::Broken {
            file: file.to_owned(),
            line: before.map_or(1, |before| before.matches('\n').count() + 1),
            reason: error.message().to_owned(),
        }
    })?;
    if let Some((account, _)) = file.split_once('/') {
        account.clone_into(&mut entry.account);
    }
    Ok(entry)
}

/// The entry of that name, a variant's with a dot; letter case does not matter. Where accounts have entries of one name,
/// that account's is taken, or the one before whose name the account's stands, like `official/text`.
pub fn find(name: &str, account: &str) -> Result<Entry, CatalogueError> {
    let (account, wanted) = name.split_once('/').unwrap_or((account, name));
    let (base, variant) = match wanted.split_once('.') {
        Some((base, variant)) => (base, Some(variant)),
        None => (wanted, None),
    };
    let entries = all()?;
    // `location` is a message and `LOCATION` an event: the letter case counts where it helps.
    let best = |entry: &&Entry| (entry.account == account, entry.name == base);
    let named = |entry: &&Entry| entry.name.eq_ignore_ascii_case(base);
    // An account's name that was written is meant.
    let meant = |entry: &&Entry| !name.contains('/') || entry.account == account;
    let found = entries
        .iter()
        .rev()
        .filter(named)
        .filter(meant)
        .max_by_key(best);
    let found = found.and_then(|entry| match variant {
        Some(variant) => entry.variant(variant),
        None => Some(entry.clone()),
    });
    found.ok_or_else(|| CatalogueError::Unknown {
        name: name.to_owned(),
        near: nearest(base, entries),
    })
}

fn nearest(name: &str, entries: &[Entry]) -> Option<String> {
    entries
        .iter()
        .map(|entry| (strsim::jaro_winkler(name, &entry.name), &entry.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name.clone())
}

/// Sets a field, wherever it stands in the message, or adds one at its end. A number stays a number where the new value
/// is one.
pub fn set(fields: &mut Vec<Field>, name: &str, value: &str) {
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wxcheck_protocol::{
        push::{Format, write_message},
        xml::CdataEnd,
    };

    use super::*;

    const FILLING: Filling<'static> = Filling {
        openid: "oAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        appid: "wx0123456789abcdef",
        trade: "T1",
        now: 1_700_000_000,
        msg_id: 23_893_347_810_211_482,
    };

    fn written(name: &str, account: &str, format: Format) -> String {
        let fields = find(name, account)
            .unwrap()
            .message_fields(format, &FILLING);
        write_message(format, &fields, CdataEnd::Split)
    }

    #[test]
    fn every_entry_reads_and_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for entry in all().unwrap() {
            let name = format!("{}/{}", entry.account, entry.name);
            assert!(
                !entry.summary.is_empty() && !entry.source.is_empty(),
                "{name}"
            );
            assert!(
                entry.answer.is_some() || !entry.replies.is_empty(),
                "{name}"
            );
            assert!(names.insert(name), "{} twice", entry.name);
        }
        let forms: usize = all().unwrap().iter().map(|entry| entry.forms().len()).sum();
        assert!(forms >= 88, "{forms} forms");
    }

    #[test]
    fn every_form_renders_in_both_formats_and_reads_back() {
        for entry in all().unwrap().iter().flat_map(Entry::forms) {
            let xml = entry.message_fields(Format::Xml, &FILLING);
            let xml = write_message(Format::Xml, &xml, CdataEnd::Split);
            assert!(wxcheck_protocol::xml::read(&xml).is_ok(), "{xml}");
            let json = entry.message_fields(Format::Json, &FILLING);
            let json = write_message(Format::Json, &json, CdataEnd::Split);
            assert!(
                serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                "{json}"
            );
            assert!(
                !xml.contains('{') || entry.name == "wxa_punish_event",
                "{xml}"
            );
        }
    }

    #[test]
    fn xml_has_containers_that_json_has_not() {
        let name = "subscribe_msg_popup_event";
        let xml = written(name, "mini", Format::Xml);
        assert!(xml.contains("<SubscribeMsgPopupEvent><List>"), "{xml}");
        assert!(xml.contains("<PopupScene>0</PopupScene>"), "{xml}");
        let json = written(name, "mini", Format::Json);
        assert!(json.contains(r#""List":{"TemplateId""#), "{json}");
        assert!(json.contains(r#""PopupScene":"0""#), "{json}");
        let many = written("subscribe_msg_popup_event.many", "mini", Format::Json);
        assert!(many.contains(r#""List":[{"#), "{many}");
    }

    #[test]
    fn an_account_has_its_own_entry_of_a_name() {
        assert!(
            find("text", "mini")
                .unwrap()
                .source
                .contains("customer messages")
        );
        assert!(
            find("text", "official")
                .unwrap()
                .source
                .contains("standard messages")
        );
        assert_eq!(find("official/TEXT", "mini").unwrap().account, "official");
        assert_eq!(find("click", "mini").unwrap().name, "CLICK");
        assert_eq!(find("LOCATION", "official").unwrap().msg_type, "event");
        assert_eq!(find("location", "official").unwrap().msg_type, "location");
        assert!(find("mini/CLICK", "mini").is_err());
    }

    #[test]
    fn an_unknown_name_is_helped() {
        let error = find("txt", "mini").unwrap_err().to_string();
        assert!(error.contains("did you mean `text`?"), "{error}");
        assert!(find("subscribe_msg_popup_event.none", "mini").is_err());
    }

    #[test]
    fn a_field_is_set_wherever_it_stands() {
        let entry = find("subscribe_msg_popup_event.many", "mini").unwrap();
        let mut fields = entry.message_fields(Format::Xml, &FILLING);
        set(&mut fields, "PopupScene", "2");
        set(&mut fields, "Brand", "new");
        let xml = write_message(Format::Xml, &fields, CdataEnd::Split);
        assert_eq!(
            xml.matches("<PopupScene>2</PopupScene>").count(),
            2,
            "{xml}"
        );
        assert!(
            xml.ends_with("<Brand><![CDATA[new]]></Brand>\n</xml>"),
            "{xml}"
        );
    }

    #[test]
    fn a_broken_fixture_is_named_with_its_line() {
        let error = parse("mini/x.toml", "name = 'x'\nsumary = 'y'\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("mini/x.toml, line 2: unknown field `sumary`"),
            "{text}"
        );
    }
}
