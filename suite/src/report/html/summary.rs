//! The top of the page: the verdict in one word, what was judged, and each area with a mark for every rule.

use maud::{Markup, html};
use wxcheck_events::{ContractState, Ended};

use super::{
    anchor, prose,
    words::{both, both_of, label, own, short, verdict},
};
use crate::{
    reason::{Reason, Unjudged},
    report::{Outcome, View, known, labels, view::Row},
    verdict::Verdict,
    words::Language,
};

/// The order in which verdicts are counted: the worst first.
const ORDER: [Verdict; 8] = [
    Verdict::Failed,
    Verdict::Errored,
    Verdict::Warned,
    Verdict::Flaky,
    Verdict::Passed,
    Verdict::Noted,
    Verdict::Inconclusive,
    Verdict::Skipped,
];

pub(super) fn section(view: &View) -> Markup {
    html! {
        section.summary {
            div.verdict.(tone(view)) {
                h1 { (headline(view)) }
                p { (in_a_line(view)) }
            }
            (share(view))
            (target(view))
            @if !matches!(view.ended.ended, Ended::NoContact { .. }) {
                (areas(view))
            }
        }
    }
}

fn tone(view: &View) -> &'static str {
    match view.outcome() {
        Outcome::Failed => "bad",
        Outcome::Passed if !is_doubted(view) => "good",
        Outcome::NoVerdict(_) | Outcome::Passed => "unsure",
    }
}

fn is_doubted(view: &View) -> bool {
    let doubts = [Verdict::Warned, Verdict::Flaky];
    doubts
        .into_iter()
        .any(|verdict| view.unknown(verdict).next().is_some())
}

fn headline(view: &View) -> Markup {
    match view.outcome() {
        Outcome::Failed => own("Failed", "未通过"),
        Outcome::NoVerdict(_) => own("No verdict", "没有结论"),
        Outcome::Passed if is_doubted(view) => own("Passed, with warnings", "通过，有警告"),
        Outcome::Passed => own("Passed", "通过"),
    }
}

/// The reason that there is no verdict, what was found, and why the run ended early.
fn in_a_line(view: &View) -> Markup {
    let mut parts: Vec<(String, String)> = Vec::new();
    if let Some(open) = view.outcome().open() {
        let [english, chinese] = open.words();
        parts.push((english.to_owned(), chinese.to_owned()));
    }
    let [english, chinese] = [Language::English, Language::Chinese].map(|one| view.found(one));
    parts.extend(english.into_iter().zip(chinese));
    let open = view.count(Verdict::Inconclusive);
    if open > 0 && !view.gate().inconclusive {
        parts.push((
            format!("{open} could not be judged"),
            format!("{open} 条未判定"),
        ));
    }
    if parts.is_empty() {
        let passed = view.count(Verdict::Passed);
        parts.push((
            format!("{passed} rules passed"),
            format!("{passed} 条规则通过"),
        ));
    }
    let early = |language| labels::ended_early(view, language);
    parts.extend(early(Language::English).zip(early(Language::Chinese)));
    html! {
        @for (place, (english, chinese)) in parts.iter().enumerate() {
            @if place > 0 { " · " }
            (both(english, chinese))
        }
        @if let Ended::NoContact { reason } = &view.ended.ended {
            " · " (prose::render(reason))
        }
    }
}

/// One bar with the share of each verdict, and its legend.
fn share(view: &View) -> Markup {
    let counted: Vec<(Verdict, usize)> = ORDER
        .into_iter()
        .map(|verdict| (verdict, view.unknown(verdict).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let known = view.known().count();
    let all = view.rows.len().max(1);
    let mut before = 0;
    let bars: Vec<(Verdict, String, String)> = counted
        .iter()
        .map(|(verdict, count)| {
            let bar = (*verdict, percent(before, all), percent(*count, all));
            before += count;
            bar
        })
        .collect();
    html! {
        div.share {
            svg width="100%" height="10" aria-hidden="true" {
                @for (verdict, x, width) in &bars {
                    rect class=(verdict) x=(x) y="0" width=(width) height="10" {}
                }
            }
            ul.legend {
                @for (one, count) in &counted {
                    li { i.dot.(one) aria-hidden="true" {} b { (count) } " " (verdict(*one)) }
                }
                @if known > 0 {
                    li { i.dot.known aria-hidden="true" {} b { (known) } " " (own("known", "已知")) }
                }
            }
        }
    }
}

/// The part of a whole, in percent.
#[expect(
    clippy::cast_precision_loss,
    reason = "a hundredth of a percent is drawn"
)]
pub(super) fn percent(part: usize, whole: usize) -> String {
    format!("{:.2}%", 100.0 * part as f64 / whole as f64)
}

