//! The messages that coordinator and workers write to each other. None of it holds a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wxcheck_load::{counts::Interval, ledger::Act, plan::Form, shard::Shard};

/// A shard to be carried out. Its plan does not say yet when it begins.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Order {
    /// The run.
    pub run: String,
    /// The shard.
    pub shard: Shard,
    /// The account that is kept of it.
    pub account: Account,
}

/// The account of pushes and effects that is kept of a run.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// None.
    #[default]
    None,
    /// Workers tell of each push, and the coordinator sees what the server does.
    Here,
    /// Workers tell of each push, and of what the server does towards their own APIs.
    AtWorkers,
}

/// Acts of the server that a worker's API has seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Seen {
    /// The worker.
    pub worker: String,
    /// The user of each effect.
    pub openids: Vec<String>,
    /// Calls that were refused, by errcode.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<i64, u64>,
}

impl Seen {
    /// The acts that a worker has seen, as a message.
    pub fn of(worker: String, acts: Vec<Act>) -> Self {
        let mut seen = Self {
            worker,
            openids: Vec::new(),
            refused: BTreeMap::new(),
        };
        for act in acts {
            match act {
                Act::Taken(openid) => seen.openids.push(openid),
                Act::Refused(errcode) => *seen.refused.entry(errcode).or_default() += 1,
            }
        }
        seen
    }

    /// The acts again.
    pub fn acts(self) -> Vec<Act> {
        let taken = self.openids.into_iter().map(Act::Taken);
        let refused = self.refused.into_iter().flat_map(|(errcode, calls)| {
            let calls = usize::try_from(calls).unwrap_or(usize::MAX);
            std::iter::repeat_n(Act::Refused(errcode), calls)
        });
        taken.chain(refused).collect()
    }
}

/// The moment at which all workers begin.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Begin {
    /// The Unix second of the first push.
    pub begins: u64,
}

/// A sign from the coordinator while a run goes on. A run whose coordinator is silent is given up.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// It listens.
    Alive,
    /// The run is to be stopped.
    Stop,
}

/// A message of a worker about a shard.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Said {
    /// The worker.
    pub worker: String,
    /// The shard.
    pub shard: u32,
    /// The number of times that the queue has delivered the shard: whoever has the highest owns it.
    pub attempt: u64,
    /// The news.
    pub news: News,
}

/// The news of a shard.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// The worker waits for the run to begin.
    Ready,
    /// The worker cannot carry it out: its settings are for another server, say.
    Refused(String),
    /// The worker sends from that second on.
    Begun(u64),
    /// A second is over.
    Second(Box<Interval>),
    /// The worker has sent and heard everything.
    Done,
    /// The worker has stopped before the end, and gives the shard back.
    Stopped(String),
}

impl Order {
    /// The reason why a worker whose settings are those cannot carry it out, if there is one. Whoever can write to the queue
    /// decides how much is sent, but not where to.
    pub fn misfit(&self, own: &Form, sees_effects: bool) -> Option<String> {
        if self.account == Account::AtWorkers && !sees_effects {
            return Some(
                "the run counts effects at its workers, and this one sees none: give it --api-listen"
                    .to_owned(),
            );
        }
        let asked = &self.shard.plan.form;
        if asked == own {
            return None;
        }
        let shown = |form: &Form| {
            let Form {
                url,
                account,
                mode,
                format,
            } = form;
            format!("{url}, {account}, {mode}, {format}")
        };
        Some(format!(
            "the run is for {}; this worker is set up for {}: give it the settings of the coordinator",
            shown(asked),
            shown(own)
        ))
    }
}
