//! A run as reports show it: a fold over its events.

use std::{collections::HashMap, time::Duration};

use serde_json::Value;
use wxcheck_events::{
    AnswerTimes, Baseline, Contract, Diagnosed as Examined, Ended, Event, FetchTime, Kind, Known,
    RunBegun, RunEnded, ServerEnded, Verdict as Recorded, Witness,
};
use wxcheck_protocol::fetch::FetchKind;

use super::names::Names;
pub use super::names::Place;
use crate::{
    diagnosis::{self, Stack},
    expect::SETTLED_BY_EFFECTS,
    gate::Gate,
    reason::{Missing, Reason, Unjudged},
    redact::Secrets,
    rule::{Rule, RuleId, Turn, claim, deprecated::Deprecated},
    rules::cold_start_budget,
    verdict::Verdict,
    words::{self, Fix, Language, SERVER_DIED, WHY_STAY_UP, Words},
};

/// A run as reports show it.
#[derive(Clone, Debug)]
pub struct View {
    /// All that was known at its beginning.
    pub begun: RunBegun,
    /// All that was known at its end.
    pub ended: RunEnded,
    /// The URLs from which data were fetched, and how soon the data were there.
    pub fetches: Vec<FetchSummary>,
    /// One row a rule, in the order of reports.
    pub rows: Vec<Row>,
    /// The comparison of the replies with those of an earlier run.
    pub contract: Option<Contract>,
    /// The comparison of what was found with what is known.
    pub baseline: Option<Baseline>,
    /// The causes behind what failed, where they were looked for.
    pub diagnosed: Option<Diagnosed>,
    /// The end of the server's process, where it was started for the run and ended by itself.
    pub server_ended: Option<ServerEnded>,
    /// Secrets that must not stand in any report, beyond what was taken out of the events.
    pub secrets: Secrets,
}

/// The causes behind what failed.
#[derive(Clone, Debug)]
pub struct Diagnosed {
    /// In the order in which they are to be fixed.
    pub findings: Vec<diagnosis::FoundCause>,
    /// The first of them hides whether pushes are answered rightly.
    pub is_open: bool,
    /// The language in which the server seems to be written.
    pub stack: Option<Stack>,
    /// Requests sent for it, beside those of the run.
    pub requests: u32,
}

/// A URL from which data were fetched.
#[derive(Clone, Debug)]
pub struct FetchSummary {
    /// Prefetch or periodic update.
    pub kind: FetchKind,
    /// The URL, without user and password.
    pub url: String,
    /// To the end of the first answer, if there was one.
    pub took: Option<Duration>,
    /// The time that it may take.
    pub budget: Duration,
}

/// The verdict on one rule.
#[derive(Clone, Debug)]
pub struct Row {
    /// The rule.
    pub rule: &'static Rule,
    /// The note that the rule will be retired, if it will.
    pub deprecated: Option<&'static Deprecated>,
    /// The verdict.
    pub verdict: Verdict,
    /// The finding, if something is broken.
    pub finding: Option<BrokenClaim>,
    /// Every claim that some case broke, the finding's first.
    pub claims: Vec<String>,
    /// The pushes for which one was broken, where the rule tries many.
    pub pushes: Vec<String>,
    /// The reason that there is no verdict, or what else there is to say.
    pub reason: Option<Reason>,
    /// The way to see it again.
    pub reproduction: Option<Reproduction>,
    /// The play that shows the finding.
    pub witness: Option<Box<Witness>>,
    /// The entry of the list of known findings that accepts all that was found.
    pub known: Option<Known>,
    /// The time that the rule took.
    pub took: Duration,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct BrokenClaim {
    /// One of the rule's claims.
    pub claim: String,
    /// The answer or act of a correct server.
    pub expected: String,
    /// The answer or act of this one.
    pub actual: String,
    /// The status of the answer at which it shows.
    pub status: Option<u16>,
    /// The story, one line each.
    pub story: Vec<String>,
}

/// The way to see a finding again.
#[derive(Clone, Debug)]
pub struct Reproduction {
    /// The smallest scenario that shows it, as replay files have it; null where the view is made of a JSON report.
    pub scenario: Value,
    /// A `curl` line for each request up to the one where it shows.
    pub curl: Vec<String>,
    /// The file that `replay` takes.
    pub replay: Option<String>,
    /// It goes to the URL for platform notifications.
    pub to_authorization_url: bool,
}

/// Events of which no report can be made.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// No run begins.
    #[error("the log has no beginning")]
    NoBeginning,
    /// A word that this version does not know.
    #[error(
        "{place}: `{word}` is no {what} of this version; it is of wxcheck {wxcheck}, so use that one"
    )]
    Unknown {
        /// The place of the word.
        place: Place,
        /// Its kind: a rule or a verdict.
        what: &'static str,
        /// The word.
        word: String,
        /// The version that wrote it.
        wxcheck: String,
    },
}