fn target(view: &View) -> Markup {
    let begun = &view.begun;
    let ended = &view.ended;
    html! {
        dl.facts {
            div.wide { dt { (own("Target", "目标")) } dd { code { (begun.url) } } }
            div { dt { (own("Account", "账号")) } dd { (begun.account) } }
            div { dt { (own("Mode", "模式")) } dd { (begun.mode) ", " (begun.format) } }
            div { dt { (own("Seed", "种子")) } dd { (begun.seed) } }
            div {
                dt { (own("Requests", "请求")) }
                dd {
                    (ended.requests)
                    @if let Some(diagnosed) = &view.diagnosed {
                        " " small {
                            (both(
                                &format!("(and {} to find the cause)", diagnosed.requests),
                                &format!("（另有 {} 个用于查找原因）", diagnosed.requests),
                            ))
                        }
                    }
                }
            }
            div {
                dt { (own("Time", "耗时")) }
                dd {
                    (short(ended.took_micros))
                    @if ended.waiting_micros > 0 {
                        " " small {
                            (both(
                                &format!("({} of it waiting)", short(ended.waiting_micros)),
                                &format!("（其中等待 {}）", short(ended.waiting_micros)),
                            ))
                        }
                    }
                }
            }
            @if let Some(url) = &begun.authorization_url {
                div.wide { dt { (own("Platform notifications", "平台通知")) } dd { code { (url) } } }
            }
            @for fetched in &view.fetches {
                div.wide {
                    dt { (fetched.kind.name()) }
                    dd {
                        code { (fetched.url) }
                        @if let Some(took) = fetched.took {
                            " " small { (short(crate::log::micros(took))) " / " (short(crate::log::micros(fetched.budget))) }
                        }
                    }
                }
            }
        }
        @if ended.starved {
            p.note {
                (both(
                    &format!("This machine was busy: timers of wxcheck fired up to {} late. That time was left out of the limits.", short(ended.lateness_micros)),
                    &format!("本机繁忙：wxcheck 自身的定时器最多延迟了 {}，这段时间没有计入时限。", short(ended.lateness_micros)),
                ))
            }
        }
        @if view.shows_no_push_taken() {
            p.note {
                (label(|labels| labels.unseen))
                @if view.wants_effects() { " " (label(|labels| labels.unwatched)) }
            }
        }
        @if let Some(ended) = &view.server_ended {
            div.note {
                p {
                    (both(
                        &labels::server_ended(ended, Language::English),
                        &labels::server_ended(ended, Language::Chinese),
                    ))
                }
                @if !ended.output.is_empty() {
                    pre { (prose::body(&ended.output.join("\n"), &[])) }
                }
            }
        }
        (outdated(view))
        (contract(view))
    }
}

/// The entries of the list of known findings that are no longer right.
fn outdated(view: &View) -> Markup {
    let listed = view
        .baseline
        .as_ref()
        .filter(|listed| !listed.faults.is_empty());
    html! {
        @if let Some(listed) = listed {
            ul.note {
                @for fault in &listed.faults {
                    li {
                        code { (listed.file) ":" (fault.line) } " "
                        (prose::pair(&known::in_english(fault), &known::in_chinese(fault)))
                    }
                }
            }
        }
    }
}

