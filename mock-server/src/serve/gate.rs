//! Access to the platform: no request that a foreign page made a browser send, and to the control API none that
//! calls it by a name that it was not given.
//!
//! The control API acts for whoever reaches it, so a page on the web must not: neither straight away (its requests
//! say where they come from) nor by a name of its own that it lets lead to this machine (DNS rebinding). WeChat's API
//! answers under every name, for servers call it through proxies and by names such as `wxcheck:8900`; what a browser
//! sends it is held to the same names as the control API.
//!
//! A page that has such a name asks its own site: the browser need not say so. Its browser's other headers betray it.
//! Some SDKs send the same, so these may call WeChat's API by any name that no page can have: one without a dot, or
//! one of WeChat's. A page remains whose browser lets it remove all of these signs: it can read what WeChat's API
//! tells callers without a secret.

use std::net::IpAddr;

use axum::http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{ACCEPT_LANGUAGE, COOKIE, HOST, ORIGIN, REFERER, USER_AGENT},
    request::Parts,
    uri::Authority,
};

use super::{CONTROL_PREFIX, HEALTH};

/// The header in which a browser says what a request has to do with the page that caused it.
const FETCH_SITE: &str = "sec-fetch-site";
/// Domains in which no foreign page can have a name: WeChat's own, and those reserved for private networks.
const NOBODYS: [&str; 4] = [".weixin.qq.com", ".internal", ".localhost", ".test"];

/// The names under which the control API may be called.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    listens_on: IpAddr,
    named: Vec<String>,
}

/// The reason that a request goes no further.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Refusal {
    /// A page of another site made a browser send it.
    #[error(
        "{header} `{value}`: a page of another site asks, and none may; call the API from a server or a command line"
    )]
    Foreign {
        /// The header that says so.
        header: &'static str,
        /// The value of the header.
        value: String,
    },
    /// A question whether pages of other sites may ask: they may not.
    #[error("OPTIONS: pages of other sites may not call this; there are no CORS headers")]
    Preflight,
    /// No host was named, or two were.
    #[error("Host: give one Host header, like 127.0.0.1:8900")]
    NoHost,
    /// A name that is not ours.
    #[error(
        "Host `{0}`: the control API is not called so; use its address or localhost, or name it: `wxcheck serve --allow-host {0}`, or `allow-host` in wxcheck.toml"
    )]
    Host(String),
    /// A name that is not ours, and what a browser says.
    #[error(
        "Host `{0}`: it looks like a browser's request, and those reach the API under its own names only; use its address or localhost, or name it: `wxcheck serve --allow-host {0}`, or `allow-host` in wxcheck.toml"
    )]
    Browsed(String),
}

impl Refusal {
    /// The status of the answer.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Foreign { .. } | Self::Preflight => StatusCode::FORBIDDEN,
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::Host(_) | Self::Browsed(_) => StatusCode::MISDIRECTED_REQUEST,
        }
    }
}

impl Gate {
    /// For a platform that listens on that address. `named` are further names that it may be called by.
    pub(super) fn new(listens_on: IpAddr, named: &[String]) -> Self {
        let named = named.iter().map(|name| bare(name));
        Self {
            listens_on,
            named: named.collect(),
        }
    }

    /// Looks at a request before anything else does.
    pub(super) fn admit(&self, request: &Parts) -> Result<(), Refusal> {
        let Parts {
            method,
            uri,
            headers,
            ..
        } = request;
        let from_browser = check_origin(headers)?;
        if uri.path() == HEALTH {
            return Ok(());
        }
        if uri.path().starts_with(CONTROL_PREFIX) {
            if *method == Method::OPTIONS {
                return Err(Refusal::Preflight);
            }
            return check_host(uri, headers, |name| self.is_ours(name));
        }
        let checked = if from_browser {
            check_host(uri, headers, |name| self.is_ours(name))
        } else if looks_like_a_browser(headers) {
            check_host(uri, headers, |name| self.is_ours(name) || is_nobodys(name))
        } else {
            Ok(())
        };
        checked.map_err(|refusal| match refusal {
            Refusal::Host(name) => Refusal::Browsed(name),
            other => other,
        })
    }

    /// An address cannot be made to lead elsewhere, as a name can.
    fn is_ours(&self, name: &str) -> bool {
        if name == "localhost" || self.named.iter().any(|ours| ours == name) {
            return true;
        }
        name.trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| {
                let address = address.to_canonical();
                address.is_loopback()
                    || address == self.listens_on.to_canonical()
                    || self.listens_on.is_unspecified()
            })
    }
}

/// The one host that a request names, in its line too, must be good.
fn check_host(
    uri: &Uri,
    headers: &HeaderMap,
    is_good: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Refusal::NoHost);
    };
    let host = host.to_str().map_err(|_| Refusal::NoHost)?;
    // A request line with a whole URL in it names a host of its own.
    let in_line = uri.authority().map(Authority::as_str);
    for named in std::iter::once(host).chain(in_line) {
        let name = bare(named);
        if !is_good(&name) {
            return Err(Refusal::Host(name));
        }
    }
    Ok(())
}

/// True if its headers tell of a user or of the page before, as a browser's do.
fn looks_like_a_browser(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT);
    // Node.js says that it takes every language.
    let mut languages = headers.get_all(ACCEPT_LANGUAGE).iter();
    headers.contains_key(COOKIE)
        || headers.contains_key(REFERER)
        || languages.any(|languages| languages != "*")
        || agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/5.0"))
}

