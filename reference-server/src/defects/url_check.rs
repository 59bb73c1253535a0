//! Defects in answering the GET that checks the URL.

use super::{Defect, PLAIN_XML};
use crate::behaviour::{BareGet, Behaviour, Compare, Echo, Parameters, Refusal, Sort, Verify};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "url-check-bom",
        summary: "puts a byte order mark in front of echostr",
        behaviour: || Behaviour {
            echo: Echo::Bom,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "bom")],
    },
    Defect {
        name: "url-check-json-quoted",
        summary: "returns echostr as a JSON string",
        behaviour: || Behaviour {
            echo: Echo::Quoted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "json-quoted")],
    },
    Defect {
        name: "url-check-json-object",
        summary: "returns echostr inside a JSON object",
        behaviour: || Behaviour {
            echo: Echo::Object,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "json-object")],
    },
    Defect {
        name: "url-check-new-line",
        summary: "ends echostr with a line feed",
        behaviour: || Behaviour {
            echo: Echo::NewLine,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "white-space")],
    },
    Defect {
        name: "url-check-new-line-unsigned",
        summary: "ends echostr with a line feed, without a look at the signature",
        behaviour: || Behaviour {
            echo: Echo::NewLine,
            verify: Verify::Unsigned,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[
            ("url-check/echoes-echostr", "white-space"),
            ("url-check/rejects-forged-signature", "other-token"),
        ],
    },
    Defect {
        name: "url-check-html-escaped",
        summary: "escapes echostr as HTML",
        behaviour: || Behaviour {
            echo: Echo::HtmlEscaped,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "html-escaped")],
    },
    Defect {
        name: "url-check-number",
        summary: "reads echostr as a double and prints that",
        behaviour: || Behaviour {
            echo: Echo::Number,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "integer-round-trip")],
    },
    Defect {
        name: "url-check-decoded-twice",
        summary: "decodes the query twice, so that a plus becomes a space",
        behaviour: || Behaviour {
            echo: Echo::DecodedTwice,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "percent-decoding")],
    },
    Defect {
        name: "url-check-says-ok",
        summary: "answers ok instead of echostr",
        behaviour: || Behaviour {
            echo: Echo::SaysOk,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/echoes-echostr", "other-text")],
    },
    Defect {
        name: "url-check-server-error",
        summary: "returns echostr with status 500",
        behaviour: || Behaviour {
            echo: Echo::ServerError,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/answers-directly", "status")],
    },
    Defect {
        name: "url-check-created",
        summary: "returns echostr with status 201",
        behaviour: || Behaviour {
            echo: Echo::Created,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/answers-directly", "status")],
    },
    Defect {
        name: "url-check-redirect",
        summary: "redirects the GET to a path with a slash",
        behaviour: || Behaviour {
            echo: Echo::Redirect,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/answers-directly", "redirect")],
    },
    Defect {
        name: "url-check-late",
        summary: "echoes after one and a half times the limit",
        behaviour: || Behaviour {
            echo: Echo::Late,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/answers-in-time", "in-time")],
    },
    Defect {
        name: "url-check-unsigned",
        summary: "echoes without a look at the signature",
        behaviour: || Behaviour {
            verify: Verify::Unsigned,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/rejects-forged-signature", "other-token")],
    },
    Defect {
        name: "url-check-first-eight",
        summary: "compares the first eight characters of the signature",
        behaviour: || Behaviour {
            echo_compare: Compare::FirstEight,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/rejects-forged-signature", "altered")],
    },
    Defect {
        name: "url-check-as-long-as-given",
        summary: "compares as many characters of the signature as were given",
        behaviour: || Behaviour {
            echo_compare: Compare::AsLongAsGiven,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/rejects-forged-signature", "truncated")],
    },
    Defect {
        name: "url-check-empty-passes",
        summary: "echoes when the signature is empty",
        behaviour: || Behaviour {
            echo_compare: Compare::EmptyPasses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/rejects-forged-signature", "empty")],
    },
    Defect {
        name: "url-check-missing-passes",
        summary: "echoes when the signature is missing",
        behaviour: || Behaviour {
            echo_compare: Compare::MissingPasses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/rejects-forged-signature", "missing")],
    },
    Defect {
        name: "url-check-numeric-sort",
        summary: "sorts timestamp and nonce as numbers",
        behaviour: || Behaviour {
            sort: Sort::Numeric,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/sorts-as-strings", "numeric-sort")],
    },
    Defect {
        name: "url-check-case-insensitive-sort",
        summary: "sorts without regard to case",
        behaviour: || Behaviour {
            sort: Sort::CaseInsensitive,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/sorts-as-strings", "case-insensitive-sort")],
    },
    Defect {
        name: "url-check-unsorted",
        summary: "joins token, timestamp and nonce without sorting",
        behaviour: || Behaviour {
            sort: Sort::Unsorted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/answers-directly", "status")],
    },
    Defect {
        name: "url-check-parameters-by-place",
        summary: "reads the parameters by their place in the query",
        behaviour: || Behaviour {
            parameters: Parameters::ByPlace,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/any-parameter-order", "order")],
    },
    Defect {
        name: "url-check-extra-parameter-refused",
        summary: "refuses a query with any other parameter",
        behaviour: || Behaviour {
            parameters: Parameters::OnlyDocumented,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/any-parameter-order", "extra-parameter")],
    },
    Defect {
        name: "url-check-bare-get-hangs",
        summary: "never answers a GET without parameters",
        behaviour: || Behaviour {
            bare_get: BareGet::Hangs,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/bare-get", "hangs")],
    },
    Defect {
        name: "url-check-bare-get-stack-trace",
        summary: "answers a GET without parameters with a stack trace",
        behaviour: || Behaviour {
            bare_get: BareGet::StackTrace,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/bare-get", "stack-trace")],
    },
    Defect {
        name: "url-check-html-reflection",
        summary: "shows an unsigned echostr on an HTML error page",
        behaviour: || Behaviour {
            refusal: Refusal::ReflectsEchostr,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("url-check/no-html-reflection", "reflected")],
    },
];
