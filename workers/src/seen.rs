//! Effects that a worker's own API sees. They come whenever the server acts, also after the last push of a run was answered, so
//! they are told beside the shards.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    time::{MissedTickBehavior, interval},
};
use wxcheck_load::identity::User;

use crate::{message::Seen, queue::Queue};

/// The time between two messages.
const PAUSE: Duration = Duration::from_millis(500);
/// Effects of one message: below half of what NATS takes.
const MOST: usize = 10_000;
/// Runs that are remembered, since their effects may still come.
const REMEMBERED: usize = 8;

/// The runs to which effects may belong, the latest last, with their seeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<(String, u64)>>>);

impl Runs {
    /// Remembers a run.
    pub(crate) fn begin(&self, run: &str, seed: u64) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|(known, _)| known != run);
        runs.push((run.to_owned(), seed));
        if runs.len() > REMEMBERED {
            runs.remove(0);
        }
    }

    /// The run whose user that is; strangers belong to the latest one.
    fn of(&self, openid: &str) -> Option<String> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = runs
            .iter()
            .find(|(_, seed)| User::of(openid, *seed).is_some());
        owner.or(runs.last()).map(|(run, _)| run.clone())
    }
}

/// The one who tells of a worker's effects.
pub(crate) struct Teller {
    pub(crate) queue: Queue,
    pub(crate) worker: String,
    pub(crate) process: u64,
    pub(crate) runs: Runs,
}

impl Teller {
    /// Tells of effects as they come, until the worker is stopped; then of those that came by then.
    pub(crate) async fn tell(
        self,
        mut openids: UnboundedReceiver<String>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let mut beat = interval(PAUSE);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        loop {
            let mut heard = Vec::new();
            let ends = tokio::select! {
                count = openids.recv_many(&mut heard, MOST) => count == 0,
                _ = stopped.wait_for(|stopped| *stopped) => true,
            };
            if !ends {
                beat.tick().await;
            }
            while heard.len() < MOST
                && let Ok(openid) = openids.try_recv()
            {
                heard.push(openid);
            }
            for (run, openids) in by_run(&self.runs, heard) {
                let seen = Seen {
                    worker: self.worker.clone(),
                    openids,
                };
                number += 1;
                let id = format!("{run}.seen.{:x}.{number}", self.process);
                // Without NATS the run is lost in other ways too, and says so.
                let _ = self.queue.show(&run, &seen, id).await;
            }
            if ends {
                return;
            }
        }
    }
}

/// Effects by the run to which they belong. Before the first run they belong to none.
fn by_run(runs: &Runs, openids: Vec<String>) -> Vec<(String, Vec<String>)> {
    let mut sorted: Vec<(String, Vec<String>)> = Vec::new();
    for openid in openids {
        let Some(run) = runs.of(&openid) else {
            continue;
        };
        match sorted.iter_mut().find(|(known, _)| *known == run) {
            Some((_, openids)) => openids.push(openid),
            None => sorted.push((run, vec![openid])),
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use wxcheck_load::identity::Identities;

    use super::*;

    #[test]
    fn an_effect_goes_to_the_run_of_its_user() {
        let runs = Runs::default();
        assert!(by_run(&runs, vec!["oAnybody".to_owned()]).is_empty());
        runs.begin("first", 1);
        runs.begin("second", 2);
        let user = User {
            number: 7,
            forged: false,
        };
        let of = |seed| Identities::new(seed).of(user, 7, 7, 1_795_000_000);
        let (first, second) = (of(1), of(2));
        let openids = [first.openid(), second.openid(), "oStranger", first.openid()];
        let sorted = by_run(&runs, openids.map(str::to_owned).to_vec());
        assert_eq!(
            sorted[0],
            ("first".to_owned(), vec![openids[0].to_owned(); 2])
        );
        let second = [openids[1].to_owned(), "oStranger".to_owned()];
        assert_eq!(sorted[1], ("second".to_owned(), second.to_vec()));
        for run in 0..20 {
            runs.begin(&format!("run {run}"), run);
        }
        assert_eq!(runs.of("oStranger").as_deref(), Some("run 19"));
    }
}
