//! The owner of the data that a fetch gets: the user of the token, and nobody else.

use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::FetchKind;

use super::{each_kind, served, text};
use crate::{
    expect::{describe, entry, fetch_blocked_by},
    fetching::with_one_name,
    finding::{Finding, Judgement, Miss},
    leak::Leak,
    likeness::{Likeness, compare, holds_private, leaves_of, same_shape},
    profile::Channel,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked},
    step::{Fetch, Grant, Scenario, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) static CHECKS_TOKEN: Rule = Rule {
    id: RuleId::new("fetch/checks-token"),
    since: "0.1.0",
    level: Level::Should,
    source: "both pages offer the token as a means to check that a request is legitimate, and demand no check; nothing else about it is secret",
    summary: "The server does not answer a wrong token, or none, what it answers the right one.",
    why: "Anybody who knows the URL reads the users' data.",
    fix: "Look the token up among those that were given out, and answer any other with public data or with none.",
    needs: &[Need::FetchToken],
    turn: Turn::Shared,
    scenarios: |profile| {
        let grants = [
            Grant::WrongToken,
            Grant::AlteredToken,
            Grant::TruncatedToken,
            Grant::EmptyToken,
            Grant::Neither,
        ];
        let scenarios = profile.fetch.kinds.iter().flat_map(|kind| {
            grants.map(|grant| {
                let by = |grant| Step::Fetch(Fetch::usual(*kind).granted(grant));
                // What anybody gets is seen in another way as well.
                let nobody = if grant == Grant::Neither {
                    Grant::WrongToken
                } else {
                    Grant::Neither
                };
                // Within the owners' own, for what stays between these is what counts.
                let second = Grant::Owner(u8::from(profile.fetch.tokens >= 2));
                let owners = [Grant::Owner(0), second];
                let grants = [owners, [grant, nobody], owners].concat();
                let steps: Vec<Step> = grants.into_iter().map(by).collect();
                Scenario::of(steps)
            })
        });
        Cases::each(scenarios)
    },
    claims: &[
        "wrong-token",
        "altered-token",
        "truncated-token",
        "empty-token",
        "no-token",
    ],
    judge: judge_wrong_token,
};

pub(super) static EMPTY_TOKEN: Rule = Rule {
    id: RuleId::new("fetch/empty-token"),
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: no page says what a client sends once a user has logged out and the token was cleared; client code was seen to set an empty one",
    summary: "The server does not answer an empty token, or none, with data like a user's where it refuses a wrong one.",
    why: "Who logged out is taken for a user, whose empty data the page shows and may store; if somebody else's are looked up there one day, everybody reads them.",
    fix: "Treat an empty token and none as a wrong one: refuse, or answer what everybody may see.",
    needs: &[Need::FetchToken],
    turn: Turn::Shared,
    scenarios: |profile| {
        let kinds = profile.fetch.kinds.iter();
        let scenarios = kinds.flat_map(|kind| {
            [Grant::EmptyToken, Grant::Neither].map(|grant| {
                let grants = [Grant::Owner(0), Grant::WrongToken, grant];
                let fetch = |grant| Step::Fetch(Fetch::usual(*kind).granted(grant));
                Scenario::of(grants.map(fetch))
            })
        });
        Cases::each(scenarios)
    },
    claims: &["empty-token", "no-token"],
    judge: |transcript| {
        let right = served(transcript, 0)?;
        let (wrong, none) = (entry(transcript, 1)?, entry(transcript, 2)?);
        let is_like = |entry: &Entry| {
            let is_served = matches!(entry.answer(), Some(answer) if answer.status == 200);
            is_served && same_shape(text(right), text(entry))
        };
        // The very data of the user are covered by another rule.
        if is_like(wrong) || !is_like(none) || text(none) == text(right) {
            return Ok(());
        }
        let (claim, what) = match &none.sent {
            Sent::Fetch(fetched) if fetched.grant == Grant::Neither => ("no-token", "no token"),
            _ => ("empty-token", "an empty token"),
        };
        let expected = "what a wrong token gets";
        let actual = format!("{what} got data like a user's: {}", describe(none));
        Finding::new(claim, 2, expected, actual).found()
    },
};

