//! A run as one HTML file: nothing outside of it is needed, nothing in it that a target sent does more than be read.
//!
//! Both languages stand in it, and a switch shows one of them. Every text is escaped by the template engine, and the whole
//! page goes through the redactor, like any other report.

mod difference;
mod exchange;
mod finding;
mod first;
mod histogram;
#[cfg(test)]
mod palette;
mod prose;
mod rules;
mod summary;
mod timeline;
mod words;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{View, same_bug::rules_of, view::Row};
use crate::redact::Redacted;
use words::{both, own};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The report.
pub fn write(view: &View) -> Redacted {
    view.secrets.html(&page(view).into_string())
}

fn page(view: &View) -> Markup {
    let told = view.problems();
    html! {
        (DOCTYPE)
        html lang="en" data-lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { "wxcheck: " (view.begun.url) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { (own("Skip to the report", "跳到报告")) }
                header.bar {
                    strong.mark { "wxcheck" }
                    span.version { (view.begun.wxcheck) }
                    nav aria-label="Page" {
                        @if !told.is_empty() {
                            a href="#findings" { (own("Findings", "问题")) }
                        }
                        a href="#times" { (own("Times", "耗时")) }
                        a href="#rules" { (own("Rules", "规则")) }
                    }
                    div.switches {
                        button type="button" data-act="lang" { (own("中文", "English")) }
                        button type="button" data-act="theme" {
                            span.for-dark { (own("Light", "浅色")) }
                            span.for-light { (own("Dark", "深色")) }
                        }
                    }
                }
                main #main {
                    (summary::section(view))
                    (first::section(view, &told))
                    @if !told.is_empty() {
                        section #findings {
                            div.title {
                                h2 { (own("Findings", "问题")) span.count { (rules_of(&told)) } }
                                div.switches {
                                    button type="button" data-act="open" { (own("Open all", "全部展开")) }
                                    button type="button" data-act="close" { (own("Close all", "全部收起")) }
                                }
                            }
                            @for (place, told) in told.iter().enumerate() {
                                (finding::article(view, told, place == 0))
                            }
                        }
                    }
                    (histogram::section(view))
                    (rules::section(view, &told))
                }
                footer {
                    (both(
                        &format!("wxcheck {}, seed {}: the same seed sends the same requests again.", view.begun.wxcheck, view.begun.seed),
                        &format!("wxcheck {}，种子 {}：相同的种子会发送相同的请求。", view.begun.wxcheck, view.begun.seed),
                    ))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Nothing may be fetched, and no other script or style than our own counts.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The place in the page where a rule stands: `f` for its finding, `r` for its row in the table.
fn anchor(kind: char, row: &Row) -> String {
    format!("{kind}-{}", row.rule.id.as_str().replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_do_not_end_their_elements_and_name_nothing_outside() {
        for text in [STYLE, SCRIPT] {
            for word in [
                "</",
                "<!--",
                "http:",
                "https:",
                "url(",
                "@import",
                "innerHTML",
            ] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
