//! One push from its first delivery to its end.

use std::{sync::Arc, time::Duration};

use wxcheck_events::{Kind, PushOutcome, PushState, SentPush};

use crate::{
    bounds::EXCERPT_BYTES,
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
    state::outbox::Ended,
};

use super::{Delivered, Order, PushError, Pusher};

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
    turn: Option<Turn<'a>>,
    /// The number of the event with which the first delivery left, and the deliveries since.
    sent: Option<(u64, u32)>,
    exchanges: Vec<Exchange>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        pusher: &'a Pusher,
        order: &'a Order,
        outgoing: Outgoing,
        sender: &'a Sender,
        place: Option<Place>,
    ) -> Self {
        let pauses = &order.content.entry.retry_after;
        Self {
            is_signed_anew: Delivery::new(order.policy, pauses).has_pauses(),
            place,
            pusher,
            order,
            outgoing,
            sender,
            mask: pusher.hub.mask(),
            ticket: pusher.holding.ticket(),
            turn: None,
            sent: None,
            exchanges: Vec::new(),
        }
    }

    /// Delivers it as ordered, to its end.
    pub(super) async fn finish(mut self) -> Result<Delivered, PushError> {
        let appid = &self.outgoing.target.credentials.appid;
        if self.pusher.holds_while_down && self.pusher.holding.holds(appid) {
            self.hold().await?;
        }
        let (order, mut acknowledged) = (self.order, false);
        for _ in 0..order.times {
            let delivery = Delivery::new(order.policy, &order.content.entry.retry_after);
            acknowledged = deliver(&mut self, delivery).await? == Next::Delivered;
        }
        Ok(self.end(acknowledged))
    }

    async fn send_once(&mut self) -> Exchange {
        let judge = self.pusher.judge.as_deref();
        let (outgoing, mask) = (&self.outgoing, &*self.mask);
        let note = Note {
            what: Some(outgoing.what()),
            push: Some(SentPush {
                first: self.sent.map(|(first, _)| first),
                retry: self.sent.map_or(0, |(_, retries)| retries),
                ..outgoing.sent(mask)
            }),
            place: None,
            evidence: |outcome: &Outcome| Some(outgoing.evidence(outcome, mask, judge)),
        };
        let recorder = Recorder {
            journal: self.pusher.hub.journal(),
            mask,
        };
        let exchange = send_recorded(self.sender, recorder, &outgoing.request, None, &note).await;
        let first = match self.sent {
            Some((first, _)) => first,
            None => {
                let appid = &outgoing.target.credentials.appid;
                let content = &self.order.content;
                self.pusher.repeatable.keep(exchange.number, appid, content);
                exchange.number
            }
        };
        let retries = self.sent.map_or(0, |(_, retries)| retries);
        self.sent = Some((first, retries + 1));
        exchange
    }

    /// Waits until the server takes connections, behind the pushes that wait already.
    async fn hold(&mut self) -> Result<(), PushError> {
        let first = self.sent.map(|(first, _)| first);
        let pusher = self.pusher;
        self.turn = None;
        let push = HeldPush {
            number: first,
            name: self.outgoing.name.clone(),
            since: pusher.hub.journal().now(),
        };
        let target = &self.outgoing.target;
        let appid = &target.credentials.appid;
        // Whoever is told finds it among those that wait.
        let turn = pusher.holding.enter(self.ticket, appid, push);
        self.tell(PushState::Held, None);
        turn.comes(target, pusher.senders.options()).await;
        self.turn = Some(turn);
        // A server may refuse what was signed long ago.
        self.sign_anew(false)
    }

    fn sign_anew(&mut self, is_retry: bool) -> Result<(), PushError> {
        let stamp = self.pusher.stamp(&self.outgoing.openid).request;
        let callback = &self.order.callback;
        self.outgoing.sign_anew(callback, &stamp, is_retry)
    }

    fn end(self, acknowledged: bool) -> Delivered {
        let state = if acknowledged {
            PushState::Acknowledged
        } else {
            PushState::GivenUp
        };
        // One delivery alone gives nothing up.
        let user_sees = (!acknowledged && self.order.policy != Policy::ONCE)
            .then(|| seen_by_user(&self.outgoing))
            .flatten();
        if let Some(text) = user_sees {
            self.pusher.hub.with(|state, now| {
                let appid = self.order.callback.target.credentials.appid.as_str();
                if let Some(app) = state.apps.get_mut(appid) {
                    let openid = Arc::from(self.outgoing.openid.as_str());
                    app.sent.show(now, openid, text);
                }
            });
        }
        self.tell(state, user_sees);
        Delivered {
            number: self.sent.map(|(first, _)| first),
            state,
            exchanges: self.exchanges,
            user_sees,
        }
    }

    /// Tells the journal, and whoever waits for the push.
    fn tell(&self, state: PushState, user_sees: Option<&'static str>) {
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
                self.hold().await?;
                continue;
            }
            let Outgoing { fields, target, .. } = &self.outgoing;
            let entry = &self.order.content.entry;
            let heard = entry.heard(fields, target, &exchange.outcome);
            self.exchanges.push(cut_short(exchange));
            return Ok(heard);
        }
    }

    async fn pause(&mut self, pause: Duration) {
        // Others need not wait for hours.
        self.place = None;
        self.pusher.hub.pass(pause).await;
        let appid = &self.order.callback.target.credentials.appid;
        self.place = self.pusher.places.wait(appid).await;
    }
}

/// The exchange with an excerpt of its answer: a thousand answers of a megabyte are too much to keep, and nobody sees
/// more.
fn cut_short(mut exchange: Exchange) -> Exchange {
    if let Outcome::Answered(answer) = &mut exchange.outcome {
        answer.body.truncate(EXCERPT_BYTES);
        answer.body.shrink_to_fit();
        answer.headers.clear();
    }
    exchange
}
