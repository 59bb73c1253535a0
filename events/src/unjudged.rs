//! The reasons, beside the usual ones, that a rule was not judged or only in part.

use serde::{Deserialize, Serialize};

/// A reason for a rule to have no verdict, or a remark on the one that it has.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Unjudged {
    /// Nobody asked for hostile requests.
    NotAskedFor,
    /// Left out by gentle: it could hurt a server that others share.
    Gentle,
    /// Left out by gentle: it sends several requests at once, or very long ones.
    TooRough,
    /// It is written byte by byte, which no proxy lets through.
    ThroughProxy,
    /// A second look at the same requests did not show it.
    SeenOnce,
    /// An effect came after all others had been counted.
    LateEffect,
    /// Failed while other requests were in flight, passed alone.
    PassedAlone,
    /// None of these pushes is known to have an effect.
    NoKnownEffect,
    /// More messages than WeChat allows were sent to one user, and wxcheck's own API refused the rest: nobody can tell whether one of those was sent twice.
    QuotaSpent,
    /// Not judged: the log ends before.
    LogEnds,
    /// The server uses the clear copy, which no signature covers; see push-signature/compat-uses-decrypted.
    ClearCopyUsed,
    /// The server answers a text message without a message.
    BareAcknowledgement,
    /// The server's reply to a text message is no message that can be read.
    UnreadableReply,
    /// The server's reply does not repeat the user's text.
    TextNotRepeated,
    /// No event that was tried has effects that can be counted.
    EventsWithoutEffect,
    /// The server acts on events only, of which nothing but CreateTime tells two from a repeat.
    EventsAlone,
    /// Two messages of one user that differ in all that tells them apart do not have the effects of two.
    DependsOnHistory,
    /// Not even a push that cannot be taken for a repeat had an effect in that play.
    NothingActedOn,
    /// Nothing that came shows which copy of a message was read.
    CopyNotTold,
    /// No such event is pushed to the account in this format.
    NoSuchEvent,
    /// No result of a message was pushed.
    NoResultPushed,
    /// The server sends no message through the API upon a user's message.
    NoMessageSent,
    /// Nobody wrote.
    NobodyWrote,
    /// The server sends no message through the API upon such texts.
    NoMessageUponTexts,
    /// The server sent nothing but ASCII.
    OnlyAscii,
    /// No message that was seen holds the user's text.
    TextNotSentBack,
    /// No call with the old token was seen, and no effect either.
    OldTokenUnused,
    /// Nothing was sent in this play; see api-use/renews-token.
    NothingSentInPlay,
    /// Nothing is pushed to that kind of account.
    NothingPushed,
    /// The server is not said to handle any: handles NAME.
    NotHandled,
    /// The server is said to handle them all.
    AllHandled,
    /// No push to that kind of account is answered with a message.
    NoReplyAllowed,
    /// Such pushes are not acknowledged; see catalogue/acknowledged.
    NotAcknowledged,
    /// The same pushes fail as they are; see catalogue/acknowledged.
    FailUnchanged,
    /// The server's replies are not encrypted.
    RepliesInClear,
    /// The scenario fetches nothing.
    NothingFetched,
    /// The server refuses pages and queries that it does not know.
    UnknownPagesRefused,
    /// The answer came without a call of jscode2session: the code was not exchanged, or not here.
    CodeNotExchanged,
    /// The right token gets no data.
    NoDataForToken,
    /// Two users get the same data: they are public.
    PublicData,
    /// The server answers 304 and no data; see fetch/not-modified.
    NotModified,
    /// No domains are given: domains.
    NoDomains,
    /// No such URL is given.
    NoSuchUrl,
    /// The scenario looks at no URL.
    NoUrlInspected,
    /// Nothing that came while it was waited for names a user.
    NoUserNamed,
    /// The server acts upon less than two of the events that were tried.
    FewerThanTwoEvents,
    /// No event is known to have an effect.
    NoEffectiveEvent,
    /// The answers hold no WayBillID; see reply/courier-answer.
    NoWayBill,
    /// Such results are not pushed in this format.
    ResultsNotInFormat,
    /// No effect of wxa_media_check was seen for its sender.
    NoCheckEffect,
    /// No effect of a handled notice of payment was seen.
    NoPaymentEffect,
    /// The server acknowledges a push before its work is done, so that WeChat does not deliver it again.
    AcknowledgedBefore,
    /// The repeat was not acknowledged either; see redelivery/acknowledged.
    RepeatNotAcknowledged,
    /// This text got no reply, or the repeat was not acknowledged; see redelivery/after-drop.
    NoReplyOrRepeat,
    /// The answer was not read byte by byte.
    NotReadByBytes,
    /// This message was answered without one.
    NoMessageInAnswer,
    /// No URL for authorizations is given: account platform authorization-url.
    NoAuthorizationUrl,
    /// Nothing is pushed there.
    NothingPushedThere,
    /// Nothing is checked.
    NothingChecked,
    /// The server is not said to handle any: handles 'retail_*'.
    NoRetailHandled,
    /// No text message is known to have an effect.
    NoEffectiveText,
    /// The scenario has no pushes.
    NoPushes,
    /// The text that had effects in first contact had none now.
    EffectsGone,
    /// The server acts on some words only.
    SomeWordsOnly,
    /// The same pushes fail as they are; see catalogue/handled.
    FailUnchangedHandled,
    /// Nothing was sent.
    NothingSent,
    /// The configured Token allows no nonce that would show a wrong sort.
    NoTellingNonce,
    /// No verdict was reached: a bug of wxcheck.
    NoVerdict,
    /// Not judged: the server could not be reached.
    Unreachable,
    /// The rule is about another kind of account, mode or format.
    AppliesTo {
        /// The kind.
        scope: Scope,
    },
    /// No document says that the URL of such an account is verified by a GET.
    NotVerified {
        /// The kind of account.
        account: String,
    },
    /// Pushes to such an account carry no signature and no envelope.
    NotSigned {
        /// The kind of account.
        account: String,
    },
    /// Hostile requests go to this machine only, unless somebody asks for more.
    HostileElsewhere {
        /// The host.
        host: String,
    },
    /// A push that nobody can open is answered like a true one, and nothing shows that a true one is opened.
    NothingSeenOpened,
    /// A correct request of the rule itself was answered as another rule would not have it, and none of that one's own was.
    AnsweredUnlike {
        /// The id of that other rule.
        rule: String,
    },
    /// A defect that showed while another rule was tried.
    SeenDuring {
        /// The id of that rule.
        rule: String,
    },
    /// A defect of a reply that came while another rule was tried.
    SeenInReplyDuring {
        /// The id of that rule.
        rule: String,
    },
    /// The server stopped answering, so that the rest was not tried.
    RestUntried {
        /// The id of the rule during which it did.
        rule: String,
    },
    /// The users asked for it to be left out.
    ByRequest {
        /// The reason that they gave.
        because: String,
    },
    /// The run was stopped before.
    Stopped {
        /// The signal or act.
        by: String,
    },
    /// A failure while wxcheck itself was late; alone it passed.
    LateOurselves {
        /// The time that wxcheck lost.
        millis: u64,
    },
    /// The page of effects did not answer a count.
    PageWithoutCount {
        /// The page that was asked.
        path: String,
        /// The highest count that is believed.
        most: u64,
    },
    /// The scenario has no such request.
    NoRequest {
        /// The number of the request.
        at: usize,
    },
    /// The same push has another number of effects for another user.
    UnequalEffects {
        /// The effects for one user.
        one: usize,
        /// The effects for the other.
        other: usize,
    },
    /// One delivery of a push led to now so many effects, now so many.
    CountVaries {
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// No push that was tried had an effect.
    NoEffectSeen {
        /// The pushes that were tried.
        tried: Vec<String>,
        /// The calls that came upon a text.
        calls: Vec<String>,
    },
    /// Texts are answered with messages, and led to no call.
    RepliesOnly,
    /// The calls upon a push came when nobody waited for them any more.
    EffectsTooLate {
        /// The time that they took, rounded.
        seconds: u64,
        /// The time that they are waited for.
        waited: u64,
        /// The patience with which they would be waited for.
        patience: u64,
    },
    /// Neither an answer nor an effect tells a push that was taken from one that was not, though effects are watched.
    NothingSeenTaken,
    /// A usual fetch was answered otherwise meanwhile.
    FetchAnswered {
        /// The status.
        status: u16,
        /// The rule that is about it.
        by: String,
    },
    /// The server shows a parameter changed in a way that is not decoding's.
    ShownOtherwise {
        /// The parameter.
        parameter: String,
    },
    /// Nothing shows how a parameter was read.
    NotShown {
        /// The parameter.
        parameter: String,
    },
    /// The URL is none that production could be configured with.
    NotPublic {
        /// The URL, as reports call it.
        url: String,
        /// True for this machine, false for the local network.
        loopback: bool,
    },
    /// The URL has no certificate.
    NoCertificate {
        /// The URL, as reports call it.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// The catalogue has no such push that asks for an answer of its own.
    NotInCatalogue {
        /// The name of the push.
        push: String,
    },
    /// An observation on the wire says it all: an answer, or an error of TLS.
    Observed {
        /// The observation.
        what: String,
    },
    /// A fault of wxcheck or of the network.
    Fault {
        /// The fault.
        what: String,
    },
}

/// The accounts, modes or formats that a rule is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Plain mode.
    PlainMode,
    /// Compat and safe mode.
    SealedModes,
    /// Compat mode.
    CompatMode,
    /// Safe mode.
    SafeMode,
    /// Pushes in XML.
    XmlPushes,
    /// Pushes in JSON.
    JsonPushes,
    /// Mini programs and mini games.
    MiniPrograms,
    /// Official accounts.
    OfficialAccounts,
    /// Accounts that users write to.
    WrittenAccounts,
    /// Accounts whose pushes are signed.
    SignedPushes,
    /// Cloud hosting.
    CloudHosting,
}

impl Unjudged {
    /// The reason that the rule is about something else.
    pub const fn applies_to(scope: Scope) -> Self {
        Self::AppliesTo { scope }
    }

    /// The same with another text in place of each that a server, a user or a library wrote.
    #[must_use]
    pub fn with_texts(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::ByRequest { because } => Self::ByRequest {
                because: change(&because),
            },
            Self::PageWithoutCount { path, most } => Self::PageWithoutCount {
                path: change(&path),
                most,
            },
            Self::NoEffectSeen { tried, calls } => Self::NoEffectSeen {
                tried,
                calls: calls.iter().map(|call| change(call)).collect(),
            },
            Self::Observed { what } => Self::Observed {
                what: change(&what),
            },
            Self::Fault { what } => Self::Fault {
                what: change(&what),
            },
            other => other,
        }
    }
}
