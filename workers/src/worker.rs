//! A worker: takes shards from the queue and carries them out, until it is told to stop.

mod errand;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use wxcheck_load::{aim::Aim, ledger::Act, plan::Form, run::Options};

use crate::{
    connection::NatsError,
    queue::Queue,
    seen::{Runs, Teller},
};

use errand::{Common, Phase};

/// Shards that one worker carries out at once, at most.
const MOST_AT_ONCE: usize = 16;
/// A worker that has a shard leaves further ones to others until the run has begun, and so long after that; then it takes
/// them too, so that the rate is that of the plan though there are fewer workers.
const GRACE: Duration = Duration::from_secs(3);

/// A worker: what it loads, and how.
#[derive(Debug)]
pub struct Worker {
    /// The name, by which reports call it.
    pub name: String,
    /// The server, with its secrets, from the worker's own settings.
    pub aim: Aim,
    /// The same without secrets: orders for another one are refused.
    pub form: Form,
    /// The threads that send, and the hosts that may be loaded.
    pub options: Options,
    /// It has an API of its own, at which it sees effects.
    pub sees_effects: bool,
    /// A number that no other process has, also none of the same name.
    pub process: u64,
}

/// Takes shards from the queue and carries them out until `stop` ends; those that are under way then are given back. Each line
/// about one goes to `noted`. The acts that its API sees come through `acts`.
pub async fn work(
    worker: Worker,
    queue: Queue,
    acts: Option<UnboundedReceiver<Act>>,
    stop: impl Future<Output = ()>,
    noted: impl Fn(String) + Send + Sync + 'static,
) -> Result<(), NatsError> {
    let (stopping, stopped) = watch::channel(false);
    let (phase, mut phases) = watch::channel(Phase::default());
    let runs = Runs::default();
    let seeing = acts.map(|acts| {
        let teller = Teller {
            queue: queue.clone(),
            worker: worker.name.clone(),
            process: worker.process,
            runs: runs.clone(),
        };
        tokio::spawn(teller.report(acts, stopped.clone()))
    });
    let common = Arc::new(Common {
        worker,
        runs,
        queue: queue.clone(),
        stopped,
        phase,
        noted: Box::new(noted),
    });
    let mut under_way = JoinSet::new();
    let mut taking = Box::pin(queue.take());
    tokio::pin!(stop);
    let ended = loop {
        let Phase { waiting, begun } = *phases.borrow_and_update();
        let until = begun.map(|begun| begun + GRACE);
        let early = until.is_some_and(|until| Instant::now() < until);
        let busy = !under_way.is_empty();
        let takes = !busy || (waiting == 0 && !early && under_way.len() < MOST_AT_ONCE);
        tokio::select! {
            () = &mut stop => break Ok(()),
            order = &mut taking, if takes => {
                match order {
                    Ok(message) => {
                        let common = Arc::clone(&common);
                        common.waits();
                        under_way.spawn(async move { errand::carry_out(&common, message).await });
                        taking = Box::pin(queue.take());
                    }
                    Err(error) => break Err(error),
                }
            }
            () = sleep_until(until.unwrap_or_else(Instant::now)), if busy && early => {}
            Ok(()) = phases.changed() => {}
            Some(_) = under_way.join_next(), if busy => {}
        }
    };
    // Where nothing is under way nobody listens.
    let _ = stopping.send(true);
    while under_way.join_next().await.is_some() {}
    if let Some(seeing) = seeing {
        // What was seen is told before it goes, if NATS still takes it.
        let _ = timeout(GRACE, seeing).await;
    }
    ended
}
