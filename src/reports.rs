//! Where the reports of a run go. Every path is tried before the run, so that nobody learns after ten minutes that a
//! folder is missing; one that fails costs neither the others nor the verdict.

use std::path::{Path, PathBuf};

use anyhow::Result;
use wxcheck_suite::{configuration::Configuration, redact::Shown, report, run::Run};

use crate::{
    exit::{Exit, usage},
    screen, settings,
};

/// What stands for standard output in place of a path.
const STANDARD_OUTPUT: &str = "-";

/// What makes a report of a run.
type Write = fn(&Run) -> Shown;

/// The reports that are asked for as files.
pub(crate) struct Reports {
    files: Vec<File>,
    /// Whether something could not be written.
    lost: bool,
}

struct File {
    path: PathBuf,
    write: Write,
    /// Whether it was told before the run that the path cannot be written.
    told: bool,
}

impl Reports {
    /// Those that are configured, each path tried.
    pub(crate) fn tried(configuration: &Configuration) -> Result<Self> {
        let asked: [(_, Write); 2] = [
            (&configuration.report_json, report::json::write),
            (&configuration.report_junit, report::junit::write),
        ];
        let mut files = Vec::new();
        for (path, write) in asked {
            if let Some(path) = path.clone() {
                let told = !is_standard_output(&path) && cannot_be_written(&path);
                files.push(File { path, write, told });
            }
        }
        let reports = Self { files, lost: false };
        if reports.files.iter().filter(|file| file.is_shown()).count() > 1 {
            return Err(usage(
                "--report-json - and --report-junit -: standard output takes one of them; give the other a file",
            ));
        }
        Ok(reports)
    }

    /// Shows a text to whoever started the run: on standard output, or on standard error where a report has that.
    pub(crate) fn tell(&self, text: &Shown) {
        if self.files.iter().any(File::is_shown) {
            screen::tell(text);
        } else {
            screen::show(text);
        }
    }

    /// Writes them all.
    pub(crate) fn write(&mut self, run: &Run) {
        for file in &self.files {
            let text = (file.write)(run);
            if file.is_shown() {
                screen::show(&text);
            } else if let Err(error) = settings::write_text(&file.path, &text) {
                self.lost = true;
                if !file.told {
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

/// Whether a report cannot be written there; told at once if so.
fn cannot_be_written(path: &Path) -> bool {
    match settings::try_to_write(path) {
        Ok(()) => false,
        Err(error) => {
            complain(&format!(
                "error: {error:#}; the run goes on without that report"
            ));
            true
        }
    }
}

fn complain(text: &str) {
    screen::complain(&settings::secrets().page(text));
}
