//! Pieces of the journal: events that were written together.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use wxcheck_events::Event;

use crate::StoreError;

/// Events of a piece, at most: a search reads pieces whole.
const MOST_EVENTS: usize = 256;

/// The number that the next event has.
pub(crate) fn next_number(connection: &Connection) -> Result<u64, StoreError> {
    let newest = "SELECT last FROM piece ORDER BY first DESC LIMIT 1";
    let last: Option<u64> = connection
        .query_row(newest, [], |row| row.get(0))
        .optional()?;
    Ok(last.map_or(0, |last| last + 1))
}

/// Writes events that follow those that were written before.
pub(crate) fn write(step: &Transaction<'_>, events: &[Arc<Event>]) -> Result<(), StoreError> {
    let mut insert = step.prepare("INSERT INTO piece VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut tie = step.prepare("INSERT OR IGNORE INTO thread VALUES (?1, ?2)")?;
    let mut bytes = 0;
    for events in events.chunks(MOST_EVENTS) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            continue;
        };
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, &**event)?;
            lines.push(b'\n');
            if event.thread() != event.number {
                tie.execute([event.thread(), event.number])?;
            }
        }
        bytes += lines.len();
        let reach = events.iter().map(|event| event.thread()).min();
        insert.execute((
            first.number,
            last.number,
            reach.unwrap_or(first.number),
            events.len(),
            last.at_micros,
            &lines,
        ))?;
    }
    let grown = "UPDATE journal SET events = events + ?1, bytes = bytes + ?2";
    step.execute(grown, [events.len(), bytes])?;
    Ok(())
}

/// The events of a piece from that number on.
fn read_from(lines: &[u8], since: u64) -> impl Iterator<Item = Arc<Event>> {
    // The number stands in front, and is read without the rest.
    let number = |line: &[u8]| {
        let behind = line.strip_prefix(b"{\"number\":")?;
        let end = behind.iter().position(|byte| !byte.is_ascii_digit())?;
        std::str::from_utf8(&behind[..end])
            .ok()?
            .parse::<u64>()
            .ok()
    };
    let mut start = 0;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if number(line).is_none_or(|number| number >= since) {
            break;
        }
        start += line.len();
    }
    read(&lines[start..])
}

/// The events of a piece.
pub(crate) fn read(lines: &[u8]) -> impl Iterator<Item = Arc<Event>> {
    let lines = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    // An event of a kind that this version does not know any more is left out.
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .map(Arc::new)
}

/// At most so many of the events from that number on, oldest first.
pub(crate) fn page(
    connection: &Connection,
    since: u64,
    count: usize,
) -> Result<Vec<Arc<Event>>, StoreError> {
    let from = "SELECT lines FROM piece
        WHERE first >= coalesce((SELECT max(first) FROM piece WHERE first <= ?1), 0) ORDER BY first";
    let mut pieces = connection.prepare(from)?;
    let mut rows = pieces.query([since])?;
    let mut page = Vec::new();
    while page.len() < count
        && let Some(row) = rows.next()?
    {
        let lines: &[u8] = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let wanted = read_from(lines, since).filter(|event| event.number >= since);
        page.extend(wanted.take(count - page.len()));
    }
    Ok(page)
}

/// The event of that number.
pub(crate) fn event(
    connection: &Connection,
    number: u64,
) -> Result<Option<Arc<Event>>, StoreError> {
    let page = page(connection, number, 1)?;
    Ok(page.into_iter().find(|event| event.number == number))
}

/// The events of the thread to which the event of that number belongs.
pub(crate) fn thread(connection: &Connection, number: u64) -> Result<Vec<Arc<Event>>, StoreError> {
    let Some(asked) = event(connection, number)? else {
        return Ok(Vec::new());
    };
    let mut numbers = vec![asked.thread()];
    let mut tied =
        connection.prepare("SELECT number FROM thread WHERE thread = ?1 ORDER BY number")?;
    let rows = tied.query_map([asked.thread()], |row| row.get(0))?;
    for number in rows {
        numbers.push(number?);
    }
    let mut events: Vec<Arc<Event>> = Vec::new();
    for number in numbers {
        events.extend(event(connection, number)?);
    }
    if events.is_empty() {
        events.push(asked);
    }
    Ok(events)
}
