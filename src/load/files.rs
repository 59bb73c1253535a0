//! The files of a load: the report in the forms that were asked for, and samples while it goes on.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use wxcheck_load::{
    ending::Sample,
    report::{self, Change, Report},
};
use wxcheck_settings::Settings;
use wxcheck_suite::{redact::Secrets, words::in_chinese};

use crate::{
    cli::LoadArgs,
    exit::usage,
    language::{Language, both},
    pipe::Pipe,
    screen, settings,
};

/// The longest report of an earlier run that is read, in bytes.
const EARLIER_BYTES: usize = 64 * 1024 * 1024;

/// Files that were asked for, found to be writable.
pub(super) struct Files {
    json: Option<(PathBuf, Option<Pipe>)>,
    html: Option<(PathBuf, Option<Pipe>)>,
    samples: Option<BufWriter<File>>,
    secrets: Secrets,
    earlier: Option<Box<Report>>,
    lang: Language,
}

impl Files {
    /// Checks that each can be written, and reads the earlier run.
    pub(super) fn tried(args: &LoadArgs, settings: &Settings, lang: Language) -> Result<Self> {
        let tried = |option: &'static str, path: &Option<PathBuf>| {
            let path = path.clone();
            let tried = path.map(|path| {
                let pipe = if is_standard_output(&path) {
                    None
                } else {
                    settings::try_to_write(&path).context(option)?
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
                return Err(usage(both!(
                    "{option} -: give a file; only --report-json goes to standard output",
                    "{option} -：请给出文件；只有 --report-json 可以写到标准输出"
                )));
            }
        }
        let samples = args.samples.as_deref().map(settings::create).transpose();
        let samples = samples.context("--samples")?;
        Ok(Self {
            json: tried("--report-json", &args.report_json)?,
            html: tried("--report-html", &args.report_html)?,
            samples: samples.map(BufWriter::new),
            secrets: settings.secrets(),
            lang,
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
            let told = match self.lang {
                Language::English => format!("warning: no more samples are written: {error}"),
                Language::Chinese => format!("警告：不再写入样本：{error}"),
            };
            screen::complain(&self.secrets.page(&told));
            self.samples = None;
        }
    }

    /// Shows the report, and writes it.
    pub(super) async fn write(&mut self, report: &Report, secrets: &Secrets) -> Result<()> {
        let lang = self.lang;
        if let Some(mut file) = self.samples.take() {
            file.flush()?;
        }
        let changes = self
            .earlier
            .as_ref()
            .map(|earlier| report::compared(earlier, report));
        let changes = changes.unwrap_or_default();
        // The system's own words are English, as in JSON; people read those of the run's language.
        let shown = report.clone().with_reasons(|reason| match lang {
            Language::English => reason.to_owned(),
            Language::Chinese => in_chinese(reason),
        });
        let text = secrets.page(&(report::text(&shown, lang) + &lines(&changes, lang)));
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
            let page = secrets.page(&report::html(&shown, &changes, lang));
            settings::write_report(&path, pipe, &page).await?;
        }
        Ok(())
    }
}

fn lines(changes: &[Change], lang: Language) -> String {
    let label = match lang {
        Language::English => "compared    ",
        Language::Chinese => "比较        ",
    };
    let lines = changes
        .iter()
        .map(|change| format!("  {label} {}\n", change.in_words(lang)));
    lines.collect()
}

fn earlier(path: &Path) -> Result<Box<Report>> {
    let text = settings::read_text(path, EARLIER_BYTES)?;
    let report = serde_json::from_str(&text).map_err(|error| {
        let path = path.display();
        usage(both!(
            "--compare {path}: this is no report of `wxcheck load --report-json` ({error})",
            "--compare {path}：不是 `wxcheck load --report-json` 写下的报告（{error}）",
            error = error
        ))
    })?;
    Ok(Box::new(report))
}

fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}
