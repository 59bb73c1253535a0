//! What the query of a fetch says, and that the server reads it as it was meant.

use proptest::prelude::*;
use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::{FetchKind, Launch};

use super::{
    BOTH_PAGES, LATE_PAGE, beside_usual, by_code, fetched, judge_served_too, served, text,
};
use crate::{
    compose::fetch::names_launch,
    expect::{describe, entry, fetch_blocked_by},
    finding::{Finding, Judgement, Miss},
    profile::{Channel, Profile},
    rule::{Cases, Level, Need, Rule, Turn},
    step::{Fetch, Grant, Scenario, Step},
    transcript::{Entry, Transcript},
};

/// Between the two marks: what an encoder has to write otherwise, and what a second decoding would change.
const SPECIALS: [&str; 10] = [
    "%2B", "+", " ", "&", "=", "中文", "😀", "%E4", "#?/", "'\"<\\>",
];

pub(super) static DECODES_ONCE: Rule = Rule {
    id: "fetch/decodes-once",
    since: "0.1.0",
    level: Level::Must,
    source: BOTH_PAGES,
    summary: "The server decodes path and query of a fetch exactly once.",
    why: "A page opened with a name, a sign or an emoji in its query gets the data of another, or none.",
    fix: "Let the framework decode the query, and decode nothing by hand; parse `query` as a query string only where you want its parts.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        let kinds = launched_kinds(profile);
        let fixed = kinds.iter().flat_map(|kind| {
            SPECIALS.iter().flat_map(|special| {
                [true, false].map(|in_path| beside_plain(*kind, in_path, special))
            })
        });
        let fixed = fixed.collect();
        let pieces = prop::collection::vec(prop::sample::select(SPECIALS.as_slice()), 1..5);
        let drawn = (prop::sample::select(kinds), any::<bool>(), pieces)
            .prop_map(|(kind, in_path, pieces)| beside_plain(kind, in_path, &pieces.concat()));
        Cases::Drawn(fixed, 4, drawn.boxed())
    },
    judge: judge_decoding,
};

pub(super) static RAW_PLUS: Rule = Rule {
    id: "fetch/raw-plus",
    since: "0.1.0",
    level: Level::Info,
    source: "the pages say url-encoded, and not whether a space is `%20` or `+`",
    summary: "The server answers a fetch in whose query a `+` stands for a space.",
    why: "Should a client encode as HTML forms do, those fetches go without data.",
    fix: "Take `+` in a query for a space, as query parsers do.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each(launched_kinds(profile).into_iter().map(|kind| {
            let launch = Launch {
                query: Some("name=one two".into()),
                ..Fetch::usual(kind).launch
            };
            let encoded = Fetch::usual(kind).launched(launch);
            let plus = Fetch {
                spaces_as_plus: true,
                ..encoded.clone()
            };
            [Step::Fetch(encoded), Step::Fetch(plus)]
        }))
    },
    judge: |transcript| judge_served_too(transcript, "refused"),
};

pub(super) static OPTIONAL_PARAMETERS: Rule = Rule {
    id: "fetch/optional-parameters",
    since: "0.1.0",
    level: Level::Must,
    source: "page on data prefetch: path, query, scene and customMiniprogramVersion are not required",
    summary: "The server answers a fetch without the parameters that are optional.",
    why: LATE_PAGE,
    fix: "Give each of path, query, scene and customMiniprogramVersion a default.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        let all = Fetch::usual(FetchKind::Pre).launch;
        let launches = [
            Launch::default(),
            Launch {
                path: None,
                ..all.clone()
            },
            Launch {
                query: None,
                ..all.clone()
            },
            Launch {
                scene: None,
                ..all.clone()
            },
            Launch {
                custom_miniprogram_version: None,
                ..all
            },
        ];
        launch_cases(profile, &launches)
    },
    judge: |transcript| {
        let launch = transcript
            .entries
            .get(1)
            .and_then(fetched)
            .map(|fetched| &fetched.launch);
        let claim = match launch {
            Some(Launch {
                path: None,
                query: None,
                ..
            }) => "without-any",
            Some(Launch { path: None, .. }) => "without-path",
            Some(Launch { query: None, .. }) => "without-query",
            Some(Launch { scene: None, .. }) => "without-scene",
            _ => "without-version",
        };
        judge_served_too(transcript, claim)
    },
};

