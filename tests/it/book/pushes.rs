//! The catalogue of pushes as tables, one for each kind of account.

use std::fmt::Write as _;

use serde_json::Value;

use wxcheck_suite::words::push_in_chinese;

use super::tables::wxcheck;

/// The tables, in a language.
pub(super) fn tables(lang: &str) -> String {
    let pushes: Vec<Value> = serde_json::from_str(&wxcheck(&["push", "--list", "--json"])).unwrap();
    let mut text = String::new();
    let mut account = "";
    for push in &pushes {
        let name = word(push, "name");
        // A variant is told by its push.
        if name.contains('.') {
            continue;
        }
        if word(push, "account") != account {
            account = word(push, "account");
            let head = match lang {
                "zh" => "| 推送 | 含义 | 可以返回 |",
                _ => "| push | what it tells | may be answered with |",
            };
            let _ = write!(text, "\n### {account}\n\n{head}\n|---|---|---|\n");
        }
        let summary = match lang {
            "zh" => chinese(name),
            _ => word(push, "summary"),
        };
        let _ = writeln!(text, "| `{name}` | {summary} | {} |", answers(push, lang));
    }
    text
}

fn word<'a>(push: &'a Value, key: &str) -> &'a str {
    push[key].as_str().unwrap_or_default()
}

#[expect(
    clippy::panic,
    reason = "a test that cannot go on fails, and says what is missing"
)]
fn chinese(name: &str) -> &'static str {
    push_in_chinese(name).unwrap_or_else(|| panic!("suite/src/words/zh/pushes.txt lacks {name}"))
}

/// The answers that are allowed: a form that the push's page asks for, `success`, nothing, or a message.
fn answers(push: &Value, lang: &str) -> String {
    let [nothing, message, comma] = match lang {
        "zh" => ["空", "消息", "、"],
        _ => ["nothing", "a message", ", "],
    };
    let mut answers = Vec::new();
    if let Some(answer) = push["answer"].as_str() {
        answers.push(format!("`{answer}`"));
    }
    for reply in push["replies"].as_array().into_iter().flatten() {
        let answer = match reply.as_str().unwrap() {
            "success" => "`success`".to_owned(),
            "empty" => nothing.to_owned(),
            "transfer_customer_service" => "`transfer_customer_service`".to_owned(),
            _ => message.to_owned(),
        };
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers.join(comma)
}
