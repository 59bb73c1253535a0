//! Carrying out a shard: threads that send, a beat that wakes them, and what they tell meanwhile.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use mio::{Poll, Waker};
use rustls::pki_types::ServerName;
use wxcheck_mock_server::sender::client_tls;

use crate::{
    aim::{Aim, AimError, Endpoint},
    clock::{self, Alarm},
    emitter::{ALARM, Common, Emitter, EmitterPart, Told},
    pace::Pace,
    plan_error::PlanError,
    sequence::DEALT,
    shard::{Lane, Shard},
    wire::Tls,
};

/// The way a shard is carried out, which does not change what it sends.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Threads that send; one for each core where none is given.
    pub threads: Option<u32>,
    /// Hosts that may be loaded though they are neither this machine nor private.
    pub owned: Vec<String>,
    /// Of so many requests one is told in full; none where it is 0.
    pub sample_every: u64,
    /// Intervals say of each push that it was sent and acknowledged: an account is kept.
    pub marks: bool,
}

/// A shard that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan is none.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The server cannot be loaded.
    #[error(transparent)]
    Aim(#[from] AimError),
    /// The system has no threads or no polls left.
    #[error("the emitters cannot work: {0}")]
    System(#[from] io::Error),
    /// A thread ended by a bug of ours.
    #[error("an emitter ended early: a bug of wxcheck")]
    Panicked,
}

/// Carries out a shard, until it is done or `stop` is set; the latter takes less than a second. Intervals and samples are
/// told as they come, from this thread.
pub fn run_shard(
    shard: &Shard,
    aim: &Aim,
    options: &Options,
    stop: &Arc<AtomicBool>,
    mut told: impl FnMut(Told),
) -> Result<(), RunError> {
    let sequence = shard.sequence()?;
    let prepared = aim.prepare(&sequence, &options.owned)?;
    let tls = prepared.endpoints.iter().map(|endpoint| tls(endpoint, aim));
    let common = Arc::new(Common {
        tls: tls.collect::<Result<_, _>>()?,
        prepared,
        shard: shard.index,
        start: clock::beginning_of(shard.plan.begins),
        stop: Arc::clone(stop),
        sample_every: options.sample_every,
        marks: options.marks,
        sequence,
    });
    let (tell, hear) = mpsc::channel();
    let lanes = lanes(shard, options);
    let mut alarms = Vec::new();
    let mut threads = Vec::new();
    for lane in 0..lanes {
        let (emitter, alarm) = emitter(shard, &common, lane, lanes, tell.clone())?;
        alarms.push(alarm);
        let name = format!("load-{}-{lane}", shard.index);
        threads.push(thread::Builder::new().name(name).spawn(|| emitter.run())?);
    }
    drop(tell);
    let (end, ended) = mpsc::channel::<()>();
    let start = common.start;
    let beating = thread::Builder::new()
        .name("load-beat".to_owned())
        .spawn(move || clock::beat(start, &alarms, &ended))?;
    while let Ok(one) = hear.recv() {
        told(one);
    }
    drop(end);
    for thread in threads {
        joined(thread)??;
    }
    joined(beating)
}

fn joined<T>(thread: JoinHandle<T>) -> Result<T, RunError> {
    thread.join().map_err(|_| RunError::Panicked)
}

/// As many as there are cores, and no more than have a connection.
fn lanes(shard: &Shard, options: &Options) -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    let wanted = options.threads.unwrap_or(cores);
    let lanes = wanted.clamp(1, shard.plan.connections.max(1));
    match shard.plan.pace {
        Pace::Open { .. } => lanes,
        // A power of two.
        Pace::Closed { .. } => (1 << lanes.ilog2()).min(DEALT),
    }
}

fn emitter(
    shard: &Shard,
    common: &Arc<Common>,
    lane: u32,
    lanes: u32,
    tell: Sender<Told>,
) -> Result<(Emitter, Alarm), RunError> {
    let poll = Poll::new()?;
    let alarm = Alarm::new(Waker::new(poll.registry(), ALARM)?);
    let plan = &shard.plan;
    let most = plan.connections / lanes + u32::from(lane < plan.connections % lanes);
    // The numbers of the closed model are divided evenly, since nobody knows who will be quick.
    let parts = u64::from(plan.shards) * u64::from(lanes);
    let place = u64::from(shard.index) + u64::from(plan.shards) * u64::from(lane);
    let left = plan.count.map_or(u64::MAX, |count| {
        count / parts + u64::from(place < count % parts)
    });
    let part = EmitterPart {
        lane: Lane::new(shard, lane, lanes),
        from_second: shard.from_second,
        most: most as usize,
        left,
        poll,
        alarm: alarm.clone(),
    };
    let emitter = Emitter::new(Arc::clone(common), part, tell);
    Ok((emitter, alarm))
}

fn tls(endpoint: &Endpoint, aim: &Aim) -> Result<Option<Tls>, AimError> {
    if !endpoint.secure {
        return Ok(None);
    }
    let config = client_tls(&aim.connecting).map_err(|error| AimError::Tls(error.to_string()))?;
    let host = endpoint.host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| AimError::Tls(error.to_string()))?;
    Ok(Some(Tls {
        config: Arc::new(config),
        name,
    }))
}

/// The first second that a shard can still begin with, if its plan has begun: the next one.
pub fn next_second(begins: u64) -> u64 {
    let start = clock::beginning_of(begins);
    let passed = clock::now().saturating_duration_since(start);
    if passed == Duration::ZERO {
        0
    } else {
        passed.as_secs() + 1
    }
}
