//! The domains that a mini program may talk to: what WeChat takes into a list, and which URLs a list lets through.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Letters of a domain name (RFC 1035).
const NAME_LETTERS: usize = 253;

/// The domains that are configured at WeChat, for each kind of interface.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Domains {
    /// For wx.request.
    pub request: Vec<String>,
    /// For wx.uploadFile.
    pub upload: Vec<String>,
    /// For wx.downloadFile.
    pub download: Vec<String>,
    /// For wx.connectSocket.
    pub socket: Vec<String>,
    /// For wx.createUDPSocket.
    pub udp: Vec<String>,
    /// For wx.createTCPSocket.
    pub tcp: Vec<String>,
    /// Business domains, which the URLs of prefetch and periodic update must have.
    pub business: Vec<String>,
}

impl Domains {
    /// The lists, each with its kind.
    pub fn lists(&self) -> [(DomainKind, &[String]); 7] {
        DomainKind::ALL.map(|kind| (kind, self.of(kind)))
    }

    /// One list.
    pub fn of(&self, kind: DomainKind) -> &[String] {
        match kind {
            DomainKind::Request => &self.request,
            DomainKind::Upload => &self.upload,
            DomainKind::Download => &self.download,
            DomainKind::Socket => &self.socket,
            DomainKind::Udp => &self.udp,
            DomainKind::Tcp => &self.tcp,
            DomainKind::Business => &self.business,
        }
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> usize {
        let lists = self.lists();
        let each = lists.iter().flat_map(|(_, list)| list.iter());
        each.map(String::len).sum()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }
}

/// A list of domains at WeChat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DomainKind {
    /// For wx.request.
    Request,
    /// For wx.uploadFile.
    Upload,
    /// For wx.downloadFile.
    Download,
    /// For wx.connectSocket.
    Socket,
    /// For wx.createUDPSocket.
    Udp,
    /// For wx.createTCPSocket.
    Tcp,
    /// Business domains: pages in a web view, and the URLs of data prefetch and periodic update.
    Business,
}

/// A fault of a domain in a list, or something unusual about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DomainFault {
    /// It has no scheme, or no host.
    NotAUrl,
    /// Its scheme is another list's.
    Scheme,
    /// A user or a password stands before the host.
    Userinfo,
    /// A path, a query or a fragment follows.
    Path,
    /// It has a `*`.
    Wildcard,
    /// Its host has a `_`.
    Underscore,
    /// Its host is one word, which nobody can register.
    SingleLabel,
    /// localhost.
    Localhost,
    /// Its host has letters outside of ASCII.
    International,
    /// Its host has something else that belongs to no name.
    Letters,
    /// An IP address.
    IpAddress,
    /// WeChat's own API.
    ApiWeixin,
    /// Behind the colon stands no port.
    NotAPort,
    /// It ends in a slash.
    Slash,
    /// It names 443, which a request then has to name too.
    UsualPort,
    /// It names a port, though a socket's domain allows every port anyway.
    SocketPort,
}

/// The reason why a request does not leave the phone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RequestFault {
    /// Not https.
    #[error("the URL does not begin with https://")]
    Scheme,
    /// No host.
    #[error("this is no URL")]
    NotAUrl,
    /// This machine itself. Documented: network page.
    #[error("a mini program cannot talk to the phone it runs on")]
    ThisMachine,
    /// No domain of the list has that host.
    #[error("no request domain has this host; a parent domain does not cover its children")]
    Host,
    /// The domain is configured with another port, or with none.
    #[error(
        "the domain is configured with another port; without one, the URL must not name any, not even 443"
    )]
    Port,
}

impl DomainKind {
    /// Every list.
    pub const ALL: [Self; 7] = [
        Self::Request,
        Self::Upload,
        Self::Download,
        Self::Socket,
        Self::Udp,
        Self::Tcp,
        Self::Business,
    ];

    /// As `[domains]` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Socket => "socket",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Business => "business",
        }
    }

    /// The scheme of its domains.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Socket => "wss",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Request | Self::Upload | Self::Download | Self::Business => "https",
        }
    }

    /// The largest number of domains in the list.
    pub const fn limit(self) -> usize {
        match self {
            Self::Business => 300,
            _ => 200,
        }
    }
}

