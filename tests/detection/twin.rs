//! A wrong body is as wrong in an envelope: of a defect's twin in safe mode every rule says what it says in plain mode.

use std::fmt::Write as _;

use wxcheck_protocol::push::Mode;
use wxcheck_reference_server::{Behaviour, Defect, Setting, behaviour::Wrapping};
use wxcheck_suite::{
    report::{View, view::Row},
    verdict::Verdict::{self, Failed, Inconclusive, Passed, Skipped, Warned},
};

use crate::judged::{At, judge};

/// A verdict, and every claim that was broken.
type Said = (Verdict, &'static [&'static str]);

/// A rule that says something else of the twin, and why.
struct Differs {
    rule: &'static str,
    /// Of these defects; empty: of all that no other line of the rule names.
    of: &'static [&'static str],
    plain: Said,
    sealed: Said,
    why: &'static str,
}

const SKIPPED: Said = (Skipped, &[]);
const PASSED: Said = (Passed, &[]);
const BLOCKED: Said = (Inconclusive, &[]);

const IN_ENVELOPES: &str = "the rule is about envelopes, which plain mode has none of";
const NO_REFUSALS: &str = "a secret in every answer, or what nobody can read, is no acknowledgement of a true push, so that no forged one can be told by its answer; in either mode the rules of that mode are blocked";
const SECRETS: &[&str] = &["shows-token", "shows-app-secret"];
const NO_SIGN_OF_TRUE_PUSHES: &[&str] = &["shows-token", "shows-app-secret", "reply-in-gbk"];
/// Of official accounts, with a wrong acknowledgement, or one that nobody can read.
const NO_ACKNOWLEDGEMENT: &[&str] = &[
    "ack-ok",
    "ack-json-quoted",
    "ack-code-object",
    "ack-html",
    "ack-prose",
    "ack-empty-message",
    "ack-truncated-xml",
    "ack-bom",
    "shows-token",
    "shows-app-secret",
    "reply-in-gbk",
];

const DIFFERS: &[Differs] = &[
    only_sealed("envelope/all-paddings"),
    only_sealed("envelope/texts"),
    only_sealed("envelope/reply-sealed-in-safe-mode"),
    only_sealed("envelope/reply-opens"),
    only_sealed("envelope/reply-signed"),
    only_sealed("envelope/reply-form"),
    only_sealed("push-signature/rejects-forged-msg-signature"),
    only_sealed("push-signature/rejects-signature-as-msg-signature"),
    only_sealed("push-signature/rejects-replayed-ciphertext"),
    only_sealed("push-signature/rejects-foreign-appid"),
    only_sealed("push-signature/signed-plain-in-safe-mode"),
    blocked("push-signature/rejects-forged-msg-signature"),
    blocked("push-signature/rejects-signature-as-msg-signature"),
    blocked("push-signature/rejects-replayed-ciphertext"),
    blocked("push-signature/rejects-foreign-appid"),
    blocked("push-signature/signed-plain-in-safe-mode"),
    Differs {
        rule: "tolerance/openid-parameter",
        of: &[],
        plain: PASSED,
        sealed: SKIPPED,
        why: "only in plain mode were pushes seen without it",
    },
    Differs {
        rule: "push-signature/rejects-forged-signature",
        of: &[],
        plain: PASSED,
        sealed: SKIPPED,
        why: "with an envelope it is msg_signature that is to be checked",
    },
    Differs {
        rule: "push-signature/rejects-forged-signature",
        of: NO_SIGN_OF_TRUE_PUSHES,
        plain: BLOCKED,
        sealed: SKIPPED,
        why: NO_REFUSALS,
    },
    Differs {
        rule: "push-signature/no-leak-on-garbage",
        of: SECRETS,
        plain: (Warned, &["secret"]),
        sealed: PASSED,
        why: "garbage does not open, and is refused before anything is answered that could hold a secret",
    },
    only_sealed("reply/encrypted-nothing"),
    Differs {
        rule: "reply/encrypted-nothing",
        of: &["ack-upper-case", "ack-bom"],
        plain: SKIPPED,
        sealed: (Warned, &["success"]),
        why: "the twin seals its acknowledgement, which reads as one; the others' read as something else",
    },
    Differs {
        rule: "redelivery/reply-after-drop",
        of: &["reply-in-gbk", "shows-token", "shows-app-secret"],
        plain: SKIPPED,
        sealed: PASSED,
        why: "an envelope is a reply whatever it holds, and a body in clear that is no message is none",
    },
    Differs {
        rule: "reply/retail-answer",
        of: &["ack-upper-case"],
        plain: PASSED,
        sealed: (Warned, &["sealed"]),
        why: "a retailer's answer is to be in clear, whatever it says",
    },
    Differs {
        rule: "reply/retail-answer",
        of: &["reply-transfer-on-event"],
        plain: (Failed, &["body"]),
        sealed: (Warned, &["sealed"]),
        why: "a retailer's answer is to be in clear, whatever it says",
    },
    Differs {
        rule: "reply/voip-answer",
        of: &[
            "ack-upper-case",
            "reply-transfer-on-event",
            "reply-text-from-mini",
        ],
        plain: SKIPPED,
        sealed: PASSED,
        why: "this push exists in safe mode only",
    },
    Differs {
        rule: "reply/voip-answer",
        of: NO_ACKNOWLEDGEMENT,
        plain: SKIPPED,
        sealed: BLOCKED,
        why: "this push exists in safe mode only, and nothing is judged where a true push is not acknowledged",
    },
];

