//! The arguments of `wxcheck load`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use wxcheck_load::{
    pace::{self, HerdAt, Ramp, Spike, Time},
    part::Part,
    threshold::Threshold,
};
use wxcheck_settings::groups::{
    Callback, Carried, Control, Draw, Effects, Fetch, Ownership, Pushes,
};

use super::{NatsArgs, TargetArgs};

#[derive(Args)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(crate) callback: Callback,
    /// Pushes a second, whatever the server does; without it each connection sends as soon as it has an answer
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<f64>,
    /// A rate that changes evenly, like 0..20000/30s, before that of --rate; may be repeated
    #[arg(long, value_name = "FROM..TO/TIME")]
    pub(crate) ramp: Vec<Ramp>,
    /// Another rate for a while, like 50000@20s/3s; may be repeated
    #[arg(long, value_name = "RATE@AT/TIME")]
    pub(crate) spike: Vec<Spike>,
    /// Send N prefetches at one moment, like 10000@20s; may be repeated
    #[arg(long, value_name = "N@AT")]
    pub(crate) herd: Vec<HerdAt>,
    /// The length, like 30s or 5m, after that of the ramps [default: 10s, or until --count]
    #[arg(long, value_name = "TIME")]
    pub(crate) duration: Option<Time>,
    /// Stop after N requests
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Connections at once, at most [default: 64; with a rate 1000]
    #[arg(long, value_name = "N")]
    pub(crate) connections: Option<u32>,
    /// Pushes of the catalogue by weight, and the fetches prefetch and periodic, like text=70,prefetch=30 [default: text=100]
    #[arg(long, value_name = "NAME=WEIGHT,…")]
    pub(crate) mix: Option<String>,
    /// Draw users from a population of N (Zipf) [default: each push has a user of its own]
    #[arg(long, value_name = "N")]
    pub(crate) users: Option<u64>,
    /// Deliver this share of the pushes again, the same bytes, like 2%
    #[arg(long, value_name = "PERCENT")]
    pub(crate) redeliver: Option<Part>,
    /// Sign this share of the pushes wrongly, like 1%
    #[arg(long, value_name = "PERCENT")]
    pub(crate) forged: Option<Part>,
    /// Threads that send [default: one for each core; without a rate a power of two, at most 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    #[command(flatten)]
    pub(crate) ownership: Ownership,
    /// Write the report as JSON; `-` is standard output
    // It is no setting: the report is not that of a run.
    #[arg(id = "load-report", long = "report-json", value_name = "FILE")]
    pub(crate) report_json: Option<PathBuf>,
    /// Write the report as one HTML page, with plots over time
    #[arg(id = "load-html", long = "report-html", value_name = "FILE")]
    pub(crate) report_html: Option<PathBuf>,
    /// Write some of the exchanges, one JSON object a line: user, MsgId, times and how it ended
    #[arg(long, value_name = "FILE")]
    pub(crate) samples: Option<PathBuf>,
    /// Serve metrics for Prometheus at this address, at /metrics, while the run goes on
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Exit with 1 if this condition is true, like 'p99 > 200ms', 'failed > 0.1%' or 'lost > 0'; may be repeated
    #[arg(long, value_name = "THRESHOLD")]
    pub(crate) fail_if: Vec<Threshold>,
    /// Show what has changed since an earlier run, from what its --report-json wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) compare: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) effects: Effects,
    #[command(flatten)]
    pub(crate) control: Control,
    /// Workers that send, each a part of the requests; more may wait to take the place of one that dies [default: 1]
    #[arg(long, value_name = "N", help_heading = "NATS", requires = "nats")]
    pub(crate) workers: Option<u32>,
    /// Count effects at the workers, each of which has an --api-listen of its own
    #[arg(long, help_heading = "NATS", requires = "nats")]
    pub(crate) worker_effects: bool,
    /// Time to wait for the workers; then the run begins with those that are there [default: 30s]
    #[arg(long, value_name = "TIME", help_heading = "NATS", requires = "nats")]
    pub(crate) wait: Option<Time>,
    #[command(flatten)]
    pub(crate) nats: NatsArgs,
    #[command(flatten)]
    pub(crate) draw: Draw,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    #[command(flatten)]
    pub(crate) carried: Carried,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

impl LoadArgs {
    /// The options about time.
    pub(crate) fn pace(&self) -> pace::Asked {
        pace::Asked {
            rate: self.rate,
            ramps: self.ramp.clone(),
            spikes: self.spike.clone(),
            herds: self.herd.clone(),
            duration: self.duration,
            count: self.count,
        }
    }
}
