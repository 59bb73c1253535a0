//! Every cause, with its words in both languages.

mod echo;
mod http;
mod push;
mod reply;
mod signature;

use super::cause::Cause;

/// All of them, area by area.
pub(super) static ALL: [&[Cause]; 5] = [
    http::CAUSES,
    signature::CAUSES,
    echo::CAUSES,
    push::CAUSES,
    reply::CAUSES,
];
