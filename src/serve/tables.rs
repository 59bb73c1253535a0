//! The tables that `serve --list` and `serve --bounds` print.

use std::fmt::Write as _;

use wxcheck_mock_server::{
    api::ENDPOINTS,
    bounds::{BOUNDS, Beyond, size},
};

use crate::language::{Language, told};

/// The table of endpoints.
pub(super) fn list(lang: Language, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Language::English => "| method | path | limits | what it does |\n|---|---|---|---|\n",
            Language::Chinese => "| 方法 | 路径 | 限额 | 用途 |\n|---|---|---|---|\n",
        });
    }
    for endpoint in ENDPOINTS {
        let (method, path, limits) = (endpoint.method.as_str(), endpoint.path, endpoint.limits());
        let summary = match lang {
            Language::English => endpoint.summary,
            Language::Chinese => endpoint.summary_zh,
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
pub(super) fn bounds(lang: Language, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Language::English => {
                "| what | each, about | of an app | in all | beyond |\n|---|---|---|---|---|\n"
            }
            Language::Chinese => {
                "| 内容 | 每个约 | 每个应用 | 总计 | 超出时 |\n|---|---|---|---|---|\n"
            }
        });
    }
    for bound in BOUNDS {
        let kind = match lang {
            Language::English => bound.kind,
            Language::Chinese => bound.kind_zh,
        };
        let beyond = match (lang, bound.beyond) {
            (Language::English, Beyond::Forgotten) => "the oldest is forgotten",
            (Language::English, Beyond::Refused) => "refused",
            (Language::English, Beyond::Waits) => "waits",
            (Language::English, Beyond::Counted) => "dropped and counted",
            (Language::Chinese, Beyond::Forgotten) => "丢弃最早的",
            (Language::Chinese, Beyond::Refused) => "拒绝",
            (Language::Chinese, Beyond::Waits) => "排队等待",
            (Language::Chinese, Beyond::Counted) => "丢弃并计数",
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
