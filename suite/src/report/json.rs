//! The JSON report: its form is [`wxcheck_report`], and every other report can be made of it.

mod ended;
mod made;
mod view;

pub use made::{cause, report};
pub use view::view;

use wxcheck_events::Ended;
use wxcheck_report::Report;

use super::View;
use crate::redact::Redacted;

/// The way the run of a report ended, if this version knows it.
pub fn ended(report: &Report) -> Option<Ended> {
    ended::read(&report.ended)
}

/// The report, indented, with a newline at the end.
pub fn write(view: &View) -> Redacted {
    view.secrets.report(&report(view))
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Event, Kind};

    use super::*;
    use crate::{
        redact::Secrets,
        report::{junit, view::tests::begun},
        rule::{Level, deprecated::tests::SAMPLE},
        verdict::Verdict,
        words::Language,
    };

    #[test]
    fn the_form_has_the_words_of_verdicts_and_levels() {
        assert_eq!(Verdict::ALL.map(Verdict::as_str), wxcheck_report::VERDICTS);
        let levels = [Level::Must, Level::Should, Level::Info];
        assert_eq!(
            levels.map(|level| level.to_string()),
            wxcheck_report::LEVELS
        );
    }

    #[test]
    fn a_deprecated_rule_says_so_in_the_reports() {
        let event = Event {
            number: 0,
            at_micros: 0,
            kind: Kind::RunBegun(Box::new(begun(&[SAMPLE.id]))),
        };
        let mut view = View::of([event], Secrets::default()).unwrap();
        view.rows[0].verdict = Verdict::Failed;
        let note = "deprecated since 0.3.0: use `reply/acknowledges`";
        let both = |view: &View| [write(view), junit::write(view, None, Language::English)];
        for report in both(&view) {
            assert!(!report.as_str().contains("deprecated"), "{report}");
        }
        view.rows[0].deprecated = Some(&SAMPLE);
        for report in both(&view) {
            assert!(report.as_str().contains(note), "{report}");
        }
    }
}
