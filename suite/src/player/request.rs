//! The requests of a play, one at a time: each goes out, and its answer is read.

use std::{convert::Infallible, time::Duration};

use tokio::time::Instant;
use wxcheck_events::{PlaceInPlay, SentPush};
use wxcheck_mock_server::{
    Answer, Delivery, Exchange, Heard, Line, Outcome, Parcel, Policy, Silence, clock, deliver,
    dispatch::Note, fetched, tls_probe,
};
use wxcheck_protocol::reply::{self, Reply, ReplyContext, ReplyKind};

use super::{Play, timed_out};
use crate::{
    compose::Outgoing,
    keeping::cut_for_judging,
    leak::{self, Leak},
    log::{
        event::{evidence, words},
        micros,
    },
    place::{Address, Inspection, Place, Reach},
    transcript::{Entry, Sent},
};

/// A push that was sent once, and its last delivery.
struct HeldBack<'p, 'a> {
    play: &'p Play<'a>,
    outgoing: &'p Outgoing,
    exchange: Exchange,
}

impl Parcel for HeldBack<'_, '_> {
    type Error = Infallible;

    async fn send(&mut self, before: u8) -> Result<Heard, Infallible> {
        if before > 0 {
            self.play.player.turn().await;
            self.exchange.outcome = self.play.exchange(self.outgoing, None).await.outcome;
            self.play.note_time(self.outgoing, &self.exchange.outcome);
        }
        Ok(if timed_out(&self.exchange.outcome) {
            Heard::Nothing
        } else {
            Heard::Acknowledged
        })
    }

    async fn pause(&mut self, pause: Duration) {
        self.play.player.platform.wait(pause).await;
    }
}

