//! Everything a callback server decides, one small strategy per decision.

pub use crate::acknowledge::Acknowledgement;
pub use crate::admit::{Admission, CompatCopy, Opening, Senders, Unchecked};
pub use crate::api::{JsonText, TokenCall};
pub use crate::caller::{Sends, Timing};
pub use crate::check::{Compare, Sort};
pub use crate::data::{
    Codes, Data, DataStatus, Decoding, Demand, FetchTokens, GivesAway, Load, Owners, Packing, Shown,
};
pub use crate::dedup::{Marking, Repeats};
pub use crate::demands::Demands;
pub use crate::doctype::Doctype;
pub use crate::effect::{Farewell, Results};
pub use crate::endurance::{
    BrokenOff, Bytewise, Connections, Doubles, Endurance, Garbled, Heads, Leftovers, Nesting,
};
pub use crate::front::{Front, PushFront};
pub use crate::identity::{Checks, Identity, MsgIds, Refunds, Trades};
pub use crate::limiter::Limiter;
pub use crate::memory::Memory;
pub use crate::pace::Pace;
pub use crate::reaction::{LateSends, Renewal, TurnedDown};
pub use crate::read::Reading;
pub use crate::receive::{BodyLimit, Freshness, RefusedBody, Status};
pub use crate::refuse::{Refusal, Unreadable};
pub use crate::reply::{Answers, CreateTime, Markup, Names, PassiveKind, ReplyFormat};
pub use crate::seal::{Sealing, Wrapping};
pub use crate::secure::Tls;
pub use crate::signing::Signing;
pub use crate::structured::Structured;
pub use crate::token::Tokens;
pub use crate::verify::{BareGet, Echo, Parameters, Verify};
pub use crate::wire::Wire;
pub use crate::words::{Charset, Words};
pub use crate::work::{FailedWork, Losses, Recipient, RefusedWork};

/// The behaviour of a server, as data. The default is correct in every field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Behaviour {
    // What stands in front of the handlers.
    /// The answer to a GET in place of its handler's.
    pub front: Front,
    /// The answer to a POST in place of its handler's.
    pub push_front: PushFront,

    // The GET.
    /// The check of its signature.
    pub verify: Verify,
    /// The way its parameters are found.
    pub parameters: Parameters,
    /// The way its signature is computed.
    pub signing: Signing,
    /// The order in which its signature is made.
    pub sort: Sort,
    /// The comparison of its signature.
    pub echo_compare: Compare,
    /// The answer to a right one.
    pub echo: Echo,
    /// The answer to one without parameters.
    pub bare_get: BareGet,

    // Who is let in.
    /// The number of requests that are let through.
    pub limiter: Limiter,
    /// The proof that a push must bring.
    pub admission: Admission,
    /// The comparison of its signature.
    pub push_compare: Compare,
    /// The way its envelope is opened.
    pub opening: Opening,
    /// The copy that counts in compat mode.
    pub compat_copy: CompatCopy,
    /// The user that a push is taken to come from.
    pub senders: Senders,
    /// The age that its timestamp may have.
    pub freshness: Freshness,
    /// The answer to a forged request, GET or POST.
    pub refusal: Refusal,
    /// The treatment of the body of a forged push.
    pub refused_body: RefusedBody,
    /// The treatment of the message in it.
    pub refused_work: RefusedWork,

    // Reading.
    /// The length that a body may have.
    pub body_limit: BodyLimit,
    /// The way its format is found out.
    pub reading: Reading,
    /// The effect of a document type declaration.
    pub doctype: Doctype,
    /// The effect of a body that cannot be read.
    pub unreadable: Unreadable,
    /// The demands on a message.
    pub demands: Demands,

    // Repeats.
    /// The fields that make two pushes the same.
    pub identity: Identity,
    /// The part of a MsgId that counts.
    pub msg_ids: MsgIds,
    /// The fields that make two deliveries of goods the same.
    pub trades: Trades,
    /// The identity of the notice of a refund.
    pub refunds: Refunds,
    /// The identity of the result of a media check.
    pub checks: Checks,
    /// Pushes that are remembered.
    pub memory: Memory,
    /// The moment at which a push is marked as known.
    pub marking: Marking,
    /// The answer to the repeat of a push.
    pub repeats: Repeats,

    // Working on a push through WeChat's API.
    /// The moment at which that happens.
    pub timing: Timing,
    /// The number of times that the user is told about it.
    pub sends: Sends,
    /// The user who is told about it.
    pub recipient: Recipient,
    /// The reaction to the result of a message.
    pub results: Results,
    /// The message to a user who follows the account no longer.
    pub farewell: Farewell,
    /// The texts that are lost before they are worked on.
    pub losses: Losses,
    /// The reaction when the API takes long.
    pub late_sends: LateSends,
    /// The reaction when the API turns down a message for another reason than its token.
    pub turned_down: TurnedDown,
    /// The answer to a push whose work failed.
    pub failed_work: FailedWork,
    /// The way the words are written.
    pub json_text: JsonText,
    /// The way the server gets its token.
    pub tokens: Tokens,
    /// The call that gives it.
    pub token_call: TokenCall,
    /// The reaction when it is turned down.
    pub renewal: Renewal,

    // Answering a push that was taken.
    /// Pushes that are answered with a message.
    pub answers: Answers,
    /// The kind of that message.
    pub kind: PassiveKind,
    /// Its words.
    pub words: Words,
    /// Its names.
    pub names: Names,
    /// Its CreateTime.
    pub create_time: CreateTime,
    /// Its format.
    pub reply_format: ReplyFormat,
    /// The way text is put into its XML.
    pub markup: Markup,
    /// Its encoding.
    pub charset: Charset,
    /// The way it goes into its envelope.
    pub sealing: Sealing,
    /// Answers that go into one.
    pub wrapping: Wrapping,
    /// The answer to events that ask for more.
    pub structured: Structured,
    /// The acknowledgement of everything else.
    pub acknowledgement: Acknowledgement,
    /// The status of the answer.
    pub status: Status,
    /// The pace at which it comes.
    pub pace: Pace,
    /// The HTTP around it.
    pub wire: Wire,

    /// The endurance against strangers.
    pub endurance: Endurance,

    /// The answers to fetches.
    pub data: Data,
    /// The TLS around everything.
    pub tls: Tls,
}
