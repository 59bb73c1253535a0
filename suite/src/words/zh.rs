//! Chinese, area by area.

mod api_use;
mod catalogue;
mod envelope;
mod fetch;
mod hostile;
mod network;
mod push_signature;
mod redelivery;
mod reply;
mod tolerance;
mod url_check;

use super::Words;

/// The areas in the order of the rules, each with the words of its rules in order.
pub(super) const AREAS: [&[(&str, Words)]; 11] = [
    url_check::WORDS,
    push_signature::WORDS,
    envelope::WORDS,
    reply::WORDS,
    catalogue::WORDS,
    tolerance::WORDS,
    redelivery::WORDS,
    api_use::WORDS,
    fetch::WORDS,
    network::WORDS,
    hostile::WORDS,
];
