//! Exactly once, proven by effects: what a push leads to, however often and in whatever company it comes.

use crate::{
    effects::{
        Miscount, as_many_as_pushes, count_of_user, countable, is_sending, miscounted, over_quota,
        story,
    },
    expect::entry,
    finding::{Finding, Judgement, Miss},
    profile::{EffectfulPush, Profile},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, claim},
    step::{Created, Deliver, Forgery, Hold, MsgId, QUIET, Scenario, Signing, Step},
    transcript::{Entry, Sent, Transcript},
};

const DEDUP: &str = "older message push page and official account documents: repeats are identified by MsgId, events by FromUserName and CreateTime";
const DOUBLE: &str =
    "A user pays twice, is answered twice, or gets two coupons, whenever the network is slow.";
const SWALLOWED: &str = "A user's message is swallowed: nobody answers, and no log shows an error.";
const REMEMBER: &str = "Remember the MsgId of every message for at least a minute, in one place that all workers share, and insert it before acting, in one atomic step.";

pub(super) static IN_SEQUENCE: Rule = Rule {
    id: RuleId::ONE_EFFECT_IN_SEQUENCE,
    since: "0.1.0",
    level: Level::Should,
    source: DEDUP,
    summary: "The server acts once on a push that is delivered up to four times, one after the other.",
    why: DOUBLE,
    fix: REMEMBER,
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Apart,
    scenarios: |profile| {
        let of_message = [2, 4].map(|times| {
            let mut steps = vec![Step::Deliver(effectful_push(profile))];
            steps.resize(times, Step::Redeliver { of: 0 });
            steps.push(SETTLE);
            Scenario::of(steps)
        });
        // A message of another kind, and before it another user's, once: what one leads to.
        let image = || Step::Deliver(Deliver::of(profile.push(IMAGE)));
        let of_image = profile.account.is_written_to().then(|| {
            let once = Step::Deliver(Deliver::of(profile.push(IMAGE)).from_user(1));
            Scenario::of([once, image(), Step::Redeliver { of: 1 }, SETTLE])
        });
        Cases::each(of_message.into_iter().chain(of_image))
    },
    claims: &[claim::TWICE],
    judge: |transcript| match user_of(entry(transcript, 0)?) {
        once if once != user_of(entry(transcript, 1)?) => not_more_than_once(transcript, once),
        _ => not_twice(transcript),
    },
};

pub(super) static TOGETHER: Rule = Rule {
    id: RuleId::ONE_EFFECT_TOGETHER,
    since: "0.1.0",
    level: Level::Should,
    source: "observed: four deliveries within one second",
    summary: "The server acts once on a push of which four deliveries come together.",
    why: DOUBLE,
    fix: "Do not look first and mark later: insert the MsgId in one atomic step (a unique key, SET NX), and act only if that succeeded.",
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Apart,
    scenarios: |profile| {
        let mut all = vec![Step::Deliver(effectful_push(profile))];
        all.resize(4, Step::Redeliver { of: 0 });
        Cases::each([[Step::Together(all), SETTLE]])
    },
    claims: &[claim::TWICE],
    judge: not_twice,
};

pub(super) static AFTER_DROP: Rule = Rule {
    id: RuleId::ONE_EFFECT_AFTER_DROP,
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: after the cut at five seconds the same request is sent again",
    summary: "The server acts once on a push whose first delivery lost its connection.",
    why: DOUBLE,
    fix: "Mark a message before acting on it, act even if the caller is gone, and answer the repeat with `success`.",
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Apart,
    scenarios: |profile| {
        let dropped = effectful_push(profile).held(Hold::DropAfterSend);
        Cases::each([[Step::Deliver(dropped), Step::Redeliver { of: 0 }, SETTLE]])
    },
    claims: &[claim::TWICE, claim::LOST],
    judge: as_many,
};

pub(super) static BETWEEN_OTHERS: Rule = Rule {
    id: RuleId::ONE_EFFECT_BETWEEN_OTHERS,
    since: "0.1.0",
    level: Level::Should,
    source: DEDUP,
    summary: "The server acts once on a push that comes again after other messages.",
    why: DOUBLE,
    fix: "Remember more than the last MsgId: as many as come within a minute.",
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile)),
            Step::Deliver(effectful_push(profile).from_user(1)),
            Step::Redeliver { of: 0 },
            Step::Redeliver { of: 1 },
            SETTLE,
        ]])
    },
    claims: &[claim::TWICE],
    judge: not_twice,
};

