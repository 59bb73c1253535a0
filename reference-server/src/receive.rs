//! The POST with which WeChat pushes a message or an event.

use std::sync::PoisonError;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::BytesMut;
use futures_util::StreamExt;
use tokio::time::timeout;
use wxcheck_protocol::push::Format;

use crate::admit::{Admission, admit, signature_passes};
use crate::answer::{Answer, JSON, XML};
use crate::behaviour::Behaviour;
use crate::caller::Timing;
use crate::dedup::Marking;
use crate::identity::Key;
use crate::pace::Pace;
use crate::query::Query;
use crate::read::Message;
use crate::refuse::Refused;
use crate::reply::reply;
use crate::seal::{Stamped, Wrapping, seal};
use crate::server::Server;
use crate::structured::Structured;
use crate::time_and_random::{now, random_hex};
use crate::wire::{Instead, Wire};
use crate::work::{FailedWork, RefusedWork};
use wxcheck_protocol::account::Account;

/// The age that the timestamp of a push may have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Freshness {
    /// Any age: no window is documented.
    #[default]
    AnyAge,
    /// Ten minutes.
    TenMinutes,
    /// Three seconds, which is less than WeChat waits before it repeats a push.
    ThreeSeconds,
}

impl Freshness {
    /// True if a timestamp is near enough to now, before or after.
    fn takes(self, timestamp: &str) -> bool {
        let most = match self {
            Self::AnyAge => return true,
            Self::TenMinutes => 600,
            Self::ThreeSeconds => 3,
        };
        timestamp
            .parse::<u64>()
            .is_ok_and(|timestamp| now().as_secs().abs_diff(timestamp) <= most)
    }
}

/// The length that a body may have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BodyLimit {
    /// Two mebibytes: far more than a push has, far less than hurts.
    #[default]
    TwoMebibytes,
    /// 64 kibibytes.
    SixtyFourKibibytes,
    /// 64 kibibytes; the body of a longer push is left on the connection, which is kept.
    SixtyFourKibibytesUnread,
    /// 128 kibibytes.
    OneHundredTwentyEightKibibytes,
    /// As much as the memory holds, which is half a mebibyte; the server does not survive more.
    Memory,
}

/// The treatment of the body of a push whose signature is wrong.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RefusedBody {
    /// It is read before the push is refused.
    #[default]
    Read,
    /// It is left on the connection, which is kept.
    LeftOnConnection,
    /// The same where `encrypt_type=aes` is missing, though pushes are sealed; of others it is read.
    LeftWithoutEncryptType,
    /// The same where `msg_signature` is missing.
    LeftWithoutMsgSignature,
}

/// The status of an answer to a push that was taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// 200.
    #[default]
    Ok,
    /// 201, as some frameworks answer every POST.
    Created,
    /// 202.
    Accepted,
    /// 204, and no body.
    NoContent,
    /// 302 to the same URL with a slash behind the path.
    Found,
    /// 500.
    ServerError,
}

/// The time after which [`Wire::Impatient`] no longer waits for a body.
const PATIENCE: Duration = Duration::from_millis(20);

