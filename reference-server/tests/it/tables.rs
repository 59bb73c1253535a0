use std::collections::BTreeSet;

use wxcheck_reference_server::{Behaviour, DEFECTS, UNUSUAL, defect, unusual};

/// The rules of the suite, each of which needs a defect to be tested on.
const RULES: &[&str] = &[
    "url-check/echoes-echostr",
    "url-check/answers-directly",
    "url-check/answers-in-time",
    "url-check/rejects-forged-signature",
    "url-check/sorts-as-strings",
    "url-check/any-parameter-order",
    "url-check/bare-get",
    "url-check/no-html-reflection",
    "push-signature/accepts-true-push",
    "push-signature/rejects-forged-signature",
    "push-signature/rejects-forged-msg-signature",
    "push-signature/rejects-signature-as-msg-signature",
    "push-signature/rejects-replayed-ciphertext",
    "push-signature/rejects-foreign-appid",
    "push-signature/rejects-unsigned",
    "push-signature/signed-plain-in-safe-mode",
    "push-signature/compat-uses-decrypted",
    "push-signature/no-leak-on-garbage",
    "push-signature/survives-garbage",
    "push-signature/kept-connection",
    "envelope/all-paddings",
    "envelope/texts",
    "envelope/reply-opens",
    "envelope/reply-signed",
    "envelope/reply-sealed-in-safe-mode",
    "envelope/reply-form",
    "reply/acknowledges",
    "reply/answers-in-time",
    "reply/complete-http",
    "reply/no-redirect",
    "reply/status-200",
    "reply/bare-success",
    "reply/passive-from-mini",
    "reply/names-swapped",
    "reply/create-time",
    "reply/create-time-seconds",
    "reply/known-type",
    "reply/well-formed",
    "reply/text-unchanged",
    "reply/no-empty-content",
    "reply/format-follows-push",
    "reply/encrypted-nothing",
    "reply/no-transfer-on-event",
    "tolerance/unknown-msg-type",
    "tolerance/unknown-event",
    "tolerance/unknown-fields",
    "tolerance/missing-msgid",
    "tolerance/field-order",
    "tolerance/white-space",
    "tolerance/json-content-type",
    "tolerance/empty-event-key",
    "tolerance/list-shapes",
    "tolerance/number-or-string",
    "tolerance/large-push",
    "tolerance/user-text",
    "tolerance/raw-cdata-end",
    "tolerance/doctype",
    "redelivery/acknowledged",
    "redelivery/after-drop",
    "redelivery/together",
    "redelivery/replies-to-the-sender",
    "redelivery/burst",
];

#[test]
fn names_are_unique_kebab_case_and_found() {
    let names: Vec<_> = DEFECTS
        .iter()
        .map(|defect| defect.name)
        .chain(UNUSUAL.iter().map(|unusual| unusual.name))
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    for name in names {
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{name}"
        );
        assert!(defect(name).is_some() != unusual(name).is_some(), "{name}");
    }
}

#[test]
fn every_behaviour_differs_from_the_correct_one() {
    for defect in DEFECTS {
        assert_ne!(
            (defect.behaviour)(),
            Behaviour::default(),
            "{}",
            defect.name
        );
    }
    for unusual in UNUSUAL {
        assert_ne!(
            (unusual.behaviour)(),
            Behaviour::default(),
            "{}",
            unusual.name
        );
    }
}

#[test]
fn every_rule_has_a_defect_and_every_defect_a_known_rule() {
    let caught: BTreeSet<_> = DEFECTS
        .iter()
        .flat_map(|defect| defect.caught_by)
        .map(|(rule, _)| *rule)
        .collect();
    assert_eq!(caught, RULES.iter().copied().collect());
    for defect in DEFECTS {
        assert!(!defect.caught_by.is_empty(), "{}", defect.name);
    }
}
