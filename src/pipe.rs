//! A named pipe that a report goes to. It is opened before the run and stays open, so that its reader waits for the
//! report; it is never waited for without an end.

use std::{io, path::Path};

#[cfg(unix)]
pub(crate) use unix::Pipe;

#[cfg(unix)]
mod unix {
    use std::{fs, os::unix::fs::FileTypeExt, time::Duration};

    use tokio::{
        io::AsyncWriteExt,
        net::unix::pipe::{OpenOptions, Sender},
        time::timeout,
    };

    use super::{Path, io};

    /// A reader that takes nothing for so long is no reader.
    const PATIENCE: Duration = Duration::from_secs(10);
    /// The capacity of a system's pipe, as a rule.
    const CHUNK: usize = 64 * 1024;
    /// The error of systems where a pipe has no reader, and of sockets (ENXIO).
    const NOBODY: i32 = 6;

    pub(crate) struct Pipe(Sender);

    impl Pipe {
        /// The pipe of that name; `None` where there is something else, or nothing.
        pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
            let kind = fs::metadata(path).map(|known| known.file_type());
            match kind {
                Ok(kind) if kind.is_socket() => Err(io::Error::other("it is a socket")),
                Ok(kind) if kind.is_fifo() => match OpenOptions::new().open_sender(path) {
                    Ok(sender) => Ok(Some(Self(sender))),
                    Err(error) if error.raw_os_error() == Some(NOBODY) => Err(io::Error::other(
                        "it is a pipe that nobody reads; start its reader first",
                    )),
                    Err(error) => Err(error),
                },
                _ => Ok(None),
            }
        }

        /// Writes it all.
        pub(crate) async fn write(&mut self, text: &str) -> io::Result<()> {
            for chunk in text.as_bytes().chunks(CHUNK) {
                timeout(PATIENCE, self.0.write_all(chunk))
                    .await
                    .map_err(|_| {
                        io::Error::other(format!("nobody read from the pipe for {PATIENCE:?}"))
                    })??;
            }
            Ok(())
        }
    }
}

/// There are none of a file's kind.
#[cfg(not(unix))]
pub(crate) enum Pipe {}

#[cfg(not(unix))]
impl Pipe {
    pub(crate) fn open(_path: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) async fn write(&mut self, _text: &str) -> io::Result<()> {
        match *self {}
    }
}
