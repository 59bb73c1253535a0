//! The answer to a request, as a page reads it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{exchange::Answer, fetched, text::Text};

/// The result that `success` is called with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The status, whatever it is.
    pub status_code: u16,
    /// The headers; of several of one name, joined by commas.
    #[cfg_attr(test, schema(value_type = Object))]
    pub header: Map<String, Value>,
    /// The body: parsed where it is JSON, else a text.
    #[cfg_attr(test, schema(value_type = Object))]
    pub data: Value,
    /// Until the answer was whole, in milliseconds.
    pub millis: u64,
    /// Remarks on how the body became a text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Received {
    pub(super) fn of(answer: &Answer) -> Self {
        let mut header = Map::new();
        for (name, value) in &answer.headers {
            let joined = match header.get(name).and_then(Value::as_str) {
                Some(before) => format!("{before},{value}"),
                None => value.clone(),
            };
            header.insert(name.clone(), Value::from(joined));
        }
        let (data, notes) = read(answer);
        Self {
            status_code: answer.status,
            header,
            data,
            millis: u64::try_from(answer.total.as_millis()).unwrap_or(u64::MAX),
            notes,
        }
    }
}

fn read(answer: &Answer) -> (Value, Vec<String>) {
    let (bytes, excess) = match fetched::decompress(answer) {
        Ok(content) => (content.bytes, content.excess),
        Err(error) => {
            let raw = String::from_utf8_lossy(&answer.body).into_owned();
            return (Value::from(raw), vec![error.to_string()]);
        }
    };
    let (text, mut notes) = match Text::read(&bytes) {
        Ok(read) => {
            let notes = read.notes();
            (read.text, notes)
        }
        Err(error) => {
            let garbled = String::from_utf8_lossy(&bytes).into_owned();
            (garbled, vec![error.to_string()])
        }
    };
    if excess {
        notes.push(format!("only the first {} bytes were read", bytes.len()));
    }
    let data = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text));
    (data, notes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn received(status: u16, body: &[u8]) -> Received {
        let header = |value: &str| ("set-cookie".to_owned(), value.to_owned());
        Received::of(&Answer {
            version: "HTTP/1.1".into(),
            status,
            headers: vec![header("a=1"), header("b=2")],
            body: body.to_vec(),
            excess: false,
            first_byte: Duration::ZERO,
            total: Duration::from_millis(7),
            connection: None,
        })
    }

    #[test]
    fn any_status_is_read_and_one_byte_order_mark_is_removed() {
        let read = received(500, "\u{feff}{\"a\": 1}".as_bytes());
        assert_eq!((read.status_code, &read.data), (500, &json!({"a": 1})));
        assert_eq!(read.header["set-cookie"], "a=1,b=2");
        assert_eq!((read.notes.len(), read.millis), (1, 7));
        assert_eq!(received(200, b"\xc4\xe3\xba\xc3").data, json!("你好"));
        assert_eq!(received(404, b"no").data, json!("no"));
        let garbled = received(200, b"a\xff");
        assert!(garbled.notes[0].contains("byte at 1"), "{garbled:?}");
    }
}
