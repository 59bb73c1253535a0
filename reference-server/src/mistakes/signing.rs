//! Mistakes in checking the signature.

use super::Mistake;
use crate::behaviour::{Behaviour, Echo, Parameters, PushFront, Signing, Sort, Verify};
use crate::defects::PLAIN_XML;

pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        causes: &["order-unsorted"],
        summary: "joins token, timestamp and nonce as they come",
        behaviour: || Behaviour {
            signing: Signing::Fixed([0, 1, 2]),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-unsorted"],
        summary: "joins timestamp, nonce and token as they come",
        behaviour: || Behaviour {
            signing: Signing::Fixed([1, 2, 0]),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-unsorted"],
        summary: "joins nonce, timestamp and token, as sorted by name",
        behaviour: || Behaviour {
            signing: Signing::Fixed([2, 1, 0]),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-numeric"],
        summary: "sorts timestamp and nonce as numbers",
        behaviour: || Behaviour {
            sort: Sort::Numeric,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-reversed"],
        summary: "sorts backwards",
        behaviour: || Behaviour {
            signing: Signing::Reversed,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-characters"],
        summary: "sorts characters",
        behaviour: || Behaviour {
            signing: Signing::Characters,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-comma"],
        summary: "joins with commas",
        behaviour: || Behaviour {
            signing: Signing::Joined(","),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-space"],
        summary: "joins with spaces",
        behaviour: || Behaviour {
            signing: Signing::Joined(" "),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-line-feed"],
        summary: "joins with line feeds",
        behaviour: || Behaviour {
            signing: Signing::Joined("\n"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-other"],
        summary: "joins with ampersands",
        behaviour: || Behaviour {
            signing: Signing::Joined("&"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-key-value"],
        summary: "hashes names and values",
        behaviour: || Behaviour {
            signing: Signing::KeyValue,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-list"],
        summary: "hashes the list as Python writes it",
        behaviour: || Behaviour {
            signing: Signing::PythonList,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-list"],
        summary: "hashes the list as JSON",
        behaviour: || Behaviour {
            signing: Signing::JsonList,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-line-feed"],
        summary: "keeps the line feed behind the Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWithin("", "\n"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-space"],
        summary: "keeps a space behind the Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWithin("", " "),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-quoted"],
        summary: "keeps the quotes around the Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWithin("\"", "\""),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-bom"],
        summary: "keeps the byte order mark in front of the Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWithin("\u{feff}", ""),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-case"],
        summary: "puts the Token in lower case",
        behaviour: || Behaviour {
            signing: Signing::TokenLower,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-placeholder"],
        summary: "has the Token of the official sample",
        behaviour: || Behaviour {
            signing: Signing::TokenWord("weixin"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-empty"],
        summary: "has no Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWord(""),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-is-appid"],
        summary: "signs with the appid",
        behaviour: || Behaviour {
            signing: Signing::TokenIsAppid,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["token-in-query"],
        summary: "takes the Token from the query",
        behaviour: || Behaviour {
            signing: Signing::TokenOfQuery,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["hash-md5"],
        summary: "hashes with MD5",
        behaviour: || Behaviour {
            signing: Signing::Md5,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["hash-sha256"],
        summary: "hashes with SHA-256",
        behaviour: || Behaviour {
            signing: Signing::Sha256,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["hash-sha512"],
        summary: "hashes with SHA-512",
        behaviour: || Behaviour {
            signing: Signing::Sha512,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["hash-hmac"],
        summary: "computes an HMAC",
        behaviour: || Behaviour {
            signing: Signing::Hmac,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["hash-utf-16"],
        summary: "hashes UTF-16",
        behaviour: || Behaviour {
            signing: Signing::Utf16,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["output-upper"],
        summary: "writes the hash in upper case",
        behaviour: || Behaviour {
            signing: Signing::Upper,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["output-base64"],
        summary: "writes the hash as Base64",
        behaviour: || Behaviour {
            signing: Signing::Base64,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["output-cut"],
        summary: "cuts the hash",
        behaviour: || Behaviour {
            signing: Signing::Cut,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["output-bytes"],
        summary: "writes the hash as Python shows bytes",
        behaviour: || Behaviour {
            signing: Signing::Bytes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-echostr"],
        summary: "signs echostr too",
        behaviour: || Behaviour {
            signing: Signing::Echostr,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-no-timestamp"],
        summary: "signs no timestamp",
        behaviour: || Behaviour {
            signing: Signing::NoTimestamp,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-no-nonce"],
        summary: "signs no nonce",
        behaviour: || Behaviour {
            signing: Signing::NoNonce,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-mixed-up"],
        summary: "signs echostr in place of the nonce",
        behaviour: || Behaviour {
            signing: Signing::EchostrForNonce,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parts-word"],
        summary: "signs the word undefined in place of the nonce",
        behaviour: || Behaviour {
            signing: Signing::UndefinedNonce,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["timestamp-milliseconds"],
        summary: "signs milliseconds",
        behaviour: || Behaviour {
            signing: Signing::Milliseconds,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["timestamp-own-clock"],
        summary: "signs its own time",
        behaviour: || Behaviour {
            signing: Signing::OwnClock,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["signature-unknown"],
        summary: "has another Token",
        behaviour: || Behaviour {
            signing: Signing::TokenWord("quiteAnotherToken42"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-alias"],
        summary: "looks for timeStamp",
        behaviour: || Behaviour {
            parameters: Parameters::Alias("timestamp", "timeStamp"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-alias"],
        summary: "looks for echoStr",
        behaviour: || Behaviour {
            parameters: Parameters::Alias("echostr", "echoStr"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-alias"],
        summary: "looks for msg_signature",
        behaviour: || Behaviour {
            parameters: Parameters::Alias("signature", "msg_signature"),
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-body"],
        summary: "looks for the parameters in a form",
        behaviour: || Behaviour {
            parameters: Parameters::InForm,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-json"],
        summary: "looks for the parameters in JSON",
        behaviour: || Behaviour {
            parameters: Parameters::InJson,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-headers"],
        summary: "looks for the parameters in the headers",
        behaviour: || Behaviour {
            parameters: Parameters::InHeaders,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["signature-inverted"],
        summary: "echoes for wrong signatures",
        behaviour: || Behaviour {
            verify: Verify::Inverted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-unsorted", "hash-md5"],
        summary: "joins as they come, with MD5",
        behaviour: || Behaviour {
            signing: Signing::UnsortedMd5,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["joint-comma", "echo-quoted"],
        summary: "joins with commas and returns JSON",
        behaviour: || Behaviour {
            signing: Signing::Joined(","),
            echo: Echo::Quoted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-unsorted", "post-not-allowed"],
        summary: "joins as they come and takes no POST",
        behaviour: || Behaviour {
            signing: Signing::Fixed([0, 1, 2]),
            push_front: PushFront::GetOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
];
