//! `wxcheck report`: the reports of a run again, made from its events.

use std::io::BufRead;

use anyhow::Result;
use wxcheck_settings::{Origins, no_secrets};
use wxcheck_suite::report::View;

use crate::{
    cli::{Lang, ReportArgs},
    contract,
    exit::{self, Exit, usage},
    reports::Reports,
    settings,
    terminal::{self, Style},
};

pub(crate) async fn run(args: ReportArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    let named = |error: String| usage(format!("{}, {error}", args.file.display()));
    let view = view(settings::open(&args.file)?).map_err(named)?;
    let other = Some((args.file.display().to_string(), args.file.as_path()));
    let settings = args.settings(origins);
    let mut reports = Reports::tried(&settings, other)?;
    let style = Style::of_screen(lang, args.verbose, args.curl);
    reports.show(&terminal::report(&view, style));
    if let Some(compared) = &view.contract {
        reports.show(&view.secrets.page(&contract::render(compared, lang)));
    }
    reports.write(&view).await;
    let gate = view.gate().or(settings.gate());
    let exit = reports.exit(exit::of_run(&view, gate));
    reports.show(&terminal::verdict(&view, exit, style));
    Ok(exit)
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
