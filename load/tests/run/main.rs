//! Loads as they are run, on servers of our own: one binary, so that linking is paid for once.

#![expect(
    clippy::unwrap_used,
    reason = "tests may; clippy by itself exempts only the functions marked as tests"
)]

mod given;
mod targets;
mod tls;
