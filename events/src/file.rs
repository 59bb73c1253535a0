//! The stream as a file: one JSON object a line.

use std::{
    fmt::Display,
    io::{BufRead, Read as _},
    iter,
};

use serde::{
    Deserialize,
    de::{self, value::MapDeserializer},
};

use crate::{Event, Kind, VERSION};

/// The longest line that is read, in bytes: an exchange has two bodies that are cut, and headers.
pub const LINE_BYTES: usize = 4 * 1024 * 1024;

/// A file that holds no stream that can be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It does not begin as a stream does.
    #[error("line 1: this is no log of a run; write one with `wxcheck check --events FILE`")]
    NoLog,
    /// It was written by another wxcheck.
    #[error(
        "line 1: the log has version {found}, and this wxcheck reads {VERSION}; use the wxcheck that wrote it ({wxcheck})"
    )]
    Version {
        /// The version of the stream.
        found: u32,
        /// The version of wxcheck.
        wxcheck: String,
    },
    /// An event of a newer wxcheck.
    #[error(
        "line {line}: a kind of event that this wxcheck does not know; use the wxcheck that wrote the log"
    )]
    Unknown {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A line that is no event.
    #[error(
        "line {line}: {reason}; the file was changed or cut, so run `wxcheck check --events FILE` again"
    )]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
}

/// The events of a file, one after the other, as they are read. The first error is the last that comes.
pub fn read(file: impl BufRead) -> impl Iterator<Item = Result<Event, LogError>> {
    let mut lines = Lines {
        file,
        line: 0,
        next: 0,
    };
    let mut is_over = false;
    iter::from_fn(move || {
        if is_over {
            return None;
        }
        let event = lines.next().transpose();
        is_over = !matches!(event, Some(Ok(_)));
        event
    })
}

struct Lines<R> {
    file: R,
    /// The number of the line that was read last, from 1.
    line: usize,
    /// The number that the next event has.
    next: u64,
}

/// The beginning of a stream, as every version has it.
#[derive(Deserialize)]
struct Version {
    log: u32,
    wxcheck: String,
}

/// The kind of an event, whether it is known or not.
#[derive(Deserialize)]
struct Tag {
    event: String,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Event>, LogError> {
        let mut bytes = Vec::new();
        let most = LINE_BYTES as u64 + 1;
        let read = (&mut self.file).take(most).read_until(b'\n', &mut bytes);
        self.line += 1;
        let broken = |reason: String| LogError::Line {
            line: self.line,
            reason,
        };
        read.map_err(|error| broken(error.to_string()))?;
        if bytes.is_empty() {
            return if self.line == 1 {
                Err(LogError::NoLog)
            } else {
                Ok(None)
            };
        }
        if bytes.len() > LINE_BYTES {
            return Err(broken(format!("more than {LINE_BYTES} bytes")));
        }
        if self.line == 1 {
            check_version(&bytes)?;
        }
        // Whoever wrote it was killed while it wrote: what stands before is whole.
        if self.line > 1 && !bytes.ends_with(b"\n") {
            return Ok(None);
        }
        let event: Event = serde_json::from_slice(&bytes).map_err(|error| {
            match serde_json::from_slice::<Tag>(&bytes) {
                Ok(Tag { event }) if !is_known(&event) => LogError::Unknown { line: self.line },
                // The parser's words may repeat the line, so only the place is told.
                _ => broken(format!("no event (column {})", error.column())),
            }
        })?;
        let begins = matches!(event.kind, Kind::RunBegun(_));
        if begins != (self.line == 1) {
            let reason = if begins {
                "a second run begins"
            } else {
                "no run has begun"
            };
            return Err(broken(reason.to_owned()));
        }
        // The platform may have seen something before the run began.
        if !begins && event.number != self.next {
            return Err(broken(format!("event {} stands here", event.number)));
        }
        self.next = event.number + 1;
        Ok(Some(event))
    }
}

