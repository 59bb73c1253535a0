//! The standing platform on a socket: the API, and the control API below `/_wxcheck/`.

mod body;
mod callback;
mod connection;
mod content;
mod control;
mod fleet;
mod gate;
mod holding;
mod judge;
mod local;
mod outgoing;
mod parting;
mod phones;
mod places;
mod pusher;
mod seed;
mod session;
mod targets;
mod tls;
mod ui;
mod visiting;
mod words;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::{
    sync::watch,
    task::{AbortHandle, JoinHandle},
    time::timeout,
};

use crate::{
    catalogue::{Catalogue, CatalogueEntry},
    cloud_function::CloudFunctions,
    delivery::Policy,
    dispatch::{PlatformOptions, sender_options},
    hub::Hub,
    sender::SenderError,
};

pub use judge::{Judge, Judged};
pub use seed::{SeedError, Sown};
pub use tls::{Identity, Tls, TlsError};
pub use words::Words;

use body::Room;
use gate::Gate;
use local::Local;
use session::Sessions;
use targets::Targets;
use tls::Sealing;

/// The path of the control API.
pub const CONTROL_PREFIX: &str = "/_wxcheck/";
/// The one path of the control API that anybody may ask, by whatever name.
pub(crate) const HEALTH: &str = "/_wxcheck/health";

/// Options of a served platform.
#[derive(Clone, Default)]
pub struct ServeOptions {
    /// The bearer token that the control API must be shown. Without it the control API is open, which
    /// only a loopback address is safe enough for. An empty one is an error.
    pub control_token: Option<String>,
    /// Names by which the control API may be called, besides its address and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Hosts to which pushes and fetches may go, besides loopback and those that the state names at the start.
    pub allowed_targets: Vec<String>,
    /// The way pushes and fetches go out.
    pub platform: PlatformOptions,
    /// The policy for pushes that follow from acts and calls.
    pub retry: Policy,
    /// The cloud functions that phones may fetch from.
    pub functions: CloudFunctions,
    /// Pushes of the user's own, beside those that are built in.
    pub own_entries: Vec<CatalogueEntry>,
    /// The judge of answers to pushes, if there is one.
    pub judge: Option<Arc<dyn Judge>>,
    /// The words for whoever asks the control API in Chinese, if there are any.
    pub words: Option<Arc<dyn Words>>,
    /// Hold pushes to a server that refuses connections until it is back, in place of giving them up.
    pub holds_while_down: bool,
    /// The certificate where the platform speaks TLS.
    pub tls: Option<Tls>,
}

