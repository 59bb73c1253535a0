//! Defects in the messages that a push is answered with.

use super::{Defect, MINI_XML, PLAIN_JSON, PLAIN_XML};
use crate::behaviour::{
    Answers, Behaviour, Charset, CreateTime, Markup, Names, PassiveKind, ReplyFormat, Words,
};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "reply-text-from-mini",
        summary: "answers a text with a text in a mini program",
        behaviour: || Behaviour {
            answers: Answers::TextAnywhere,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/passive-from-mini", "passive")],
    },
    Defect {
        name: "reply-transfer-on-event",
        summary: "answers an event with transfer_customer_service",
        behaviour: || Behaviour {
            answers: Answers::TransferEvents,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("reply/retail-answer", "body"),
            ("reply/no-transfer-on-event", "transfer"),
        ],
    },
    Defect {
        name: "reply-names-as-received",
        summary: "does not swap ToUserName and FromUserName",
        behaviour: || Behaviour {
            names: Names::AsReceived,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/names-swapped", "to-user")],
    },
    Defect {
        name: "reply-from-appid",
        summary: "writes its appid into FromUserName",
        behaviour: || Behaviour {
            names: Names::FromAppid,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/names-swapped", "from-user")],
    },
    Defect {
        name: "reply-without-create-time",
        summary: "leaves CreateTime out",
        behaviour: || Behaviour {
            create_time: CreateTime::Missing,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/create-time", "create-time")],
    },
    Defect {
        name: "reply-create-time-in-words",
        summary: "writes CreateTime as a date",
        behaviour: || Behaviour {
            create_time: CreateTime::Date,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/create-time", "create-time")],
    },
    Defect {
        name: "reply-create-time-milliseconds",
        summary: "writes CreateTime in milliseconds",
        behaviour: || Behaviour {
            create_time: CreateTime::Milliseconds,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/create-time-seconds", "seconds")],
    },
    Defect {
        name: "reply-unknown-type",
        summary: "answers with a MsgType that does not exist",
        behaviour: || Behaviour {
            kind: PassiveKind::Markdown,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/known-type", "msg-type")],
    },
    Defect {
        name: "reply-untyped",
        summary: "answers with a message without MsgType",
        behaviour: || Behaviour {
            kind: PassiveKind::Untyped,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/known-type", "msg-type")],
    },
    Defect {
        name: "reply-image-without-media-id",
        summary: "answers with an image without MediaId",
        behaviour: || Behaviour {
            kind: PassiveKind::ImageWithoutMediaId,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/known-type", "required-part")],
    },
    Defect {
        name: "reply-one-cdata-section",
        summary: "writes a text with ]]> into one CDATA section",
        behaviour: || Behaviour {
            markup: Markup::OneSection,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/well-formed", "malformed")],
    },
    Defect {
        name: "reply-pasted-into-xml",
        summary: "pastes texts into XML without escaping",
        behaviour: || Behaviour {
            markup: Markup::Pasted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("reply/well-formed", "malformed"),
            ("reply/text-unchanged", "changed"),
        ],
    },
    Defect {
        name: "reply-lower-case",
        summary: "answers with the text in lower case",
        behaviour: || Behaviour {
            words: Words::LowerCase,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/text-unchanged", "changed")],
    },
    Defect {
        name: "reply-emoji-lost",
        summary: "answers with a question mark for each emoji",
        behaviour: || Behaviour {
            words: Words::EmojiLost,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/text-unchanged", "changed")],
    },
    Defect {
        name: "reply-empty-content",
        summary: "answers an ordinary text with an empty one",
        behaviour: || Behaviour {
            words: Words::Empty,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/no-empty-content", "empty-content")],
    },
    Defect {
        name: "reply-misaddressed-if-long",
        summary: "answers texts of more than 100 characters to the account instead of the user",
        behaviour: || Behaviour {
            names: Names::AsReceivedForLongTexts,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/names-swapped", "to-user")],
    },
    Defect {
        name: "reply-uncut",
        summary: "answers with as many bytes as it likes",
        behaviour: || Behaviour {
            words: Words::Uncut,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/text-length", "too-long")],
    },
    Defect {
        name: "reply-cut-short",
        summary: "repeats no more than 140 characters",
        behaviour: || Behaviour {
            words: Words::CutAt140,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/text-unchanged", "changed")],
    },
    Defect {
        name: "reply-number-read",
        summary: "reads digits as a number, and repeats that",
        behaviour: || Behaviour {
            words: Words::AsNumbers,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/text-unchanged", "changed")],
    },
    Defect {
        name: "reply-zero-is-nothing",
        summary: "takes the text 0 for none",
        behaviour: || Behaviour {
            words: Words::ZeroIsNothing,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/text-unchanged", "unanswered")],
    },
    Defect {
        name: "reply-says-success",
        summary: "wraps success into a text message",
        behaviour: || Behaviour {
            words: Words::Success,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/no-success-as-text", "success")],
    },
    Defect {
        name: "reply-repeats-nothing",
        summary: "answers every push with its Content, which most have none of",
        behaviour: || Behaviour {
            answers: Answers::Everything,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/no-empty-content", "empty-content")],
    },
    Defect {
        name: "reply-two-articles",
        summary: "answers a text with two articles",
        behaviour: || Behaviour {
            kind: PassiveKind::TwoArticles,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/one-article", "articles")],
    },
    Defect {
        name: "reply-shared-articles",
        summary: "answers from a list of articles that all replies share, and that grows",
        behaviour: || Behaviour {
            kind: PassiveKind::GrowingNews,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[
            ("reply/one-article", "shared-list"),
            ("catalogue/replies", "articles"),
        ],
    },
    Defect {
        name: "reply-in-gbk",
        summary: "answers in GBK",
        behaviour: || Behaviour {
            words: Words::Greeting,
            charset: Charset::Gbk,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/utf-8", "not-utf-8")],
    },
    Defect {
        name: "reply-xml-for-json",
        summary: "answers a JSON push in XML",
        behaviour: || Behaviour {
            reply_format: ReplyFormat::Xml,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("reply/format-follows-push", "format")],
    },
    Defect {
        name: "reply-json-for-xml",
        summary: "answers an XML push in JSON",
        behaviour: || Behaviour {
            reply_format: ReplyFormat::Json,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/format-follows-push", "format")],
    },
];
