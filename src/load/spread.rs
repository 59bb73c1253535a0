//! A load that workers carry out: the run at its coordinator.

use std::time::Duration;

use anyhow::Result;
use wxcheck_load::{plan::Plan, report::Report};
use wxcheck_mock_server::clock;
use wxcheck_settings::Settings;
use wxcheck_suite::{server::Server, words::sentence};
use wxcheck_workers::{
    coordinator::{Noted, Outcome, Run, coordinate},
    message::Account,
    queue::Queue,
};

use super::Hearer;
use crate::{cli::LoadArgs, entropy, exit::usage, language::both, screen, stop};

/// Workers where no number is given.
const WORKERS: u32 = 1;
/// The time for which workers are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The plan, cut into a shard for each worker.
pub(super) fn cut(plan: Plan, args: &LoadArgs, settings: &Settings) -> Result<Plan> {
    check_options(args, settings)?;
    let plan = Plan {
        shards: args.workers.unwrap_or(WORKERS),
        ..plan
    };
    plan.check().map_err(|error| usage(error.to_string()))?;
    Ok(plan)
}

/// Refuses what a run over workers cannot do.
fn check_options(args: &LoadArgs, settings: &Settings) -> Result<()> {
    let given = [
        ("--threads", args.threads.is_some()),
        ("--i-own", !args.ownership.i_own.is_empty()),
    ];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
        return Err(usage(both!(
            "{option} with --nats: it is each worker's own; give it to `wxcheck worker`",
            "{option} 与 --nats：这是各 worker 自己的选项；请在 `wxcheck worker` 中给出"
        )));
    }
    if args.samples.is_some() {
        return Err(usage((
            "--samples with --nats: workers send counts and no exchanges; leave one of the two out",
            "--samples 与 --nats：worker 只上报计数，不上报请求内容；请去掉其中一个",
        )));
    }
    if let Some(threshold) = args.fail_if.iter().find(|one| one.needs_effects())
        && !sees_effects(args, settings)
    {
        return Err(usage(both!(
            "--fail-if '{threshold}' with --nats: give --api-listen or --effects-url too, or --worker-effects where workers \
             have an API, so that it is seen what your server does",
            "--fail-if '{threshold}' 与 --nats：请同时给出 --api-listen 或 --effects-url，或者在 worker 有接口时给出 --worker-effects，以便看到服务器的动作"
        )));
    }
    Ok(())
}

/// True if an account is kept.
fn sees_effects(args: &LoadArgs, settings: &Settings) -> bool {
    let effects = &settings.effects;
    effects.api_listen.is_some() || effects.effects_url.is_some() || args.worker_effects
}

/// Lets workers carry the plan out.
pub(super) async fn carried_out(
    plan: Plan,
    queue: &Queue,
    args: &LoadArgs,
    settings: &Settings,
    server: &Server,
    hearer: &mut Hearer,
) -> Result<Report> {
    let signal = stop::signal()?;
    let effects = super::seen(
        settings,
        server,
        plan.seed,
        args.worker_effects,
        hearer.lang,
    )
    .await?;
    let run = Run {
        name: format!("{:016x}", entropy::draw()),
        account: match (&effects, args.worker_effects) {
            (None, _) => Account::None,
            (Some(_), false) => Account::Here,
            (Some(_), true) => Account::AtWorkers,
        },
        plan,
        patience: args.wait.map_or(PATIENCE, |wait| wait.0),
    };
    let secrets = settings.secrets();
    let stop = async { signal.await.to_owned() };
    let noted = |noted| match noted {
        Noted::Line(text) => {
            screen::complain(&secrets.page(&sentence(&text, hearer.lang)));
        }
        Noted::Second(interval) => hearer.hear(&interval),
        Noted::Acts(acts) => {
            if let Some(effects) = &effects {
                effects.note(acts);
            }
        }
    };
    let Outcome {
        plan,
        spread,
        stopped,
        took,
    } = coordinate(queue, run, clock::unix_milliseconds, stop, noted).await?;
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let version = env!("CARGO_PKG_VERSION");
    let wait = super::wait(&plan, stopped.is_some())?;
    let ledger = match effects {
        Some(effects) => {
            let timeline = &hearer.timeline;
            Some(super::ledger(effects, &plan, timeline, &spread.lost, wait).await?)
        }
        None => None,
    };
    let report = hearer.timeline.report(version, &plan, stopped, took);
    Ok(Report {
        spread: Some(spread),
        ledger,
        ..report
    })
}
