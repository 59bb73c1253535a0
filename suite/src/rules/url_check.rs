//! The URL verification: a signed GET whose echostr comes back byte for byte.

mod echo;

use proptest::prelude::*;
use wxcheck_mock_server::{Answer, Silence};

use crate::{
    echo::{echo_blocked_by, is_roughly_echoed, rough_echo_blocked_by},
    excerpt::excerpt,
    expect::{describe, entry},
    finding::{Finding, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked},
    step::{Forgery, Scenario, Step, Trap, Verify},
    transcript::Entry,
};

pub(super) const RULES: &[&Rule] = &[
    &ANSWERS_IN_TIME,
    &ANSWERS_DIRECTLY,
    &ECHOES_ECHOSTR,
    &REJECTS_FORGED_SIGNATURE,
    &SORTS_AS_STRINGS,
    &ANY_PARAMETER_ORDER,
    &BARE_GET,
    &NO_HTML_REFLECTION,
];

const PAGE: &str = "message push page, verifying the server's address";

static ANSWERS_IN_TIME: Rule = Rule {
    id: RuleId::ECHO_IN_TIME,
    since: "0.1.0",
    level: Level::Should,
    source: "five seconds are documented for pushes; for the verification only that it can time out",
    summary: "The server answers the verification within five seconds.",
    why: "The admin page shows a time-out and the URL cannot be saved.",
    fix: "Echo before any slow work: no database, no token request, and end the response.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each([[Step::Verify(Verify {
            linger: true,
            ..Verify::of(USUAL)
        })]])
    },
    claims: &["in-time"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let limit = transcript.profile.limit;
        let in_time = entry.answer().is_some_and(|answer| answer.total <= limit);
        if in_time {
            return Ok(());
        }
        // What came is no answer, and it came in time.
        if let Some(Silence::Garbage { .. }) = entry.silence() {
            return Err(Miss::inconclusive(blocked(RuleId::COMPLETE_HTTP)));
        }
        let actual = entry.answer().map_or_else(
            || describe(entry),
            |answer| format!("an answer after {:.1?}", answer.total),
        );
        let expected = format!("the whole answer within {limit:?}");
        Finding::new("in-time", 0, expected, actual).found()
    },
};

static ANSWERS_DIRECTLY: Rule = Rule {
    id: RuleId::ECHO_DIRECTLY,
    since: "0.1.0",
    level: Level::Must,
    source: PAGE,
    summary: "The server answers a true verification itself, with status 200.",
    why: "WeChat follows no redirect and takes no other status: the URL cannot be saved.",
    fix: "Save the final URL at WeChat (scheme, host and trailing slash as served). A 401 or 403 here means that your signature differs from WeChat's: check the Token and the sort.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |_| Cases::each([[Step::Verify(Verify::of(USUAL))]]),
    claims: &["redirect", "status"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match entry.answer().map(|answer| answer.status) {
            Some(200) => Ok(()),
            Some(300..400) => Finding::new(
                "redirect",
                0,
                "status 200 with the echostr",
                redirect(entry),
            )
            .found(),
            Some(_) => {
                Finding::new("status", 0, "status 200 with the echostr", describe(entry)).found()
            }
            None => Err(silent()),
        }
    },
};

static ECHOES_ECHOSTR: Rule = Rule {
    id: RuleId::ECHOES_ECHOSTR,
    since: "0.1.0",
    level: Level::Must,
    source: PAGE,
    summary: "The server answers a true verification with the echostr, byte for byte.",
    why: "Anything else, a quote or a newline included, and the URL cannot be saved.",
    fix: "Write the decoded echostr as a plain string: no JSON, no template, no number, no BOM, no escaping. Check the signature before, and answer nothing else.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: echo_cases,
    claims: echo::MISTAKES,
    judge: |transcript| {
        let usual = entry(transcript, 0)?;
        // The verification as WeChat makes it comes first: what it shows is the plainest.
        match echo_blocked_by(usual) {
            None => {}
            Some(RuleId::ECHOES_ECHOSTR) => return echo::echoed(usual, 0),
            Some(by) => return Err(Miss::inconclusive(blocked(by))),
        }
        for (at, special) in transcript.entries.iter().enumerate().skip(1) {
            if special.answer().is_none() {
                return Err(silent());
            }
            echo::echoed(special, at)?;
        }
        Ok(())
    },
};

