//! Makes the fetches of phones: those that their users cause, and those that are due.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep_until, timeout_at},
};
use wxcheck_events::What;
use wxcheck_protocol::{fetch::FetchKind, push::encode_query};

use reqwest::Url;

use crate::{
    bounds::{
        CLIENT_REQUESTS, CLIENT_REQUESTS_IN_ALL, FETCHES_IN_FLIGHT, FETCHES_IN_FLIGHT_IN_ALL,
        FLEET_FETCHES_IN_FLIGHT,
    },
    client_request::{ClientRequest, Failure, Received, RequestClient},
    cloud_function::CloudFunctions,
    dispatch::{Note, Recorder, Senders, send_recorded},
    exchange::Outcome,
    fetched::cacheable,
    hub::Hub,
    sender::{Request, SenderError, SenderOptions},
    state::{fetch_job::FetchJob, fetch_setting::FetchSource},
    target::{append_query, parse_url},
    text::Text,
};

use super::{places::Places, targets::Targets};

/// Due fetches are looked for at least this often while the clock runs, in case the machine slept.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The outcome of a fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FetchEnd {
    /// The number of bytes that are cached, or the reason that nothing is.
    pub(crate) cached: Result<usize, String>,
    /// Notes on what was done to make a text of it.
    pub(crate) notes: Vec<String>,
    /// The time it took.
    pub(crate) took: Duration,
}

/// The phones' network.
#[derive(Debug)]
pub(crate) struct Phones {
    hub: Arc<Hub>,
    functions: CloudFunctions,
    senders: Senders,
    places: Places,
    fleet_places: Semaphore,
    requests: RequestClient,
    request_places: Places,
    targets: Arc<Targets>,
    busy: AtomicUsize,
    /// Changes when the last fetch in flight ended.
    idle: watch::Sender<()>,
    /// Changes when a fetch ended, whatever the outcome.
    ended: watch::Sender<()>,
}

