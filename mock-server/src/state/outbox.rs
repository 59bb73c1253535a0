//! Pushes that follow from what servers and users did: what they say, and when they are due.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wxcheck_events::{Original, PushState, Setting};

use crate::{
    bounds::{PUSHES, PUSHES_BYTES_IN_ALL, PUSHES_IN_ALL},
    delivery::Policy,
};

use super::Moment;

/// A push that waits for its time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DuePush {
    /// The app whose server gets it.
    pub appid: Arc<str>,
    /// The user whom it is about.
    pub openid: String,
    /// Its name in the catalogue.
    pub push: Cow<'static, str>,
    /// The values that the catalogue does not give.
    pub settings: Vec<Setting>,
    /// The thing it is the result of, so that the same is not asked for twice meanwhile.
    pub about: Option<String>,
    /// The part of it that is settled since it left, or was held; nothing where it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Box<Begun>>,
    /// Tells whoever waits for it how it ended.
    #[serde(skip)]
    pub ending: Ending,
}

/// A push that is under way. A later process delivers it again as the same message.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Begun {
    /// The number of its first event; nothing where there is none yet.
    pub number: Option<u64>,
    /// Deliveries so far.
    pub retries: u32,
    /// The time from which it waits for its server, in Unix milliseconds; nothing where it does not.
    pub held_since: Option<u64>,
    /// All that it takes to make it again, but for the values, which stand in the push.
    pub original: Original,
    /// The number of the push that it repeats.
    pub again: Option<u64>,
    /// The policy for deliveries that are not acknowledged.
    pub policy: Policy,
    /// The number of times that it is delivered, one after the other.
    pub times: u32,
}

/// The end of a push, for whoever waits for it.
#[derive(Clone, Debug, Default)]
pub struct Ending(watch::Sender<Option<Ended>>);

/// A push that is over, or that is held until its server is back.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ended {
    /// The number under which the journal knows it.
    pub number: Option<u64>,
    /// The state that it is in; nothing where it could not be sent.
    pub state: Option<PushState>,
    /// The text that the user sees because it was given up.
    pub user_sees: Option<&'static str>,
}

impl Ending {
    /// The push is over, or held.
    pub fn announce(&self, ended: Ended) {
        self.0.send_replace(Some(ended));
    }

    /// The end, once it has come.
    pub async fn wait(&self) -> Option<Ended> {
        let mut ends = self.0.subscribe();
        let ended = ends.wait_for(Option::is_some).await.ok()?;
        *ended
    }
}

/// Everything that waits, app by app: pushes that one app cannot get rid of hold up no other.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// Bytes that may wait for an app.
    most: usize,
    lanes: BTreeMap<Arc<str>, Lane>,
    waiting: usize,
    bytes: usize,
    posted: u64,
    dropped: u64,
    notes: bool,
    touched: HashSet<Place>,
}

/// The place of a push that waits: its app, when it is due, and its number.
pub(super) type Place = (Arc<str>, Moment, u64);

/// The pushes that wait for one app.
#[derive(Clone, Debug, Default)]
struct Lane {
    waiting: BTreeMap<(Moment, u64), DuePush>,
    /// Pushes that are under way: they are kept until they are over, and wait again in a later process.
    under_way: BTreeMap<(Moment, u64), DuePush>,
    bytes: usize,
}

impl Lane {
    fn len(&self) -> usize {
        self.waiting.len() + self.under_way.len()
    }

    fn get(&self, place: (Moment, u64)) -> Option<&DuePush> {
        let waiting = self.waiting.get(&place);
        waiting.or_else(|| self.under_way.get(&place))
    }
}

/// A push that is under way, for whoever delivers it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slip(Place);

