//! The events that are remembered, wherever that is: in memory, or in a store that outlives the process.

use std::{borrow::Cow, collections::BTreeSet, fmt, sync::Arc};

use crate::{Event, Kind, SentPush, Stream, Subject, What, readable};

/// Events that can be read again. The events about one push or one call are a thread, which has the number of its first.
pub trait Records: fmt::Debug + Send + Sync {
    /// At most so many of the events from that number on, oldest first; no milestones.
    fn page(&self, since: u64, count: usize) -> Vec<Arc<Event>>;

    /// The thread to which the event of that number belongs, oldest first; nothing where it is forgotten or was never there.
    fn thread(&self, number: u64) -> Vec<Arc<Event>>;

    /// Threads in which a text stands.
    fn search(&self, search: &Search) -> Found;
}

/// A question for threads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// The text, whatever its letter case. Every thread has the empty one.
    pub text: String,
    /// Only threads of lower numbers than this.
    pub before: Option<u64>,
    /// At most so many.
    pub count: usize,
}

/// The answer to a [`Search`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The first remembered event of each thread, newest first.
    pub events: Vec<Arc<Event>>,
    /// There are older ones.
    pub more: bool,
}

impl Event {
    /// The number of the first event about the same push or call; its own where that is the first or the only one.
    pub fn thread(&self) -> u64 {
        match self.kind.subject() {
            Subject::Sent(sent) => {
                let push = sent.push.as_deref();
                push.and_then(|push| push.first).unwrap_or(self.number)
            }
            Subject::Exchange(exchange) => exchange.first.unwrap_or(exchange.sent),
            Subject::Outcome(outcome) => outcome.push,
            Subject::Unsent(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => self.number,
        }
    }

    /// The texts in which a search looks. Letters that a server escaped stand there as such.
    pub fn texts(&self) -> Vec<Cow<'_, str>> {
        match &self.kind {
            Kind::Sent(sent) => {
                let mut texts = vec![sent.path.as_str()];
                texts.extend(sent.what.iter().flat_map(What::texts));
                texts.extend(sent.push.iter().flat_map(|push| of_push(push)));
                plain(texts)
            }
            Kind::Unsent(unsent) => {
                let mut texts = plain(of_push(&unsent.push));
                let message = unsent.message.as_ref();
                texts.extend(message.map(|message| readable(&message.text)));
                texts
            }
            Kind::Exchange(exchange) => {
                let Some(evidence) = &exchange.evidence else {
                    return Vec::new();
                };
                let asked = evidence.opened.as_ref().unwrap_or(&evidence.body);
                let answer = evidence.answer.as_ref();
                let answer = answer.map(|answer| answer.opened.as_ref().unwrap_or(&answer.body));
                let bodies = [Some(asked), answer].into_iter().flatten();
                bodies.map(|body| readable(&body.text)).collect()
            }
            Kind::Called(called) => {
                let mut texts = vec![&*called.path, &called.query];
                texts.extend(called.appid.as_deref());
                texts.extend(called.openid.as_deref());
                let mut texts = plain(texts);
                texts.push(readable(&called.body));
                let answer = called.answer.as_ref();
                texts.extend(answer.map(|answer| readable(&answer.text)));
                texts
            }
            Kind::Fetched { path } => vec![path.into()],
            Kind::PushDue(due) => plain(vec![&due.appid, &due.push, &due.openid]),
            Kind::PushOutcome(outcome) => plain(outcome.user_sees.as_deref().into_iter().collect()),
            Kind::Fault(_)
            | Kind::ClockMoved(_)
            | Kind::RunBegun(_)
            | Kind::ContactMade { .. }
            | Kind::PlayBegun { .. }
            | Kind::Effect(_)
            | Kind::PlayEnded { .. }
            | Kind::Verdict(_)
            | Kind::ReplayWritten { .. }
            | Kind::ContractCompared(_)
            | Kind::BaselineCompared(_)
            | Kind::Diagnosed(_)
            | Kind::ServerEnded(_)
            | Kind::RunEnded(_) => Vec::new(),
        }
    }
}

fn plain(texts: Vec<&str>) -> Vec<Cow<'_, str>> {
    texts.into_iter().map(Cow::Borrowed).collect()
}

fn of_push(push: &SentPush) -> Vec<&str> {
    let mut texts = vec![&*push.appid, &push.name, &push.openid];
    texts.extend(push.rule.as_deref());
    texts.extend(push.says.as_deref());
    texts
}

impl Records for Stream {
    fn page(&self, since: u64, count: usize) -> Vec<Arc<Event>> {
        Self::page(self, since, count)
    }

