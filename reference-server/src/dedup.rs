//! One message, one effect: WeChat sends a push again when no answer came, and the repeat is the same message.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::Answer;
use crate::behaviour::Behaviour;
use crate::identity::Key;
use crate::memory::{Known, MemoryEntry};
use crate::refuse::Refused;

/// The answer to the repeat of a push.
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
    /// The first one's answer, with ErrCode -1 in place of 0: it is done already.
    DoneAlready,
    /// 400.
    Refused,
    /// 409 for ever when the first never finished because its sender hung up; each is worked on for a fifth of the
    /// limit.
    StaysBegun,
}

/// The moment at which a message is marked as known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Marking {
    /// In the moment it is found to be unknown.
    #[default]
    AtOnce,
    /// A twentieth of the limit later, as by a database that is asked first and told then.
    AfterLooking,
    /// Before its signature is checked, if its MsgId can be read. It is worked on after that.
    BeforeVerifying,
}

/// Recent messages, and the outcome of each.
pub(crate) struct Dedup {
    repeats: Repeats,
    marking: Marking,
    limit: Duration,
    past: Mutex<Past>,
}

#[derive(Debug)]
struct Past {
    known: Known,
    /// Messages that were marked ahead of their work.
    marked: HashSet<Key>,
    nonces: HashSet<String>,
    /// Users of whom something was taken, where that is noted.
    users: HashSet<String>,
    last: Option<Answer>,
}

impl Dedup {
    pub(crate) fn new(behaviour: &Behaviour, limit: Duration) -> Self {
        let past = Past {
            known: Known::new(behaviour.memory, limit),
            marked: HashSet::new(),
            nonces: HashSet::new(),
            users: HashSet::new(),
            last: None,
        };
        Self {
            repeats: behaviour.repeats,
            marking: behaviour.marking,
            limit,
            past: Mutex::new(past),
        }
    }

    /// Marks a message ahead of its work, and says whether it was marked before.
    pub(crate) fn mark(&self, key: Key) -> bool {
        !self.past().marked.insert(key)
    }

    /// Notes a user of whom something is taken.
    pub(crate) fn let_in(&self, user: String) {
        self.past().users.insert(user);
    }

    /// True if something of that user was taken before.
    pub(crate) fn knows(&self, user: &str) -> bool {
        self.past().users.contains(user)
    }

    /// The answer to a message, made by `work` once. A message without a key is always new.
    pub(crate) async fn once(
        &self,
        key: Option<Key>,
        nonce: &str,
        work: impl Future<Output = Answer>,
    ) -> Result<Answer, Refused> {
        let repeats = self.repeats;
        if repeats == Repeats::NonceOnce && !self.past().nonces.insert(nonce.to_owned()) {
            return Err(Refused::Repeated { status: 403 });
        }
        let (entry, first) = match key {
            Some(key) => self.entry(key).await,
            None => (Arc::new(MemoryEntry::new()), true),
        };
        match repeats {
            Repeats::ConflictMeanwhile => {
                let Ok(_work) = entry.work.try_lock() else {
                    return Err(Refused::Repeated { status: 409 });
                };
                if !entry.answer.initialized() {
                    tokio::time::sleep(self.limit / 5).await;
                }
                return Ok(entry.answer.get_or_init(|| work).await.clone());
            }
            Repeats::Empty if !first => return Ok(Answer::text(200, "")),
            Repeats::LastAnswer if !first => {
                let last = self.past().last.clone();
                return last.ok_or_else(|| Refused::Failed("no answer yet".to_owned()));
            }
            Repeats::LastAnswer => {
                let answer = work.await;
                self.past().last = Some(answer.clone());
                return Ok(answer);
            }
            Repeats::DoneAlready if !first => {
                let mut answer = entry.answer.get_or_init(|| work).await.clone();
                let body = String::from_utf8_lossy(&answer.body);
                let refused = body.replace("\"ErrCode\":0", "\"ErrCode\":-1");
                answer.body = refused.into_bytes().into();
                return Ok(answer);
            }
            Repeats::Refused if !first => return Err(Refused::Repeated { status: 400 }),
            Repeats::StaysBegun if !first && !entry.answer.initialized() => {
                return Err(Refused::Repeated { status: 409 });
            }
            Repeats::StaysBegun if first => tokio::time::sleep(self.limit / 5).await,
            Repeats::SameAnswer
            | Repeats::DoneAlready
            | Repeats::Empty
            | Repeats::NonceOnce
            | Repeats::Refused
            | Repeats::StaysBegun => {}
        }
        Ok(entry.answer.get_or_init(|| work).await.clone())
    }

    /// Forgets a message, so that its repeat is worked on.
    pub(crate) fn forget(&self, key: &Key) {
        self.past().known.forget(key);
    }

    /// The entry of a message, and whether it is new.
    async fn entry(&self, key: Key) -> (Arc<MemoryEntry>, bool) {
        if self.marking == Marking::AfterLooking {
            let looked_up = self.past().known.recall(&key);
            if let Some(entry) = looked_up {
                return (entry, false);
            }
            tokio::time::sleep(self.limit / 20).await;
            return (self.past().known.begin(key), true);
        }
        // Found and marked under one lock: of two that come together, one is new.
        let mut past = self.past();
        match past.known.recall(&key) {
            Some(entry) => (entry, false),
            None => (past.known.begin(key), true),
        }
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        // No code panics with the lock held, and a half-made memory would still be a memory.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn body(answer: Result<Answer, Refused>) -> String {
        String::from_utf8(answer.unwrap().body.to_vec()).unwrap()
    }