impl Outbox {
    /// Nothing waits; for an app at most so many bytes may.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            lanes: BTreeMap::new(),
            waiting: 0,
            bytes: 0,
            posted: 0,
            dropped: 0,
            notes: false,
            touched: HashSet::new(),
        }
    }

    /// A push for that time, or as soon after as possible. Beyond its bounds the newest is dropped and counted.
    pub fn post(&mut self, due: Moment, push: DuePush) {
        if !self.has_room(&push) {
            self.dropped += 1;
            return;
        }
        let place = self.next_place(&push.appid, due);
        self.put((place.1, place.2), push);
    }

    /// A push that is under way already, and has to wait for its server. Nothing where it finds no room.
    pub fn hold(&mut self, now: Moment, push: &DuePush) -> Option<Slip> {
        if !self.has_room(push) {
            return None;
        }
        let place = self.next_place(&push.appid, now);
        self.take(&push.appid, (place.1, place.2), push);
        Some(Slip(place))
    }

    fn has_room(&self, push: &DuePush) -> bool {
        let bytes = push.bytes();
        let lane = self.lanes.get(&push.appid);
        let (waiting, own) = lane.map_or((0, 0), |lane| (lane.len(), lane.bytes));
        waiting < PUSHES
            && own + bytes <= self.most
            && self.waiting < PUSHES_IN_ALL
            && self.bytes + bytes <= PUSHES_BYTES_IN_ALL
    }

    fn next_place(&mut self, appid: &Arc<str>, due: Moment) -> Place {
        self.posted += 1;
        let place = (Arc::clone(appid), due, self.posted);
        if self.notes {
            self.touched.insert(place.clone());
        }
        place
    }

    /// Keeps a push that is under way.
    fn take(&mut self, appid: &Arc<str>, place: (Moment, u64), push: &DuePush) {
        let bytes = push.bytes();
        self.bytes += bytes;
        let lane = self.lanes.entry(Arc::clone(appid)).or_default();
        lane.bytes += bytes;
        lane.under_way.insert(place, push.clone());
    }

    /// Notes how a push that is under way goes on.
    pub fn note_begun(&mut self, slip: &Slip, begun: Begun) {
        let (appid, due, number) = &slip.0;
        let lane = self.lanes.get_mut(appid);
        let Some(push) = lane.and_then(|lane| lane.under_way.get_mut(&(*due, *number))) else {
            return;
        };
        push.begun = Some(Box::new(begun));
        if self.notes {
            self.touched.insert(slip.0.clone());
        }
    }

    /// A push that was under way is over.
    pub fn finish(&mut self, slip: &Slip) {
        let (appid, due, number) = &slip.0;
        let Some(lane) = self.lanes.get_mut(appid) else {
            return;
        };
        let Some(push) = lane.under_way.remove(&(*due, *number)) else {
            return;
        };
        // What was settled meanwhile is small, and was not counted.
        let bytes = push.bytes();
        lane.bytes = lane.bytes.saturating_sub(bytes);
        self.bytes = self.bytes.saturating_sub(bytes);
        if lane.len() == 0 {
            self.lanes.remove(appid);
        }
        if self.notes {
            self.touched.insert(slip.0.clone());
        }
    }

    fn put(&mut self, place: (Moment, u64), push: DuePush) {
        let bytes = push.bytes();
        self.waiting += 1;
        self.bytes += bytes;
        let lane = self.lanes.entry(Arc::clone(&push.appid)).or_default();
        lane.bytes += bytes;
        lane.waiting.insert(place, push);
    }

    /// Takes the pushes whose time has come, for each app as many as have a place: `free` says how many. They are kept as
    /// under way until they are over.
    pub fn take_due(&mut self, now: Moment, free: impl Fn(&str) -> usize) -> Vec<(Slip, DuePush)> {
        let mut taken = Vec::new();
        for (appid, lane) in &mut self.lanes {
            let is_due = lane.waiting.first_key_value();
            if is_due.is_none_or(|((due, _), _)| *due > now) {
                continue;
            }
            let mut free = free(appid);
            while free > 0
                && let Some(first) = lane.waiting.first_entry().filter(|at| at.key().0 <= now)
            {
                let ((due, number), push) = first.remove_entry();
                self.waiting -= 1;
                free -= 1;
                lane.under_way.insert((due, number), push.clone());
                taken.push((Slip((Arc::clone(appid), due, number)), push));
            }
        }
        taken
    }

    /// The time at which the next push is due, of an app that has a place for it.
    pub fn next_due(&self, has_place: impl Fn(&str) -> bool) -> Option<Moment> {
        let with_place = self.lanes.iter().filter(|(appid, _)| has_place(appid));
        let next = with_place.filter_map(|(_, lane)| lane.waiting.first_key_value());
        next.map(|((due, _), _)| *due).min()
    }

    /// True if a push about that waits for an app.
    pub fn is_waiting(&self, appid: &str, about: &str) -> bool {
        let lane = self.lanes.get(appid);
        lane.is_some_and(|lane| {
            let mut waiting = lane.waiting.values();
            waiting.any(|push| push.about.as_deref() == Some(about))
        })
    }

    /// The number of pushes that wait.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The number of pushes that wait for their server.
    pub fn held(&self) -> usize {
        let under_way = self.lanes.values().flat_map(|lane| lane.under_way.values());
        let begun = under_way.filter_map(|push| push.begun.as_deref());
        begun.filter(|begun| begun.held_since.is_some()).count()
    }

    /// Notes changes from now on.
    pub(super) const fn note_from_now_on(&mut self) {
        self.notes = true;
    }

    /// Everything that waits counts as changed.
    pub(super) fn note(&mut self) {
        self.notes = true;
        for (appid, lane) in &self.lanes {
            let places = lane.waiting.keys().chain(lane.under_way.keys());
            let places = places.map(|(due, number)| (Arc::clone(appid), *due, *number));
            self.touched.extend(places);
        }
    }

    /// The pushes that were posted since this was last asked for; `None` for one that waits no longer.
    pub(super) fn take_changes(&mut self) -> Vec<(Place, Option<DuePush>)> {
        let touched = std::mem::take(&mut self.touched).into_iter();
        let changes = touched.map(|place| {
            let lane = self.lanes.get(&place.0);
            let push = lane.and_then(|lane| lane.get((place.1, place.2)));
            let push = push.cloned();
            (place, push)
        });
        changes.collect()
    }

    /// Puts back a push that was kept.
    pub(super) fn recall(&mut self, place: (Moment, u64), push: DuePush) {
        self.posted = self.posted.max(place.1);
        self.put(place, push);
    }

    /// Takes the place of another. Whoever delivers a push that was under way in either goes on, and nobody would end it here.
    pub(super) fn succeed(&mut self, before: &Self) {
        self.posted = self.posted.max(before.posted);
        for lane in self.lanes.values_mut() {
            let given_up: usize = lane.under_way.values().map(DuePush::bytes).sum();
            lane.under_way.clear();
            lane.bytes -= given_up;
            self.bytes -= given_up;
        }
        self.lanes.retain(|_, lane| lane.len() > 0);
    }

    /// The bytes that they take, about.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of pushes that found no room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets what waits for an app.
    pub fn forget(&mut self, appid: &str) {
        if let Some(lane) = self.lanes.remove(appid) {
            self.waiting -= lane.waiting.len();
            self.bytes -= lane.bytes;
        }
    }
}

