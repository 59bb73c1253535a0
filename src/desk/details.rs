//! A record of the journal as lines for a terminal.

use serde_json::Value;
use wxcheck_mock_server::said::said_in_call;

use wxcheck_suite::words::sentence;

use crate::{
    language::{Language, told},
    terminal,
};

/// The lines; `record` is what `GET /_wxcheck/journal/{number}` answers.
pub(crate) fn details(record: &Value, lang: Language) -> Vec<String> {
    let mut lines = Lines {
        lines: Vec::new(),
        lang,
    };
    let head = [
        "push", "openid", "method", "path", "appid", "mode", "format", "rule",
    ];
    for name in head {
        lines.field(name, &record[name]);
    }
    if let Some(outcome) = record["outcome"].as_str() {
        lines.text("outcome", &of_outcome(outcome, lang).into());
    }
    for name in [
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
    if let Some(warning) = record["warning"].as_str() {
        lines.text("warning", &sentence(warning, lang).into());
    }
    lines.body("answer", &record["answer"]);
    for remark in items(&record["verdicts"]) {
        lines.text(
            &format!("{} ({})", text(&remark["rule"]), text(&remark["level"])),
            &sentence(&text(&remark["finding"]), lang).into(),
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
            Value::Null => sentence(&text(&delivery["silence"]), lang),
            status => {
                let millis = &delivery["millis"];
                told!(
                    lang,
                    "{status} in {millis} ms",
                    "{status}，用时 {millis} 毫秒"
                )
            }
        };
        lines.lines.push(String::new());
        let number = delivery["retry"].as_u64().unwrap_or(0) + 1;
        let label = told!(lang, "delivery {number}", "第 {number} 次投递");
        lines.text(&label, &status.into());
        for header in items(&delivery["headers"]) {
            lines.text(&text(&header[0]), &header[1]);
        }
        lines.body("body", &delivery["body"]);
        lines.body("opened", &delivery["opened"]);
    }
    for call in items(&record["calls"]) {
        lines.text("call", &of_call(call, lang).into());
    }
    lines.field("curl", &record["curl"]);
    lines.lines
}

/// A call that may have followed from a push, and how far that goes.
fn of_call(call: &Value, lang: Language) -> String {
    let bond = match call["bond"].as_str() {
        Some("alone") => lang.of("may have followed", "可能由它引起"),
        Some("play") => lang.of("of the same play", "属于同一场景"),
        _ => lang.of("a guess, by the user alone", "推测，只是同一用户"),
    };
    let said = call["body"].as_str().and_then(said_in_call);
    let said = said.map(|said| format!("  {said}")).unwrap_or_default();
    let (number, errcode) = (&call["number"], &call["errcode"]);
    let path = text(&call["path"]);
    told!(
        lang,
        "#{number} {path} {errcode} ({bond}){said}",
        "#{number} {path} {errcode}（{bond}）{said}"
    )
}

struct Lines {
    lines: Vec<String>,
    lang: Language,
}

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
        let name = match self.lang {
            Language::English => name,
            Language::Chinese => in_chinese(name),
        };
        let pad = " ".repeat(10_usize.saturating_sub(terminal::width(name)));
        self.lines.push(format!("{name}{pad} {first}"));
        self.lines
            .extend(pieces.map(|piece| format!("{:<10} {piece}", "")));
    }

    fn body(&mut self, name: &str, body: &Value) {
        if body.is_object() {
            self.field(name, &body["text"]);
            if body["truncated"] == true {
                let bytes = &body["bytes"];
                let all = told!(self.lang, "… {bytes} bytes in all", "… 共 {bytes} 字节");
                self.text("", &all.into());
            }
        }
    }
}

/// The state of a push, in words.
fn of_outcome(outcome: &str, lang: Language) -> String {
    let known = match outcome {
        "acknowledged" => ("acknowledged", "正常响应"),
        "refused" => (
            "refused: WeChat does not take the answer",
            "不被接受：微信不接受这个响应",
        ),
        "given-up" => ("given up", "已放弃"),
        "under-way" => ("under way", "进行中"),
        "held" => ("held", "暂存"),
        "no-callback" => (
            "not sent: the app has no callback URL",
            "未发送：该应用没有配置回调 URL",
        ),
        other => (other, other),
    };
    lang.of(known.0, known.1).to_owned()
}

/// The name of a part in Chinese; names of fields and headers stay as they are.
fn in_chinese(name: &str) -> &str {
    let known = NAMES.iter().find(|(known, _)| *known == name);
    known.map_or(name, |(_, chinese)| *chinese)
}

const NAMES: [(&str, &str); 18] = [
    ("method", "方法"),
    ("path", "路径"),
    ("push", "推送"),
    ("mode", "加密模式"),
    ("format", "数据格式"),
    ("rule", "规则"),
    ("outcome", "结果"),
    ("user_sees", "用户看到"),
    ("status", "状态码"),
    ("fault", "故障"),
    ("warning", "提示"),
    ("query", "查询参数"),
    ("body", "正文"),
    ("answer", "响应"),
    ("call", "后续调用"),
    ("opened", "解密后"),
    ("url", "URL"),
    ("curl", "curl"),
];

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
            "push": "text", "openid": "o1", "outcome": "given-up", "mode": "safe",
            "verdicts": [{"rule": "reply/acknowledges", "level": "must", "finding": "`ok`"}],
            "request": {"url": "http://127.0.0.1/", "headers": [["content-type", "text/xml"]],
                "body": {"text": "sealed", "bytes": 6, "truncated": false},
                "opened": {"text": "<xml>\n</xml>", "bytes": 12, "truncated": true}},
            "signature": {"steps": [{"name": "sort", "text": "1, ***"}, {"name": "sha1", "text": "599898d0…"}]},
            "deliveries": [{"retry": 0, "status": 200, "millis": 3, "headers": [], "body": {"text": "ok"}},
                {"retry": 1, "status": null, "silence": "refused"}],
            "calls": [{"number": 7, "path": "/cgi-bin/message/custom/send", "errcode": 0, "bond": "alone",
                "body": r#"{"touser":"o1","msgtype":"text","text":{"content":"hi"}}"#}],
        });
        let wanted = [
            "push       text",
            "openid     o1",
            "mode       safe",
            "outcome    given up",
            "reply/acknowledges (must) `ok`",
            "url        http://127.0.0.1/",
            "content-type text/xml",
            "body       sealed",
            "opened     <xml>",
            "           </xml>",
            "           … 12 bytes in all",
            "sort       1, ***",
            "",
            "delivery 1 200 in 3 ms",
            "body       ok",
            "",
            "delivery 2 refused",
            "call       #7 /cgi-bin/message/custom/send 0 (may have followed)  hi",
        ];
        assert_eq!(details(&record, Language::English), wanted);
    }
}
