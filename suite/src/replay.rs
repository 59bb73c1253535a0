//! A failing scenario as a file: no secrets, no identities, so that it can be played again on any
//! server at any time.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::push::{Format, Mode};

use crate::{
    account::Account,
    redact::{Secrets, Shown},
    step::Scenario,
};

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
    /// What to play.
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
        /// What the JSON parser said.
        reason: String,
    },
}

impl Replay {
    /// Reads the content of a replay file.
    pub fn read(text: &str) -> Result<Self, ReplayError> {
        serde_json::from_str(text).map_err(|error| ReplayError::Unreadable {
            line: error.line(),
            column: error.column(),
            reason: error.to_string(),
        })
    }

    /// The content of the file, indented for reviewers. What acts is written as escapes, so that it is played as it was.
    pub fn write(&self, secrets: &Secrets) -> Shown {
        // Nothing in a scenario can fail to become JSON: no maps with other keys than strings.
        let written = secrets.exact(self);
        if Self::read(written.as_str()).is_ok() {
            return written;
        }
        // Somebody's secret is a word of the format itself, such as `deliver`. That gives nothing away.
        Secrets::default().exact(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{Deliver, Step};

    #[test]
    fn what_is_written_is_read_again() {
        let replay = Replay {
            wxcheck: "0.1.0".into(),
            rule: "reply/well-formed".into(),
            claim: "malformed".into(),
            mode: Mode::Safe,
            format: Format::Json,
            account: Account::Official,
            scenario: Scenario::of([Step::Deliver(Deliver::text(
                "a]]>z ::b \u{202e}\u{1b}##[c]",
            ))]),
        };
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
