//! `wxcheck report`: the reports of a run again, made from its events.

use anyhow::Result;
use wxcheck_settings::Origins;
use wxcheck_suite::{bounds::EVENTS_FILE_BYTES, redact::Secrets, report::View};

use crate::{
    cli::{Lang, ReportArgs},
    contract,
    exit::{self, Exit, usage},
    reports::Reports,
    screen, settings,
    terminal::{self, Style},
};

pub(crate) async fn run(args: ReportArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    let text = settings::read_text(&args.file, EVENTS_FILE_BYTES)?;
    let named = |error: String| usage(format!("{}, {error}", args.file.display()));
    let events = wxcheck_events::read(&text).map_err(|error| named(error.to_string()))?;
    // Secrets were taken out where the events were made.
    let view = View::of(&events, Secrets::default()).map_err(|error| named(error.to_string()))?;
    let mut reports = Reports::tried(&args.settings(origins))?;
    let style = Style {
        lang,
        colours: screen::colours(),
        verbose: args.verbose,
    };
    reports.tell(&terminal::report(&view, style));
    if let Some(compared) = &view.contract {
        reports.tell(&view.secrets.page(&contract::told(compared, lang)));
    }
    reports.write(&view).await;
    Ok(reports.exit(exit::of_run(&view, args.strictness.strict)))
}
