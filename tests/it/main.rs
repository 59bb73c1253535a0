//! Acceptance tests, one binary, so that linking is paid for once.
//!
//! - `cli`: exit codes, messages, settings, and how a run is ended.
//! - `commands`: the commands that list and send.
//! - `detection`: the suite itself is judged, on servers that are known to be right or wrong.
//! - `effects`: judging by what a server does.
//! - `interop`: callback servers on real SDKs, where they are installed.
//! - `interop_clients`: the served API, called by real SDKs, where they are installed.
//! - `readme`: what the READMEs say is what the program says.
//! - `replay`: files and lines that show a failure again.
//! - `reports`: stable keys, right counts, no secrets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cli;
mod commands;
mod detection;
mod effects;
mod interop;
mod interop_clients;
mod judged;
mod program;
mod readme;
mod replay;
mod reports;
