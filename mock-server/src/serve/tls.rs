//! TLS on the platform's own address: with a certificate that is given, or with one that is made for this process.
//!
//! SDKs call `https://api.weixin.qq.com`; some let only the host be replaced.

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use wxcheck_network::Stream;

/// The time that a client has for its part of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Names for which a certificate is made, besides the platform's own: SDKs that are led here by /etc/hosts ask for the last.
const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "::1", "api.weixin.qq.com"];
/// Letters of a line of PEM.
const PEM_LINE: usize = 64;

/// The certificate with which the platform speaks TLS.
#[derive(Clone, Debug)]
pub enum Tls {
    /// One that was given.
    Given(Arc<Identity>),
    /// One that is made for this process, and that nobody trusts yet.
    Made,
}

/// A certificate with those that vouch for it, and its key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// A certificate or a key that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// No certificate in the file.
    #[error(
        "there is no certificate in it; give a PEM file with -----BEGIN CERTIFICATE-----, the server's own first"
    )]
    NoCertificate,
    /// No key in the file.
    #[error(
        "there is no private key in it; give a PEM file with -----BEGIN PRIVATE KEY-----, without a password"
    )]
    NoKey,
    /// The two do not belong together, or are of a kind that is not known.
    #[error("the certificate and the key cannot be used together: {0}")]
    Unusable(String),
}

impl Identity {
    /// Reads both from PEM.
    pub fn read(chain: &str, key: &str) -> Result<Self, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::NoKey)?;
        let identity = Self { chain, key };
        identity.acceptor().map(|_| identity)
    }

    fn made(names: Vec<String>) -> Result<Self, TlsError> {
        let unusable = |error: rcgen::Error| TlsError::Unusable(error.to_string());
        let made = rcgen::generate_simple_self_signed(names).map_err(unusable)?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        Ok(Self {
            chain: vec![made.cert.der().clone()],
            key: PrivateKeyDer::Pkcs8(key),
        })
    }

    fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = config.with_no_client_auth();
                config.with_single_cert(self.chain.clone(), self.key.clone_key())
            })
            .map_err(|error| TlsError::Unusable(error.to_string()))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// The side of TLS that accepts, and what clients may trust.
#[derive(Clone)]
pub(super) struct Sealing {
    acceptor: TlsAcceptor,
    certificate: Arc<str>,
}

impl Sealing {
    /// For a platform that listens on that address, and is called by those names too.
    pub(super) fn new(tls: &Tls, listens_on: IpAddr, allowed: &[String]) -> Result<Self, TlsError> {
        let made;
        let identity = match tls {
            Tls::Given(identity) => identity.as_ref(),
            Tls::Made => {
                let own = Some(listens_on).filter(|address| !address.is_unspecified());
                let mut names: Vec<String> = NAMES.map(str::to_owned).into();
                names.extend(own.map(|address| address.to_string()));
                names.extend(allowed.iter().cloned());
                names.sort_unstable();
                names.dedup();
                made = Identity::made(names)?;
                &made
            }
        };
        let certificate = identity
            .chain
            .first()
            .map(|own| pem(own))
            .unwrap_or_default();
        Ok(Self {
            acceptor: identity.acceptor()?,
            certificate: certificate.into(),
        })
    }

    /// The certificate as PEM, which says nothing that a handshake does not say.
    pub(super) fn certificate(&self) -> Arc<str> {
        Arc::clone(&self.certificate)
    }

    /// The connection with a client that speaks TLS in time; nothing with any other.
    pub(super) async fn accept(&self, stream: Stream) -> Option<Wire> {
        let accepted = timeout(HANDSHAKE, self.acceptor.accept(stream)).await;
        let sealed = accepted.ok()?.ok()?;
        Some(Wire::Sealed(Box::new(sealed)))
    }
}

fn pem(certificate: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let encoded = BASE64_STANDARD.encode(certificate);
    for line in encoded.as_bytes().chunks(PEM_LINE) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// A connection, sealed or not.
pub(super) enum Wire {
    /// As bytes come.
    Plain(Stream),
    /// Within TLS.
    Sealed(Box<TlsStream<Stream>>),
}

impl Wire {
    /// Ends it with a reset, as far as the network knows one.
    pub(super) fn reset(self) {
        match self {
            Self::Plain(stream) => stream.reset(),
            Self::Sealed(sealed) => sealed.into_inner().0.reset(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Sealed(sealed) => Pin::new(sealed).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Sealed(sealed) => Pin::new(sealed).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Sealed(sealed) => Pin::new(sealed).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Sealed(sealed) => Pin::new(sealed).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_and_its_key_are_taken_and_nothing_else() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let chain = pem(made.cert.der());
        let key = pem(&made.signing_key.serialize_der()).replace("CERTIFICATE", "PRIVATE KEY");
        assert!(Identity::read(&chain, &key).is_ok());
        assert_eq!(
            Identity::read("", &key).unwrap_err(),
            TlsError::NoCertificate
        );
        assert_eq!(Identity::read(&chain, &chain).unwrap_err(), TlsError::NoKey);
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let other = pem(&other.signing_key.serialize_der()).replace("CERTIFICATE", "PRIVATE KEY");
        let mixed = Identity::read(&chain, &other).unwrap_err();
        assert!(matches!(mixed, TlsError::Unusable(_)), "{mixed:?}");
    }
}
