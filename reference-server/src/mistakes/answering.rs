//! Mistakes in answering the verification: the echo, routes, and what stands in front.

use super::Mistake;
use crate::behaviour::{Behaviour, Echo, Front};
use crate::defects::PLAIN_XML;

pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        causes: &["echo-quoted"],
        summary: "returns echostr as a JSON string",
        behaviour: || Behaviour {
            echo: Echo::Quoted,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-json-object"],
        summary: "returns an object",
        behaviour: || Behaviour {
            echo: Echo::Object,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-number"],
        summary: "returns a number",
        behaviour: || Behaviour {
            echo: Echo::Number,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-bom"],
        summary: "returns a byte order mark",
        behaviour: || Behaviour {
            echo: Echo::Bom,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-white-space"],
        summary: "returns a line feed",
        behaviour: || Behaviour {
            echo: Echo::NewLine,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-warning"],
        summary: "returns a warning of PHP",
        behaviour: || Behaviour {
            echo: Echo::Warned,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-page"],
        summary: "returns a page",
        behaviour: || Behaviour {
            echo: Echo::Page,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-bytes"],
        summary: "returns the text of bytes",
        behaviour: || Behaviour {
            echo: Echo::Bytes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-query"],
        summary: "returns all parameters",
        behaviour: || Behaviour {
            echo: Echo::Query,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-around"],
        summary: "returns words in front",
        behaviour: || Behaviour {
            echo: Echo::Labelled,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-escaped"],
        summary: "escapes HTML",
        behaviour: || Behaviour {
            echo: Echo::HtmlEscaped,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-decoded-twice"],
        summary: "decodes twice",
        behaviour: || Behaviour {
            echo: Echo::DecodedTwice,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-encoded"],
        summary: "does not decode",
        behaviour: || Behaviour {
            echo: Echo::Encoded,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-other-parameter"],
        summary: "returns the nonce",
        behaviour: || Behaviour {
            echo: Echo::Nonce,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-literal"],
        summary: "returns the word echostr",
        behaviour: || Behaviour {
            echo: Echo::Literal,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-empty"],
        summary: "returns nothing",
        behaviour: || Behaviour {
            echo: Echo::Empty,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-word"],
        summary: "returns ok",
        behaviour: || Behaviour {
            echo: Echo::SaysOk,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-status"],
        summary: "returns 201",
        behaviour: || Behaviour {
            echo: Echo::Created,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-silent"],
        summary: "has no response in the right branch",
        behaviour: || Behaviour {
            echo: Echo::Never,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["raised-after-comparing"],
        summary: "fails in the right branch",
        behaviour: || Behaviour {
            echo: Echo::Fails,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["path-not-found"],
        summary: "has no route",
        behaviour: || Behaviour {
            front: Front::NoRoute,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["path-elsewhere"],
        summary: "has its route at /wx",
        behaviour: || Behaviour {
            front: Front::Elsewhere,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["get-not-allowed"],
        summary: "takes no GET",
        behaviour: || Behaviour {
            front: Front::PostOnly,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["redirect-slash"],
        summary: "redirects to a slash",
        behaviour: || Behaviour {
            front: Front::Slash,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["redirect-https"],
        summary: "redirects to https",
        behaviour: || Behaviour {
            front: Front::Https,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["redirect-login"],
        summary: "redirects to a login",
        behaviour: || Behaviour {
            front: Front::ToLogin,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["redirect"],
        summary: "redirects away",
        behaviour: || Behaviour {
            front: Front::Away,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["login-page"],
        summary: "asks for a password",
        behaviour: || Behaviour {
            front: Front::Password,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["tunnel-warning"],
        summary: "stands behind a warning page",
        behaviour: || Behaviour {
            front: Front::TunnelWarning,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["tunnel-down"],
        summary: "stands behind a tunnel that ends nowhere",
        behaviour: || Behaviour {
            front: Front::TunnelDown,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["firewall-page"],
        summary: "stands behind a firewall",
        behaviour: || Behaviour {
            front: Front::Firewall,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["gateway"],
        summary: "stands behind a proxy that does not reach it",
        behaviour: || Behaviour {
            front: Front::Gateway,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["unavailable"],
        summary: "is in maintenance",
        behaviour: || Behaviour {
            front: Front::Maintenance,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["https-port"],
        summary: "speaks https",
        behaviour: || Behaviour {
            front: Front::HttpsPort,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["closed"],
        summary: "closes the connection",
        behaviour: || Behaviour {
            front: Front::Closes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["get-silent"],
        summary: "never answers a GET with parameters",
        behaviour: || Behaviour {
            front: Front::HangsOnSignature,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-fixed"],
        summary: "greets everybody",
        behaviour: || Behaviour {
            front: Front::Greeting,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["raised"],
        summary: "shows a traceback",
        behaviour: || Behaviour {
            front: Front::Traceback,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["raised-before-comparing"],
        summary: "fails on every GET",
        behaviour: || Behaviour {
            front: Front::Fails,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parameters-refused"],
        summary: "refuses every GET",
        behaviour: || Behaviour {
            front: Front::BadRequest,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["nothing-comes-back"],
        summary: "prints echostr and sends nothing",
        behaviour: || Behaviour {
            front: Front::Empty,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["http-version"],
        summary: "speaks HTTP/1.0 only",
        behaviour: || Behaviour {
            front: Front::OldHttp,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["query-lost"],
        summary: "stands behind a proxy that drops the query",
        behaviour: || Behaviour {
            front: Front::LosesQuery,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-base64"],
        summary: "returns echostr in Base64",
        behaviour: || Behaviour {
            echo: Echo::Base64,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["query-lost"],
        summary: "shows a URL without the query that something in front drops",
        behaviour: || Behaviour {
            front: Front::ShowsPath,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["parameters-refused"],
        summary: "shows the URL as it came, and takes no parameters",
        behaviour: || Behaviour {
            front: Front::ShowsUrl,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
];
