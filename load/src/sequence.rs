//! The pushes of a plan, by number: what each is, whose, and when it is due. All of it follows from the plan and the number,
//! so that whoever has the plan can say what was sent.
//!
//! In the open model numbers count the pushes in the order in which they are due. In the closed one a second has numbers of
//! its own, from `second << 32` on. Numbers are dealt to the shards in turn.

use serde::Serialize;
use wxcheck_mock_server::draw::Draw;
use wxcheck_protocol::fetch::FetchKind;

use crate::{
    identity::{Identities, Identity, User},
    mix::ShareKind,
    pace::{Pace, Schedule},
    part::Part,
    plan::Plan,
    plan_error::PlanError,
};

/// The bits of a number that count within a second, in the closed model.
const WITHIN: u32 = 32;
/// Redeliveries come so many of a shard's numbers after the push itself, at most: two to this power.
const FAR: u64 = 12;
/// Pushes that are looked at, to find one that can be delivered again.
const TRIES: u64 = 16;

/// The threads among which a shard's numbers can be dealt so that a push of the closed model and its repeat belong to one: a
/// power of two. Threads are not equally quick, and what one of them never came to cannot be repeated by another.
pub(crate) const DEALT: u32 = 16;

/// Draws that must not be the same.
#[derive(Clone, Copy)]
enum Purpose {
    Role,
    Share,
    User,
    Distance,
}

/// The pushes of a plan.
#[derive(Clone, Debug)]
pub struct Sequence {
    plan: Plan,
    schedule: Option<Schedule>,
    /// The sum of the weights up to each share.
    bounds: Vec<u64>,
    /// The share of prefetches, of which herds are made.
    prefetch: usize,
    identities: Identities,
}

/// The place of a number in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The second, from the beginning.
    pub second: u64,
    /// The number within the second, from 0.
    pub index: u64,
}

/// One request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Item {
    /// Its number.
    pub number: u64,
    /// The number of the push whose content it has: its own, but for redeliveries.
    pub origin: u64,
    /// The part it plays.
    pub role: Role,
    /// The place in the plan's mix.
    pub share: usize,
}

/// The part that a request plays.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A push that comes for the first time, or a fetch.
    First,
    /// A push that was sent before.
    Again,
    /// A push with a wrong signature.
    Forged,
}

