//! Delivers what becomes due, to the callback URLs of the apps.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use wxcheck_events::{Kind, PushDue};
use wxcheck_protocol::{account::Account, push};

use crate::{
    bounds::{PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL},
    catalogue::{Catalogue, CatalogueEntry, CatalogueError, PLATFORM_OPENID},
    composer::{Message, Stamp},
    cut::cut,
    delivery::{Delivery, Next, Policy},
    dispatch::{Note, Recorder, Senders, send_recorded},
    exchange::{Exchange, Outcome, Silence},
    hub::Hub,
    parcel::deliver,
    sender::{Request, SenderError, SenderOptions},
    state::outbox::DuePush,
    target::{Target, append_query},
};

use super::{
    places::{Place, Places},
    targets::Targets,
    under_way::UnderWay,
};

/// A due push is looked for at least this often while the clock runs, in case the machine slept.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Bytes of an answer that are told where it is no echostr.
const ECHO_BYTES: usize = 200;

/// A missing requirement of a push to an app.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum PushError {
    /// No callback URL.
    #[error("appid `{0}`: the app has no callback; give it one with PUT /_wxcheck/apps/{0}")]
    NoCallback(String),
    /// The mode needs a key, or TLS could not be set up.
    #[error("{0}")]
    Unable(String),
}

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
    /// Every attempt, in order.
    pub(crate) exchanges: Vec<Exchange>,
    /// The text that the user sees because it was given up, if any.
    pub(crate) user_sees: Option<&'static str>,
}

/// An app's server, and its kind of account.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) target: Target,
    pub(crate) account: Account,
}

/// A push that is to be delivered.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) callback: &'a Callback,
    pub(crate) openid: &'a str,
    /// Its entry in the catalogue, which knows its own pauses and the answer that it asks for.
    pub(crate) entry: &'a CatalogueEntry,
    pub(crate) message: Message,
    pub(crate) policy: Policy,
    /// Deliver it so often, one after the other.
    pub(crate) times: u32,
}

/// Signs, sends and repeats.
#[derive(Debug)]
pub(crate) struct Pusher {
    pub(super) hub: Arc<Hub>,
    pub(super) senders: Senders,
    pub(super) places: Places,
    targets: Arc<Targets>,
    catalogue: Result<Arc<Catalogue>, CatalogueError>,
    /// The policy for what follows from acts and calls.
    retry: Policy,
}

