//! A push of the served platform on its way: signed, sent, and sent again.

use std::{sync::Arc, time::Duration};

use wxcheck_protocol::message::{Field, scalar_of};

use crate::{
    bounds::EXCERPT_BYTES,
    composer::{Composed, Recipient, compose, count_retry, sender},
    delivery::{Delivery, Heard},
    dispatch::{Note, Recorder, send_recorded},
    exchange::{Exchange, Outcome},
    mask::Mask,
    parcel::Parcel,
    sender::{Request, Sender},
    target::Target,
};

use super::{
    places::Place,
    pusher::{Order, PushError, Pusher},
};

/// A push from its first delivery to its end.
pub(super) struct UnderWay<'a> {
    pusher: &'a Pusher,
    order: &'a Order<'a>,
    sender: &'a Sender,
    mask: Arc<Mask>,
    target: Target,
    fields: Vec<Field>,
    request: Request,
    /// The place that it takes; it leaves it while a pause passes.
    place: Option<Place>,
    /// Each repeat is signed anew.
    is_signed_anew: bool,
    exchanges: Vec<Exchange>,
}

impl<'a> UnderWay<'a> {
    pub(super) async fn new(
        pusher: &'a Pusher,
        order: &'a Order<'a>,
        place: Option<Place>,
    ) -> Result<Self, PushError> {
        let stamp = pusher.stamp(order.openid);
        let recipient = recipient(order);
        let fields = order.message.addressed(&recipient.addressee(), &stamp);
        let composed = compose(&fields, order.message.route(), &recipient, &stamp.request);
        let composed = composed.map_err(|error| PushError::Unable(error.to_string()))?;
        let target = composed.target.clone();
        let sender = pusher.senders.of(target.url.scheme()).await;
        Ok(Self {
            pusher,
            order,
            sender: sender.map_err(|error| PushError::Unable(error.to_string()))?,
            mask: pusher.hub.mask(),
            target,
            fields,
            request: composed.request(),
            place,
            is_signed_anew: Delivery::new(order.policy, &order.entry.retry_after).has_pauses(),
            exchanges: Vec::new(),
        })
    }

    /// Every attempt, in order.
    pub(super) fn exchanges(self) -> Vec<Exchange> {
        self.exchanges
    }

    /// The same push, as one that was sent before.
    fn sign_anew(&mut self) -> Result<(), PushError> {
        count_retry(&mut self.fields);
        let stamp = self.pusher.stamp(self.order.openid).request;
        let route = self.order.message.route();
        let composed = compose(&self.fields, route, &recipient(self.order), &stamp);
        let composed = composed.map_err(|error| PushError::Unable(error.to_string()))?;
        self.request = Composed::request(composed);
        Ok(())
    }

    /// Its name in the journal, like `text from o…`.
    fn what(&self) -> String {
        let name = ["Event", "InfoType", "MsgType"]
            .into_iter()
            .find_map(|name| scalar_of(&self.fields, name));
        let from = sender(&self.fields);
        format!(
            "{} from {}",
            name.unwrap_or_default(),
            from.as_deref().unwrap_or("WeChat")
        )
    }
}

impl Parcel for UnderWay<'_> {
    type Error = PushError;

    async fn send(&mut self, before: u8) -> Result<Heard, PushError> {
        if self.is_signed_anew && before > 0 {
            self.sign_anew()?;
        }
        let (mask, request) = (&*self.mask, &self.request);
        let note = Note {
            what: Some(self.what()),
            place: None,
            evidence: |outcome: &Outcome| Some(mask.evidence(request, outcome)),
        };
        let recorder = Recorder {
            journal: self.pusher.hub.journal(),
            mask,
        };
        let exchange = send_recorded(self.sender, recorder, request, None, &note).await;
        let entry = self.order.entry;
        let heard = entry.heard(&self.fields, &self.target, &exchange.outcome);
        self.exchanges.push(cut_short(exchange));
        Ok(heard)
    }

    async fn pause(&mut self, pause: Duration) {
        // Others need not wait for hours.
        self.place = None;
        self.pusher.hub.pass(pause).await;
        let appid = &self.order.callback.target.credentials.appid;
        self.place = self.pusher.places.wait(appid).await;
    }
}

fn recipient<'a>(order: &Order<'a>) -> Recipient<'a> {
    let target = &order.callback.target;
    Recipient {
        account: order.callback.account,
        target,
        authorizer: &target.credentials.appid,
        authorization_url: None,
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
