//! The reference server over a socket.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may; clippy by itself exempts only the functions marked as tests"
)]

/// Defects in calling the API, and unusual ways to call it.
mod api_use;
/// A client as small as a test can do with, so that it sees every byte of an answer.
mod client;
/// The correct server.
mod correct;
/// Effects of a push at the API.
mod effects;
/// WeChat's API, as far as the server calls it.
mod mock_api;
/// The tables of defects and unusual servers.
mod tables;
/// Defects in what happens on the connection.
mod wire;
