//! Words of written reports that are not a rule's, in both languages.

use super::View;
use crate::{verdict::Verdict, words::Language};

/// Short words.
pub(super) struct Labels {
    pub(super) accepted_for: &'static str,
    pub(super) all: &'static str,
    pub(super) also: &'static str,
    pub(super) area: &'static str,
    pub(super) expected: &'static str,
    pub(super) findings: &'static str,
    pub(super) fix: &'static str,
    pub(super) fix_first: &'static str,
    pub(super) got: &'static str,
    pub(super) known: &'static str,
    pub(super) known_word: &'static str,
    pub(super) note: &'static str,
    pub(super) noted: &'static str,
    pub(super) open: &'static str,
    pub(super) pushes: &'static str,
    pub(super) same_bug: &'static str,
    pub(super) source: &'static str,
    pub(super) story: &'static str,
    pub(super) unobserved: &'static str,
    pub(super) why: &'static str,
}

const ENGLISH: Labels = Labels {
    accepted_for: "accepted for now",
    all: "all",
    also: "also",
    area: "area",
    expected: "expected",
    findings: "Findings",
    fix: "fix",
    fix_first: "Fix this first",
    got: "got",
    known: "Known, and accepted for now",
    known_word: "known",
    note: "note",
    noted: "Noted, for information",
    open: "Then run it again: whether messages are answered correctly can only be seen after that.",
    pushes: "pushes",
    same_bug: "same bug",
    source: "source",
    story: "story",
    unobserved: "Not observed",
    why: "why",
};

const CHINESE: Labels = Labels {
    accepted_for: "豁免原因",
    all: "合计",
    also: "还有",
    area: "分类",
    expected: "期望",
    findings: "发现的问题",
    fix: "修复",
    fix_first: "现在先改这个",
    got: "实际",
    known: "已知问题，暂时豁免",
    known_word: "已知",
    note: "说明",
    noted: "仅供参考",
    open: "改完后请再运行一次：在此之前看不出消息的响应是否正确。",
    pushes: "推送",
    same_bug: "同一缺陷",
    source: "依据",
    story: "经过",
    unobserved: "未判定",
    why: "原因",
};

/// The sign between a label and what it labels.
pub(super) fn colon(language: Language) -> &'static str {
    language.of(": ", "：")
}

/// The short words of a language.
pub(super) fn labels(language: Language) -> &'static Labels {
    language.of(&ENGLISH, &CHINESE)
}

/// The number of rules with each verdict that there is, and of those whose findings are known.
pub(super) fn counts(view: &View, language: Language) -> String {
    let counted = Verdict::ALL.into_iter();
    let counted = counted.map(|one| (view.unknown(one).count(), language.verdict(one)));
    let known = (view.known().count(), labels(language).known_word);
    let told = counted.chain([known]).filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(language.of(", ", "，"))
}

/// The mark of a rule whose findings are known and accepted.
pub(super) const KNOWN: &str = "k";

/// The mark of a verdict.
pub(super) const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓",
        Verdict::Failed => "✗",
        Verdict::Warned => "!",
        Verdict::Noted => "i",
        Verdict::Inconclusive => "?",
        Verdict::Skipped => "·",
        Verdict::Flaky => "~",
        Verdict::Errored => "E",
    }
}
