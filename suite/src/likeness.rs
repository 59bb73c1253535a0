//! Whether an answer holds the data of another: by what stays, since answers may carry the time.

use std::collections::BTreeMap;

use serde_json::Value;

/// How an answer stands to two answers to one request, the one made before it and the other behind it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Likeness {
    /// It has the same shape, and everything that stayed.
    Same,
    /// It lacks something that stayed, or has more, or something else there.
    Other,
    /// Nothing stayed, so that nothing can be told.
    Unclear,
}

/// Compares an answer with two answers to one request.
pub(crate) fn compare(before: &str, answer: &str, after: &str) -> Likeness {
    let (before, answer, after) = (parts(before), parts(answer), parts(after));
    let stayed: Vec<_> = before
        .iter()
        .filter(|(place, part)| after.get(*place) == Some(*part))
        .collect();
    if stayed.is_empty() {
        return Likeness::Unclear;
    }
    let all_there = stayed
        .iter()
        .all(|(place, part)| answer.get(*place) == Some(*part));
    // Lists may grow and shrink by themselves; then their length says nothing.
    let steady_shape = before.len() == after.len();
    let same_shape = !steady_shape || answer.len() == before.len();
    if all_there && same_shape {
        Likeness::Same
    } else {
        Likeness::Other
    }
}

/// A text by places: the leaves of JSON by their paths, the words of anything else by their numbers.
fn parts(text: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        leaves(&json, &mut String::new(), &mut parts);
    } else {
        let words = text.split(|char: char| !char.is_alphanumeric());
        for (place, word) in words.enumerate() {
            parts.insert(place.to_string(), word.to_owned());
        }
    }
    parts
}

fn leaves(json: &Value, path: &mut String, parts: &mut BTreeMap<String, String>) {
    let length = path.len();
    match json {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                path.push('/');
                path.push_str(name);
                leaves(value, path, parts);
                path.truncate(length);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                path.push('/');
                path.push_str(&place.to_string());
                leaves(item, path, parts);
                path.truncate(length);
            }
        }
        leaf => {
            parts.insert(path.clone(), leaf.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_by_itself_does_not_count() {
        let ann = |time: u32| format!(r#"{{"user":"ann","coins":3,"time":{time}}}"#);
        assert_eq!(compare(&ann(1), &ann(2), &ann(3)), Likeness::Same);
        let bob = r#"{"user":"bob","coins":3,"time":2}"#;
        assert_eq!(compare(&ann(1), bob, &ann(3)), Likeness::Other);
        let refused = r#"{"errcode":401}"#;
        assert_eq!(compare(&ann(1), refused, &ann(3)), Likeness::Other);
    }

    #[test]
    fn more_or_less_is_other() {
        let owner = r#"{"news":["a"],"mail":["b"]}"#;
        assert_eq!(
            compare(owner, r#"{"news":["a"],"mail":[]}"#, owner),
            Likeness::Other
        );
        assert_eq!(
            compare(owner, r#"{"news":["a"],"mail":["b"],"login":true}"#, owner),
            Likeness::Other
        );
    }

    #[test]
    fn lists_that_vary_by_themselves_are_no_shape() {
        let seen = |items: &str| format!(r#"{{"user":"ann","hot":[{items}]}}"#);
        assert_eq!(
            compare(&seen("1,2"), &seen("4"), &seen("3")),
            Likeness::Same
        );
    }

    #[test]
    fn plain_text_goes_by_words() {
        assert_eq!(
            compare("coins: 100", "coins: 100", "coins: 100"),
            Likeness::Same
        );
        assert_eq!(
            compare("coins: 100", "coins: 200", "coins: 100"),
            Likeness::Other
        );
        assert_eq!(compare("1", "2", "3"), Likeness::Unclear);
    }
}
