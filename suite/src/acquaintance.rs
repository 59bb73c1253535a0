//! First contact: whether the server is there, echoes, takes a true push, and how it replies.
//!
//! What is learnt here spares the rules that cannot be tried from trying: a server that hangs on
//! every push costs one wait, not one for each rule.

use std::time::Duration;

use futures_util::future::join_all;
use wxcheck_mock_server::{SenderError, Silence};
use wxcheck_protocol::message::Field;

use crate::{
    effects, expect,
    finding::Miss,
    player::Player,
    profile::{Account, Channel, Telling},
    step::{Content, Created, Deliver, QUIET, Scenario, Step, Verify},
    transcript::{Entry, Sent},
};

/// Paddings of two true pushes. An unpadder for 16-byte blocks takes the second and not the first.
const PADDINGS: [u8; 2] = [24, 8];
/// As long as the echostr of the official sample.
const ECHOSTR: &str = "4375120948345356249";

/// What the server was seen to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observed {
    /// The URL verification works, or the rule that says why not.
    pub echoes: Result<(), &'static str>,
    /// True pushes are taken, or the rule that says why not.
    pub serves: Result<(), &'static str>,
    /// Some true push is taken, if not every one.
    pub serves_some: Result<(), &'static str>,
    /// A text message is answered with more than an acknowledgement.
    pub replies: bool,
    /// That answer is a message that can be read.
    pub readable: bool,
    /// That message repeats the user's text.
    pub repeats_text: bool,
    /// How long a true push took; zero where none was answered.
    pub latency: Duration,
    /// Why no effect is known of, where none is.
    pub no_effect: String,
    /// The user who writes is the one who is answered, or the rule that says otherwise.
    pub answers_the_writer: Result<(), &'static str>,
    /// The pushes of two users in one second both have effects, or the rule that says why not.
    pub tells_users_apart: Result<(), &'static str>,
}

/// Why a run ends before it begins.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoContact {
    /// Nothing answers at that address.
    #[error("{0}")]
    Unreachable(#[from] Silence),
    /// Our own HTTP client.
    #[error("{0}")]
    Sender(String),
}

/// Makes first contact.
pub async fn acquaint(player: &Player<'_>) -> Result<Observed, NoContact> {
    let verify = Step::Verify(Verify::of(ECHOSTR));
    let push = |padding| Step::Deliver(Deliver::of(Content::TextWithPadding(padding)));
    let verification = first_entry(player, verify).await?;
    let mut control = first_entry(player, push(PADDINGS[0])).await?;
    if control.silence().is_some() {
        // Once more, alone: a cold start is no fault of the callback.
        control = first_entry(player, push(PADDINGS[0])).await?;
    }
    let mut serves = expect::blocked_by(&control.outcome).map_or(Ok(()), Err);
    let mut serves_some = serves;
    if serves.is_err() && player.profile().mode.seals() {
        let less_padded = first_entry(player, push(PADDINGS[1])).await?;
        if expect::is_served(&less_padded) {
            serves = Err("envelope/all-paddings");
            serves_some = Ok(());
        }
    }
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
        ) => content.contains(text),
        _ => false,
    };
    Ok(Observed {
        echoes: echo_blocked_by(&verification).map_or(Ok(()), Err),
        serves,
        serves_some,
        replies: readable || expect::sealed(&control).is_some(),
        readable,
        repeats_text,
        latency: control
            .answer()
            .map_or(Duration::ZERO, |answer| answer.total),
        no_effect: String::new(),
        answers_the_writer: Ok(()),
        tells_users_apart: Ok(()),
    })
}

/// Looks for pushes that have effects, where effects can be seen and pushes are taken: a text first, then
/// other kinds of message and event. Each is sent by two users, so that a count is known to be steady.
pub(crate) async fn find_effects(
    player: &Player<'_>,
    observed: &mut Observed,
) -> Result<(), NoContact> {
    let mut profile = player.profile().clone();
    if profile.channel == Channel::None || observed.serves.is_err() {
        return Ok(());
    }
    let [text, more @ ..] = messages();
    if !answers_the_writer(player, &text).await? {
        observed.answers_the_writer = Err("api-use/right-user");
        player.learn(profile);
        return Ok(());
    }
    let mut unsteady = None;
    let mut second = 0;
    let mut look = async |contents: Vec<Content>| {
        let plays = contents.iter().map(|content| {
            second += 3;
            try_out(player, content, second)
        });
        let mut found = Vec::new();
        for (tried, content) in join_all(plays).await.into_iter().zip(contents) {
            match tried? {
                Tried::Steady(effects) => found.push(Telling { content, effects }),
                Tried::SteadyApart(effects) => {
                    observed.tells_users_apart = Err("redelivery/users-in-one-second");
                    found.push(Telling { content, effects });
                }
                Tried::Unsteady(one, other) => unsteady = Some((one, other)),
                Tried::Nothing => {}
            }
        }
        Ok::<_, NoContact>(found)
    };
    profile.message = look(vec![text]).await?.pop();
    if profile.message.is_none() {
        // The first in the order of the list is the most ordinary.
        profile.message = look(more.to_vec()).await?.into_iter().next();
    }
    profile.events = look(events(profile.account)).await?;
    if profile.message.is_none() {
        profile.message = profile.events.first().cloned();
    }
    observed.no_effect = match unsteady {
        Some((one, other)) => format!(
            "the same push had {one} effects for one user and {other} for another; nothing can be counted against such a server"
        ),
        None => format!(
            "no effect was seen of any push that was tried ({}): does the server call the mock API, and does it answer these?",
            tried_names(profile.account)
        ),
    };
    player.learn(profile);
    Ok(())
}

