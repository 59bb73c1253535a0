//! Signals to stop: Ctrl-C, and where there is one that with which systems end services.

use std::io;

/// Waits for it, and says what it was. The handlers are in place once this returns, so that no signal is missed.
#[cfg(unix)]
pub(crate) fn signal() -> io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}

/// Waits for it, and says what it was.
#[cfg(not(unix))]
pub(crate) fn signal() -> io::Result<impl Future<Output = &'static str>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler Ctrl-C ends the program by itself.
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    })
}
