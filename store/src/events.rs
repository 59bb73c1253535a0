//! The store as the platform sees it.

use std::sync::{Arc, atomic::Ordering};

use rusqlite::{OptionalExtension as _, TransactionBehavior};
use wxcheck_events::{Event, Found, Records, Search};
use wxcheck_mock_server::{
    state::kept::{Row, RowKind},
    storing::{Batch, Journaled, Store, StoreFailure},
};

use crate::{FileStore, StoreError, find, index, piece, values};

impl FileStore {
    fn write_all(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let step = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if batch.changes.anew {
            step.execute(
                "DELETE FROM value WHERE kind <> ?1",
                [RowKind::Clock.name()],
            )?;
        }
        for app in &batch.changes.forgotten {
            step.execute("DELETE FROM value WHERE app = ?1", [&**app])?;
        }
        values::write(&step, &self.seal, batch.rows())?;
        if let Some(newest) = batch.events.last() {
            step.execute(
                "UPDATE journal SET began_at = coalesce(began_at, ?1)",
                [batch.began_at],
            )?;
            piece::write(&step, &batch.events)?;
            index::keep_up(&step, newest.number)?;
            self.keep.forget(&step)?;
            step.commit()?;
            self.next.store(newest.number + 1, Ordering::Release);
        } else {
            step.commit()?;
        }
        Ok(())
    }
}

impl FileStore {
    fn go_on_indexing(&self) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let step = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let waits = index::go_on(&step)?;
        step.commit()?;
        Ok(waits)
    }
}

impl Store for FileStore {
    fn journal(&self) -> Result<Option<Journaled>, StoreFailure> {
        let reader = self.reader();
        let began_at: Option<u64> =
            reader.query_row("SELECT began_at FROM journal", [], |row| row.get(0))?;
        let newest = "SELECT until FROM piece ORDER BY first DESC LIMIT 1";
        let until: Option<u64> = reader.query_row(newest, [], |row| row.get(0)).optional()?;
        Ok(began_at.map(|began_at| Journaled {
            began_at,
            until_micros: until.unwrap_or(0),
            next: self.next(),
        }))
    }

    fn rows(&self, kind: RowKind, each: &mut dyn FnMut(Row)) -> Result<(), StoreFailure> {
        let handed = values::read(&self.reader(), &self.seal, kind, |row| {
            each(row);
            Ok(())
        });
        Ok(handed?)
    }

    fn write(&self, batch: &Batch) -> Result<(), StoreFailure> {
        Ok(self.write_all(batch)?)
    }

    fn tidy(&self) -> Result<bool, StoreFailure> {
        Ok(self.go_on_indexing()?)
    }

    fn next(&self) -> u64 {
        Self::next(self)
    }
}

/// A file that cannot be read any more holds nothing; whoever writes to it says so.
impl Records for FileStore {
    fn page(&self, since: u64, count: usize) -> Vec<Arc<Event>> {
        piece::page(&self.reader(), since, count).unwrap_or_default()
    }

    fn thread(&self, number: u64) -> Vec<Arc<Event>> {
        piece::thread(&self.reader(), number).unwrap_or_default()
    }

    fn search(&self, search: &Search) -> Found {
        find::find(&self.reader(), search).unwrap_or_default()
    }
}
