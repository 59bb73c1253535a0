//! The death of the server during a run: the first thing to tell, for whichever rule was waiting is not to blame.

use wxcheck_events::ServerEnded;

use super::{Outcome, View, labels, view::died};
use crate::{
    reason::Reason,
    rule::{Rule, Turn},
    rules,
    words::{self, Language, SERVER_DIED, sentence},
};

/// The death of the server during a run.
#[derive(Clone, Copy, Debug)]
pub struct Death<'a> {
    /// The end of its process, where it was started for the run.
    process: Option<&'a ServerEnded>,
    /// The rule during which it stopped answering, as far as that is known.
    during: Option<&'static Rule>,
}

impl View {
    /// The death of the server, where it stopped answering for good or its process ended. Where the run passed all the same, it
    /// cost nothing.
    pub fn death(&self) -> Option<Death<'_>> {
        let finding = self.rows.iter().find(|row| died(row));
        // A second look, which the server did not live to see, leaves no finding.
        let named = self.rows.iter().find_map(|row| match row.reason {
            Some(Reason::Gone { during }) => rules::find(during?.as_str()),
            _ => None,
        });
        let death = Death {
            process: self.server_ended.as_ref(),
            during: finding.map(|row| row.rule).or(named),
        };
        let is_one = death.process.is_some() || death.during.is_some();
        (is_one && self.outcome() != Outcome::Passed).then_some(death)
    }
}

impl Death<'_> {
    /// The fact in a few words, for a line that says more.
    pub fn in_short(&self, language: Language) -> String {
        if let Some(process) = self.process {
            let how = sentence(&process.how, language);
            return language.of(
                format!("the server ended by itself ({how})"),
                format!("服务器自行退出（{how}）"),
            );
        }
        self.silence(language)
    }

    /// The fact as a sentence.
    pub fn says(&self, language: Language) -> String {
        let process = self.process;
        let process = process.map(|process| labels::server_ended(process, language));
        let silence = self.during.map(|_| self.silence(language));
        let told: Vec<String> = process.into_iter().chain(silence).collect();
        told.join(language.of("; ", "；"))
    }

    /// The change to make: that of the rule, where its requests are made to bring servers down.
    pub fn fix(&self, language: Language) -> &'static str {
        let own = self.during.filter(|rule| rule.turn == Turn::Last);
        own.map_or_else(
            || language.of(SERVER_DIED.english, SERVER_DIED.chinese),
            |rule| match language {
                Language::English => rule.fix,
                Language::Chinese => {
                    words::chinese(rule.id.as_str()).map_or(rule.fix, |words| words.fix)
                }
            },
        )
    }

    fn silence(&self, language: Language) -> String {
        let rule = self.during.map_or("", |rule| rule.id.as_str());
        language.of(
            format!("the server stopped answering during `{rule}`"),
            format!("服务器在测试 `{rule}` 时停止响应"),
        )
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::Ended;

    use super::*;
    use crate::{
        report::{
            github, html, markdown,
            view::{BrokenClaim, Row, tests::view_of},
        },
        rule::claim,
        verdict::Verdict,
    };

    /// The words of a rule that do not fit a server which died.
    fn own(rule: &Rule, language: Language) -> [&'static str; 2] {
        let chinese = words::chinese(rule.id.as_str()).unwrap();
        language.of([rule.why, rule.fix], [chinese.why, chinese.fix])
    }

    fn waiting(rule: &str) -> Row {
        let rule = rules::find(rule).unwrap();
        Row {
            finding: Some(BrokenClaim {
                claim: claim::ALIVE.into(),
                expected: "the server goes on serving".into(),
                actual: "it stopped answering: refused".into(),
                status: None,
                story: Vec::new(),
            }),
            ..Row::plain(rule, Verdict::Failed)
        }
    }

    fn run(row: Row, process: bool) -> View {
        let mut view = view_of(vec![row]);
        view.ended.ended = Ended::Whole;
        view.server_ended = process.then(|| ServerEnded {
            how: "exit status: 7".into(),
            output: vec!["no luck".into()],
        });
        view
    }

    #[test]
    fn a_dead_server_is_told_before_all_else_and_the_rule_that_waited_gives_no_advice() {
        for process in [false, true] {
            let view = run(waiting("reply/acknowledges"), process);
            let rule = view.rows[0].rule;
            for language in [Language::English, Language::Chinese] {
                let fact = view.death().unwrap().in_short(language);
                assert_eq!(view.found(language)[0], fact);
                let fix = language.of(SERVER_DIED.english, SERVER_DIED.chinese);
                for report in [
                    markdown::write(&view, language),
                    github::annotations(&view, language),
                    html::write(&view),
                ] {
                    let report = report.as_str().replace("&apos;", "'");
                    assert!(report.contains(fix), "{report}");
                    for own in own(rule, language) {
                        assert!(!report.contains(own), "{own}: {report}");
                    }
                }
                let markdown = markdown::write(&view, language);
                let (before, _) = markdown.as_str().split_once(fix).unwrap();
                let heading = labels::labels(language).fix_first;
                assert!(before.trim_end().contains(heading), "{markdown}");
            }
        }
    }

    #[test]
    fn a_rule_that_brings_servers_down_has_its_own_fix() {
        let view = run(waiting("hostile/deep-nesting"), true);
        let fix = view.death().unwrap().fix(Language::English);
        assert_eq!(fix, view.rows[0].rule.fix);
    }

    #[test]
    fn a_rule_that_was_looked_at_again_in_vain_is_named_by_those_behind_it() {
        let rules = ["reply/acknowledges", "reply/status-200"];
        let [first, second] = rules.map(|id| Row {
            reason: Some(Reason::Gone {
                during: Some(rules::find(rules[0]).unwrap().id),
            }),
            ..Row::plain(rules::find(id).unwrap(), Verdict::Inconclusive)
        });
        let mut view = run(first, false);
        view.rows.push(second);
        let told = view.death().unwrap().says(Language::English);
        assert_eq!(
            told,
            "the server stopped answering during `reply/acknowledges`"
        );
    }

    #[test]
    fn a_process_that_ends_behind_a_run_that_passed_is_no_death() {
        let row = Row::plain(rules::find("reply/acknowledges").unwrap(), Verdict::Passed);
        assert!(run(row, true).death().is_none());
    }
}