pub(super) static EMPTY_PARAMETERS: Rule = Rule {
    id: "fetch/empty-parameters",
    since: "0.1.0",
    level: Level::Should,
    source: "no page says whether an optional parameter without a value is left out or sent empty",
    summary: "The server answers a fetch whose optional parameters are empty.",
    why: LATE_PAGE,
    fix: "Take an empty parameter for one that is not there.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        let empty = || Some(String::new());
        let usual = Fetch::usual(FetchKind::Pre).launch;
        let launches = [
            Launch {
                query: empty(),
                ..usual.clone()
            },
            Launch {
                path: empty(),
                ..usual.clone()
            },
            Launch {
                custom_miniprogram_version: empty(),
                ..usual
            },
        ];
        launch_cases(profile, &launches)
    },
    judge: |transcript| judge_served_too(transcript, "empty"),
};

pub(super) static UNKNOWN_PARAMETERS: Rule = Rule {
    id: "fetch/unknown-parameters",
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: parameters are added without notice (customMiniprogramVersion came so)",
    summary: "The server answers a fetch with a parameter that it does not know.",
    why: "The day a parameter is added, no page gets its data ahead any more.",
    fix: "Read the parameters that you use and ignore the others.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: |profile| {
        super::each_kind(profile, |kind| {
            let fetch = Fetch {
                unknown_parameter: true,
                ..Fetch::usual(kind)
            };
            beside_usual(kind, fetch)
        })
    },
    judge: |transcript| judge_served_too(transcript, "unknown"),
};

pub(super) static PARAMETER_ORDER: Rule = Rule {
    id: "fetch/parameter-order",
    since: "0.1.0",
    level: Level::Should,
    source: "no page gives an order",
    summary: "The server answers a fetch whatever the order of its parameters.",
    why: LATE_PAGE,
    fix: "Read parameters by name.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: |profile| {
        super::each_kind(profile, |kind| {
            let fetch = Fetch {
                reversed: true,
                ..Fetch::usual(kind)
            };
            beside_usual(kind, fetch)
        })
    },
    judge: |transcript| judge_served_too(transcript, "reversed"),
};

pub(super) static TIMESTAMP_UNITS: Rule = Rule {
    id: "fetch/timestamp-units",
    since: "0.1.0",
    level: Level::Should,
    source: "WeChat's pages do not give the timestamp's unit; FinClip's says milliseconds",
    summary: "The server answers a fetch whose timestamp counts seconds, and one whose timestamp counts milliseconds.",
    why: "If the guess is wrong, every fetch looks forged, or a thousand years old.",
    fix: "Take ten digits for seconds and thirteen for milliseconds.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: |profile| {
        super::each_kind(profile, |kind| {
            let fetch = Fetch {
                other_unit: true,
                ..Fetch::usual(kind)
            };
            beside_usual(kind, fetch)
        })
    },
    judge: |transcript| judge_served_too(transcript, "other-unit"),
};

pub(super) static NO_SERVER_ERROR: Rule = Rule {
    id: "fetch/no-server-error",
    since: "0.1.0",
    level: Level::Should,
    source: "page on data prefetch: one of token and code is there; what stands there is any client's to choose",
    summary: "The server does not fail upon a fetch whose token or code is wrong, missing, or there beside the other.",
    why: "Whoever knows the URL fills the error log, and raises alarms, at will.",
    fix: "Check first; answer 401, or data that everybody may see.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Late,
    scenarios: |profile| {
        let periodic = [Grant::Neither, Grant::WrongToken, Grant::EmptyToken];
        // Where codes cannot be exchanged, a failure says nothing.
        let exchanged = profile.channel == Channel::Api;
        let pre = [Grant::Both, Grant::UnknownCode];
        let scenarios = profile.fetch.kinds.iter().flat_map(|kind| {
            let more = pre
                .into_iter()
                .filter(|grant| launches(profile, *kind) && (exchanged || *grant == Grant::Both));
            let grants = periodic.into_iter().chain(more);
            grants.map(|grant| beside_usual(*kind, Fetch::usual(*kind).granted(grant)))
        });
        Cases::each(scenarios)
    },
    judge: |transcript| {
        served(transcript, 0)?;
        let entry = entry(transcript, 1)?;
        let failed = match &entry.outcome {
            Outcome::Answered(answer) => answer.status >= 500,
            Outcome::Silent(_) => true,
        };
        if !failed {
            return Ok(());
        }
        let claim = match fetched(entry).map(|fetched| fetched.grant) {
            Some(Grant::Both) => "both",
            Some(Grant::Neither) => "neither",
            Some(Grant::EmptyToken) => "empty-token",
            Some(Grant::UnknownCode) => "unknown-code",
            _ => "wrong-token",
        };
        Finding::new(claim, 1, "any status below 500", describe(entry)).found()
    },
};