impl Pusher {
    pub(crate) fn new(
        hub: Arc<Hub>,
        options: SenderOptions,
        targets: Arc<Targets>,
        catalogue: Result<Arc<Catalogue>, CatalogueError>,
        retry: Policy,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            hub,
            senders: Senders::new(options)?,
            places: Places::new(PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL),
            targets,
            catalogue,
            retry,
        })
    }

    /// All pushes that can be sent by name.
    pub(crate) fn catalogue(&self) -> Result<&Catalogue, CatalogueError> {
        self.catalogue.as_deref().map_err(Clone::clone)
    }

    /// Delivers whatever becomes due, until it is aborted.
    pub(crate) async fn run(self: Arc<Self>) {
        let (mut posts, mut moves) = (self.hub.posts(), self.hub.clock().moves());
        loop {
            posts.mark_unchanged();
            moves.mark_unchanged();
            let free = |appid: &str| self.places.free(appid);
            let (due, next) = self.hub.with(|state, now| {
                let due = state.outbox.take_due(now, free);
                // What is due and has no place waits for one, not for a time.
                let wait = state.outbox.next_due(|appid| {
                    let taken = due.iter().filter(|push| &*push.appid == appid).count();
                    taken < free(appid)
                });
                (due, wait.map(|at| at.saturating_sub(now)))
            });
            for push in due {
                let place = self.places.find(&push.appid);
                tokio::spawn(Arc::clone(&self).deliver_due(push, place));
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

    async fn deliver_due(self: Arc<Self>, due: DuePush, place: Option<Place>) {
        let ending = due.ending.clone();
        // What went wrong stands in the journal.
        let delivered = self.find_and_deliver(due, place).await;
        ending.announce(delivered.and_then(|delivered| delivered.user_sees));
    }

    async fn find_and_deliver(&self, due: DuePush, place: Option<Place>) -> Option<Delivered> {
        self.hub.journal().append(Kind::PushDue(PushDue {
            appid: Arc::clone(&due.appid),
            push: due.push.into(),
            openid: due.openid.as_str().into(),
        }));
        let callback = self.hub.with(|state, _| {
            let app = state.apps.get(&*due.appid)?;
            Some(Callback {
                target: app.settings.callback.clone()?,
                account: app.settings.kind,
            })
        })?;
        // Acts and calls name pushes that are built in for every kind of account, as a test sees to.
        let catalogue = self.catalogue().ok()?;
        let entry = catalogue.find(due.push, callback.account).ok()?;
        let message = Message::of(&entry, callback.target.format).setting(due.settings);
        let order = Order {
            callback: &callback,
            openid: &due.openid,
            entry: &entry,
            message,
            policy: self.retry,
            times: 1,
        };
        self.deliver(&order, place).await.ok()
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
            what: Some("verification".to_owned()),
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

    /// Signs a push and delivers it as ordered; every attempt in order.
    pub(crate) async fn push(&self, order: &Order<'_>) -> Result<Delivered, PushError> {
        self.deliver(order, None).await
    }

    /// The same, with a place that was found before, or once there is one.
    async fn deliver(
        &self,
        order: &Order<'_>,
        place: Option<Place>,
    ) -> Result<Delivered, PushError> {
        let target = &order.callback.target;
        for target in target.all() {
            self.check(target)?;
        }
        let appid = &target.credentials.appid;
        let place = match place {
            Some(place) => Some(place),
            None => self.places.wait(appid).await,
        };
        let mut parcel = UnderWay::new(self, order, place).await?;
        let mut given_up = false;
        for _ in 0..order.times {
            let delivery = Delivery::new(order.policy, &order.entry.retry_after);
            let ended = deliver(&mut parcel, delivery).await?;
            // One delivery alone gives nothing up.
            given_up = ended == Next::GivenUp && order.policy != Policy::ONCE;
        }
        let user_sees = given_up
            .then(|| seen_by_user(order.callback.account, &order.message))
            .flatten();
        if let Some(text) = user_sees {
            self.hub.with(|state, now| {
                if let Some(app) = state.apps.get_mut(appid.as_str()) {
                    app.sent.show(now, Arc::from(order.openid), text);
                }
            });
        }
        Ok(Delivered {
            exchanges: parcel.exchanges(),
            user_sees,
        })
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

    pub(super) fn stamp(&self, openid: &str) -> Stamp {
        self.hub.with(|state, now| {
            let create_time = now / 1000;
            let msg_id = state.next_msg_id(create_time);
            let draw = &mut state.draw;
            let nonce = 1_000_000_000 + draw.next() % 1_147_483_647;
            let hex = format!("{:016x}", draw.next());
            let mut random = [b'0'; 16];
            random.copy_from_slice(hex.as_bytes());
            Stamp {
                openid: openid.to_owned(),
                wechat: PLATFORM_OPENID.to_owned(),
                trade: format!("WXCK{:016x}", draw.next()),
                create_time,
                msg_id,
                request: push::Stamp {
                    timestamp: create_time,
                    nonce: nonce.to_string(),
                    random,
                },
            }
        })
    }
}

/// The text that a user reads when their message was given up; users do not know of events. Documented: message push page
/// of 2019, official accounts' page on passive replies.
fn seen_by_user(account: Account, message: &Message) -> Option<&'static str> {
    if !message.is_of_user() {
        return None;
    }
    match account {
        Account::Official => Some("该公众号暂时无法提供服务，请稍后再试"),
        _ if account.is_mini() => Some("该小程序客服暂时无法提供服务，请稍后再试"),
        _ => None,
    }
}
