//! Servers with the mistakes of a first day, and the causes that a diagnosis must name: the correct server with one field
//! replaced, or two where both are to be named.

mod answering;
mod pushing;
mod signing;
mod two;

use crate::behaviour::Behaviour;
use crate::defects::Setting;

/// A server with a mistake that keeps WeChat from using it.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// The ids of the causes, in the order in which they are to be fixed.
    pub causes: &'static [&'static str],
    /// The server's habit, in one sentence without its subject.
    pub summary: &'static str,
    /// The correct behaviour with the mistake.
    pub behaviour: fn() -> Behaviour,
    /// The account with which it shows.
    pub setting: Setting,
}

/// All of them.
pub fn mistakes() -> impl Iterator<Item = &'static Mistake> {
    let signing = signing::MISTAKES.iter();
    let pushing = pushing::MISTAKES.iter();
    signing
        .chain(answering::MISTAKES)
        .chain(pushing)
        .chain(two::MISTAKES)
}
