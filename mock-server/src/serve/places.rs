//! Places for what is in flight: so many for each app and so many in all, so that one silent server holds up nobody
//! but its own app.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::bounds::APPS;

/// The places of one kind of traffic.
#[derive(Debug)]
pub(super) struct Places {
    each: usize,
    apps: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    all: Arc<Semaphore>,
    left: Arc<Notify>,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
    left: Arc<Notify>,
}

impl Places {
    pub(super) fn new(each: usize, in_all: usize) -> Self {
        Self {
            each,
            apps: Mutex::default(),
            all: Arc::new(Semaphore::new(in_all)),
            left: Arc::default(),
        }
    }

    /// The number of places that are free for an app.
    pub(super) fn free(&self, appid: &str) -> usize {
        let own = self.of(appid).available_permits();
        own.min(self.all.available_permits())
    }

    /// A place for an app, if one is free.
    pub(super) fn find(&self, appid: &str) -> Option<Place> {
        let own = self.of(appid).try_acquire_owned().ok()?;
        let all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(self.place(own, all))
    }

    /// A place for an app, once one is free. `None` never comes: the semaphores are not closed.
    pub(super) async fn wait(&self, appid: &str) -> Option<Place> {
        let own = self.of(appid).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(self.place(own, all))
    }

    /// Ends when a place was left since this was last asked.
    pub(super) async fn left(&self) {
        self.left.notified().await;
    }

    fn place(&self, own: OwnedSemaphorePermit, all: OwnedSemaphorePermit) -> Place {
        Place {
            permits: Some((own, all)),
            left: Arc::clone(&self.left),
        }
    }

    fn of(&self, appid: &str) -> Arc<Semaphore> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = apps.get(appid) {
            return Arc::clone(own);
        }
        // Apps come and go; those of which nothing is in flight need not be remembered.
        if apps.len() >= 2 * APPS {
            apps.retain(|_, own| own.available_permits() < self.each);
        }
        let own = Arc::new(Semaphore::new(self.each));
        apps.insert(Arc::from(appid), Arc::clone(&own));
        own
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The place is free before anybody is told so.
        drop(self.permits.take());
        self.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_app_that_has_all_its_places_holds_up_no_other() {
        let places = Places::new(2, 3);
        let held = [places.find("wx1"), places.find("wx1")];
        assert!(held.iter().all(Option::is_some));
        assert!(places.find("wx1").is_none());
        assert_eq!((places.free("wx1"), places.free("wx2")), (0, 1));
        let other = places.find("wx2");
        assert!(other.is_some() && places.find("wx3").is_none());
        drop(held);
        places.left().await;
        assert!(places.wait("wx1").await.is_some());
    }
}
