//! `wxcheck load`: send pushes at a rate, and report the result of each.

pub(crate) mod api;
mod effects;
mod files;
mod live;
mod metrics;
mod page;
pub(crate) mod planned;
mod spread;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{JoinHandle, spawn_blocking},
    time::Instant,
};
use wxcheck_load::{
    Told,
    aim::Aim,
    counts::Interval,
    ledger::Ledger,
    pace::Pace,
    plan::Plan,
    report::{Report, Timeline},
    run::{Options, RunError, run_shard},
    sequence::Sequence,
    shard::{Lost, Shard},
    threshold::judged,
};
use wxcheck_settings::{Origins, Settings};
use wxcheck_suite::server::Server;

use self::{
    api::Api,
    effects::{Calls, Effects, Wait},
    files::Files,
    live::Line,
    metrics::Metrics,
    page::Page,
};
use crate::{
    cli::LoadArgs,
    exit::{self, Exit, usage},
    language::{Language, both},
    nats, settings, stop,
};

/// Exchanges of a run that are written in full, at most, where their number is known beforehand.
const SAMPLES: u64 = 10_000;
/// The distance of the exchanges that are written in full, where their number is not known beforehand.
const ONE_OF: u64 = 100;
/// The wait for effects of a run that was stopped.
const STOPPED: Duration = Duration::from_millis(500);
/// The longest wait for effects to end, as a multiple of the quiet that shows their end.
const MOST_QUIETS: u32 = 60;

pub(crate) async fn run(args: LoadArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let server = settings.server()?;
    let plan = planned::plan(&args, &settings, &server)?;
    // What cannot be carried out is refused before anything is served or written.
    let plan = if args.nats.nats.is_some() {
        spread::cut(plan, &args, &settings)?
    } else {
        check_alone(&plan, &args, &settings, &server)?;
        plan
    };
    let mut hearer = Hearer {
        timeline: Timeline::default(),
        line: Line::new(lang),
        files: Files::tried(&args, &settings, lang)?,
        lang,
        metrics: Metrics::serve(args.metrics_listen).await?,
    };
    let report = match nats::queue(&args.nats, "wxcheck load").await? {
        Some(queue) => {
            spread::carried_out(plan, &queue, &args, &settings, &server, &mut hearer).await?
        }
        None => alone(plan, &args, &settings, &server, &mut hearer).await?,
    };
    let report = judged(report, &args.fail_if);
    hearer.line.clear();
    hearer.files.write(&report, &server.secrets).await?;
    Ok(exit::of_load(&report))
}

/// Refuses what this machine cannot measure, and hosts that may not be loaded.
fn check_alone(plan: &Plan, args: &LoadArgs, settings: &Settings, server: &Server) -> Result<()> {
    if let Some(threshold) = args.fail_if.iter().find(|one| one.needs_effects())
        && settings.effects.api_listen.is_none()
        && server.page.is_none()
    {
        return Err(usage(both!(
            "--fail-if '{threshold}': give --api-listen or --effects-url too, so that it is seen what your server does",
            "--fail-if '{threshold}'：请同时给出 --api-listen 或 --effects-url，以便看到服务器的动作"
        )));
    }
    let sequence = Sequence::new(plan.clone()).map_err(|error| usage(error.to_string()))?;
    planned::aim(server)
        .prepare(&sequence, &settings.ownership.i_own)
        .map_err(|error| usage(error.to_string()))?;
    Ok(())
}

/// Carries a plan out on this machine, with the account of effects where they are seen.
async fn alone(
    plan: Plan,
    args: &LoadArgs,
    settings: &Settings,
    server: &Server,
    hearer: &mut Hearer,
) -> Result<Report> {
    let effects = seen(settings, server, plan.seed, false, hearer.lang).await?;
    let options = Options {
        threads: args.threads,
        owned: settings.ownership.i_own.clone(),
        sample_every: if hearer.files.samples() {
            sample_every(&plan)?
        } else {
            0
        },
        marks: effects.is_some(),
    };
    // A plan begins with the next second.
    let plan = Plan {
        begins: planned::beginning(),
        ..plan
    };
    let shard = Shard {
        plan,
        index: 0,
        from_second: 0,
    };
    let ran = carried_out(&shard, planned::aim(server), options, hearer).await?;
    let mut report = ran.report(&shard.plan, &hearer.timeline);
    if let Some(effects) = effects {
        let wait = wait(&shard.plan, ran.stopped.is_some())?;
        report.ledger = Some(ledger(effects, &shard.plan, &hearer.timeline, &[], wait).await?);
    }
    Ok(report)
}

