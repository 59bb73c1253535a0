//! The account of a run at its end: what was pushed beside what was done. An effect names a user. Where every push has a user
//! of its own, that is exact for each push; where users are drawn from a population, it is exact for each user, so that one
//! push too few and one too many of the same user hide each other.

mod acts;
mod story;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    identity::User,
    marks::{Mark, Marks},
    mix::ShareKind,
    sequence::{Errand, Place, Role, Sequence},
    shard::Shard,
};

pub use acts::Acts;
pub use story::{Story, What};

/// Stories of each kind that are told.
const STORIES: usize = 3;

/// The account of a run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ledger {
    /// True if each push had a user of its own.
    pub exact: bool,
    /// For each kind of push, by its name in the mix; all together where users are drawn from a population.
    pub lines: BTreeMap<String, Line>,
    /// Effects for users in whose name only a forgery came.
    pub forged_acted: u64,
    /// Effects for users to whom nothing was pushed.
    pub strangers: u64,
    /// Samples of what went wrong.
    pub stories: Vec<Story>,
}

/// The account of one kind of push.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// Different pushes that were sent.
    pub pushed: u64,
    /// Acknowledged pushes among them.
    pub acknowledged: u64,
    /// Pushes that were acted on once.
    pub once: u64,
    /// Pushes that were acted on more than once.
    pub more: u64,
    /// Pushes that were acted on though they were never acknowledged: counted above too.
    pub unacknowledged_acted: u64,
    /// Pushes that were acknowledged and never acted on.
    pub lost: u64,
}

impl Ledger {
    /// The account of one shard.
    pub fn of(sequence: &Sequence, shard: &Shard, marks: &Marks, acts: &Acts) -> Self {
        if sequence.plan().users.is_some() {
            return Self::by_user(sequence, shard, marks, acts);
        }
        let mut ledger = Self {
            exact: true,
            ..Self::default()
        };
        let mut seen = 0;
        for (place, errand) in pushes(sequence, shard, marks) {
            let count = acts.of(User {
                number: errand.origin,
                forged: false,
            });
            seen += u64::from(count);
            let name = &sequence.plan().mix[errand.share].name;
            let line = ledger.lines.entry(name.clone()).or_default();
            let acknowledged = marks.has(place, Mark::Acknowledged);
            line.add(acknowledged, count);
            let what = match count {
                0 if acknowledged => What::Lost,
                0 | 1 => continue,
                _ => What::Twice,
            };
            ledger.tell(Story::of(what, sequence, &errand, marks, place, count));
        }
        // A kind that is never acted on is not meant to be.
        let silent =
            |name: &str, line: &Line| (line.once + line.more == 0).then(|| name.to_owned());
        let lines = ledger.lines.iter();
        let silent: Vec<String> = lines
            .filter_map(|(name, line)| silent(name, line))
            .collect();
        for name in silent {
            if let Some(line) = ledger.lines.get_mut(&name) {
                line.lost = 0;
            }
            ledger
                .stories
                .retain(|story| story.what != What::Lost || story.push != name);
        }
        ledger.close(sequence, acts, acts.true_ones() - seen);
        ledger
    }

    fn by_user(sequence: &Sequence, shard: &Shard, marks: &Marks, acts: &Acts) -> Self {
        let mut ledger = Self::default();
        let mut users: BTreeMap<u64, (u64, u64, (Place, Errand))> = BTreeMap::new();
        for (place, errand) in pushes(sequence, shard, marks) {
            let user = sequence.user(&errand).number;
            let (pushed, acknowledged, _) = users.entry(user).or_insert((0, 0, (place, errand)));
            *pushed += 1;
            *acknowledged += u64::from(marks.has(place, Mark::Acknowledged));
        }
        let mut seen = 0;
        let mut line = Line::default();
        for (number, (pushed, acknowledged, (place, errand))) in users {
            let count = acts.of(User {
                number,
                forged: false,
            });
            let acted = u64::from(count);
            seen += acted;
            line.pushed += pushed;
            line.acknowledged += acknowledged;
            line.once += acted.min(pushed);
            line.more += acted.saturating_sub(pushed);
            line.lost += acknowledged.saturating_sub(acted);
            let what = if acted > pushed {
                What::Twice
            } else if acted < acknowledged {
                What::Lost
            } else {
                continue;
            };
            ledger.tell(Story::of(what, sequence, &errand, marks, place, count));
        }
        ledger.lines.insert("all".to_owned(), line);
        ledger.close(sequence, acts, acts.true_ones() - seen);
        ledger
    }

