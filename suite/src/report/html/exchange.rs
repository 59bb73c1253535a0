//! One exchange with its bytes: the request beside the answer, and of what is sealed the clear text beside the raw one.

use maud::{Markup, html};
use wxcheck_events::{AnswerBytes, Body, Evidence, RecordedOutcome, Witness};

use super::{
    prose,
    words::{both, bytes, own, short},
};

pub(super) fn drawn(witness: &Witness, evidence: &Evidence, differing: &[String]) -> Markup {
    let request = witness.at.and_then(|at| witness.requests.get(at));
    let marks: Vec<&str> = differing.iter().map(String::as_str).collect();
    html! {
        div.exchange {
            h4 { (own("Exchange", "请求与响应")) }
            div.sides {
                div.side {
                    h5 { (own("Request", "请求")) }
                    (asked(evidence, request.is_some_and(|request| request.kind == "push")))
                }
                div.side {
                    h5 {
                        (own("Answer", "响应"))
                        @if let Some(request) = request { " " (outcome(&request.outcome)) }
                    }
                    @match &evidence.answer {
                        Some(answer) => (answered(answer, &marks)),
                        None => p.none { (own("No answer.", "没有响应。")) },
                    }
                }
            }
        }
    }
}

/// A request's end in a few words.
pub(super) fn outcome(outcome: &RecordedOutcome) -> Markup {
    match outcome {
        RecordedOutcome::Answered {
            status,
            total_micros,
            ..
        } => html! { span.status { (status) } " · " (short(*total_micros)) },
        RecordedOutcome::Silent { reason } => prose::render(reason),
    }
}

fn asked(evidence: &Evidence, is_push: bool) -> Markup {
    let method = if is_push { "POST" } else { "GET" };
    html! {
        div.head {
            p.line { b { (method) } " " (evidence.url) }
            @if !evidence.params.is_empty() {
                ul.params {
                    @for param in &evidence.params {
                        li {
                            span.key { (param.name) }
                            "="
                            @match &param.value {
                                Some(value) => (value),
                                None => i.secret { "…" },
                            }
                        }
                    }
                }
            }
            (headers(&evidence.headers))
        }
        (bodies(evidence.opened.as_ref(), &evidence.body, &[]))
    }
}

fn answered(answer: &AnswerBytes, marks: &[&str]) -> Markup {
    html! {
        div.head { (headers(&answer.headers)) }
        (bodies(answer.opened.as_ref(), &answer.body, marks))
    }
}

fn headers(headers: &[(String, String)]) -> Markup {
    html! {
        @if !headers.is_empty() {
            ul.params {
                @for (name, value) in headers {
                    li { span.key { (name) } ": " (prose::body(value, &[])) }
                }
            }
        }
    }
}

/// The clear text beside the raw one, or the raw one alone.
fn bodies(opened: Option<&Body>, raw: &Body, marks: &[&str]) -> Markup {
    html! {
        @match opened {
            Some(opened) => {
                (body(&own("Opened", "明文"), opened, marks))
                (body(&own("Raw", "原文"), raw, &[]))
            },
            None => (body(&own("Body", "正文"), raw, marks)),
        }
    }
}

fn body(title: &Markup, body: &Body, marks: &[&str]) -> Markup {
    html! {
        figure {
            figcaption {
                (title) " " small {
                    (bytes(body.bytes))
                    @if body.truncated { " · " (own("cut here", "此处截断")) }
                }
            }
            @if body.text.is_empty() {
                p.none { (own("empty", "空")) }
            } @else {
                pre tabindex="0" { (prose::body(&body.text, marks)) }
            }
        }
    }
}

/// A line that is to be copied.
pub(super) fn copied(title: &Markup, line: &str) -> Markup {
    html! {
        div.copied {
            span.label { (title) }
            code.copy tabindex="0" { (line) }
            button type="button" data-act="copy" aria-live="polite" {
                span.before { (own("Copy", "复制")) }
                span.after { (own("Copied", "已复制")) }
            }
        }
    }
}

/// The words for a part of a play that is not kept.
pub(super) fn more(requests: usize, calls: usize) -> Option<Markup> {
    let text = match (requests, calls) {
        (0, 0) => return None,
        (requests, 0) => (
            format!("{requests} more requests"),
            format!("另有 {requests} 个请求"),
        ),
        (0, calls) => (
            format!("{calls} more calls"),
            format!("另有 {calls} 次调用"),
        ),
        (requests, calls) => (
            format!("{requests} more requests and {calls} more calls"),
            format!("另有 {requests} 个请求和 {calls} 次调用"),
        ),
    };
    Some(both(&text.0, &text.1))
}
