//! Defects in the answers to pushes and their acknowledgement.

use super::{
    Defect, MINI_JSON, MINI_XML, MINI_XML_API, PLAIN_XML, PLAIN_XML_API, SAFE_JSON, SAFE_XML,
};
use crate::behaviour::{Acknowledgement, Behaviour, Limiter, Pace, Status, Wire};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "ack-json-quoted",
        summary: "acknowledges with a JSON string",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Quoted,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/acknowledges", "json-quoted")],
    },
    Defect {
        name: "late-voices",
        summary: "answers a voice when it is written down, later than WeChat waits",
        behaviour: || Behaviour {
            pace: Pace::LateVoices,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("catalogue/acknowledged", "late"),
            ("reply/answers-in-time", "late-headers"),
        ],
    },
    Defect {
        name: "ack-bom",
        summary: "acknowledges with a byte order mark in front",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Bom,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "bom")],
    },
    Defect {
        name: "ack-html",
        summary: "acknowledges with a page",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Html,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "html")],
    },
    Defect {
        name: "ack-ok",
        summary: "acknowledges with ok",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Ok,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "status-word")],
    },
    Defect {
        name: "ack-code-object",
        summary: "acknowledges with a JSON object that holds a code",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::CodeObject,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/acknowledges", "status-object")],
    },
    Defect {
        name: "ack-empty-message",
        summary: "acknowledges with an empty XML element",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::EmptyMessage,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "status-object")],
    },
    Defect {
        name: "ack-truncated-xml",
        summary: "acknowledges with XML that does not end",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Truncated,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "malformed")],
    },
    Defect {
        name: "ack-prose",
        summary: "acknowledges with a sentence",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Prose,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/acknowledges", "other-text")],
    },
    Defect {
        name: "ack-upper-case",
        summary: "acknowledges in upper case",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::UpperCase,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/bare-success", "exact")],
    },
    Defect {
        name: "ack-sealed-empty",
        summary: "acknowledges with an envelope that holds nothing",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::SealedEmpty,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("reply/encrypted-nothing", "nothing")],
    },
    Defect {
        name: "ack-sealed-success",
        summary: "acknowledges with an envelope that holds success",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::SealedSuccess,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[("reply/encrypted-nothing", "success")],
    },
    Defect {
        name: "reply-never",
        summary: "never answers a push",
        behaviour: || Behaviour {
            pace: Pace::Never,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/answers-in-time", "no-answer")],
    },
    Defect {
        name: "reply-late",
        summary: "answers a push after one and a half times the limit",
        behaviour: || Behaviour {
            pace: Pace::Late,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/answers-in-time", "late-headers")],
    },
    Defect {
        name: "click-late",
        summary: "answers a click on a menu after one and a half times the limit",
        behaviour: || Behaviour {
            pace: Pace::LateClicks,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[
            ("reply/answers-in-time", "late-headers"),
            ("catalogue/acknowledged", "late"),
        ],
    },
    Defect {
        name: "reply-slow",
        summary: "answers a push after four fifths of the limit",
        behaviour: || Behaviour {
            pace: Pace::Slow,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/time-to-spare", "slow")],
    },
    Defect {
        name: "reply-dripped",
        summary: "sends the answer to a push byte by byte, beyond the limit",
        behaviour: || Behaviour {
            pace: Pace::DrippedBody,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/answers-in-time", "dripped-body")],
    },
    Defect {
        name: "reply-endless",
        summary: "never ends the answer to a push",
        behaviour: || Behaviour {
            pace: Pace::EndlessBody,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/answers-in-time", "endless-body")],
    },
    Defect {
        name: "reply-closes",
        summary: "closes the connection instead of answering a push",
        behaviour: || Behaviour {
            wire: Wire::ClosesUnanswered,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/complete-http", "closed")],
    },
    Defect {
        name: "reply-garbage",
        summary: "answers a push with something that is no HTTP",
        behaviour: || Behaviour {
            wire: Wire::Garbage,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/complete-http", "garbage")],
    },
    Defect {
        name: "reply-content-length",
        summary: "announces more bytes than it sends",
        behaviour: || Behaviour {
            wire: Wire::ContentLengthTooLarge,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/complete-http", "content-length")],
    },
    Defect {
        name: "reply-gzip",
        summary: "compresses the answer to a push though nobody asked",
        behaviour: || Behaviour {
            wire: Wire::Gzip,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/complete-http", "compressed")],
    },
    Defect {
        name: "reply-two-responses",
        summary: "answers a push twice",
        behaviour: || Behaviour {
            wire: Wire::TwoResponses,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/one-response", "two-responses")],
    },
    Defect {
        name: "reply-surplus-bytes",
        summary: "writes more behind the Content-Length of its answer",
        behaviour: || Behaviour {
            wire: Wire::SurplusBytes,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/one-response", "surplus-bytes")],
    },
    Defect {
        name: "reply-both-lengths",
        summary: "sends both Content-Length and Transfer-Encoding",
        behaviour: || Behaviour {
            wire: Wire::BothLengths,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/one-response", "both-lengths")],
    },
    Defect {
        name: "reply-before-body",
        summary: "acknowledges a push whose body has not come yet",
        behaviour: || Behaviour {
            wire: Wire::Impatient,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/read-first", "before-body")],
    },
    Defect {
        name: "reply-redirect",
        summary: "redirects a push to a path with a slash",
        behaviour: || Behaviour {
            status: Status::Found,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/no-redirect", "redirect")],
    },
    Defect {
        name: "reply-created",
        summary: "answers a push with status 201",
        behaviour: || Behaviour {
            status: Status::Created,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/status-200", "status")],
    },
    Defect {
        name: "reply-accepted",
        summary: "answers a push with status 202",
        behaviour: || Behaviour {
            status: Status::Accepted,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/status-200", "status")],
    },
    Defect {
        name: "reply-no-content",
        summary: "answers a push with status 204",
        behaviour: || Behaviour {
            status: Status::NoContent,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/status-200", "status")],
    },
    Defect {
        name: "reply-server-error",
        summary: "answers a push that it took with status 500",
        behaviour: || Behaviour {
            status: Status::ServerError,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("push-signature/accepts-true-push", "refused")],
    },
    Defect {
        name: "answers-the-third-delivery",
        summary: "holds the first two deliveries of a push until they are cut, and answers the third",
        behaviour: || Behaviour {
            pace: Pace::AtTheThird,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/answers-in-time", "no-answer")],
    },
    Defect {
        name: "rate-limit-429",
        summary: "lets sixty requests through, and answers the others 429",
        behaviour: || Behaviour {
            limiter: Limiter::TooMany,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("reply/rate-limit", "limited")],
    },
    Defect {
        name: "rate-limit-503",
        summary: "lets sixty requests through, and answers the others 503 and Retry-After",
        behaviour: || Behaviour {
            limiter: Limiter::Unavailable,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("reply/rate-limit", "limited")],
    },
    Defect {
        name: "rate-limit-firewall-page",
        summary: "lets sixty requests through, and answers the others with a page",
        behaviour: || Behaviour {
            limiter: Limiter::Page,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("reply/rate-limit", "limited")],
    },
];
