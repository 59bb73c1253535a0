//! The outcome of one request: an answer, or silence and its reason.

use std::time::Duration;

/// One request and its outcome.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of the event with which the request left.
    pub number: u64,
    /// The time at which the request was begun, from the start of the platform.
    pub started: Duration,
    /// The server's answer, or the reason for none.
    pub outcome: Outcome,
}

/// Either a whole answer or the reason why there is none.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The server answered.
    Answered(Answer),
    /// No answer that WeChat could use.
    Silent(Silence),
}

/// An HTTP answer, read to the end or to the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP version of the status line, like `HTTP/1.1`.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// Header names (lower case) and values, in wire order.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`wxcheck_protocol::limits::BODY_LIMIT`] bytes of it.
    pub body: Vec<u8>,
    /// True if the body went on past the limit; the rest was not read.
    pub excess: bool,
    /// From the start of the request to the end of the answer's headers.
    pub first_byte: Duration,
    /// From the start of the request to the end of the answer's body.
    pub total: Duration,
    /// Further facts about the connection, where it was read byte by byte.
    pub connection: Option<Connection>,
}

/// The facts about an answer that only the bytes of its connection show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection {
    /// Bytes of the answer came though none of the request's body was sent.
    pub before_body: bool,
    /// The bytes behind the answer.
    pub behind: Behind,
}

/// The bytes behind an answer to the only request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behind {
    /// None.
    Nothing,
    /// Another response.
    Response,
    /// Something else.
    Bytes,
}

impl Answer {
    /// The value of the first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The reason that a request has no answer. The first group never reached a server.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Silence {
    /// The host's name has no address.
    #[error("the host name does not resolve")]
    Unresolved,
    /// Nothing listens on that port.
    #[error("the connection was refused; nothing listens on that port")]
    Refused,
    /// No connection within the connect limit.
    #[error("no connection within {limit:?}")]
    ConnectTimeout {
        /// The limit that passed.
        limit: Duration,
    },
    /// TLS could not be agreed on, or the certificate is not trusted.
    #[error("the TLS handshake failed: {reason}")]
    Tls {
        /// The TLS library's message.
        reason: String,
    },
    /// Any other failure to connect.
    #[error("the connection failed: {reason}")]
    Unconnected {
        /// The network's message.
        reason: String,
    },
    /// Connected, but the answer's headers did not come in time.
    #[error("no answer within {limit:?}")]
    NoAnswer {
        /// The limit that passed.
        limit: Duration,
    },
    /// The headers came, the body did not end in time.
    #[error(
        "status {status}, but the body was not complete within {limit:?} ({received} bytes came)"
    )]
    BodyUnfinished {
        /// The status of the answer that never ended.
        status: u16,
        /// Bytes of the body that came.
        received: usize,
        /// The limit that passed.
        limit: Duration,
    },
    /// The server closed the connection without an answer.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// The answer is not HTTP.
    #[error("what came is not an HTTP answer: {reason}")]
    Garbage {
        /// The HTTP parser's message.
        reason: String,
    },
    /// The body is shorter than its Content-Length, or its chunks are broken.
    #[error("status {status}, but the body broke off after {received} bytes: {reason}")]
    BodyBroken {
        /// The status of the broken answer.
        status: u16,
        /// Bytes of the body that came.
        received: usize,
        /// The HTTP parser's message.
        reason: String,
    },
    /// Our side dropped the connection on purpose once the request was written.
    #[error("dropped by our side after sending, as planned")]
    Dropped,
}

impl Silence {
    /// A limit passed before the answer was whole.
    pub const fn is_time_out(&self) -> bool {
        matches!(
            self,
            Self::ConnectTimeout { .. } | Self::NoAnswer { .. } | Self::BodyUnfinished { .. }
        )
    }

    /// The limit that passed, where one did.
    pub const fn limit(&self) -> Option<Duration> {
        match self {
            Self::ConnectTimeout { limit }
            | Self::NoAnswer { limit }
            | Self::BodyUnfinished { limit, .. } => Some(*limit),
            _ => None,
        }
    }

    /// Nobody is there: not even a busy server's full queue looks like this.
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused)
    }

    /// No server was reached at all: a fault of the address or the network, not of what a rule tries.
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Unresolved
                | Self::Refused
                | Self::ConnectTimeout { .. }
                | Self::Tls { .. }
                | Self::Unconnected { .. }
        )
    }
}