fn check_version(first: &[u8]) -> Result<(), LogError> {
    let version: Version = serde_json::from_slice(first).map_err(|_| LogError::NoLog)?;
    if version.log == VERSION {
        return Ok(());
    }
    let plain = |char: &char| char.is_ascii_alphanumeric() || ".-+".contains(*char);
    Err(LogError::Version {
        found: version.log,
        wxcheck: version.wxcheck.chars().filter(plain).take(32).collect(),
    })
}

/// True if this version has that word for a kind of event. Read with nothing but the word, a known kind lacks something
/// else.
fn is_known(event: &str) -> bool {
    let tagged = MapDeserializer::<_, NoEvent>::new(iter::once(("event", event)));
    !matches!(Kind::deserialize(tagged), Err(NoEvent::UnknownKind))
}

/// The reason that no event can be read.
#[derive(Debug, thiserror::Error)]
enum NoEvent {
    #[error("unknown kind")]
    UnknownKind,
    #[error("something is missing")]
    Other,
}

impl de::Error for NoEvent {
    fn custom<T: Display>(_: T) -> Self {
        Self::Other
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownKind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunBegun;

    fn begun(log: u32) -> Event {
        Event {
            number: 0,
            at_micros: 0,
            kind: Kind::RunBegun(Box::new(RunBegun {
                log,
                wxcheck: "9.9.9".into(),
                seed: 1,
                url: "http://127.0.0.1/".into(),
                mode: "plain".into(),
                format: "xml".into(),
                account: "mini".into(),
                limit_micros: 5_000_000,
                callback: true,
                fail_on: Vec::new(),
                fetch_urls: Vec::new(),
                authorization_url: None,
                rules: Vec::new(),
            })),
        }
    }

    fn later(number: u64) -> Event {
        Event {
            number,
            at_micros: 5,
            kind: Kind::PlayEnded {
                play: 0,
                lost_micros: 0,
            },
        }
    }

    fn events(text: &str) -> Result<Vec<Event>, LogError> {
        read(text.as_bytes()).collect()
    }

    fn line(event: &Event) -> String {
        serde_json::to_string(event).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let ended = later(1);
        let text = format!("{}\n{}\n", line(&begun(VERSION)), line(&ended));
        assert_eq!(events(&text).unwrap(), [begun(VERSION), ended]);
    }

    #[test]
    fn a_kind_is_known_by_its_word_alone() {
        for kind in ["sent", "clock-moved", "contact-made", "fault", "run-ended"] {
            assert!(is_known(kind), "{kind}");
        }
        assert!(!is_known("set") && !is_known("Sent") && !is_known(""));
    }

    #[test]
    fn a_file_that_is_no_log_is_reported_without_what_it_says() {
        let first = line(&begun(VERSION));
        for (text, begins) in [
            (String::new(), "line 1: this is no log"),
            ("SECRETxyz\n".to_owned(), "line 1: this is no log"),
            (line(&begun(7)), "line 1: the log has version 7"),
            (format!("{first}\n{{\"SECRETxyz\n"), "line 2: no event"),
            (format!("{first}\n{first}\n"), "line 2: a second run begins"),
            (
                format!("{first}\n{}\n", line(&later(3))),
                "line 2: event 3 stands here",
            ),
            (
                format!("{first}\n{{\"number\":1,\"at_micros\":1,\"event\":\"SECRETxyz\"}}\n"),
                "line 2: a kind of event that",
            ),
            (
                r#"{"log":2,"wxcheck":"9.9\u001b.9","other":1}"#.to_owned(),
                "line 1: the log has version 2, and this wxcheck reads 1; use the wxcheck that wrote it (9.9.9)",
            ),
        ] {
            let told = events(&text).unwrap_err().to_string();
            assert!(told.starts_with(begins), "{told}");
            assert!(!told.contains("SECRETxyz"), "{told}");
        }
    }
}
