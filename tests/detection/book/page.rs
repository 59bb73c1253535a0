//! The page of a rule, in a language.

use std::fmt::Write as _;

use wxcheck_suite::{
    rule::{Level, Rule},
    words::{Words, chinese, in_chinese},
};

use super::example::{Answered, Example};

/// The labels of a page, in a language.
struct Labels {
    since: &'static str,
    why: &'static str,
    fix: &'static str,
    source: &'static str,
    claims: &'static str,
    example: &'static str,
    request: &'static str,
    opened: &'static str,
    wrong: &'static str,
    right: &'static str,
    expected: &'static str,
    actual: &'static str,
    story: &'static str,
    same: &'static str,
    sealed: &'static str,
    silence: &'static str,
    again: &'static str,
}

const ENGLISH: Labels = Labels {
    since: "since",
    why: "Why it matters",
    fix: "Fix",
    source: "Source",
    claims: "What can be found",
    example: "Example",
    request: "The request",
    opened: "In clear, it says:",
    wrong: "A wrong answer",
    right: "A right answer",
    expected: "expected: ",
    actual: "got: ",
    story: "What happened:",
    same: "The answer is the same. What differs is what the server does.",
    sealed: "It looks the same: what differs is sealed in it.",
    silence: "There is no answer that WeChat could use.",
    again: "On your machine",
};

const CHINESE: Labels = Labels {
    since: "始于",
    why: "为什么要紧",
    fix: "修复",
    source: "依据",
    claims: "可能发现的问题",
    example: "例子",
    request: "请求",
    opened: "解密后的内容：",
    wrong: "错误的响应",
    right: "正确的响应",
    expected: "期望：",
    actual: "实际：",
    story: "经过：",
    same: "响应相同，不同的是服务器做了什么。",
    sealed: "看上去相同，不同之处在密文里。",
    silence: "没有微信能够使用的响应。",
    again: "在你的机器上",
};

/// The page as Markdown.
pub(super) fn page(rule: &Rule, example: Option<&Example>, lang: &str) -> String {
    let is_chinese = lang == "zh";
    let labels = if is_chinese { CHINESE } else { ENGLISH };
    let english = Words {
        summary: rule.summary,
        why: rule.why,
        fix: rule.fix,
    };
    let words = match chinese(rule.id.as_str()) {
        Some(words) if is_chinese => words,
        _ => english,
    };
    let said = |text: &str| {
        if is_chinese {
            in_chinese(text)
        } else {
            text.to_owned()
        }
    };
    let Labels {
        since,
        why,
        fix,
        source,
        claims,
        again,
        ..
    } = labels;
    let mut text = format!(
        "# {}\n\n{}\n\n**{}** · {since} {}\n",
        rule.id,
        words.summary,
        level(rule.level),
        rule.since
    );
    let _ = write!(text, "\n## {why}\n\n{}\n", words.why);
    let _ = write!(text, "\n## {fix}\n\n{}\n", words.fix);
    let _ = write!(text, "\n## {source}\n\n{}\n", said(rule.source));
    if let Some(example) = example {
        show(&mut text, example, &labels, is_chinese);
    } else {
        let title = if is_chinese {
            "看什么"
        } else {
            "What is looked at"
        };
        let _ = write!(text, "\n## {title}\n\n{}\n", looked_at(rule, is_chinese));
    }
    if !rule.claims.is_empty() {
        let ids: Vec<String> = rule
            .claims
            .iter()
            .map(|claim| format!("`{claim}`"))
            .collect();
        let _ = write!(text, "\n## {claims}\n\n{}\n", ids.join(" · "));
    }
    let _ = write!(
        text,
        "\n## {again}\n\n```text\nwxcheck check URL --only {}\n```\n",
        rule.id
    );
    text
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::Info => "info",
    }
}

