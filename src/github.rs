//! GitHub Actions: annotations among the output, and the report in the job's summary.

use std::path::Path;

use wxcheck_settings::groups::Github;
use wxcheck_suite::report::{
    View,
    github::{SUMMARY_BYTES, annotations},
    markdown,
};

use crate::{
    exit,
    language::{Language, told},
    reports::Reports,
    screen,
    settings::{self, append_text},
};

/// True if GitHub is to be told of a run, `here` if it runs us.
pub(crate) const fn is_asked(when: Option<Github>, here: bool) -> bool {
    match when {
        Some(Github::Always) => true,
        Some(Github::Never) => false,
        Some(Github::Auto) | None => here,
    }
}

/// True if GitHub Actions runs us.
pub(crate) fn runs_us() -> bool {
    variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Prints the annotations, and adds the report to the summary of the job where GitHub names a file for it. That it cannot be
/// written costs nothing but itself.
pub(crate) fn annotate(view: &View, reports: &Reports, lang: Language) {
    reports.show(&annotations(view, lang));
    let Some(file) = variable("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return;
    };
    let file = Path::new(&file);
    let written = file.metadata().map_or(0, |known| known.len());
    let room = SUMMARY_BYTES.saturating_sub(usize::try_from(written).unwrap_or(SUMMARY_BYTES));
    let text = markdown::write_within(view, lang, room);
    if let Err(error) = append_text(file, &text) {
        let said = exit::said(&error, lang);
        let told = told!(lang, "warning: {said}", "警告：{said}");
        screen::complain(&settings::secrets().page(&told));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what GitHub Actions says of itself is no setting"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
