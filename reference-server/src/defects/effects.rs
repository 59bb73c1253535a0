//! Defects in the effects of a push: too often, not at all, or for a push that is no true one.

use super::{Defect, MINI_JSON_API, MINI_XML_API, PLAIN_XML_API, SAFE_JSON_API};
use crate::behaviour::{
    Admission, Behaviour, FailedWork, Identity, Losses, Marking, Memory, MsgIds, Refunds,
    RefusedWork, Sends, Timing, Trades,
};

/// The rules that find a server that knows no repeat, whatever else it does.
const EVERY_REPEAT_TWICE: &[(&str, &str)] = &[
    ("redelivery/one-effect-in-sequence", "twice"),
    ("redelivery/one-effect-together", "twice"),
    ("redelivery/one-effect-after-drop", "twice"),
    ("redelivery/one-effect-between-others", "twice"),
    ("redelivery/one-effect-later", "twice"),
    ("redelivery/event-once", "twice"),
    ("redelivery/any-order", "twice"),
    ("redelivery/trade-once", "twice"),
];

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "no-dedup",
        summary: "works on every push, repeated or not",
        behaviour: || Behaviour {
            memory: Memory::Nothing,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: EVERY_REPEAT_TWICE,
    },
    Defect {
        name: "refund-by-whole-body",
        summary: "knows a refund by the whole notice, in which a retry has another RetryTimes",
        behaviour: || Behaviour {
            refunds: Refunds::ByBody,
            ..Behaviour::default()
        },
        setting: MINI_JSON_API,
        caught_by: &[("redelivery/trade-once", "twice")],
    },
    Defect {
        name: "dedup-by-content",
        summary: "knows a text by its user and words",
        behaviour: || Behaviour {
            identity: Identity::ByContent,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/equal-texts-count", "lost"),
            ("redelivery/same-second-counts", "lost"),
            ("redelivery/close-msgids-count", "next-id"),
            ("redelivery/close-msgids-count", "next-word"),
            ("redelivery/any-order", "lost"),
        ],
    },
    Defect {
        name: "dedup-by-user-and-second",
        summary: "knows a message by its user and second",
        behaviour: || Behaviour {
            identity: Identity::ByUserAndSecond,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/same-second-counts", "lost"),
            ("redelivery/any-order", "lost"),
        ],
    },
    Defect {
        name: "thinks-aloud-without-dedup",
        summary: "says at once that it takes a moment, answers later, and does both for every repeat",
        behaviour: || Behaviour {
            sends: Sends::MomentFirst(40),
            memory: Memory::Nothing,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: EVERY_REPEAT_TWICE,
    },
    Defect {
        name: "once-for-each-user-without-dedup",
        summary: "greets a user once, and answers every repeat",
        behaviour: || Behaviour {
            sends: Sends::GreetingFirst,
            memory: Memory::Nothing,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: EVERY_REPEAT_TWICE,
    },
    Defect {
        name: "events-by-msgid",
        summary: "knows events by their MsgId too, which they lack",
        behaviour: || Behaviour {
            identity: Identity::ByMsgId,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("redelivery/users-in-one-second", "lost")],
    },
    Defect {
        name: "trusts-known-users",
        summary: "checks no signature where it knows the user",
        behaviour: || Behaviour {
            admission: Admission::KnownUsers,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("push-signature/rejects-forged-signature", "other-token")],
    },
    Defect {
        name: "dedup-by-create-time-alone",
        summary: "knows a push by its second alone",
        behaviour: || Behaviour {
            identity: Identity::BySecond,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/users-in-one-second", "lost")],
    },
    Defect {
        name: "msgid-as-float64",
        summary: "reads a MsgId as a double",
        behaviour: || Behaviour {
            msg_ids: MsgIds::Float64,
            ..Behaviour::default()
        },
        setting: MINI_JSON_API,
        caught_by: &[("redelivery/close-msgids-count", "next-id")],
    },
    Defect {
        name: "msgid-as-int32",
        summary: "keeps the lower 32 bits of a MsgId",
        behaviour: || Behaviour {
            msg_ids: MsgIds::Int32,
            ..Behaviour::default()
        },
        setting: MINI_JSON_API,
        caught_by: &[("redelivery/close-msgids-count", "next-word")],
    },
    Defect {
        name: "remembers-last-only",
        summary: "remembers only the push that came last",
        behaviour: || Behaviour {
            memory: Memory::LastOnly,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/one-effect-between-others", "twice"),
            ("redelivery/one-effect-later", "twice"),
            ("redelivery/any-order", "twice"),
            ("redelivery/trade-once", "twice"),
        ],
    },
    Defect {
        name: "check-then-act",
        summary: "looks whether a push is known, and marks it later",
        behaviour: || Behaviour {
            marking: Marking::AfterLooking,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/one-effect-together", "twice"),
            ("redelivery/any-order", "twice"),
        ],
    },
    Defect {
        name: "forgets-soon",
        summary: "forgets a push after three fifths of the limit",
        behaviour: || Behaviour {
            memory: Memory::ThreeFifths,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/one-effect-later", "twice")],
    },
    Defect {
        name: "marks-before-verifying",
        summary: "marks a MsgId as known before it checks the signature",
        behaviour: || Behaviour {
            marking: Marking::BeforeVerifying,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/forged-first", "lost"),
            ("redelivery/any-order", "lost"),
        ],
    },
    Defect {
        name: "messages-only",
        summary: "works on every event, repeated or not",
        behaviour: || Behaviour {
            memory: Memory::NoEvents,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/event-once", "twice"),
            ("redelivery/trade-once", "twice"),
        ],
    },
    Defect {
        name: "trade-by-user-and-second",
        summary: "knows a delivery of goods by FromUserName and second",
        behaviour: || Behaviour {
            trades: Trades::ByUserAndSecond,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/trade-once", "twice")],
    },
    Defect {
        name: "events-collapse",
        summary: "takes two events of one user in one second for one",
        behaviour: || Behaviour {
            identity: Identity::Documented,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("redelivery/events-in-one-second", "lost")],
    },
    Defect {
        name: "kefu-twice",
        summary: "says the same twice for one message",
        behaviour: || Behaviour {
            sends: Sends::SameTwice,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/no-twin-effects", "identical")],
    },
    Defect {
        name: "kefu-twice-upon-images",
        summary: "sends the same message twice upon anything but a text",
        behaviour: || Behaviour {
            sends: Sends::SameTwiceButForTexts,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/no-twin-effects", "identical")],
    },
    Defect {
        name: "remembers-no-images",
        summary: "works on every image, repeated or not",
        behaviour: || Behaviour {
            memory: Memory::NoMedia,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/one-effect-in-sequence", "twice")],
    },
    Defect {
        name: "kefu-again-later",
        summary: "says the same again when nobody waits for it any more",
        behaviour: || Behaviour {
            sends: Sends::SameAgainLater,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/one-effect-in-sequence", "twice"),
            ("redelivery/one-effect-together", "twice"),
            ("redelivery/one-effect-after-drop", "twice"),
            ("redelivery/one-effect-between-others", "twice"),
            ("redelivery/one-effect-later", "twice"),
            ("redelivery/event-once", "twice"),
            ("redelivery/any-order", "twice"),
            ("redelivery/no-twin-effects", "identical"),
            ("api-use/sends-once-while-api-is-slow", "twice"),
        ],
    },
    Defect {
        name: "works-on-forged-pushes",
        summary: "checks no signature of a push, and works on each",
        behaviour: || Behaviour {
            admission: Admission::Anybody,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "other-token"),
            ("push-signature/rejects-unsigned", "plain-body"),
        ],
    },
    Defect {
        name: "acts-then-refuses",
        summary: "works on a forged push and then refuses it",
        behaviour: || Behaviour {
            refused_work: RefusedWork::Done,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "other-token"),
            ("push-signature/rejects-unsigned", "plain-body"),
        ],
    },
    Defect {
        name: "acts-then-refuses-sealed",
        summary: "works on a forged envelope and then refuses it",
        behaviour: || Behaviour {
            refused_work: RefusedWork::Done,
            ..Behaviour::default()
        },
        setting: SAFE_JSON_API,
        caught_by: &[
            ("push-signature/rejects-forged-msg-signature", "other-token"),
            (
                "push-signature/rejects-signature-as-msg-signature",
                "passed-off",
            ),
            ("push-signature/rejects-replayed-ciphertext", "replayed"),
            ("push-signature/rejects-unsigned", "sealed-body"),
        ],
    },
    Defect {
        name: "swallows-the-repeat-of-failed-work",
        summary: "waits for its calls, answers 500 where they fail, and takes the repeat for done",
        behaviour: || Behaviour {
            timing: Timing::BeforeAnswering,
            failed_work: FailedWork::Told,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("redelivery/one-effect-after-failure", "swallowed"),
            ("api-use/answers-while-api-is-slow", "late"),
            ("catalogue/acknowledged", "error"),
        ],
    },
    Defect {
        name: "works-again-after-failed-work",
        summary: "waits for its calls, answers 500 where they fail, and works on the repeat",
        behaviour: || Behaviour {
            timing: Timing::BeforeAnswering,
            failed_work: FailedWork::ToldAndForgotten,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[
            ("api-use/answers-while-api-is-slow", "late"),
            ("catalogue/acknowledged", "error"),
        ],
    },
    Defect {
        name: "loses-emoji",
        summary: "loses texts with characters of four bytes behind its acknowledgement",
        behaviour: || Behaviour {
            losses: Losses::Emoji,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("tolerance/every-text-acted-on", "lost")],
    },
    Defect {
        name: "loses-numbers",
        summary: "loses texts that read as numbers behind its acknowledgement",
        behaviour: || Behaviour {
            losses: Losses::Numbers,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("tolerance/every-text-acted-on", "number")],
    },
    Defect {
        name: "drops-while-busy",
        summary: "drops what comes while it sends a message, behind its acknowledgement",
        behaviour: || Behaviour {
            timing: Timing::ByOneWorker(3),
            losses: Losses::WhileBusy,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
        caught_by: &[("redelivery/users-in-one-second", "lost")],
    },
];
