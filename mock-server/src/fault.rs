//! Faults on purpose: by endpoint, with a chance and a count, repeated by a seed.

use serde::{Deserialize, Serialize};
use wxcheck_events::FaultChange;

use crate::{bounds::FAULTS, draw::Draw};

/// The longest a slow answer may take, in milliseconds.
pub const SLOW_LIMIT: u64 = 600_000;

/// A fault as it is asked for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The path of an endpoint, or `*` for all of them.
    #[cfg_attr(test, schema(example = "/cgi-bin/message/custom/send"))]
    pub endpoint: String,
    /// The effect: a name like `"reset"`, or one with a number like `{"errcode": -1}`.
    #[serde(rename = "fault")]
    pub kind: FaultKind,
    /// The chance that it happens: 1 always, 0.1 every tenth time or so.
    #[serde(default = "always")]
    #[cfg_attr(test, schema(minimum = 0, maximum = 1))]
    pub chance: f64,
    /// Calls that go well before the first that may fail.
    #[serde(default)]
    pub after: u32,
    /// The number of times it happens before it is over; without one, it lasts until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

const fn always() -> f64 {
    1.0
}

/// The effect on a call.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It is refused with that code, like -1, 40001, 42001, 45009 or 45011, and has no effect.
    Errcode(i64),
    /// It is answered with an HTML page and status 502, and has no effect.
    HtmlPage,
    /// It has its effect, and half of the answer's JSON is missing.
    TruncatedJson,
    /// It has its effect, and the answer takes so many milliseconds, at most 600 000.
    SlowMillis(u64),
    /// It has its effect, and the connection is reset instead of an answer.
    Reset,
    /// It has its effect, and the answer calls itself `text/html`.
    WrongContentType,
    /// Its access token is revoked before its time; it is refused with 40001.
    RevokedToken,
}

impl FaultKind {
    /// The journal's name for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Errcode(_) => "errcode",
            Self::HtmlPage => "html-page",
            Self::TruncatedJson => "truncated-json",
            Self::SlowMillis(_) => "slow",
            Self::Reset => "reset",
            Self::WrongContentType => "wrong-content-type",
            Self::RevokedToken => "revoked-token",
        }
    }
}

/// A fault that cannot be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FaultError {
    /// No such endpoint.
    #[error("endpoint `{0}`: no endpoint has that path; give one of the API's, or `*` for all")]
    Endpoint(String),
    /// Not a probability.
    #[error("chance {0}: give a number from 0 to 1")]
    Chance(f64),
    /// Too slow.
    #[error("slow-millis {0}: an answer may take at most {SLOW_LIMIT} milliseconds")]
    Millis(u64),
    /// Success is no fault.
    #[error("errcode 0: 0 is success; give an error like -1, 40001 or 45009")]
    Success,
    /// Enough of them are in force.
    #[error(
        "{FAULTS} faults are in force, and no more may be; DELETE /_wxcheck/faults/{{id}} takes one away"
    )]
    TooMany,
    /// It would never happen.
    #[error("times 0: give at least 1, or leave it out")]
    Never,
}

/// A fault in force.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct Standing {
    /// Names it for its removal.
    pub id: u64,
    /// The fault that was asked for.
    #[serde(flatten)]
    pub fault: Fault,
    /// Calls it could have struck so far.
    pub seen: u32,
    /// Calls it struck.
    pub struck: u32,
}

/// The last id, and of each fault in force its id, itself, the calls it could have struck, and those it struck.
pub(crate) type KeptFaults = (u64, Vec<(u64, Fault, u32, u32)>);

/// The faults in force, in the order in which they were set.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    standing: Vec<Standing>,
    last_id: u64,
    /// Changes that do not stand in the journal yet.
    changes: Vec<FaultChange>,
}

impl Faults {
    /// Puts a fault into force; `is_endpoint` knows the paths there are.
    pub fn set(
        &mut self,
        fault: Fault,
        is_endpoint: impl Fn(&str) -> bool,
    ) -> Result<u64, FaultError> {
        if fault.endpoint != "*" && !is_endpoint(&fault.endpoint) {
            return Err(FaultError::Endpoint(fault.endpoint));
        }
        if !(0.0..=1.0).contains(&fault.chance) {
            return Err(FaultError::Chance(fault.chance));
        }
        if fault.times == Some(0) {
            return Err(FaultError::Never);
        }
        match fault.kind {
            FaultKind::SlowMillis(millis) if millis > SLOW_LIMIT => {
                return Err(FaultError::Millis(millis));
            }
            FaultKind::Errcode(0) => return Err(FaultError::Success),
            _ => {}
        }
        if self.standing.len() >= FAULTS {
            return Err(FaultError::TooMany);
        }
        self.last_id += 1;
        self.changes.push(FaultChange::Set {
            id: self.last_id,
            endpoint: fault.endpoint.clone(),
            fault: fault.kind.name().into(),
        });
        self.standing.push(Standing {
            id: self.last_id,
            fault,
            seen: 0,
            struck: 0,
        });
        Ok(self.last_id)
    }

