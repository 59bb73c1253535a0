//! First contact: whether the server is there, echoes, takes a true push, and how it replies.
//!
//! The lessons learnt here spare later rules attempts that cannot succeed: a server that hangs on
//! every push costs one wait, not one for each rule.

mod adding_up;
mod effectful;
mod pace_of_work;
mod second_thoughts;

use std::time::Duration;

use wxcheck_mock_server::{SenderError, Silence};
use wxcheck_protocol::push::Mode;

use crate::{
    echo::{echo_blocked_by, rough_echo_blocked_by},
    expect::{self, fetch_blocked_by},
    finding::Miss,
    frame::Frame,
    identity::is_invented,
    observed::Observed,
    player::Player,
    profile::Profile,
    rule::RuleId,
    rules::{body_claim, message_fault},
    step::{Content, Damage, Deliver, EntryContent, Fetch, Scenario, Signing, Step, Verify},
    transcript::{Entry, Sent},
};

pub(crate) use effectful::find_effects;

/// Paddings of two true pushes. An unpadder for 16-byte blocks takes the second and not the first.
const PADDINGS: [u8; 2] = [24, 8];
/// An event that is known to mini programs and official accounts alike.
const EVENT: &str = "user_enter_tempsession";
/// As long as the echostr of the official sample.
const ECHOSTR: &str = "4375120948345356249";

/// The reason that a run ends before it begins.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoContact {
    /// Nothing answers at that address.
    #[error("{0}")]
    Unreachable(#[from] Silence),
    /// The server did not come up, for that reason.
    #[error("{0}")]
    NotUp(String),
    /// Our own HTTP client.
    #[error("{0}")]
    Sender(String),
}

/// Makes first contact, at every URL that is configured.
pub async fn make_first_contact(player: &Player<'_>) -> Result<Observed, NoContact> {
    let mut observed = if player.profile().callback {
        make_first_contact_by_pushes(player).await?
    } else {
        Observed::nothing()
    };
    for kind in player.profile().fetch.kinds.clone() {
        let fetch = Step::Fetch(Fetch::usual(kind));
        let entry = first_answered(player, fetch).await?;
        if let Some(answer) = entry.answer() {
            observed.fetches.push((kind, answer.total));
        } else {
            // Each further look would be one more wait.
            let by = fetch_blocked_by(&entry.outcome).unwrap_or(RuleId::FETCH_COMPLETE_HTTP);
            observed.answers_fetches = Err(by);
        }
    }
    Ok(observed)
}

async fn make_first_contact_by_pushes(player: &Player<'_>) -> Result<Observed, NoContact> {
    let verify = Step::Verify(Verify::of(ECHOSTR));
    let push = |padding| Step::Deliver(Deliver::of(Content::TextWithPadding(padding)));
    let (mut echoes, mut echoes_roughly) = (Ok(()), Ok(()));
    let mut echo_latency = Duration::ZERO;
    if player.profile().account.is_verified() {
        let echo = first_answered(player, verify).await?;
        echoes = echo_blocked_by(&echo).map_or(Ok(()), Err);
        echoes_roughly = rough_echo_blocked_by(&echo).map_or(Ok(()), Err);
        echo_latency = echo.answer().map_or(Duration::ZERO, |answer| answer.total);
    }
    let mut control = first_answered(player, push(PADDINGS[0])).await?;
    let mut holds_back = 0;
    if control.silence().is_some_and(Silence::is_time_out)
        && echoes != Err(RuleId::ECHO_IN_TIME)
        && let Some((answered, held)) = answered_again(player, push(PADDINGS[0])).await?
    {
        // A server that has only just woken up answers the next one at once.
        let next = first_entry(player, push(PADDINGS[0])).await?;
        if next.silence().is_some() {
            (control, holds_back) = (answered, held);
            player.repeat(held);
        } else {
            control = next;
        }
    }
    let leaves_unanswered = control.silence().is_some();
    let mut serves = expect::blocked_by(&control.outcome).map_or(Ok(()), Err);
    let mut serves_some = serves;
    if serves.is_err() && player.profile().mode.seals() {
        let less_padded = first_entry(player, push(PADDINGS[1])).await?;
        if expect::is_served(&less_padded) {
            serves = Err(RuleId::ALL_PADDINGS);
            serves_some = Ok(());
        }
    }
    let sound = |entry: &Entry| {
        let fault = message_fault(player.profile(), entry);
        fault.map_or(Ok(()), |fault| Err(fault.rule))
    };
    let mut acknowledges = acknowledged(&control);
    let mut sound_replies = sound(&control);
    let mut event_user = None;
    if serves.is_ok() && acknowledges.is_ok() {
        let event = Deliver::of(any_event(player.profile()));
        let event = first_entry(player, Step::Deliver(event)).await?;
        event_user = match &event.sent {
            Sent::Push { openid, .. } => Some(openid.clone()),
            _ => None,
        };
        acknowledges = acknowledged(&event);
        // What an event is answered stands in the way only where a rule of its own is about that.
        if sound(&event) == Err(RuleId::NO_TRANSFER_ON_EVENT) {
            sound_replies = sound_replies.and(sound(&event));
        }
    }
    let is_opened_unseen = serves.is_ok() && opens_unseen(player, &control).await?;
    let message = expect::message(&control);
    let readable = message.is_some();
    let repeats_text = match (
        message.and_then(|message| message.content.as_deref()),
        &control.sent,
    ) {
        (
            Some(content),
            Sent::Push {
                text: Some(text), ..
            },
        ) => Frame::of(content, text),
        _ => None,
    };
    Ok(Observed {
        echoes,
        echoes_roughly,
        serves,
        serves_some,
        acknowledges,
        sound_replies,
        replies: readable || expect::sealed(&control).is_some(),
        readable,
        repeats_text,
        leaves_unanswered,
        opens_unseen: is_opened_unseen,
        uses_clear_copy: serves.is_ok() && uses_clear_copy(player).await?,
        holds_back,
        event_user,
        echo_latency,
        latency: control
            .answer()
            .map_or(Duration::ZERO, |answer| answer.total)
            + player.profile().limit * u32::from(holds_back),
        ..Observed::nothing()
    })
}

