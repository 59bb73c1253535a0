//! The messages that a server has still to work on. One that works on them one after the other, behind its answers, is
//! given no more than it gets done: what it does late is neither lost nor waited for in vain.

use std::{cell::Cell, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use super::{Company, Player};
use crate::{
    profile::Profile,
    step::{Content, Deliver, Scenario, Signing, Step},
};

/// A shorter time for one message makes no queue that matters.
const SHORTEST: Duration = Duration::from_millis(100);

/// The time that the server needs for each message, and the moment at which it will have worked on those it got.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    each: Cell<Duration>,
    end: Cell<Option<Instant>>,
    /// The play that has waited longest for room is next.
    turn: Mutex<()>,
}

impl Backlog {
    /// Takes the time that one message keeps the server from the next.
    pub(super) fn learn(&self, each: Duration) {
        self.each.set(each);
    }

    /// Waits until the server has no more before it than it can do in that time, and adds so many messages.
    pub(super) async fn room(&self, messages: u32, slack: Duration) {
        let each = self.each.get();
        if each.is_zero() || messages == 0 {
            return;
        }
        let _turn = self.turn.lock().await;
        if let Some(end) = self.end.get().and_then(|end| end.checked_sub(slack)) {
            sleep_until(end).await;
        }
        let now = Instant::now();
        let end = self.end.get().map_or(now, |end| end.max(now));
        self.end.set(Some(end + each * messages));
    }

    /// The moment from which on the effect of what was sent before `begun` is overdue.
    pub(super) fn worked_off(&self, begun: Instant) -> Instant {
        self.end.get().map_or(begun, |end| end.max(begun))
    }
}

impl Player<'_> {
    /// From now on the server is given no more than it can work on, one message after the other, each for so long.
    pub(crate) fn give_time(&self, each: Duration) {
        self.backlog.learn(each);
    }

    /// Waits until the server has time for a play: all of it where nothing else is under way.
    pub(super) async fn room_for(&self, scenario: &Scenario, company: Company) {
        let slack = match company {
            Company::Arranged => Duration::ZERO,
            Company::Shared | Company::Apart => self.profile().limit / 5,
        };
        let messages = messages(scenario, self.profile());
        self.backlog.room(messages, slack).await;
    }
}

/// The true pushes of a scenario that a server may have to work on: messages, and events that are known to have effects.
fn messages(scenario: &Scenario, profile: &Profile) -> u32 {
    fn of(steps: &[Step], profile: &Profile) -> usize {
        let messages = steps.iter().map(|step| match step {
            Step::Deliver(deliver) => usize::from(is_work(deliver, profile)),
            Step::Together(steps) => of(steps, profile),
            _ => 0,
        });
        messages.sum()
    }
    u32::try_from(of(&scenario.steps, profile)).unwrap_or(u32::MAX)
}

fn is_work(deliver: &Deliver, profile: &Profile) -> bool {
    let is_idle = match &deliver.content {
        Content::Entry(entry) => entry.is_event() && profile.effects_of(&deliver.content).is_none(),
        Content::Text(_) | Content::TextWithPadding(_) => false,
    };
    !is_idle && !matches!(deliver.signing, Signing::Forged(_))
}

/// The time from one effect to the next, where pushes that came at once had them at these moments; none where that is so
/// short that it says nothing.
pub(crate) fn pace_of(arrivals: &[Duration]) -> Duration {
    let (Some(first), Some(last)) = (arrivals.iter().min(), arrivals.iter().max()) else {
        return Duration::ZERO;
    };
    let gaps = u32::try_from(arrivals.len() - 1).unwrap_or(u32::MAX).max(1);
    let each = last.saturating_sub(*first) / gaps;
    if each < SHORTEST {
        Duration::ZERO
    } else {
        each
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::{
        hand_made::transcript,
        step::{EntryContent, Forgery, QUIET},
    };

    const EACH: Duration = Duration::from_millis(400);

    #[test]
    fn a_server_that_works_on_one_after_the_other_shows_its_pace() {
        let at = |millis: &[u64]| {
            let arrivals: Vec<_> = millis.iter().copied().map(Duration::from_millis).collect();
            pace_of(&arrivals)
        };
        assert_eq!(at(&[400, 800, 1600, 1200]), EACH);
        // However late, if all of them come together.
        assert_eq!(at(&[1250, 1251, 1249, 1252]), Duration::ZERO);
        assert_eq!(at(&[400]), Duration::ZERO);
        assert_eq!(at(&[]), Duration::ZERO);
    }

    #[test]
    fn true_pushes_are_work() {
        let push = || Step::Deliver(Deliver::text("hello"));
        let forged = Deliver::text("hello").signed(Signing::Forged(Forgery::OtherToken));
        let event = Deliver::of(EntryContent::unlisted_event("unknown", Vec::new()));
        let scenario = Scenario::of([
            Step::Deliver(event),
            push(),
            Step::Together(vec![push(), Step::Redeliver { of: 0 }]),
            Step::Deliver(forged),
            Step::Settle { quiet: QUIET },
        ]);
        let profile = transcript(Vec::new()).profile;
        assert_eq!(messages(&scenario, &profile), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_sends_more_than_is_worked_off() {
        let (backlog, begun) = (Backlog::default(), Instant::now());
        backlog.room(100, Duration::ZERO).await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "nothing is known yet");
        backlog.learn(EACH);
        let plays = (0..5).map(|_| async {
            backlog.room(2, EACH * 2).await;
            begun.elapsed().as_millis()
        });
        // The first two have room at once, and each of the others once the one before the last is done.
        assert_eq!(join_all(plays).await, [0, 0, 800, 1600, 2400]);
        assert_eq!(backlog.worked_off(begun), begun + EACH * 10);
        backlog.room(1, Duration::ZERO).await;
        assert_eq!(begun.elapsed(), EACH * 10);
    }
}