    /// Every fault in force.
    pub fn all(&self) -> &[Standing] {
        &self.standing
    }

    /// Takes one out of force; `false` if there is none of that id.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.standing.len();
        self.standing.retain(|standing| standing.id != id);
        let is_removed = self.standing.len() < before;
        if is_removed {
            self.changes.push(FaultChange::Removed { id });
        }
        is_removed
    }

    /// Takes all of them out of force.
    pub fn clear(&mut self) {
        if !self.standing.is_empty() {
            self.standing.clear();
            self.changes.push(FaultChange::Cleared);
        }
    }

    /// Takes the place of others, so that the journal says which are over and which are in force.
    pub(crate) fn succeed(&mut self, mut before: Self) {
        before.clear();
        let set = self.standing.iter().map(|standing| FaultChange::Set {
            id: standing.id,
            endpoint: standing.fault.endpoint.clone(),
            fault: standing.fault.kind.name().into(),
        });
        before.changes.extend(set);
        self.changes = before.changes;
    }

    /// The faults as they are kept: the last id, and each with its counts.
    pub(crate) fn kept(&self) -> KeptFaults {
        let kept = |one: &Standing| (one.id, one.fault.clone(), one.seen, one.struck);
        (self.last_id, self.standing.iter().map(kept).collect())
    }

    /// The faults as they were kept.
    pub(crate) fn recall((last_id, kept): KeptFaults) -> Self {
        let standing = |(id, fault, seen, struck)| Standing {
            id,
            fault,
            seen,
            struck,
        };
        Self {
            standing: kept.into_iter().map(standing).collect(),
            last_id,
            changes: Vec::new(),
        }
    }

    /// The changes since they were last asked for, for the journal.
    pub(crate) fn take_changes(&mut self) -> Vec<FaultChange> {
        std::mem::take(&mut self.changes)
    }

    /// The effect on this call of that path: that of the first fault that strikes.
    pub fn strike(&mut self, path: &str, draw: &mut Draw) -> Option<FaultKind> {
        if self.standing.is_empty() {
            return None;
        }
        let struck = self.standing.iter_mut().find_map(|standing| {
            let meant = standing.fault.endpoint == "*" || standing.fault.endpoint == path;
            (meant && standing.strikes(draw)).then(|| standing.fault.kind.clone())
        });
        let changes = &mut self.changes;
        self.standing.retain(|standing| {
            let is_over = standing
                .fault
                .times
                .is_some_and(|times| standing.struck >= times);
            if is_over {
                changes.push(FaultChange::Removed { id: standing.id });
            }
            !is_over
        });
        struck
    }
}

impl Standing {
    fn strikes(&mut self, draw: &mut Draw) -> bool {
        self.seen = self.seen.saturating_add(1);
        let strikes = self.seen > self.fault.after && draw.happens(self.fault.chance);
        self.struck += u32::from(strikes);
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).unwrap()
    }

    fn set(faults: &mut Faults, json: &str) -> Result<u64, FaultError> {
        faults.set(fault(json), |path| path == "/x")
    }

    #[test]
    fn a_fault_strikes_after_so_many_calls_and_so_many_times() {
        let (mut faults, mut draw) = (Faults::default(), Draw::new(1));
        set(
            &mut faults,
            r#"{"endpoint":"/x","fault":{"errcode":-1},"after":1,"times":2}"#,
        )
        .unwrap();
        let struck: Vec<bool> = (0..5)
            .map(|_| faults.strike("/x", &mut draw).is_some())
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
        let changes = faults.take_changes();
        assert!(matches!(
            changes[..],
            [
                FaultChange::Set { id: 1, .. },
                FaultChange::Removed { id: 1 }
            ]
        ));
        assert!(faults.all().is_empty());
    }

    #[test]
    fn a_seed_repeats_what_chance_decides() {
        let run = |seed| {
            let (mut faults, mut draw) = (Faults::default(), Draw::new(seed));
            set(
                &mut faults,
                r#"{"endpoint":"*","fault":"reset","chance":0.5}"#,
            )
            .unwrap();
            (0..40)
                .map(|_| faults.strike("/any", &mut draw).is_some())
                .collect::<Vec<bool>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }

    #[test]
    fn what_cannot_be_set_is_explained() {
        let mut faults = Faults::default();
        for (json, word) in [
            (r#"{"endpoint":"/y","fault":"reset"}"#, "/y"),
            (
                r#"{"endpoint":"/x","fault":"reset","chance":2.0}"#,
                "chance 2",
            ),
            (r#"{"endpoint":"/x","fault":{"errcode":0}}"#, "errcode 0"),
            (
                r#"{"endpoint":"/x","fault":{"slow-millis":600001}}"#,
                "600001",
            ),
            (r#"{"endpoint":"/x","fault":"reset","times":0}"#, "times 0"),
        ] {
            let error = set(&mut faults, json).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