const fn only_sealed(rule: &'static str) -> Differs {
    Differs {
        rule,
        of: &[],
        plain: SKIPPED,
        sealed: PASSED,
        why: IN_ENVELOPES,
    }
}

const fn blocked(rule: &'static str) -> Differs {
    Differs {
        rule,
        of: NO_SIGN_OF_TRUE_PUSHES,
        plain: SKIPPED,
        sealed: BLOCKED,
        why: NO_REFUSALS,
    }
}

/// True if a defect is one of the body of an answer in clear: the same body can be sealed.
pub(crate) fn shows_in_bodies(defect: &Defect) -> bool {
    let correct = Behaviour::default();
    let behaviour = (defect.behaviour)();
    let answered_properly = Behaviour {
        answers: correct.answers,
        kind: correct.kind,
        words: correct.words,
        charset: correct.charset,
        names: correct.names,
        create_time: correct.create_time,
        reply_format: correct.reply_format,
        markup: correct.markup,
        acknowledgement: correct.acknowledgement,
        ..behaviour
    };
    defect.setting.mode == Mode::Plain && behaviour != correct && answered_properly == correct
}

/// The same bodies in envelopes, judged.
pub(crate) fn judge_sealed(defect: &Defect) -> View {
    let mut behaviour = (defect.behaviour)();
    if behaviour.acknowledgement != Behaviour::default().acknowledgement {
        behaviour.wrapping = Wrapping::Everything;
    }
    let setting = Setting {
        mode: Mode::Safe,
        ..defect.setting
    };
    judge(setting, behaviour, At::Callback)
}

/// The places where the two runs differ and should not, and where they should and do not.
pub(crate) fn complaint(defect: &Defect, plain: &View, sealed: &View) -> Option<String> {
    let mut text = String::new();
    if plain.rows.len() != sealed.rows.len() {
        text.push_str("  the twin was judged by other rules\n");
    }
    for (plain, sealed) in plain.rows.iter().zip(&sealed.rows) {
        let rule = plain.rule.id;
        assert_eq!(rule, sealed.rule.id, "the order of rules is one");
        let expected = expected(rule.as_str(), defect.name);
        let (one, other) = (said(plain), said(sealed));
        let is_right = match expected {
            Some(differs) => is(&one, differs.plain) && is(&other, differs.sealed),
            None => one == other,
        };
        if !is_right {
            let _ = writeln!(
                text,
                "  {rule} says {one:?} ({:?}) in plain mode, {other:?} ({:?}) of the sealed twin{}",
                plain.reason,
                sealed.reason,
                expected.map_or(String::new(), |differs| format!(
                    "; expected are {:?} and {:?}, since {}",
                    differs.plain, differs.sealed, differs.why
                ))
            );
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The line that is about this rule and this defect.
fn expected(rule: &str, defect: &str) -> Option<&'static Differs> {
    let mut lines = DIFFERS.iter().filter(|differs| differs.rule == rule);
    let named = lines.clone().find(|differs| differs.of.contains(&defect));
    named.or_else(|| lines.find(|differs| differs.of.is_empty()))
}

fn said(row: &Row) -> (Verdict, Vec<String>) {
    let mut claims = row.claims.clone();
    claims.sort_unstable();
    (row.verdict, claims)
}

fn is((verdict, claims): &(Verdict, Vec<String>), (wanted, named): Said) -> bool {
    *verdict == wanted && claims == named
}
