//! Looks at a server's TLS without sending it anything: what it agrees on, which certificates it sends, and whether a
//! phone would trust them. Each question is answered by itself, so that an expired certificate does not hide a missing
//! one.

mod certificate;

use std::{
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use rustls::{
    CertificateError, DigitallySignedStruct, ProtocolVersion, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;

use crate::{
    addresses,
    connecting::{Connecting, Issuers, Resolve, SharedConnecting},
    exchange::Outcome,
    reach::Reach,
    sender::{Request, Sender, SenderOptions, verifier},
};

/// The number of issuers that are fetched from the places that certificates name.
const FETCHED_ISSUERS: usize = 3;

/// The facts that were seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsFacts {
    /// The version that was agreed on, like `TLS 1.3`.
    pub version: &'static str,
    /// The certificates that the server sent, its own first.
    pub sent: Vec<CertificateFacts>,
    /// True if the server's own is for the name in the URL.
    pub name_matches: bool,
    /// The answer to whether a chain leads to a trusted authority; dates and names apart.
    pub chain: Chain,
}

/// One certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateFacts {
    /// The name of its subject.
    pub subject: String,
    /// The name of its signer.
    pub issuer: String,
    /// The names it is for.
    pub names: Vec<String>,
    /// The first second of its validity, since the Unix epoch.
    pub not_before: i64,
    /// The last one.
    pub not_after: i64,
}

impl CertificateFacts {
    /// The facts of a certificate in DER.
    pub fn read(der: &[u8]) -> Result<Self, ProbeError> {
        let (facts, _) = certificate::read(der).map_err(|error| {
            ProbeError::Handshake(format!("a certificate cannot be read: {error}"))
        })?;
        Ok(facts)
    }
}

/// The destination of the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Chain {
    /// To an authority that is trusted.
    Trusted,
    /// It would, with a certificate that the server does not send.
    MissingIntermediate {
        /// The signer of the last certificate that it sends.
        issuer: String,
        /// The facts known about that certificate.
        found: Found,
    },
    /// Nowhere: the server signed its certificate itself.
    SelfSigned,
    /// To an authority that is not trusted, or it is broken.
    Untrusted {
        /// The reason.
        reason: String,
    },
}

/// The facts known about a certificate that a server does not send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// It was fetched from where the last one says it is, and made the chain whole.
    Proven,
    /// It stands among the certificates that were named as trusted, below an authority of those.
    Named,
    /// The server sends its own certificate alone, which says nowhere where that of its issuer is; it is none of those
    /// that were named as trusted.
    Nowhere,
    /// Nobody asked for it to be fetched.
    NotAsked,
    /// It could not be fetched.
    Unreachable {
        /// The reason.
        reason: String,
    },
}

/// Nothing could be seen.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProbeError {
    /// No connection.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// No version that both know.
    #[error("no TLS version in common: {0}")]
    Version(String),
    /// Anything else that goes wrong with TLS.
    #[error("TLS failed: {0}")]
    Handshake(String),
    /// Our own TLS library.
    #[error("TLS could not be set up: {0}")]
    Setup(String),
}

