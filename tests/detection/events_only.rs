//! Defects of servers to which nobody writes: what is wrong with them is found by the pushes that they do get.

use libtest_mimic::Trial;
use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Setting, defect};
use wxcheck_suite::verdict::Verdict;

use crate::{
    is_caught,
    judged::{At, judge},
    trial,
};

const SHOP: Setting = Setting {
    mode: Mode::Safe,
    format: Format::Json,
    account: Account::Shop,
    api: false,
};
const APP: Setting = Setting {
    mode: Mode::Compat,
    format: Format::Xml,
    account: Account::App,
    api: false,
};

/// Defects that show in events as well.
const DEFECTS: &[(&str, &[Setting])] = &[
    ("push-unchecked-in-safe-mode", &[SHOP]),
    ("push-missing-msg-signature-passes", &[SHOP, APP]),
    ("push-any-appid", &[SHOP, APP]),
    ("push-unsigned-plain-body", &[SHOP]),
    ("envelope-sixteen-byte-padding", &[SHOP, APP]),
    ("ack-json-quoted", &[SHOP]),
    ("ack-html", &[SHOP, APP]),
    ("reply-late", &[SHOP]),
    ("reply-closes", &[APP]),
    ("reply-redirect", &[SHOP, APP]),
    ("repeat-refused", &[SHOP, APP]),
    ("repeat-conflicts", &[SHOP, APP]),
    ("serial", &[SHOP, APP]),
    ("white-space-fails", &[APP]),
    ("json-white-space-fails", &[SHOP]),
    ("doctype-kills", &[APP]),
];

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    DEFECTS.iter().flat_map(|(name, settings)| {
        settings.iter().map(move |setting| {
            let of = format!("{}-{name}", setting.account);
            trial("events-only", &of, || complaint(name, *setting))
        })
    })
}

/// The rules that apply to the account find the defect, with the same claims.
fn complaint(name: &str, setting: Setting) -> Option<String> {
    let Some(defect) = defect(name) else {
        return Some(format!("no defect is called {name}"));
    };
    let run = judge(setting, (defect.behaviour)(), At::Callback);
    let mut complaints = Vec::new();
    let mut is_found = false;
    for (rule, claim) in defect.caught_by {
        // Where nobody writes, nothing shows what is done with a push.
        let claim = if *claim == "taken" {
            &"acknowledged"
        } else {
            claim
        };
        let Some(row) = run.rows.iter().find(|row| row.rule.id == *rule) else {
            continue;
        };
        if row.verdict == Verdict::Skipped {
            continue;
        }
        if is_caught(row) && row.claims.iter().any(|made| made == claim) {
            is_found = true;
        } else {
            let (verdict, reason) = (row.verdict, &row.reason);
            complaints.push(format!(
                "{rule} {claim}: {verdict} {:?} {reason:?}",
                row.claims
            ));
        }
    }
    if !is_found {
        complaints.push("no rule that applies finds it".to_owned());
    }
    (!complaints.is_empty()).then(|| format!("{}\n{}", defect.summary, complaints.join("\n")))
}
