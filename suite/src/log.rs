//! The stream of a run: makes events without secrets, numbers them, keeps those of which reports are made, and hands all of
//! them on.

mod event;
mod hiding;

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
    /// One of them hears plays too.
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

    /// The events of which reports are made: all but the plays.
    pub fn kept(&self) -> Vec<Event> {
        self.state.borrow().kept.clone()
    }

    /// Somebody hears what nothing else needs: the plays.
    pub(crate) fn takes_plays(&self) -> bool {
        self.state.borrow().of_plays
    }

    /// The number of the next play.
    fn next_play(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        state.plays += 1;
        state.plays - 1
    }

    /// The same, with times counted from that moment.
    #[must_use]
    pub(crate) fn counting_from(mut self, begun: Instant) -> Self {
        self.begun = begun;
        self
    }

    /// Notes what happened. Whoever makes the event has taken the secrets out of it.
    fn note(&self, kind: Kind) {
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
        if !state.listeners.is_empty() {
            let line = Secrets::line(&event);
            for listener in &mut state.listeners {
                listener(&event, &line);
            }
        }
        if keeps {
            state.kept.push(event);
        }
    }
}

/// The kinds of which reports are made; of all others there are too many to keep.
const fn is_for_reports(kind: &Kind) -> bool {
    match kind {
        Kind::RunBegun(_)
        | Kind::ContactMade { .. }
        | Kind::Verdict(_)
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::Diagnosed(_)
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

    use wxcheck_events::read;

    use super::*;
    use crate::{rule::Level, rules, verdict::RuleResult, verdict::Verdict};

    /// The lines of a stream, as a listener takes them.
    fn listened() -> (Log, Rc<RefCell<String>>) {
        let lines = Rc::new(RefCell::new(String::new()));
        let taken = Rc::clone(&lines);
        let log = Log::default().heard_by(Box::new(move |_, line| {
            taken.borrow_mut().push_str(line.as_str());
        }));
        (log, lines)
    }

    #[tokio::test]
    async fn a_secret_that_reads_like_a_word_of_the_stream_spoils_no_event() {
        for secret in ["passed", "network", "verdict", "event", "wxcheck-secret"] {
            let (log, lines) = listened();
            let secrets = Secrets::new([("Token", secret)]);
            let rule = rules::all().find(|rule| rule.level == Level::Must).unwrap();
            let reason = format!("said {secret} aloud");
            let result = RuleResult::plain(rule, Verdict::Passed, Some(reason.into()));
            log.verdict(&result, &secrets);
            let line = lines.borrow().clone();
            let event: Event = serde_json::from_str(&line).unwrap();
            assert_eq!(vec![event], log.kept(), "{secret}");
            assert!(line.contains("said [redacted] aloud"), "{line}");
            assert!(line.contains(r#""verdict":"passed""#), "{line}");
            assert!(read(line.as_bytes()).next().unwrap().is_err());
        }
    }

    #[tokio::test]
    async fn what_acts_is_escaped_and_says_the_same_when_it_is_read() {
        let (log, lines) = listened();
        let rule = rules::all().next().unwrap();
        log.replay(rule.id, "a\u{1b}[31m\u{202e}b", &Secrets::default());
        let line = lines.borrow().clone();
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), log.kept()[0]);
    }

    #[tokio::test]
    async fn plays_are_not_kept() {
        let log = Log::default();
        log.note(Kind::PlayEnded {
            play: 0,
            lost_micros: 0,
        });
        assert!(log.kept().is_empty());
    }
}
