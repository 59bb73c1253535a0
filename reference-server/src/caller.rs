//! The calls that one message leads to: when they are made, how often, with which token, and what is done where they are refused.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::api::{ApiError, By, Client};
use crate::behaviour::Behaviour;
use crate::effect::Effect;
use crate::reaction::{LateSends, Renewal, STORM, TurnedDown};
use crate::settings::{Api, Settings};
use crate::token::{Processes, TokenCache};

/// The moment at which a message is worked on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Timing {
    /// At once, and the answer does not wait.
    #[default]
    AtOnce,
    /// At once, and the answer waits.
    BeforeAnswering,
    /// A quarter of the limit after the answer, as from a queue.
    FromQueue,
    /// So many hundredths of the limit after the answer, each message by itself.
    Later(u32),
    /// After the answer, one message after the other: each takes so many hundredths of the limit.
    ByOneWorker(u32),
}

/// The number of times that the user is told about one message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sends {
    /// Once.
    #[default]
    Once,
    /// Twice, in other words each time.
    TwoDifferent,
    /// Three times, in other words each time.
    ThreeDifferent,
    /// Seven times, in other words each time: two more than WeChat takes.
    SevenDifferent,
    /// Twice, in the same words.
    SameTwice,
    /// Once upon texts, and upon all else twice, in the same words.
    SameTwiceButForTexts,
    /// Once, and a text of more than 2048 bytes after it.
    TooLongToo,
    /// Twice, the second time after a quarter of the limit, when nobody waits for it any more.
    SameAgainLater,
    /// Once, and a greeting before it to whoever was told nothing before.
    GreetingFirst,
    /// Once for each user: nothing upon what they write later.
    FirstOnly,
    /// Once for all that a user writes within a tenth of the limit.
    Together,
    /// Twice: that it takes a moment, and after so many hundredths of the limit the words themselves.
    MomentFirst(u32),
    /// Once; of all messages but the first twenty every third twice, in other words.
    NowAndThenTwice,
    /// Once for each line of the words.
    LineByLine,
}

/// The parts that the work on one message needs.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) processes: Processes,
    timing: Timing,
    /// The one worker, where there is only one.
    worker: tokio::sync::Mutex<()>,
    sends: Sends,
    /// The users who were told something.
    told: Mutex<HashSet<String>>,
    /// The words that wait to be told together, by their users.
    waiting: Mutex<HashMap<String, Vec<String>>>,
    /// The messages so far.
    count: AtomicUsize,
    renewal: Renewal,
    late_sends: LateSends,
    turned_down: TurnedDown,
    limit: Duration,
}

impl Caller {
    pub(crate) fn new(api: &Api, settings: &Settings, behaviour: &Behaviour) -> io::Result<Self> {
        Ok(Self {
            client: Client::new(api, settings, behaviour)?,
            processes: Processes::new(behaviour.tokens),
            timing: behaviour.timing,
            worker: tokio::sync::Mutex::default(),
            sends: behaviour.sends,
            told: Mutex::default(),
            waiting: Mutex::default(),
            count: AtomicUsize::new(0),
            renewal: behaviour.renewal,
            late_sends: behaviour.late_sends,
            turned_down: behaviour.turned_down,
            limit: settings.limit,
        })
    }

    /// Works on a message; whether its user was told.
    pub(crate) async fn say_all(&self, effect: &Effect) -> bool {
        let _worker = match self.timing {
            Timing::ByOneWorker(_) => Some(self.worker.lock().await),
            _ => None,
        };
        self.timing.wait(self.limit).await;
        let Effect { by, to, words } = effect;
        let Some(tokens) = self.processes.next() else {
            return false;
        };
        let say = async |words: &str| self.say(tokens, *by, to, words).await.is_ok();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let is_new = locked(&self.told).insert(to.clone());
        match self.sends {
            Sends::GreetingFirst if is_new => {
                let _greeted = say("welcome · 欢迎").await;
            }
            Sends::FirstOnly if !is_new => return true,
            Sends::MomentFirst(hundredths) => {
                let _told = say("one moment please · 请稍等").await;
                tokio::time::sleep(self.limit * hundredths / 100).await;
            }
            Sends::Together => {
                let Some(all) = self.collect(to, words).await else {
                    return true;
                };
                return say(&all).await;
            }
            Sends::LineByLine => {
                let mut told = true;
                for line in words.lines() {
                    told &= say(line).await;
                }
                return told;
            }
            _ => {}
        }
        // A message is not worth more than one attempt and its renewal; whoever reads the API's side sees what failed.
        let told = say(words).await;
        let _told_more = match self.sends {
            Sends::SameTwiceButForTexts if words.starts_with("got your") => say(words).await,
            Sends::NowAndThenTwice if count > 20 && count.is_multiple_of(3) => {
                say("anything else? · 还有吗").await
            }
            Sends::Once
            | Sends::GreetingFirst
            | Sends::FirstOnly
            | Sends::Together
            | Sends::MomentFirst(_)
            | Sends::NowAndThenTwice
            | Sends::LineByLine
            | Sends::SameTwiceButForTexts => return told,
            Sends::TwoDifferent => say("anything else? · 还有吗").await,
            Sends::ThreeDifferent => {
                let _second = say("anything else? · 还有吗").await;
                say("so long · 再见").await
            }
            Sends::SevenDifferent => {
                let mut last = told;
                for number in 2..=7 {
                    last = say(&format!("part {number} · 第{number}部分")).await;
                }
                last
            }
            Sends::SameTwice => say(words).await,
            Sends::TooLongToo => say(&"long ".repeat(500)).await,
            Sends::SameAgainLater => {
                tokio::time::sleep(self.limit / 4).await;
                say(words).await
            }
        };
        told
    }