    fn answering(repeats: Repeats) -> Dedup {
        let behaviour = Behaviour {
            repeats,
            ..Behaviour::default()
        };
        Dedup::new(&behaviour, LIMIT)
    }

    /// The number of times that the messages of these names are worked on when each comes after the other.
    async fn worked_on(dedup: &Dedup, names: &[&str]) -> usize {
        let made = AtomicUsize::new(0);
        for name in names {
            let work = async {
                made.fetch_add(1, Ordering::Relaxed);
                Answer::text(200, "")
            };
            dedup.once(Some(Key::named(name)), "1", work).await.unwrap();
        }
        made.into_inner()
    }

    /// The number of times that a message is worked on that comes twice at the same time.
    async fn worked_on_together(dedup: &Dedup) -> usize {
        let made = AtomicUsize::new(0);
        let work = || async {
            made.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Answer::text(200, "")
        };
        let (one, two) = join(
            dedup.once(Some(Key::named("a")), "1", work()),
            dedup.once(Some(Key::named("a")), "1", work()),
        )
        .await;
        assert!(one.is_ok() && two.is_ok());
        made.into_inner()
    }

    #[tokio::test]
    async fn repeats_wait_for_the_first_and_get_its_answer() {
        let dedup = answering(Repeats::SameAnswer);
        let made = AtomicUsize::new(0);
        let work = || async {
            tokio::task::yield_now().await;
            Answer::text(200, made.fetch_add(1, Ordering::Relaxed).to_string())
        };
        let (one, two) = join(
            dedup.once(Some(Key::named("a")), "1", work()),
            dedup.once(Some(Key::named("a")), "1", work()),
        )
        .await;
        assert_eq!((body(one), body(two)), ("0".into(), "0".into()));
        let other = dedup.once(Some(Key::named("b")), "2", work()).await;
        assert_eq!(body(other), "1");
    }

    #[tokio::test]
    async fn a_message_whose_sender_hung_up_is_worked_on_again() {
        let dedup = answering(Repeats::SameAnswer);
        let cut = dedup.once(Some(Key::named("a")), "1", std::future::pending());
        assert!(tokio::time::timeout(Duration::ZERO, cut).await.is_err());
        let again = dedup.once(Some(Key::named("a")), "1", async {
            Answer::text(200, "again")
        });
        assert_eq!(body(again.await), "again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_stays_begun_is_refused_for_ever() {
        let dedup = answering(Repeats::StaysBegun);
        let work = || async { Answer::text(200, "done") };
        let cut = dedup.once(Some(Key::named("a")), "1", work());
        assert!(tokio::time::timeout(LIMIT / 10, cut).await.is_err());
        let again = dedup.once(Some(Key::named("a")), "1", work()).await;
        assert_eq!(again.map(|_| ()), Err(Refused::Repeated { status: 409 }));
        assert_eq!(
            body(dedup.once(Some(Key::named("b")), "1", work()).await),
            "done"
        );
        assert_eq!(
            body(dedup.once(Some(Key::named("b")), "1", work()).await),
            "done"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_lasts_as_long_as_the_work() {
        let dedup = answering(Repeats::ConflictMeanwhile);
        let work = || async { Answer::text(200, "done") };
        let (one, two) = join(
            dedup.once(Some(Key::named("a")), "1", work()),
            dedup.once(Some(Key::named("a")), "1", work()),
        )
        .await;
        assert_eq!(body(one), "done");
        assert_eq!(two.map(|_| ()), Err(Refused::Repeated { status: 409 }));
        assert_eq!(
            body(dedup.once(Some(Key::named("a")), "1", work()).await),
            "done"
        );
    }

    #[tokio::test]
    async fn each_other_strategy_answers_repeats_as_named() {
        let answered = |repeats, name: &'static str| async move {
            let dedup = answering(repeats);
            let work = |body: &'static str| async move { Answer::text(200, body) };
            let _ = dedup
                .once(Some(Key::named("a")), "1", work("to a"))
                .await
                .unwrap();
            let _ = dedup
                .once(Some(Key::named("b")), "2", work("to b"))
                .await
                .unwrap();
            dedup
                .once(Some(Key::named(name)), "1", work("again"))
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

    #[tokio::test]
    async fn a_message_without_a_key_is_always_new() {
        let dedup = answering(Repeats::SameAnswer);
        for answer in ["one", "two"] {
            let work = async { Answer::text(200, answer) };
            assert_eq!(body(dedup.once(None, "1", work).await), answer);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn looking_first_lets_two_pass_together() {
        for (marking, together) in [(Marking::AtOnce, 1), (Marking::AfterLooking, 2)] {
            let behaviour = Behaviour {
                marking,
                ..Behaviour::default()
            };
            let dedup = Dedup::new(&behaviour, LIMIT);
            assert_eq!(worked_on_together(&dedup).await, together, "{marking:?}");
            assert_eq!(worked_on(&dedup, &["a", "b", "b"]).await, 1);
        }
    }

    #[test]
    fn a_mark_is_found_again() {
        let dedup = answering(Repeats::SameAnswer);
        let marks = ["a", "b", "a"].map(|name| dedup.mark(Key::named(name)));
        assert_eq!(marks, [false, false, true]);
    }
}
