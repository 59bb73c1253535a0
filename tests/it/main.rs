//! Acceptance tests, one binary, so that linking is paid for once.
//!
//! - `bounds`: strange numbers, files, disks and signals.
//! - `cli`: exit codes, messages, settings, and how a run is ended.
//! - `commands`: the commands that list and send.
//! - `console`: the page of `serve`, in a browser where one is installed.
//! - `contract`: the replies of a server, kept as snapshots.
//! - `doctor`: what is misconfigured, and the fix.
//! - `echoed`: what a hostile target writes.
//! - `effects`: judging by what a server does.
//! - `fetches`: where data are fetched, judged and asked by hand.
//! - `hostile`: to whom hostile requests go.
//! - `interop`: callback servers on real SDKs, where they are installed.
//! - `interop_clients`: the served API, called by real SDKs, where they are installed.
//! - `mentions`: settings that the suite mentions.
//! - `origins`: where a wrong value was given.
//! - `readme`: what the READMEs say is what the program says.
//! - `replay`: files and lines that show a failure again.
//! - `wx_device`: the worked example of an app that reads fetched data, where Node.js is installed.
//! - `reports`: stable keys, right counts, no secrets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounds;
mod cli;
mod commands;
mod console;
mod contract;
mod doctor;
mod echoed;
mod effects;
mod events;
mod fetches;
mod hostile;
mod interop;
mod interop_clients;
mod load;
mod mentions;
mod origins;
mod program;
mod readme;
mod replay;
mod reports;
mod served;
mod wx_device;
