//! The JSON of pushes and replies: one compact object whose keys keep their order.

use serde::Deserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use thiserror::Error;

use crate::limits::{DEPTH_LIMIT, NODE_LIMIT};
use crate::message::{Field, Value};

/// Writes the fields as one object, without white space. Control characters are escaped, other characters are not.
///
/// ```
/// use wxcheck_protocol::json;
/// use wxcheck_protocol::message::Field;
///
/// let fields = [Field::text("Content", "你好\n"), Field::number("MsgId", 23_893_347_810_211_482)];
/// assert_eq!(json::write(&fields), r#"{"Content":"你好\n","MsgId":23893347810211482}"#);
/// ```
pub fn write(fields: &[Field]) -> String {
    let mut out = String::with_capacity(512);
    write_object(&mut out, fields);
    out
}

/// Reads any JSON value, keeping the order of keys and those that stand twice.
///
/// Integers of 64 bits become numbers; other literals stay as they were written.
pub fn read(text: &str) -> Result<Value, JsonError> {
    let mut left = NODE_LIMIT;
    let value = serde_json::from_str(text).map_err(|error| JsonError::of(&error, text))?;
    read_value(value, DEPTH_LIMIT, &mut left)
}

/// A fault of a text that should be JSON.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum JsonError {
    /// Not JSON.
    #[error("{reason}")]
    Malformed {
        /// The fault, with its line and column.
        reason: String,
        /// The place, in bytes from the start of the text, where it is known.
        at: Option<usize>,
    },
    /// Objects or arrays within one another, more than 16 deep.
    #[error("too deep: values more than {DEPTH_LIMIT} deep")]
    TooDeep,
    /// More than 4096 values.
    #[error("too many values: more than {NODE_LIMIT}")]
    TooMany,
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed {
            reason: error.to_string(),
            at: None,
        }
    }
}

impl JsonError {
    fn of(error: &serde_json::Error, text: &str) -> Self {
        let lines = text.split_inclusive('\n');
        let before: usize = lines
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        Self::Malformed {
            reason: error.to_string(),
            at: Some(before + error.column().saturating_sub(1)),
        }
    }

    /// The place of the fault, in bytes from the start of the text, where it has one.
    pub const fn at(&self) -> Option<usize> {
        match self {
            Self::Malformed { at, .. } => *at,
            _ => None,
        }
    }
}

fn write_object(out: &mut String, fields: &[Field]) {
    out.push('{');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, &field.name);
        out.push(':');
        write_value(out, &field.value);
    }
    out.push('}');
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => write_string(out, text),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Bare(literal) => out.push_str(literal),
        Value::Group(fields) => write_object(out, fields),
        Value::Many(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Reads one level at a time: a raw value keeps a number as written, which a parsed one would not. `left` is the number
/// of values that may still come.
fn read_value(raw: &RawValue, depth: usize, left: &mut usize) -> Result<Value, JsonError> {
    *left = left.checked_sub(1).ok_or(JsonError::TooMany)?;
    let text = raw.get();
    let value = match text.as_bytes().first() {
        Some(b'"') => Value::Text(serde_json::from_str(text)?),
        Some(b'{' | b'[') if depth == 0 => return Err(JsonError::TooDeep),
        Some(b'{') => {
            let mut fields = Vec::new();
            for (name, raw) in parts(text, |json| json.deserialize_map(Entries(*left)))? {
                let value = read_value(raw, depth - 1, left)?;
                fields.push(Field { name, value });
            }
            Value::Group(fields)
        }
        Some(b'[') => {
            let mut items = Vec::new();
            for raw in parts(text, |json| json.deserialize_seq(Items(*left)))? {
                items.push(read_value(raw, depth - 1, left)?);
            }
            Value::Many(items)
        }
        _ => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Value::Number(number),
            _ => Value::Bare(text.to_owned()),
        },
    };
    Ok(value)
}

/// The content of an object or an array, unless it holds too much.
fn parts<'de, T>(
    text: &'de str,
    read: impl FnOnce(&mut Json<'de>) -> serde_json::Result<Vec<T>>,
) -> Result<Vec<T>, JsonError> {
    // The text was read as a whole before: nothing but its size can be wrong with it now, or a name in it.
    read(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        if error.to_string().starts_with(TOO_MANY) {
            JsonError::TooMany
        } else {
            error.into()
        }
    })
}

type Json<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// The visitors' name for this error, which tells it from the parser's own.
const TOO_MANY: &str = "too many values";

/// The entries of an object, at most so many; a map type would lose order and duplicates.
struct Entries(usize);

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            if entries.len() == self.0 {
                return Err(A::Error::custom(TOO_MANY));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// The items of an array, at most so many.
struct Items(usize);

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            if items.len() == self.0 {
                return Err(A::Error::custom(TOO_MANY));
            }
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_duplicates_stay() {
        let Value::Group(fields) = read(r#"{ "b": 1, "a": "x", "b": [ true, {} ] }"#).unwrap()
        else {
            panic!("an object");
        };
        assert_eq!(
            fields,
            [
                Field::number("b", 1),
                Field::text("a", "x"),
                Field::many("b", vec![Value::Bare("true".into()), Value::Group(vec![])]),
            ]
        );
    }

    #[test]
    fn numbers_stay_as_written() {
        assert_eq!(
            read("9007199254740993"),
            Ok(Value::Number(9_007_199_254_740_993))
        );
        for literal in ["18446744073709551615", "1700000000.0", "1.70e9", "-0"] {
            assert_eq!(read(literal), Ok(Value::Bare(literal.into())));
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let written = write(&[Field::text("Content", "a\u{2}\u{1f}\"\\/\u{7f}")]);
        assert_eq!(written, "{\"Content\":\"a\\u0002\\u001f\\\"\\\\/\u{7f}\"}");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(read(&format!("{}1{}", "[".repeat(16), "]".repeat(16))).is_ok());
        assert_eq!(
            read(&format!("{}1{}", "[".repeat(17), "]".repeat(17))),
            Err(JsonError::TooDeep)
        );
        let _ = read(&"[".repeat(1_000_000)).unwrap_err();
        assert!(read(&format!("{}{}", "[".repeat(200_000), "]".repeat(200_000))).is_err());
    }

    #[test]
    fn values_are_bounded() {
        let many = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
        assert!(read(&many(NODE_LIMIT)).is_ok());
        assert_eq!(read(&many(NODE_LIMIT + 1)), Err(JsonError::TooMany));
        let entries = r#""a":{},"#.repeat(NODE_LIMIT);
        assert_eq!(
            read(&format!("{{{entries}\"b\":0}}")),
            Err(JsonError::TooMany)
        );
        let nested = format!("[{}0]", "[0,0],".repeat(NODE_LIMIT / 2));
        assert_eq!(read(&nested), Err(JsonError::TooMany));
    }

    #[test]
    fn broken_text_is_malformed() {
        for text in [
            "",
            "{",
            "{'a':1}",
            "{\"a\":1}x",
            "[1,]",
            "{\"a\":\"\\ud800\"}",
        ] {
            assert!(
                matches!(read(text), Err(JsonError::Malformed { .. })),
                "{text}"
            );
        }
    }
}
