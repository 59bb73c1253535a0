//! Requests on their way: each goes out through a sender, and stands in a journal when it leaves and when it ends. Pushes,
//! phones and the suite all send through here; `parcel` says when a push is sent again.

use std::{borrow::Cow, time::Duration};

use tokio::sync::OnceCell;
use wxcheck_events::{
    self as events, Evidence, Kind, PlaceInPlay, RecordedOutcome, SentPush, What,
};
use wxcheck_network::Network;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;

use crate::{
    connecting::SharedConnecting,
    delivery::Heard,
    exchange::{Exchange, Outcome},
    journal::Journal,
    mask::Mask,
    sender::{Line, Request, Sender, SenderError, SenderOptions},
};

/// The platform's behaviour towards its target.
#[derive(Clone, Debug)]
pub struct PlatformOptions {
    /// Multiplies WeChat's five seconds. 1 is the truth; less saves time where a server is known
    /// to be quick, more helps under a debugger.
    pub patience: f64,
    /// Use the proxies named in the environment. WeChat does not.
    pub environment_proxy: bool,
    /// Ask for each connection to be closed, as half of the captured requests do.
    pub closes: bool,
    /// Further authorities to trust, and addresses for host names.
    pub connecting: SharedConnecting,
    /// The network of the target, its pages and our own listener.
    pub network: Network,
}

impl Default for PlatformOptions {
    fn default() -> Self {
        Self {
            patience: 1.0,
            environment_proxy: false,
            closes: false,
            connecting: SharedConnecting::default(),
            network: Network::Machine,
        }
    }
}

/// Senders for http and for https. The latter needs the system's certificate authorities, which are read when first
/// asked for.
#[derive(Debug)]
pub(crate) struct Senders {
    options: SenderOptions,
    http: Sender,
    https: OnceCell<Sender>,
}

impl Senders {
    pub(crate) fn new(options: SenderOptions) -> Result<Self, SenderError> {
        Ok(Self {
            http: Sender::new(options.clone(), "http")?,
            options,
            https: OnceCell::new(),
        })
    }

    /// One that sends to URLs of that scheme.
    pub(crate) async fn of(&self, scheme: &str) -> Result<&Sender, SenderError> {
        if scheme != "https" {
            return Ok(&self.http);
        }
        self.https
            .get_or_try_init(|| async { Sender::new(self.options.clone(), "https") })
            .await
    }

    /// The way in which they send.
    pub(crate) const fn options(&self) -> &SenderOptions {
        &self.options
    }

    /// The limit of one exchange.
    pub(crate) const fn exchange_limit(&self) -> Duration {
        self.options.exchange_limit
    }
}

/// The remarks on a request in the journal.
#[derive(Clone, Debug)]
pub struct Note<E> {
    /// The reason for which the standing platform sends it.
    pub what: Option<What>,
    /// The push of the standing platform that is delivered.
    pub push: Option<SentPush>,
    /// The place in a run.
    pub place: Option<PlaceInPlay>,
    /// Makes the bytes of both sides without secrets. It is asked only where somebody wants them.
    pub evidence: E,
}

/// The journal, and the secrets that do not belong there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorder<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) mask: &'a Mask,
}