impl Play<'_> {
    pub(super) async fn send(&self, outgoing: &Outgoing, line: Option<&Line>) -> Entry {
        let player = self.player;
        if let Sent::Push { openid, name, .. } = &outgoing.sent {
            player.register(openid, name);
        }
        player.turn().await;
        let begun = Instant::now();
        let exchange = self.exchange(outgoing, line).await;
        self.note_time(outgoing, &exchange.outcome);
        let is_repeated = matches!(outgoing.sent, Sent::Push { .. }) && outgoing.raw.is_none();
        let exchange = if is_repeated {
            self.repeat(outgoing, exchange).await
        } else {
            exchange
        };
        if timed_out(&exchange.outcome) {
            player.waited_since(begun);
        }
        let (reply, text, leaks) = match &exchange.outcome {
            Outcome::Answered(answer) => {
                player.note_pace(answer.total);
                self.read(answer, outgoing)
            }
            Outcome::Silent(_) => (None, None, Vec::new()),
        };
        let mut entry = Entry {
            sent: outgoing.sent.clone(),
            recipe: outgoing.recipe.clone(),
            started: exchange.started,
            outcome: exchange.outcome,
            reply,
            text,
            leaks,
            origin: outgoing.origin,
        };
        cut_for_judging(&mut entry);
        entry
    }

    /// Counts the answer time of a push. One that is written byte by byte takes a time of our own.
    fn note_time(&self, outgoing: &Outgoing, outcome: &Outcome) {
        if matches!(outgoing.sent, Sent::Push { .. }) && outgoing.raw.is_none() {
            let mut times = self.player.answer_times.borrow_mut();
            match outcome {
                Outcome::Answered(answer) => times.note(micros(answer.total)),
                Outcome::Silent(Silence::Dropped) => {}
                Outcome::Silent(_) => times.note_unanswered(),
            }
        }
    }

    /// The exchange, or that of a repeat where the server holds its answers back: as many come as it was seen to need.
    async fn repeat(&self, outgoing: &Outgoing, exchange: Exchange) -> Exchange {
        let policy = Policy {
            name: "held back",
            after_timeout: self.repeats + 1,
            after_status: 1,
        };
        let mut parcel = HeldBack {
            play: self,
            outgoing,
            exchange,
        };
        let Ok(_) = deliver(&mut parcel, Delivery::new(policy, &[])).await;
        parcel.exchange
    }

    /// One request and its outcome, which says whether it counts.
    async fn exchange(&self, outgoing: &Outgoing, line: Option<&Line>) -> Exchange {
        let platform = self.player.platform;
        let note = Note {
            what: None,
            push: self.number.and_then(|_| self.push(outgoing)),
            place: self.number.map(|play| PlaceInPlay {
                play,
                request: outgoing.origin,
            }),
            evidence: |outcome: &Outcome| {
                Some(evidence(&outgoing.recipe, outcome, &self.player.secrets()))
            },
        };
        let exchange = match &outgoing.raw {
            None => platform.send_noted(&outgoing.request, line, &note).await,
            Some(raw) => {
                let writing = platform.write(&outgoing.request, raw, &note);
                let (exchange, held) = Box::pin(writing).await;
                self.held.borrow_mut().extend(held);
                exchange
            }
        };
        self.player.count(&exchange.outcome);
        exchange
    }

    /// A push for whoever sees the run as it happens.
    fn push(&self, outgoing: &Outgoing) -> Option<SentPush> {
        let Sent::Push {
            openid,
            name,
            fields,
            ..
        } = &outgoing.sent
        else {
            return None;
        };
        let profile = self.player.profile();
        Some(SentPush {
            appid: outgoing.credentials.appid.as_str().into(),
            name: name.clone(),
            openid: openid.clone(),
            says: words(fields, &self.player.secrets()),
            mode: profile.mode.to_string(),
            format: profile.format.to_string(),
            first: None,
            retry: 0,
            rule: self.rule.map(|rule| rule.to_string()),
            again: None,
            time: None,
            original: None,
        })
    }

    /// Looks at a URL, and its TLS if it has any. A loopback address needs no look.
    pub(super) async fn inspect(&mut self, place: Place) {
        let platform = self.player.platform;
        let url = match place {
            Place::Callback => Some(&platform.target().url),
            Place::Periodic => self.player.fetching.periodic.as_ref(),
            Place::Prefetch => self.player.fetching.pre.as_ref(),
        };
        let Some(url) = url else { return };
        let now = clock::unix_seconds();
        let address = Address::of(url);
        let tls = if address.scheme == "https" && address.reach == Reach::Public {
            let limit = platform.exchange_limit();
            Some(tls_probe::probe(url, platform.connecting(), limit, now).await)
        } else {
            None
        };
        self.inspections.push(Inspection {
            place,
            address,
            tls,
            now,
        });
    }

    /// The content of an answer, and what it gives away.
    fn read(
        &self,
        answer: &Answer,
        outgoing: &Outgoing,
    ) -> (Option<Reply>, Option<String>, Vec<Leak>) {
        let secrets = &self.player.secrets;
        let handed_out = self.player.handed_out(self.cast());
        if matches!(outgoing.sent, Sent::Fetch(_)) {
            let text = match fetched::decompress(answer) {
                Ok(content) => String::from_utf8_lossy(&content.bytes).into_owned(),
                Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
            };
            let leaks = leak::find(&text, secrets, &handed_out);
            return (None, Some(self.player.fetching.named(&text)), leaks);
        }
        let credentials = &outgoing.credentials;
        let reading = ReplyContext {
            key: credentials.key.as_ref(),
            token: &credentials.token,
            appid: &credentials.appid,
        };
        let reply = reply::read(&answer.body, &reading);
        let mut text = String::from_utf8_lossy(&answer.body).into_owned();
        // What an envelope holds is given away too.
        if let ReplyKind::Sealed(sealed) = &reply.kind {
            text.push('\n');
            text.push_str(sealed.text.as_deref().unwrap_or_default());
        }
        let leaks = leak::find(&text, secrets, &handed_out);
        (Some(reply), None, leaks)
    }
}