impl Server {
    /// Answers a push that is taken; says why it is not.
    pub(crate) async fn receive(
        &self,
        query: &Query,
        content_type: &str,
        body: Body,
    ) -> Result<Answer, Refused> {
        let (settings, behaviour) = (&self.settings, &self.behaviour);
        let limit = behaviour.body_limit.bytes();
        if self.leaves_body(query, &body) {
            return Ok(Answer {
                instead: Some(Instead::LeaveBody),
                ..Answer::text(403, "")
            });
        }
        self.aftermath.worker().await;
        let watch = self.aftermath.reading(behaviour.endurance.broken_off);
        let read = if behaviour.wire == Wire::Impatient {
            let Ok(read) = timeout(PATIENCE, whole(body, limit)).await else {
                watch.end();
                return Ok(behaviour.acknowledgement.answer("").0);
            };
            read
        } else {
            whole(body, limit).await
        };
        if !matches!(read, Err(Refused::Unreadable(_))) {
            watch.end();
        }
        let body = match read {
            Err(Refused::TooLarge { .. }) if behaviour.body_limit == BodyLimit::Memory => {
                return Err(Refused::Fatal);
            }
            read => read?,
        };
        behaviour.endurance.bears_body(&body)?;
        let marked_before = match behaviour.marking {
            Marking::BeforeVerifying => self.mark(query, content_type, &body).await,
            Marking::AtOnce | Marking::AfterLooking => false,
        };
        let message = match admit(settings, behaviour, query, content_type, &body).await {
            Err(Refused::Forged) if behaviour.refused_work == RefusedWork::Done => {
                let forged = self.unproven(query, content_type, &body).await;
                if let (Ok(forged), Some(worker)) = (forged, &self.worker) {
                    worker.start(&forged);
                }
                return Err(Refused::Forged);
            }
            Err(Refused::Forged) if behaviour.admission == Admission::KnownUsers => {
                let forged = self.unproven(query, content_type, &body).await?;
                if !self.dedup.knows(&forged.text_of("FromUserName")) {
                    return Err(Refused::Forged);
                }
                forged
            }
            admitted => admitted?,
        };
        if behaviour.admission == Admission::KnownUsers {
            self.dedup.let_in(message.text_of("FromUserName"));
        }
        let message = behaviour.senders.applied(message, query)?;
        if !behaviour.freshness.takes(query.or_empty("timestamp")) {
            return Err(Refused::Forged);
        }
        behaviour.demands.check(&message)?;
        if behaviour.pace == Pace::AtTheThird && self.delivered(query.or_empty("nonce")) < 3 {
            std::future::pending::<()>().await;
        }
        if marked_before {
            return Ok(behaviour.acknowledgement.answer("").0);
        }
        let nonce = query.or_empty("nonce");
        let mut begun = None;
        let work = async {
            behaviour
                .pace
                .work(&self.turn, settings.limit, &message)
                .await;
            behaviour.structured.wait(&message, settings.limit).await;
            let shown = behaviour.acknowledgement.suffix(self.worker.as_ref()).await;
            // Nothing is waited for behind this line: a message that is worked on has its answer, so a sender who
            // hangs up cannot have it worked on twice.
            begun = self
                .worker
                .as_ref()
                .and_then(|worker| worker.start(&message));
            behaviour
                .status
                .put_on(self.answer(&message, nonce, &shown))
        };
        let key = behaviour
            .memory
            .covers(&message)
            .then(|| Key::of(behaviour, &message));
        let answer = self.dedup.once(key.clone(), nonce, work).await;
        if let (Timing::BeforeAnswering, Some(ended)) = (behaviour.timing, begun) {
            let failed = ended.await == Ok(false);
            if failed && behaviour.failed_work != FailedWork::Acknowledged {
                if let (FailedWork::ToldAndForgotten, Some(key)) = (behaviour.failed_work, key) {
                    self.dedup.forget(&key);
                }
                return Err(Refused::Failed("the user was not told".to_owned()));
            }
        }
        answer
    }

    /// True if the body is left unread, since it is too long or its push is refused before.
    fn leaves_body(&self, query: &Query, body: &Body) -> bool {
        let (settings, behaviour) = (&self.settings, &self.behaviour);
        let limit = behaviour.body_limit.bytes();
        let is_too_long = match body.size_hint().exact() {
            Some(length) if behaviour.body_limit == BodyLimit::SixtyFourKibibytesUnread => {
                usize::try_from(length).is_ok_and(|length| length > limit)
            }
            _ => false,
        };
        let is_refused_early = match behaviour.refused_body {
            RefusedBody::Read => false,
            RefusedBody::LeftOnConnection => !signature_passes(settings, behaviour, query),
            RefusedBody::LeftWithoutEncryptType => {
                settings.mode.seals() && query.named("encrypt_type") != Some("aes")
            }
            RefusedBody::LeftWithoutMsgSignature => {
                settings.mode.seals() && query.named("msg_signature").is_none()
            }
        };
        is_too_long || is_refused_early
    }

    /// The message of a push whose proof is not looked at.
    async fn unproven(
        &self,
        query: &Query,
        content_type: &str,
        body: &[u8],
    ) -> Result<Message, Refused> {
        let credulous = Behaviour {
            admission: Admission::Unproven,
            ..self.behaviour
        };
        admit(&self.settings, &credulous, query, content_type, body).await
    }