impl DuePush {
    /// The bytes that it takes, about.
    fn bytes(&self) -> usize {
        let about = self.about.as_ref().map_or(0, String::len);
        let settings = self.settings.iter();
        let settings: usize = settings.map(|set| size_of::<Setting>() + set.bytes()).sum();
        size_of::<Self>() + self.openid.len() + about + settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::PUSHES_BYTES;

    #[test]
    fn pushes_come_out_when_due_in_order() {
        let mut outbox = Outbox::new(PUSHES_BYTES);
        let push = |from: &str| DuePush {
            appid: Arc::from("wx0"),
            openid: from.into(),
            push: "CLICK".into(),
            settings: Vec::new(),
            about: Some(from.into()),
            begun: None,
            ending: Ending::default(),
        };
        outbox.post(20, push("later"));
        outbox.post(10, push("one"));
        outbox.post(10, push("two"));
        assert_eq!(outbox.next_due(|_| true), Some(10));
        assert!(outbox.take_due(9, |_| 9).is_empty());
        let due: Vec<String> = outbox
            .take_due(10, |_| 9)
            .into_iter()
            .map(|(_, push)| push.openid)
            .collect();
        assert_eq!(due, ["one", "two"]);
        assert_eq!(outbox.waiting(), 1);
        assert!(outbox.is_waiting("wx0", "later") && !outbox.is_waiting("wx0", "one"));
    }

    #[test]
    fn an_app_without_a_place_waits_alone_and_no_app_takes_all_the_room() {
        let mut outbox = Outbox::new(PUSHES_BYTES);
        let push = |appid: &str, text: &str| DuePush {
            appid: Arc::from(appid),
            openid: "o1".into(),
            push: "CLICK".into(),
            settings: vec![Setting::value("EventKey", text)],
            about: None,
            begun: None,
            ending: Ending::default(),
        };
        for _ in 0..PUSHES + 5 {
            outbox.post(10, push("wx1", ""));
        }
        assert_eq!((outbox.waiting(), outbox.dropped()), (PUSHES, 5));
        outbox.post(20, push("wx2", ""));
        let free = |appid: &str| usize::from(appid == "wx2");
        assert_eq!(outbox.next_due(|appid| free(appid) > 0), Some(20));
        let taken = outbox.take_due(30, free);
        assert_eq!(&*taken[0].1.appid, "wx2");
        outbox.forget("wx1");
        outbox.finish(&taken[0].0);
        assert_eq!((outbox.waiting(), outbox.bytes()), (0, 0));
        let large = "x".repeat(PUSHES_BYTES / 8);
        for _ in 0..20 {
            outbox.post(10, push("wx1", &large));
        }
        assert!(outbox.bytes() <= PUSHES_BYTES, "{}", outbox.bytes());
        assert_eq!(outbox.dropped(), 5 + 13);
    }

    #[test]
    fn a_push_is_kept_until_it_is_over_and_waits_again_in_a_later_process() {
        let mut outbox = Outbox::new(PUSHES_BYTES);
        outbox.note();
        let push = DuePush {
            appid: "wx0".into(),
            openid: "o1".into(),
            push: "text".into(),
            settings: Vec::new(),
            about: None,
            begun: None,
            ending: Ending::default(),
        };
        outbox.post(10, push.clone());
        let (slip, _) = outbox.take_due(10, |_| 9).remove(0);
        assert_eq!((outbox.waiting(), outbox.next_due(|_| true)), (0, None));
        let begun = Begun {
            number: Some(7),
            held_since: Some(23),
            ..Begun::default()
        };
        outbox.note_begun(&slip, begun.clone());
        let (place, kept) = outbox.take_changes().remove(0);
        let mut later = Outbox::new(PUSHES_BYTES);
        later.recall((place.1, place.2), kept.unwrap());
        let held = outbox.hold(11, &push).unwrap();
        let (place, kept) = outbox.take_changes().remove(0);
        later.recall((place.1, place.2), kept.unwrap());
        let due = later.take_due(20, |_| 9);
        assert_eq!(due[0].1.begun.as_deref(), Some(&begun));
        assert_eq!((later.held(), outbox.held()), (1, 1));
        assert_eq!(due.len(), 2);
        outbox.finish(&slip);
        outbox.finish(&held);
        let gone = outbox.take_changes();
        assert!(gone.iter().all(|(_, push)| push.is_none()) && gone.len() == 2);
        assert_eq!(outbox.bytes(), 0);
        let mut restored = later.clone();
        restored.succeed(&later);
        assert_eq!(
            (restored.bytes(), restored.take_due(20, |_| 9).len()),
            (0, 0)
        );
    }
}
