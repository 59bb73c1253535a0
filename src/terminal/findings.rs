//! Findings in full, and the causes behind them.

use wxcheck_suite::{
    effects::shortened,
    report::{
        View,
        same_bug::Problem,
        view::{Diagnosed, Row},
    },
    words::sentence,
};

use super::{labels, page::Page};
use crate::language::Language;

/// The most lines of a story.
const STORY_LINES: usize = 12;

impl Page<'_> {
    /// The causes to be fixed before anything else.
    pub(super) fn causes(&mut self, diagnosed: &Diagnosed) {
        if diagnosed.findings.is_empty() {
            return;
        }
        for (place, finding) in diagnosed.findings.iter().enumerate() {
            let title = if place == 0 {
                self.labels.fix_first
            } else {
                self.labels.fix_next
            };
            self.heading(title);
            let wording = match self.style.lang {
                Language::English => finding.english(diagnosed.stack),
                Language::Chinese => finding.chinese(diagnosed.stack),
            };
            self.line(&format!("  {}", wording.line));
            for (stack, line) in &wording.code {
                self.labelled(self.labels.code, &format!("{}: {line}", stack.name()));
            }
            self.labelled(self.labels.proof, wording.proof);
            if let Some(curl) = finding.curl.as_ref().filter(|_| self.style.curl) {
                self.command(self.labels.send, std::slice::from_ref(curl));
            }
        }
        if diagnosed.is_open {
            self.line(&format!("  {}", self.labels.open));
        }
        self.gap();
    }

    /// A finding, or all that one bug explains: the one that shows it best in full, the others by their names.
    pub(super) fn problem(&mut self, told: &Problem<'_>, view: &View) {
        let Some([english, chinese]) = told.title_with_rules() else {
            self.finding(told.row, view);
            return;
        };
        let lang = self.style.lang;
        let title = match lang {
            Language::English => english,
            Language::Chinese => chinese,
        };
        let row = told.row;
        self.gap();
        let word = row.verdict.word(lang).to_uppercase();
        self.headed(row.verdict, &word, &title);
        self.line(&format!("  {}  ({})", row.rule.id, row.rule.level));
        self.detail(row, view);
        let others = told.others.iter().map(|other| {
            let verdict = other.verdict.word(lang);
            format!("{} ({verdict})", other.rule.id)
        });
        let others: Vec<String> = others.collect();
        self.labelled(self.labels.same_bug, &others.join(", "));
    }

    /// A finding by itself.
    pub(super) fn finding(&mut self, row: &Row, view: &View) {
        self.gap();
        let word = row.verdict.word(self.style.lang).to_uppercase();
        let rule = format!("{}  ({})", row.rule.id, row.rule.level);
        self.headed(row.verdict, &word, &rule);
        self.detail(row, view);
    }

    /// All that there is to say about a finding.
    fn detail(&mut self, row: &Row, view: &View) {
        let lang = self.style.lang;
        let words = match lang {
            Language::English => row.english(),
            Language::Chinese => row.chinese(),
        };
        self.line(&format!("  {}", words.summary));
        let finding = row.finding.as_ref();
        let deprecated = row.deprecated.map(|note| match lang {
            Language::English => note.english(),
            Language::Chinese => note.chinese(),
        });
        let labelled = [
            (
                self.labels.expected,
                finding.map(|finding| sentence(&finding.expected, lang)),
            ),
            (
                self.labels.got,
                finding.map(|finding| sentence(&finding.actual, lang)),
            ),
            (self.labels.pushes, pushes(row, lang)),
            (self.labels.also, other_claims(row)),
            (
                self.labels.note,
                row.reason.as_ref().map(|why| why.words(lang)),
            ),
            (self.labels.note, deprecated),
            (self.labels.why, Some(words.why.to_owned())),
            (self.labels.fix, Some(words.fix.to_owned())),
            (self.labels.source, Some(sentence(row.rule.source, lang))),
        ];
        for (label, text) in labelled {
            if let Some(text) = text {
                self.labelled(label, &text);
            }
        }
        self.story(row);
        let Some(reproduction) = &row.reproduction else {
            return;
        };
        // The last line is the request at which it shows; replay sends those before it as well.
        if let Some(line) = reproduction.curl.last().filter(|_| self.style.curl) {
            self.command(self.labels.send, std::slice::from_ref(line));
        }
        if let Some(words) = view.replay_words(row) {
            self.command(self.labels.replay, &words);
        }
    }

    /// The story of a finding, one line each. HTML and JSON have all of a long one.
    fn story(&mut self, row: &Row) {
        let lines = row.finding.iter().flat_map(|finding| &finding.story);
        let lines = shortened(lines.cloned().collect(), STORY_LINES);
        for (number, line) in lines.iter().enumerate() {
            let label = if number == 0 { self.labels.story } else { "" };
            self.labelled(label, &sentence(line, self.style.lang));
        }
    }
}

/// The pushes that it is about, where the rule tries many; the first of them, where they are too many to read.
fn pushes(row: &Row, lang: Language) -> Option<String> {
    const SHOWN: usize = 12;
    let subjects = &row.pushes;
    let shown = subjects.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    let more = labels::and_more(subjects.len().saturating_sub(SHOWN), lang);
    (!subjects.is_empty()).then(|| shown.join(", ") + &more)
}

fn other_claims(row: &Row) -> Option<String> {
    let others: Vec<&str> = row.claims.iter().skip(1).map(String::as_str).collect();
    (!others.is_empty()).then(|| others.join(", "))
}