impl DomainFault {
    /// Its name.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::NotAUrl => "not-a-url",
            Self::Scheme => "scheme",
            Self::Userinfo => "userinfo",
            Self::Path => "path",
            Self::Wildcard => "wildcard",
            Self::Underscore => "underscore",
            Self::SingleLabel => "single-label",
            Self::Localhost => "localhost",
            Self::International => "international",
            Self::Letters => "letters",
            Self::IpAddress => "ip-address",
            Self::ApiWeixin => "api-weixin",
            Self::NotAPort => "not-a-port",
            Self::Slash => "slash",
            Self::UsualPort => "usual-port",
            Self::SocketPort => "socket-port",
        }
    }

    /// The words for it, behind the domain.
    pub const fn description(self) -> &'static str {
        match self {
            Self::NotAUrl => "is not a URL",
            Self::Scheme => "has the wrong scheme",
            Self::Userinfo => "has a user or a password before the host",
            Self::Path => "has more than scheme, host and port",
            Self::Wildcard => "has a `*`; each domain is listed by itself",
            Self::Underscore => "has a `_`; names have letters, digits and `-`",
            Self::SingleLabel => "has a host of one word, which is no registered domain",
            Self::Localhost => "is localhost",
            Self::International => {
                "has letters outside of ASCII; write it as certificates do, with xn--"
            }
            Self::Letters => "has a host that is no domain name",
            Self::IpAddress => "is an IP address",
            Self::ApiWeixin => "is WeChat's own API",
            Self::NotAPort => "has no port behind its colon",
            Self::Slash => "ends in a slash; write it without",
            Self::UsualPort => {
                "names port 443; requests are then let through only if they name it too"
            }
            Self::SocketPort => {
                "names a port; without one, sockets may use every port of the domain"
            }
        }
    }

    /// True if WeChat does not take the domain into that list. Otherwise it is worth a note.
    pub const fn is_refused(self, kind: DomainKind) -> bool {
        match self {
            Self::Slash | Self::UsualPort | Self::SocketPort => false,
            // Of letters, only the page about business domains speaks.
            Self::Underscore | Self::International => matches!(kind, DomainKind::Business),
            _ => true,
        }
    }
}

