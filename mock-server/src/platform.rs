//! The platform: a target, a sender, a journal and a listener, kept together.

use std::{io, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use wxcheck_protocol::limits::EXCHANGE_LIMIT;

use crate::{
    delivery::{Delivery, Heard, Next, Policy},
    exchange::{Exchange, Outcome},
    journal::{Journal, RecordKind},
    listener::Listener,
    sender::{Line, Request, Sender, SenderError, SenderOptions},
    target::Target,
};

/// How many records the journal keeps.
const JOURNAL_CAPACITY: usize = 10_000;

/// How the platform behaves towards its target.
#[derive(Clone, Copy, Debug)]
pub struct PlatformOptions {
    /// Multiplies WeChat's five seconds. 1 is the truth; less saves time where a server is known
    /// to be quick, more helps under a debugger.
    pub patience: f64,
    /// Use the proxies named in the environment. WeChat does not.
    pub environment_proxy: bool,
}

impl Default for PlatformOptions {
    fn default() -> Self {
        Self {
            patience: 1.0,
            environment_proxy: false,
        }
    }
}

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
    began: Instant,
    target: Target,
    sender: Sender,
    journal: Arc<Journal>,
    listener: Listener,
}

impl Platform {
    /// Starts the platform for one target. Nothing is sent yet.
    pub async fn start(target: Target, options: PlatformOptions) -> Result<Self, PlatformError> {
        let began = Instant::now();
        let journal = Arc::new(Journal::new(began, JOURNAL_CAPACITY));
        let sender = Sender::new(
            SenderOptions {
                exchange_limit: scale(EXCHANGE_LIMIT, options.patience),
                environment_proxy: options.environment_proxy,
            },
            target.url.scheme(),
        )?;
        Ok(Self {
            began,
            target,
            sender,
            listener: Listener::start(Arc::clone(&journal)).await?,
            journal,
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

    /// The URL of a path of our own listener, for pushes that name one.
    pub fn listener_url(&self, path: &str) -> String {
        self.listener.url(path)
    }

    /// The limit of one exchange: five seconds times the patience.
    pub const fn exchange_limit(&self) -> Duration {
        self.sender.exchange_limit()
    }

    /// A line on which requests follow each other over one connection.
    pub fn kept_line(&self) -> Result<Line, SenderError> {
        self.sender.kept_line()
    }

    /// Sends one request and records it, on arrival and on its end.
    pub async fn send(&self, request: &Request, line: Option<&Line>) -> Exchange {
        let started = self.began.elapsed();
        let sent = self.journal.append(RecordKind::Sent {
            method: request.method.as_str(),
            path: request.url.path().to_owned(),
        });
        let outcome = self.sender.send(request, line).await;
        self.journal.append(match &outcome {
            Outcome::Answered(answer) => RecordKind::Answered {
                sent,
                status: answer.status,
                first_byte: answer.first_byte,
                total: answer.total,
            },
            Outcome::Silent(silence) => RecordKind::Unanswered {
                sent,
                reason: silence.to_string(),
            },
        });
        Exchange { started, outcome }
    }

    /// Delivers a push under a policy: the same bytes again as long as the policy says so. The
    /// callback sees each attempt as it ends.
    pub async fn deliver(
        &self,
        request: &Request,
        policy: Policy,
        mut attempt: impl FnMut(&Exchange),
    ) -> Next {
        let mut delivery = Delivery::new(policy);
        loop {
            let exchange = self.send(request, None).await;
            attempt(&exchange);
            match delivery.hear(hear(&exchange.outcome)) {
                Next::Again(pause) => sleep(pause).await,
                end => return end,
            }
        }
    }
}

/// How WeChat takes an outcome.
fn hear(outcome: &Outcome) -> Heard {
    match outcome {
        Outcome::Answered(answer) if answer.status == 200 => Heard::Acknowledged,
        Outcome::Answered(_) => Heard::WrongStatus,
        Outcome::Silent(_) => Heard::Nothing,
    }
}

/// A limit times the patience, never below 10 ms.
fn scale(limit: Duration, patience: f64) -> Duration {
    Duration::try_from_secs_f64(limit.as_secs_f64() * patience)
        .unwrap_or(limit)
        .max(Duration::from_millis(10))
}