/// True if no foreign page can have that name, so that whoever looks like a browser is a server's SDK.
fn is_nobodys(name: &str) -> bool {
    !name.is_empty() && !name.contains('.') || NOBODYS.iter().any(|domain| name.ends_with(domain))
}

/// True if a browser sent it; an error where it did so for a page of another site.
fn check_origin(headers: &HeaderMap) -> Result<bool, Refusal> {
    let mut from_browser = false;
    for site in headers.get_all(FETCH_SITE) {
        from_browser = true;
        if site != "same-origin" && site != "none" {
            return Err(foreign("Sec-Fetch-Site", site.as_bytes()));
        }
    }
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    for origin in headers.get_all(ORIGIN) {
        from_browser = true;
        let own = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, origin)| {
                host.is_some_and(|host| origin.as_bytes().eq_ignore_ascii_case(host))
            });
        if !own {
            return Err(foreign("Origin", origin.as_bytes()));
        }
    }
    Ok(from_browser)
}

fn foreign(header: &'static str, value: &[u8]) -> Refusal {
    Refusal::Foreign {
        header,
        value: String::from_utf8_lossy(&value[..value.len().min(100)]).into_owned(),
    }
}

/// A host without its port, in small letters.
fn bare(host: &str) -> String {
    let end = match host.find(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    let name = host.get(..end).unwrap_or(host);
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn admitted(listens_on: &str, lines: &[(&str, &str)], path: &str) -> Result<(), Refusal> {
        let gate = Gate::new(listens_on.parse().unwrap(), &["Wxcheck".into()]);
        let request = lines
            .iter()
            .fold(Request::get(path), |request, (name, value)| {
                request.header(*name, *value)
            });
        gate.admit(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_control_api_goes_by_its_address_localhost_and_what_it_is_told() {
        let asked =
            |listens_on, host| admitted(listens_on, &[("host", host)], "/_wxcheck/state").is_ok();
        for host in [
            "127.0.0.1:8900",
            "127.0.0.1",
            "LOCALHOST:1",
            "localhost.",
            "[::1]:8900",
            "wxcheck:8900",
        ] {
            assert!(asked("127.0.0.1", host), "{host}");
        }
        for host in [
            "evil.example:8900",
            "127.0.0.1.evil.example",
            "192.168.1.7:8900",
            "localhost@evil.example",
            "",
        ] {
            assert!(!asked("127.0.0.1", host), "{host}");
        }
        assert!(asked("192.168.1.7", "192.168.1.7:8900"));
        assert!(asked("0.0.0.0", "192.168.1.7:8900"));
        assert!(!asked("0.0.0.0", "evil.example"));
    }

    #[test]
    fn one_host_is_named_also_where_the_request_line_has_a_url() {
        let two = [("host", "localhost"), ("host", "evil.example")];
        let state = "/_wxcheck/state";
        assert_eq!(admitted("127.0.0.1", &two, state), Err(Refusal::NoHost));
        assert_eq!(admitted("127.0.0.1", &[], state), Err(Refusal::NoHost));
        let line = "http://evil.example/_wxcheck/state";
        let refused = admitted("127.0.0.1", &[("host", "localhost")], line);
        assert_eq!(refused, Err(Refusal::Host("evil.example".into())));
    }

    #[test]
    fn the_api_answers_under_every_name_but_not_to_the_pages_of_others() {
        let path = "/cgi-bin/token";
        let asked = |lines: &[(&str, &str)]| admitted("127.0.0.1", lines, path);
        assert_eq!(asked(&[("host", "api.weixin.qq.com")]), Ok(()));
        assert_eq!(asked(&[]), Ok(()));
        let rebound = [("host", "evil.example"), ("origin", "http://evil.example")];
        assert_eq!(
            asked(&rebound),
            Err(Refusal::Browsed("evil.example".into()))
        );
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:3000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let refused = asked(&[("host", "127.0.0.1:8900"), (name, value)]);
            assert!(matches!(refused, Err(Refusal::Foreign { .. })), "{value}");
        }
        let own = [
            ("host", "127.0.0.1:8900"),
            ("origin", "http://127.0.0.1:8900"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(asked(&own), Ok(()));
    }

    /// A page that asks its own site over http gets no header from its browser that says so.
    #[test]
    fn a_page_that_takes_a_name_of_its_own_is_known_by_what_its_browser_says() {
        let asked = |host, name, value| {
            let lines = [("host", host), (name, value)];
            admitted("127.0.0.1", &lines, "/cgi-bin/token")
        };
        let signs = [
            ("accept-language", "zh-CN,zh;q=0.9"),
            ("referer", "http://evil.example:8900/"),
            ("cookie", "a=b"),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0",
            ),
        ];
        for (name, value) in signs {
            for host in ["evil.example:8900", "weixin.qq.com.evil.example"] {
                let refused = asked(host, name, value);
                assert!(matches!(refused, Err(Refusal::Browsed(_))), "{name}");
            }
            // Some SDKs say so too; these are names that no page has.
            for host in [
                "127.0.0.1:8900",
                "wxcheck:8900",
                "api.weixin.qq.com",
                "host.docker.internal:8900",
            ] {
                assert_eq!(asked(host, name, value), Ok(()), "{name} to {host}");
            }
        }
        for (name, value) in [
            ("accept-language", "*"),
            ("user-agent", "node"),
            ("user-agent", "python-requests/2.32.3"),
            ("user-agent", "Go-http-client/1.1"),
            ("user-agent", "Java/21"),
        ] {
            assert_eq!(asked("mock.example.com", name, value), Ok(()), "{value}");
        }
    }
}
