//! Names that stand in a log or a report, as this version knows them.

use std::fmt;

use wxcheck_events::{Diagnosed as Examined, Reason as Why, Verdict as Recorded};

use super::view::{BrokenClaim, Diagnosed, Reproduction, Row, ViewError, whole_millis};
use crate::{
    diagnosis::{Cause, Certainty, FoundCause, Stack},
    reason::Reason,
    rule::{Rule, RuleId},
    rules,
    verdict::Verdict,
};

/// The place of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The event of that number.
    Event(u64),
    /// A JSON report.
    Report,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(number) => write!(f, "event {number}"),
            Self::Report => f.write_str("the report"),
        }
    }
}

/// The names of one place.
pub(super) struct Names<'a> {
    /// The version of wxcheck that wrote it.
    pub(super) wxcheck: &'a str,
    pub(super) place: Place,
}

impl Names<'_> {
    pub(super) fn row(&self, recorded: Recorded, replay: Option<String>) -> Result<Row, ViewError> {
        let rule = self.rule(&recorded.rule)?;
        let verdict = Verdict::named(&recorded.verdict)
            .ok_or_else(|| self.unknown("verdict", &recorded.verdict))?;
        let reason = recorded.reason.as_ref().map(|why| self.reason(why));
        let finding = recorded.claim.map(|claim| BrokenClaim {
            claim,
            expected: recorded.expected.unwrap_or_default(),
            actual: recorded.actual.unwrap_or_default(),
            status: recorded.status,
            story: recorded.story,
        });
        Ok(Row {
            rule,
            deprecated: rule.deprecated(),
            verdict,
            finding,
            claims: recorded.claims,
            pushes: recorded.pushes,
            reason: reason.transpose()?,
            reproduction: recorded.reproduction.map(|recorded| Reproduction {
                scenario: recorded.scenario,
                curl: recorded.curl,
                replay,
                to_authorization_url: recorded.to_authorization_url,
            }),
            witness: recorded.witness,
            known: None,
            took: whole_millis(recorded.took_micros),
        })
    }

    pub(super) fn diagnosed(&self, examined: Examined) -> Result<Diagnosed, ViewError> {
        let findings = examined.causes.into_iter().map(|recorded| {
            Ok(FoundCause {
                cause: Cause::named(&recorded.cause)
                    .ok_or_else(|| self.unknown("cause", &recorded.cause))?,
                certainty: Certainty::named(&recorded.certainty)
                    .ok_or_else(|| self.unknown("certainty", &recorded.certainty))?,
                values: recorded.values,
                curl: recorded.curl,
            })
        });
        Ok(Diagnosed {
            findings: findings.collect::<Result<_, ViewError>>()?,
            is_open: examined.open,
            stack: examined.stack.as_deref().and_then(Stack::named),
            requests: examined.requests,
        })
    }

    pub(super) fn reason(&self, why: &Why) -> Result<Reason, ViewError> {
        let id = |rule: &String| -> Result<RuleId, ViewError> { Ok(self.rule(rule)?.id) };
        Ok(match why {
            Why::Blocked { by } => Reason::Blocked { by: id(by)? },
            Why::Gone { during } => Reason::Gone {
                during: during.as_ref().map(id).transpose()?,
            },
            Why::OutOfTime => Reason::OutOfTime,
            Why::Missing { what } => Reason::Missing(*what),
            Why::Unjudged(why) => Reason::Unjudged(why.clone()),
        })
    }

    pub(super) fn rule(&self, id: &str) -> Result<&'static Rule, ViewError> {
        rules::find(id).ok_or_else(|| self.unknown("rule", id))
    }

    pub(super) fn unknown(&self, what: &'static str, word: &str) -> ViewError {
        ViewError::Unknown {
            place: self.place,
            what,
            word: word.to_owned(),
            wxcheck: self.wxcheck.to_owned(),
        }
    }
}