impl View {
    /// The run that these events tell. Where they end before the run did, what they tell is kept.
    pub fn of(
        events: impl IntoIterator<Item = Event>,
        secrets: Secrets,
    ) -> Result<Self, ViewError> {
        let mut begun: Option<RunBegun> = None;
        let mut ended: Option<RunEnded> = None;
        let mut times: Vec<FetchTime> = Vec::new();
        let mut recorded: HashMap<String, (Recorded, u64)> = HashMap::new();
        let mut replays: HashMap<String, String> = HashMap::new();
        let mut contract = None;
        let mut server_ended = None;
        let mut baseline: Option<Baseline> = None;
        let mut examined: Option<(Examined, u64)> = None;
        let (mut requests, mut last) = (0, 0);
        for event in events {
            last = event.at_micros;
            match event.kind {
                Kind::RunBegun(known) => begun = Some(*known),
                Kind::ContactMade { fetches } => times = fetches,
                Kind::Verdict(verdict) => {
                    recorded.insert(verdict.rule.clone(), (*verdict, event.number));
                }
                Kind::ReplayWritten { rule, path } => {
                    replays.insert(rule, path);
                }
                Kind::ContractCompared(compared) => contract = Some(*compared),
                Kind::BaselineCompared(compared) => baseline = Some(*compared),
                Kind::Diagnosed(diagnosed) => examined = Some((*diagnosed, event.number)),
                Kind::ServerEnded(known) => server_ended = Some(*known),
                Kind::RunEnded(known) => ended = Some(*known),
                Kind::Exchange(_) => requests += 1,
                // Evidence, of which these reports show no more than verdicts say.
                Kind::Sent(_)
                | Kind::Called(_)
                | Kind::Fetched { .. }
                | Kind::PushDue(_)
                | Kind::Unsent(_)
                | Kind::PushOutcome(_)
                | Kind::Fault(_)
                | Kind::ClockMoved(_)
                | Kind::PlayBegun { .. }
                | Kind::Effect(_)
                | Kind::PlayEnded { .. } => {}
            }
        }
        let begun = begun.ok_or(ViewError::NoBeginning)?;
        let mut row = |id: &String| {
            let (recorded, number) = recorded.remove(id).unzip();
            let names = names(&begun, number.unwrap_or(0));
            match recorded {
                Some(recorded) => names.row(recorded, replays.remove(id)),
                None => Ok(Row::unjudged(names.rule(id)?)),
            }
        };
        let mut rows: Vec<Row> = begun.rules.iter().map(&mut row).collect::<Result<_, _>>()?;
        for known in baseline.iter().flat_map(|compared| &compared.known) {
            let accepted = rows
                .iter_mut()
                .find(|row| row.rule.id.as_str() == known.rule);
            if let Some(row) = accepted {
                row.known = Some(known.clone());
            }
        }
        Ok(Self {
            rows,
            fetches: fetches(&begun, &times),
            diagnosed: examined
                .map(|(examined, number)| names(&begun, number).diagnosed(examined))
                .transpose()?,
            contract,
            baseline,
            server_ended,
            ended: in_whole_millis(ended.unwrap_or_else(|| cut(requests, last))),
            begun,
            secrets,
        })
    }

    /// The rows by area, each area with its name.
    pub fn areas(&self) -> impl Iterator<Item = (&'static str, &[Row])> {
        let area = |row: &Row| row.rule.area();
        let areas = self
            .rows
            .chunk_by(move |one, other| area(one) == area(other));
        areas.filter_map(move |rows| Some((area(rows.first()?), rows)))
    }

