//! A record of the journal as lines for a terminal.

use serde_json::Value;

/// The lines; `record` is what `GET /_wxcheck/journal/{number}` answers.
pub(crate) fn details(record: &Value) -> Vec<String> {
    let mut lines = Lines::default();
    let head = [
        "what", "method", "path", "appid", "openid", "push", "mode", "format", "rule",
    ];
    for name in head {
        lines.field(name, &record[name]);
    }
    for name in [
        "outcome",
        "user_sees",
        "status",
        "errcode",
        "errmsg",
        "fault",
        "query",
        "body",
    ] {
        lines.field(name, &record[name]);
    }
    lines.body("answer", &record["answer"]);
    for remark in items(&record["verdicts"]) {
        lines.text(
            &format!("{} ({})", text(&remark["rule"]), text(&remark["level"])),
            &remark["finding"],
        );
    }
    let request = &record["request"];
    lines.field("url", &request["url"]);
    for header in items(&request["headers"]) {
        lines.text(&text(&header[0]), &header[1]);
    }
    lines.body("body", &request["body"]);
    lines.body("opened", &request["opened"]);
    // The digits of the last step are a part of a signature, which is redacted here.
    let steps = items(&record["signature"]["steps"]);
    for step in steps.filter(|step| step["name"] != "sha1") {
        lines.text(&text(&step["name"]), &step["text"]);
    }
    for delivery in items(&record["deliveries"]) {
        let status = match &delivery["status"] {
            Value::Null => text(&delivery["silence"]),
            status => format!("{status} in {} ms", delivery["millis"]),
        };
        lines.0.push(String::new());
        lines.text(&format!("delivery {}", delivery["retry"]), &status.into());
        for header in items(&delivery["headers"]) {
            lines.text(&text(&header[0]), &header[1]);
        }
        lines.body("body", &delivery["body"]);
        lines.body("opened", &delivery["opened"]);
    }
    lines.field("curl", &record["curl"]);
    lines.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn field(&mut self, name: &str, value: &Value) {
        let is_empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
        if !is_empty && !value.is_object() {
            self.text(name, value);
        }
    }

    fn text(&mut self, name: &str, value: &Value) {
        let text = text(value);
        let mut pieces = text.split('\n');
        let first = pieces.next().unwrap_or_default();
        self.0.push(format!("{name:<10} {first}"));
        self.0
            .extend(pieces.map(|piece| format!("{:<10} {piece}", "")));
    }

    fn body(&mut self, name: &str, body: &Value) {
        if body.is_object() {
            self.field(name, &body["text"]);
            if body["truncated"] == true {
                self.text("", &format!("… {} bytes in all", body["bytes"]).into());
            }
        }
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_push_is_told_with_what_was_found_and_both_bodies() {
        let record = json!({
            "what": "text from o1", "outcome": "given-up", "mode": "safe",
            "verdicts": [{"rule": "reply/acknowledges", "level": "must", "finding": "`ok`"}],
            "request": {"url": "http://127.0.0.1/", "headers": [["content-type", "text/xml"]],
                "body": {"text": "sealed", "bytes": 6, "truncated": false},
                "opened": {"text": "<xml>\n</xml>", "bytes": 12, "truncated": true}},
            "signature": {"steps": [{"name": "sort", "text": "1, ***"}, {"name": "sha1", "text": "599898d0…"}]},
            "deliveries": [{"retry": 0, "status": 200, "millis": 3, "headers": [], "body": {"text": "ok"}},
                {"retry": 1, "status": null, "silence": "refused"}],
        });
        let wanted = [
            "what       text from o1",
            "mode       safe",
            "outcome    given-up",
            "reply/acknowledges (must) `ok`",
            "url        http://127.0.0.1/",
            "content-type text/xml",
            "body       sealed",
            "opened     <xml>",
            "           </xml>",
            "           … 12 bytes in all",
            "sort       1, ***",
            "",
            "delivery 0 200 in 3 ms",
            "body       ok",
            "",
            "delivery 1 refused",
        ];
        assert_eq!(details(&record), wanted);
    }
}
