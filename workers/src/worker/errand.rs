//! One shard in the hands of a worker, from the order to the last word about it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{
    Subscriber,
    connection::State,
    jetstream::{AckKind, Message},
};
use futures_util::StreamExt as _;
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        watch,
    },
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use wxcheck_load::{
    Told,
    counts::Interval,
    run::{Options, RunError, next_second, run_shard},
    shard::Shard,
};

use crate::{
    connection::NatsError,
    message::{Account, News, Order, Said, Sign},
    queue::{ACK_WAIT, PROGRESS, Queue},
    seen::Runs,
    worker::Worker,
};

/// The silence of a coordinator after which its run is given up.
const SILENCE: Duration = Duration::from_secs(15);
/// The time after which another worker may try an order that this one cannot carry out.
const REFUSED: Duration = Duration::from_secs(5);
/// The threads of a shard tell of a second one after the other; so long after the first it is passed on.
const TOGETHER: Duration = Duration::from_millis(300);

/// The things that all errands of a worker share.
pub(super) struct Common {
    pub(super) worker: Worker,
    pub(super) queue: Queue,
    pub(super) runs: Runs,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) noted: Box<dyn Fn(String) + Send + Sync>,
}

/// The progress of a worker.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Phase {
    /// Errands whose run has not begun.
    pub(super) waiting: usize,
    /// The moment at which the last of the others began.
    pub(super) begun: Option<Instant>,
}

impl Common {
    /// One more errand waits for its run.
    pub(super) fn waits(&self) {
        self.phase.send_modify(|phase| phase.waiting += 1);
    }

    fn waits_no_more(&self, begun: bool) {
        self.phase.send_modify(|phase| {
            phase.waiting = phase.waiting.saturating_sub(1);
            if begun {
                phase.begun = Some(Instant::now());
            }
        });
    }
}

/// The reason why a shard is no longer carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Halt {
    /// The coordinator says so.
    Stopped,
    /// The coordinator says nothing any more.
    Silent,
    /// This worker is told to end.
    Leaving,
    /// Another worker has it now.
    Replaced,
    /// NATS cannot be reached, so that another worker will have it soon.
    Cut,
}

impl Halt {
    const fn words(&self) -> &'static str {
        match self {
            Self::Stopped => "the run was stopped",
            Self::Silent => "the coordinator is silent",
            Self::Leaving => "the worker was told to stop",
            Self::Replaced => "another worker took it over",
            Self::Cut => "the connection to NATS is lost",
        }
    }

    /// True if somebody else is to carry on.
    const fn gives_back(&self) -> bool {
        matches!(self, Self::Leaving)
    }

    /// True if the order is no longer this worker's: whatever it acknowledged would count for the other one.
    const fn has_lost_it(&self) -> bool {
        matches!(self, Self::Replaced | Self::Cut)
    }
}

/// Carries an order out, and acknowledges it in the end. What goes wrong with NATS meanwhile is only noted: another worker
/// will have the shard.
pub(super) async fn carry_out(common: &Common, message: Message) {
    let begun = AtomicBool::new(false);
    if let Err(error) = carry(common, message, &begun).await {
        (common.noted)(error.to_string());
    }
    if !begun.load(Ordering::Relaxed) {
        common.waits_no_more(false);
    }
}