/// The replies that are not as they were in an earlier run.
fn contract(view: &View) -> Markup {
    let changed = view
        .contract
        .as_ref()
        .and_then(|contract| match &contract.state {
            ContractState::Changed { replies } => Some(replies),
            ContractState::New | ContractState::Kept | ContractState::Unseen { .. } => None,
        });
    html! {
        @if let Some(replies) = changed {
            details.contract {
                summary {
                    (both(
                        &format!("{} pushes are answered otherwise than before", replies.len()),
                        &format!("{} 条推送的响应与以前不同", replies.len()),
                    ))
                }
                @for reply in replies {
                    h4 { code { (reply.push) } }
                    div.pair {
                        (side("expected", &own("Before", "以前"), reply.then.as_deref()))
                        (side("actual", &own("Now", "现在"), reply.now.as_deref()))
                    }
                }
            }
        }
    }
}

fn side(class: &str, title: &Markup, text: Option<&str>) -> Markup {
    html! {
        div class=(class) {
            h5 { (title) }
            @match text {
                Some(text) => pre { (prose::body(text, &[])) },
                None => p { (own("nothing", "无")) },
            }
        }
    }
}

/// One line for each area: a mark for every rule, and how many passed.
fn areas(view: &View) -> Markup {
    html! {
        div.areas {
            @for (area, rows) in view.areas() {
                div.area {
                    span.name { (area) }
                    span.marks {
                        @for row in rows {
                            (mark(row))
                        }
                    }
                    span.of { (share_of(rows)) }
                }
            }
        }
    }
}

/// The number of rules that passed; of an area of which none was tried, why.
fn share_of(rows: &[Row]) -> Markup {
    let all = |is_so: fn(&Row) -> bool| rows.iter().all(is_so);
    if all(is_inapplicable) {
        return own("not applicable", "不适用");
    }
    if all(|row| row.verdict == Verdict::Skipped) {
        return verdict(Verdict::Skipped);
    }
    let passed = rows.iter().filter(|row| row.verdict == Verdict::Passed);
    html! { (passed.count()) "/" (rows.len()) }
}

/// True if a rule does not apply to the server. Others are left out by choice.
fn is_inapplicable(row: &Row) -> bool {
    let is_chosen = matches!(
        row.reason,
        Some(Reason::Unjudged(
            Unjudged::NotAskedFor
                | Unjudged::Gentle
                | Unjudged::TooRough
                | Unjudged::ThroughProxy
                | Unjudged::ByRequest { .. }
        ))
    );
    row.verdict == Verdict::Skipped && !is_chosen
}

/// A mark that leads to its rule in the table.
fn mark(row: &Row) -> Markup {
    html! {
        a.cell.(row.verdict) href=(format!("#{}", anchor('r', row))) {
            span.hint { (row.rule.id) ": " (both_of(&html! { (row.verdict) }, &html! { (row.verdict.word(Language::Chinese)) })) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::view::tests::view_of, rules};
    use wxcheck_events::Scope;

    #[test]
    fn an_area_of_which_no_rule_applies_says_so_and_every_mark_is_a_tab_stop() {
        let of = |reasons: [Unjudged; 2]| {
            let rules = rules::all().filter(|rule| rule.area() == "envelope");
            let rows = rules.zip(reasons).map(|(rule, reason)| Row {
                reason: Some(reason.into()),
                ..Row::plain(rule, Verdict::Skipped)
            });
            areas(&view_of(rows.collect())).into_string()
        };
        let other = || Unjudged::applies_to(Scope::SealedModes);
        let page = of([other(), other()]);
        assert!(
            page.contains("not applicable") && page.contains("不适用"),
            "{page}"
        );
        assert!(
            !page.contains("0/2") && !page.contains("tabindex"),
            "{page}"
        );
        assert!(of([other(), Unjudged::NoSuchUrl]).contains("不适用"));
        let chosen = of([other(), Unjudged::NotAskedFor]);
        assert!(!chosen.contains("not applicable"), "{chosen}");
        let page = areas(&view_of(vec![Row::plain(
            rules::find("reply/status-200").unwrap(),
            Verdict::Passed,
        )]));
        assert!(page.into_string().contains("1/1"));
    }
}
