//! The calls that a push may have led to. Nothing in a call names a push, so this is a guess: the calls about its user until
//! the next push of that user.

use std::sync::Arc;

use wxcheck_events::{Event, Records, Subject};

/// Calls that are looked for.
const MOST: usize = 50;
/// Events behind the push in which they are looked for.
const EVENTS: usize = 500;

/// The calls about the user of a push that came after it, until the next push of that user.
pub fn calls_after(records: &dyn Records, first: &Event) -> Vec<Arc<Event>> {
    let Some(push) = first.kind.push() else {
        return Vec::new();
    };
    let mut calls = Vec::new();
    for event in records.page(first.number + 1, EVENTS) {
        match event.kind.subject() {
            Subject::Called(called) => {
                let is_of_app = called
                    .appid
                    .as_ref()
                    .is_none_or(|appid| *appid == push.appid);
                if is_of_app && called.openid.as_deref() == Some(&*push.openid) {
                    calls.push(event);
                }
            }
            Subject::Sent(_) | Subject::Unsent(_) => {
                let is_next = event
                    .kind
                    .push()
                    .is_some_and(|other| other.appid == push.appid && other.openid == push.openid);
                if is_next && event.thread() != first.thread() {
                    break;
                }
            }
            Subject::Exchange(_)
            | Subject::Outcome(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => {}
        }
        if calls.len() == MOST {
            break;
        }
    }
    calls
}
