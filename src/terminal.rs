//! The report for people: what is wrong, what was seen, why it matters, how to fix it, how to see it again.

use std::{fmt::Write as _, time::Duration};

use wxcheck_events::Ended;
use wxcheck_protocol::fetch::FetchKind;
use wxcheck_suite::{
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

/// The style of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
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
    same_bug: &'static str,
    pushes: &'static str,
    unproven: &'static str,
    unseen: &'static str,
    inconclusive: &'static str,
    noted: &'static str,
    causes: &'static str,
    next_cause: &'static str,
    open: &'static str,
    code: &'static str,
    proof: &'static str,
}

const ENGLISH: Labels = Labels {
    expected: "expected",
    actual: "got",
    also: "also",
    story: "story",
    note: "note",
    why: "why",
    fix: "fix",
    source: "source",
    send: "send it",
    again: "replay",
    same_bug: "same bug",
    pushes: "pushes",
    unproven: "a Must looks broken, and was only warned about, for nothing proves it; where effects are seen (--api-listen or --effects-url) it is settled, and --strict fails such a run",
    unseen: "nothing that the server answered or did shows that it took any push, so nobody can tell whether it refuses forged ones; see --api-listen and --effects-url",
    inconclusive: "Not observed",
    noted: "Noted, for information",
    causes: "Fix this first",
    next_cause: "Then fix this",
    open: "then run it again: whether messages are answered correctly can only be seen after that",
    code: "code",
    proof: "proof",
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
    same_bug: "同一缺陷",
    pushes: "推送",
    unproven: "有 must 级规则疑似不通过，因缺少证据只作警告；能观察到效果时（--api-listen 或 --effects-url）可以定论，--strict 会使这样的运行失败",
    unseen: "服务器的响应和行为都不能说明它处理了任何一条推送，因此无法判断它是否拒绝伪造的推送；参见 --api-listen 和 --effects-url",
    inconclusive: "未能判定",
    noted: "仅供参考",
    causes: "现在先改这个",
    next_cause: "然后再改这个",
    open: "改完后请再运行一次：在此之前看不出消息的响应是否正确",
    code: "代码",
    proof: "证据",
};

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

