//! Signals to stop: Ctrl-C, that with which systems end services, and that of a terminal that is closed.

use std::io;

/// Waits for it, and says what it was. The handlers are in place once this returns, so that no signal is missed.
#[cfg(unix)]
pub(crate) fn signal() -> io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = if outlives_its_terminal() {
        None
    } else {
        Some(signal(SignalKind::hangup())?)
    };
    Ok(async move {
        let closed = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
            _ = closed => "SIGHUP",
        }
    })
}

/// True if SIGHUP is ignored, as `nohup` has it: a handler would undo that. Where the system does not tell, it is taken to be.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "Linux tells in a file which signals a process ignores"
)]
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, whose bit is the lowest.
    ignored.is_none_or(|mask| mask & 1 == 1)
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
