//! A rule in one place: metadata, words, what to try and how to judge it.

pub mod deprecated;
mod gentle;
pub mod retired;

use std::{fmt, sync::Arc};

use proptest::strategy::BoxedStrategy;
use serde::Serialize;

use crate::{
    fetching::names_launch,
    finding::Judgement,
    observed::Observed,
    profile::{Channel, EffectfulPush, Profile},
    reason::{Missing, Reason, Scope, Unjudged},
    step::Scenario,
    transcript::Transcript,
};
use wxcheck_protocol::{
    account::Account,
    fetch::FetchKind,
    push::{Format, Mode},
};

pub use crate::{
    claim::{self, Claim},
    reason::blocked,
    rule_id::RuleId,
};
use deprecated::{DEPRECATED, Deprecated};

/// One assertion about a server.
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// The version that brought it.
    pub since: &'static str,
    /// The degree to which it binds.
    pub level: Level,
    /// The page and heading it rests on, or the place where it was observed.
    pub source: &'static str,
    /// One present-tense sentence with the server as its subject.
    pub summary: &'static str,
    /// The trouble for users without it.
    pub why: &'static str,
    /// The change to make.
    pub fix: &'static str,
    /// The conditions for it to apply: what must be configured or observed.
    pub needs: &'static [Need],
    /// The turn in which it is tried: what else may be in flight.
    pub turn: Turn,
    /// The cases to try.
    pub scenarios: fn(&Profile) -> Cases,
    /// Every claim that its judge can make of those plays. Any other is a bug of wxcheck, and errored.
    pub claims: &'static [Claim],
    /// The judge of a play.
    pub judge: fn(&Transcript) -> Judgement,
}

impl Rule {
    /// The reason that it cannot apply to that kind of account, whatever is configured.
    pub fn excluded_for(&self, account: Account) -> Option<Unjudged> {
        match self.area() {
            // That a true push is taken can be judged without any signature, and other rules refer to it.
            _ if self.id == RuleId::ACCEPTS_TRUE_PUSH => None,
            "url-check" if !account.is_verified() => Some(Unjudged::NotVerified {
                account: account.to_string(),
            }),
            "push-signature" | "envelope" if !account.is_signed() => Some(Unjudged::NotSigned {
                account: account.to_string(),
            }),
            _ => None,
        }
    }

    /// The note that it will be retired, if it will.
    pub fn deprecated(&self) -> Option<&'static Deprecated> {
        deprecated::find(DEPRECATED, self.id.as_str())
    }

    /// The reason that it has nothing to be about, whatever the server does: the account is of another kind, or the URL is
    /// not configured.
    pub fn is_out_of_place(&self, profile: &Profile) -> Option<Reason> {
        if self.is_about_pushes() && !profile.callback {
            return Some(Missing::Callback.into());
        }
        if self.area() == "fetch" && profile.fetch.kinds.is_empty() {
            return Some(Missing::FetchUrl.into());
        }
        self.excluded_for(profile.account).map(Reason::from)
    }

    /// The cases to try on that server. Where it is to be treated gently, those are left out that send several requests at
    /// once, or a long one; and so is what would be drawn in their likeness.
    pub fn cases(&self, profile: &Profile) -> Cases {
        let cases = (self.scenarios)(profile);
        if profile.hostility.gentle {
            cases.gentle()
        } else {
            cases
        }
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &'static str {
        self.id.area()
    }

    /// True if it is about the URL to which pushes go.
    pub fn is_about_pushes(&self) -> bool {
        !matches!(self.area(), "fetch" | "network")
    }

    /// True if what its pushes are answered is looked at for faults that other rules report. Rules that send what no document
    /// allows come late, and are left out.
    pub fn is_overheard(&self) -> bool {
        self.turn < Turn::Late && self.is_about_pushes()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.as_str())
    }
}

/// The degree to which a rule binds. A Must needs a document, a Should strong practice, Info the rest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// WeChat's documents, or plain arithmetic.
    Must,
    /// Strong practice: WeChat works without it until something unusual happens.
    Should,
    /// Undocumented; noted for information.
    Info,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Info => "info",
        })
    }
}

