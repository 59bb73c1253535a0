//! The fate of the requests of a run, or of one second of it, in numbers that add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use wxcheck_mock_server::histogram::Histogram;

use crate::{marks::Marks, sequence::Role};

/// Reasons that are told apart.
const MOST_REASONS: usize = 20;

/// Numbers that add up over seconds and shards.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Counts {
    /// Requests whose time had come.
    pub due: u64,
    /// Requests that were due and never sent: all connections were busy for as long as the limit.
    pub unsent: u64,
    /// Requests that were due and not sent yet when the run was stopped.
    pub stopped: u64,
    /// Pushes that were sent for the first time.
    pub first: u64,
    /// Pushes that were sent again.
    pub again: u64,
    /// Pushes with a wrong signature that were sent.
    pub forged: u64,
    /// Fetches that were sent.
    pub fetched: u64,
    /// True pushes, new and repeated, that were answered with 200 and what WeChat takes as an answer.
    pub acknowledged: u64,
    /// True pushes that were answered with 200 and something else.
    pub odd: u64,
    /// Fetches that were answered with 200.
    pub data: u64,
    /// Forgeries that were answered like true pushes.
    pub forged_acknowledged: u64,
    /// Forgeries that were answered otherwise.
    pub forged_refused: u64,
    /// Pushes and fetches that were answered with another status than 200, forgeries left out.
    pub statuses: BTreeMap<u16, u64>,
    /// Exchanges that were cut at the limit.
    pub cut: u64,
    /// Requests for which no connection could be made.
    pub unconnected: u64,
    /// Connections that ended before the answer did.
    pub dropped: u64,
    /// Answers that are no HTTP, or too long.
    pub unreadable: u64,
    /// Answers to another user than the one who wrote.
    pub wrong_user: u64,
    /// Exchanges that were under way when the run was stopped.
    pub abandoned: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// The system's words for what went wrong with connections.
    pub reasons: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        // Every field, or the compiler complains.
        let Self {
            due,
            unsent,
            stopped,
            first,
            again,
            forged,
            fetched,
            acknowledged,
            odd,
            data,
            forged_acknowledged,
            forged_refused,
            statuses,
            cut,
            unconnected,
            dropped,
            unreadable,
            wrong_user,
            abandoned,
            connections,
            bytes_out,
            bytes_in,
            reasons,
        } = other;
        for (own, other) in [
            (&mut self.due, due),
            (&mut self.unsent, unsent),
            (&mut self.stopped, stopped),
            (&mut self.first, first),
            (&mut self.again, again),
            (&mut self.forged, forged),
            (&mut self.fetched, fetched),
            (&mut self.acknowledged, acknowledged),
            (&mut self.odd, odd),
            (&mut self.data, data),
            (&mut self.forged_acknowledged, forged_acknowledged),
            (&mut self.forged_refused, forged_refused),
            (&mut self.cut, cut),
            (&mut self.unconnected, unconnected),
            (&mut self.dropped, dropped),
            (&mut self.unreadable, unreadable),
            (&mut self.wrong_user, wrong_user),
            (&mut self.abandoned, abandoned),
            (&mut self.connections, connections),
            (&mut self.bytes_out, bytes_out),
            (&mut self.bytes_in, bytes_in),
        ] {
            *own += other;
        }
        for (status, count) in statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (reason, count) in reasons {
            self.note_reason(reason, *count);
        }
    }

    /// Requests that were sent.
    pub const fn sent(&self) -> u64 {
        self.first + self.again + self.forged + self.fetched
    }

    /// Requests that were answered in time with 200 and what was to be answered; forgeries are answered correctly where they
    /// are refused.
    pub const fn good(&self) -> u64 {
        self.acknowledged.saturating_sub(self.wrong_user) + self.data + self.forged_refused
    }

    /// Requests that were tried and not answered correctly, whatever the reason.
    pub fn bad(&self) -> u64 {
        self.odd
            + self.forged_acknowledged
            + self.wrong_user
            + self.other_statuses()
            + self.cut
            + self.unconnected
            + self.dropped
            + self.unreadable
    }

    /// So many requests in per cent of those that were tried; none where there are none. Counts are below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    pub fn part(&self, count: u64) -> Option<f64> {
        let tried = self.sent() + self.unconnected + self.unsent;
        (tried > 0).then(|| count as f64 * 100.0 / tried as f64)
    }

    /// Answers with another status than 200.
    pub fn other_statuses(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Notes why connections failed. Further reasons than a few are counted together.
    pub(crate) fn note_reason(&mut self, reason: &str, count: u64) {
        let room = self.reasons.len() < MOST_REASONS || self.reasons.contains_key(reason);
        let reason = if room { reason } else { "other reasons" };
        *self.reasons.entry(reason.to_owned()).or_default() += count;
    }

    /// One more that was sent.
    pub(crate) const fn note_sent(&mut self, role: Role, fetch: bool) {
        let count = match role {
            _ if fetch => &mut self.fetched,
            Role::First => &mut self.first,
            Role::Again => &mut self.again,
            Role::Forged => &mut self.forged,
        };
        *count += 1;
    }
}

/// The results of one second of a shard: what ended in it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interval {
    /// The shard.
    pub shard: u32,
    /// The second, from the beginning of the plan.
    pub second: u64,
    /// The counts.
    pub counts: Counts,
    /// Latencies of pushes, from the moment at which each was due. In the closed model that is when it was sent.
    pub latency: Histogram,
    /// Latencies of pushes from the moment at which each was sent: what a tool sees that waits for the server.
    pub service: Histogram,
    /// Latencies of fetches, from the moment at which each was due.
    pub fetches: Histogram,
    /// The pushes that were sent and acknowledged in it, where an account is kept.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
}

impl Interval {
    /// Adds all of another. Shard and second stay.
    pub fn merge(&mut self, other: &Self) {
        self.add(other);
        self.marks.merge(&other.marks);
    }

    /// Adds another but for its marks.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        self.fetches.merge(&other.fetches);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_added() {
        let json = serde_json::to_value(Counts::default()).unwrap();
        let mut ones = json.as_object().unwrap().clone();
        for value in ones.values_mut().filter(|value| value.is_number()) {
            *value = 1.into();
        }
        let ones: Counts = serde_json::from_value(serde_json::Value::Object(ones)).unwrap();
        let mut sum = ones.clone();
        sum.statuses.insert(500, 2);
        sum.merge(&sum.clone());
        let json = serde_json::to_value(&sum).unwrap();
        let numbers = json
            .as_object()
            .unwrap()
            .values()
            .filter_map(serde_json::Value::as_u64);
        assert!(numbers.clone().count() > 15 && numbers.into_iter().all(|count| count == 2));
        assert_eq!(sum.statuses[&500], 4);
    }
}
