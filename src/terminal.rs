//! The report for people: what is wrong, what was seen, why it matters, how to mend it, how to see it again.

use std::fmt::Write as _;

use wxcheck_protocol::fetch::FetchKind;
use wxcheck_suite::{
    redact::{Colour, Secrets, Shown},
    rule::Rule,
    rules::cold_start_budget,
    run::{Ended, Run},
    verdict::{RuleResult, Verdict},
    words,
};

use crate::cli::Lang;

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) lang: Lang,
    pub(crate) colours: bool,
    pub(crate) verbose: bool,
}

/// The words of a report that are not a rule's.
struct Labels {
    expected: &'static str,
    actual: &'static str,
    also: &'static str,
    story: &'static str,
    note: &'static str,
    why: &'static str,
    fix: &'static str,
    source: &'static str,
    send: &'static str,
    again: &'static str,
    pushes: &'static str,
    inconclusive: &'static str,
    noted: &'static str,
}

const ENGLISH: Labels = Labels {
    expected: "expected",
    actual: "came",
    also: "also",
    story: "story",
    note: "note",
    why: "why",
    fix: "mend",
    source: "source",
    send: "send it",
    again: "replay",
    pushes: "pushes",
    inconclusive: "Not observed",
    noted: "Noted, for information",
};

const CHINESE: Labels = Labels {
    expected: "期望",
    actual: "实际",
    also: "还有",
    story: "经过",
    note: "说明",
    why: "原因",
    fix: "修复",
    source: "依据",
    send: "重发",
    again: "重放",
    pushes: "推送",
    inconclusive: "未能判定",
    noted: "仅供参考",
};

/// A rule's summary, why and fix in a language.
pub(crate) fn rule_words(rule: &Rule, lang: Lang) -> (&'static str, &'static str, &'static str) {
    let chinese = words::chinese(rule.id.as_str()).filter(|_| lang == Lang::Zh);
    chinese.map_or((rule.summary, rule.why, rule.fix), |words| {
        (words.summary, words.why, words.fix)
    })
}

/// The whole report.
pub(crate) fn report(run: &Run, view: View) -> Shown {
    let labels = match view.lang {
        Lang::En => ENGLISH,
        Lang::Zh => CHINESE,
    };
    let mut screen = Screen {
        view,
        labels,
        secrets: &run.secrets,
        text: Shown::default(),
    };
    screen.header(run);
    if let Ended::NoContact(reason) = &run.ended {
        // What was seen before anything was sent may be the reason.
        for verdict in [Verdict::Failed, Verdict::Warned, Verdict::Noted] {
            for result in with(run, verdict) {
                screen.detail(result, run);
            }
        }
        if screen.text.as_str().lines().count() > 2 {
            screen.line("");
        }
        let line = format!("no contact with {}: {reason}", run.url);
        screen.line(&line);
        return screen.text;
    }
    screen.areas(run);
    for verdict in [
        Verdict::Failed,
        Verdict::Errored,
        Verdict::Flaky,
        Verdict::Warned,
    ] {
        for result in with(run, verdict) {
            screen.detail(result, run);
        }
    }
    screen.short_list(run, Verdict::Noted);
    screen.short_list(run, Verdict::Inconclusive);
    if view.verbose {
        screen.every_rule(run);
    }
    screen.footer(run);
    screen.text
}

struct Screen<'a> {
    view: View,
    labels: Labels,
    secrets: &'a Secrets,
    text: Shown,
}

