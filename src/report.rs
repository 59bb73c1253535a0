//! `wxcheck report`: the reports of a run again, made from its events or from its JSON report.

use std::{
    io::{BufRead, Read as _},
    path::Path,
};

use anyhow::Result;
use serde::Deserialize;
use serde::de::IgnoredAny;
use wxcheck_events::LINE_BYTES;
use wxcheck_report::Report;
use wxcheck_settings::{Origins, groups::Github, no_secrets};
use wxcheck_suite::{
    bounds::REPORT_BYTES,
    contract::told,
    report::{View, comparison::Comparison, json},
};

use crate::{
    cli::ReportArgs,
    exit::{Exit, usage},
    github,
    language::{Language, both},
    reports::Reports,
    screen, settings,
    terminal::{self, Style},
};

pub(crate) async fn run(args: ReportArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let recorded = Recorded::read(&args.file, lang)?;
    let settings = args.settings(origins);
    if let Some(later) = args.later.as_ref().filter(|later| **later == args.file) {
        let file = later.display();
        return Err(usage(both!(
            "{file}: it is given twice; a run is compared with another one",
            "{file}：同一个文件给了两次；请给出两次不同的运行",
        )));
    }
    let read = [Some(&args.file), args.later.as_ref()];
    let read = read.into_iter().flatten();
    let others = read.map(|file| (file.display().to_string(), file.as_path()));
    let mut reports = Reports::tried(&settings, others, lang)?;
    if let Some(later) = &args.later {
        check_use(&args)?;
        let later = Recorded::read(later, lang)?.report();
        return compare(&recorded.report(), &later, reports, lang).await;
    }
    let mut view = recorded.view(&args.file)?;
    // Every report of the run is as strict as it was, and as is asked for now.
    view.begun.fail_on = view.gate().or(settings.gate()).words();
    let style = Style::of_screen(lang, args.verbose, args.curl);
    reports.show(&terminal::report(&view, style));
    if let Some(compared) = &view.contract {
        reports.show(&view.secrets.page(&told(compared, lang)));
    }
    reports.write(&view).await;
    // A run on GitHub has told of itself, so here it is only told where that is asked for.
    if github::is_asked(settings.reports.github, false) {
        github::annotate(&view, &reports, lang);
    }
    let exit = reports.exit(view.outcome().into());
    reports.show(&terminal::verdict(&view, exit, style));
    Ok(exit)
}

/// Shows what has changed from one run to a later one.
async fn compare(
    then: &Report,
    now: &Report,
    mut reports: Reports,
    lang: Language,
) -> Result<Exit> {
    if let Some(key) = reports.not_markdown() {
        return Err(usage(both!(
            "--{key}: a comparison is written as Markdown alone; give --report-markdown, or one run",
            "--{key}：比较结果只能写成 Markdown；请用 --report-markdown，或只给一次运行",
        )));
    }
    let compared = Comparison::of(then, now);
    let (language, secrets) = (lang, no_secrets());
    reports.show(&compared.text(language, screen::colours(), &secrets));
    reports
        .write_markdown(&compared.markdown(language, &secrets))
        .await;
    let exit = reports.exit(compared.outcome().into());
    let style = Style::of_screen(lang, false, false);
    reports.show(&terminal::compared(&compared, exit, &secrets, style));
    Ok(exit)
}

/// Refuses options that a comparison has no use for.
fn check_use(args: &ReportArgs) -> Result<()> {
    let useless = [
        ("--github", args.reports.github == Some(Github::Always)),
        ("--junit-warnings", args.reports.junit_warnings.is_some()),
        ("--fail-on", !args.strictness.fail_on.is_empty()),
        ("--strict", args.strictness.strict),
        ("--verbose", args.verbose),
        ("--curl", args.curl),
    ];
    match useless.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(usage(both!(
            "{option}: a comparison of two runs has no use for it; give one run",
            "{option}：比较两次运行时用不到它；请只给一次运行",
        ))),
        None => Ok(()),
    }
}

/// A run, as it was found in a file.
enum Recorded {
    /// Its events.
    Events(Box<View>),
    /// Its JSON report.
    Report(Box<Report>),
}

impl Recorded {
    /// Reads a file, and says which it is.
    fn read(file: &Path, lang: Language) -> Result<Self> {
        let shown = file.display();
        let named =
            |error: String| usage(both!("{shown}, {error}", "{shown}：{error}", error = error));
        let mut opened = settings::open(file)?;
        let mut first = Vec::new();
        let most = LINE_BYTES as u64 + 1;
        let read = (&mut opened).take(most).read_until(b'\n', &mut first);
        read.map_err(|error| named(error.to_string()))?;
        let recorded = if is_log(&first) {
            let view = view(first.as_slice().chain(opened)).map_err(named)?;
            Self::Events(Box::new(view))
        } else {
            let mut text = String::new();
            let most = REPORT_BYTES as u64;
            let read = first
                .as_slice()
                .chain(opened)
                .take(most)
                .read_to_string(&mut text);
            // What is no text is no report either.
            let text = read.map_or("", |_| text.as_str());
            let report = wxcheck_report::read(text).map_err(|error| unreadable(file, &error))?;
            Self::Report(Box::new(report))
        };
        let told = format!("{}: {}", file.display(), recorded.kind(lang));
        screen::complain(&no_secrets().page(&told));
        Ok(recorded)
    }

    const fn kind(&self, lang: Language) -> &'static str {
        match (self, lang) {
            (Self::Events(_), Language::English) => "the events of a run",
            (Self::Events(_), Language::Chinese) => "一次运行的事件日志",
            (Self::Report(_), Language::English) => "the JSON report of a run",
            (Self::Report(_), Language::Chinese) => "一次运行的 JSON 报告",
        }
    }

    fn report(self) -> Report {
        match self {
            Self::Events(view) => json::report(&view),
            Self::Report(report) => *report,
        }
    }

    fn view(self, file: &Path) -> Result<View> {
        match self {
            Self::Events(view) => Ok(*view),
            Self::Report(report) => {
                json::view(*report, no_secrets()).map_err(|error| unreadable(file, &error))
            }
        }
    }
}

/// The error about a file of which no report can be made.
fn unreadable(file: &Path, error: &impl ToString) -> anyhow::Error {
    let file = file.display();
    usage(both!("{file}: {error}", "{file}：{error}", error = error))
}

/// The beginning of a stream, whatever its version.
#[derive(Deserialize)]
struct Begun {
    #[serde(rename = "log")]
    _log: IgnoredAny,
}

/// True if the first line of a file begins a stream of events.
fn is_log(first: &[u8]) -> bool {
    serde_json::from_slice::<Begun>(first).is_ok()
}

/// The run that a log tells; an error is for whoever named the file.
pub(crate) fn view(log: impl BufRead) -> Result<View, String> {
    let mut broken = None;
    let events = wxcheck_events::read(log);
    let events = events.map_while(|event| event.map_err(|error| broken = Some(error)).ok());
    // Secrets were taken out where the events were made.
    let view = View::of(events, no_secrets());
    match broken {
        Some(error) => Err(error.to_string()),
        None => view.map_err(|error| error.to_string()),
    }
}
