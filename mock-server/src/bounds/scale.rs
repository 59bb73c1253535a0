//! Limits of one platform: one that stands by itself, and one beside a run, which has to stay small as a whole.

use super::{CONNECTION_BYTES, KEPT_BYTES, KIB, MEDIUM_BYTES, MIB, REQUESTS, TOKENS_OF_LINE};

/// Limits on what an app may have, and on what is in flight at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scale {
    /// Users of an app.
    pub users: usize,
    /// Bytes of the uploads of an app.
    pub media_bytes: usize,
    /// Messages of an app that are remembered.
    pub messages: usize,
    /// Bytes of the pushes of an app that wait.
    pub pushes_bytes: usize,
    /// Bytes of the journal.
    pub records_bytes: usize,
    /// Connections.
    pub connections: usize,
    /// Bytes of all bodies in flight.
    pub bodies_bytes: usize,
}

impl Scale {
    /// For many apps and load tests.
    pub const STANDING: Self = Self {
        users: super::USERS,
        media_bytes: super::MEDIA_BYTES,
        messages: super::MESSAGES,
        pushes_bytes: super::PUSHES_BYTES,
        records_bytes: super::RECORDS_BYTES,
        connections: super::CONNECTIONS,
        bodies_bytes: super::BODIES_BYTES,
    };

    /// Beside a run: for one server, which is pushed to by few users at once and calls because of that.
    pub const RUN: Self = Self {
        users: 40_000,
        media_bytes: MEDIUM_BYTES + 2 * MIB,
        messages: 2000,
        pushes_bytes: 2 * MIB,
        records_bytes: 12 * MIB,
        connections: 192,
        bodies_bytes: 32 * MIB,
    };

    /// Bytes that one server can make it take by calling WeChat's API.
    pub const fn bytes_of_one_server(self) -> usize {
        self.users * 512
            + self.media_bytes
            + self.messages * (KEPT_BYTES + 128)
            + self.pushes_bytes
            + self.records_bytes
            + self.connections * CONNECTION_BYTES
            + self.bodies_bytes
            + 2 * TOKENS_OF_LINE * 384
            + REQUESTS * 8 * KIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::{API_BODY_BYTES, BOUNDS};

    #[test]
    fn a_run_has_less_of_everything_and_room_for_an_upload() {
        let (run, standing) = (Scale::RUN, Scale::STANDING);
        for (less, more) in [
            (run.users, standing.users),
            (run.media_bytes, standing.media_bytes),
            (run.messages, standing.messages),
            (run.pushes_bytes, standing.pushes_bytes),
            (run.records_bytes, standing.records_bytes),
            (run.connections, standing.connections),
            (run.bodies_bytes, standing.bodies_bytes),
        ] {
            assert!(less < more, "{less}");
        }
        assert!(run.media_bytes >= MEDIUM_BYTES && run.bodies_bytes >= API_BODY_BYTES);
        // The table of bounds counts the same things at the same price.
        let each = |kind: &str| BOUNDS.iter().find(|bound| bound.kind == kind).unwrap().each;
        assert_eq!(each("users"), 512);
        assert_eq!(each("access tokens"), 384);
        assert_eq!(each("messages to users"), KEPT_BYTES + 128);
        assert_eq!(each("failed requests, by rid"), 8 * KIB);
        assert_eq!(each("connections"), CONNECTION_BYTES);
    }
}
