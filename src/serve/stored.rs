//! A served platform that goes on where an earlier process ended.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use tokio::time::Instant;
use wxcheck_mock_server::{
    Hub, Journal, Keeper, Store,
    bounds::RECORDS,
    clock::Clock,
    keeping,
    state::State,
    storing::{KeptClock, StoreFailure},
};
use wxcheck_settings::Settings;
use wxcheck_store::{FileStore, Keep};

use crate::{exit::usage, language::both};

/// Records that a store keeps.
const KEPT_RECORDS: u64 = 100_000;
/// Days for which it does.
const KEPT_DAYS: u64 = 7;

/// The store that is asked for, open.
pub(super) struct Stored(Arc<dyn Store>);

impl Stored {
    /// Opens it; nothing where none is asked for.
    pub(super) fn open(settings: &Settings) -> Result<Option<Self>> {
        let Some(path) = &settings.serve.store else {
            return Ok(None);
        };
        let days = settings.serve.keep_days.unwrap_or(KEPT_DAYS);
        let keep = Keep {
            events: settings.serve.keep.unwrap_or(KEPT_RECORDS),
            age: Duration::from_secs(days * 24 * 60 * 60),
        };
        let store = FileStore::open(path, keep);
        let store = store.map_err(|error| {
            usage(both!(
                "{place}: {error}",
                "{place}：{error}",
                place = settings.place("store"),
                error = error
            ))
        })?;
        Ok(Some(Self(Arc::new(store))))
    }

    /// Puts back what every call needs.
    pub(super) fn recall(&self, state: &mut State) -> Result<Option<KeptClock>> {
        keeping::recall(&*self.0, state).map_err(unusable)
    }

    /// The platform, and who writes what changes.
    pub(super) fn hub(
        self,
        state: State,
        seed: u64,
        clock: Clock,
    ) -> Result<(Arc<Hub>, Option<Keeper>)> {
        let journaled = self.0.journal().map_err(unusable)?;
        // What happens between two writes waits in memory.
        let journal = Journal::new(Instant::now(), RECORDS).with_evidence();
        let journal = journal.going_on(Arc::clone(&self.0), journaled);
        let hub = Hub::new(state, seed, clock, Arc::new(journal)).with_store();
        let hub = Arc::new(hub);
        let keeper = Keeper::start(Arc::clone(&hub), self.0);
        Ok((hub, Some(keeper)))
    }
}

fn unusable(failure: StoreFailure) -> anyhow::Error {
    anyhow::Error::from_boxed(failure).context("the store cannot be read")
}
