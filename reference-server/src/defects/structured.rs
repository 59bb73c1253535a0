//! Servers that answer wrongly where more than `success` is asked for, or nothing else.

use super::{Defect, MINI_JSON, MINI_XML, PLAIN_XML, Setting};
use crate::behaviour::{Acknowledgement, Answers, Behaviour, Demands, Status, Structured};
use wxcheck_protocol::account::Account;
use wxcheck_protocol::push::{Format, Mode};

const MINI_SAFE: Setting = Setting::new(Mode::Safe, Format::Json, Account::Mini);
const PLATFORM: Setting = Setting::new(Mode::Safe, Format::Xml, Account::Platform);
const CLOUD_HOSTING: Setting = Setting::new(Mode::Plain, Format::Json, Account::CloudHosting);

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "structured-bare-success",
        summary: "answers every event with `success`, also those that ask for more",
        behaviour: || Behaviour {
            structured: Structured::BareSuccess,
            ..Behaviour::default()
        },
        setting: MINI_SAFE,
        caught_by: &[
            ("reply/refund-query-answer", "absent"),
            ("reply/chapter-permission-answer", "absent"),
            ("reply/voip-answer", "absent"),
            ("reply/courier-answer", "absent"),
            ("reply/instant-delivery-answer", "absent"),
            ("reply/member-answer", "absent"),
        ],
    },
    Defect {
        name: "structured-letter-case",
        summary: "answers with ResultCode where resultcode is asked for, and the other way round",
        behaviour: || Behaviour {
            structured: Structured::WrongLetterCase,
            ..Behaviour::default()
        },
        setting: MINI_SAFE,
        caught_by: &[
            ("reply/xpay-answer", "letter-case"),
            ("reply/refund-query-answer", "letter-case"),
            ("reply/chapter-permission-answer", "letter-case"),
            ("reply/voip-answer", "letter-case"),
            ("reply/courier-answer", "letter-case"),
            ("reply/instant-delivery-answer", "letter-case"),
            ("reply/member-answer", "letter-case"),
        ],
    },
    Defect {
        name: "structured-xml-for-json",
        summary: "answers JSON pushes that ask for more than `success` in XML",
        behaviour: || Behaviour {
            structured: Structured::OtherFormat,
            ..Behaviour::default()
        },
        setting: MINI_SAFE,
        caught_by: &[
            ("reply/xpay-answer", "format"),
            ("reply/chapter-permission-answer", "format"),
            // Their pages show JSON to JSON and say no more.
            ("reply/refund-query-answer", "format"),
            ("reply/voip-answer", "format"),
            ("reply/courier-answer", "format"),
            ("reply/instant-delivery-answer", "format"),
            ("reply/member-answer", "format"),
        ],
    },
    Defect {
        name: "structured-json-for-xml",
        summary: "answers XML pushes that ask for more than `success` in JSON",
        behaviour: || Behaviour {
            structured: Structured::OtherFormat,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("reply/xpay-answer", "format"),
            ("reply/refund-query-answer", "format"),
            ("reply/courier-answer", "format"),
            ("reply/instant-delivery-answer", "format"),
            ("reply/member-answer", "format"),
        ],
    },
    Defect {
        name: "structured-in-clear",
        summary: "answers in clear in safe mode where more than `success` is asked for",
        behaviour: || Behaviour {
            structured: Structured::InClear,
            ..Behaviour::default()
        },
        setting: MINI_SAFE,
        caught_by: &[
            ("reply/xpay-answer", "not-sealed"),
            ("reply/refund-query-answer", "not-sealed"),
            ("reply/chapter-permission-answer", "not-sealed"),
            ("reply/voip-answer", "not-sealed"),
            ("reply/courier-answer", "not-sealed"),
            ("reply/instant-delivery-answer", "not-sealed"),
            ("reply/member-answer", "not-sealed"),
        ],
    },
    Defect {
        name: "structured-names-as-received",
        summary: "answers couriers' events with the names of the push not swapped",
        behaviour: || Behaviour {
            structured: Structured::NamesAsReceived,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("reply/courier-answer", "names"),
            ("reply/instant-delivery-answer", "names"),
        ],
    },
    Defect {
        name: "structured-ids-missing",
        summary: "answers couriers' events without the ids of the push",
        behaviour: || Behaviour {
            structured: Structured::NothingRepeated,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/courier-answer", "missing-field")],
    },
    Defect {
        name: "structured-fields-missing",
        summary: "answers with code and words alone",
        behaviour: || Behaviour {
            structured: Structured::Bare,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("reply/refund-query-answer", "missing-field"),
            ("reply/chapter-permission-answer", "missing-field"),
            ("reply/courier-answer", "missing-field"),
            ("reply/instant-delivery-answer", "missing-field"),
            ("reply/member-answer", "missing-field"),
        ],
    },
    Defect {
        name: "structured-code-in-words",
        summary: "answers with a word in place of the code",
        behaviour: || Behaviour {
            structured: Structured::CodeInWords,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("reply/xpay-answer", "code"),
            ("reply/refund-query-answer", "code"),
            ("reply/chapter-permission-answer", "code"),
            ("reply/courier-answer", "code"),
            ("reply/instant-delivery-answer", "code"),
            ("reply/member-answer", "code"),
        ],
    },
    Defect {
        name: "waybill-each-time",
        summary: "gives an order that is pushed again another waybill",
        behaviour: || Behaviour {
            structured: Structured::NewWaybill,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("redelivery/same-waybill", "waybill")],
    },
    Defect {
        name: "chapters-without-perm",
        summary: "answers the query for chapters without their permission",
        behaviour: || Behaviour {
            structured: Structured::ChaptersWithoutPerm,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("reply/chapter-permission-answer", "chapters")],
    },
    Defect {
        name: "structured-slow",
        summary: "takes three and a half seconds for what is to be answered in three",
        behaviour: || Behaviour {
            structured: Structured::Slow,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[("reply/structured-in-time", "late")],
    },
    Defect {
        name: "retail-error-code",
        summary: "answers the shop assistant's events with ErrCode and ErrMsg",
        behaviour: || Behaviour {
            structured: Structured::RetailToo,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("reply/retail-answer", "body"),
            ("catalogue/handled", "body"),
        ],
    },
    Defect {
        name: "platform-seals-success",
        summary: "seals the `success` with which it answers a third-party platform's tickets",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::SealedSuccess,
            ..Behaviour::default()
        },
        setting: PLATFORM,
        caught_by: &[
            ("reply/platform-success", "sealed"),
            ("reply/encrypted-nothing", "success"),
            // A doubt: no page says that it is refused.
            ("reply/retail-answer", "sealed"),
        ],
    },
    Defect {
        name: "platform-created",
        summary: "answers a third-party platform's tickets with status 201",
        behaviour: || Behaviour {
            status: Status::Created,
            ..Behaviour::default()
        },
        setting: PLATFORM,
        caught_by: &[
            ("reply/platform-success", "status"),
            ("reply/status-200", "status"),
        ],
    },
    Defect {
        name: "welcome-misaddressed",
        summary: "answers texts as it should, and new followers with a text to itself",
        behaviour: || Behaviour {
            answers: Answers::MisaddressedWelcome,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("catalogue/replies", "to-user")],
    },
    Defect {
        name: "container-path-fails",
        summary: "fails on cloud hosting's check of its path, which has no MsgType",
        behaviour: || Behaviour {
            demands: Demands::SomeMsgType,
            ..Behaviour::default()
        },
        setting: CLOUD_HOSTING,
        caught_by: &[("reply/container-path", "status")],
    },
    Defect {
        name: "event-without-msgid-fails",
        summary: "fails on whatever has no MsgId, events too",
        behaviour: || Behaviour {
            demands: Demands::MsgIdAnywhere,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("catalogue/handled", "error"),
            ("catalogue/acknowledged", "error"),
            ("push-signature/accepts-true-push", "refused"),
            ("tolerance/unknown-event", "acknowledged"),
            ("tolerance/list-shapes", "acknowledged"),
            ("tolerance/missing-msgid", "acknowledged"),
        ],
    },
    Defect {
        name: "large-number-fails",
        summary: "fails on a number that 32 bits cannot hold",
        behaviour: || Behaviour {
            demands: Demands::SmallNumbers,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/any-values", "acknowledged"),
            // Some are that large in the samples already.
            ("catalogue/handled", "error"),
            ("tolerance/unknown-fields", "acknowledged"),
        ],
    },
    Defect {
        name: "optional-field-needed",
        summary: "fails on a purchase that was not paid through WeChat Pay",
        behaviour: || Behaviour {
            demands: Demands::PaymentInfo,
            ..Behaviour::default()
        },
        setting: MINI_JSON,
        caught_by: &[
            ("catalogue/handled", "error"),
            ("catalogue/any-values", "acknowledged"),
        ],
    },
];
