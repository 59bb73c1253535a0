//! A load run spread over many machines. The coordinator cuts a plan into shards and puts them into a work queue of NATS
//! JetStream; workers pull them, acknowledge progress, and stream the results of each second.
//!
//! A shard belongs to whoever took it last. A worker that dies no longer acknowledges progress, and its shard is delivered to
//! another one, which begins with the next second; [`attempts`] says what was lost or sent twice in between. No message holds
//! a secret: workers have those of the server from their own settings, and load only the URL that stands there.

pub mod attempts;
pub mod connection;
pub mod coordinator;
pub mod message;
pub mod queue;
mod seen;
pub mod worker;