impl Phones {
    pub(crate) fn new(
        hub: Arc<Hub>,
        options: SenderOptions,
        functions: CloudFunctions,
        targets: Arc<Targets>,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            hub,
            functions,
            requests: RequestClient::sending(options.clone())?,
            request_places: Places::new(CLIENT_REQUESTS, CLIENT_REQUESTS_IN_ALL),
            senders: Senders::new(options)?,
            places: Places::new(FETCHES_IN_FLIGHT, FETCHES_IN_FLIGHT_IN_ALL),
            fleet_places: Semaphore::new(FLEET_FETCHES_IN_FLIGHT),
            targets,
            busy: AtomicUsize::new(0),
            idle: watch::Sender::new(()),
            ended: watch::Sender::new(()),
        })
    }

    /// Makes the fetches that become due, until it is aborted.
    pub(crate) async fn run(self: Arc<Self>) {
        self.hub.whole().await;
        let (mut posts, mut moves) = (self.hub.posts(), self.hub.clock().moves());
        let mut ends = self.idle.subscribe();
        loop {
            posts.mark_unchanged();
            moves.mark_unchanged();
            ends.mark_unchanged();
            self.start_due();
            let next = self
                .hub
                .with(|state, now| state.next_fetch().map(|at| at.saturating_sub(now)));
            // A standing clock brings nothing about by itself.
            let wait = next
                .filter(|_| self.hub.clock().runs())
                .map_or(LONGEST_WAIT, Duration::from_millis);
            tokio::select! {
                () = sleep_until(Instant::now() + wait.min(LONGEST_WAIT)) => {}
                changed = posts.changed() => if changed.is_err() { return },
                changed = moves.changed() => if changed.is_err() { return },
                changed = ends.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Begins what is due; returns how many that were.
    fn start_due(self: &Arc<Self>) -> usize {
        let due = self.hub.with(|state, now| {
            let due = state.take_due_fetches(now);
            // Inside the lock: whoever asks whether all is done must not look in between.
            self.busy.fetch_add(due.len(), Ordering::AcqRel);
            due
        });
        let count = due.len();
        for job in due {
            let phones = Arc::clone(self);
            tokio::spawn(async move {
                phones.fetch(&job).await;
                phones.busy.fetch_sub(1, Ordering::AcqRel);
                phones.idle.send_replace(());
            });
        }
        count
    }

    /// Waits until nothing is due and nothing in flight, at most so long. `false` where that did not happen.
    pub(crate) async fn settle(self: &Arc<Self>, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut ends = self.idle.subscribe();
        loop {
            ends.mark_unchanged();
            if self.start_due() == 0 && self.busy.load(Ordering::Acquire) == 0 {
                return true;
            }
            if timeout_at(deadline, ends.changed()).await.is_err() {
                return false;
            }
        }
    }

    /// Makes one fetch and puts what came into the phone.
    pub(crate) async fn fetch(&self, job: &FetchJob) -> FetchEnd {
        let _place = self.places.wait(&job.appid).await;
        let begun = Instant::now();
        let result = match &job.source {
            FetchSource::Server { url } => self.ask_server(job, url).await,
            FetchSource::CloudFunction { function, .. } => self.ask_function(job, function).await,
        };
        let fetched = FetchEnd {
            notes: result.as_ref().map(Text::notes).unwrap_or_default(),
            cached: result
                .as_ref()
                .map(|read| read.text.len())
                .map_err(String::clone),
            took: begun.elapsed(),
        };
        self.hub.with(|state, _| state.end_fetch(job, result));
        self.ended.send_replace(());
        fetched
    }

    async fn ask_server(&self, job: &FetchJob, url: &str) -> Result<Text, String> {
        if url.is_empty() {
            return Err("no URL is set for it".to_owned());
        }
        let url = parse_url(url).map_err(|error| error.to_string())?;
        self.check(&url)?;
        let sender = self.senders.of(url.scheme()).await;
        let sender = sender.map_err(|error| error.to_string())?;
        let query = encode_query(&job.fetch.pairs(job.dialect, job.unit));
        let request = Request {
            accepts_gzip: true,
            ..Request::get(append_query(url, &query))
        };
        let what = What::Fetch {
            kind: job.fetch.kind.fetch_type().to_owned(),
            openid: job.device.0.to_string(),
            device: job.device.1.to_string(),
        };
        let journal = self.hub.journal();
        let mask = self.hub.mask();
        let note = Note {
            what: Some(what),
            push: None,
            place: None,
            evidence: |outcome: &Outcome| Some(mask.evidence(&request, outcome)),
        };
        let recorder = Recorder {
            journal,
            mask: &mask,
        };
        let exchange = send_recorded(sender, recorder, &request, None, &note).await;
        match &exchange.outcome {
            Outcome::Answered(answer) => cacheable(answer).map_err(|reason| reason.to_string()),
            Outcome::Silent(silence) => Err(silence.to_string()),
        }
    }

    /// The event has the parameters of the GET; for a prefetch it names the user in place of a code. Documented: mini games'
    /// page on data prefetch.
    async fn ask_function(&self, job: &FetchJob, function: &str) -> Result<Text, String> {
        let pairs = job.fetch.pairs(job.dialect, job.unit);
        let mut event: Map<String, Value> = pairs
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        if job.fetch.kind == FetchKind::Pre {
            event.insert("userinfo".to_owned(), json!({ "openid": &*job.device.0 }));
        }
        let limit = self.senders.exchange_limit();
        let result = self
            .functions
            .call(function, &Value::Object(event), limit)
            .await;
        match result.map_err(|error| error.to_string())? {
            Value::String(text) => Ok(text.into()),
            Value::Null => Err(format!("cloud function `{function}` returned nothing")),
            other => Ok(other.to_string().into()),
        }
    }

    /// Makes a request of a page, once fewer than ten of its phone's are under way.
    pub(crate) async fn request(
        &self,
        phone: &str,
        request: &ClientRequest,
        domains: &[String],
    ) -> Result<Received, Failure> {
        let _place = self.request_places.wait(phone).await;
        let mask = self.hub.mask();
        let recorder = Recorder {
            journal: self.hub.journal(),
            mask: &mask,
        };
        let check = |url: &Url| self.check(url);
        self.requests
            .request_recorded(request, domains, check, Some(recorder))
            .await
    }

    /// Wakes whenever a fetch ended.
    pub(crate) fn ends(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// Checks that data may be fetched there.
    pub(crate) fn check(&self, url: &Url) -> Result<(), String> {
        self.targets.check(url).map_err(|error| error.to_string())
    }

    /// Makes one fetch of a fleet, once there is a place for it. It is not recorded: the journal is for what people look at.
    pub(crate) async fn fetch_for_fleet(&self, request: &Request) -> Result<Outcome, String> {
        self.check(&request.url)?;
        let sender = self.senders.of(request.url.scheme()).await;
        let sender = sender.map_err(|error| error.to_string())?;
        let _place = self.fleet_places.acquire().await;
        Ok(sender.send(request, None).await)
    }
}