static REJECTS_FORGED_SIGNATURE: Rule = Rule {
    id: RuleId::new("url-check/rejects-forged-signature"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, verifying the server's address: the signature shows that the request is WeChat's",
    summary: "The server does not echo when the signature is not that of its Token.",
    why: "Whoever finds the URL can register it as the callback of an account of their own, and the endpoint reflects any text.",
    fix: "Compute the SHA-1 over the sorted Token, timestamp and nonce, compare it whole and in constant time, and refuse when the parameter is missing or empty.",
    needs: &[Need::RoughEcho],
    turn: Turn::Shared,
    scenarios: |_| {
        let forged = Forgery::ALL.map(|forgery| {
            Step::Verify(Verify {
                forgery: Some(forgery),
                ..Verify::of("8312075146920534418")
            })
        });
        // One true verification serves as the control of them all.
        let control = Step::Verify(Verify::of(USUAL));
        Cases::Each(vec![Scenario::of(
            [forged.to_vec(), vec![control]].concat(),
        )])
    },
    claims: Forgery::CLAIMS,
    judge: |transcript| {
        let (control, forged) = transcript
            .entries
            .split_last()
            .ok_or_else(|| Miss::inconclusive(Unjudged::NothingSent))?;
        if let Some(by) = rough_echo_blocked_by(control) {
            return Err(Miss::inconclusive(blocked(by)));
        }
        for (at, forged) in forged.iter().enumerate() {
            // An error page that prints the URL is no echo: WeChat compares the whole body.
            if is_roughly_echoed(forged) {
                let claim = forged.recipe.forgery_of("signature").claim();
                let expected = "anything but the echostr";
                return Finding::new(claim, at, expected, describe(forged)).found();
            }
        }
        Ok(())
    },
};

static SORTS_AS_STRINGS: Rule = Rule {
    id: RuleId::new("url-check/sorts-as-strings"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, verifying the server's address; Tencent's PHP sample sorts with SORT_STRING",
    summary: "The server sorts Token, timestamp and nonce as strings, in byte order.",
    why: "One push in a few is refused, whenever numbers and strings sort differently.",
    fix: "Sort strings by bytes: PHP sort(…, SORT_STRING), JavaScript sort() without a comparer, Java without a collator.",
    needs: &[Need::Echo],
    turn: Turn::Shared,
    scenarios: trap_cases,
    claims: Trap::CLAIMS,
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match echo_blocked_by(entry) {
            None => Ok(()),
            Some(RuleId::ECHO_IN_TIME) => Err(silent()),
            Some(_) => {
                let claim = trap_in(entry);
                let expected = "the echostr: signed over the strings in byte order";
                Finding::new(claim, 0, expected, describe(entry)).found()
            }
        }
    },
};

static ANY_PARAMETER_ORDER: Rule = Rule {
    id: RuleId::new("url-check/any-parameter-order"),
    since: "0.1.0",
    level: Level::Should,
    source: "parameters are documented by name; their order is only observed",
    summary: "The server reads the parameters by name, in any order and among others.",
    why: "A proxy or a query of your own in the saved URL changes the order; then nothing works.",
    fix: "Read the parameters from the parsed query, by name.",
    needs: &[Need::Echo],
    turn: Turn::Shared,
    scenarios: |_| {
        let reversed = Verify {
            reversed: true,
            ..Verify::of(USUAL)
        };
        let extra = Verify {
            extra: true,
            ..Verify::of(USUAL)
        };
        Cases::each([[Step::Verify(reversed)], [Step::Verify(extra)]])
    },
    claims: &["order", "extra-parameter"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match echo_blocked_by(entry) {
            None => Ok(()),
            Some(RuleId::ECHO_IN_TIME) => Err(silent()),
            Some(_) => {
                let extra = entry
                    .recipe
                    .params
                    .iter()
                    .any(|param| param.name == "wxcheck_unknown");
                let claim = if extra { "extra-parameter" } else { "order" };
                Finding::new(claim, 0, "the echostr", describe(entry)).found()
            }
        }
    },
};

static BARE_GET: Rule = Rule {
    id: RuleId::new("url-check/bare-get"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: the URL is public, and browsers and scanners call it without parameters",
    summary: "The server answers a GET without parameters, and shows no stack trace.",
    why: "A hanging handler is an easy denial of service; a stack trace tells an attacker what runs there.",
    fix: "Treat missing parameters as a bad request, and switch debug pages off.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |_| Cases::each([[Step::Visit]]),
    claims: &["stack-trace", "hangs"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        if let Some(leak) = entry.leaks.first() {
            let actual = format!("{leak} in the answer: {}", describe(entry));
            return Finding::new(
                "stack-trace",
                0,
                "an answer that gives nothing away",
                actual,
            )
            .found();
        }
        match entry.silence() {
            Some(silence @ (Silence::NoAnswer { .. } | Silence::BodyUnfinished { .. })) => {
                Finding::new("hangs", 0, "any answer, in time", silence.to_string()).found()
            }
            _ => Ok(()),
        }
    },
};

static NO_HTML_REFLECTION: Rule = Rule {
    id: RuleId::new("url-check/no-html-reflection"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: an unsigned value is an attacker's text",
    summary: "The server does not reflect an unsigned echostr as HTML.",
    why: "A link to the callback URL runs a stranger's script under your domain.",
    fix: "Answer nothing of the request when the signature is wrong, or as text/plain; escape what an error page prints.",
    needs: &[Need::RoughEcho],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each([Forgery::Missing, Forgery::OtherToken].map(|forgery| {
            [Step::Verify(Verify {
                forgery: Some(forgery),
                ..Verify::of(MARKUP)
            })]
        }))
    },
    claims: &["reflected"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            // Not to answer is a refusal too.
            return Ok(());
        };
        let reflected = String::from_utf8_lossy(&answer.body).contains(MARKUP);
        if reflected && is_shown_as_html(answer) {
            let expected = "no markup of the request in an answer that browsers show as HTML";
            return Finding::new("reflected", 0, expected, describe(entry)).found();
        }
        Ok(())
    },
};

/// As long as those of the official sample and of captured requests.
const USUAL: &str = "5927782489442352469";
const MARKUP: &str = "<script>wxcheck(7)</script>";

fn echo_cases(_: &Profile) -> Cases {
    let digits = "[1-9][0-9]{18,24}";
    let leading_zeros = "0{1,4}[0-9]{16}";
    let letters = "[A-Za-z0-9]{16,32}";
    let special = "[A-Za-z0-9]{3}[+/=&<\" %][A-Za-z0-9]{3}[+/=&<\" %]{1,2}[A-Za-z0-9]";
    let fixed = [
        "00123456789012345678",
        "Zm9vYmFy0123456789",
        "a+b/c=d",
        "a&b<c\"d",
        "a b%c",
    ];
    let behind_the_usual = |echostrs: Vec<String>| {
        let all = [vec![USUAL.to_owned()], echostrs].concat();
        let steps: Vec<Step> = all
            .into_iter()
            .map(|echostr| Step::Verify(Verify::of(echostr)))
            .collect();
        Scenario::of(steps)
    };
    let fixed = behind_the_usual(fixed.map(str::to_owned).to_vec());
    let drawn = prop_oneof![digits, leading_zeros, letters, special]
        .prop_map(move |echostr| behind_the_usual(vec![echostr]));
    Cases::Drawn(vec![fixed], 4, drawn.boxed())
}

fn trap_cases(profile: &Profile) -> Cases {
    if profile.traps.is_empty() {
        return Cases::None(Unjudged::NoTellingNonce.into());
    }
    Cases::each(profile.traps.iter().map(|trap| {
        [Step::Verify(Verify {
            trap: Some(*trap),
            ..Verify::of(USUAL)
        })]
    }))
}

/// The claim of a wrong sort, told by the nonce that shows it.
fn trap_in(entry: &Entry) -> &'static str {
    let nonce = &entry.recipe.nonce;
    if nonce.chars().any(|char| char.is_ascii_alphabetic()) {
        Trap::CaseInsensitiveSort.claim()
    } else {
        Trap::NumericSort.claim()
    }
}

