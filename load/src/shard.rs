//! A part of a plan that one machine carries out: every n-th number. A shard can be begun late, or again at a later second,
//! without a number being sent twice.

use serde::{Deserialize, Serialize};

use crate::{plan::Plan, plan_error::PlanError, sequence::Sequence};

/// A part of a plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shard {
    /// The plan, with the number of shards.
    pub plan: Plan,
    /// The remainder of its numbers, divided by the number of shards.
    pub index: u32,
    /// The second in which it begins: 0, or a later one if another machine had it before.
    pub from_second: u64,
}

/// Seconds that are lost: from one up to another, which is not.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lost {
    /// The shard.
    pub shard: u32,
    /// The worker that may have sent in them and died; none where nobody had the shard yet.
    pub worker: Option<String>,
    /// The first second, from the beginning of the plan.
    pub from: u64,
    /// The second that is not lost any more.
    pub to: u64,
}

impl Shard {
    /// The shards of a plan.
    pub fn all(plan: &Plan) -> impl Iterator<Item = Self> {
        (0..plan.shards).map(|index| Self {
            plan: plan.clone(),
            index,
            from_second: 0,
        })
    }

    /// Checks the shard and prepares its numbers.
    pub fn sequence(&self) -> Result<Sequence, PlanError> {
        if self.index >= self.plan.shards {
            let fix = format!(
                "the plan has shards from 0 to {}",
                self.plan.shards.saturating_sub(1)
            );
            return Err(PlanError::new("shard", self.index, fix));
        }
        Sequence::new(self.plan.clone())
    }
}

/// The numbers of one thread of a shard, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    /// Of so many numbers one is the lane's.
    step: u64,
    /// Its first one of each such row.
    offset: u64,
}

impl Lane {
    /// The lane of that number, of so many, in a shard.
    pub(crate) fn new(shard: &Shard, lane: u32, lanes: u32) -> Self {
        let shards = u64::from(shard.plan.shards);
        Self {
            step: shards * u64::from(lanes),
            offset: u64::from(shard.index) + shards * u64::from(lane),
        }
    }

    /// Its first number that is not below another.
    pub(crate) const fn at_or_after(self, number: u64) -> u64 {
        let row = number / self.step * self.step + self.offset;
        if row < number { row + self.step } else { row }
    }

    /// Its next number.
    pub(crate) const fn after(self, number: u64) -> u64 {
        number + self.step
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::tests::steady;

    #[test]
    fn every_number_belongs_to_one_lane() {
        let plan = Plan {
            shards: 3,
            ..steady(10.0, 10)
        };
        let mut seen = BTreeSet::new();
        for shard in Shard::all(&plan) {
            for lane in 0..2 {
                let lane = Lane::new(&shard, lane, 2);
                let mut number = lane.at_or_after(10);
                while number < 100 {
                    assert!(seen.insert(number), "{number}");
                    assert_eq!(number % 3, u64::from(shard.index));
                    number = lane.after(number);
                }
            }
        }
        assert_eq!(seen, (10..100).collect());
    }
}
