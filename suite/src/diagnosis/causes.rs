//! Every cause, with its words in both languages.

mod comparing;
mod echo;
mod http;
mod push;
mod reply;
mod signature;

use super::cause::Cause;

/// All of them, area by area.
pub(super) static ALL: [&[Cause]; 6] = [
    http::CAUSES,
    signature::CAUSES,
    comparing::CAUSES,
    echo::CAUSES,
    push::CAUSES,
    reply::CAUSES,
];
