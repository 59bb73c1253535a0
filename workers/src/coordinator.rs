//! The coordinator: lays the shards of a plan into the queue, lets all workers begin at one second, and gathers what they
//! tell.

use std::{collections::BTreeSet, time::Duration};

use futures_util::StreamExt as _;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use wxcheck_load::{counts::Interval, ledger::Act, plan::Plan, report::Spread, shard::Shard};

use crate::{
    attempts::Attempts,
    connection::NatsError,
    message::{Account, Begin, News, Order, Said, Seen, Sign},
    queue::{ACK_WAIT, Queue},
};

/// The time between two signs to the workers.
const ALIVE: Duration = Duration::from_secs(2);
/// The time between the word to begin and the beginning.
const NOTICE: u64 = 2;
/// NATS that takes no sign for so long is lost.
const UNREACHED: Duration = Duration::from_secs(10);
/// The pause before the stream of runs is read again after an error.
const PAUSE: Duration = Duration::from_millis(200);
/// The time for which workers that are told to stop are waited for.
const STOPPING: Duration = Duration::from_millis(1500);
/// The time for which effects are waited for in a run that was stopped: workers tell of them twice a second.
const LAST_EFFECTS: Duration = Duration::from_millis(700);
/// Effects are waited for at most so many times as long as it takes to see that there are no more.
const MOST_QUIETS: u32 = 60;

/// A run over many workers.
#[derive(Clone, Debug)]
pub struct Run {
    /// The name of the run: letters and digits.
    pub name: String,
    /// The plan, with the number of shards. Its beginning is set when the workers are there.
    pub plan: Plan,
    /// The account that is kept.
    pub account: Account,
    /// The time for which a worker for each shard is waited for.
    pub patience: Duration,
}

/// News for whoever watches a run.
#[derive(Debug)]
pub enum Noted {
    /// A line for the terminal.
    Line(String),
    /// A second of a shard is over.
    Second(Box<Interval>),
    /// Acts of the server were seen at a worker.
    Acts(Vec<Act>),
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The plan, with its beginning.
    pub plan: Plan,
    /// The workers that took part, and what was lost.
    pub spread: Spread,
    /// The reason why it ended early, if it did.
    pub stopped: Option<String>,
    /// The time from its beginning.
    pub took: Duration,
}

/// A run that did not begin.
#[derive(Debug, thiserror::Error)]
pub enum CoordinatorError {
    /// NATS does not do what is needed.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// Nobody took a shard.
    #[error("no worker took a shard in {waited} s{}; start some: wxcheck worker --nats URL, with the settings of the server", .refused.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default())]
    Nobody {
        /// The time for which the coordinator waited, in seconds.
        waited: u64,
        /// The reason of a worker that refused.
        refused: Option<String>,
    },
    /// The run was stopped before it began.
    #[error("stopped by {0} before the run began")]
    Stopped(String),
}

/// Carries a run out, until it is done or `stop` says why it is to end. `now` counts milliseconds since the Unix epoch.
pub async fn coordinate(
    queue: &Queue,
    run: Run,
    now: impl Fn() -> u64,
    stop: impl Future<Output = String>,
    noted: impl FnMut(Noted),
) -> Result<Outcome, CoordinatorError> {
    let name = run.name.clone();
    let outcome = carry_out(queue, run, now, stop, noted).await;
    if outcome.is_err() {
        // Workers that wait for it are let go; without NATS they go by themselves.
        let _ = queue.sign(&name, Sign::Stop).await;
    }
    // What is left behind is forgotten after a day.
    let _ = queue.forget(&name).await;
    outcome
}

