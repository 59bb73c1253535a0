//! The places where the reports of a run go. Every path is tried before the run, so that nobody learns after ten
//! minutes that a folder is missing; one that fails costs neither the others nor the verdict.

use std::path::{Path, PathBuf, absolute};

use anyhow::Result;
use wxcheck_settings::Settings;
use wxcheck_suite::{
    redact::Redacted,
    report::{self, View},
};

use crate::{
    exit::{Exit, usage},
    pipe::Pipe,
    screen, settings,
};

/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// A function that makes a report of a run.
type Write = fn(&View) -> Redacted;

/// The reports that are asked for as files.
pub(crate) struct Reports {
    files: Vec<File>,
    /// True if something could not be written.
    lost: bool,
}

struct File {
    path: PathBuf,
    write: Write,
    /// A pipe, opened before the run.
    pipe: Option<Pipe>,
    /// True if it was told before the run that the path cannot be written.
    reported: bool,
}

impl Reports {
    /// A JSON and a JUnit report, where they are asked for, each path tried. `other` is a further file of the run, with
    /// where it was named; nothing is written over it.
    pub(crate) fn tried(settings: &Settings, other: Option<(String, &Path)>) -> Result<Self> {
        let json = settings.reports.report_json.as_deref();
        let junit = settings.reports.report_junit.as_deref();
        let html = settings.reports.report_html.as_deref();
        let named = [
            ("report-json", json),
            ("report-html", html),
            ("report-junit", junit),
        ];
        let named = named.map(|(key, path)| {
            let path = path?;
            Some((settings.place(key).with(path.display()).to_string(), path))
        });
        let named: Vec<(String, &Path)> = named.into_iter().chain([other]).flatten().collect();
        for (place, first) in named.iter().enumerate() {
            for second in &named[place + 1..] {
                check_apart(first, second)?;
            }
        }
        let asked: [(_, Write); 3] = [
            (json, report::json::write),
            (html, report::html::write),
            (junit, report::junit::write),
        ];
        let mut files = Vec::new();
        for (path, write) in asked {
            if let Some(path) = path.map(Path::to_owned) {
                let tried = if is_standard_output(&path) {
                    Ok(None)
                } else {
                    tried(&path)
                };
                files.push(File {
                    path,
                    write,
                    reported: tried.is_err(),
                    pipe: tried.unwrap_or_default(),
                });
            }
        }
        Ok(Self { files, lost: false })
    }

    /// Shows a text to whoever started the run: on standard output, or on standard error where a report has that.
    pub(crate) fn show(&self, text: &Redacted) {
        if self.files.iter().any(File::is_shown) {
            screen::show_on_stderr(text);
        } else {
            screen::show(text);
        }
    }

    /// Writes them all.
    pub(crate) async fn write(&mut self, view: &View) {
        for file in &mut self.files {
            let text = (file.write)(view);
            if file.is_shown() {
                screen::show(&text);
                continue;
            }
            let pipe = file.pipe.take();
            if let Err(error) = settings::write_report(&file.path, pipe, &text).await {
                self.lost = true;
                if !file.reported {
                    complain(&format!("error: {error:#}"));
                }
            }
        }
    }

    /// Notes that something else of the run could not be written, and tells.
    pub(crate) fn lose(&mut self, error: &anyhow::Error) {
        complain(&format!("error: {error:#}"));
        self.lost = true;
    }

    /// The exit code of a run with that verdict: where something was lost, no success.
    pub(crate) fn exit(&self, verdict: Exit) -> Exit {
        match verdict {
            Exit::Fine if self.lost => Exit::Usage,
            verdict => verdict,
        }
    }
}

impl File {
    fn is_shown(&self) -> bool {
        is_standard_output(&self.path)
    }
}

fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == STANDARD_OUTPUT
}

/// Two files do not go to one place, where the second would take that of the first.
fn check_apart(first: &(String, &Path), second: &(String, &Path)) -> Result<()> {
    let ((one, first), (other, second)) = (first, second);
    if is_standard_output(first) && is_standard_output(second) {
        return Err(usage(format!(
            "{one} and {other}: standard output takes one of them; give the other a file"
        )));
    }
    // What is no file takes one after the other.
    let is_file = first.metadata().map_or(true, |known| known.is_file());
    if is_file && place(first) == place(second) {
        return Err(usage(format!(
            "{one} and {other}: they are one file; give each its own"
        )));
    }
    Ok(())
}

/// The place where a path leads, as far as it is there.
fn place(path: &Path) -> PathBuf {
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = |path: &Path| path.canonicalize().ok();
    there(&whole)
        .or_else(|| Some(there(whole.parent()?)?.join(whole.file_name()?)))
        .unwrap_or(whole)
}

/// The pipe that a report goes to, if it is one; where none can be written, that is told at once.
fn tried(path: &Path) -> Result<Option<Pipe>, ()> {
    settings::try_to_write(path).map_err(|error| {
        complain(&format!(
            "error: {error:#}; the run goes on without that report"
        ));
    })
}

fn complain(text: &str) {
    screen::complain(&settings::secrets().page(text));
}
