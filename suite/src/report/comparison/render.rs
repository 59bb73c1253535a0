//! A comparison in words: for a terminal, and as Markdown.

use std::fmt::Write as _;

use serde_json::Value;
use wxcheck_report::{Report, Row};

use super::{Change, Comparison, open};
use crate::{
    reason::Reason,
    redact::{Colour, Redacted, Secrets},
    report::{
        Outcome,
        markdown::inert::{block, prose, span},
        names::{Names, Place},
    },
    verdict::Verdict,
    words::{Language, sentence},
};

/// A group of changes.
struct Group<'a> {
    title: &'static str,
    /// The title in the middle of a sentence.
    word: &'static str,
    colour: Colour,
    changes: &'a [Change<'a>],
}

impl Comparison<'_> {
    /// For a terminal.
    pub fn text(&self, language: Language, colours: bool, secrets: &Secrets) -> Redacted {
        let mut text = Redacted::default();
        let line = |line: &str| secrets.page(&format!("{line}\n"));
        for (label, report) in self.runs(language) {
            text.push(&line(&format!("{label}  {}", about(report, language))));
        }
        for difference in self.differences(language) {
            text.push(&line(&difference));
        }
        for group in self.groups(language) {
            if group.changes.is_empty() {
                continue;
            }
            let title = secrets.page(&format!("{} ({})", group.title, group.changes.len()));
            text.push(&Redacted::own("\n"));
            text.push(&if colours {
                title.painted(group.colour)
            } else {
                title
            });
            text.push(&Redacted::own("\n"));
            for (changes, said) in alike(group.changes, language) {
                let names: Vec<String> = changes.iter().map(|change| named(change)).collect();
                text.push(&line(&format!("  {}", names.join(", "))));
                for said in said {
                    text.push(&line(&format!("    {said}")));
                }
            }
        }
        text.push(&Redacted::own("\n"));
        text
    }

    /// As Markdown.
    pub fn markdown(&self, language: Language, secrets: &Secrets) -> Redacted {
        let outcome = self.outcome();
        let sign = match outcome {
            Outcome::Passed => "✅",
            Outcome::Failed => "❌",
            Outcome::NoVerdict(_) => "⛔",
        };
        let told = outcome.words(language);
        let mut text = format!("## {sign} wxcheck: {told} · {}\n", self.counts(language));
        for (label, report) in self.runs(language) {
            let _ = write!(
                text,
                "\n{}{}{}\n",
                label.trim_end(),
                language.of(": ", "："),
                prose(&about_in_code(report, language))
            );
        }
        for difference in self.differences(language) {
            let _ = write!(text, "\n{}\n", prose(&difference));
        }
        for group in self.groups(language) {
            if group.changes.is_empty() {
                continue;
            }
            let _ = write!(text, "\n### {} ({})\n", group.title, group.changes.len());
            for (changes, said) in alike(group.changes, language) {
                let names = changes.iter().map(|change| {
                    let claims = change.claims.iter().map(|claim| span(claim));
                    let claims: Vec<String> = claims.collect();
                    let level = prose(&level(change));
                    format!("{}{level} {}", span(change.id()), claims.join(", "))
                        .trim_end()
                        .to_owned()
                });
                let names: Vec<String> = names.collect();
                let _ = write!(text, "\n- {}\n", names.join("; "));
                let said = said.join("\n");
                if !said.is_empty() {
                    // In the item: as far to the right as its words.
                    let lines = block("text", &said);
                    let lines = lines.lines().map(|line| format!("  {line}\n"));
                    let _ = write!(text, "\n{}", lines.collect::<String>());
                }
            }
        }
        secrets.page(&text)
    }

    fn groups(&self, language: Language) -> [Group<'_>; 4] {
        [
            group(
                language.of(["New", "new"], ["新增", "新增"]),
                Colour::Red,
                &self.new,
            ),
            group(
                language.of(["Fixed", "fixed"], ["已修复", "已修复"]),
                Colour::Green,
                &self.fixed,
            ),
            group(
                language.of(["Still broken", "still broken"], ["仍未通过", "仍未通过"]),
                Colour::Yellow,
                &self.still,
            ),
            group(
                language.of(
                    ["No longer judged", "no longer judged"],
                    ["不再能判定", "不再能判定"],
                ),
                Colour::Dim,
                &self.unjudged,
            ),
        ]
    }

    /// The number of changes of each kind.
    pub fn counts(&self, language: Language) -> String {
        let groups = self.groups(language);
        let told = groups.iter().map(|group| {
            let count = group.changes.len();
            language.of(
                format!("{count} {}", group.word),
                format!("{} {count}", group.word),
            )
        });
        told.collect::<Vec<_>>().join(language.of(", ", "，"))
    }

    fn runs(&self, language: Language) -> [(&'static str, &Report); 2] {
        [
            (language.of("before", "之前"), self.then),
            (language.of("now   ", "现在"), self.now),
        ]
    }

    /// The settings in which the runs differ, which may be the reason of a change; and the rules that the later one did not come to.
    fn differences(&self, language: Language) -> Vec<String> {
        let (then, now) = (self.then, self.now);
        let setting = |report: &Report| {
            let target = &report.target;
            [&target.mode, &target.format, &target.account].map(Clone::clone)
        };
        let mut told = Vec::new();
        if setting(then) != setting(now) {
            told.push(language.of(
                "the runs had other settings: a change may be due to them",
                "两次运行的设置不同：变化可能由此引起",
            ));
        }
        if then.seed != now.seed {
            told.push(language.of(
                "the runs had other seeds: a change may be due to them; give both the same ⟦seed⟧",
                "两次运行的种子不同：变化可能由此引起；请让两次使用相同的 ⟦seed⟧",
            ));
        }
        if then.wxcheck != now.wxcheck {
            told.push(language.of(
                "the runs are of two versions of wxcheck, whose rules may differ",
                "两次运行的 wxcheck 版本不同，规则可能有变化",
            ));
        }
        let mut told: Vec<String> = told.into_iter().map(str::to_owned).collect();
        if let Some(open) = open(self.now) {
            let [english, chinese] = open.words();
            told.push(language.of(
                format!("the later run has no verdict: {english}"),
                format!("后一次运行没有结论：{chinese}"),
            ));
        }
        told
    }
}

