//! The connection to NATS, from what was given.

use anyhow::Result;
use wxcheck_workers::{connection::Access, queue::Queue};

use crate::{cli::NatsArgs, exit::usage, settings};

/// The bytes of a file with a seed, at most.
const MOST_OF_SEED: usize = 4096;

/// The queue of the NATS server that is given, if one is.
pub(crate) async fn queue(args: &NatsArgs, name: &str) -> Result<Option<Queue>> {
    let NatsArgs {
        nats,
        nats_replicas,
        nats_creds,
        nats_nkey,
        nats_ca,
        nats_cert,
        nats_key,
    } = args.clone();
    let Some(url) = nats else {
        return Ok(None);
    };
    let seed = match nats_nkey {
        Some(path) => Some(seed(&settings::read_text(&path, MOST_OF_SEED)?)?),
        None => None,
    };
    let access = Access {
        url,
        creds: nats_creds,
        nkey_seed: seed,
        ca: nats_ca,
        certificate: nats_cert.zip(nats_key),
    };
    let client = access.connect(name).await?;
    let replicas = usize::from(nats_replicas.unwrap_or(1));
    Ok(Some(Queue::open(client, replicas).await?))
}

/// The line of a file that is a seed; `nk -gen user` writes nothing else, `nsc` puts words around it.
fn seed(text: &str) -> Result<String> {
    let mut lines = text.lines().map(str::trim);
    let seed = lines.find(|line| line.starts_with("SU"));
    let seed = seed.ok_or_else(|| {
        usage((
            "--nats-nkey: no line of the file is the seed of a user (SU…)",
            "--nats-nkey：文件中没有用户种子（以 SU 开头的一行）",
        ))
    });
    seed.map(str::to_owned)
}