/// Whether a text leads to a message for whoever wrote it, if to any.
async fn answers_the_writer(player: &Player<'_>, text: &Content) -> Result<bool, NoContact> {
    let writer = Deliver::of(text.clone()).created(Created::Ago(1));
    let scenario = Scenario::of([Step::Deliver(writer), Step::Settle { quiet: QUIET }]);
    let transcript = player
        .play(&scenario)
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    let mut sending = transcript
        .calls
        .iter()
        .filter(|call| effects::is_sending(call));
    let own = sending.clone().any(|call| call.own);
    Ok(own || sending.next().is_none())
}

/// What came of trying a push out.
enum Tried {
    Nothing,
    /// So many effects for each of two users in one second.
    Steady(usize),
    /// So many for each, but only in different seconds.
    SteadyApart(usize),
    Unsteady(usize, usize),
}

/// Tries a push out with two users in one second; if only one of them has an effect, in different ones. The
/// seconds lie a little back, each for one trial alone.
async fn try_out(player: &Player<'_>, content: &Content, second: u8) -> Result<Tried, NoContact> {
    let ago = |seconds| Created::Ago(seconds);
    let together = [ago(second), Created::SameSecondAs(0)];
    let counts = counts_in(player, content, together, QUIET).await?;
    Ok(match counts[..] {
        [0, 0] => Tried::Nothing,
        [one, other] if one == other => Tried::Steady(one),
        _ => {
            // Whatever time passed since, neither of these can be the second of before.
            let apart = [ago(second + 9), Created::Now];
            // With more patience than the first time, for a server that pauses between two effects.
            match counts_in(player, content, apart, 4 * QUIET).await?[..] {
                [one, other] if one == other && one > 0 => Tried::SteadyApart(one),
                [one, other] => Tried::Unsteady(one, other),
                _ => Tried::Nothing,
            }
        }
    })
}

/// How many effects such a push has, for each of two users.
async fn counts_in(
    player: &Player<'_>,
    content: &Content,
    created: [Created; 2],
    quiet: u64,
) -> Result<Vec<usize>, NoContact> {
    let push = |user: u8| {
        let created = created[usize::from(user)];
        Step::Deliver(
            Deliver::of(content.clone())
                .from_user(user)
                .created(created),
        )
    };
    let scenario = Scenario::of([push(0), push(1), Step::Settle { quiet }]);
    let transcript = player
        .play(&scenario)
        .await
        .map_err(|error| NoContact::Sender(error.to_string()))?;
    let count = |entry: &Entry| match &entry.sent {
        Sent::Push { openid, .. } => {
            if let Some(first) = effects::of_user(&transcript, openid).next() {
                player.note_lag(first.at.saturating_sub(entry.started));
            }
            effects::of_user(&transcript, openid).count()
        }
        _ => 0,
    };
    Ok(transcript.entries.iter().map(count).collect())
}

/// Messages that a server may act on, the most ordinary first.
fn messages() -> [Content; 4] {
    let message = |msg_type: &str, fields: &[(&str, &str)]| Content::Message {
        msg_type: msg_type.into(),
        fields: fields
            .iter()
            .map(|(name, value)| Field::text(*name, *value))
            .collect(),
    };
    [
        Content::Text("hello".into()),
        Content::Text("1".into()),
        message(
            "image",
            &[
                ("PicUrl", "http://mmbiz.qpic.cn/wxcheck/0"),
                ("MediaId", "wxcheck"),
            ],
        ),
        message(
            "miniprogrampage",
            &[
                ("Title", "wxcheck"),
                ("AppId", "wx0123456789abcdef"),
                ("PagePath", "pages/index/index"),
                ("ThumbUrl", "http://mmbiz.qpic.cn/wxcheck/0"),
                ("ThumbMediaId", "wxcheck"),
            ],
        ),
    ]
}

/// Events that a server may act on.
fn events(account: Account) -> Vec<Content> {
    let event = |event: &str, field: &str, value: &str| Content::Event {
        event: event.into(),
        fields: vec![Field::text(field, value)],
    };
    match account {
        Account::Mini => vec![event("user_enter_tempsession", "SessionFrom", "wxcheck")],
        Account::Official => vec![
            event("subscribe", "EventKey", ""),
            event("CLICK", "EventKey", "wxcheck"),
            event("SCAN", "EventKey", "1"),
        ],
    }
}

fn tried_names(account: Account) -> &'static str {
    match account {
        Account::Mini => "text, image, miniprogrampage, user_enter_tempsession",
        Account::Official => "text, image, miniprogrampage, subscribe, CLICK, SCAN",
    }
}

/// The rule that a true verification with this outcome fails already.
pub(crate) fn echo_blocked_by(entry: &Entry) -> Option<&'static str> {
    let Some(answer) = entry.answer() else {
        return Some("url-check/answers-in-time");
    };
    let echoed =
        matches!(&entry.sent, Sent::Verification { echostr } if answer.body == echostr.as_bytes());
    match answer.status {
        200 if echoed => None,
        200 => Some("url-check/echoes-echostr"),
        _ => Some("url-check/answers-directly"),
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
            Miss::Inconclusive(reason) | Miss::NotApplicable(reason) => NoContact::Sender(reason),
            Miss::Found(finding) | Miss::Doubtful(finding) => NoContact::Sender(finding.actual),
        })?;
    match entry.silence() {
        Some(silence) if silence.is_unreachable() => Err(silence.clone().into()),
        _ => Ok(entry),
    }
}
