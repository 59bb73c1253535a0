//! Delivers what becomes due, to the callback URLs of the apps.

use std::{borrow::Cow, sync::Arc, time::Duration};

use tokio::{
    sync::OnceCell,
    time::{Instant, sleep, sleep_until},
};
use wxcheck_protocol::{
    message::{Field, scalar_of},
    push::{self, Stamp},
};

use crate::{
    bounds::{EXCERPT_BYTES, PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL},
    delivery::{Delivery, Next, Policy},
    exchange::{Exchange, Outcome},
    hub::Hub,
    platform::{hear, send_recorded},
    sender::{Hold, Method, Request, Sender, SenderError, SenderOptions},
    state::{draw::Draw, outbox::DuePush},
    target::Target,
};

use super::{
    places::{Place, Places},
    targets::Targets,
};

/// A due push is looked for at least this often while the clock runs, in case the machine slept.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What a push to an app cannot do without.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum PushError {
    /// No callback URL.
    #[error("appid `{0}`: the app has no callback; give it one with PUT /_wxcheck/apps/{0}")]
    NoCallback(String),
    /// The mode needs a key, or TLS could not be set up.
    #[error("{0}")]
    Unable(String),
}

/// A message for a user's server before it is signed: all its fields, in wire order.
pub(crate) struct Message(pub(crate) Vec<Field>);

/// Signs, sends and repeats.
#[derive(Debug)]
pub(crate) struct Pusher {
    hub: Arc<Hub>,
    options: SenderOptions,
    http: Sender,
    https: OnceCell<Sender>,
    places: Places,
    targets: Arc<Targets>,
}

impl Pusher {
    pub(crate) fn new(
        hub: Arc<Hub>,
        options: SenderOptions,
        targets: Arc<Targets>,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            hub,
            http: Sender::new(options.clone(), "http")?,
            options,
            https: OnceCell::new(),
            places: Places::new(PUSHES_IN_FLIGHT, PUSHES_IN_FLIGHT_IN_ALL),
            targets,
        })
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
        let target = self.hub.with(|state, _| {
            let app = state.apps.get(&*due.appid)?;
            app.settings.callback.clone()
        });
        let Some(target) = target else { return };
        let message = self.message(&target, &due);
        // What went wrong stands in the journal: nobody waits for this delivery.
        let _ = self
            .deliver(&target, message, Policy::OBSERVED, 1, place)
            .await;
    }

    /// With the header in front, and MsgId behind where it is no event.
    fn message(&self, target: &Target, due: &DuePush) -> Message {
        let (now, msg_id) = self
            .hub
            .with(|state, now| (now / 1000, msg_id(&mut state.draw)));
        let (msg_type, own) = due.content.fields(target.format);
        let mut fields = vec![
            Field::text("ToUserName", &target.original_id),
            Field::text("FromUserName", &due.from),
            Field::number("CreateTime", now.cast_signed()),
            Field::text("MsgType", msg_type),
        ];
        fields.extend(own);
        if due.content.is_message() && fields.iter().all(|field| field.name != "MsgId") {
            fields.push(Field::number("MsgId", msg_id));
        }
        Message(fields)
    }

    /// Signs a message and delivers it under a policy, the same bytes `times` over; every attempt in order.
    pub(crate) async fn push(
        &self,
        target: &Target,
        message: Message,
        policy: Policy,
        times: u32,
    ) -> Result<Vec<Exchange>, PushError> {
        self.deliver(target, message, policy, times, None).await
    }

    /// The same, with a place that was found before, or once there is one.
    async fn deliver(
        &self,
        target: &Target,
        message: Message,
        policy: Policy,
        times: u32,
        place: Option<Place>,
    ) -> Result<Vec<Exchange>, PushError> {
        self.check(target)?;
        let _place = match place {
            Some(place) => Some(place),
            None => self.places.wait(&target.credentials.appid).await,
        };
        let what = describe(&message);
        let request = self.compose(target, &message)?;
        let sender = self.sender(target.url.scheme()).await?;
        let journal = self.hub.journal();
        let mut exchanges = Vec::new();
        for _ in 0..times {
            let mut delivery = Delivery::new(policy);
            loop {
                let what = Some(what.clone());
                let mut exchange = send_recorded(sender, journal, &request, None, what).await;
                let next = delivery.hear(hear(&exchange.outcome));
                // A thousand answers of a megabyte are nothing to keep, and nobody is told more than an excerpt.
                if let Outcome::Answered(answer) = &mut exchange.outcome {
                    answer.body.truncate(EXCERPT_BYTES);
                    answer.body.shrink_to_fit();
                    answer.headers.clear();
                }
                exchanges.push(exchange);
                match next {
                    Next::Again(pause) => sleep(pause).await,
                    Next::Delivered | Next::GivenUp => break,
                }
            }
        }
        Ok(exchanges)
    }

    /// Whether anything may be sent to that server.
    pub(crate) fn check(&self, target: &Target) -> Result<(), PushError> {
        self.targets
            .check(&target.url)
            .map_err(|error| PushError::Unable(format!("callback.url: {error}")))
    }

    fn compose(&self, target: &Target, message: &Message) -> Result<Request, PushError> {
        let (now, nonce, random) = self.hub.with(|state, now| {
            let draw = &mut state.draw;
            let nonce = 1_000_000_000 + draw.next() % 1_147_483_647;
            let hex = format!("{:016x}", draw.next());
            let mut random = [b'0'; 16];
            random.copy_from_slice(hex.as_bytes());
            (now / 1000, nonce.to_string(), random)
        });
        let stamp = Stamp {
            timestamp: now,
            nonce,
            random,
        };
        let push = push::compose(
            target.mode,
            target.format,
            &target.credentials,
            &stamp,
            message.text_of("FromUserName").as_deref(),
            &message.0,
        )
        .map_err(|error| PushError::Unable(error.to_string()))?;
        Ok(Request {
            method: Method::Post,
            url: target.url_with(&push.query),
            content_type: Some(push::content_type(target.format).to_owned()),
            headers: Vec::new(),
            body: push.body.into(),
            accepts_gzip: false,
            hold: Hold::Cut,
        })
    }

    /// https needs the system's certificate authorities, which are read when first asked for.
    async fn sender(&self, scheme: &str) -> Result<&Sender, PushError> {
        if scheme != "https" {
            return Ok(&self.http);
        }
        self.https
            .get_or_try_init(|| async { Sender::new(self.options.clone(), "https") })
            .await
            .map_err(|error| PushError::Unable(error.to_string()))
    }
}

/// A MsgId: seventeen digits, above 2^53, as seen since 2019.
pub(crate) fn msg_id(draw: &mut Draw) -> i64 {
    (23_000_000_000_000_000 + draw.next() % 900_000_000_000_000).cast_signed()
}

/// Like `text from o…`: for the journal.
impl Message {
    fn text_of(&self, name: &str) -> Option<Cow<'_, str>> {
        scalar_of(&self.0, name)
    }
}

fn describe(message: &Message) -> String {
    let name = ["Event", "InfoType", "MsgType"]
        .into_iter()
        .find_map(|name| message.text_of(name));
    let from = message.text_of("FromUserName");
    format!(
        "{} from {}",
        name.unwrap_or_default(),
        from.as_deref().unwrap_or("WeChat")
    )
}
