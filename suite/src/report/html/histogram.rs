//! The answer times of all pushes, with the limit marked: on a logarithmic axis, for most answers take milliseconds.

use maud::{Markup, html};
use wxcheck_events::AnswerTimes;

use super::{
    summary::percent,
    words::{both, own, short, tick},
};
use crate::report::View;

/// The height of the bars, in pixels.
const HEIGHT: f64 = 120.0;
/// The place of their feet.
const GROUND: f64 = 140.0;
/// The least height of a bar for something.
const LEAST: f64 = 3.0;

pub(super) fn section(view: &View) -> Markup {
    let times = &view.ended.answer_times;
    let limit = view.begun.limit_micros;
    html! {
        section #times {
            div.title { h2 { (own("Answer times", "响应耗时")) } }
            @if times.answers() + times.unanswered == 0 {
                p.none { (own("No push was sent, or the record of this run has no times.", "没有发送推送，或本次运行的记录中没有耗时数据。")) }
            } @else {
                p.note { (caption(times, limit)) }
                (drawn(times, limit))
            }
        }
    }
}

fn caption(times: &AnswerTimes, limit: u64) -> Markup {
    let late: u64 = times
        .classes
        .iter()
        .filter(|class| class.within_micros > limit)
        .map(|class| class.answers)
        .sum();
    let (answers, slowest, none) = (
        times.answers(),
        short(times.slowest_micros),
        times.unanswered + late,
    );
    let half = median(times).map_or_else(String::new, short);
    let limit = tick(limit);
    let [unanswered, unanswered_zh] = if none == 0 {
        [String::new(), String::new()]
    } else {
        [
            format!(" {none} got no whole answer within {limit}."),
            format!("{none} 条在 {limit} 内没有得到完整响应。"),
        ]
    };
    both(
        &format!(
            "{answers} pushes were answered, half of them within {half}; the slowest answer took {slowest}.{unanswered}"
        ),
        &format!(
            "{answers} 条推送得到响应，其中一半在 {half} 以内；最慢的响应用了 {slowest}。{unanswered_zh}"
        ),
    )
}

/// The end of the class in which the middle answer is, or the slowest answer where that came sooner.
fn median(times: &AnswerTimes) -> Option<u64> {
    let half = times.answers().div_ceil(2);
    let mut before = 0;
    times.classes.iter().find_map(|class| {
        before += class.answers;
        (before >= half).then_some(class.within_micros.min(times.slowest_micros))
    })
}

fn drawn(times: &AnswerTimes, limit: u64) -> Markup {
    let last = times
        .classes
        .last()
        .map_or(limit, |class| class.within_micros.max(limit));
    let ends: Vec<u64> = AnswerTimes::ends(last).collect();
    // The last column is for pushes without an answer.
    let columns = ends.len() + 1;
    let count = |end: u64| {
        let class = times
            .classes
            .iter()
            .find(|class| class.within_micros == end);
        class.map_or(0, |class| class.answers)
    };
    let most = times
        .classes
        .iter()
        .map(|class| class.answers)
        .chain([times.unanswered])
        .max()
        .unwrap_or(1)
        .max(1);
    let until_limit = ends.iter().filter(|end| **end <= limit).count();
    html! {
        figure.histogram {
            svg width="100%" height="176" role="img" aria-label="Answer times" {
                line.ground x1="0" x2="100%" y1=(GROUND) y2=(GROUND) {}
                @for (place, end) in ends.iter().enumerate() {
                    @let answers = count(*end);
                    @if answers > 0 {
                        (bar(place, columns, answers, most, if *end > limit { "late" } else if *end > limit / 2 { "slow" } else { "well" }, &short(*end)))
                    }
                    @if is_labelled(*end) && *end != limit {
                        text x=(x(place + 1, columns)) y="156" text-anchor="middle" { (tick(*end)) }
                    }
                }
                line.limit x1=(x(until_limit, columns)) x2=(x(until_limit, columns)) y1="4" y2=(GROUND + 4.0) {}
                text.limit x=(x(until_limit, columns)) y="172" text-anchor="middle" { (tick(limit)) }
                @if times.unanswered > 0 {
                    (bar(columns - 1, columns, times.unanswered, most, "late", "∞"))
                    text x="100%" y="156" text-anchor="end" { (own("none", "无响应")) }
                }
            }
        }
    }
}

fn is_labelled(end: u64) -> bool {
    [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].contains(&end)
}

/// The left side of a column.
fn x(place: usize, columns: usize) -> String {
    percent(place, columns)
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is drawn")]
fn bar(place: usize, columns: usize, answers: u64, most: u64, class: &str, end: &str) -> Markup {
    let height = (HEIGHT * answers as f64 / most as f64).max(LEAST);
    let top = GROUND - height;
    html! {
        rect class=(class) x=(x(10 * place + 1, 10 * columns)) y=(format!("{top:.1}")) width=(x(8, 10 * columns)) height=(format!("{height:.1}")) {
            title { "≤ " (end) ": " (answers) }
        }
        text.count x=(x(2 * place + 1, 2 * columns)) y=(format!("{:.1}", top - 4.0)) text-anchor="middle" { (answers) }
    }
}