pub(super) static LATER: Rule = Rule {
    id: RuleId::ONE_EFFECT_LATER,
    since: "0.1.0",
    level: Level::Should,
    source: "older message push page: the repeat follows the cut at five seconds",
    summary: "The server acts once on a push that comes again six seconds later.",
    why: DOUBLE,
    fix: "Remember a MsgId for at least a minute: WeChat's repeats come five and ten seconds after the first.",
    needs: &[Need::Served, Need::Effects],
    turn: Turn::Long,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile)),
            // With the pause, six seconds where WeChat waits five.
            SETTLE,
            Step::Pause { percent: 115 },
            Step::Redeliver { of: 0 },
            SETTLE,
        ]])
    },
    claims: &[claim::TWICE],
    judge: not_twice,
};

pub(super) static EQUAL_TEXTS: Rule = Rule {
    id: RuleId::EQUAL_TEXTS_COUNT,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: every message has a MsgId of its own",
    summary: "The server acts on each of two messages of one user that say the same.",
    why: SWALLOWED,
    fix: "Tell messages by their MsgId, not by what they say.",
    needs: &[Need::Served, Need::EffectsThatAddUp],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile).created(Created::Ago(4))),
            Step::Deliver(effectful_push(profile)),
            SETTLE,
        ]])
    },
    claims: &[claim::LOST],
    judge: none_lost,
};

pub(super) static SAME_SECOND: Rule = Rule {
    id: RuleId::SAME_SECOND_COUNTS,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: every message has a MsgId of its own",
    summary: "The server acts on each of two messages of one user that were written in one second.",
    why: SWALLOWED,
    fix: "Tell messages by their MsgId; FromUserName with CreateTime is for events only.",
    needs: &[Need::Served, Need::EffectsThatAddUp],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([[
            Step::Deliver(effectful_push(profile)),
            Step::Deliver(effectful_push(profile).created(Created::SameSecondAs(0))),
            SETTLE,
        ]])
    },
    claims: &[claim::LOST],
    judge: none_lost,
};

pub(super) static CLOSE_MSG_IDS: Rule = Rule {
    id: RuleId::CLOSE_MSGIDS_COUNT,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, receiving messages: MsgId is a 64-bit integer",
    summary: "The server tells MsgIds apart that differ by one, and by 2^32, above 2^53.",
    why: SWALLOWED,
    fix: "Read MsgId as a 64-bit integer or as the text it is written in; JavaScript numbers and 32-bit integers lose digits.",
    needs: &[Need::Served, Need::EffectsThatAddUp],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([1, 1 << 32].map(|by| {
            let next = MsgId::Beyond { of: 0, by };
            // In different seconds, so that nothing but the MsgId decides.
            [
                Step::Deliver(effectful_push(profile).created(Created::Ago(4))),
                Step::Deliver(effectful_push(profile).with_msg_id(next)),
                SETTLE,
            ]
        }))
    },
    claims: &[claim::NEXT_ID, claim::NEXT_WORD],
    judge: |transcript| {
        let ids: Vec<i64> = transcript
            .entries
            .iter()
            .filter_map(|entry| match &entry.sent {
                Sent::Push { msg_id, .. } => *msg_id,
                _ => None,
            })
            .collect();
        let claim = match ids[..] {
            [one, other] if other - one == 1 => claim::NEXT_ID,
            _ => claim::NEXT_WORD,
        };
        renamed(none_lost(transcript), claim)
    },
};

