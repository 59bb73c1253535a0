//! Acceptance tests, one binary, so that linking is paid for once.
//!
//! - `accounts`: pushes and effects of a load, seen by calls, at workers and on a page.
//! - `baseline`: findings that are known, and what fails a run.
//! - `book`: the READMEs and the books.
//! - `bounds`: strange numbers, files, disks and signals.
//! - `cli`: exit codes, messages, settings, and how a run is ended.
//! - `clients`: the clients for other languages, where those are installed.
//! - `commands`: the commands that list and send.
//! - `comments`: with what doc comments begin.
//! - `console`: the page of `serve`, in a browser where one is installed.
//! - `compose`: the bot of the compose files, and the health check of the image.
//! - `contract`: the replies of a server, kept as snapshots.
//! - `conversions`: reports made of a JSON report.
//! - `control_words`: what the control API refuses, in Chinese.
//! - `deploy`: files for compose and Kubernetes.
//! - `doctor`: what is misconfigured, and the fix.
//! - `echoed`: what a hostile target writes.
//! - `effects`: judging by what a server does.
//! - `fetches`: where data are fetched, judged and asked by hand.
//! - `held`: pushes that wait or were sent, after a restart of `serve`.
//! - `hostile`: to whom hostile requests go.
//! - `html`: the HTML report, in a browser where one is installed.
//! - `interop`: callback servers on real SDKs, where they are installed.
//! - `interop_clients`: the served API, called by real SDKs, where they are installed.
//! - `kit`: what a pipeline needs, on Unix.
//! - `mentions`: settings that the suite mentions.
//! - `nats`: a NATS server, workers and a coordinator for the tests.
//! - `origins`: where a wrong value was given.
//! - `packaging`: crates, packages and installers.
//! - `replay`: files and lines that show a failure again.
//! - `terminal`: the report for people.
//! - `words`: one word for one thing, and all in both languages.
//! - `versions`: what stays the same from one version to the next.
//! - `workers`: a load that several machines carry out, where nats-server is installed.
//! - `wx_device`: the worked example of an app that reads fetched data, where Node.js is installed.
//! - `report_forms`: every form of report, and where it goes.
//! - `sealing`: signing and opening, step by step.
//! - `reports`: stable keys, right counts, no secrets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod baseline;
mod book;
mod bounds;
mod cli;
mod clients;
mod commands;
mod comments;
mod compose;
mod console;
mod contract;
mod control_words;
mod conversions;
mod deploy;
mod doctor;
mod echoed;
mod effects;
mod events;
mod explained;
mod fetches;
mod fresh;
mod held;
mod hostile;
mod html;
mod init;
mod interop;
mod interop_clients;
#[cfg(unix)]
mod kit;
mod layers;
mod load;
mod mentions;
mod nats;
mod origins;
mod packaging;
mod place;
mod program;
mod replay;
mod report_forms;
mod reports;
mod rule_ids;
mod sealing;
mod served;
mod store;
mod terminal;
mod versions;
mod words;
mod workers;
mod wx_device;
