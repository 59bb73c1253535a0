//! One message, one effect: WeChat sends a push again when no answer came, and the repeat is the same message.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::read::Message;
use crate::refuse::Refused;

/// What the repeat of a push is answered with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Repeats {
    /// The first one's answer, for which a repeat waits when it is still being made.
    #[default]
    SameAnswer,
    /// 409 while the first is being worked on, for a fifth of the limit; then the first one's answer.
    ConflictMeanwhile,
    /// Zero bytes.
    Empty,
    /// The answer made last, whoever it was for.
    LastAnswer,
    /// 403 for a nonce that was seen before.
    NonceOnce,
    /// 400.
    Refused,
    /// 409 for ever when the first never finished because its sender hung up; each is worked on for a fifth of the
    /// limit.
    StaysBegun,
}

/// What makes two pushes the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Identity {
    /// The user with the MsgId; for events and what else has none, the user with the second and the kind.
    #[default]
    WithinUser,
    /// The MsgId alone, or the user with the second: what the older message push page advises to the letter. Two
    /// events of one user in one second are one event then, and only one of them is answered on its own merits.
    Documented,
}

/// What tells one message from another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key([String; 3]);

impl Identity {
    /// The identity of a message.
    pub(crate) fn key(self, message: &Message) -> Key {
        let user = message.text_of("FromUserName");
        let msg_id = message.text_of("MsgId");
        let by_id = !msg_id.is_empty() && !message.is_event();
        let created = message.text_of("CreateTime");
        let kind = if message.is_event() {
            message.text_of("Event")
        } else {
            message.text_of("MsgType")
        };
        Key(match (self, by_id) {
            (Self::WithinUser, true) => [user, msg_id, String::new()],
            (Self::WithinUser, false) => [user, created, kind],
            (Self::Documented, true) => [String::new(), msg_id, String::new()],
            (Self::Documented, false) => [user, created, String::new()],
        })
    }
}

/// The messages of late.
#[derive(Debug, Default)]
pub(crate) struct Dedup {
    memory: Mutex<Memory>,
}

/// How many messages are remembered: WeChat's repeats come within seconds, at most hours.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Default)]
struct Memory {
    entries: HashMap<Key, Arc<Entry>>,
    oldest_first: VecDeque<Key>,
    nonces: HashSet<String>,
    last: Option<Answer>,
}

/// A message and what became of it.
#[derive(Debug, Default)]
struct Entry {
    /// Filled by whoever comes first; when that one is cut off, by the next who waits.
    answer: OnceCell<Answer>,
    /// Held while the message is worked on.
    work: tokio::sync::Mutex<()>,
}