pub(super) static FORGED_FIRST: Rule = Rule {
    id: RuleId::new("redelivery/forged-first"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, receiving messages: checking the signature",
    summary: "The server acts on a true push although a forged one with its MsgId came first.",
    why: "Whoever guesses or sees a MsgId can make the server ignore the user's message.",
    fix: "Check the signature before the MsgId is remembered.",
    needs: &[Need::Signed, Need::Served, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let forged = effectful_push(profile).signed(Signing::Forged(Forgery::OtherToken));
        let intact = effectful_push(profile)
            .with_msg_id(MsgId::SameAs(0))
            .created(Created::SameSecondAs(0));
        // Another's shows whether anything is acted on by then.
        let other = effectful_push(profile).from_user(1);
        Cases::each([[
            Step::Deliver(forged),
            SETTLE,
            Step::Deliver(intact),
            Step::Deliver(other),
            SETTLE,
        ]])
    },
    claims: &[claim::LOST],
    judge: none_lost,
};

pub(super) static EVENT_ONCE: Rule = Rule {
    id: RuleId::EVENT_ONCE,
    since: "0.1.0",
    level: Level::Should,
    source: DEDUP,
    summary: "The server acts once on an event that is delivered twice.",
    why: DOUBLE,
    fix: "Events have no MsgId: tell them by FromUserName, CreateTime and Event.",
    needs: &[Need::Served, Need::EventEffects],
    turn: Turn::Apart,
    scenarios: |profile| {
        let Some(event) = profile.events.first() else {
            return no_event();
        };
        Cases::each([[
            Step::Deliver(Deliver::of(event.content.clone())),
            Step::Redeliver { of: 0 },
            SETTLE,
        ]])
    },
    claims: &[claim::TWICE],
    judge: not_twice,
};

pub(super) static USERS_IN_ONE_SECOND: Rule = Rule {
    id: RuleId::USERS_IN_ONE_SECOND,
    since: "0.1.0",
    level: Level::Must,
    source: DEDUP,
    summary: "The server acts on the pushes of several users that come in one second, messages and events.",
    why: "As soon as two users are active at once, one of them is ignored.",
    fix: "FromUserName belongs to what tells events apart; CreateTime alone is the same for everybody.",
    needs: &[Need::Served, Need::AnyEffects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let first_event = profile.events.first().or(profile.swallowed_event.as_ref());
        let effectful_pushes = profile.message.iter().chain(first_event);
        let one_by_one = effectful_pushes.map(|effectful_push| {
            let push = |user| Deliver::of(effectful_push.content.clone()).from_user(user);
            let mut steps = vec![
                Step::Deliver(push(0)),
                Step::Deliver(push(1).created(Created::SameSecondAs(0))),
            ];
            // Whether anything is acted on by then.
            if profile.swallowed_event.is_some() && effectful_push.is_event() {
                let message = self::effectful_push(profile).from_user(2);
                steps.push(Step::Deliver(message.created(Created::Ago(4))));
            }
            steps.push(SETTLE);
            Scenario::of(steps)
        });
        // More than two, for two may fall to the same worker, which takes one after the other.
        let at_once = profile.message.iter().map(|message| {
            let push = |user| Deliver::of(message.content.clone()).from_user(user);
            let others = (1..CROWD).map(|user| push(user).created(Created::SameSecondAs(0)));
            let all = std::iter::once(push(0)).chain(others);
            Scenario::of([Step::Together(all.map(Step::Deliver).collect()), SETTLE])
        });
        Cases::Each(one_by_one.chain(at_once).collect())
    },
    claims: &[claim::LOST],
    judge: none_lost,
};

pub(super) static EVENTS_IN_ONE_SECOND: Rule = Rule {
    id: RuleId::new("redelivery/events-in-one-second"),
    since: "0.1.0",
    level: Level::Info,
    source: "the documented key (FromUserName, CreateTime) cannot tell two events of one second apart (WxJava #2314)",
    summary: "The server acts on each of two different events of one user in one second.",
    why: "Of a subscription and a tap on a menu in the same second one is ignored.",
    fix: "Add Event, and EventKey where there is one, to what tells events apart.",
    needs: &[Need::Served, Need::EventEffects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let [one, other, ..] = &profile.events[..] else {
            return Cases::None(Unjudged::FewerThanTwoEvents.into());
        };
        let push = |event: &EffectfulPush, user| Deliver::of(event.content.clone()).from_user(user);
        Cases::each([[
            Step::Deliver(push(one, 0)),
            Step::Deliver(push(other, 0).created(Created::SameSecondAs(0))),
            // Another user's, in different seconds: whether the second of two counts at all.
            Step::Deliver(push(one, 1).created(Created::Ago(4))),
            Step::Deliver(push(other, 1)),
            SETTLE,
        ]])
    },
    claims: &[claim::LOST],
    judge: |transcript| {
        let count = |at: usize| {
            let entry = entry(transcript, at)?;
            Ok::<_, Miss>(count_of_user(transcript, user_of(entry)))
        };
        if count(0)? >= count(2)? && none_lost(transcript).is_err() {
            return Err(Miss::not_applicable(Unjudged::DependsOnHistory));
        }
        none_lost(transcript)
    },
};

pub(super) static NO_TWIN_EFFECTS: Rule = Rule {
    id: RuleId::new("redelivery/no-twin-effects"),
    since: "0.1.0",
    level: Level::Should,
    source: "customer messages: five in 48 hours after a user's message",
    summary: "The server does not send a user the same message twice for one push.",
    why: "Users read everything twice, and the five messages that WeChat allows are used up sooner.",
    fix: "Look for a handler that is registered twice, or a send that is retried although it succeeded.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let image = profile
            .account
            .is_written_to()
            .then(|| profile.push(IMAGE).into());
        let event = profile.events.first().map(|event| event.content.clone());
        let others = (1..).zip(image.into_iter().chain(event));
        let others = others.map(|(user, content)| Deliver::of(content).from_user(user));
        let pushes = std::iter::once(effectful_push(profile)).chain(others);
        let steps: Vec<Step> = pushes.map(Step::Deliver).chain([SETTLE]).collect();
        Cases::each([Scenario::of(steps)])
    },
    claims: &["identical"],
    judge: |transcript| {
        let effects: Vec<_> = transcript
            .calls
            .iter()
            .filter(|call| call.own && call.sent)
            .collect();
        let twin = effects
            .iter()
            .enumerate()
            .find(|(at, one)| {
                effects[at + 1..].iter().any(|other| {
                    (&one.path, &one.openid, &one.body) == (&other.path, &other.openid, &other.body)
                })
            })
            .map(|(_, one)| one);
        match twin {
            Some(call) => {
                let actual = format!("twice the same call of {}", call.path);
                let mut entries = transcript.entries.iter();
                let at = entries.position(|entry| call.openid.as_deref() == Some(user_of(entry)));
                Finding::new("identical", at.unwrap_or(0), "each message once", actual)
                    .with_story(story(transcript))
                    .proven()
                    .found()
            }
            None => Ok(()),
        }
    },
};

