//! A play on one time axis: a lane for each request, one for each path of the API that was called, and one for what was done
//! to the API. Lanes are as wide as there is room; what they show stands beside them as text as well.

use maud::{Markup, html};
use wxcheck_events::{RecordedOutcome, Witness, WitnessedCall, WitnessedRequest};

use super::{
    exchange::{more, outcome},
    prose,
    words::{both, own, short, tick},
};
use crate::step::{Forgery, Verify};

/// The height of a lane, in pixels.
const LANE: u32 = 22;
/// The share of the axis that is left behind what ends last.
const MARGIN: f64 = 1.06;

pub(super) fn drawn(witness: &Witness, limit: u64) -> Markup {
    let axis = Axis::of(witness);
    html! {
        div.timeline {
            h4 {
                (own("Timeline", "时间线"))
                @if let Some(more) = more(witness.more_requests, witness.more_calls) {
                    " " small { "(" (more) ")" }
                }
            }
            div.lanes {
                div.lane.axis aria-hidden="true" {
                    span.what {}
                    svg width="100%" height="16" {
                        @for mark in axis.marks() {
                            text x=(axis.x(mark)) y="12" text-anchor=(if mark == 0 { "start" } else { "middle" }) { (tick(mark)) }
                        }
                    }
                    span.how {}
                }
                @for (place, request) in witness.requests.iter().enumerate() {
                    (lane_of_request(&axis, witness, place, request, limit))
                }
                @for (path, calls) in by_path(&witness.calls) {
                    (lane_of_calls(&axis, path, &calls))
                }
                @if !witness.acts.is_empty() {
                    (lane_of_acts(&axis, witness))
                }
            }
        }
    }
}

/// The time axis of a play.
struct Axis {
    /// The time at its right end, in microseconds.
    end: f64,
    /// From one mark to the next.
    step: u64,
}

impl Axis {
    #[expect(clippy::cast_precision_loss, reason = "a play takes no thousand years")]
    fn of(witness: &Witness) -> Self {
        let requests = witness
            .requests
            .iter()
            .map(|request| request.end_micros().unwrap_or(request.at_micros));
        let calls = witness.calls.iter().map(|call| call.at_micros);
        let acts = witness.acts.iter().map(|act| act.at_micros);
        let last = requests
            .chain(calls)
            .chain(acts)
            .max()
            .unwrap_or_default()
            .max(1000);
        Self {
            end: last as f64 * MARGIN,
            step: step_of(last),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a play takes no thousand years")]
    fn percent(&self, micros: u64) -> f64 {
        (100.0 * micros as f64 / self.end).min(100.0)
    }

    /// The place of a time.
    fn x(&self, micros: u64) -> String {
        format!("{:.2}%", self.percent(micros))
    }

    fn marks(&self) -> impl Iterator<Item = u64> {
        let marks = std::iter::successors(Some(0), |mark| Some(mark + self.step));
        marks.take_while(|mark| self.percent(*mark) < 97.0)
    }

    /// The lines that go through every lane.
    fn grid(&self) -> Markup {
        html! {
            @for mark in self.marks() {
                line.grid x1=(self.x(mark)) x2=(self.x(mark)) y1="0" y2="100%" {}
            }
        }
    }
}

/// The round distance that makes three to six marks.
fn step_of(last: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [unit, 2 * unit, 5 * unit] {
            if last / step < 5 {
                return step;
            }
        }
        unit *= 10;
    }
}

fn lane_of_request(
    axis: &Axis,
    witness: &Witness,
    place: usize,
    request: &WitnessedRequest,
    limit: u64,
) -> Markup {
    let is_shown = witness.at == Some(place);
    let end = request.end_micros();
    let is_cut = request.cut_micros.is_some();
    let tone = tone(request);
    html! {
        div.lane.shown[is_shown] {
            span.what {
                span.number { (place + 1) }
                (name(request))
                @if let Some(first) = request.repeats {
                    " " small { (both(&format!("again {}", first + 1), &format!("重推 {}", first + 1))) }
                }
                @if request.forged && request.kind == "push" { " " small.forged { (own("forged", "伪造")) } }
            }
            svg.play.(tone) width="100%" height=(LANE) aria-hidden="true" {
                (axis.grid())
                @if let Some(end) = end {
                    line.took x1=(axis.x(request.at_micros)) x2=(axis.x(end)) y1="11" y2="11" {}
                    @if is_cut {
                        line.cut x1=(axis.x(end)) x2=(axis.x(end)) y1="3" y2="19" {}
                    }
                }
                circle cx=(axis.x(request.at_micros)) cy="11" r="3.5" {}
            }
            span.how {
                (outcome(&request.outcome))
                @if is_slow(request, limit) { " " small { "> 50%" } }
                @if is_shown { " " b.here { (own("shows here", "问题在此")) } }
            }
        }
    }
}

/// True if more than half the limit was used.
fn is_slow(request: &WitnessedRequest, limit: u64) -> bool {
    matches!(request.outcome, RecordedOutcome::Answered { total_micros, .. } if total_micros > limit / 2)
}

fn tone(request: &WitnessedRequest) -> &'static str {
    match request.outcome {
        RecordedOutcome::Answered {
            status: 200..300, ..
        } => "well",
        RecordedOutcome::Answered { .. } => "odd",
        RecordedOutcome::Silent { .. } => "none",
    }
}

