//! Two messages of one user: whether they have the effects of both, where nothing can be taken for a repeat.

use super::{NoContact, effectful::counts_in};
use crate::{
    player::Player,
    profile::EffectfulPush,
    step::{Content, Created, Deliver, QUIET, Step},
};

/// True if two messages of one user have the effects of both. Two users write two each, in different seconds: one says
/// something else the second time, one says the same again. A server that takes equal words for a repeat shows it with the
/// first, one that answers a single word only with the second; neither does where it depends on what the user did before.
pub(super) async fn adds_up(
    player: &Player<'_>,
    message: &EffectfulPush,
) -> Result<bool, NoContact> {
    let wanted = 2 * message.effects;
    // More patience the second time, for a server that takes its time.
    for quiet in [QUIET, 4 * QUIET] {
        let Ok(counts) = counts_in(player, two_of_each(message), quiet, &|_| {}).await? else {
            return Ok(false);
        };
        if counts.contains(&wanted) {
            return Ok(true);
        }
        if counts.iter().all(|count| *count > wanted) {
            return Ok(false);
        }
    }
    Ok(false)
}

fn two_of_each(message: &EffectfulPush) -> [Step; 4] {
    let other = match &message.content {
        Content::Text(_) => Content::Text("something else".into()),
        content => content.clone(),
    };
    let say = |content: &Content, user, second| {
        let push = Deliver::of(content.clone());
        Step::Deliver(push.from_user(user).created(Created::Ago(second)))
    };
    // The seconds of no other trial.
    [
        say(&message.content, 0, 36),
        say(&message.content, 1, 33),
        say(&other, 0, 30),
        say(&message.content, 1, 27),
    ]
}
