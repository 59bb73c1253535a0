//! Sentences in the language of whoever asks. The words stand above this crate.

use std::{fmt, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State as Shared},
    http::{
        HeaderMap,
        header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};
use serde_json::Value;

/// Puts sentences that the platform says into Chinese.
pub trait Words: fmt::Debug + Send + Sync {
    /// The sentence in Chinese; as it is where there is none.
    fn in_chinese(&self, sentence: &str) -> String;

    /// The Chinese for the push of that name in the catalogue, if there is one.
    fn push_in_chinese(&self, name: &str) -> Option<String>;
}

/// The members of an answer that hold a sentence of ours.
const SENTENCES: [&str; 7] = [
    "error", "finding", "silence", "why", "summary", "source", "warning",
];
/// Bytes of an answer that is put into words; a record has at most a few hundred thousand.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Answers in Chinese where that is asked for first.
pub(super) async fn in_language(
    Shared(words): Shared<Option<Arc<dyn Words>>>,
    request: Request,
    next: Next,
) -> Response {
    let words = words.filter(|_| wants_chinese(request.headers()));
    let response = next.run(request).await;
    match words {
        Some(words) if is_json(response.headers()) => in_words(response, &*words).await,
        _ => response,
    }
}

/// True if Chinese is what is asked for first.
pub(super) fn wants_chinese(headers: &HeaderMap) -> bool {
    let asked = headers.get(ACCEPT_LANGUAGE);
    let asked = asked.and_then(|asked| asked.to_str().ok());
    asked.is_some_and(|asked| asked.trim_start().to_ascii_lowercase().starts_with("zh"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

async fn in_words(response: Response, words: &dyn Words) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        // Our own answers are shorter, and their bodies do not fail.
        return Response::from_parts(parts, Body::empty());
    };
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut answer) => {
            put(&mut answer, words);
            Body::from(answer.to_string())
        }
        Err(_) => Body::from(bytes),
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

fn put(value: &mut Value, words: &dyn Words) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, words)),
        Value::Object(members) => {
            let push = members.get("name").and_then(Value::as_str);
            let summary = push.and_then(|name| words.push_in_chinese(name));
            if let (Some(own), Some(summary)) = (members.get_mut("summary"), summary) {
                *own = summary.into();
            }
            for (name, member) in members {
                match member {
                    Value::String(text) if SENTENCES.contains(&name.as_str()) => {
                        *text = words.in_chinese(text);
                    }
                    other => put(other, words),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug)]
    struct Marked;

    impl Words for Marked {
        fn in_chinese(&self, sentence: &str) -> String {
            format!("中：{sentence}")
        }

        fn push_in_chinese(&self, name: &str) -> Option<String> {
            (name == "text").then(|| "文本".to_owned())
        }
    }

    #[test]
    fn sentences_of_ours_are_put_into_words_and_nothing_else() {
        let mut answer = json!({"error": "no", "body": {"text": "no", "error": 1}, "verdicts": [{"finding": "x", "rule": "y"}]});
        put(&mut answer, &Marked);
        let wanted = json!({"error": "中：no", "body": {"text": "no", "error": 1}, "verdicts": [{"finding": "中：x", "rule": "y"}]});
        assert_eq!(answer, wanted);
    }

    #[test]
    fn a_push_of_the_catalogue_has_its_own_words() {
        let mut answer =
            json!([{"name": "text", "summary": "A text"}, {"name": "own", "summary": "Mine"}]);
        put(&mut answer, &Marked);
        assert_eq!(answer[0]["summary"], "中：文本");
        assert_eq!(answer[1]["summary"], "中：Mine");
    }

    #[test]
    fn the_first_language_counts() {
        let wants = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, text.parse().unwrap());
            wants_chinese(&headers)
        };
        assert!(wants("zh-CN,zh;q=0.9,en;q=0.8") && wants("zh"));
        assert!(!wants("en-US,zh;q=0.5") && !wants_chinese(&HeaderMap::new()));
    }
}