    /// The deliveries of the push of that nonce, this one included.
    fn delivered(&self, nonce: &str) -> u32 {
        let deliveries = self.deliveries.lock();
        let mut deliveries = deliveries.unwrap_or_else(PoisonError::into_inner);
        let count = deliveries.entry(nonce.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Marks a message before its signature is checked, and says whether it was marked before.
    async fn mark(&self, query: &Query, content_type: &str, body: &[u8]) -> bool {
        match self.unproven(query, content_type, body).await {
            Ok(message) if !message.text_of("MsgId").is_empty() => {
                self.dedup.mark(Key::of(&self.behaviour, &message))
            }
            _ => false,
        }
    }

    /// The answer to a message: a reply or the acknowledgement, sealed where it must be.
    fn answer(&self, message: &Message, nonce: &str, shown: &str) -> Answer {
        let (settings, behaviour) = (&self.settings, &self.behaviour);
        let now = i64::try_from(now().as_secs()).unwrap_or(i64::MAX);
        let mut key = settings.key.as_ref().filter(|_| settings.mode.seals());
        let structured = behaviour.structured.answer(message, now);
        // The payments of mini games are answered in clear, as their page says.
        let in_clear =
            settings.account == Account::Minigame || behaviour.structured == Structured::InClear;
        if structured.is_some() && in_clear {
            key = None;
        }
        // Whoever has the API at hand says there what is to be said.
        let reply = match self.worker {
            Some(_) => None,
            None => reply(settings, behaviour, message, &self.articles, now),
        };
        let reply = structured.or(reply);
        let (format, text) = match reply {
            Some(reply) => reply,
            None => match behaviour.acknowledgement.answer(shown) {
                (_, Some(sealed)) if key.is_some() => (message.format, sealed.to_owned()),
                (answer, _) if key.is_some() && behaviour.wrapping == Wrapping::Everything => (
                    message.format,
                    String::from_utf8_lossy(&answer.body).into_owned(),
                ),
                (answer, _) => return answer,
            },
        };
        let stamped = Stamped {
            now,
            nonce,
            random: random_hex(),
        };
        let text = behaviour.charset.encode(text);
        let body = match key {
            Some(key) => seal(behaviour.sealing, settings, key, &stamped, format, text),
            None => text,
        };
        Answer::ok(if format == Format::Json { JSON } else { XML }, body)
    }
}

impl BodyLimit {
    fn bytes(self) -> usize {
        match self {
            Self::TwoMebibytes => 2 * 1024 * 1024,
            Self::SixtyFourKibibytes | Self::SixtyFourKibibytesUnread => 64 * 1024,
            Self::OneHundredTwentyEightKibibytes => 128 * 1024,
            Self::Memory => 512 * 1024,
        }
    }
}

impl Status {
    fn put_on(self, answer: Answer) -> Answer {
        match self {
            Self::Ok => answer,
            Self::Created => Answer {
                status: 201,
                ..answer
            },
            Self::Accepted => Answer {
                status: 202,
                ..answer
            },
            Self::NoContent => Answer::text(204, ""),
            Self::Found => Answer {
                location: Some("/wechat/".to_owned()),
                ..Answer::text(302, "")
            },
            Self::ServerError => Answer {
                status: 500,
                ..answer
            },
        }
    }
}

/// The whole body, if it keeps the limit. The rest of a longer one is read and dropped, as far as sixteen times the
/// limit: bytes left unread would reset the connection and with it the refusal.
async fn whole(body: Body, limit: usize) -> Result<BytesMut, Refused> {
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(limit);
    let mut pieces = body.into_data_stream();
    // A buffer that grows has up to twice what is in it.
    let (mut whole, mut length) = (BytesMut::with_capacity(told.min(limit)), 0_usize);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Refused::Unreadable(error.to_string()))?;
        length = length.saturating_add(piece.len());
        if length <= limit {
            whole.extend_from_slice(&piece);
        }
        if length > limit.saturating_mul(16) {
            break;
        }
    }
    if length > limit {
        Err(Refused::TooLarge { limit })
    } else {
        Ok(whole)
    }
}
