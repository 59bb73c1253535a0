//! The mistake to fix first: what the server died of, the causes behind what failed, or else the finding that matters most.

use maud::{Markup, html};

use super::{
    anchor,
    exchange::copied,
    prose,
    words::{both_of, label, own},
};
use crate::{
    diagnosis::{FoundCause, Wording},
    report::{Death, View, same_bug::Problem, view::Diagnosed},
    words::Language,
};

pub(super) fn section(view: &View, told: &[Problem<'_>]) -> Markup {
    let causes = view
        .diagnosed
        .as_ref()
        .filter(|known| !known.findings.is_empty());
    html! {
        @match (view.death(), causes, told.first()) {
            (Some(death), _, _) => (of_death(&death)),
            (None, Some(diagnosed), _) => (of_causes(diagnosed)),
            (None, None, Some(first)) => (of_finding(first)),
            (None, None, None) => {},
        }
    }
}

/// Its last words stand above, with what else is known of the run.
fn of_death(death: &Death<'_>) -> Markup {
    let each = |of: &dyn Fn(Language) -> String| {
        let [english, chinese] = [Language::English, Language::Chinese].map(of);
        prose::pair(&english, &chinese)
    };
    html! {
        section.first {
            h2 { (label(|labels| labels.fix_first)) }
            p.says { (each(&|language| death.says(language))) }
            p.fix { b { (own("Fix", "修复")) } " " (each(&|language| death.fix(language).to_owned())) }
        }
    }
}

fn of_causes(diagnosed: &Diagnosed) -> Markup {
    html! {
        section.first {
            @for (place, found) in diagnosed.findings.iter().enumerate() {
                @if place == 0 {
                    h2 { (label(|labels| labels.fix_first)) }
                } @else {
                    h3 { (label(|labels| labels.fix_next)) }
                }
                (cause(found, diagnosed))
            }
            @if diagnosed.is_open {
                p.note {
                    (label(|labels| labels.open))
                }
            }
        }
    }
}

fn cause(found: &FoundCause, diagnosed: &Diagnosed) -> Markup {
    let (english, chinese) = (
        found.english(diagnosed.stack),
        found.chinese(diagnosed.stack),
    );
    let each = |of: fn(&Wording) -> &str| prose::pair(of(&english), of(&chinese));
    html! {
        p.says { (each(|wording| &wording.says)) }
        p.fix { b { (own("Fix", "修复")) } " " (each(|wording| &wording.fix)) }
        @for (stack, line) in &english.code {
            (copied(&html! { (stack.name()) }, line))
        }
        p.proof { (each(|wording| wording.proof)) }
        @if let Some(curl) = &found.curl {
            (copied(&own("Send it", "发送"), curl))
        }
    }
}

fn of_finding(told: &Problem<'_>) -> Markup {
    let (english, chinese) = (told.row.english(), told.row.chinese());
    // What a rule asks for reads like what is so, and stands here by itself.
    let [says, says_chinese] = match told.title {
        Some(bug) => bug.map(str::to_owned),
        None => [
            format!("Expected: {}", english.summary),
            format!("期望：{}", chinese.summary),
        ],
    };
    html! {
        section.first {
            h2 { (label(|labels| labels.fix_first)) }
            p.says {
                a href=(format!("#{}", anchor('f', told.row))) { (prose::pair(&says, &says_chinese)) }
            }
            p.fix { b { (own("Fix", "修复")) } " " (prose::pair(english.fix, chinese.fix)) }
            @if !told.others.is_empty() {
                p.proof {
                    (both_of(
                        &html! { "Rules that the same bug breaks as well: " (told.others.len()) "." },
                        &html! { "同一缺陷还导致另外 " (told.others.len()) " 条规则不通过。" },
                    ))
                }
            }
        }
    }
}
