//! The account of a run at its end: what was pushed beside what was done. An effect names a user. Where every push has a user
//! of its own, that is exact for each push; where users are drawn from a population, it is exact for each user, so that one
//! push too few and one too many of the same user hide each other.

mod acts;
mod story;
mod untold;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    identity::User,
    marks::{Mark, Marks},
    mix::ShareKind,
    sequence::{Item, Place, Role, Sequence},
    shard::Lost,
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
    /// Pushes that were sent in all, where an effects page was asked about some of them; the lines count those.
    #[serde(default)]
    pub of: Option<u64>,
    /// Pushes that were sent and name no user, so that no line has them.
    #[serde(default)]
    pub nameless: u64,
    /// Pushes for which the effects page answered no number; they are in no line.
    #[serde(default)]
    pub unread: u64,
    /// Effects of pushes that a worker sent and did not live to tell of.
    #[serde(default)]
    pub untold: u64,
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
    /// The account of a run. Of pushes in the `lost` seconds it is not known who sent them.
    pub fn of(sequence: &Sequence, marks: &Marks, acts: &Acts, lost: &[Lost]) -> Self {
        if sequence.plan().users.is_some() {
            return Self::by_user(sequence, marks, acts, lost);
        }
        let mut ledger = Self {
            exact: true,
            ..Self::default()
        };
        let mut seen = 0;
        for (place, item) in pushes(sequence, marks) {
            let count = acts.of(sequence.user(&item));
            seen += u64::from(count);
            let name = &sequence.plan().mix[item.share].name;
            let line = ledger.lines.entry(name.clone()).or_default();
            let acknowledged = marks.has(place, Mark::Acknowledged);
            line.add(acknowledged, count);
            let what = match count {
                0 if acknowledged => What::Lost,
                0 | 1 => continue,
                _ => What::Twice,
            };
            ledger.tell(Story::of(what, sequence, &item, marks, place, count));
        }
        // A kind that is never acted on is not meant to be, where others are.
        let silent = |line: &Line| line.once + line.more == 0;
        let silent: Vec<String> = if ledger.shows_effects() {
            let lines = ledger.lines.iter().filter(|(_, line)| silent(line));
            lines.map(|(name, _)| name.clone()).collect()
        } else {
            Vec::new()
        };
        for name in silent {
            if let Some(line) = ledger.lines.get_mut(&name) {
                line.lost = 0;
            }
            ledger
                .stories
                .retain(|story| story.what != What::Lost || story.push != name);
        }
        let untold = untold::pushes(sequence, marks, lost);
        ledger.untold = untold
            .map(|item| u64::from(acts.of(sequence.user(&item))))
            .sum();
        let unexplained = acts.true_ones().saturating_sub(seen + ledger.untold);
        ledger.close(sequence, marks, acts, unexplained);
        ledger
    }

    fn by_user(sequence: &Sequence, marks: &Marks, acts: &Acts, lost: &[Lost]) -> Self {
        let mut ledger = Self::default();
        let mut users: BTreeMap<u64, OfUser> = BTreeMap::new();
        for (place, item) in pushes(sequence, marks) {
            let user = users.entry(sequence.user(&item).number).or_default();
            user.pushed += 1;
            user.acknowledged += u64::from(marks.has(place, Mark::Acknowledged));
            user.first.get_or_insert((place, item));
        }
        for item in untold::pushes(sequence, marks, lost) {
            let user = users.entry(sequence.user(&item).number).or_default();
            user.untold += 1;
        }
        let mut seen = 0;
        let mut line = Line::default();
        for (number, user) in users {
            let count = acts.of(User {
                number,
                forged: false,
            });
            let acted = u64::from(count);
            seen += acted;
            // What is too much may be due to pushes that nobody told of.
            let untold = acted.saturating_sub(user.pushed).min(user.untold);
            ledger.untold += untold;
            let acted = acted - untold;
            line.pushed += user.pushed;
            line.acknowledged += user.acknowledged;
            line.once += acted.min(user.pushed);
            line.more += acted.saturating_sub(user.pushed);
            line.lost += user.acknowledged.saturating_sub(acted);
            let what = if acted > user.pushed {
                What::Twice
            } else if acted < user.acknowledged {
                What::Lost
            } else {
                continue;
            };
            if let Some((place, item)) = user.first {
                ledger.tell(Story::of(what, sequence, &item, marks, place, count));
            }
        }
        ledger.lines.insert("all".to_owned(), line);
        let unexplained = acts.true_ones().saturating_sub(seen);
        ledger.close(sequence, marks, acts, unexplained);
        ledger
    }

    /// Notes what belongs to no line.
    fn close(&mut self, sequence: &Sequence, marks: &Marks, acts: &Acts, unexplained: u64) {
        self.nameless = nameless(sequence, marks);
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

    /// True if something was acted on. Otherwise it may be that nothing is seen.
    pub fn shows_effects(&self) -> bool {
        self.lines.values().any(|line| line.once + line.more > 0)
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

/// The pushes of one user.
#[derive(Default)]
struct OfUser {
    pushed: u64,
    acknowledged: u64,
    /// Pushes that may have been sent, though nobody told of them.
    untold: u64,
    first: Option<(Place, Item)>,
}

/// The number of true pushes that were sent and name no user.
pub fn nameless(sequence: &Sequence, marks: &Marks) -> u64 {
    let nameless = marks.places().filter(|place| {
        let item = sequence.item(sequence.first_of(place.second) + place.index);
        item.role == Role::First && !counts(sequence, &item)
    });
    nameless.count() as u64
}

/// The forgeries that were sent, each in the name of a user of its own.
pub fn forgeries<'a>(
    sequence: &'a Sequence,
    marks: &'a Marks,
) -> impl Iterator<Item = (Place, Item)> + 'a {
    marks.places().filter_map(move |place| {
        let item = sequence.item(sequence.first_of(place.second) + place.index);
        (item.role == Role::Forged).then_some((place, item))
    })
}

