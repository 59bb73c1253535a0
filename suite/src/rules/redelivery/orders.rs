//! A property over orders of delivery: whatever mixture of new, repeated, simultaneous, forged and cut
//! pushes comes, every true one has its effects once. What breaks it is made as short as it goes.

use proptest::{collection::vec, prelude::*};

use super::effects::{as_many, effectful_push};
use crate::{
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, claim},
    step::{Created, Deliver, Forgery, Hold, MsgId, QUIET, Scenario, Signing, Step},
};

/// Sequences drawn in each run.
const DRAWS: usize = 10;
/// The longest sequence drawn.
const LONGEST: usize = 8;

pub(super) static ANY_ORDER: Rule = Rule {
    id: RuleId::ANY_ORDER,
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: repeats by MsgId; observed: repeats together, and after a cut",
    summary: "The server acts on every push exactly once, in whatever order pushes and their repeats come.",
    why: "What no single test shows turns up in production: the right mixture of a retry, another user and a slow answer.",
    fix: "Read the story from the top: it is the shortest sequence that was found to go wrong.",
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        // The shortest first: what fails first is what is shown.
        let fixed = [
            vec![Act::New(0)],
            vec![Act::New(0), Act::Again(0)],
            vec![Act::NewTogether(0)],
            vec![Act::Cut(0)],
            vec![Act::Forged(0), Act::NewAfterForged(0)],
            // A user who is known may be believed.
            vec![Act::New(0), Act::Forged(0)],
            vec![Act::New(0), Act::New(1), Act::Again(0)],
            vec![Act::New(0), Act::Again(0), Act::Together(0)],
        ];
        let fixed = fixed.iter().map(|acts| scenario(profile, acts)).collect();
        let profile = profile.clone();
        let drawn = vec(act(), 1..LONGEST).prop_map(move |acts| scenario(&profile, &acts));
        Cases::Drawn(fixed, DRAWS, drawn.boxed())
    },
    claims: &[claim::TWICE, claim::FORGED_OR_TWICE, claim::LOST],
    judge: as_many,
};

/// One act of a sequence; the number is a user's.
#[derive(Clone, Debug)]
enum Act {
    /// A push that is new.
    New(u8),
    /// One of the pushes so far again; the number counts round and round.
    Again(usize),
    /// The same, twice at the same moment.
    Together(usize),
    /// A new push and its repeat at the same moment.
    NewTogether(u8),
    /// A forged push.
    Forged(u8),
    /// A new push with the MsgId of the last forged one.
    NewAfterForged(u8),
    /// A new push whose connection is dropped, and its repeat.
    Cut(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let user = 0..3_u8;
    // The simplest first: shrinking goes there.
    prop_oneof![
        3 => user.clone().prop_map(Act::New),
        2 => (0..LONGEST).prop_map(Act::Again),
        1 => (0..LONGEST).prop_map(Act::Together),
        1 => user.clone().prop_map(Act::NewTogether),
        1 => user.clone().prop_map(Act::Forged),
        1 => user.clone().prop_map(Act::NewAfterForged),
        1 => user.prop_map(Act::Cut),
    ]
}

/// The acts as steps. An act that needs an earlier one which is not there is a new push instead.
fn scenario(profile: &Profile, acts: &[Act]) -> Scenario {
    let adds_up = profile.message.as_ref().is_none_or(|push| push.adds_up);
    let mut users = 0..;
    // Where two pushes of one user need not have the effects of both, each has a user of its own.
    let mut push = |user: &u8| {
        let own = users.next().filter(|_| !adds_up);
        effectful_push(profile).from_user(own.unwrap_or(*user))
    };
    let mut script = Script::default();
    for act in acts {
        match act {
            Act::New(user) => script.deliver(push(user)),
            Act::Again(index) => match script.earlier(*index) {
                Some(of) => script.step(vec![Step::Redeliver { of }]),
                None => script.deliver(push(&0)),
            },
            Act::Together(index) => match script.earlier(*index) {
                Some(of) => script.together(vec![Step::Redeliver { of }, Step::Redeliver { of }]),
                None => script.deliver(push(&0)),
            },
            Act::NewTogether(user) => {
                let of = script.requests;
                script.true_ones.push(of);
                script.together(vec![Step::Deliver(push(user)), Step::Redeliver { of }]);
            }
            // Where nothing is signed, nothing can be forged.
            Act::Forged(user) if !profile.account.is_signed() => script.deliver(push(user)),
            Act::Forged(user) => {
                let forged = push(user);
                script.forged = Some((script.requests, forged.user));
                let forged = forged.signed(Signing::Forged(Forgery::OtherToken));
                script.step(vec![Step::Deliver(forged)]);
            }
            Act::NewAfterForged(user) => match script.forged.take() {
                Some((of, forged_user)) => {
                    // The same second too: a page of effects may be asked by both.
                    let same = push(&forged_user)
                        .from_user(forged_user)
                        .with_msg_id(MsgId::SameAs(of));
                    script.deliver(same.created(Created::SameSecondAs(of)));
                }
                None => script.deliver(push(user)),
            },
            Act::Cut(user) => {
                let of = script.requests;
                script.deliver(push(user).held(Hold::DropAfterSend));
                script.step(vec![Step::Redeliver { of }]);
            }
        }
    }
    script.steps.push(Step::Settle { quiet: QUIET });
    Scenario::of(script.steps)
}

/// Steps, and the numbers that their requests have.
#[derive(Default)]
struct Script {
    steps: Vec<Step>,
    requests: usize,
    /// The true pushes that can come again.
    true_ones: Vec<usize>,
    /// The last forged push whose MsgId nobody has used since, and its user.
    forged: Option<(usize, u8)>,
}

impl Script {
    fn deliver(&mut self, push: Deliver) {
        self.true_ones.push(self.requests);
        self.step(vec![Step::Deliver(push)]);
    }

