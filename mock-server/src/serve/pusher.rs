//! Delivers what becomes due, to the callback URLs of the apps.

mod run;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use wxcheck_events::{Kind, Original, PushDue, PushState, Setting, Unsendable, Unsent, What};
use wxcheck_protocol::push::{self, Format};

use crate::{
    bounds::{PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL},
    catalogue::{Catalogue, CatalogueEntry, CatalogueError},
    composer::{Message, Stamp},
    cut::cut,
    delivery::Policy,
    dispatch::{Note, Recorder, Senders, send_recorded},
    exchange::{Outcome, Silence},
    hub::Hub,
    sender::{Request, SenderError, SenderOptions},
    state::outbox::{Begun, DuePush, Ended, Ending, Slip},
    target::{Target, append_query},
};

use run::Run;

use super::{
    callback::{Callback, PushError},
    content::{self, Content},
    holding::{HeldPush, Holding, Turn},
    judge::Judge,
    outgoing::Outgoing,
    places::{Place, Places},
    targets::Targets,
};

/// A due push is looked for at least this often while the clock runs, in case the machine slept.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Bytes of an answer that are told where it is no echostr.
const ECHO_BYTES: usize = 200;

/// A server that WeChat would not take for a callback.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Unverified {
    /// Nothing can be sent there.
    #[error(transparent)]
    Unable(#[from] PushError),
    /// No answer in time. The admin page says so in these words.
    #[error("请求URL超时: {0}")]
    Late(Silence),
    /// No answer for another reason.
    #[error("verify token fail: {0}")]
    Silent(Silence),
    /// Another status than 200.
    #[error("verify token fail: the answer to the verification GET has status {0}, not 200")]
    Status(u16),
    /// Another text than the echostr.
    #[error(
        "verify token fail: the answer to the verification GET is `{0}`, and not the echostr alone"
    )]
    Echo(String),
}

/// A push that is over.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    /// The number under which the journal knows it.
    pub(crate) number: Option<u64>,
    /// The state in which it ended.
    pub(crate) state: PushState,
    /// The text that the user sees because it was given up, if any.
    pub(crate) user_sees: Option<&'static str>,
}

/// A push that is to be delivered.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The server.
    pub(crate) callback: Callback,
    /// Its content.
    pub(crate) content: Arc<Content>,
    /// The policy for deliveries that are not acknowledged.
    pub(crate) policy: Policy,
    /// Deliver the same bytes so often, one after the other.
    pub(crate) times: u32,
    /// Tells whoever waits how it ended, or that it is held.
    pub(crate) ending: Ending,
}

/// The traces of a push of the outbox that is delivered.
#[derive(Debug, Default)]
struct Traces {
    /// Its place in the outbox; nothing where somebody ordered it.
    slip: Option<Slip>,
    /// The number of its first event, and the deliveries since.
    sent: Option<(u64, u32)>,
    /// Its place among the pushes that wait for their server.
    turn: Option<(u64, Turn)>,
}

/// The choices that a pusher is given.
#[derive(Debug)]
pub(crate) struct PusherOptions {
    /// The way in which requests go out.
    pub(crate) sending: SenderOptions,
    /// The hosts to which they may go.
    pub(crate) targets: Arc<Targets>,
    /// All pushes that can be sent by name.
    pub(crate) catalogue: Result<Arc<Catalogue>, CatalogueError>,
    /// The judge of answers, if there is one.
    pub(crate) judge: Option<Arc<dyn Judge>>,
    /// Hold pushes to a server that refuses connections, in place of giving them up.
    pub(crate) holds_while_down: bool,
    /// The policy for what follows from acts and calls.
    pub(crate) retry: Policy,
}

/// Signs, sends and repeats.
#[derive(Debug)]
pub(crate) struct Pusher {
    hub: Arc<Hub>,
    senders: Senders,
    places: Places,
    targets: Arc<Targets>,
    catalogue: Result<Arc<Catalogue>, CatalogueError>,
    judge: Option<Arc<dyn Judge>>,
    holds_while_down: bool,
    /// The policy for what follows from acts and calls.
    retry: Policy,
    holding: Arc<Holding>,
}

impl Pusher {
    pub(crate) fn new(hub: Arc<Hub>, options: PusherOptions) -> Result<Self, SenderError> {
        Ok(Self {
            hub,
            senders: Senders::new(options.sending)?,
            places: Places::new(PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL),
            targets: options.targets,
            catalogue: options.catalogue,
            judge: options.judge,
            holds_while_down: options.holds_while_down,
            retry: options.retry,
            holding: Arc::default(),
        })
    }

    /// All pushes that can be sent by name.
    pub(crate) fn catalogue(&self) -> Result<&Catalogue, CatalogueError> {
        self.catalogue.as_deref().map_err(Clone::clone)
    }

