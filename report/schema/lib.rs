//! The schemas of reports: `cargo test -p wxcheck-report-schema`.
//!
//! A package of its own, which a bare `cargo test` leaves out: what it needs would have half of the workspace's
//! dependencies compiled with other features.
