//! `wxcheck rules` and `wxcheck explain`: everything they print derives from the rules.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;
use wxcheck_mock_server::catalogue::EntryField;
use wxcheck_settings::{Origins, no_rule, no_secrets};
use wxcheck_suite::{
    diagnosis::{AREAS, Cause, UNTOLD, Words},
    doctor::Bilingual,
    rule::{Rule, deprecated::Deprecated},
    rules,
    words::{push_in_chinese, retries_in_chinese},
};

use crate::{
    cli::{CompletionsArgs, ExplainArgs, Lang, ManArgs, RulesArgs, completing, help},
    exit::{Exit, usage},
    language::{both, told},
    screen, settings,
    terminal::{self, rule_words},
};

pub(crate) fn rules(args: &RulesArgs, lang: Lang) -> Result<Exit> {
    let chosen: Vec<&Rule> = match &args.pattern {
        None => rules::all().collect(),
        Some(pattern) => rules::matching(pattern),
    };
    if let (true, Some(pattern)) = (chosen.is_empty(), &args.pattern) {
        return Err(usage(no_rule(pattern)));
    }
    // All of it is ours.
    let secrets = no_secrets();
    let text = if args.json {
        let rows: Vec<_> = chosen
            .iter()
            .map(|rule| json_row(rule, rule.deprecated(), lang))
            .collect();
        secrets.json(&rows)
    } else if args.markdown {
        secrets.page(&markdown(&chosen, lang))
    } else {
        secrets.page(&plain(&chosen, lang))
    };
    screen::show(&text);
    Ok(Exit::Fine)
}

/// The script for a shell.
pub(crate) fn completions(args: &CompletionsArgs, lang: Lang) -> Exit {
    let mut script = Vec::new();
    let mut command = completing::command(lang);
    clap_complete::generate(args.shell, &mut command, "wxcheck", &mut script);
    screen::show(&no_secrets().page(&String::from_utf8_lossy(&script)));
    Exit::Fine
}

/// The man page of the program, or of a command.
pub(crate) fn man(args: &ManArgs, lang: Lang) -> Result<Exit> {
    let mut whole = help::command(lang);
    whole.build();
    let command = match &args.command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            usage(both!(
                "no command is called `{name}`; `wxcheck --help` lists them",
                "没有名为 `{name}` 的命令；`wxcheck --help` 列出所有命令"
            ))
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    screen::show(&no_secrets().page(&String::from_utf8_lossy(&page)));
    Ok(Exit::Fine)
}

/// A push of the catalogue: its fields, what may be answered, where it comes from.
fn explain_push(name: &str, args: &ExplainArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let account = settings.account();
    let entry = settings.catalogue()?.find(name, account);
    let entry = entry.map_err(|error| usage(error.to_string()))?;
    let summary = push_in_chinese(&entry.name).filter(|_| lang == Lang::Zh);
    let summary = summary.unwrap_or(&entry.summary);
    let mut text = format!("{} ({})\n{summary}\n\n", entry.name, entry.account);
    let formats: Vec<String> = entry.formats.iter().map(ToString::to_string).collect();
    let shown = match (formats.as_slice(), &entry.formats_note) {
        ([], Some(note)) => note.clone(),
        ([], None) => told!(lang, "in neither format", "两种格式都没有"),
        (formats, Some(note)) => format!("{} ({note})", formats.join(", ")),
        (formats, None) => formats.join(", "),
    };
    let variants: Vec<String> = entry
        .variants
        .iter()
        .map(|variant| format!("{}.{}: {}", entry.name, variant.name, variant.summary))
        .collect();
    let replies = entry.replies.iter();
    let replies: Vec<String> = replies.map(|reply| word_in(reply, lang)).collect();
    let retries = entry.retries().map(|told| match lang {
        Lang::En => told,
        Lang::Zh => retries_in_chinese(&told),
    });
    let dedup = &entry.dedup;
    let rows = [
        (("shown", "格式"), Some(shown)),
        (("from", "来自"), Some(word_in(&word(&entry.from)?, lang))),
        (
            ("repeats", "去重"),
            Some(told!(lang, "told by {dedup}", "按 {dedup}")),
        ),
        (
            ("answer", "回包"),
            entry.answer.map(|answer| answer.example().to_owned()),
        ),
        (
            ("repeating", "回传"),
            Some(entry.echoes.join(", ")).filter(|names| !names.is_empty()),
        ),
        (
            ("and with", "还需"),
            Some(entry.answer_needs.join(", ")).filter(|names| !names.is_empty()),
        ),
        (
            ("replies", "回复"),
            Some(replies.join(lang.of_two(", ", "、"))).filter(|replies| !replies.is_empty()),
        ),
        (
            ("within", "时限"),
            entry
                .deadline_seconds
                .map(|seconds| told!(lang, "{seconds} s", "{seconds} 秒")),
        ),
        (("retry", "重推"), retries),
        (("source", "依据"), Some(entry.source.clone())),
        (
            ("sure", "可信度"),
            Some(word_in(&word(&entry.confidence)?, lang)),
        ),
        (("note", "说明"), entry.note.clone()),
        (("this is", "变体"), entry.variant_of_fields.clone()),
        (
            ("variants", "各变体"),
            Some(variants.join("; ")).filter(|variants| !variants.is_empty()),
        ),
    ];
    for ((en, zh), value) in rows {
        if let Some(value) = value {
            let label = lang.of_two(en, zh);
            let pad = " ".repeat(10_usize.saturating_sub(terminal::width(label)));
            let _ = writeln!(text, "  {label}{pad}{value}");
        }
    }
    text.push_str(lang.of_two("\nfields\n", "\n字段\n"));
    describe_fields(&mut text, &entry.fields, 1, lang);
    screen::show(&settings.secrets().page(&text));
    Ok(Exit::Fine)
}

