//! The report for people: what is wrong, what was seen, why it matters, how to fix it, how to see it again.

mod labels;

use std::fmt::Write as _;

use wxcheck_events::Ended;
use wxcheck_suite::{
    reason::Reason,
    redact::{Colour, Redacted, Secrets},
    report::{
        View,
        view::{Diagnosed, Row},
    },
    rule::{Level, Rule},
    verdict::Verdict,
    words,
};

use crate::cli::Lang;
pub(crate) use labels::sentence;
use labels::{Labels, labels};

/// The style of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) lang: Lang,
    pub(crate) colours: bool,
    pub(crate) verbose: bool,
}

/// A rule's summary, why and fix in a language.
pub(crate) fn rule_words(rule: &Rule, lang: Lang) -> (&'static str, &'static str, &'static str) {
    let chinese = words::chinese(rule.id.as_str()).filter(|_| lang == Lang::Zh);
    chinese.map_or((rule.summary, rule.why, rule.fix), |words| {
        (words.summary, words.why, words.fix)
    })
}

/// The causes to be fixed first, by themselves.
pub(crate) fn causes(diagnosed: &Diagnosed, secrets: &Secrets, style: Style) -> Redacted {
    let mut screen = Screen {
        style,
        labels: labels(style.lang),
        secrets,
        text: Redacted::default(),
    };
    screen.causes(diagnosed);
    screen.text
}

/// The whole report.
pub(crate) fn report(view: &View, style: Style) -> Redacted {
    let mut screen = Screen {
        style,
        labels: labels(style.lang),
        secrets: &view.secrets,
        text: Redacted::default(),
    };
    screen.header(view);
    if let Some(diagnosed) = &view.diagnosed {
        screen.causes(diagnosed);
    }
    if let Ended::NoContact { reason } = &view.ended.ended {
        // What was seen before anything was sent may be the reason.
        for verdict in [Verdict::Failed, Verdict::Warned, Verdict::Noted] {
            for row in view.with(verdict) {
                screen.detail(row, view);
            }
        }
        if screen.text.as_str().lines().count() > 2 && !screen.text.as_str().ends_with("\n\n") {
            screen.line("");
        }
        let line = match style.lang {
            Lang::En => format!("no contact with {}: {reason}", view.begun.url),
            Lang::Zh => format!(
                "无法连接 {}：{}",
                view.begun.url,
                sentence(reason, Lang::Zh)
            ),
        };
        screen.line(&line);
        return screen.text;
    }
    screen.areas(view);
    for told in view.told() {
        screen.detail(told.row, view);
        screen.same_bug(&told.others);
    }
    screen.short_list(view, Verdict::Noted);
    screen.short_list(view, Verdict::Inconclusive);
    if style.verbose {
        screen.every_rule(view);
    }
    screen.footer(view);
    screen.text
}

struct Screen<'a> {
    style: Style,
    labels: Labels,
    secrets: &'a Secrets,
    text: Redacted,
}