    fn step(&mut self, requests: Vec<Step>) {
        self.requests += requests.len();
        self.steps.extend(requests);
    }

    fn together(&mut self, requests: Vec<Step>) {
        self.requests += requests.len();
        self.steps.push(Step::Together(requests));
    }

    fn earlier(&self, index: usize) -> Option<usize> {
        let place = index.checked_rem(self.true_ones.len())?;
        self.true_ones.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hand_made::transcript, profile::EffectfulPush, step::Content};

    #[test]
    fn acts_refer_to_true_pushes_by_the_numbers_of_their_requests() {
        let profile = transcript(Vec::new()).profile;
        let acts = [
            Act::Forged(0),
            Act::NewAfterForged(1),
            Act::NewTogether(2),
            Act::Again(0),
            Act::Cut(0),
        ];
        let Scenario { steps } = scenario(&profile, &acts);
        assert!(
            matches!(&steps[1], Step::Deliver(push) if push.msg_id == MsgId::SameAs(0) && push.user == 0)
        );
        assert!(matches!(&steps[2], Step::Together(both) if both[1] == Step::Redeliver { of: 2 }));
        assert_eq!(steps[3], Step::Redeliver { of: 1 });
        assert_eq!(steps[5], Step::Redeliver { of: 5 });
        assert_eq!(steps.len(), 7);
    }

    #[test]
    fn where_two_pushes_of_one_user_are_not_two_each_has_a_user_of_its_own() {
        let acts = [
            Act::New(0),
            Act::New(0),
            Act::Forged(0),
            Act::NewAfterForged(0),
        ];
        let users = |adds_up| {
            let mut seen = transcript(Vec::new());
            seen.profile_mut().message = Some(EffectfulPush {
                adds_up,
                ..EffectfulPush::of(Content::Text("hello".into()), 1)
            });
            let steps = scenario(&seen.profile, &acts).steps.into_iter();
            let users = steps.filter_map(|step| match step {
                Step::Deliver(push) => Some(push.user),
                _ => None,
            });
            users.collect::<Vec<u8>>()
        };
        assert_eq!(users(true), [0, 0, 0, 0]);
        assert_eq!(users(false), [0, 1, 2, 2]);
    }

    #[test]
    fn a_repeat_of_nothing_is_a_new_push() {
        let profile = transcript(Vec::new()).profile;
        let Scenario { steps } = scenario(&profile, &[Act::Again(0)]);
        assert!(matches!(steps[0], Step::Deliver(_)));
    }
}
