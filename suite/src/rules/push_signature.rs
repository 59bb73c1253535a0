//! Permission to push: signatures, envelopes of others, damaged bodies.
//!
//! Rejections are paired: the changed push goes first, with identities of its own, then an intact
//! one. Only a server that takes the second and not the first passes.

mod forged;
mod kept_connection;
mod sender;
mod unsigned;

use wxcheck_protocol::account::Account;

pub(crate) use forged::{forged_pair, judge_forgery};

use crate::{
    effects::{addressee, is_sending, story},
    excerpt::excerpt,
    expect::{
        self, acknowledged, answer, control, describe, describe_around, entry, is_served, message,
    },
    finding::{Finding, Miss},
    identity::is_invented,
    leak::place_of_trace,
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{
        Content, Damage, Deliver, EntryContent, ForeignAppid, Form, QUIET, Scenario, Signing, Step,
    },
    transcript::{ApiCall, Entry, Sent},
};

pub(super) const RULES: &[&Rule] = &[
    &ACCEPTS_TRUE_PUSH,
    &REJECTS_FORGED_SIGNATURE,
    &REJECTS_FORGED_MSG_SIGNATURE,
    &REJECTS_SIGNATURE_AS_MSG_SIGNATURE,
    &REJECTS_REPLAYED_CIPHERTEXT,
    &REJECTS_FOREIGN_APPID,
    &unsigned::REJECTS_UNSIGNED,
    &sender::SENDER_FROM_BODY,
    &SIGNED_PLAIN_IN_SAFE_MODE,
    &COMPAT_USES_DECRYPTED,
    &kept_connection::KEPT_CONNECTION,
    &SURVIVES_GARBAGE,
    &NO_LEAK_ON_GARBAGE,
];

const CHECKING: &str = "message push page, receiving messages: checking the signature";
const DECRYPTING: &str = "message push page, decrypting messages in safe mode";

static ACCEPTS_TRUE_PUSH: Rule = Rule {
    id: RuleId::ACCEPTS_TRUE_PUSH,
    since: "0.1.0",
    level: Level::Must,
    source: CHECKING,
    summary: "The server takes a push that is signed as WeChat signs it.",
    why: "Users' messages are lost; in a mini program they read that the customer service is unavailable.",
    fix: "403 or 401: compare Token, EncodingAESKey, appid and mode with WeChat's settings, and let wxcheck through an IP allow-list; 404 or 405: route POST on the same path; 419 or 422: exempt the path from CSRF checks; 400 or 500: read the raw body in the configured format.",
    needs: &[Need::AnyPadding],
    turn: Turn::Shared,
    scenarios: |profile| {
        let cases = ordinary(profile).into_iter();
        let cases = cases.map(|content| vec![Step::Deliver(Deliver::of(content))]);
        let mut cases: Vec<Vec<Step>> = cases.collect();
        // Where the first is refused, the same with a header shows whether it was for want of that.
        if profile.account.is_signed() {
            let form = Form {
                cloud_headers: true,
                ..Form::default()
            };
            let from_cloud = Deliver::text("hello").from_user(1).written(form);
            cases[0].push(Step::Deliver(from_cloud));
            cases[0].push(Step::Deliver(Deliver::text("hello").from_user(2)));
        }
        Cases::each(cases.into_iter().map(Scenario::of))
    },
    claims: &["refused", "wants-x-wx-source"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        if answer(entry)?.status < 400 {
            return Ok(());
        }
        let name = match &entry.sent {
            Sent::Push { name, .. } => name.as_str(),
            _ => "",
        };
        let expected = format!("status 200 and an acknowledgement of `{name}`");
        // Refused, taken with the header, and refused again: no failure that comes and goes.
        let refuses = |entry: &Entry| {
            let status = entry.answer().map(|answer| answer.status);
            matches!(status, Some(400 | 401 | 403 | 404))
        };
        let with_header = transcript.entries.get(1).filter(|with| is_served(with));
        let is_steady = refuses(entry) && transcript.entries.get(2).is_some_and(refuses);
        if let Some(with_header) = with_header.filter(|_| is_steady) {
            let actual = format!(
                "{}; with the header `x-wx-source`, which only cloud hosting adds, it is taken: {}. Judge such a server with ⟦account⟧ cloud-hosting, or exempt the path from that check",
                describe(entry),
                describe(with_header)
            );
            return Finding::new("wants-x-wx-source", 0, expected, actual).found();
        }
        Finding::new("refused", 0, expected, describe(entry)).found()
    },
};