/// The answer to the second or third delivery of a push whose first gets none, and how many got none before it.
async fn answered_again(player: &Player<'_>, push: Step) -> Result<Option<(Entry, u8)>, NoContact> {
    let again = Step::Redeliver { of: 0 };
    let transcript = player
        .play(&Scenario::of([push, again.clone(), again]))
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    let answered = (0_u8..).zip(transcript.entries);
    let mut answered = answered.filter(|(_, entry)| entry.answer().is_some());
    Ok(answered
        .next()
        .filter(|(held, _)| *held > 0)
        .map(|(held, entry)| (entry, held)))
}

/// The rule that the body of an answer fails already. A compressed body cannot be judged.
fn acknowledged(entry: &Entry) -> Result<(), RuleId> {
    if !expect::is_served(entry) {
        return Ok(());
    }
    let encoded = entry.answer().is_some_and(expect::is_encoded);
    let status = entry.answer().map(|answer| answer.status);
    match body_claim(entry, None) {
        _ if status != Some(200) => Err(RuleId::STATUS_200),
        _ if encoded => Err(RuleId::COMPLETE_HTTP),
        _ if expect::is_no_utf_8(entry) => Err(RuleId::REPLY_UTF_8),
        Some(_) => Err(RuleId::ACKNOWLEDGES),
        None => Ok(()),
    }
}

/// True if a server in safe mode answers a signed push that nobody can open just as one that it should open: a wrong
/// EncodingAESKey would show in no answer.
async fn opens_unseen(player: &Player<'_>, control: &Entry) -> Result<bool, NoContact> {
    if player.profile().mode != Mode::Safe || expect::message(control).is_some() {
        return Ok(false);
    }
    let unopenable = first_entry(player, Step::Deliver(unopenable())).await?;
    Ok(expect::is_served(&unopenable) && expect::alike(&unopenable, control))
}

/// A push that is signed as WeChat signs, with a ciphertext that ends within a block.
pub(crate) fn unopenable() -> Deliver {
    let damage = Damage::CiphertextTruncated;
    Deliver::text("what nobody can open").signed(Signing::Damaged {
        damage,
        signed: true,
    })
}

/// True if a server in compat mode acts on the clear copy of a message: it answers the sender or repeats the
/// text that only the clear copy names.
async fn uses_clear_copy(player: &Player<'_>) -> Result<bool, NoContact> {
    const CLEAR: &str = "what only the clear copy says";
    if player.profile().mode != Mode::Compat {
        return Ok(false);
    }
    let changed = Deliver::text("what is sealed").signed(Signing::ClearCopyChanged(CLEAR.into()));
    let entry = first_answered(player, Step::Deliver(changed)).await?;
    let (Some(reply), Sent::Push { openid, .. }) = (expect::message(&entry), &entry.sent) else {
        return Ok(false);
    };
    let to_another = reply
        .to_user
        .as_ref()
        .is_some_and(|to| to != openid && is_invented(to));
    let about_the_clear_text = reply
        .content
        .as_ref()
        .is_some_and(|text| text.contains(CLEAR));
    Ok(to_another || about_the_clear_text)
}

/// An event that the account gets, with nothing in it that a server may act on.
fn any_event(profile: &Profile) -> EntryContent {
    if profile.account.is_written_to() {
        EntryContent::unlisted_event(EVENT, Vec::new())
    } else {
        profile.push(EVENT)
    }
}

/// The outcome of a request, tried once more where nothing came: a cold start is no fault of the server.
async fn first_answered(player: &Player<'_>, step: Step) -> Result<Entry, NoContact> {
    match first_entry(player, step.clone()).await {
        Ok(entry) if entry.silence().is_none() => Ok(entry),
        // Nobody is there: waiting does not help.
        Err(NoContact::Unreachable(silence)) if silence.is_absence() => Err(silence.into()),
        _ => first_entry(player, step).await,
    }
}

async fn first_entry(player: &Player<'_>, step: Step) -> Result<Entry, NoContact> {
    let transcript = player
        .play(&Scenario::of([step]))
        .await
        .map_err(|error: SenderError| NoContact::Sender(error.to_string()))?;
    let entry = expect::entry(&transcript, 0)
        .cloned()
        .map_err(|miss| match miss {
            Miss::Inconclusive(reason) | Miss::NotApplicable(reason) => {
                NoContact::Sender(reason.to_string())
            }
            Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding) => {
                NoContact::Sender(finding.actual)
            }
        })?;
    match entry.silence() {
        Some(silence) if silence.is_unreachable() => Err(silence.clone().into()),
        _ => Ok(entry),
    }
}