/// The word by which the catalogue's files call it.
fn word(value: &impl serde::Serialize) -> Result<String> {
    let value = serde_json::to_value(value)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// Such a word in a language. What is sent as it stands keeps its name.
fn word_in(word: &str, lang: Lang) -> String {
    let chinese = match word {
        "user" => "用户",
        "wechat" => "微信",
        "empty" => "空",
        "high" => "高",
        "medium" => "中",
        "low" => "低",
        name => name,
    };
    lang.of_two(word, chinese).to_owned()
}

fn describe_fields(text: &mut String, fields: &[EntryField], depth: usize, lang: Lang) {
    for field in fields {
        let name = format!("{}{}", "  ".repeat(depth), field.name);
        let kind = format!("{:?}", field.kind).to_lowercase();
        let only = match (field.xml_only, field.json_only) {
            (true, _) => lang.of_two(" (XML only)", "（只在 XML 中）"),
            (_, true) => lang.of_two(" (JSON only)", "（只在 JSON 中）"),
            _ => "",
        };
        let meaning = field.meaning.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "{name:<34}{kind:<8}{meaning}{only}{}",
            ranges(field, lang)
        );
        describe_fields(text, &field.fields, depth + 1, lang);
        // The items of a list are alike.
        if let Some(item) = field.items.first() {
            describe_fields(text, &item.fields, depth + 1, lang);
        }
    }
}

/// The values that a field may hold, where they are stated.
fn ranges(field: &EntryField, lang: Lang) -> String {
    let mut said = Vec::new();
    if field.optional {
        said.push(told!(lang, "not always there", "不一定有"));
    }
    if let Some(bytes) = field.max_bytes {
        said.push(told!(lang, "at most {bytes} bytes", "最多 {bytes} 字节"));
    }
    if let Some([from, to]) = field.limits {
        said.push(told!(lang, "{from} to {to}", "{from} 到 {to}"));
    }
    if said.is_empty() {
        String::new()
    } else {
        format!(" [{}]", said.join(lang.of_two(", ", "，")))
    }
}

pub(crate) fn explain(args: &ExplainArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    if let Some(name) = args.id.strip_prefix("push/") {
        return explain_push(name, args, origins, lang);
    }
    if args.id == "causes" {
        screen::show(&no_secrets().page(&causes(lang)));
        return Ok(Exit::Fine);
    }
    let mut causes = AREAS.iter().flat_map(|area| area.causes);
    if let Some(cause) = causes.find(|cause| cause.id == args.id) {
        screen::show(&no_secrets().page(&explained_cause(cause, lang)));
        return Ok(Exit::Fine);
    }
    let rule = rules::find(&args.id).ok_or_else(|| usage(unknown(&args.id)))?;
    let text = explained(rule, rule.deprecated(), lang);
    screen::show(&no_secrets().page(&text));
    Ok(Exit::Fine)
}

/// The error about an id that names nothing.
fn unknown(id: &str) -> Bilingual {
    let Bilingual { en, zh } = no_rule(id);
    Bilingual {
        en: format!(
            "{en} (a push is explained by its name, like push/text; `wxcheck explain causes` lists the causes)"
        ),
        zh: format!("{zh}（推送用 push/text 这样的名称；`wxcheck explain causes` 列出各种原因）"),
    }
}

fn explained(rule: &Rule, deprecated: Option<&Deprecated>, lang: Lang) -> String {
    let (summary, why, fix) = rule_words(rule, lang);
    let labels = match lang {
        Lang::En => ["why", "fix", "claims", "source", "since", "note"],
        Lang::Zh => ["原因", "修复", "问题", "依据", "始于", "说明"],
    };
    let claims = rule.claims.join(", ");
    let note = deprecated.map_or_else(String::new, |note| match lang {
        Lang::En => note.english(),
        Lang::Zh => note.chinese(),
    });
    let source = terminal::sentence(rule.source, lang);
    let lines = [why, fix, &claims, &source, rule.since, &note];
    let mut text = format!("{}  ({})\n{summary}\n\n", rule.id, rule.level);
    let labelled = labels.into_iter().zip(lines);
    for (label, line) in labelled.filter(|(_, line)| !line.is_empty()) {
        let width: usize = label
            .chars()
            .map(|char| if char.is_ascii() { 1 } else { 2 })
            .sum();
        let _ = writeln!(
            text,
            "  {label}{}{line}",
            " ".repeat(8_usize.saturating_sub(width))
        );
    }
    text
}

