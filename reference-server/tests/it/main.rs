//! The reference server over a socket.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may; clippy by itself exempts only the functions marked as tests"
)]

/// A client as small as a test can do with, so that it sees every byte of an answer.
mod client;
/// The correct server.
mod correct;
/// The tables of defects and unusual servers.
mod tables;
/// Defects in what happens on the connection.
mod wire;
