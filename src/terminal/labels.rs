//! The words of a report that are not a rule's, in both languages.

use std::time::Duration;

use wxcheck_events::RunBegun;
use wxcheck_protocol::fetch::FetchKind;
use wxcheck_suite::report::{Open, view::FetchSummary};

use crate::language::Language;

/// The first line: what was judged.
pub(super) fn header(begun: &RunBegun, lang: Language) -> String {
    let RunBegun {
        wxcheck,
        url,
        mode,
        format,
        account,
        seed,
        ..
    } = begun;
    match lang {
        Language::English => format!(
            "wxcheck {wxcheck} · {url} · {mode} mode, {format}, {account} account · seed {seed}"
        ),
        Language::Chinese => format!(
            "wxcheck {wxcheck} · {url} · {mode} 模式，{format}，{account} 账号 · 种子 {seed}"
        ),
    }
}

/// The time until fetched data were there.
pub(super) fn fetched(fetched: &FetchSummary, took: Duration, lang: Language) -> String {
    let (kind, url, budget) = (fetched.kind, &fetched.url, fetched.budget.as_millis());
    let took = took.as_secs_f64() * 1000.0;
    match (lang, kind) {
        (Language::English, FetchKind::Pre) => format!(
            "  {kind}: {url} answered in {took:.1} ms of the {budget} ms that a cold start takes"
        ),
        (Language::English, FetchKind::Periodic) => {
            format!("  {kind}: {url} answered in {took:.1} ms of {budget} ms")
        }
        (Language::Chinese, FetchKind::Pre) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，冷启动允许 {budget} 毫秒")
        }
        (Language::Chinese, FetchKind::Periodic) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，上限 {budget} 毫秒")
        }
    }
}

/// Something of the run could not be written.
pub(super) const fn lost(lang: Language) -> &'static str {
    match lang {
        Language::English => "a report could not be written, see above",
        Language::Chinese => "有报告无法写出，见上文",
    }
}

/// The number of rules.
pub(super) fn rules(rules: usize, lang: Language) -> String {
    match (lang, rules) {
        (Language::English, 1) => "1 rule".to_owned(),
        (Language::English, _) => format!("{rules} rules"),
        (Language::Chinese, _) => format!("{rules} 条规则"),
    }
}

/// The reason that a run says nothing about its server.
pub(super) const fn no_verdict(open: Open, lang: Language) -> &'static str {
    let [english, chinese] = open.words();
    match lang {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// The number of rules, with their verdicts.
pub(super) fn total(rules: usize, counts: &str, lang: Language) -> String {
    match (lang, rules) {
        (Language::English, 1) => format!("1 rule: {counts}"),
        (Language::English, _) => format!("{rules} rules: {counts}"),
        (Language::Chinese, _) => format!("{rules} 条规则：{counts}"),
    }
}

/// The names, or how many there are; `--verbose` lists all.
pub(super) fn in_short(ids: &[&str], lang: Language) -> String {
    match (ids, lang) {
        ([first, rest @ ..], Language::English) if rest.len() > 3 => {
            format!("{first} and {} more", rest.len())
        }
        ([first, rest @ ..], Language::Chinese) if rest.len() > 3 => {
            format!("{first} 等 {} 条", ids.len())
        }
        (few, _) => few.join(", "),
    }
}

/// The words behind names of which so many more are not shown.
pub(super) fn and_more(more: usize, lang: Language) -> String {
    match (more, lang) {
        (0, _) => String::new(),
        (_, Language::English) => format!(" and {more} more; the JSON report names them all"),
        (_, Language::Chinese) => format!("，另有 {more} 个；JSON 报告列出全部"),
    }
}
