//! The report for people: what is wrong, what was seen, why it matters, how to fix it, how to see it again; and in its last
//! line the verdict.

mod findings;
mod known;
mod labels;
mod layout;
mod lists;
mod page;
mod summary;

use wxcheck_events::Ended;
use wxcheck_suite::{
    redact::{Redacted, Secrets},
    report::{View, view::Diagnosed},
    rule::Rule,
    verdict::Verdict,
    words::{self, sentence},
};

use crate::{language::Language, screen};
pub(crate) use layout::width;
use page::Page;
pub(crate) use summary::{compared, verdict};

/// The style of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) lang: Language,
    pub(crate) colours: bool,
    /// Every rule is listed.
    pub(crate) verbose: bool,
    /// The `curl` line of each finding is shown.
    pub(crate) curl: bool,
    /// The width of the terminal; without one lines are as long as they are.
    pub(crate) columns: Option<usize>,
}

impl Style {
    /// The style for standard output.
    pub(crate) fn of_screen(lang: Language, verbose: bool, curl: bool) -> Self {
        Self {
            lang,
            colours: screen::colours(),
            verbose,
            curl: curl || verbose,
            columns: screen::columns(),
        }
    }

    /// The columns that a line may take.
    fn columns(self) -> usize {
        let known = self
            .columns
            .map(|columns| columns.clamp(layout::NARROWEST, layout::WIDEST));
        known.unwrap_or(usize::MAX)
    }
}

/// A rule's summary, why and fix in a language.
pub(crate) fn rule_words(
    rule: &Rule,
    lang: Language,
) -> (&'static str, &'static str, &'static str) {
    let chinese = words::chinese(rule.id.as_str()).filter(|_| lang == Language::Chinese);
    chinese.map_or((rule.summary, rule.why, rule.fix), |words| {
        (words.summary, words.why, words.fix)
    })
}

/// The causes to be fixed first, by themselves.
pub(crate) fn causes(diagnosed: &Diagnosed, secrets: &Secrets, style: Style) -> Redacted {
    let mut page = Page::new(style, secrets);
    page.causes(diagnosed);
    page.finish()
}

/// The whole report, but for its last line, which is [`verdict`].
pub(crate) fn report(view: &View, style: Style) -> Redacted {
    let mut page = Page::new(style, &view.secrets);
    page.header(view);
    page.server_ended(view);
    if let Some(diagnosed) = &view.diagnosed {
        page.causes(diagnosed);
    }
    if let Ended::NoContact { reason } = &view.ended.ended {
        // What was seen before anything was sent may be the reason.
        for verdict in [Verdict::Failed, Verdict::Warned, Verdict::Noted] {
            for row in view.with(verdict) {
                page.finding(row, view);
            }
        }
        page.gap();
        let (url, reason) = (&view.begun.url, sentence(reason, style.lang));
        page.line(&match style.lang {
            Language::English => format!("no contact with {url}: {reason}"),
            Language::Chinese => format!("无法连接 {url}：{reason}"),
        });
        return page.finish();
    }
    page.areas(view);
    for told in view.problems() {
        page.problem(&told, view);
    }
    page.outdated(view);
    page.known(view);
    page.short_list(view, Verdict::Noted);
    page.short_list(view, Verdict::Inconclusive);
    if style.verbose {
        page.every_rule(view);
    }
    page.effort(view);
    page.finish()
}