async fn carry_out(
    queue: &Queue,
    mut run: Run,
    now: impl Fn() -> u64,
    stop: impl Future<Output = String>,
    mut noted: impl FnMut(Noted),
) -> Result<Outcome, CoordinatorError> {
    let mut told = queue.reports(&run.name).await?;
    for shard in Shard::all(&run.plan) {
        let (account, run) = (run.account, run.name.clone());
        queue
            .put(&Order {
                run,
                shard,
                account,
            })
            .await?;
    }
    let mut state = State {
        attempts: Attempts::new(run.plan.shards),
        refused: None,
        replaced: BTreeSet::new(),
        begun: None,
        stopped: None,
        deadline: Instant::now() + run.patience,
        over: None,
        reached: Instant::now(),
        seen: None,
    };
    let mut alive = interval(ALIVE);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            message = told.next() => {
                let Some(Ok(message)) = message else {
                    // It is read again as soon as there is a connection; the signs show whether there is.
                    sleep(PAUSE).await;
                    continue;
                };
                if let Ok(said) = serde_json::from_slice::<Said>(&message.payload) {
                    state.take(said, &mut noted);
                } else if let Ok(seen) = serde_json::from_slice::<Seen>(&message.payload) {
                    state.seen = Some(Instant::now());
                    noted(Noted::Acts(seen.acts()));
                }
            }
            _ = alive.tick() => match queue.sign(&run.name, Sign::Alive).await {
                Ok(()) => state.reached = Instant::now(),
                Err(error) if state.reached.elapsed() > UNREACHED => {
                    if state.begun.is_none() {
                        return Err(error.into());
                    }
                    state.stopped = Some("the loss of NATS".to_owned());
                    break;
                }
                Err(_) => {}
            },
            reason = &mut stop, if state.stopped.is_none() => {
                if state.begun.is_none() {
                    return Err(CoordinatorError::Stopped(reason));
                }
                // Whoever does not hear it ends when no more signs come.
                let _ = queue.sign(&run.name, Sign::Stop).await;
                state.stopped = Some(reason);
                state.deadline = Instant::now() + STOPPING;
            }
            () = sleep_until(state.deadline) => {
                if state.begun.is_some() {
                    let _ = queue.sign(&run.name, Sign::Stop).await;
                    break;
                }
                if state.attempts.ready() == 0 {
                    let waited = run.patience.as_secs();
                    let refused = state.refused;
                    return Err(CoordinatorError::Nobody { waited, refused });
                }
                state.begin(queue, &mut run, now(), &mut noted).await?;
            }
        }
        if state.begun.is_none() && state.attempts.ready() == run.plan.shards as usize {
            state.begin(queue, &mut run, now(), &mut noted).await?;
        }
        if state.is_over() {
            state.over.get_or_insert_with(Instant::now);
            if run.account != Account::AtWorkers {
                break;
            }
            let limit = Duration::from_millis(run.plan.limit_millis);
            state.wait_for_effects(limit);
        }
    }
    let began = state.begun.unwrap_or_else(Instant::now);
    let ended = state.over.unwrap_or_else(Instant::now);
    let took = ended.saturating_duration_since(began);
    let planned = Duration::from_millis(run.plan.pace.millis());
    let seconds = planned.min(took).as_millis().div_ceil(1000);
    Ok(Outcome {
        spread: state.attempts.spread(
            u64::try_from(seconds).unwrap_or(u64::MAX),
            state.stopped.is_some(),
        ),
        plan: run.plan,
        stopped: state.stopped,
        took,
    })
}

/// The knowledge of a coordinator while its run goes on.
struct State {
    attempts: Attempts,
    refused: Option<String>,
    replaced: BTreeSet<(u32, u64)>,
    /// The moment at which the first push is due.
    begun: Option<Instant>,
    stopped: Option<String>,
    /// The moment at which nobody is waited for any more.
    deadline: Instant,
    /// The moment at which all shards were done.
    over: Option<Instant>,
    /// The moment at which NATS took a sign last.
    reached: Instant,
    /// The moment at which the last effects were told.
    seen: Option<Instant>,
}

impl State {
    fn take(&mut self, said: Said, noted: &mut impl FnMut(Noted)) {
        self.attempts.take(&said);
        let Said {
            worker,
            shard,
            attempt,
            news,
        } = said;
        match news {
            News::Second(interval) => noted(Noted::Second(interval)),
            News::Ready if attempt > 1 && self.replaced.insert((shard, attempt)) => {
                noted(Noted::Line(format!("shard {shard} is now {worker}'s")));
            }
            News::Refused(reason) => {
                if self.refused.as_ref() != Some(&reason) {
                    noted(Noted::Line(format!("{worker} refuses: {reason}")));
                }
                self.refused = Some(reason);
            }
            News::Stopped(reason) if self.stopped.is_none() => {
                noted(Noted::Line(format!(
                    "{worker} gives up shard {shard}: {reason}"
                )));
            }
            _ => {}
        }
    }

    /// Lets the workers begin.
    async fn begin(
        &mut self,
        queue: &Queue,
        run: &mut Run,
        now: u64,
        noted: &mut impl FnMut(Noted),
    ) -> Result<(), NatsError> {
        let missing = run.plan.shards as usize - self.attempts.ready();
        if missing > 0 {
            noted(Noted::Line(format!(
                "{missing} of {} shards have no worker yet; the run begins, and others take them",
                run.plan.shards
            )));
        }
        let begins = now / 1000 + NOTICE;
        run.plan.begins = begins;
        let begun = Instant::now() + Duration::from_millis(begins * 1000 - now);
        queue.begin(&run.name, Begin { begins }).await?;
        self.begun = Some(begun);
        // The last exchange, a shard that is delivered again at the very end, and the news of it.
        let after = run.plan.pace.millis() + run.plan.limit_millis;
        self.deadline = begun + Duration::from_millis(after) + 3 * ACK_WAIT;
        Ok(())
    }

    /// Effects come after the last answer: as long as they do, and so long again, the run does not end.
    fn wait_for_effects(&mut self, limit: Duration) {
        let over = self.over.unwrap_or_else(Instant::now);
        let quiet = if self.stopped.is_some() {
            LAST_EFFECTS
        } else {
            limit
        };
        let last = self.seen.map_or(over, |seen| seen.max(over));
        self.deadline = (last + quiet).min(over + quiet * MOST_QUIETS);
    }

    fn is_over(&self) -> bool {
        self.begun.is_some() && self.attempts.are_over(self.stopped.is_some())
    }
}