/// The different true pushes that were sent and name a user.
pub fn pushes<'a>(
    sequence: &'a Sequence,
    marks: &'a Marks,
) -> impl Iterator<Item = (Place, Item)> + 'a {
    marks.places().filter_map(move |place| {
        let number = sequence.first_of(place.second) + place.index;
        // What is marked is an origin: of a first delivery, or of one whose repeat came through.
        let item = sequence.item(number);
        counts(sequence, &item).then_some((place, item))
    })
}

/// True for a push that has a line in the account.
fn counts(sequence: &Sequence, item: &Item) -> bool {
    let kind = sequence.plan().mix[item.share].kind;
    item.role == Role::First && matches!(kind, ShareKind::Message | ShareKind::Event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mix::Share,
        plan::{Plan, tests::steady},
    };

    /// The account of a run in which everything is sent and acknowledged, and acted on as often as is said.
    fn ledger(plan: &Plan, times: impl Fn(u64) -> u32) -> Ledger {
        let sequence = Sequence::new(plan.clone()).unwrap();
        let mut marks = Marks::default();
        let mut acts = Acts::new(sequence.plan().seed);
        for number in 0..sequence.count().unwrap() {
            let item = sequence.item(number);
            let place = sequence.place(item.origin);
            marks.set(place, Mark::Sent);
            if item.role != Role::Forged {
                marks.set(place, Mark::Acknowledged);
            }
            for _ in 0..times(number) {
                acts.note(sequence.identity(&item).openid());
            }
        }
        Ledger::of(&sequence, &marks, &acts, &[])
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
        let sequence = Sequence::new(plan).unwrap();
        let mut acts = Acts::new(seed);
        acts.note("oSomebodyElse");
        let empty = Ledger::of(&sequence, &Marks::default(), &acts, &[]);
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
        let ledger = ledger(&plan, |number| u32::from(sequence.item(number).share == 0));
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
    fn what_a_dead_worker_sent_and_did_not_tell_of_is_no_stranger() {
        for users in [None, Some(20)] {
            let plan = Plan {
                shards: 2,
                users,
                ..steady(100.0, 3)
            };
            let sequence = Sequence::new(plan.clone()).unwrap();
            let lost = Lost {
                shard: 1,
                worker: Some("one".to_owned()),
                from: 1,
                to: 2,
            };
            let mut marks = Marks::default();
            let mut acts = Acts::new(plan.seed);
            for number in 0..300 {
                let place = sequence.place(number);
                if number % 2 == 0 || place.second != 1 {
                    marks.set(place, Mark::Sent);
                    marks.set(place, Mark::Acknowledged);
                }
                // Half of what the dead worker had to send came through.
                if number % 2 == 0 || place.second != 1 || place.index < 50 {
                    acts.note(sequence.identity(&sequence.item(number)).openid());
                }
            }
            let ledger = Ledger::of(&sequence, &marks, &acts, std::slice::from_ref(&lost));
            let line = ledger.total();
            assert_eq!((line.pushed, line.once, line.more), (250, 250, 0));
            assert_eq!((ledger.untold, ledger.strangers), (25, 0), "{users:?}");
            let without = Ledger::of(&sequence, &marks, &acts, &[]);
            assert_eq!(without.untold, 0);
            assert_eq!(without.strangers + without.total().more, 25);
        }
    }
}
