//! The way to NATS: its URL and the credentials that it knows.

use std::path::PathBuf;

use async_nats::{Client, ConnectOptions};

/// A NATS server, and what it asks for. `Debug` is missing: the URL may hold a password.
#[derive(Clone, Default)]
pub struct Access {
    /// The URL, like nats://127.0.0.1:4222, or tls://; several with commas. User and password or a token may stand in it.
    pub url: String,
    /// A file with a JWT and its seed, as `nsc` writes it.
    pub creds: Option<PathBuf>,
    /// The seed of an nkey (`SU…`).
    pub nkey_seed: Option<String>,
    /// A PEM file with a certificate authority to trust.
    pub ca: Option<PathBuf>,
    /// PEM files with a certificate and its key, where the server asks who comes.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// A NATS server that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// The credentials cannot be read.
    #[error("the credentials in {path} cannot be used: {reason}")]
    Credentials {
        /// The file.
        path: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// Nobody answers, or they refuse.
    #[error("no connection to NATS: {0}; is nats-server running, with -js?")]
    Connect(String),
    /// JetStream refuses, or is switched off.
    #[error("JetStream cannot {0}: {1}")]
    JetStream(&'static str, String),
}

impl NatsError {
    /// An error of JetStream, with what was tried.
    pub(crate) fn of<E: std::fmt::Display>(tried: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::JetStream(tried, error.to_string())
    }
}

impl Access {
    /// Connects, under a name that operators see.
    pub async fn connect(&self, name: &str) -> Result<Client, NatsError> {
        let mut options = ConnectOptions::new().name(name);
        if let Some(path) = &self.creds {
            let read = options.credentials_file(path).await;
            options = read.map_err(|reason| NatsError::Credentials {
                path: path.display().to_string(),
                reason,
            })?;
        }
        if let Some(seed) = &self.nkey_seed {
            options = options.nkey(seed.clone());
        }
        if self.ca.is_some() || self.certificate.is_some() {
            options = options.require_tls(true);
        }
        if let Some(ca) = &self.ca {
            options = options.add_root_certificates(ca.clone());
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let servers: Vec<&str> = self.url.split(',').map(str::trim).collect();
        let connected = options.connect(servers).await;
        connected.map_err(|error| NatsError::Connect(error.to_string()))
    }
}
