//! Messages in the answer itself: passive replies.

use proptest::prelude::*;
use wxcheck_protocol::{
    message::scalar_of,
    push::{Format, Mode},
    reply::{Passive, PassiveFault, ReplyKind},
};

use crate::{
    expect::{control, describe, entry, innermost, is_served, message},
    finding::{Finding, Miss},
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked},
    step::{Deliver, Scenario, Step},
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

/// What is wrong with a message.
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

pub(super) static WELL_FORMED: Rule = Rule {
    id: RuleId::WELL_FORMED,
    since: "0.1.0",
    level: Level::Must,
    source: "a passive reply is XML or JSON; issues of several SDKs with `]]>` in user text",
    summary: "A passive reply stays well-formed whatever the user wrote.",
    why: "One `]]>` or quote in a user's text breaks the reply, or lets the user write parts of it.",
    fix: "Build replies with an XML or JSON writer; in CDATA split `]]>` into two sections.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: tricky_cases,
    claims: &["malformed"],
    judge: |transcript| {
        let entry = taken(transcript, 0)?;
        let Some(reply) = entry.reply.as_ref() else {
            return Ok(());
        };
        if let ReplyKind::Malformed { format, reason } = &innermost(reply).kind {
            let actual = format!("{reason} in {}", describe(entry));
            return Finding::new("malformed", 0, format!("well-formed {format}"), actual).found();
        }
        Ok(())
    },
};