impl Sequence {
    /// The pushes of a plan.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        plan.check()?;
        let schedule = match &plan.pace {
            Pace::Open { stages, herds } => Some(Schedule::new(stages, herds)),
            Pace::Closed { .. } => None,
        };
        let mut sum = 0;
        let bounds = plan.mix.iter().map(|share| {
            sum += u64::from(share.weight);
            sum
        });
        let is_prefetch = |kind| kind == ShareKind::Fetch(FetchKind::Pre);
        let prefetch = plan.mix.iter().position(|share| is_prefetch(share.kind));
        Ok(Self {
            bounds: bounds.collect(),
            prefetch: prefetch.unwrap_or_default(),
            identities: Identities::new(plan.seed),
            schedule,
            plan,
        })
    }

    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The numbers in all; the closed model knows none beforehand, but for a count.
    pub fn count(&self) -> Option<u64> {
        let scheduled = self.schedule.as_ref().map(Schedule::count);
        match (scheduled, self.plan.count) {
            (Some(scheduled), Some(count)) => Some(scheduled.min(count)),
            (scheduled, count) => scheduled.or(count),
        }
    }

    /// The milliseconds from the beginning at which a number is due; in the closed model that is when it can be sent.
    pub fn due(&self, number: u64) -> Option<u64> {
        self.schedule.as_ref().map(|schedule| schedule.due(number))
    }

    /// The first number of a second.
    pub fn first_of(&self, second: u64) -> u64 {
        match &self.schedule {
            Some(schedule) => schedule.first_of(second),
            None => second << WITHIN,
        }
    }

    /// The place of a number in time.
    pub fn place(&self, number: u64) -> Place {
        let second = match &self.schedule {
            Some(schedule) => schedule.second(number),
            None => number >> WITHIN,
        };
        Place {
            second,
            index: number - self.first_of(second),
        }
    }

    /// The request of that number.
    pub fn item(&self, number: u64) -> Item {
        let share = self.share(number);
        let itself = Item {
            number,
            origin: number,
            role: Role::First,
            share,
        };
        if self.plan.mix[share].fetch().is_some() {
            return itself;
        }
        match self.role(number) {
            Role::First => itself,
            Role::Forged => Item {
                role: Role::Forged,
                ..itself
            },
            Role::Again => self.earlier(number).map_or(itself, |origin| Item {
                origin,
                role: Role::Again,
                share: self.share(origin),
                ..itself
            }),
        }
    }

    /// The names and numbers of a request.
    pub fn identity(&self, item: &Item) -> Identity {
        let Place { second, index } = self.place(item.origin);
        let user = self.user(item);
        let create_time = self.plan.begins + second;
        self.identities.of(user, item.origin, index, create_time)
    }

    /// The user of a request.
    pub fn user(&self, item: &Item) -> User {
        let forged = item.role == Role::Forged;
        let number = match self.plan.users {
            Some(users) if !forged => self.drawn_user(item, users),
            _ => item.origin,
        };
        User { number, forged }
    }

    /// The openid of a user.
    pub fn openid(&self, user: User) -> String {
        let identity = self.identities.of(user, 0, 0, self.plan.begins);
        identity.openid().to_owned()
    }

    /// The share of a number in the mix.
    fn share(&self, number: u64) -> usize {
        if self
            .schedule
            .as_ref()
            .is_some_and(|schedule| schedule.is_of_a_herd(number))
        {
            return self.prefetch;
        }
        let all = self.bounds.last().copied().unwrap_or(1).max(1);
        let drawn = self.draw(number, Purpose::Share) % all;
        self.bounds.partition_point(|bound| *bound <= drawn)
    }

    fn role(&self, number: u64) -> Role {
        let drawn = self.draw(number, Purpose::Role) % Part::WHOLE.millionths();
        let again = self.plan.redelivered.millionths();
        if drawn < again {
            Role::Again
        } else if drawn < again + self.plan.forged.millionths() {
            Role::Forged
        } else {
            Role::First
        }
    }

    /// A push of the same shard that was due before and can be told from others: near ones are as likely as far ones.
    fn earlier(&self, number: u64) -> Option<u64> {
        let shards = u64::from(self.plan.shards);
        let (floor, step) = match self.schedule {
            Some(_) => (0, shards),
            None => (
                self.first_of(self.place(number).second),
                shards * u64::from(DEALT),
            ),
        };
        let before = (number - floor) / step;
        let drawn = self.draw(number, Purpose::Distance);
        let reach = (1 << (drawn % (FAR + 1))).min(before);
        let nearest = 1 + (drawn >> 8).checked_rem(reach)?;
        let candidates = (nearest..=before).take(usize::try_from(TRIES).unwrap_or_default());
        let mut candidates = candidates.map(|steps| number - steps * step);
        candidates.find(|earlier| {
            let kind = self.plan.mix[self.share(*earlier)].kind;
            matches!(kind, ShareKind::Message | ShareKind::Event)
                && self.role(*earlier) == Role::First
        })
    }

    fn drawn_user(&self, item: &Item, users: u64) -> u64 {
        if self.plan.mix[item.share].is_event() {
            // Each user has a turn, so that none has two in one second.
            return spread(item.origin % users, users);
        }
        let mut draw = Draw::new(self.draw(item.origin, Purpose::User));
        // Zipf in octaves: the first user writes as much as the next two together, as the next four, and so on. In whole
        // numbers, so that every machine draws the same.
        let octaves = u64::from(users.ilog2()) + 1;
        loop {
            let octave = draw.next() % octaves;
            let rank = (1 << octave) + (draw.next() & ((1 << octave) - 1));
            if rank <= users {
                return spread(rank - 1, users);
            }
        }
    }

    fn draw(&self, number: u64, purpose: Purpose) -> u64 {
        let key = Draw::new(number ^ (purpose as u64) << 60).next();
        Draw::new(self.plan.seed ^ key).next()
    }
}