fn is_shown_as_html(answer: &Answer) -> bool {
    // Without a Content-Type browsers guess, and markup makes them guess HTML.
    answer
        .header("content-type")
        .is_none_or(|value| value.to_ascii_lowercase().contains("html"))
}

fn redirect(entry: &Entry) -> String {
    let answer = entry.answer();
    let status = answer.map_or(0, |answer| answer.status);
    let location = answer
        .and_then(|answer| answer.header("location"))
        .unwrap_or("nowhere");
    format!(
        "status {status}, a redirect to `{}`",
        excerpt(location.as_bytes())
    )
}

fn silent() -> Miss {
    Miss::inconclusive(blocked(RuleId::ECHO_IN_TIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Judgement;
    use crate::hand_made::{answered, transcript, verification};
    use crate::recipe::{Param, ParamValue};

    fn judge(rule: &Rule, entries: Vec<Entry>) -> Judgement {
        (rule.judge)(&transcript(entries))
    }

    #[test]
    fn an_exact_echo_passes_and_another_status_does_not() {
        let good = || verification(USUAL, answered(200, USUAL));
        assert_eq!(
            judge(
                &ECHOES_ECHOSTR,
                vec![good(), verification("ab", answered(200, "ab"))]
            ),
            Ok(())
        );
        let bad = judge(
            &ECHOES_ECHOSTR,
            vec![good(), verification("ab", answered(500, "oops"))],
        );
        assert!(matches!(bad, Err(Miss::Found(finding)) if finding.claim == "status"));
    }

    #[test]
    fn an_error_page_with_the_url_is_no_echo() {
        let page = verification("123", answered(200, "bad request: /?echostr=123&nonce=1"));
        let good = verification(USUAL, answered(200, USUAL));
        assert_eq!(
            judge(&REJECTS_FORGED_SIGNATURE, vec![page, good.clone()]),
            Ok(())
        );
        let echo = verification("123", answered(200, "123"));
        assert!(judge(&REJECTS_FORGED_SIGNATURE, vec![echo, good]).is_err());
    }

    #[test]
    fn an_echo_without_a_timestamp_or_a_nonce_has_a_claim() {
        let claim = |known: [&'static str; 2]| {
            let mut echo = verification("123", answered(200, "123"));
            let params = known.map(|name| Param {
                name,
                value: ParamValue::Timestamp,
            });
            echo.recipe.params = params.to_vec();
            let good = verification(USUAL, answered(200, USUAL));
            match judge(&REJECTS_FORGED_SIGNATURE, vec![echo, good]) {
                Err(Miss::Found(finding)) => Some(finding.claim),
                _ => None,
            }
        };
        assert_eq!(claim(["signature", "nonce"]), Some("no-timestamp"));
        assert_eq!(claim(["signature", "timestamp"]), Some("no-nonce"));
    }

    #[test]
    fn a_refused_control_proves_nothing() {
        let entries = vec![
            verification("1", answered(403, "")),
            verification("2", answered(403, "")),
        ];
        assert!(matches!(
            judge(&REJECTS_FORGED_SIGNATURE, entries),
            Err(Miss::Inconclusive(_))
        ));
    }
}
