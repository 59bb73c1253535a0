//! The encrypted envelope: every length that WeChat sends, and the envelopes that come back.

use proptest::prelude::*;
use wxcheck_protocol::reply::{ReplyKind, SealFault, Sealed};

use crate::{
    expect::{acknowledged, control, describe, sealed},
    finding::{Finding, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, claim},
    step::{Content, Deliver, Scenario, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[
    &ALL_PADDINGS,
    &TEXTS,
    &REPLY_SEALED_IN_SAFE_MODE,
    &REPLY_OPENS,
    &REPLY_SIGNED,
    &REPLY_FORM,
];

const DECRYPTING: &str = "message push page, decrypting messages in safe mode";
const ENCRYPTING: &str = "message push page, encrypting the reply in safe mode";

static ALL_PADDINGS: Rule = Rule {
    id: RuleId::ALL_PADDINGS,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, decrypting messages in safe mode: PKCS#7 with K = 32",
    summary: "The server opens messages with every padding from 1 to 32 bytes.",
    why: "An unpadder for 16-byte blocks, the default of most libraries, loses every second message.",
    fix: "Unpad with PKCS#7 for 32-byte blocks: take the last byte as the length, 1 to 32, and switch the library's own padding off.",
    needs: &[Need::Sealed, Need::SomeServed],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each((1..=32).map(|padding| {
            [Step::Deliver(Deliver::of(Content::TextWithPadding(
                padding,
            )))]
        }))
    },
    claims: &["padding"],
    judge: |transcript| acknowledged(transcript, 0, "padding"),
};

static TEXTS: Rule = Rule {
    id: RuleId::new("envelope/texts"),
    since: "0.1.0",
    level: Level::Must,
    source: DECRYPTING,
    summary: "The server opens messages of any text: empty, long, non-ASCII, emoji.",
    why: "Characters counted for bytes, or a fixed buffer, and some users' messages never arrive.",
    fix: "Take the length field as bytes, big-endian, cut the message by bytes, and decode it as UTF-8 afterwards.",
    needs: &[Need::Messages, Need::Sealed, Need::Served],
    turn: Turn::Shared,
    scenarios: text_cases,
    claims: &["empty", "long", "non-ascii", "emoji"],
    judge: |transcript| {
        let claim = match &transcript.entries.first().map(|entry| &entry.sent) {
            Some(Sent::Push {
                text: Some(text), ..
            }) => text_claim(text),
            _ => "long",
        };
        acknowledged(transcript, 0, claim)
    },
};

static REPLY_SEALED_IN_SAFE_MODE: Rule = Rule {
    id: RuleId::REPLY_SEALED,
    since: "0.1.0",
    level: Level::Must,
    source: ENCRYPTING,
    summary: "In safe mode, the server encrypts every reply that is neither empty nor `success`.",
    why: "WeChat drops the clear reply, and the user reads that the service is unavailable.",
    fix: "Encrypt the reply and wrap it into Encrypt, MsgSignature, TimeStamp and Nonce.",
    needs: &[Need::Safe, Need::Served, Need::PassiveReply],
    turn: Turn::Shared,
    scenarios: |profile| {
        // Short and long, messages and an event: some servers encrypt in one place only.
        let long = "long ".repeat(80);
        let texts = ["hello".into(), long].map(Content::Text);
        let contents = texts.into_iter().chain([profile.enter_session()]);
        Cases::each(contents.map(|content| [Step::Deliver(Deliver::of(content))]))
    },
    claims: &[claim::PLAIN_REPLY],
    judge: |transcript| {
        let entry = control(transcript, 0)?;
        match entry.reply.as_ref().map(|reply| &reply.kind) {
            Some(ReplyKind::Passive(_)) => {
                Finding::new(claim::PLAIN_REPLY, 0, "an encrypted reply", describe(entry)).found()
            }
            _ => Ok(()),
        }
    },
};

static REPLY_OPENS: Rule = Rule {
    id: RuleId::new("envelope/reply-opens"),
    since: "0.1.0",
    level: Level::Must,
    source: ENCRYPTING,
    summary: "An encrypted reply opens with the account's key and carries its appid.",
    why: "WeChat cannot read the reply, and the user reads that the service is unavailable.",
    fix: "AES-256-CBC with the key's first 16 bytes as IV; 16 random bytes, the length as 4 bytes big-endian, the message, the appid; PKCS#7 to 32 bytes; base64.",
    needs: &[Need::Sealed, Need::Served, Need::PassiveReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["opens", "padding", "length-field", "foreign-appid"],
    judge: |transcript| {
        let (entry, sealed) = sealed_reply(transcript)?;
        for fault in &sealed.faults {
            let (claim, what) = match fault {
                SealFault::ForeignAppid { found } => (
                    "foreign-appid",
                    format!("it is sealed for the appid `{found}`"),
                ),
                SealFault::Open(error) => (open_claim(error), error.to_string()),
                _ => continue,
            };
            let actual = format!("{what}: {}", describe(entry));
            let expected = "an envelope that opens, for this appid";
            return Finding::new(claim, 0, expected, actual).found();
        }
        Ok(())
    },
};

static REPLY_SIGNED: Rule = Rule {
    id: RuleId::new("envelope/reply-signed"),
    since: "0.1.0",
    level: Level::Must,
    source: ENCRYPTING,
    summary: "An encrypted reply is signed over its own TimeStamp, Nonce and Encrypt.",
    why: "WeChat refuses the reply, and the user reads that the service is unavailable.",
    fix: "MsgSignature is the SHA-1 of Token, the TimeStamp and Nonce written in the reply, and its Encrypt text, sorted and joined. Mind the spelling: TimeStamp.",
    needs: &[Need::Sealed, Need::Served, Need::PassiveReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["msg-signature", "missing-field"],
    judge: |transcript| {
        let (entry, sealed) = sealed_reply(transcript)?;
        for fault in &sealed.faults {
            let (claim, actual) = match fault {
                SealFault::MsgSignature => (
                    "msg-signature",
                    "MsgSignature is that of something else".to_owned(),
                ),
                SealFault::MissingField(name) => ("missing-field", format!("{name} is missing")),
                _ => continue,
            };
            let actual = format!("{actual} in {}", describe(entry));
            let expected = "Encrypt, MsgSignature, TimeStamp and Nonce that belong together";
            return Finding::new(claim, 0, expected, actual).found();
        }
        Ok(())
    },
};

static REPLY_FORM: Rule = Rule {
    id: RuleId::new("envelope/reply-form"),
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: whether WeChat minds",
    summary: "An encrypted reply is padded to 32 bytes, without white space, with a TimeStamp in seconds.",
    why: "WeChat's own samples do it so; what it makes of anything else is not documented.",
    fix: "Pad to 32, write base64 on one line, divide milliseconds by 1000.",
    needs: &[Need::Sealed, Need::Served, Need::PassiveReply],
    turn: Turn::Shared,
    // The two texts differ in length by 16 bytes, so that one of them shows which block is padded to.
    scenarios: |_| {
        Cases::each(
            ["hello", "hello 0123456789abcde"].map(|text| [Step::Deliver(Deliver::text(text))]),
        )
    },
    claims: &["padded-to-16", "white-space", "milliseconds", "root"],
    judge: |transcript| {
        let (entry, sealed) = sealed_reply(transcript)?;
        let (claim, what) = if sealed.padded_to_16 {
            ("padded-to-16", "padded to 16 bytes")
        } else if sealed.white_space {
            ("white-space", "white space in the Encrypt text")
        } else if sealed.millisecond_timestamp {
            ("milliseconds", "a TimeStamp in milliseconds")
        } else if sealed
            .faults
            .iter()
            .any(|fault| matches!(fault, SealFault::Root(_)))
        {
            ("root", "a root element that is not xml")
        } else {
            return Ok(());
        };
        let actual = format!("{what}: {}", describe(entry));
        Finding::new(claim, 0, "the form of WeChat's own samples", actual).found()
    },
};

fn one_text(_: &Profile) -> Cases {
    Cases::each([[Step::Deliver(Deliver::text("hello"))]])
}

fn text_cases(_: &Profile) -> Cases {
    let scenario = |text: String| Scenario::of([Step::Deliver(Deliver::text(text))]);
    let fixed = [
        String::new(),
        "long ".repeat(380),
        "你好 café".to_owned(),
        "家人们👨‍👩‍👧‍👦好".to_owned(),
    ];
    let drawn = prop_oneof![
        "[a-z ]{1000,2000}",
        "[\u{4e00}-\u{4eff}é]{1,60}",
        "[😀-😎👍🏽🇨🇳]{1,20}",
    ];
    let fixed = fixed.map(scenario).to_vec();
    Cases::Drawn(fixed, 6, drawn.prop_map(scenario).boxed())
}

fn text_claim(text: &str) -> &'static str {
    if text.is_empty() {
        "empty"
    } else if text.chars().any(|char| u32::from(char) > 0xffff) {
        "emoji"
    } else if text.is_ascii() {
        "long"
    } else {
        "non-ascii"
    }
}

fn sealed_reply(transcript: &Transcript) -> Result<(&Entry, &Sealed), Miss> {
    let entry = control(transcript, 0)?;
    let sealed = sealed(entry).ok_or_else(|| Miss::not_applicable(Unjudged::RepliesInClear))?;
    Ok((entry, sealed))
}

fn open_claim(error: &wxcheck_protocol::envelope::OpenError) -> &'static str {
    use wxcheck_protocol::envelope::OpenError;
    match error {
        OpenError::Padding { .. } => "padding",
        OpenError::Length { .. } => "length-field",
        OpenError::ForeignAppid { .. } => "foreign-appid",
        OpenError::Empty
        | OpenError::NotBase64
        | OpenError::NotBlocks { .. }
        | OpenError::TooShort { .. } => "opens",
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::envelope::OpenError;

    use super::*;
    use crate::hand_made::{
        OPENID, ORIGINAL_ID, answered, in_envelope, push, text_reply, transcript,
    };

    #[test]
    fn a_fault_of_an_envelope_has_a_claim() {
        let claim = |rule: &Rule, fault| {
            let reply = text_reply(OPENID, ORIGINAL_ID, "hi");
            let sealed = in_envelope(push("x", answered(200, &reply)), vec![fault]);
            match (rule.judge)(&transcript(vec![sealed])) {
                Err(Miss::Found(finding)) => Some(finding.claim),
                _ => None,
            }
        };
        let not_base64 = || SealFault::Open(OpenError::NotBase64);
        assert_eq!(claim(&REPLY_OPENS, not_base64()), Some("opens"));
        assert_eq!(claim(&REPLY_FORM, not_base64()), None);
        let root = SealFault::Root("message".into());
        assert_eq!(claim(&REPLY_FORM, root), Some("root"));
    }
}