/// Another number below `all`, and another for each: the users who write most are not those with the lowest numbers.
const fn spread(number: u64, all: u64) -> u64 {
    // A prime above every population has no divisor in common with it. Both factors are below 2^31.
    const PRIME: u64 = 2_147_483_647;
    number * PRIME % all
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::{
        mix::Share,
        pace::Herd,
        plan::tests::{plan, steady},
    };

    fn share(name: &str, weight: u32, kind: ShareKind) -> Share {
        Share {
            name: name.into(),
            weight,
            kind,
        }
    }

    fn mixed() -> Plan {
        Plan {
            mix: vec![
                share("text", 70, ShareKind::Message),
                share("subscribe_msg_popup_event", 20, ShareKind::Event),
                share("prefetch", 10, ShareKind::Fetch(FetchKind::Pre)),
            ],
            redelivered: "10%".parse().unwrap(),
            forged: "5%".parse().unwrap(),
            users: Some(5000),
            ..steady(1000.0, 10)
        }
    }

    #[test]
    fn weights_and_parts_are_kept() {
        let sequence = Sequence::new(mixed()).unwrap();
        let items: Vec<Item> = (0..10_000).map(|n| sequence.item(n)).collect();
        let of = |role| items.iter().filter(|item| item.role == role).count();
        assert!(
            (800..1000).contains(&of(Role::Again)),
            "{}",
            of(Role::Again)
        );
        assert!(
            (380..520).contains(&of(Role::Forged)),
            "{}",
            of(Role::Forged)
        );
        let texts = items.iter().filter(|item| item.share == 0).count();
        assert!((6700..7300).contains(&texts), "{texts}");
    }

    #[test]
    fn a_redelivery_has_the_names_of_an_earlier_first() {
        let sequence = Sequence::new(mixed()).unwrap();
        let mut near = 0;
        for number in 0..10_000 {
            let item = sequence.item(number);
            if item.role == Role::Again {
                let origin = sequence.item(item.origin);
                assert!(item.origin < number && origin.role == Role::First);
                assert_eq!(sequence.identity(&item), sequence.identity(&origin));
                near += usize::from(number - item.origin < 64);
            }
        }
        assert!(near > 200, "{near}");
    }

    #[test]
    fn shards_keep_their_redeliveries() {
        let plan = Plan {
            shards: 4,
            ..mixed()
        };
        let sequence = Sequence::new(plan).unwrap();
        let again = (0..10_000).map(|n| sequence.item(n));
        assert!(
            again
                .into_iter()
                .all(|item| item.number % 4 == item.origin % 4)
        );
    }

    #[test]
    fn a_user_has_one_event_a_second_and_few_write_much() {
        let sequence = Sequence::new(mixed()).unwrap();
        let mut seen = HashSet::new();
        let mut messages: HashMap<u64, usize> = HashMap::new();
        for number in 0..10_000 {
            let item = sequence.item(number);
            if item.role != Role::First {
                continue;
            }
            let user = sequence.user(&item);
            assert!(!user.forged && user.number < 5000);
            match sequence.plan().mix[item.share].kind {
                ShareKind::Event => {
                    let second = sequence.place(number).second;
                    assert!(seen.insert((user, second)), "{number}");
                }
                _ => *messages.entry(user.number).or_default() += 1,
            }
        }
        let most = messages.values().max().unwrap();
        assert!((350..800).contains(most), "{most}");
        assert!(messages.len() > 1000, "{}", messages.len());
    }

    #[test]
    fn without_a_population_nobody_writes_twice() {
        let sequence = Sequence::new(steady(500.0, 4)).unwrap();
        let users: HashSet<User> = (0..2000)
            .map(|n| sequence.user(&sequence.item(n)))
            .collect();
        assert_eq!(users.len(), 2000);
        assert_eq!(sequence.count(), Some(2000));
    }

    #[test]
    fn the_closed_model_has_numbers_for_each_second() {
        let closed = Plan {
            pace: Pace::Closed { millis: 10_000 },
            redelivered: "50%".parse().unwrap(),
            ..plan(Vec::new())
        };
        let sequence = Sequence::new(closed).unwrap();
        let number = sequence.first_of(3) + 17;
        assert_eq!(
            sequence.place(number),
            Place {
                second: 3,
                index: 17
            }
        );
        assert_eq!(sequence.due(number), None);
        for number in sequence.first_of(3)..sequence.first_of(3) + 500 {
            let origin = sequence.item(number).origin;
            assert_eq!(sequence.place(origin).second, 3);
            assert_eq!(origin % u64::from(DEALT), number % u64::from(DEALT));
        }
    }

    #[test]
    fn a_herd_is_made_of_prefetches() {
        let mut plan = mixed();
        if let Pace::Open { herds, .. } = &mut plan.pace {
            herds.push(Herd {
                at_millis: 2000,
                count: 100,
            });
        }
        let sequence = Sequence::new(plan).unwrap();
        let first = sequence.first_of(2);
        assert!((first..first + 100).all(|n| sequence.item(n).share == 2));
        assert_eq!(sequence.count(), Some(10_100));
    }
}