fn launches(profile: &Profile, kind: FetchKind) -> bool {
    names_launch(kind, profile.fetch.dialect)
}

/// The kinds whose fetches name how the mini program was opened.
fn launched_kinds(profile: &Profile) -> Vec<FetchKind> {
    let kinds = profile.fetch.kinds.iter().copied();
    kinds.filter(|kind| launches(profile, *kind)).collect()
}

fn launch_cases(profile: &Profile, launches: &[Launch]) -> Cases {
    let kinds = launched_kinds(profile).into_iter();
    Cases::each(kinds.flat_map(|kind| {
        let fetch = move |launch: &Launch| Fetch::usual(kind).launched(launch.clone());
        launches
            .iter()
            .map(move |launch| beside_usual(kind, fetch(launch)))
    }))
}

/// A usual fetch, one with that text between marks, and one with a plain text there.
fn beside_plain(kind: FetchKind, in_path: bool, special: &str) -> Scenario {
    let mut scenario = beside_usual(kind, special_fetch(kind, in_path, special));
    let plain = special_fetch(kind, in_path, "x");
    scenario.steps.push(Step::Fetch(plain));
    scenario
}

/// In the path the special text stands for itself; in the query it is a value, as a page would be opened with.
fn special_fetch(kind: FetchKind, in_path: bool, special: &str) -> Fetch {
    let usual = Fetch::usual(kind).launch;
    let launch = if in_path {
        Launch {
            path: Some(format!("pages/{{one}}{special}{{two}}")),
            ..usual
        }
    } else {
        // What is a value by itself stays one, also where the query is taken apart.
        let special = special.replace('&', "&wxl=").replace("%E4", "%41");
        Launch {
            query: Some(format!("wxk={{one}}{special}{{two}}")),
            ..usual
        }
    };
    Fetch::usual(kind).launched(launch)
}

/// Where the marks show, what stands between them is what was sent between them.
fn judge_decoding(transcript: &Transcript) -> Judgement {
    let usual = served(transcript, 0)?;
    let special = entry(transcript, 1)?;
    let Some(sent) = fetched(special) else {
        return Err(Miss::Inconclusive(
            "the scenario fetches nothing".to_owned(),
        ));
    };
    if fetch_blocked_by(&special.outcome).is_some() {
        // A server may well refuse a page that it does not have.
        let plain = entry(transcript, 2)?;
        if fetch_blocked_by(&plain.outcome).is_some() {
            return Err(Miss::Inconclusive(
                "the server refuses pages and queries that it does not know".to_owned(),
            ));
        }
        let expected = "the data, as for the same without special letters";
        return Finding::new("refused", 1, expected, describe(special)).found();
    }
    let [one, two] = &sent.marks;
    let in_path = sent
        .launch
        .path
        .as_ref()
        .filter(|path| path.contains(one.as_str()));
    let whole = in_path
        .or(sent.launch.query.as_ref())
        .map_or("", String::as_str);
    let meant = between(whole, one, two).unwrap_or_default();
    let shown = shown_in(transcript, special);
    let Some(text) = shown.iter().find(|text| text.contains(one.as_str())) else {
        let reason = if shown_nothing(usual) {
            "the answers are empty, so that it cannot be seen how the query was read"
        } else {
            "neither the answer nor a call shows path or query, so that it cannot be seen how they were read"
        };
        return Err(Miss::Inconclusive(reason.to_owned()));
    };
    let found = |claim, actual: String| {
        let expected = format!("`{whole}`, as it was sent before it was encoded");
        Finding::new(claim, 1, expected, actual).found()
    };
    // A query that was taken apart stands there in parts, which are decoded once more, and rightly so.
    let whole_query = in_path.is_some() || text.contains(&format!("wxk={one}"));
    let Some(came) = between(text, one, two) else {
        if !whole_query && !meant.contains('&') {
            return Ok(());
        }
        return found("cut", format!("what stands behind `{one}` is missing"));
    };
    let readings = readings(came);
    if readings.iter().any(|reading| reading == meant) {
        return Ok(());
    }
    if !whole_query {
        return Ok(());
    }
    let came_as = format!("it came as `{one}{came}{two}`");
    let is = |text: &str| readings.iter().any(|reading| reading == text);
    if is(&encoded(meant)) || is(&encoded(meant).to_lowercase()) {
        found("not-decoded", came_as)
    } else if decoded_again(meant).iter().any(|again| is(again)) {
        found("decoded-twice", came_as)
    } else {
        found("changed", came_as)
    }
}