pub(super) static OWN_DATA: Rule = Rule {
    id: RuleId::new("fetch/own-data"),
    since: "0.1.0",
    level: Level::Must,
    source: "both pages: the token tells the user; two were given whose data are said to differ",
    summary: "The server answers each user's token with that user's data, also when two come at once.",
    why: "One user reads the data of another.",
    fix: "Key caches by the token; keep nothing of a request in variables that requests share.",
    needs: &[Need::TwoFetchTokens],
    // What other rules fetch meanwhile would be mixed up with it, in ways that differ from run to run.
    turn: Turn::Late,
    scenarios: |profile| {
        each_kind(profile, |kind| {
            let of = |user| Step::Fetch(Fetch::usual(kind).granted(Grant::Owner(user)));
            let both = || [of(0), of(1)];
            // Before and behind those that come at once, for what stays between two answers is what counts.
            let mut steps = both().to_vec();
            steps.push(Step::Together([both(), both(), both()].concat()));
            steps.extend(both());
            Scenario::of(steps)
        })
    },
    claims: &["same-data", "mixed-up"],
    judge: judge_own_data,
};

pub(super) static SERVES_CODE: Rule = Rule {
    id: RuleId::new("fetch/serves-code"),
    since: "0.1.0",
    level: Level::Should,
    source: "page on data prefetch: until a token is set, a login code stands in its place",
    summary: "The server answers a prefetch that carries a code in place of a token.",
    why: "A user's first start, and each one until a token is set, goes without data.",
    fix: "Exchange the code through jscode2session; or answer what everybody may see.",
    needs: &[Need::Prefetch, Need::FetchesAnswered, Need::Api],
    turn: Turn::Shared,
    scenarios: |_| {
        Cases::each([[Step::Fetch(
            Fetch::usual(FetchKind::Pre).granted(Grant::Code),
        )]])
    },
    claims: &["refused"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            let by = fetch_blocked_by(&entry.outcome).unwrap_or(RuleId::FETCH_COMPLETE_HTTP);
            return Err(Miss::inconclusive(blocked(by)));
        };
        if answer.status != 200 {
            let expected = "status 200 and data";
            return Finding::new("refused", 0, expected, describe(entry)).found();
        }
        let exchanged = transcript
            .calls
            .iter()
            .any(|call| call.own && call.errcode == 0 && call.path.ends_with("jscode2session"));
        if exchanged {
            return Ok(());
        }
        Err(Miss::inconclusive(Unjudged::CodeNotExchanged))
    },
};

pub(super) static NO_SECRETS: Rule = Rule {
    id: RuleId::new("fetch/no-secrets"),
    since: "0.1.0",
    level: Level::Must,
    source: "login page: session_key must not leave the server; AppSecret and access_token likewise",
    summary: "The server gives away no session_key, no access token, no secret and no stack trace in what it answers a fetch.",
    why: "The data are on the user's phone: whoever reads them there can forge what only WeChat or the server may say.",
    fix: "Answer your own session token in place of session_key, and nothing of jscode2session as it came.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: |profile| {
        let mut fetches: Vec<Fetch> = Vec::new();
        for kind in &profile.fetch.kinds {
            fetches.push(Fetch::usual(*kind));
            // Elsewhere a code would only send the server to WeChat for nothing.
            if *kind == FetchKind::Pre && profile.channel == Channel::Api {
                fetches.push(Fetch::usual(*kind).granted(Grant::Code));
            }
            fetches.push(Fetch::usual(*kind).granted(Grant::WrongToken));
        }
        Cases::each(fetches.into_iter().map(|fetch| [Step::Fetch(fetch)]))
    },
    claims: &["session-key", "access-token", "secret", "stack-trace"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        // Its own token is no secret to whoever sent it, and an article may well show a stack trace.
        let served = matches!(entry.answer(), Some(answer) if answer.status == 200);
        let is_leak = |leak: &&Leak| match leak {
            Leak::Secret(name) => *name != crate::fetching::TOKEN,
            Leak::StackTrace(_) => !served,
            Leak::AccessToken | Leak::SessionKey => true,
        };
        let named = names_session_key(text(entry)).then_some(&Leak::SessionKey);
        let leak = entry.leaks.iter().find(is_leak).or(named);
        let Some(leak) = leak else { return Ok(()) };
        let claim = match leak {
            Leak::SessionKey => "session-key",
            Leak::AccessToken => "access-token",
            Leak::Secret(_) => "secret",
            Leak::StackTrace(_) => "stack-trace",
        };
        let expected = "data for the user, and nothing else";
        Finding::new(claim, 0, expected, format!("{leak} in the answer"))
            .proven()
            .found()
    },
};

