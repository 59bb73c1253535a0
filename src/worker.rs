//! `wxcheck worker`: carry out the shards of load runs that others started.

use anyhow::Result;
use wxcheck_load::run::Options;
use wxcheck_settings::Origins;
use wxcheck_suite::words::sentence;
use wxcheck_workers::worker::{Worker, work};

use crate::{
    cli::WorkerArgs,
    entropy,
    exit::{Exit, usage},
    language::{Language, told},
    load::{api::Api, planned},
    nats, screen, settings, stop,
};

pub(crate) async fn run(args: WorkerArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let server = settings.server()?;
    planned::refuse(&settings, &server)?;
    let name = args.name.clone();
    let name = name.unwrap_or_else(|| format!("worker-{:08x}", entropy::draw() >> 32));
    let signal = stop::signal()?;
    let mut api = Api::serve(&settings, entropy::draw(), lang).await?;
    let acts = api.as_mut().and_then(Api::take_acts);
    let queue = nats::queue(&args.nats, &format!("wxcheck worker {name}")).await?;
    let queue = queue.ok_or_else(|| {
        usage((
            "give --nats URL: that is where shards come from",
            "请给出 --nats URL：压测分片来自那里",
        ))
    })?;
    let secrets = server.secrets.clone();
    let noted = move |line: String| screen::complain(&secrets.page(&sentence(&line, lang)));
    noted(told!(
        lang,
        "{name} waits for shards; Ctrl-C returns its shards",
        "{name} 正在等待压测分片；按 Ctrl-C 会交还手中的分片"
    ));
    let worker = Worker {
        aim: planned::aim(&server),
        form: planned::form(&server),
        options: Options {
            threads: args.threads,
            owned: settings.ownership.i_own.clone(),
            ..Options::default()
        },
        sees_effects: acts.is_some(),
        process: entropy::draw(),
        name,
    };
    let stop = async move {
        signal.await;
    };
    work(worker, queue, acts, stop, noted).await?;
    Ok(Exit::Fine)
}
