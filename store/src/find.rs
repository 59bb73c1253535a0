//! Full-text search: the index says in which pieces three letters stand, and the events themselves decide.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::{Connection, Rows};
use wxcheck_events::{Event, Found, Search};

use crate::{
    StoreError,
    fragments::spread,
    index,
    piece::{event, read},
    sieve::Sieve,
};

/// Triples of letters that the index is asked for; more would tell it little.
const MOST_TRIPLES: usize = 32;
/// Triples that two letters may begin. Where there are more, they stand nearly everywhere, and no index is needed.
const MOST_ENDINGS: usize = 400;

/// Finds threads, newest first.
pub(crate) fn find(connection: &Connection, search: &Search) -> Result<Found, StoreError> {
    let wanted = search.text.to_lowercase();
    // The largest number of a file has 63 bits.
    let before = search.before.unwrap_or(u64::MAX).min(u64::MAX >> 1);
    let mut hits = Hits {
        wanted: &wanted,
        before,
        count: search.count,
        threads: BTreeMap::new(),
    };
    // What has no entry yet is newest, and comes first: one that gets its entry meanwhile is only seen twice.
    let waiting =
        "SELECT last, lines FROM piece WHERE first >= ?1 AND reach < ?2 ORDER BY first DESC";
    let mut waiting = connection.prepare(waiting)?;
    hits.look_through(waiting.query((index::reached(connection)?, before))?)?;
    match question(connection, &wanted)? {
        Question::Index(asked) => {
            let indexed =
                "SELECT piece.last, piece.lines FROM words JOIN piece ON piece.first = words.rowid
                WHERE words MATCH ?1 AND piece.reach < ?2 ORDER BY words.rowid DESC";
            let mut pieces = connection.prepare(indexed)?;
            hits.look_through(pieces.query((asked, before))?)?;
        }
        Question::Everything => {
            let all = "SELECT last, lines FROM piece WHERE reach < ?1 ORDER BY first DESC";
            let mut pieces = connection.prepare(all)?;
            hits.look_through(pieces.query([before])?)?;
        }
        Question::Nothing => {}
    }
    let more = hits.threads.len() > search.count;
    let mut events: Vec<Arc<Event>> = Vec::new();
    for (thread, hit) in hits.threads.into_iter().rev().take(search.count) {
        // The beginning of a thread may be forgotten already.
        let first = if hit.number == thread {
            None
        } else {
            event(connection, thread)?
        };
        events.push(first.unwrap_or(hit));
    }
    Ok(Found { events, more })
}

/// The question for the index.
enum Question {
    Index(String),
    Everything,
    Nothing,
}

fn question(connection: &Connection, wanted: &str) -> Result<Question, StoreError> {
    let mut letters = Vec::new();
    spread(wanted, &mut letters);
    let quoted = |three: &[char]| {
        let three: String = three.iter().collect();
        format!("\"{}\"", three.replace('"', "\"\""))
    };
    if letters.len() >= 3 {
        let triples = letters.windows(3).take(MOST_TRIPLES).map(quoted);
        return Ok(Question::Index(
            triples.collect::<Vec<String>>().join(" AND "),
        ));
    }
    let begin: String = letters.into_iter().collect();
    if begin.is_empty() {
        return Ok(Question::Everything);
    }
    // Of two letters the index knows the triples that they begin.
    let range = "SELECT term FROM terms WHERE term >= ?1 AND term < ?1 || char(1114111) LIMIT ?2";
    let mut terms = connection.prepare(range)?;
    let mut rows = terms.query((&begin, MOST_ENDINGS + 1))?;
    let mut triples = Vec::new();
    while let Some(row) = rows.next()? {
        let term: String = row.get(0)?;
        triples.push(quoted(&term.chars().collect::<Vec<char>>()));
    }
    Ok(match triples.len() {
        0 => Question::Nothing,
        1..=MOST_ENDINGS => Question::Index(triples.join(" OR ")),
        _ => Question::Everything,
    })
}

/// The threads found so far, each with the event in which the text stands; never more than the newest that are asked for,
/// and one.
struct Hits<'a> {
    wanted: &'a str,
    before: u64,
    count: usize,
    threads: BTreeMap<u64, Arc<Event>>,
}

impl Hits<'_> {
    /// Looks through pieces, the newest first, as long as one may hold a newer thread than those that were found.
    fn look_through(&mut self, mut pieces: Rows<'_>) -> Result<(), StoreError> {
        let sieve = Sieve::new(self.wanted);
        while let Some(piece) = pieces.next()? {
            let last: u64 = piece.get(0)?;
            let oldest = self.threads.keys().next().copied().unwrap_or(0);
            if self.threads.len() > self.count && last < oldest {
                break;
            }
            let lines = piece.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            for line in sieve.lines(lines) {
                read(line).for_each(|event| self.look_at(event));
            }
        }
        Ok(())
    }

    fn look_at(&mut self, event: Arc<Event>) {
        let thread = event.thread();
        if thread >= self.before || event.kind.is_of_run() || self.threads.contains_key(&thread) {
            return;
        }
        let mut texts = event.texts().into_iter();
        if self.wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(self.wanted)) {
            drop(texts);
            self.threads.insert(thread, event);
            if self.threads.len() > self.count + 1 {
                self.threads.pop_first();
            }
        }
    }
}
