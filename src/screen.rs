//! The one file that writes to the terminal, and only what the redactor made. A closed pipe ends the output, not the
//! program; a full disk is reported, and costs the success.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    sync::OnceLock,
};

/// The reason why standard output lost something, if it did.
static LOST: OnceLock<String> = OnceLock::new();

use wxcheck_suite::redact::Redacted;

/// Writes a finished text to standard output.
pub(crate) fn show(text: &Redacted) {
    let mut out = io::stdout().lock();
    note(
        out.write_all(text.as_str().as_bytes())
            .and_then(|()| out.flush()),
    );
}

/// Notes how writing to standard output went.
pub(crate) fn note(written: io::Result<()>) {
    match written {
        // Whoever closed the pipe has read enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            LOST.get_or_init(|| error.to_string());
        }
        _ => {}
    }
}

/// The reason why something that was to be shown is lost, if something is.
pub(crate) fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Writes a finished text to standard error, where standard output is for something else.
pub(crate) fn show_on_stderr(text: &Redacted) {
    let _ = io::stderr().lock().write_all(text.as_str().as_bytes());
}

/// Writes one line to standard error.
pub(crate) fn complain(line: &Redacted) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// True if standard output is a terminal that may be coloured.
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR and TERM are read where colours are decided"
)]
pub(crate) fn colours() -> bool {
    let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// True if standard output is a terminal: somebody looks at it, and nothing keeps it.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True if standard error is a terminal, where a progress bar may be drawn.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}
