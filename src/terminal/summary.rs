//! The end of a report: what it took, what the exit code does not say, and the verdict.

use std::collections::BTreeMap;

use wxcheck_suite::{
    reason::Reason,
    redact::{Redacted, Secrets},
    report::{
        Outcome, View,
        comparison::Comparison,
        labels::{counts, effort, ended_early, server_ended},
        view::Row,
    },
    rule::Level,
    verdict::Verdict,
};

use super::{
    Style,
    labels::{self, no_verdict},
    page::Page,
};
use crate::{
    exit::Exit,
    language::{Language, told},
};

impl Page<'_> {
    /// The end of the server, with its last words: what to look at first, unless the run passed all the same.
    pub(super) fn server_ended(&mut self, view: &View) {
        let language = self.style.lang;
        match (view.death(), &view.server_ended) {
            (Some(death), _) => {
                self.heading(self.labels.fix_first);
                self.line(&format!("  {}", death.says(language)));
                self.labelled(self.labels.fix, death.fix(language));
            }
            (None, Some(ended)) => {
                self.gap();
                self.line(&server_ended(ended, language));
            }
            (None, None) => return,
        }
        for line in view.server_ended.iter().flat_map(|ended| &ended.output) {
            self.line(&format!("  | {}", view.secrets.render(line)));
        }
        self.gap();
    }

    /// The number of rules, and what judging them took.
    pub(super) fn effort(&mut self, view: &View) {
        let lang = self.style.lang;
        let counts = counts(&view.rows, lang);
        self.gap();
        self.line(&labels::total(view.rows.len(), &counts, lang));
        for line in effort(view, lang) {
            self.line(&line);
        }
        self.unproven(view);
        if let Some(cut) = ended_early(view, lang) {
            self.line(&cut);
        }
    }

    /// A word on what the exit code does not say.
    fn unproven(&mut self, view: &View) {
        let doubted = view.unknown(Verdict::Warned);
        let doubted: Vec<&Row> = doubted
            .filter(|row| row.rule.level == Level::Must)
            .collect();
        if !doubted.is_empty() {
            let is_unwatched = doubted.iter().any(|row| row.wants_effects());
            self.doubt(self.labels.unproven, is_unwatched);
            let ids: Vec<&str> = doubted.iter().map(|row| row.rule.id.as_str()).collect();
            self.line(&format!("  {}", ids.join(", ")));
        }
        if view.shows_no_push_taken() {
            self.doubt(self.labels.unseen, view.wants_effects());
        }
    }

    /// A doubt, with what would settle it only where that is not given yet.
    fn doubt(&mut self, told: &str, is_unwatched: bool) {
        let settled = if is_unwatched {
            self.labels.unwatched
        } else {
            ""
        };
        let space = self.style.lang.of(" ", "");
        self.line(&format!("{told}{space}{settled}"));
    }
}

/// The last line: the verdict, what decided it, and the exit code, which is another one where a report was lost.
pub(crate) fn verdict(view: &View, exit: Exit, style: Style) -> Redacted {
    let lang = style.lang;
    let mut parts = view.found(lang);
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
    let counts = vec![comparison.counts(style.lang)];
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
    let word = outcome.words(lang).to_uppercase();
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
fn unjudged(view: &View, lang: Language) -> Option<String> {
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
    let told = match lang {
        Language::English => format!("{} could not be judged", labels::rules(count, lang)),
        Language::Chinese => format!("{count} 条规则未判定"),
    };
    // What stands in the way of the others stays there.
    let most = asked.into_iter().max_by_key(|(_, count)| *count);
    Some(match (lang, most) {
        (_, None) => told,
        (Language::English, Some((setting, helped))) if helped == count => {
            format!("{told}: give ⟦{setting}⟧")
        }
        (Language::English, Some((setting, helped))) => {
            format!("{told}: give ⟦{setting}⟧ for {helped} of them")
        }
        (Language::Chinese, Some((setting, helped))) if helped == count => {
            format!("{told}：请加上 ⟦{setting}⟧")
        }
        (Language::Chinese, Some((setting, helped))) => {
            format!("{told}，其中 {helped} 条需要加上 ⟦{setting}⟧")
        }
    })
}
