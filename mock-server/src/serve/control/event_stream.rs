//! The journal as server-sent events, as it happens.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State as Shared,
    http::HeaderMap,
    response::sse::{Event as Message, KeepAlive, Sse},
};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use wxcheck_events::{Event, Interest, Subscription};

use crate::{hub::Hub, shown::short};

use super::{super::connection::closed, Asked, ControlDesk, ControlError, apps::PAGE_LIMIT};

/// The header in which a reader that was cut off says what it had.
const LAST_EVENT: &str = "last-event-id";
/// The pause after which a comment keeps the connection alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct From {
    /// Records from this number on; without it, and without `Last-Event-ID`, those that come.
    #[serde(default)]
    since: Option<u64>,
}

/// Hear the journal as it happens: server-sent events, each with a record's number as its id
///
/// Records are events `record`. An event `state` has no number and says that a request of this API may have changed apps, users,
/// phones, faults, the clock or snapshots.
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/events", params(From), responses((status = 200, content_type = "text/event-stream", body = String), (status = 503, body = ControlError))))]
pub(super) async fn events(
    Shared(desk): Shared<ControlDesk>,
    headers: HeaderMap,
    Asked(from): Asked<From>,
) -> Result<Sse<impl Stream<Item = Result<Message, Infallible>>>, ControlError> {
    let place = Arc::clone(&desk.waiters).try_acquire_owned();
    let place = place.map_err(|_| super::too_many_waiters())?;
    let last = headers.get(LAST_EVENT);
    let last = last.and_then(|last| last.to_str().ok()?.trim().parse::<u64>().ok());
    let journal = desk.hub.journal();
    // Heard from before the past is read, so that nothing is missed in between.
    let heard = journal.subscribe(Interest::Everything);
    let next = last.map(|last| last + 1).or(from.since);
    let next = next.unwrap_or_else(|| journal.mark());
    let reader = Reader {
        hub: Arc::clone(&desk.hub),
        next,
        past: VecDeque::new(),
        in_past: true,
        heard,
        changes: desk.changes.subscribe(),
        closing: desk.closing.clone(),
        _place: place,
    };
    let messages = stream::unfold(reader, async |mut reader| {
        let message = reader.message().await?;
        Some((Ok(message), reader))
    });
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(messages).keep_alive(alive))
}

/// Something that listeners are told.
enum Heard {
    Event(Arc<Event>),
    /// A request may have changed the platform.
    Change,
}

/// One who listens.
struct Reader {
    hub: Arc<Hub>,
    /// The number of the next event that was not told yet.
    next: u64,
    past: VecDeque<Arc<Event>>,
    in_past: bool,
    heard: Subscription,
    changes: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// The next message; nothing once the platform closes.
    async fn message(&mut self) -> Option<Message> {
        loop {
            let event = match self.next().await? {
                Heard::Event(event) => event,
                // A browser hears of no message without data.
                Heard::Change => return Some(Message::default().event("state").data("{}")),
            };
            if event.number < self.next {
                continue;
            }
            self.next = event.number + 1;
            let time = self.hub.journal().time_of(&event);
            if let Some(shown) = short(&event, time) {
                let message = Message::default()
                    .id(event.number.to_string())
                    .event("record")
                    .data(shown.to_string());
                return Some(message);
            }
        }
    }

    async fn next(&mut self) -> Option<Heard> {
        if self.in_past {
            if self.past.is_empty() {
                let records = self.hub.journal().records();
                self.past = records.page(self.next, PAGE_LIMIT).into();
            }
            if let Some(event) = self.past.pop_front() {
                return Some(Heard::Event(event));
            }
            self.in_past = false;
        }
        tokio::select! {
            event = self.heard.next() => event.map(Heard::Event),
            changed = self.changes.changed() => changed.ok().map(|()| Heard::Change),
            () = closed(&mut self.closing) => None,
        }
    }
}
