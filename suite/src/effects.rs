//! The count of what a server did, and the story of how it came to that.

mod spread;
mod story;

use std::borrow::Cow;

use wxcheck_mock_server::sending;

use crate::{
    claim::{self, Claim},
    effects_page::COUNT_LIMIT,
    finding::{Finding, Judgement, Miss, Nature},
    reason::Unjudged,
    transcript::{ApiCall, Sent, Transcript},
};
pub(crate) use spread::{Spread, different_of};
pub use story::{shortened, story};

/// The errcodes with which our own platform refuses a message for its quota or its window, not for what it is.
const QUOTA: [i64; 4] = [45_009, 45_011, 45_015, 45_047];

/// True if a call sends a message to a user, or tries to.
pub fn is_sending(call: &ApiCall) -> bool {
    sending::find(&call.path).is_some()
}

/// The user that a call names. The platform looks no further at a call that was refused for its token, but such a call
/// names its user all the same.
pub(crate) fn addressee(call: &ApiCall) -> Option<Cow<'_, str>> {
    match &call.openid {
        Some(openid) => Some(openid.into()),
        None => named_in(&call.body).map(Cow::Owned),
    }
}

/// The user that the body of a call names.
pub(crate) fn named_in(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let user = body.get("touser").or_else(|| body.get("openid"))?;
    user.as_str().map(str::to_owned)
}

/// True if some message was for the account that the pushes are for, and not for a user.
pub(crate) fn went_to_the_account(transcript: &Transcript) -> bool {
    let accounts: Vec<&str> = transcript
        .entries
        .iter()
        .filter_map(|entry| match &entry.sent {
            Sent::Push { original_id, .. } => Some(original_id.as_str()),
            _ => None,
        })
        .collect();
    let mut calls = transcript.calls.iter().filter(|call| is_sending(call));
    calls.any(|call| addressee(call).is_some_and(|user| accounts.contains(&user.as_ref())))
}

/// Refusal of a call for its token.
pub(crate) const fn is_token_refusal(errcode: i64) -> bool {
    matches!(errcode, 40_001 | 40_014 | 42_001)
}

/// True if an invalid token is kept: calls that send are refused for it, and lead to no effect and to no other
/// token.
pub(crate) fn keeps_a_dead_token(transcript: &Transcript) -> bool {
    let mut sending = transcript.calls.iter().filter(|call| is_sending(call));
    let fetched_another = transcript.calls.iter().any(is_token_request);
    !fetched_another
        && sending
            .next()
            .is_some_and(|first| is_token_refusal(first.errcode))
        && sending.all(|call| is_token_refusal(call.errcode))
}

/// A request for an access token.
pub(crate) fn is_token_request(call: &ApiCall) -> bool {
    matches!(
        call.path.as_str(),
        "/cgi-bin/token" | "/cgi-bin/stable_token"
    )
}

/// The effects that a user of the play got.
pub fn of_user<'a>(
    transcript: &'a Transcript,
    openid: &str,
) -> impl Iterator<Item = &'a ApiCall> + use<'a> {
    let openid = openid.to_owned();
    transcript
        .calls
        .iter()
        .filter(move |call| call.reached(&openid))
}

/// The number of effects that a user of the play got.
pub fn count_of_user(transcript: &Transcript, openid: &str) -> usize {
    of_user(transcript, openid).map(|call| call.times).sum()
}

/// Refusal of a message by our own platform for its quota: the server did what it does all the same.
pub(crate) fn is_over_quota(call: &ApiCall) -> bool {
    !call.sent && is_sending(call) && is_about_quota(call.errcode)
}

/// True if an errcode is about a quota or a window.
pub(crate) fn is_about_quota(errcode: i64) -> bool {
    QUOTA.contains(&errcode)
}

/// The messages that WeChat allows in answer to the pushes of a user in this play: five within two days after a message, two
/// within a minute after the session is entered, three after a tap, a scan or a follow (customer messages). Each delivery
/// counts, also one that only repeats another.
fn allowance(transcript: &Transcript, openid: &str) -> usize {
    let theirs = pushes_of(transcript, openid).filter_map(|at| transcript.entries.get(at));
    let allowed = theirs.map(|entry| match entry.push_name() {
        "user_enter_tempsession" => 2,
        "CLICK" | "SCAN" | "subscribe" => 3,
        _ => 5,
    });
    allowed.sum()
}

/// The number of messages that a user of the play was to get, where one push cannot have led to so many without being over
/// the quota.
pub(crate) fn beyond_allowance(transcript: &Transcript, openid: &str) -> Option<usize> {
    let wanted = count_of_user(transcript, openid) + over_quota(transcript, openid);
    (wanted > allowance(transcript, openid)).then_some(wanted)
}

