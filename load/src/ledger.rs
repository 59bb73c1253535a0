//! The account of a run at its end: what was pushed beside what was done. An effect names a user. Where every push has a user
//! of its own, that is exact for each push; where users are drawn from a population, it is exact for each user, so that one
//! push too few and one too many of the same user hide each other.

mod acts;
mod story;
mod unreported;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    identity::User,
    marks::{Mark, Marks},
    mix::ShareKind,
    sequence::{Item, Place, Role, Sequence},
    shard::Lost,
};

pub use acts::{Act, Acts};
pub use story::{About, Story, StoryPush, What};

/// Stories of each kind in an account.
const STORIES: usize = 3;
/// The line of all pushes together, where users are drawn from a population.
const ALL: &str = "all";

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
    /// Pushes of which only a repeat is known: their first delivery was not sent, or lies in a lost second. The lines count them.
    #[serde(default)]
    pub only_repeated: u64,
    /// Effects of pushes that a worker sent before it died without reporting them.
    #[serde(default)]
    pub untold: u64,
    /// Calls that were to send a message and were refused, by errcode.
    #[serde(default)]
    pub refused: BTreeMap<i64, u64>,
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
    /// Pushes that were acknowledged and never acted on; 0 where no push of the line was acted on, for then it is not known
    /// that they are meant to be.
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
            ledger.only_repeated += u64::from(marks.only_repeated(place));
            let what = match count {
                0 if acknowledged => What::Lost,
                0 | 1 => continue,
                _ => What::Twice,
            };
            ledger.note(Story::of_push(what, sequence, &item, marks, place, count));
        }
        let untold = unreported::pushes(sequence, marks, lost);
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
            ledger.only_repeated += u64::from(marks.only_repeated(place));
        }
        for item in unreported::pushes(sequence, marks, lost) {
            let user = users.entry(sequence.user(&item).number).or_default();
            user.untold += 1;
        }
        let mut seen = 0;
        let mut line = Line::default();
        for (number, pushes) in users {
            let user = User {
                number,
                forged: false,
            };
            let acted = u64::from(acts.of(user));
            seen += acted;
            // What is too much may be due to pushes that nobody reported.
            let untold = acted.saturating_sub(pushes.pushed).min(pushes.untold);
            ledger.untold += untold;
            let acted = acted - untold;
            let OfUser {
                pushed,
                acknowledged,
                ..
            } = pushes;
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
            let openid = sequence.openid(user);
            ledger.note(Story::of_user(what, openid, pushed, acknowledged, acted));
        }
        ledger.lines.insert(ALL.to_owned(), line);
        let unexplained = acts.true_ones().saturating_sub(seen);
        ledger.close(sequence, marks, acts, unexplained);
        ledger
    }

    /// Notes what belongs to no line.
    fn close(&mut self, sequence: &Sequence, marks: &Marks, acts: &Acts, unexplained: u64) {
        self.nameless = nameless(sequence, marks);
        self.forged_acted = acts.forged();
        self.strangers = acts.strangers() + unexplained;
        self.refused = acts.refused().clone();
        for user in acts.samples() {
            self.note(Story::of_forgery(sequence, user));
        }
        for openid in acts.strange_openids() {
            self.note(Story::of_stranger(openid));
        }
        self.forget_silent_lines();
        self.keep_few_stories();
    }

    /// Takes losses back of lines in which no push was acted on: nothing shows that one is meant to be.
    fn forget_silent_lines(&mut self) {
        let Self { lines, stories, .. } = self;
        for (name, line) in lines {
            if line.once + line.more == 0 {
                line.lost = 0;
                stories.retain(|story| story.what != What::Lost || story.line() != name);
            }
        }
    }

    fn keep_few_stories(&mut self) {
        let mut kept: Vec<Story> = Vec::new();
        for story in self.stories.drain(..) {
            if kept.iter().filter(|one| one.what == story.what).count() < STORIES {
                kept.push(story);
            }
        }
        self.stories = kept;
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

    /// Notes a story, unless there are enough like it of the same line.
    fn note(&mut self, story: Story) {
        let alike = |one: &&Story| one.what == story.what && one.line() == story.line();
        if self.stories.iter().filter(alike).count() < STORIES {
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
    /// Pushes that may have been sent, though nobody reported them.
    untold: u64,
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
    use wxcheck_mock_server::language::Language;

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
        let Story {
            about: About::Push(push),
            ..
        } = lost.unwrap()
        else {
            panic!("{lost:?}");
        };
        assert_eq!(push.number, 17);
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
        let texts = (0..200).filter(|n| sequence.item(*n).share == 0);
        let last = texts.max().unwrap();
        let ledger = ledger(&plan, |number| {
            u32::from(sequence.item(number).share == 0 && number != last)
        });
        assert_eq!((ledger.lines.len(), ledger.total().lost), (2, 1));
        // The other kind leaves room for the story of the one that was lost.
        assert_eq!(ledger.stories.len(), 1);
        assert_eq!(ledger.stories[0].line(), "text");
    }

    #[test]
    fn calls_that_are_refused_are_no_losses() {
        let plan = steady(100.0, 2);
        let sequence = Sequence::new(plan.clone()).unwrap();
        let mut marks = Marks::default();
        let mut acts = Acts::new(plan.seed);
        for number in 0..200 {
            marks.set(sequence.place(number), Mark::Sent);
            marks.set(sequence.place(number), Mark::Acknowledged);
            acts.note_refused(40001, 1);
        }
        let ledger = Ledger::of(&sequence, &marks, &acts, &[]);
        assert_eq!(ledger.refused, BTreeMap::from([(40001, 200)]));
        assert_eq!((ledger.total().acknowledged, ledger.total().lost), (200, 0));
        assert!(ledger.stories.is_empty(), "{:?}", ledger.stories);
    }

    #[test]
    fn a_push_that_is_known_by_its_repeat_counts_and_is_named() {
        for users in [None, Some(20)] {
            let plan = Plan {
                users,
                ..steady(100.0, 1)
            };
            let sequence = Sequence::new(plan.clone()).unwrap();
            let mut marks = Marks::default();
            for number in 0..10 {
                let mark = if number < 7 { Mark::Sent } else { Mark::Again };
                marks.set(sequence.place(number), mark);
            }
            marks.set(sequence.place(0), Mark::Again);
            let ledger = Ledger::of(&sequence, &marks, &Acts::new(plan.seed), &[]);
            assert_eq!((ledger.total().pushed, ledger.only_repeated), (10, 3));
        }
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
        let sequence = Sequence::new(plan.clone()).unwrap();
        let user = sequence.openid(sequence.user(&sequence.item(3)));
        let pushed =
            (0..200).filter(|n| sequence.openid(sequence.user(&sequence.item(*n))) == user);
        let pushed = pushed.count() as u64;
        // Nobody knows which push of a user was lost, so none is named.
        for (times, once, what) in [(0, 199, What::Lost), (2, 200, What::Twice)] {
            let uneven = ledger(&plan, |number| if number == 3 { times } else { 1 });
            let line = uneven.total();
            assert_eq!((line.once, line.lost + line.more), (once, 1));
            let story = Story {
                what,
                openid: user.clone(),
                effects: pushed + u64::from(times) - 1,
                about: About::User {
                    pushed,
                    acknowledged: pushed,
                },
            };
            assert_eq!(uneven.stories, std::slice::from_ref(&story));
            for lang in [Language::English, Language::Chinese] {
                let said = story.in_words(lang);
                assert!(said.contains(&user) && !said.contains("MsgId"), "{said}");
            }
        }
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