/// A message of another kind than text.
const IMAGE: &str = "image";

const SETTLE: Step = Step::Settle { quiet: QUIET };

/// Users whose pushes come at the same moment.
const CROWD: u8 = 4;

/// A push that is known to have effects.
pub(super) fn effectful_push(profile: &Profile) -> Deliver {
    Deliver::of(profile.message_or("hello"))
}

fn no_event() -> Cases {
    Cases::None(Unjudged::NoEffectiveEvent.into())
}

fn user_of(entry: &Entry) -> &str {
    match &entry.sent {
        Sent::Push { openid, .. } => openid,
        _ => "",
    }
}

/// The push that came twice has no more effects than that of another user that came once. The other's may be late only.
fn not_more_than_once(transcript: &Transcript, once: &str) -> Judgement {
    countable(transcript)?;
    let message = transcript.profile.message.as_ref();
    let varies = message.is_some_and(|message| message.least < message.most);
    let twice = user_of(entry(transcript, 1)?);
    // Each delivery allows the server more messages.
    let wanted = count_of_user(transcript, once) + over_quota(transcript, once);
    let got = count_of_user(transcript, twice);
    if varies || wanted == 0 || got <= wanted {
        return Ok(());
    }
    miscounted(transcript, claim::TWICE, twice, wanted, got)
        .timing()
        .found()
}

fn not_twice(transcript: &Transcript) -> Judgement {
    as_many_as_pushes(transcript, &[Miscount::Twice])
}

/// No push is lost that is taken for another. Where not even one was acted on, it is lost for some other reason.
fn none_lost(transcript: &Transcript) -> Judgement {
    let judgement = as_many_as_pushes(transcript, &[Miscount::Lost]);
    let is_broken = matches!(judgement, Err(Miss::Found(_)));
    if is_broken && !is_any_acted_on(transcript) {
        return Err(Miss::inconclusive(Unjudged::NothingActedOn));
    }
    judgement
}

/// True if some message was taken, or tried.
fn is_any_acted_on(transcript: &Transcript) -> bool {
    let mut calls = transcript.calls.iter();
    calls.any(|call| call.own && (call.sent || is_sending(call)))
}

pub(super) fn as_many(transcript: &Transcript) -> Judgement {
    as_many_as_pushes(transcript, &[Miscount::Twice, Miscount::Lost])
}

fn renamed(judgement: Judgement, claim: &'static str) -> Judgement {
    judgement.map_err(|miss| match miss {
        Miss::Found(finding) => Miss::Found(Finding { claim, ..finding }),
        other => other,
    })
}
