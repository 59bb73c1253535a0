//! The options that lead to NATS, and those of `wxcheck worker`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use wxcheck_settings::groups::{Callback, Carried, Control, Fetch, Ownership, Pushes};

use super::TargetArgs;

/// The way to NATS, with its own means of saying who comes.
#[derive(Args, Clone)]
pub(crate) struct NatsArgs {
    /// The NATS server with JetStream, like nats://127.0.0.1:4222, or tls://; several with commas
    #[arg(
        long,
        env = "WXCHECK_NATS",
        hide_env_values = true,
        value_name = "URL",
        help_heading = "NATS"
    )]
    pub(crate) nats: Option<String>,
    /// Servers of the cluster that keep the streams, 1 to 5: with 3 a run outlives the loss of one [default: 1]
    #[arg(
        long,
        env = "WXCHECK_NATS_REPLICAS",
        value_name = "N",
        help_heading = "NATS",
        requires = "nats",
        value_parser = clap::value_parser!(u8).range(1..=5)
    )]
    pub(crate) nats_replicas: Option<u8>,
    /// The credentials that `nsc` wrote: a JWT with its seed
    #[arg(
        long,
        env = "WXCHECK_NATS_CREDS",
        value_name = "FILE",
        help_heading = "NATS",
        requires = "nats",
        conflicts_with = "nats_nkey"
    )]
    pub(crate) nats_creds: Option<PathBuf>,
    /// The seed of an nkey
    #[arg(
        long,
        env = "WXCHECK_NATS_NKEY",
        value_name = "FILE",
        help_heading = "NATS",
        requires = "nats"
    )]
    pub(crate) nats_nkey: Option<PathBuf>,
    /// Trust the certificate authorities of this PEM file
    #[arg(
        long,
        env = "WXCHECK_NATS_CA",
        value_name = "FILE",
        help_heading = "NATS",
        requires = "nats"
    )]
    pub(crate) nats_ca: Option<PathBuf>,
    /// The certificate to show, where the server asks for one
    #[arg(
        long,
        env = "WXCHECK_NATS_CERT",
        value_name = "FILE",
        help_heading = "NATS",
        requires_all = ["nats", "nats_key"]
    )]
    pub(crate) nats_cert: Option<PathBuf>,
    /// Its private key
    #[arg(
        long,
        env = "WXCHECK_NATS_KEY",
        value_name = "FILE",
        help_heading = "NATS",
        requires = "nats_cert"
    )]
    pub(crate) nats_key: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    pub(crate) callback: Callback,
    /// The name in reports [default: drawn]
    #[arg(long, env = "WXCHECK_WORKER_NAME", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Threads that send [default: one for each core; without a rate a power of two, at most 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    #[command(flatten)]
    pub(crate) ownership: Ownership,
    /// Serve the mock API there, and report what the server calls: for runs with --worker-effects
    #[arg(long, env = "WXCHECK_API_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) api_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) control: Control,
    #[command(flatten)]
    pub(crate) nats: NatsArgs,
    #[command(flatten)]
    pub(crate) fetch: Fetch,
    #[command(flatten)]
    pub(crate) carried: Carried,
    #[command(flatten)]
    pub(crate) pushes: Pushes,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