pub(super) static TEXT_UNCHANGED: Rule = Rule {
    id: RuleId::new("reply/text-unchanged"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: where the server repeats the user's text, it repeats it as written",
    summary: "Where the server repeats the user's text, it repeats it unchanged.",
    why: "Emoji turned into question marks, or markup swallowed: text is lost on its way in or out.",
    fix: "Read and write UTF-8 throughout (four-byte characters too), and join split CDATA sections.",
    needs: &[Need::Served, Need::RepeatedText],
    turn: Turn::Shared,
    scenarios: |profile| {
        // One plain text shows how the server frames what it repeats; the tricky ones follow it.
        let behind_plain_text = |steps: Vec<Step>| {
            let plain = Step::Deliver(Deliver::text(PLAIN_TEXT).from_user(1));
            Scenario::of([vec![plain], steps].concat())
        };
        match tricky_cases(profile) {
            Cases::Drawn(fixed, draws, drawn) => {
                let all_fixed = fixed
                    .into_iter()
                    .flat_map(|scenario| scenario.steps)
                    .collect();
                let drawn = drawn.prop_map(move |scenario| behind_plain_text(scenario.steps));
                Cases::Drawn(vec![behind_plain_text(all_fixed)], draws, drawn.boxed())
            }
            other => other,
        }
    },
    claims: &["changed"],
    judge: |transcript| {
        let (_, plain) = reply(transcript, 0)?;
        let (prefix, suffix) = plain
            .content
            .as_deref()
            .and_then(|content| content.split_once(PLAIN_TEXT))
            .ok_or_else(|| {
                Miss::not_applicable(
                    "the server's reply does not repeat the user's text".to_owned(),
                )
            })?;
        let mut untold = Ok(());
        for at in 1..transcript.entries.len() {
            let special = match taken(transcript, at) {
                Ok(special) => special,
                Err(miss) => {
                    untold = Err(miss);
                    continue;
                }
            };
            let (
                Some(passive),
                Sent::Push {
                    text: Some(text), ..
                },
            ) = (message(special), &special.sent)
            else {
                continue;
            };
            let content = passive.content.clone().unwrap_or_default();
            let wanted = format!("{prefix}{text}{suffix}");
            // What stands around the text may change, as a time or a counter does.
            if !content.contains(text.as_str()) && !content.is_empty() {
                let expected = format!("Content `{wanted}`");
                return Finding::new("changed", at, expected, format!("Content `{content}`"))
                    .found();
            }
        }
        untold
    },
};

pub(super) static NO_EMPTY_CONTENT: Rule = Rule {
    id: RuleId::new("reply/no-empty-content"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: an empty answer is zero bytes, not a message with empty content",
    summary: "The server does not answer with a text message whose Content is empty.",
    why: "WeChat treats it as a bad response, and the user reads that the service is unavailable.",
    fix: "Where there is nothing to say, answer `success` or zero bytes.",
    needs: &[Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each([
            [Step::Deliver(Deliver::text("hello"))],
            [Step::Deliver(Deliver::text(
                "wxcheck: a text no keyword list knows",
            ))],
        ])
    },
    claims: &["empty-content"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        let is_text = passive.msg_type.as_deref() == Some("text");
        if is_text
            && passive
                .content
                .as_deref()
                .is_some_and(|content| content.trim().is_empty())
        {
            return Finding::new("empty-content", 0, "text, or zero bytes", describe(entry))
                .found();
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

const PLAIN_TEXT: &str = "plain words 4711";

pub(super) fn one_text(_: &Profile) -> Cases {
    Cases::each([[Step::Deliver(Deliver::text("hello"))]])
}

/// Texts of which a careless writer makes broken XML or JSON, or a careless reader loses a part.
fn tricky_cases(_: &Profile) -> Cases {
    const PIECES: [&str; 11] = [
        "]]>",
        "&",
        "<b>",
        "</Content>",
        "\"",
        "\\n",
        "\n",
        "&amp;",
        "😀",
        "你好",
        "MiXed",
    ];
    let scenario = |text: String| Scenario::of([Step::Deliver(Deliver::text(text))]);
    let fixed = PIECES.map(|piece| scenario(format!("a{piece}z"))).to_vec();
    let text = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 2..5)
        .prop_map(|pieces| format!("a{}z", pieces.concat()));
    Cases::Drawn(fixed, 3, text.prop_map(scenario).boxed())
}

/// A push whose text was tricky; that the server fails on such a text is another rule's affair.
fn taken(transcript: &Transcript, at: usize) -> Result<&Entry, Miss> {
    let entry = entry(transcript, at)?;
    if is_served(entry) {
        return Ok(entry);
    }
    Err(Miss::inconclusive(blocked(RuleId::USER_TEXT)))
}

pub(super) fn reply(transcript: &Transcript, at: usize) -> Result<(&Entry, &Passive), Miss> {
    let entry = control(transcript, at)?;
    let passive = message(entry)
        .ok_or_else(|| Miss::not_applicable("this message was answered without one".to_owned()))?;
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
    fn pasted_text_breaks_a_reply() {
        let broken = text_reply(OPENID, ORIGINAL_ID, "a]]><b>z");
        assert_eq!(
            claim(judge(&WELL_FORMED, "a]]><b>z", &broken)),
            Some("malformed")
        );
        assert_eq!(judge(&WELL_FORMED, "x", "success"), Ok(()));
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

    #[test]
    fn changed_text_shows_beside_an_unchanged_one() {
        let entries = |content: &str| {
            transcript(vec![
                push(
                    PLAIN_TEXT,
                    answered(
                        200,
                        &text_reply(OPENID, ORIGINAL_ID, &format!("> {PLAIN_TEXT}")),
                    ),
                ),
                push(
                    "a😀z",
                    answered(200, &text_reply(OPENID, ORIGINAL_ID, content)),
                ),
            ])
        };
        assert_eq!((TEXT_UNCHANGED.judge)(&entries("> a😀z")), Ok(()));
        assert_eq!(
            claim((TEXT_UNCHANGED.judge)(&entries("> a?z"))),
            Some("changed")
        );
    }

    #[test]
    fn empty_content_is_no_empty_answer() {
        let empty = text_reply(OPENID, ORIGINAL_ID, "");
        assert_eq!(
            claim(judge(&NO_EMPTY_CONTENT, "x", &empty)),
            Some("empty-content")
        );
    }
}