fn group<'a>(
    [title, word]: [&'static str; 2],
    colour: Colour,
    changes: &'a [Change<'a>],
) -> Group<'a> {
    Group {
        title,
        word,
        colour,
        changes,
    }
}

fn about(report: &Report, language: Language) -> String {
    let target = &report.target;
    let seed = language.of("seed", "种子");
    format!(
        "{} · {}, {}, {} · {seed} {} · wxcheck {}",
        target.url, target.mode, target.format, target.account, report.seed, report.wxcheck
    )
}

/// The same with the URL as code. It is of our own settings, and no backtick stands in it.
fn about_in_code(report: &Report, language: Language) -> String {
    let told = about(report, language).replace('`', "");
    match told.split_once(' ') {
        Some((url, rest)) => format!("`{url}` {rest}"),
        None => told,
    }
}

fn named(change: &Change<'_>) -> String {
    let level = level(change);
    let claims = change.claims.join(", ");
    let claims = if claims.is_empty() {
        claims
    } else {
        format!(": {claims}")
    };
    format!("{}{}{claims}", change.id(), level)
}

/// The level of the rule in brackets.
fn level(change: &Change<'_>) -> String {
    let level = change.row().map(|row| format!(" ({})", row.level));
    level.unwrap_or_default()
}

/// Changes of which the same is said, together, in the order of the first of each.
fn alike<'a>(
    changes: &'a [Change<'a>],
    language: Language,
) -> Vec<(Vec<&'a Change<'a>>, Vec<String>)> {
    let mut groups: Vec<(Vec<&Change<'_>>, Vec<String>)> = Vec::new();
    for change in changes {
        let said = said(change, language);
        match groups.iter_mut().find(|(_, other)| *other == said) {
            Some((changes, _)) => changes.push(change),
            None => groups.push((vec![change], said)),
        }
    }
    groups
}

/// The observation of a change: the later finding, or the reason for no verdict.
fn said(change: &Change<'_>, language: Language) -> Vec<String> {
    let verdict = |row: Option<&Row>| {
        row.map_or(
            language.of("not among the rules", "不在规则之列"),
            |row| Verdict::named(&row.verdict).map_or("", |verdict| verdict.word(language)),
        )
    };
    let (then, now) = (verdict(change.then), verdict(change.now));
    let mut lines = Vec::new();
    if then != now {
        lines.push(format!("{then} → {now}"));
    }
    let Some(row) = change.now else { return lines };
    let is_about = |claim: &String| change.claims.contains(&claim.as_str());
    let is_broken = row.claim.as_ref().is_some_and(is_about);
    if let Some(actual) = row.actual.as_ref().filter(|_| is_broken) {
        let got = language.of("got: ", "实际：");
        lines.push(format!("{got}{}", sentence(actual, language)));
    } else if let Some(reason) = &row.reason {
        let known = reason_of(row);
        lines.push(known.map_or_else(|| sentence(reason, language), |known| known.words(language)));
    }
    lines
}

/// The reason as data, where it is one that this version knows.
fn reason_of(row: &Row) -> Option<Reason> {
    let data = row.because.clone().map(Value::Object)?;
    let names = Names {
        wxcheck: "",
        place: Place::Report,
    };
    names.reason(&serde_json::from_value(data).ok()?).ok()
}
