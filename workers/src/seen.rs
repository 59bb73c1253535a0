//! Acts of the server that a worker's own API sees. They come whenever the server acts, also after the last push of a run was
//! answered, so they are reported apart from the shards.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    time::{MissedTickBehavior, interval},
};
use wxcheck_load::{identity::User, ledger::Act};

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

    /// The run whose user that is; strangers and refusals belong to the latest one.
    fn of(&self, act: &Act) -> Option<String> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_owner = |seed: u64| match act {
            Act::Taken(openid) => User::of(openid, seed).is_some(),
            Act::Refused(_) => false,
        };
        let owner = runs.iter().find(|(_, seed)| is_owner(*seed));
        owner.or(runs.last()).map(|(run, _)| run.clone())
    }
}

/// The reporter of what a worker's API sees.
pub(crate) struct Teller {
    pub(crate) queue: Queue,
    pub(crate) worker: String,
    pub(crate) process: u64,
    pub(crate) runs: Runs,
}

impl Teller {
    /// Reports acts as they come, until the worker is stopped; then of those that came by then.
    pub(crate) async fn report(
        self,
        mut acts: UnboundedReceiver<Act>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let mut beat = interval(PAUSE);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        loop {
            let mut heard = Vec::new();
            let ends = tokio::select! {
                count = acts.recv_many(&mut heard, MOST) => count == 0,
                _ = stopped.wait_for(|stopped| *stopped) => true,
            };
            if !ends {
                beat.tick().await;
            }
            while heard.len() < MOST
                && let Ok(act) = acts.try_recv()
            {
                heard.push(act);
            }
            for (run, acts) in by_run(&self.runs, heard) {
                let seen = Seen::of(self.worker.clone(), acts);
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

/// Acts by the run to which they belong. Before the first run they belong to none.
fn by_run(runs: &Runs, acts: Vec<Act>) -> Vec<(String, Vec<Act>)> {
    let mut sorted: Vec<(String, Vec<Act>)> = Vec::new();
    for act in acts {
        let Some(run) = runs.of(&act) else {
            continue;
        };
        match sorted.iter_mut().find(|(known, _)| *known == run) {
            Some((_, acts)) => acts.push(act),
            None => sorted.push((run, vec![act])),
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use wxcheck_load::identity::Identities;

    use super::*;

    fn taken(openid: &str) -> Act {
        Act::Taken(openid.to_owned())
    }

    #[test]
    fn an_act_goes_to_the_run_of_its_user() {
        let runs = Runs::default();
        assert!(by_run(&runs, vec![taken("oAnybody")]).is_empty());
        runs.begin("first", 1);
        runs.begin("second", 2);
        let user = User {
            number: 7,
            forged: false,
        };
        let of = |seed| taken(Identities::new(seed).of(user, 7, 7, 1_795_000_000).openid());
        let refused = Act::Refused(40001);
        let acts = [of(1), of(2), taken("oStranger"), refused.clone(), of(1)];
        let sorted = by_run(&runs, acts.to_vec());
        assert_eq!(sorted[0], ("first".to_owned(), vec![of(1); 2]));
        let second = vec![of(2), taken("oStranger"), refused];
        assert_eq!(sorted[1], ("second".to_owned(), second.clone()));
        // It goes through a message and comes back.
        let seen = Seen::of("one".to_owned(), second.clone());
        let json = serde_json::to_string(&seen).unwrap();
        let back: Seen = serde_json::from_str(&json).unwrap();
        assert_eq!(back.acts(), second);
        for run in 0..20 {
            runs.begin(&format!("run {run}"), run);
        }
        let latest = runs.of(&taken("oStranger"));
        assert_eq!(latest.as_deref(), Some("run 19"));
    }
}
