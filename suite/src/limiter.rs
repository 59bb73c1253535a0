//! Answers of whoever stands in front of the server and lets no more through: a rate limiter, or the page of a firewall.
//! Such an answer to a push says nothing about the server, so that a run reports it once.

use wxcheck_mock_server::{Answer, Outcome};
use wxcheck_protocol::reply::ReplyKind;

use crate::{
    claim,
    expect::{describe, innermost},
    finding::Finding,
    transcript::{Entry, Sent, Transcript},
};

/// A sign of a limiter in an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    /// It says so by itself.
    Certain,
    /// It may come from a limiter.
    Suspected,
}

/// A status that says by itself that there were too many requests.
pub(crate) fn says_too_many(answer: &Answer) -> bool {
    answer.status == 429 || answer.status == 503 && answer.header("retry-after").is_some()
}

/// The first answer of a play that shows a limiter.
pub(crate) fn sign(transcript: &Transcript) -> Option<(usize, Sign)> {
    let signs = transcript.entries.iter().enumerate();
    let signs = signs.filter_map(|(at, entry)| Some((at, sign_of(entry)?, entry.origin == at)));
    // A server may ask for patience while it still works on the first delivery: repeats come last.
    let rank = |(_, sign, is_first): &(usize, Sign, bool)| (!is_first, *sign != Sign::Certain);
    signs.min_by_key(rank).map(|(at, sign, _)| (at, sign))
}

fn sign_of(entry: &Entry) -> Option<Sign> {
    let Outcome::Answered(answer) = &entry.outcome else {
        return None;
    };
    // A forged push may be refused in any way, and whoever sends many of them may be locked out.
    let is_true = matches!(&entry.sent, Sent::Push { is_true: true, .. });
    let kind = entry.reply.as_ref().map(|reply| &innermost(reply).kind);
    if says_too_many(answer) {
        return Some(if is_true {
            Sign::Certain
        } else {
            Sign::Suspected
        });
    }
    let is_page = matches!(kind, Some(ReplyKind::Html));
    let blocks = matches!(answer.status, 403 | 405 | 406 | 418 | 444 | 468 | 493 | 503);
    let is_forged = matches!(&entry.sent, Sent::Push { is_true: false, .. });
    (is_page && blocks && !is_forged).then_some(Sign::Suspected)
}

/// True if a usual push is answered as that other request was: then its sender was refused, not the request.
pub(crate) fn is_the_same(seen: &Entry, usual: &Entry) -> bool {
    let status = |entry: &Entry| entry.answer().map(|answer| answer.status);
    sign_of(usual).is_some() && status(seen) == status(usual)
}

/// The finding about a limiter that let so many requests through.
pub(crate) fn finding(entry: &Entry, at: usize, requests: u64) -> Finding {
    let after = entry
        .answer()
        .and_then(|answer| answer.header("retry-after"));
    let pause = after.map_or_else(String::new, |after| format!(", Retry-After {after}"));
    let actual = format!(
        "a limit after about {requests} requests: {}{pause}; what comes behind it is not judged",
        describe(entry)
    );
    Finding::new(
        claim::LIMITED,
        at,
        "every push of the run is let through",
        actual,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, forged, push, transcript};

    fn page(status: u16) -> Entry {
        push("x", answered(status, "<!DOCTYPE html><html>blocked</html>"))
    }

    #[test]
    fn a_limiter_is_distinguished_from_a_server_that_refuses_one_push() {
        let sign_of = |mut entry: Entry| {
            entry.origin = 1;
            sign(&transcript(vec![push("a", answered(200, "")), entry]))
        };
        let certain = Some((1, Sign::Certain));
        assert_eq!(sign_of(push("x", answered(429, ""))), certain);
        // Without Retry-After it may be any failure.
        assert_eq!(sign_of(push("x", answered(503, ""))), None);
        assert_eq!(sign_of(page(403)), Some((1, Sign::Suspected)));
        let locked_out = forged("oA", answered(429, ""));
        assert_eq!(sign_of(locked_out), Some((1, Sign::Suspected)));
        assert_eq!(sign_of(forged("oA", answered(403, "<html></html>"))), None);
        // The same request again may be asked to wait for the first, so another push tells more.
        let mut repeated = transcript(vec![
            push("a", answered(200, "")),
            push("a", answered(429, "")),
        ]);
        assert_eq!(sign(&repeated), Some((1, Sign::Certain)));
        let mut other = page(403);
        other.origin = 2;
        repeated.entries.push(other);
        assert_eq!(sign(&repeated), Some((2, Sign::Suspected)));
        assert!(is_the_same(&page(403), &page(403)));
        assert!(!is_the_same(&page(403), &push("x", answered(200, ""))));
    }
}