/// Looks at the server of an https URL. `now` is in Unix seconds.
pub async fn probe(
    url: &Url,
    connecting: &SharedConnecting,
    limit: Duration,
    now: u64,
) -> Result<TlsFacts, ProbeError> {
    let host = url.host_str().unwrap_or_default();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|error| ProbeError::Unreachable(error.to_string()))?;
    let deadline = Instant::now() + limit;
    let late = |_| ProbeError::Unreachable(format!("nothing within {limit:?}"));
    let stream = timeout_at(deadline, connect(url, connecting))
        .await
        .map_err(late)?
        .map_err(|error| ProbeError::Unreachable(error.to_string()))?;
    let witness = Arc::new(Witness::default());
    let setup = |error: rustls::Error| ProbeError::Setup(error.to_string());
    let connector = connector(&witness).map_err(setup)?;
    let shaking = connector.connect(name.clone(), stream);
    let agreed = timeout_at(deadline, shaking).await.map_err(late)?;
    let stream = agreed.map_err(|error| of_handshake(&error))?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "another version of TLS",
    };
    let sent = witness.take();
    let leaf = sent
        .first()
        .ok_or_else(|| ProbeError::Handshake("the server sent no certificate".to_owned()))?;
    let facts = sent.iter().map(|der| CertificateFacts::read(der));
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    let name_matches = ParsedCertificate::try_from(leaf)
        .and_then(|leaf| verify_server_name(&leaf, &name))
        .is_ok();
    let verifying = Verifying {
        verifier: verifier(connecting).map_err(setup)?,
        of_roots: verifier_of_roots(connecting).map_err(setup)?,
        name,
        now: within(now, &facts[0]),
    };
    let chain = chain(&verifying, sent, &facts, connecting, limit).await;
    Ok(TlsFacts {
        version,
        sent: facts,
        name_matches,
        chain,
    })
}

/// Handshakes that take any certificate, and note which came. Nothing secret may go over such a connection.
pub(crate) fn connector(witness: &Arc<Witness>) -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn connect(url: &Url, connecting: &SharedConnecting) -> Result<TcpStream, io::Error> {
    let addresses = addresses::resolve(url, connecting).await?;
    TcpStream::connect(addresses.as_slice()).await
}

/// A moment at which the certificate is valid, as near to the present as can be: dates are another question.
fn within(now: u64, leaf: &CertificateFacts) -> UnixTime {
    let first = u64::try_from(leaf.not_before).unwrap_or(0);
    let last = u64::try_from(leaf.not_after).unwrap_or(0);
    let moment = now.clamp(first, last.max(first));
    UnixTime::since_unix_epoch(Duration::from_secs(moment))
}

struct Verifying {
    verifier: rustls_platform_verifier::Verifier,
    /// The system's authorities and, of those named, only such as signed themselves; where others are named too.
    of_roots: Option<rustls_platform_verifier::Verifier>,
    name: ServerName<'static>,
    now: UnixTime,
}

