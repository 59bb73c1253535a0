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

/// A picture that takes the whole terminal, until it is dropped.
pub(crate) struct Picture;

impl Picture {
    /// Begins with an empty one; what stood there comes back behind it.
    pub(crate) fn begin() -> Self {
        show(&Redacted::own("\u{1b}[?1049h\u{1b}[?25l"));
        Self
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        show(&Redacted::own("\u{1b}[?25h\u{1b}[?1049l"));
    }
}

/// Draws a picture anew. While a key is read, a line's end does not lead to its beginning.
pub(crate) fn draw(lines: &[Redacted]) {
    let mut picture = Redacted::own("\u{1b}[H");
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            picture.push(&Redacted::own("\r\n"));
        }
        picture.push(line);
        picture.push(&Redacted::own("\u{1b}[K"));
    }
    picture.push(&Redacted::own("\u{1b}[J"));
    show(&picture);
}

/// True if both sides of the program are a terminal, so that keys can be read and a picture drawn.
pub(crate) fn interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
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

/// True if standard error is a terminal, where a progress bar may be drawn.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}
