//! The addresses behind the host of a URL, and which of them take connections. A client picks any; WeChat may pick another
//! one than this machine.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::join_all;
use reqwest::Url;
use tokio::{net::lookup_host, time::timeout};
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
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    let mut addresses = connecting.addresses_of(host, port);
    if addresses.is_empty() {
        let found = timeout(limit, lookup_host((host, port))).await;
        addresses = match found {
            Ok(Ok(found)) => found.collect(),
            _ => Vec::new(),
        };
    }
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
