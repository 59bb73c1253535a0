//! Causes are told exactly: of every mistake of a first day the cause that it is, of every defect its own or none, and of a
//! correct server none.

use libtest_mimic::Trial;
use std::time::Duration;

use wxcheck_reference_server::{
    Behaviour, DEFECTS, Mistake, UNUSUAL,
    behaviour::{Front, Pace, PushFront},
    mistakes,
};
use wxcheck_suite::diagnosis::{Certainty, Contact, Examined, Limits, SLOW};

use crate::{
    judged::{examine, timed},
    name_of, settings, trial,
};

/// Requests of an examination, at most.
const MOST: u32 = 64;

/// Defects that keep a server from being used, with what is said of them. Of all others nothing is said.
const DEFECT_CAUSES: &[(&str, &[&str])] = &[
    ("url-check-bom", &["echo-bom"]),
    ("openid-parameter-wanted", &["openid-wanted"]),
    ("url-check-json-quoted", &["echo-quoted"]),
    ("url-check-json-object", &["echo-json-object"]),
    ("url-check-new-line", &["echo-white-space"]),
    (
        "url-check-new-line-unsigned",
        &["echo-white-space", "takes-everything"],
    ),
    ("url-check-unsigned", &["takes-everything"]),
    ("url-check-html-escaped", &["echo-escaped"]),
    ("url-check-number", &["echo-number"]),
    ("url-check-says-ok", &["echo-word"]),
    ("url-check-decoded-twice", &["echo-decoded-twice"]),
    ("url-check-created", &["echo-status"]),
    ("url-check-server-error", &["echo-status"]),
    ("url-check-redirect", &["redirect-slash"]),
    ("url-check-late", &["echo-silent"]),
    ("url-check-numeric-sort", &["order-numeric"]),
    ("url-check-unsorted", &["order-unsorted"]),
    ("push-wants-cloud-hosting", &["wants-x-wx-source"]),
    ("push-refused-like-a-form", &["post-refused"]),
    ("envelope-sixteen-byte-padding", &["padding-16"]),
    ("envelope-reply-clear", &["reply-clear"]),
    ("reply-never", &["push-silent"]),
    ("reply-late", &["push-silent"]),
    ("reply-dripped", &["push-silent"]),
    ("reply-endless", &["push-silent"]),
    ("reply-closes", &["push-closed"]),
    ("reply-garbage", &["push-closed"]),
    ("reply-content-length", &["push-closed"]),
    ("reply-redirect", &["push-redirect"]),
    ("reply-created", &["reply-status"]),
    ("reply-accepted", &["reply-status"]),
    ("reply-no-content", &["reply-status"]),
    ("reply-server-error", &["push-raised"]),
    ("reply-names-as-received", &["reply-names"]),
    ("reply-from-appid", &["reply-names"]),
    ("reply-without-create-time", &["reply-create-time"]),
    ("reply-create-time-in-words", &["reply-create-time"]),
    ("reply-unknown-type", &["reply-part"]),
    ("reply-image-without-media-id", &["reply-part"]),
    ("reply-untyped", &["reply-part"]),
    ("answers-the-third-delivery", &["push-silent"]),
    ("reply-xml-for-json", &["reply-other-format"]),
    ("reply-json-for-xml", &["reply-other-format"]),
    ("ack-json-quoted", &["reply-quoted"]),
    ("ack-bom", &["reply-bom"]),
    ("ack-html", &["reply-page"]),
    ("ack-ok", &["reply-word"]),
    ("ack-code-object", &["reply-object"]),
    ("ack-empty-message", &["reply-object"]),
    ("ack-truncated-xml", &["reply-malformed"]),
    ("ack-prose", &["reply-text"]),
    ("event-without-msgid-fails", &["push-event"]),
    ("platform-created", &["reply-status"]),
    ("xml-only", &["other-format"]),
    ("tls-expired", &["tls-broken"]),
    ("tls-not-yet-valid", &["tls-broken"]),
    ("tls-wrong-name", &["tls-broken"]),
    ("tls-self-signed", &["tls-broken"]),
    ("tls-missing-intermediate", &["tls-broken"]),
    ("tls-untrusted-root", &["tls-broken"]),
    ("tls-private-root", &["tls-broken"]),
    ("tls-old-versions", &["tls-broken"]),
];

