//! WeChat's reaction to an attempt, as a pure state machine.
//!
//! The documents count the attempts ambiguously (does "retried three times" include the first?), so
//! the count is a named [`Policy`], never a constant in the sender.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The rule for sending the same request again: how often, and after what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The name a user types.
    pub name: &'static str,
    /// Deliveries in all, the first included, when each is cut by the time limit.
    pub after_timeout: u8,
    /// Deliveries in all, the first included, when each is answered with a status other than 200.
    pub after_status: u8,
}

impl Policy {
    /// One delivery, whatever the outcome.
    pub const ONCE: Self = Self {
        name: "once",
        after_timeout: 1,
        after_status: 1,
    };
    /// The counts seen on the wire: three deliveries in all when the server is silent (many reports),
    /// four at once when it answers another status than 200 (one nginx log of 2021).
    pub const OBSERVED: Self = Self {
        name: "observed",
        after_timeout: 3,
        after_status: 4,
    };
    /// The literal reading of the older message push page: one delivery and three retries.
    pub const DOCUMENTED: Self = Self {
        name: "documented",
        after_timeout: 4,
        after_status: 4,
    };
    /// Every policy, in the order of the help text.
    pub const ALL: [Self; 3] = [Self::ONCE, Self::OBSERVED, Self::DOCUMENTED];
}

impl Default for Policy {
    /// The counts seen on the wire.
    fn default() -> Self {
        Self::OBSERVED
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// No policy has that name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no retry policy is called `{0}`; choose once, observed or documented")]
pub struct UnknownPolicy(String);

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name == name)
            .ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// The result of one attempt, as far as WeChat's retries care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Heard {
    /// Status 200 in time. The body is not looked at: a body of the wrong form was never seen to cause a retry.
    Acknowledged,
    /// The same, but not with the answer that the push asks for. Only a push with pauses of its own comes again then.
    Unaccepted,
    /// A status other than 200.
    WrongStatus,
    /// Cut by the time limit, or the connection broke.
    Nothing,
}

/// The next step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Send it again after this pause.
    Again(Duration),
    /// It arrived.
    Delivered,
    /// The attempts are used up; a user of a mini program is now told that the service is unavailable.
    GivenUp,
}

/// One push on its way.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    policy: Policy,
    /// The push's own pauses, in seconds; most have none.
    pauses: &'a [u32],
    attempts: u8,
}

impl<'a> Delivery<'a> {
    /// A push of which nothing was sent yet, with the pauses that its page names, in seconds. Only the documented policy
    /// keeps them.
    pub fn new(policy: Policy, pauses: &'a [u32]) -> Self {
        let keeps = policy == Policy::DOCUMENTED;
        Self {
            policy,
            pauses: if keeps { pauses } else { &[] },
            attempts: 0,
        }
    }

    /// True where the push is delivered again after pauses of its own. Each delivery is signed anew then.
    pub const fn has_pauses(&self) -> bool {
        !self.pauses.is_empty()
    }

    /// Deliveries made so far.
    pub const fn attempts(&self) -> u8 {
        self.attempts
    }

    /// Takes the outcome of the attempt just made. Where the push has no pauses of its own, the next one follows without
    /// any: after a time-out the cut itself is the pause (0, 5 and 10 s), after a wrong status none was seen.
    pub fn hear(&mut self, heard: Heard) -> Next {
        let further = usize::from(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        if self.has_pauses() && heard != Heard::Acknowledged {
            let pause = self.pauses.get(further);
            return pause.map_or(Next::GivenUp, |pause| {
                Next::Again(Duration::from_secs(u64::from(*pause)))
            });
        }
        let allowed = match heard {
            Heard::Acknowledged | Heard::Unaccepted => return Next::Delivered,
            Heard::WrongStatus => self.policy.after_status,
            Heard::Nothing => self.policy.after_timeout,
        };
        if self.attempts < allowed {
            Next::Again(Duration::ZERO)
        } else {
            Next::GivenUp
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(policy: Policy, heard: impl Fn(u8) -> Heard) -> (u8, Next) {
        let mut delivery = Delivery::new(policy, &[]);
        loop {
            match delivery.hear(heard(delivery.attempts())) {
                Next::Again(_) => {}
                end => return (delivery.attempts(), end),
            }
        }
    }

    #[test]
    fn observed_makes_three_after_silence_and_four_after_a_wrong_status() {
        assert_eq!(
            attempts(Policy::OBSERVED, |_| Heard::Nothing),
            (3, Next::GivenUp)
        );
        assert_eq!(
            attempts(Policy::OBSERVED, |_| Heard::WrongStatus),
            (4, Next::GivenUp)
        );
    }

    #[test]
    fn documented_makes_one_and_three_more() {
        assert_eq!(
            attempts(Policy::DOCUMENTED, |_| Heard::Nothing),
            (4, Next::GivenUp)
        );
    }

    #[test]
    fn an_acknowledgement_ends_it() {
        let late = |n| {
            if n == 0 {
                Heard::Nothing
            } else {
                Heard::Acknowledged
            }
        };
        assert_eq!(attempts(Policy::OBSERVED, late), (2, Next::Delivered));
        assert_eq!(
            attempts(Policy::ONCE, |_| Heard::Nothing),
            (1, Next::GivenUp)
        );
    }

    #[test]
    fn a_push_with_pauses_of_its_own_comes_after_each_until_it_is_accepted() {
        let pauses = [2, 4];
        let mut delivery = Delivery::new(Policy::DOCUMENTED, &pauses);
        let again = |seconds| Next::Again(Duration::from_secs(seconds));
        assert_eq!(delivery.hear(Heard::Unaccepted), again(2));
        assert_eq!(delivery.hear(Heard::Nothing), again(4));
        assert_eq!(delivery.clone().hear(Heard::Acknowledged), Next::Delivered);
        assert_eq!(delivery.hear(Heard::WrongStatus), Next::GivenUp);
        let mut observed = Delivery::new(Policy::OBSERVED, &pauses);
        assert_eq!(observed.hear(Heard::Unaccepted), Next::Delivered);
    }

    #[test]
    fn an_unknown_name_lists_the_choices() {
        let error = "twice".parse::<Policy>().unwrap_err().to_string();
        assert!(error.contains("observed"), "{error}");
        assert_eq!("documented".parse::<Policy>(), Ok(Policy::DOCUMENTED));
    }
}
