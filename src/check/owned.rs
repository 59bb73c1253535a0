//! The owner of the server under test: one that may be a stranger's is not judged, unless the caller says that it is theirs.

use std::time::Duration;

use anyhow::Result;
use tokio::{task::spawn_blocking, time::timeout};
use wxcheck_mock_server::ownership;
use wxcheck_suite::server::Server;

use crate::exit::usage;

/// The time for looking a name up. One that is not found is told by the run.
const LOOKUP: Duration = Duration::from_secs(5);

/// Fails if some URL leads to a machine that is neither this one nor in a private network, and whose host is not among
/// `owned`.
pub(super) async fn check(server: &Server, owned: &[String]) -> Result<()> {
    let mut urls = vec![server.target.url.clone()];
    urls.extend(server.urls().cloned());
    urls.dedup_by(|one, other| one.host_str() == other.host_str());
    for url in urls {
        let host = url.host_str().unwrap_or_default().to_owned();
        let connecting = server.options.connecting.clone();
        let looked_up = spawn_blocking(move || ownership::addresses(&url, &connecting));
        let Ok(Ok(Ok(addresses))) = timeout(LOOKUP, looked_up).await else {
            continue;
        };
        if let Some(address) = ownership::foreign(&host, &addresses, owned) {
            return Err(usage(format!(
                "`{host}` leads to {address}, which is neither this machine nor a private address; if it is yours to judge, give --i-own {host}, or i-own = \"{host}\" in wxcheck.toml; --gentle spares a server that others use"
            )));
        }
    }
    Ok(())
}
