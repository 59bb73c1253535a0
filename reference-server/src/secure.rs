//! TLS in front of the server, right or with one thing wrong, with certificates made for the occasion.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wxcheck_network::Stream;

/// The name that the server's certificate is for. It leads nowhere by itself.
pub const HOST: &str = "wx.example.test";

/// The way the server speaks TLS.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tls {
    /// Not at all.
    #[default]
    None,
    /// As phones want it: a certificate for the name, in date, and its chain.
    Good,
    /// With a certificate that has expired.
    Expired,
    /// With a certificate that is not valid yet.
    NotYetValid,
    /// With a certificate for another name.
    WrongName,
    /// With a certificate that it signed itself.
    SelfSigned,
    /// Without the certificate between its own and the authority's.
    MissingIntermediate,
    /// The same under an authority of one's own, whose certificates say nowhere where others are; the file of those to be
    /// trusted has the one between as well.
    PrivateIntermediate,
    /// The same, where the file has the authority's certificate alone.
    PrivateRoot,
    /// With a chain that leads to an authority nobody trusts.
    UntrustedRoot,
    /// In versions below 1.2 only.
    OldVersions,
}

/// The gate through which connections come in.
pub(crate) struct Gate {
    acceptor: Option<TlsAcceptor>,
    authorities: Vec<CertificateDer<'static>>,
    /// Hands out the certificate in the middle, as authorities do.
    _issuer_page: JoinSet<()>,
}

impl Gate {
    pub(crate) async fn of(tls: Tls) -> io::Result<Option<Self>> {
        if tls == Tls::None {
            return Ok(None);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let made = Made::new(tls, listener.local_addr()?).map_err(io::Error::other)?;
        let mut issuer_page = JoinSet::new();
        issuer_page.spawn(hand_out(listener, made.intermediate.clone()));
        let authorities = made.authorities.clone();
        let acceptor = match tls {
            Tls::OldVersions => None,
            _ => Some(made.acceptor()?),
        };
        Ok(Some(Self {
            acceptor,
            authorities,
            _issuer_page: issuer_page,
        }))
    }

    /// The certificates that are to be trusted.
    pub(crate) fn authorities(&self) -> &[CertificateDer<'static>] {
        &self.authorities
    }

    /// The TLS connection with a client; `None` where the two do not agree.
    pub(crate) async fn pass(&self, mut stream: Stream) -> Option<TlsStream<Stream>> {
        if let Some(acceptor) = &self.acceptor {
            return acceptor.accept(stream).await.ok();
        }
        // Alert: fatal, protocol_version. A server of old answers so to whoever offers only what is newer.
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).await.ok()?;
        let mut rest = vec![0; usize::from(u16::from_be_bytes([hello[3], hello[4]]))];
        stream.read_exact(&mut rest).await.ok()?;
        stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await.ok()?;
        stream.shutdown().await.ok()?;
        None
    }
}

/// Certificates, from the authority's to the server's.
struct Made {
    authorities: Vec<CertificateDer<'static>>,
    intermediate: CertificateDer<'static>,
    sent: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Made {
    fn new(tls: Tls, issuer_page: SocketAddr) -> Result<Self, rcgen::Error> {
        let root_key = KeyPair::generate()?;
        let root_params = authority_params("wxcheck test root");
        let root = root_params.self_signed(&root_key)?;
        let root_issuer = Issuer::new(root_params, root_key);

        let middle_key = KeyPair::generate()?;
        let middle_params = authority_params("wxcheck test intermediate");
        let middle = middle_params.signed_by(&middle_key, &root_issuer)?;
        let middle_issuer = Issuer::new(middle_params, middle_key);

        let key = KeyPair::generate()?;
        let params = server_params(tls, issuer_page)?;
        let own = match tls {
            Tls::SelfSigned => params.self_signed(&key)?,
            _ => params.signed_by(&key, &middle_issuer)?,
        };
        let own = own.der().clone();
        let authorities = match tls {
            Tls::UntrustedRoot => vec![another_root()?],
            Tls::PrivateIntermediate => vec![root.der().clone(), middle.der().clone()],
            _ => vec![root.der().clone()],
        };
        Ok(Self {
            authorities,
            intermediate: middle.der().clone(),
            sent: match tls {
                Tls::SelfSigned
                | Tls::MissingIntermediate
                | Tls::PrivateIntermediate
                | Tls::PrivateRoot => vec![own],
                Tls::UntrustedRoot => vec![own, middle.der().clone(), root.der().clone()],
                _ => vec![own, middle.der().clone()],
            },
            key: PrivateKeyDer::try_from(key.serialize_der())
                .map_err(|_| rcgen::Error::CouldNotParseKeyPair)?,
        })
    }

    fn acceptor(self) -> io::Result<TlsAcceptor> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(self.sent, self.key)
            .map_err(io::Error::other)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn another_root() -> Result<CertificateDer<'static>, rcgen::Error> {
    let key = KeyPair::generate()?;
    let root = authority_params("wxcheck other test root").self_signed(&key)?;
    Ok(root.der().clone())
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(tls: Tls, issuer_page: SocketAddr) -> Result<CertificateParams, rcgen::Error> {
    let name = match tls {
        Tls::WrongName => "another.example.test",
        _ => HOST,
    };
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    match tls {
        Tls::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        Tls::NotYetValid => params.not_before = date_time_ymd(2200, 1, 1),
        _ => {}
    }
    if !matches!(
        tls,
        Tls::SelfSigned | Tls::PrivateIntermediate | Tls::PrivateRoot
    ) {
        let page = format!("http://{issuer_page}/intermediate.der");
        params.custom_extensions = vec![issuer_at(&page)];
    }
    Ok(params)
}

/// Authority information access: where the issuer's certificate can be had (RFC 5280, 4.2.2.1).
fn issuer_at(page: &str) -> CustomExtension {
    // Such a URL is shorter than 100 bytes, so every length fits into one byte.
    let within = |tag: u8, content: &[u8]| {
        let mut der = vec![tag, u8::try_from(content.len()).unwrap_or(u8::MAX)];
        der.extend_from_slice(content);
        der
    };
    let ca_issuers = within(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let place = within(0x86, page.as_bytes());
    let access = within(0x30, &[ca_issuers, place].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], within(0x30, &access))
}

/// Answers whatever is asked with the certificate.
async fn hand_out(listener: TcpListener, certificate: CertificateDer<'static>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 1024];
        let _asked = stream.read(&mut request).await;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            certificate.len()
        );
        let _told = stream
            .write_all(&[head.as_bytes(), &certificate].concat())
            .await;
    }
}
