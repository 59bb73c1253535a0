//! One push from its first delivery to its end.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use wxcheck_events::{Body, Kind, Original, PushOutcome, PushState, SentPush, Unsendable, Unsent};

use crate::{
    delivery::{Delivery, Heard, Next, Policy},
    dispatch::{Note, Recorder, send_recorded},
    exchange::{Exchange, Outcome, Silence},
    mask::Mask,
    parcel::{Parcel, deliver},
    sender::Sender,
    serve::{
        holding::{HeldPush, Turn},
        outgoing::{Outgoing, seen_by_user},
        places::Place,
    },
    state::outbox::{Begun, DuePush, Ended, Ending, Slip},
};

use super::{Delivered, Order, PushError, Pusher, Traces};

/// The level of a remark that says what WeChat does not take.
const MUST: &str = "must";

/// A push under way.
pub(super) struct Run<'a> {
    pusher: &'a Pusher,
    order: &'a Order,
    outgoing: Outgoing,
    sender: &'a Sender,
    mask: Arc<Mask>,
    /// The place that it takes; it leaves it while a pause passes.
    place: Option<Place>,
    /// Each repeat is signed anew.
    is_signed_anew: bool,
    /// Of pushes that wait for a server, lower ones go first.
    ticket: u64,
    /// Kept from when the server was down until the push is over.
    turn: Option<Turn>,
    /// Its place in the outbox, so that a later process delivers it if this one does not.
    slip: Option<Slip>,
    /// The number of its first event, and the deliveries so far.
    sent: Option<(u64, u32)>,
    /// WeChat does not take the newest answer, though its status is 200.
    is_refused: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        pusher: &'a Pusher,
        order: &'a Order,
        outgoing: Outgoing,
        sender: &'a Sender,
        place: Option<Place>,
        traces: Traces,
    ) -> Self {
        let pauses = &order.content.entry.retry_after;
        let (ticket, turn) = traces.turn.unzip();
        Self {
            is_signed_anew: Delivery::new(order.policy, pauses).has_pauses(),
            place,
            pusher,
            order,
            outgoing,
            sender,
            mask: pusher.hub.mask(),
            ticket: ticket.unwrap_or_else(|| pusher.holding.ticket()),
            turn,
            slip: traces.slip,
            sent: traces.sent,
            is_refused: false,
        }
    }

    /// Delivers it as ordered, to its end.
    pub(super) async fn finish(mut self) -> Result<Delivered, PushError> {
        let acknowledged = self.deliver().await;
        let (hub, slip) = (&self.pusher.hub, self.slip.take());
        let delivered = acknowledged.map(|acknowledged| self.end(acknowledged));
        if let Some(slip) = slip {
            hub.with(|state, _| state.outbox.finish(&slip));
        }
        delivered
    }

    /// Delivers it; true if it was acknowledged.
    async fn deliver(&mut self) -> Result<bool, PushError> {
        self.note_begun();
        if let Some(turn) = self.turn.take() {
            self.wait(turn).await?;
        } else if self.pusher.holds_while_down && self.pusher.holding.holds(self.order.appid()) {
            self.hold().await?;
        }
        let (order, mut acknowledged) = (self.order, false);
        for _ in 0..order.times {
            let delivery = Delivery::new(order.policy, &order.content.entry.retry_after);
            acknowledged = deliver(self, delivery).await? == Next::Delivered;
        }
        Ok(acknowledged)
    }

    async fn send_once(&mut self) -> Exchange {
        let judge = self.pusher.judge.as_deref();
        let (outgoing, mask) = (&self.outgoing, &*self.mask);
        let judged = OnceLock::new();
        let remarks = |outcome: &Outcome| {
            judged
                .get_or_init(|| outgoing.remarks(outcome, mask, judge))
                .as_slice()
        };
        let note = Note {
            what: Some(outgoing.what()),
            push: Some(self.sent_push()),
            place: None,
            evidence: |outcome: &Outcome| Some(outgoing.evidence(outcome, mask, remarks(outcome))),
        };
        let recorder = Recorder {
            journal: self.pusher.hub.journal(),
            mask,
        };
        let exchange = send_recorded(self.sender, recorder, &outgoing.request, None, &note).await;
        // A must that an answer breaks is one that WeChat's own documents name.
        let is_refused = remarks(&exchange.outcome)
            .iter()
            .any(|remark| remark.level == MUST);
        self.is_refused = is_refused;
        let (first, retries) = self.sent.unwrap_or((exchange.number, 0));
        self.sent = Some((first, retries + 1));
        self.note_begun();
        exchange
    }

    /// The facts that the journal is told with the next delivery.
    fn sent_push(&self) -> SentPush {
        let content = &self.order.content;
        // The first event has all that it takes to send it again.
        let original = match self.sent {
            None => content.original_without(&self.mask).map(Box::new),
            Some(_) => None,
        };
        SentPush {
            first: self.sent.map(|(first, _)| first),
            retry: self.sent.map_or(0, |(_, retries)| retries),
            again: content.again,
            time: Some(self.pusher.hub.clock().now()),
            original,
            ..self.outgoing.sent(&self.mask)
        }
    }

    /// Waits until the server takes connections, behind the pushes that wait already.
    async fn hold(&mut self) -> Result<(), PushError> {
        let pusher = self.pusher;
        self.turn = None;
        let push = self.sent_push();
        let says = push.says.clone();
        let journal = pusher.hub.journal();
        let first = match self.sent {
            Some((first, _)) => first,
            None => journal.append(unsent(push, self.outgoing.message(&self.mask))),
        };
        self.sent.get_or_insert((first, 0));
        let held = HeldPush {
            number: Some(first),
            name: self.outgoing.name.clone(),
            openid: self.outgoing.openid.clone(),
            says,
            since: journal.now(),
        };
        self.keep(held.since)?;
        // Whoever is told finds it among those that wait.
        let turn = pusher.holding.enter(self.ticket, self.order.appid(), held);
        self.announce(PushState::Held, None);
        self.wait(turn).await
    }

    /// The push as it is kept, for a later process to deliver as the same message.
    fn begun(&self, held_since: Option<u64>) -> Begun {
        let content = &self.order.content;
        let (number, retries) = self.sent.unzip();
        Begun {
            number,
            retries: retries.unwrap_or(0),
            held_since,
            again: content.again,
            policy: self.order.policy,
            times: self.order.times,
            original: Original {
                settings: Vec::new(),
                ..content.original()
            },
        }
    }

    /// Notes how far it is, where a later process can read it.
    fn note_begun(&self) {
        let hub = &self.pusher.hub;
        if let Some(slip) = self.slip.as_ref().filter(|_| hub.has_store()) {
            let begun = self.begun(None);
            hub.with(|state, _| state.outbox.note_begun(slip, begun));
        }
    }

    /// Keeps a push that is held, also where nobody but a client knew of it.
    fn keep(&mut self, held_since: u64) -> Result<(), PushError> {
        let begun = self.begun(Some(held_since));
        let hub = &self.pusher.hub;
        if let Some(slip) = &self.slip {
            hub.with(|state, _| state.outbox.note_begun(slip, begun));
            return Ok(());
        }
        let content = &self.order.content;
        let push = DuePush {
            appid: self.order.appid().into(),
            openid: content.stamp.openid.clone(),
            push: begun.original.entry.clone().into(),
            settings: content.message.settings.clone(),
            about: None,
            begun: Some(Box::new(begun)),
            ending: Ending::default(),
        };
        self.slip = hub.with(|state, now| state.outbox.hold(now, &push));
        if self.slip.is_none() {
            let full =
                "too many pushes wait for the server; start it, or turn --hold-while-down off";
            return Err(PushError::Unable(full.to_owned()));
        }
        Ok(())
    }

    /// Waits for its turn, and until the server takes connections.
    async fn wait(&mut self, turn: Turn) -> Result<(), PushError> {
        // Those that wait for a server take nobody's place.
        self.place = None;
        let target = &self.outgoing.target;
        turn.comes(target, self.pusher.senders.options()).await;
        self.turn = Some(turn);
        self.place = self.pusher.places.wait(self.order.appid()).await;
        // A server may refuse what was signed long ago.
        self.sign_anew(false)
    }

    fn sign_anew(&mut self, is_retry: bool) -> Result<(), PushError> {
        let stamp = self.pusher.stamp(&self.outgoing.openid).request;
        let callback = &self.order.callback;
        self.outgoing.sign_anew(callback, &stamp, is_retry)
    }

    fn end(self, acknowledged: bool) -> Delivered {
        let state = match (acknowledged, self.is_refused) {
            (true, false) => PushState::Acknowledged,
            (true, true) => PushState::Refused,
            (false, _) => PushState::GivenUp,
        };
        let is_noticed = match state {
            PushState::Acknowledged | PushState::Held => false,
            // WeChat sends it once, and tells the user at once. Who sends it again by hand has seen it.
            PushState::Refused => self.order.content.again.is_none(),
            // One delivery alone gives nothing up.
            PushState::GivenUp => self.order.policy != Policy::ONCE,
        };
        let user_sees = is_noticed.then(|| seen_by_user(&self.outgoing)).flatten();
        if let Some(text) = user_sees {
            self.pusher.hub.with(|state, now| {
                if let Some(app) = state.apps.get_mut(self.order.appid()) {
                    let openid = Arc::from(self.outgoing.openid.as_str());
                    app.sent.show(now, openid, text);
                }
            });
        }
        self.announce(state, user_sees);
        Delivered {
            number: self.sent.map(|(first, _)| first),
            state,
            user_sees,
        }
    }

    /// Tells the journal, and whoever waits for the push.
    fn announce(&self, state: PushState, user_sees: Option<&'static str>) {
        let number = self.sent.map(|(first, _)| first);
        if let Some(push) = number {
            let outcome = PushOutcome {
                push,
                state,
                user_sees: user_sees.map(str::to_owned),
            };
            let journal = self.pusher.hub.journal();
            journal.append(Kind::PushOutcome(outcome));
        }
        self.order.ending.announce(Ended {
            number,
            state: Some(state),
            user_sees,
        });
    }
}

