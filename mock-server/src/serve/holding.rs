//! Pushes that wait because their server refuses connections, for a developer who restarts it. They go on in the order in
//! which they left, once it listens again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};

use crate::{addresses::tried, sender::SenderOptions, target::Target};

/// The pause between two looks whether a server is back.
const PAUSE: Duration = Duration::from_millis(250);
/// The limit of one look.
const LOOK: Duration = Duration::from_secs(1);

/// A push that waits for its server.
#[derive(Clone, Debug)]
pub(crate) struct HeldPush {
    /// The number of its first event.
    pub(crate) number: Option<u64>,
    /// Its name in the catalogue.
    pub(crate) name: String,
    /// The user.
    pub(crate) openid: String,
    /// Its text, or what an event is about.
    pub(crate) says: Option<String>,
    /// The time from which it waits, in Unix milliseconds.
    pub(crate) since: u64,
}

/// The pushes that wait, for each app by their tickets.
#[derive(Debug, Default)]
pub(super) struct Holding {
    lanes: Mutex<Lanes>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Lanes {
    tickets: u64,
    apps: HashMap<String, BTreeMap<u64, HeldPush>>,
}

/// A place among the pushes that wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    holding: Arc<Holding>,
    appid: String,
    ticket: u64,
}

impl Holding {
    /// A ticket for a push that leaves now: a lower one goes first.
    pub(super) fn ticket(&self) -> u64 {
        let mut lanes = self.lock();
        lanes.tickets += 1;
        lanes.tickets
    }

    /// True if pushes of that app wait.
    pub(super) fn holds(&self, appid: &str) -> bool {
        self.lock().apps.contains_key(appid)
    }

    /// The number of pushes that wait.
    pub(super) fn count(&self) -> usize {
        self.lock().apps.values().map(BTreeMap::len).sum()
    }

    /// The pushes that wait, each with its app.
    pub(super) fn held(&self) -> Vec<(String, HeldPush)> {
        let lanes = self.lock();
        let mut held: Vec<(u64, String, HeldPush)> = Vec::new();
        for (appid, lane) in &lanes.apps {
            let of_app = lane.iter();
            held.extend(of_app.map(|(ticket, push)| (*ticket, appid.clone(), push.clone())));
        }
        held.sort_unstable_by_key(|(ticket, ..)| *ticket);
        held.into_iter()
            .map(|(_, appid, push)| (appid, push))
            .collect()
    }

    /// A place for a push among those that wait.
    pub(super) fn enter(self: &Arc<Self>, ticket: u64, appid: &str, push: HeldPush) -> Turn {
        let mut lanes = self.lock();
        let lane = lanes.apps.entry(appid.to_owned()).or_default();
        lane.insert(ticket, push);
        drop(lanes);
        Turn {
            holding: Arc::clone(self),
            appid: appid.to_owned(),
            ticket,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // A push is inserted or removed whole.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until the push is the first of its app's and its server takes connections. As long as the turn is kept, the
    /// others wait.
    pub(super) async fn comes(&self, target: &Target, options: &SenderOptions) {
        loop {
            let mut left = std::pin::pin!(self.holding.left.notified());
            left.as_mut().enable();
            if !self.is_first() {
                left.await;
                continue;
            }
            sleep(PAUSE).await;
            let addresses = tried(&target.url, &options.connecting, &options.network, LOOK).await;
            // One that left earlier may have come meanwhile.
            if addresses.iter().any(|address| address.connects) && self.is_first() {
                return;
            }
        }
    }

    fn is_first(&self) -> bool {
        let lanes = self.holding.lock();
        let lane = lanes.apps.get(&self.appid);
        let first = lane.and_then(|lane| lane.first_key_value());
        first.is_none_or(|(ticket, _)| *ticket >= self.ticket)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lanes = self.holding.lock();
        if let Some(lane) = lanes.apps.get_mut(&self.appid) {
            lane.remove(&self.ticket);
            if lane.is_empty() {
                lanes.apps.remove(&self.appid);
            }
        }
        drop(lanes);
        self.holding.left.notify_waiters();
    }
}
