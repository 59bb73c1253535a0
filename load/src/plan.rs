//! The plan of a run: what is sent, when, and in whose name. It holds no secret, so that it can lie in a queue or a report.
//! Together with its seed it says of every push what it is; nothing about one is kept anywhere else.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::{
    account::Account,
    fetch::FetchKind,
    push::{Format, Mode},
};

use crate::{
    mix::Share,
    pace::{LONGEST, Pace, Stage, written},
    part::Part,
    plan_error::PlanError,
};

/// The most pushes a second of one plan: so many MsgIds are there in a second (`protocol::msg_id`).
pub const MOST_A_SECOND: f64 = 894_780.0;
/// The most users of a population.
pub const MOST_USERS: u64 = 40_000_000;
/// The most connections of a plan on one machine.
pub const MOST_CONNECTIONS: u32 = 60_000;

/// The most shards of a plan.
pub const MOST_SHARDS: u32 = 10_000;

/// All that decides what is sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plan {
    /// The seed of everything that is drawn, and of all identities.
    pub seed: u64,
    /// The Unix second at which the first push is due: the same for every shard.
    pub begins: u64,
    /// The times of the pushes.
    pub pace: Pace,
    /// Numbers after which it ends, over all shards.
    pub count: Option<u64>,
    /// The pushes and fetches, by weight.
    pub mix: Vec<Share>,
    /// The size of the population; without one every push has a user of its own.
    pub users: Option<u64>,
    /// The part of the pushes that is delivered again, with the same bytes.
    pub redelivered: Part,
    /// The part of the pushes that is signed wrongly, each for a user of its own.
    pub forged: Part,
    /// The shards to which the numbers are dealt in turn: 1 on one machine.
    pub shards: u32,
    /// The most connections at once of a shard. In the closed model all of them are used all the time.
    pub connections: u32,
    /// True if connections are kept; otherwise each request has one of its own.
    pub keeps: bool,
    /// The time after which an exchange is cut, in milliseconds: WeChat's five seconds.
    pub limit_millis: u64,
    /// The form of the pushes.
    pub form: Form,
}

/// The form of the pushes, as configured at WeChat.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Form {
    /// The callback URL without user and password: for reports. Where requests go says the aim.
    pub url: String,
    /// The kind of account.
    pub account: Account,
    /// Plain, compat or safe.
    pub mode: Mode,
    /// XML or JSON.
    pub format: Format,
}

impl Plan {
    /// Checks what no type can say.
    pub fn check(&self) -> Result<(), PlanError> {
        self.check_pace()?;
        if self.mix.iter().all(|share| share.weight == 0) {
            return Err(PlanError::new(
                "--mix",
                "",
                "give at least one push or fetch with a weight above 0, like text=70",
            ));
        }
        if self.count == Some(0) {
            return Err(PlanError::new("--count", 0, "give 1 or more"));
        }
        let users = self.users.unwrap_or(1);
        if !(1..=MOST_USERS).contains(&users) {
            let fix = format!("give 1 to {MOST_USERS}");
            return Err(PlanError::new("--users", users, fix));
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.connections) {
            let fix = format!("give 1 to {MOST_CONNECTIONS}");
            return Err(PlanError::new("--connections", self.connections, fix));
        }
        if !(1..=MOST_SHARDS).contains(&self.shards) {
            let fix = format!("give 1 to {MOST_SHARDS}");
            return Err(PlanError::new("--workers", self.shards, fix));
        }
        if self.limit_millis == 0 {
            return Err(PlanError::new("--patience", 0, "give more"));
        }
        if self.forged > Part::NONE && !self.form.account.is_signed() {
            let fix = format!(
                "leave it out: pushes of the account kind {} are not signed",
                self.form.account
            );
            return Err(PlanError::new("--forged", self.forged, fix));
        }
        if self.redelivered.millionths() * 2 > Part::WHOLE.millionths() {
            let fix = "give at most 50%: each repeat needs a push that it repeats";
            return Err(PlanError::new("--redeliver", self.redelivered, fix));
        }
        if self.forged.millionths() + self.redelivered.millionths() > Part::WHOLE.millionths() {
            let fix = "give shares that are at most 100% together with --redeliver";
            return Err(PlanError::new("--forged", self.forged, fix));
        }
        self.check_events()
    }

