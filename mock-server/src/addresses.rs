//! The addresses behind the host of a URL, and which of them take connections. A client picks any; WeChat may pick another
//! one than this machine.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    time::Duration,
};

use futures_util::future::join_all;
use reqwest::Url;
use tokio::{net::lookup_host, time::timeout};
use url::Host;
use wxcheck_network::Network;

use crate::connecting::Connecting;

/// More addresses than this are not tried.
const MOST: usize = 8;

/// An address, and whether it takes a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tried {
    /// The address.
    pub address: SocketAddr,
    /// True if a connection was made within the limit.
    pub connects: bool,
}

/// Tries each address of the URL's host. Nothing is sent.
pub(crate) async fn tried(
    url: &Url,
    connecting: &Connecting,
    network: &Network,
    limit: Duration,
) -> Vec<Tried> {
    let mut addresses = match timeout(limit, resolve(url, connecting)).await {
        Ok(Ok(found)) => found,
        _ => Vec::new(),
    };
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MOST);
    join_all(addresses.into_iter().map(async |address| {
        let connected = timeout(limit, network.connect(address)).await;
        let connects = matches!(connected, Ok(Ok(_)));
        Tried { address, connects }
    }))
    .await
}

/// The addresses to which a URL leads, at least one. A name that no setting leads anywhere is looked up.
pub(crate) async fn resolve(url: &Url, connecting: &Connecting) -> io::Result<Vec<SocketAddr>> {
    match Lead::of(url, connecting)? {
        Lead::To(addresses) => Ok(addresses),
        Lead::Asked(name, port) => at_least_one(lookup_host((name, port)).await?),
    }
}

/// The same for a thread that may wait.
pub fn resolve_blocking(url: &Url, connecting: &Connecting) -> io::Result<Vec<SocketAddr>> {
    match Lead::of(url, connecting)? {
        Lead::To(addresses) => Ok(addresses),
        Lead::Asked(name, port) => at_least_one((name, port).to_socket_addrs()?),
    }
}

fn at_least_one(found: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(found)
}

/// The place to which a URL leads, as far as it is known before anybody is asked.
enum Lead<'a> {
    /// These addresses.
    To(Vec<SocketAddr>),
    /// The addresses that the system finds for this name, at this port.
    Asked(&'a str, u16),
}

impl<'a> Lead<'a> {
    fn of(url: &'a Url, connecting: &Connecting) -> io::Result<Self> {
        let port = url.port_or_known_default().unwrap_or(80);
        let name = match url.host() {
            Some(Host::Ipv4(ip)) => return Ok(Self::To(vec![SocketAddr::new(ip.into(), port)])),
            Some(Host::Ipv6(ip)) => return Ok(Self::To(vec![SocketAddr::new(ip.into(), port)])),
            Some(Host::Domain(name)) => name,
            None => return Err(io::ErrorKind::InvalidInput.into()),
        };
        let set = connecting.addresses_of(name, port);
        Ok(if set.is_empty() {
            Self::Asked(name, port)
        } else {
            Self::To(set)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(url: &str, connecting: &Connecting) -> Vec<String> {
        let url: Url = url.parse().unwrap();
        let found = resolve(&url, connecting).await.unwrap();
        assert_eq!(resolve_blocking(&url, connecting).unwrap(), found, "{url}");
        found.iter().map(SocketAddr::to_string).collect()
    }

    #[tokio::test]
    async fn an_address_leads_to_itself_and_a_name_where_it_is_set_to() {
        let connecting = Connecting {
            resolve: vec!["bot.invalid=127.0.0.9".parse().unwrap()],
            ..Connecting::default()
        };
        for (url, address) in [
            ("http://[::1]:8080/", "[::1]:8080"),
            ("https://[2001:db8::1]/", "[2001:db8::1]:443"),
            ("http://127.0.0.1/", "127.0.0.1:80"),
            ("https://bot.invalid/", "127.0.0.9:443"),
        ] {
            assert_eq!(resolved(url, &connecting).await, [address], "{url}");
        }
    }

    #[tokio::test]
    async fn a_server_at_an_address_in_brackets_is_found() {
        let network = Network::within_the_process();
        let listener = network.listen("[::1]:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/", listener.address().unwrap());
        let (url, connecting) = (url.parse().unwrap(), Connecting::default());
        let found = tried(&url, &connecting, &network, Duration::from_secs(5)).await;
        assert!(matches!(found[..], [Tried { connects: true, .. }]));
    }
}
