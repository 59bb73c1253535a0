//! Defects in deciding which pushes are let in.

use super::{
    COMPAT_XML, COMPAT_XML_API, Defect, MINI_SAFE_JSON, MINI_XML, PLAIN_JSON, PLAIN_XML,
    PLAIN_XML_API, SAFE_JSON, SAFE_XML,
};
use crate::behaviour::{
    Admission, Answers, Behaviour, BodyLimit, Compare, CompatCopy, Demands, Opening, Refusal,
    RefusedBody, Senders, Unchecked, Unreadable,
};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "push-event-unchecked",
        summary: "checks no signature of an event",
        behaviour: || Behaviour {
            admission: Admission::Without(Unchecked::Events),
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("push-signature/rejects-forged-signature", "other-kind")],
    },
    Defect {
        name: "push-image-unchecked",
        summary: "checks no signature of an image",
        behaviour: || Behaviour {
            admission: Admission::Without(Unchecked::Images),
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
        caught_by: &[("push-signature/rejects-forged-signature", "other-kind")],
    },
    Defect {
        name: "push-payment-unchecked",
        summary: "checks no msg_signature of a virtual payment, and says that it is delivered",
        behaviour: || Behaviour {
            admission: Admission::Without(Unchecked::Payments),
            ..Behaviour::default()
        },
        setting: MINI_SAFE_JSON,
        caught_by: &[("push-signature/rejects-forged-msg-signature", "other-kind")],
    },
    Defect {
        name: "push-without-timestamp-unchecked",
        summary: "checks no signature of a push that has no timestamp",
        behaviour: || Behaviour {
            admission: Admission::Unstamped,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "no-timestamp"),
            ("push-signature/rejects-unsigned", "no-query"),
        ],
    },
    Defect {
        name: "push-without-query-unchecked",
        summary: "takes a push without any query for one of its own scripts",
        behaviour: || Behaviour {
            admission: Admission::WithoutQuery,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/rejects-unsigned", "no-query")],
    },
    Defect {
        name: "push-raw-switches-encryption-off",
        summary: "takes a clear push in safe mode where encrypt_type says raw",
        behaviour: || Behaviour {
            admission: Admission::RawWhereSaid,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/signed-plain-in-safe-mode", "raw-taken")],
    },
    Defect {
        name: "push-sender-from-query",
        summary: "takes the `openid` of the query for the sender",
        behaviour: || Behaviour {
            senders: Senders::QueryOpenid,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/sender-from-body", "query-openid")],
    },
    Defect {
        name: "push-body-left-without-encrypt-type",
        summary: "leaves the body of a push without encrypt_type=aes on the connection, and keeps it",
        behaviour: || Behaviour {
            refused_body: RefusedBody::LeftWithoutEncryptType,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/kept-connection", "next-on-connection")],
    },
    Defect {
        name: "push-body-left-without-msg-signature",
        summary: "leaves the body of a push without msg_signature on the connection, and answers it as another request",
        behaviour: || Behaviour {
            refused_body: RefusedBody::LeftWithoutMsgSignature,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/kept-connection", "next-on-connection")],
    },
    Defect {
        name: "push-similar-appid-passes",
        summary: "opens envelopes for an appid that only contains its own",
        behaviour: || Behaviour {
            opening: Opening::SimilarAppid,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/rejects-foreign-appid", "foreign-appid")],
    },
    Defect {
        name: "compat-clear-sender",
        summary: "takes the sender of a message from its clear copy",
        behaviour: || Behaviour {
            compat_copy: CompatCopy::ClearSender,
            ..Behaviour::default()
        },
        setting: COMPAT_XML,
        caught_by: &[("push-signature/compat-uses-decrypted", "clear-copy-used")],
    },
    Defect {
        name: "push-refused-like-a-form",
        summary: "refuses every push, like a form without its CSRF token",
        behaviour: || Behaviour {
            admission: Admission::Nobody,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/accepts-true-push", "refused")],
    },
    Defect {
        name: "push-wants-cloud-hosting",
        summary: "refuses a push without the header that cloud hosting adds",
        behaviour: || Behaviour {
            admission: Admission::FromCloudHosting,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/accepts-true-push", "wants-x-wx-source")],
    },
    // Nothing that it answers shows whether it takes anything: so it cannot be said to take forgeries.
    Defect {
        name: "push-errors-swallowed",
        summary: "takes no push, and answers 200 and nothing to every one",
        behaviour: || Behaviour {
            admission: Admission::Nobody,
            refusal: Refusal::SaysNothing,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("reply/refund-query-answer", "absent"),
            ("reply/chapter-permission-answer", "absent"),
            ("reply/courier-answer", "absent"),
            ("reply/instant-delivery-answer", "absent"),
            ("reply/member-answer", "absent"),
        ],
    },
    Defect {
        name: "push-unchecked-in-plain-mode",
        summary: "checks no signature of a push in plain mode",
        behaviour: || Behaviour {
            admission: Admission::Anybody,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "other-token"),
            ("push-signature/rejects-forged-signature", "no-nonce"),
            ("push-signature/rejects-unsigned", "plain-body"),
        ],
    },
    Defect {
        name: "push-unchecked-in-safe-mode",
        summary: "checks no signature of a push in safe mode",
        behaviour: || Behaviour {
            admission: Admission::Anybody,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("push-signature/rejects-forged-msg-signature", "other-token"),
            (
                "push-signature/rejects-forged-msg-signature",
                "no-timestamp",
            ),
            ("push-signature/rejects-forged-msg-signature", "no-nonce"),
            (
                "push-signature/rejects-signature-as-msg-signature",
                "passed-off",
            ),
            ("push-signature/rejects-replayed-ciphertext", "replayed"),
            ("push-signature/rejects-unsigned", "plain-body"),
            ("push-signature/signed-plain-in-safe-mode", "taken"),
        ],
    },
    Defect {
        name: "push-missing-signature-passes",
        summary: "takes a push without signature",
        behaviour: || Behaviour {
            push_compare: Compare::MissingPasses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "missing"),
            ("push-signature/rejects-unsigned", "plain-body"),
        ],
    },
    Defect {
        name: "push-empty-signature-passes",
        summary: "takes a push with an empty signature",
        behaviour: || Behaviour {
            push_compare: Compare::EmptyPasses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("push-signature/rejects-forged-signature", "empty"),
            ("push-signature/rejects-unsigned", "plain-body"),
        ],
    },
    Defect {
        name: "push-signature-first-eight",
        summary: "compares the first eight characters of a push's signature",
        behaviour: || Behaviour {
            push_compare: Compare::FirstEight,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/rejects-forged-signature", "altered")],
    },
    Defect {
        name: "push-signature-as-long-as-given",
        summary: "compares as many characters of a push's signature as were given",
        behaviour: || Behaviour {
            push_compare: Compare::AsLongAsGiven,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("push-signature/rejects-forged-signature", "truncated")],
    },
    Defect {
        name: "push-missing-msg-signature-passes",
        summary: "takes an envelope without msg_signature",
        behaviour: || Behaviour {
            push_compare: Compare::MissingPasses,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("push-signature/rejects-forged-msg-signature", "missing"),
            ("push-signature/rejects-unsigned", "sealed-body"),
        ],
    },
    Defect {
        name: "push-empty-msg-signature-passes",
        summary: "takes an envelope with an empty msg_signature",
        behaviour: || Behaviour {
            push_compare: Compare::EmptyPasses,
            ..Behaviour::default()
        },
        setting: COMPAT_XML,
        caught_by: &[
            ("push-signature/rejects-forged-msg-signature", "empty"),
            ("push-signature/rejects-unsigned", "sealed-body"),
        ],
    },
    Defect {
        name: "push-msg-signature-first-eight",
        summary: "compares the first eight characters of msg_signature",
        behaviour: || Behaviour {
            push_compare: Compare::FirstEight,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[("push-signature/rejects-forged-msg-signature", "altered")],
    },
    Defect {
        name: "push-msg-signature-as-long-as-given",
        summary: "compares as many characters of msg_signature as were given",
        behaviour: || Behaviour {
            push_compare: Compare::AsLongAsGiven,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/rejects-forged-msg-signature", "truncated")],
    },
    Defect {
        name: "push-checked-by-signature",
        summary: "checks signature where msg_signature belongs",
        behaviour: || Behaviour {
            admission: Admission::BySignature,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("push-signature/rejects-forged-msg-signature", "other-token"),
            ("push-signature/rejects-replayed-ciphertext", "replayed"),
            (
                "push-signature/rejects-signature-as-msg-signature",
                "passed-off",
            ),
        ],
    },
    Defect {
        name: "push-signature-as-msg-signature",
        summary: "takes the value of signature as msg_signature",
        behaviour: || Behaviour {
            admission: Admission::SignatureAsMsgSignature,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[(
            "push-signature/rejects-signature-as-msg-signature",
            "passed-off",
        )],
    },
    Defect {
        name: "push-any-appid",
        summary: "does not check the appid in the envelope",
        behaviour: || Behaviour {
            opening: Opening::AnyAppid,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/rejects-foreign-appid", "foreign-appid")],
    },
    Defect {
        name: "push-unsigned-sealed-body",
        summary: "takes an unsigned envelope when encrypt_type is missing",
        behaviour: || Behaviour {
            admission: Admission::UnsignedSealedBody,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/rejects-unsigned", "sealed-body")],
    },
    Defect {
        name: "push-unsigned-plain-body",
        summary: "takes an unsigned plain body in safe mode",
        behaviour: || Behaviour {
            admission: Admission::UnsignedPlainBody,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("push-signature/rejects-unsigned", "plain-body"),
            ("push-signature/signed-plain-in-safe-mode", "taken"),
        ],
    },
    Defect {
        name: "push-signed-plain-body",
        summary: "takes a plain body with a right signature in safe mode",
        behaviour: || Behaviour {
            admission: Admission::SignedPlainBody,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/signed-plain-in-safe-mode", "taken")],
    },
    Defect {
        name: "push-compat-as-plain",
        summary: "in compat mode, checks signature and reads the clear copy, as a server of plain mode",
        behaviour: || Behaviour {
            admission: Admission::BySignature,
            compat_copy: CompatCopy::Clear,
            ..Behaviour::default()
        },
        setting: COMPAT_XML,
        caught_by: &[("push-signature/compat-uses-decrypted", "clear-copy-used")],
    },
    Defect {
        name: "push-image-500",
        summary: "fails on images",
        behaviour: || Behaviour {
            demands: Demands::NoImage,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("push-signature/accepts-true-push", "refused"),
        ],
    },
    Defect {
        name: "compat-clear-copy-sent",
        summary: "sends what the clear copy of a message says to whom that names, in compat mode",
        behaviour: || Behaviour {
            compat_copy: CompatCopy::Clear,
            answers: Answers::Nothing,
            ..Behaviour::default()
        },
        setting: COMPAT_XML_API,
        caught_by: &[("push-signature/compat-uses-decrypted", "clear-copy-used")],
    },
    Defect {
        name: "push-clear-copy",
        summary: "uses the clear copy of the message in compat mode",
        behaviour: || Behaviour {
            compat_copy: CompatCopy::Clear,
            ..Behaviour::default()
        },
        setting: COMPAT_XML,
        caught_by: &[("push-signature/compat-uses-decrypted", "clear-copy-used")],
    },
    Defect {
        name: "push-garbage-stack-trace",
        summary: "shows a stack trace for a body it cannot read",
        behaviour: || Behaviour {
            unreadable: Unreadable::StackTrace,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/no-leak-on-garbage", "stack-trace")],
    },
    Defect {
        name: "push-garbage-prints-settings",
        summary: "prints its settings for a body it cannot read",
        behaviour: || Behaviour {
            unreadable: Unreadable::PrintsSettings,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("push-signature/no-leak-on-garbage", "secret")],
    },
    Defect {
        name: "push-garbage-kills",
        summary: "stops serving after a body it cannot read",
        behaviour: || Behaviour {
            unreadable: Unreadable::Dies,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("push-signature/survives-garbage", "alive")],
    },
    Defect {
        name: "push-refused-body-left",
        summary: "leaves the body of a refused push on the connection",
        behaviour: || Behaviour {
            refused_body: RefusedBody::LeftOnConnection,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[("push-signature/kept-connection", "next-on-connection")],
    },
    Defect {
        name: "push-large-body-left",
        summary: "leaves the body of a push of more than 64 KiB on the connection",
        behaviour: || Behaviour {
            body_limit: BodyLimit::SixtyFourKibibytesUnread,
            ..Behaviour::default()
        },
        setting: PLAIN_JSON,
        caught_by: &[
            ("push-signature/kept-connection", "next-on-connection"),
            ("tolerance/large-push", "acknowledged"),
        ],
    },
];
