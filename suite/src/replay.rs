//! A failing scenario as a file: no secrets, no identities, so that it can be played again on any
//! server at any time.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};

use crate::{
    bounds::{REPLAY_AT_ONCE, REPLAY_PAUSES_PERCENT, REPLAY_REQUESTS, REPLAY_WAITS},
    finding::{Judgement, Miss},
    redact::{Redacted, Secrets},
    report::{View, view::Row},
    rule::{Rule, Turn},
    rules::faults_of_replies,
    step::{ApiAct, Scenario, Step},
    transcript::Transcript,
    verdict::Verdict,
};

/// The judgement on a play that was made again. A reply may break a rule in a play of another one, as in a run.
pub fn judged(rule: &Rule, transcript: &Transcript) -> Judgement {
    let own = (rule.judge)(transcript);
    if let Err(Miss::Found(_) | Miss::Doubtful(_) | Miss::Remark(_)) = own {
        return own;
    }
    let mut of_replies = faults_of_replies(transcript, None).into_iter();
    let found = of_replies.find(|(owner, _)| *owner == rule.id);
    found.map_or(own, |(_, finding)| Err(Miss::Found(finding)))
}

/// The content of a replay file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The version of wxcheck that wrote it.
    pub wxcheck: String,
    /// The rule that judged it.
    pub rule: String,
    /// The claim it broke.
    pub claim: String,
    /// The mode it was played in.
    pub mode: Mode,
    /// The format it was played in.
    pub format: Format,
    /// The kind of account.
    pub account: Account,
    /// The scenario to play.
    pub scenario: Scenario,
}

/// A replay file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Not a replay file.
    #[error("line {line}, column {column}: {reason}; a replay file is what `wxcheck check` wrote")]
    Unreadable {
        /// Line of the mistake, from 1.
        line: usize,
        /// Column of the mistake, from 1.
        column: usize,
        /// The message of the JSON parser.
        reason: String,
    },
    /// More steps than a replay file may have.
    #[error("it has {0} steps; a replay file has at most {REPLAY_REQUESTS}")]
    TooManySteps(usize),
    /// More requests at the same moment than a replay file may have.
    #[error("it sends {0} requests at once; a replay file sends at most {REPLAY_AT_ONCE}")]
    TooManyAtOnce(usize),
    /// Longer pauses than a replay file may have.
    #[error(
        "it pauses for {0} hundredths of the time limit; a replay file pauses for at most {REPLAY_PAUSES_PERCENT}, all together"
    )]
    PausesTooLong(u64),
    /// Longer waits for effects and fetches than a replay file may have.
    #[error(
        "it waits {0} ms for effects and fetches; a replay file waits at most {REPLAY_WAITS:?}, all together"
    )]
    WaitsTooLong(u64),
}

impl Replay {
    /// The replay of a finding; `None` where there is none, or where nothing was sent.
    pub fn of(view: &View, row: &Row) -> Option<Self> {
        // What was only looked at is looked at again by another run.
        let is_worth_it = row.rule.turn != Turn::First
            && matches!(
                row.verdict,
                Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky
            );
        let finding = row.finding.as_ref().filter(|_| is_worth_it)?;
        let scenario = row.reproduction.as_ref()?.scenario.clone();
        Some(Self {
            wxcheck: view.begun.wxcheck.clone(),
            rule: row.rule.id.to_string(),
            claim: finding.claim.clone(),
            mode: view.begun.mode.parse().ok()?,
            format: view.begun.format.parse().ok()?,
            account: view.begun.account.parse().ok()?,
            scenario: serde_json::from_value(scenario).ok()?,
        })
    }

    /// Reads the content of a replay file.
    pub fn read(text: &str) -> Result<Self, ReplayError> {
        let replay: Self = serde_json::from_str(text).map_err(|error| ReplayError::Unreadable {
            line: error.line(),
            column: error.column(),
            reason: error.to_string(),
        })?;
        replay.checked()
    }

    /// The same, if it asks for no more than a replay may.
    pub fn checked(self) -> Result<Self, ReplayError> {
        let mut load = Load::default();
        load.add(&self.scenario.steps);
        load.check()?;
        Ok(self)
    }

