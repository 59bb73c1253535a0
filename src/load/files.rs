//! The files of a load: the report in the forms that were asked for, and samples while it goes on.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Result;
use wxcheck_load::{
    ending::Sample,
    report::{self, Change, Report},
};
use wxcheck_settings::Settings;
use wxcheck_suite::redact::Secrets;

use crate::{cli::LoadArgs, exit::usage, pipe::Pipe, screen, settings};

/// The longest report of an earlier run that is read, in bytes.
const EARLIER_BYTES: usize = 64 * 1024 * 1024;

/// Files that were asked for, found to be writable.
pub(super) struct Files {
    json: Option<(PathBuf, Option<Pipe>)>,
    html: Option<(PathBuf, Option<Pipe>)>,
    samples: Option<BufWriter<File>>,
    secrets: Secrets,
    earlier: Option<Box<Report>>,
}

impl Files {
    /// Checks that each can be written, and reads the earlier run.
    pub(super) fn tried(args: &LoadArgs, settings: &Settings) -> Result<Self> {
        let tried = |path: &Option<PathBuf>| {
            let path = path.clone();
            let tried = path.map(|path| {
                let pipe = if is_standard_output(&path) {
                    None
                } else {
                    settings::try_to_write(&path)?
                };
                Ok::<_, anyhow::Error>((path, pipe))
            });
            tried.transpose()
        };
        for (option, path) in [
            ("--report-html", args.report_html.as_deref()),
            ("--samples", args.samples.as_deref()),
        ] {
            if path.is_some_and(is_standard_output) {
                return Err(usage(format!(
                    "{option} -: give a file; only --report-json goes to standard output"
                )));
            }
        }
        let samples = args.samples.as_deref().map(settings::create).transpose()?;
        Ok(Self {
            json: tried(&args.report_json)?,
            html: tried(&args.report_html)?,
            samples: samples.map(BufWriter::new),
            secrets: settings.secrets(),
            earlier: args.compare.as_deref().map(earlier).transpose()?,
        })
    }

    /// True if samples are written.
    pub(super) const fn samples(&self) -> bool {
        self.samples.is_some()
    }

    /// Writes one sample, on a line of its own.
    pub(super) fn sample(&mut self, sample: &Sample) {
        let Some(file) = &mut self.samples else {
            return;
        };
        let line = serde_json::to_string(sample).unwrap_or_default();
        let line = self.secrets.page(&line);
        if let Err(error) = writeln!(file, "{line}") {
            let told = format!("warning: no more samples are written: {error}");
            screen::complain(&self.secrets.page(&told));
            self.samples = None;
        }
    }

    /// Shows the report, and writes it.
    pub(super) async fn write(&mut self, report: &Report, secrets: &Secrets) -> Result<()> {
        if let Some(mut file) = self.samples.take() {
            file.flush()?;
        }
        let changes = self
            .earlier
            .as_ref()
            .map(|earlier| report::compared(earlier, report));
        let changes = changes.unwrap_or_default();
        let text = secrets.page(&(report::text(report) + &lines(&changes)));
        let json = self.json.take();
        let to_output = json
            .as_ref()
            .is_some_and(|(path, _)| is_standard_output(path));
        if to_output {
            screen::show_on_stderr(&text);
            screen::show(&secrets.json(report));
        } else {
            screen::show(&text);
        }
        if let Some((path, pipe)) = json.filter(|_| !to_output) {
            settings::write_report(&path, pipe, &secrets.json(report)).await?;
        }
        if let Some((path, pipe)) = self.html.take() {
            let page = secrets.page(&report::html(report, &changes));
            settings::write_report(&path, pipe, &page).await?;
        }
        Ok(())
    }
}

fn lines(changes: &[Change]) -> String {
    let lines = changes
        .iter()
        .map(|change| format!("  compared     {change}\n"));
    lines.collect()
}

fn earlier(path: &Path) -> Result<Box<Report>> {
    let text = settings::read_text(path, EARLIER_BYTES)?;
    let report = serde_json::from_str(&text).map_err(|error| {
        usage(format!(
            "--compare {}: this is no report of `wxcheck load --report-json` ({error})",
            path.display()
        ))
    })?;
    Ok(Box::new(report))
}

fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}