    fn check_pace(&self) -> Result<(), PlanError> {
        let millis = self.pace.millis();
        let most = LONGEST * 1000;
        if millis == 0 || millis > most {
            let seconds = format!("{}s", millis / 1000);
            let fix = format!("give more than 0 and at most {LONGEST} seconds in all");
            return Err(PlanError::new("--duration", seconds, fix));
        }
        let Pace::Open { stages, herds } = &self.pace else {
            return Ok(());
        };
        for Stage { from, to, .. } in stages {
            for rate in [from, to] {
                if !(0.0..=MOST_A_SECOND).contains(rate) {
                    let fix = format!("give 0 to {MOST_A_SECOND} pushes a second");
                    return Err(PlanError::new("--rate", rate, fix));
                }
            }
        }
        let is_fetched = |share: &&Share| share.fetch() == Some(FetchKind::Pre);
        let fetched = self.mix.iter().any(|share| is_fetched(&share));
        for herd in herds {
            if !fetched {
                let fix = "give --prefetch-url: a herd is made of prefetches";
                return Err(PlanError::new("--herd", herd, fix));
            }
            if herd.at_millis > millis {
                let fix = format!(
                    "the run ends after {}: give an earlier moment",
                    written(millis)
                );
                return Err(PlanError::new("--herd", herd, fix));
            }
        }
        Ok(())
    }

    /// An event is told from another of its user by its CreateTime alone, which counts seconds: a user may have one a
    /// second.
    fn check_events(&self) -> Result<(), PlanError> {
        let Some(users) = self.users else {
            return Ok(());
        };
        let has_events = self
            .mix
            .iter()
            .any(|share| share.is_event() && share.weight > 0);
        if has_events && matches!(self.pace, Pace::Closed { .. }) {
            let fix = "give --rate too, or leave events out of --mix: two events of one user in one second are one event to \
                       WeChat";
            return Err(PlanError::new("--users", users, fix));
        }
        let most = self.pace.most_a_second();
        // At most a thousand million, which a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let too_few = most.is_some_and(|most| users as f64 <= most);
        if has_events && too_few {
            let fix = format!(
                "give more than {:.0}, the pushes of a second: two events of one user in one second are one event to WeChat",
                most.unwrap_or_default().ceil()
            );
            return Err(PlanError::new("--users", users, fix));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::mix::ShareKind;

    pub(crate) fn plan(stages: Vec<Stage>) -> Plan {
        Plan {
            seed: 7,
            begins: 1_795_000_000,
            pace: Pace::Open {
                stages,
                herds: Vec::new(),
            },
            count: None,
            mix: vec![Share {
                name: "text".into(),
                weight: 1,
                kind: ShareKind::Message,
            }],
            users: None,
            redelivered: Part::NONE,
            forged: Part::NONE,
            shards: 1,
            connections: 8,
            keeps: true,
            limit_millis: 5000,
            form: Form {
                url: "http://127.0.0.1/wechat".into(),
                account: Account::Mini,
                mode: Mode::Plain,
                format: Format::Xml,
            },
        }
    }

    pub(crate) fn steady(rate: f64, seconds: u64) -> Plan {
        plan(vec![Stage {
            millis: seconds * 1000,
            from: rate,
            to: rate,
        }])
    }

    fn error(change: impl FnOnce(&mut Plan)) -> String {
        let mut plan = steady(100.0, 10);
        change(&mut plan);
        plan.check().unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_field_value_and_mend() {
        assert_eq!(steady(100.0, 10).check(), Ok(()));
        assert_eq!(
            error(|plan| plan.connections = 0),
            "--connections 0: give 1 to 60000"
        );
        let few = error(|plan| {
            plan.users = Some(50);
            plan.mix[0].kind = ShareKind::Event;
        });
        assert!(few.starts_with("--users 50: give more than 100"), "{few}");
        let unsigned = error(|plan| {
            plan.form.account = Account::CloudHosting;
            plan.forged = "1%".parse().unwrap();
        });
        assert!(
            unsigned.starts_with("--forged 1%: leave it out"),
            "{unsigned}"
        );
        assert!(error(|plan| plan.mix.clear()).starts_with("--mix"));
        let fast = error(|plan| plan.pace = steady(1e9, 1).pace);
        assert!(fast.starts_with("--rate 1000000000: give 0 to"), "{fast}");
    }

    #[test]
    fn a_plan_comes_back_from_json() {
        let plan = steady(100.0, 10);
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    }
}
