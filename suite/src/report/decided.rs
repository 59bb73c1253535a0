//! The verdict on a run: one answer for the exit code and for every report.

use wxcheck_events::ContractState;

use super::{
    Open, View,
    labels::{self, labels},
};
use crate::{exit_code, rule::Level, verdict::Verdict, words::Language};

/// The verdict on a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Nothing is wrong that counts.
    Passed,
    /// A Must is broken, or what else fails the run; or the list of known findings is out of date.
    Failed,
    /// The run says nothing about its server, for that reason.
    NoVerdict(Open),
}

impl Outcome {
    /// The words for it in the JSON report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => wxcheck_report::OUTCOMES[0],
            Self::Failed => wxcheck_report::OUTCOMES[1],
            Self::NoVerdict(_) => wxcheck_report::OUTCOMES[2],
        }
    }

    /// The words for it in a language.
    pub const fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (_, Language::English) => self.as_str(),
            (Self::Passed, Language::Chinese) => "通过",
            (Self::Failed, Language::Chinese) => "未通过",
            (Self::NoVerdict(_), Language::Chinese) => "没有结论",
        }
    }

    /// The reason that there is no verdict, if there is none.
    pub const fn open(self) -> Option<Open> {
        match self {
            Self::NoVerdict(open) => Some(open),
            Self::Passed | Self::Failed => None,
        }
    }

    /// The exit code of a run that ended with it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => exit_code::FINE,
            Self::Failed => exit_code::BROKEN,
            Self::NoVerdict(_) => exit_code::NO_VERDICT,
        }
    }
}

impl View {
    /// The verdict on the run. Never `Passed` when nothing was judged, or when replies are not as they were. What is known
    /// and accepted fails nothing.
    pub fn outcome(&self) -> Outcome {
        let gate = self.gate();
        let is_broken = self.unknown(Verdict::Failed).next().is_some();
        let contract = self.contract.as_ref().map(|contract| &contract.state);
        let is_changed = matches!(contract, Some(ContractState::Changed { .. }));
        let is_outdated = self.baseline.iter().any(|list| !list.faults.is_empty());
        let mut unknown = self.rows.iter().filter(|row| row.known.is_none());
        match self.open() {
            // It is over before anything else counts.
            Some(open) if open.ends_the_run() => Outcome::NoVerdict(open),
            _ if is_broken || is_outdated || is_changed => Outcome::Failed,
            Some(open) => Outcome::NoVerdict(open),
            None if unknown.any(|row| gate.fails(row.verdict)) => Outcome::Failed,
            None => Outcome::Passed,
        }
    }

    /// The outcome and the reason that there is no verdict, as one phrase.
    pub fn outcome_in_words(&self, language: Language) -> String {
        let outcome = self.outcome();
        let words = outcome.words(language);
        outcome.open().map_or_else(
            || words.to_owned(),
            |open| {
                let [english, chinese] = open.words();
                let why = language.of(english, chinese);
                format!("{words}{}{why}", labels::colon(language))
            },
        )
    }

