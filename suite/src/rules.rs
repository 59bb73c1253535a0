//! Every rule, area by area. The order here is the order of reports and of the books' tables.

mod api_use;
pub mod as_of;
mod catalogue;
mod envelope;
mod fetch;
mod hostile;
mod network;
mod push_signature;
mod redelivery;
mod reply;
mod tolerance;
mod url_check;

use crate::{
    pattern::glob,
    rule::{Rule, RuleId},
};

pub(crate) use api_use::{FOLDS, Seen};
pub(crate) use catalogue::reachable;
pub use fetch::cold_start_budget;
pub(crate) use push_signature::{forged_pair, judge_forgery};
pub use reply::asks_for_more;
pub(crate) use reply::{OWNERS_OF_REPLIES, body_claim, faults_of_replies, message_fault};

/// The areas in order, each with its rules in order.
const AREAS: [&[&Rule]; 11] = [
    url_check::RULES,
    push_signature::RULES,
    envelope::RULES,
    reply::RULES,
    catalogue::RULES,
    tolerance::RULES,
    redelivery::RULES,
    api_use::RULES,
    fetch::RULES,
    network::RULES,
    hostile::RULES,
];

/// Every rule, in the order of reports.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    AREAS.into_iter().flatten().copied()
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// The rules that a pattern names: an id, an area, or either with `*` for any letters.
pub fn matching(pattern: &str) -> Vec<&'static Rule> {
    all()
        .filter(|rule| pattern == rule.area() || glob(pattern, rule.id.as_str()))
        .collect()
}

/// The id most like the one given, if any is close.
pub fn did_you_mean(id: &str) -> Option<&'static str> {
    let (area, own) = id.split_once('/').unwrap_or(("", id));
    all()
        .map(|rule| {
            let known = rule.id.as_str();
            let name = known.split('/').nth(1).unwrap_or(known);
            let of_name = strsim::jaro_winkler(own, name);
            // An area that is right says nothing of the name behind it, and goes first where names are alike.
            let is_in_area = area == rule.area();
            let likeness = if is_in_area {
                of_name
            } else {
                of_name.max(strsim::jaro_winkler(id, known))
            };
            (likeness, is_in_area, known)
        })
        .filter(|(likeness, is_in_area, _)| {
            let is_named_otherwise = !is_in_area && !area.is_empty();
            *likeness > if is_named_otherwise { 0.9 } else { 0.8 }
        })
        .max_by(|(one, near, _), (other, far, _)| near.cmp(far).then(one.total_cmp(other)))
        .map(|(.., id)| id)
}

/// True if a run may find a rule broken by a push of any other rule, so that only a run with all of them tells that it is
/// whole.
pub fn is_found_anywhere(rule: &Rule) -> bool {
    let by_all = [RuleId::RATE_LIMIT, RuleId::TIME_TO_SPARE];
    OWNERS_OF_REPLIES
        .iter()
        .chain(&by_all)
        .any(|id| *id == rule.id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::words;

    #[test]
    fn ids_are_unique_and_made_of_words() {
        let mut seen = HashSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} twice", rule.id);
            let (area, name) = rule.id.as_str().split_once('/').unwrap();
            let plain = |word: &str| {
                word.chars()
                    .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
            };
            assert!(plain(area) && plain(name), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_has_a_source_and_words_in_both_languages() {
        for rule in all() {
            for (what, text) in [
                ("source", rule.source),
                ("summary", rule.summary),
                ("why", rule.why),
                ("fix", rule.fix),
                ("since", rule.since),
            ] {
                assert!(!text.is_empty(), "{} has no {what}", rule.id);
            }
            assert!(
                rule.summary.ends_with('.'),
                "{}: the summary is a sentence",
                rule.id
            );
            assert!(
                words::chinese(rule.id.as_str()).is_some(),
                "{} has no Chinese words",
                rule.id
            );
        }
    }

    #[test]
    fn every_area_keeps_its_own_ids() {
        let areas = [
            "url-check",
            "push-signature",
            "envelope",
            "reply",
            "catalogue",
            "tolerance",
            "redelivery",
            "api-use",
            "fetch",
            "network",
            "hostile",
        ];
        for (rules, area) in AREAS.iter().zip(areas) {
            for rule in *rules {
                assert_eq!(rule.area(), area, "{}", rule.id);
            }
        }
    }

    #[test]
    fn patterns_name_rules_and_areas() {
        assert_eq!(matching("reply/acknowledges").len(), 1);
        assert!(matching("reply").len() > 5);
        assert_eq!(matching("reply/*").len(), matching("reply").len());
        assert_eq!(matching("*forged*").len(), 4);
        assert!(matching("nothing").is_empty());
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(
            did_you_mean("reply/acknowledge"),
            Some("reply/acknowledges")
        );
        assert_eq!(
            did_you_mean("echoes-echostr"),
            Some("url-check/echoes-echostr")
        );
        assert_eq!(did_you_mean("zzz"), None);
        assert_eq!(did_you_mean("reply/none"), None);
        assert_eq!(
            did_you_mean("replies/acknowledges"),
            Some("reply/acknowledges")
        );
    }
}