    /// All that a user wrote within a tenth of the limit; nothing where somebody collects already.
    async fn collect(&self, to: &str, words: &str) -> Option<String> {
        let is_first = {
            let mut waiting = locked(&self.waiting);
            let is_first = !waiting.contains_key(to);
            let theirs = waiting.entry(to.to_owned()).or_default();
            theirs.push(words.to_owned());
            is_first
        };
        if !is_first {
            return None;
        }
        tokio::time::sleep(self.limit / 10).await;
        let all = locked(&self.waiting).remove(to)?;
        Some(all.join(" / "))
    }

    /// Says it once, with another token if the first does not hold.
    async fn say(
        &self,
        tokens: &TokenCache,
        by: By,
        to: &str,
        words: &str,
    ) -> Result<(), ApiError> {
        let token = tokens.any(&self.client).await?;
        let said = self.client.send(&token, by, to, words).await;
        let Err(error) = said else {
            return Ok(());
        };
        if matches!(error, ApiError::Late) && self.late_sends == LateSends::SentAgain {
            return self.client.send(&token, by, to, words).await;
        }
        let is_expired = error.is_about_an_expired_token();
        let is_renewed = match self.renewal {
            Renewal::Never => false,
            Renewal::IfInvalid => !is_expired,
            Renewal::IfExpired => is_expired,
            Renewal::SendsAgain | Renewal::ForThoseToCome | Renewal::AfterAStorm => true,
        };
        if matches!(error, ApiError::Errcode(_)) && !error.is_about_the_token() {
            return self.say_again(&token, by, to, words, error).await;
        }
        if !error.is_about_the_token() || !is_renewed {
            return Err(error);
        }
        if self.renewal == Renewal::AfterAStorm {
            for _ in 1..STORM {
                let _refused = self.client.send(&token, by, to, words).await;
            }
        }
        let other = tokens.other_than(Some(&token), &self.client).await?;
        match self.renewal {
            Renewal::Never | Renewal::ForThoseToCome => Err(error),
            _ => self.client.send(&other, by, to, words).await,
        }
    }

    /// Says it again as often as the server does that, until it is taken.
    async fn say_again(
        &self,
        token: &str,
        by: By,
        to: &str,
        words: &str,
        refused: ApiError,
    ) -> Result<(), ApiError> {
        let (tries, pause) = self.turned_down.tries();
        for _ in 0..tries {
            tokio::time::sleep(pause).await;
            if self.client.send(token, by, to, words).await.is_ok() {
                return Ok(());
            }
        }
        Err(refused)
    }
}

impl Timing {
    /// Waits until the work may begin.
    async fn wait(self, limit: Duration) {
        match self {
            Self::AtOnce | Self::BeforeAnswering => {}
            Self::FromQueue => tokio::time::sleep(limit / 4).await,
            Self::Later(percent) | Self::ByOneWorker(percent) => {
                tokio::time::sleep(limit * percent / 100).await;
            }
        }
    }
}

/// No code panics with a lock held, and what is half noted is still noted.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_queue_lets_work_wait() {
        const LIMIT: Duration = Duration::from_secs(5);
        for (timing, wait) in [
            (Timing::AtOnce, Duration::ZERO),
            (Timing::BeforeAnswering, Duration::ZERO),
            (Timing::FromQueue, LIMIT / 4),
            (Timing::ByOneWorker(8), LIMIT * 8 / 100),
        ] {
            let started = Instant::now();
            timing.wait(LIMIT).await;
            assert_eq!(started.elapsed(), wait, "{timing:?}");
        }
    }
}
