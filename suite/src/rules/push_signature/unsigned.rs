//! Pushes without any valid signature, in every combination of what a careless server may look at.

use super::CHECKING;
use crate::{
    expect::{self, entry},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    recipe::{Param, ParamValue, Recipe},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Lack, QUIET, Scenario, Signing, Step, Unsigned},
    transcript::Transcript,
};

pub(super) static REJECTS_UNSIGNED: Rule = Rule {
    id: RuleId::REJECTS_UNSIGNED,
    since: "0.1.0",
    level: Level::Must,
    source: CHECKING,
    summary: "Whatever the mode, the server takes no push in which neither signature is valid.",
    why: "A forger picks the weakest branch: no query at all, no encrypt_type, no msg_signature, a clear body.",
    fix: "Decide by your own configuration, not by the request, which signature has to be valid; refuse before reading further.",
    needs: &[Need::Served],
    turn: Turn::Late,
    scenarios: |profile| {
        let mut cases = Vec::new();
        for sealed in [false, true] {
            for encrypt_type in [false, true] {
                cases.push(scenario(profile, combinations(sealed, encrypt_type)));
            }
        }
        Cases::Each(cases)
    },
    claims: &["plain-body", "sealed-body", "no-query"],
    judge: |transcript| {
        let intact = transcript.entries.len().saturating_sub(1);
        let judged: Vec<Judgement> = (0..intact)
            .map(|at| judged(transcript, at, intact))
            .collect();
        let taken = judged
            .iter()
            .find(|judgement| matches!(judgement, Err(Miss::Found(_))));
        let unclear = judged.iter().find(|judgement| judgement.is_err());
        taken.or(unclear).cloned().unwrap_or(Ok(()))
    },
};

/// The pushes with a body of that kind, and with or without `encrypt_type=aes`.
fn combinations(sealed: bool, encrypt_type: bool) -> Vec<Signing> {
    let lacks = [Lack::Absent, Lack::Empty, Lack::Wrong];
    let mut combinations = Vec::new();
    for signature in lacks {
        for msg_signature in lacks {
            combinations.push(Signing::Unsigned(Unsigned {
                signature,
                msg_signature,
                encrypt_type,
                sealed,
            }));
        }
    }
    if !encrypt_type {
        combinations.push(Signing::NoQuery { sealed });
    } else if !sealed {
        combinations.push(Signing::Raw { signed: false });
    }
    combinations
}

/// Each with a user of its own, so that effects can be told apart; the first user is the intact push's, which serves as the
/// control of them all.
fn scenario(profile: &Profile, combinations: Vec<Signing>) -> Scenario {
    let unsigned = (1..).zip(combinations).map(|(user, signing)| {
        let push = Deliver::of(profile.message_or("an unsigned push"));
        Step::Deliver(push.signed(signing).from_user(user))
    });
    let intact = Deliver::of(profile.message_or("an intact push"));
    let settle = Step::Settle { quiet: QUIET };
    let control = [settle.clone(), Step::Deliver(intact), settle];
    Scenario::of(unsigned.chain(control).collect::<Vec<Step>>())
}

fn judged(transcript: &Transcript, at: usize, intact: usize) -> Judgement {
    let recipe = &entry(transcript, at)?.recipe;
    let claim = match (recipe.params.is_empty(), is_sealed(recipe)) {
        (true, _) => "no-query",
        (false, true) => "sealed-body",
        (false, false) => "plain-body",
    };
    let told = |finding: Finding| Finding {
        actual: format!("a push with {} was {}", in_words(recipe), finding.actual),
        ..finding
    };
    expect::refused(transcript, at, intact, claim).map_err(|miss| match miss {
        Miss::Found(finding) => Miss::Found(told(finding)),
        Miss::Doubtful(finding) => Miss::Doubtful(told(finding)),
        other => other,
    })
}

fn is_sealed(recipe: &Recipe) -> bool {
    recipe.body.contains("Encrypt")
}

/// The combination, like `wrong signature, no msg_signature, encrypt_type=aes, clear body`.
fn in_words(recipe: &Recipe) -> String {
    let body = if is_sealed(recipe) {
        "sealed body"
    } else {
        "clear body"
    };
    if recipe.params.is_empty() {
        return format!("no query at all, {body}");
    }
    let value = |name: &str| {
        let param = recipe.params.iter().find(|param| param.name == name);
        param.map(|param: &Param| match &param.value {
            ParamValue::Literal(text) => text.as_str(),
            _ => "",
        })
    };
    let signature = |name: &str| match value(name) {
        None => format!("no {name}"),
        Some("") => format!("empty {name}"),
        Some(_) => format!("wrong {name}"),
    };
    let encrypt_type = value("encrypt_type").map_or_else(
        || "no encrypt_type".to_owned(),
        |kind| format!("encrypt_type={kind}"),
    );
    let (signature, msg_signature) = (signature("signature"), signature("msg_signature"));
    format!("{signature}, {msg_signature}, {encrypt_type}, {body}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{OPENID, ORIGINAL_ID, answered, push, text_reply, transcript};

    fn sent(params: &[(&'static str, &str)], body: &str) -> Recipe {
        let mut recipe = push("x", answered(200, "")).recipe;
        recipe.params = params
            .iter()
            .map(|(name, value)| Param {
                name,
                value: ParamValue::Literal((*value).to_owned()),
            })
            .collect();
        recipe.body = body.into();
        recipe
    }

    #[test]
    fn a_combination_is_told_in_words() {
        let aes = ("encrypt_type", "aes");
        for (params, body, told) in [
            (
                &[("signature", "00"), ("nonce", "1"), aes][..],
                "<xml/>",
                "wrong signature, no msg_signature, encrypt_type=aes, clear body",
            ),
            (
                &[("msg_signature", ""), ("nonce", "1")],
                "<Encrypt/>",
                "no signature, empty msg_signature, no encrypt_type, sealed body",
            ),
            (&[], "<xml/>", "no query at all, clear body"),
        ] {
            assert_eq!(in_words(&sent(params, body)), told);
        }
    }

    #[test]
    fn what_passes_is_named() {
        let reply = text_reply(OPENID, ORIGINAL_ID, "echo");
        let taken = || push("x", answered(200, &reply));
        let mut unsigned = taken();
        unsigned.recipe = sent(&[], "<xml/>");
        let judgement = (REJECTS_UNSIGNED.judge)(&transcript(vec![unsigned, taken()]));
        let Err(Miss::Found(finding)) = judgement else {
            panic!("{judgement:?}");
        };
        assert_eq!(finding.claim, "no-query");
        let told = "a push with no query at all, clear body was taken: status 200";
        assert!(finding.actual.starts_with(told), "{}", finding.actual);
    }
}
