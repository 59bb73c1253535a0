//! Defects in taking what the documents allow, and in refusing what no document needs.

use super::{Defect, MINI_JSON, MINI_XML, PLAIN_XML, SAFE_XML};
use crate::behaviour::{Admission, Behaviour, BodyLimit, Demands, Doctype, PushFront, Reading};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "refuses-http-1-0",
        summary: "stands behind a proxy that answers HTTP/1.0 with 426",
        behaviour: || Behaviour {
            push_front: PushFront::WantsHttp11,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/http-1-0", "refused")],
    },
    Defect {
        name: "unknown-msg-type-fails",
        summary: "fails on a MsgType it does not know",
        behaviour: || Behaviour {
            demands: Demands::KnownMsgType,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/unknown-msg-type", "acknowledged")],
    },
    Defect {
        name: "unknown-event-fails",
        summary: "fails on an Event it does not know",
        behaviour: || Behaviour {
            demands: Demands::KnownEvent,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("catalogue/handled", "error"),
            ("catalogue/acknowledged", "error"),
            ("tolerance/unknown-event", "acknowledged"),
        ],
    },
    Defect {
        name: "unknown-event-kills",
        summary: "ends its process at an Event it does not know",
        behaviour: || Behaviour {
            demands: Demands::SurvivableEvent,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/utf-8", "alive")],
    },
    Defect {
        name: "unknown-field-fails",
        summary: "fails on a field it does not know",
        behaviour: || Behaviour {
            demands: Demands::KnownFields,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("tolerance/unknown-fields", "acknowledged"),
        ],
    },
    Defect {
        name: "number-fails",
        summary: "fails on a text that reads like a number",
        behaviour: || Behaviour {
            demands: Demands::NoNumber,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/user-text", "acknowledged")],
    },
    Defect {
        name: "missing-msgid-fails",
        summary: "fails on a message without MsgId",
        behaviour: || Behaviour {
            demands: Demands::MsgId,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/missing-msgid", "acknowledged")],
    },
    Defect {
        name: "fields-by-place",
        summary: "reads the common fields by their place",
        behaviour: || Behaviour {
            demands: Demands::DocumentedOrder,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("tolerance/field-order", "acknowledged"),
        ],
    },
    Defect {
        name: "white-space-fails",
        summary: "fails on white space between elements",
        behaviour: || Behaviour {
            demands: Demands::Compact,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/white-space", "acknowledged")],
    },
    Defect {
        name: "json-white-space-fails",
        summary: "fails on white space between tokens",
        behaviour: || Behaviour {
            demands: Demands::Compact,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("tolerance/white-space", "acknowledged")],
    },
    Defect {
        name: "format-by-content-type",
        summary: "chooses XML or JSON by the Content-Type",
        behaviour: || Behaviour {
            reading: Reading::ByContentType,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("tolerance/json-content-type", "acknowledged")],
    },
    Defect {
        name: "json-media-type-only",
        summary: "takes JSON under application/json only",
        behaviour: || Behaviour {
            reading: Reading::JsonMediaTypeOnly,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("tolerance/json-content-type", "acknowledged")],
    },
    Defect {
        name: "xml-media-type-only",
        summary: "takes XML under text/xml only",
        behaviour: || Behaviour {
            reading: Reading::XmlMediaTypeOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/xml-content-type", "acknowledged")],
    },
    Defect {
        name: "openid-parameter-wanted",
        summary: "refuses a push whose query has no openid",
        behaviour: || Behaviour {
            admission: Admission::WithOpenid,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/openid-parameter", "acknowledged")],
    },
    Defect {
        name: "xml-only",
        summary: "reads every push as XML",
        behaviour: || Behaviour {
            reading: Reading::XmlOnly,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("push-signature/accepts-true-push", "refused")],
    },
    Defect {
        name: "empty-event-key-fails",
        summary: "fails on an empty EventKey",
        behaviour: || Behaviour {
            demands: Demands::EventKeyValue,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("tolerance/empty-event-key", "acknowledged"),
        ],
    },
    Defect {
        name: "list-array-only",
        summary: "fails on a List that is an object",
        behaviour: || Behaviour {
            demands: Demands::ListArray,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("tolerance/list-shapes", "acknowledged"),
        ],
    },
    Defect {
        name: "list-object-only",
        summary: "fails on a List that is an array",
        behaviour: || Behaviour {
            demands: Demands::ListObject,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("tolerance/list-shapes", "acknowledged"),
        ],
    },
    Defect {
        name: "create-time-number-only",
        summary: "fails on a CreateTime that is a string",
        behaviour: || Behaviour {
            demands: Demands::CreateTimeNumber,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/acknowledged", "error"),
            ("catalogue/handled", "error"),
            ("tolerance/number-or-string", "acknowledged"),
        ],
    },
    Defect {
        name: "body-limit-64-kib",
        summary: "refuses a push of more than 64 KiB",
        behaviour: || Behaviour {
            body_limit: BodyLimit::SixtyFourKibibytes,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/large-push", "acknowledged")],
    },
    Defect {
        name: "markup-in-text-fails",
        summary: "fails on a text with markup characters",
        behaviour: || Behaviour {
            demands: Demands::MarkupFree,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            ("tolerance/user-text", "acknowledged"),
        ],
    },
    Defect {
        name: "control-characters-fail",
        summary: "fails on a text with control characters",
        behaviour: || Behaviour {
            demands: Demands::ControlFree,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/control-characters", "no-5xx")],
    },
    Defect {
        name: "raw-cdata-end-fails",
        summary: "fails on ]]> outside a CDATA section",
        behaviour: || Behaviour {
            demands: Demands::CdataSplit,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("tolerance/raw-cdata-end", "no-5xx")],
    },
    Defect {
        name: "doctype-expanded",
        summary: "expands the entities of a document type declaration",
        behaviour: || Behaviour {
            doctype: Doctype::Expanded,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/doctype", "expanded")],
    },
    Defect {
        name: "doctype-expanded-within",
        summary: "expands entities in the sealed message, and refuses them in front of the envelope",
        behaviour: || Behaviour {
            doctype: Doctype::ExpandedWithin,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
        caught_by: &[("tolerance/doctype", "expanded")],
    },
    Defect {
        name: "doctype-read-from-disk",
        summary: "reads external entities from the disk, and puts them in",
        behaviour: || Behaviour {
            doctype: Doctype::ReadFromDisk,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/doctype", "file-read")],
    },
    Defect {
        name: "doctype-fetched",
        summary: "fetches the external entities of a document type declaration",
        behaviour: || Behaviour {
            doctype: Doctype::Fetched,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/doctype", "fetched")],
    },
    Defect {
        name: "doctype-expanded-without-bound",
        summary: "expands nested entities however large they grow",
        behaviour: || Behaviour {
            doctype: Doctype::ExpandedWithoutBound,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("tolerance/doctype", "expanded"),
            ("tolerance/doctype", "in-time"),
        ],
    },
    Defect {
        name: "doctype-kills",
        summary: "stops serving after a document type declaration",
        behaviour: || Behaviour {
            doctype: Doctype::Dies,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("tolerance/doctype", "alive")],
    },
];
