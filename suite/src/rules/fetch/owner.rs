//! Whose data a fetch gets: the token's owner's, and nobody else's.

use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::FetchKind;

use super::{each_kind, served, text};
use crate::{
    expect::{describe, entry, fetch_blocked_by},
    finding::{Finding, Judgement, Miss},
    leak::Leak,
    likeness::{Likeness, compare},
    profile::Channel,
    rule::{Cases, Level, Need, Rule, Turn, blocked},
    step::{Fetch, Grant, Scenario, Step},
    transcript::{Sent, Transcript},
};

pub(super) static CHECKS_TOKEN: Rule = Rule {
    id: "fetch/checks-token",
    since: "0.1.0",
    level: Level::Must,
    source: "both pages: the token is there for the server to check that the request is legitimate; nothing else about it is secret",
    summary: "The server does not answer a wrong token, or none, what it answers the right one.",
    why: "Anybody who knows the URL reads the users' data.",
    fix: "Look the token up among those that were given out, and answer any other with public data or with none.",
    needs: &[Need::FetchToken],
    turn: Turn::Shared,
    scenarios: |profile| {
        let grants = [
            Grant::WrongToken,
            Grant::AlteredToken,
            Grant::EmptyToken,
            Grant::Neither,
        ];
        let scenarios = profile.fetch.kinds.iter().flat_map(|kind| {
            grants.map(|grant| {
                let by = |grant| Step::Fetch(Fetch::usual(*kind).granted(grant));
                let mut steps = vec![by(Grant::Owner(0)), by(grant), by(Grant::Owner(0))];
                if profile.fetch.tokens >= 2 {
                    steps.push(by(Grant::Owner(1)));
                }
                Scenario::of(steps)
            })
        });
        Cases::each(scenarios)
    },
    judge: judge_wrong_token,
};

pub(super) static OWN_DATA: Rule = Rule {
    id: "fetch/own-data",
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
            let mut steps: Vec<Step> = [both(), both()].concat();
            steps.push(Step::Together([both(), both(), both()].concat()));
            Scenario::of(steps)
        })
    },
    judge: judge_own_data,
};

pub(super) static SERVES_CODE: Rule = Rule {
    id: "fetch/serves-code",
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
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            let by = fetch_blocked_by(&entry.outcome).unwrap_or("fetch/complete-http");
            return Err(Miss::Inconclusive(blocked(by)));
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
        Err(Miss::Inconclusive(
            "the answer came without a call of jscode2session: the code was not exchanged, or not here".to_owned(),
        ))
    },
};

pub(super) static NO_SECRETS: Rule = Rule {
    id: "fetch/no-secrets",
    since: "0.1.0",
    level: Level::Must,
    source: "login page: session_key must not leave the server; AppSecret and access_token likewise",
    summary: "The server gives away no session_key, no access token and no secret in what it answers a fetch.",
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
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        // Its own token is no secret to whoever sent it.
        let leak = entry
            .leaks
            .iter()
            .find(|leak| **leak != Leak::Secret(crate::fetching::TOKEN));
        let Some(leak) = leak else { return Ok(()) };
        let claim = match leak {
            Leak::SessionKey => "session-key",
            Leak::AccessToken => "access-token",
            Leak::Secret(_) => "secret",
            Leak::StackTrace(_) => "stack-trace",
        };
        let expected = "data for the user, and nothing else";
        Finding::new(claim, 0, expected, format!("{leak} in the answer")).found()
    },
};

fn judge_wrong_token(transcript: &Transcript) -> Judgement {
    let right = served(transcript, 0)?;
    let again = served(transcript, 2)?;
    let wrong = entry(transcript, 1)?;
    let (claim, what) = match &wrong.sent {
        Sent::Fetch(fetched) => match fetched.grant {
            Grant::AlteredToken => ("altered-token", "a token whose end was changed"),
            Grant::EmptyToken => ("empty-token", "an empty token"),
            Grant::Neither => ("no-token", "no token"),
            _ => ("wrong-token", "a token that nobody was given"),
        },
        _ => {
            return Err(Miss::Inconclusive(
                "the scenario fetches nothing".to_owned(),
            ));
        }
    };
    let answered = matches!(&wrong.outcome, Outcome::Answered(answer) if answer.status == 200);
    if !answered || compare(text(right), text(wrong), text(again)) != Likeness::Same {
        return Ok(());
    }
    let expected = "a refusal, or other data than the owner's";
    let actual = format!("{what} got the same as the right one: {}", describe(wrong));
    let finding = Finding::new(claim, 1, expected, actual);
    // What a second user gets as well is public, and then nothing is given away.
    let Some(other_user) = transcript.entries.get(3) else {
        return Err(Miss::Doubtful(Finding {
            actual: format!(
                "{}; whether the data are private, a second user's token would tell: --fetch-token twice",
                finding.actual
            ),
            ..finding
        }));
    };
    match compare(text(right), text(other_user), text(again)) {
        Likeness::Other => finding.found(),
        Likeness::Same | Likeness::Unclear => Err(Miss::NotApplicable(
            "two users get the same data: they are public".to_owned(),
        )),
    }
}

fn judge_own_data(transcript: &Transcript) -> Judgement {
    for at in 0..4 {
        served(transcript, at)?;
    }
    let of = |at: usize| transcript.entries.get(at).map_or("", text);
    if compare(of(0), of(1), of(2)) == Likeness::Same {
        let expected = "other data than the first user's";
        let actual = format!("the same for both: {}", describe(&transcript.entries[1]));
        return Finding::new("same-data", 1, expected, actual).found();
    }
    for at in 4..transcript.entries.len() {
        let entry = served(transcript, at)?;
        let (own, others) = if at % 2 == 0 { (0, 1) } else { (1, 0) };
        let like = |user: usize| compare(of(user), text(entry), of(user + 2));
        if like(own) != Likeness::Same && like(others) == Likeness::Same {
            let expected = "the data of the token's owner";
            let actual = format!("the other user's data: {}", describe(entry));
            return Finding::new("mixed-up", at, expected, actual).found();
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
        transcript.profile.fetch.tokens = tokens;
        transcript
    }

    fn checked(wrong: Entry, second: Option<&str>) -> Judgement {
        let ann = r#"{"user":"ann","coins":3}"#;
        let right = || by(Grant::Owner(0), 200, ann);
        let mut entries = vec![right(), wrong, right()];
        entries.extend(second.map(|text| by(Grant::Owner(1), 200, text)));
        let tokens = entries.len() - 2;
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
    fn a_refusal_or_public_data_are_right() {
        assert_eq!(checked(by(Grant::Neither, 403, ""), None), Ok(()));
        let public = r#"{"user":null}"#;
        assert_eq!(checked(by(Grant::Neither, 200, public), None), Ok(()));
    }

    #[test]
    fn users_that_are_mixed_up_are_found() {
        let (ann, bob) = (r#"{"user":"ann"}"#, r#"{"user":"bob"}"#);
        let entries = |last: [&str; 2]| {
            [ann, bob, ann, bob, last[0], last[1]]
                .into_iter()
                .map(|text| by(Grant::Owner(0), 200, text))
                .collect()
        };
        assert_eq!(judge_own_data(&play(entries([ann, bob]), 2)), Ok(()));
        assert!(matches!(
            judge_own_data(&play(entries([ann, ann]), 2)),
            Err(Miss::Found(Finding {
                claim: "mixed-up",
                at: 5,
                ..
            }))
        ));
    }
}