    /// Delivers whatever becomes due, until it is aborted.
    pub(crate) async fn run(self: Arc<Self>) {
        self.hub.whole().await;
        let (mut posts, mut moves) = (self.hub.posts(), self.hub.clock().moves());
        loop {
            posts.mark_unchanged();
            moves.mark_unchanged();
            let free = |appid: &str| self.places.free(appid);
            let (due, next) = self.hub.with(|state, now| {
                let due = state.outbox.take_due(now, free);
                // What is due and has no place waits for one, not for a time.
                let wait = state.outbox.next_due(|appid| {
                    let taken = due.iter().filter(|(_, push)| &*push.appid == appid).count();
                    taken < free(appid)
                });
                (due, wait.map(|at| at.saturating_sub(now)))
            });
            for (slip, push) in due {
                let place = self.places.find(&push.appid);
                // Those of an earlier process wait again before anything else can leave.
                let turn = push
                    .begun
                    .as_deref()
                    .and_then(|begun| self.held_before(&push, begun));
                let traces = Traces {
                    slip: Some(slip),
                    sent: push
                        .begun
                        .as_deref()
                        .and_then(|begun| Some((begun.number?, begun.retries))),
                    turn,
                };
                tokio::spawn(Arc::clone(&self).deliver_due(push, place, traces));
            }
            // A standing clock brings nothing about by itself.
            let wait = next
                .filter(|_| self.hub.clock().runs())
                .map_or(LONGEST_WAIT, Duration::from_millis);
            tokio::select! {
                () = sleep_until(Instant::now() + wait.min(LONGEST_WAIT)) => {}
                changed = posts.changed() => if changed.is_err() { return },
                changed = moves.changed() => if changed.is_err() { return },
                () = self.places.left() => {}
            }
        }
    }

    /// The turn of a push that waited for its server when an earlier process ended.
    fn held_before(&self, push: &DuePush, begun: &Begun) -> Option<(u64, Turn)> {
        let since = begun.held_since.filter(|_| self.holds_while_down)?;
        let ticket = self.holding.ticket();
        let held = HeldPush {
            number: begun.number,
            name: push.push.to_string(),
            openid: push.openid.clone(),
            says: self.said_before(begun),
            since,
        };
        Some((ticket, self.holding.enter(ticket, &push.appid, held)))
    }

    /// The text of a push that an earlier process held, as its record has it.
    fn said_before(&self, begun: &Begun) -> Option<String> {
        let thread = self.hub.journal().records().thread(begun.number?);
        let push = thread.iter().find_map(|event| event.kind.push())?;
        push.says.clone()
    }

    async fn deliver_due(self: Arc<Self>, due: DuePush, place: Option<Place>, traces: Traces) {
        let ending = due.ending.clone();
        let slip = traces.slip.clone();
        // What went wrong stands in the journal.
        if self.find_and_deliver(due, place, traces).await.is_none() {
            ending.announce(Ended::default());
        }
        if let Some(slip) = slip {
            self.hub.with(|state, _| state.outbox.finish(&slip));
        }
    }

    async fn find_and_deliver(
        &self,
        due: DuePush,
        place: Option<Place>,
        traces: Traces,
    ) -> Option<Delivered> {
        if due.begun.is_none() {
            self.hub.journal().append(Kind::PushDue(PushDue {
                appid: Arc::clone(&due.appid),
                push: due.push.clone(),
                openid: due.openid.as_str().into(),
            }));
        }
        let callback = self.callback(&due.appid).ok()?;
        // Acts and calls name pushes that are built in for every kind of account, as a test sees to.
        let catalogue = self.catalogue().ok()?;
        let entry = catalogue.find(&due.push, callback.account).ok()?;
        let (content, policy, times) = match due.begun {
            None => {
                let message = Message::of(&entry, callback.target.format).setting(due.settings);
                let content = self.content(Arc::new(entry), message, &due.openid);
                (content, self.retry, 1)
            }
            Some(begun) => {
                let original = Original {
                    settings: due.settings,
                    ..begun.original
                };
                let fresh = self.stamp(&due.openid);
                let content = Content {
                    again: begun.again,
                    ..Content::of(original, entry, callback.target.format, fresh)
                };
                (content, begun.policy, begun.times)
            }
        };
        let order = Order {
            callback,
            content: Arc::new(content),
            policy,
            times,
            ending: due.ending,
        };
        self.deliver_on(&order, place, traces).await.ok()
    }

    /// Notes what a user did whose app has no callback; the number of the event.
    pub(crate) fn note_unsent(
        &self,
        appid: &str,
        openid: &str,
        name: &str,
        settings: &[Setting],
    ) -> Option<u64> {
        let kind = self
            .hub
            .with(|state, _| Some(state.apps.get(appid)?.settings.kind))?;
        let entry = self.catalogue().ok()?.find(name, kind).ok()?;
        let message = Message::of(&entry, Format::Xml).setting(settings.iter().cloned());
        let content = self.content(Arc::new(entry), message, openid);
        let mask = self.hub.mask();
        let (message, push) = content.unsent(appid, &mask, self.hub.clock().now());
        let unsent = Unsent {
            why: Unsendable::NoCallback,
            message: Some(message),
            push,
        };
        Some(self.hub.journal().append(Kind::Unsent(Box::new(unsent))))
    }

