//! The rules as an earlier version had them, so that an upgrade of wxcheck alone fails no run.

use std::{fmt, str::FromStr};

use crate::rule::{Rule, RuleId};

/// A release, or every release of a minor version where no patch is named: `0.1` stands for all `0.1.x`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AsOf {
    major: u64,
    minor: u64,
    patch: Option<u64>,
}

/// A version that rules cannot be judged as of.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AsOfError {
    /// The text is no version.
    #[error("{0}: give a version of wxcheck, like 0.1 or 0.1.0")]
    NoVersion(String),
    /// The version is yet to come, or this program is too old.
    #[error("{0}: this is wxcheck {ours}; give that or an earlier version", ours = env!("CARGO_PKG_VERSION"))]
    Later(AsOf),
    /// The version had no rules.
    #[error("{0}: no rule is that old; give 0.1 or later")]
    Earlier(AsOf),
}

impl AsOf {
    /// A version that this program knows the rules of.
    pub fn of_this_program(text: &str) -> Result<Self, AsOfError> {
        let as_of: Self = text.parse()?;
        // Rules of the next version are there before that version is.
        let known = super::all().map(|rule| rule.since);
        let mut known = known.chain([env!("CARGO_PKG_VERSION")]);
        if !known.any(|version| {
            version
                .parse()
                .is_ok_and(|ours: Self| as_of.first() <= ours.first())
        }) {
            return Err(AsOfError::Later(as_of));
        }
        if !super::all().any(|rule| as_of.has(rule)) {
            return Err(AsOfError::Earlier(as_of));
        }
        Ok(as_of)
    }

    /// The rules among these that came later, each with the reason why it is left out.
    pub fn later<'r>(self, rules: impl Iterator<Item = &'r Rule>) -> Vec<(RuleId, String)> {
        let later = rules.filter(|rule| !self.has(rule));
        later
            .map(|rule| {
                let reason = format!(
                    "it came with {}, and rules are judged as of {self}",
                    rule.since
                );
                (rule.id, reason)
            })
            .collect()
    }

    /// True if the rule was there.
    fn has(self, rule: &Rule) -> bool {
        let last = (self.major, self.minor, self.patch.unwrap_or(u64::MAX));
        let since: Result<Self, _> = rule.since.parse();
        since.is_ok_and(|since| since.first() <= last)
    }

    /// The first release that it stands for.
    fn first(self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch.unwrap_or_default())
    }
}

impl FromStr for AsOf {
    type Err = AsOfError;

    fn from_str(text: &str) -> Result<Self, AsOfError> {
        let wrong = || AsOfError::NoVersion(text.to_owned());
        let numbers: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
        match *numbers.map_err(|_| wrong())? {
            [major, minor] => Ok(Self {
                major,
                minor,
                patch: None,
            }),
            [major, minor, patch] => Ok(Self {
                major,
                minor,
                patch: Some(patch),
            }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Today's first rule, as if it had come with that version.
    fn rule(since: &'static str) -> Rule {
        let first = crate::rules::all().next().unwrap();
        Rule { since, ..*first }
    }

    #[test]
    fn rules_that_came_later_are_left_out_with_the_reason() {
        let rules = [rule("0.1.0"), rule("0.1.7"), rule("0.2.0"), rule("1.0.0")];
        let later = |text: &str| {
            let as_of: AsOf = text.parse().unwrap();
            let later = as_of.later(rules.iter());
            later
                .into_iter()
                .map(|(_, reason)| reason)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            later("0.1"),
            [
                "it came with 0.2.0, and rules are judged as of 0.1",
                "it came with 1.0.0, and rules are judged as of 0.1"
            ]
        );
        assert_eq!(later("0.1.0").len(), 3);
        assert_eq!(later("0.2").len(), 1);
        assert_eq!(later("1.0").len(), 0);
    }

    #[test]
    fn every_rule_says_since_when_it_is_there() {
        for rule in crate::rules::all() {
            let since: AsOf = rule.since.parse().unwrap();
            assert!(since.patch.is_some(), "{}: {}", rule.id, rule.since);
            let ours = AsOf::of_this_program(rule.since);
            assert!(ours.is_ok(), "{}: {ours:?}", rule.id);
        }
    }

    #[test]
    fn a_version_that_cannot_be_judged_is_refused() {
        let refused = |text: &str| AsOf::of_this_program(text).unwrap_err().to_string();
        assert!(refused("latest").contains("like 0.1"));
        assert!(refused("0.1.0-rc.1").contains("like 0.1"));
        assert!(refused("1").contains("like 0.1"));
        assert!(refused("99.0").contains("this is wxcheck"));
        assert!(refused("0.0").contains("no rule is that old"));
    }
}
