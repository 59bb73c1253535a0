//! The calls that a push may have led to. Nothing in a call names a push; its user and its time are all there is to go by,
//! and each call says how far they go.

use std::{collections::HashMap, sync::Arc, time::Duration};

use wxcheck_events::{Event, Records, SentPush, Subject};

/// Calls that are listed.
const MOST: usize = 50;
/// Events before the push in which others under way are looked for.
const BEFORE: u64 = 500;
/// Events behind it in which calls are looked for.
const BEHIND: usize = 500;
/// The time that a push may still lead to calls when it is over: as long as `WeChat` waits for an answer, three times over.
const AFTERMATH: Duration = Duration::from_secs(15);

/// The bond between a push and a call about its user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bond {
    /// No other push of that user was under way or had just ended when the call came.
    Alone,
    /// The user appears in one play of a run alone, so the call belongs to it; which of its pushes led to it is open.
    Play,
    /// They have the user in common.
    User,
}

impl Bond {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Play => "play",
            Self::User => "user",
        }
    }
}

/// The calls about the user of a push that came after it: until the next push of that user, and while this one is under way
/// or has just ended; of a play, all.
pub fn calls_after(records: &dyn Records, first: &Event) -> Vec<(Arc<Event>, Bond)> {
    let Some(push) = first.kind.push() else {
        return Vec::new();
    };
    let since = first.number.saturating_sub(BEFORE);
    let count = usize::try_from(first.number - since).unwrap_or(usize::MAX);
    let events = records.page(since, count + BEHIND);
    let is_of_user = |appid: &str, openid: &str| appid == &*push.appid && openid == push.openid;
    // What came earlier is not looked at, or forgotten.
    let seen_since = match events.first() {
        Some(earliest) if earliest.number > 0 => earliest.at(),
        Some(_) | None => Duration::ZERO,
    };
    let mut under_way = Pushes::default();
    let mut calls = Vec::new();
    let mut is_next_sent = false;
    for event in events {
        match event.kind.subject() {
            Subject::Called(called) if event.number > first.number && calls.len() < MOST => {
                let appid = called.appid.as_deref().unwrap_or(&push.appid);
                let openid = called.openid.as_deref();
                if !openid.is_some_and(|openid| is_of_user(appid, openid)) {
                    continue;
                }
                let is_seen = seen_since.is_zero() || seen_since + AFTERMATH <= event.at();
                let own = under_way.may_lead(first.thread(), event.at());
                let bond = if own && is_seen && under_way.leading(event.at()) == 1 {
                    Bond::Alone
                } else if push.rule.is_some() {
                    Bond::Play
                } else {
                    Bond::User
                };
                if own || !is_next_sent || bond == Bond::Play {
                    calls.push((event, bond));
                }
            }
            Subject::Sent(_) => {
                let of_user = |sent: &SentPush| is_of_user(&sent.appid, &sent.openid);
                if event.kind.push().is_some_and(of_user) {
                    under_way.begin(event.thread());
                    is_next_sent |= event.thread() > first.thread();
                }
            }
            Subject::Outcome(_) => under_way.end(event.thread(), event.at()),
            Subject::Called(_)
            | Subject::Unsent(_)
            | Subject::Exchange(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => {}
        }
    }
    calls
}

/// The pushes of a user that were seen to leave: by their threads, when they ended.
#[derive(Debug, Default)]
struct Pushes(HashMap<u64, Option<Duration>>);

impl Pushes {
    fn begin(&mut self, thread: u64) {
        self.0.insert(thread, None);
    }

    fn end(&mut self, thread: u64, at: Duration) {
        if let Some(end) = self.0.get_mut(&thread) {
            *end = Some(at);
        }
    }

    /// True if that push is under way or has just ended.
    fn may_lead(&self, thread: u64, now: Duration) -> bool {
        let push = self.0.get(&thread);
        push.is_some_and(|end| end.is_none_or(|end| now.saturating_sub(end) <= AFTERMATH))
    }

    /// The number of those that are, or have.
    fn leading(&self, now: Duration) -> usize {
        let threads = self.0.keys();
        threads
            .filter(|thread| self.may_lead(**thread, now))
            .count()
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Called, Capacity, Kind, PushOutcome, PushState, Sent, Stream};

    use super::*;

    const SECOND: u64 = 1000;

    /// A journal that is told what happens at which millisecond.
    struct Told(Stream);

    impl Told {
        fn new() -> Self {
            Self(Stream::new(Capacity {
                events: 2000,
                bytes: usize::MAX,
                evidence: false,
            }))
        }

        fn pushed(&self, at: u64, openid: &str, rule: Option<&str>) -> u64 {
            let push = SentPush {
                appid: "wx0".into(),
                name: "text".into(),
                openid: openid.into(),
                says: None,
                mode: "plain".into(),
                format: "xml".into(),
                first: None,
                retry: 0,
                rule: rule.map(str::to_owned),
                again: None,
                time: None,
                original: None,
            };
            let sent = Sent {
                method: "POST".into(),
                path: "/".into(),
                what: None,
                push: Some(Box::new(push)),
            };
            self.at(at, Kind::Sent(sent))
        }

        fn over(&self, at: u64, push: u64) {
            let outcome = PushOutcome {
                push,
                state: PushState::Acknowledged,
                user_sees: None,
            };
            self.at(at, Kind::PushOutcome(outcome));
        }

        fn called(&self, at: u64, openid: Option<&str>) -> u64 {
            let called = Called {
                method: "POST".into(),
                path: "/cgi-bin/message/custom/send".into(),
                planned: true,
                appid: Some("wx0".into()),
                token: None,
                openid: openid.map(Into::into),
                sent: true,
                errcode: 0,
                status: 200,
                time: None,
                fault: None,
                unknown_media: None,
                query: "".into(),
                body: "".into(),
                answer: None,
            };
            self.at(at, Kind::Called(Box::new(called)))
        }

        fn at(&self, millis: u64, kind: Kind) -> u64 {
            self.0.append(Duration::from_millis(millis), kind)
        }

        fn calls(&self, push: u64) -> Vec<(u64, Bond)> {
            let first = &self.0.thread(push)[0];
            let calls = calls_after(&self.0, first).into_iter();
            calls.map(|(call, bond)| (call.number, bond)).collect()
        }
    }

    #[test]
    fn a_call_while_one_push_alone_is_under_way_or_has_just_ended_is_told_apart() {
        let told = Told::new();
        let push = told.pushed(0, "o1", None);
        let soon = told.called(10, Some("o1"));
        told.over(20, push);
        let later = told.called(10 * SECOND, Some("o1"));
        told.called(11 * SECOND, Some("o2"));
        told.called(11 * SECOND, None);
        let much_later = told.called(60 * SECOND, Some("o1"));
        let wanted = [
            (soon, Bond::Alone),
            (later, Bond::Alone),
            (much_later, Bond::User),
        ];
        assert_eq!(told.calls(push), wanted);
    }

    #[test]
    fn a_call_beside_two_pushes_is_of_neither() {
        let told = Told::new();
        let one = told.pushed(0, "o1", None);
        let other = told.pushed(100, "o1", None);
        told.pushed(100, "o2", None);
        told.over(150, other);
        // One is still under way, and the other has just ended.
        let call = told.called(200, Some("o1"));
        told.over(300, one);
        let at_last = told.called(40 * SECOND, Some("o1"));
        assert_eq!(told.calls(one), [(call, Bond::User)]);
        let wanted = [(call, Bond::User), (at_last, Bond::User)];
        assert_eq!(told.calls(other), wanted);
    }

    #[test]
    fn a_push_long_after_another_has_its_calls_for_itself() {
        let told = Told::new();
        let one = told.pushed(0, "o1", None);
        told.over(10, one);
        let other = told.pushed(30 * SECOND, "o1", None);
        let call = told.called(30 * SECOND + 5, Some("o1"));
        assert_eq!(told.calls(one), []);
        assert_eq!(told.calls(other), [(call, Bond::Alone)]);
    }

    #[test]
    fn all_calls_about_the_user_of_a_play_are_of_the_play() {
        let told = Told::new();
        let rule = Some("dedup/msgid");
        let one = told.pushed(0, "o1", rule);
        told.over(1, one);
        let other = told.pushed(2, "o1", rule);
        told.over(3, other);
        let calls = [4, 60 * SECOND].map(|at| (told.called(at, Some("o1")), Bond::Play));
        assert_eq!(told.calls(one), calls);
        assert_eq!(told.calls(other), calls);
    }

    #[test]
    fn nothing_is_said_to_be_alone_where_what_was_before_is_forgotten() {
        let told = Told::new();
        for at in 0..2 * BEFORE {
            told.called(at, None);
        }
        let push = told.pushed(2 * BEFORE, "o1", None);
        let early = told.called(2 * BEFORE + 1, Some("o1"));
        told.over(2 * BEFORE + 2, push);
        let late = told.called(16 * SECOND, Some("o1"));
        assert_eq!(told.calls(push), [(early, Bond::User), (late, Bond::Alone)]);
    }
}
