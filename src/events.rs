//! `--events FILE`: the stream of a run as it happens, one JSON object a line.

use std::{
    cell::RefCell,
    io::{BufWriter, Write as _},
    rc::Rc,
};

use anyhow::Result;
use wxcheck_settings::Settings;
use wxcheck_suite::log::Log;

use crate::{exit::usage, settings};

/// The file that takes the stream, if one is asked for.
#[derive(Default)]
pub(crate) struct EventsFile {
    written: Option<Rc<RefCell<Written>>>,
}

struct Written {
    file: BufWriter<std::fs::File>,
    path: String,
    lost: Option<std::io::Error>,
}

impl EventsFile {
    /// The file, empty. What cannot be written is told before the run.
    pub(crate) fn create(settings: &Settings) -> Result<Self> {
        let Some(path) = &settings.output.events else {
            return Ok(Self::default());
        };
        if path.as_os_str() == "-" {
            return Err(usage(
                "--events -: the stream goes to a file; name one, and follow it with `tail -f`",
            ));
        }
        if path.metadata().is_ok_and(|known| !known.is_file()) {
            return Err(usage(format!(
                "{}: that is no file, and the stream of a run is not to wait for a reader; name a file",
                settings.place("events").with(path.display())
            )));
        }
        let written = Written {
            file: BufWriter::new(settings::create(path)?),
            path: path.display().to_string(),
            lost: None,
        };
        Ok(Self {
            written: Some(Rc::new(RefCell::new(written))),
        })
    }

    /// The stream, written there as well.
    pub(crate) fn listening(&self, log: Log) -> Log {
        let Some(written) = self.written.as_ref().map(Rc::clone) else {
            return log;
        };
        log.heard_whole_by(Box::new(move |_, line| {
            let mut written = written.borrow_mut();
            let put = written.file.write_all(line.as_str().as_bytes());
            if let Err(error) = put {
                written.lost.get_or_insert(error);
            }
        }))
    }

    /// Writes what is left; the error names the file.
    pub(crate) fn finish(&self) -> Result<()> {
        let Some(written) = &self.written else {
            return Ok(());
        };
        let mut written = written.borrow_mut();
        let flushed = written.file.flush();
        match written.lost.take().map_or(flushed, Err) {
            Ok(()) => Ok(()),
            Err(error) => Err(usage(format!("cannot write {}: {error}", written.path))),
        }
    }
}
