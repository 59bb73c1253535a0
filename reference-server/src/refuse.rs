//! The way a request is turned away, and the secrets that the answer gives away.

use thiserror::Error;
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::envelope::OpenError;

use crate::answer::{Answer, HTML};
use crate::query::Query;
use crate::settings::Settings;
use crate::wire::Instead;

/// The reason why a request is not taken.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum Refused {
    /// The sender did not prove to be WeChat.
    #[error("bad signature")]
    Forged,
    /// The sender signed an envelope that does not open, or not for this account.
    #[error("the envelope does not open: {0}")]
    Envelope(#[from] OpenError),
    /// The sender's body is neither XML nor JSON.
    #[error("unreadable body: {0}")]
    Unreadable(String),
    /// The sender's body is longer than this server takes.
    #[error("body over {limit} bytes")]
    TooLarge {
        /// Bytes.
        limit: usize,
    },
    /// This server insists on a media type.
    #[error("unsupported media type")]
    MediaType,
    /// This server does not take the same push twice, or not now.
    #[error("already received")]
    Repeated {
        /// The status that says so.
        status: u16,
    },
    /// This server does not survive the request.
    #[error("fatal")]
    Fatal,
    /// The sender's envelope does not open, in the words of WeChat's sample library.
    #[error("{0}")]
    Coded(&'static str),
    /// This server fails on a message that it should take.
    #[error("{0}")]
    Failed(String),
}

/// The answer to a forged request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Refusal {
    /// 403 and `bad signature`.
    #[default]
    Forbidden,
    /// Nothing: the connection is closed.
    Drops,
    /// 403 and a text with the request's URL as it came, percent-encoded.
    ShowsUrl,
    /// 403 and a page of HTML with the request's echostr as it stands.
    ReflectsEchostr,
    /// 200 and the text `invalid request`.
    SaysSo,
    /// 200 and nothing, as by a server that swallows its errors.
    SaysNothing,
    /// 401 and `unauthorized`.
    Unauthorized,
    /// None: the handler has a response only for what it takes.
    Never,
}

/// The effect of a body that cannot be read, or of an envelope that cannot be opened, on the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Unreadable {
    /// 400 and a short text for a body; an envelope is refused like a forged signature, so that nobody learns from
    /// the answer how far decryption came.
    #[default]
    BadRequest,
    /// The server stops serving.
    Dies,
    /// 500 and a page that shows the server's settings.
    PrintsSettings,
    /// 500 and a stack trace.
    StackTrace,
    /// 200 and nothing, as where every error is caught and dropped.
    Swallowed,
    /// 502 by the gateway in front of a function that fails.
    Gateway,
}

impl Refusal {
    /// Keeps a forged request waiting for ever where that is the way to refuse it.
    pub(crate) async fn hold(self, answer: &Result<Answer, Refused>) {
        if self == Self::Never && matches!(answer, Err(Refused::Forged)) {
            std::future::pending::<()>().await;
        }
    }
}

/// The request as far as a refusal looks at it.
pub(crate) struct Asked<'a> {
    pub(crate) uri: &'a str,
    pub(crate) query: &'a Query,
}

/// The answer to a request that is turned away.
pub(crate) fn answer(
    refused: &Refused,
    refusal: Refusal,
    unreadable: Unreadable,
    asked: &Asked<'_>,
    settings: &Settings,
) -> Answer {
    match refused {
        Refused::Forged => forged(refusal, asked),
        Refused::Envelope(_) if unreadable == Unreadable::BadRequest => forged(refusal, asked),
        Refused::Envelope(_) | Refused::Unreadable(_) => garbage(unreadable, refused, settings),
        Refused::TooLarge { .. } => Answer::text(413, "body too large"),
        Refused::MediaType => Answer::text(415, "unsupported media type"),
        Refused::Repeated { status } => Answer::text(*status, "already received"),
        Refused::Fatal => Answer {
            instead: Some(Instead::Die),
            ..Answer::text(500, "")
        },
        Refused::Coded(_) if unreadable == Unreadable::Swallowed => Answer::text(200, ""),
        Refused::Coded(code) => Answer::text(200, *code),
        Refused::Failed(_) => Answer::text(500, "internal server error"),
    }
}

fn forged(refusal: Refusal, asked: &Asked<'_>) -> Answer {
    match refusal {
        // Whoever never refuses waits before this.
        Refusal::Forbidden | Refusal::Never => Answer::text(403, "bad signature"),
        Refusal::Drops => Answer {
            instead: Some(Instead::Close),
            ..Answer::text(403, "")
        },
        Refusal::ShowsUrl => Answer::text(403, format!("not allowed: {}", asked.uri)),
        Refusal::ReflectsEchostr => Answer {
            status: 403,
            ..Answer::ok(
                HTML,
                format!(
                    "<html><body>Bad echostr: {}</body></html>",
                    asked.query.or_empty("echostr")
                ),
            )
        },
        Refusal::SaysSo => Answer::text(200, "invalid request"),
        Refusal::SaysNothing => Answer::text(200, ""),
        Refusal::Unauthorized => Answer::text(401, "unauthorized"),
    }
}

fn garbage(unreadable: Unreadable, refused: &Refused, settings: &Settings) -> Answer {
    match unreadable {
        Unreadable::BadRequest => Answer::text(400, "unreadable body"),
        Unreadable::Swallowed => Answer::text(200, ""),
        Unreadable::Gateway => Answer::text(502, ""),
        Unreadable::Dies => Answer {
            instead: Some(Instead::Die),
            ..Answer::text(500, "")
        },
        Unreadable::PrintsSettings => {
            let page = format!(
                "{refused}\n\nconfig = {{\n  appid: '{}',\n  token: '{}',\n  aesKey: {:02x?}\n}}\n",
                settings.appid,
                settings.token,
                settings
                    .key
                    .as_ref()
                    .map_or(&[0; 32], EncodingAesKey::bytes)
            );
            Answer::text(500, page)
        }
        Unreadable::StackTrace => Answer::text(500, stack_trace(&refused.to_string())),
    }
}

/// An error as a server in debug mode shows it.
pub(crate) fn stack_trace(error: &str) -> String {
    format!(
        "Traceback (most recent call last):\n  \
         File \"/srv/app/wechat/views.py\", line 42, in callback\n    \
         message = parse(request.body)\n  \
         File \"/srv/app/wechat/message.py\", line 17, in parse\n    \
         root = ElementTree.fromstring(text)\n\
         xml.etree.ElementTree.ParseError: {error}\n"
    )
}