/// The turn in which a rule is tried: what else may be in flight.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Turn {
    /// Nothing else, before first contact: obstacles to any contact at all.
    First,
    /// Plays of every other rule: it is begun first, for it lets time pass between what it sends, and goes on when nothing
    /// that must be alone is under way.
    Long,
    /// Nothing else, first of all: the rule's cases are a load in themselves.
    Alone,
    /// Nothing else while it sends; what comes of it is waited for beside others.
    Apart,
    /// Plays of other rules.
    Shared,
    /// Nothing else, after all of those: a weak server may choke on it.
    Late,
    /// Nothing else, after those: it disturbs what the server calls, and a weak one may not recover.
    Disturbing,
    /// Nothing else, one case at a time, at the very end: it may well kill the server.
    Last,
}

/// The cases that a rule tries.
pub enum Cases {
    /// These scenarios, each of them.
    Each(Vec<Scenario>),
    /// Some in any case, one for each claim, so that no seed misses what is known to go wrong; then so
    /// many draws from a strategy, of which a failing one is shrunk.
    Drawn(Vec<Scenario>, usize, BoxedStrategy<Scenario>),
    /// These, each a combination of many changes, as many of them as there is time for; then so many draws from a
    /// strategy. Where one fails, its changes are taken away until only those that matter are left.
    Combined(Vec<Combined>, usize, BoxedStrategy<Scenario>),
    /// Nothing, with the reason.
    None(Reason),
}

/// A scenario made of parts that can each be left out.
#[derive(Clone)]
pub struct Combined {
    /// The number of parts.
    pub parts: usize,
    /// True if it is tried before others, where there is not time for all.
    pub first: bool,
    /// The scenario with those parts whose flag is `true`; at least one flag is.
    pub build: Arc<Build>,
}

/// Makes a scenario of the parts that are kept.
pub type Build = dyn Fn(&[bool]) -> Scenario + Send + Sync;

impl Cases {
    /// Each of these scenarios, or nothing for that reason where there are none.
    pub fn each_or<S: Into<Scenario>>(
        scenarios: impl IntoIterator<Item = S>,
        reason: impl Into<Reason>,
    ) -> Self {
        match Self::each(scenarios) {
            Self::Each(none) if none.is_empty() => Self::None(reason.into()),
            each => each,
        }
    }

    /// Each of these scenarios.
    pub fn each<S: Into<Scenario>>(scenarios: impl IntoIterator<Item = S>) -> Self {
        Self::Each(scenarios.into_iter().map(Into::into).collect())
    }
}

impl<const N: usize> From<[crate::step::Step; N]> for Scenario {
    fn from(steps: [crate::step::Step; N]) -> Self {
        Self::of(steps)
    }
}

/// A need of a rule. The first group is configuration: without it the rule is skipped. The second
/// is a working server: without it the rule is inconclusive. The third is what the server does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// Plain mode.
    Plain,
    /// Compatible or safe mode.
    Sealed,
    /// The decrypted copy of a message counts: always in safe mode, in compat mode unless the server
    /// was seen to use the clear one.
    DecryptedCopy,
    /// Compatible mode.
    Compat,
    /// Safe mode.
    Safe,
    /// XML pushes.
    Xml,
    /// JSON pushes.
    Json,
    /// A mini program's server.
    Mini,
    /// An official account's server.
    Official,
    /// Users write to the account.
    Messages,
    /// Pushes are signed, so that one can be forged.
    Signed,
    /// Hostile requests may be sent to that server.
    Hostile,
    /// Hostile requests may be sent to it, and written byte by byte.
    HostileBytes,
    /// Requests can be written byte by byte.
    Bytes,
    /// The URL verification works.
    Echo,
    /// The echostr comes back, white space around it aside.
    RoughEcho,
    /// True pushes are taken.
    Served,
    /// True pushes are taken and acknowledged, each on its own merits as far as that can be seen.
    Acknowledges,
    /// The same, and where a text message or an event is answered with a message, nothing is wrong with that.
    SoundReplies,
    /// No true push is refused for its padding alone.
    AnyPadding,
    /// At least some true pushes are taken.
    SomeServed,
    /// The server answers a text message with a message of its own.
    PassiveReply,
    /// The message in that answer can be read.
    ReadableReply,
    /// The message in that answer repeats the user's text.
    RepeatedText,
    /// The mock API is served, so that calls are seen.
    Api,
    /// A message has effects that can be seen.
    Effects,
    /// The same, or it would have some if the server's token held.
    EffectsButForToken,
    /// A message has effects that can be seen, even if not for two users at once.
    AnyEffects,
    /// The same, and two messages of one user have the effects of both.
    EffectsThatAddUp,
    /// An event has effects that can be seen.
    EventEffects,
    /// The server's owner says that it handles a notice of payments whose retries are counted.
    HandlesRetried,
    /// The server's owner says that it handles `wxa_media_check`.
    HandlesChecks,
    /// There is a URL from which data are fetched.
    Fetches,
    /// Fetches are answered at all.
    FetchesAnswered,
    /// There is a URL for prefetches.
    Prefetch,
    /// A fetch names how the mini program was opened.
    Launch,
    /// A user's fetch token is known.
    FetchToken,
    /// The fetch tokens of two users are known.
    TwoFetchTokens,
}