    fn close(&mut self, sequence: &Sequence, acts: &Acts, unexplained: u64) {
        self.forged_acted = acts.forged();
        self.strangers = acts.strangers() + unexplained;
        for user in acts.samples() {
            let what = if user.forged {
                What::Forged
            } else {
                What::Stranger
            };
            // A user of the run is no stranger by name; the count tells those that nothing was pushed to.
            if user.forged {
                self.tell(Story::of_user(what, sequence, user));
            }
        }
        for openid in acts.strange_openids() {
            self.tell(Story::of_stranger(openid));
        }
    }

    /// Adds the account of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.exact = other.exact;
        for (name, line) in &other.lines {
            self.lines.entry(name.clone()).or_default().merge(line);
        }
        self.forged_acted += other.forged_acted;
        self.strangers += other.strangers;
        for story in &other.stories {
            self.tell(story.clone());
        }
    }

    /// All kinds of push together.
    pub fn total(&self) -> Line {
        let mut total = Line::default();
        for line in self.lines.values() {
            total.merge(line);
        }
        total
    }

    fn tell(&mut self, story: Story) {
        let told = self.stories.iter().filter(|told| told.what == story.what);
        if told.count() < STORIES {
            self.stories.push(story);
        }
    }
}

impl Line {
    fn add(&mut self, acknowledged: bool, count: u32) {
        self.pushed += 1;
        self.acknowledged += u64::from(acknowledged);
        match count {
            0 => self.lost += u64::from(acknowledged),
            1 => self.once += 1,
            _ => self.more += 1,
        }
        self.unacknowledged_acted += u64::from(count > 0 && !acknowledged);
    }

    fn merge(&mut self, other: &Self) {
        self.pushed += other.pushed;
        self.acknowledged += other.acknowledged;
        self.once += other.once;
        self.more += other.more;
        self.unacknowledged_acted += other.unacknowledged_acted;
        self.lost += other.lost;
    }
}