    /// The number of rules that have that verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.with(verdict).count()
    }

    /// The rows with that verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// The verdicts that fail the run, as they were chosen when it began.
    pub fn gate(&self) -> Gate {
        Gate::of_words(&self.begun.fail_on)
    }

    /// The rows whose findings are known and accepted.
    pub fn known(&self) -> impl Iterator<Item = (&Row, &Known)> {
        let rows = self.rows.iter();
        rows.filter_map(|row| Some((row, row.known.as_ref()?)))
    }

    /// The rows with that verdict whose findings are not known.
    pub fn unknown(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.with(verdict).filter(|row| row.known.is_none())
    }

    /// True if no answer and no effect shows that any push was taken: true pushes are answered like forged ones, with nothing, or
    /// like those that nobody can open, as by a server that swallows its errors.
    pub fn shows_no_push_taken(&self) -> bool {
        let shown_by = [
            RuleId::REJECTS_FORGED,
            RuleId::REJECTS_FORGED_SEALED,
            RuleId::ACCEPTS_TRUE_PUSH,
        ];
        let mut open = self.with(Verdict::Inconclusive);
        let is_open = open.any(|row| {
            let reason = row.reason.as_ref();
            shown_by.contains(&row.rule.id) && reason.is_some_and(Reason::shows_no_push_taken)
        });
        // An answer of its own to one kind of push shows that such a push was read.
        let mut passed = self.with(Verdict::Passed);
        is_open && !passed.any(|row| RuleId::ANSWERS.contains(&row.rule.id))
    }

    /// The same, where effects were not watched, and would tell.
    pub fn wants_effects(&self) -> bool {
        self.shows_no_push_taken() && self.with(Verdict::Inconclusive).any(Row::wants_effects)
    }

    /// The limit of one exchange.
    pub fn limit(&self) -> Duration {
        Duration::from_micros(self.begun.limit_micros)
    }
}

/// The end of a log that has none: whoever wrote it was killed.
fn cut(requests: u64, last: u64) -> RunEnded {
    RunEnded {
        ended: Ended::Cut,
        requests,
        took_micros: last,
        waiting_micros: 0,
        lateness_micros: 0,
        starved: false,
        answer_times: AnswerTimes::default(),
    }
}

fn names(begun: &RunBegun, number: u64) -> Names<'_> {
    Names {
        wxcheck: &begun.wxcheck,
        place: Place::Event(number),
    }
}

/// The time as reports know it: no more than a JSON report says, so that each is the same whatever it is made of.
pub(super) const fn whole_millis(micros: u64) -> Duration {
    Duration::from_millis(micros / 1000)
}

fn in_whole_millis(mut ended: RunEnded) -> RunEnded {
    for micros in [
        &mut ended.took_micros,
        &mut ended.waiting_micros,
        &mut ended.lateness_micros,
    ] {
        *micros -= *micros % 1000;
    }
    ended
}

pub(super) fn fetches(begun: &RunBegun, times: &[FetchTime]) -> Vec<FetchSummary> {
    let limit = Duration::from_micros(begun.limit_micros);
    let of = |kind: FetchKind, url: &str| FetchSummary {
        kind,
        url: url.to_owned(),
        took: times
            .iter()
            .find(|time| time.kind == kind.name())
            .map(|time| Duration::from_micros(time.micros)),
        budget: match kind {
            FetchKind::Pre => cold_start_budget(limit),
            FetchKind::Periodic => limit,
        },
    };
    let urls = begun.fetch_urls.iter();
    urls.filter_map(|fetch| Some(of(fetch.kind.parse().ok()?, &fetch.url)))
        .collect()
}

/// True if the server stopped answering for good during that rule.
pub(super) fn died(row: &Row) -> bool {
    let finding = row.finding.as_ref();
    finding.is_some_and(|finding| finding.claim == claim::ALIVE)
}

impl Row {
    /// A verdict of which nothing else is known.
    pub fn plain(rule: &'static Rule, verdict: Verdict) -> Self {
        Self {
            rule,
            deprecated: rule.deprecated(),
            verdict,
            finding: None,
            claims: Vec::new(),
            pushes: Vec::new(),
            reason: None,
            reproduction: None,
            witness: None,
            known: None,
            took: Duration::ZERO,
        }
    }

    /// True if it is in doubt only as long as nobody sees what the server does.
    pub fn wants_effects(&self) -> bool {
        let seen = self.finding.as_ref().map(|finding| &finding.actual);
        let is_unseen = self.reason == Some(Reason::Missing(Missing::TakenPushes));
        is_unseen || seen.is_some_and(|seen| seen.contains(SETTLED_BY_EFFECTS))
    }

    /// The rule's words in a language.
    pub fn words(&self, language: Language) -> Words {
        match language {
            Language::English => self.english(),
            Language::Chinese => self.chinese(),
        }
    }

