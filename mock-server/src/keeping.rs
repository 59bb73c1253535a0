//! Everything that outlives the process: the task that writes to a store behind the calls, and what is put back at the start.
//!
//! Nothing waits for the store. Forty times a second [`Keeper`] takes what changed out of the state and what happened out of the
//! journal, and hands both to the store on a thread of its own. Where that falls behind, changes of one value become one,
//! and events wait in the journal's memory, which is bounded.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
    time::sleep,
};

use crate::{
    hub::Hub,
    state::{
        State,
        kept::{Row, RowKind},
    },
    storing::{Batch, KeptClock, Store, StoreFailure, Writes},
};

/// The time from one write to the next. What is lost with the process is this, and what a write takes.
const BETWEEN_WRITES: Duration = Duration::from_millis(25);
/// The time until a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Values that are put back at once while others wait for the state.
const TOGETHER: usize = 1000;

/// Puts back the values that every call needs, and tells the clock as it was kept. The others follow when a [`Keeper`]
/// is started.
pub fn recall(store: &dyn Store, state: &mut State) -> Result<Option<KeptClock>, StoreFailure> {
    for kind in RowKind::FIRST {
        put_back(store, kind, &mut |rows| {
            rows.iter()
                .try_for_each(|row| state.recall(row).map_err(Into::into))
        })?;
    }
    let mut clock = None;
    store.rows(RowKind::Clock, &mut |row| {
        clock = row
            .value
            .and_then(|value| serde_json::from_slice(&value).ok());
    })?;
    Ok(clock)
}

/// Hands the values of a kind on, some at a time.
fn put_back(
    store: &dyn Store,
    kind: RowKind,
    hand_on: &mut dyn FnMut(&[Row]) -> Result<(), StoreFailure>,
) -> Result<(), StoreFailure> {
    let (mut rows, mut failed) = (Vec::new(), None);
    store.rows(kind, &mut |row| {
        rows.push(row);
        if rows.len() >= TOGETHER {
            failed = failed.take().or(hand_on(&rows).err());
            rows.clear();
        }
    })?;
    match failed.or(hand_on(&rows).err()) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Writes behind, until it is closed or dropped.
#[derive(Debug)]
#[must_use = "nothing is written once this is dropped"]
pub struct Keeper {
    closing: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    /// Puts back what [`recall`] left, and then writes whatever changes.
    pub fn start(hub: Arc<Hub>, store: Arc<dyn Store>) -> Self {
        let closing = watch::Sender::new(false);
        let task = tokio::spawn(keep(hub, store, closing.subscribe()));
        Self {
            closing,
            task: Mutex::new(Some(task)),
        }
    }

    /// Writes what is not written yet, once.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // It ended in any case.
            let _ = task.await;
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }
}

async fn keep(hub: Arc<Hub>, store: Arc<dyn Store>, mut closing: watch::Receiver<bool>) {
    let reading = (Arc::clone(&hub), Arc::clone(&store));
    let read = spawn_blocking(move || recall_rest(&reading.0, &*reading.1)).await;
    if let Ok(Err(failure)) = &read {
        hub.note_store(|writes| writes.fail(failure));
    }
    hub.note_store(|writes| writes.start(store.next()));
    hub.become_whole();
    let mut kept = Kept {
        next: store.next(),
        clock: None,
    };
    let mut is_last = false;
    // An earlier process may have left some.
    let mut has_work = true;
    while !is_last {
        tokio::select! {
            () = sleep(BETWEEN_WRITES) => {}
            _ = closing.wait_for(|closing| *closing) => is_last = true,
        }
        let mut batch = kept.batch(&hub);
        if batch.is_empty() && !is_last && has_work {
            let tidied = Arc::clone(&store);
            let Ok(tidied) = spawn_blocking(move || tidied.tidy()).await else {
                return;
            };
            // What fails now is tried again behind the next write, whose failure is told.
            has_work = tidied.unwrap_or(false);
        }
        if !batch.is_empty() {
            has_work = true;
            hub.note_store(Writes::begin);
        }
        while !batch.is_empty() {
            let writing = (Arc::clone(&store), batch);
            let written = spawn_blocking(move || {
                let (store, batch) = writing;
                let written = store.write(&batch);
                (batch, written)
            });
            let Ok((unwritten, written)) = written.await else {
                return;
            };
            hub.note_store(|writes| match &written {
                Ok(()) => writes.end(store.next()),
                Err(failure) => writes.fail(failure),
            });
            if written.is_ok() || is_last {
                break;
            }
            batch = unwritten;
            tokio::select! {
                () = sleep(RETRY) => {}
                _ = closing.wait_for(|closing| *closing) => is_last = true,
            }
        }
    }
}

fn recall_rest(hub: &Hub, store: &dyn Store) -> Result<(), StoreFailure> {
    for kind in RowKind::REST {
        put_back(store, kind, &mut |rows| {
            hub.with(|state, _| {
                rows.iter()
                    .try_for_each(|row| state.recall(row).map_err(Into::into))
            })
        })?;
    }
    hub.with(State::settle);
    Ok(())
}

/// The point up to which the store has everything.
struct Kept {
    next: u64,
    clock: Option<KeptClock>,
}

impl Kept {
    fn batch(&mut self, hub: &Hub) -> Batch {
        // A call changes the state and then stands in the journal: the other way round, an event could be kept whose effect
        // is not.
        let journal = hub.journal();
        let mark = journal.mark();
        let changes = hub.take_changes();
        let mut events = journal.remembered(self.next);
        events.truncate(events.partition_point(|event| event.number < mark));
        if let Some(last) = events.last() {
            let first = events.first().map_or(self.next, |event| event.number);
            let gap = first.saturating_sub(self.next);
            let gap = gap.saturating_sub(journal.milestones_between(self.next, first));
            hub.note_store(|writes| writes.lose(gap));
            self.next = last.number + 1;
        }
        let clock = Some(hub.clock().kept()).filter(|clock| self.clock != Some(*clock));
        self.clock = clock.or(self.clock);
        Batch {
            changes,
            clock,
            began_at: journal.began_at(),
            events,
        }
    }
}

#[cfg(test)]
mod tests;
