//! The pushes that have effects that can be seen, and their number: tried out in first contact.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::join_all;
use wxcheck_mock_server::Silence;
use wxcheck_protocol::account::Account;

use super::{
    NoContact, Observed,
    adding_up::adds_up,
    any_event,
    pace_of_work::{first_effects, pace_of_work},
    second_thoughts::{Single, calls_so_far, count_again},
};
use crate::{
    effects,
    finding::Miss,
    player::Player,
    profile::{Channel, EffectfulPush, Profile, QUICK},
    reason::{Reason, Unjudged},
    rule::RuleId,
    step::{Content, Created, Deliver, EntryContent, QUIET, Scenario, Step},
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// An effect that comes sooner keeps nobody waiting.
const QUICK_EFFECT: Duration = Duration::from_millis(100);

/// Looks for pushes that have effects, where effects can be seen and pushes are taken: a text first, then
/// other kinds of message and event. Each is sent by two users, so that a count is known to be steady.
pub(crate) async fn find_effects(
    player: &Player<'_>,
    observed: &mut Observed,
) -> Result<(), NoContact> {
    let mut profile = player.profile().clone();
    if !profile.callback || observed.serves.is_err() {
        return Ok(());
    }
    profile.is_quick = observed.latency < QUICK;
    if profile.channel == Channel::None {
        player.learn(profile);
        return Ok(());
    }
    let [text, more @ ..] = messages(&profile);
    let seen = Trials::default();
    let mut first = first_text(player, &text, &seen).await?;
    // A message for somebody who wrote before may only be late, and the writer's dropped for it: seen twice or not at all.
    if first.went_to_another {
        first = first_text(player, &text, &seen).await?;
    }
    observed.opens_unseen &= first.calls.is_empty();
    // Once more, for some fetch another token for the messages to come.
    if first.keeps_a_dead_token && first_text(player, &text, &seen).await?.keeps_a_dead_token {
        observed.renews_token = Err(RuleId::RENEWS_TOKEN);
        player.learn(profile);
        return Ok(());
    }
    if first.went_to_another {
        observed.answers_the_writer = Err(RuleId::RIGHT_USER);
        player.learn(profile);
        return Ok(());
    }
    let mut trouble = None;
    let mut swallowed = None;
    let mut second = 0;
    let mut look = async |contents: Vec<Content>| {
        let plays = contents.iter().map(|content| {
            second += 3;
            try_out(player, content, second, &seen)
        });
        let mut found = Vec::new();
        for (tried, content) in join_all(plays).await.into_iter().zip(contents) {
            match tried? {
                Tried::Steady(effects) => found.push(EffectfulPush::of(content, effects)),
                // A slow click says nothing of texts.
                Tried::Unanswered => observed.answers_events = Err(RuleId::ANSWERS_IN_TIME),
                Tried::SteadyApart(effects) => {
                    observed.tells_users_apart = Err(RuleId::USERS_IN_ONE_SECOND);
                    found.push(EffectfulPush::of(content, effects));
                }
                Tried::OnlyOnce(effects) if is_event(&content) => {
                    swallowed.get_or_insert(EffectfulPush::of(content, effects));
                }
                Tried::Unsteady(one, other) => {
                    trouble = Some(Reason::from(Unjudged::UnequalEffects { one, other }));
                }
                Tried::Uncountable(reason) => trouble = Some(reason),
                Tried::ForTheAccount => observed.answers_events = Err(RuleId::RIGHT_USER),
                Tried::Nothing | Tried::OnlyOnce(_) => {}
            }
        }
        Ok::<_, NoContact>(found)
    };
    // One wait has to do for all of them.
    let mut tried = match (profile.account.is_written_to(), first.had_an_effect) {
        (false, _) => Vec::new(),
        (true, true) => vec![text],
        (true, false) => more.to_vec(),
    };
    tried.extend(events(&profile));
    let mut found = look(tried).await?;
    observed.opens_unseen &= found.is_empty();
    // The first in the order of the list is the most ordinary.
    if let Some(message) = found.iter_mut().find(|push| !push.is_event())
        && observed.tells_users_apart.is_ok()
    {
        message.adds_up = adds_up(player, message).await?;
    }
    if let (None, Some(openid)) = (&swallowed, &observed.event_user)
        && !found.iter().any(EffectfulPush::is_event)
    {
        swallowed = swallowed_event(player, openid, &seen).await?;
    }
    profile.swallowed_event = swallowed;
    let Trials { singles, arrivals } = seen;
    let counts = |found: &[EffectfulPush]| found.iter().map(|push| push.effects).collect();
    let before: Vec<usize> = counts(&found);
    let unsteady = count_again(player, &singles.into_inner(), &mut found).await?;
    // More came late: two may have the effects of both after all.
    if before != counts(&found)
        && let Some(message) = found.iter_mut().find(|push| !push.is_event())
    {
        message.adds_up = adds_up(player, message).await?;
    }
    let (ordinary, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|push| !push.is_event());
    profile.events = rest;
    let any = ordinary.into_iter().chain(profile.events.iter().cloned());
    profile.message = any.into_iter().next();
    // A worker that takes its time would be busy with a crowd for long, and late for everybody after it.
    profile.is_quick &= player.effect_lag() < QUICK_EFFECT;
    observed.no_effect = trouble
        .or(unsteady)
        .unwrap_or_else(|| no_effect(&profile, observed.replies, first.calls).into());
    player.learn(profile);
    observed.work = pace_of_work(player, &arrivals.into_inner()).await?;
    player.give_time(observed.work);
    Ok(())
}

/// The event by which it was seen how events are answered, if that had an effect and the same of others has none.
async fn swallowed_event(
    player: &Player<'_>,
    openid: &str,
    seen: &Trials,
) -> Result<Option<EffectfulPush>, NoContact> {
    /// Seconds of no other trial.
    const SECOND: u8 = 60;
    let effects = effects::different_of(&calls_so_far(player), openid);
    if effects == 0 {
        return Ok(None);
    }
    let content: Content = any_event(player.profile()).into();
    let tried = try_out(player, &content, SECOND, seen).await?;
    let is_swallowed = matches!(tried, Tried::Nothing | Tried::OnlyOnce(_));
    Ok(is_swallowed.then(|| EffectfulPush::of(content, effects)))
}

fn is_event(content: &Content) -> bool {
    matches!(content, Content::Entry(entry) if entry.is_event())
}

/// Observations of the trials beside their counts.
#[derive(Default)]
struct Trials {
    /// The pushes that came once, each with its user.
    singles: RefCell<Vec<Single>>,
    /// The moments at which users had their first effect.
    arrivals: RefCell<Vec<Duration>>,
}

impl Trials {
    /// Notes a play in which each user got that push once.
    fn note(&self, content: &Content, transcript: &Transcript) {
        let users = users_of(transcript).map(|openid| Single {
            content: content.clone(),
            openid: openid.to_owned(),
        });
        self.singles.borrow_mut().extend(users);
    }
}

/// The users of the pushes of a play.
pub(super) fn users_of(transcript: &Transcript) -> impl Iterator<Item = &str> {
    let entries = transcript.entries.iter();
    entries.filter_map(|entry| match &entry.sent {
        Sent::Push { openid, .. } => Some(openid.as_str()),
        _ => None,
    })
}

/// The reason that nothing can be counted, with what was seen instead.
fn no_effect(profile: &Profile, replies: bool, calls: Vec<String>) -> Unjudged {
    if replies && calls.is_empty() && profile.channel == Channel::Api {
        return Unjudged::RepliesOnly;
    }
    let tried: &[&str] = if profile.account.is_mini() {
        &["text", "image", "miniprogrampage", "user_enter_tempsession"]
    } else {
        &[
            "text",
            "image",
            "miniprogrampage",
            "subscribe",
            "CLICK",
            "SCAN",
        ]
    };
    let tried = tried.iter().map(|name| (*name).to_owned()).collect();
    Unjudged::NoEffectSeen { tried, calls }
}

/// The results of the first text.
struct First {
    had_an_effect: bool,
    /// All calls it led to were refused for their token, and no other token was fetched.
    keeps_a_dead_token: bool,
    /// It led to a message, but not for the user who wrote.
    went_to_another: bool,
    /// The calls that were made, like `/cgi-bin/token (errcode 40125)`.
    calls: Vec<String>,
}

async fn first_text(
    player: &Player<'_>,
    text: &Content,
    seen: &Trials,
) -> Result<First, NoContact> {
    let writer = Deliver::of(text.clone()).created(Created::Ago(1));
    let scenario = Scenario::of([Step::Deliver(writer), Step::Settle { quiet: QUIET }]);
    let transcript = player
        .play(&scenario)
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    seen.note(text, &transcript);
    let sending = || {
        let calls = transcript.calls.iter();
        calls.filter(|call| effects::is_sending(call))
    };
    let is_for_a_writer = |call: &ApiCall| {
        effects::addressee(call).is_some_and(|user| users_of(&transcript).any(|w| w == user))
    };
    let mut calls: Vec<String> = Vec::new();
    for call in &transcript.calls {
        let told = format!("{} (errcode {})", call.path, call.errcode);
        if !calls.contains(&told) && calls.len() < 4 {
            calls.push(told);
        }
    }
    Ok(First {
        had_an_effect: transcript.calls.iter().any(|call| call.own && call.sent),
        keeps_a_dead_token: effects::keeps_a_dead_token(&transcript),
        went_to_another: sending().any(|call| effects::addressee(call).is_some())
            && !sending().any(|call| call.own || is_for_a_writer(call)),
        calls,
    })
}

/// The outcome of trying a push out.
enum Tried {
    Nothing,
    /// Messages, but for the account itself.
    ForTheAccount,
    /// An event that got no answer in time: its effects may come at any moment.
    Unanswered,
    /// As many effects for each of two users in one second.
    Steady(usize),
    /// As many for each, but only in different seconds, or one after the other.
    SteadyApart(usize),
    Unsteady(usize, usize),
    /// So many for one of two users, and none for two others after that.
    OnlyOnce(usize),
    /// The number cannot be known; says why.
    Uncountable(Reason),
}

/// Tries a push out with two users in one second; if only one of them has an effect, in different ones, and at last one after
/// the other. The seconds lie a little back, each for one trial alone.
async fn try_out(
    player: &Player<'_>,
    content: &Content,
    second: u8,
    seen: &Trials,
) -> Result<Tried, NoContact> {
    let together = [Created::Ago(second), Created::SameSecondAs(0)];
    let went_to_the_account = Cell::new(false);
    let got_no_answer = Cell::new(false);
    let note = |transcript: &Transcript| {
        went_to_the_account.set(effects::went_to_the_account(transcript));
        let mut silences = transcript.entries.iter().filter_map(Entry::silence);
        got_no_answer.set(silences.any(Silence::is_time_out));
    };
    let note_first = |transcript: &Transcript| {
        note(transcript);
        seen.note(content, transcript);
        seen.arrivals.borrow_mut().extend(first_effects(transcript));
    };
    let pair = pair_of(content, together);
    let first = match counts_in(player, pair, QUIET, &note_first).await? {
        _ if is_event(content) && got_no_answer.get() => return Ok(Tried::Unanswered),
        Ok([0, 0]) if went_to_the_account.get() => return Ok(Tried::ForTheAccount),
        Ok([0, 0]) => return Ok(Tried::Nothing),
        Ok([one, other]) if one == other => return Ok(Tried::Steady(one)),
        Ok(counts) => counts,
        Err(reason) => return Ok(Tried::Uncountable(reason)),
    };
    // Whatever time passed since, neither of these can be a second of before, nor one of another trial; and with more
    // patience, for a server that pauses between two effects.
    let apart = [Created::Ago(second + 41), Created::Ago(second + 40)];
    let [one, other] = match counts_in(player, pair_of(content, apart), 4 * QUIET, &note).await? {
        Ok(counts) => counts,
        Err(reason) => return Ok(Tried::Uncountable(reason)),
    };
    if one == other {
        return Ok(match one {
            0 => Tried::OnlyOnce(first[0].max(first[1])),
            _ if first.contains(&0) => Tried::SteadyApart(one),
            _ => Tried::Steady(one),
        });
    }
    // A server that drops what comes while it is busy has as many effects for each when it has time for each. One that is
    // only slow shows that here: its effects were late, and not lost.
    let in_turn = [Created::Ago(second + 81), Created::Ago(second + 80)];
    let [one_push, other_push] = pair_of(content, in_turn);
    let rest = || Step::Settle { quiet: 4 * QUIET };
    let is_prompt = Cell::new(false);
    let note_prompt = |transcript: &Transcript| is_prompt.set(has_prompt_effects(transcript));
    let alone = [one_push, rest(), other_push];
    let counts = counts_in(player, alone, 4 * QUIET, &note_prompt).await?;
    Ok(match counts {
        Ok([alone, also]) if alone == also && is_prompt.get() => Tried::SteadyApart(alone),
        _ => Tried::Unsteady(one, other),
    })
}

/// True if the first effect of each push came within the quiet time.
fn has_prompt_effects(transcript: &Transcript) -> bool {
    transcript.entries.iter().all(|entry| match &entry.sent {
        Sent::Push { openid, .. } => {
            effects::of_user(transcript, openid)
                .next()
                .is_some_and(|call| {
                    call.at.saturating_sub(entry.started) <= Duration::from_millis(QUIET)
                })
        }
        _ => true,
    })
}

/// The push from two users, each created at its moment.
fn pair_of(content: &Content, created: [Created; 2]) -> [Step; 2] {
    let push = |(user, created)| {
        Step::Deliver(
            Deliver::of(content.clone())
                .from_user(user)
                .created(created),
        )
    };
    [(0, created[0]), (1, created[1])].map(push)
}

/// The number of effects that each of two users has in such a play; or the reason that it cannot be known.
pub(super) async fn counts_in(
    player: &Player<'_>,
    steps: impl IntoIterator<Item = Step>,
    quiet: u64,
    note: &dyn Fn(&Transcript),
) -> Result<Result<[usize; 2], Reason>, NoContact> {
    let steps: Vec<_> = steps.into_iter().chain([Step::Settle { quiet }]).collect();
    let scenario = Scenario::of(steps);
    let transcript = player
        .play(&scenario)
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    note(&transcript);
    if let Err(Miss::Inconclusive(reason)) = effects::countable(&transcript) {
        return Ok(Err(reason));
    }
    let pushes = transcript.entries.iter();
    let mut pushes = pushes.filter(|entry| matches!(entry.sent, Sent::Push { .. }));
    let mut count = || match pushes.next() {
        Some(Entry {
            sent: Sent::Push { openid, .. },
            started,
            ..
        }) => {
            if let Some(first) = effects::of_user(&transcript, openid).next() {
                player.note_lag(first.at.saturating_sub(*started));
            }
            effects::count_of_user(&transcript, openid) + effects::over_quota(&transcript, openid)
        }
        _ => 0,
    };
    Ok(Ok([count(), count()]))
}

/// Messages that a server may act on, the most ordinary first.
fn messages(profile: &Profile) -> [Content; 4] {
    [
        Content::Text("hello".into()),
        Content::Text("1".into()),
        profile.push("image").into(),
        profile.push("miniprogrampage").into(),
    ]
}

/// Events that a server may act on.
fn events(profile: &Profile) -> Vec<Content> {
    let event = |event, value| profile.push(event).set("EventKey", value).into();
    match profile.account {
        Account::Official => vec![
            event("subscribe", ""),
            event("CLICK", "wxcheck"),
            event("SCAN", "1"),
        ],
        account if account.is_mini() => vec![profile.enter_session()],
        // Shops, websites and apps are sent nothing but events of their own.
        _ => {
            let own = profile.catalogue.iter();
            own.map(|entry| EntryContent::of(entry, profile.format).into())
                .collect()
        }
    }
}
