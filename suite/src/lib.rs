//! Rules for a WeChat callback server: what to try on it, and how to judge what happened.
//!
//! A [`rule::Rule`] names scenarios; a [`player::Player`] plays them through the platform of
//! `wxcheck-mock-server` and writes a [`transcript::Transcript`]; the rule's judge makes a verdict
//! of it. This crate opens no socket of its own.

mod absence;
mod board;
pub mod bounds;
pub mod claim;
pub mod component;
mod compose;
pub mod content;
pub mod contract;
pub mod diagnosis;
pub mod doctor;
mod echo;
pub mod effects;
pub mod effects_page;
pub mod entity_file;
pub mod excerpt;
pub mod exit_code;
pub mod expect;
pub mod fetching;
pub mod finding;
pub mod first_contact;
mod frame;
pub mod gate;
#[cfg(test)]
mod hand_made;
pub mod hostility;
pub mod identity;
mod judging;
mod keeping;
pub mod leak;
mod likeness;
mod limiter;
pub mod log;
pub mod nonce_trap;
pub mod observed;
pub mod pattern;
pub mod place;
pub mod plan;
pub mod player;
pub mod profile;
pub mod reason;
pub mod recipe;
pub mod redact;
pub mod replay;
pub mod reply_judge;
pub mod report;
pub mod returned;
pub mod rule;
pub mod rule_id;
pub mod rules;
pub mod run;
mod search;
mod second_look;
pub mod server;
pub mod session;
pub mod setup;
pub mod shared_text;
pub mod step;
pub mod transcript;
mod turns;
mod varying;
pub mod verdict;
mod whole_run;
mod witness;
pub mod words;