/// One trial for each server.
pub(crate) fn trials() -> Vec<Trial> {
    let mistakes = mistakes().enumerate().map(|(number, mistake)| {
        let name = format!("{:03}-{}", number, mistake.causes.join("+"));
        trial("diagnosis", &name, || is_named(mistake))
    });
    let defects = DEFECTS.iter().map(|defect| {
        let known = DEFECT_CAUSES.iter().find(|(name, _)| *name == defect.name);
        let causes = known.map_or(&[][..], |(_, causes)| causes);
        trial("no-false-diagnosis", defect.name, move || {
            wrong(
                causes,
                &examine(defect.setting, (defect.behaviour)(), Limits::USUAL),
            )
        })
    });
    let unusual = UNUSUAL.iter().map(|unusual| {
        trial("no-false-diagnosis", unusual.name, || {
            wrong(
                &[],
                &examine(unusual.setting, (unusual.behaviour)(), Limits::USUAL),
            )
        })
    });
    let correct = settings().into_iter().map(|setting| {
        let name = name_of(setting);
        trial("no-false-diagnosis", &name, move || {
            wrong(&[], &examine(setting, Behaviour::default(), Limits::USUAL))
        })
    });
    let slow = trial("diagnosis", "slow-servers-are-not-silent", || {
        let slow = Behaviour {
            pace: Pace::Slow,
            ..Behaviour::default()
        };
        let setting = UNUSUAL.first().map(|unusual| unusual.setting)?;
        let examined = examine(setting, slow, Limits::USUAL);
        let is_told = examined.slowest >= SLOW;
        wrong(&[], &examined).or_else(|| (!is_told).then(|| format!("{examined:?}")))
    });
    let silent = [slow, trial("diagnosis", "silence-is-told-in-time", silence)];
    mistakes
        .chain(defects)
        .chain(unusual)
        .chain(correct)
        .chain(silent)
        .collect()
}

/// The causes are named, in their order, and no other.
fn is_named(mistake: &Mistake) -> Option<String> {
    let mut examined = examine(mistake.setting, (mistake.behaviour)(), Limits::USUAL);
    if examined.requests > MOST {
        return Some(format!("{} requests", examined.requests));
    }
    // Rare mistakes are tried only where that is asked for.
    if examined.is_cut && mistake.causes != ["signature-unknown"] {
        examined = examine(mistake.setting, (mistake.behaviour)(), Limits::THOROUGH);
    }
    let text = wrong(mistake.causes, &examined);
    let unproven = examined.findings.iter().find(|finding| {
        let signs = ["order-", "joint-", "token-", "hash-", "output-", "parts-"];
        signs.iter().any(|area| finding.cause.id.starts_with(area))
            && finding.certainty != Certainty::Proven
    });
    let unproven = unproven.map(|finding| format!("{} is not proven", finding.cause.id));
    let told = text.or(unproven);
    told.map(|text| format!("{}: {text}", mistake.summary))
}

/// A server that never answers is said to be silent within ten seconds, and nothing is fine about it.
fn silence() -> Option<String> {
    let setting = UNUSUAL.first().map(|unusual| unusual.setting)?;
    let hangs = Behaviour {
        front: Front::Hangs,
        push_front: PushFront::Hangs,
        ..Behaviour::default()
    };
    let (examined, took) = timed(setting, hangs, Limits::USUAL);
    let is_told = examined.contact == Contact::Silent && took <= Duration::from_secs(10);
    wrong(&["silent"], &examined)
        .or_else(|| (!is_told).then(|| format!("after {took:?}: {examined:?}")))
}

/// The complaint if other causes are named than these.
fn wrong(causes: &[&str], examined: &Examined) -> Option<String> {
    let found: Vec<&str> = examined
        .findings
        .iter()
        .map(|finding| finding.cause.id)
        .collect();
    if found != causes {
        let told: Vec<String> = examined
            .findings
            .iter()
            .map(|finding| finding.english(examined.stack).line)
            .collect();
        return Some(format!("{found:?} in place of {causes:?}: {told:?}"));
    }
    None
}
