//! The one file that writes to the terminal, and only what the redactor made. A closed pipe ends the output, not the program.

use std::io::{self, IsTerminal, Write};

use wxcheck_suite::redact::Shown;

/// Writes a finished text to standard output.
pub(crate) fn show(text: &Shown) {
    let mut out = io::stdout().lock();
    // Whoever closed the pipe has read enough.
    let _ = out
        .write_all(text.as_str().as_bytes())
        .and_then(|()| out.flush());
}

/// Writes one line to standard error.
pub(crate) fn complain(line: &Shown) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether standard output is a terminal that may be coloured.
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR and TERM are read where colours are decided"
)]
pub(crate) fn colours() -> bool {
    let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Whether standard error is a terminal, where a progress bar may be drawn.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}
