//! Causes are told exactly: of every mistake of a first day the cause that it is, of every defect its own or none, and of a
//! correct server none.

use std::{collections::BTreeSet, time::Duration};

use libtest_mimic::Trial;
use wxcheck_protocol::push::Mode;
use wxcheck_reference_server::{
    Behaviour, DEFECTS, Mistake, Setting, UNUSUAL,
    behaviour::{Front, Pace, PushFront, Signing},
    mistakes,
};
use wxcheck_suite::diagnosis::{Cause, Certainty, Contact, Examined, Limits, SLOW};

use crate::{
    judged::{AES_KEY, APP_SECRET, Examination, Reached, Subject, examine, timed},
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

const HTTP: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
const BAD_HEADER: &[u8] =
    b"HTTP/1.1 200 OK\r\nX-Colour: \x1b[31m\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
const SSH: &[u8] = b"SSH-2.0-OpenSSH_9.6\r\n";

/// Looks at something that is no server of ours.
type Look = fn() -> Examination;

/// Causes that lie in an address, a port or a setting, each with what is looked at.
const OUTSIDE: &[(&str, Look)] = &[
    ("not-listening", || strangers(&[])),
    ("bad-header", || {
        strangers(&[("127.0.0.1:3000", BAD_HEADER)])
    }),
    ("no-http", || strangers(&[("127.0.0.1:3000", SSH)])),
    ("other-loopback", || strangers(&[("[::1]:3000", HTTP)])),
    ("unreachable", || {
        Examination::of(Subject::Machine("http://255.255.255.255:9/wechat"))
    }),
    ("hung-up", || Examination::of(Subject::HangsUp)),
    ("unresolved", || {
        Examination::of(Subject::Machine("http://callback.invalid/wechat"))
    }),
    ("address-dead", || {
        named(Reached::ByName {
            alive: "127.0.0.1",
            dead: &["127.0.0.2"],
        })
    }),
    ("ipv6-only", || {
        named(Reached::ByName {
            alive: "[::1]",
            dead: &[],
        })
    }),
    ("other-mode", || {
        let setting = UNUSUAL[0].setting;
        let sealing = Setting {
            mode: Mode::Safe,
            ..setting
        };
        Examination::of(Subject::Server(sealing, Box::default()))
    }),
    ("token-is-secret", || {
        signs_with(Signing::TokenWord(APP_SECRET))
    }),
    ("token-is-aes-key", || {
        signs_with(Signing::TokenWord(AES_KEY))
    }),
    ("token-decoded", || Examination {
        token: "detection+Token",
        ..signs_with(Signing::TokenDecoded)
    }),
];

fn strangers(listening: &'static [(&'static str, &'static [u8])]) -> Examination {
    let url = "http://127.0.0.1:3000/wechat";
    Examination::of(Subject::Strangers { url, listening })
}

fn named(reached: Reached) -> Examination {
    Examination {
        reached,
        ..signs_with(Signing::Documented)
    }
}

fn signs_with(signing: Signing) -> Examination {
    let behaviour = Behaviour {
        signing,
        ..Behaviour::default()
    };
    Examination::of(Subject::Server(UNUSUAL[0].setting, Box::new(behaviour)))
}

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
    let outside = OUTSIDE.iter().map(|(cause, examination)| {
        let name = format!("outside-{cause}");
        trial("diagnosis", &name, || is_named_outside(cause, *examination))
    });
    let all = trial("diagnosis", "every-cause-is-shown", every_cause_is_shown);
    mistakes
        .chain(outside)
        .chain([all])
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

/// Every cause is that of a server with the mistake, or of something outside.
fn every_cause_is_shown() -> Option<String> {
    let of_servers = mistakes().flat_map(|mistake| mistake.causes);
    let of_defects = DEFECT_CAUSES.iter().flat_map(|(_, causes)| *causes);
    let outside = OUTSIDE.iter().map(|(cause, _)| cause);
    let shown: BTreeSet<&str> = of_servers
        .chain(of_defects)
        .chain(outside)
        .chain(&[SILENT])
        .copied()
        .collect();
    let unshown: Vec<&str> = Cause::all()
        .map(|cause| cause.id)
        .filter(|id| !shown.contains(id))
        .collect();
    (!unshown.is_empty()).then(|| format!("nothing shows {unshown:?}"))
}

/// The cause is named, and no other. Rare ones are tried only where that is asked for.
fn is_named_outside(cause: &str, examination: fn() -> Examination) -> Option<String> {
    let mut examined = examination().run().0;
    if examined.is_cut {
        let thorough = Examination {
            limits: Limits::THOROUGH,
            ..examination()
        };
        examined = thorough.run().0;
    }
    wrong(&[cause], &examined)
}

/// The cause of a server that never answers.
const SILENT: &str = "silent";

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
    wrong(&[SILENT], &examined)
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
