//! Effects that came when nobody waited for them any more: a server may say at once that it is thinking, and answer later.

use std::{collections::BTreeSet, time::Duration};

use super::NoContact;
use crate::{
    effects,
    player::Player,
    profile::{Channel, EffectfulPush},
    reason::{Reason, Unjudged},
    step::{Content, QUIET},
    transcript::ApiCall,
};

/// A push that was delivered to the server once, and nothing else of its user.
pub(super) struct Single {
    pub(super) content: Content,
    pub(super) openid: String,
}

/// Counts again what each push led to, now that more may have come. The number is taken back where it is another for each
/// of those that got the push.
pub(super) async fn count_again(
    player: &Player<'_>,
    singles: &[Single],
    found: &mut Vec<EffectfulPush>,
) -> Result<Option<Reason>, NoContact> {
    let mut trouble = None;
    if player.profile().channel != Channel::Api {
        return Ok(trouble);
    }
    let mut unsteady = Vec::new();
    for (place, push) in found.iter_mut().enumerate() {
        let users: BTreeSet<&str> = singles
            .iter()
            .filter(|single| single.content == push.content)
            .map(|single| single.openid.as_str())
            .collect();
        let counts = |calls: &[ApiCall]| -> Vec<usize> {
            let different = users
                .iter()
                .map(|openid| effects::different_of(calls, openid));
            different.map(|count| count.max(push.effects)).collect()
        };
        let mut calls = calls_so_far(player);
        let mut seen = counts(&calls);
        if seen.iter().any(|count| *count > push.effects) {
            // The last of them gets as much time as the slowest had.
            player.wait_until(end_of_all(&calls, &users)).await;
            calls = calls_so_far(player);
            seen = counts(&calls);
        }
        let (least, most) = (seen.iter().min().copied(), seen.iter().max().copied());
        let (one, other) = (least.unwrap_or(push.effects), most.unwrap_or(push.effects));
        if one == other {
            push.learn(one);
        } else {
            trouble = Some(Unjudged::UnequalEffects { one, other }.into());
            unsteady.push(place);
        }
    }
    for place in unsteady.into_iter().rev() {
        found.remove(place);
    }
    Ok(trouble)
}

pub(super) fn calls_so_far(player: &Player<'_>) -> Vec<ApiCall> {
    let calls = player.calls_since(0).into_iter();
    calls.map(|(_, call)| call).collect()
}

/// The moment at which the last of these users should have got whatever another got.
fn end_of_all(calls: &[ApiCall], users: &BTreeSet<&str>) -> Duration {
    let times = users.iter().filter_map(|user| {
        let theirs = calls.iter().filter(|call| call.reached(user));
        let times: Vec<Duration> = theirs.map(|call| call.at).collect();
        let (first, last) = (times.first()?, times.last()?);
        Some((*first, last.saturating_sub(*first)))
    });
    let times: Vec<(Duration, Duration)> = times.collect();
    let last_begun = times.iter().map(|(first, _)| *first).max();
    let longest = times.iter().map(|(_, took)| *took).max();
    last_begun.unwrap_or_default() + longest.unwrap_or_default() + Duration::from_millis(QUIET)
}
