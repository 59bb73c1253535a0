//! Recent messages, and the outcome of each.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::identity::Key;
use crate::read::Message;

/// Messages that are remembered.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Memory {
    /// The last ten thousand: WeChat's repeats come within seconds, at most hours.
    #[default]
    TenThousand,
    /// The last one.
    LastOnly,
    /// All but events.
    NoEvents,
    /// Texts and events only.
    NoMedia,
    /// None.
    Nothing,
    /// The messages of the last three fifths of the limit, which is less than WeChat waits before it repeats.
    ThreeFifths,
}

impl Memory {
    /// True if messages of this kind are remembered.
    pub(crate) fn covers(self, message: &Message) -> bool {
        match self {
            Self::TenThousand | Self::LastOnly | Self::ThreeFifths => true,
            Self::NoEvents => !message.is_event(),
            Self::NoMedia => message.is_event() || message.text_of("MsgType") == "text",
            Self::Nothing => false,
        }
    }

    /// The number of messages that are remembered.
    fn size(self) -> usize {
        match self {
            Self::LastOnly => 1,
            Self::TenThousand
            | Self::NoEvents
            | Self::NoMedia
            | Self::Nothing
            | Self::ThreeFifths => 10_000,
        }
    }
}

/// The messages that are remembered.
#[derive(Debug)]
pub(crate) struct Known {
    memory: Memory,
    limit: Duration,
    entries: HashMap<Key, Arc<MemoryEntry>>,
    oldest_first: VecDeque<Key>,
}

/// A message and its outcome.
#[derive(Debug)]
pub(crate) struct MemoryEntry {
    /// Filled by the first task that comes; when that one is cut off, by the next that waits.
    pub(crate) answer: OnceCell<Answer>,
    /// Held while the message is worked on.
    pub(crate) work: Mutex<()>,
    since: Instant,
}

impl MemoryEntry {
    pub(crate) fn new() -> Self {
        Self {
            answer: OnceCell::new(),
            work: Mutex::default(),
            since: Instant::now(),
        }
    }
}

impl Known {
    pub(crate) fn new(memory: Memory, limit: Duration) -> Self {
        Self {
            memory,
            limit,
            entries: HashMap::new(),
            oldest_first: VecDeque::new(),
        }
    }

    /// The entry of a message that is still remembered.
    pub(crate) fn recall(&self, key: &Key) -> Option<Arc<MemoryEntry>> {
        let entry = self.entries.get(key)?;
        let forgotten =
            self.memory == Memory::ThreeFifths && entry.since.elapsed() >= self.limit * 3 / 5;
        (!forgotten).then(|| Arc::clone(entry))
    }

    /// Forgets a message.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.entries.remove(key);
        self.oldest_first.retain(|known| known != key);
    }

    /// A new entry for a message, in place of the oldest one if there are too many.
    pub(crate) fn begin(&mut self, key: Key) -> Arc<MemoryEntry> {
        let entry = Arc::new(MemoryEntry::new());
        let replaced = self.entries.insert(key.clone(), Arc::clone(&entry));
        if replaced.is_none() {
            self.oldest_first.push_back(key);
        }
        if self.oldest_first.len() > self.memory.size()
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.entries.remove(&oldest);
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::Format;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    /// True if the first of these messages is remembered after the others.
    fn remembered_after(memory: Memory, others: usize) -> bool {
        let mut known = Known::new(memory, LIMIT);
        let first = Key::named("first");
        known.begin(first.clone());
        for number in 0..others {
            known.begin(Key::named(&number.to_string()));
        }
        known.recall(&first).is_some()
    }

    #[test]
    fn the_oldest_message_is_forgotten() {
        for (memory, others) in [(Memory::TenThousand, 9_999), (Memory::LastOnly, 0)] {
            assert!(remembered_after(memory, others), "{memory:?}");
            assert!(!remembered_after(memory, others + 1), "{memory:?}");
        }
    }

    #[test]
    fn some_memories_do_not_cover_every_message() {
        let message = |msg_type: &str| Message {
            format: Format::Json,
            fields: vec![Field::text("MsgType", msg_type)],
            text: String::new(),
        };
        for (memory, text, event) in [
            (Memory::TenThousand, true, true),
            (Memory::NoEvents, true, false),
            (Memory::Nothing, false, false),
        ] {
            assert_eq!(memory.covers(&message("text")), text, "{memory:?}");
            assert_eq!(memory.covers(&message("event")), event, "{memory:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_memory_ends_before_the_limit() {
        for (memory, remembered) in [(Memory::ThreeFifths, false), (Memory::TenThousand, true)] {
            let mut known = Known::new(memory, LIMIT);
            let key = Key::named("a");
            known.begin(key.clone());
            tokio::time::advance(LIMIT / 2).await;
            assert!(known.recall(&key).is_some(), "{memory:?}");
            tokio::time::advance(LIMIT / 2).await;
            assert_eq!(known.recall(&key).is_some(), remembered, "{memory:?}");
            known.begin(key.clone());
            assert!(known.recall(&key).is_some(), "{memory:?}");
        }
    }
}