/// Messages for a user of the play that our platform refused for its quota.
pub(crate) fn over_quota(transcript: &Transcript, openid: &str) -> usize {
    let calls = transcript.calls.iter();
    let own = calls.filter(|call| call.openid.as_deref() == Some(openid));
    own.filter(|call| is_over_quota(call)).count()
}

/// An error if effects could not be counted: a page of the server's own did not answer with a count.
pub fn countable(transcript: &Transcript) -> Result<(), Miss> {
    let broken = transcript.calls.iter().find(|call| {
        call.own && !call.sent && call.errcode == -1 && call.body.is_empty() && !is_sending(call)
    });
    match broken {
        Some(call) => Err(Miss::inconclusive(Unjudged::PageWithoutCount {
            path: call.path.clone(),
            most: COUNT_LIMIT as u64,
        })),
        None => Ok(()),
    }
}

/// The effects of one user.
struct Count {
    openid: String,
    /// Effects that their true pushes call for, as far as that is known: the least.
    wanted: usize,
    /// The most; more only where one such push was seen to have more.
    most: usize,
    /// Messages that were taken.
    got: usize,
    /// Messages that our platform refused for its quota.
    over_quota: usize,
    /// Effects that the forged pushes would call for, were they true.
    forged: usize,
}

impl Count {
    /// The effects that a user got, before it is known what their pushes call for.
    fn of(transcript: &Transcript, openid: &str) -> Self {
        Self {
            openid: openid.to_owned(),
            wanted: 0,
            most: 0,
            got: count_of_user(transcript, openid),
            over_quota: over_quota(transcript, openid),
            forged: 0,
        }
    }

    /// A lack of effects that our platform did not refuse.
    const fn lacks(&self) -> bool {
        self.got + self.over_quota < self.wanted
    }

    /// A surplus that forged pushes explain, if they were believed.
    const fn may_be_forged(&self) -> bool {
        self.got > self.most && self.got <= self.most + self.forged
    }

    /// A count that does not tell which of the refused messages were too many, and which were second tries.
    const fn is_unclear(&self) -> bool {
        self.got <= self.most && self.got + self.over_quota > self.most
    }
}

/// The number of effects that each user should have and has, in the order in which they wrote.
fn tally(transcript: &Transcript) -> Vec<Count> {
    let told = transcript.profile.message.as_ref();
    let usual = told.map_or(0, |effectful_push| effectful_push.effects);
    let mut counts: Vec<Count> = Vec::new();
    for (number, entry) in transcript.entries.iter().enumerate() {
        let Sent::Push {
            openid,
            is_true,
            effects,
            name,
            ..
        } = &entry.sent
        else {
            continue;
        };
        let known = counts.iter().position(|count| count.openid == *openid);
        let place = known.unwrap_or(counts.len());
        if known.is_none() {
            counts.push(Count::of(transcript, openid));
        }
        let count = &mut counts[place];
        match (entry.origin == number, *is_true) {
            (true, true) => {
                let effects = effects.unwrap_or(0);
                let (least, most) = transcript.profile.effects_between(name, effects);
                count.wanted += least;
                count.most += most;
            }
            (true, false) => count.forged += effects.unwrap_or(usual),
            (false, _) => {}
        }
    }
    counts
}

/// True if some user has fewer effects than their true pushes call for, as far as that is known.
pub(crate) fn are_missing(transcript: &Transcript) -> bool {
    tally(transcript).iter().any(Count::lacks)
}

/// The kind of miscount that breaks a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Miscount {
    /// More effects than pushes call for.
    Twice,
    /// Fewer.
    Lost,
}

impl Miscount {
    const fn claim(self) -> Claim {
        match self {
            Self::Twice => claim::TWICE,
            Self::Lost => claim::LOST,
        }
    }
}

/// Every user has as many effects as their true pushes call for, repeats not counted. Only the kinds of
/// miscount that the rule is about are held against it.
pub fn as_many_as_pushes(transcript: &Transcript, kinds: &[Miscount]) -> Judgement {
    countable(transcript)?;
    let known = transcript
        .entries
        .iter()
        .any(|entry| matches!(&entry.sent, Sent::Push { effects, .. } if effects.is_some()));
    if !known {
        return Err(Miss::inconclusive(Unjudged::NoKnownEffect));
    }
    let mut unclear = Ok(());
    for count in tally(transcript) {
        let kind = if count.got > count.most {
            Miscount::Twice
        } else if count.lacks() {
            Miscount::Lost
        } else {
            if count.is_unclear() && kinds.contains(&Miscount::Twice) {
                unclear = Err(Miss::inconclusive(Unjudged::QuotaSpent));
            }
            continue;
        };
        if kinds.contains(&kind) {
            let claim = if kind == Miscount::Twice && count.may_be_forged() {
                claim::FORGED_OR_TWICE
            } else {
                kind.claim()
            };
            let wanted = match kind {
                Miscount::Twice => count.most,
                Miscount::Lost => count.wanted,
            };
            return Err(Miss::Found(miscounted(
                transcript,
                claim,
                &count.openid,
                wanted,
                count.got + count.over_quota,
            )));
        }
    }
    unclear
}

