//! Load on a callback server: unique pushes, signed and sealed, at a rate that does not depend on the server.
//!
//! A [`plan::Plan`] says what is sent, and when. [`sequence::Sequence`] says of each number what push it is; all of that is
//! pure, and the same on every machine. A [`shard::Shard`] is the part of a plan that one machine carries out, towards an
//! [`aim::Aim`], which holds the secrets: [`run::run_shard`]. What comes back are [`counts::Interval`]s, which add up.

pub mod aim;
mod answer;
mod clock;
mod connection;
pub mod counts;
mod emitter;
pub mod ending;
pub mod identity;
pub mod ledger;
pub mod marks;
pub mod mix;
pub mod pace;
pub mod part;
pub mod plan;
pub mod plan_error;
pub mod report;
pub mod run;
pub mod sequence;
pub mod shard;
pub mod template;
pub mod threshold;
mod wire;

pub use emitter::Told;