    fn thread(&self, number: u64) -> Vec<Arc<Event>> {
        let asked = Self::page(self, number, 1);
        let Some(asked) = asked.first().filter(|event| event.number == number) else {
            return Vec::new();
        };
        let thread = asked.thread();
        let mut events = Self::page(self, thread, usize::MAX);
        events.retain(|event| event.thread() == thread);
        events
    }

    fn search(&self, search: &Search) -> Found {
        // Looked through outside the lock: these are megabytes.
        found(&Self::page(self, 0, usize::MAX), search)
    }
}

/// The threads among these events, oldest first, in which a text stands.
pub fn found(events: &[Arc<Event>], search: &Search) -> Found {
    let wanted = search.text.to_lowercase();
    let is_found = |event: &Event| {
        let mut texts = event.texts().into_iter();
        wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(&wanted))
    };
    let before = search.before.unwrap_or(u64::MAX);
    let threads: BTreeSet<u64> = events
        .iter()
        .filter(|event| event.thread() < before && !event.kind.is_of_run() && is_found(event))
        .map(|event| event.thread())
        .collect();
    // The beginning of a thread may be forgotten already.
    let first = |thread: u64| {
        let from = events.partition_point(|event| event.number < thread);
        let mut later = events[from..].iter();
        later.find(|event| event.thread() == thread).cloned()
    };
    Found {
        events: threads
            .iter()
            .rev()
            .take(search.count)
            .filter_map(|thread| first(*thread))
            .collect(),
        more: threads.len() > search.count,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Body, Capacity, Evidence, Exchange, RecordedOutcome, Sent, SentPush};

    fn stream() -> Stream {
        Stream::new(Capacity {
            events: 100,
            bytes: usize::MAX,
            evidence: true,
        })
    }

    fn delivery(first: Option<u64>) -> Kind {
        Kind::Sent(Sent {
            method: "POST".into(),
            path: "/wechat".into(),
            what: Some(What::Push {
                name: "text".into(),
                from: Some("o1".into()),
            }),
            push: Some(Box::new(SentPush {
                appid: "wx0".into(),
                name: "text".into(),
                openid: "o1".into(),
                says: None,
                mode: "safe".into(),
                format: "xml".into(),
                first,
                retry: u32::from(first.is_some()),
                rule: None,
                again: None,
                time: None,
                original: None,
            })),
        })
    }

    fn answer(sent: u64, first: Option<u64>, clear: &str) -> Kind {
        Kind::Exchange(Box::new(Exchange {
            sent,
            first,
            place: None,
            outcome: RecordedOutcome::Silent {
                reason: "cut".into(),
            },
            evidence: Some(Box::new(Evidence {
                body: Body::of(b"sealed"),
                opened: Some(Body::of(clear.as_bytes())),
                ..Evidence::default()
            })),
        }))
    }

    fn numbers(events: &[Arc<Event>]) -> Vec<u64> {
        events.iter().map(|event| event.number).collect()
    }

    fn search(text: &str, before: Option<u64>, count: usize) -> Search {
        let text = text.to_owned();
        Search {
            text,
            before,
            count,
        }
    }

    #[test]
    fn deliveries_of_one_push_are_a_thread_whichever_is_asked_for() {
        let stream = stream();
        for kind in [
            delivery(None),
            delivery(None),
            answer(0, None, "one"),
            delivery(Some(0)),
            answer(3, Some(0), "one"),
        ] {
            stream.append(Duration::ZERO, kind);
        }
        for number in [0, 2, 3, 4] {
            assert_eq!(numbers(&stream.thread(number)), [0, 2, 3, 4]);
        }
        assert_eq!(numbers(&stream.thread(1)), [1]);
        assert!(stream.thread(5).is_empty());
    }

    #[test]
    fn a_search_finds_clear_texts_in_pages_from_the_newest() {
        let stream = stream();
        for number in 0..4 {
            stream.append(Duration::ZERO, delivery(None));
            stream.append(Duration::ZERO, answer(2 * number, None, "Grüße 你好"));
        }
        let found = stream.search(&search("GRÜSSE", None, 3));
        assert!(found.events.is_empty(), "ß is not SS in small letters");
        let found = stream.search(&search("GRÜßE 你", None, 3));
        assert_eq!((numbers(&found.events), found.more), (vec![6, 4, 2], true));
        let found = stream.search(&search("你好", Some(2), 3));
        assert_eq!((numbers(&found.events), found.more), (vec![0], false));
        assert!(stream.search(&search("sealed", None, 3)).events.is_empty());
        stream.append(
            Duration::ZERO,
            answer(7, None, r#"{"content":"\u518d\u89c1"}"#),
        );
        let found = stream.search(&search("再见", None, 3));
        assert_eq!(numbers(&found.events), [8]);
    }
}
