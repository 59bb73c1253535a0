//! The one file that writes to the terminal, and only what the redactor made. A closed pipe ends the output, not the
//! program; a full disk is reported, and costs the success.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    sync::OnceLock,
};

use clap::ValueEnum;
use console::Term;
use wxcheck_suite::redact::Redacted;

/// The reason why standard output lost something, if it did.
static LOST: OnceLock<String> = OnceLock::new();

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

/// Draws a picture anew, as a whole where the terminal can do that. While a key is read, a line's end does not lead to its
/// beginning. A line is emptied before it is written: behind one that fills it, some terminals would take its last letter away.
pub(crate) fn draw(lines: &[Redacted]) {
    let mut picture = Redacted::own("\u{1b}[?2026h\u{1b}[H");
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            picture.push(&Redacted::own("\r\n"));
        }
        picture.push(&Redacted::own("\u{1b}[K"));
        picture.push(line);
    }
    picture.push(&Redacted::own("\u{1b}[?2026l"));
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

/// The choice of colours on the command line.
static CHOICE: OnceLock<Colours> = OnceLock::new();

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Colours {
    /// On a terminal, unless NO_COLOR is set; or where CLICOLOR_FORCE is
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Notes the choice on the command line.
pub(crate) fn choose_colours(choice: Colours) {
    CHOICE.get_or_init(|| choice);
}

/// True if standard output is coloured.
pub(crate) fn colours() -> bool {
    let choice = CHOICE.get().copied().unwrap_or_default();
    is_coloured(choice, io::stdout().is_terminal(), variable)
}

/// The choice on the command line wins, then NO_COLOR, then CLICOLOR_FORCE: see no-color.org and bixense.com/clicolors.
fn is_coloured(
    choice: Colours,
    is_terminal: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| !["", "0"].contains(&&*value));
    let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
    match choice {
        Colours::Always => true,
        Colours::Never => false,
        Colours::Auto => !is_set("NO_COLOR") && (is_forced || is_terminal && !is_dumb),
    }
}

/// The width of a terminal that does not say how wide it is.
const USUAL_COLUMNS: usize = 80;

/// The width of the terminal that shows standard output, or what COLUMNS says; none where a file keeps it.
pub(crate) fn columns() -> Option<usize> {
    columns_of(
        variable("COLUMNS").as_deref(),
        io::stdout().is_terminal(),
        Term::stdout().size_checked(),
    )
}

/// A terminal of no rows or no columns does not know its size.
fn columns_of(said: Option<&str>, is_terminal: bool, size: Option<(u16, u16)>) -> Option<usize> {
    let said = said.and_then(|columns| columns.parse().ok());
    let known = size.filter(|(rows, columns)| *rows > 0 && *columns > 0);
    let columns = known.map_or(USUAL_COLUMNS, |(_, columns)| columns.into());
    said.filter(|columns| *columns > 0)
        .or(is_terminal.then_some(columns))
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a terminal is like stands in variables, and is read here"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// True if standard output is a terminal: somebody looks at it, and nothing keeps it.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True if standard error is a terminal, where a progress bar may be drawn.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_does_not_know_its_size_has_the_usual_one() {
        for unknown in [None, Some((0, 0)), Some((0, 100)), Some((24, 0))] {
            assert_eq!(columns_of(None, true, unknown), Some(USUAL_COLUMNS));
            assert_eq!(columns_of(Some("0"), true, unknown), Some(USUAL_COLUMNS));
            assert_eq!(columns_of(None, false, unknown), None);
        }
        assert_eq!(columns_of(None, true, Some((24, 62))), Some(62));
        assert_eq!(columns_of(Some("70"), true, Some((24, 62))), Some(70));
    }

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_terminal() {
        let with = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                let mut set = set.iter();
                let found = set.find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        };
        let auto = |is_terminal, set| is_coloured(Colours::Auto, is_terminal, with(set));
        assert!(auto(true, &[]) && !auto(false, &[]));
        assert!(
            auto(false, &[("CLICOLOR_FORCE", "1")]) && !auto(false, &[("CLICOLOR_FORCE", "0")])
        );
        assert!(!auto(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]) && !auto(true, &[("TERM", "dumb")]));
        assert!(is_coloured(
            Colours::Always,
            false,
            with(&[("NO_COLOR", "1")])
        ));
        assert!(!is_coloured(
            Colours::Never,
            true,
            with(&[("CLICOLOR_FORCE", "1")])
        ));
    }
}