impl Screen<'_> {
    fn header(&mut self, view: &View) {
        self.line(&labels::header(&view.begun, self.style.lang));
        self.fetch_times(view);
        self.line("");
    }

    /// The causes to be fixed before anything else.
    fn causes(&mut self, diagnosed: &Diagnosed) {
        if diagnosed.findings.is_empty() {
            return;
        }
        for (place, finding) in diagnosed.findings.iter().enumerate() {
            let title = if place == 0 {
                self.labels.causes
            } else {
                self.labels.next_cause
            };
            self.heading(title);
            let wording = match self.style.lang {
                Lang::En => finding.english(diagnosed.stack),
                Lang::Zh => finding.chinese(diagnosed.stack),
            };
            self.line(&format!("  {}", wording.line));
            for (stack, line) in &wording.code {
                self.labelled(self.labels.code, &format!("{}: {line}", stack.name()));
            }
            self.labelled(self.labels.proof, wording.proof);
            if let Some(curl) = &finding.curl {
                self.labelled(self.labels.send, curl);
            }
        }
        if diagnosed.is_open {
            self.line(&format!("  {}", self.labels.open));
        }
        self.line("");
    }

    fn heading(&mut self, title: &'static str) {
        let title = Redacted::own(title);
        let title = if self.style.colours {
            title.painted(Colour::Red)
        } else {
            title
        };
        self.text.push(&title);
        self.line("");
    }

    /// The time until the data were there.
    fn fetch_times(&mut self, view: &View) {
        for fetched in &view.fetches {
            let Some(took) = fetched.took else { continue };
            self.line(&labels::fetched(fetched, took, self.style.lang));
        }
    }

    /// One line an area: a mark for each rule, then the counts.
    fn areas(&mut self, view: &View) {
        let sizes = view.areas().map(|(_, mine)| mine.len());
        let widest = sizes.max().unwrap_or_default();
        for (area, mine) in view.areas() {
            let count = |verdict| mine.iter().filter(|row| row.verdict == verdict).count();
            let counts = labels::counts(count, self.style.lang);
            let pad = " ".repeat(widest.saturating_sub(mine.len()) + 2);
            self.text.push(&self.secrets.page(&format!("  {area:<16}")));
            for row in mine {
                let mark = Redacted::own(mark(row.verdict));
                self.text.push(&self.paint(row.verdict, &mark));
            }
            self.line(&format!("{pad}{counts}"));
        }
    }

    fn detail(&mut self, row: &Row, view: &View) {
        let words = match self.style.lang {
            Lang::En => row.english(),
            Lang::Zh => row.chinese(),
        };
        let lang = self.style.lang;
        let word = labels::verdict(row.verdict, lang).to_uppercase();
        let word = self.paint(row.verdict, &self.secrets.page(&word));
        self.line("");
        self.text.push(&word);
        self.line(&format!("  {}  ({})", row.rule.id, row.rule.level));
        self.line(&format!("  {}", words.summary));
        let reason = row.reason.as_ref().map(|reason| self.reason(reason));
        let deprecated = row.deprecated.map(|note| match self.style.lang {
            Lang::En => note.english(),
            Lang::Zh => note.chinese(),
        });
        let labels = [
            (
                self.labels.expected,
                row.finding
                    .as_ref()
                    .map(|finding| sentence(&finding.expected, lang)),
            ),
            (
                self.labels.actual,
                row.finding
                    .as_ref()
                    .map(|finding| sentence(&finding.actual, lang)),
            ),
            (self.labels.pushes, pushes(row, lang)),
            (self.labels.also, other_claims(row)),
            (self.labels.note, reason),
            (self.labels.note, deprecated),
            (self.labels.why, Some(words.why.to_owned())),
            (self.labels.fix, Some(words.fix.to_owned())),
            (self.labels.source, Some(sentence(row.rule.source, lang))),
        ];
        for (label, text) in labels {
            if let Some(text) = text {
                self.labelled(label, &text);
            }
        }
        self.story(row);
        if let Some(reproduction) = &row.reproduction {
            // The last line is the request at which it shows; replay sends those before it as well.
            if let Some(line) = reproduction.curl.last() {
                self.labelled(self.labels.send, line);
            }
            if let Some(file) = &reproduction.replay {
                self.labelled(self.labels.again, &replay_line(file, row, view));
            }
        }
    }

    /// The rules that the same bug breaks.
    fn same_bug(&mut self, others: &[&Row]) {
        if others.is_empty() {
            return;
        }
        let others = others.iter().map(|row| {
            format!(
                "{} ({})",
                row.rule.id,
                labels::verdict(row.verdict, self.style.lang)
            )
        });
        self.labelled(self.labels.same_bug, &others.collect::<Vec<_>>().join(", "));
    }

    /// The story of a finding, one line each.
    fn story(&mut self, row: &Row) {
        let lines = row.finding.iter().flat_map(|finding| &finding.story);
        for (number, line) in lines.enumerate() {
            let label = if number == 0 { self.labels.story } else { "" };
            self.labelled(label, &sentence(line, self.style.lang));
        }
    }

    /// Rules whose verdict is no fault, grouped by what there is to say.
    fn short_list(&mut self, view: &View, verdict: Verdict) {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for row in view.with(verdict) {
            let said = match (&row.finding, &row.reason) {
                (Some(finding), _) => {
                    let actual = sentence(&finding.actual, self.style.lang);
                    in_one_line(&finding.claim, &actual)
                }
                (None, Some(reason)) => self.reason(reason),
                (None, None) => String::new(),
            };
            match groups.iter_mut().find(|(reason, _)| *reason == said) {
                Some((_, ids)) => ids.push(row.rule.id.as_str()),
                None => groups.push((said, vec![row.rule.id.as_str()])),
            }
        }
        if groups.is_empty() {
            return;
        }
        let title = if verdict == Verdict::Noted {
            self.labels.noted
        } else {
            self.labels.inconclusive
        };
        self.line("");
        self.line(title);
        for (said, ids) in groups {
            self.line(&format!("  {}", labels::in_short(&ids, self.style.lang)));
            self.line(&format!("    {said}"));
        }
    }

    fn every_rule(&mut self, view: &View) {
        self.line("");
        for row in &view.rows {
            let word = labels::verdict(row.verdict, self.style.lang);
            let pad = " ".repeat(12_usize.saturating_sub(width(word)));
            let word = self.secrets.page(&format!("{word}{pad}"));
            let word = self.paint(row.verdict, &word);
            let reason = row.reason.as_ref();
            let reason = reason.map(|reason| format!("  {}", self.reason(reason)));
            let reason = reason.unwrap_or_default();
            self.text.push(&Redacted::own("  "));
            self.text.push(&word);
            self.line(&format!(
                " {:<46} {:>6} ms{reason}",
                row.rule.id,
                row.took.as_millis()
            ));
        }
    }

    fn footer(&mut self, view: &View) {
        let lang = self.style.lang;
        let counts = labels::counts(|verdict| view.count(verdict), lang);
        self.line("");
        self.line(&labels::total(view.rows.len(), &counts, lang));
        for line in labels::effort(&view.ended, lang) {
            self.line(&line);
        }
        self.unproven(view);
        if let Some(cut) = labels::cut(&view.ended.ended, lang) {
            self.line(&cut);
        }
    }

    fn reason(&self, reason: &Reason) -> String {
        match self.style.lang {
            Lang::En => reason.to_string(),
            Lang::Zh => reason.chinese(),
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

    fn labelled(&mut self, label: &str, text: &str) {
        // Two columns for each Chinese character keep the texts aligned.
        let pad = " ".repeat(10_usize.saturating_sub(width(label)));
        self.line(&format!("    {label}{pad}{text}"));
    }

    fn line(&mut self, line: &str) {
        self.text.push(&self.secrets.page(line.trim_end()));
        self.text.push(&Redacted::own("\n"));
    }

    fn paint(&self, verdict: Verdict, text: &Redacted) -> Redacted {
        if !self.style.colours {
            return text.clone();
        }
        text.painted(match verdict {
            Verdict::Passed => Colour::Green,
            Verdict::Failed | Verdict::Errored => Colour::Red,
            Verdict::Warned | Verdict::Flaky => Colour::Yellow,
            Verdict::Noted => Colour::Cyan,
            Verdict::Inconclusive | Verdict::Skipped => Colour::Dim,
        })
    }
}

/// The claim and what came, but for a claim that is its first word anyway.
fn in_one_line(claim: &str, actual: &str) -> String {
    if actual.starts_with(&format!("{claim}:")) {
        actual.to_owned()
    } else {
        format!("{claim}: {actual}")
    }
}

/// The columns that a label takes.
pub(crate) fn width(label: &str) -> usize {
    label
        .chars()
        .map(|char| if char.is_ascii() { 1 } else { 2 })
        .sum()
}

const fn mark(verdict: Verdict) -> &'static str {
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

/// The command that replays a finding at the same URLs.
fn replay_line(file: &str, row: &Row, view: &View) -> String {
    let mut line = format!("wxcheck replay {file}");
    if view.begun.callback {
        let _ = write!(line, " '{}'", view.begun.url);
    }
    let shown = row.reproduction.as_ref();
    if shown.is_some_and(|reproduction| reproduction.to_authorization_url)
        && let Some(url) = &view.begun.authorization_url
    {
        let _ = write!(line, " --authorization-url '{url}'");
    }
    if row.rule.area() == "fetch" {
        for fetched in &view.fetches {
            let _ = write!(line, " --{}-url '{}'", fetched.kind, fetched.url);
        }
    }
    line
}

/// The pushes that it is about, where the rule tries many; the first of them, where they are too many to read.
fn pushes(row: &Row, lang: Lang) -> Option<String> {
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
