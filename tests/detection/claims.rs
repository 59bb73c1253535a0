//! Every claim that a rule declares is made by the defect of some server, or proven in another way that is named here.

use std::collections::BTreeSet;

use wxcheck_reference_server::DEFECTS;
use wxcheck_suite::{rule::claim::ALIVE, rules};

/// Claims that no defect makes, with the reason.
struct Exception {
    rules: &'static [&'static str],
    claims: &'static [&'static str],
    reason: &'static str,
}

const CONFIGURATION: &str = "about what is configured; unit tests of the rule";
const STRUCTURED: &str =
    "one reader of all structured answers; its unit tests and those of the judge";
const JUDGE: &str = "unit tests of the judge";

/// The rules about structured answers.
const ANSWERS: &[&str] = &[
    "reply/xpay-answer",
    "reply/refund-query-answer",
    "reply/chapter-permission-answer",
    "reply/voip-answer",
    "reply/courier-answer",
    "reply/instant-delivery-answer",
    "reply/member-answer",
];

const EXCEPTIONS: &[Exception] = &[
    Exception {
        rules: &["network/ports"],
        claims: &["port"],
        reason: CONFIGURATION,
    },
    Exception {
        rules: &["network/fetch-https"],
        claims: &["plain-http"],
        reason: CONFIGURATION,
    },
    Exception {
        rules: &["network/domain", "network/domain-list"],
        claims: &["ip-address", "localhost", "api-weixin"],
        reason: CONFIGURATION,
    },
    Exception {
        rules: &["network/domain-list"],
        claims: &[
            "too-many",
            "many",
            "duplicate",
            "not-a-url",
            "scheme",
            "userinfo",
            "path",
            "wildcard",
            "underscore",
            "single-label",
            "international",
            "letters",
            "not-a-port",
            "slash",
            "usual-port",
            "socket-port",
        ],
        reason: CONFIGURATION,
    },
    Exception {
        rules: &["network/domain"],
        claims: &["not-business"],
        reason: CONFIGURATION,
    },
    Exception {
        rules: ANSWERS,
        claims: &["sealed", "seal", "root", "code-type"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &[
            "reply/xpay-answer",
            "reply/chapter-permission-answer",
            "reply/voip-answer",
            "reply/courier-answer",
            "reply/instant-delivery-answer",
        ],
        claims: &["refused"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/xpay-answer"],
        claims: &["absent"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/xpay-answer", "reply/voip-answer"],
        claims: &["missing-field"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/voip-answer"],
        claims: &["code"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/courier-answer", "reply/instant-delivery-answer"],
        claims: &["header", "echo"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/member-answer"],
        claims: &["refused", "member", "result"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["reply/refund-query-answer"],
        claims: &["evidence"],
        reason: STRUCTURED,
    },
    Exception {
        rules: &["redelivery/checks-in-one-second"],
        claims: &["lost"],
        reason: JUDGE,
    },
    Exception {
        rules: &["api-use/renews-token"],
        claims: &["expired-not-sent-again"],
        reason: JUDGE,
    },
    Exception {
        rules: &["tolerance/every-text-acted-on"],
        claims: &["ended"],
        reason: JUDGE,
    },
    Exception {
        rules: &["reply/platform-success"],
        claims: &["empty", "body"],
        reason: JUDGE,
    },
    Exception {
        rules: &["reply/container-path"],
        claims: &["sealed", "body"],
        reason: JUDGE,
    },
    Exception {
        rules: &["catalogue/handled", "catalogue/acknowledged"],
        claims: &["refused", "redirected", "status", "broken-http"],
        reason: JUDGE,
    },
    Exception {
        rules: &["catalogue/handled"],
        claims: &["late"],
        reason: JUDGE,
    },
    Exception {
        rules: &["catalogue/acknowledged"],
        claims: &["body"],
        reason: JUDGE,
    },
    Exception {
        rules: &["catalogue/replies"],
        claims: &[
            "transfer",
            "from-user",
            "create-time",
            "required-part",
            "not-sealed",
        ],
        reason: JUDGE,
    },
    Exception {
        rules: &["catalogue/any-values"],
        claims: &["malformed-reply"],
        reason: JUDGE,
    },
    Exception {
        rules: &["envelope/reply-opens"],
        claims: &["opens"],
        reason: JUDGE,
    },
    Exception {
        rules: &["envelope/reply-form"],
        claims: &["root"],
        reason: JUDGE,
    },
    Exception {
        rules: &["url-check/echoes-echostr"],
        claims: &["status"],
        reason: JUDGE,
    },
    Exception {
        rules: &["url-check/rejects-forged-signature"],
        claims: &["no-timestamp", "no-nonce"],
        reason: JUDGE,
    },
    Exception {
        rules: &["fetch/optional-parameters"],
        claims: &["without-any"],
        reason: JUDGE,
    },
    Exception {
        rules: &["push-signature/survives-garbage", "tolerance/doctype"],
        claims: &["next-push-served"],
        reason: JUDGE,
    },
    Exception {
        rules: &[
            "hostile/deep-nesting",
            "hostile/large-bodies",
            "hostile/broken-text",
            "hostile/repeated-parameters",
            "hostile/long-query",
            "hostile/large-headers",
            "hostile/wrong-content-length",
            "hostile/pipelined-rest",
        ],
        claims: &["next-push-served"],
        reason: JUDGE,
    },
    Exception {
        rules: &[
            "hostile/deep-nesting",
            "hostile/large-bodies",
            "hostile/broken-text",
            "hostile/repeated-parameters",
            "hostile/long-query",
            "hostile/large-headers",
            "hostile/half-sent-body",
            "hostile/wrong-content-length",
            "hostile/idle-connections",
        ],
        claims: &["own-reply"],
        reason: JUDGE,
    },
    Exception {
        rules: &["redelivery/burst"],
        claims: &["acknowledged"],
        reason: JUDGE,
    },
    Exception {
        rules: &["redelivery/one-effect-after-drop"],
        claims: &["lost"],
        reason: JUDGE,
    },
    Exception {
        rules: &["redelivery/any-order"],
        claims: &["forged-or-twice"],
        reason: "the run reports it as `twice`, or leaves it to a rule about forgeries; unit tests of the counting",
    },
    Exception {
        rules: &["reply/utf-8"],
        claims: &["declared"],
        reason: JUDGE,
    },
    Exception {
        rules: &["reply/text-length"],
        claims: &["sealed"],
        reason: JUDGE,
    },
    Exception {
        rules: &["fetch/checks-token"],
        claims: &["truncated-token"],
        reason: JUDGE,
    },
    Exception {
        rules: &["fetch/no-secrets"],
        claims: &["stack-trace"],
        reason: JUDGE,
    },
    Exception {
        rules: &["fetch/not-modified"],
        claims: &["not-modified"],
        reason: JUDGE,
    },
];

type Pair = (&'static str, &'static str);

/// The complaint about the claims of rules, of defects, or about the exceptions.
pub(super) fn complaint() -> Option<String> {
    let declared =
        rules::all().flat_map(|rule| rule.claims.iter().map(|claim| (rule.id.as_str(), *claim)));
    let declared: BTreeSet<Pair> = declared.collect();
    let made: BTreeSet<Pair> = DEFECTS
        .iter()
        .flat_map(|defect| defect.caught_by.iter().copied())
        .filter(|(_, claim)| *claim != ALIVE)
        .collect();
    let excepted: Vec<(Pair, &str)> = EXCEPTIONS.iter().flat_map(pairs).collect();
    let is_excepted = |pair: &Pair| excepted.iter().any(|(other, _)| other == pair);
    let mut complaints = Vec::new();
    for rule in rules::all() {
        let different: BTreeSet<_> = rule.claims.iter().collect();
        if rule.claims.is_empty() || different.len() < rule.claims.len() {
            complaints.push(format!("{} has no claims, or one twice", rule.id));
        }
    }
    for (rule, claim) in made.difference(&declared) {
        complaints.push(format!(
            "a defect makes {rule} claim `{claim}`, which it does not declare"
        ));
    }
    for (rule, claim) in declared.difference(&made).filter(|pair| !is_excepted(pair)) {
        complaints.push(format!(
            "no defect makes {rule} claim `{claim}`, and no exception says why"
        ));
    }
    for (at, (pair, reason)) in excepted.iter().enumerate() {
        let (rule, claim) = pair;
        if !declared.contains(pair) {
            complaints.push(format!(
                "an exception for `{claim}` of {rule}, which does not declare it"
            ));
        }
        if made.contains(pair) {
            complaints.push(format!(
                "a defect makes {rule} claim `{claim}`; the exception ({reason}) is over"
            ));
        }
        if excepted[..at].iter().any(|(other, _)| other == pair) {
            complaints.push(format!("two exceptions for `{claim}` of {rule}"));
        }
    }
    (!complaints.is_empty()).then(|| complaints.join("\n"))
}

fn pairs(exception: &'static Exception) -> impl Iterator<Item = (Pair, &'static str)> {
    let claims = |rule: &&'static str| {
        let rule = *rule;
        exception.claims.iter().map(move |claim| (rule, *claim))
    };
    let pairs = exception.rules.iter().flat_map(claims);
    pairs.map(|pair| (pair, exception.reason))
}
