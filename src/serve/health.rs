//! `wxcheck serve --health`: whether a platform serves at the address, for the health check of a container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Result;
use wxcheck_mock_server::control_client::ControlClient;
use wxcheck_settings::Settings;

use super::LISTEN;
use crate::{exit::Exit, screen};

/// Asks the platform that these settings start.
pub(super) async fn ask(settings: &Settings) -> Result<Exit> {
    let listen = called_at(settings.serve.listen.unwrap_or(LISTEN));
    let is_tls = settings.serve.tls || settings.serve.tls_cert.is_some();
    let scheme = if is_tls { "https" } else { "http" };
    let base = url::Url::parse(&format!("{scheme}://{listen}"))?;
    let client = ControlClient::new(base, None, &settings.platform_options()?)?;
    let answer = client.ask("GET", "/_wxcheck/health", None).await;
    match answer.map(|told| told["status"] == "ok") {
        Ok(true) => Ok(Exit::Fine),
        Ok(false) => Ok(report(settings, &format!("{listen} is no wxcheck serve"))),
        Err(reason) => Ok(report(settings, &format!("{listen}: {reason}"))),
    }
}

/// Docker takes 1 for unhealthy.
fn report(settings: &Settings, reason: &str) -> Exit {
    screen::complain(&settings.secrets().page(&format!("unhealthy: {reason}")));
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