async fn carry(common: &Common, message: Message, begun: &AtomicBool) -> Result<(), NatsError> {
    let order: Order = match serde_json::from_slice(&message.payload) {
        Ok(order) => order,
        Err(error) => {
            (common.noted)(format!("an order is not understood: {error}"));
            return acknowledge(&message, AckKind::Nak(Some(REFUSED))).await;
        }
    };
    let attempt = message.info().map_err(NatsError::of("count attempts"))?;
    let attempt = u64::try_from(attempt.delivered).unwrap_or_default();
    let mut voice = Voice {
        common,
        run: order.run.clone(),
        shard: order.shard.index,
        attempt,
        told: 0,
    };
    let index = order.shard.index;
    let misfit = order
        .misfit(&common.worker.form, common.worker.sees_effects)
        .or_else(|| {
            let sequence = order.shard.sequence().map_err(|error| error.to_string());
            let aim = &common.worker.aim;
            let prepared = sequence.and_then(|sequence| {
                let prepared = aim.prepare(&sequence, &common.worker.options.owned);
                prepared.map_err(|error| error.to_string())
            });
            prepared.err()
        });
    if let Some(reason) = misfit {
        (common.noted)(format!("shard {index} is skipped: {reason}"));
        voice.say(News::Refused(reason)).await?;
        return acknowledge(&message, AckKind::Nak(Some(REFUSED))).await;
    }
    let mut watch = Watch::new(common, &order.run, index, attempt).await?;
    (common.noted)(format!("shard {index} waits for its run to begin"));
    voice.say(News::Ready).await?;
    let mut shard = order.shard;
    let progress = keep_alive(&message);
    tokio::pin!(progress);
    let word = tokio::select! {
        word = common.queue.beginning(&order.run) => word?,
        halt = watch.halt() => {
            (common.noted)(format!("shard {index} is let go: {}", halt.words()));
            return leave(&message, &halt).await;
        }
        error = &mut progress => return Err(error),
    };
    shard.plan.begins = word.begins;
    shard.from_second = shard.from_second.max(next_second(word.begins));
    begun.store(true, Ordering::Relaxed);
    if order.account == Account::AtWorkers {
        common.runs.begin(&order.run, shard.plan.seed);
    }
    common.waits_no_more(true);
    (common.noted)(format!(
        "shard {index} is sent from second {} on",
        shard.from_second
    ));
    voice.say(News::Begun(shard.from_second)).await?;
    let marks = order.account != Account::None;
    let halt = tokio::select! {
        halt = send(&mut voice, shard, marks, &mut watch) => halt?,
        error = &mut progress => return Err(error),
    };
    let Some(halt) = halt else {
        (common.noted)(format!("shard {index} is done"));
        voice.say(News::Done).await?;
        return acknowledge(&message, AckKind::Ack).await;
    };
    (common.noted)(format!("shard {index} is given up: {}", halt.words()));
    if halt != Halt::Cut {
        voice.say(News::Stopped(halt.words().to_owned())).await?;
    }
    leave(&message, &halt).await
}

/// Lets go of an order that was not carried out to its end.
async fn leave(message: &Message, halt: &Halt) -> Result<(), NatsError> {
    if halt.has_lost_it() {
        return Ok(());
    }
    let kind = if halt.gives_back() {
        AckKind::Nak(None)
    } else {
        AckKind::Ack
    };
    acknowledge(message, kind).await
}

async fn acknowledge(message: &Message, kind: AckKind) -> Result<(), NatsError> {
    let sent = message.ack_with(kind).await;
    sent.map_err(NatsError::of("acknowledge an order"))
}

/// Says again and again that the order is worked on; ends only when that cannot be said.
async fn keep_alive(message: &Message) -> NatsError {
    let mut beat = interval(PROGRESS);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if let Err(error) = acknowledge(message, AckKind::Progress).await {
            return error;
        }
    }
}

/// Sends, and tells of each second; the reason why it ended before the end, if it did.
async fn send(
    voice: &mut Voice<'_>,
    shard: Shard,
    marks: bool,
    watch: &mut Watch<'_>,
) -> Result<Option<Halt>, NatsError> {
    let worker = &voice.common.worker;
    let (aim, options) = (worker.aim.clone(), worker.options.clone());
    let options = Options { marks, ..options };
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, hear) = unbounded_channel();
    let running = spawn_blocking({
        let stop = Arc::clone(&stop);
        move || {
            run_shard(&shard, &aim, &options, &stop, |told| {
                // The receiver outlives the senders.
                let _ = tell.send(told);
            })
        }
    });
    let halt = {
        let telling = send_all(voice, hear);
        tokio::pin!(telling);
        tokio::select! {
            told = &mut telling => {
                told?;
                None
            }
            halt = watch.halt() => {
                stop.store(true, Ordering::Release);
                // Without NATS nothing can be told; the second worker's word counts.
                if halt != Halt::Cut {
                    telling.await?;
                }
                Some(halt)
            }
        }
    };
    match running.await {
        Ok(Ok(())) => Ok(halt),
        Ok(Err(RunError::Plan(error))) => Err(NatsError::of("carry a shard out")(error)),
        Ok(Err(error)) => Err(NatsError::of("carry a shard out")(error)),
        Err(error) => Err(NatsError::of("carry a shard out")(error)),
    }
}