    /// The content of the file, indented for reviewers. Active characters are escaped, so that it is played as it was.
    pub fn write(&self, secrets: &Secrets) -> Redacted {
        // Nothing in a scenario can fail to become JSON: no maps with other keys than strings.
        let written = secrets.exact(self);
        if Self::read(written.as_str()).is_ok() {
            return written;
        }
        // Somebody's secret is a word of the format itself, such as `deliver`. That gives nothing away.
        Secrets::default().exact(self)
    }
}

/// The cost of playing a scenario. A file may come from anywhere, and rules never try as much.
#[derive(Default)]
struct Load {
    steps: usize,
    at_once: usize,
    /// Hundredths of the limit of one exchange.
    pauses: u64,
    /// Milliseconds.
    waits: u64,
}

impl Load {
    fn add(&mut self, steps: &[Step]) {
        for step in steps {
            self.steps += 1;
            match step {
                Step::Together(steps) => {
                    self.at_once = self.at_once.max(steps.len());
                    self.add(steps);
                }
                Step::Pause { percent } | Step::Api(ApiAct::Slow { percent }) => {
                    self.pauses = self.pauses.saturating_add(u64::from(*percent));
                }
                Step::AwaitFetch { quiet } | Step::Settle { quiet } => {
                    self.waits = self.waits.saturating_add(*quiet);
                }
                Step::Verify(_)
                | Step::Visit
                | Step::Deliver(_)
                | Step::Fetch(_)
                | Step::Inspect(_)
                | Step::Redeliver { .. }
                | Step::Api(
                    ApiAct::RevokeTokens
                    | ApiAct::ExpireTokens
                    | ApiAct::RefuseMessages { .. }
                    | ApiAct::Recover,
                ) => {}
            }
        }
    }

    fn check(&self) -> Result<(), ReplayError> {
        if self.steps > REPLAY_REQUESTS {
            Err(ReplayError::TooManySteps(self.steps))
        } else if self.at_once > REPLAY_AT_ONCE {
            Err(ReplayError::TooManyAtOnce(self.at_once))
        } else if self.pauses > REPLAY_PAUSES_PERCENT {
            Err(ReplayError::PausesTooLong(self.pauses))
        } else if u128::from(self.waits) > REPLAY_WAITS.as_millis() {
            Err(ReplayError::WaitsTooLong(self.waits))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{Deliver, Step};

    fn of(steps: Vec<Step>) -> Replay {
        Replay {
            wxcheck: "0.1.0".into(),
            rule: "reply/well-formed".into(),
            claim: "malformed".into(),
            mode: Mode::Safe,
            format: Format::Json,
            account: Account::Official,
            scenario: Scenario::of(steps),
        }
    }

    #[test]
    fn what_no_rule_would_try_is_refused_with_the_limit() {
        for (steps, sentence) in [
            (
                vec![Step::Visit; 201],
                "it has 201 steps; a replay file has at most 200",
            ),
            (
                vec![Step::Together(vec![Step::Visit; 51])],
                "it sends 51 requests at once; a replay file sends at most 50",
            ),
            (
                vec![Step::Pause { percent: u32::MAX }; 3],
                "it pauses for 12884901885 hundredths of the time limit; a replay file pauses for at most 2000, all together",
            ),
            (
                vec![Step::Settle { quiet: u64::MAX }; 2],
                "it waits 18446744073709551615 ms for effects and fetches; a replay file waits at most 60s, all together",
            ),
        ] {
            let written = serde_json::to_string(&of(steps)).unwrap();
            let refused = Replay::read(&written).unwrap_err();
            assert_eq!(refused.to_string(), sentence);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let replay = of(vec![Step::Deliver(Deliver::text(
            "a]]>z ::b \u{202e}\u{1b}##[c]",
        ))]);
        assert_eq!(
            Replay::read(replay.write(&Secrets::default()).as_str()).unwrap(),
            replay
        );
    }

    #[test]
    fn a_broken_file_is_reported_with_its_place() {
        let error = Replay::read("{\n  \"wxcheck\": 1\n}")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("line 2, column"), "{error}");
    }
}
