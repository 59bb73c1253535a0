//! Mistakes that show when a message is pushed.

use super::Mistake;
use crate::behaviour::{
    Acknowledgement, Admission, BareGet, Behaviour, Echo, Front, Names, Opening, PushFront,
    Reading, Status, Unreadable,
};
use crate::defects::{MINI_XML, PLAIN_XML, SAFE_XML};

pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        causes: &["post-not-found"],
        summary: "has no POST route",
        behaviour: || Behaviour {
            push_front: PushFront::NoRoute,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["post-not-allowed"],
        summary: "takes no POST",
        behaviour: || Behaviour {
            push_front: PushFront::GetOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["csrf"],
        summary: "has a CSRF guard",
        behaviour: || Behaviour {
            push_front: PushFront::PageExpired,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["csrf"],
        summary: "has another CSRF guard",
        behaviour: || Behaviour {
            push_front: PushFront::Csrf,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["media-type"],
        summary: "takes JSON only",
        behaviour: || Behaviour {
            push_front: PushFront::JsonOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["body-limit"],
        summary: "finds every push too large",
        behaviour: || Behaviour {
            push_front: PushFront::TooLarge,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-redirect"],
        summary: "redirects pushes",
        behaviour: || Behaviour {
            push_front: PushFront::Slash,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["raised"],
        summary: "shows the page of Express for a push",
        behaviour: || Behaviour {
            push_front: PushFront::Trace,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-raised"],
        summary: "fails on every push",
        behaviour: || Behaviour {
            push_front: PushFront::Fails,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["post-refused"],
        summary: "refuses every push",
        behaviour: || Behaviour {
            push_front: PushFront::Refuses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-silent"],
        summary: "never answers a push",
        behaviour: || Behaviour {
            push_front: PushFront::Hangs,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-closed"],
        summary: "closes the connection on a push",
        behaviour: || Behaviour {
            push_front: PushFront::Closes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["content-type-wanted"],
        summary: "wants another Content-Type",
        behaviour: || Behaviour {
            push_front: PushFront::WantsContentType("application/json"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["wants-x-wx-source"],
        summary: "wants the header of cloud hosting",
        behaviour: || Behaviour {
            admission: Admission::FromCloudHosting,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["padding-16"],
        summary: "takes at most 16 bytes of padding",
        behaviour: || Behaviour {
            opening: Opening::SixteenBytePadding,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["reads-msg-signature"],
        summary: "looks for msg_signature in plain mode",
        behaviour: || Behaviour {
            admission: Admission::InMsgSignature,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["padding-kept"],
        summary: "leaves the padding behind the appid",
        behaviour: || Behaviour {
            opening: Opening::KeepsPadding,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["body-base64"],
        summary: "takes bodies in Base64 only",
        behaviour: || Behaviour {
            reading: Reading::Base64,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["body-encoded"],
        summary: "stands behind a gateway that encodes bodies",
        behaviour: || Behaviour {
            push_front: PushFront::GatewayEncodes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["reply-word"],
        summary: "answers ok",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Ok,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-quoted"],
        summary: "answers with quotes",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Quoted,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-object"],
        summary: "answers an object",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::CodeObject,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-text"],
        summary: "answers a sentence",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Prose,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-page"],
        summary: "answers a page",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Html,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-malformed"],
        summary: "answers broken XML",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Truncated,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-bom"],
        summary: "answers with a byte order mark",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Bom,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-status"],
        summary: "answers 201",
        behaviour: || Behaviour {
            status: Status::Created,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["echo-json-object", "csrf"],
        summary: "returns an object and has a CSRF guard",
        behaviour: || Behaviour {
            echo: Echo::Object,
            push_front: PushFront::PageExpired,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["path-not-found"],
        summary: "has no route at all",
        behaviour: || Behaviour {
            front: Front::NoRoute,
            push_front: PushFront::NoRoute,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-body"],
        summary: "looks for a form",
        behaviour: || Behaviour {
            push_front: PushFront::FormOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["openid-refused"],
        summary: "turns pushes away whose query names the user",
        behaviour: || Behaviour {
            admission: Admission::WithoutOpenid,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-openid"],
        summary: "signs the openid too",
        behaviour: || Behaviour {
            admission: Admission::OpenidSigned,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-form"],
        summary: "looks for the parameters of a push in a form",
        behaviour: || Behaviour {
            admission: Admission::InForm,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["reads-signature"],
        summary: "compares the hash of an envelope with signature",
        behaviour: || Behaviour {
            admission: Admission::InSignature,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["signs-without-encrypt"],
        summary: "leaves the envelope out of its signature",
        behaviour: || Behaviour {
            admission: Admission::WithoutEncrypt,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["order-case"],
        summary: "sorts the parts of msg_signature without regard to case",
        behaviour: || Behaviour {
            admission: Admission::SortedWithoutCase,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["key-not-decoded"],
        summary: "takes the letters of the EncodingAESKey for the key",
        behaviour: || Behaviour {
            opening: Opening::KeyAsWritten,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["other-receiver"],
        summary: "looks for the original id behind the message",
        behaviour: || Behaviour {
            opening: Opening::OriginalIdBehind,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["other-receiver"],
        summary: "looks for nothing behind the message",
        behaviour: || Behaviour {
            opening: Opening::NothingBehind,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["other-appid"],
        summary: "has another appid, and says so by a code",
        behaviour: || Behaviour {
            opening: Opening::OtherAppid,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["cannot-open"],
        summary: "has another EncodingAESKey, and says so by a code",
        behaviour: || Behaviour {
            opening: Opening::OtherKey,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["post-refused"],
        summary: "has the same words about an appid for every push",
        behaviour: || Behaviour {
            push_front: PushFront::Says("invalid appid"),
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Mistake {
        causes: &["push-body"],
        summary: "refuses every push that has a body",
        behaviour: || Behaviour {
            push_front: PushFront::FailsOnBody(400),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["body-fails"],
        summary: "fails on every push that has a body",
        behaviour: || Behaviour {
            push_front: PushFront::FailsOnBody(500),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["push-gateway"],
        summary: "stands behind a gateway that says 502 to every push that has a body",
        behaviour: || Behaviour {
            push_front: PushFront::FailsOnBody(502),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["body-base64"],
        summary: "takes bodies in Base64 only, and stands behind a gateway that says 502 to all others",
        behaviour: || Behaviour {
            reading: Reading::Base64,
            unreadable: Unreadable::Gateway,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["reply-verification"],
        summary: "does the same for POST as for GET",
        behaviour: || Behaviour {
            bare_get: BareGet::Greets,
            push_front: PushFront::Greets,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["reply-unset"],
        summary: "answers with a variable that was never set",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Undefined,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-warning"],
        summary: "answers with a warning of PHP",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Warned,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-base64"],
        summary: "answers in Base64",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Base64,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["reply-unread"],
        summary: "replies to nobody",
        behaviour: || Behaviour {
            names: Names::Empty,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
];
