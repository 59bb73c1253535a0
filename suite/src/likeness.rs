//! Evidence that an answer holds the data of another: by what stays, since answers may carry the time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bounds::LEAVES;

/// The likeness of an answer to two answers to one request, one made before it and the other after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Likeness {
    /// It has the same shape, and everything that stayed.
    Same,
    /// It lacks something that stayed, or has more, or something else there.
    Other,
    /// Nothing stayed the same, so that nothing can be concluded.
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

/// True if an answer, of whatever status and shape, holds most of what is one user's alone: what stayed between two
/// answers to them and is not in what another user gets.
pub(crate) fn holds_private(own: [&str; 2], others: &str, answer: &str) -> bool {
    let named = |text: &str| -> BTreeSet<(String, String)> {
        let parts = parts(text).into_iter();
        let name = |place: String| place.rsplit('/').next().unwrap_or_default().to_owned();
        parts.map(|(place, part)| (name(place), part)).collect()
    };
    let (others, answer) = (named(others), named(answer));
    let private: Vec<_> = named(own[0])
        .intersection(&named(own[1]))
        .filter(|part| !others.contains(*part))
        .cloned()
        .collect();
    let held = private.iter().filter(|part| answer.contains(*part)).count();
    2 * held > private.len()
}

/// True if an answer has none of the names that another has, as an error in place of data has. Two JSON objects only.
pub(crate) fn is_foreign(usual: &str, answer: &str) -> bool {
    let names = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => fields.keys().cloned().collect::<BTreeSet<_>>(),
        _ => BTreeSet::new(),
    };
    let (usual, answer) = (names(usual), names(answer));
    usual.len() >= 2 && !answer.is_empty() && usual.is_disjoint(&answer)
}

/// True if two JSON objects hold values of the same kinds under the same names, and more than one, whatever they are.
pub(crate) fn same_shape(one: &str, other: &str) -> bool {
    let shape = |text: &str| {
        let mut kinds = BTreeSet::new();
        if let Ok(json @ Value::Object(_)) = serde_json::from_str(text) {
            kinds_of(&json, &mut String::new(), &mut kinds);
        }
        kinds
    };
    let (one, other) = (shape(one), shape(other));
    one.len() > 1 && one == other
}

/// The kinds of a JSON's values, each with its place; the items of a list share theirs.
fn kinds_of(json: &Value, path: &mut String, kinds: &mut BTreeSet<String>) {
    if kinds.len() == LEAVES {
        return;
    }
    let length = path.len();
    let mut at = |name: &str, value: &Value| {
        path.push('/');
        path.push_str(name);
        kinds_of(value, path, kinds);
        path.truncate(length);
    };
    let kind = match json {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| at(name, value));
            "object"
        }
        Value::Array(items) => {
            for item in items {
                at("", item);
            }
            return;
        }
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
    };
    kinds.insert(format!("{path}: {kind}"));
}

/// The texts of a JSON document by their places, including those inside texts that are JSON themselves.
pub(crate) fn leaves_of(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut left = vec![(String::new(), text.to_owned())];
    while let Some((place, text)) = left.pop() {
        let Ok(json) = serde_json::from_str::<Value>(&text) else {
            found.insert(place, text);
            continue;
        };
        let mut parts = BTreeMap::new();
        leaves(&json, &mut place.clone(), &mut parts);
        for (inner, part) in parts {
            match serde_json::from_str::<Value>(&part) {
                // A text once out of its quotes may be JSON again; it is shorter, so that this ends.
                Ok(Value::String(text)) => left.push((inner, text)),
                _ => {
                    found.insert(inner, part);
                }
            }
        }
    }
    found
}

/// A text by places: the leaves of JSON by their paths, the words of anything else by their numbers. Of a text that has
/// more than [`LEAVES`] of them the rest is left out, in all of the compared texts alike.
fn parts(text: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        leaves(&json, &mut String::new(), &mut parts);
    } else {
        let words = text.split(|char: char| !char.is_alphanumeric());
        for (place, word) in words.enumerate().take(LEAVES) {
            parts.insert(place.to_string(), word.to_owned());
        }
    }
    parts
}

fn leaves(json: &Value, path: &mut String, parts: &mut BTreeMap<String, String>) {
    if parts.len() == LEAVES {
        return;
    }
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
    fn a_shape_is_names_and_kinds() {
        let user = r#"{"user":"ann","cart":[{"id":1},{"id":2}]}"#;
        assert!(same_shape(user, r#"{"cart":[{"id":9}],"user":""}"#));
        assert!(!same_shape(user, r#"{"user":null,"cart":[{"id":9}]}"#));
        assert!(!same_shape(user, r#"{"error":"who asks?"}"#));
        assert!(!same_shape("{}", "{}"));
    }

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
    fn what_is_private_is_found_in_any_shape() {
        let ann = r#"{"user":"ann","coins":3,"news":["a"]}"#;
        let bob = r#"{"user":"bob","coins":4,"news":["a"]}"#;
        let holds = |answer| holds_private([ann, ann], bob, answer);
        assert!(holds(
            r#"{"warning":"who?","data":{"user":"ann","coins":3}}"#
        ));
        assert!(!holds(r#"{"user":null,"news":["a"]}"#));
        assert!(!holds(bob));
        assert!(!holds_private([ann, ann], ann, ann), "nothing is private");
    }

    #[test]
    fn an_error_has_none_of_the_names_of_data() {
        let data = r#"{"user":"ann","coins":3}"#;
        assert!(is_foreign(data, r#"{"error":"no path"}"#));
        assert!(!is_foreign(data, r#"{"user":null}"#));
        assert!(!is_foreign(data, "[]") && !is_foreign("text", r#"{"error":1}"#));
    }

    #[test]
    fn texts_inside_of_texts_are_found() {
        let leaves = leaves_of(r#"{"a":"{\"b\":\"c\"}","n":[1]}"#);
        assert_eq!(leaves["/a/b"], "c");
        assert_eq!(leaves["/n/0"], "1");
        assert_eq!(leaves_of("plain")[""], "plain");
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
