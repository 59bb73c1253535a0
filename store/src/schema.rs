//! The tables, and how an older file is brought up to date.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use crate::{StoreError, seal::Seal};

/// `wxck`: how the file says whose it is.
const APPLICATION: u32 = 0x7778_636b;

/// The steps from an empty file to the present format. One that was released never changes; a new format is one more.
const MIGRATIONS: [&str; 2] = [
    "
    -- One row: when the journal began in Unix milliseconds, how many events are kept, and in how many bytes; and a text
    -- that opens if the key is right.
    CREATE TABLE journal (began_at INTEGER, events INTEGER NOT NULL, bytes INTEGER NOT NULL, seal BLOB NOT NULL);
    -- What the platform knows.
    CREATE TABLE value (
        kind TEXT NOT NULL, app TEXT NOT NULL, key TEXT NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (kind, app, key)
    ) WITHOUT ROWID;
    -- Events, one a line; `reach` is the lowest thread among them, `until` the microseconds of the last.
    CREATE TABLE piece (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, reach INTEGER NOT NULL, events INTEGER NOT NULL,
        until INTEGER NOT NULL, lines BLOB NOT NULL
    );
    -- Events that are not the first of their thread.
    CREATE TABLE thread (thread INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (thread, number)) WITHOUT ROWID;
    -- What stands in a piece.
    CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram');
    CREATE VIRTUAL TABLE terms USING fts5vocab('words', 'row');
",
    "
    -- The number of the first event whose piece has no entry in `words` yet.
    ALTER TABLE journal ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
    UPDATE journal SET indexed = coalesce((SELECT max(last) + 1 FROM piece), 0);
",
];

/// The text under the seal.
const CHECKED: &[u8] = b"wxcheck";
/// Its name.
const CHECKED_NAME: &str = "journal";

pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    // In this mode a process that is killed loses nothing that was committed; a machine that fails may lose the last moments.
    let settings = "
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16384;
        PRAGMA temp_store = MEMORY;
    ";
    match connection.execute_batch(settings) {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            Err(StoreError::Foreign(path.to_owned()))
        }
        settled => {
            settled?;
            Ok(connection)
        }
    }
}

/// Checks that a file is a store.
pub(crate) fn check_ours(path: &Path) -> Result<(), StoreError> {
    let foreign = |_| StoreError::Foreign(path.to_owned());
    let file = Connection::open(path).map_err(foreign)?;
    let application: u32 = file
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(foreign)?;
    if application == APPLICATION {
        Ok(())
    } else {
        Err(StoreError::Foreign(path.to_owned()))
    }
}

pub(crate) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
    seal: &Seal,
) -> Result<(), StoreError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let step = connection.transaction()?;
    let found: u32 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: u32 = step.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u32 = step.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && (found != 0 || tables != 0) {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    if found > known {
        let path = path.to_owned();
        return Err(StoreError::Newer { path, found, known });
    }
    for migration in &MIGRATIONS[found as usize..] {
        step.execute_batch(migration)?;
    }
    if found == 0 {
        step.pragma_update(None, "application_id", APPLICATION)?;
        let sealed = seal.close(CHECKED_NAME, CHECKED.to_vec())?;
        step.execute(
            "INSERT INTO journal (events, bytes, seal) VALUES (0, 0, ?1)",
            [sealed],
        )?;
    }
    step.pragma_update(None, "user_version", known)?;
    check_key(&step, path, seal)?;
    step.commit()?;
    Ok(())
}

fn check_key(step: &Transaction<'_>, path: &Path, seal: &Seal) -> Result<(), StoreError> {
    let sealed: Vec<u8> = step.query_row("SELECT seal FROM journal", [], |row| row.get(0))?;
    match seal.open(CHECKED_NAME, sealed) {
        Ok(text) if text == CHECKED => Ok(()),
        _ => Err(StoreError::WrongKey {
            store: path.to_owned(),
            key: crate::lock::key_file(path),
        }),
    }
}
