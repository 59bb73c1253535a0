//! The effect of a message: words to its user through WeChat's API, besides the answer to the push.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::api::{ApiError, By, Client, Session};
use crate::behaviour::Behaviour;
use crate::reaction::{LateSends, Renewal, STORM, TurnedDown};
use crate::read::Message;
use crate::settings::{Api, Settings};
use crate::token::{Processes, TokenCache};

/// The treatment of the message in a push that is refused as forged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RefusedWork {
    /// Nothing.
    #[default]
    Dropped,
    /// It is worked on all the same, as by a server that sees the signature too late.
    Done,
}

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

/// The words that a message leads to, and who gets them.
#[derive(Debug, Eq, PartialEq)]
struct Effect {
    by: By,
    to: String,
    words: String,
}

/// The event that a user has paid for something. Its retries have a CreateTime of their own.
pub(crate) const GOODS_DELIVERY: &str = "xpay_goods_deliver_notify";

/// The event that a user was given money back.
pub(crate) const REFUND: &str = "xpay_refund_notify";

/// The event that a picture or a sound of a user was checked.
pub(crate) const MEDIA_CHECK: &str = "wxa_media_check";

/// The events that a user causes by hand, and expects an answer to.
const ANSWERED_EVENTS: &[&str] = &[
    "user_enter_tempsession",
    "subscribe",
    "CLICK",
    "SCAN",
    GOODS_DELIVERY,
    REFUND,
    MEDIA_CHECK,
];

/// The message to a user who follows the account no longer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Farewell {
    /// None: it would not arrive.
    #[default]
    Unsaid,
    /// The same as to anybody.
    Sent,
}

/// The reaction to the result of a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Results {
    /// Nothing.
    #[default]
    Noted,
    /// Another template message upon the result of one.
    AnsweredByTemplate,
}

/// The event that a template message was sent.
const TEMPLATE_SENT: &str = "TEMPLATESENDJOBFINISH";

impl Results {
    /// The message that is sent, if one is.
    fn effect(self, message: &Message) -> Option<Effect> {
        let is_result = message.is_event() && message.text_of("Event") == TEMPLATE_SENT;
        (self == Self::AnsweredByTemplate && is_result).then(|| Effect {
            by: By::TemplateMessage,
            to: message.text_of("FromUserName"),
            words: "your message was sent · 已发送".to_owned(),
        })
    }
}

/// The effect of a message, if it has one.
fn effect(message: &Message, farewell: Farewell) -> Option<Effect> {
    let msg_type = message.text_of("MsgType");
    let event = message.text_of("Event");
    let has_gone = event == "unsubscribe" && farewell == Farewell::Sent;
    if message.is_event() && !has_gone && !ANSWERED_EVENTS.contains(&event.as_str()) {
        return None;
    }
    // What is paid for is told by WeChat, not by the user.
    let user = if message.is_event() && [GOODS_DELIVERY, REFUND].contains(&event.as_str()) {
        "OpenId"
    } else {
        "FromUserName"
    };
    let to = message.text_of(user);
    if to.is_empty() || msg_type.is_empty() {
        return None;
    }
    let words = match msg_type.as_str() {
        "text" => format!("echo: {} · 收到", message.text_of("Content")),
        "event" => format!("got your {event} · 收到"),
        other => format!("got your {other} · 收到"),
    };
    Some(Effect {
        by: By::CustomerMessage,
        to,
        words: cut(words),
    })
}

/// The longest text that the API takes, in bytes.
const LONGEST: usize = 2048;

/// The beginning of words that are too long to be sent.
fn cut(mut words: String) -> String {
    let mut end = words.len().min(LONGEST);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words.truncate(end);
    words
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
            caller: Arc::new(Caller {
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
            }),
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

/// No code panics with a lock held, and what is half noted is still noted.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parts that the work on one message needs.
struct Caller {
    client: Client,
    processes: Processes,
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
    /// Works on a message; whether its user was told.
    async fn say_all(&self, effect: &Effect) -> bool {
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
}

impl Caller {
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
    use tokio::time::Instant;
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::Format;

    use super::*;

    fn effect_of(fields: &[(&str, &str)]) -> Option<(String, String)> {
        let fields = fields
            .iter()
            .map(|(name, value)| Field::text(*name, *value));
        let message = Message {
            format: Format::Xml,
            fields: fields.collect(),
            text: String::new(),
        };
        effect(&message, Farewell::Unsaid).map(|effect| (effect.to, effect.words))
    }

    #[test]
    fn messages_and_four_events_are_answered() {
        let from = ("FromUserName", "o1");
        let told = |words: &str| Some(("o1".to_owned(), words.to_owned()));
        assert_eq!(
            effect_of(&[from, ("MsgType", "text"), ("Content", "hi")]),
            told("echo: hi · 收到")
        );
        for kind in ["image", "voice", "miniprogrampage", "brand_new"] {
            let words = format!("got your {kind} · 收到");
            assert_eq!(effect_of(&[from, ("MsgType", kind)]), told(&words));
        }
        for event in ["user_enter_tempsession", "subscribe", "CLICK", "SCAN"] {
            let words = format!("got your {event} · 收到");
            let fields = [from, ("MsgType", "event"), ("Event", event)];
            assert_eq!(effect_of(&fields), told(&words));
        }
    }

    #[test]
    fn words_are_cut_to_what_the_api_takes() {
        let long = "你".repeat(700);
        let fields = [
            ("FromUserName", "o1"),
            ("MsgType", "text"),
            ("Content", &long),
        ];
        let (_, words) = effect_of(&fields).unwrap();
        assert_eq!(words.len(), "echo: ".len() + 3 * 680);
    }

    #[test]
    fn goods_are_delivered_to_the_one_who_paid() {
        let mut fields = vec![
            ("FromUserName", "oWeChat"),
            ("MsgType", "event"),
            ("Event", GOODS_DELIVERY),
        ];
        assert_eq!(effect_of(&fields), None);
        fields.push(("OpenId", "o1"));
        let words = "got your xpay_goods_deliver_notify · 收到";
        assert_eq!(effect_of(&fields), Some(("o1".into(), words.into())));
    }

    #[test]
    fn other_events_and_messages_of_nobody_lead_to_nothing() {
        let from = ("FromUserName", "o1");
        let event = [from, ("MsgType", "event"), ("Event", "unsubscribe")];
        assert_eq!(effect_of(&event), None);
        assert_eq!(effect_of(&[("MsgType", "text")]), None);
        assert_eq!(effect_of(&[from]), None);
        assert_eq!(effect_of(&[]), None);
    }

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