/// The finding about a user with another count than the pushes call for.
pub fn miscounted(
    transcript: &Transcript,
    claim: &'static str,
    openid: &str,
    wanted: usize,
    got: usize,
) -> Finding {
    let pushes: Vec<usize> = pushes_of(transcript, openid).collect();
    let at = pushes.last().copied().unwrap_or(0);
    let actual = format!(
        "{} for {} of `{openid}`",
        plural(got, "effect"),
        plural(pushes.len(), "delivery"),
    );
    let finding = Finding::new(claim, at, plural(wanted, "effect"), actual);
    let nature = if got > wanted {
        Nature::Proof
    } else {
        Nature::Timing
    };
    Finding { nature, ..finding }.with_story(story(transcript))
}

fn pushes_of<'a>(
    transcript: &'a Transcript,
    openid: &str,
) -> impl Iterator<Item = usize> + use<'a> {
    let openid = openid.to_owned();
    transcript
        .entries
        .iter()
        .enumerate()
        .filter(
            move |(_, entry)| matches!(&entry.sent, Sent::Push { openid: of, .. } if *of == openid),
        )
        .map(|(number, _)| number)
}

fn plural(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, call, delivered, forged, transcript};

    #[test]
    fn repeats_and_forgeries_call_for_no_effect() {
        let mut seen = transcript(vec![
            forged("oB", answered(403, "")),
            delivered("oA", 1, answered(200, "success")),
            delivered("oA", 1, answered(200, "success")),
        ]);
        seen.calls = vec![call("oA", 3)];
        let both = [Miscount::Twice, Miscount::Lost];
        assert_eq!(as_many_as_pushes(&seen, &both), Ok(()));
        seen.calls.push(call("oA", 5));
        let Err(Miss::Found(finding)) = as_many_as_pushes(&seen, &both) else {
            panic!("two effects for one message");
        };
        assert_eq!(
            (finding.claim, finding.expected.as_str()),
            ("twice", "1 effect")
        );
        assert_eq!(as_many_as_pushes(&seen, &[Miscount::Lost]), Ok(()));
        seen.calls.clear();
        assert!(matches!(
            as_many_as_pushes(&seen, &both),
            Err(Miss::Found(finding)) if finding.claim == "lost"
        ));
    }

    #[test]
    fn what_forged_pushes_may_have_led_to_has_a_claim_of_its_own() {
        let twice = [Miscount::Twice];
        let mut seen = transcript(vec![
            forged("oA", answered(200, "success")),
            delivered("oA", 1, answered(200, "success")),
        ]);
        seen.calls = vec![call("oA", 3), call("oA", 5)];
        let claim = |seen: &Transcript| match as_many_as_pushes(seen, &twice) {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        };
        assert_eq!(claim(&seen), Some(claim::FORGED_OR_TWICE));
        seen.calls.push(call("oA", 7));
        assert_eq!(claim(&seen), Some(claim::TWICE));
    }

    #[test]
    fn what_our_platform_refused_for_its_quota_is_not_lost() {
        let both = [Miscount::Twice, Miscount::Lost];
        let mut seen = transcript(vec![
            delivered("oA", 0, answered(200, "success")),
            delivered("oA", 1, answered(200, "success")),
        ]);
        let refused = |errcode| ApiCall {
            path: sending::CUSTOMER_MESSAGE.into(),
            sent: false,
            times: 0,
            errcode,
            ..call("oA", 5)
        };
        seen.calls = vec![call("oA", 3), refused(45_047)];
        assert_eq!(as_many_as_pushes(&seen, &both), Ok(()));
        // One of the two may be another try, or one too many.
        seen.calls.push(refused(45_047));
        assert_eq!(as_many_as_pushes(&seen, &[Miscount::Lost]), Ok(()));
        assert!(matches!(
            as_many_as_pushes(&seen, &both),
            Err(Miss::Inconclusive(_))
        ));
        seen.calls = vec![call("oA", 3), refused(40_003)];
        assert!(matches!(
            as_many_as_pushes(&seen, &both),
            Err(Miss::Found(finding)) if finding.claim == "lost"
        ));
    }

    #[test]
    fn a_page_without_a_count_settles_nothing() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, ""))]);
        let mut broken = call("oA", 1);
        (broken.path, broken.sent, broken.errcode) = ("/effects".into(), false, -1);
        broken.body.clear();
        seen.calls = vec![broken];
        assert!(matches!(
            as_many_as_pushes(&seen, &[Miscount::Lost]),
            Err(Miss::Inconclusive(_))
        ));
    }
}
