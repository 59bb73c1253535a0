//! The endurance of the server against strangers, who send whatever they like and break off whenever they like.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, Uri};
use bytes::Bytes;

use crate::query::Query;
use crate::refuse::Refused;

/// The endurance of the server. The default survives everything.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Endurance {
    /// Deeply nested bodies.
    pub nesting: Nesting,
    /// Bytes that are no text.
    pub bytes: Bytewise,
    /// Parameters that stand twice.
    pub doubles: Doubles,
    /// Long URLs and headers.
    pub heads: Heads,
    /// Bodies that break off.
    pub broken_off: BrokenOff,
    /// Bytes on a connection that are no request.
    pub garbled: Garbled,
    /// Bytes that come behind a refused request.
    pub leftovers: Leftovers,
    /// Connections at the same time.
    pub connections: Connections,
}

/// The way a nested body is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Nesting {
    /// To a bounded depth.
    #[default]
    Bounded,
    /// By a function that calls itself, until the stack is full and the server stops.
    Recursive,
}

/// The way bytes become text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Bytewise {
    /// Bytes that are no UTF-8 are refused.
    #[default]
    Checked,
    /// Bytes that are no UTF-8, and NUL, stop the server.
    Trusted,
}

/// The treatment of a parameter that stands twice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Doubles {
    /// The first counts.
    #[default]
    FirstCounts,
    /// It becomes a list, and the server dies of it: nobody catches the error.
    Fatal,
}

/// The length that the head of a request may have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Heads {
    /// As long as HTTP allows here.
    #[default]
    Any,
    /// A query of more than 16 KiB stops the server.
    ShortQuery,
    /// A header of more than 16 KiB stops the server.
    ShortHeaders,
}

/// The effect of a body that breaks off.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BrokenOff {
    /// Its request is refused.
    #[default]
    Refused,
    /// Its rest is waited for, for ever, by the only worker there is.
    HoldsTheWorker,
}

/// The effect of bytes on a connection that are no request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Garbled {
    /// The connection is closed.
    #[default]
    Closed,
    /// The server stops.
    Fatal,
}

/// The destination of bytes that came behind a refused push.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Leftovers {
    /// Nowhere: they are a request of their own on that connection.
    #[default]
    StayThere,
    /// In front of what comes next, as on a connection that a proxy shares among users.
    GoToTheNext,
}

/// The way connections are served.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Connections {
    /// All at the same time.
    #[default]
    Beside,
    /// One after the other, each for one request.
    InTurn,
}

impl Endurance {
    /// Fails on the head of a request that the server does not survive.
    pub(crate) fn bears(
        self,
        uri: &Uri,
        headers: &HeaderMap,
        query: &Query,
    ) -> Result<(), Refused> {
        const SHORT: usize = 16 * 1024;
        let is_fatal = match self.heads {
            Heads::Any => false,
            Heads::ShortQuery => uri.query().is_some_and(|query| query.len() > SHORT),
            Heads::ShortHeaders => headers.values().any(|value| value.len() > SHORT),
        };
        if is_fatal || (self.doubles == Doubles::Fatal && query.has_doubles()) {
            return Err(Refused::Fatal);
        }
        Ok(())
    }

    /// Fails on a body that the server does not survive.
    pub(crate) fn bears_body(self, body: &[u8]) -> Result<(), Refused> {
        const STACK: usize = 10_000;
        let is_no_text = || body.contains(&0) || str::from_utf8(body).is_err();
        let overflows = self.nesting == Nesting::Recursive && depth(body) > STACK;
        if overflows || (self.bytes == Bytewise::Trusted && is_no_text()) {
            return Err(Refused::Fatal);
        }
        Ok(())
    }
}

/// The depth to which elements, objects and lists are nested, roughly: whatever looks like one counts.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (index, byte) in body.iter().enumerate() {
        match byte {
            b'<' if body.get(index + 1) == Some(&b'/') => depth = depth.saturating_sub(1),
            b'<' | b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The traces of hostile requests in a server that does not survive them.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// The only worker waits for the rest of a body.
    worker_is_held: AtomicBool,
    /// Bytes for the next connection.
    leftovers: Mutex<Bytes>,
}

impl Aftermath {
    /// Waits for ever where the worker does.
    pub(crate) async fn worker(&self) {
        if self.worker_is_held.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    /// Holds the worker unless the body that is being read comes whole.
    pub(crate) fn reading(&self, broken_off: BrokenOff) -> BodyWatch<'_> {
        let holds = broken_off == BrokenOff::HoldsTheWorker;
        BodyWatch(holds.then_some(&self.worker_is_held))
    }

    pub(crate) fn keep(&self, rest: Bytes) {
        *self
            .leftovers
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = rest;
    }

    pub(crate) fn take(&self) -> Bytes {
        std::mem::take(
            &mut *self
                .leftovers
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// A body being read.
#[derive(Debug)]
pub(crate) struct BodyWatch<'a>(Option<&'a AtomicBool>);

impl BodyWatch<'_> {
    /// It came whole.
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for BodyWatch<'_> {
    fn drop(&mut self) {
        if let Some(worker_is_held) = self.0 {
            worker_is_held.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_that_of_the_deepest_value() {
        assert_eq!(depth(b"<xml><a>1</a><b>2</b></xml>"), 2);
        assert_eq!(depth(br#"{"a":[[1],[2]]}"#), 3);
    }

    #[test]
    fn a_body_that_is_dropped_before_its_end_holds_the_worker() {
        let aftermath = Aftermath::default();
        aftermath.reading(BrokenOff::HoldsTheWorker).end();
        drop(aftermath.reading(BrokenOff::Refused));
        assert!(!aftermath.worker_is_held.load(Ordering::Relaxed));
        drop(aftermath.reading(BrokenOff::HoldsTheWorker));
        assert!(aftermath.worker_is_held.load(Ordering::Relaxed));
    }
}