/// A text under the name of `session_key` that looks like one: sixteen bytes in base64.
fn names_session_key(text: &str) -> bool {
    leaves_of(text).iter().any(|(place, leaf)| {
        let name = place.rsplit('/').next().unwrap_or_default();
        let name: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        let looks_so = leaf.len() == 24 && leaf.ends_with("==");
        name.eq_ignore_ascii_case("sessionkey") && looks_so
    })
}

fn judge_wrong_token(transcript: &Transcript) -> Judgement {
    let (right, second) = (served(transcript, 0)?, served(transcript, 1)?);
    let (again, second_again) = (served(transcript, 4)?, served(transcript, 5)?);
    let wrong = entry(transcript, 2)?;
    let (claim, what) = match &wrong.sent {
        Sent::Fetch(fetched) => match fetched.grant {
            Grant::AlteredToken => ("altered-token", "a token whose end was changed"),
            Grant::TruncatedToken => ("truncated-token", "half of the right token"),
            Grant::EmptyToken => ("empty-token", "an empty token"),
            Grant::Neither => ("no-token", "no token"),
            _ => ("wrong-token", "a token that nobody was given"),
        },
        _ => {
            return Err(Miss::inconclusive(Unjudged::NothingFetched));
        }
    };
    let answered = matches!(&wrong.outcome, Outcome::Answered(answer) if answer.status == 200);
    let of = |entry: &Entry| with_one_name(text(entry));
    let same_as = |before: &Entry, after: &Entry| {
        answered && compare(&of(before), &of(wrong), &of(after)) == Likeness::Same
    };
    let finding = |whose: &str| {
        let expected = "a refusal, or data that are nobody's";
        let actual = format!("{what} got {whose}: {}", describe(wrong));
        Finding::new(claim, 2, expected, actual)
    };
    if of(right).trim().is_empty() {
        return Err(Miss::not_applicable(Unjudged::NoDataForToken));
    }
    // What a second user gets as well is public, and then nothing is given away.
    if transcript.profile.fetch.tokens < 2 {
        if !same_as(right, again) {
            return Ok(());
        }
        let doubt = finding("the same as the right one");
        return Err(Miss::Doubtful(Finding {
            actual: format!(
                "{}; whether the data are private, a second user's token would tell: ⟦fetch-token⟧ twice",
                doubt.actual
            ),
            ..doubt
        }));
    }
    let differ = compare(&of(right), &of(second), &of(again)) == Likeness::Other;
    let own = [of(right), of(again)];
    let held = holds_private([&own[0], &own[1]], &of(second), &of(wrong));
    // A user without data of their own gets what everybody gets: then it is nobody's secret.
    let nobody = entry(transcript, 3)?;
    let is_public = |before: &Entry, after: &Entry| {
        matches!(nobody.answer(), Some(answer) if answer.status == 200)
            && compare(&of(before), &of(nobody), &of(after)) == Likeness::Same
    };
    let unless_public = |public: bool, finding: Finding| {
        if !public {
            return finding.found();
        }
        Err(Miss::Doubtful(Finding {
            actual: format!(
                "{}; so does whoever shows another wrong token or none, and it may be public",
                finding.actual
            ),
            ..finding
        }))
    };
    match (differ, same_as(right, again), same_as(second, second_again)) {
        (true, true, _) => unless_public(
            is_public(right, again),
            finding("the same as the right one"),
        ),
        (true, _, true) => unless_public(
            is_public(second, second_again),
            finding("another user's data"),
        ),
        (true, ..) if held => finding("what is the right one's alone").found(),
        (false, true, _) => Err(Miss::not_applicable(Unjudged::PublicData)),
        _ => Ok(()),
    }
}