/// The platform could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or is none of this machine's.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address it was to listen on.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
    /// The control API would be open to everyone who reaches the address.
    #[error(
        "{0} can be reached from other machines, and so could the control API: give --control-token, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// A token that everybody knows.
    #[error(
        "--control-token: the token is empty, which is none at all; give one, or leave --control-token, WXCHECK_CONTROL_TOKEN and `control-token` in wxcheck.toml out"
    )]
    EmptyToken,
    /// More than a host, or none.
    #[error("{option} `{value}`: give the host alone, like staging.example.com or 192.168.1.7")]
    Host {
        /// The option.
        option: &'static str,
        /// The value that was given.
        value: String,
    },
    /// The certificate cannot be used.
    #[error("--tls: {0}")]
    Tls(#[from] TlsError),
    /// The system has no random bytes, and a session that can be guessed is none.
    #[error("the system gives no random bytes for the sessions of browsers")]
    NoRandomness,
    /// The HTTP client for pushes.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

/// The platform at work; it ends when dropped.
#[derive(Debug)]
#[must_use = "the platform stops when this is dropped"]
pub struct ApiServer {
    address: SocketAddr,
    certificate: Option<Arc<str>>,
    hub: Arc<Hub>,
    closing: watch::Sender<bool>,
    serving: Mutex<Option<JoinHandle<()>>>,
    tasks: [AbortHandle; 3],
    local: Local,
}

impl ApiServer {
    /// Listens, answers, and delivers what becomes due.
    pub async fn start(
        listen: SocketAddr,
        hub: Arc<Hub>,
        options: ServeOptions,
    ) -> Result<Self, ServeError> {
        let token = options.control_token.as_deref().map(str::trim);
        if token.is_some_and(str::is_empty) {
            return Err(ServeError::EmptyToken);
        }
        check_hosts("--allow-host", &options.allowed_hosts)?;
        check_hosts("--allow-target", &options.allowed_targets)?;
        if !listen.ip().is_loopback() && token.is_none() {
            return Err(ServeError::Open(listen));
        }
        let failed = |reason| ServeError::Listen {
            address: listen,
            reason,
        };
        let network = &options.platform.network;
        let listener = network.listen(listen).await.map_err(failed)?;
        let address = listener.address().map_err(failed)?;
        let sending = sender_options(&options.platform);
        let visiting = Arc::new(visiting::Visiting::new(&sending)?);
        let (scale, targets) =
            hub.with(|state, _| (state.scale, Targets::of(state, &options.allowed_targets)));
        let targets = Arc::new(targets);
        let catalogue = Catalogue::built_in()
            .map(|built_in| Arc::new(built_in.clone().with(options.own_entries)));
        let pusher_options = pusher::PusherOptions {
            sending: sending.clone(),
            targets: Arc::clone(&targets),
            catalogue,
            judge: options.judge,
            holds_while_down: options.holds_while_down,
            retry: options.retry,
        };
        let pusher = pusher::Pusher::new(Arc::clone(&hub), pusher_options)?;
        let pusher = Arc::new(pusher);
        let functions = options.functions;
        let phones = phones::Phones::new(Arc::clone(&hub), sending, functions, targets)?;
        let phones = Arc::new(phones);
        let closing = watch::Sender::new(false);
        let sealing = match &options.tls {
            Some(tls) => Some(Sealing::new(tls, address.ip(), &options.allowed_hosts)?),
            None => None,
        };
        let certificate = sealing.as_ref().map(Sealing::certificate);
        let sessions = options
            .control_token
            .clone()
            .map(|token| sessions(token, certificate.is_some()))
            .transpose()?;
        let room = Room::new(scale.bodies_bytes);
        let control = control::router(
            Arc::clone(&hub),
            Arc::clone(&pusher),
            Arc::clone(&phones),
            Arc::clone(&visiting),
            room.clone(),
            control::Door {
                sessions,
                certificate: certificate.clone(),
                words: options.words.clone(),
            },
            closing.subscribe(),
        );
        let serving = tokio::spawn(connection::serve(
            listener,
            connection::ConnectionDesk {
                hub: Arc::clone(&hub),
                control: control.clone(),
                gate: Gate::new(address.ip(), &options.allowed_hosts),
                room,
                visiting,
                words: options.words,
                connections: scale.connections,
                sealing,
                closing: closing.subscribe(),
            },
        ));
        let pushing = tokio::spawn(pusher.run());
        let fetching = tokio::spawn(phones.run());
        Ok(Self {
            address,
            certificate,
            hub,
            closing,
            tasks: [
                serving.abort_handle(),
                pushing.abort_handle(),
                fetching.abort_handle(),
            ],
            serving: Mutex::new(Some(serving)),
            local: Local::new(control, options.control_token),
        })
    }

    /// Registers what stands in a TOML file: `[apps.APPID]` as the control API takes it, `[apps.APPID.templates.ID]`, `[apps.APPID.menu]` and
    /// `[apps.APPID.users.OPENID]`. Of the apps that were in a store, only what the store does not know; where the callback
    /// of an app is given elsewhere, that of the file is left out.
    pub async fn sow(
        &self,
        text: &str,
        stored: &[Arc<str>],
        own_callback: Option<&str>,
    ) -> Result<Sown, SeedError> {
        self.hub.whole().await;
        seed::sow(&self.local, &self.hub, text, stored, own_callback).await
    }

    /// Asks the control API without a socket; the answer, or the reason for a refusal.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<serde_json::Value, String> {
        self.hub.whole().await;
        self.local.ask(method, path, body).await
    }

    /// Accepts no more calls and waits until those in flight are answered, at most so long. `false` if some were not.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.closing.send_replace(true);
        let serving = self
            .serving
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match serving {
            Some(serving) => timeout(limit, serving).await.is_ok(),
            None => true,
        }
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL in place of `https://api.weixin.qq.com`.
    pub fn base_url(&self) -> String {
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate as PEM, where it speaks TLS.
    pub fn certificate(&self) -> Option<String> {
        self.certificate.as_deref().map(str::to_owned)
    }

    /// State, clock and journal.
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

/// Sessions of this process alone.
fn sessions(token: String, is_sealed: bool) -> Result<Sessions, ServeError> {
    let mut key = [0; 32];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut key)
        .map_err(|_| ServeError::NoRandomness)?;
    Ok(Sessions::new(token, key, is_sealed))
}

fn check_hosts(option: &'static str, hosts: &[String]) -> Result<(), ServeError> {
    let is_host = |host: &&String| {
        Url::parse(&format!("http://{host}/"))
            .is_ok_and(|url| url.port().is_none() && url.path() == "/" && url.username().is_empty())
            && !host.contains([':', '@', '/', '?', '#', '\\'])
            || host.parse::<IpAddr>().is_ok()
    };
    match hosts.iter().find(|host| !is_host(host)) {
        Some(value) => Err(ServeError::Host {
            option,
            value: value.clone(),
        }),
        None => Ok(()),
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        // The tasks own the listener and the connections, so all of them end with these.
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
