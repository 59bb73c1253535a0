//! The work on messages, besides the answers to their pushes: what is lost, who is taken for the writer, and what runs on.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::api::{ApiError, Session};
use crate::behaviour::Behaviour;
use crate::caller::Caller;
use crate::effect::{Effect, Farewell, Results, effect};
use crate::read::Message;
use crate::settings::{Api, Settings};

/// The treatment of the message in a push that is refused as forged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RefusedWork {
    /// Nothing.
    #[default]
    Dropped,
    /// It is worked on all the same, as by a server that sees the signature too late.
    Done,
}

/// The user who is told about a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Recipient {
    /// Its user.
    #[default]
    Sender,
    /// The other user who wrote last, as from a variable that all requests share.
    PreviousSender,
    /// Its user, and the account itself where it is an event: the ToUserName in place of the FromUserName.
    AccountForEvents,
    /// Its user; where ten or more write at once, every fifth time the other who wrote last.
    MixedUpInACrowd,
}

/// The messages that are lost before they are worked on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Losses {
    /// None.
    #[default]
    Nothing,
    /// Texts with characters of four bytes, as in a database that has no room for them.
    Emoji,
    /// Texts that read as numbers, as where a script takes them for one.
    Numbers,
    /// All messages that come while another is worked on.
    WhileBusy,
    /// All but events.
    AllButEvents,
}

impl Losses {
    fn loses(self, message: &Message, is_busy: bool) -> bool {
        let text = message.text_of("Content");
        match self {
            Self::Nothing => false,
            Self::Emoji => text.chars().any(|char| char.len_utf8() == 4),
            Self::Numbers => text.parse::<f64>().is_ok(),
            Self::WhileBusy => is_busy,
            Self::AllButEvents => !message.is_event(),
        }
    }
}

/// The answer to a push whose work failed, where the answer waits for the work.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FailedWork {
    /// The same as any other.
    #[default]
    Acknowledged,
    /// 500, and the repeat is worked on.
    ToldAndForgotten,
    /// 500, and the repeat is known already.
    Told,
}

/// The worker on messages. Unfinished work ends when this is dropped.
pub(crate) struct Worker {
    caller: Arc<Caller>,
    recipient: Recipient,
    results: Results,
    farewell: Farewell,
    losses: Losses,
    writers: Mutex<Writers>,
    /// Messages that are worked on, and those that began in a crowd.
    in_flight: Arc<AtomicUsize>,
    in_a_crowd: AtomicUsize,
    tasks: Mutex<JoinSet<()>>,
}

impl Worker {
    pub(crate) fn new(api: &Api, settings: &Settings, behaviour: &Behaviour) -> io::Result<Self> {
        Ok(Self {
            caller: Arc::new(Caller::new(api, settings, behaviour)?),
            recipient: behaviour.recipient,
            results: behaviour.results,
            farewell: behaviour.farewell,
            losses: behaviour.losses,
            writers: Mutex::default(),
            in_flight: Arc::default(),
            in_a_crowd: AtomicUsize::new(0),
            tasks: Mutex::default(),
        })
    }

    /// Begins to work on a message. What comes back says in the end whether the user was told.
    pub(crate) fn start(&self, message: &Message) -> Option<oneshot::Receiver<bool>> {
        let mut effect = effect(message, self.farewell).or_else(|| self.results.effect(message))?;
        let is_busy = self.in_flight.load(Ordering::Relaxed) > 0;
        if self.losses.loses(message, is_busy) {
            return None;
        }
        self.mistake(&mut effect, message);
        let (working, done) = oneshot::channel();
        let caller = Arc::clone(&self.caller);
        let in_flight = Arc::clone(&self.in_flight);
        in_flight.fetch_add(1, Ordering::Relaxed);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let told = caller.say_all(&effect).await;
            in_flight.fetch_sub(1, Ordering::Relaxed);
            // Nobody has to wait for it.
            let _heard = working.send(told);
        });
        Some(done)
    }

    /// Another recipient, where this server takes somebody else for the writer.
    fn mistake(&self, effect: &mut Effect, message: &Message) {
        let other = |effect: &Effect| {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            writers.before(effect.to.clone())
        };
        match self.recipient {
            Recipient::PreviousSender => effect.to = other(effect),
            Recipient::AccountForEvents if message.is_event() => {
                effect.to = message.text_of("ToUserName");
            }
            Recipient::Sender | Recipient::AccountForEvents => {}
            Recipient::MixedUpInACrowd => {
                let before = other(effect);
                if self.in_flight.load(Ordering::Relaxed) >= 9
                    && self.in_a_crowd.fetch_add(1, Ordering::Relaxed) % 5 == 4
                {
                    effect.to = before;
                }
            }
        }
    }

    /// The token that is shared, for a server that shows it.
    pub(crate) async fn token(&self) -> Result<Arc<str>, ApiError> {
        let Some(cache) = self.caller.processes.next() else {
            return Err(ApiError::NoToken);
        };
        cache.any(&self.caller.client).await
    }

    /// The user behind a login code.
    pub(crate) async fn exchange(&self, code: &str) -> Result<Session, ApiError> {
        self.caller.client.exchange(code).await
    }

    /// The AppSecret, for a server that shows it.
    pub(crate) fn secret(&self) -> &str {
        self.caller.client.secret()
    }
}

/// The users who wrote last.
#[derive(Debug, Default)]
struct Writers {
    last: Option<String>,
    /// The last one who is not `last`.
    other: Option<String>,
}

/// The user who is told about the very first message, when no other user has written.
const NOBODY: &str = "oNobodyHasWrittenBeforeYou00";

impl Writers {
    /// The last user other than this one, who is the last from now on.
    fn before(&mut self, user: String) -> String {
        if self.last.as_ref() != Some(&user) {
            self.other = self.last.replace(user);
        }
        self.other.clone().unwrap_or_else(|| NOBODY.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_before_is_always_another() {
        let mut writers = Writers::default();
        let mut before = |user: &str| writers.before(user.to_owned());
        assert_eq!(before("o1"), NOBODY);
        assert_eq!(before("o1"), NOBODY);
        assert_eq!(before("o2"), "o1");
        assert_eq!(before("o2"), "o1");
        assert_eq!(before("o1"), "o2");
    }
}
