//! The line of a load that goes on, on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wxcheck_load::report::{self, Timeline};

use crate::{language::Language, screen};

/// The line, if somebody watches.
pub(crate) struct Line(Option<ProgressBar>, Language);

impl Line {
    /// A line that is empty at first.
    pub(crate) fn new(lang: Language) -> Self {
        let drawn = screen::watched().then(|| {
            let style = ProgressStyle::with_template("{msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar
        });
        Self(drawn, lang)
    }

    /// Shows how far it is.
    pub(crate) fn show(&self, timeline: &Timeline) {
        if let (Some(bar), Some(row)) = (&self.0, timeline.latest()) {
            bar.set_message(report::line(
                row.second,
                &row,
                &timeline.total().counts,
                self.1,
            ));
            bar.tick();
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
