//! The sender and the platform over real sockets: what leaves, and how what comes back is sorted.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may; clippy by itself exempts only the functions marked as tests"
)]

/// Every push of the catalogue, byte for byte.
mod byte_by_byte;
mod catalogue;
/// A push under a policy, and the journal of it.
mod deliveries;
/// Requests as they look on the wire.
mod headers;
/// The connection that a request takes, and when our side lets go of it.
mod lines;
/// One test for each thing that can come back, or not.
mod outcomes;
/// The requests that the tests send.
mod requests;
/// A server that does what a list says, down to the byte.
mod scripted;
/// The amounts that the platform can be made to keep.
mod serve_bounds;
/// A user's chat, with each kind of message.
mod serve_chat;
/// The control API, and what follows at the callback URL.
mod serve_control;
/// Each fault, as a client meets it.
mod serve_faults;
/// The journal's records, search and stream, and pushes that are sent again.
mod serve_journal;
/// Uploads, as the page shows them.
mod serve_media;
/// The page, and the sessions of browsers.
mod serve_page;
/// Phones: what they fetch, when, and what a page reads.
mod serve_phones;
/// Verification, what users see, and third-party platforms.
mod serve_platform;
/// Requests that pages make, and data they listen for.
mod serve_requests;
/// The sight of users and browsers, and queries of the control API.
mod serve_shown;
/// The callers that the platform obeys, the places it sends to, and the secrets it never shows.
mod serve_trust;
/// A served platform and its client.
mod served;