impl Parcel for Run<'_> {
    type Error = PushError;

    /// A server that is down is waited for, if pushes are held; that is no delivery.
    async fn send(&mut self, before: u8) -> Result<Heard, PushError> {
        if self.is_signed_anew && before > 0 {
            self.sign_anew(true)?;
        }
        loop {
            let exchange = self.send_once().await;
            let is_down = matches!(exchange.outcome, Outcome::Silent(Silence::Refused));
            if is_down && self.pusher.holds_while_down {
                // WeChat would not count what is no delivery.
                self.sent = self.sent.map(|(first, retries)| (first, retries - 1));
                self.hold().await?;
                continue;
            }
            let Outgoing { fields, target, .. } = &self.outgoing;
            let entry = &self.order.content.entry;
            let heard = entry.heard(fields, target, &exchange.outcome);
            return Ok(heard);
        }
    }

    async fn pause(&mut self, pause: Duration) {
        // Others need not wait for hours.
        self.place = None;
        self.pusher.hub.pass(pause).await;
        self.place = self.pusher.places.wait(self.order.appid()).await;
    }
}

/// A push that waits behind others before it ever left.
fn unsent(push: SentPush, message: Body) -> Kind {
    Kind::Unsent(Box::new(Unsent {
        why: Unsendable::Held,
        message: Some(message),
        push,
    }))
}
