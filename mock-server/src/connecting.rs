//! Connections, where they are not left to the system: further authorities to trust, and addresses for host names.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use rustls::pki_types::pem::PemObject;

pub use rustls::pki_types::CertificateDer;

/// Settings that the system does not have. The default adds nothing.
#[derive(Clone, Debug, Default)]
pub struct Connecting {
    /// Certificate authorities that are trusted besides the system's.
    pub trusted: Vec<CertificateDer<'static>>,
    /// Names that lead elsewhere than the DNS says.
    pub resolve: Vec<Resolve>,
    /// Names that were looked up once and for all: what the DNS says of them later does not count. Whoever answers for a name
    /// could let it lead to this machine while its owner is asked for, and to a stranger's afterwards.
    pub pinned: Vec<Resolve>,
    /// Set if certificates that a chain lacks are fetched from the places that other certificates name. A server that
    /// is looked at names these places, and could name any.
    pub issuers: Option<Issuers>,
}

/// The places from which certificates are fetched: public addresses.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Issuers {
    /// Further addresses. Tests have no public one.
    pub besides: Vec<IpAddr>,
}

impl Connecting {
    /// The address of a host's name, if one is set here.
    pub fn address_of(&self, host: &str) -> Option<SocketAddr> {
        self.all_of(host).next()
    }

    /// All addresses that are set here for a host's name, with that port where they name none.
    pub fn addresses_of(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        let of = |mut address: SocketAddr| {
            if address.port() == 0 {
                address.set_port(port);
            }
            address
        };
        self.all_of(host).map(of).collect()
    }

    /// Every name that leads to addresses set here, once, with all of them.
    pub(crate) fn names(&self) -> BTreeMap<String, Vec<SocketAddr>> {
        let names = self.resolve.iter().chain(&self.pinned);
        let names = names.map(|resolve| resolve.host.to_ascii_lowercase());
        names
            .map(|host| {
                let addresses = self.all_of(&host).collect();
                (host, addresses)
            })
            .collect()
    }

    /// Lets a name lead to these addresses from here on, at whatever port a URL has.
    pub fn pin(&mut self, host: &str, addresses: &[SocketAddr]) {
        self.pinned.extend(addresses.iter().map(|address| Resolve {
            host: host.to_owned(),
            address: SocketAddr::new(address.ip(), 0),
        }));
    }

    /// The addresses of a name: those that whoever runs this gives count before those that were found.
    fn all_of(&self, host: &str) -> impl Iterator<Item = SocketAddr> {
        let is_it = |resolve: &Resolve| resolve.host.eq_ignore_ascii_case(host);
        let said = self.resolve.iter().any(is_it);
        let names = if said { &self.resolve } else { &self.pinned };
        let names = names.iter().filter(move |resolve| is_it(resolve));
        names.map(|resolve| resolve.address)
    }
}

impl Issuers {
    /// From public addresses, and these.
    pub fn besides(addresses: &[IpAddr]) -> Self {
        Self {
            besides: addresses.to_vec(),
        }
    }
}

/// Shared by whoever connects.
pub type SharedConnecting = Arc<Connecting>;

/// A name and its address, written `HOST=ADDRESS` or `HOST=ADDRESS:PORT`. The port holds where the URL names none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolve {
    /// The host, as in the URL.
    pub host: String,
    /// Its address; port 0 stands for the scheme's own.
    pub address: SocketAddr,
}

/// A text that is not a name and an address.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}`: write HOST=ADDRESS or HOST=ADDRESS:PORT, like api.example.com=127.0.0.1:8443")]
pub struct ResolveError(String);

impl FromStr for Resolve {
    type Err = ResolveError;

    fn from_str(text: &str) -> Result<Self, ResolveError> {
        let error = || ResolveError(text.to_owned());
        let (host, address) = text.split_once('=').ok_or_else(error)?;
        if host.is_empty() || host.contains(['/', ':']) {
            return Err(error());
        }
        let address = address
            .parse::<SocketAddr>()
            .or_else(|_| address.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0)))
            .map_err(|_| error())?;
        Ok(Self {
            host: host.to_owned(),
            address,
        })
    }
}

/// A file of certificates that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CertificatesError {
    /// Nothing in it.
    #[error("there is no certificate in it; it must hold `-----BEGIN CERTIFICATE-----`")]
    None,
    /// Not PEM.
    #[error("a certificate in it cannot be read: {0}")]
    Broken(String),
}

/// The certificates of a PEM file.
pub fn read_certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, CertificatesError> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| CertificatesError::Broken(error.to_string()))?;
    if certificates.is_empty() {
        return Err(CertificatesError::None);
    }
    let mut roots = rustls::RootCertStore::empty();
    for (place, certificate) in certificates.iter().enumerate() {
        roots
            .add(certificate.clone())
            .map_err(|error| CertificatesError::Broken(format!("number {}: {error}", place + 1)))?;
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_an_address_with_or_without_a_port() {
        let resolve: Resolve = "api.example.com=127.0.0.1:8443".parse().unwrap();
        let connecting = Connecting {
            resolve: vec![resolve, "b.example.com=::1".parse().unwrap()],
            ..Connecting::default()
        };
        assert_eq!(
            connecting.address_of("API.example.com"),
            Some("127.0.0.1:8443".parse().unwrap())
        );
        assert_eq!(
            connecting.address_of("b.example.com"),
            Some("[::1]:0".parse().unwrap())
        );
        assert_eq!(connecting.address_of("example.com"), None);
        for bad in ["", "x", "=127.0.0.1", "h=somewhere", "http://h=127.0.0.1"] {
            let error = bad.parse::<Resolve>().unwrap_err().to_string();
            assert!(error.contains("HOST=ADDRESS"), "{error}");
        }
    }

    #[test]
    fn a_name_that_is_pinned_leads_there_unless_it_is_led_elsewhere() {
        let mut connecting = Connecting {
            resolve: vec!["led.example=127.0.0.2:81".parse().unwrap()],
            ..Connecting::default()
        };
        let found = ["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()];
        connecting.pin("bot.example", &found);
        connecting.pin("led.example", &found);
        let of = |host: &str| {
            let addresses = connecting.addresses_of(host, 8443);
            let addresses = addresses.iter().map(SocketAddr::to_string);
            addresses.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("BOT.example"), "127.0.0.1:8443 [::1]:8443");
        assert_eq!(of("led.example"), "127.0.0.2:81");
        assert_eq!(of("other.example"), "");
        assert_eq!(connecting.names().len(), 2);
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        assert_eq!(read_certificates("").unwrap_err(), CertificatesError::None);
        let broken = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            read_certificates(broken),
            Err(CertificatesError::Broken(_))
        ));
    }
}