static REJECTS_FORGED_SIGNATURE: Rule = Rule {
    id: RuleId::REJECTS_FORGED,
    since: "0.1.0",
    level: Level::Must,
    source: CHECKING,
    summary: "In plain mode, the server does not take a push whose signature is not that of its Token.",
    why: "Anyone who knows the URL can speak as any user: place orders, open sessions, empty accounts.",
    fix: "Check `signature` on every POST too, not only on the GET; refuse when it is missing, empty or shorter than 40 digits.",
    needs: &[Need::Plain, Need::Served],
    turn: Turn::Shared,
    scenarios: forged::cases,
    claims: &forged::CLAIMS,
    judge: forged::judge,
};

static REJECTS_FORGED_MSG_SIGNATURE: Rule = Rule {
    id: RuleId::REJECTS_FORGED_SEALED,
    since: "0.1.0",
    level: Level::Must,
    source: DECRYPTING,
    summary: "In compat and safe mode, the server does not take a push whose msg_signature is wrong.",
    why: "Only msg_signature covers the ciphertext; without it, captured or altered ciphertexts are taken.",
    fix: "Compute msg_signature over Token, timestamp, nonce and the Encrypt text, and compare it whole before decrypting.",
    needs: &[Need::DecryptedCopy, Need::Served],
    turn: Turn::Shared,
    scenarios: forged::cases,
    claims: &forged::CLAIMS,
    judge: forged::judge,
};

