//! The end of a report: what it took, what the exit code does not say, and the verdict.

use std::collections::BTreeMap;

use wxcheck_suite::{
    reason::Reason, redact::Redacted, report::View, rule::Level, verdict::Verdict,
};

use super::{
    Style,
    labels::{self, no_verdict},
    page::Page,
};
use crate::{cli::Lang, exit::Exit, language::told};

impl Page<'_> {
    /// The number of rules, and what judging them took.
    pub(super) fn effort(&mut self, view: &View) {
        let lang = self.style.lang;
        let counts = labels::counts(&view.rows, lang);
        self.gap();
        self.line(&labels::total(view.rows.len(), &counts, lang));
        for line in labels::effort(&view.ended, lang) {
            self.line(&line);
        }
        self.unproven(view);
        if let Some(cut) = labels::cut(&view.ended.ended, lang) {
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
pub(crate) fn verdict(view: &View, judged: Exit, exit: Exit, style: Style) -> Redacted {
    let lang = style.lang;
    let (colour, word) = match (judged, lang) {
        (Exit::Fine, Lang::En) => (Verdict::Passed, "PASSED"),
        (Exit::Fine, Lang::Zh) => (Verdict::Passed, "通过"),
        (Exit::Broken, Lang::En) => (Verdict::Failed, "FAILED"),
        (Exit::Broken, Lang::Zh) => (Verdict::Failed, "未通过"),
        (Exit::Usage | Exit::NoVerdict, Lang::En) => (Verdict::Errored, "NO VERDICT"),
        (Exit::Usage | Exit::NoVerdict, Lang::Zh) => (Verdict::Errored, "没有结论"),
    };
    let mut parts = found(view, lang);
    match judged {
        Exit::Fine => parts.extend(unjudged(view, lang)),
        Exit::Broken | Exit::Usage => {}
        Exit::NoVerdict => {
            parts.extend(view.open().map(|open| no_verdict(open, lang).to_owned()));
        }
    }
    if exit != judged {
        parts.push(labels::lost(lang).to_owned());
    }
    let code = exit as u8;
    parts.push(told!(lang, "exit {code}", "退出码 {code}"));
    let mut page = Page::new(style, &view.secrets);
    parts.insert(0, String::new());
    page.last(colour, word, &parts.join(" · "));
    page.finish()
}

/// The numbers of what was found, as far as it is not known.
fn found(view: &View, lang: Lang) -> Vec<String> {
    let count = |is_counted: &dyn Fn(Verdict, Level) -> bool| {
        let rows = view.rows.iter().filter(|row| row.known.is_none());
        rows.filter(|row| is_counted(row.verdict, row.rule.level))
            .count()
    };
    let unproven = labels::unproven(lang);
    let known = labels::known(lang);
    let counts = [
        (count(&|verdict, _| verdict == Verdict::Failed), "must"),
        (
            count(&|verdict, level| verdict == Verdict::Warned && level == Level::Must),
            unproven,
        ),
        (
            count(&|verdict, level| verdict == Verdict::Warned && level != Level::Must),
            "should",
        ),
        (
            count(&|verdict, _| verdict == Verdict::Flaky),
            labels::verdict(Verdict::Flaky, lang),
        ),
        (
            count(&|verdict, _| verdict == Verdict::Errored),
            labels::verdict(Verdict::Errored, lang),
        ),
        (
            count(&|verdict, _| verdict == Verdict::Noted && view.gate().info),
            "info",
        ),
        (
            count(&|verdict, _| verdict == Verdict::Inconclusive && view.gate().inconclusive),
            labels::verdict(Verdict::Inconclusive, lang),
        ),
        (view.known().count(), known),
    ];
    let counted = counts.into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let comma = match lang {
        Lang::En => ", ",
        Lang::Zh => "，",
    };
    let mut parts: Vec<String> = (!counted.is_empty())
        .then(|| counted.join(comma))
        .into_iter()
        .collect();
    if let Some(list) = view
        .baseline
        .as_ref()
        .filter(|list| !list.faults.is_empty())
    {
        let (entries, file) = (list.faults.len(), &list.file);
        parts.push(match lang {
            Lang::En => format!("{file} is out of date ({entries})"),
            Lang::Zh => format!("{file} 需要更新（{entries}）"),
        });
    }
    let changed = view
        .contract
        .as_ref()
        .map_or(0, |contract| contract.changed().len());
    if changed > 0 {
        parts.push(match lang {
            Lang::En => format!("replies changed: {changed}"),
            Lang::Zh => format!("{changed} 个回包有变化"),
        });
    }
    parts
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
