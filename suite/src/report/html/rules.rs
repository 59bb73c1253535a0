//! Every rule with its verdict and what there is to say of it, to be filtered by verdict, level and words.

use maud::{Markup, html};

use super::{
    anchor, prose,
    words::{both, level, own, short, verdict},
};
use crate::{
    report::{View, known::reason, same_bug::Problem, view::Row},
    rule::Level,
    verdict::Verdict,
    words::Language,
};

pub(super) fn section(view: &View, told: &[Problem<'_>]) -> Markup {
    html! {
        section #rules {
            div.title { h2 { (own("Rules", "规则")) span.count { (view.rows.len()) } } }
            form.filter role="search" {
                label.words {
                    span { (own("Filter", "筛选")) }
                    input type="search" name="words" autocomplete="off" spellcheck="false" placeholder="reply, msgid, …";
                }
                div.chips role="group" aria-labelledby="by-verdict" {
                    span.hint #by-verdict { (own("By verdict", "按结论")) }
                    @for one in Verdict::ALL {
                        @let count = view.count(one);
                        @if count > 0 {
                            button type="button" data-verdict=(one) aria-pressed="false" {
                                i.dot.(one) aria-hidden="true" {} (verdict(one)) " " small { (count) }
                            }
                        }
                    }
                }
                div.chips role="group" aria-labelledby="by-level" {
                    span.hint #by-level { (own("By level", "按级别")) }
                    @for one in [Level::Must, Level::Should, Level::Info] {
                        button type="button" data-level=(level(one)) aria-pressed="false" { (level(one)) }
                    }
                }
            }
            p.note role="status" data-says="count" {}
            table {
                thead {
                    tr {
                        th scope="col" { (own("Verdict", "结论")) }
                        th scope="col" { (own("Rule", "规则")) }
                        th scope="col" { (own("What was seen", "观察结果")) }
                        th.time scope="col" { (own("Time", "耗时")) }
                    }
                }
                tbody {
                    @for row in &view.rows {
                        (line(row, told))
                    }
                }
            }
            p.none data-says="nothing" hidden { (own("No rule is like that.", "没有符合条件的规则。")) }
        }
    }
}

fn line(row: &Row, told: &[Problem<'_>]) -> Markup {
    let id = row.rule.id.as_str();
    let (english, chinese) = (row.english(), row.chinese());
    html! {
        tr id=(anchor('r', row)) data-verdict=(row.verdict) data-level=(level(row.rule.level)) {
            td { span.pill.(row.verdict) { (verdict(row.verdict)) } }
            td {
                code { (id) } " " small { (level(row.rule.level)) }
                p { (prose::pair(english.summary, chinese.summary)) }
            }
            td.seen { (seen(row, told)) }
            td.time { @if row.took.as_millis() > 0 { (short(crate::log::micros(row.took))) } }
        }
    }
}

/// The finding, or the reason that there is none.
fn seen(row: &Row, told: &[Problem<'_>]) -> Markup {
    let leading = told.iter().find(|told| {
        let mut all = told.others.iter().chain([&told.row]);
        all.any(|known| known.rule.id == row.rule.id)
    });
    html! {
        @if let Some(finding) = &row.finding {
            p {
                (prose::render(&finding.actual))
                @if let Some(told) = leading {
                    " " a href=(format!("#{}", anchor('f', told.row))) { (own("finding", "详情")) " →" }
                }
            }
        }
        @if let Some(known) = &row.known {
            p {
                b { (own("Known", "已知")) } ": " (both(reason(known, Language::English), reason(known, Language::Chinese)))
                @if let Some(day) = &known.expires {
                    " " small { (both(&format!("until {day}"), &format!("截至 {day}"))) }
                }
            }
        }
        @if let Some(reason) = &row.reason {
            p { (prose::pair(&reason.to_string(), &reason.chinese())) }
        }
    }
}
