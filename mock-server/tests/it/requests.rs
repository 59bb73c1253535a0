//! Senders and requests, as short to write as a test wants them.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use reqwest::Url;
use tokio::net::TcpSocket;
use wxcheck_mock_server::{
    Answer, Method, Outcome, Request, Sender, SenderOptions, Silence,
    connecting::{Connecting, SharedConnecting},
    target,
};

/// The limit where a test waits for it to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(400);
/// The limit where a part of an answer has to come before it passes.
pub(crate) const HALFWAY: Duration = Duration::from_secs(2);
/// The limit where it must not pass, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A body whose length in bytes is not its length in characters.
pub(crate) const BODY: &str = "<xml><Content><![CDATA[你好]]></Content></xml>";

pub(crate) fn sender(exchange_limit: Duration) -> Sender {
    sender_that_closes(exchange_limit, false)
}

/// A sender that may ask for each connection to be closed.
pub(crate) fn sender_that_closes(exchange_limit: Duration, closes: bool) -> Sender {
    Sender::new(options(exchange_limit, closes), "http").unwrap()
}

/// A sender that connects in that way.
pub(crate) fn sender_by(exchange_limit: Duration, connecting: Connecting) -> Sender {
    let options = SenderOptions {
        connecting: SharedConnecting::new(connecting),
        ..options(exchange_limit, false)
    };
    Sender::new(options, "http").unwrap()
}

fn options(exchange_limit: Duration, closes: bool) -> SenderOptions {
    SenderOptions {
        exchange_limit,
        environment_proxy: false,
        closes,
        connecting: SharedConnecting::default(),
        network: wxcheck_network::Network::Machine,
    }
}

pub(crate) fn url(text: &str) -> Url {
    target::parse_url(text).unwrap()
}

pub(crate) fn get(text: &str) -> Request {
    Request::get(url(text))
}

pub(crate) fn post(text: &str) -> Request {
    Request {
        method: Method::Post,
        content_type: Some("text/xml".to_owned()),
        body: Bytes::from_static(BODY.as_bytes()),
        ..get(text)
    }
}

pub(crate) fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Silent(silence) => panic!("no answer: {silence}"),
    }
}

pub(crate) fn silence(outcome: Outcome) -> Silence {
    match outcome {
        Outcome::Answered(answer) => panic!("an answer: {answer:?}"),
        Outcome::Silent(silence) => silence,
    }
}

/// A port of this machine on which nobody listens, and which nobody else is given as long as this is held.
pub(crate) fn held_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    // Whoever asks for this very port may have it, on Linux.
    #[cfg(unix)]
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