fn name(request: &WitnessedRequest) -> Markup {
    let kind = match request.kind.as_str() {
        "push" => own("push", "推送"),
        "verification" => own("verification", "URL 验证"),
        "fetch" => own("fetch", "数据拉取"),
        _ => own("visit", "访问"),
    };
    html! {
        (kind)
        @if request.kind == "verification" {
            " " small.forged[request.forged] { (difference(request.name.as_deref())) }
        } @else if let Some(name) = &request.name {
            " " code { (name) }
        }
    }
}

/// The way in which a verification differs from WeChat's.
fn difference(name: Option<&str>) -> Markup {
    let mut forgeries = Forgery::ALL.into_iter();
    let forgery = forgeries.find(|one| Some(one.claim()) == name);
    let [english, chinese] = match (forgery, name) {
        (Some(Forgery::OtherToken), _) => ["another Token", "其他 Token"],
        (Some(Forgery::Altered), _) => ["wrong signature", "签名错误"],
        (Some(Forgery::Empty), _) => ["empty signature", "签名为空"],
        (Some(Forgery::Truncated), _) => ["half a signature", "签名只有一半"],
        (Some(Forgery::Missing), _) => ["no signature", "没有签名"],
        (Some(Forgery::NoTimestamp), _) => ["no timestamp", "没有 timestamp"],
        (Some(Forgery::NoNonce), _) => ["no nonce", "没有 nonce"],
        (None, Some(Verify::REVERSED)) => ["parameters reversed", "参数顺序颠倒"],
        (None, Some(Verify::ONE_MORE)) => ["one parameter more", "多一个参数"],
        (None, _) => ["signed rightly", "签名正确"],
    };
    own(english, chinese)
}

/// The calls by path, in the order in which the paths were first called.
fn by_path(calls: &[WitnessedCall]) -> Vec<(Option<&str>, Vec<&WitnessedCall>)> {
    let mut lanes: Vec<(Option<&str>, Vec<&WitnessedCall>)> = Vec::new();
    for call in calls {
        let path = call.path.as_deref();
        match lanes.iter_mut().find(|(known, _)| *known == path) {
            Some((_, calls)) => calls.push(call),
            None => lanes.push((path, vec![call])),
        }
    }
    lanes
}

fn lane_of_calls(axis: &Axis, path: Option<&str>, calls: &[&WitnessedCall]) -> Markup {
    let effects: usize = calls.iter().map(|call| call.effects).sum();
    let refused = calls.iter().filter(|call| call.errcode != 0).count();
    html! {
        div.lane.call {
            span.what {
                @match path {
                    Some(path) => { small { (own("calls", "调用")) } " " code { (path) } },
                    None => (own("effects page", "效果页")),
                }
            }
            svg.play width="100%" height=(LANE) aria-hidden="true" {
                (axis.grid())
                @for call in calls {
                    circle class=(if call.errcode != 0 { "refused" } else if call.effects > 0 { "effect" } else { "plain" })
                        cx=(axis.x(call.at_micros)) cy="11" r="4.5" {}
                }
            }
            span.how {
                "×" (calls.len())
                @if effects > 0 {
                    " · " (both(&counted(effects, "effect"), &format!("{effects} 次效果")))
                }
                @if refused > 0 {
                    " · " (both(&format!("{refused} refused"), &format!("{refused} 次被拒")))
                }
                @if let [call] = calls { " · " (short(call.at_micros)) }
            }
        }
    }
}

fn lane_of_acts(axis: &Axis, witness: &Witness) -> Markup {
    html! {
        div.lane.act {
            span.what { (own("wxcheck", "wxcheck")) }
            svg.play width="100%" height=(LANE) aria-hidden="true" {
                (axis.grid())
                @for act in &witness.acts {
                    line.act x1=(axis.x(act.at_micros)) x2=(axis.x(act.at_micros)) y1="2" y2="20" {}
                }
            }
            span.how {
                @for (place, act) in witness.acts.iter().enumerate() {
                    @if place > 0 { "; " }
                    (prose::render(&act.what))
                }
            }
        }
    }
}

fn counted(count: usize, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_verification_says_how_it_is_signed() {
        let names = Forgery::ALL.map(Forgery::claim).into_iter();
        let names = names.chain([Verify::REVERSED, Verify::ONE_MORE]);
        let told = names.map(Some).chain([None]);
        let told: BTreeSet<String> = told.map(|name| difference(name).into_string()).collect();
        assert_eq!(told.len(), Forgery::ALL.len() + 3, "{told:?}");
    }

    #[test]
    fn an_axis_has_a_few_round_marks() {
        for (last, step) in [
            (1000, 500),
            (5_000_000, 2_000_000),
            (4_000_000, 1_000_000),
            (23_456, 5_000),
        ] {
            assert_eq!(step_of(last), step, "{last}");
        }
    }
}