/// One cause: what it is, what it looks like, and the change to make.
fn explained_cause(cause: &Cause, lang: Lang) -> String {
    let said = |words: Words| lang.of_two(words.en, words.zh);
    let (says, looks, fix) = (said(cause.says), said(cause.looks), said(cause.fix));
    let id = cause.id;
    told!(
        lang,
        "{id}\n{says}\n\n  looks   {looks}\n  fix     {fix}\n",
        "{id}\n{says}\n\n  表现    {looks}\n  修改    {fix}\n"
    )
}

/// All causes, each with what it looks like, and what cannot be told.
fn causes(lang: Lang) -> String {
    let in_lang = |words: Words| match lang {
        Lang::En => words.en,
        Lang::Zh => words.zh,
    };
    let [beginning, looks, fix, untold] = match lang {
        Lang::En => [
            "What `wxcheck doctor` can name, in the order in which a request meets it. {braces} stand for what was seen: {path} is the path of the URL, {got} the answer, {fix} the change that an exception asks for.",
            "looks: ",
            "fix: ",
            "What cannot be told apart from outside",
        ],
        Lang::Zh => [
            "`wxcheck doctor` 能指出的原因，按请求经过的先后排列。{花括号} 代表实际看到的内容：{path} 是 URL 的路径，{got} 是收到的响应，{fix} 是异常所要求的修改。",
            "表现：",
            "修改：",
            "从外部无法区分的情况",
        ],
    };
    let mut text = format!("{beginning}\n");
    for area in AREAS {
        let _ = writeln!(text, "\n{}", in_lang(area.title));
        let mut before = "";
        for cause in area.causes {
            let _ = writeln!(text, "  {}: {}", cause.id, in_lang(cause.says));
            // What many share is said once.
            let shown = in_lang(cause.looks);
            if shown != before {
                let _ = writeln!(text, "    {looks}{shown}");
            }
            before = shown;
            let _ = writeln!(text, "    {fix}{}", in_lang(cause.fix));
        }
    }
    let _ = writeln!(text, "\n{untold}");
    for words in UNTOLD {
        let _ = writeln!(text, "  {}", in_lang(words));
    }
    text
}

/// The table of the books.
fn markdown(rules: &[&Rule], lang: Lang) -> String {
    let mut text = match lang {
        Lang::En => "| rule | level | what it asserts |\n|---|---|---|\n".to_owned(),
        Lang::Zh => "| 规则 | 级别 | 断言 |\n|---|---|---|\n".to_owned(),
    };
    for rule in rules {
        let (summary, ..) = rule_words(rule, lang);
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            rule.id,
            rule.level,
            summary.replace('|', "\\|")
        );
    }
    text
}

fn plain(rules: &[&Rule], lang: Lang) -> String {
    rules.iter().fold(String::new(), |mut text, rule| {
        text.push_str(&plain_row(rule, rule.deprecated(), lang));
        text
    })
}

fn plain_row(rule: &Rule, deprecated: Option<&Deprecated>, lang: Lang) -> String {
    let (summary, ..) = rule_words(rule, lang);
    let note = deprecated.map_or_else(String::new, |note| match lang {
        Lang::En => format!(" ({})", note.english()),
        Lang::Zh => format!("（{}）", note.chinese()),
    });
    format!(
        "{:<46} {:<6} {summary}{note}\n",
        rule.id,
        rule.level.to_string()
    )
}

fn json_row(rule: &Rule, deprecated: Option<&Deprecated>, lang: Lang) -> serde_json::Value {
    let (summary, why, fix) = rule_words(rule, lang);
    let mut row = json!({
        "id": rule.id,
        "level": rule.level,
        "since": rule.since,
        "source": rule.source,
        "summary": summary,
        "why": why,
        "fix": fix,
    });
    if let Some(note) = deprecated {
        row["deprecated"] = json!(note.english());
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deprecated_rule_says_so_wherever_it_is_listed() {
        let rule = rules::find("reply/status-200").unwrap();
        let note = Deprecated {
            id: "reply/status-200",
            deprecated_in: "0.3.0",
            replaced_by: &["reply/acknowledges"],
        };
        let said = "deprecated since 0.3.0: use `reply/acknowledges`";
        assert!(explained(rule, Some(&note), Lang::En).ends_with(&format!("  note    {said}\n")));
        assert!(explained(rule, Some(&note), Lang::Zh).contains("说明    自 0.3.0 起弃用"));
        assert!(plain_row(rule, Some(&note), Lang::En).ends_with(&format!(" ({said})\n")));
        assert_eq!(json_row(rule, Some(&note), Lang::En)["deprecated"], said);
        let without = explained(rule, None, Lang::En);
        assert!(!without.contains("note"), "{without}");
        assert!(json_row(rule, None, Lang::En).get("deprecated").is_none());
    }
}