/// Everything that is wrong with a domain in that list, or unusual about it.
pub fn faults_of_domain(kind: DomainKind, domain: &str) -> Vec<DomainFault> {
    let Some(written) = Written::read(domain) else {
        return vec![DomainFault::NotAUrl];
    };
    let wrong_scheme = !written.scheme.eq_ignore_ascii_case(kind.scheme());
    let port = match written.port {
        Some(port) if port.parse::<u16>().is_err() => Some(DomainFault::NotAPort),
        Some(_) if kind == DomainKind::Socket => Some(DomainFault::SocketPort),
        Some("443") if kind.scheme() == "https" => Some(DomainFault::UsualPort),
        Some(_) | None => None,
    };
    let rest = match written.rest {
        "" => None,
        "/" => Some(DomainFault::Slash),
        _ => Some(DomainFault::Path),
    };
    [
        wrong_scheme.then_some(DomainFault::Scheme),
        written.userinfo.then_some(DomainFault::Userinfo),
        fault_of_host(kind, written.host),
        port,
        rest,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Success if a list of request domains lets a URL through. Addresses of the local network need no domain.
pub fn admit_request(domains: &[String], url: &str) -> Result<(), RequestFault> {
    let written = Written::read(url).ok_or(RequestFault::NotAUrl)?;
    match address(written.host) {
        Some(ip) if is_local(ip) => return Ok(()),
        Some(ip) if ip.is_loopback() => return Err(RequestFault::ThisMachine),
        _ if written.host.eq_ignore_ascii_case("localhost") => {
            return Err(RequestFault::ThisMachine);
        }
        _ => {}
    }
    if !written.scheme.eq_ignore_ascii_case("https") {
        return Err(RequestFault::Scheme);
    }
    let listed = domains.iter().filter_map(|domain| Written::read(domain));
    let mut known = listed
        .filter(|domain| domain.host.eq_ignore_ascii_case(written.host))
        .peekable();
    if known.peek().is_none() {
        return Err(RequestFault::Host);
    }
    if known.any(|domain| domain.port == written.port) {
        Ok(())
    } else {
        Err(RequestFault::Port)
    }
}

/// True if a host stands in a list, whatever the port.
pub fn lists_host(domains: &[String], host: &str) -> bool {
    let mut listed = domains.iter().filter_map(|domain| Written::read(domain));
    listed.any(|domain| domain.host.eq_ignore_ascii_case(host))
}

fn fault_of_host(kind: DomainKind, host: &str) -> Option<DomainFault> {
    if let Some(ip) = address(host) {
        // Addresses of the local network can be used while developing.
        let usable = is_local(ip) && kind != DomainKind::Business;
        return (!usable).then_some(DomainFault::IpAddress);
    }
    let lower = host.to_ascii_lowercase();
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if lower == "localhost" || lower.ends_with(".localhost") {
        Some(DomainFault::Localhost)
    } else if lower == "api.weixin.qq.com" {
        Some(DomainFault::ApiWeixin)
    } else if host.contains('*') {
        Some(DomainFault::Wildcard)
    } else if host.contains('_') {
        Some(DomainFault::Underscore)
    } else if !host.is_ascii() {
        Some(DomainFault::International)
    } else if host.len() > NAME_LETTERS
        || !host.chars().all(of_name)
        || !host.split('.').all(is_label)
    {
        Some(DomainFault::Letters)
    } else if !host.contains('.') {
        Some(DomainFault::SingleLabel)
    } else {
        None
    }
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// A domain or a URL, as it is written: a URL library drops a port that is the usual one.
struct Written<'a> {
    scheme: &'a str,
    userinfo: bool,
    host: &'a str,
    port: Option<&'a str>,
    rest: &'a str,
}

impl<'a> Written<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, behind) = text.split_once("://")?;
        let end = behind.find(['/', '?', '#', '\\']).unwrap_or(behind.len());
        let (authority, rest) = behind.split_at(end);
        let (userinfo, place) = match authority.rsplit_once('@') {
            Some((_, place)) => (true, place),
            None => (false, authority),
        };
        // Within brackets, colons belong to the address.
        let bracket = place.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match place[bracket..].find(':') {
            Some(colon) => (
                &place[..bracket + colon],
                Some(&place[bracket + colon + 1..]),
            ),
            None => (place, None),
        };
        (!scheme.is_empty() && !host.is_empty()).then_some(Self {
            scheme,
            userinfo,
            host,
            port,
            rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(kind: DomainKind, domain: &str) -> Vec<&'static str> {
        let faults = faults_of_domain(kind, domain);
        faults.into_iter().map(DomainFault::claim).collect()
    }

    #[test]
    fn what_is_wrong_with_a_domain_is_named() {
        for (kind, domain, expected) in [
            (DomainKind::Request, "https://a.example.com", &[] as &[_]),
            (DomainKind::Request, "https://a.example.com:8443", &[]),
            (DomainKind::Request, "https://192.168.0.2:8443", &[]),
            (DomainKind::Socket, "wss://a.example.com", &[]),
            (DomainKind::Udp, "udp://a.example.com", &[]),
            (DomainKind::Tcp, "tcp://a.example.com:7000", &[]),
            (DomainKind::Business, "https://a-b.example.com", &[]),
            (DomainKind::Request, "a.example.com", &["not-a-url"]),
            (DomainKind::Request, "https://", &["not-a-url"]),
            (DomainKind::Request, "http://a.example.com", &["scheme"]),
            (DomainKind::Tcp, "udp://a.example.com", &["scheme"]),
            (
                DomainKind::Request,
                "https://u:p@a.example.com",
                &["userinfo"],
            ),
            (DomainKind::Request, "https://a.example.com/v1", &["path"]),
            (DomainKind::Request, "https://a.example.com?x", &["path"]),
            (DomainKind::Request, "https://a.example.com/", &["slash"]),
            (DomainKind::Request, "https://*.example.com", &["wildcard"]),
            (
                DomainKind::Request,
                "https://a_b.example.com",
                &["underscore"],
            ),
            (DomainKind::Request, "https://intranet", &["single-label"]),
            (
                DomainKind::Request,
                "https://localhost:8080",
                &["localhost"],
            ),
            (DomainKind::Request, "https://例子.中国", &["international"]),
            (DomainKind::Request, "https://-a.example.com", &["letters"]),
            (DomainKind::Request, "https://a..example.com", &["letters"]),
            (DomainKind::Request, "https://203.0.113.7", &["ip-address"]),
            (
                DomainKind::Request,
                "https://[2001:db8::1]:8443",
                &["ip-address"],
            ),
            (DomainKind::Business, "https://192.168.0.2", &["ip-address"]),
            (
                DomainKind::Request,
                "https://API.weixin.qq.com",
                &["api-weixin"],
            ),
            (
                DomainKind::Request,
                "https://a.example.com:",
                &["not-a-port"],
            ),
            (
                DomainKind::Request,
                "https://a.example.com:443",
                &["usual-port"],
            ),
            (
                DomainKind::Socket,
                "wss://a.example.com:443",
                &["socket-port"],
            ),
            (
                DomainKind::Request,
                "http://u@a_b.example.com/x",
                &["scheme", "userinfo", "underscore", "path"],
            ),
        ] {
            assert_eq!(claims(kind, domain), expected, "{domain}");
        }
    }

    #[test]
    fn letters_of_server_domains_are_only_noted() {
        for fault in [DomainFault::Underscore, DomainFault::International] {
            assert!(fault.is_refused(DomainKind::Business));
            assert!(!fault.is_refused(DomainKind::Request));
        }
    }

    #[test]
    fn a_request_names_the_port_that_is_configured_and_no_other() {
        let domains = [
            "https://a.example.com".to_owned(),
            "https://b.example.com:8443".to_owned(),
        ];
        let admit = |url| admit_request(&domains, url);
        assert_eq!(admit("https://a.example.com/x?y"), Ok(()));
        assert_eq!(admit("https://A.example.com"), Ok(()));
        assert_eq!(admit("https://b.example.com:8443/x"), Ok(()));
        assert_eq!(admit("http://192.168.1.7:8080/x"), Ok(()));
        for (url, fault) in [
            ("https://a.example.com:443/", RequestFault::Port),
            ("https://b.example.com/", RequestFault::Port),
            ("https://b.example.com:9091/", RequestFault::Port),
            ("https://c.a.example.com/", RequestFault::Host),
            ("https://203.0.113.7/", RequestFault::Host),
            ("http://a.example.com/", RequestFault::Scheme),
            ("https://127.0.0.1/", RequestFault::ThisMachine),
            ("http://localhost:8080/", RequestFault::ThisMachine),
            ("a.example.com", RequestFault::NotAUrl),
        ] {
            assert_eq!(admit(url), Err(fault), "{url}");
        }
    }
}
