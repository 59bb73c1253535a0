//! Messages in the answer itself: passive replies.

use wxcheck_protocol::{
    message::scalar_of,
    push::{Format, Mode},
    reply::{Passive, PassiveFault},
};

use crate::{
    expect::{control, describe, message},
    finding::{Finding, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Step},
    transcript::{Entry, Sent, Transcript},
};

const REPLYING: &str =
    "official account documents, passive replies; message push page for the encrypted form";

/// The claim that a message in an answer breaks, and the rule about text messages that says the same; with what was
/// expected and what came.
pub(crate) fn message_fault(profile: &Profile, entry: &Entry) -> Option<MessageFault> {
    let passive = message(entry)?;
    let Sent::Push { fields, event, .. } = &entry.sent else {
        return None;
    };
    let of_push = |name: &str| {
        let value = scalar_of(fields, name);
        value.unwrap_or_default().into_owned()
    };
    let fault = |claim, rule, expected: String| {
        Some(MessageFault {
            claim,
            rule,
            expected,
        })
    };
    if *event && passive.msg_type.as_deref() == Some("transfer_customer_service") {
        let expected = "`success` or zero bytes: events are not handed over".to_owned();
        return fault("transfer", RuleId::NO_TRANSFER_ON_EVENT, expected);
    }
    let (user, account) = (of_push("FromUserName"), of_push("ToUserName"));
    if passive.to_user.as_ref() != Some(&user) {
        return fault(
            "to-user",
            RuleId::NAMES_SWAPPED,
            format!("ToUserName `{user}`"),
        );
    }
    if passive.from_user.as_ref() != Some(&account) {
        return fault(
            "from-user",
            RuleId::NAMES_SWAPPED,
            format!("FromUserName `{account}`"),
        );
    }
    for found in &passive.faults {
        let part = match found {
            PassiveFault::UnknownMsgType(_) => "a MsgType that WeChat knows".to_owned(),
            PassiveFault::MissingField(name) if name == "MsgType" => name.clone(),
            PassiveFault::MissingPart(part) => part.clone(),
            PassiveFault::ArticleCount { .. } => "ArticleCount, the number of articles".to_owned(),
            PassiveFault::MissingField(name) if name == "CreateTime" => {
                return fault(
                    "create-time",
                    RuleId::CREATE_TIME,
                    "a CreateTime".to_owned(),
                );
            }
            PassiveFault::NotAnInteger { field, .. } if field == "CreateTime" => {
                let expected = "CreateTime as an integer".to_owned();
                return fault("create-time", RuleId::CREATE_TIME, expected);
            }
            _ => continue,
        };
        return fault("required-part", RuleId::KNOWN_TYPE, part);
    }
    if profile.mode == Mode::Safe && crate::expect::sealed(entry).is_none() {
        let expected =
            "a sealed message: safe mode takes nothing but `success` in clear".to_owned();
        return fault("not-sealed", RuleId::REPLY_SEALED, expected);
    }
    None
}

/// The fault of a message.
pub(crate) struct MessageFault {
    pub(crate) claim: &'static str,
    /// The rule about text messages that it breaks there.
    pub(crate) rule: RuleId,
    pub(crate) expected: String,
}

pub(super) static NAMES_SWAPPED: Rule = Rule {
    id: RuleId::NAMES_SWAPPED,
    since: "0.1.0",
    level: Level::Must,
    source: REPLYING,
    summary: "A passive reply goes to the openid that wrote, from the account's original id.",
    why: "WeChat drops a reply to anybody else, and the user reads that the service is unavailable.",
    fix: "Put the push's FromUserName into ToUserName and its ToUserName into FromUserName.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["to-user", "from-user"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        let Sent::Push {
            openid,
            original_id,
            ..
        } = &entry.sent
        else {
            return Ok(());
        };
        let found = |field: &Option<String>| field.clone().unwrap_or_else(|| "nothing".to_owned());
        if passive.to_user.as_ref() != Some(openid) {
            let expected = format!("ToUserName `{openid}`, the user who wrote");
            let actual = format!("ToUserName `{}`", found(&passive.to_user));
            return Finding::new("to-user", 0, expected, actual).found();
        }
        if passive.from_user.as_ref() != Some(original_id) {
            let expected = format!("FromUserName `{original_id}`, the push's ToUserName");
            let actual = format!("FromUserName `{}`", found(&passive.from_user));
            return Finding::new("from-user", 0, expected, actual).found();
        }
        Ok(())
    },
};

pub(super) static CREATE_TIME: Rule = Rule {
    id: RuleId::CREATE_TIME,
    since: "0.1.0",
    level: Level::Must,
    source: REPLYING,
    summary: "A passive reply carries CreateTime as an integer.",
    why: "WeChat cannot read the reply, and the user reads that the service is unavailable.",
    fix: "Write the present Unix time in seconds, without quotes or fraction.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["create-time"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        let is_integer = passive
            .create_time
            .as_ref()
            .map(|time| time.trim())
            .is_some_and(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()));
        if is_integer {
            return Ok(());
        }
        Finding::new(
            "create-time",
            0,
            "CreateTime as an integer",
            describe(entry),
        )
        .found()
    },
};