    /// The server of an app.
    pub(crate) fn callback(&self, appid: &str) -> Result<Callback, PushError> {
        let none = || PushError::NoCallback(appid.to_owned());
        self.hub.with(|state, _| {
            let app = state.apps.get(appid).ok_or_else(none)?;
            Ok(Callback {
                target: app.settings.callback.clone().ok_or_else(none)?,
                account: app.settings.kind,
            })
        })
    }

    /// A message of a user as it is sent now: with its own MsgId and time.
    pub(crate) fn content(
        &self,
        entry: Arc<CatalogueEntry>,
        message: Message,
        openid: &str,
    ) -> Content {
        Content {
            entry,
            message,
            stamp: self.stamp(openid),
            unset: Vec::new(),
            again: None,
        }
    }

    /// A push as it was sent before, signed anew, in a format: a redelivery has the MsgId and the time of the first.
    pub(crate) fn again(
        &self,
        original: Original,
        openid: &str,
        callback: &Callback,
    ) -> Result<Content, CatalogueError> {
        let entry = self.catalogue()?.find(&original.entry, callback.account)?;
        let fresh = self.stamp(openid);
        Ok(Content::of(original, entry, callback.target.format, fresh))
    }

    /// The pushes that wait for their server, each with its app.
    pub(crate) fn held(&self) -> Vec<(String, HeldPush)> {
        self.holding.held()
    }

    /// The number of pushes that wait for their server.
    pub(crate) fn count_held(&self) -> usize {
        self.holding.count()
    }

    /// Makes the GET that WeChat makes when a callback URL is saved. Where the account's URL is not verified, nothing.
    pub(crate) async fn verify(&self, callback: &Callback) -> Result<(), Unverified> {
        let target = &callback.target;
        if !callback.account.is_verified() {
            return Ok(());
        }
        self.check(target)?;
        let stamp = self.stamp("").request;
        // Nineteen digits, as in every sample.
        let echostr = format!(
            "{}",
            4_000_000_000_000_000_000 + self.draw() % 1_000_000_000_000_000_000
        );
        let pairs = push::verify_query(&target.credentials.token, &stamp, &echostr);
        let query = push::encode_query(&pairs);
        let request = Request::get(append_query(target.url.clone(), &query));
        let sender = self.senders.of(target.url.scheme()).await;
        let sender = sender.map_err(|error| PushError::Unable(error.to_string()))?;
        let journal = self.hub.journal();
        let mask = self.hub.mask();
        let note = Note {
            what: Some(What::Verification),
            push: None,
            place: None,
            evidence: |outcome: &Outcome| Some(mask.evidence(&request, outcome)),
        };
        let recorder = Recorder {
            journal,
            mask: &mask,
        };
        let exchange = send_recorded(sender, recorder, &request, None, &note).await;
        match exchange.outcome {
            Outcome::Silent(silence) if silence.is_time_out() => Err(Unverified::Late(silence)),
            Outcome::Silent(silence) => Err(Unverified::Silent(silence)),
            Outcome::Answered(answer) if answer.status != 200 => {
                Err(Unverified::Status(answer.status))
            }
            Outcome::Answered(answer) if answer.body != echostr.as_bytes() => {
                let text = String::from_utf8_lossy(&answer.body);
                Err(Unverified::Echo(cut(&text, ECHO_BYTES).to_owned()))
            }
            Outcome::Answered(_) => Ok(()),
        }
    }

    /// Signs a push and delivers it as ordered, once there is a place.
    pub(crate) async fn deliver(&self, order: &Order) -> Result<Delivered, PushError> {
        self.deliver_on(order, None, Traces::default()).await
    }

    /// The same, with a place that was found before, and with what it left behind in an earlier process.
    async fn deliver_on(
        &self,
        order: &Order,
        place: Option<Place>,
        traces: Traces,
    ) -> Result<Delivered, PushError> {
        for target in order.callback.target.all() {
            self.check(target)?;
        }
        let place = match place {
            Some(place) => Some(place),
            None => self.places.wait(order.appid()).await,
        };
        let outgoing = Outgoing::of(&order.content, &order.callback)?;
        let sender = self.senders.of(outgoing.request.url.scheme()).await;
        let sender = sender.map_err(|error| PushError::Unable(error.to_string()))?;
        let run = Run::new(self, order, outgoing, sender, place, traces);
        run.finish().await
    }

    /// Checks that requests may be sent to that server.
    pub(crate) fn check(&self, target: &Target) -> Result<(), PushError> {
        self.targets
            .check(&target.url)
            .map_err(|error| PushError::Unable(format!("callback.url: {error}")))
    }

    fn draw(&self) -> u64 {
        self.hub.with(|state, _| state.draw.next())
    }

    fn stamp(&self, openid: &str) -> Stamp {
        self.hub
            .with(|state, now| content::stamp(state, now, openid))
    }
}

impl Order {
    /// The app whose server gets it.
    fn appid(&self) -> &str {
        &self.callback.target.credentials.appid
    }
}
