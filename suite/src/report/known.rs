//! Words about the list of known findings, in both languages.

use wxcheck_events::{BaselineFault, WrongEntry};

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
        WrongEntry::UnknownRule { hint } => {
            format!("没有名为 `{}` 的规则：{hint}", fault.rule)
        }
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
