//! A limiter in front of a server, which counts requests. The correct server has none: WeChat's pushes come from a few
//! addresses, as many as users write.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::answer::{Answer, HTML};

/// The number of requests that are let through.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Limiter {
    /// Any number.
    #[default]
    None,
    /// Sixty; the others are answered 429 and when to come again.
    TooMany,
    /// Sixty; the others are answered 503 and when to come again.
    Unavailable,
    /// Sixty; the others get the page of a firewall.
    Page,
}

/// The most requests that are let through.
const MOST: u32 = 60;

/// The number of requests so far.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU32);

impl Limiter {
    /// The answer to a request that is not let through.
    pub(crate) fn refuses(self, counter: &Counter) -> Option<Answer> {
        if self == Self::None || counter.0.fetch_add(1, Ordering::Relaxed) < MOST {
            return None;
        }
        let limited = |status| Answer {
            retry_after: Some(60),
            ..Answer::text(status, "too many requests")
        };
        Some(match self {
            Self::None => return None,
            Self::TooMany => limited(429),
            Self::Unavailable => limited(503),
            Self::Page => Answer {
                status: 403,
                ..Answer::ok(
                    HTML,
                    "<!DOCTYPE html><html><body>Request blocked</body></html>",
                )
            },
        })
    }
}
