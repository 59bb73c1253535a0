//! `wxcheck rules` and `wxcheck explain`: everything they print derives from the rules.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;
use wxcheck_suite::{configuration::no_rule, rule::Rule, rules};

use crate::{
    cli::{ExplainArgs, Lang, RulesArgs},
    exit::{Exit, usage},
    screen,
    terminal::rule_words,
};

pub(crate) fn rules(args: &RulesArgs, lang: Lang) -> Result<Exit> {
    let chosen: Vec<&Rule> = match &args.pattern {
        None => rules::all().collect(),
        Some(pattern) => rules::matching(pattern),
    };
    if let (true, Some(pattern)) = (chosen.is_empty(), &args.pattern) {
        return Err(usage(format!("{pattern}: {}", no_rule(pattern))));
    }
    let text = if args.json {
        let rows: Vec<_> = chosen.iter().map(|rule| json_row(rule, lang)).collect();
        serde_json::to_string_pretty(&rows)? + "\n"
    } else if args.markdown {
        markdown(&chosen, lang)
    } else {
        plain(&chosen, lang)
    };
    screen::show(&text);
    Ok(Exit::Fine)
}

pub(crate) fn explain(args: &ExplainArgs, lang: Lang) -> Result<Exit> {
    let rule = rules::find(&args.id)
        .ok_or_else(|| usage(format!("{}: {}", args.id, no_rule(&args.id))))?;
    let (summary, why, fix) = rule_words(rule, lang);
    let labels = match lang {
        Lang::En => ["why", "mend", "source", "since"],
        Lang::Zh => ["原因", "修复", "依据", "始于"],
    };
    let mut text = format!("{}  ({})\n{summary}\n\n", rule.id, rule.level);
    for (label, line) in labels.into_iter().zip([why, fix, rule.source, rule.since]) {
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
    screen::show(&text);
    Ok(Exit::Fine)
}

/// The table of the README.
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
        let (summary, ..) = rule_words(rule, lang);
        let _ = writeln!(
            text,
            "{:<46} {:<6} {summary}",
            rule.id,
            rule.level.to_string()
        );
        text
    })
}

fn json_row(rule: &Rule, lang: Lang) -> serde_json::Value {
    let (summary, why, fix) = rule_words(rule, lang);
    json!({
        "id": rule.id,
        "level": rule.level,
        "since": rule.since,
        "source": rule.source,
        "summary": summary,
        "why": why,
        "fix": fix,
    })
}
