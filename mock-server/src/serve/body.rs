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

use crate::bounds::{BODY_FREE_BYTES, BODY_TIME};

/// One permit of the semaphore, in bytes.
const UNIT: usize = 1024;
/// The least room of a body that grows.
const LEAST: usize = 4 * 1024;

/// Room for the bodies that are in memory at one time.
#[derive(Clone, Debug)]
pub(super) struct Room {
    bytes: usize,
    free: Arc<Semaphore>,
}

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
    #[error("{0} bytes of bodies can be in flight, and are already; send it again")]
    NoRoom(usize),
    /// The client went away, or did not keep to HTTP.
    #[error("the body broke off")]
    Broken,
}

impl BodyError {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            free: Arc::new(Semaphore::new(bytes / UNIT)),
        }
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
        let whole = body.size_hint().exact().map_or(limit, |_| declared);
        timeout(BODY_TIME, self.collect(body, limit, whole))
            .await
            .unwrap_or(Err(BodyError::TooSlow))
    }

    /// Bytes that are sent, and may have to wait for a slow reader.
    pub(super) fn lend(&self, bytes: Bytes) -> Result<Bytes, BodyError> {
        let room = self.take(bytes.len())?;
        Ok(Held { bytes, room }.into_bytes())
    }

    async fn collect<B>(&self, mut body: B, limit: usize, whole: usize) -> Result<Held, BodyError>
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
            let needed = read.len() + data.len();
            if needed > read.capacity() {
                // It grows as memory is given out, not as bytes come: that is what counts.
                let grown = (2 * needed).max(LEAST).min(whole.max(needed));
                let taken = room.as_ref().map_or(0, |room| room.num_permits() * UNIT);
                let wanted = grown.saturating_sub(BODY_FREE_BYTES + taken);
                if let Some(more) = self.take(wanted)? {
                    match &mut room {
                        Some(room) => room.merge(more),
                        None => room = Some(more),
                    }
                }
                let mut larger = BytesMut::with_capacity(grown);
                larger.extend_from_slice(&read);
                read = larger;
            }
            read.extend_from_slice(&data);
        }
        Ok(Held {
            bytes: read.freeze(),
            room,
        })
    }

    fn take(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, BodyError> {
        let no_room = BodyError::NoRoom(self.bytes);
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| no_room)?;
        if units == 0 {
            return Ok(None);
        }
        let taken = Arc::clone(&self.free).try_acquire_many_owned(units);
        taken.map(Some).map_err(|_| no_room)
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
    use std::{convert::Infallible, pin::pin};

    use futures_util::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;
    use crate::bounds::BODIES_BYTES;

    /// A number of bytes, and then nothing, for ever.
    fn unfinished(bytes: usize) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let first = Ok(Frame::data(Bytes::from(vec![b'x'; bytes])));
        StreamBody::new(stream::iter([first]).chain(stream::pending()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_let_go_and_its_room_with_it() {
        let room = Room::new(BODIES_BYTES);
        let read = room.read(unfinished(1_000_000), 2_000_000).await;
        assert_eq!(read.unwrap_err(), BodyError::TooSlow);
        assert_eq!(room.free.available_permits(), BODIES_BYTES / UNIT);
    }

    #[tokio::test]
    async fn one_body_is_bounded_and_all_together_are() {
        let room = Room::new(BODIES_BYTES);
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
        assert_eq!(third.unwrap_err(), BodyError::NoRoom(BODIES_BYTES));
        assert!(room.lend(Bytes::from(vec![0; half])).is_err());
        // A small one needs no room.
        assert_eq!(room.read(full(100), 100).await.unwrap().bytes.len(), 100);
        held.pop();
        assert!(room.read(full(half), half).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_growing_body_has_in_reserve_takes_room_too() {
        let room = Room::new(BODIES_BYTES);
        let parts =
            (0..600).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 1000]))));
        let body = StreamBody::new(stream::iter(parts).chain(stream::pending()));
        let mut reading = pin!(room.read(body, 11_000_000));
        assert!(timeout(BODY_TIME / 2, reading.as_mut()).await.is_err());
        let taken = BODIES_BYTES - room.free.available_permits() * UNIT;
        assert!(taken > 700_000, "{taken}");
    }
}
