//! Pushes that WeChat may send and a server must not stumble over: the unknown, the unusual, the large.

mod doctype;
mod every_text;
mod older_http;

use proptest::prelude::*;
use wxcheck_protocol::{
    message::{Field, Value},
    push::Format,
};

use super::{catalogue::texts_of_handled, reply::NUMBER_LIKE};
use crate::{
    expect::{acknowledged, describe, entry, is_served},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Content, Deliver, EntryContent, Form, Scenario, Step},
    transcript::{Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[
    &UNKNOWN_MSG_TYPE,
    &UNKNOWN_EVENT,
    &UNKNOWN_FIELDS,
    &MISSING_MSGID,
    &FIELD_ORDER,
    &WHITE_SPACE,
    &XML_CONTENT_TYPE,
    &JSON_CONTENT_TYPE,
    &OPENID_PARAMETER,
    &EMPTY_EVENT_KEY,
    &LIST_SHAPES,
    &NUMBER_OR_STRING,
    &USER_TEXT,
    &every_text::EVERY_TEXT_ACTED_ON,
    &CONTROL_CHARACTERS,
    &RAW_CDATA_END,
    &LARGE_PUSH,
    &older_http::HTTP_1_0,
    &doctype::DOCTYPE,
];

/// Characters that strict XML forbids, and WeChat sends.
const CONTROLS: &str = "a\u{1}b\u{1b}c";
/// A text of which a reader that trims leaves nothing.
const SPACES: &str = "   ";
const ACKNOWLEDGED: &str = "acknowledged";
const RETRIED: &str =
    "WeChat pushes the message again, and the user reads that the service is unavailable.";

static UNKNOWN_MSG_TYPE: Rule = Rule {
    id: RuleId::new("tolerance/unknown-msg-type"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: message types are added without notice",
    summary: "The server acknowledges a message of a type it does not know.",
    why: "The day WeChat adds a type, every such message fails and is pushed again.",
    fix: "Let the default branch answer `success`.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let something = Field::text("Something", "new");
        let unknown = EntryContent::unlisted("wxcheck_unknown", vec![something]);
        Cases::each([[Step::Deliver(Deliver::of(unknown))]])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static UNKNOWN_EVENT: Rule = Rule {
    id: RuleId::new("tolerance/unknown-event"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: events are added without notice",
    summary: "The server acknowledges an event it does not know.",
    why: "The day WeChat adds an event, every one of them fails and raises alarms.",
    fix: "Let the default branch answer `success`.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let something = Field::number("Something", 1);
        let unknown = EntryContent::unlisted_event("wxcheck_unknown_event", vec![something]);
        Cases::each([[Step::Deliver(Deliver::of(unknown))]])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static UNKNOWN_FIELDS: Rule = Rule {
    id: RuleId::new("tolerance/unknown-fields"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: fields are added without notice (MsgDataId and Idx came so)",
    summary: "The server acknowledges a message with fields it does not know.",
    why: RETRIED,
    fix: "Ignore unknown elements and keys; no strict schema on the way in.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: unknown_field_cases,
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static MISSING_MSGID: Rule = Rule {
    id: RuleId::new("tolerance/missing-msgid"),
    since: "0.1.0",
    level: Level::Should,
    source: "events carry no id; a message without one has been seen in tests of SDKs",
    summary: "The server acknowledges a message without MsgId.",
    why: RETRIED,
    fix: "Fall back to FromUserName and CreateTime for deduplication.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let form = Form {
            without_msg_id: true,
            ..Form::default()
        };
        Cases::each([[Step::Deliver(Deliver::text("without an id").written(form))]])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static FIELD_ORDER: Rule = Rule {
    id: RuleId::new("tolerance/field-order"),
    since: "0.1.0",
    level: Level::Should,
    source: "no order of fields is documented; miniprogrampage has MsgId before its own fields",
    summary: "The server acknowledges a message whatever the order of its fields.",
    why: RETRIED,
    fix: "Read fields by name.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let scenario = (1..12_u8).prop_map(|shuffle| {
            let form = Form {
                shuffle,
                ..Form::default()
            };
            Scenario::of([Step::Deliver(Deliver::text("in any order").written(form))])
        });
        Cases::Drawn(Vec::new(), 4, scenario.boxed())
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static WHITE_SPACE: Rule = Rule {
    id: RuleId::new("tolerance/white-space"),
    since: "0.1.0",
    level: Level::Should,
    source: "plain and sealed bodies are spaced differently on the wire",
    summary: "The server acknowledges a message with white space between its fields.",
    why: RETRIED,
    fix: "Parse with an XML or JSON parser, not with patterns.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let form = Form {
            spaced: true,
            ..Form::default()
        };
        Cases::each([[Step::Deliver(Deliver::text("spaced").written(form))]])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static JSON_CONTENT_TYPE: Rule = Rule {
    id: RuleId::new("tolerance/json-content-type"),
    since: "0.1.0",
    level: Level::Should,
    source: "JSON pushes were seen with text/xml (Tencent staff, 2018) and with application/json (2022)",
    summary: "The server takes JSON pushes with either Content-Type.",
    why: "A framework that picks its parser by the header loses every push.",
    fix: "Read the raw body and parse it in the configured format.",
    needs: &[Need::Json, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each(["application/json", "text/xml"].map(|content_type| {
            let form = Form {
                content_type: Some(content_type.to_owned()),
                ..Form::default()
            };
            [Step::Deliver(Deliver::text("either type").written(form))]
        }))
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static XML_CONTENT_TYPE: Rule = Rule {
    id: RuleId::new("tolerance/xml-content-type"),
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: XML pushes were seen with text/xml only, JSON pushes with two types; proxies and gateways set others",
    summary: "The server takes XML pushes whose Content-Type is not text/xml.",
    why: "Behind a gateway that writes application/xml, or the day WeChat does, every push is lost.",
    fix: "Read the raw body and parse it in the configured format.",
    needs: &[Need::Xml, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each(["application/xml", "text/plain"].map(|content_type| {
            let form = Form {
                content_type: Some(content_type.to_owned()),
                ..Form::default()
            };
            [Step::Deliver(Deliver::text("any type").written(form))]
        }))
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static OPENID_PARAMETER: Rule = Rule {
    id: RuleId::new("tolerance/openid-parameter"),
    since: "0.1.0",
    level: Level::Should,
    source: "message push page: signature, timestamp and nonce are the parameters of a push; `openid` is documented nowhere, and pushes in plain mode were seen with and without it",
    summary: "In plain mode, the server takes a push whose query has no `openid`.",
    why: "WeChat does not promise the parameter: whenever it is not sent, every message is refused.",
    fix: "Read the user from FromUserName in the body; do not require `openid` in the query.",
    needs: &[Need::Plain, Need::Signed, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let form = Form {
            openid: false,
            ..Form::default()
        };
        Cases::each([[Step::Deliver(Deliver::text("hello again").written(form))]])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static EMPTY_EVENT_KEY: Rule = Rule {
    id: RuleId::new("tolerance/empty-event-key"),
    since: "0.1.0",
    level: Level::Should,
    source: "captured subscribe and unsubscribe events have an empty EventKey",
    summary: "The server acknowledges an event with an empty EventKey.",
    why: RETRIED,
    fix: "Treat an empty EventKey as none.",
    needs: &[Need::Official, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let subscribe = |key| profile.push("subscribe").set("EventKey", key);
        let empty = Deliver::of(subscribe(""));
        Cases::each([behind(subscribe("qrscene_wxcheck"), empty)])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_behind,
};

static LIST_SHAPES: Rule = Rule {
    id: RuleId::new("tolerance/list-shapes"),
    since: "0.1.0",
    level: Level::Should,
    source: "subscribe message page: List is an object for one entry and an array for several; its samples show arrays for one",
    summary: "The server takes List as one entry and as several.",
    why: "A user's decision about a subscription is lost, and the event is pushed again.",
    fix: "Accept both an object and an array under List.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Shared,
    scenarios: list_cases,
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static NUMBER_OR_STRING: Rule = Rule {
    id: RuleId::new("tolerance/number-or-string"),
    since: "0.1.0",
    level: Level::Should,
    source: "samples of CreateTime in events differ: a number here, a string there",
    summary: "The server takes CreateTime as a number and as a string.",
    why: RETRIED,
    fix: "Convert leniently: accept a number or a string of digits.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let quoted = Form {
            numbers_as_strings: true,
            ..Form::default()
        };
        let session = profile.enter_session();
        let unusual = Deliver::of(session.clone()).written(quoted);
        Cases::each([behind(session, unusual)])
    },
    claims: &[ACKNOWLEDGED],
    judge: judge_behind,
};

static USER_TEXT: Rule = Rule {
    id: RuleId::USER_TEXT,
    since: "0.1.0",
    level: Level::Should,
    source: "Content is a user's text",
    summary: "The server acknowledges whatever a user writes: emoji, markup, `]]>`, quotes, numbers, spaces.",
    why: "One user's message fails each time, and that user reads that the service is unavailable.",
    fix: "Parse with an XML or JSON parser, store text as UTF-8 with four-byte characters, escape on the way out; keep a text a text, also `0` and `1e3`.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Shared,
    scenarios: user_text_cases,
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

static RAW_CDATA_END: Rule = Rule {
    id: RuleId::new("tolerance/raw-cdata-end"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed: WeChat sends a user's `]]>` as it is, and the XML breaks (silenceper/wechat issue 750)",
    summary: "The server does not fail with a 5xx on a user's `]]>` that stands unescaped in the XML.",
    why: "Any user can make the handler fail at will, and reads that the service is unavailable.",
    fix: "Catch the parser's error, log it, and answer `success`.",
    needs: &[Need::Messages, Need::Xml, Need::Served],
    turn: Turn::Late,
    scenarios: |_| {
        let form = Form {
            raw_cdata_end: true,
            ..Form::default()
        };
        Cases::each([[Step::Deliver(Deliver::text("a]]>b").written(form))]])
    },
    claims: &["no-5xx"],
    judge: judge_no_5xx,
};

static CONTROL_CHARACTERS: Rule = Rule {
    id: RuleId::new("tolerance/control-characters"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed: control characters in user text are sent unescaped in XML (WeRoBot issues 419 and 420, silenceper/wechat issue 750)",
    summary: "The server does not fail with a 5xx on a control character in a user's text.",
    why: "The XML parser refuses the whole message; that user reads that the service is unavailable, each time.",
    fix: "Strip U+0000 to U+001F, except tab and line ends, before parsing XML, or catch the parser's error and answer `success`.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Late,
    scenarios: |profile| {
        let text = Scenario::of([Step::Deliver(Deliver::text(CONTROLS))]);
        let handled = texts_of_handled(profile, CONTROLS);
        Cases::Each([text].into_iter().chain(handled).collect())
    },
    claims: &["no-5xx"],
    judge: judge_no_5xx,
};

static LARGE_PUSH: Rule = Rule {
    id: RuleId::new("tolerance/large-push"),
    since: "0.1.0",
    level: Level::Info,
    source: "no limit of a push is documented, nor was one so long seen; a punishment event carries whole texts",
    summary: "The server acknowledges a push of 80 KiB.",
    why: "A small body limit loses the events that matter most.",
    fix: "Allow bodies of at least 256 KiB.",
    needs: &[Need::Messages, Need::Served],
    turn: Turn::Alone,
    // Of a type that every server knows, so that nothing but its size can be the matter.
    scenarios: |_| Cases::each([[Step::Deliver(Deliver::text("x".repeat(80 * 1024)))]]),
    claims: &[ACKNOWLEDGED],
    judge: judge_acknowledged,
};

fn judge_acknowledged(transcript: &Transcript) -> Judgement {
    acknowledged(transcript, 0, ACKNOWLEDGED)
}

/// A push behind the same from another user as it usually comes.
fn behind(usual: impl Into<Content>, unusual: Deliver) -> [Step; 2] {
    [
        Step::Deliver(Deliver::of(usual)),
        Step::Deliver(unusual.from_user(1)),
    ]
}

/// The judgement on the unusual one. A server that refuses the usual one shows nothing by refusing it.
fn judge_behind(transcript: &Transcript) -> Judgement {
    if !is_served(entry(transcript, 0)?) {
        return Err(Miss::not_applicable(Unjudged::FailUnchanged));
    }
    acknowledged(transcript, 1, ACKNOWLEDGED)
}

/// The last push; where the same stands in front of it as it is, that one must be taken.
fn judge_no_5xx(transcript: &Transcript) -> Judgement {
    let at = transcript.entries.len().saturating_sub(1);
    if at > 0 && !is_served(entry(transcript, 0)?) {
        return Err(Miss::not_applicable(Unjudged::FailUnchangedHandled));
    }
    let entry = entry(transcript, at)?;
    match entry.answer().map(|answer| answer.status) {
        Some(500..) => {
            let finding = Finding::new("no-5xx", at, "any status below 500", describe(entry));
            match &entry.sent {
                Sent::Push { name, changes, .. } if !changes.is_empty() => {
                    finding.with_story(changes.clone()).about(name)
                }
                _ => finding,
            }
            .found()
        }
        _ => Ok(()),
    }
}

fn user_text_cases(_: &Profile) -> Cases {
    const PIECES: [&str; 6] = ["😀", "<b>&amp;</b>", "]]>", "\"'\\", "/::)", "你好"];
    let scenario = |text: String| Scenario::of([Step::Deliver(Deliver::text(text))]);
    let fixed = PIECES.into_iter().chain(NUMBER_LIKE).chain([SPACES]);
    let fixed = fixed.map(|piece| scenario(piece.to_owned())).collect();
    let text = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 2..6)
        .prop_map(|pieces| pieces.concat());
    Cases::Drawn(fixed, 4, text.prop_map(scenario).boxed())
}

fn unknown_field_cases(_: &Profile) -> Cases {
    let value = prop_oneof![
        "[a-z]{0,8}".prop_map(Value::Text),
        any::<u32>().prop_map(|number| Value::Number(i64::from(number))),
        "[a-z]{1,8}".prop_map(|text| Value::Group(vec![Field::text("Inner", text)])),
    ];
    let field = ("Wxcheck[A-Z][a-z]{2,6}", value).prop_map(|(name, value)| Field::new(name, value));
    let fields = prop::collection::vec(field, 1..4);
    let scenario = fields.prop_map(|unknown_fields| {
        let form = Form {
            unknown_fields,
            ..Form::default()
        };
        Scenario::of([Step::Deliver(
            Deliver::text("with more fields").written(form),
        )])
    });
    Cases::Drawn(Vec::new(), 4, scenario.boxed())
}

fn list_cases(profile: &Profile) -> Cases {
    let mut pushes = [
        "subscribe_msg_popup_event",
        "subscribe_msg_popup_event.many",
    ]
    .map(|name| profile.push(name))
    .to_vec();
    if profile.format == Format::Json {
        let array = profile.push("subscribe_msg_popup_event.array");
        // Its CreateTime is a string, which is covered by `tolerance/number-or-string`.
        pushes.push(array.with(Field::bare("CreateTime", "{now}")));
    }
    Cases::each(
        pushes
            .into_iter()
            .map(|push| [Step::Deliver(Deliver::of(push))]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Miss,
        hand_made::{answered, push, transcript},
    };

    #[test]
    fn a_refusal_of_the_unknown_is_found_and_an_acknowledgement_is_not() {
        let judge =
            |status| (UNKNOWN_EVENT.judge)(&transcript(vec![push("x", answered(status, ""))]));
        assert_eq!(judge(200), Ok(()));
        assert_eq!(judge(201), Ok(()), "covered by another rule");
        assert!(matches!(judge(404), Err(Miss::Found(_))));
    }

    #[test]
    fn a_raw_cdata_end_may_be_refused_but_not_fail() {
        let judge =
            |status| (RAW_CDATA_END.judge)(&transcript(vec![push("x", answered(status, ""))]));
        assert_eq!(judge(400), Ok(()));
        assert!(judge(500).is_err());
    }
}
