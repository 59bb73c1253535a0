//! The places where the reports of a run go. Every path is tried before anything is sent, and one that cannot be written ends the
//! run there: a pipeline that lacks a report would learn of it after ten minutes, or never. What is lost later, as on a full disk,
//! costs neither the others nor the verdict.

use std::path::{Path, PathBuf, absolute};

use anyhow::{Context as _, Result};
use wxcheck_settings::{FILE_NAME, Settings, groups};
use wxcheck_suite::{
    redact::Redacted,
    report::{self, View, junit::Warnings},
};

use crate::{
    exit::{self, Exit, usage},
    language::{Language, both},
    pipe::Pipe,
    screen, settings,
};

/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// A form of report.
struct Format {
    /// The setting that names its file.
    key: &'static str,
    path: fn(&groups::Reports) -> Option<&Path>,
    write: fn(&View, &Wishes) -> Redacted,
}

/// Every form that is written to a file. To add one is to add a line here and its setting.
#[rustfmt::skip]
static FORMATS: [Format; 6] = [
    Format { key: "report-json", path: |r| r.report_json.as_deref(), write: |view, _| report::json::write(view) },
    Format { key: "report-html", path: |r| r.report_html.as_deref(), write: |view, _| report::html::write(view) },
    Format { key: "report-junit", path: |r| r.report_junit.as_deref(), write: |view, wishes| report::junit::write(view, wishes.warnings, wishes.language) },
    Format { key: "report-markdown", path: |r| r.report_markdown.as_deref(), write: |view, wishes| report::markdown::write(view, wishes.language) },
    Format { key: "report-sarif", path: |r| r.report_sarif.as_deref(), write: |view, wishes| report::sarif::write(view, FILE_NAME, wishes.language) },
    Format { key: "report-gitlab", path: |r| r.report_gitlab.as_deref(), write: |view, wishes| report::gitlab::write(view, FILE_NAME, wishes.language) },
];

/// The choices that reports depend on beside the run.
#[derive(Clone, Copy)]
struct Wishes {
    language: Language,
    warnings: Option<Warnings>,
}

/// The reports that are asked for as files.
pub(crate) struct Reports {
    files: Vec<File>,
    wishes: Wishes,
    lang: Language,
    /// True if something could not be written.
    lost: bool,
}

struct File {
    path: PathBuf,
    format: &'static Format,
    /// A pipe, opened before the run.
    pipe: Option<Pipe>,
}

impl Reports {
    /// The reports that are asked for, each path tried. `others` are further files of the run, with where each was
    /// named; nothing is written over them.
    pub(crate) fn tried<'a>(
        settings: &'a Settings,
        others: impl IntoIterator<Item = (String, &'a Path)>,
        lang: Language,
    ) -> Result<Self> {
        let asked = FORMATS.iter().filter_map(|format| {
            let path = (format.path)(&settings.reports)?;
            Some((format, path))
        });
        let asked: Vec<(&'static Format, &Path)> = asked.collect();
        let named = asked.iter().map(|(format, path)| {
            let place = settings.place(format.key).with(path.display());
            (place.to_string(), *path)
        });
        let named: Vec<(String, &Path)> = named.chain(others).collect();
        for (place, first) in named.iter().enumerate() {
            for second in &named[place + 1..] {
                check_apart(first, second)?;
            }
        }
        let files = asked.into_iter().map(|(format, path)| {
            let pipe = if is_standard_output(path) {
                None
            } else {
                let place = || settings.place(format.key).to_string();
                settings::try_to_write(path).with_context(place)?
            };
            Ok(File {
                path: path.to_owned(),
                format,
                pipe,
            })
        });
        Ok(Self {
            files: files.collect::<Result<_>>()?,
            wishes: Wishes {
                language: lang,
                warnings: settings.reports.junit_warnings,
            },
            lang,
            lost: false,
        })
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
        let wishes = self.wishes;
        self.write_by(|format| (format.write)(view, &wishes)).await;
    }

    /// Writes a text of another kind to the one file that may hold it: the Markdown of a comparison.
    pub(crate) async fn write_markdown(&mut self, text: &Redacted) {
        self.write_by(|_| text.clone()).await;
    }

    /// The key of a report that is asked for and is not Markdown, if there is one.
    pub(crate) fn not_markdown(&self) -> Option<&'static str> {
        let mut keys = self.files.iter().map(|file| file.format.key);
        keys.find(|key| *key != "report-markdown")
    }

    async fn write_by(&mut self, text: impl Fn(&Format) -> Redacted) {
        for file in &mut self.files {
            let text = text(file.format);
            if file.is_shown() {
                screen::show(&text);
                continue;
            }
            let pipe = file.pipe.take();
            if let Err(error) = settings::write_report(&file.path, pipe, &text).await {
                self.lost = true;
                complain(&exit::describe(&error, self.lang));
            }
        }
    }

    /// Notes that something else of the run could not be written, and tells.
    pub(crate) fn lose(&mut self, error: &anyhow::Error) {
        complain(&exit::describe(error, self.lang));
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
        return Err(usage(both!(
            "{one} and {other}: standard output takes one of them; give the other a file",
            "{one} 和 {other}：标准输出只能给其中一个；请为另一个给出文件",
        )));
    }
    // What is no file takes one after the other.
    let is_file = first.metadata().map_or(true, |known| known.is_file());
    if is_file && place(first) == place(second) {
        return Err(usage(both!(
            "{one} and {other}: they are one file; give each its own",
            "{one} 和 {other}：是同一个文件；请各用一个",
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

fn complain(text: &str) {
    screen::complain(&settings::secrets().page(text));
}
