//! The networks from which an address can be reached. What may be a stranger's and what only this machine sees is decided
//! here, and nowhere else.

use std::net::IpAddr;

use reqwest::Url;
use url::Host;

/// The networks from which a host can be reached, as far as its spelling tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// From this machine only.
    Loopback,
    /// From the local network only.
    Local,
    /// From anywhere.
    Public,
}

impl Reach {
    /// The reach of an address. One of version 4 that is written as one of version 6 is the same address.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let is_local = match address {
            IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
        };
        if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if is_local {
            Self::Local
        } else {
            Self::Public
        }
    }

    /// The reach of a URL's host. Of the names only `localhost` says that it is this machine's.
    pub fn of_url(url: &Url) -> Self {
        match url.host() {
            Some(Host::Ipv4(ip)) => Self::of(ip.into()),
            Some(Host::Ipv6(ip)) => Self::of(ip.into()),
            Some(Host::Domain(name)) if is_localhost(name) => Self::Loopback,
            _ => Self::Public,
        }
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writing_tells_from_where_a_host_can_be_reached() {
        for (url, reach) in [
            ("http://127.0.0.1:8080/", Reach::Loopback),
            ("http://0.0.0.0:8080/", Reach::Loopback),
            ("http://localhost/", Reach::Loopback),
            ("http://Bot.localhost./", Reach::Loopback),
            ("http://[::1]/", Reach::Loopback),
            ("http://[::ffff:127.0.0.1]/", Reach::Loopback),
            ("http://192.168.1.7/", Reach::Local),
            ("http://[::ffff:192.168.1.7]/", Reach::Local),
            ("http://[fd00::1]/", Reach::Local),
            ("https://api.example.com/", Reach::Public),
            ("https://203.0.113.7/", Reach::Public),
            ("https://[::ffff:203.0.113.7]/", Reach::Public),
        ] {
            assert_eq!(Reach::of_url(&url.parse().unwrap()), reach, "{url}");
        }
    }
}
