//! The server's presence: while it is in doubt nothing is sent but what settles the doubt, and once nobody is there, whatever is
//! under way is broken off.

use std::time::Duration;

use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep},
};
use wxcheck_mock_server::Outcome;

use super::{Player, percent_of};

/// The pauses before each further visit, in parts of the limit: a queue may be full, and a resolver fail, for a moment.
const PAUSES: [u32; 2] = [10, 40];

/// The server, as far as it is known to be there.
#[derive(Debug)]
pub(super) struct Presence {
    known: watch::Sender<Known>,
    /// Held by whoever visits the server: who else lost a connection takes the same answer.
    visiting: Mutex<()>,
    /// The process that was started for the run has ended.
    has_ended: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Known {
    There,
    InDoubt,
    Gone,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            known: watch::Sender::new(Known::There),
            visiting: Mutex::default(),
            has_ended: watch::Sender::new(false),
        }
    }
}

/// A doubt, which ends with it: a visit that is broken off must not hold all others for ever.
struct Doubt<'a>(&'a Presence);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.settle(Known::There);
    }
}

impl Presence {
    /// Waits until there is no doubt; whether that took any time.
    pub(super) async fn settled(&self) -> bool {
        let in_doubt = *self.known.borrow() == Known::InDoubt;
        if in_doubt {
            self.until(|known| known != Known::InDoubt).await;
        }
        in_doubt
    }

    /// Waits until nobody is there; for ever where somebody is.
    pub(super) async fn gone(&self) {
        self.until(|known| known == Known::Gone).await;
    }

    /// Waits for what is known. The sender lives as long as the presence, so that there always is more to come.
    async fn until(&self, is_met: impl Fn(Known) -> bool) {
        let mut known = self.known.subscribe();
        let _ = known.wait_for(|known| is_met(*known)).await;
    }

    /// Takes what was found out. Who is gone stays gone.
    fn settle(&self, now: Known) {
        self.known.send_if_modified(|known| {
            let is_new = *known != Known::Gone && *known != now;
            if is_new {
                *known = now;
            }
            is_new
        });
    }

    fn is_gone(&self) -> bool {
        *self.known.borrow() == Known::Gone
    }
}

impl Player<'_> {
    /// True if nobody answers any more, after longer and longer pauses. A process that has ended needs none.
    pub(crate) async fn is_gone(&self) -> bool {
        let presence = &self.presence;
        let _visiting = presence.visiting.lock().await;
        if presence.is_gone() {
            return true;
        }
        // It costs the others nothing as long as the server is there.
        if !self.is_absent().await {
            return false;
        }
        presence.settle(Known::InDoubt);
        let _doubt = Doubt(presence);
        for percent in PAUSES {
            self.pause_unless_ended(percent_of(self.profile().limit, percent))
                .await;
            if !self.is_absent().await {
                return false;
            }
        }
        presence.settle(Known::Gone);
        true
    }

    /// True if the server was found to be gone.
    pub(crate) fn has_lost_the_server(&self) -> bool {
        self.presence.is_gone()
    }

    /// Takes it that the process which was started for the run has ended by itself, and that nothing listens in its place.
    pub fn note_server_ended(&self) {
        self.presence.has_ended.send_replace(true);
    }

    async fn pause_unless_ended(&self, pause: Duration) {
        let begun = Instant::now();
        let mut has_ended = self.presence.has_ended.subscribe();
        tokio::select! {
            () = sleep(pause) => {}
            _ = has_ended.wait_for(|has_ended| *has_ended) => {}
        }
        self.waited_since(begun);
    }

    /// True if a visit finds nobody. It takes no place among the requests of plays, which may all be held by those that wait.
    async fn is_absent(&self) -> bool {
        let url = self.platform.target().url.clone();
        match self.platform.fetch(url).await {
            Ok(outcome) => {
                self.count(&outcome);
                matches!(&outcome, Outcome::Silent(silence) if silence.is_absence())
            }
            Err(_) => true,
        }
    }

    /// Counts a request that was sent to somebody.
    pub(super) fn count(&self, outcome: &Outcome) {
        let is_sent = !matches!(outcome, Outcome::Silent(silence) if silence.is_absence());
        self.requests.set(self.requests.get() + u64::from(is_sent));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn others_wait_while_it_is_in_doubt_and_go_on_once_the_visit_is_over() {
        let presence = Presence::default();
        assert!(!presence.settled().await);
        presence.settle(Known::InDoubt);
        let doubt = Doubt(&presence);
        assert!(presence.settled().now_or_never().is_none());
        drop(doubt);
        assert!(presence.settled().now_or_never().is_some());
        assert!(presence.gone().now_or_never().is_none());
    }

    #[tokio::test]
    async fn who_is_gone_stays_gone_and_holds_nobody() {
        let presence = Presence::default();
        presence.settle(Known::InDoubt);
        let doubt = Doubt(&presence);
        presence.settle(Known::Gone);
        drop(doubt);
        assert!(presence.is_gone());
        assert!(presence.settled().now_or_never().is_some());
        assert!(presence.gone().now_or_never().is_some());
    }
}
