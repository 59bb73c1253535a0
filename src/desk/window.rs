//! The size of the terminal, and when it changes.

use std::io;

use console::Term;

/// The rows and columns of the terminal.
pub(crate) fn size() -> (usize, usize) {
    let (height, width) = Term::stdout().size();
    (usize::from(height), usize::from(width))
}

/// Changes of the size.
pub(crate) struct Resizes {
    #[cfg(unix)]
    changed: tokio::signal::unix::Signal,
    #[cfg(not(unix))]
    known: (usize, usize),
}

#[cfg(unix)]
impl Resizes {
    /// The changes from now on.
    pub(crate) fn begin() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let changed = signal(SignalKind::window_change())?;
        Ok(Self { changed })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        if self.changed.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
impl Resizes {
    /// The changes from now on.
    pub(crate) fn begin() -> io::Result<Self> {
        Ok(Self { known: size() })
    }

    /// Waits for the next one. Nobody tells of it here, so it is looked for.
    pub(crate) async fn next(&mut self) {
        const PAUSE: std::time::Duration = std::time::Duration::from_millis(300);
        while size() == self.known {
            tokio::time::sleep(PAUSE).await;
        }
        self.known = size();
    }
}
