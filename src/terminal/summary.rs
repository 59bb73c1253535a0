//! The end of a report: what it took, what the exit code does not say, and the verdict.

use std::collections::BTreeMap;

use wxcheck_suite::{
    reason::Reason,
    redact::{Redacted, Secrets},
    report::{
        Outcome, View,
        comparison::Comparison,
        labels::{counts, ended_early, server_ended},
    },
    rule::Level,
    verdict::Verdict,
};

use super::{
    Style,
    labels::{self, no_verdict},
    page::Page,
};
use crate::{cli::Lang, exit::Exit, language::told};

impl Page<'_> {
    /// The end of the server's process, with its last words, if it ended by itself.
    pub(super) fn server_ended(&mut self, view: &View) {
        let Some(ended) = &view.server_ended else {
            return;
        };
        self.gap();
        self.line(&server_ended(ended, self.style.lang.language()));
        for line in &ended.output {
            self.line(&format!("  | {}", view.secrets.render(line)));
        }
        self.gap();
    }

    /// The number of rules, and what judging them took.
    pub(super) fn effort(&mut self, view: &View) {
        let lang = self.style.lang;
        let counts = counts(&view.rows, lang.language());
        self.gap();
        self.line(&labels::total(view.rows.len(), &counts, lang));
        for line in labels::effort(&view.ended, lang) {
            self.line(&line);
        }
        self.unproven(view);
        if let Some(cut) = ended_early(&view.ended.ended, lang.language()) {
            self.line(&cut);
        }
    }

    /// A word on what the exit code does not say.
    fn unproven(&mut self, view: &View) {
        let doubted = view
            .with(Verdict::Warned)
            .filter(|row| row.rule.level == Level::Must);
        let doubted: Vec<&str> = doubted.map(|row| row.rule.id.as_str()).collect();
        if !doubted.is_empty() {
            self.line(self.labels.unproven);
            self.line(&format!("  {}", doubted.join(", ")));
        }
        if view.shows_no_push_taken() {
            self.line(self.labels.unseen);
        }
    }
}

/// The last line: the verdict, what decided it, and the exit code, which is another one where a report was lost.
pub(crate) fn verdict(view: &View, exit: Exit, style: Style) -> Redacted {
    let lang = style.lang;
    let mut parts = view.found(lang.language());
    if view.outcome() == Outcome::Passed {
        parts.extend(unjudged(view, lang));
    }
    last_line(view.outcome(), parts, exit, &view.secrets, style)
}

/// The same of a comparison.
pub(crate) fn compared(
    comparison: &Comparison<'_>,
    exit: Exit,
    secrets: &Secrets,
    style: Style,
) -> Redacted {
    let counts = vec![comparison.counts(style.lang.language())];
    last_line(comparison.outcome(), counts, exit, secrets, style)
}

fn last_line(
    outcome: Outcome,
    mut parts: Vec<String>,
    exit: Exit,
    secrets: &Secrets,
    style: Style,
) -> Redacted {
    let lang = style.lang;
    let colour = match outcome {
        Outcome::Passed => Verdict::Passed,
        Outcome::Failed => Verdict::Failed,
        Outcome::NoVerdict(_) => Verdict::Errored,
    };
    let word = outcome.words(lang.language()).to_uppercase();
    parts.extend(outcome.open().map(|open| no_verdict(open, lang).to_owned()));
    if exit != Exit::from(outcome) {
        parts.push(labels::lost(lang).to_owned());
    }
    let code = exit as u8;
    parts.push(told!(lang, "exit {code}", "退出码 {code}"));
    let mut page = Page::new(style, secrets);
    parts.insert(0, String::new());
    page.last(colour, &word, &parts.join(" · "));
    page.finish()
}

/// The number of rules that could not be judged, with the setting that would help most of them.
fn unjudged(view: &View, lang: Lang) -> Option<String> {
    let open: Vec<&Reason> = view
        .with(Verdict::Inconclusive)
        .filter_map(|row| row.reason.as_ref())
        .collect();
    let count = view.count(Verdict::Inconclusive);
    if count == 0 {
        return None;
    }
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for reason in open {
        let text = reason.to_string();
        let setting = text
            .split_once('⟦')
            .and_then(|(_, rest)| rest.split_once('⟧'));
        if let (Reason::Missing(_), Some((setting, _))) = (reason, setting) {
            *asked.entry(setting.to_owned()).or_default() += 1;
        }
    }
    let most = asked.into_iter().max_by_key(|(_, count)| *count);
    Some(match (lang, most) {
        (Lang::En, Some((setting, _))) => format!(
            "{} could not be judged: give ⟦{setting}⟧",
            labels::rules(count, lang)
        ),
        (Lang::En, None) => format!("{} could not be judged", labels::rules(count, lang)),
        (Lang::Zh, Some((setting, _))) => format!("{count} 条规则未判定：请加上 ⟦{setting}⟧"),
        (Lang::Zh, None) => format!("{count} 条规则未判定"),
    })
}
