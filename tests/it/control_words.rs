//! Refusals of the control API in Chinese: every sentence of its sources, and how it reads whole.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use wxcheck_suite::words::in_chinese;

use crate::{program::APPID, served::Served};

/// Files that are no part of the program, or whose words nobody is told.
const SILENT: [&str; 3] = ["document.rs", "connection.rs", "local.rs"];

/// Literals that are parts of sentences, or that are looked for in those of others.
const PARTS: [&str; 13] = [
    "Failed to deserialize query string: ",
    "Failed to deserialize the JSON body into the target type: ",
    "Failed to parse the request body as JSON: ",
    "provided string was not `true` or `false`",
    "invalid IP address syntax",
    "expected variant identifier",
    "expected string or map",
    "there are no fields",
    "unknown field",
    " at line ",
    "did you mean `7`? ",
    "more than ",
    "no push is called `7`; 7`wxcheck push --list` lists the catalogue",
];

/// Where the control API's errors and warnings are worded.
const SOURCES: [&str; 18] = [
    "mock-server/src/serve",
    "mock-server/src/acts.rs",
    "mock-server/src/acts/bounded.rs",
    "mock-server/src/acts/error.rs",
    "mock-server/src/acts/tapped.rs",
    "mock-server/src/catalogue.rs",
    "mock-server/src/clock.rs",
    "mock-server/src/cloud_function.rs",
    "mock-server/src/exchange.rs",
    "mock-server/src/fault.rs",
    "mock-server/src/fetched.rs",
    "mock-server/src/shown.rs",
    "mock-server/src/state/fetch_job.rs",
    "mock-server/src/state/fetch_setting.rs",
    "mock-server/src/state/fleet.rs",
    "mock-server/src/state/menu.rs",
    "mock-server/src/state/room.rs",
    "mock-server/src/target.rs",
];

#[test]
fn no_sentence_of_the_control_api_stays_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = SOURCES
        .iter()
        .flat_map(|source| sources(&root.join(source)));
    let told = files.filter(|file| !SILENT.iter().any(|name| file.ends_with(name)));
    let mut seen = 0;
    let mut parts = BTreeSet::new();
    let mut left = Vec::new();
    for file in told {
        for sentence in sentences(&read(&file)) {
            seen += 1;
            let chinese = in_chinese(&sentence);
            if PARTS.contains(&sentence.as_str()) {
                parts.insert(sentence);
            } else if has_english(&chinese) {
                left.push(format!("{}: {sentence} => {chinese}", file.display()));
            }
        }
    }
    assert!(seen > 140, "{seen} sentences");
    assert_eq!(parts.len(), PARTS.len(), "gone: {PARTS:?}, {parts:?}");
    assert!(left.is_empty(), "{} left:\n{}", left.len(), left.join("\n"));
}

/// Requests that are refused, and how that begins in Chinese: values, lists and what libraries say stand within it.
#[expect(clippy::too_many_lines, reason = "a list, one request after the other")]
fn refused() -> Vec<(&'static str, String, Value, &'static str)> {
    let app = format!("/_wxcheck/apps/{APPID}");
    let user = format!("{app}/users/o1");
    let of = |path: &str| format!("/_wxcheck/{path}");
    vec![
        ("GET", of("nothing"), Value::Null, "没有这个路径"),
        ("PUT", of("clock"), json!({}), "路径正确，但方法不对"),
        (
            "POST",
            of("clock/advance"),
            json!({"by": "99999d"}),
            "by `99999d`：时钟合计最多前进一百年",
        ),
        (
            "POST",
            of("clock/advance"),
            json!({"by": "-1h"}),
            "by `-1h`：请写成数字加",
        ),
        (
            "POST",
            of("clock/advance"),
            json!({"bye": "1h"}),
            "body 第 1 行第 6 列：bye：未知的键 `bye`，可用的有 `by`",
        ),
        (
            "POST",
            of("clock/advance"),
            json!({}),
            "body 第 1 行第 2 列：缺少 `by`",
        ),
        (
            "POST",
            of("clock/advance"),
            json!({"by": 1}),
            "body 第 1 行第 7 列：by：类型不对：整数 `1`，应为字符串",
        ),
        ("POST", of("clock/advance"), json!([]), "body 第 1 行"),
        (
            "POST",
            of("clock/advance"),
            json!({"k".repeat(1000): 1}),
            "body 第 1 行第 1003 列：kkk",
        ),
        (
            "POST",
            of("faults"),
            json!({"endpoint": "nope", "fault": {"errcode": 1}}),
            "endpoint `nope`：没有这个路径的接口",
        ),
        (
            "POST",
            of("snapshots/77"),
            Value::Null,
            "快照 77：没有这个 id",
        ),
        (
            "POST",
            of("snapshots/x"),
            Value::Null,
            "path `x`：请给出非负整数",
        ),
        (
            "GET",
            of("journal?since=x"),
            Value::Null,
            "query：since `x`：请给出非负整数",
        ),
        (
            "POST",
            format!("{user}/acts?wait=perhaps"),
            json!({"act": "open"}),
            "query：wait `perhaps`：请给出 true 或 false",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": 1}),
            "body 第 1 行第 8 列：act：类型不对：整数 `1`，应为字符串",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": ""}),
            "body 第 1 行第 9 列：act：未知的值 ``，可用的有 `send-text`",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": "x y".repeat(2000)}),
            "body 第 1 行第 6009 列：act：未知的值 `x yx y",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": "upload", "content_type": "image/png", "base64": "x"}),
            "base64：被截断或填充不对；",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": "scan", "scene": "a"}),
            "scan：小程序码直接打开小程序，没有推送；",
        ),
        (
            "POST",
            of("journal/1/resend"),
            json!({"act": 1}),
            "body 第 1 行第 6 列：act：未知的键 `act`，这里没有任何键",
        ),
        ("POST", of("health"), Value::Null, "路径正确，但方法不对"),
        ("GET", of("ui/none.js"), Value::Null, "网页没有这个文件"),
        (
            "PUT",
            app.clone(),
            json!({"ip_whitelist": ["a"]}),
            "body 第 1 行第 20 列：ip_whitelist[0]：请给出 IP 地址，如 127.0.0.1",
        ),
        (
            "PUT",
            format!("{user}/devices/p/background-fetch-token"),
            json!({"token": ""}),
            "token：请给出 1 到 4096 字节，而不是 0 字节",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": "send-text", "content": "x".repeat(21_000)}),
            "content：最多 20480 字节，而不是 21000 字节",
        ),
        (
            "POST",
            format!("{user}/acts"),
            json!({"act": "dance"}),
            "body 第 1 行",
        ),
        (
            "PUT",
            user,
            json!({"risk_rank": 99}),
            "risk_rank 99：请给出 0 到 4",
        ),
        (
            "PUT",
            format!("{app}/menu"),
            json!({"button": [{"type": "click", "name": "a"}]}),
            "按钮 `a`：请给出它的 `key`",
        ),
        (
            "PUT",
            app.clone(),
            json!({"callback": {"url": "http://127.0.0.1:1/", "token": ""}}),
            "callback.token：为空；",
        ),
        (
            "PUT",
            app.clone(),
            json!({"callback": {"url": "http://127.0.0.1:1/", "token": "t", "mode": "safe"}}),
            "callback.aes_key：safe 模式需要 EncodingAESKey",
        ),
        (
            "PUT",
            app.clone(),
            json!({"callback": {"url": "http://127.0.0.1:1/", "token": "t"}}),
            "callback.url：token 验证失败：连接被拒绝",
        ),
        (
            "PUT",
            app,
            json!({"domains": {"request": ["http://a.cn", "https://*.a.cn", "https://localhost", "https://a_b.cn", "https://a.cn/x"], "udp": ["udp://1.2.3.4:1"]}}),
            "domains：request：`http://a.cn` 的协议不对；request：`https://*.a.cn` 含有 `*`；每个域名要单独列出；",
        ),
    ]
}

