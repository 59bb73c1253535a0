//! The requests that reached the server last: where it dies, it is one of them that it did not survive.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use wxcheck_mock_server::{Outcome, Silence};

use crate::{
    rule_id::RuleId,
    step::Step,
    transcript::{Entry, Sent},
};

/// Requests kept at most: more than there are in flight by default.
const KEPT: usize = 32;

/// A request that reached the server.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// The rule for which it was sent.
    pub(crate) rule: RuleId,
    /// The step that says how to send it.
    pub(crate) step: Step,
    /// The request and its outcome.
    pub(crate) entry: Entry,
    ended: Duration,
}

impl Reached {
    /// The kind of request, as a report names it.
    pub(crate) fn kind(&self) -> String {
        kind(&self.entry)
    }
}

/// The requests that reached the server last, and what it survived before.
#[derive(Debug, Default)]
pub(super) struct Latest {
    reached: RefCell<VecDeque<Reached>>,
    /// The kinds of request after which another one was begun and answered.
    survived: RefCell<BTreeSet<String>>,
    /// The latest moment at which an answered request was begun: the server was there then.
    alive: Cell<Duration>,
}

impl Latest {
    /// Takes a request of a rule that has ended at that moment.
    pub(super) fn note(&self, rule: RuleId, step: &Step, entry: &Entry, ended: Duration) {
        match &entry.outcome {
            Outcome::Answered(_) => self.alive.set(self.alive.get().max(entry.started)),
            Outcome::Silent(silence)
                if silence.is_unreachable() || *silence == Silence::Dropped =>
            {
                return;
            }
            Outcome::Silent(_) => {}
        }
        let mut reached = self.reached.borrow_mut();
        reached.push_back(Reached {
            rule,
            step: step.clone(),
            entry: entry.clone(),
            ended,
        });
        let alive = self.alive.get();
        let mut survived = self.survived.borrow_mut();
        reached.retain(|request| {
            let is_survived = request.ended < alive;
            if is_survived {
                survived.insert(request.kind());
            }
            !is_survived
        });
        if reached.len() > KEPT {
            reached.pop_front();
        }
    }

    /// The requests of which one may be what the server did not survive: those of a kind that it never survived before, if
    /// there are any.
    pub(super) fn suspects(&self) -> Vec<Reached> {
        let survived = self.survived.borrow();
        let reached = self.reached.borrow();
        let is_new = |request: &&Reached| !survived.contains(&request.kind());
        let new: Vec<Reached> = reached.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            reached.iter().cloned().collect()
        } else {
            new
        }
    }
}

fn kind(entry: &Entry) -> String {
    match &entry.sent {
        Sent::Push { name, is_true, .. } => {
            let changed = if *is_true { "" } else { ", forged or changed" };
            format!("`{name}`{changed}")
        }
        Sent::Verification { is_true, .. } => {
            let changed = if *is_true { "" } else { ", forged or changed" };
            format!("a verification{changed}")
        }
        Sent::Fetch(_) | Sent::Visit => "a GET".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{answered, no_answer, push},
        step::Deliver,
    };

    fn note(latest: &Latest, name: &str, started: u64, outcome: Outcome, ended: u64) {
        let mut entry = push("hello", outcome);
        if let Sent::Push { name: own, .. } = &mut entry.sent {
            name.clone_into(own);
        }
        entry.started = Duration::from_millis(started);
        let step = Step::Deliver(Deliver::text("hello"));
        let ended = Duration::from_millis(ended);
        latest.note(RuleId::ACKNOWLEDGES, &step, &entry, ended);
    }

    fn suspects(latest: &Latest) -> Vec<String> {
        latest.suspects().iter().map(Reached::kind).collect()
    }

    #[test]
    fn what_was_answered_before_another_was_begun_is_not_suspected() {
        let latest = Latest::default();
        note(&latest, "text", 1, answered(200, ""), 2);
        note(&latest, "image", 3, answered(200, ""), 5);
        note(&latest, "kf_create_session", 4, no_answer(), 6);
        assert_eq!(suspects(&latest), ["`image`", "`kf_create_session`"]);
    }

    #[test]
    fn a_kind_that_was_survived_before_is_suspected_only_where_no_other_is_left() {
        let latest = Latest::default();
        note(&latest, "text", 1, answered(200, ""), 2);
        note(&latest, "text", 3, answered(200, ""), 5);
        assert_eq!(suspects(&latest), ["`text`"]);
        note(&latest, "SCAN", 4, answered(200, ""), 6);
        assert_eq!(suspects(&latest), ["`SCAN`"]);
    }
}
