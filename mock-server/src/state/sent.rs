//! The log of messages to users: those that the platform took, those that it refused, and what users see besides.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::bounds::MESSAGES;

use super::Moment;

pub use crate::bounds::KEPT_BYTES;

/// One message to one user.
#[derive(Clone, Debug)]
pub struct SentMessage {
    /// Counts the lines of the app's log from 1.
    pub number: u64,
    /// The time at which it came.
    pub at: Moment,
    /// Its fate.
    pub fate: Fate,
    /// To whom; empty where a refused call names nobody.
    pub openid: Arc<str>,
    /// The body of the call, or the text, at most [`KEPT_BYTES`] of it.
    pub body: Box<[u8]>,
}

/// The fate of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It was taken.
    Taken {
        /// The endpoint that took it.
        path: &'static str,
    },
    /// It was refused.
    Refused {
        /// The endpoint that refused it.
        path: &'static str,
        /// Its errcode.
        errcode: i64,
        /// The HTTP status.
        status: u16,
    },
    /// No server sent it: `WeChat` shows it, because a push was given up.
    Shown,
}

/// The name of a fate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FateName {
    /// It was taken.
    Taken,
    /// It was refused.
    Refused,
    /// `WeChat` shows it.
    Shown,
}

impl Fate {
    /// Its name.
    pub const fn name(self) -> FateName {
        match self {
            Self::Taken { .. } => FateName::Taken,
            Self::Refused { .. } => FateName::Refused,
            Self::Shown => FateName::Shown,
        }
    }
}

/// The log of one app.
#[derive(Clone, Debug)]
pub struct SentLog {
    most: usize,
    messages: VecDeque<SentMessage>,
    bytes: usize,
    lines: u64,
    taken: u64,
    /// The line that was kept last.
    kept: u64,
    /// The first and the last line of each piece that is kept.
    pieces: VecDeque<(u64, u64)>,
}

/// Lines of the log as they are kept together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The number of messages that were taken up to its end.
    pub(super) taken: u64,
    /// The lines.
    pub(super) lines: Vec<SentMessage>,
}

/// Part of the log.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The number of messages that match in all.
    pub total: usize,
    /// The messages asked for, oldest first.
    pub messages: Vec<T>,
}

impl Default for SentLog {
    fn default() -> Self {
        Self {
            most: MESSAGES,
            messages: VecDeque::new(),
            bytes: 0,
            lines: 0,
            taken: 0,
            kept: 0,
            pieces: VecDeque::new(),
        }
    }
}

impl SentLog {
    /// Sets how many are remembered from now on.
    pub(crate) const fn keep(&mut self, most: usize) {
        self.most = most;
    }

    /// Appends a message that was taken, for which the oldest makes room; returns how many were taken so far.
    pub fn append(&mut self, at: Moment, path: &'static str, openid: Arc<str>, body: &[u8]) -> u64 {
        self.taken += 1;
        self.write(at, Fate::Taken { path }, openid, body);
        self.taken
    }

    /// Appends one that was refused.
    pub(crate) fn refuse(
        &mut self,
        at: Moment,
        (path, errcode, status): (&'static str, i64, u16),
        openid: Arc<str>,
        body: &[u8],
    ) {
        let fate = Fate::Refused {
            path,
            errcode,
            status,
        };
        self.write(at, fate, openid, body);
    }

    /// Appends what `WeChat` shows a user by itself.
    pub(crate) fn show(&mut self, at: Moment, openid: Arc<str>, text: &str) {
        self.write(at, Fate::Shown, openid, text.as_bytes());
    }

    fn make_room(&mut self) {
        while self.messages.len() >= self.most
            && let Some(forgotten) = self.messages.pop_front()
        {
            self.bytes -= forgotten.body.len();
        }
    }

    fn write(&mut self, at: Moment, fate: Fate, openid: Arc<str>, body: &[u8]) {
        self.make_room();
        let body = &body[..body.len().min(KEPT_BYTES)];
        self.bytes += body.len();
        self.lines += 1;
        self.messages.push_back(SentMessage {
            number: self.lines,
            at,
            fate,
            openid,
            body: Box::from(body),
        });
    }

    /// The wanted messages from `from` (included) to `to` (excluded), without the first `offset`, at most `count`.
    pub fn page(
        &self,
        from: Moment,
        to: Moment,
        wanted: impl Fn(&SentMessage) -> bool,
        offset: usize,
        count: usize,
    ) -> Page<&SentMessage> {
        let wanted = &wanted;
        let matching = || {
            self.messages
                .iter()
                .filter(move |message| (from..to).contains(&message.at) && wanted(message))
        };
        Page {
            total: matching().count(),
            messages: matching().skip(offset).take(count).collect(),
        }
    }

    /// The pieces to keep, and those not to keep any longer, by their first lines.
    pub(super) fn take_changes(&mut self) -> Vec<(u64, Option<Piece>)> {
        let mut changes = Vec::new();
        let new = self.messages.partition_point(|one| one.number <= self.kept);
        let lines: Vec<SentMessage> = self.messages.range(new..).cloned().collect();
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            self.pieces.push_back((first.number, last.number));
            self.kept = last.number;
            let taken = self.taken;
            changes.push((first.number, Some(Piece { taken, lines })));
        }
        let remembered = self.messages.front().map_or(self.lines, |one| one.number);
        while let Some((first, _)) = self.pieces.front().filter(|(_, last)| *last < remembered) {
            changes.push((*first, None));
            self.pieces.pop_front();
        }
        changes
    }

    /// Puts back a piece that was kept; older ones came before.
    pub(super) fn recall(&mut self, piece: Piece) {
        let numbers = piece.lines.first().zip(piece.lines.last());
        if let Some((first, last)) = numbers.map(|(first, last)| (first.number, last.number)) {
            self.pieces.push_back((first, last));
            (self.lines, self.kept) = (last, last);
        }
        self.taken = piece.taken;
        for message in piece.lines {
            self.make_room();
            self.bytes += message.body.len();
            self.messages.push_back(message);
        }
    }

    /// Nothing of it counts as kept.
    pub(super) fn note(&mut self) {
        self.kept = 0;
        self.pieces.clear();
    }

    /// The bytes that the log takes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.messages.len() * size_of::<SentMessage>()
    }

    /// The number of messages that were accepted so far, those forgotten included.
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
        let page = log.page(2, 9, |_| true, 1, 3);
        let times: Vec<Moment> = page.messages.iter().map(|message| message.at).collect();
        assert_eq!((page.total, times), (7, vec![3, 4, 5]));
        assert_eq!(log.page(0, 10, |one| &*one.openid == "o1", 0, 100).total, 5);
    }

    #[test]
    fn what_was_refused_or_shown_is_not_counted_as_taken() {
        let mut log = SentLog::default();
        log.append(0, "/x", Arc::from("o"), b"{}");
        log.refuse(0, ("/x", 45015, 200), Arc::from("o"), b"{}");
        log.show(0, Arc::from("o"), "sorry");
        let fates: Vec<FateName> = log.messages.iter().map(|one| one.fate.name()).collect();
        assert_eq!(fates, [FateName::Taken, FateName::Refused, FateName::Shown]);
        assert_eq!((log.taken(), log.messages[2].number), (1, 3));
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
