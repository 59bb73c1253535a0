//! The stream of a run: numbers events, takes secrets out of them, keeps what reports are made of, and hands all of
//! them on.

mod event;

use std::{cell::RefCell, time::Duration};

use tokio::time::Instant;
use wxcheck_events::{Event, Kind};

use crate::redact::{Secrets, Shown};

/// Takes each line of the stream as it is written.
pub type Sink = Box<dyn FnMut(Shown)>;

/// The stream of one run.
pub struct Log {
    begun: Instant,
    state: RefCell<State>,
}

struct State {
    next: u64,
    plays: u64,
    kept: Vec<Event>,
    sink: Option<Sink>,
}

impl Default for Log {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Log {
    /// A stream that begins now; with a sink its exchanges are told too.
    pub fn new(sink: Option<Sink>) -> Self {
        Self {
            begun: Instant::now(),
            state: RefCell::new(State {
                next: 0,
                plays: 0,
                kept: Vec::new(),
                sink,
            }),
        }
    }

    /// What reports are made of: everything but the plays.
    pub fn kept(&self) -> Vec<Event> {
        self.state.borrow().kept.clone()
    }

    /// Whether somebody takes what nothing else needs: the plays.
    pub(crate) fn takes_plays(&self) -> bool {
        self.state.borrow().sink.is_some()
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
        if !keeps && state.sink.is_none() {
            return;
        }
        let event = Event {
            number: state.next,
            at_micros: micros(self.begun.elapsed()),
            kind,
        };
        state.next += 1;
        let line = secrets.line(&event);
        if keeps {
            // What is kept is what is written, so that a report from the file is the same.
            let written = serde_json::from_str(line.as_str());
            state.kept.push(written.unwrap_or(event));
        }
        if let Some(sink) = &mut state.sink {
            sink(line);
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
        let log = Log::new(Some(Box::new(move |line| taken.borrow_mut().push(line))));
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