    /// The rule's words in English, with a reason and a fix that fit what came.
    pub fn english(&self) -> Words {
        let rule = self.rule;
        let told = Words {
            summary: rule.summary,
            why: rule.why,
            fix: rule.fix,
        };
        self.fitting(told, Language::English)
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> Words {
        let id = self.rule.id.as_str();
        let told = words::chinese(id).unwrap_or_else(|| self.english());
        self.fitting(told, Language::Chinese)
    }

    /// The words with what fits better than the rule's own, if there is anything.
    fn fitting(&self, told: Words, language: Language) -> Words {
        let of = |fix: Fix| language.of(fix.english, fix.chinese);
        // A rule of the last turn is made to bring servers down, and says what keeps them up.
        if died(self) && self.rule.turn != Turn::Last {
            let [english, chinese] = WHY_STAY_UP;
            return Words {
                why: language.of(english, chinese),
                fix: of(SERVER_DIED),
                ..told
            };
        }
        let status = self.finding.as_ref().and_then(|finding| finding.status);
        let fix = words::fix_of(self.rule.id.as_str(), status);
        Words {
            fix: fix.map_or(told.fix, of),
            ..told
        }
    }

    fn unjudged(rule: &'static Rule) -> Self {
        Self {
            reason: Some(Unjudged::LogEnds.into()),
            ..Self::plain(rule, Verdict::Inconclusive)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn begun(rules: &[&str]) -> RunBegun {
        RunBegun {
            log: wxcheck_events::VERSION,
            wxcheck: "0.0.0".into(),
            seed: 1,
            url: "http://127.0.0.1:1/".into(),
            mode: "plain".into(),
            format: "xml".into(),
            account: "mini".into(),
            limit_micros: 5_000_000,
            callback: true,
            fail_on: Vec::new(),
            fetch_urls: Vec::new(),
            authorization_url: None,
            rules: rules.iter().map(ToString::to_string).collect(),
        }
    }

    /// A run that was judged to the end, with these rows.
    pub(crate) fn view_of(rows: Vec<Row>) -> View {
        View {
            begun: begun(&[]),
            ended: cut(0, 0),
            fetches: Vec::new(),
            rows,
            contract: None,
            baseline: None,
            diagnosed: None,
            server_ended: None,
            secrets: Secrets::default(),
        }
    }

    fn verdict_of(rule: &str, verdict: &str) -> Kind {
        Kind::Verdict(Box::new(Recorded {
            rule: rule.into(),
            verdict: verdict.into(),
            claim: None,
            claims: Vec::new(),
            pushes: Vec::new(),
            expected: None,
            actual: None,
            status: None,
            story: Vec::new(),
            reason: None,
            reproduction: None,
            witness: None,
            took_micros: 5,
        }))
    }

    fn view(kinds: Vec<Kind>) -> Result<View, ViewError> {
        let events: Vec<Event> = kinds
            .into_iter()
            .zip(0..)
            .map(|(kind, number)| Event {
                number,
                at_micros: number * 10,
                kind,
            })
            .collect();
        View::of(events, Secrets::default())
    }

    #[test]
    fn a_later_verdict_takes_the_place_of_an_earlier_one() {
        let rules = ["reply/status-200", "reply/acknowledges"];
        let begun = Kind::RunBegun(Box::new(begun(&rules)));
        let kinds = vec![
            begun,
            verdict_of(rules[1], "failed"),
            verdict_of(rules[0], "passed"),
            verdict_of(rules[1], "flaky"),
        ];
        let view = view(kinds).unwrap();
        let verdicts: Vec<Verdict> = view.rows.iter().map(|row| row.verdict).collect();
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Flaky]);
        // The run has no end: whoever wrote the log was killed.
        assert_eq!(view.ended.ended, Ended::Cut);
        assert_eq!(view.ended.took_micros, 0, "less than a millisecond");
    }

    #[test]
    fn what_is_missing_was_not_judged_and_what_is_unknown_is_named() {
        let rules = ["reply/status-200"];
        let begun = |rules| Kind::RunBegun(Box::new(begun(rules)));
        let untold = view(vec![begun(&rules)]).unwrap();
        assert_eq!(untold.count(Verdict::Inconclusive), 1);
        for (kinds, word) in [
            (vec![begun(&["reply/new"])], "`reply/new` is no rule"),
            (
                vec![begun(&rules), verdict_of(rules[0], "fine")],
                "event 1: `fine` is no verdict",
            ),
            (Vec::new(), "no beginning"),
        ] {
            let error = view(kinds).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
