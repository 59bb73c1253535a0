//! The platform: a target, a sender, a journal and a listener, kept together.

use std::{io, iter, sync::Arc, time::Duration};

use reqwest::Url;
use tokio::time::{Instant, sleep};
use wxcheck_events::Evidence;

use crate::{
    addresses::{self, Tried},
    bounds::RECORDS_OF_A_TEST,
    connecting::SharedConnecting,
    dispatch::{Note, PlatformOptions, Recorder, recorded, send_recorded, sender_options},
    exchange::{Exchange, Outcome},
    journal::Journal,
    lateness::Lateness,
    listener::Listener,
    mask::Mask,
    sender::{Held, Line, Raw, Request, Sender, SenderError},
    serve::ApiServer,
    target::Target,
};

/// The platform could not start; the target has no part in it.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The HTTP client.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// Our own listener on 127.0.0.1.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listener(#[from] io::Error),
}

/// WeChat, as one server sees it.
#[derive(Debug)]
pub struct Platform {
    target: Target,
    options: PlatformOptions,
    sender: Sender,
    journal: Arc<Journal>,
    mask: Arc<Mask>,
    listener: Listener,
    lateness: Arc<Lateness>,
    api: Option<ApiServer>,
}

impl Platform {
    /// Starts the platform for one target. Nothing is sent yet.
    pub async fn start(target: Target, options: PlatformOptions) -> Result<Self, PlatformError> {
        Self::start_with(target, &[], options, None).await
    }

    /// The same, for a target of which other URLs are called too, and beside an API that it calls; what it
    /// calls stands in the same journal.
    pub async fn start_with(
        target: Target,
        others: &[Url],
        options: PlatformOptions,
        api: Option<ApiServer>,
    ) -> Result<Self, PlatformError> {
        let journal = match &api {
            Some(api) => Arc::clone(api.hub().journal()),
            None => Arc::new(Journal::new(Instant::now(), RECORDS_OF_A_TEST)),
        };
        let is_secure = |url: &Url| url.scheme() == "https";
        let secure = is_secure(&target.url) || others.iter().any(is_secure);
        let scheme = if secure { "https" } else { "http" };
        let lateness = Arc::new(Lateness::watch());
        let sender = Sender::new(sender_options(&options), scheme)?;
        let mask = match &api {
            Some(api) => api.hub().mask(),
            None => Arc::new(Mask::of(iter::once((None, Some(&target))))),
        };
        Ok(Self {
            sender: sender.allowing_for(Arc::clone(&lateness)),
            listener: Listener::start(&options.network, Arc::clone(&journal), Arc::clone(&mask))
                .await?,
            mask,
            target,
            options,
            journal,
            lateness,
            api,
        })
    }

    /// The server that is pushed to.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The record of everything.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The same, for whoever holds it longer than the platform.
    pub fn shared_journal(&self) -> Arc<Journal> {
        Arc::clone(&self.journal)
    }

    /// The API that the target calls, if there is one.
    pub const fn api(&self) -> Option<&ApiServer> {
        self.api.as_ref()
    }

    /// Fetches a page, which need not be the target's: one GET, cut at the limit and recorded.
    pub async fn fetch(&self, url: Url) -> Result<Outcome, SenderError> {
        let sender = Sender::new(sender_options(&self.options), url.scheme())?;
        let sender = sender.allowing_for(Arc::clone(&self.lateness));
        let request = Request::get(url);
        let sending = sender.send(&request, None);
        let exchange = self
            .recorder()
            .record_whole(&request, Box::pin(sending))
            .await;
        Ok(exchange.outcome)
    }

    /// The addresses behind the target's host, and which of them take a connection within that limit.
    pub async fn addresses(&self, limit: Duration) -> Vec<Tried> {
        let options = &self.options;
        addresses::tried(
            &self.target.url,
            &options.connecting,
            &options.network,
            limit,
        )
        .await
    }

    /// The URL of a path of our own listener, for pushes that name one.
    pub fn listener_url(&self, path: &str) -> String {
        self.listener.url(path)
    }

    /// The limit of one exchange: five seconds times the patience.
    pub const fn exchange_limit(&self) -> Duration {
        self.sender.exchange_limit()
    }

    /// The lateness of this process.
    pub fn lateness(&self) -> &Lateness {
        &self.lateness
    }

    /// The settings for connections.
    pub const fn connecting(&self) -> &SharedConnecting {
        &self.options.connecting
    }

    /// A line on which requests follow each other over one connection.
    pub fn kept_line(&self) -> Result<Line, SenderError> {
        self.sender.kept_line()
    }

    /// Sends one request and records it when it leaves and when it ends.
    pub async fn send(&self, request: &Request, line: Option<&Line>) -> Exchange {
        let sending = self.sender.send(request, line);
        self.recorder()
            .record_whole(request, Box::pin(sending))
            .await
    }

    /// The same, with remarks.
    pub async fn send_noted(
        &self,
        request: &Request,
        line: Option<&Line>,
        note: &Note<impl Fn(&Outcome) -> Option<Evidence>>,
    ) -> Exchange {
        send_recorded(&self.sender, self.recorder(), request, line, note).await
    }

    /// Writes a request byte by byte in that way and records it; the connection is there where it is to be held.
    pub async fn write(
        &self,
        request: &Request,
        raw: &Raw,
        note: &Note<impl Fn(&Outcome) -> Option<Evidence>>,
    ) -> (Exchange, Option<Held>) {
        let mut held = None;
        let writing = async {
            let outcome;
            (outcome, held) = self.sender.write(request, raw).await;
            outcome
        };
        let exchange = recorded(self.recorder(), request, note, writing).await;
        (exchange, held)
    }

    /// Lets a pause between two deliveries pass, times the patience.
    pub async fn wait(&self, pause: Duration) {
        sleep(pause.mul_f64(self.options.patience)).await;
    }

    fn recorder(&self) -> Recorder<'_> {
        Recorder {
            journal: &self.journal,
            mask: &self.mask,
        }
    }
}
