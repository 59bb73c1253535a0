//! Defects in calling WeChat's API.

use super::{Defect, MINI_XML_API};
use crate::behaviour::{Acknowledgement, Behaviour, JsonText, Recipient, Renewal, Timing, Tokens};

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
