//! The pace at which a push that was taken is answered. WeChat waits five seconds for the whole answer.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::Mutex;

use crate::read::Message;

/// The time at which the answer comes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pace {
    /// At once.
    #[default]
    Prompt,
    /// At once, but one byte at a time with a quarter of the limit between two.
    DrippedBody,
    /// At once, but it does not end.
    EndlessBody,
    /// After one and a half times the limit.
    Late,
    /// Not at all.
    Never,
    /// At once, but only the third delivery of a push: the first two are held until they are cut.
    AtTheThird,
    /// At once, while every other request waits: a server with one thread.
    OneAtATime,
    /// After three tenths of the limit, while every other push waits.
    Serial,
    /// After four fifths of the limit: slow, and in time.
    Slow,
    /// The same for every request, taken or refused.
    SlowThroughout,
    /// After more than half of the limit, where a user writes a text.
    SlowTexts,
    /// After one and a half times the limit, where a user clicks on a menu.
    LateClicks,
    /// At once, but a voice after one and a half times the limit: it is written down first.
    LateVoices,
    /// After a fiftieth of the limit, while every other request waits.
    OneAfterTheOther,
}

impl Pace {
    /// Waits as long as the work on a message takes.
    pub(crate) async fn work(self, turn: &Mutex<()>, limit: Duration, message: &Message) {
        let is_text = message.text_of("MsgType") == "text";
        match self {
            // The first two deliveries are held in front of the work.
            Self::Prompt
            | Self::AtTheThird
            | Self::DrippedBody
            | Self::EndlessBody
            | Self::OneAtATime
            | Self::SlowThroughout
            | Self::OneAfterTheOther => {}
            Self::LateClicks if message.text_of("Event") != "CLICK" => {}
            Self::LateVoices if message.text_of("MsgType") != "voice" => {}
            Self::SlowTexts if !is_text => {}
            Self::SlowTexts => tokio::time::sleep(limit.mul_f32(0.54)).await,
            Self::Late | Self::LateClicks | Self::LateVoices => {
                tokio::time::sleep(limit.mul_f32(1.5)).await;
            }
            Self::Never => std::future::pending().await,
            Self::Serial => {
                let _turn = turn.lock().await;
                tokio::time::sleep(limit.mul_f32(0.3)).await;
            }
            Self::Slow => tokio::time::sleep(limit.mul_f32(0.8)).await,
        }
    }

    /// The body as it goes out.
    pub(crate) fn body(self, body: Bytes, limit: Duration) -> Body {
        match self {
            Self::DrippedBody => {
                Body::from_stream(stream::unfold(body, move |mut rest| async move {
                    if rest.is_empty() {
                        return None;
                    }
                    tokio::time::sleep(limit / 4).await;
                    let byte = rest.split_to(1);
                    Some((Ok::<_, std::convert::Infallible>(byte), rest))
                }))
            }
            Self::EndlessBody => Body::from_stream(stream::unfold(body, move |next| async move {
                if next == BLANK {
                    tokio::time::sleep(limit / 50).await;
                }
                Some((
                    Ok::<_, std::convert::Infallible>(next),
                    Bytes::from_static(BLANK),
                ))
            })),
            _ => Body::from(body),
        }
    }
}

/// Bytes with which an endless body goes on.
const BLANK: &[u8] = &[b' '; 256];

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::time::Instant;
    use wxcheck_protocol::{message::Field, push::Format};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn text() -> Message {
        Message {
            format: Format::Xml,
            fields: vec![Field::text("MsgType", "text")],
            text: String::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_pace_keeps_or_misses_the_limit() {
        for (pace, in_time) in [
            (Pace::Prompt, true),
            (Pace::Slow, true),
            (Pace::Serial, true),
            (Pace::SlowTexts, true),
            (Pace::LateClicks, true),
            (Pace::Late, false),
            (Pace::Never, false),
        ] {
            let done = tokio::time::timeout(LIMIT, pace.work(&Mutex::new(()), LIMIT, &text()))
                .await
                .is_ok();
            assert_eq!(done, in_time, "{pace:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn serial_work_adds_up() {
        let (turn, started) = (Mutex::new(()), Instant::now());
        let text = text();
        futures_util::future::join_all((0..4).map(|_| Pace::Serial.work(&turn, LIMIT, &text)))
            .await;
        assert!(started.elapsed() > LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn dripped_and_endless_bodies_outlast_the_limit() {
        let started = Instant::now();
        let dripped = axum::body::to_bytes(Pace::DrippedBody.body("success".into(), LIMIT), 100)
            .await
            .unwrap();
        assert_eq!(dripped, "success");
        assert!(started.elapsed() > LIMIT);
        let mut endless = Pace::EndlessBody
            .body("success".into(), LIMIT)
            .into_data_stream();
        let read = async { while endless.next().await.is_some() {} };
        assert!(tokio::time::timeout(LIMIT, read).await.is_err());
    }
}