impl Recorder<'_> {
    /// Records a request that is sent now, and its end: also where nobody waits for it any longer.
    pub(crate) async fn record(
        self,
        method: Cow<'static, str>,
        path: &str,
        note: &Note<impl Fn(&Outcome) -> Option<Evidence>>,
        sending: impl Future<Output = Outcome>,
    ) -> Exchange {
        let Self { journal, mask } = self;
        let started = journal.elapsed();
        let sent = journal.append(Kind::Sent(events::Sent {
            method,
            path: mask.path(path),
            what: note.what.clone(),
            push: note.push.clone().map(Box::new),
        }));
        let mut under_way = UnderWay {
            recorder: self,
            sent,
            first: note.push.as_ref().map(|push| push.first.unwrap_or(sent)),
            place: note.place,
            is_over: false,
        };
        let outcome = sending.await;
        let evidence = if journal.wants_evidence() {
            (note.evidence)(&outcome)
        } else {
            None
        };
        let recorded = match &outcome {
            Outcome::Answered(answer) => RecordedOutcome::Answered {
                status: answer.status,
                first_byte_micros: micros(answer.first_byte),
                total_micros: micros(answer.total),
            },
            Outcome::Silent(silence) => RecordedOutcome::Silent {
                reason: mask.text(&silence.to_string()),
            },
        };
        under_way.end(recorded, evidence);
        Exchange {
            number: sent,
            started,
            outcome,
        }
    }

    /// The same, without remarks and with the bytes of both sides.
    pub(crate) async fn record_whole(
        self,
        request: &Request,
        sending: impl Future<Output = Outcome>,
    ) -> Exchange {
        let note = Note {
            what: None,
            push: None,
            place: None,
            evidence: |outcome: &Outcome| Some(self.mask.evidence(request, outcome)),
        };
        recorded(self, request, &note, sending).await
    }
}

/// A request that left, until its end is recorded.
struct UnderWay<'a> {
    recorder: Recorder<'a>,
    sent: u64,
    first: Option<u64>,
    place: Option<PlaceInPlay>,
    is_over: bool,
}

impl UnderWay<'_> {
    fn end(&mut self, outcome: RecordedOutcome, evidence: Option<Evidence>) {
        self.is_over = true;
        let exchange = events::Exchange {
            sent: self.sent,
            first: self.first,
            place: self.place,
            outcome,
            evidence: evidence.map(Box::new),
        };
        let kind = Kind::Exchange(Box::new(exchange));
        self.recorder.journal.append(kind);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let reason = "given up: nobody waited for the answer any longer".to_owned();
            self.end(RecordedOutcome::Silent { reason }, None);
        }
    }
}

/// Sends one request and records it, on departure and on its end.
pub(crate) async fn send_recorded(
    sender: &Sender,
    recorder: Recorder<'_>,
    request: &Request,
    line: Option<&Line>,
    note: &Note<impl Fn(&Outcome) -> Option<Evidence>>,
) -> Exchange {
    let sending = Box::pin(sender.send(request, line));
    recorded(recorder, request, note, sending).await
}

/// Records a request that is sent now, and its end.
pub(crate) async fn recorded(
    recorder: Recorder<'_>,
    request: &Request,
    note: &Note<impl Fn(&Outcome) -> Option<Evidence>>,
    sending: impl Future<Output = Outcome>,
) -> Exchange {
    let method = request.method.as_str().into();
    let path = request.url.path();
    recorder.record(method, path, note, sending).await
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// An outcome as WeChat takes it.
pub fn hear(outcome: &Outcome) -> Heard {
    match outcome {
        // WeChat waits for the end of an answer, and cuts where there is none.
        Outcome::Answered(answer) if answer.excess => Heard::Nothing,
        Outcome::Answered(answer) if answer.status == 200 => Heard::Acknowledged,
        Outcome::Answered(_) => Heard::WrongStatus,
        Outcome::Silent(_) => Heard::Nothing,
    }
}

/// The options for sending requests.
pub(crate) fn sender_options(options: &PlatformOptions) -> SenderOptions {
    SenderOptions {
        exchange_limit: scale(EXCHANGE_LIMIT, options.patience),
        environment_proxy: options.environment_proxy,
        closes: options.closes,
        connecting: SharedConnecting::clone(&options.connecting),
        network: options.network.clone(),
    }
}

/// A limit times the patience, never below 10 ms.
fn scale(limit: Duration, patience: f64) -> Duration {
    Duration::try_from_secs_f64(limit.as_secs_f64() * patience)
        .unwrap_or(limit)
        .max(Duration::from_millis(10))
}
