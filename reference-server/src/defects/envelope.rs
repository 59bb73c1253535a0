//! Defects in opening and making envelopes.

use super::{COMPAT_XML, Defect, SAFE_JSON, SAFE_XML};
use crate::behaviour::{Behaviour, Demands, Opening, Sealing};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "envelope-sixteen-byte-padding",
        summary: "takes at most 16 bytes of padding",
        behaviour: || Behaviour {
            opening: Opening::SixteenBytePadding,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/all-paddings", "padding")],
    },
    Defect {
        name: "envelope-empty-text-fails",
        summary: "fails on a text message without text",
        behaviour: || Behaviour {
            demands: Demands::NonEmptyText,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("envelope/texts", "empty"),
        ],
    },
    Defect {
        name: "envelope-long-text-fails",
        summary: "fails on a text of more than 1024 bytes",
        behaviour: || Behaviour {
            demands: Demands::ShortText,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("envelope/texts", "long"),
            ("tolerance/large-push", "acknowledged"),
        ],
    },
    Defect {
        name: "envelope-non-ascii-text-fails",
        summary: "fails on a text with anything but ASCII",
        behaviour: || Behaviour {
            demands: Demands::AsciiText,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("envelope/texts", "non-ascii"),
            ("tolerance/user-text", "acknowledged"),
        ],
    },
    Defect {
        name: "envelope-emoji-text-fails",
        summary: "fails on a text with characters beyond U+FFFF",
        behaviour: || Behaviour {
            demands: Demands::BasicPlaneText,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("envelope/texts", "emoji"),
            ("tolerance/user-text", "acknowledged"),
        ],
    },
    Defect {
        name: "envelope-reply-foreign-appid",
        summary: "seals its replies for another appid",
        behaviour: || Behaviour {
            sealing: Sealing::ForeignAppid,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-opens", "foreign-appid")],
    },
    Defect {
        name: "envelope-reply-little-endian-length",
        summary: "writes the length in its envelopes in little-endian order",
        behaviour: || Behaviour {
            sealing: Sealing::LittleEndianLength,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-opens", "length-field")],
    },
    Defect {
        name: "envelope-reply-frame-length",
        summary: "writes the length of the whole frame in its envelopes",
        behaviour: || Behaviour {
            sealing: Sealing::FrameLength,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[("envelope/reply-opens", "length-field")],
    },
    Defect {
        name: "envelope-reply-zero-padded",
        summary: "pads its envelopes with zeros",
        behaviour: || Behaviour {
            sealing: Sealing::ZeroPadded,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-opens", "padding")],
    },
    Defect {
        name: "envelope-reply-signed-without-encrypt",
        summary: "signs its replies without the ciphertext",
        behaviour: || Behaviour {
            sealing: Sealing::SignedWithoutEncrypt,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-signed", "msg-signature")],
    },
    Defect {
        name: "envelope-reply-signed-unsorted",
        summary: "signs its replies without sorting",
        behaviour: || Behaviour {
            sealing: Sealing::Unsorted,
            ..Behaviour::default()
        },
        setting: COMPAT_XML,
        caught_by: &[("envelope/reply-signed", "msg-signature")],
    },
    Defect {
        name: "envelope-reply-without-msg-signature",
        summary: "leaves MsgSignature out of its replies",
        behaviour: || Behaviour {
            sealing: Sealing::MissingMsgSignature,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-signed", "missing-field")],
    },
    Defect {
        name: "envelope-reply-misspelled-timestamp",
        summary: "spells TimeStamp with a small s",
        behaviour: || Behaviour {
            sealing: Sealing::MisspelledTimeStamp,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[("envelope/reply-signed", "missing-field")],
    },
    Defect {
        name: "envelope-reply-clear",
        summary: "answers in clear in safe mode",
        behaviour: || Behaviour {
            sealing: Sealing::Clear,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-sealed-in-safe-mode", "plain-reply")],
    },
    Defect {
        name: "envelope-reply-padded-to-16",
        summary: "pads its envelopes to a multiple of 16 bytes",
        behaviour: || Behaviour {
            sealing: Sealing::PaddedTo16,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-form", "padded-to-16")],
    },
    Defect {
        name: "envelope-reply-base64-lines",
        summary: "breaks the base64 of its envelopes into lines",
        behaviour: || Behaviour {
            sealing: Sealing::Base64Lines,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("envelope/reply-form", "white-space")],
    },
    Defect {
        name: "envelope-reply-milliseconds",
        summary: "writes TimeStamp in milliseconds",
        behaviour: || Behaviour {
            sealing: Sealing::Milliseconds,
            ..Behaviour::default()
        },
        setting: SAFE_JSON,
        caught_by: &[("envelope/reply-form", "milliseconds")],
    },
];
