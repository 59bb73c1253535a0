//! The owner of the server under test: one that may be a stranger's is not judged, unless the caller says that it is theirs.

use std::{net::IpAddr, time::Duration};

use anyhow::Result;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};
use wxcheck_mock_server::ownership;
use wxcheck_suite::server::Server;

use crate::{exit::usage, language::both};

/// The time for looking a name up.
const LOOKUP: Duration = Duration::from_secs(5);
/// The pause between two tries. No signal tells that a name has begun to resolve.
const PAUSE: Duration = Duration::from_millis(500);

/// Fails if some URL leads to a machine that is neither this one nor in a private network, and whose host is not among
/// `owned`. Within, the reason that nobody knows where one leads: nothing is sent there. A name that does not resolve is looked up
/// again for as long as `wait`: that of a container does so only once it runs.
pub(super) async fn check(
    server: &Server,
    owned: &[String],
    wait: Option<Duration>,
) -> Result<Result<(), String>> {
    let end = Instant::now() + wait.unwrap_or_default();
    if let Some(wrong) = owned.iter().find(|host| !is_host(host)) {
        return Err(usage(both!(
            "--i-own: `{wrong}` is no host; give the host alone, like bot.example or 203.0.113.5",
            "--i-own：`{wrong}` 不是主机名；请只写主机，如 bot.example 或 203.0.113.5",
        )));
    }
    let mut urls = vec![server.target.url.clone()];
    urls.extend(server.urls().cloned());
    urls.dedup_by(|one, other| one.host_str() == other.host_str());
    for url in urls {
        let host = url.host_str().unwrap_or_default().to_owned();
        if owned.iter().any(|owned| owned.eq_ignore_ascii_case(&host)) {
            continue;
        }
        let addresses = loop {
            let (url, connecting) = (url.clone(), server.options.connecting.clone());
            let looked_up = spawn_blocking(move || ownership::addresses(&url, &connecting));
            let Ok(Ok(found)) = timeout(LOOKUP, looked_up).await else {
                return Ok(Err(format!("looking up the name `{host}` takes too long")));
            };
            match found {
                Ok(addresses) => break addresses,
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                Err(_) => return Ok(Err("the host name does not resolve".to_owned())),
            }
        };
        if let Some(address) = ownership::foreign(&host, &addresses, owned) {
            return Err(usage(format!(
                "`{host}` leads to {address}, which is neither this machine nor a private address; if it is yours to judge, give --i-own {host}, or i-own = \"{host}\" in wxcheck.toml; --gentle spares a server that others use"
            )));
        }
    }
    Ok(Ok(()))
}

/// True for a name or an address, without scheme, port or path.
fn is_host(text: &str) -> bool {
    let is_address = text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address || !(text.is_empty() || text.contains(['/', ':', ' ', '@']))
}