/// The wait for effects: without any for as long as WeChat waits for an answer, no more are expected. Whoever stops a run,
/// or says it now, does not want to wait.
fn wait(plan: &Plan, stopped: bool) -> Result<Wait> {
    let signal = stop::signal()?;
    let limit = Duration::from_millis(plan.limit_millis);
    Ok(Wait {
        quiet: if stopped { STOPPED } else { limit },
        limit: if stopped {
            STOPPED * 2
        } else {
            limit * MOST_QUIETS
        },
        stop: Box::pin(async {
            signal.await;
        }),
    })
}

/// The way in which effects are seen, if they are: calls of an API here, or of those of workers, or a page.
async fn seen(
    settings: &Settings,
    server: &Server,
    seed: u64,
    at_workers: bool,
    lang: Language,
) -> Result<Option<Effects>> {
    if let Some(page) = Page::of(server)? {
        return Ok(Some(Effects::Page(Box::new(page))));
    }
    let api = Api::serve(settings, seed, lang).await?;
    let calls = (api.is_some() || at_workers).then(|| Calls::count(api, seed));
    Ok(calls.map(Effects::Calls))
}

/// The account of a run.
async fn ledger(
    effects: Effects,
    plan: &Plan,
    timeline: &Timeline,
    lost: &[Lost],
    wait: Wait,
) -> Result<Ledger> {
    let sequence = Sequence::new(plan.clone()).map_err(|error| usage(error.to_string()))?;
    let marks = &timeline.total().marks;
    effects.ledger(&sequence, marks, lost, wait).await
}

/// The distance of samples.
fn sample_every(plan: &Plan) -> Result<u64> {
    let sequence = Sequence::new(plan.clone()).map_err(|error| usage(error.to_string()))?;
    Ok(match (sequence.count(), &plan.pace) {
        (Some(count), Pace::Open { .. }) => count.div_ceil(SAMPLES).max(1),
        _ => ONE_OF,
    })
}

/// A shard that came to its end.
struct Ran {
    stopped: Option<&'static str>,
    took: Duration,
}

impl Ran {
    fn report(&self, plan: &Plan, timeline: &Timeline) -> Report {
        let took = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        let stopped = self.stopped.map(str::to_owned);
        timeline.report(env!("CARGO_PKG_VERSION"), plan, stopped, took)
    }
}

/// Carries a shard out, on threads of its own, and stops it when the program is told to stop.
async fn carried_out(
    shard: &Shard,
    aim: Aim,
    options: Options,
    hearer: &mut Hearer,
) -> Result<Ran> {
    let signal = stop::signal()?;
    let stopping = Arc::new(AtomicBool::new(false));
    let started = Instant::now() + planned::until(shard.plan.begins);
    let (tell, hear) = unbounded_channel();
    let running = spawn_blocking({
        let (stopping, shard) = (Arc::clone(&stopping), shard.clone());
        move || {
            run_shard(&shard, &aim, &options, &stopping, |told| {
                // The receiver outlives the senders.
                let _ = tell.send(told);
            })
        }
    });
    let stopped = {
        let hearing = hearer.hear_all(hear);
        tokio::pin!(hearing);
        tokio::select! {
            () = &mut hearing => None,
            who = signal => {
                stopping.store(true, Ordering::Release);
                hearing.await;
                Some(who)
            }
        }
    };
    ended(running).await?;
    Ok(Ran {
        stopped,
        took: Instant::now().saturating_duration_since(started),
    })
}

/// The reader of what the emitters tell.
struct Hearer {
    lang: Language,
    timeline: Timeline,
    line: Line,
    metrics: Option<Metrics>,
    files: Files,
}

impl Hearer {
    async fn hear_all(&mut self, mut hear: UnboundedReceiver<Told>) {
        while let Some(told) = hear.recv().await {
            match told {
                Told::Interval(interval) => self.hear(&interval),
                Told::Sample(sample) => self.files.sample(&sample),
            }
        }
    }

    fn hear(&mut self, interval: &Interval) {
        self.timeline.take(interval);
        self.line.show(&self.timeline);
        if let Some(metrics) = &self.metrics {
            metrics.show(&self.timeline);
        }
    }
}

async fn ended(running: JoinHandle<Result<(), RunError>>) -> Result<()> {
    let ended = running
        .await
        .context("the emitters ended early: a bug of wxcheck")?;
    ended.map_err(|error| match error {
        RunError::Plan(_) | RunError::Aim(_) => usage(error.to_string()),
        RunError::System(_) | RunError::Panicked => error.into(),
    })
}
