//! The part of the journal that is kept.

use std::time::Duration;

use rusqlite::Transaction;

use crate::StoreError;

/// Bytes of all events, whatever their number.
const MOST_BYTES: i64 = 4 << 30;

/// The amount of the journal that is kept. What goes beyond is forgotten as new events are written, the oldest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Keep {
    /// Events.
    pub events: u64,
    /// The age of the oldest, counted from the newest.
    pub age: Duration,
}

impl Keep {
    /// Forgets the oldest pieces, as long as enough is left without them.
    pub(crate) fn forget(self, step: &Transaction<'_>) -> Result<(), StoreError> {
        let (mut events, mut bytes): (i64, i64) =
            step.query_row("SELECT events, bytes FROM journal", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let newest: Option<i64> = step
            .query_row(
                "SELECT until FROM piece ORDER BY first DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .ok();
        let age = i64::try_from(self.age.as_micros()).unwrap_or(i64::MAX);
        let oldest = newest.map_or(i64::MIN, |newest| newest.saturating_sub(age));
        let most = i64::try_from(self.events).unwrap_or(i64::MAX);
        let mut first_piece = step.prepare(
            "SELECT first, last, events, until, length(lines) FROM piece ORDER BY first LIMIT 1",
        )?;
        let mut is_less = false;
        loop {
            let piece = first_piece.query_row([], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            });
            let (first, last, own, until, own_bytes): (i64, i64, i64, i64, i64) = match piece {
                Ok(piece) => piece,
                Err(rusqlite::Error::QueryReturnedNoRows) => break,
                Err(error) => return Err(error.into()),
            };
            if events - own < most && bytes <= MOST_BYTES && until >= oldest {
                break;
            }
            step.execute("DELETE FROM piece WHERE first = ?1", [first])?;
            step.execute(
                "DELETE FROM words WHERE rowid = ?1 AND ?1 < (SELECT indexed FROM journal)",
                [first],
            )?;
            step.execute(
                "DELETE FROM thread WHERE thread <= ?1 AND number <= ?1",
                [last],
            )?;
            (events, bytes, is_less) = (events - own, bytes - own_bytes, true);
        }
        drop(first_piece);
        if is_less {
            step.execute(
                "UPDATE journal SET events = ?1, bytes = ?2",
                [events, bytes],
            )?;
        }
        Ok(())
    }
}
