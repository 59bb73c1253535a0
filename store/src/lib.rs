//! One SQLite file in which the served platform keeps what it knows, and its journal.
//!
//! The file knows values, events and texts, and nothing of WeChat. What the platform knows is sealed with a key that lies
//! beside the file (`seal.rs`), since secrets are part of it. Events hold none, and lie there open, so that they can be
//! searched.
//!
//! Events are written in pieces, some hundred together: a row and an index entry for each would cost more than the calls
//! that they are about.

mod events;
mod find;
mod fragments;
mod index;
mod keep;
mod lock;
mod piece;
mod schema;
mod seal;
mod sieve;
mod values;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;

pub use keep::Keep;

use lock::Lock;
use seal::Seal;

/// A store, open in this process and in no other.
#[derive(Debug)]
pub struct FileStore {
    keep: Keep,
    seal: Seal,
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// The number of the first event that is not written yet.
    next: AtomicU64,
    /// Held as long as the store is open.
    _lock: Lock,
}

/// The store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error(
        "store {0}: another wxcheck serves from it; stop that one, or give this one a file of its own"
    )]
    InUse(PathBuf),
    /// A later version of wxcheck wrote it.
    #[error(
        "store {path}: it was written by a newer wxcheck (format {found}, and this one knows {known}); use that one, or another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// A file of another program.
    #[error("store {0}: it is no store of wxcheck; give a file that does not exist yet")]
    Foreign(PathBuf),
    /// Without the key nothing in it can be opened.
    #[error(
        "store {store}: its key {key} is missing; put it back beside the store, or give a file that does not exist yet"
    )]
    NoKey {
        /// The file.
        store: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The key of another store, or none at all.
    #[error(
        "store {store}: {key} is not its key; put the right one back, or give a file that does not exist yet"
    )]
    WrongKey {
        /// The file.
        store: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The system said no.
    #[error("store {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// SQLite said no.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// An event has no form in JSON, or a value that was kept has another.
    #[error("store: {0}")]
    Json(#[from] serde_json::Error),
    /// A value was changed behind our back.
    #[error("store: a sealed value cannot be opened")]
    Sealed,
}

impl FileStore {
    /// Opens a store, and makes one where there is none.
    pub fn open(path: &Path, keep: Keep) -> Result<Self, StoreError> {
        let length = path.metadata().map_or(0, |file| file.len());
        let is_new = length == 0;
        if !is_new && !lock::key_file(path).exists() {
            schema::check_ours(path)?;
        }
        let (lock, key) = Lock::take(path, is_new)?;
        if is_new {
            lock::make_private(path)?;
        }
        let mut writer = schema::connect(path)?;
        let seal = Seal::of(&key);
        schema::bring_up_to_date(&mut writer, path, &seal)?;
        let reader = schema::connect(path)?;
        let next = piece::next_number(&writer)?;
        Ok(Self {
            keep,
            seal,
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            next: AtomicU64::new(next),
            _lock: lock,
        })
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed is rolled back when it is dropped.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