/// Passes on what the threads tell: all of a second in one message, as far as it comes together.
async fn send_all(
    voice: &mut Voice<'_>,
    mut hear: UnboundedReceiver<Told>,
) -> Result<(), NatsError> {
    let mut kept: BTreeMap<u64, Interval> = BTreeMap::new();
    let mut due: Option<Instant> = None;
    loop {
        tokio::select! {
            told = hear.recv() => match told {
                Some(Told::Interval(interval)) => {
                    due.get_or_insert_with(|| Instant::now() + TOGETHER);
                    match kept.get_mut(&interval.second) {
                        Some(known) => known.merge(&interval),
                        None => drop(kept.insert(interval.second, *interval)),
                    }
                }
                Some(Told::Sample(_)) => {}
                None => break,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                due = None;
                for interval in std::mem::take(&mut kept).into_values() {
                    voice.say(News::Second(Box::new(interval))).await?;
                }
            }
        }
    }
    for interval in kept.into_values() {
        voice.say(News::Second(Box::new(interval))).await?;
    }
    Ok(())
}

/// A worker's word about one shard.
struct Voice<'a> {
    common: &'a Common,
    run: String,
    shard: u32,
    attempt: u64,
    told: u64,
}

impl Voice<'_> {
    async fn say(&mut self, news: News) -> Result<(), NatsError> {
        let said = Said {
            worker: self.common.worker.name.clone(),
            shard: self.shard,
            attempt: self.attempt,
            news,
        };
        self.told += 1;
        self.common.queue.report(&self.run, &said, self.told).await
    }
}

/// Everything that can end an errand early.
struct Watch<'a> {
    common: &'a Common,
    attempt: u64,
    signs: Subscriber,
    told: Subscriber,
    heard: Instant,
    reached: Instant,
}

impl<'a> Watch<'a> {
    async fn new(
        common: &'a Common,
        run: &str,
        shard: u32,
        attempt: u64,
    ) -> Result<Self, NatsError> {
        Ok(Self {
            common,
            attempt,
            signs: common.queue.signs(run).await?,
            told: common.queue.told_of(run, shard).await?,
            heard: Instant::now(),
            reached: Instant::now(),
        })
    }

    /// Waits until the errand has to end.
    async fn halt(&mut self) -> Halt {
        let mut stopped = self.common.stopped.clone();
        let mut look = interval(PROGRESS / 2);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(sign) = self.signs.next() => {
                    self.heard = Instant::now();
                    if serde_json::from_slice(&sign.payload).is_ok_and(|sign: Sign| sign == Sign::Stop) {
                        return Halt::Stopped;
                    }
                }
                Some(told) = self.told.next() => {
                    let said = serde_json::from_slice::<Said>(&told.payload);
                    if said.is_ok_and(|said| said.attempt > self.attempt) {
                        return Halt::Replaced;
                    }
                }
                _ = stopped.wait_for(|stopped| *stopped) => return Halt::Leaving,
                now = look.tick() => {
                    if self.common.queue.client().connection_state() == State::Connected {
                        self.reached = now;
                    } else if now - self.reached + PROGRESS > ACK_WAIT {
                        return Halt::Cut;
                    }
                    if now - self.heard > SILENCE {
                        return Halt::Silent;
                    }
                }
            }
        }
    }
}