const fn labels(lang: Lang) -> Labels {
    match lang {
        Lang::En => ENGLISH,
        Lang::Zh => CHINESE,
    }
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
        let line = format!("no contact with {}: {reason}", view.begun.url);
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
        let begun = &view.begun;
        let line = format!(
            "wxcheck {} · {} · {} mode, {}, {} account · seed {}",
            begun.wxcheck, begun.url, begun.mode, begun.format, begun.account, begun.seed
        );
        self.line(&line);
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
            let budget = fetched.budget.as_millis();
            let of = match fetched.kind {
                FetchKind::Pre => format!("of the {budget} ms that a cold start takes"),
                FetchKind::Periodic => format!("of {budget} ms"),
            };
            self.line(&format!(
                "  {}: {} answered in {:.1} ms {of}",
                fetched.kind,
                fetched.url,
                took.as_secs_f64() * 1000.0
            ));
        }
    }

    /// One line an area: a mark for each rule, then the counts.
    fn areas(&mut self, view: &View) {
        let sizes = view.areas().map(|(_, mine)| mine.len());
        let widest = sizes.max().unwrap_or_default();
        for (area, mine) in view.areas() {
            let counts: Vec<String> = Verdict::ALL
                .into_iter()
                .map(|verdict| {
                    (
                        verdict,
                        mine.iter().filter(|row| row.verdict == verdict).count(),
                    )
                })
                .filter(|(_, count)| *count > 0)
                .map(|(verdict, count)| format!("{count} {verdict}"))
                .collect();
            let pad = " ".repeat(widest.saturating_sub(mine.len()) + 2);
            self.text.push(&self.secrets.page(&format!("  {area:<16}")));
            for row in mine {
                let mark = Redacted::own(mark(row.verdict));
                self.text.push(&self.paint(row.verdict, &mark));
            }
            self.line(&format!("{pad}{}", counts.join(", ")));
        }
    }

    fn detail(&mut self, row: &Row, view: &View) {
        let words = match self.style.lang {
            Lang::En => row.english(),
            Lang::Zh => row.chinese(),
        };
        let word = row.verdict.as_str().to_uppercase();
        let word = self.paint(row.verdict, &self.secrets.page(&word));
        self.line("");
        self.text.push(&word);
        self.line(&format!("  {}  ({})", row.rule.id, row.rule.level));
        self.line(&format!("  {}", words.summary));
        let reason = row.reason.as_ref().map(ToString::to_string);
        let deprecated = row.deprecated.map(|note| match self.style.lang {
            Lang::En => note.english(),
            Lang::Zh => note.chinese(),
        });
        let labels = [
            (
                self.labels.expected,
                row.finding.as_ref().map(|finding| finding.expected.clone()),
            ),
            (
                self.labels.actual,
                row.finding.as_ref().map(|finding| finding.actual.clone()),
            ),
            (self.labels.pushes, pushes(row)),
            (self.labels.also, other_claims(row)),
            (self.labels.note, reason),
            (self.labels.note, deprecated),
            (self.labels.why, Some(words.why.to_owned())),
            (self.labels.fix, Some(words.fix.to_owned())),
            (self.labels.source, Some(row.rule.source.to_owned())),
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
        let others = others
            .iter()
            .map(|row| format!("{} ({})", row.rule.id, row.verdict));
        self.labelled(self.labels.same_bug, &others.collect::<Vec<_>>().join(", "));
    }

    /// The story of a finding, one line each.
    fn story(&mut self, row: &Row) {
        let lines = row.finding.iter().flat_map(|finding| &finding.story);
        for (number, line) in lines.enumerate() {
            let label = if number == 0 { self.labels.story } else { "" };
            self.labelled(label, line);
        }
    }

    /// Rules whose verdict is no fault, grouped by what there is to say.
    fn short_list(&mut self, view: &View, verdict: Verdict) {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for row in view.with(verdict) {
            let said = match (&row.finding, &row.reason) {
                (Some(finding), _) => in_one_line(&finding.claim, &finding.actual),
                (None, Some(reason)) => reason.to_string(),
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
            self.line(&format!("  {}", in_short(&ids)));
            self.line(&format!("    {said}"));
        }
    }

    fn every_rule(&mut self, view: &View) {
        self.line("");
        for row in &view.rows {
            let word = self.secrets.page(&format!("{:<12}", row.verdict));
            let word = self.paint(row.verdict, &word);
            let reason = row
                .reason
                .as_ref()
                .map(|reason| format!("  {reason}"))
                .unwrap_or_default();
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
        let counts: Vec<String> = Verdict::ALL
            .into_iter()
            .filter(|verdict| view.count(*verdict) > 0)
            .map(|verdict| format!("{} {verdict}", view.count(verdict)))
            .collect();
        self.line("");
        self.line(&format!(
            "{} {}: {}",
            view.rows.len(),
            if view.rows.len() == 1 {
                "rule"
            } else {
                "rules"
            },
            counts.join(", ")
        ));
        let ended = &view.ended;
        let [took, waiting, lateness] = [
            ended.took_micros,
            ended.waiting_micros,
            ended.lateness_micros,
        ]
        .map(Duration::from_micros);
        let share = 100.0 * waiting.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
        self.line(&format!(
            "{:.1} s, {} requests, {:.1} s of it ({share:.0} %) waiting for limits and quiet periods",
            took.as_secs_f64(),
            ended.requests,
            waiting.as_secs_f64(),
        ));
        if ended.starved {
            self.line(&format!(
                "this machine was busy: wxcheck's own timers fired up to {} ms late, and that time was left out of the limits",
                lateness.as_millis(),
            ));
        }
        self.unproven(view);
        let cut = match &ended.ended {
            Ended::Stopped { by } => format!("stopped by {by} before the end"),
            Ended::OutOfTime => {
                "the time for the run was over before its end; see --max-time".to_owned()
            }
            Ended::Cut => "the log ends before the run did: what it tells stands above".to_owned(),
            Ended::Whole | Ended::NoContact { .. } => return,
        };
        self.line(&cut);
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
fn pushes(row: &Row) -> Option<String> {
    const SHOWN: usize = 12;
    let subjects = &row.pushes;
    let shown = subjects.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    let more = match subjects.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more; the JSON report names them all"),
    };
    (!subjects.is_empty()).then(|| shown.join(", ") + &more)
}

fn other_claims(row: &Row) -> Option<String> {
    let others: Vec<&str> = row.claims.iter().skip(1).map(String::as_str).collect();
    (!others.is_empty()).then(|| others.join(", "))
}