    /// The findings in short, as far as they are not known: the death of the server, then the numbers of rules that are broken,
    /// by their level, and what else there is to count. Empty where nothing was found.
    pub fn found(&self, language: Language) -> Vec<String> {
        let gate = self.gate();
        let count = |is_counted: &dyn Fn(Verdict, Level) -> bool| {
            let rows = self.rows.iter().filter(|row| row.known.is_none());
            rows.filter(|row| is_counted(row.verdict, row.rule.level))
                .count()
        };
        let broken = |level| {
            count(&|verdict, of| {
                let is_broken = match verdict {
                    Verdict::Failed => true,
                    Verdict::Warned => level != Level::Must,
                    Verdict::Noted => level == Level::Info && gate.info,
                    _ => false,
                };
                of == level && is_broken
            })
        };
        let with = |verdict| count(&|one, _| one == verdict);
        let unproven = count(&|verdict, level| verdict == Verdict::Warned && level == Level::Must);
        let unjudged = if gate.inconclusive {
            with(Verdict::Inconclusive)
        } else {
            0
        };
        let counts = [
            (broken(Level::Must), "must"),
            (unproven, labels(language).must_unproven),
            (broken(Level::Should), "should"),
            (with(Verdict::Flaky), Verdict::Flaky.word(language)),
            (with(Verdict::Errored), Verdict::Errored.word(language)),
            (broken(Level::Info), "info"),
            (unjudged, Verdict::Inconclusive.word(language)),
            (self.known().count(), labels(language).known_word),
        ];
        let counted = counts.into_iter().filter(|(count, _)| *count > 0);
        let counted: Vec<String> = counted
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let death = self.death().map(|death| death.in_short(language));
        let mut parts: Vec<String> = death.into_iter().collect();
        if !counted.is_empty() {
            parts.push(counted.join(language.of(", ", "，")));
        }
        if let Some(list) = &self.baseline
            && !list.faults.is_empty()
        {
            let (entries, file) = (list.faults.len(), &list.file);
            parts.push(language.of(
                format!("{file} is out of date ({entries})"),
                format!("{file} 需要更新（{entries}）"),
            ));
        }
        let changed = self.contract.as_ref();
        let changed = changed.map_or(0, |one| one.changed().len());
        if changed > 0 {
            parts.push(language.of(
                format!("replies changed: {changed}"),
                format!("{changed} 个回包有变化"),
            ));
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Baseline, BaselineFault, ChangedReply, Contract, Ended, WrongEntry};

    use super::*;
    use crate::{
        reason::{Missing, Reason},
        report::{
            github, gitlab, html, json, junit, markdown, sarif,
            view::{Row, tests::view_of},
        },
        rule::RuleId,
        rules,
    };

    /// A run that was judged to its end, with these verdicts on rules of that level.
    fn whole(level: Level, verdicts: &[Verdict]) -> View {
        let rules = rules::all().filter(|rule| rule.level == level);
        let rows = rules.zip(verdicts);
        let rows = rows.map(|(rule, verdict)| Row::plain(rule, *verdict));
        let mut view = view_of(rows.collect());
        view.ended.ended = Ended::Whole;
        view
    }

    fn with(mut view: View, change: impl FnOnce(&mut View)) -> View {
        change(&mut view);
        view
    }

    /// Runs of every kind, each with its outcome.
    #[expect(clippy::too_many_lines, reason = "a table, with a row for each kind")]
    fn runs() -> Vec<(&'static str, View, Outcome)> {
        use Verdict::{Errored, Failed, Flaky, Inconclusive, Noted, Passed, Skipped, Warned};
        let musts = |verdicts: &[Verdict]| whole(Level::Must, verdicts);
        let gated =
            |view, word: &str| with(view, |view| view.begun.fail_on = vec![word.to_owned()]);
        let ended = |view, ended| with(view, |view: &mut View| view.ended.ended = ended);
        let stopped = || Ended::Stopped {
            by: "Ctrl-C".into(),
        };
        let no_contact = || Ended::NoContact {
            reason: "nothing listens".into(),
        };
        let blocked = |mut view: View| {
            for row in view
                .rows
                .iter_mut()
                .filter(|row| row.verdict == Inconclusive)
            {
                row.reason = Some(Reason::Blocked {
                    by: RuleId::RATE_LIMIT,
                });
            }
            view
        };
        let changed = Contract {
            file: "replies".into(),
            pushes: 1,
            state: ContractState::Changed {
                replies: vec![ChangedReply {
                    push: "text".into(),
                    then: None,
                    now: None,
                }],
            },
        };
        let outdated = Baseline {
            file: "known.toml".into(),
            known: Vec::new(),
            faults: vec![BaselineFault {
                rule: "reply/status-200".into(),
                claim: None,
                line: 1,
                wrong: WrongEntry::Gone,
            }],
        };
        let no = Outcome::NoVerdict;
        vec![
            ("passed", musts(&[Passed, Skipped, Noted]), Outcome::Passed),
            (
                "passed with warnings",
                musts(&[Passed, Warned, Flaky]),
                Outcome::Passed,
            ),
            ("failed", musts(&[Passed, Failed]), Outcome::Failed),
            (
                "a Should that stopped the server",
                whole(Level::Should, &[Passed, Failed]),
                Outcome::Failed,
            ),
            (
                "nothing judged",
                musts(&[Inconclusive, Skipped]),
                no(Open::NothingJudged),
            ),
            ("no rules", musts(&[]), no(Open::NothingJudged)),
            (
                "most blocked",
                blocked(musts(&[Passed, Inconclusive, Inconclusive])),
                no(Open::Blocked),
            ),
            ("errored", musts(&[Passed, Errored]), no(Open::Errored)),
            (
                "warnings that fail",
                gated(musts(&[Passed, Warned]), "should"),
                Outcome::Failed,
            ),
            (
                "flaky that fails",
                gated(musts(&[Passed, Flaky]), "should"),
                Outcome::Failed,
            ),
            (
                "notes that fail",
                gated(whole(Level::Info, &[Passed, Noted]), "info"),
                Outcome::Failed,
            ),
            (
                "unjudged that fails",
                gated(musts(&[Passed, Inconclusive]), "inconclusive"),
                Outcome::Failed,
            ),
            (
                "stopped",
                ended(musts(&[Passed, Failed]), stopped()),
                no(Open::Stopped),
            ),
            (
                "no contact",
                ended(musts(&[Inconclusive]), no_contact()),
                no(Open::NoContact),
            ),
            (
                "no contact, and why",
                ended(musts(&[Failed, Inconclusive]), no_contact()),
                Outcome::Failed,
            ),
            (
                "out of time at the very end",
                ended(musts(&[Passed]), Ended::OutOfTime),
                Outcome::Passed,
            ),
            ("cut", ended(musts(&[Passed]), Ended::Cut), no(Open::Cut)),
            (
                "replies changed",
                with(musts(&[Passed]), |view| view.contract = Some(changed)),
                Outcome::Failed,
            ),
            (
                "list out of date",
                with(musts(&[Passed]), |view| view.baseline = Some(outdated)),
                Outcome::Failed,
            ),
            (
                "missing effects",
                with(musts(&[Passed, Inconclusive]), |view| {
                    view.rows[1].reason = Some(Reason::Missing(Missing::EffectsChannel));
                }),
                Outcome::Passed,
            ),
        ]
    }

    #[test]
    fn every_report_of_a_run_says_the_same_about_it() {
        for (name, view, outcome) in runs() {
            assert_eq!(view.outcome(), outcome, "{name}");
            let json: serde_json::Value =
                serde_json::from_str(json::write(&view).as_str()).unwrap();
            assert_eq!(json["outcome"], outcome.as_str(), "{name}");
            let why = outcome
                .open()
                .map(|open| view.secrets.redact(open.words()[0]));
            assert_eq!(json["why"].as_str(), why.as_deref(), "{name}");
            let again = json::view(
                wxcheck_report::read(&json.to_string()).unwrap(),
                view.secrets.clone(),
            );
            assert_eq!(again.unwrap().outcome(), outcome, "{name}");

            let [is_passed, is_failed] =
                [Outcome::Passed, Outcome::Failed].map(|one| one == outcome);
            for language in [Language::English, Language::Chinese] {
                let told = view.outcome_in_words(language);
                let markdown = markdown::write(&view, language);
                let title = markdown.as_str().lines().next().unwrap();
                assert!(title.contains(&told), "{name}: {title}");
                assert_eq!(title.contains('❌'), is_failed, "{name}: {title}");
                assert!(!title.contains('✅') || is_passed, "{name}: {title}");
                let page = html::write(&view);
                let words = outcome.words(language);
                let (_, head) = page.as_str().split_once("<h1>").unwrap();
                let (head, _) = head.split_once("</h1>").unwrap();
                assert!(head.to_lowercase().contains(words), "{name}: {head}");
                let commands = github::annotations(&view, language);
                assert_eq!(
                    commands.as_str().contains("::error "),
                    !is_passed,
                    "{name}: {commands}"
                );
            }
            let junit = junit::write(&view, None, Language::English);
            let root = junit.as_str().lines().nth(1).unwrap();
            let is_clean = root.contains(r#"failures="0" errors="0""#);
            assert_eq!(is_clean, is_passed, "{name}: {root}");
            let sarif: serde_json::Value =
                serde_json::from_str(sarif::write(&view, "f", Language::English).as_str()).unwrap();
            let run = &sarif["runs"][0]["invocations"][0];
            assert_eq!(
                run["executionSuccessful"],
                outcome.open().is_none(),
                "{name}"
            );
            assert_eq!(run["exitCode"], outcome.exit_code(), "{name}");
            let gitlab = gitlab::write(&view, "f", Language::English);
            assert_eq!(
                gitlab.as_str().contains("wxcheck/no-verdict"),
                outcome.open().is_some(),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_broken_is_counted_by_its_level() {
        let found = |view: &View| view.found(Language::English);
        let stopping = whole(Level::Should, &[Verdict::Failed, Verdict::Warned]);
        assert_eq!(found(&stopping), ["2 should"]);
        let musts = whole(Level::Must, &[Verdict::Failed, Verdict::Warned]);
        assert_eq!(found(&musts), ["1 must, 1 must unproven"]);
        assert_eq!(found(&whole(Level::Must, &[Verdict::Passed])), [""; 0]);
    }
}
