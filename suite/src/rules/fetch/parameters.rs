//! The query of a fetch: what it says, and that the server reads it as it was meant.

use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::{FetchKind, Launch};

use super::{
    LATE_PAGE, beside_usual, fetched, judge_served_too, launched_kinds, launches, served, text,
};
use crate::{
    expect::{describe, entry},
    finding::{Finding, Judgement, Miss},
    likeness::{Likeness, compare},
    profile::{Channel, Profile},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Fetch, Grant, Scenario, Step},
    transcript::{Entry, Transcript},
};

pub(super) static RAW_PLUS: Rule = Rule {
    id: RuleId::new("fetch/raw-plus"),
    since: "0.1.0",
    level: Level::Info,
    source: "the pages say url-encoded, and not whether a space is `%20` or `+`",
    summary: "The server answers a fetch in whose query a `+` stands for a space, and reads a space there.",
    why: "Should a client encode as HTML forms do, those fetches go without data.",
    fix: "Take `+` in a query for a space, as query parsers do.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each(launched_kinds(profile).into_iter().map(|kind| {
            let launch = Launch {
                query: Some("name={one} {two}".into()),
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
    claims: &["refused", "kept"],
    judge: |transcript| {
        judge_served_too(transcript, "refused")?;
        let (usual, plus) = (served(transcript, 0)?, served(transcript, 1)?);
        // Only where a space written as `%20` is seen to come back as one.
        let is_kept = shows(transcript, usual, " ")
            && shows(transcript, plus, "+")
            && !shows(transcript, plus, " ");
        if is_kept {
            let actual = format!("a `+`: {}", describe(plus));
            return Finding::new("kept", 1, "a space", actual).found();
        }
        Ok(())
    },
};

/// True if the answer to a fetch, or a call made because of it, holds its two marks with that between them.
fn shows(transcript: &Transcript, entry: &Entry, between: &str) -> bool {
    fetched(entry).is_some_and(|fetched| {
        let [one, two] = &fetched.marks;
        let wanted = format!("{one}{between}{two}");
        let mut calls = transcript.calls.iter();
        text(entry).contains(&wanted) || calls.any(|call| call.body.contains(&wanted))
    })
}

pub(super) static OPTIONAL_PARAMETERS: Rule = Rule {
    id: RuleId::new("fetch/optional-parameters"),
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
    claims: &[
        "without-any",
        "without-path",
        "without-query",
        "without-scene",
        "without-version",
    ],
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
    id: RuleId::new("fetch/empty-parameters"),
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
    claims: &["empty"],
    judge: |transcript| judge_served_too(transcript, "empty"),
};

pub(super) static UNKNOWN_PARAMETERS: Rule = Rule {
    id: RuleId::new("fetch/unknown-parameters"),
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
            between_usual(kind, fetch)
        })
    },
    claims: &["unknown"],
    judge: |transcript| judge_same_data(transcript, "unknown"),
};

pub(super) static PARAMETER_ORDER: Rule = Rule {
    id: RuleId::new("fetch/parameter-order"),
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
            between_usual(kind, fetch)
        })
    },
    claims: &["reversed"],
    judge: |transcript| judge_same_data(transcript, "reversed"),
};

pub(super) static TIMESTAMP_UNITS: Rule = Rule {
    id: RuleId::new("fetch/timestamp-units"),
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
    claims: &["other-unit"],
    judge: |transcript| judge_served_too(transcript, "other-unit"),
};

pub(super) static NO_SERVER_ERROR: Rule = Rule {
    id: RuleId::new("fetch/no-server-error"),
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
    claims: &[
        "both",
        "neither",
        "wrong-token",
        "empty-token",
        "unknown-code",
    ],
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
        Finding::new(
            claim,
            1,
            "an answer with a status below 500",
            describe(entry),
        )
        .found()
    },
};

fn launch_cases(profile: &Profile, launches: &[Launch]) -> Cases {
    let kinds = launched_kinds(profile).into_iter();
    Cases::each(kinds.flat_map(|kind| {
        let fetch = move |launch: &Launch| Fetch::usual(kind).launched(launch.clone());
        launches
            .iter()
            .map(move |launch| beside_usual(kind, fetch(launch)))
    }))
}

/// A fetch between two usual ones, which show what stays.
fn between_usual(kind: FetchKind, other: Fetch) -> Scenario {
    let mut scenario = beside_usual(kind, other);
    scenario.steps.push(Step::Fetch(Fetch::usual(kind)));
    scenario
}

/// The fetch in the middle is served, and with the same data: an error with status 200 is none. A server may have its
/// reasons, so that other data are only noted.
fn judge_same_data(transcript: &Transcript, claim: &'static str) -> Judgement {
    judge_served_too(transcript, claim)?;
    let (before, after) = (served(transcript, 0)?, served(transcript, 2)?);
    let other = entry(transcript, 1)?;
    if compare(text(before), text(other), text(after)) != Likeness::Other {
        return Ok(());
    }
    let expected = "the data of the usual fetches around it";
    let actual = format!("other data: {}", describe(other));
    Err(Miss::Doubtful(Finding::new(claim, 1, expected, actual)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{self, transcript};

    #[test]
    fn a_fetch_without_any_optional_parameter_has_a_claim_of_its_own() {
        let usual = hand_made::fetched(FetchKind::Pre, 200, "data");
        let refused = hand_made::fetched(FetchKind::Pre, 400, "");
        let judgement = (OPTIONAL_PARAMETERS.judge)(&transcript(vec![usual, refused]));
        assert!(matches!(judgement, Err(Miss::Found(finding)) if finding.claim == "without-any"));
    }
}
