//! Acceptance tests, one binary, so that linking is paid for once.
//!
//! - `detection`: the suite itself is judged, on servers that are known to be right or wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod detection;
mod judged;
