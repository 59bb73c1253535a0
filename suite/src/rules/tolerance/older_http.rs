//! The version of HTTP that a push comes in.

use wxcheck_mock_server::Silence;

use crate::{
    expect::{describe, entry, is_served},
    finding::{Finding, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Form, Step},
};

pub(super) static HTTP_1_0: Rule = Rule {
    id: RuleId::new("tolerance/http-1-0"),
    since: "0.1.0",
    level: Level::Info,
    source: "no document names the HTTP version of pushes; observed: HTTP/1.0 in logs of 2015 to 2017, HTTP/1.1 in logs since 2018, and a proxy that answers HTTP/1.0 with 426",
    summary: "The server takes a push in HTTP/1.0.",
    why: "WeChat was seen to send HTTP/1.0, and promises no version: a proxy that refuses it loses every message.",
    fix: "Let the proxy take HTTP/1.0 (Envoy: accept_http_10), or note that it does not.",
    needs: &[Need::Bytes, Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let form = Form {
            http_10: true,
            ..Form::default()
        };
        Cases::each([[Step::Deliver(Deliver::text("hello").written(form))]])
    },
    claims: &["refused"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        if is_served(entry) {
            return Ok(());
        }
        if let Some(Silence::NoAnswer { .. }) = entry.silence() {
            // A refusal is said, or the connection is closed; a server that holds pushes back does so in either version.
            return Err(Miss::inconclusive(Unjudged::Observed {
                what: describe(entry),
            }));
        }
        let expected = "the answer that a push in HTTP/1.1 gets";
        let actual = format!(
            "{}; which version WeChat sends is undocumented",
            describe(entry)
        );
        Finding::new("refused", 0, expected, actual).found()
    },
};