/// The different true pushes of a shard that were sent and name a user.
fn pushes<'a>(
    sequence: &'a Sequence,
    shard: &'a Shard,
    marks: &'a Marks,
) -> impl Iterator<Item = (Place, Errand)> + 'a {
    let shards = u64::from(shard.plan.shards);
    let index = u64::from(shard.index);
    // The first number of the shard within a second.
    let remainder = move |second| (index + shards - sequence.first_of(second) % shards) % shards;
    let sent = marks.places(remainder);
    sent.filter_map(move |place| {
        let number = sequence.first_of(place.second) + place.index;
        let errand = sequence.errand(number);
        // What is marked is an origin: of a first delivery, or of one whose repeat came through.
        let kind = sequence.plan().mix[errand.share].kind;
        let counts = matches!(kind, ShareKind::Message | ShareKind::Event);
        (errand.role == Role::First && counts).then_some((place, errand))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mix::Share,
        plan::{Plan, tests::steady},
    };

    fn shard(plan: &Plan) -> Shard {
        Shard::all(plan).next().unwrap()
    }

    /// The account of a run in which everything is sent and acknowledged, and acted on as often as is said.
    fn ledger(plan: &Plan, times: impl Fn(u64) -> u32) -> Ledger {
        let shard = shard(plan);
        let sequence = shard.sequence().unwrap();
        let mut marks = Marks::new(1);
        let mut acts = Acts::new(sequence.plan().seed);
        for number in 0..sequence.count().unwrap() {
            let errand = sequence.errand(number);
            let place = sequence.place(errand.origin);
            marks.set(place, Mark::Sent);
            if errand.role != Role::Forged {
                marks.set(place, Mark::Acknowledged);
            }
            for _ in 0..times(number) {
                acts.note(sequence.identity(&errand).openid());
            }
        }
        Ledger::of(&sequence, &shard, &marks, &acts)
    }

    #[test]
    fn a_right_server_leaves_an_even_account() {
        let ledger = ledger(&steady(100.0, 2), |_| 1);
        let line = ledger.total();
        assert_eq!(
            (line.pushed, line.once, line.more, line.lost),
            (200, 200, 0, 0)
        );
        assert!(ledger.exact && ledger.stories.is_empty());
    }

    #[test]
    fn losses_and_repeats_are_told_by_number() {
        let ledger = ledger(&steady(100.0, 2), |number| match number {
            17 => 0,
            40..45 => 2,
            _ => 1,
        });
        let line = ledger.total();
        assert_eq!((line.once, line.more, line.lost), (194, 5, 1));
        let told = |what| {
            ledger
                .stories
                .iter()
                .filter(|story| story.what == what)
                .count()
        };
        assert_eq!((told(What::Lost), told(What::Twice)), (1, 3));
        let lost = ledger.stories.iter().find(|story| story.what == What::Lost);
        assert_eq!(lost.unwrap().number, Some(17));
    }

    #[test]
    fn forgeries_and_strangers_are_found() {
        let plan = Plan {
            forged: "10%".parse().unwrap(),
            ..steady(100.0, 2)
        };
        let seed = plan.seed;
        let whole = ledger(&plan, |_| 1);
        assert!(whole.forged_acted > 5, "{whole:?}");
        assert_eq!(whole.total().pushed + whole.forged_acted, 200);
        assert!(whole.stories.iter().any(|story| story.what == What::Forged));
        let shard = shard(&plan);
        let mut acts = Acts::new(seed);
        acts.note("oSomebodyElse");
        let empty = Ledger::of(&shard.sequence().unwrap(), &shard, &Marks::new(1), &acts);
        assert_eq!((empty.strangers, empty.stories.len()), (1, 1));
    }

    #[test]
    fn a_kind_that_is_never_acted_on_is_not_lost() {
        let mut plan = steady(100.0, 2);
        plan.mix.push(Share {
            name: "subscribe_msg_popup_event".into(),
            weight: 1,
            kind: ShareKind::Event,
        });
        let sequence = Sequence::new(plan.clone()).unwrap();
        let ledger = ledger(&plan, |number| {
            u32::from(sequence.errand(number).share == 0)
        });
        assert_eq!((ledger.lines.len(), ledger.total().lost), (2, 0));
    }

    #[test]
    fn users_of_a_population_have_an_account_each() {
        let plan = Plan {
            users: Some(20),
            ..steady(100.0, 2)
        };
        let even = ledger(&plan, |_| 1);
        assert!(!even.exact);
        assert_eq!((even.total().once, even.total().lost), (200, 0));
        let uneven = ledger(&plan, |number| u32::from(number != 3));
        assert_eq!((uneven.total().once, uneven.total().lost), (199, 1));
    }

    #[test]
    fn shards_add_up() {
        let plan = Plan {
            shards: 3,
            ..steady(100.0, 2)
        };
        let mut sum = Ledger::default();
        for shard in Shard::all(&plan) {
            let sequence = shard.sequence().unwrap();
            let mut marks = Marks::new(3);
            let mut acts = Acts::new(plan.seed);
            for number in (u64::from(shard.index)..200).step_by(3) {
                marks.set(sequence.place(number), Mark::Sent);
                acts.note(sequence.identity(&sequence.errand(number)).openid());
            }
            sum.merge(&Ledger::of(&sequence, &shard, &marks, &acts));
        }
        let line = sum.total();
        assert_eq!(
            (line.pushed, line.once, line.unacknowledged_acted),
            (200, 200, 200)
        );
        assert_eq!(sum.strangers, 0);
    }
}
