//! `wxcheck serve --health`: whether a platform serves at the address, for the health check of a container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Result;
use wxcheck_mock_server::liveness::{self, NotAlive};
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_settings::Settings;

use super::LISTEN;
use wxcheck_suite::words::sentence;

use crate::{exit::Exit, language::Language, screen};

/// Asks the platform that these settings start.
pub(super) async fn ask(settings: &Settings, lang: Language) -> Result<Exit> {
    let listen = called_at(settings.serve.listen.unwrap_or(LISTEN));
    let by_tls = settings.serve.tls || settings.serve.tls_cert.is_some();
    Ok(match outcome(listen, by_tls).await {
        Ok(()) => Exit::Fine,
        Err(reason) => report(settings, &format!("{listen}: {reason}"), lang),
    })
}

/// An image's health check has none of the options with which its container was started, so TLS is tried where nothing else answers.
async fn outcome(listen: SocketAddr, by_tls: bool) -> Result<(), NotAlive> {
    let first = liveness::ask(listen, by_tls, EXCHANGE_LIMIT).await;
    match first {
        Err(NotAlive::Silent(_)) if !by_tls => {
            liveness::ask(listen, true, EXCHANGE_LIMIT).await.or(first)
        }
        first => first,
    }
}

/// Docker takes 1 for unhealthy.
fn report(settings: &Settings, reason: &str, lang: Language) -> Exit {
    let told = sentence(&format!("unhealthy: {reason}"), lang);
    screen::complain(&settings.secrets().page(&told));
    Exit::Broken
}

/// The address at which this machine reaches what listens there.
const fn called_at(listen: SocketAddr) -> SocketAddr {
    let host = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    };
    SocketAddr::new(host, listen.port())
}
