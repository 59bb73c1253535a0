//! Defects in taking a push again, and many at once.

use super::{Defect, MINI_JSON, MINI_XML, PLAIN_JSON, PLAIN_XML};
use crate::behaviour::{Behaviour, Freshness, Identity, MsgIds, Pace, Repeats};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "repeated-payment-refused-as-done",
        summary: "tells WeChat by ErrCode -1 that a payment is delivered already",
        behaviour: || Behaviour {
            repeats: Repeats::DoneAlready,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("redelivery/payment-again", "again")],
    },
    Defect {
        name: "repeat-refused",
        summary: "refuses a repeated MsgId",
        behaviour: || Behaviour {
            repeats: Repeats::Refused,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("redelivery/payment-again", "again"),
            ("redelivery/acknowledged", "acknowledged"),
            ("redelivery/after-drop", "acknowledged"),
            ("redelivery/together", "acknowledged"),
        ],
    },
    Defect {
        name: "repeat-too-old",
        summary: "refuses a push whose timestamp is more than three seconds off",
        behaviour: || Behaviour {
            freshness: Freshness::ThreeSeconds,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("redelivery/acknowledged", "late")],
    },
    Defect {
        name: "nonce-once",
        summary: "refuses a nonce that it has seen",
        behaviour: || Behaviour {
            repeats: Repeats::NonceOnce,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("redelivery/acknowledged", "acknowledged"),
            ("redelivery/after-drop", "acknowledged"),
            ("redelivery/together", "acknowledged"),
        ],
    },
    Defect {
        name: "repeat-conflicts",
        summary: "refuses a repeat while the first is being worked on",
        behaviour: || Behaviour {
            repeats: Repeats::ConflictMeanwhile,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("redelivery/together", "acknowledged")],
    },
    Defect {
        name: "repeat-after-drop-refused",
        summary: "refuses a repeat for ever when the first was cut off",
        behaviour: || Behaviour {
            repeats: Repeats::StaysBegun,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("redelivery/after-drop", "acknowledged"),
            ("redelivery/together", "acknowledged"),
        ],
    },
    Defect {
        name: "repeat-gets-the-last-answer",
        summary: "answers a repeat with whatever it answered last",
        behaviour: || Behaviour {
            repeats: Repeats::LastAnswer,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("redelivery/replies-to-the-sender", "other-user")],
    },
    Defect {
        name: "second-message-of-a-second-swallowed",
        summary: "takes a user's second message of one second for a repeat of the first",
        behaviour: || Behaviour {
            identity: Identity::ByUserAndSecond,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("redelivery/own-reply", "swallowed"),
            ("reply/text-unchanged", "changed"),
        ],
    },
    Defect {
        name: "msgid-as-float64-in-replies",
        summary: "reads a MsgId as a double",
        behaviour: || Behaviour {
            msg_ids: MsgIds::Float64,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("redelivery/own-reply", "swallowed")],
    },
    Defect {
        name: "serial",
        summary: "works on one push at a time, three tenths of the limit each",
        behaviour: || Behaviour {
            pace: Pace::Serial,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("redelivery/burst", "in-time")],
    },
    Defect {
        name: "repeat-loses-the-reply",
        summary: "answers a repeated push with zero bytes, also where nobody received the reply",
        behaviour: || Behaviour {
            repeats: Repeats::Empty,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("redelivery/reply-after-drop", "reply-lost")],
    },
];
