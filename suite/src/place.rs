//! The configured URLs as addresses: what production demands of them, and whether this is production.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use wxcheck_mock_server::tls_probe::{ProbeError, TlsFacts};

/// One of the configured URLs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The URL to which pushes go.
    Callback,
    /// The URL from which data are fetched every twelve hours.
    Periodic,
    /// The URL from which data are fetched at a cold start.
    Prefetch,
}

impl Place {
    /// The name that readers know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Callback => "callback URL",
            Self::Periodic => "periodic URL",
            Self::Prefetch => "prefetch URL",
        }
    }
}

/// Observations of one of the configured URLs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inspection {
    /// The URL that was looked at.
    pub place: Place,
    /// Its address.
    pub address: Address,
    /// Its TLS, where it has any.
    pub tls: Option<Result<TlsFacts, ProbeError>>,
    /// The time at which it was looked at, in Unix seconds.
    pub now: u64,
}

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// `http`, `https`, `wss` and so on.
    pub scheme: String,
    /// The host as it is written.
    pub host: String,
    /// The port, the scheme's own where none is written.
    pub port: u16,
    /// The reach of the host.
    pub reach: Reach,
    /// True if the host is written as an IP address.
    pub is_ip: bool,
}

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

impl Address {
    /// The address of a URL.
    pub fn of(url: &Url) -> Self {
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::from(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::from(ip)),
            _ => None,
        };
        let host = url.host_str().unwrap_or_default();
        let localhost = host == "localhost" || host.ends_with(".localhost");
        let reach = match ip {
            Some(ip) if ip.is_loopback() || ip.is_unspecified() => Reach::Loopback,
            Some(IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => Reach::Local,
            Some(IpAddr::V6(ip)) if ip.is_unique_local() || ip.is_unicast_link_local() => {
                Reach::Local
            }
            None if localhost => Reach::Loopback,
            _ => Reach::Public,
        };
        let usual = match url.scheme() {
            "https" | "wss" => 443,
            _ => 80,
        };
        Self {
            scheme: url.scheme().to_owned(),
            host: host.to_owned(),
            port: url.port().unwrap_or(usual),
            reach,
            is_ip: ip.is_some(),
        }
    }

    /// True if it is on a port that WeChat calls: then it may be what production is configured with.
    pub const fn is_on_usual_port(&self) -> bool {
        matches!(self.port, 80 | 443)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn the_writing_tells_from_where_a_host_can_be_reached() {
        for (url, reach) in [
            ("http://127.0.0.1:8080/", Reach::Loopback),
            ("http://localhost/", Reach::Loopback),
            ("http://[::1]/", Reach::Loopback),
            ("http://192.168.1.7/", Reach::Local),
            ("http://[fd00::1]/", Reach::Local),
            ("https://api.example.com/", Reach::Public),
            ("https://203.0.113.7/", Reach::Public),
        ] {
            assert_eq!(address(url).reach, reach, "{url}");
        }
    }

    #[test]
    fn the_port_is_the_schemes_own_unless_one_is_written() {
        assert_eq!(address("https://h/").port, 443);
        assert_eq!(address("wss://h/").port, 443);
        assert!(address("http://h:443/").is_on_usual_port());
        assert!(!address("https://h:8443/").is_on_usual_port());
    }
}
