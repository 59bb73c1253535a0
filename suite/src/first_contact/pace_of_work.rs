//! The pace of a server that works on one message after the other.

use std::time::Duration;

use super::{NoContact, effectful::users_of};
use crate::{
    effects,
    player::{Player, pace_of},
    step::{Deliver, QUIET, Scenario, Step},
    transcript::Transcript,
};

/// Users who write at once, so that a server that works on one message after the other shows its pace.
const CROWD: u8 = 4;

/// The time that a message keeps the server from the next. Where the effects that were seen so far suggest that there is any,
/// more of them have to say the same: once they may be late for another reason.
pub(super) async fn pace_of_work(
    player: &Player<'_>,
    arrivals: &[Duration],
) -> Result<Duration, NoContact> {
    let each = pace_of(arrivals);
    let Some(message) = player.profile().message.clone() else {
        return Ok(each);
    };
    if each.is_zero() || player.profile().hostility.gentle {
        return Ok(each);
    }
    let push = |user| Step::Deliver(Deliver::of(message.content.clone()).from_user(user));
    let crowd = Step::Together((0..CROWD).map(push).collect());
    let scenario = Scenario::of([crowd, Step::Settle { quiet: QUIET }]);
    let transcript = player
        .play(&scenario)
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    Ok(each.min(pace_of(&first_effects(&transcript))))
}

/// The moments at which the users of a play had their first effect.
pub(super) fn first_effects(transcript: &Transcript) -> Vec<Duration> {
    let first =
        users_of(transcript).filter_map(|openid| effects::of_user(transcript, openid).next());
    first.map(|call| call.at).collect()
}
