//! The top of the page: the verdict in one word, what was judged, and each area with a mark for every rule.

use maud::{Markup, html};
use wxcheck_events::{ContractState, Ended};

use super::{
    anchor, prose,
    words::{both, own, short, shown, verdict},
};
use crate::{
    report::{View, known, view::Row},
    rule::Level,
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
    match view.ended.ended {
        Ended::NoContact { .. } => "bad",
        _ if view.fails() || view.count(Verdict::Errored) > 0 => "bad",
        Ended::Stopped { .. } | Ended::OutOfTime | Ended::Cut => "unsure",
        Ended::Whole if is_doubted(view) => "unsure",
        Ended::Whole => "good",
    }
}

fn is_doubted(view: &View) -> bool {
    let doubts = [Verdict::Warned, Verdict::Flaky];
    doubts
        .into_iter()
        .any(|verdict| view.unknown(verdict).next().is_some())
}

fn headline(view: &View) -> Markup {
    match (&view.ended.ended, tone(view)) {
        (Ended::NoContact { .. }, _) => own("No contact", "无法连接"),
        (_, "bad") => own("Failed", "未通过"),
        (Ended::Stopped { .. } | Ended::OutOfTime | Ended::Cut, _) => own("Not finished", "未完成"),
        (Ended::Whole, "unsure") => own("Passed, with warnings", "通过，有警告"),
        (Ended::Whole, _) => own("Passed", "通过"),
    }
}

fn in_a_line(view: &View) -> Markup {
    if let Ended::NoContact { reason } = &view.ended.ended {
        return prose::told(reason);
    }
    let broken = |level| {
        let rows = view.rows.iter().filter(|row| row.rule.level == level);
        let is_broken = |row: &&Row| {
            row.known.is_none() && matches!(row.verdict, Verdict::Failed | Verdict::Warned)
        };
        rows.filter(is_broken).count()
    };
    let (must, should) = (broken(Level::Must), broken(Level::Should));
    let open = view.count(Verdict::Inconclusive);
    let mut told = Vec::new();
    if must > 0 {
        told.push((
            format!("{must} must broken"),
            format!("{must} 条 must 规则未满足"),
        ));
    }
    if should > 0 {
        told.push((
            format!("{should} should broken"),
            format!("{should} 条 should 规则未满足"),
        ));
    }
    let known = view.known().count();
    if known > 0 {
        told.push((
            format!("{known} known and accepted"),
            format!("{known} 条已知并接受"),
        ));
    }
    let others = [
        (
            view.count(Verdict::Errored),
            "could not be judged for a fault of wxcheck",
            "条因 wxcheck 出错未判定",
        ),
        (view.count(Verdict::Flaky), "flaky", "条不稳定"),
        (open, "could not be judged", "条未判定"),
    ];
    for (count, english, chinese) in others {
        if count > 0 {
            told.push((format!("{count} {english}"), format!("{count} {chinese}")));
        }
    }
    if told.is_empty() {
        let passed = view.count(Verdict::Passed);
        told.push((
            format!("{passed} rules passed"),
            format!("{passed} 条规则通过"),
        ));
    }
    let (english, chinese): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    let early = match &view.ended.ended {
        Ended::Stopped { by } => Some((
            format!("stopped by {by} before the end"),
            format!("被 {by} 提前终止"),
        )),
        Ended::OutOfTime => Some((
            "the time for the run was over before its end".to_owned(),
            "运行时间在结束之前用完".to_owned(),
        )),
        Ended::Cut => Some((
            "the log ends before the run did".to_owned(),
            "日志在运行结束之前就中断了".to_owned(),
        )),
        Ended::Whole | Ended::NoContact { .. } => None,
    };
    html! {
        (both(&english.join(", "), &chinese.join("，")))
        @if let Some((english, chinese)) = early {
            " · " (both(&english, &chinese))
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
            div { dt { (own("Requests", "请求")) } dd { (ended.requests) } }
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
                (both(
                    "Nothing that the server answered or did shows that it took any push, so nobody can tell whether it refuses forged ones; see ⟦api-listen⟧ and ⟦effects-url⟧.",
                    "服务器的响应和行为都不能说明它处理了任何一条推送，因此无法判断它是否拒绝伪造的推送；参见 ⟦api-listen⟧ 和 ⟦effects-url⟧。",
                ))
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
                @let passed = rows.iter().filter(|row| row.verdict == Verdict::Passed).count();
                div.area {
                    span.name { (area) }
                    span.marks {
                        @for row in rows {
                            (mark(row))
                        }
                    }
                    span.of { (passed) "/" (rows.len()) }
                }
            }
        }
    }
}

/// A mark that leads to its rule in the table.
fn mark(row: &Row) -> Markup {
    html! {
        a.cell.(row.verdict) tabindex="-1" href=(format!("#{}", anchor('r', row))) {
            span.hint { (row.rule.id) ": " (shown(&html! { (row.verdict) }, &html! { (Language::Chinese.verdict(row.verdict)) })) }
        }
    }
}
