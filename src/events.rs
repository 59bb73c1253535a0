//! `--events FILE`: the stream of a run as it happens, one JSON object a line.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
};

use anyhow::{Context as _, Result};
use tokio::{sync::oneshot, task::JoinHandle};
use wxcheck_events::{Event, Interest, Kind, Subscription};
use wxcheck_settings::Settings;
use wxcheck_suite::session::Session;

use crate::{exit::usage, language::both, settings};

/// The file that takes the stream, if one is asked for.
#[derive(Default)]
pub(crate) struct EventsFile {
    path: String,
    file: Option<File>,
}

impl EventsFile {
    /// The file, empty. What cannot be written is told before the run.
    pub(crate) fn create(settings: &Settings) -> Result<Self> {
        let Some(path) = &settings.output.events else {
            return Ok(Self::default());
        };
        if path.as_os_str() == "-" {
            return Err(usage((
                "--events -: the stream goes to a file; name one, and follow it with `tail -f`",
                "--events -：事件要写入文件；请给出文件名，再用 `tail -f` 查看",
            )));
        }
        if path.metadata().is_ok_and(|known| !known.is_file()) {
            return Err(usage(both!(
                "{place}: that is no file, and the stream of a run is not to wait for a reader; name a file",
                "{place}：那不是文件，而运行不应等待读取方；请给出文件",
                place = settings.place("events").with(path.display())
            )));
        }
        let place = settings.place("events").to_string();
        Ok(Self {
            path: path.display().to_string(),
            file: Some(settings::create(path).context(place)?),
        })
    }

    /// Writes the events of a run as they come, beside the run.
    pub(crate) fn write(self, session: &Session) -> Writing {
        let task = self.file.map(|file| {
            let events = session.subscribe(Interest::Everything);
            let (close, closing) = oneshot::channel();
            (
                close,
                tokio::spawn(write(session.clone(), events, closing, file)),
            )
        });
        Writing {
            path: self.path,
            task,
        }
    }
}

/// The file of a run under way.
pub(crate) struct Writing {
    path: String,
    task: Option<(oneshot::Sender<()>, JoinHandle<io::Result<()>>)>,
}

impl Writing {
    /// Writes what is left; the error names the file.
    pub(crate) async fn finish(self) -> Result<()> {
        let Some((close, task)) = self.task else {
            return Ok(());
        };
        // It is gone only where the file could not be written.
        let _ = close.send(());
        let written = task.await.map_err(io::Error::other).and_then(|ended| ended);
        let path = self.path;
        written.map_err(|error| {
            usage(both!(
                "cannot write {path}: {error}",
                "无法写入 {path}：{error}",
                error = error
            ))
        })
    }
}

/// Writes events until there will be no more. What cannot be written is told at the end: the run goes on.
async fn write(
    session: Session,
    mut events: Subscription,
    mut closing: oneshot::Receiver<()>,
    file: File,
) -> io::Result<()> {
    let mut lines = Lines {
        file: BufWriter::new(file),
        has_begun: false,
        session,
    };
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => {
                    lines.write(&event)?;
                    while let Some(event) = events.ready() {
                        lines.write(&event)?;
                    }
                    // Somebody may follow the file, and a run that is killed leaves what it knows.
                    lines.file.flush()?;
                }
                None => break,
            },
            _ = &mut closing => break,
        }
    }
    while let Some(event) = events.ready() {
        lines.write(&event)?;
    }
    lines.file.flush()
}

struct Lines {
    file: BufWriter<File>,
    has_begun: bool,
    session: Session,
}

impl Lines {
    /// Writes an event; nothing of what the platform saw before the run.
    fn write(&mut self, event: &Event) -> io::Result<()> {
        self.has_begun |= matches!(event.kind, Kind::RunBegun(_));
        if !self.has_begun {
            return Ok(());
        }
        let line = self.session.line(event);
        self.file.write_all(line.as_str().as_bytes())
    }
}
