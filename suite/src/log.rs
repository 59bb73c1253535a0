//! The stream of a run: numbers events, takes secrets out of them, keeps what reports are made of, and hands all of
//! them on.

mod event;

use std::{cell::RefCell, time::Duration};

use tokio::time::Instant;
use wxcheck_events::{Event, Kind};

use crate::redact::{Secrets, Shown};

/// Hears each event as it happens, and the line that it is written as.
pub type Listener = Box<dyn FnMut(&Event, &Shown)>;

/// The stream of one run.
pub struct Log {
    begun: Instant,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    plays: u64,
    kept: Vec<Event>,
    listeners: Vec<Listener>,
    /// Whether one of them hears plays too.
    of_plays: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            state: RefCell::default(),
        }
    }
}

impl Log {
    /// The same, heard by that listener: everything but the plays.
    #[must_use]
    pub fn heard_by(self, listener: Listener) -> Self {
        self.state.borrow_mut().listeners.push(listener);
        self
    }

    /// The same, heard by that listener, plays included.
    #[must_use]
    pub fn heard_whole_by(self, listener: Listener) -> Self {
        self.state.borrow_mut().of_plays = true;
        self.heard_by(listener)
    }

    /// What reports are made of: everything but the plays.
    pub fn kept(&self) -> Vec<Event> {
        self.state.borrow().kept.clone()
    }

    /// Whether somebody hears what nothing else needs: the plays.
    pub(crate) fn takes_plays(&self) -> bool {
        self.state.borrow().of_plays
    }

    /// The number of the next play.
    pub(crate) fn next_play(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        state.plays += 1;
        state.plays - 1
    }

    /// Notes what happened, without the secrets in it.
    pub fn note(&self, kind: Kind, secrets: &Secrets) {
        let mut state = self.state.borrow_mut();
        let keeps = is_for_reports(&kind);
        if !keeps && !state.of_plays {
            return;
        }
        let event = Event {
            number: state.next,
            at_micros: micros(self.begun.elapsed()),
            kind,
        };
        state.next += 1;
        let line = secrets.line(&event);
        // What is heard and kept is what is written, so that a report from the file is the same.
        let event = serde_json::from_str(line.as_str()).unwrap_or(event);
        for listener in &mut state.listeners {
            listener(&event, &line);
        }
        if keeps {
            state.kept.push(event);
        }
    }
}

/// Whether reports are made of such events; of all others there are too many to keep.
const fn is_for_reports(kind: &Kind) -> bool {
    match kind {
        Kind::RunBegun(_)
        | Kind::ContactMade { .. }
        | Kind::Verdict(_)
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::RunEnded(_) => true,
        Kind::PlayBegun { .. }
        | Kind::Exchange(_)
        | Kind::Call(_)
        | Kind::Fetched { .. }
        | Kind::PlayEnded { .. } => false,
    }
}

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[tokio::test]
    async fn secrets_are_taken_out_where_an_event_is_made() {
        let lines = Rc::new(RefCell::new(Vec::new()));
        let taken = Rc::clone(&lines);
        let secrets = Secrets::new([("Token", "myTokenOfTheDay")]);
        let log = Log::default().heard_by(Box::new(move |_, line| {
            taken.borrow_mut().push(line.clone());
        }));
        let path = "of myTokenOfTheDay".to_owned();
        let rule = "reply/status-200".to_owned();
        log.note(Kind::ReplayWritten { rule, path }, &secrets);
        let kept = log.kept();
        let [line] = &lines.borrow()[..] else {
            panic!("one line")
        };
        assert!(
            line.as_str().contains(r#""path":"of [redacted]""#),
            "{line}"
        );
        assert!(line.as_str().ends_with("}\n"), "{line}");
        assert_eq!(
            serde_json::from_str::<Event>(line.as_str()).unwrap(),
            kept[0]
        );
    }

    #[tokio::test]
    async fn plays_are_not_kept() {
        let log = Log::default();
        let ended = Kind::PlayEnded {
            play: 0,
            lost_micros: 0,
        };
        log.note(ended, &Secrets::default());
        assert!(log.kept().is_empty());
    }
}
