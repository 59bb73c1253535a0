//! The cause behind a symptom, found by contrast: the same request as a server with a known mistake would take it, beside one
//! that must be refused.
//!
//! A `hypothesis` is data; `inquiry` says which to try next and which is proven, and knows no socket; `prober` sends.

mod address;
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
mod recorded;
mod shell;
mod signing;
mod silence;
mod variant;
mod verification;
mod wording;

use std::time::Duration;

use wxcheck_mock_server::{SenderError, clock};

pub use cause::{Cause, Code, Stack, Values, Words};
pub use causes::{AREAS, Area, UNTOLD};
pub(crate) use silence::in_chinese;
pub use wording::Wording;

use crate::{identity::mix, player::Player};
use echo::both;
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
    /// The limits of a first look: 64 requests in two seconds, or ten where the server is elsewhere.
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

/// The time for a server that is not on this machine: each request takes longer.
const ELSEWHERE: Duration = Duration::from_secs(10);

/// The certainty of a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Certainty {
    /// A request with the mistake was accepted twice, on two nonces, while one with a wrong signature was not.
    Proven,
    /// The answer says it by itself.
    Seen,
    /// No answer came, and that is the mistake.
    NoAnswer,
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
    /// The first mistake hides whether pushes are answered rightly.
    pub is_open: bool,
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
    /// The server's way with a push whose signature is wrong, where one was sent beside a right one.
    pub forged: Option<Forged>,
    /// A push that nobody can open is answered like the one that was taken, so that nothing shows that it was opened.
    pub opens_unseen: bool,
    /// The contact that there was.
    pub contact: Contact,
    /// The longest time that an answer took.
    pub slowest: Duration,
    /// The Date of an answer.
    pub date: Option<String>,
}

/// The server's way with a push whose signature is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forged {
    /// It is answered otherwise than a right one.
    Refused,
    /// It is taken, for the answer goes to the user or repeats the text of the forged push.
    Taken,
    /// It is answered like a right one, with nothing that shows what the server did.
    Untold,
}

/// The contact with a server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Contact {
    /// Something answered.
    #[default]
    Answers,
    /// Connections are taken, and nothing is answered.
    Silent,
    /// No server was reached, or none that speaks HTTP.
    None,
}

/// An answer that takes so long deserves a mention: WeChat waits five seconds.
pub const SLOW: Duration = Duration::from_secs(1);

impl Certainty {
    /// As it is written in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Seen => "seen",
            Self::NoAnswer => "no-answer",
            Self::Supposed => "supposed",
        }
    }

    /// The certainty of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Proven, Self::Seen, Self::NoAnswer, Self::Supposed];
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
    let limits = Limits {
        time: if player.profile().local {
            limits.time
        } else {
            limits.time.max(ELSEWHERE)
        },
        ..limits
    };
    let prober = Prober::new(player, limits);
    let stamps = stamps(clock::unix_seconds(), salt);
    let mut examined = Examined::default();
    let mut verified = verification::Verified::default();
    if known.account.is_verified() {
        verified = Box::pin(verification::examine(&prober, &known, &stamps)).await;
    }
    let mut takes_forged = false;
    let blocked = verified.findings.first().map(|finding| finding.cause.id);
    examined.findings.append(&mut verified.findings);
    examined.verifies = verified.is_right;
    examined.contact = verified.contact;
    if verified.contact == Contact::Answers {
        let pushed = Box::pin(pushing::examine(&prober, &known, &verified, &stamps)).await?;
        examined.serves = pushed.serves;
        takes_forged = pushed.takes_forged;
        examined.forged = pushed.forged;
        examined.opens_unseen = pushed.opens_unseen;
        examined.contact = pushed.contact;
        examined.is_open = blocked.is_some() && !pushed.is_judged;
        let is_known =
            |other: &FoundCause, id: &str| other.cause.id == id || is_the_same(other.cause.id, id);
        for finding in pushed.findings {
            let id = finding.cause.id;
            if !examined.findings.iter().any(|other| is_known(other, id)) {
                examined.findings.push(finding);
            }
        }
    }
    let sign = match examined.contact {
        Contact::Silent => None,
        _ => address::examine(player.platform()).await,
    };
    if let Some((sign, certainty)) = sign {
        // Where nothing was reached, this is why.
        if examined.contact == Contact::None {
            examined.findings.clear();
        }
        let finding = FoundCause::new(sign, certainty);
        examined.findings.extend(finding);
    }
    // A forged message is a danger, and keeps nothing from working: it comes last.
    if verified.takes_everything {
        let mut told = Values::new();
        let (en, zh) = if takes_forged {
            ("a verification or a message", "验证请求或消息推送")
        } else {
            ("a verification", "验证请求")
        };
        both(&mut told, "what", en, zh);
        let sign = ("takes-everything", told);
        examined
            .findings
            .extend(FoundCause::new(sign, Certainty::Seen));
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
    examined.slowest = prober.slowest();
    examined.date = prober.date();
    Ok(examined)
}

impl Examined {
    /// True if right and wrong signatures are taken alike.
    pub fn takes_everything(&self) -> bool {
        let is_it = |finding: &FoundCause| finding.cause.id == "takes-everything";
        self.findings.iter().any(is_it)
    }
}

/// True if a mistake that shows on the GET explains the other, which shows on the POST.
fn is_the_same(of_get: &str, of_post: &str) -> bool {
    matches!(
        (of_get, of_post),
        ("path-not-found" | "path-elsewhere", "post-not-found")
            | (
                "redirect" | "redirect-slash" | "redirect-https" | "redirect-login",
                "push-redirect"
            )
            | ("login-page" | "redirect-login", "csrf")
    )
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
