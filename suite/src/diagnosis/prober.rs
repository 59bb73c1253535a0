//! Sends what is to be tried, within limits.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, timeout};
use url::Url;
use wxcheck_mock_server::{Answer, Outcome, Request, Silence, sender::ConnectionHold};

use super::{Limits, SLOW, cause::Stack, hypothesis::Shape};
use crate::player::Player;

/// Requests that are kept for what is always sent, like the pushes behind a long inquiry about the GET.
const KEPT: u32 = 10;

/// The limit of further requests, so that a server that never answers is told within ten seconds.
pub(super) const SECOND_LOOK: Duration = Duration::from_secs(2);

/// Sends requests and counts them.
pub(super) struct Prober<'a> {
    player: &'a Player<'a>,
    limits: Limits,
    begun: Instant,
    sent: Cell<u32>,
    is_cut: Cell<bool>,
    /// The server said that it has had enough.
    is_refused: Cell<bool>,
    stack: RefCell<Option<Stack>>,
    slowest: Cell<Duration>,
    date: RefCell<Option<String>>,
}

impl<'a> Prober<'a> {
    pub(super) fn new(player: &'a Player<'a>, limits: Limits) -> Self {
        Self {
            player,
            limits,
            begun: Instant::now(),
            sent: Cell::new(0),
            is_cut: Cell::new(false),
            is_refused: Cell::new(false),
            stack: RefCell::new(None),
            slowest: Cell::new(Duration::ZERO),
            date: RefCell::new(None),
        }
    }

    pub(super) fn player(&self) -> &'a Player<'a> {
        self.player
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn sent(&self) -> u32 {
        self.sent.get()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    pub(super) fn stack(&self) -> Option<Stack> {
        *self.stack.borrow()
    }

    /// The longest time that an answer took.
    pub(super) fn slowest(&self) -> Duration {
        self.slowest.get()
    }

    /// The Date of an answer.
    pub(super) fn date(&self) -> Option<String> {
        self.date.borrow().clone()
    }

    /// The configured URL.
    pub(super) fn url(&self) -> &'a Url {
        &self.player.platform().target().url
    }

    /// True if so many more requests may be sent; noted where they may not.
    pub(super) fn has_room(&self, requests: u32) -> bool {
        // What this machine takes for other work is not the server's time.
        let lost = self.player.lost_since(self.begun);
        let has = self.sent.get() + requests + KEPT <= self.limits.requests
            && self.begun.elapsed() < self.limits.time + lost
            && !self.is_refused.get();
        if !has {
            self.is_cut.set(true);
        }
        has
    }

    /// True if a request more may be sent of those that are always sent; noted where it may not.
    pub(super) fn has_time(&self) -> bool {
        let has = self.slowest() < SLOW || self.limits.doubles;
        if !has {
            self.is_cut.set(true);
        }
        has
    }

    /// The number of requests that may be sent at once where the time of a single one is already over.
    pub(super) fn places(&self) -> usize {
        let left = self.limits.requests.saturating_sub(self.sent.get() + KEPT);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// From now on only what is always sent is.
    pub(super) fn leave_the_rest(&self) {
        if !self.limits.doubles {
            self.is_refused.set(true);
        }
    }

    /// A request that the player sent otherwise.
    pub(super) fn count(&self, requests: u32) {
        self.sent.set(self.sent.get() + requests);
    }

    /// Sends a GET or POST of that shape to the configured URL.
    pub(super) async fn ask(&self, shape: &Shape) -> Outcome {
        let url = self.player.platform().target().url_with(&shape.query);
        self.send(&request(url, shape)).await
    }

    /// The same at another path.
    pub(super) async fn ask_at(&self, path: &str, shape: &Shape) -> Outcome {
        let mut url = self.player.platform().target().url_with(&shape.query);
        url.set_path(path);
        self.send(&request(url, shape)).await
    }

    /// A GET without WeChat's parameters.
    pub(super) async fn visit(&self) -> Outcome {
        self.visit_with(&[]).await
    }

    /// A GET with those parameters alone.
    pub(super) async fn visit_with(&self, query: &[(String, String)]) -> Outcome {
        let url = self.player.platform().target().url_with(query);
        self.send(&Request::get(url)).await
    }

    /// The same, waited for no longer than [`SECOND_LOOK`].
    pub(super) async fn soon(&self, asking: impl Future<Output = Outcome>) -> Outcome {
        let usual = self.player.profile().limit;
        // Somebody slow gets the whole time.
        let limit = if self.slowest() >= SLOW {
            usual
        } else {
            usual.min(SECOND_LOOK)
        };
        timeout(limit, asking)
            .await
            .unwrap_or(Outcome::Silent(Silence::NoAnswer { limit }))
    }

    /// True if another address of this machine answers at the same port.
    pub(super) async fn answers_at(&self, host: &str) -> bool {
        let mut url = self.url().clone();
        if url.set_host(Some(host)).is_err() {
            return false;
        }
        self.count(1);
        let fetched = self.player.platform().fetch(url).await;
        fetched.is_ok_and(|outcome| match outcome {
            Outcome::Answered(_) => true,
            Outcome::Silent(silence) => !silence.is_unreachable(),
        })
    }

    pub(super) async fn send(&self, request: &Request) -> Outcome {
        self.count(1);
        let outcome = Box::pin(self.player.send(request)).await;
        if let Outcome::Answered(answer) = &outcome {
            self.note(answer);
        }
        outcome
    }

    /// Notes what an answer tells besides.
    pub(super) fn note(&self, answer: &Answer) {
        if answer.status == 429 {
            self.is_refused.set(true);
        }
        self.slowest.set(self.slowest().max(answer.total));
        if let Some(date) = answer.header("date") {
            *self.date.borrow_mut() = Some(date.to_owned());
        }
        if self.stack().is_none() {
            let body = String::from_utf8_lossy(&answer.body[..answer.body.len().min(4096)]);
            let header = |name: &str| answer.header(name);
            *self.stack.borrow_mut() = Stack::of(header, &body);
        }
    }
}

fn request(url: Url, shape: &Shape) -> Request {
    let (content_type, body) = shape.body.clone().unzip();
    Request {
        method: shape.method,
        url,
        content_type: content_type.map(str::to_owned),
        headers: shape.headers.clone(),
        body: body.map(Bytes::from).unwrap_or_default(),
        accepts_gzip: false,
        hold: ConnectionHold::Cut,
    }
}