/// What can be seen of a play: the answer, and what the server called because of it.
fn shown_in(transcript: &Transcript, entry: &Entry) -> Vec<String> {
    let mut shown = vec![text(entry).to_owned()];
    let calls = transcript
        .calls
        .iter()
        .filter(|call| call.own || by_code(entry));
    shown.extend(calls.map(|call| call.body.clone()));
    shown
}

fn shown_nothing(entry: &Entry) -> bool {
    text(entry).trim().is_empty()
}

fn between<'a>(text: &'a str, one: &str, two: &str) -> Option<&'a str> {
    let (_, behind) = text.split_once(one)?;
    behind.split_once(two).map(|(inside, _)| inside)
}

/// As it stands, and out of JSON and HTML, where that is how it stands.
fn readings(came: &str) -> Vec<String> {
    let json = serde_json::from_str::<String>(&format!("\"{came}\"")).ok();
    let html = came
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#43;", "+")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    [Some(came.to_owned()), json, Some(html)]
        .into_iter()
        .flatten()
        .collect()
}

fn encoded(text: &str) -> String {
    let pair = [(String::new(), text.to_owned())];
    wxcheck_protocol::push::encode_query(&pair)[1..].to_owned()
}

/// The text decoded once more, as a form and as a component.
fn decoded_again(text: &str) -> Vec<String> {
    let as_form = url::form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let kept_plus = url::form_urlencoded::parse(
        format!("x={}", text.replace('&', "%26").replace('+', "%2B")).as_bytes(),
    )
    .next()
    .map(|(_, value)| value.into_owned())
    .unwrap_or_default();
    vec![as_form, kept_plus]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{self, transcript},
        transcript::Sent,
    };

    const ONE: &str = "wxckaaaa1";
    const TWO: &str = "wxckbbbb2";

    fn judged(launch: Launch, answer: &str) -> Judgement {
        let mut special = hand_made::fetched(FetchKind::Pre, 200, answer);
        if let Sent::Fetch(fetched) = &mut special.sent {
            fetched.launch = launch;
        }
        let usual = hand_made::fetched(FetchKind::Pre, 200, "{}");
        let mut play = transcript(vec![usual.clone(), special, usual]);
        play.profile.fetch.tokens = 1;
        judge_decoding(&play)
    }

    fn path(special: &str) -> Launch {
        Launch {
            path: Some(format!("pages/{ONE}{special}{TWO}")),
            ..Launch::default()
        }
    }

    fn query(special: &str) -> Launch {
        Launch {
            query: Some(format!("wxk={ONE}{special}{TWO}")),
            ..Launch::default()
        }
    }

    fn claim(judgement: Judgement) -> &'static str {
        match judgement {
            Err(Miss::Found(finding)) => finding.claim,
            Err(Miss::Inconclusive(_)) => "inconclusive",
            Ok(()) => "passed",
            Err(_) => "other",
        }
    }

    #[test]
    fn a_path_is_decoded_once() {
        for (special, came, expected) in [
            ("%2B", "%2B", "passed"),
            ("%2B", "+", "decoded-twice"),
            ("+", "+", "passed"),
            ("+", "%2B", "not-decoded"),
            ("+", " ", "decoded-twice"),
            ("😀", "\\ud83d\\ude00", "passed"),
            ("中文", "ä¸\u{ad}æ\u{96}\u{87}", "changed"),
            ("&", "&amp;", "passed"),
        ] {
            let answer = format!(r#"{{"path":"pages/{ONE}{came}{TWO}"}}"#);
            assert_eq!(
                claim(judged(path(special), &answer)),
                expected,
                "{special} {came}"
            );
        }
        let cut = format!(r#"{{"path":"pages/{ONE}"}}"#);
        assert_eq!(claim(judged(path("&"), &cut)), "cut");
        assert_eq!(claim(judged(path("&"), "{}")), "inconclusive");
    }

    #[test]
    fn a_query_may_be_taken_apart() {
        let apart = format!(r#"{{"query":{{"wxk":"{ONE}+{TWO}"}}}}"#);
        assert_eq!(claim(judged(query("%2B"), &apart)), "passed");
        let whole = format!(r#"{{"query":"wxk={ONE}+{TWO}"}}"#);
        assert_eq!(claim(judged(query("%2B"), &whole)), "decoded-twice");
        let not = format!(r#"{{"query":"wxk%3D{ONE}%26{TWO}"}}"#);
        assert_eq!(
            claim(judged(query("&"), &not)),
            "passed",
            "taken apart, as far as can be seen"
        );
    }
}
