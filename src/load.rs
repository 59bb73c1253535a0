//! `wxcheck load`: send pushes at a rate, and report what became of each.

mod live;
mod planned;

use std::{
    path::Path,
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
    report::{self, Report, Timeline},
    run::{Options, RunError, ShardEnd, run_shard},
    shard::Shard,
};
use wxcheck_settings::Origins;

use self::live::Line;
use crate::{
    cli::LoadArgs,
    exit::{self, Exit, usage},
    screen, settings, stop,
};

pub(crate) async fn run(args: LoadArgs, origins: Origins) -> Result<Exit> {
    let json = args.report_json.clone();
    let pipe = match json.as_deref().filter(|path| !is_standard_output(path)) {
        Some(path) => settings::try_to_write(path)?,
        None => None,
    };
    let settings = settings::whole(args.settings(origins))?;
    let server = settings.server()?;
    let plan = planned::plan(&args, &settings, &server)?;
    let shard = Shard {
        plan,
        index: 0,
        from_second: 0,
    };
    let aim = planned::aim(&server);
    let options = Options {
        threads: args.threads,
        owned: args.i_own.clone(),
        sample_every: 0,
    };
    let report = carried_out(shard, aim, options).await?;
    let secrets = &server.secrets;
    let text = secrets.page(&report::text(&report));
    match json.as_deref() {
        None => screen::show(&text),
        Some(path) if is_standard_output(path) => {
            screen::show_on_stderr(&text);
            screen::show(&secrets.json(&report));
        }
        Some(path) => {
            screen::show(&text);
            settings::write_report(path, pipe, &secrets.json(&report)).await?;
        }
    }
    Ok(exit::of_load(&report))
}

/// Carries a shard out, on threads of its own, and stops it when the program is told to stop.
async fn carried_out(
    shard: Shard,
    aim: wxcheck_load::aim::Aim,
    options: Options,
) -> Result<Report> {
    let signal = stop::signal()?;
    let stopped = Arc::new(AtomicBool::new(false));
    let plan = shard.plan.clone();
    let started = Instant::now() + until(plan.begins);
    let (tell, hear) = unbounded_channel();
    let running = spawn_blocking({
        let stopped = Arc::clone(&stopped);
        move || {
            run_shard(&shard, &aim, &options, &stopped, |told| {
                // Whoever listens goes last.
                let _ = tell.send(told);
            })
        }
    });
    let mut timeline = Timeline::default();
    let mut line = Line::new();
    let who = {
        let hearing = hear_all(hear, &mut timeline, &mut line);
        tokio::pin!(hearing);
        tokio::select! {
            () = &mut hearing => None,
            who = signal => {
                stopped.store(true, Ordering::Release);
                hearing.await;
                Some(who)
            }
        }
    };
    line.clear();
    ended(running).await?;
    let took = Instant::now().saturating_duration_since(started);
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let version = env!("CARGO_PKG_VERSION");
    Ok(timeline.report(version, &plan, who.map(str::to_owned), took))
}

async fn hear_all(mut hear: UnboundedReceiver<Told>, timeline: &mut Timeline, line: &mut Line) {
    while let Some(told) = hear.recv().await {
        match told {
            Told::Interval(interval) => {
                timeline.take(&interval);
                line.show(timeline);
            }
            Told::Sample(_) => {}
        }
    }
}

async fn ended(running: JoinHandle<Result<ShardEnd, RunError>>) -> Result<ShardEnd> {
    let ended = running
        .await
        .context("the emitters ended early: a bug of wxcheck")?;
    ended.map_err(|error| match error {
        RunError::Plan(_) | RunError::Aim(_) => usage(error.to_string()),
        RunError::System(_) | RunError::Panicked => error.into(),
    })
}

/// The time until a Unix second.
fn until(second: u64) -> Duration {
    let now = wxcheck_mock_server::clock::unix_milliseconds();
    Duration::from_millis((second * 1000).saturating_sub(now))
}

fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}