fn judge_own_data(transcript: &Transcript) -> Judgement {
    let end = transcript.entries.len().saturating_sub(2);
    for at in [0, 1, end, end + 1] {
        served(transcript, at)?;
    }
    let of = |at: usize| transcript.entries.get(at).map_or("", text);
    if compare(of(0), of(1), of(end)) == Likeness::Same {
        let expected = "other data than the first user's";
        let actual = format!("the same for both: {}", describe(&transcript.entries[1]));
        return Finding::new("same-data", 1, expected, actual).found();
    }
    for at in 2..end {
        let entry = served(transcript, at)?;
        let (own, others) = if at % 2 == 0 { (0, 1) } else { (1, 0) };
        let like = |user: usize| compare(of(user), text(entry), of(end + user));
        if like(own) != Likeness::Same && like(others) == Likeness::Same {
            let expected = "the data of the token's owner";
            let actual = format!("the other user's data: {}", describe(entry));
            return Finding::new("mixed-up", at, expected, actual)
                .proven()
                .found();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{fetched, transcript},
        transcript::Entry,
    };

    fn by(grant: Grant, status: u16, text: &str) -> Entry {
        let mut entry = fetched(FetchKind::Pre, status, text);
        if let Sent::Fetch(fetched) = &mut entry.sent {
            fetched.grant = grant;
        }
        entry
    }

    fn play(entries: Vec<Entry>, tokens: usize) -> Transcript {
        let mut transcript = transcript(entries);
        transcript.profile_mut().fetch.tokens = tokens;
        transcript
    }

    const BOB: &str = r#"{"user":"bob","coins":4}"#;

    fn checked(wrong: Entry, second: Option<&str>) -> Judgement {
        let ann = r#"{"user":"ann","coins":3}"#;
        let owner = || by(Grant::Owner(0), 200, ann);
        let other = || second.map_or_else(owner, |text| by(Grant::Owner(1), 200, text));
        let nobody = by(Grant::Neither, 401, "");
        let entries = vec![owner(), other(), wrong, nobody, owner(), other()];
        let tokens = if second.is_some() { 2 } else { 1 };
        judge_wrong_token(&play(entries, tokens))
    }

    #[test]
    fn the_owners_data_for_a_wrong_token_are_a_fault_where_they_are_private() {
        let ann = r#"{"user":"ann","coins":3}"#;
        let wrong = || by(Grant::WrongToken, 200, ann);
        let bob = r#"{"user":"bob","coins":4}"#;
        assert!(matches!(
            checked(wrong(), Some(bob)),
            Err(Miss::Found(Finding {
                claim: "wrong-token",
                ..
            }))
        ));
        assert!(matches!(checked(wrong(), None), Err(Miss::Doubtful(_))));
        assert!(matches!(
            checked(wrong(), Some(ann)),
            Err(Miss::NotApplicable(_))
        ));
    }

    #[test]
    fn anybody_elses_data_for_a_wrong_token_are_a_fault_in_whatever_shape() {
        let whole = by(Grant::WrongToken, 200, BOB);
        assert!(matches!(checked(whole, Some(BOB)), Err(Miss::Found(_))));
        let wrapped = r#"{"error":"who?","data":{"user":"ann","coins":3}}"#;
        let wrapped = by(Grant::TruncatedToken, 401, wrapped);
        assert!(matches!(
            checked(wrapped, Some(BOB)),
            Err(Miss::Found(Finding {
                claim: "truncated-token",
                ..
            }))
        ));
    }

    #[test]
    fn a_session_key_is_known_by_its_name_and_look() {
        assert!(names_session_key(
            r#"{"d":{"sessionKey":"tiihtNczf5v6AKRyjwEUhQ=="}}"#
        ));
        assert!(!names_session_key(r#"{"session_key":"none"}"#));
    }

    #[test]
    fn a_stack_trace_is_given_away_by_a_refusal_only() {
        let claim = |status| {
            let mut entry = by(Grant::WrongToken, status, "");
            entry.leaks = vec![Leak::StackTrace("Python")];
            match (NO_SECRETS.judge)(&play(vec![entry], 1)) {
                Err(Miss::Found(finding)) => Some(finding.claim),
                _ => None,
            }
        };
        assert_eq!(claim(500), Some("stack-trace"));
        assert_eq!(claim(200), None);
    }

    #[test]
    fn a_refusal_or_public_data_are_right() {
        assert_eq!(checked(by(Grant::Neither, 403, ""), None), Ok(()));
        let public = r#"{"user":null}"#;
        assert_eq!(checked(by(Grant::Neither, 200, public), None), Ok(()));
        assert_eq!(checked(by(Grant::Neither, 200, public), Some(BOB)), Ok(()));
    }

    #[test]
    fn users_that_are_mixed_up_are_found() {
        let (ann, bob) = (r#"{"user":"ann"}"#, r#"{"user":"bob"}"#);
        let entries = |last: [&str; 2]| {
            [ann, bob, last[0], last[1], ann, bob]
                .into_iter()
                .map(|text| by(Grant::Owner(0), 200, text))
                .collect()
        };
        assert_eq!(judge_own_data(&play(entries([ann, bob]), 2)), Ok(()));
        assert!(matches!(
            judge_own_data(&play(entries([ann, ann]), 2)),
            Err(Miss::Found(Finding {
                claim: "mixed-up",
                at: 3,
                ..
            }))
        ));
    }
}