/// A need that is not met.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unmet {
    /// The rule does not apply.
    Skipped(Reason),
    /// The rule applies and cannot be tried.
    Inconclusive(Reason),
}

impl Need {
    /// An error if the requests that it is about may not or cannot be sent.
    fn sendable(self, profile: &Profile) -> Result<(), Unmet> {
        let hostility = &profile.hostility;
        let sendable = match self {
            Self::Hostile => hostility.allows(),
            Self::HostileBytes => hostility.allows_bytes(),
            _ => hostility.writes_bytes(),
        };
        sendable.map_err(|reason| Unmet::Skipped(reason.into()))
    }

    /// An error with the reason if it is not met.
    pub fn check(self, profile: &Profile, observed: &Observed) -> Result<(), Unmet> {
        let configured = |met: bool, scope: Scope| {
            if met {
                Ok(())
            } else {
                Err(Unmet::Skipped(Unjudged::applies_to(scope).into()))
            }
        };
        let working =
            |state: &Result<(), RuleId>| state.map_err(|by| Unmet::Inconclusive(blocked(by)));
        match self {
            Self::Plain => configured(profile.mode == Mode::Plain, Scope::PlainMode),
            Self::Sealed => configured(profile.mode.seals(), Scope::SealedModes),
            Self::DecryptedCopy => {
                Self::Sealed.check(profile, observed)?;
                seen(!observed.uses_clear_copy, Unjudged::ClearCopyUsed)
            }
            Self::Compat => configured(profile.mode == Mode::Compat, Scope::CompatMode),
            Self::Safe => configured(profile.mode == Mode::Safe, Scope::SafeMode),
            Self::Xml => configured(profile.format == Format::Xml, Scope::XmlPushes),
            Self::Json => configured(profile.format == Format::Json, Scope::JsonPushes),
            Self::Mini => configured(profile.account.is_mini(), Scope::MiniPrograms),
            Self::Official => configured(
                profile.account == Account::Official,
                Scope::OfficialAccounts,
            ),
            Self::Messages => configured(profile.account.is_written_to(), Scope::WrittenAccounts),
            Self::Signed => configured(profile.account.is_signed(), Scope::SignedPushes),
            Self::Hostile | Self::HostileBytes | Self::Bytes => self.sendable(profile),
            Self::Echo => working(&observed.echoes),
            Self::RoughEcho => working(&observed.echoes_roughly),
            Self::Served => working(&observed.serves),
            Self::Acknowledges | Self::SoundReplies => {
                Self::Served.check(profile, observed)?;
                visible(!observed.opens_unseen, Unjudged::NothingSeenOpened)?;
                working(&observed.acknowledges)?;
                working(&observed.tells_users_apart)?;
                working(&self.soundness(observed))
            }
            Self::AnyPadding => match observed.serves {
                Err(by @ RuleId::ALL_PADDINGS) => Err(Unmet::Inconclusive(blocked(by))),
                _ => visible(!observed.opens_unseen, Unjudged::NothingSeenOpened),
            },
            Self::SomeServed => {
                working(&observed.serves_some)?;
                visible(!observed.opens_unseen, Unjudged::NothingSeenOpened)
            }
            Self::PassiveReply => seen(observed.replies, Unjudged::BareAcknowledgement),
            Self::ReadableReply => {
                Self::PassiveReply.check(profile, observed)?;
                seen(observed.readable, Unjudged::UnreadableReply)
            }
            Self::RepeatedText => {
                Self::ReadableReply.check(profile, observed)?;
                seen(observed.repeats_text.is_some(), Unjudged::TextNotRepeated)
            }
            Self::Api => visible(profile.channel == Channel::Api, Missing::Api),
            Self::AnyEffects => {
                visible(profile.channel != Channel::None, Missing::EffectsChannel)?;
                working(&observed.answers_the_writer)?;
                working(&observed.renews_token)?;
                visible(profile.message.is_some(), observed.no_effect.clone())
            }
            Self::EffectsButForToken if observed.renews_token.is_err() => Ok(()),
            Self::Effects | Self::EffectsButForToken => {
                Self::AnyEffects.check(profile, observed)?;
                working(&observed.tells_users_apart)
            }
            Self::EffectsThatAddUp => {
                Self::Effects.check(profile, observed)?;
                let message = profile.message.as_ref();
                let is_event = message.is_some_and(EffectfulPush::is_event);
                seen(!is_event, Unjudged::EventsAlone)?;
                let adds_up = message.is_some_and(|message| message.adds_up);
                seen(adds_up, Unjudged::DependsOnHistory)
            }
            Self::EventEffects if !profile.events.is_empty() => {
                Self::Effects.check(profile, observed)
            }
            Self::EventEffects => {
                Self::Effects.check(profile, observed)?;
                working(&observed.answers_events)?;
                let swallowed = profile.swallowed_event.as_ref();
                working(&swallowed.map_or(Ok(()), |_| Err(RuleId::USERS_IN_ONE_SECOND)))?;
                seen(false, Unjudged::EventsWithoutEffect)
            }
            Self::Fetches
            | Self::FetchesAnswered
            | Self::Prefetch
            | Self::Launch
            | Self::FetchToken
            | Self::TwoFetchTokens => self.check_fetching(profile, observed),
            Self::HandlesRetried => {
                seen(profile.retried().next().is_some(), Missing::HandledTrades)?;
                visible(profile.channel != Channel::None, Missing::EffectsChannel)
            }
            Self::HandlesChecks => {
                seen(profile.handles("wxa_media_check"), Missing::HandledPush)?;
                visible(profile.channel != Channel::None, Missing::EffectsChannel)
            }
        }
    }

