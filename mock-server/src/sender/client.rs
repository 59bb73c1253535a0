//! Carriers of requests: reqwest on this machine's network, a bare connection within the process.

use std::{error::Error, fmt, net::SocketAddr, sync::Arc};

use reqwest::{Body, RequestBuilder, Response, Url};
use wxcheck_network::{CallError, Line, Network};
use wxcheck_protocol::limits::CONNECT_LIMIT;

use super::{SenderError, SenderOptions};
use crate::connecting::{Connecting, SharedConnecting};

/// A client for one target.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// In place of the client's own connections, where they are made within the process.
    process: Option<Process>,
}

/// Connections within the process.
#[derive(Debug)]
struct Process {
    network: Network,
    connecting: SharedConnecting,
    line: Option<Line<Body>>,
}

impl Client {
    /// A client that makes a connection for each request.
    pub(super) fn for_fresh_connections(
        options: &SenderOptions,
        secure: bool,
    ) -> Result<Self, SenderError> {
        Self::new(options, secure, false)
    }

    /// A client whose requests, which must not overlap, follow each other on one connection.
    pub(super) fn for_a_kept_one(
        options: &SenderOptions,
        secure: bool,
    ) -> Result<Self, SenderError> {
        Self::new(options, secure, true)
    }

    fn new(options: &SenderOptions, secure: bool, kept: bool) -> Result<Self, SenderError> {
        let process = match &options.network {
            Network::Machine => None,
            network @ Network::Process(_) => Some(Process {
                network: network.clone(),
                connecting: SharedConnecting::clone(&options.connecting),
                line: kept.then(Line::default),
            }),
        };
        Ok(Self {
            http: http_client(options, secure, usize::from(kept))?,
            process,
        })
    }

    /// The client that requests are built with.
    pub(super) const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends a request; its answer may still be on its way when the head is there.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        match &self.process {
            None => Ok(request.send().await?),
            Some(process) => process.send(request.build()?).await,
        }
    }
}

impl Process {
    async fn send(&self, request: reqwest::Request) -> Result<Response, Failure> {
        let url = request.url().clone();
        let mut request = http::Request::<Body>::try_from(request)?;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        *request.uri_mut() = target.parse().map_err(|_| Failure::Nowhere)?;
        let address = self.address_of(&url).ok_or(Failure::Nowhere)?;
        let response = match &self.line {
            Some(line) => self.network.call_on(line, address, request).await?,
            None => self.network.call(address, request).await?,
        };
        Ok(Response::from(response.map(Body::wrap)))
    }

    /// Addresses stand in URLs as they are: within the process there are no names but those that lead somewhere.
    fn address_of(&self, url: &Url) -> Option<SocketAddr> {
        let port = url.port_or_known_default()?;
        let mut address = match url.host()? {
            url::Host::Domain(name) => self.connecting.address_of(name)?,
            url::Host::Ipv4(ip) => SocketAddr::new(ip.into(), port),
            url::Host::Ipv6(ip) => SocketAddr::new(ip.into(), port),
        };
        if address.port() == 0 {
            address.set_port(port);
        }
        Some(address)
    }
}

/// The reason that a request got no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// On this machine's network.
    Http(reqwest::Error),
    /// Within the process.
    Call(CallError),
    /// Within the process the URL leads nowhere.
    Nowhere,
}

impl Failure {
    /// True if there was no connection.
    pub(super) fn is_connect(&self) -> bool {
        match self {
            Self::Http(error) => error.is_connect(),
            Self::Call(CallError::Connect(_)) | Self::Nowhere => true,
            Self::Call(CallError::Http(_)) => false,
        }
    }

    /// True if making a connection took too long.
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_timeout())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(_) | Self::Call(_) => "no answer",
            Self::Nowhere => "the URL leads nowhere within the process",
        })
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Call(CallError::Connect(error)) => Some(error),
            Self::Call(CallError::Http(error)) => Some(error),
            Self::Nowhere => None,
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

fn http_client(
    options: &SenderOptions,
    secure: bool,
    idle_connections: usize,
) -> Result<reqwest::Client, SenderError> {
    let mut builder = reqwest::Client::builder()
        .http1_only()
        .http1_title_case_headers()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_LIMIT)
        .pool_max_idle_per_host(idle_connections)
        .tls_backend_preconfigured(tls(secure, &options.connecting)?);
    for (host, addresses) in options.connecting.names() {
        builder = builder.resolve_to_addrs(&host, &addresses);
    }
    if !options.environment_proxy {
        builder = builder.no_proxy();
    }
    Ok(builder.build()?)
}

/// Certificates are checked as the system would check them; nothing here can switch that off.
pub(super) fn tls(
    secure: bool,
    connecting: &Connecting,
) -> Result<rustls::ClientConfig, SenderError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    Ok(if secure {
        let verifier = verifier(connecting)?;
        config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    } else {
        config
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    })
}

/// The verifier of certificates: the system, and the authorities that are trusted besides.
pub(crate) fn verifier(
    connecting: &Connecting,
) -> Result<rustls_platform_verifier::Verifier, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    if connecting.trusted.is_empty() {
        rustls_platform_verifier::Verifier::new(provider)
    } else {
        let trusted = connecting.trusted.iter().cloned();
        rustls_platform_verifier::Verifier::new_with_extra_roots(trusted, provider)
    }
}