impl Verifying {
    /// Checks that the certificates lead to an authority that is trusted, whatever name they are for.
    fn verify(&self, sent: &[CertificateDer<'static>]) -> Result<(), rustls::Error> {
        self.verify_with(&self.verifier, sent)
    }

    fn verify_with(
        &self,
        verifier: &rustls_platform_verifier::Verifier,
        sent: &[CertificateDer<'static>],
    ) -> Result<(), rustls::Error> {
        let (leaf, rest) = sent.split_at(1);
        match verifier.verify_server_cert(&leaf[0], rest, &self.name, &[], self.now) {
            Ok(_)
            | Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

async fn chain(
    verifying: &Verifying,
    mut sent: Vec<CertificateDer<'static>>,
    facts: &[CertificateFacts],
    connecting: &SharedConnecting,
    limit: Duration,
) -> Chain {
    let untrusted = |reason: String| Chain::Untrusted { reason };
    match verifying.verify(&sent) {
        Ok(()) => return missing_among_the_named(verifying, &sent, facts),
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
        // The web's PKI wants a certificate of a server to be none of an authority, which self-made ones often are.
        Err(_) if facts[0].issuer == facts[0].subject => return Chain::SelfSigned,
        Err(error) => return untrusted(error.to_string()),
    }
    if facts[0].issuer == facts[0].subject {
        return Chain::SelfSigned;
    }
    let mut top = last_of_chain(facts);
    let first_missing = facts[top].issuer.clone();
    let unknown = if connecting.trusted.is_empty() {
        format!("`{first_missing}` is no authority that is trusted here")
    } else {
        format!(
            "`{first_missing}` is no authority that is trusted here; if one of --ca-cert signed it, the server does not send its certificate"
        )
    };
    if facts[top].issuer == facts[top].subject {
        return untrusted(unknown);
    }
    // Authorities that phones know say in each certificate where that of its issuer can be had.
    for _ in 0..FETCHED_ISSUERS {
        let Some(place) = issuer_place(&sent[top]) else {
            // Whoever names an authority of their own has a reason to: this server's certificate should lead there.
            if sent.len() > 1 || connecting.trusted.is_empty() {
                return untrusted(unknown);
            }
            return Chain::MissingIntermediate {
                issuer: first_missing,
                found: Found::Nowhere,
            };
        };
        let Some(issuers) = &connecting.issuers else {
            return Chain::MissingIntermediate {
                issuer: first_missing,
                found: Found::NotAsked,
            };
        };
        match fetch_certificate(&place, issuers, connecting, limit).await {
            Ok(issuer) => sent.push(issuer),
            Err(reason) => {
                return Chain::MissingIntermediate {
                    issuer: first_missing,
                    found: Found::Unreachable { reason },
                };
            }
        }
        top = sent.len() - 1;
        if verifying.verify(&sent).is_ok() {
            return Chain::MissingIntermediate {
                issuer: first_missing,
                found: Found::Proven,
            };
        }
    }
    untrusted(unknown)
}

/// A file of authorities often holds the certificates between as well. Whoever trusts the root alone is lost without them.
fn missing_among_the_named(
    verifying: &Verifying,
    sent: &[CertificateDer<'static>],
    facts: &[CertificateFacts],
) -> Chain {
    match &verifying.of_roots {
        Some(roots) if verifying.verify_with(roots, sent).is_err() => Chain::MissingIntermediate {
            issuer: facts[last_of_chain(facts)].issuer.clone(),
            found: Found::Named,
        },
        _ => Chain::Trusted,
    }
}

/// For a root that is named together with certificates that it signed: whoever trusts the root alone.
fn verifier_of_roots(
    connecting: &Connecting,
) -> Result<Option<rustls_platform_verifier::Verifier>, rustls::Error> {
    let signed_itself = |der: &&CertificateDer<'static>| {
        CertificateFacts::read(der).is_ok_and(|facts| facts.subject == facts.issuer)
    };
    let roots: Vec<_> = connecting
        .trusted
        .iter()
        .filter(signed_itself)
        .cloned()
        .collect();
    if roots.is_empty() || roots.len() == connecting.trusted.len() {
        return Ok(None);
    }
    let alone = Connecting {
        trusted: roots,
        ..Connecting::default()
    };
    verifier(&alone).map(Some)
}

/// From the server's own certificate, issuer by issuer, to the last that was sent.
fn last_of_chain(facts: &[CertificateFacts]) -> usize {
    let mut at = 0;
    for _ in 0..facts.len() {
        let issuer = &facts[at].issuer;
        let next = facts
            .iter()
            .position(|other| other.subject == *issuer && other != &facts[at]);
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// The URL that a certificate gives for its issuer's certificate.
fn issuer_place(certificate: &CertificateDer<'_>) -> Option<Url> {
    let (_, places) = certificate::read(certificate).ok()?;
    let mut urls = places.iter().filter_map(|place| Url::parse(place).ok());
    urls.find(|url| url.scheme() == "http")
}

/// The certificate says where, so the address is looked at before anything is sent, and is the one that is connected to.
async fn fetch_certificate(
    place: &Url,
    issuers: &Issuers,
    connecting: &SharedConnecting,
    limit: Duration,
) -> Result<CertificateDer<'static>, String> {
    let host = place.host_str().unwrap_or_default();
    let address = timeout(limit, addresses::resolve(place, connecting))
        .await
        .map_err(|_| format!("`{host}` was not resolved within {limit:?}"))?
        .map_err(|error| format!("`{host}`: {error}"))?
        .into_iter()
        .next()
        .ok_or_else(|| format!("`{host}` has no address"))?;
    if !is_public(address.ip()) && !issuers.besides.contains(&address.ip()) {
        return Err(format!(
            "{host} is {}, which is no public address; nothing is fetched from there",
            address.ip()
        ));
    }
    let options = SenderOptions {
        exchange_limit: limit,
        environment_proxy: false,
        closes: false,
        connecting: SharedConnecting::new(Connecting {
            resolve: vec![Resolve {
                host: host.to_owned(),
                address,
            }],
            ..Connecting::default()
        }),
        network: wxcheck_network::Network::Machine,
    };
    let sender = Sender::new(options, "http").map_err(|error| error.to_string())?;
    match sender.send(&Request::get(place.clone()), None).await {
        Outcome::Answered(answer) if answer.status == 200 => {
            certificate::read(&answer.body)
                .map_err(|_| "what came is no certificate".to_owned())?;
            Ok(CertificateDer::from(answer.body.clone()))
        }
        Outcome::Answered(answer) => Err(format!("the answer was {}", answer.status)),
        Outcome::Silent(silence) => Err(silence.to_string()),
    }
}

/// An address that the internet leads to: not this machine's, nor one of a network's own, nor one set apart.
fn is_public(address: IpAddr) -> bool {
    if Reach::of(address) != Reach::Public {
        return false;
    }
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            !(address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || first == 0
                || first >= 240
                // Between a provider and its customers, for benchmarks, and for protocols.
                || (first == 100 && (64..128).contains(&second))
                || (first == 198 && (18..20).contains(&second))
                || (first == 192 && second == 0 && third == 0))
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            // Global unicast, but for documentation and for addresses that hold one of version 4.
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && (second == 0x0db8 || second == 0))
                && first != 0x2002
        }
    }
}

fn of_handshake(error: &io::Error) -> ProbeError {
    use rustls::{AlertDescription, Error, PeerIncompatible};
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(
            Error::AlertReceived(AlertDescription::ProtocolVersion)
            | Error::PeerIncompatible(
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::ServerDoesNotSupportTls12Or13,
            ),
        ) => ProbeError::Version(error.to_string()),
        _ => ProbeError::Handshake(error.to_string()),
    }
}

/// Takes every certificate, so that it can be looked at. Nothing is sent over such a connection.
#[derive(Debug, Default)]
pub(crate) struct Witness(Mutex<Vec<CertificateDer<'static>>>);

impl Witness {
    fn take(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let sent = std::iter::once(leaf).chain(rest);
        let sent = sent.map(|certificate| certificate.clone().into_owned());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sent.collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_are_the_addresses_that_the_internet_leads_to() {
        for address in ["8.8.8.8", "101.32.1.1", "2400:3200::1", "::ffff:8.8.8.8"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    /// A page on this machine that counts who comes.
    async fn page() -> (tokio::net::TcpListener, Url) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/issuer.der", listener.local_addr().unwrap());
        (listener, Url::parse(&url).unwrap())
    }

    #[tokio::test]
    async fn nothing_is_sent_to_an_address_that_is_not_public_unless_a_test_says_so() {
        let (listener, place) = page().await;
        let limit = Duration::from_secs(1);
        let connecting = SharedConnecting::default();
        let issuers = Issuers::default();
        let refused = fetch_certificate(&place, &issuers, &connecting, limit).await;
        assert!(refused.unwrap_err().contains("no public address"));
        let renamed = SharedConnecting::new(Connecting {
            resolve: vec!["ca.example=127.0.0.1".parse().unwrap()],
            ..Connecting::default()
        });
        let named = Url::parse("http://ca.example/issuer.der").unwrap();
        let refused = fetch_certificate(&named, &issuers, &renamed, limit).await;
        assert!(refused.unwrap_err().contains("no public address"));
        let issuers = Issuers {
            besides: vec![IpAddr::from([127, 0, 0, 1])],
        };
        let fetching = fetch_certificate(&place, &issuers, &connecting, limit);
        let (fetched, visited) = tokio::join!(fetching, timeout(limit, listener.accept()));
        assert!(visited.is_ok(), "{fetched:?}");
        let nobody = timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(nobody.is_err(), "the refused ones did not connect");
    }
}