impl Dedup {
    /// The answer to a message, made by `work` once.
    pub(crate) async fn once(
        &self,
        repeats: Repeats,
        key: Key,
        nonce: &str,
        limit: Duration,
        work: impl Future<Output = Answer>,
    ) -> Result<Answer, Refused> {
        if repeats == Repeats::NonceOnce && !self.memory().nonces.insert(nonce.to_owned()) {
            return Err(Refused::Repeated { status: 403 });
        }
        let (entry, first) = self.memory().entry(key);
        match repeats {
            Repeats::ConflictMeanwhile => {
                let Ok(_work) = entry.work.try_lock() else {
                    return Err(Refused::Repeated { status: 409 });
                };
                if !entry.answer.initialized() {
                    tokio::time::sleep(limit / 5).await;
                }
                return Ok(entry.answer.get_or_init(|| work).await.clone());
            }
            Repeats::Empty if !first => return Ok(Answer::text(200, "")),
            Repeats::LastAnswer if !first => {
                let last = self.memory().last.clone();
                return last.ok_or_else(|| Refused::Failed("no answer yet".to_owned()));
            }
            Repeats::LastAnswer => {
                let answer = work.await;
                self.memory().last = Some(answer.clone());
                return Ok(answer);
            }
            Repeats::Refused if !first => return Err(Refused::Repeated { status: 400 }),
            Repeats::StaysBegun if !first && !entry.answer.initialized() => {
                return Err(Refused::Repeated { status: 409 });
            }
            Repeats::StaysBegun if first => tokio::time::sleep(limit / 5).await,
            Repeats::SameAnswer
            | Repeats::Empty
            | Repeats::NonceOnce
            | Repeats::Refused
            | Repeats::StaysBegun => {}
        }
        Ok(entry.answer.get_or_init(|| work).await.clone())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // No code panics with the lock held, and a half-made memory would still be a memory.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// The entry of a message, and whether it is new.
    fn entry(&mut self, key: Key) -> (Arc<Entry>, bool) {
        if let Some(entry) = self.entries.get(&key) {
            return (Arc::clone(entry), false);
        }
        if self.oldest_first.len() == REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.entries.remove(&oldest);
        }
        let entry = Arc::new(Entry::default());
        self.entries.insert(key.clone(), Arc::clone(&entry));
        self.oldest_first.push_back(key);
        (entry, true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join;
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::Format;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn key(name: &str) -> Key {
        Key([name.to_owned(), String::new(), String::new()])
    }

    fn body(answer: Result<Answer, Refused>) -> String {
        String::from_utf8(answer.unwrap().body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn repeats_wait_for_the_first_and_get_its_answer() {
        let dedup = Dedup::default();
        let made = AtomicUsize::new(0);
        let work = || async {
            tokio::task::yield_now().await;
            Answer::text(200, made.fetch_add(1, Ordering::Relaxed).to_string())
        };
        let (one, two) = join(
            dedup.once(Repeats::SameAnswer, key("a"), "1", LIMIT, work()),
            dedup.once(Repeats::SameAnswer, key("a"), "1", LIMIT, work()),
        )
        .await;
        assert_eq!((body(one), body(two)), ("0".into(), "0".into()));
        let other = dedup
            .once(Repeats::SameAnswer, key("b"), "2", LIMIT, work())
            .await;
        assert_eq!(body(other), "1");
    }

    #[tokio::test]
    async fn a_message_whose_sender_hung_up_is_worked_on_again() {
        let dedup = Dedup::default();
        let cut = dedup.once(
            Repeats::SameAnswer,
            key("a"),
            "1",
            LIMIT,
            std::future::pending(),
        );
        assert!(tokio::time::timeout(Duration::ZERO, cut).await.is_err());
        let again = dedup.once(Repeats::SameAnswer, key("a"), "1", LIMIT, async {
            Answer::text(200, "again")
        });
        assert_eq!(body(again.await), "again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_stays_begun_is_refused_for_ever() {
        let dedup = Dedup::default();
        let work = || async { Answer::text(200, "done") };
        let cut = dedup.once(Repeats::StaysBegun, key("a"), "1", LIMIT, work());
        assert!(tokio::time::timeout(LIMIT / 10, cut).await.is_err());
        let again = dedup
            .once(Repeats::StaysBegun, key("a"), "1", LIMIT, work())
            .await;
        assert_eq!(again.map(|_| ()), Err(Refused::Repeated { status: 409 }));
        let whole = dedup
            .once(Repeats::StaysBegun, key("b"), "1", LIMIT, work())
            .await;
        assert_eq!(body(whole), "done");
        assert_eq!(
            body(
                dedup
                    .once(Repeats::StaysBegun, key("b"), "1", LIMIT, work())
                    .await
            ),
            "done"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_lasts_as_long_as_the_work() {
        let dedup = Dedup::default();
        let work = || async { Answer::text(200, "done") };
        let (one, two) = join(
            dedup.once(Repeats::ConflictMeanwhile, key("a"), "1", LIMIT, work()),
            dedup.once(Repeats::ConflictMeanwhile, key("a"), "1", LIMIT, work()),
        )
        .await;
        assert_eq!(body(one), "done");
        assert_eq!(two.map(|_| ()), Err(Refused::Repeated { status: 409 }));
        assert_eq!(
            body(
                dedup
                    .once(Repeats::ConflictMeanwhile, key("a"), "1", LIMIT, work())
                    .await
            ),
            "done"
        );
    }

    #[tokio::test]
    async fn each_other_strategy_answers_repeats_as_named() {
        let answered = |repeats, name: &'static str| async move {
            let dedup = Dedup::default();
            let work = |body: &'static str| async move { Answer::text(200, body) };
            let _ = dedup
                .once(repeats, key("a"), "1", LIMIT, work("to a"))
                .await
                .unwrap();
            let _ = dedup
                .once(repeats, key("b"), "2", LIMIT, work("to b"))
                .await
                .unwrap();
            dedup
                .once(repeats, key(name), "1", LIMIT, work("again"))
                .await
                .map(|answer| answer.body)
        };
        assert_eq!(answered(Repeats::Empty, "a").await.unwrap(), "");
        assert_eq!(answered(Repeats::LastAnswer, "a").await.unwrap(), "to b");
        assert_eq!(
            answered(Repeats::Refused, "a").await,
            Err(Refused::Repeated { status: 400 })
        );
        assert_eq!(
            answered(Repeats::NonceOnce, "c").await,
            Err(Refused::Repeated { status: 403 })
        );
    }

    #[test]
    fn the_oldest_message_is_forgotten() {
        let mut memory = Memory::default();
        for number in 0..=REMEMBERED {
            assert!(memory.entry(key(&number.to_string())).1);
        }
        assert_eq!(memory.entries.len(), REMEMBERED);
        assert!(!memory.entry(key("1")).1);
        assert!(memory.entry(key("0")).1);
    }

    #[test]
    fn messages_are_told_apart_within_a_user() {
        let message = |fields: &[(&str, &str)]| Message {
            format: Format::Json,
            fields: fields
                .iter()
                .map(|(name, value)| Field::text(*name, *value))
                .collect(),
            text: String::new(),
        };
        let one = message(&[("FromUserName", "o1"), ("MsgType", "text"), ("MsgId", "7")]);
        let other = message(&[("FromUserName", "o2"), ("MsgType", "text"), ("MsgId", "7")]);
        assert_ne!(
            Identity::WithinUser.key(&one),
            Identity::WithinUser.key(&other)
        );
        assert_eq!(
            Identity::Documented.key(&one),
            Identity::Documented.key(&other)
        );
        let event = |event| {
            message(&[
                ("FromUserName", "o1"),
                ("CreateTime", "9"),
                ("MsgType", "event"),
                ("Event", event),
            ])
        };
        assert_ne!(
            Identity::WithinUser.key(&event("SCAN")),
            Identity::WithinUser.key(&event("VIEW"))
        );
        assert_eq!(
            Identity::Documented.key(&event("SCAN")),
            Identity::Documented.key(&event("VIEW"))
        );
    }
}