#[test]
fn what_is_refused_is_told_in_chinese_with_all_that_stands_in_it() {
    let served = Served::start(&[]);
    for (method, path, body, told) in refused() {
        let (status, error) = served.refusal_in_chinese(method, &path, &body);
        assert!(status >= 400, "{method} {path}: {status}");
        assert!(error.starts_with(told), "{method} {path}: {error}");
        assert!(!has_english(&error), "{method} {path}: {error}");
    }
}

#[test]
fn whoever_is_turned_away_at_the_door_is_told_so_in_chinese() {
    let served = Served::start(&[]);
    let origin = "Accept-Language: zh-CN\r\nOrigin: http://evil.example";
    let (path, body) = ("/_wxcheck/clock/advance", json!({"by": "1h"}));
    let (status, error) = served.refusal_with("POST", path, &body, origin);
    assert_eq!(status, 403, "{error}");
    assert!(error.contains("请求来自其他网站的页面"), "{error}");
    assert!(!has_english(&error), "{error}");
}

/// The Rust files at a place.
fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = fs::read_dir(place).unwrap();
    let entries = entries.map(|entry| entry.unwrap().path());
    let of_rust = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|is| is == "rs");
    entries
        .filter(of_rust)
        .flat_map(|path| sources(&path))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the sources that it is about"
)]
fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// The English sentences among a source's literals, with a seven in each gap.
fn sentences(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next();
    let code: Vec<&str> = code
        .unwrap_or_default()
        .lines()
        .filter(|line| {
            let line = line.trim_start();
            !["//", "#[cfg_attr", "reason = "]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .collect();
    let literals = literals(&code.join("\n"));
    let literals = literals.iter().map(|literal| filled(literal));
    literals.filter(|sentence| has_english(sentence)).collect()
}

/// The texts in quotation marks.
fn literals(code: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            // A quotation mark as a character is no literal's beginning.
            '\'' if chars.peek() == Some(&'"') => {
                chars.next();
            }
            '"' => {
                let mut literal = String::new();
                while let Some(char) = chars.next() {
                    match char {
                        '"' => break,
                        '\\' => literal.extend(chars.next()),
                        other => literal.push(other),
                    }
                }
                literals.push(literal);
            }
            _ => {}
        }
    }
    literals
}

/// A format with something in its places.
fn filled(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let doubled = ["{{", "}}"].iter().any(|brace| from.starts_with(brace));
        let end = from.find('}');
        rest = match end {
            _ if doubled => {
                text.push_str(&from[..1]);
                &from[2..]
            }
            Some(end) => {
                text.push('7');
                &from[end + 1..]
            }
            None => "",
        };
    }
    text + rest
}

/// True if two English words stand side by side, outside of what is quoted.
fn has_english(text: &str) -> bool {
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" · ");
    let mut was_word = false;
    own.split(' ').any(|word| {
        let letters = word.trim_end_matches([',', '.', ';', ':']);
        let is_word = letters.len() > 1 && letters.chars().all(|char| char.is_ascii_lowercase());
        let is_english = was_word && is_word;
        // Names in a list are no sentence.
        was_word = is_word && letters == word;
        is_english
    })
}
