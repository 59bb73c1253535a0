//! The words of a report that are not a rule's, in both languages.

use std::time::Duration;

use wxcheck_events::RunBegun;
use wxcheck_protocol::fetch::FetchKind;
use wxcheck_suite::{
    reason::Reason,
    report::{Open, view::FetchSummary},
    verdict::Verdict,
};

use crate::cli::Lang;

/// The word for a verdict.
pub(super) const fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    lang.language().verdict(verdict)
}

/// A sentence of the suite.
pub(crate) fn sentence(text: &str, lang: Lang) -> String {
    lang.language().sentence(text)
}

/// The first line: what was judged.
pub(super) fn header(begun: &RunBegun, lang: Lang) -> String {
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
        Lang::En => format!(
            "wxcheck {wxcheck} · {url} · {mode} mode, {format}, {account} account · seed {seed}"
        ),
        Lang::Zh => format!(
            "wxcheck {wxcheck} · {url} · {mode} 模式，{format}，{account} 账号 · 种子 {seed}"
        ),
    }
}

/// The time until fetched data were there.
pub(super) fn fetched(fetched: &FetchSummary, took: Duration, lang: Lang) -> String {
    let (kind, url, budget) = (fetched.kind, &fetched.url, fetched.budget.as_millis());
    let took = took.as_secs_f64() * 1000.0;
    match (lang, kind) {
        (Lang::En, FetchKind::Pre) => format!(
            "  {kind}: {url} answered in {took:.1} ms of the {budget} ms that a cold start takes"
        ),
        (Lang::En, FetchKind::Periodic) => {
            format!("  {kind}: {url} answered in {took:.1} ms of {budget} ms")
        }
        (Lang::Zh, FetchKind::Pre) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，冷启动允许 {budget} 毫秒")
        }
        (Lang::Zh, FetchKind::Periodic) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，上限 {budget} 毫秒")
        }
    }
}

/// The reason that a rule has no verdict, or what else there is to say.
pub(super) fn reason(reason: &Reason, lang: Lang) -> String {
    match lang {
        Lang::En => reason.to_string(),
        Lang::Zh => reason.chinese(),
    }
}

/// Something of the run could not be written.
pub(super) const fn lost(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "a report could not be written, see above",
        Lang::Zh => "有报告无法写出，见上文",
    }
}

/// The number of rules.
pub(super) fn rules(rules: usize, lang: Lang) -> String {
    match (lang, rules) {
        (Lang::En, 1) => "1 rule".to_owned(),
        (Lang::En, _) => format!("{rules} rules"),
        (Lang::Zh, _) => format!("{rules} 条规则"),
    }
}

/// The reason that a run says nothing about its server.
pub(super) const fn no_verdict(open: Open, lang: Lang) -> &'static str {
    let [english, chinese] = open.words();
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

/// The number of rules, with their verdicts.
pub(super) fn total(rules: usize, counts: &str, lang: Lang) -> String {
    match (lang, rules) {
        (Lang::En, 1) => format!("1 rule: {counts}"),
        (Lang::En, _) => format!("{rules} rules: {counts}"),
        (Lang::Zh, _) => format!("{rules} 条规则：{counts}"),
    }
}

/// The names, or how many there are; `--verbose` lists all.
pub(super) fn in_short(ids: &[&str], lang: Lang) -> String {
    match (ids, lang) {
        ([first, rest @ ..], Lang::En) if rest.len() > 3 => {
            format!("{first} and {} more", rest.len())
        }
        ([first, rest @ ..], Lang::Zh) if rest.len() > 3 => {
            format!("{first} 等 {} 条", ids.len())
        }
        (few, _) => few.join(", "),
    }
}

/// The words behind names of which so many more are not shown.
pub(super) fn and_more(more: usize, lang: Lang) -> String {
    match (more, lang) {
        (0, _) => String::new(),
        (_, Lang::En) => format!(" and {more} more; the JSON report names them all"),
        (_, Lang::Zh) => format!("，另有 {more} 个；JSON 报告列出全部"),
    }
}
