//! A run under way, for whoever watches it: heard, stopped and shown from any thread.

use std::sync::Arc;

use tokio::sync::watch;
use wxcheck_events::{Event, Interest, Subscription};
use wxcheck_mock_server::Journal;

use crate::{
    log,
    plan::{Ended, Plan},
    player::Player,
    redact::{LiveSecrets, Redacted},
    report::{View, ViewError},
    run::run,
};

/// A handle on a run. Its copies are all of the same run.
#[derive(Clone)]
pub struct Session {
    journal: Arc<Journal>,
    secrets: LiveSecrets,
    stop: watch::Sender<Option<String>>,
}

impl Session {
    /// Starts a run on that player's server, shown as `url`. The run goes on while the future is polled, which
    /// need not be by whoever holds the session: a player stays on its thread.
    pub fn start<'a>(
        player: &'a Player<'_>,
        url: String,
        plan: &'a Plan,
    ) -> (Self, impl Future<Output = ()> + 'a) {
        Self::start_or_end(player, url, plan, None)
    }

    /// The same; or a run that ended before its first request, which has its reports like any other.
    pub fn start_or_end<'a>(
        player: &'a Player<'_>,
        url: String,
        plan: &'a Plan,
        over: Option<Ended>,
    ) -> (Self, impl Future<Output = ()> + 'a) {
        let session = Self {
            journal: player.journal(),
            secrets: player.live_secrets(),
            stop: watch::Sender::new(None),
        };
        let mut stopped = session.stop.subscribe();
        let running = async move {
            let stop = async move {
                match stopped.wait_for(Option::is_some).await {
                    Ok(who) => who.clone().unwrap_or_default(),
                    // Nobody is left who could stop it.
                    Err(_) => std::future::pending().await,
                }
            };
            run(player, &url, plan, over, stop).await;
        };
        (session, running)
    }

    /// Events from now on; all of the run where nothing was polled yet.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        self.journal.subscribe(interest)
    }

    /// The line that an event becomes in a file: JSON, without secrets.
    pub fn line(&self, event: &Event) -> Redacted {
        log::line(event, &self.secrets.now())
    }

    /// Ends the run early. What is known by then is kept. `who` stands in the report.
    pub fn stop(&self, who: &str) {
        self.stop.send_replace(Some(who.to_owned()));
    }

    /// The run as reports show it, as far as it has come.
    pub fn view(&self) -> Result<View, ViewError> {
        let events = self.journal.milestones();
        let events = events.iter().map(|event| Event::clone(event));
        View::of(events, self.secrets.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_held_by_any_thread() {
        const fn is_free<T: Clone + Send + Sync>() {}
        is_free::<Session>();
    }
}
