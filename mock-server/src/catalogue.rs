//! The pushes that can be sent by name, read from the fixtures compiled in.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::message::{Field, Value};

/// One push of the catalogue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What a user types.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: String,
    /// Its MsgType.
    pub msg_type: String,
    /// Its Event, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Where it is documented.
    pub source: String,
    /// Its own fields, in wire order.
    #[serde(default, rename = "field")]
    pub fields: Vec<EntryField>,
}

/// One field of an entry.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryField {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    value: toml::Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A string: CDATA in XML, quoted in JSON.
    Text,
    /// An integer.
    Number,
    /// Written as it stands, such as a decimal fraction.
    Bare,
}

/// A push that is not to be had.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogueError {
    /// A fixture cannot be read: our own mistake.
    #[error("a push of the catalogue is broken: {0}")]
    Broken(String),
    /// No push has that name.
    #[error("no push is called `{name}`; the catalogue has {names}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        names: String,
    },
    /// Not `FIELD=VALUE`.
    #[error("--set {0}: write FIELD=VALUE, like Content=hello")]
    Set(String),
}

/// Every entry, in the order of the fixtures.
pub fn all() -> Result<Vec<Entry>, CatalogueError> {
    wxcheck_fixtures::PUSHES
        .iter()
        .map(|text| toml::from_str(text).map_err(|error| CatalogueError::Broken(error.to_string())))
        .collect()
}

/// The entry of that name; letter case does not matter.
pub fn find(name: &str) -> Result<Entry, CatalogueError> {
    let entries = all()?;
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    entries
        .into_iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| CatalogueError::Unknown {
            name: name.to_owned(),
            names: names.join(", "),
        })
}

/// Sets a field, or adds one. A number stays a number where the new value is one.
pub fn set(fields: &mut Vec<Field>, name: &str, value: &str) {
    match fields.iter_mut().find(|field| field.name == name) {
        Some(field) => field.value = retyped(&field.value, value),
        None => fields.push(Field::text(name, value)),
    }
}

fn retyped(old: &Value, new: &str) -> Value {
    match (old, new.parse()) {
        (Value::Number(_), Ok(number)) => Value::Number(number),
        (Value::Bare(_), _) => Value::Bare(new.to_owned()),
        _ => Value::Text(new.to_owned()),
    }
}

impl Entry {
    /// Its own fields, as they go into a message.
    pub fn message_fields(&self) -> Vec<Field> {
        let event = self.event.iter().map(|event| Field::text("Event", event));
        let own = self
            .fields
            .iter()
            .map(|field| Field::new(&field.name, field.message_value()));
        event.chain(own).collect()
    }
}

impl EntryField {
    fn message_value(&self) -> Value {
        let literal = match &self.value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            toml::Value::Datetime(time) => time.to_string(),
            toml::Value::Array(_) | toml::Value::Table(_) => String::new(),
        };
        match (self.kind, self.value.as_integer()) {
            (Kind::Number, Some(number)) => Value::Number(number),
            (Kind::Text, _) => Value::Text(literal),
            (Kind::Number | Kind::Bare, _) => Value::Bare(literal),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_reads_and_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for entry in all().unwrap() {
            assert!(
                !entry.summary.is_empty() && !entry.source.is_empty(),
                "{}",
                entry.name
            );
            assert!(
                names.insert(entry.name.to_lowercase()),
                "{} twice",
                entry.name
            );
        }
    }

    #[test]
    fn an_unknown_name_lists_the_catalogue() {
        let error = find("txt").unwrap_err().to_string();
        assert!(error.contains("text, image"), "{error}");
        assert_eq!(find("click").unwrap().name, "CLICK");
    }
}
