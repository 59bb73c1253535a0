//! Words about the list of known findings, in both languages.

use wxcheck_events::{BaselineFault, Known, WrongEntry};

use crate::words::{self, Language};

/// The ends of a reason that nobody has written yet, in English and in Chinese.
const UNWRITTEN: [&str; 2] = [
    "say here why it stays, and who fixes it",
    "请在这里写明为何暂不修复、由谁修复",
];

/// The reason of an entry that is written for a finding: a request to replace it.
pub fn unwritten(today: &str, language: Language) -> String {
    let [english, chinese] = UNWRITTEN;
    language.of(
        format!("found on {today}; {english}"),
        format!("发现于 {today}；{chinese}"),
    )
}

/// True if nobody has replaced the reason since the entry was written.
pub fn is_unwritten(reason: &str) -> bool {
    UNWRITTEN.iter().any(|end| reason.trim().ends_with(end))
}

/// The reason as reports show it.
pub fn reason(known: &Known, language: Language) -> &str {
    if is_unwritten(&known.reason) {
        language.of("no reason given yet", "尚未填写原因")
    } else {
        &known.reason
    }
}

/// The fault of an entry, beginning with its rule.
pub fn in_english(fault: &BaselineFault) -> String {
    let entry = entry(fault, " (", ")");
    match &fault.wrong {
        WrongEntry::Gone => format!("{entry} no longer occurs; remove the entry"),
        WrongEntry::Expired { on } => {
            format!("{entry} was accepted until {on}; fix it, or give the entry another day")
        }
        WrongEntry::UnknownRule { hint } => hint.clone(),
        WrongEntry::UnknownClaim { claims } => {
            format!(
                "{entry}: the rule makes no such claim; it makes {}",
                claims.join(", ")
            )
        }
    }
}

/// The same in Chinese.
pub fn in_chinese(fault: &BaselineFault) -> String {
    let entry = entry(fault, "（", "）");
    match &fault.wrong {
        WrongEntry::Gone => format!("{entry} 已不再出现，请删除该条目"),
        WrongEntry::Expired { on } => {
            format!("{entry} 的豁免已于 {on} 到期，请修复问题，或为该条目设定新的日期")
        }
        WrongEntry::UnknownRule { hint } => words::in_chinese(hint),
        WrongEntry::UnknownClaim { claims } => {
            format!(
                "{entry}：该规则没有这个 claim，可用的有 {}",
                claims.join(", ")
            )
        }
    }
}

/// The rule, with the claim if the entry is about one.
fn entry(fault: &BaselineFault, open: &str, close: &str) -> String {
    let claim = fault.claim.as_ref();
    let claim = claim.map_or_else(String::new, |claim| format!("{open}{claim}{close}"));
    format!("{}{claim}", fault.rule)
}