static REJECTS_SIGNATURE_AS_MSG_SIGNATURE: Rule = Rule {
    id: RuleId::REJECTS_SIGNATURE_AS_MSG_SIGNATURE,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, decrypting messages in safe mode: signature is not to be used for it",
    summary: "The server does not take the value of signature for msg_signature.",
    why: "signature does not cover the body: with one captured URL any ciphertext passes.",
    fix: "In compat and safe mode compute the four-part signature, the Encrypt text included.",
    needs: &[Need::DecryptedCopy, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| pair(profile, Signing::SignatureAsMsgSignature),
    claims: &["passed-off"],
    judge: |transcript| expect::refused(transcript, 0, 1, "passed-off"),
};

static REJECTS_REPLAYED_CIPHERTEXT: Rule = Rule {
    id: RuleId::REJECTS_REPLAYED_CIPHERTEXT,
    since: "0.1.0",
    level: Level::Must,
    source: DECRYPTING,
    summary: "The server does not take a captured ciphertext under another query.",
    why: "An old message, a payment notice say, can be played again under any valid signature.",
    fix: "Compute msg_signature over the timestamp and nonce of this request, not only over the ciphertext.",
    needs: &[Need::DecryptedCopy, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| pair(profile, Signing::Replayed),
    claims: &["replayed"],
    judge: |transcript| expect::refused(transcript, 0, 1, "replayed"),
};

static REJECTS_FOREIGN_APPID: Rule = Rule {
    id: RuleId::new("push-signature/rejects-foreign-appid"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, decrypting messages in safe mode: comparing the appid is the developer's duty",
    summary: "The server does not take a message that is sealed for another appid.",
    why: "Where several accounts share Token and key, a message of one is taken for the other's.",
    fix: "After decrypting, compare the bytes behind the message with your own appid.",
    needs: &[Need::DecryptedCopy, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each(ForeignAppid::ALL.map(|kind| paired(profile, Signing::ForeignAppid(kind))))
    },
    claims: &["foreign-appid"],
    judge: |transcript| expect::refused(transcript, 0, 1, "foreign-appid"),
};

static SIGNED_PLAIN_IN_SAFE_MODE: Rule = Rule {
    id: RuleId::new("push-signature/signed-plain-in-safe-mode"),
    since: "0.1.0",
    level: Level::Info,
    source: "no document says what a safe-mode server does with a clear push; `encrypt_type=raw` means clear text (FAQ of the message push page)",
    summary: "In safe mode, the server does not take a clear push with a valid signature.",
    why: "signature does not cover the body, so one captured URL lets a forger go round the encryption.",
    fix: "In safe mode take a message out of Encrypt only, whatever encrypt_type says.",
    needs: &[Need::Safe, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let clear = [Signing::ClearInSafeMode, Signing::Raw { signed: true }];
        Cases::each(clear.map(|signing| paired(profile, signing)))
    },
    claims: &["taken", "raw-taken", "acknowledged", "raw-acknowledged"],
    judge: |transcript| {
        let is_raw = entry(transcript, 0)?.recipe.names("encrypt_type");
        let [taken, acknowledged] = if is_raw {
            ["raw-taken", "raw-acknowledged"]
        } else {
            ["taken", "acknowledged"]
        };
        expect::refused(transcript, 0, 1, taken).map_err(|miss| match miss {
            Miss::Doubtful(finding) => Miss::Doubtful(Finding {
                claim: acknowledged,
                ..finding
            }),
            proven => proven,
        })
    },
};

static COMPAT_USES_DECRYPTED: Rule = Rule {
    id: RuleId::COMPAT_USES_DECRYPTED,
    since: "0.1.0",
    level: Level::Should,
    source: "compat mode: no signature covers the clear copy (by construction)",
    summary: "In compat mode, the server uses the decrypted copy of a message, not the clear one.",
    why: "Whoever can alter a request on its way changes the clear fields and breaks no signature.",
    fix: "Once Encrypt is there, read every field from the decrypted message.",
    needs: &[Need::Compat, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let changed =
            Deliver::text(SEALED_TEXT).signed(Signing::ClearCopyChanged(CLEAR_TEXT.into()));
        Cases::each([[Step::Deliver(changed), Step::Settle { quiet: QUIET }]])
    },
    claims: &["clear-copy-used"],
    judge: |transcript| {
        let entry = control(transcript, 0)?;
        let Sent::Push { openid, .. } = &entry.sent else {
            return Ok(());
        };
        let reply = message(entry);
        let replied = reply.and_then(|reply| reply.content.as_deref());
        let is_stranger = |user: &str| user != openid && is_invented(user);
        let to_stranger =
            reply.is_some_and(|reply| reply.to_user.as_deref().is_some_and(is_stranger));
        let expected = "an answer to the sealed sender and text, or a refusal";
        if to_stranger || replied.is_some_and(|words| words.contains(CLEAR_TEXT)) {
            return Finding::new("clear-copy-used", 0, expected, describe(entry)).found();
        }
        let own = |call: &&ApiCall| call.own && is_sending(call);
        let sending = || transcript.calls.iter().filter(own);
        let uses_clear_copy = |call: &&ApiCall| {
            addressee(call).is_some_and(|user| is_stranger(&user)) || call.body.contains(CLEAR_TEXT)
        };
        if let Some(call) = sending().find(uses_clear_copy) {
            let actual = format!("{}: `{}`", call.path, excerpt(call.body.as_bytes()));
            return Finding::new("clear-copy-used", 0, expected, actual)
                .with_story(story(transcript))
                .proven()
                .found();
        }
        let is_repeated = replied.is_some_and(|words| words.contains(SEALED_TEXT))
            || sending().any(|call| call.body.contains(SEALED_TEXT));
        if is_repeated {
            Ok(())
        } else {
            Err(Miss::not_applicable(Unjudged::CopyNotTold))
        }
    },
};

static NO_LEAK_ON_GARBAGE: Rule = Rule {
    id: RuleId::new("push-signature/no-leak-on-garbage"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: the URL is public",
    summary: "The server gives no stack trace, setting or secret away when a push is damaged.",
    why: "A stack trace tells an attacker what runs there; a printed Token lets anyone sign.",
    fix: "Catch errors of parsing and decrypting, answer a short text, and switch debug pages off.",
    needs: &[Need::Served],
    turn: Turn::Last,
    scenarios: |profile| Cases::each(damages(profile).map(|damaged| [Step::Deliver(damaged)])),
    claims: &["stack-trace", "secret"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(leak) = entry.leaks.first() else {
            return Ok(());
        };
        let claim = match leak {
            crate::leak::Leak::StackTrace(_) => "stack-trace",
            crate::leak::Leak::Secret(_)
            | crate::leak::Leak::AccessToken
            | crate::leak::Leak::SessionKey => "secret",
        };
        let body = entry
            .answer()
            .map(|answer| String::from_utf8_lossy(&answer.body));
        let place = body
            .and_then(|body| place_of_trace(&body, leak))
            .unwrap_or(0);
        let actual = format!("{leak} in the answer: {}", describe_around(entry, place));
        Finding::new(claim, 0, "an answer that gives nothing away", actual)
            .proven()
            .found()
    },
};

static SURVIVES_GARBAGE: Rule = Rule {
    id: RuleId::new("push-signature/survives-garbage"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: a true push is to be answered, whatever came before",
    summary: "The server serves the next true push after a damaged one.",
    why: "One request of anybody takes the service down for everybody.",
    fix: "Catch errors of parsing and decrypting in the handler, asynchronous callbacks included, and answer a refusal.",
    needs: &[Need::Served],
    turn: Turn::Last,
    scenarios: |profile| {
        Cases::each(damages(profile).map(|damaged| {
            [
                Step::Deliver(damaged),
                Step::Deliver(Deliver::text("after the damage")),
            ]
        }))
    },
    claims: &["next-push-served"],
    judge: |transcript| acknowledged(transcript, 1, "next-push-served"),
};

const SEALED_TEXT: &str = "the sealed text";
const CLEAR_TEXT: &str = "another clear text";

/// The pushes that every account of that kind is sent day by day.
fn ordinary(profile: &Profile) -> Vec<Content> {
    let text = Content::Text("hello".into());
    let image = profile.push("image").into();
    let set = |name, field, value| profile.push(name).set(field, value).into();
    match profile.account {
        Account::Official => {
            let scanned = set("subscribe", "EventKey", "qrscene_wxcheck");
            vec![text, image, scanned, set("CLICK", "EventKey", "wxcheck")]
        }
        account if account.is_mini() => {
            // What a page sets as SessionFrom is between it and the server.
            let session = set("user_enter_tempsession", "SessionFrom", "");
            vec![text, image, session]
        }
        // Shops, websites and apps are sent nothing but events of their own.
        _ => {
            let own = profile.catalogue.iter().take(4);
            let own = own.map(|entry| EntryContent::of(entry, profile.format).into());
            std::iter::once(text).chain(own).collect()
        }
    }
}

/// The changed push first, so that deduplication cannot hide it, then an intact one. Where effects can
/// be seen, those of the first are waited for before the second goes out.
fn paired(profile: &Profile, signing: Signing) -> [Step; 4] {
    let changed = Deliver::of(profile.message_or("a changed push")).signed(signing);
    let intact = Deliver::of(profile.message_or("an intact push")).from_user(1);
    let settle = Step::Settle { quiet: QUIET };
    [
        Step::Deliver(changed),
        settle.clone(),
        Step::Deliver(intact),
        settle,
    ]
}

fn pair(profile: &Profile, signing: Signing) -> Cases {
    Cases::each([paired(profile, signing)])
}

fn damages(profile: &Profile) -> impl Iterator<Item = Deliver> + use<> {
    let sealed: &[Damage] = if profile.mode.seals() {
        &Damage::SEALED
    } else {
        &[]
    };
    // What needs no key comes first: it is what anybody can send.
    let kinds: Vec<Damage> = Damage::BODY.iter().chain(sealed).copied().collect();
    kinds.into_iter().flat_map(|damage| {
        [true, false].map(|signed| {
            Deliver::text("a damaged push").signed(Signing::Damaged { damage, signed })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Judgement;
    use crate::hand_made::{
        OPENID, ORIGINAL_ID, answered, no_answer, push, text_reply, transcript,
    };

    fn refused(changed: (u16, &str), intact: (u16, &str)) -> Judgement {
        let entries = vec![
            push("forged text", answered(changed.0, changed.1)),
            push("true text", answered(intact.0, intact.1)),
        ];
        expect::refused(&transcript(entries), 0, 1, "altered")
    }

    #[test]
    fn any_answer_other_than_the_controls_is_a_refusal() {
        for changed in [
            (401, ""),
            (403, "no"),
            (500, "oops"),
            (200, ""),
            (200, "invalid request"),
        ] {
            assert_eq!(refused(changed, (200, "success")), Ok(()), "{changed:?}");
        }
    }

    #[test]
    fn a_reply_to_the_forged_user_is_proof() {
        let reply = text_reply(OPENID, ORIGINAL_ID, "echo: forged text");
        let judgement = refused((200, &reply), (200, &reply));
        assert!(matches!(judgement, Err(Miss::Found(finding)) if finding.claim == "altered"));
    }

    #[test]
    fn the_same_bare_acknowledgement_is_a_doubt() {
        assert!(matches!(
            refused((200, "success"), (200, "success")),
            Err(Miss::Doubtful(_))
        ));
    }

    #[test]
    fn a_server_that_refuses_everything_does_not_pass() {
        assert!(matches!(
            refused((403, ""), (403, "")),
            Err(Miss::Inconclusive(_))
        ));
    }

    #[test]
    fn a_dropped_connection_is_a_refusal() {
        let entries = vec![
            push("forged", no_answer()),
            push("true", answered(200, "success")),
        ];
        assert_eq!(
            expect::refused(&transcript(entries), 0, 1, "altered"),
            Ok(())
        );
    }

    #[test]
    fn survival_is_judged_by_the_push_behind() {
        let survived = vec![push("x", no_answer()), push("y", answered(200, ""))];
        assert_eq!((SURVIVES_GARBAGE.judge)(&transcript(survived)), Ok(()));
        let hurt = vec![push("x", answered(400, "")), push("y", answered(500, ""))];
        let judgement = (SURVIVES_GARBAGE.judge)(&transcript(hurt));
        assert!(
            matches!(judgement, Err(Miss::Found(finding)) if finding.claim == "next-push-served")
        );
    }
}
