//! The content of a push or a reply: named values in wire order, before they become XML or JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A named value. A name may stand more than once in a message; nothing here merges the two.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Field {
    /// The element name in XML, the key in JSON. Written as it is, so it must be a legal element name.
    pub name: String,
    /// The value.
    pub value: Value,
}

impl Field {
    /// A string: CDATA in XML, quoted in JSON.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(name, Value::Text(text.into()))
    }

    /// An integer: bare in both formats.
    pub fn number(name: impl Into<String>, number: i64) -> Self {
        Self::new(name, Value::Number(number))
    }

    /// A literal that stands in XML and JSON as given.
    pub fn bare(name: impl Into<String>, literal: impl Into<String>) -> Self {
        Self::new(name, Value::Bare(literal.into()))
    }

    /// A container of further fields.
    pub fn group(name: impl Into<String>, fields: Vec<Self>) -> Self {
        Self::new(name, Value::Group(fields))
    }

    /// Several values under one name.
    pub fn many(name: impl Into<String>, values: Vec<Value>) -> Self {
        Self::new(name, Value::Many(values))
    }

    /// A name and any value.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

/// The value of a [`Field`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer. JSON readers that go through a double lose digits above 2^53, as real MsgIds are.
    Number(i64),
    /// A literal, written as it is: a number above 2^63, `true`, or something broken on purpose. The caller vouches
    /// for it. Reading JSON gives this for every literal that is neither a string nor a 64-bit integer.
    Bare(String),
    /// A container.
    Group(Vec<Field>),
    /// A list: the element repeated in XML, an array in JSON.
    Many(Vec<Self>),
}

impl Value {
    /// The value as one string, whichever way it was written; `None` for containers, lists and JSON's `null`.
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Bare(literal) if literal == "null" => None,
            Self::Bare(literal) => Some(Cow::Borrowed(literal)),
            Self::Group(_) | Self::Many(_) => None,
        }
    }

    /// The fields of a container.
    pub fn fields(&self) -> Option<&[Field]> {
        match self {
            Self::Group(fields) => Some(fields),
            _ => None,
        }
    }
}

/// The first value of that name, spelled exactly so.
pub fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Value> {
    fields
        .iter()
        .find(|field| field.name == name)
        .map(|field| &field.value)
}

/// The first value of that name as one string, if it is a scalar.
pub fn scalar_of<'a>(fields: &'a [Field], name: &str) -> Option<Cow<'a, str>> {
    find(fields, name).and_then(Value::scalar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_takes_the_first_of_the_exact_name() {
        let fields = [
            Field::number("msgid", 1),
            Field::number("MsgId", 2),
            Field::number("MsgId", 3),
        ];
        assert_eq!(find(&fields, "MsgId"), Some(&Value::Number(2)));
        assert_eq!(find(&fields, "MSGID"), None);
    }

    #[test]
    fn scalars_read_alike_however_they_were_written() {
        for value in [
            Value::Text("7".into()),
            Value::Number(7),
            Value::Bare("7".into()),
        ] {
            assert_eq!(value.scalar().as_deref(), Some("7"));
        }
        assert_eq!(Value::Bare("null".into()).scalar(), None);
        assert_eq!(Value::Group(vec![]).scalar(), None);
    }
}