pub(super) static CREATE_TIME_SECONDS: Rule = Rule {
    id: RuleId::new("reply/create-time-seconds"),
    since: "0.1.0",
    level: Level::Info,
    source: "documented as seconds; that WeChat minds milliseconds is not",
    summary: "A passive reply's CreateTime counts seconds.",
    why: "Milliseconds work in popular SDKs, but no document promises it.",
    fix: "Divide by 1000 and round down.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["seconds"],
    judge: |transcript| {
        let (_, passive) = reply(transcript, 0)?;
        match passive.create_time.as_deref() {
            // Ten digits of seconds last until the year 2286.
            Some(time) if time.len() > 10 && time.bytes().all(|byte| byte.is_ascii_digit()) => {
                let actual = format!("CreateTime {time}, which looks like milliseconds");
                Finding::new("seconds", 0, "CreateTime in seconds, ten digits", actual).found()
            }
            _ => Ok(()),
        }
    },
};

pub(super) static KNOWN_TYPE: Rule = Rule {
    id: RuleId::KNOWN_TYPE,
    since: "0.1.0",
    level: Level::Must,
    source: REPLYING,
    summary: "A passive reply has a MsgType that WeChat knows, with all its parts.",
    why: "A reply with a missing part is a service fault to the user.",
    fix: "text needs Content, image Image/MediaId, voice Voice/MediaId, video Video/MediaId, music Music/ThumbMediaId, news ArticleCount and Articles.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["msg-type", "required-part"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        for fault in &passive.faults {
            let (claim, what) = match fault {
                PassiveFault::UnknownMsgType(msg_type) => {
                    ("msg-type", format!("MsgType `{msg_type}`"))
                }
                PassiveFault::MissingField(name) if name == "MsgType" => {
                    ("msg-type", "no MsgType".to_owned())
                }
                PassiveFault::MissingPart(part) => ("required-part", format!("no {part}")),
                PassiveFault::ArticleCount { declared, found } => (
                    "required-part",
                    format!("ArticleCount {declared:?} for {found} articles"),
                ),
                _ => continue,
            };
            let actual = format!("{what} in {}", describe(entry));
            return Finding::new(claim, 0, "a known MsgType with all its parts", actual).found();
        }
        Ok(())
    },
};

pub(super) static FORMAT_FOLLOWS_PUSH: Rule = Rule {
    id: RuleId::new("reply/format-follows-push"),
    since: "0.1.0",
    level: Level::Should,
    source: "event pages ask for the push's format; for transfer_customer_service in JSON mode the reports differ",
    summary: "A passive reply has the format of the push, XML or JSON.",
    why: "In JSON mode an XML reply was reported to be dropped.",
    fix: "Decide by the configured format which of the two to write.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["format"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        let outer = crate::expect::sealed(entry).map(|sealed| sealed.format);
        let wanted = transcript.profile.format;
        let wrong: Option<Format> = [Some(passive.format), outer]
            .into_iter()
            .flatten()
            .find(|format| *format != wanted);
        match wrong {
            Some(format) => {
                let expected = format!("a reply in {wanted}, as the push");
                Finding::new(
                    "format",
                    0,
                    expected,
                    format!("{format}: {}", describe(entry)),
                )
                .found()
            }
            None => Ok(()),
        }
    },
};

pub(super) fn one_text(_: &Profile) -> Cases {
    Cases::each([[Step::Deliver(Deliver::text("hello"))]])
}

pub(super) fn reply(transcript: &Transcript, at: usize) -> Result<(&Entry, &Passive), Miss> {
    let entry = control(transcript, at)?;
    let passive =
        message(entry).ok_or_else(|| Miss::not_applicable(Unjudged::NoMessageInAnswer))?;
    Ok((entry, passive))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{OPENID, ORIGINAL_ID, answered, push, text_reply, transcript},
    };

    fn judge(rule: &Rule, text: &str, body: &str) -> Judgement {
        (rule.judge)(&transcript(vec![push(text, answered(200, body))]))
    }

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn names_must_be_swapped() {
        let good = text_reply(OPENID, ORIGINAL_ID, "hi");
        assert_eq!(judge(&NAMES_SWAPPED, "x", &good), Ok(()));
        let unswapped = text_reply(ORIGINAL_ID, OPENID, "hi");
        assert_eq!(
            claim(judge(&NAMES_SWAPPED, "x", &unswapped)),
            Some("to-user")
        );
        let stranger = text_reply(OPENID, "gh_else", "hi");
        assert_eq!(
            claim(judge(&NAMES_SWAPPED, "x", &stranger)),
            Some("from-user")
        );
    }

    #[test]
    fn milliseconds_are_noted_and_no_more() {
        let milliseconds =
            text_reply(OPENID, ORIGINAL_ID, "hi").replace("1795000000", "1795000000123");
        assert_eq!(judge(&CREATE_TIME, "x", &milliseconds), Ok(()));
        assert_eq!(
            claim(judge(&CREATE_TIME_SECONDS, "x", &milliseconds)),
            Some("seconds")
        );
    }
}
