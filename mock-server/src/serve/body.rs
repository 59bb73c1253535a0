//! Bodies of requests, held within bounds: of each, of all together, and in time.

use std::sync::Arc;

use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::bounds::{BODIES_BYTES, BODY_FREE_BYTES, BODY_TIME};

/// One permit of the semaphore, in bytes.
const UNIT: usize = 1024;

/// Room for the bodies that are in memory at one time.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Semaphore>);

/// A body, and the room it takes as long as it is held.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
}

/// A body that is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum BodyError {
    /// Longer than one may be.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// Not sent in time.
    #[error("the body was not sent within {BODY_TIME:?}")]
    TooSlow,
    /// All that is in flight is too much.
    #[error("{BODIES_BYTES} bytes of bodies are in flight already; send it again")]
    NoRoom,
    /// The client went away, or did not keep to HTTP.
    #[error("the body broke off")]
    Broken,
}

impl BodyError {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BODIES_BYTES / UNIT)))
    }

    /// Reads a body whole.
    pub(super) async fn read<B>(&self, body: B, limit: usize) -> Result<Held, BodyError>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if declared > limit {
            return Err(BodyError::TooLong(limit));
        }
        timeout(BODY_TIME, self.collect(body, limit))
            .await
            .unwrap_or(Err(BodyError::TooSlow))
    }

    /// Bytes that are sent, and may have to wait for a slow reader.
    pub(super) fn lend(&self, bytes: Bytes) -> Result<Bytes, BodyError> {
        let room = self.take(bytes.len())?;
        Ok(Held { bytes, room }.into_bytes())
    }

    async fn collect<B>(&self, mut body: B, limit: usize) -> Result<Held, BodyError>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut read = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else {
                continue;
            };
            if data.len() > limit - read.len() {
                return Err(BodyError::TooLong(limit));
            }
            read.extend_from_slice(&data);
            let taken = room.as_ref().map_or(0, |room| room.num_permits() * UNIT);
            let wanted = read.len().saturating_sub(BODY_FREE_BYTES + taken);
            if let Some(more) = self.take(wanted)? {
                match &mut room {
                    Some(room) => room.merge(more),
                    None => room = Some(more),
                }
            }
        }
        Ok(Held {
            bytes: read.freeze(),
            room,
        })
    }

    fn take(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, BodyError> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| BodyError::NoRoom)?;
        if units == 0 {
            return Ok(None);
        }
        let taken = Arc::clone(&self.0).try_acquire_many_owned(units);
        taken.map(Some).map_err(|_| BodyError::NoRoom)
    }
}

impl Held {
    /// No body.
    pub(super) const fn nothing() -> Self {
        Self {
            bytes: Bytes::new(),
            room: None,
        }
    }

    /// The bytes, which keep their room until the last of them is dropped.
    pub(super) fn into_bytes(self) -> Bytes {
        match self.room {
            Some(room) => Bytes::from_owner(Lent {
                bytes: self.bytes,
                _room: room,
            }),
            None => self.bytes,
        }
    }
}

/// Bytes and the room they take.
struct Lent {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    /// So many bytes, and then nothing, for ever.
    fn unfinished(bytes: usize) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let first = Ok(Frame::data(Bytes::from(vec![b'x'; bytes])));
        StreamBody::new(stream::iter([first]).chain(stream::pending()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_let_go_and_its_room_with_it() {
        let room = Room::new();
        let read = room.read(unfinished(1_000_000), 2_000_000).await;
        assert_eq!(read.unwrap_err(), BodyError::TooSlow);
        assert_eq!(room.0.available_permits(), BODIES_BYTES / UNIT);
    }

    #[tokio::test]
    async fn one_body_is_bounded_and_all_together_are() {
        let room = Room::new();
        let full = |bytes: usize| Full::new(Bytes::from(vec![b'x'; bytes]));
        let read = room.read(full(1001), 1000).await;
        assert_eq!(read.unwrap_err(), BodyError::TooLong(1000));
        let read = room.read(unfinished(1001), 1000).await;
        assert_eq!(read.unwrap_err(), BodyError::TooLong(1000));
        let half = BODIES_BYTES / 2;
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(room.read(full(half), half).await.unwrap().into_bytes());
        }
        let third = room.read(full(half), half).await;
        assert_eq!(third.unwrap_err(), BodyError::NoRoom);
        assert!(room.lend(Bytes::from(vec![0; half])).is_err());
        // A small one needs no room.
        assert_eq!(room.read(full(100), 100).await.unwrap().bytes.len(), 100);
        held.pop();
        assert!(room.read(full(half), half).await.is_ok());
    }
}
