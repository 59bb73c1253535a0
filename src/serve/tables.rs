//! The tables that `serve --list` and `serve --bounds` print.

use std::fmt::Write as _;

use wxcheck_mock_server::{
    api::ENDPOINTS,
    bounds::{BOUNDS, Beyond, size},
};

use crate::language::{Lang, told};

/// The table of endpoints.
pub(super) fn list(lang: Lang, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Lang::En => "| method | path | limits | what it does |\n|---|---|---|---|\n",
            Lang::Zh => "| 方法 | 路径 | 限额 | 用途 |\n|---|---|---|---|\n",
        });
    }
    for endpoint in ENDPOINTS {
        let (method, path, limits) = (endpoint.method.as_str(), endpoint.path, endpoint.limits());
        let summary = match lang {
            Lang::En => endpoint.summary,
            Lang::Zh => endpoint.summary_zh,
        };
        let _ = if markdown {
            writeln!(text, "| {method} | `{path}` | {limits} | {summary} |")
        } else {
            writeln!(text, "{method:<5} {path:<47} {summary}")
        };
    }
    text
}

/// The table of bounds.
pub(super) fn bounds(lang: Lang, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Lang::En => {
                "| what | each, about | of an app | in all | beyond |\n|---|---|---|---|---|\n"
            }
            Lang::Zh => "| 内容 | 每个约 | 每个应用 | 总计 | 超出时 |\n|---|---|---|---|---|\n",
        });
    }
    for bound in BOUNDS {
        let kind = match lang {
            Lang::En => bound.kind,
            Lang::Zh => bound.kind_zh,
        };
        let beyond = match (lang, bound.beyond) {
            (Lang::En, Beyond::Forgotten) => "the oldest is forgotten",
            (Lang::En, Beyond::Refused) => "refused",
            (Lang::En, Beyond::Waits) => "waits",
            (Lang::En, Beyond::Counted) => "dropped and counted",
            (Lang::Zh, Beyond::Forgotten) => "丢弃最早的",
            (Lang::Zh, Beyond::Refused) => "拒绝",
            (Lang::Zh, Beyond::Waits) => "排队等待",
            (Lang::Zh, Beyond::Counted) => "丢弃并计数",
        };
        let (each, own, all) = (
            size(bound.each),
            bound.per_app.to_string(),
            bound.in_all.to_string(),
        );
        let _ = if markdown {
            writeln!(text, "| {kind} | {each} | {own} | {all} | {beyond} |")
        } else {
            let told = told!(
                lang,
                "{kind}: {each} each; of an app {own}; in all {all}; beyond: {beyond}",
                "{kind}：每个 {each}；每个应用 {own}；总计 {all}；超出时{beyond}"
            );
            writeln!(text, "{told}")
        };
    }
    text
}
