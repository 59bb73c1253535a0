//! The cause behind a symptom, found by contrast: the same request as a server with a known mistake would take it, beside one
//! that nobody may take.
//!
//! A `hypothesis` is data; `inquiry` says which to try next and which is proven, and knows no socket; `prober` sends.

mod answered;
mod cause;
mod causes;
mod echo;
mod hypothesis;
mod inquiry;
mod known;
mod page;
mod prober;
mod pushing;
mod raised;
mod reaction;
mod shell;
mod signing;
mod variant;
mod verification;
mod wording;

use std::time::Duration;

use wxcheck_events::Ended;
use wxcheck_mock_server::{SenderError, clock};

pub use cause::{Cause, Code, Stack, Values, Words};
pub use wording::Wording;

use crate::{identity::mix, player::Player, reason::Reason, report::View, verdict::Verdict};
use known::Known;
use prober::Prober;
use signing::Stamp;

/// Limits of an examination.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests.
    pub requests: u32,
    /// The time after which nothing new is tried.
    pub time: Duration,
    /// Two mistakes at once are tried too.
    pub doubles: bool,
}

impl Limits {
    /// The limits of a first look: 64 requests in two seconds.
    pub const USUAL: Self = Self {
        requests: 64,
        time: Duration::from_secs(2),
        doubles: false,
    };
    /// The limits of a thorough look.
    pub const THOROUGH: Self = Self {
        requests: 2000,
        time: Duration::from_secs(60),
        doubles: true,
    };
}

/// The certainty of a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Certainty {
    /// A request with the mistake was taken twice, on two nonces, while one that nobody may take was refused.
    Proven,
    /// The answer says it by itself.
    Seen,
    /// Nothing else that is known explains it.
    Supposed,
}

/// One cause that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundCause {
    /// The cause.
    pub cause: &'static Cause,
    /// Values that were seen, for its words. They may hold what the target wrote.
    pub values: Values,
    /// The certainty.
    pub certainty: Certainty,
    /// The request that was taken, as a line that signs with `$WXCHECK_TOKEN`.
    pub curl: Option<String>,
}

/// The outcome of an examination.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and any may come with any other"
)]
pub struct Examined {
    /// The causes, in the order in which they are to be fixed.
    pub findings: Vec<FoundCause>,
    /// Right and wrong signatures are taken alike.
    pub takes_everything: bool,
    /// The language in which the server seems to be written.
    pub stack: Option<Stack>,
    /// Requests sent.
    pub requests: u32,
    /// Not everything was tried: the requests or the time were used up.
    pub is_cut: bool,
    /// The verification was answered rightly, where there is one.
    pub verifies: bool,
    /// A push was taken and answered rightly.
    pub serves: bool,
    /// No server was reached.
    pub is_unreachable: bool,
}

impl Certainty {
    /// As it is written in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Seen => "seen",
            Self::Supposed => "supposed",
        }
    }

    /// The certainty of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Proven, Self::Seen, Self::Supposed];
        all.into_iter().find(|certainty| certainty.name() == name)
    }
}

impl FoundCause {
    fn new((id, values): (&str, Values), certainty: Certainty) -> Option<Self> {
        Some(Self {
            cause: Cause::named(id)?,
            values,
            certainty,
            curl: None,
        })
    }
}

/// Looks for what is wrong with the callback of a server. `salt` makes identities.
pub async fn examine(
    player: &Player<'_>,
    limits: Limits,
    salt: u64,
) -> Result<Examined, SenderError> {
    if !player.profile().callback {
        return Ok(Examined::default());
    }
    let known = Known::of(player);
    let prober = Prober::new(player, limits);
    let stamps = stamps(clock::unix_seconds(), salt);
    let mut examined = Examined::default();
    let mut verified = verification::Verified::default();
    if known.account.is_verified() {
        verified = Box::pin(verification::examine(&prober, &known, &stamps)).await;
    }
    examined.findings.append(&mut verified.findings);
    examined.takes_everything = verified.takes_everything;
    examined.verifies = verified.is_right;
    examined.is_unreachable = verified.is_unreachable;
    if !verified.is_unreachable && !verified.is_silent {
        let pushed = Box::pin(pushing::examine(&prober, &known, &verified, &stamps)).await?;
        examined.serves = pushed.serves;
        examined.is_unreachable |= pushed.is_unreachable;
        for finding in pushed.findings {
            let is_known = |other: &FoundCause| other.cause.id == finding.cause.id;
            if !examined.findings.iter().any(is_known) {
                examined.findings.push(finding);
            }
        }
    }
    // Most of what was seen the target wrote.
    let secrets = player.secrets();
    for finding in &mut examined.findings {
        for value in finding.values.values_mut() {
            *value = secrets.redact_answer(value);
        }
    }
    examined.stack = prober.stack();
    examined.requests = prober.sent();
    examined.is_cut = prober.is_cut();
    Ok(examined)
}

/// True if the cause of what a run found is worth looking for: something that failed stood in the way of other rules, or
/// there was no contact at all.
pub fn is_worth_it(view: &View) -> bool {
    let failed = |id| view.with(Verdict::Failed).any(|row| row.rule.id == id);
    let blocks = view.rows.iter().any(|row| match &row.reason {
        Some(Reason::Blocked { by }) => failed(*by),
        _ => false,
    });
    match view.ended.ended {
        Ended::NoContact { .. } => true,
        Ended::Whole | Ended::OutOfTime => blocks,
        Ended::Stopped { .. } | Ended::Cut => false,
    }
}

/// The values of the requests: nonces that sort before and behind the timestamp, and shorter ones, so that every order of
/// three strings shows.
fn stamps(now: u64, salt: u64) -> Vec<Stamp> {
    let drawn = |place: u64| mix(salt ^ mix(place));
    let nonces = [
        format!("2{:09}", drawn(1) % 1_000_000_000),
        format!("1{:09}", drawn(2) % 500_000_000),
        format!("9{:08}", drawn(3) % 100_000_000),
        format!("3{:08}", drawn(4) % 100_000_000),
        format!("1{:09}", drawn(5) % 500_000_000),
    ];
    (0..)
        .zip(nonces)
        .map(|(place, nonce)| Stamp {
            timestamp: now.to_string(),
            nonce,
            // As long as WeChat's, and beyond what a double holds.
            echostr: format!(
                "4{:018}",
                (drawn(10 + place) % 1_000_000_000_000_000_000) | 1
            ),
            encrypt: None,
        })
        .collect()
}
