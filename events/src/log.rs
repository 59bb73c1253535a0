//! The stream as a file: one JSON object a line.

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
    /// A line that is no event.
    #[error(
        "line {line}: {reason}; the file was changed or cut, so run `wxcheck check --events FILE` again"
    )]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
}

/// The events of a file.
pub fn read(text: &str) -> Result<Vec<Event>, LogError> {
    let mut events = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let event = event(line).map_err(|reason| match place {
            0 => LogError::NoLog,
            _ => LogError::Line {
                line: place + 1,
                reason,
            },
        })?;
        match (place, &event.kind) {
            (0, Kind::RunBegun(begun)) if begun.log != VERSION => {
                return Err(LogError::Version {
                    found: begun.log,
                    wxcheck: begun.wxcheck.clone(),
                });
            }
            (0, Kind::RunBegun(_)) => {}
            (0, _) => return Err(LogError::NoLog),
            (_, Kind::RunBegun(_)) => {
                return Err(LogError::Line {
                    line: place + 1,
                    reason: "a second run begins".to_owned(),
                });
            }
            _ => {}
        }
        events.push(event);
    }
    if events.is_empty() {
        return Err(LogError::NoLog);
    }
    Ok(events)
}

fn event(line: &str) -> Result<Event, String> {
    if line.len() > LINE_BYTES {
        return Err(format!("{} bytes, and {LINE_BYTES} are read", line.len()));
    }
    // What the parser says may repeat the line, so only where it stands is told.
    serde_json::from_str(line).map_err(|error| format!("no event (column {})", error.column()))
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
                fetch_urls: Vec::new(),
                authorization_url: None,
                rules: Vec::new(),
            })),
        }
    }

    fn line(event: &Event) -> String {
        serde_json::to_string(event).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let ended = Event {
            number: 1,
            at_micros: 5,
            kind: Kind::PlayEnded {
                play: 0,
                lost_micros: 0,
            },
        };
        let text = format!("{}\n{}\n", line(&begun(VERSION)), line(&ended));
        assert_eq!(read(&text).unwrap(), [begun(VERSION), ended]);
    }

    #[test]
    fn a_file_that_is_no_log_is_told_without_what_it_says() {
        let first = line(&begun(VERSION));
        for (text, begins) in [
            (String::new(), "line 1: this is no log"),
            ("SECRETxyz\n".to_owned(), "line 1: this is no log"),
            (line(&begun(7)), "line 1: the log has version 7"),
            (format!("{first}\n{{\"SECRETxyz\n"), "line 2: no event"),
            (format!("{first}\n{first}\n"), "line 2: a second run begins"),
        ] {
            let told = read(&text).unwrap_err().to_string();
            assert!(told.starts_with(begins), "{told}");
            assert!(!told.contains("SECRETxyz"), "{told}");
        }
    }
}