impl Screen<'_> {
    fn header(&mut self, run: &Run) {
        let profile = &run.profile;
        let line = format!(
            "wxcheck {} · {} · {} mode, {}, {} account · seed {}",
            run.version, run.url, profile.mode, profile.format, profile.account, run.seed
        );
        self.line(&line);
        self.fetch_times(run);
        self.line("");
    }

    /// How soon the data were there.
    fn fetch_times(&mut self, run: &Run) {
        for (kind, url) in &run.fetch_urls {
            let times = run.observed.iter().flat_map(|observed| &observed.fetches);
            let first = times.into_iter().find(|(fetched, _)| fetched == kind);
            let Some((_, took)) = first else { continue };
            let of = match kind {
                FetchKind::Pre => format!(
                    "of the {} ms that a cold start takes",
                    cold_start_budget(run.profile.limit).as_millis()
                ),
                FetchKind::Periodic => format!("of {} ms", run.profile.limit.as_millis()),
            };
            self.line(&format!(
                "  {kind}: {url} answered in {:.1} ms {of}",
                took.as_secs_f64() * 1000.0
            ));
        }
    }

    /// One line an area: a mark for each rule, then the counts.
    fn areas(&mut self, run: &Run) {
        let sizes = run.areas().map(|(_, mine)| mine.len());
        let widest = sizes.max().unwrap_or_default();
        for (area, mine) in run.areas() {
            let counts: Vec<String> = Verdict::ALL
                .into_iter()
                .map(|verdict| {
                    (
                        verdict,
                        mine.iter()
                            .filter(|result| result.verdict == verdict)
                            .count(),
                    )
                })
                .filter(|(_, count)| *count > 0)
                .map(|(verdict, count)| format!("{count} {verdict}"))
                .collect();
            let pad = " ".repeat(widest.saturating_sub(mine.len()) + 2);
            self.text.push(&self.secrets.page(&format!("  {area:<16}")));
            for result in mine {
                let mark = Shown::own(mark(result.verdict));
                self.text.push(&self.paint(result.verdict, &mark));
            }
            self.line(&format!("{pad}{}", counts.join(", ")));
        }
    }

    fn detail(&mut self, result: &RuleResult, run: &Run) {
        let (summary, why, fix) = rule_words(result.rule, self.view.lang);
        let word = result.verdict.as_str().to_uppercase();
        let word = self.paint(result.verdict, &self.secrets.page(&word));
        self.line("");
        self.text.push(&word);
        self.line(&format!("  {}  ({})", result.rule.id, result.rule.level));
        self.line(&format!("  {summary}"));
        let reason = result.reason.as_ref().map(ToString::to_string);
        let labels = [
            (
                self.labels.expected,
                result
                    .finding
                    .as_ref()
                    .map(|finding| finding.expected.clone()),
            ),
            (
                self.labels.actual,
                result
                    .finding
                    .as_ref()
                    .map(|finding| finding.actual.clone()),
            ),
            (self.labels.pushes, pushes(result)),
            (self.labels.also, other_claims(result)),
            (self.labels.note, reason),
            (self.labels.why, Some(why.to_owned())),
            (self.labels.fix, Some(fix.to_owned())),
            (self.labels.source, Some(result.rule.source.to_owned())),
        ];
        for (label, text) in labels {
            if let Some(text) = text {
                self.labelled(label, &text);
            }
        }
        self.story(result);
        if let Some(reproduction) = &result.reproduction {
            // The last line is the request at which it shows; replay sends those before it as well.
            if let Some(line) = reproduction.curl.last() {
                self.labelled(self.labels.send, line);
            }
            if let Some(file) = &reproduction.replay {
                self.labelled(self.labels.again, &replay_line(file, result, run));
            }
        }
    }

    /// What happened, one line each.
    fn story(&mut self, result: &RuleResult) {
        let lines = result.finding.iter().flat_map(|finding| &finding.story);
        for (number, line) in lines.enumerate() {
            let label = if number == 0 { self.labels.story } else { "" };
            self.labelled(label, line);
        }
    }

    /// Rules whose verdict is no fault, grouped by what there is to say.
    fn short_list(&mut self, run: &Run, verdict: Verdict) {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for result in with(run, verdict) {
            let said = match (&result.finding, &result.reason) {
                (Some(finding), _) => format!("{}: {}", finding.claim, finding.actual),
                (None, Some(reason)) => reason.to_string(),
                (None, None) => String::new(),
            };
            match groups.iter_mut().find(|(reason, _)| *reason == said) {
                Some((_, ids)) => ids.push(result.rule.id.as_str()),
                None => groups.push((said, vec![result.rule.id.as_str()])),
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
            self.line(&format!("  {}", in_short(&ids)));
            self.line(&format!("    {said}"));
        }
    }

    fn every_rule(&mut self, run: &Run) {
        self.line("");
        for result in &run.results {
            let word = self.secrets.page(&format!("{:<12}", result.verdict));
            let word = self.paint(result.verdict, &word);
            let reason = result
                .reason
                .as_ref()
                .map(|reason| format!("  {reason}"))
                .unwrap_or_default();
            self.text.push(&Shown::own("  "));
            self.text.push(&word);
            self.line(&format!(
                " {:<46} {:>6} ms{reason}",
                result.rule.id,
                result.took.as_millis()
            ));
        }
    }

    fn footer(&mut self, run: &Run) {
        let counts: Vec<String> = Verdict::ALL
            .into_iter()
            .filter(|verdict| run.count(*verdict) > 0)
            .map(|verdict| format!("{} {verdict}", run.count(verdict)))
            .collect();
        self.line("");
        self.line(&format!(
            "{} {}: {}",
            run.results.len(),
            if run.results.len() == 1 {
                "rule"
            } else {
                "rules"
            },
            counts.join(", ")
        ));
        let share = 100.0 * run.waiting.as_secs_f64() / run.took.as_secs_f64().max(f64::EPSILON);
        self.line(&format!(
            "{:.1} s, {} requests, {:.1} s of it ({share:.0} %) waiting for limits and quiet periods",
            run.took.as_secs_f64(),
            run.requests,
            run.waiting.as_secs_f64(),
        ));
        if run.was_starved() {
            self.line(&format!(
                "this machine was busy: wxcheck's own timers fired up to {} ms late, and that time was left out of the limits",
                run.lateness.as_millis(),
            ));
        }
        let cut = match &run.ended {
            Ended::Stopped(who) => format!("stopped by {who} before the end"),
            Ended::OutOfTime => {
                "the time for the run was over before its end; see --max-time".to_owned()
            }
            Ended::Whole | Ended::NoContact(_) => return,
        };
        self.line(&cut);
    }

    fn labelled(&mut self, label: &str, text: &str) {
        // Two columns for each Chinese character keep the texts aligned.
        let width: usize = label
            .chars()
            .map(|char| if char.is_ascii() { 1 } else { 2 })
            .sum();
        let pad = " ".repeat(10_usize.saturating_sub(width));
        self.line(&format!("    {label}{pad}{text}"));
    }

    fn line(&mut self, line: &str) {
        self.text.push(&self.secrets.page(line.trim_end()));
        self.text.push(&Shown::own("\n"));
    }

    fn paint(&self, verdict: Verdict, text: &Shown) -> Shown {
        if !self.view.colours {
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

fn with(run: &Run, verdict: Verdict) -> impl Iterator<Item = &RuleResult> {
    run.results
        .iter()
        .filter(move |result| result.verdict == verdict)
}

/// The names, or how many there are; `--verbose` lists all.
fn in_short(ids: &[&str]) -> String {
    match ids {
        [first, rest @ ..] if rest.len() > 3 => format!("{first} and {} more", rest.len()),
        few => few.join(", "),
    }
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

/// What replays a finding at the same URLs.
fn replay_line(file: &str, result: &RuleResult, run: &Run) -> String {
    let mut line = format!("wxcheck replay {file}");
    if run.profile.callback {
        let _ = write!(line, " '{}'", run.url);
    }
    let told = result.reproduction.as_ref();
    if told.is_some_and(|reproduction| reproduction.scenario.tells_a_platform())
        && let Some(url) = &run.authorization_url
    {
        let _ = write!(line, " --authorization-url '{url}'");
    }
    if result.rule.area() == "fetch" {
        for (kind, url) in &run.fetch_urls {
            let _ = write!(line, " --{kind}-url '{url}'");
        }
    }
    line
}

/// For which pushes, where the rule tries many; the first of them, where they are too many to read.
fn pushes(result: &RuleResult) -> Option<String> {
    const SHOWN: usize = 12;
    let subjects = &result.subjects;
    let shown = subjects.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    let more = match subjects.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more; the JSON report names them all"),
    };
    (!subjects.is_empty()).then(|| shown.join(", ") + &more)
}

fn other_claims(result: &RuleResult) -> Option<String> {
    let others: Vec<&str> = result.claims.iter().skip(1).copied().collect();
    (!others.is_empty()).then(|| others.join(", "))
}
