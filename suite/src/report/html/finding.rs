//! A finding: what was expected beside what came, why it matters, how to fix it, how it was seen and how to see it again.

use maud::{Markup, html};

use super::{
    anchor,
    difference::{pieces, quoted},
    exchange::{self, copied},
    prose, timeline,
    words::{both, both_of, level, own, verdict},
};
use crate::{
    report::{
        View,
        same_bug::Problem,
        view::{BrokenClaim, Row},
    },
    words::in_chinese,
};

/// The number of pushes that are named.
const NAMED: usize = 24;

pub(super) fn article(view: &View, told: &Problem<'_>, open: bool) -> Markup {
    let row = told.row;
    let (english, chinese) = (row.english(), row.chinese());
    let title = match told.title_with_rules() {
        Some([title, title_zh]) => both(&title, &title_zh),
        None => prose::pair(english.summary, chinese.summary),
    };
    html! {
        details.finding.(row.verdict) id=(anchor('f', row)) open[open] {
            summary {
                span.pill.(row.verdict) { (verdict(row.verdict)) }
                span.what {
                    h3 { (title) }
                    span.id { code { (row.rule.id) } " · " (level(row.rule.level)) }
                }
            }
            div.inside {
                @if told.title.is_some() {
                    p { (prose::pair(english.summary, chinese.summary)) }
                }
                @if let Some(finding) = &row.finding {
                    (contrast(finding))
                }
                div.advice {
                    div.fix { h4 { (own("Fix", "修复")) } p { (prose::pair(english.fix, chinese.fix)) } }
                    div.why { h4 { (own("Why it matters", "为什么重要")) } p { (prose::pair(english.why, chinese.why)) } }
                }
                (notes(told))
                @if let Some(finding) = row.finding.as_ref().filter(|finding| !finding.story.is_empty()) {
                    div.story {
                        h4 { (own("Story", "经过")) }
                        ol { @for line in &finding.story { li { (prose::render(line)) } } }
                    }
                }
                @if let Some(witness) = &row.witness {
                    (timeline::drawn(witness, view.begun.limit_micros))
                    @if let Some(evidence) = &witness.exchange {
                        (exchange::drawn(witness, evidence, &differing(row)))
                    }
                }
                (again(view, row))
                p.source { (own("Source", "依据")) ": " (prose::render(row.rule.source)) }
            }
        }
    }
}

fn contrast(finding: &BrokenClaim) -> Markup {
    let (expected, actual) = (&finding.expected, &finding.actual);
    let chinese = (in_chinese(expected), in_chinese(actual));
    let side = |text: &str, other: &str, is_actual| prose::marked(&pieces(text, other, is_actual));
    let each = |(text, chinese): (&str, &str), (other, chinese_other): (&str, &str), is_actual| {
        if text == chinese {
            side(text, other, is_actual)
        } else {
            both_of(
                &side(text, other, is_actual),
                &side(chinese, chinese_other, is_actual),
            )
        }
    };
    let expected = (expected.as_str(), chinese.0.as_str());
    let actual = (actual.as_str(), chinese.1.as_str());
    html! {
        div.pair {
            div.expected { h4 { (own("Expected", "期望")) } p { (each(expected, actual, false)) } }
            div.actual { h4 { (own("Got", "实际")) } p { (each(actual, expected, true)) } }
        }
    }
}

/// The parts of the answer that were quoted and not expected; they are marked in the answer itself.
fn differing(row: &Row) -> Vec<String> {
    let Some(finding) = &row.finding else {
        return Vec::new();
    };
    let expected: Vec<&str> = quoted(&finding.expected).collect();
    let quoted = quoted(&finding.actual).filter(|part| !expected.contains(part));
    let cut = quoted.map(|part| part.trim_end_matches('…').to_owned());
    cut.filter(|part| !part.is_empty()).collect()
}

/// Further things that are known of it.
fn notes(told: &Problem<'_>) -> Markup {
    let row = told.row;
    let others: Vec<&str> = row.claims.iter().skip(1).map(String::as_str).collect();
    html! {
        dl.notes {
            @if !row.pushes.is_empty() {
                dt { (own("Pushes", "推送")) }
                dd {
                    @for push in row.pushes.iter().take(NAMED) { code { (push) } " " }
                    @if row.pushes.len() > NAMED {
                        (both(&format!("and {} more", row.pushes.len() - NAMED), &format!("另有 {} 个", row.pushes.len() - NAMED)))
                    }
                }
            }
            @if !others.is_empty() {
                dt { (own("Also", "还有")) }
                dd { @for claim in others { code { (claim) } " " } }
            }
            @if !told.others.is_empty() {
                dt { (own("Same bug", "同一缺陷")) }
                dd { @for other in &told.others { code { (other.rule.id) } " " } }
            }
            @if let Some(reason) = &row.reason {
                dt { (own("Note", "说明")) }
                dd { (prose::pair(&reason.to_string(), &reason.chinese())) }
            }
            @if let Some(note) = row.deprecated {
                dt { (own("Note", "说明")) }
                dd { (both(&note.english(), &note.chinese())) }
            }
        }
    }
}

/// The lines that show it again.
fn again(view: &View, row: &Row) -> Markup {
    let known = row.reproduction.as_ref();
    // The last line is the request at which it shows; a replay sends those before it as well.
    let curl = known.and_then(|known| known.curl.last());
    html! {
        @if let Some(curl) = curl {
            (copied(&own("Send it", "重发"), curl))
        }
        @if let Some(line) = view.replay_line(row) {
            (copied(&own("Replay", "重放"), &line))
        }
    }
}
