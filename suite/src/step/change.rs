//! One value of a push changed, as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use wxcheck_protocol::message::{Field, Value};

/// The length to which a value is shown, in characters.
const SHOWN: usize = 40;

/// One value in a push changed, or a field taken away.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// Names from the outermost field inwards. A list on the way stands for its first item.
    pub path: Vec<String>,
    /// The new value; without one the field is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

impl Change {
    /// Makes the change in a message; nothing where there is no such field.
    pub fn make(&self, fields: &mut Vec<Field>) {
        let Some((name, rest)) = self.path.split_first() else {
            return;
        };
        let Some(at) = fields.iter().position(|field| field.name == *name) else {
            return;
        };
        match (&self.to, rest.is_empty()) {
            (Some(value), true) => fields[at].value = value.clone(),
            (None, true) => {
                fields.remove(at);
            }
            (_, false) => {
                let inner = Self {
                    path: rest.to_vec(),
                    to: self.to.clone(),
                };
                inner.make_within(&mut fields[at].value);
            }
        }
    }

    fn make_within(&self, value: &mut Value) {
        match value {
            Value::Group(fields) => self.make(fields),
            Value::Many(items) => items
                .iter_mut()
                .take(1)
                .for_each(|item| self.make_within(item)),
            Value::Text(_) | Value::Number(_) | Value::Bare(_) => {}
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.join(".");
        match &self.to {
            None => write!(f, "without {path}"),
            Some(value) => {
                let text = value.scalar().unwrap_or_default();
                if text.chars().count() <= SHOWN {
                    write!(f, "{path} = `{text}`")
                } else {
                    let begin: String = text.chars().take(SHOWN).collect();
                    write!(f, "{path} = `{begin}…` ({} bytes)", text.len())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(path: &[&str], to: Option<Value>) -> Vec<Field> {
        let mut fields = vec![
            Field::text("A", "1"),
            Field::group("B", vec![Field::number("C", 2), Field::text("D", "3")]),
            Field::many("E", vec![Value::Group(vec![Field::text("F", "4")])]),
        ];
        let path = path.iter().map(|name| (*name).to_owned()).collect();
        Change { path, to }.make(&mut fields);
        fields
    }

    #[test]
    fn the_value_is_changed_where_it_stands_and_nowhere_else() {
        let inner = changed(&["B", "C"], Some(Value::Number(9)));
        let wanted = Field::group("B", vec![Field::number("C", 9), Field::text("D", "3")]);
        assert_eq!(inner[1], wanted);
        let item = changed(&["E", "F"], Some(Value::Text("x".into())));
        let wanted = Field::many("E", vec![Value::Group(vec![Field::text("F", "x")])]);
        assert_eq!(item[2], wanted);
        assert_eq!(changed(&["A"], None).len(), 2);
        assert_eq!(
            changed(&["B", "D"], None)[1],
            Field::group("B", vec![Field::number("C", 2)])
        );
        assert_eq!(changed(&["X", "C"], None), changed(&[], None));
    }

    #[test]
    fn a_change_is_described_in_a_line() {
        let long = Change {
            path: vec!["B".into(), "C".into()],
            to: Some(Value::Text("ä".repeat(100))),
        };
        assert!(long.to_string().ends_with("ä…` (200 bytes)"), "{long}");
        let gone = Change { to: None, ..long };
        assert_eq!(gone.to_string(), "without B.C");
    }
}