    /// An error with the broken rule if sound messages in answers are needed and are not there.
    fn soundness(self, observed: &Observed) -> Result<(), RuleId> {
        match self {
            Self::SoundReplies => observed.sound_replies,
            _ => Ok(()),
        }
    }

    /// A check of the needs about where data are fetched.
    fn check_fetching(self, profile: &Profile, observed: &Observed) -> Result<(), Unmet> {
        let fetch = &profile.fetch;
        match self {
            Self::Prefetch => seen(fetch.kinds.contains(&FetchKind::Pre), Missing::PrefetchUrl),
            Self::Launch => seen(
                fetch
                    .kinds
                    .iter()
                    .any(|kind| names_launch(*kind, fetch.dialect)),
                Missing::LaunchUrl,
            ),
            Self::FetchesAnswered => {
                Self::Fetches.check(profile, observed)?;
                observed
                    .answers_fetches
                    .map_err(|by| Unmet::Inconclusive(blocked(by)))
            }
            Self::FetchToken => {
                Self::FetchesAnswered.check(profile, observed)?;
                visible(fetch.tokens >= 1, Missing::FetchToken)
            }
            Self::TwoFetchTokens => {
                Self::FetchesAnswered.check(profile, observed)?;
                visible(fetch.tokens >= 2, Missing::SecondFetchToken)
            }
            _ => seen(!fetch.kinds.is_empty(), Missing::FetchUrl),
        }
    }
}

/// An error if the server does not do what a rule is about.
fn seen(met: bool, reason: impl Into<Reason>) -> Result<(), Unmet> {
    if met {
        Ok(())
    } else {
        Err(Unmet::Skipped(reason.into()))
    }
}

/// An error if what a rule needs is not there to be seen.
fn visible(met: bool, reason: impl Into<Reason>) -> Result<(), Unmet> {
    if met {
        Ok(())
    } else {
        Err(Unmet::Inconclusive(reason.into()))
    }
}
