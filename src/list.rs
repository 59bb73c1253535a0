//! `wxcheck rules` and `wxcheck explain`: everything they print derives from the rules and the push catalogue.

mod push;

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;
use wxcheck_settings::{Origins, no_rule, no_secrets};
use wxcheck_suite::{
    diagnosis::{AREAS, Cause, UNTOLD, Words},
    doctor::Bilingual,
    rule::{Rule, deprecated::Deprecated},
    rules,
    words::sentence,
};

use crate::{
    cli::{CompletionsArgs, ExplainArgs, RulesArgs, completing},
    exit::{Exit, usage},
    language::{Language, told},
    screen,
    terminal::rule_words,
};

pub(crate) fn rules(args: &RulesArgs, lang: Language) -> Result<Exit> {
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
pub(crate) fn completions(args: &CompletionsArgs, lang: Language) -> Exit {
    let mut script = Vec::new();
    let mut command = completing::command(lang);
    clap_complete::generate(args.shell, &mut command, "wxcheck", &mut script);
    screen::show(&no_secrets().page(&String::from_utf8_lossy(&script)));
    Exit::Fine
}

pub(crate) fn explain(args: &ExplainArgs, origins: Origins, lang: Language) -> Result<Exit> {
    if let Some(name) = args.id.strip_prefix("push/") {
        return push::explain(name, args, origins, lang);
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

fn explained(rule: &Rule, deprecated: Option<&Deprecated>, lang: Language) -> String {
    let (summary, why, fix) = rule_words(rule, lang);
    let labels = match lang {
        Language::English => ["why", "fix", "claims", "source", "since", "note"],
        Language::Chinese => ["原因", "修复", "claim", "依据", "始于", "说明"],
    };
    let claims = rule.claims.join(", ");
    let note = deprecated.map_or_else(String::new, |note| match lang {
        Language::English => note.english(),
        Language::Chinese => note.chinese(),
    });
    let source = sentence(rule.source, lang);
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
fn explained_cause(cause: &Cause, lang: Language) -> String {
    let said = |words: Words| lang.of(words.en, words.zh);
    let (says, looks, fix) = (said(cause.says), said(cause.looks), said(cause.fix));
    let id = cause.id;
    told!(
        lang,
        "{id}\n{says}\n\n  looks   {looks}\n  fix     {fix}\n",
        "{id}\n{says}\n\n  表现    {looks}\n  修复    {fix}\n"
    )
}

/// All causes, each with what it looks like, and what cannot be told.
fn causes(lang: Language) -> String {
    let in_lang = |words: Words| match lang {
        Language::English => words.en,
        Language::Chinese => words.zh,
    };
    let [beginning, looks, fix, untold] = match lang {
        Language::English => [
            "What `wxcheck doctor` can name, in the order in which a request meets it. {braces} stand for what was seen: {path} is the path of the URL, {got} the answer, {fix} the change that an exception asks for.",
            "looks: ",
            "fix: ",
            "What cannot be told apart from outside",
        ],
        Language::Chinese => [
            "`wxcheck doctor` 能指出的原因，按请求经过的先后排列。{花括号} 代表实际看到的内容：{path} 是 URL 的路径，{got} 是收到的响应，{fix} 是异常所要求的修改。",
            "表现：",
            "修复：",
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
fn markdown(rules: &[&Rule], lang: Language) -> String {
    let mut text = match lang {
        Language::English => "| rule | level | what it asserts |\n|---|---|---|\n".to_owned(),
        Language::Chinese => "| 规则 | 级别 | 断言 |\n|---|---|---|\n".to_owned(),
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

fn plain(rules: &[&Rule], lang: Language) -> String {
    rules.iter().fold(String::new(), |mut text, rule| {
        text.push_str(&plain_row(rule, rule.deprecated(), lang));
        text
    })
}

fn plain_row(rule: &Rule, deprecated: Option<&Deprecated>, lang: Language) -> String {
    let (summary, ..) = rule_words(rule, lang);
    let note = deprecated.map_or_else(String::new, |note| match lang {
        Language::English => format!(" ({})", note.english()),
        Language::Chinese => format!("（{}）", note.chinese()),
    });
    format!(
        "{:<46} {:<6} {summary}{note}\n",
        rule.id,
        rule.level.to_string()
    )
}

fn json_row(rule: &Rule, deprecated: Option<&Deprecated>, lang: Language) -> serde_json::Value {
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
        assert!(
            explained(rule, Some(&note), Language::English)
                .ends_with(&format!("  note    {said}\n"))
        );
        assert!(
            explained(rule, Some(&note), Language::Chinese).contains("说明    自 0.3.0 起弃用")
        );
        assert!(plain_row(rule, Some(&note), Language::English).ends_with(&format!(" ({said})\n")));
        assert_eq!(
            json_row(rule, Some(&note), Language::English)["deprecated"],
            said
        );
        let without = explained(rule, None, Language::English);
        assert!(!without.contains("note"), "{without}");
        assert!(
            json_row(rule, None, Language::English)
                .get("deprecated")
                .is_none()
        );
    }
}
