//! Defects in calling WeChat's API.

use super::{Defect, MINI_XML_API, PLAIN_XML_API};
use crate::behaviour::{
    Acknowledgement, Behaviour, Farewell, JsonText, LateSends, Recipient, Renewal, Results, Sends,
    Timing, Tokens, TurnedDown,
};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "wrong-user",
        summary: "answers the user who wrote before",
        behaviour: || Behaviour {
            recipient: Recipient::PreviousSender,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/right-user", "other-user")],
    },
    Defect {
        name: "event-answer-to-account",
        summary: "answers an event to the account, its ToUserName",
        behaviour: || Behaviour {
            recipient: Recipient::AccountForEvents,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/right-user", "to-account")],
    },
    Defect {
        name: "mixed-up-in-a-crowd",
        summary: "answers another user now and then, where ten or more write at once",
        behaviour: || Behaviour {
            recipient: Recipient::MixedUpInACrowd,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/right-user", "other-user")],
    },
    Defect {
        name: "token-per-process",
        summary: "keeps a token in each of two processes",
        behaviour: || Behaviour {
            tokens: Tokens::PerProcess,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/one-token", "several")],
    },
    Defect {
        name: "renews-invalid-tokens-only",
        summary: "keeps a token that has expired",
        behaviour: || Behaviour {
            renewal: Renewal::IfInvalid,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/renews-token", "expired-not-renewed")],
    },
    Defect {
        name: "renews-expired-tokens-only",
        summary: "keeps a token that is invalid",
        behaviour: || Behaviour {
            renewal: Renewal::IfExpired,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/renews-token", "not-renewed")],
    },
    Defect {
        name: "storm-after-refusal",
        summary: "calls 425 times with a token that the API turns down before it fetches another",
        behaviour: || Behaviour {
            renewal: Renewal::AfterAStorm,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-storm", "storm")],
    },
    Defect {
        name: "tries-for-ever",
        summary: "tries a message that the API turns down again and again, for whatever reason",
        behaviour: || Behaviour {
            turned_down: TurnedDown::TriedForEver,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-storm", "storm")],
    },
    Defect {
        name: "token-cut-short",
        summary: "keeps its token in a column that is too short for it",
        behaviour: || Behaviour {
            tokens: Tokens::CutShort,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-refused-messages", "refused")],
    },
    Defect {
        name: "sends-again-after-timeout",
        summary: "sends a message again that the API takes long to answer",
        behaviour: || Behaviour {
            late_sends: LateSends::SentAgain,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/sends-once-while-api-is-slow", "twice")],
    },
    Defect {
        name: "sends-too-long-texts",
        summary: "answers with more than 2048 bytes, without a look at the errcode",
        behaviour: || Behaviour {
            sends: Sends::TooLongToo,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-refused-messages", "refused")],
    },
    Defect {
        name: "sends-a-farewell",
        summary: "sends a message to whoever unsubscribes",
        behaviour: || Behaviour {
            farewell: Farewell::Sent,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("api-use/no-refused-messages", "refused")],
    },
    Defect {
        name: "sends-seven-messages",
        summary: "answers each message with seven, of which WeChat takes five",
        behaviour: || Behaviour {
            sends: Sends::SevenDifferent,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-refused-messages", "refused")],
    },
    Defect {
        name: "cuts-texts-within-a-character",
        summary: "cuts a long text by bytes, within a character",
        behaviour: || Behaviour {
            json_text: JsonText::CutWithinACharacter,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/no-refused-messages", "refused")],
    },
    Defect {
        name: "answers-a-template-by-a-template",
        summary: "sends a template message whenever it is told that one was sent",
        behaviour: || Behaviour {
            results: Results::AnsweredByTemplate,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("api-use/no-loop", "loop")],
    },
    Defect {
        name: "sends-emoji-as-question-marks",
        summary: "sends each character of four bytes as a question mark",
        behaviour: || Behaviour {
            json_text: JsonText::EmojiLost,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/text-unchanged", "changed")],
    },
    Defect {
        name: "token-per-message",
        summary: "fetches a token for each message",
        behaviour: || Behaviour {
            tokens: Tokens::PerMessage,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/shares-token", "per-message")],
    },
    Defect {
        name: "token-stampede",
        summary: "fetches a token for each message that finds none",
        behaviour: || Behaviour {
            tokens: Tokens::Stampede,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/shares-token", "stampede")],
    },
    Defect {
        name: "no-renewal",
        summary: "keeps a token that the API turns down",
        behaviour: || Behaviour {
            renewal: Renewal::Never,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/renews-token", "not-renewed")],
    },
    Defect {
        name: "no-renewal-of-an-earlier-token",
        summary: "starts with a token of an earlier run, and keeps it though the API turns it down",
        behaviour: || Behaviour {
            tokens: Tokens::OfAnEarlierRun,
            renewal: Renewal::Never,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/renews-token", "not-renewed")],
    },
    Defect {
        name: "renews-without-sending-again",
        summary: "renews a token that the API turns down, and loses the message",
        behaviour: || Behaviour {
            renewal: Renewal::ForThoseToCome,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/renews-token", "not-sent-again")],
    },
    Defect {
        name: "waits-for-the-api",
        summary: "answers a push when its calls are done",
        behaviour: || Behaviour {
            timing: Timing::BeforeAnswering,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/answers-while-api-is-slow", "late")],
    },
    Defect {
        name: "escapes-text",
        summary: "writes text beyond ASCII as \\uXXXX",
        behaviour: || Behaviour {
            json_text: JsonText::Escaped,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("api-use/text-as-utf-8", "escaped")],
    },
    Defect {
        name: "shows-token",
        summary: "acknowledges with its access token",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::ShowsToken,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("api-use/no-secret-in-reply", "access-token"),
            ("reply/acknowledges", "other-text"),
            ("push-signature/no-leak-on-garbage", "secret"),
        ],
    },
    Defect {
        name: "shows-app-secret",
        summary: "acknowledges with its AppSecret",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::ShowsAppSecret,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("api-use/no-secret-in-reply", "app-secret"),
            ("reply/acknowledges", "other-text"),
            ("push-signature/no-leak-on-garbage", "secret"),
        ],
    },
];