fn show(text: &mut String, example: &Example, labels: &Labels, is_chinese: bool) {
    let said = |text: &str| {
        if is_chinese {
            in_chinese(text)
        } else {
            text.to_owned()
        }
    };
    let _ = write!(
        text,
        "\n## {}\n\n{}\n",
        labels.example,
        played(example, is_chinese)
    );
    let _ = write!(
        text,
        "\n### {}\n\n{}",
        labels.request,
        fenced("http", &example.sent)
    );
    opened(text, example.opened.as_ref(), labels);
    let _ = write!(text, "\n### {}\n\n", labels.wrong);
    let lines = [
        format!("{}{}", labels.expected, said(&example.expected)),
        format!("{}{}", labels.actual, said(&example.actual)),
    ];
    text.push_str(&fenced("text", &lines.join("\n")));
    text.push('\n');
    answer(text, &example.wrong, labels);
    if !example.story.is_empty() {
        let lines: Vec<String> = example.story.iter().map(|line| said(line)).collect();
        let _ = write!(
            text,
            "\n{}\n\n{}",
            labels.story,
            fenced("text", &lines.join("\n"))
        );
    }
    let _ = write!(text, "\n### {}\n\n", labels.right);
    if example.right == example.wrong {
        let is_sealed = |http: &String| http.contains("Encrypt");
        let sealed = example.right.http.as_ref().is_some_and(is_sealed);
        let same = if sealed { labels.sealed } else { labels.same };
        let _ = writeln!(text, "{same}");
    } else {
        answer(text, &example.right, labels);
    }
}

fn answer(text: &mut String, answer: &Answered, labels: &Labels) {
    match &answer.http {
        Some(http) => text.push_str(&fenced("http", http)),
        None => {
            let _ = writeln!(text, "{}", labels.silence);
        }
    }
    opened(text, answer.opened.as_ref(), labels);
}

fn opened(text: &mut String, opened: Option<&String>, labels: &Labels) {
    if let Some(opened) = opened {
        let _ = write!(text, "\n{}\n\n{}", labels.opened, fenced("text", opened));
    }
}

/// The server of the example, and the place of the request.
fn played(example: &Example, is_chinese: bool) -> String {
    let setting = example.defect.setting;
    let (number, of) = example.request;
    let name = example.defect.name;
    let (mode, format, account) = (setting.mode, setting.format, setting.account);
    if is_chinese {
        let place = if of == 1 {
            String::new()
        } else {
            format!("这是该场景 {of} 个请求中的第 {number} 个。")
        };
        return format!(
            "由 wxcheck 的参考服务器给出（账号 `{account}`，模式 `{mode}`，格式 `{format}`）：错误的响应来自只带缺陷 `{name}` 的服务器，正确的响应来自没有缺陷的。{place}"
        );
    }
    let place = if of == 1 {
        String::new()
    } else {
        format!(" It is request {number} of the {of} of its scenario.")
    };
    format!(
        "From wxcheck's own reference server (account `{account}`, mode `{mode}`, format `{format}`): the wrong answer from the one with the defect `{name}`, which is a server that {}; the right one from the server without it.{place}",
        example.defect.summary.trim_end_matches('.')
    )
}

/// The subject of a rule whose mistake no single answer shows.
fn looked_at(rule: &Rule, is_chinese: bool) -> &'static str {
    let [english, chinese] = match rule.area() {
        "network" => [
            "The configured URL, the addresses its name leads to, and a TLS handshake over which nothing is sent. There is no request and no answer to show.",
            "看配置的 URL、域名解析到的地址，以及一次不发送任何数据的 TLS 握手。没有请求和响应可以展示。",
        ],
        "hostile" => [
            "The true push of another user that follows the hostile request: it has to be answered in time, and with nobody else's reply. Whatever is answered to the hostile request itself is right.",
            "看恶意请求之后另一个用户的真实推送：必须按时响应，而且不能答成别人的回复。对恶意请求本身怎么响应都对。",
        ],
        _ => [
            "No single request and its answer show it: it is about the connection, about time, or about several requests together.",
            "单独一个请求和响应看不出来：它涉及连接、时间，或者多个请求之间的关系。",
        ],
    };
    if is_chinese { chinese } else { english }
}

/// A fenced block whose fence is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text
        .split(|char| char != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
