//! The key file beside a store: it holds the key, and the lock that one process has on the store.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use crate::{StoreError, seal};

/// The lock on a store. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(
    #[expect(dead_code, reason = "it is held, and let go when it is dropped")] File,
);

impl Lock {
    /// Takes the lock, with the key. A store that is made now gets a new key.
    pub(crate) fn take(
        store: &Path,
        is_new: bool,
    ) -> Result<(Self, [u8; seal::KEY_BYTES]), StoreError> {
        let path = key_file(store);
        if !is_new && !path.exists() {
            return Err(StoreError::NoKey {
                store: store.to_owned(),
                key: path,
            });
        }
        let failed = |reason| StoreError::File {
            path: path.clone(),
            reason,
        };
        let mut file = private(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(store.to_owned())),
            Err(TryLockError::Error(reason)) => return Err(failed(reason)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        if text.is_empty() && is_new {
            text = seal::new_key().ok_or(StoreError::Sealed)?;
            file.rewind().map_err(failed)?;
            writeln!(file, "{text}").map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        let key = seal::read_key(text.trim()).ok_or_else(|| StoreError::WrongKey {
            store: store.to_owned(),
            key: path.clone(),
        })?;
        Ok((Self(file), key))
    }
}

/// The file of the key of a store.
pub(crate) fn key_file(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// Makes the file of a store before `SQLite` does, so that nobody else can read it. Its companions are made alike.
pub(crate) fn make_private(path: &Path) -> Result<(), StoreError> {
    private(path)
        .map(|_| ())
        .map_err(|reason| StoreError::File {
            path: path.to_owned(),
            reason,
        })
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
