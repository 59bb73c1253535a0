//! The index of the journal, which is made behind the writes: an entry costs more than the call that it is about, so it waits
//! until nothing else is to be done. A search looks through what has no entry yet.

use rusqlite::{Connection, Transaction};

use crate::{StoreError, fragments::Fragments, piece::read};

/// Events without an entry, at most: where there are more, each write makes some entries too.
const MOST_WAITING: u64 = 100_000;
/// Pieces that get their entries together.
const TOGETHER: usize = 16;

/// The number of the first event whose piece has no entry yet.
pub(crate) fn reached(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT indexed FROM journal", [], |row| row.get(0))?)
}

/// Makes entries behind a write, where too many are waiting for theirs.
pub(crate) fn keep_up(step: &Transaction<'_>, newest: u64) -> Result<(), StoreError> {
    if newest.saturating_sub(reached(step)?) > MOST_WAITING {
        go_on(step)?;
    }
    Ok(())
}

/// Gives some pieces their entries, the oldest first. True if others wait for theirs.
pub(crate) fn go_on(step: &Transaction<'_>) -> Result<bool, StoreError> {
    let waiting = "SELECT first, last, lines FROM piece WHERE first >= ?1 ORDER BY first LIMIT ?2";
    let mut waiting = step.prepare(waiting)?;
    let mut insert = step.prepare("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
    let mut pieces = waiting.query((reached(step)?, TOGETHER))?;
    let (mut count, mut indexed) = (0, None);
    while let Some(piece) = pieces.next()? {
        let (first, last): (u64, u64) = (piece.get(0)?, piece.get(1)?);
        let lines = piece.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let mut fragments = Fragments::default();
        for event in read(lines) {
            event
                .texts()
                .into_iter()
                .for_each(|text| fragments.add(&text));
        }
        insert.execute((first, fragments.text()))?;
        (count, indexed) = (count + 1, Some(last + 1));
    }
    if let Some(indexed) = indexed {
        step.execute("UPDATE journal SET indexed = ?1", [indexed])?;
    }
    Ok(count == TOGETHER)
}
