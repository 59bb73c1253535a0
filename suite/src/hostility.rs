//! Permission to send hostile requests to a target: nobody's server is attacked by mistake.

use url::{Host, Url};
use wxcheck_mock_server::PlatformOptions;

use crate::{place::Reach, reason::Unjudged};

/// Permission to send hostile requests, and which of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hostility {
    /// The reason that none may be sent, if none may.
    pub barred: Option<Unjudged>,
    /// The reason that no request can be written byte by byte, if none can.
    pub unwritable: Option<Unjudged>,
    /// The host that gets them though it is not this machine.
    pub host: Option<String>,
    /// Nothing is sent that could be too much for a server that others share.
    pub gentle: bool,
}

/// The options that are asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Asked {
    /// Hostile requests also to other machines.
    pub hostile: bool,
    /// None at all.
    pub gentle: bool,
}

impl Default for Hostility {
    /// The default: no hostile request may be sent unless somebody asked for it.
    fn default() -> Self {
        Self {
            barred: Some(Unjudged::NotAskedFor),
            unwritable: None,
            host: None,
            gentle: false,
        }
    }
}

impl Hostility {
    /// The permission for that URL.
    pub fn towards(url: &Url, asked: Asked, options: &PlatformOptions) -> Self {
        let here = is_here(url, options);
        let host = url.host_str().unwrap_or_default();
        let barred = if asked.gentle {
            Some(Unjudged::Gentle)
        } else if here || asked.hostile {
            None
        } else {
            Some(Unjudged::HostileElsewhere {
                host: host.to_owned(),
            })
        };
        let unwritable = options.environment_proxy.then_some(Unjudged::ThroughProxy);
        Self {
            host: (barred.is_none() && !here).then(|| host.to_owned()),
            gentle: asked.gentle,
            barred,
            unwritable,
        }
    }

    /// An error with the reason if none may be sent.
    pub fn allows(&self) -> Result<(), Unjudged> {
        self.barred.clone().map_or(Ok(()), Err)
    }

    /// An error with the reason if none may be sent that is written byte by byte.
    pub fn allows_bytes(&self) -> Result<(), Unjudged> {
        self.allows()?;
        self.writes_bytes()
    }

    /// An error with the reason if requests cannot be written byte by byte.
    pub fn writes_bytes(&self) -> Result<(), Unjudged> {
        self.unwritable.clone().map_or(Ok(()), Err)
    }
}

/// True if requests to the URL stay on this machine, also where its name is overridden.
fn is_here(url: &Url, options: &PlatformOptions) -> bool {
    if options.environment_proxy {
        return false;
    }
    let led = match url.host() {
        Some(Host::Domain(name)) => options.connecting.address_of(name),
        _ => None,
    };
    let reach = match led {
        Some(address) => Reach::of(address.ip()),
        None => Reach::of_url(url),
    };
    reach == Reach::Loopback
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::connecting::{Connecting, SharedConnecting};

    use super::*;

    const HOSTILE: Asked = Asked {
        hostile: true,
        gentle: false,
    };

    fn towards(url: &str, asked: Asked, resolve: &[&str]) -> Hostility {
        let resolve = resolve.iter().map(|text| text.parse().unwrap());
        let options = PlatformOptions {
            connecting: SharedConnecting::new(Connecting {
                resolve: resolve.collect(),
                ..Connecting::default()
            }),
            ..PlatformOptions::default()
        };
        Hostility::towards(&Url::parse(url).unwrap(), asked, &options)
    }

    #[test]
    fn this_machine_is_attacked_without_asking_and_no_other_is() {
        let barred = |url, asked, resolve: &[&str]| towards(url, asked, resolve).barred.is_some();
        let unasked = Asked::default();
        assert!(!barred("http://127.0.0.1:8080/", unasked, &[]));
        assert!(!barred("http://localhost/", unasked, &[]));
        assert!(!barred("http://[::ffff:127.0.0.1]:8080/", unasked, &[]));
        assert!(!barred("http://h.test/", unasked, &["h.test=127.0.0.1"]));
        assert!(barred(
            "http://localhost/",
            unasked,
            &["localhost=10.0.0.2"]
        ));
        assert!(barred("http://192.168.1.7/", unasked, &[]));
        assert!(barred("https://api.example.com/", unasked, &[]));
        assert!(!barred("https://api.example.com/", HOSTILE, &[]));
    }

    #[test]
    fn who_is_attacked_elsewhere_is_named() {
        let host = |url, asked| towards(url, asked, &[]).host;
        let named = host("https://api.example.com/", HOSTILE);
        assert_eq!(named.as_deref(), Some("api.example.com"));
        assert_eq!(host("http://127.0.0.1/", HOSTILE), None);
        assert_eq!(host("https://api.example.com/", Asked::default()), None);
    }

    #[test]
    fn gentle_wins_over_everything() {
        let gentle = Asked {
            gentle: true,
            ..HOSTILE
        };
        for url in ["http://127.0.0.1/", "https://api.example.com/"] {
            let barred = towards(url, gentle, &[]).barred.unwrap();
            assert_eq!(barred, Unjudged::Gentle, "{url}");
        }
    }
}
