//! One connection of an emitter: its wire, the request on it, and what came back so far.

use std::time::Instant;

use crate::{sequence::Item, wire::Wire};

/// A place for a connection. The memory stays when the connection goes.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) wire: Option<Wire>,
    pub(crate) endpoint: usize,
    pub(crate) connected: bool,
    /// The request, and how much of it is written.
    pub(crate) request: Vec<u8>,
    pub(crate) written: usize,
    /// The beginning of an answer.
    pub(crate) inbox: Vec<u8>,
    pub(crate) flight: Option<Flight>,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight {
    /// Tells it from earlier ones on the same connection.
    pub(crate) id: u64,
    pub(crate) item: Item,
    pub(crate) due: Instant,
    pub(crate) sent: Instant,
}

impl Connection {
    /// True once a request can be written.
    pub(crate) fn is_ready(&self) -> bool {
        self.connected && self.wire.as_ref().is_some_and(Wire::is_ready)
    }

    /// Takes the place back.
    pub(crate) fn clear(&mut self) {
        self.wire = None;
        self.connected = false;
        self.request.clear();
        self.written = 0;
        self.inbox.clear();
        self.flight = None;
    }
}
