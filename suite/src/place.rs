//! The configured URLs as addresses: what production demands of them, and whether this is production.

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use wxcheck_mock_server::tls_probe::{ProbeError, TlsFacts};

pub use wxcheck_mock_server::reach::Reach;

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

impl Address {
    /// The address of a URL.
    pub fn of(url: &Url) -> Self {
        let usual = match url.scheme() {
            "https" | "wss" => 443,
            _ => 80,
        };
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port().unwrap_or(usual),
            reach: Reach::of_url(url),
            is_ip: matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))),
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
    fn the_port_is_the_schemes_own_unless_one_is_written() {
        assert_eq!(address("https://h/").port, 443);
        assert_eq!(address("wss://h/").port, 443);
        assert!(address("http://h:443/").is_on_usual_port());
        assert!(!address("https://h:8443/").is_on_usual_port());
    }
}
