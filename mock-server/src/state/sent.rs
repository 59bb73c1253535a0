//! The log of messages that the platform took for users.

use std::{collections::VecDeque, sync::Arc};

use serde::Serialize;

use crate::bounds::MESSAGES;

use super::Moment;

pub use crate::bounds::KEPT_BYTES;

/// One message to one user.
#[derive(Clone, Debug)]
pub struct SentMessage {
    /// Counts the app's messages from 1.
    pub number: u64,
    /// When it was taken.
    pub at: Moment,
    /// The endpoint that took it.
    pub path: &'static str,
    /// To whom.
    pub openid: Arc<str>,
    /// The body of the call, at most [`KEPT_BYTES`] of it.
    pub body: Box<[u8]>,
}

/// The log of one app.
#[derive(Clone, Debug)]
pub struct SentLog {
    most: usize,
    messages: VecDeque<SentMessage>,
    bytes: usize,
    taken: u64,
}

/// Part of the log.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// How many messages match in all.
    pub total: usize,
    /// Those asked for, oldest first.
    pub messages: Vec<T>,
}

impl Default for SentLog {
    fn default() -> Self {
        Self {
            most: MESSAGES,
            messages: VecDeque::new(),
            bytes: 0,
            taken: 0,
        }
    }
}

impl SentLog {
    /// Says how many are remembered from now on.
    pub(crate) const fn keep(&mut self, most: usize) {
        self.most = most;
    }

    /// Appends a message, for which the oldest makes room; returns its number.
    pub fn append(&mut self, at: Moment, path: &'static str, openid: Arc<str>, body: &[u8]) -> u64 {
        while self.messages.len() >= self.most
            && let Some(forgotten) = self.messages.pop_front()
        {
            self.bytes -= forgotten.body.len();
        }
        let body = &body[..body.len().min(KEPT_BYTES)];
        self.bytes += body.len();
        self.taken += 1;
        self.messages.push_back(SentMessage {
            number: self.taken,
            at,
            path,
            openid,
            body: Box::from(body),
        });
        self.taken
    }

    /// The messages from `from` (included) to `to` (excluded), without the first `offset`, at most `count`.
    pub fn page(
        &self,
        from: Moment,
        to: Moment,
        openid: Option<&str>,
        offset: usize,
        count: usize,
    ) -> Page<&SentMessage> {
        let matching = || {
            self.messages.iter().filter(move |message| {
                (from..to).contains(&message.at)
                    && openid.is_none_or(|openid| openid == &*message.openid)
            })
        };
        Page {
            total: matching().count(),
            messages: matching().skip(offset).take(count).collect(),
        }
    }

    /// The bytes that the log takes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.messages.len() * size_of::<SentMessage>()
    }

    /// How many messages were taken so far, those forgotten included.
    pub const fn taken(&self) -> u64 {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_out_of_a_range() {
        let mut log = SentLog::default();
        for at in 0..10 {
            let openid = if at % 2 == 0 { "o0" } else { "o1" };
            log.append(at, "/x", Arc::from(openid), b"{}");
        }
        let page = log.page(2, 9, None, 1, 3);
        let times: Vec<Moment> = page.messages.iter().map(|message| message.at).collect();
        assert_eq!((page.total, times), (7, vec![3, 4, 5]));
        assert_eq!(log.page(0, 10, Some("o1"), 0, 100).total, 5);
    }

    #[test]
    fn the_log_is_bounded_and_goes_on_counting() {
        let mut log = SentLog::default();
        let body = vec![b'x'; 3 * KEPT_BYTES];
        for _ in 0..MESSAGES + 5 {
            log.append(0, "/x", Arc::from("o"), &body);
        }
        assert_eq!(log.messages.len(), MESSAGES);
        assert_eq!(log.taken(), MESSAGES as u64 + 5);
        assert_eq!(log.messages[0].body.len(), KEPT_BYTES);
        // Another app takes its part.
        log.keep(10);
        log.append(0, "/x", Arc::from("o"), &body);
        assert_eq!(
            (log.messages.len(), log.bytes < 11 * KEPT_BYTES),
            (10, true)
        );
    }
}
